//! The terms of a convention: when it ends, ends again after each tacit renewal, and until when it may be given up.

use super::{ConventionFields, Kind, RenewalKind};
use crate::kernel::Day;

/// A first term, and those that tacit renewal adds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terms {
    pub first: Day,
    pub tacit: Option<Tacit>,
    pub notice_months: Option<i32>,
}

/// Renewed by itself for so many months, so many times at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tacit {
    pub months: i32,
    pub max: Option<i32>,
}

/// The n-th term, from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Term {
    pub number: i32,
    pub on: Day,
}

impl Terms {
    /// The terms of what a convention says; None when it has none.
    pub fn of(fields: &ConventionFields) -> Option<Self> {
        let first = fields.ends_on.filter(|_| fields.kind != Kind::Charter)?;
        let renewal = &fields.renewal;
        let months = renewal.period_months.filter(|months| renewal.kind == RenewalKind::Tacit && *months > 0);
        Some(Self { first, tacit: months.map(|months| Tacit { months, max: renewal.max }), notice_months: fields.notice_months })
    }

    /// The n-th term: the day before (the day after the first, n periods later), so that neither 30 June nor 28 February drifts.
    pub fn nth(&self, number: i32) -> Option<Term> {
        if number == 0 {
            return Some(Term { number, on: self.first });
        }
        let tacit = self.tacit.filter(|tacit| number > 0 && tacit.max.is_none_or(|max| number <= max))?;
        let begins = self.first.plus(1).plus_months(tacit.months.saturating_mul(number));
        Some(Term { number, on: begins.plus(-1) })
    }

    pub fn after(&self, term: Term) -> Option<Term> {
        self.nth(term.number + 1)
    }

    /// The first term on or after a day, else the last.
    pub fn current(&self, day: Day) -> Term {
        let mut current = Term { number: 0, on: self.first };
        if let Some(tacit) = self.tacit.filter(|_| day > self.first) {
            // Near it already; the last steps are counted one by one.
            let skipped = ((day.days_since(self.first) / 31) / i64::from(tacit.months)).clamp(0, i64::from(tacit.max.unwrap_or(i32::MAX)));
            current = i32::try_from(skipped).ok().and_then(|skipped| self.nth(skipped)).unwrap_or(current);
        }
        while current.on < day {
            match self.after(current) {
                Some(next) if next.on > current.on => current = next,
                _ => break,
            }
        }
        current
    }

    /// The last day on which it may be given up for a term: so many months before, on the last day of a shorter month.
    pub fn notice_by(&self, term: Day) -> Option<Day> {
        self.notice_months.map(|months| term.plus_months(-months))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::Datelike;

    fn day(text: &str) -> Day {
        Day::parse(text).unwrap()
    }

    fn tacit(first: &str, months: i32, max: Option<i32>) -> Terms {
        Terms { first: day(first), tacit: Some(Tacit { months, max }), notice_months: Some(3) }
    }

    #[test]
    fn ends_of_months_do_not_drift() {
        let on = |terms: Terms, number| terms.nth(number).unwrap().on.iso();
        assert_eq!(on(tacit("2024-06-30", 12, None), 3), "2027-06-30");
        assert_eq!(on(tacit("2024-06-30", 1, None), 1), "2024-07-31", "the last day of each month");
        assert_eq!(on(tacit("2025-02-28", 12, None), 3), "2028-02-29");
        assert_eq!(on(tacit("2025-02-28", 12, None), 4), "2029-02-28");
        assert_eq!(on(tacit("2024-12-31", 6, None), 1), "2025-06-30");
        assert_eq!(on(tacit("2024-01-30", 1, None), 1), "2024-02-28");
    }

    #[test]
    fn the_last_day_of_notice_is_in_the_month_before() {
        let terms = |months| Terms { first: Day::FIRST, tacit: None, notice_months: months };
        let by = |term: &str, months| terms(Some(months)).notice_by(day(term)).unwrap().iso();
        assert_eq!(by("2026-12-31", 3), "2026-09-30");
        assert_eq!(by("2026-06-30", 4), "2026-02-28");
        assert_eq!(by("2028-08-31", 6), "2028-02-29");
        assert_eq!(by("2026-06-30", 0), "2026-06-30");
        assert_eq!(terms(None).notice_by(Day::LAST), None);
    }

    #[test]
    fn the_last_term_stays_the_last() {
        let terms = tacit("2024-12-31", 12, Some(2));
        assert_eq!(terms.current(day("2025-01-01")), Term { number: 1, on: day("2025-12-31") });
        assert_eq!(terms.current(day("2099-01-01")), Term { number: 2, on: day("2026-12-31") });
        assert_eq!(terms.current(day("1999-01-01")).on, day("2024-12-31"));
        assert_eq!(tacit("1995-12-31", 1, None).current(Day::LAST).on, Day::LAST.plus(-1), "no day is beyond the last");
    }

    #[test]
    fn every_end_every_notice_every_period() {
        let (first, last) = (day("2024-01-01"), day("2032-12-31"));
        for days in 0..=last.days_since(first) {
            let end = first.plus(days);
            for months in [1, 2, 3, 4, 6, 12, 18, 24, 36, 48, 60] {
                let terms = Terms { first: end, tacit: Some(Tacit { months, max: None }), notice_months: None };
                let mut before = end;
                for number in 1..=6 {
                    let term = terms.nth(number).unwrap();
                    assert!(term.on > before);
                    // The day after is the day after the first, some months later, or the last day of a shorter month.
                    let (origin, begins) = (end.plus(1).0, term.on.plus(1).0);
                    let gone = (begins.year() - origin.year()) * 12 + begins.month() as i32 - origin.month() as i32;
                    assert_eq!(gone, months * number);
                    assert!(begins.day() == origin.day() || begins.day() < origin.day() && Day(begins).plus(1).0.day() == 1);
                    assert_eq!(terms.current(term.on), term);
                    assert_eq!(terms.current(before.plus(1)), term);
                    before = term.on;
                }
            }
            for months in 0..=12 {
                let by = Terms { first: end, tacit: None, notice_months: Some(months) }.notice_by(end).unwrap();
                let gone = (end.year() - by.year()) * 12 + end.0.month() as i32 - by.0.month() as i32;
                assert_eq!(gone, months);
                assert!(by.0.day() == end.0.day() || by.0.day() < end.0.day() && by.plus(1).0.day() == 1);
            }
        }
    }

    proptest::proptest! {
        #[test]
        fn the_current_term_is_the_first_on_or_after(end in 0i64..3288, months in 1i32..=60, max in proptest::option::of(0i32..12), on in -400i64..40_000) {
            let first = day("2024-01-01").plus(end);
            let terms = Terms { first, tacit: Some(Tacit { months, max }), notice_months: None };
            let on = first.plus(on);
            let all = (0..).map_while(|number| terms.nth(number));
            let (mut last, mut expected) = (None, None);
            for term in all {
                last = Some(term);
                if term.on >= on {
                    expected = Some(term);
                    break;
                }
            }
            proptest::prop_assert_eq!(Some(terms.current(on)), expected.or(last));
        }
    }
}
