//! Instants and days. Everything that needs the present is given a [`Clock`] or a [`Moment`].

use std::fmt;
use std::sync::{Arc, Mutex};

use chrono::{Datelike, Duration, NaiveDate, NaiveDateTime, NaiveTime, Timelike};
use serde::{Deserialize, Serialize};

/// An instant in UTC, cut to the microsecond so that both databases give back what they were given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, diesel::expression::AsExpression, diesel::deserialize::FromSqlRow)]
#[diesel(sql_type = diesel::sql_types::Timestamp)]
pub struct Moment(pub(crate) NaiveDateTime);

/// A day of the calendar, without a time zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, diesel::expression::AsExpression, diesel::deserialize::FromSqlRow)]
#[diesel(sql_type = diesel::sql_types::Date)]
pub struct Day(pub NaiveDate);

impl Moment {
    /// Microseconds since 1970 began; out of range is held to the year 9999.
    pub fn from_micros(micros: i64) -> Self {
        let moment = chrono::DateTime::from_timestamp_micros(micros).unwrap_or_default();
        Self(moment.naive_utc())
    }

    pub fn from_naive(utc: NaiveDateTime) -> Self {
        Self::from_micros(utc.and_utc().timestamp_micros())
    }

    pub fn micros(self) -> i64 {
        self.0.and_utc().timestamp_micros()
    }

    /// `2026-03-03T14:05:00Z`, or `2026-03-03T14:05:00.120Z`: cut to the millisecond, which is all that HTML's `datetime` takes.
    pub fn rfc3339(self) -> String {
        let format = if self.micros().rem_euclid(1_000_000) < 1000 { "%Y-%m-%dT%H:%M:%SZ" } else { "%Y-%m-%dT%H:%M:%S%.3fZ" };
        self.0.format(format).to_string()
    }

    pub fn parse_rfc3339(text: &str) -> Option<Self> {
        chrono::DateTime::parse_from_rfc3339(text).ok().map(|at| Self::from_naive(at.naive_utc()))
    }

    fn instant(self) -> jiff::Timestamp {
        jiff::Timestamp::from_microsecond(self.micros()).unwrap_or_default()
    }

    pub fn plus_seconds(self, seconds: i64) -> Self {
        Self(self.0 + Duration::seconds(seconds))
    }

    pub fn plus_millis(self, millis: i64) -> Self {
        Self(self.0 + Duration::milliseconds(millis))
    }

    pub fn plus_days(self, days: i64) -> Self {
        Self(self.0 + Duration::days(days))
    }

    pub fn millis_since(self, earlier: Self) -> i64 {
        (self.micros() - earlier.micros()) / 1000
    }

    pub fn seconds_since(self, earlier: Self) -> i64 {
        (self.0 - earlier.0).num_seconds()
    }
}

impl Serialize for Moment {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.rfc3339())
    }
}

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse_rfc3339(&text).ok_or_else(|| serde::de::Error::custom("an RFC 3339 instant is expected"))
    }
}

impl Serialize for Day {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.iso())
    }
}

impl<'de> Deserialize<'de> for Day {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom("a day is expected"))
    }
}

impl Day {
    /// Before and after every day that people name.
    pub const FIRST: Self = Self(NaiveDate::from_ymd_opt(1, 1, 1).expect("the first of January of the year 1"));
    pub const LAST: Self = Self(NaiveDate::from_ymd_opt(9999, 12, 31).expect("the last of December of the year 9999"));

    pub fn new(year: i32, month: u32, day: u32) -> Option<Self> {
        NaiveDate::from_ymd_opt(year, month, day).map(Self)
    }

    /// A day as people and files write it: `2026-03-03`, `03/03/2026`, `3.3.2026`, `3 mars 2026` or `mardi 3 mars 2026`. Years 1900 to 2200.
    pub fn parse(text: &str) -> Option<Self> {
        let text = super::text::fold(text.trim());
        let mut parts: Vec<&str> = text.split(['-', '/', '.', ' ']).filter(|part| !part.is_empty()).collect();
        if parts.len() == 4 && WEEKDAYS.contains(&parts[0]) {
            parts.remove(0);
        }
        let [first, second, third] = parts[..] else { return None };
        let number = |part: &str| part.parse::<u32>().ok().filter(|_| part.len() <= 4);
        let (year, month, day) = if first.len() == 4 {
            (number(first)?, number(second)?, number(third)?)
        } else {
            let day = first.strip_suffix("er").unwrap_or(first);
            (number(third)?, number(second).or_else(|| month_number(second))?, number(day)?)
        };
        let year = i32::try_from(year).ok().filter(|year| (1900..=2200).contains(year))?;
        Self::new(year, month, day)
    }

