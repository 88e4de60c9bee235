//! Days off in France: public holidays, computed, and school holidays, from the embedded national calendar.

use std::{fmt, str::FromStr, sync::LazyLock};

use chrono::{Datelike, NaiveDate};

/// Easter Sunday, by the Gregorian computus (Meeus, Jones, Butcher).
pub fn easter(year: i32) -> Option<NaiveDate> {
    let (a, b, c) = (year.rem_euclid(19), year.div_euclid(100), year.rem_euclid(100));
    let (d, e) = (b.div_euclid(4), b.rem_euclid(4));
    let g = (8 * b + 13).div_euclid(25);
    let h = (19 * a + b - d - g + 15).rem_euclid(30);
    let (i, k) = (c / 4, c % 4);
    let l = (32 + 2 * e + 2 * i - h - k).rem_euclid(7);
    let m = (a + 11 * h + 22 * l) / 451;
    let n = h + l - 7 * m + 114;
    NaiveDate::from_ymd_opt(year, u32::try_from(n / 31).ok()?, u32::try_from(n % 31 + 1).ok()?)
}

/// The name of the public holiday that `day` is in metropolitan France (outside Alsace-Moselle), if it is one.
pub fn public_holiday(day: NaiveDate) -> Option<&'static str> {
    let fixed = match (day.month(), day.day()) {
        (1, 1) => Some("Jour de l’an"),
        (5, 1) => Some("Fête du Travail"),
        (5, 8) => Some("Victoire de 1945"),
        (7, 14) => Some("Fête nationale"),
        (8, 15) => Some("Assomption"),
        (11, 1) => Some("Toussaint"),
        (11, 11) => Some("Armistice de 1918"),
        (12, 25) => Some("Noël"),
        _ => None,
    };
    fixed.or_else(|| match day.signed_duration_since(easter(day.year())?).num_days() {
        1 => Some("Lundi de Pâques"),
        39 => Some("Ascension"),
        50 => Some("Lundi de Pentecôte"),
        _ => None,
    })
}

pub fn is_public_holiday(day: NaiveDate) -> bool {
    public_holiday(day).is_some()
}

/// Which school calendar a place follows.
///
/// Only A, B and C are in the embedded calendar. Corsica and the overseas academies set their own each year: for them
/// nothing is known, and [`calendar_known_until`] says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SchoolZone {
    A,
    B,
    C,
    Corse,
    Guadeloupe,
    Guyane,
    Martinique,
    Mayotte,
    Reunion,
}

impl SchoolZone {
    pub const ALL: [Self; 9] =
        [Self::A, Self::B, Self::C, Self::Corse, Self::Guadeloupe, Self::Guyane, Self::Martinique, Self::Mayotte, Self::Reunion];

    /// The code, as stored and configured.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::A => "A",
            Self::B => "B",
            Self::C => "C",
            Self::Corse => "corse",
            Self::Guadeloupe => "guadeloupe",
            Self::Guyane => "guyane",
            Self::Martinique => "martinique",
            Self::Mayotte => "mayotte",
            Self::Reunion => "reunion",
        }
    }

    /// The name shown to users.
    pub fn label(self) -> &'static str {
        match self {
            Self::A => "Zone A",
            Self::B => "Zone B",
            Self::C => "Zone C",
            Self::Corse => "Corse",
            Self::Guadeloupe => "Guadeloupe",
            Self::Guyane => "Guyane",
            Self::Martinique => "Martinique",
            Self::Mayotte => "Mayotte",
            Self::Reunion => "La Réunion",
        }
    }
}

impl fmt::Display for SchoolZone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnknownSchoolZone;

impl fmt::Display for UnknownSchoolZone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("zone de vacances scolaires inconnue")
    }
}

impl std::error::Error for UnknownSchoolZone {}

impl FromStr for SchoolZone {
    type Err = UnknownSchoolZone;

    /// Reads the code, in any case.
    fn from_str(text: &str) -> Result<Self, UnknownSchoolZone> {
        let text = text.trim();
        Self::ALL.into_iter().find(|zone| zone.as_str().eq_ignore_ascii_case(text)).ok_or(UnknownSchoolZone)
    }
}

/// Days off in a row, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SchoolHoliday {
    pub zone: SchoolZone,
    pub name: &'static str,
    pub first: NaiveDate,
    pub last: NaiveDate,
}

static HOLIDAYS: LazyLock<Vec<SchoolHoliday>> = LazyLock::new(|| {
    include_str!("../../data/reference/school_holidays.csv")
        .lines()
        .skip(1)
        .map(|line| read_holiday(line).expect("the embedded school calendar is valid"))
        .collect()
});

fn read_holiday(line: &'static str) -> Option<SchoolHoliday> {
    let mut fields = line.split(',');
    let holiday = SchoolHoliday {
        zone: fields.next()?.parse().ok()?,
        name: fields.next()?,
        first: fields.next()?.parse().ok()?,
        last: fields.next()?.parse().ok()?,
    };
    (fields.next().is_none() && holiday.first <= holiday.last).then_some(holiday)
}

/// The holidays of a zone, oldest first.
pub fn school_holidays(zone: SchoolZone) -> impl Iterator<Item = &'static SchoolHoliday> {
    HOLIDAYS.iter().filter(move |holiday| holiday.zone == zone)
}

/// The name of the school holiday that `day` falls in. The weekend before the first free Monday belongs to it.
pub fn school_holiday(zone: SchoolZone, day: NaiveDate) -> Option<&'static str> {
    school_holidays(zone).find(|holiday| holiday.first <= day && day <= holiday.last).map(|holiday| holiday.name)
}

