//! A calendar as one text: what it is for, the zone, its entries.

use super::lines::{Lines, escaped, mailto, quoted, stamp, uri};
use super::{Answer, Entry, Method, Person, Status, zone};
use crate::kernel::{Moment, Zone};

/// How often a program that follows a feed is asked to look again.
const REFRESH: &str = "PT1H";

/// A calendar: an invitation holds one entry, a feed as many as there are. `name` is a feed's.
pub fn calendar(method: Method, name: Option<&str>, zone: &Zone, entries: &[Entry]) -> String {
    let mut lines = Lines::default();
    lines.put("BEGIN", "VCALENDAR");
    lines.put("VERSION", "2.0");
    lines.put("PRODID", "-//Trait d'union//Trait d'union//FR");
    lines.put("CALSCALE", "GREGORIAN");
    lines.put("METHOD", method.as_str());
    // RFC 7986, and what programs read before it.
    lines.maybe_text("NAME", name);
    lines.maybe_text("X-WR-CALNAME", name);
    if method == Method::Publish {
        lines.put("REFRESH-INTERVAL;VALUE=DURATION", REFRESH);
        lines.put("X-PUBLISHED-TTL", REFRESH);
    }
    let local = || entries.iter().filter(|entry| is_local(entry, zone));
    let first = local().map(|entry| entry.starts_at.min(entry.ends_at)).min();
    let last = local().map(|entry| entry.starts_at.max(entry.ends_at)).max();
    match first.zip(last) {
        Some((first, last)) => zone::put(&mut lines, zone, first, last),
        // A calendar holds something (RFC 5545, 3.6).
        None if entries.is_empty() => zone::put(&mut lines, zone, Moment::from_micros(0), Moment::from_micros(0)),
        None => {}
    }
    for entry in entries {
        put(&mut lines, method, zone, entry);
    }
    lines.put("END", "VCALENDAR");
    lines.into_text()
}

/// Can its times be told by the zone's clocks? Not in the hour that they show twice, which programs read as the one or the other.
fn is_local(entry: &Entry, zone: &Zone) -> bool {
    zone.name() != "UTC" && !zone.shows_twice(entry.starts_at) && !zone.shows_twice(entry.ends_at)
}

fn put(lines: &mut Lines, method: Method, zone: &Zone, entry: &Entry) {
    lines.put("BEGIN", "VEVENT");
    lines.text("UID", &entry.uid);
    lines.put("SEQUENCE", &entry.sequence.max(0).to_string());
    lines.utc("DTSTAMP", entry.stamp);
    lines.utc("CREATED", entry.created);
    lines.utc("LAST-MODIFIED", entry.changed);
    for (name, moment) in [("DTSTART", entry.starts_at), ("DTEND", entry.ends_at)] {
        if is_local(entry, zone) {
            lines.put(&format!("{name};TZID={}", zone.name()), &stamp(zone.local(moment)));
        } else {
            lines.utc(name, moment);
        }
    }
    lines.text("SUMMARY", &entry.summary);
    lines.maybe_text("DESCRIPTION", description(entry).as_deref());
    lines.maybe_text("LOCATION", entry.location.as_deref());
    if let Some(url) = &entry.url {
        lines.put("URL", &uri(url));
    }
    if let Some(link) = &entry.conference {
        lines.put("CONFERENCE;VALUE=URI;FEATURE=AUDIO,VIDEO;LABEL=\"Visioconférence\"", &uri(link));
    }
    if !entry.categories.is_empty() {
        let categories: Vec<String> = entry.categories.iter().map(|category| escaped(category)).collect();
        lines.put("CATEGORIES", &categories.join(","));
    }
    if let Some(status) = entry.status {
        lines.put("STATUS", said(status));
    }
    if let Some(Person { name, email }) = &entry.organiser {
        lines.put(&format!("ORGANIZER;CN={}", quoted(name)), &mailto(email));
    }
    if let Some((Person { name, email }, answer)) = entry.attendee.as_ref().filter(|_| method != Method::Publish) {
        // People answer by the mail's links, not by their program.
        let parameters = format!("CUTYPE=INDIVIDUAL;ROLE=REQ-PARTICIPANT;PARTSTAT={};RSVP=FALSE;CN={}", answered(*answer), quoted(name));
        lines.put(&format!("ATTENDEE;{parameters}"), &mailto(email));
    }
    lines.put("END", "VEVENT");
}

fn description(entry: &Entry) -> Option<String> {
    let text = entry.description.as_deref().unwrap_or_default().trim();
    match &entry.conference {
        Some(link) if !text.contains(link.as_str()) => Some(format!("{text}\n\nVisioconférence\u{a0}: {link}").trim().to_owned()),
        _ => Some(text.to_owned()),
    }
}

fn said(status: Status) -> &'static str {
    match status {
        Status::Confirmed => "CONFIRMED",
        Status::Tentative => "TENTATIVE",
        Status::Cancelled => "CANCELLED",
    }
}

fn answered(answer: Answer) -> &'static str {
    match answer {
        Answer::None => "NEEDS-ACTION",
        Answer::Accepted => "ACCEPTED",
        Answer::Declined => "DECLINED",
        Answer::Tentative => "TENTATIVE",
        Answer::Delegated => "DELEGATED",
    }
}