    pub fn iso(self) -> String {
        self.0.format("%Y-%m-%d").to_string()
    }

    pub fn plus(self, days: i64) -> Self {
        Self(self.0 + Duration::days(days))
    }

    /// So many months later, or earlier: the same day, or the last one of a shorter month. Held between [`Day::FIRST`] and [`Day::LAST`].
    pub fn plus_months(self, months: i32) -> Self {
        let by = chrono::Months::new(months.unsigned_abs());
        match months {
            0.. => self.0.checked_add_months(by).map_or(Self::LAST, Self).min(Self::LAST),
            _ => self.0.checked_sub_months(by).map_or(Self::FIRST, Self).max(Self::FIRST),
        }
    }

    pub fn days_since(self, earlier: Self) -> i64 {
        (self.0 - earlier.0).num_days()
    }

    pub fn year(self) -> i32 {
        self.0.year()
    }

    /// `mardi 3 mars 2026`; the first of a month is `1er`.
    pub fn in_words(self) -> String {
        format!("{} {}", WEEKDAYS[self.0.weekday().num_days_from_monday() as usize], self.in_short())
    }

    /// `3 mars 2026`.
    pub fn in_short(self) -> String {
        let day = if self.0.day() == 1 { "1er".to_owned() } else { self.0.day().to_string() };
        format!("{day}\u{a0}{}\u{a0}{}", MONTHS[self.0.month0() as usize], self.0.year())
    }

    /// `03/03/2026`, as a form shows it and people type it.
    pub fn in_figures(self) -> String {
        self.0.format("%d/%m/%Y").to_string()
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.iso())
    }
}

pub const WEEKDAYS: [&str; 7] = ["lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"];
pub const MONTHS: [&str; 12] =
    ["janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre", "décembre"];

/// The number of a month, in full or cut as calendars cut it: `janv.`, `fevr`, `juil`, `sept`.
fn month_number(folded: &str) -> Option<u32> {
    let is_cut = |month: &str| folded.len() >= 3 && folded != "jui" && month.starts_with(folded);
    (1u32..).zip(MONTHS).map(|(number, month)| (number, super::text::fold(month))).find(|(_, month)| month == folded || is_cut(month)).map(|(n, _)| n)
}

/// The time zone of the instance, with its own database of rules.
#[derive(Clone, Debug)]
pub struct Zone(jiff::tz::TimeZone);

/// How the clocks of a zone stand from an instant on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Regime {
    pub from: Moment,
    /// Seconds east of Greenwich.
    pub offset: i32,
    /// `CEST`, or `+04` where there is no abbreviation.
    pub name: String,
    pub is_summer_time: bool,
}

impl Zone {
    /// The zone of an IANA name such as `Europe/Paris` or `Indian/Reunion`.
    pub fn named(name: &str) -> Option<Self> {
        jiff::tz::TimeZone::get(name).ok().map(Self)
    }

    /// Its IANA name.
    pub fn name(&self) -> &str {
        self.0.iana_name().unwrap_or("UTC")
    }

    /// The day and time on the wall at an instant.
    pub fn local(&self, moment: Moment) -> NaiveDateTime {
        let offset = i64::from(self.0.to_offset(moment.instant()).seconds());
        moment.0 + Duration::seconds(offset)
    }

    /// How the clocks stand at an instant.
    pub fn regime(&self, from: Moment) -> Regime {
        let info = self.0.to_offset_info(from.instant());
        Regime { from, offset: info.offset().seconds(), name: info.abbreviation().to_owned(), is_summer_time: info.dst().is_dst() }
    }

    /// Each time that the clocks are changed between two instants.
    pub fn changes(&self, after: Moment, before: Moment) -> Vec<Regime> {
        let mut last = self.regime(after).offset;
        let regimes = self.0.following(after.instant()).map(|change| self.regime(Moment::from_micros(change.timestamp().as_microsecond())));
        let within = regimes.take_while(|regime| regime.from < before);
        within.filter(|regime| std::mem::replace(&mut last, regime.offset) != regime.offset).collect()
    }

    /// Do the clocks show this time twice, as they do in an hour of autumn?
    pub fn shows_twice(&self, moment: Moment) -> bool {
        let wall = self.0.to_datetime(moment.instant());
        self.0.to_ambiguous_timestamp(wall).is_ambiguous()
    }

    pub fn day(&self, moment: Moment) -> Day {
        Day(self.local(moment).date())
    }

