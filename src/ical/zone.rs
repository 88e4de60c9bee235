//! A zone as a VTIMEZONE: how its clocks went through the years that a calendar speaks of, from the database of zones itself.

use chrono::{Datelike, Duration, NaiveDateTime, NaiveTime};

use super::lines::{Lines, stamp};
use crate::kernel::time::Regime;
use crate::kernel::{Day, Moment, Zone};

/// A change of the clocks: what they showed before it when it came, what they stood at, and how they stand after it.
struct Change {
    wall: NaiveDateTime,
    before: i32,
    after: Regime,
}

/// Writes the zone for all that lies between two instants.
pub fn put(lines: &mut Lines, zone: &Zone, first: Moment, last: Moment) {
    // A year more than is spoken of: what held in January began the year before.
    let years = (zone.local(first).year() - 1, zone.local(last).year());
    let begins = |year| Day::new(year, 1, 1).map_or(first, |day| zone.at(day, NaiveTime::MIN));
    let (from, to) = (begins(years.0), begins(years.1 + 1));
    let initial = zone.regime(from);
    let mut before = initial.offset;
    let mut kinds: Vec<Vec<Change>> = Vec::new();
    for after in zone.changes(from, to) {
        let change = Change { wall: wall(after.from, before), before, after };
        before = change.after.offset;
        match kinds.iter_mut().find(|kind| is_alike(&kind[0], &change)) {
            Some(kind) => kind.push(change),
            None => kinds.push(vec![change]),
        }
    }
    lines.put("BEGIN", "VTIMEZONE");
    lines.put("TZID", zone.name());
    if kinds.iter().flatten().all(|change| change.after.from > first) {
        put_kind(lines, &[Change { wall: wall(from, initial.offset), before: initial.offset, after: initial }], 0);
    }
    for kind in kinds {
        put_kind(lines, &kind, years.1 - years.0 + 1);
    }
    lines.put("END", "VTIMEZONE");
}

fn wall(moment: Moment, offset: i32) -> NaiveDateTime {
    moment.0 + Duration::seconds(offset.into())
}

fn is_alike(a: &Change, b: &Change) -> bool {
    (a.before, a.after.offset, &a.after.name, a.after.is_summer_time) == (b.before, b.after.offset, &b.after.name, b.after.is_summer_time)
}

/// Changes that are alike: as a rule if they keep to one in each of so many years, which is all that some programs read; else day by day.
fn put_kind(lines: &mut Lines, changes: &[Change], years: i32) {
    let Some(first) = changes.first() else { return };
    let name = if first.after.is_summer_time { "DAYLIGHT" } else { "STANDARD" };
    lines.put("BEGIN", name);
    lines.put("DTSTART", &stamp(first.wall));
    match rule(changes, years) {
        Some(rule) => lines.put("RRULE", &rule),
        None => changes[1..].iter().for_each(|change| lines.put("RDATE", &stamp(change.wall))),
    }
    lines.put("TZOFFSETFROM", &offset(first.before));
    lines.put("TZOFFSETTO", &offset(first.after.offset));
    lines.text("TZNAME", &first.after.name);
    lines.put("END", name);
}

/// `FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU`, if that is when the clocks changed in every year.
fn rule(changes: &[Change], years: i32) -> Option<String> {
    let first = changes.first()?.wall;
    let yearly = (first.year()..).zip(changes).all(|(year, change)| {
        let wall = change.wall;
        (wall.year(), wall.month(), wall.weekday(), wall.time()) == (year, first.month(), first.weekday(), first.time())
    });
    if !yearly || usize::try_from(years).ok()? != changes.len() {
        return None;
    }
    let is_last = changes.iter().all(|change| (change.wall + Duration::days(7)).month() != first.month());
    let week = first.day0() / 7;
    let place = match is_last {
        true => "-1".to_owned(),
        false if changes.iter().all(|change| change.wall.day0() / 7 == week) => (week + 1).to_string(),
        false => return None,
    };
    let weekday = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"][first.weekday().num_days_from_monday() as usize];
    Some(format!("FREQ=YEARLY;BYMONTH={};BYDAY={place}{weekday}", first.month()))
}

/// `+0200`, with seconds where history has them.
fn offset(seconds: i32) -> String {
    let sign = if seconds < 0 { '-' } else { '+' };
    let seconds = seconds.abs();
    let odd = if seconds % 60 == 0 { String::new() } else { format!("{:02}", seconds % 60) };
    format!("{sign}{:02}{:02}{odd}", seconds / 3600, seconds / 60 % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(name: &str, first: &str, last: &str) -> String {
        let at = |text: &str| Moment::parse_rfc3339(text).unwrap();
        let mut lines = Lines::default();
        put(&mut lines, &Zone::named(name).unwrap(), at(first), at(last));
        lines.into_text()
    }

    #[test]
    fn changes_that_keep_to_a_rule_are_told_by_it() {
        for (zone, rules) in [
            ("Europe/Paris", vec!["FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU", "FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU"]),
            ("America/Miquelon", vec!["FREQ=YEARLY;BYMONTH=3;BYDAY=2SU", "FREQ=YEARLY;BYMONTH=11;BYDAY=1SU"]),
            ("Indian/Reunion", vec![]),
        ] {
            let text = written(zone, "2026-03-03T14:00:00Z", "2026-03-03T16:00:00Z");
            assert_eq!(text.lines().filter_map(|line| line.strip_prefix("RRULE:")).collect::<Vec<_>>(), rules, "{text}");
        }
        assert_eq!(
            written("Indian/Reunion", "2026-03-03T14:00:00Z", "2026-03-03T16:00:00Z"),
            "BEGIN:VTIMEZONE\r\nTZID:Indian/Reunion\r\nBEGIN:STANDARD\r\nDTSTART:20250101T000000\r\nTZOFFSETFROM:+0400\r\n\
             TZOFFSETTO:+0400\r\nTZNAME:+04\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n"
        );
    }

    #[test]
    fn changes_without_a_rule_are_told_one_by_one() {
        // The clocks of Morocco follow the moon; those of Mexico stopped in the midst of a span.
        let text = written("Africa/Casablanca", "2026-01-01T12:00:00Z", "2028-01-01T12:00:00Z");
        assert!(text.contains("RDATE:") && !text.contains("RRULE"), "{text}");
        let text = written("America/Mexico_City", "2022-06-01T12:00:00Z", "2024-06-01T12:00:00Z");
        assert!(text.contains("RDATE:20221030T020000") && !text.contains("RRULE"), "{text}");
        // One year alone tells of no rule that stops.
        let text = written("America/Mexico_City", "2022-06-01T12:00:00Z", "2022-06-01T13:00:00Z");
        assert!(text.contains("RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU"), "{text}");
    }

    #[test]
    fn offsets_are_written_with_their_sign() {
        assert_eq!([0, 7200, -10_800, 20_700, -1, 561].map(offset), ["+0000", "+0200", "-0300", "+0545", "-000001", "+000921"]);
    }
}
