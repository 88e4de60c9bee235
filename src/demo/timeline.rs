//! When things happened: at office hours, each after the one before, never later than now.

use chrono::{Datelike, NaiveTime, Weekday};

use super::Present;
use crate::kernel::{Day, Moment};

/// The moments of one record's life, in order.
pub struct Timeline<'a> {
    present: &'a Present<'a>,
    /// Makes the hours of one record differ from another's, the same at each start.
    seed: u64,
    last: Moment,
}

impl<'a> Timeline<'a> {
    pub fn new(present: &'a Present<'a>, key: &str, not_before: Moment) -> Self {
        Self { present, seed: spread(key), last: not_before }
    }

    /// A whole number below `bound`, particular to the record and to `what`.
    pub fn below(&self, what: &str, bound: u64) -> i64 {
        i64::try_from((self.seed ^ spread(what)) % bound).unwrap_or(0)
    }

    /// A moment of so many days ago (or of the working day before), after the last one that was given.
    pub fn days_ago(&mut self, days: i64) -> Moment {
        let today = self.present.today;
        self.on(today.plus(-days))
    }

    /// A moment of a day (or of the working day before), after the last one that was given.
    pub fn on(&mut self, day: Day) -> Moment {
        self.at(self.office_hour(day))
    }

    /// Soon after the last moment that was given.
    pub fn soon(&mut self) -> Moment {
        self.at(self.last)
    }

    /// An hour of a working day, that day or the last before it.
    pub fn office_hour(&self, day: Day) -> Moment {
        let day = match day.0.weekday() {
            Weekday::Sat => day.plus(-1),
            Weekday::Sun => day.plus(-2),
            _ => day,
        };
        let opening = NaiveTime::from_hms_opt(8, 45, 0).unwrap_or_default();
        let minutes = self.below(&day.iso(), 8 * 60);
        self.present.zone.at(day, opening).plus_seconds(minutes * 60 + self.below("seconds", 60))
    }

    /// A given moment, if it is after the last one and not after now.
    pub fn at(&mut self, at: Moment) -> Moment {
        self.last = at.max(self.last.plus_seconds(420 + self.below("after", 1800))).min(self.present.now.plus_seconds(-30)).max(self.last);
        self.last
    }
}

/// FNV-1a: the same number for the same text, on every machine.
fn spread(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}