    fn ambiguous(&self, day: Day, time: NaiveTime) -> jiff::tz::AmbiguousTimestamp {
        let wall = jiff::civil::DateTime::new(
            day.0.year() as i16,
            day.0.month() as i8,
            day.0.day() as i8,
            time.hour() as i8,
            time.minute() as i8,
            time.second() as i8,
            0,
        )
        .unwrap_or_default();
        self.0.to_ambiguous_timestamp(wall)
    }

    /// The instant of a time on the wall. An hour that the spring change skips is taken after it; one that comes twice in autumn, the first.
    pub fn at(&self, day: Day, time: NaiveTime) -> Moment {
        let instant = self.ambiguous(day, time).compatible().unwrap_or_default();
        Moment::from_micros(instant.as_microsecond())
    }

    /// The instants at which clocks show this time on this day.
    pub fn wall(&self, day: Day, time: NaiveTime) -> Wall {
        let found = self.ambiguous(day, time);
        let moment = |instant: Result<jiff::Timestamp, jiff::Error>| Moment::from_micros(instant.unwrap_or_default().as_microsecond());
        match found.offset() {
            jiff::tz::AmbiguousOffset::Unambiguous { .. } => Wall::Once(moment(found.earlier())),
            jiff::tz::AmbiguousOffset::Gap { .. } => Wall::Never,
            jiff::tz::AmbiguousOffset::Fold { .. } => Wall::Twice(moment(found.earlier()), moment(found.later())),
        }
    }

    /// `mardi 3 mars 2026 à 14 h 05`.
    pub fn in_words(&self, moment: Moment) -> String {
        let local = self.local(moment);
        format!("{} à {}", Day(local.date()).in_words(), time_in_words(local.time()))
    }

    /// `mardi 3 mars 2026, de 14 h à 16 h`; over several days, `du mardi 3 mars 2026 à 14 h au mercredi 4 mars 2026 à 12 h`.
    pub fn span_in_words(&self, from: Moment, to: Option<Moment>) -> String {
        let Some(to) = to else { return self.in_words(from) };
        let (day, start, end) = (self.day(from), self.local(from).time(), self.local(to).time());
        match day == self.day(to) {
            true => format!("{}, de {} à {}", day.in_words(), time_in_words(start), time_in_words(end)),
            false => format!("du {} au {}", self.in_words(from), self.in_words(to)),
        }
    }
}

/// How often clocks show a time on a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wall {
    /// The night when summer time begins skips it.
    Never,
    Once(Moment),
    /// The night when summer time ends.
    Twice(Moment, Moment),
}

/// `14 h 05`, `9 h`.
pub fn time_in_words(time: NaiveTime) -> String {
    match time.minute() {
        0 => format!("{}\u{a0}h", time.hour()),
        minute => format!("{}\u{a0}h\u{a0}{minute:02}", time.hour()),
    }
}

/// A time as people type it: `14:00`, `14h`, `14 h 30`, `9h05`.
pub fn parse_time(text: &str) -> Option<NaiveTime> {
    let text = super::text::fold(text).replace([' ', '\u{a0}'], "").replace('h', ":");
    let (hour, minute) = text.split_once(':').unwrap_or((&text, "0"));
    let minute = if minute.is_empty() { "0" } else { minute };
    NaiveTime::from_hms_opt(hour.parse().ok()?, minute.parse().ok()?, 0)
}

/// Where the present comes from.
#[derive(Clone, Debug)]
pub enum Clock {
    /// The machine's, moved by a fixed number of microseconds (0, but in a demonstration set on another day).
    System { shift: i64 },
    /// Stands still until a test moves it.
    Still(Arc<Mutex<Moment>>),
}

impl Clock {
    pub fn system() -> Self {
        Self::System { shift: 0 }
    }

    pub fn still(at: Moment) -> Self {
        Self::Still(Arc::new(Mutex::new(at)))
    }

    /// The machine's clock, moved so that it now reads `at`, and running on from there.
    pub fn running_from(at: Moment) -> Self {
        Self::System { shift: at.micros() - machine_micros() }
    }

    pub fn now(&self) -> Moment {
        match self {
            Self::System { shift } => Moment::from_micros(machine_micros() + shift),
            Self::Still(at) => *at.lock().unwrap_or_else(std::sync::PoisonError::into_inner),
        }
    }

