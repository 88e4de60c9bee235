//! The days of meetings that come back: « chaque trimestre, un mardi », school and public holidays aside. Pure.

use chrono::{Datelike, NaiveDate};

use crate::db::types::text_enum;
use crate::kernel::calendar::{SchoolZone, calendar_covers, public_holiday, school_holiday};
use crate::kernel::{Day, FieldErrors};

/// A series makes at most so many meetings.
pub const MOST_MEETINGS: usize = 60;
const LONGEST_DAYS: i64 = 5 * 366;
/// A meeting that falls in holidays is moved by so many weeks at most.
const MOST_WEEKS_LATER: i64 = 9;

text_enum! {
    /// Which of the weekdays of a month.
    #[derive(Default)]
    pub enum Nth {
        #[default]
        First = "first" | "Le premier du mois",
        Second = "second" | "Le deuxième du mois",
        Third = "third" | "Le troisième du mois",
        Fourth = "fourth" | "Le quatrième du mois",
        Last = "last" | "Le dernier du mois",
    }
}

text_enum! {
    /// What becomes of a meeting that falls in holidays.
    #[derive(Default)]
    pub enum InHolidays {
        #[default]
        Moved = "moved" | "Passer à la semaine suivante qui convient",
        Skipped = "skipped" | "Ne pas la tenir",
        Kept = "kept" | "La tenir quand même",
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rhythm {
    /// Every so many weeks.
    Weeks(u32),
    /// Every so many months, one weekday of the month.
    Months(u32, Nth),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Series {
    pub first: Day,
    pub last: Day,
    /// Monday is 0.
    pub weekday: u32,
    pub rhythm: Rhythm,
    pub in_holidays: InHolidays,
    /// Whose school holidays are looked at; None: nobody's.
    pub zone: Option<SchoolZone>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    Kept,
    /// It would have fallen on this day, which is in these holidays.
    Moved(Day, &'static str),
    Skipped(&'static str),
}

/// A day of the series, and what holidays made of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Proposed {
    pub day: Day,
    pub fate: Fate,
}

impl Series {
    /// Its days, in order; or what is wrong with it, field by field.
    pub fn days(&self) -> Result<Vec<Proposed>, FieldErrors> {
        self.check().into_result()?;
        let wanted = self.wanted();
        if wanted.len() > MOST_MEETINGS {
            let message = format!("Cette série compterait plus de {MOST_MEETINGS} rencontres\u{a0}: espacez-les, ou raccourcissez la période.");
            return Err(FieldErrors::one("last", message));
        }
        if wanted.is_empty() {
            return Err(FieldErrors::one("last", "Aucun jour ne correspond dans cette période\u{a0}: vérifiez les dates et le rythme."));
        }
        let nexts = wanted.iter().skip(1).copied().map(Some).chain([None]);
        Ok(wanted.iter().zip(nexts).map(|(day, next)| self.placed(*day, next)).collect())
    }

    fn check(&self) -> FieldErrors {
        let mut errors = FieldErrors::default();
        if self.last < self.first {
            errors.add("last", "Le dernier jour est avant le premier.");
        } else if self.last.days_since(self.first) > LONGEST_DAYS {
            errors.add("last", "Une série s’étend sur cinq ans au plus.");
        }
        match self.rhythm {
            Rhythm::Weeks(every) if !(1..=52).contains(&every) => errors.add("every", "Choisissez un rythme de 1 à 52 semaines."),
            Rhythm::Months(every, _) if !(1..=24).contains(&every) => errors.add("every", "Choisissez un rythme de 1 à 24 mois."),
            _ => {}
        }
        if self.in_holidays != InHolidays::Kept
            && errors.is_empty()
            && self.zone.is_some_and(|zone| !calendar_covers(zone, self.first.0, self.last.0))
        {
            errors.add(
                "last",
                "Le calendrier scolaire de toute cette période n’est pas encore connu\u{a0}: raccourcissez-la, ou tenez les rencontres pendant les vacances.",
            );
        }
        errors
    }

    /// The days of the rhythm, holidays not looked at: one more than a series may have, at most.
    fn wanted(&self) -> Vec<Day> {
        let days: Box<dyn Iterator<Item = Day>> = match self.rhythm {
            Rhythm::Weeks(every) => {
                let to_weekday = (7 + i64::from(self.weekday) - i64::from(self.first.0.weekday().num_days_from_monday())) % 7;
                let begins = self.first.plus(to_weekday);
                Box::new((0..).map(move |place| begins.plus(place * 7 * i64::from(every))))
            }
            Rhythm::Months(every, nth) => {
                let (month, weekday) = (Day(self.first.0.with_day(1).unwrap_or(self.first.0)), self.weekday);
                // The first month counts even where its day is before the series begins: the rhythm then starts with the next month that has one.
                let starts = (0..=1).find(|months| of_month(month.plus_months(*months), weekday, nth) >= self.first).unwrap_or(1);
                let step = i32::try_from(every).unwrap_or(1);
                Box::new((0..).map(move |place: i32| of_month(month.plus_months(starts + place * step), weekday, nth)))
            }
        };
        days.take_while(|day| *day <= self.last).take(MOST_MEETINGS + 1).collect()
    }

    fn placed(&self, day: Day, next: Option<Day>) -> Proposed {
        let Some(why) = self.holiday(day).filter(|_| self.in_holidays != InHolidays::Kept) else { return Proposed { day, fate: Fate::Kept } };
        if self.in_holidays == InHolidays::Skipped {
            return Proposed { day, fate: Fate::Skipped(why) };
        }
        let later =
            (1..=MOST_WEEKS_LATER).map(|weeks| day.plus(weeks * 7)).take_while(|later| *later <= self.last && next.is_none_or(|next| *later < next));
        match later.into_iter().find(|later| self.holiday(*later).is_none()) {
            Some(later) => Proposed { day: later, fate: Fate::Moved(day, why) },
            None => Proposed { day, fate: Fate::Skipped(why) },
        }
    }

    /// The holiday that a day falls in.
    pub fn holiday(&self, day: Day) -> Option<&'static str> {
        public_holiday(day.0).or_else(|| school_holiday(self.zone?, day.0))
    }
}

/// The weekday of a month that is asked for; `month` is its first day.
fn of_month(month: Day, weekday: u32, nth: Nth) -> Day {
    let on = |first: NaiveDate| Day(first).plus((7 + i64::from(weekday) - i64::from(first.weekday().num_days_from_monday())) % 7);
    match nth {
        Nth::First => on(month.0),
        Nth::Second => on(month.0).plus(7),
        Nth::Third => on(month.0).plus(14),
        Nth::Fourth => on(month.0).plus(21),
        // The first one of the month after, a week before.
        Nth::Last => on(month.plus_months(1).0).plus(-7),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn day(text: &str) -> Day {
        Day::parse(text).expect("a day")
    }

    /// « Chaque trimestre, un mardi », in the zone of Poitiers.
    fn quarterly() -> Series {
        Series {
            first: day("2026-01-01"),
            last: day("2026-12-31"),
            weekday: 1,
            rhythm: Rhythm::Months(3, Nth::First),
            in_holidays: InHolidays::Moved,
            zone: Some(SchoolZone::A),
        }
    }

    fn told(series: &Series) -> Vec<String> {
        let said = |one: &Proposed| match one.fate {
            Fate::Kept => one.day.iso(),
            Fate::Moved(from, why) => format!("{} ({}, {why})", one.day, from),
            Fate::Skipped(why) => format!("– {} ({why})", one.day),
        };
        series.days().expect("days").iter().map(said).collect()
    }

    #[test]
    fn a_meeting_every_quarter_leaves_holidays_aside() {
        let moved = ["2026-01-06", "2026-04-21 (2026-04-07, Vacances de printemps)", "2026-09-01 (2026-07-07, Vacances d’été)", "2026-10-06"];
        assert_eq!(told(&quarterly()), moved);
        let skipped = Series { in_holidays: InHolidays::Skipped, ..quarterly() };
        assert_eq!(told(&skipped), ["2026-01-06", "– 2026-04-07 (Vacances de printemps)", "– 2026-07-07 (Vacances d’été)", "2026-10-06"]);
        let kept = Series { in_holidays: InHolidays::Kept, ..quarterly() };
        assert_eq!(told(&kept), ["2026-01-06", "2026-04-07", "2026-07-07", "2026-10-06"]);
    }

    #[test]
    fn what_cannot_move_before_the_next_one_is_left_out() {
        let weekly = Series { first: day("2026-12-14"), last: day("2027-01-11"), weekday: 0, rhythm: Rhythm::Weeks(1), ..quarterly() };
        assert_eq!(told(&weekly), ["2026-12-14", "– 2026-12-21 (Vacances de Noël)", "– 2026-12-28 (Vacances de Noël)", "2027-01-04", "2027-01-11"]);
        let holiday = Series { first: day("2026-05-01"), last: day("2026-05-31"), weekday: 4, rhythm: Rhythm::Weeks(2), zone: None, ..quarterly() };
        assert_eq!(told(&holiday), ["– 2026-05-01 (Fête du Travail)", "2026-05-15", "2026-05-29"]);
    }

    #[test]
    fn what_is_too_long_or_impossible_is_refused() {
        let refused =
            |series: Series| series.days().expect_err("a refusal").iter().map(|(field, text)| format!("{field}: {text}")).collect::<String>();
        let last = day("2027-12-31");
        assert_eq!(
            refused(Series { rhythm: Rhythm::Weeks(1), last, ..quarterly() }),
            "last: Cette série compterait plus de 60 rencontres\u{a0}: espacez-les, ou raccourcissez la période."
        );
        assert!(refused(Series { last: day("2025-12-31"), ..quarterly() }).contains("avant le premier"));
        assert!(refused(Series { last: day("2099-12-31"), ..quarterly() }).contains("cinq ans"));
        assert!(refused(Series { last: day("2030-12-31"), ..quarterly() }).contains("pas encore connu"));
        assert!(refused(Series { last: day("2026-01-02"), ..quarterly() }).contains("Aucun jour"));
        assert!(refused(Series { rhythm: Rhythm::Weeks(0), ..quarterly() }).starts_with("every"));
        assert!(refused(Series { rhythm: Rhythm::Months(99, Nth::Last), ..quarterly() }).starts_with("every"));
    }

    fn rhythms() -> impl Strategy<Value = Rhythm> {
        let nth = prop::sample::select(Nth::ALL.to_vec());
        prop_oneof![(1u32..=52).prop_map(Rhythm::Weeks), (1u32..=24, nth).prop_map(|(every, nth)| Rhythm::Months(every, nth))]
    }

    proptest! {
        #[test]
        fn days_are_of_the_rhythm_in_order_and_outside_holidays(
            begins in 0i64..2500, length in 0i64..900, weekday in 0u32..7, rhythm in rhythms(), treated in prop::sample::select(InHolidays::ALL.to_vec()),
        ) {
            let first = day("2020-01-01").plus(begins);
            let series = Series { first, last: first.plus(length), weekday, rhythm, in_holidays: treated, zone: Some(SchoolZone::A) };
            let Ok(days) = series.days() else { return Ok(()) };
            prop_assert!(!days.is_empty() && days.len() <= MOST_MEETINGS);
            prop_assert!(days.windows(2).all(|pair| pair[0].day < pair[1].day));
            for one in &days {
                prop_assert!(series.first <= one.day && one.day <= series.last);
                prop_assert_eq!(one.day.0.weekday().num_days_from_monday(), weekday);
                let wanted = match one.fate { Fate::Moved(from, _) => from, _ => one.day };
                match one.fate {
                    Fate::Kept => prop_assert!(treated == InHolidays::Kept || series.holiday(one.day).is_none()),
                    Fate::Moved(from, why) => {
                        prop_assert!(series.holiday(from) == Some(why) && series.holiday(one.day).is_none() && from < one.day);
                    }
                    Fate::Skipped(why) => prop_assert_eq!(series.holiday(one.day), Some(why)),
                }
                if let Rhythm::Months(_, nth) = rhythm {
                    let number = wanted.0.day0() / 7;
                    let expected = match nth { Nth::First => 0, Nth::Second => 1, Nth::Third => 2, Nth::Fourth => 3, Nth::Last => number };
                    prop_assert_eq!(number, expected);
                    prop_assert!(nth != Nth::Last || wanted.plus(7).0.month() != wanted.0.month());
                }
            }
        }
    }
}
