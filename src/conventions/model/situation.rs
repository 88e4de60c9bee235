//! Where a signed convention stands on a day: one answer, and only one, whatever the facts.

use crate::db::types::text_enum;
use crate::kernel::Day;

text_enum! {
    /// What « en vigueur » says more.
    pub enum Situation {
        Upcoming = "upcoming" | "À venir",
        InForce = "in_force" | "En vigueur",
        ToRenew = "to_renew" | "À renouveler",
        TerminationPending = "termination_pending" | "Fin annoncée",
        Terminated = "terminated" | "Éteinte par dénonciation",
        Rescinded = "rescinded" | "Résiliée",
        Replaced = "replaced" | "Remplacée",
        Expired = "expired" | "Échue",
    }
}

/// Months before its term when a convention is to be renewed.
const BEFORE_TERM: i32 = 6;
/// Months before the last day of notice, when that is earlier.
const BEFORE_NOTICE: i32 = 3;

/// What the answer depends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Facts {
    /// None: it waits for its notification.
    pub begins_on: Option<Day>,
    /// Its current term, and whether another follows by itself.
    pub term: Option<Day>,
    pub has_next: bool,
    pub notice_by: Option<Day>,
    /// Without term, watched like one.
    pub review_on: Option<Day>,
    /// What follows is signed already: a successor, an avenant that is to take effect.
    pub is_decided: bool,
    /// Its last day, once it is denounced.
    pub denounced: Option<Day>,
    /// The first day on which it binds no more, once it is rescinded.
    pub rescinded: Option<Day>,
    /// The first day of a successor.
    pub replaced: Option<Day>,
}

impl Situation {
    pub fn of(facts: &Facts, today: Day) -> Self {
        if let Some(end) = facts.ended(today) {
            return end;
        }
        match facts.begins_on {
            None => Self::Upcoming,
            Some(begins) if today < begins => Self::Upcoming,
            _ if facts.denounced.is_some() || facts.rescinded.is_some() => Self::TerminationPending,
            _ if facts.watched_from().is_some_and(|from| today >= from) => Self::ToRenew,
            _ => Self::InForce,
        }
    }

    pub fn is_in_force(self) -> bool {
        matches!(self, Self::InForce | Self::ToRenew | Self::TerminationPending)
    }
}

impl Facts {
    /// What ended it, if anything has: the first end that came. What has a successor is replaced rather than only expired, even when the
    /// successor came late; it stays so when the successor ends in its turn.
    fn ended(&self, today: Day) -> Option<Situation> {
        let ends = [
            (self.rescinded.map(|day| day.plus(-1)), Situation::Rescinded),
            (self.denounced, Situation::Terminated),
            (self.replaced.map(|day| day.plus(-1)), Situation::Replaced),
            (self.term.filter(|_| !self.has_next), Situation::Expired),
        ];
        let over = ends.into_iter().filter_map(|(last, end)| last.filter(|last| *last < today).map(|last| (last, end)));
        // Of ends on one day, the first of the list.
        let (_, first) = over.min_by_key(|(last, _)| *last)?;
        let is_replaced = first == Situation::Expired && self.replaced.is_some_and(|day| day <= today);
        Some(if is_replaced { Situation::Replaced } else { first })
    }

    /// Since when it is to be renewed, if it ever is.
    fn watched_from(&self) -> Option<Day> {
        if self.is_decided || self.has_next {
            return None;
        }
        Some(watched_from(self.term.or(self.review_on)?, self.notice_by))
    }
}