    /// Moves a still clock; the machine's cannot be moved.
    pub fn set(&self, to: Moment) {
        if let Self::Still(at) = self {
            *at.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = to;
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "the one place that reads the machine's clock")]
fn machine_micros() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_micros()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_read_as_people_write_them() {
        let day = Day::new(2026, 3, 3);
        for text in ["2026-03-03", "03/03/2026", "3/3/2026", "3.3.2026", "3 mars 2026", " 3 MARS 2026 ", "3-mars-2026", "mardi 3 mars 2026"] {
            assert_eq!(Day::parse(text), day, "{text}");
        }
        for text in ["", "31/02/2026", "2026-13-01", "3/3/26", "03/03/20266", "mardi", "1/2/3/4", "3 jui 2026", "3 m 2026"] {
            assert_eq!(Day::parse(text), None, "{text}");
        }
        assert_eq!(Day::parse("1er août 2026"), Day::new(2026, 8, 1));
        assert_eq!((Day::parse("5 févr. 2026"), Day::parse("5 juil. 2026")), (Day::new(2026, 2, 5), Day::new(2026, 7, 5)));
        assert_eq!(day.unwrap().in_words(), "mardi 3\u{a0}mars\u{a0}2026");
    }

    #[test]
    fn wall_time_follows_the_zone_through_both_changes() {
        let paris = Zone::named("Europe/Paris").unwrap();
        let noon = |y, m, d| paris.at(Day::new(y, m, d).unwrap(), NaiveTime::from_hms_opt(12, 0, 0).unwrap());
        assert_eq!(noon(2026, 3, 28).rfc3339(), "2026-03-28T11:00:00Z");
        assert_eq!(noon(2026, 3, 29).rfc3339(), "2026-03-29T10:00:00Z");
        assert_eq!(noon(2026, 10, 25).rfc3339(), "2026-10-25T11:00:00Z");
        let skipped = paris.at(Day::new(2026, 3, 29).unwrap(), NaiveTime::from_hms_opt(2, 30, 0).unwrap());
        assert_eq!(paris.local(skipped).time(), NaiveTime::from_hms_opt(3, 30, 0).unwrap());
        assert_eq!(Zone::named("Indian/Reunion").unwrap().local(noon(2026, 7, 1)).time().hour(), 14);
        let half_past_two = |y, m, d| paris.wall(Day::new(y, m, d).unwrap(), NaiveTime::from_hms_opt(2, 30, 0).unwrap());
        let utc = |text: &str| Moment::parse_rfc3339(text).unwrap();
        assert_eq!(half_past_two(2026, 3, 29), Wall::Never);
        assert_eq!(half_past_two(2026, 3, 30), Wall::Once(utc("2026-03-30T00:30:00Z")));
        assert_eq!(half_past_two(2026, 10, 25), Wall::Twice(utc("2026-10-25T00:30:00Z"), utc("2026-10-25T01:30:00Z")));
    }

    #[test]
    fn the_changes_of_the_clocks_are_known() {
        let at = |text: &str| Moment::parse_rfc3339(text).unwrap();
        let paris = Zone::named("europe/paris").unwrap();
        let (year, next) = (at("2026-01-01T00:00:00Z"), at("2027-01-01T00:00:00Z"));
        let regime = |from, offset, name: &str, is_summer_time| Regime { from: at(from), offset, name: name.into(), is_summer_time };
        let changes = [regime("2026-03-29T01:00:00Z", 7200, "CEST", true), regime("2026-10-25T01:00:00Z", 3600, "CET", false)];
        assert_eq!((paris.name(), paris.changes(year, next)), ("Europe/Paris", changes.to_vec()));
        assert_eq!(paris.regime(year), regime("2026-01-01T00:00:00Z", 3600, "CET", false));
        for (text, is_twice) in [("T23:59:59Z", false), ("T00:00:00Z", true), ("T01:59:59Z", true), ("T02:00:00Z", false)] {
            assert_eq!(paris.shows_twice(at(&format!("2026-10-25{text}"))), is_twice, "{text}");
        }
        let reunion = Zone::named("Indian/Reunion").unwrap();
        assert_eq!((reunion.regime(year).name.as_str(), reunion.changes(year, next)), ("+04", vec![]));
        assert_eq!(Zone::named("UTC").unwrap().name(), "UTC");
    }

    #[test]
    fn times_are_read_as_people_write_them() {
        let expected = NaiveTime::from_hms_opt(14, 30, 0);
        assert_eq!(parse_time("14:30"), expected);
        assert_eq!(parse_time("14 h 30"), expected);
        assert_eq!(parse_time("9h"), NaiveTime::from_hms_opt(9, 0, 0));
        assert_eq!(parse_time("25:00"), None);
    }

    proptest::proptest! {
        #[test]
        fn what_is_written_is_read_back(days in 0i64..100_000) {
            let day = Day::new(1900, 1, 1).unwrap().plus(days);
            for text in [day.iso(), day.in_figures(), day.in_short()] {
                proptest::prop_assert_eq!(Day::parse(&text), Some(day));
            }
        }
    }
}