/// The last day about which the calendar of a zone says anything: the end of its last school year. `None` when the
/// zone has no calendar here.
pub fn calendar_known_until(zone: SchoolZone) -> Option<NaiveDate> {
    school_holidays(zone).map(|holiday| holiday.last).max()
}

/// The first day about which the calendar of a zone says anything.
pub fn calendar_known_from(zone: SchoolZone) -> Option<NaiveDate> {
    school_holidays(zone).map(|holiday| holiday.first).min()
}

/// Whether the calendar of a zone covers every day from `first` to `last`.
pub fn calendar_covers(zone: SchoolZone, first: NaiveDate, last: NaiveDate) -> bool {
    calendar_known_from(zone).is_some_and(|from| from <= first) && calendar_known_until(zone).is_some_and(|until| last <= until)
}

#[cfg(test)]
mod tests {
    use chrono::{Days, Weekday};
    use proptest::prelude::*;

    use super::*;
    use SchoolZone::{A, B, C};

    fn day(text: &str) -> NaiveDate {
        text.parse().expect("a day")
    }

    #[test]
    fn easter_falls_where_the_almanac_says() {
        for (year, expected) in [(1818, "1818-03-22"), (1943, "1943-04-25"), (2000, "2000-04-23"), (2024, "2024-03-31"), (2026, "2026-04-05")] {
            assert_eq!(easter(year), Some(day(expected)));
        }
    }

    #[test]
    fn the_eleven_public_holidays_of_2026() {
        let found: Vec<String> =
            day("2026-01-01").iter_days().take(365).filter(|day| is_public_holiday(*day)).map(|day| day.format("%m-%d").to_string()).collect();
        assert_eq!(found, ["01-01", "04-06", "05-01", "05-08", "05-14", "05-25", "07-14", "08-15", "11-01", "11-11", "12-25"]);
        assert_eq!(public_holiday(day("2026-04-06")), Some("Lundi de Pâques"));
    }

    #[test]
    fn zones_a_and_c_in_2026() {
        let of = |zone, text| school_holiday(zone, day(text));
        assert_eq!(of(A, "2026-02-06"), None);
        assert_eq!(of(A, "2026-02-07"), Some("Vacances d’hiver"));
        assert_eq!(of(A, "2026-02-22"), Some("Vacances d’hiver"));
        assert_eq!(of(A, "2026-02-23"), None);
        assert_eq!(of(C, "2026-02-20"), None);
        assert_eq!(of(C, "2026-02-21"), Some("Vacances d’hiver"));
        assert_eq!(of(C, "2026-03-08"), Some("Vacances d’hiver"));
        assert_eq!(of(A, "2026-04-06"), Some("Vacances de printemps"));
        assert_eq!(of(C, "2026-04-18"), Some("Vacances de printemps"));
        assert_eq!(of(C, "2026-05-04"), None);
        assert_eq!(of(A, "2026-12-25"), Some("Vacances de Noël"));
    }

    #[test]
    fn the_calendar_says_how_far_it_goes() {
        for zone in [A, B, C] {
            assert!(calendar_known_until(zone) >= Some(day("2028-08-31")), "{zone}");
            assert!(calendar_covers(zone, day("2020-01-01"), day("2028-08-31")));
            assert!(!calendar_covers(zone, day("2020-01-01"), day("2099-01-01")));
        }
        assert_eq!(calendar_known_until(SchoolZone::Corse), None);
        assert_eq!(school_holiday(SchoolZone::Reunion, day("2026-12-25")), None);
    }

    #[test]
    fn holidays_are_in_order_apart_and_of_a_likely_length() {
        for zone in [A, B, C] {
            let all: Vec<_> = school_holidays(zone).collect();
            assert!(all.windows(2).all(|pair| pair[0].last < pair[1].first), "{zone}");
            assert!(all.iter().all(|h| (2..=65).contains(&((h.last - h.first).num_days() + 1))), "{zone}");
        }
    }

    #[test]
    fn zones_are_read_back() {
        for zone in SchoolZone::ALL {
            assert_eq!(zone.as_str().parse(), Ok(zone));
            assert!(!zone.label().is_empty());
        }
        assert_eq!(" a ".parse(), Ok(A));
        assert_eq!("D".parse::<SchoolZone>(), Err(UnknownSchoolZone));
    }

    proptest! {
        #[test]
        fn easter_is_a_sunday_of_spring(year in 1583..9999) {
            let easter = easter(year).expect("a day");
            prop_assert_eq!(easter.weekday(), Weekday::Sun);
            prop_assert!((3, 22) <= (easter.month(), easter.day()) && (easter.month(), easter.day()) <= (4, 25));
        }

        #[test]
        fn a_year_has_ten_or_eleven_public_holidays(year in 1900..2200) {
            let first = NaiveDate::from_ymd_opt(year, 1, 1).expect("a day");
            let count = first.iter_days().take_while(|d| d.year() == year).filter(|d| is_public_holiday(*d)).count();
            prop_assert!(count == 10 || count == 11);
        }

        #[test]
        fn a_holiday_is_told_on_each_of_its_days_and_not_beyond_the_calendar(offset in 0u64..4000) {
            let day = day("2019-01-01") + Days::new(offset);
            for zone in [A, B, C] {
                let told = school_holiday(zone, day);
                prop_assert_eq!(told.is_some(), school_holidays(zone).any(|h| h.first <= day && day <= h.last));
                prop_assert!(told.is_none() || calendar_covers(zone, day, day));
            }
        }
    }
}
