//! Weekly sessions, counted from the day of the demonstration.

use super::{Present, broken, content};
use crate::actions::sessions::Series;
use crate::error::Result;
use crate::kernel::calendar::SchoolZone;
use crate::kernel::{Day, time};

const WEEKDAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

/// The series as the service adds it, with the days that it gives.
pub fn of(given: &content::Series, rhythm: &str, present: &Present<'_>) -> Result<(Series, Vec<Day>)> {
    let mut series = Series {
        first: present.today.plus(given.from_in_days),
        last: present.today.plus(given.to_in_days),
        weekdays: vec![u32::try_from(weekday(given)?).unwrap_or(0)],
        every_weeks: 1,
        time: time::parse_time(&given.at).ok_or_else(|| broken("at", &given.at))?,
        minutes: given.minutes,
        outside_holidays_of: rhythm.contains("vacances scolaires").then_some(SchoolZone::A),
        outside_public_holidays: true,
        place: String::new(),
        capacity: given.capacity,
    };
    let (mut days, _) = series.days();
    // On some days of the year a short series falls wholly on days off: it is then held all the same.
    if days.is_empty() {
        series = Series { outside_holidays_of: None, outside_public_holidays: false, ..series };
        days = series.days().0;
    }
    if days.is_empty() {
        return Err(broken("sessions", format!("{} {}", series.first, series.last)));
    }
    Ok((series, days))
}

/// What the content says of the attendance of the nth session held: (attended, newcomers). Weeks off are no session and use up no entry.
pub fn attendance(given: &content::Series, nth: usize) -> Option<(i32, i32)> {
    let entry = |entries: &[Option<i32>]| entries.get(nth).copied().flatten();
    entry(&given.attended).map(|attended| (attended, entry(&given.newcomers).unwrap_or(0).min(attended)))
}

fn weekday(given: &content::Series) -> Result<usize> {
    WEEKDAYS.iter().position(|name| *name == given.weekday).ok_or_else(|| broken("weekday", &given.weekday))
}