/// The day from which a term, or a review, is looked after.
pub fn watched_from(end: Day, notice_by: Option<Day>) -> Day {
    let term = end.plus_months(-BEFORE_TERM);
    let notice = notice_by.map(|by| by.plus_months(-BEFORE_NOTICE));
    notice.map_or(term, |notice| notice.min(term))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn day(n: i64) -> Day {
        Day::new(2026, 1, 1).unwrap().plus(n)
    }

    const PLAIN: Facts = Facts {
        begins_on: Some(Day::FIRST),
        term: None,
        has_next: false,
        notice_by: None,
        review_on: None,
        is_decided: false,
        denounced: None,
        rescinded: None,
        replaced: None,
    };

    #[test]
    fn situations_follow_the_calendar() {
        let term = Day::parse("2026-12-31").unwrap();
        let of = |facts: Facts, today: &str| Situation::of(&facts, Day::parse(today).unwrap());
        let fixed = Facts { term: Some(term), ..PLAIN };
        assert_eq!(of(fixed, "2026-06-29"), Situation::InForce);
        assert_eq!(of(fixed, "2026-06-30"), Situation::ToRenew, "six months before, the last day of a shorter month");
        assert_eq!(of(fixed, "2026-12-31"), Situation::ToRenew);
        assert_eq!(of(fixed, "2027-01-01"), Situation::Expired);
        let noticed = Facts { notice_by: Day::parse("2026-08-31"), ..fixed };
        assert_eq!((of(noticed, "2026-05-30"), of(noticed, "2026-05-31")), (Situation::InForce, Situation::ToRenew));
        assert_eq!(of(Facts { is_decided: true, ..fixed }, "2026-12-01"), Situation::InForce);
        assert_eq!(of(Facts { has_next: true, ..fixed }, "2026-12-31"), Situation::InForce);
        let reviewed = Facts { review_on: Some(term), ..PLAIN };
        assert_eq!((of(reviewed, "2026-06-29"), of(reviewed, "2030-01-01")), (Situation::InForce, Situation::ToRenew));
        assert_eq!(of(Facts { begins_on: None, ..PLAIN }, "2030-01-01"), Situation::Upcoming);
        let denounced = Facts { denounced: Some(term), has_next: true, ..fixed };
        assert_eq!((of(denounced, "2026-12-31"), of(denounced, "2027-01-01")), (Situation::TerminationPending, Situation::Terminated));
        let rescinded = Facts { rescinded: Some(term), ..PLAIN };
        assert_eq!((of(rescinded, "2026-12-30"), of(rescinded, "2026-12-31")), (Situation::TerminationPending, Situation::Rescinded));
        let replaced = Facts { replaced: Day::parse("2027-03-01"), ..fixed };
        assert_eq!((of(replaced, "2027-02-28"), of(replaced, "2027-03-01")), (Situation::Expired, Situation::Replaced));
    }

    fn some_day() -> impl Strategy<Value = Option<Day>> {
        prop::option::of((-800i64..800).prop_map(day))
    }

    prop_compose! {
        fn facts()(begins_on in some_day(), term in some_day(), has_next: bool, notice in prop::option::of(0i32..12), review_on in some_day(),
            is_decided: bool, denounced in some_day(), rescinded in some_day(), replaced in some_day()) -> Facts {
            let notice_by = term.and_then(|term| notice.map(|months| term.plus_months(-months)));
            Facts { begins_on, term, has_next: has_next && term.is_some(), notice_by, review_on, is_decided, denounced, rescinded, replaced }
        }
    }

    proptest! {
        /// Each situation told by itself, without the others: exactly one is true, and it is the one that is answered.
        #[test]
        fn the_situation_is_total_and_exclusive(facts in facts(), today in -900i64..900) {
            let today = day(today);
            let final_term = facts.term.filter(|_| !facts.has_next);
            let rescinded_end = facts.rescinded.map(|day| day.plus(-1));
            let replaced_end = facts.replaced.map(|day| day.plus(-1));
            let past = |end: Option<Day>| end.filter(|end| *end < today);
            let earliest = [rescinded_end, facts.denounced, replaced_end, final_term].into_iter().filter_map(past).min();
            let first = |end: Option<Day>| past(end).is_some() && past(end) == earliest;
            let over = earliest.is_some();
            let begun = facts.begins_on.is_some_and(|begins| begins <= today);
            let announced = facts.denounced.is_some() || facts.rescinded.is_some();
            let watched = !facts.has_next && !facts.is_decided && [
                facts.term.or(facts.review_on).map(|day| day.plus_months(-6)),
                facts.notice_by.map(|day| day.plus_months(-3)),
            ].into_iter().flatten().any(|from| from <= today);
            let is_rescinded = first(rescinded_end);
            let is_terminated = !is_rescinded && first(facts.denounced);
            let is_replaced = !is_rescinded && !is_terminated && (first(replaced_end) || first(final_term) && past(replaced_end).is_some());
            let truths = [
                (Situation::Upcoming, !over && !begun),
                (Situation::TerminationPending, !over && begun && announced),
                (Situation::ToRenew, !over && begun && !announced && watched),
                (Situation::InForce, !over && begun && !announced && !watched),
                (Situation::Rescinded, is_rescinded),
                (Situation::Terminated, is_terminated),
                (Situation::Replaced, is_replaced),
                (Situation::Expired, !is_rescinded && !is_terminated && !is_replaced && first(final_term)),
            ];
            let found: Vec<Situation> = truths.iter().filter(|(_, is_true)| *is_true).map(|(situation, _)| *situation).collect();
            let answered = Situation::of(&facts, today);
            prop_assert_eq!(&found, &[answered]);
            prop_assert_eq!(answered.is_in_force(), begun && !over);
        }

        /// What has ended does not come back: not to force, nor to come.
        #[test]
        fn an_end_is_an_end(facts in facts(), today in -900i64..900, later in 0i64..900) {
            let of = |day: Day| Situation::of(&facts, day);
            let (before, after) = (of(day(today)), of(day(today + later)));
            let is_over = |situation: Situation| !situation.is_in_force() && situation != Situation::Upcoming;
            prop_assert!(!is_over(before) || is_over(after), "{:?} then {:?}", before, after);
            prop_assert!(!before.is_in_force() || after != Situation::Upcoming);
        }
    }
}
