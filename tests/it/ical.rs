//! Calendars: golden files, times read back through the zone that comes with them, and what two programs of others make of them.

use chrono::{Datelike, Duration, NaiveDate, NaiveDateTime};
use proptest::prelude::*;
use serde_json::json;
use traitdunion::ical::{Answer, Entry, Method, Person, Status, calendar};
use traitdunion::kernel::{Moment, Zone};

use crate::support::ical::{Event, keep, keep_in, read_by_others};

const ZONES: [&str; 8] = [
    "Europe/Paris",
    "Indian/Reunion",
    "America/Miquelon",
    "America/New_York",
    "America/Martinique",
    "Pacific/Noumea",
    "Australia/Lord_Howe",
    "Africa/Casablanca",
];

fn at(text: &str) -> Moment {
    Moment::parse_rfc3339(text).expect("an instant")
}

fn zone(name: &str) -> Zone {
    Zone::named(name).expect("a zone")
}

fn person(name: &str, email: &str) -> Person {
    Person { name: name.into(), email: email.into() }
}

fn entry() -> Entry {
    Entry {
        uid: "01KB2J5Q3V8YH4N7T6R9C0M1XW@registre.vienne.example".into(),
        sequence: 0,
        starts_at: at("2026-03-31T12:00:00Z"),
        ends_at: at("2026-03-31T14:30:00Z"),
        summary: "Comité local de suivi, MDS de Loudun".into(),
        description: Some("Ordre du jour :\n1. Les fiches du territoire ; où elles en sont\n2. L’accueil à l’« espace santé »".into()),
        location: Some("Salle du conseil, 1 rue Gambetta, 86200 Loudun".into()),
        url: Some("https://registre.vienne.example/reunions/01KB2J5Q3V8YH4N7T6R9C0M1XW/comite-local-de-suivi".into()),
        conference: Some("https://visio.vienne.example/comite-loudun?cle=a;b,c".into()),
        categories: vec!["Comité local de suivi".into(), "Accueil, orientation".into()],
        status: Some(Status::Confirmed),
        organiser: Some(person("Trait d’union ; Vienne", "registre@vienne.example")),
        attendee: Some((person("Zoé « la \"Z\" » Duc, MDS", "zoe.duc@vienne.example"), Answer::None)),
        stamp: at("2026-03-03T09:00:00Z"),
        created: at("2026-03-02T08:00:00Z"),
        changed: at("2026-03-03T08:59:59.5Z"),
    }
}

fn event(starts_at: Moment, seconds: i64) -> Entry {
    Entry { starts_at, ends_at: starts_at.plus_seconds(seconds), ..entry() }
}

/// A golden file, kept for other programs too. Its line ends are tested elsewhere.
fn golden(name: &str, method: Method, title: Option<&str>, zone_name: &str, entries: &[Entry]) {
    let text = calendar(method, title, &zone(zone_name), entries);
    let published = |entry: &Entry| Event { attendees: Some(vec![]), ..Event::of(entry) };
    let events: Vec<Event> = entries.iter().map(|entry| if method == Method::Publish { published(entry) } else { Event::of(entry) }).collect();
    keep(&format!("golden-{name}"), &text, &events);
    insta::assert_snapshot!(format!("ical_{name}"), text.replace("\r\n", "\n"));
}

#[test]
fn an_invitation() {
    golden("request", Method::Request, None, "Europe/Paris", &[entry()]);
}

#[test]
fn an_invitation_that_has_changed() {
    let moved = Entry {
        sequence: 1,
        starts_at: at("2026-04-07T12:00:00Z"),
        ends_at: at("2026-04-07T14:30:00Z"),
        location: None,
        attendee: Some((person("Zoé", "zoe.duc@vienne.example"), Answer::Accepted)),
        stamp: at("2026-03-10T09:00:00Z"),
        ..entry()
    };
    golden("update", Method::Request, None, "Europe/Paris", &[moved]);
}

#[test]
fn a_meeting_that_is_cancelled() {
    golden("cancel", Method::Cancel, None, "Europe/Paris", &[Entry { sequence: 2, status: Some(Status::Cancelled), ..entry() }]);
}

#[test]
fn a_person_who_is_removed() {
    golden("removal", Method::Cancel, None, "Europe/Paris", &[Entry { sequence: 1, status: None, conference: None, ..entry() }]);
}

#[test]
fn a_feed() {
    let summer =
        Entry { uid: "ete@registre.vienne.example".into(), starts_at: at("2027-07-01T05:00:00Z"), ends_at: at("2027-07-01T08:00:00Z"), ..entry() };
    let spare = Entry {
        uid: "simple@registre.vienne.example".into(),
        description: None,
        location: Some(" ".into()),
        url: None,
        conference: None,
        categories: vec![],
        status: Some(Status::Tentative),
        organiser: None,
        attendee: None,
        ..event(at("2026-12-31T22:30:00Z"), 5400)
    };
    // Told of a place of spaces only, a program would show an empty place.
    let mut events = vec![Event::of(&entry()), Event::of(&summer), Event::of(&spare)];
    events[2].texts.remove("LOCATION");
    let text = calendar(Method::Publish, Some("Réunions du département ; Vienne"), &zone("Europe/Paris"), &[entry(), summer, spare]);
    events.iter_mut().for_each(|event| event.attendees = Some(vec![]));
    keep("golden-feed", &text, &events);
    insta::assert_snapshot!("ical_feed", text.replace("\r\n", "\n"));
}

#[test]
fn an_invitation_from_overseas() {
    golden("request_reunion", Method::Request, None, "Indian/Reunion", &[entry()]);
}

#[test]
fn a_zone_of_utc_defines_nothing() {
    let text = calendar(Method::Request, None, &zone("UTC"), &[entry()]);
    assert!(text.contains("\r\nDTSTART:20260331T120000Z\r\n") && !text.contains("VTIMEZONE"), "{text}");
    keep("utc", &text, &[Event::of(&entry())]);
}

#[test]
fn a_feed_of_nothing_is_a_calendar() {
    let text = calendar(Method::Publish, Some("Réunions"), &zone("Europe/Paris"), &[]);
    assert!(text.contains("BEGIN:VTIMEZONE\r\nTZID:Europe/Paris\r\n") && !text.contains("VEVENT"), "{text}");
    keep("empty", &text, &[]);
}

/// Every half-hour around both changes, in Paris; in La Réunion the same hours are nothing special.
#[test]
fn times_are_right_around_both_changes() {
    for zone_name in ["Europe/Paris", "Indian/Reunion", "America/Miquelon"] {
        let zone = zone(zone_name);
        for change in ["2026-03-08T05:00:00Z", "2026-03-29T01:00:00Z", "2026-10-25T01:00:00Z", "2026-11-01T04:00:00Z", "2029-10-28T01:00:00Z"] {
            let entries: Vec<Entry> = (-8..8).map(|half| event(at(change).plus_seconds(half * 1800), 3600)).collect();
            let text = calendar(Method::Publish, Some("Autour"), &zone, &entries);
            let events: Vec<Event> = entries.iter().map(|entry| Event { attendees: None, ..Event::of(entry) }).collect();
            keep("changes", &text, &events);
            read_back(&text, &entries).expect("the same instants");
        }
        // Alone, each defines the zone for its own years.
        for change in ["2026-03-29T00:59:59Z", "2026-03-29T01:00:00Z", "2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z", "2026-10-25T02:00:00Z"] {
            let entry = event(at(change), 7200);
            let text = calendar(Method::Request, None, &zone, std::slice::from_ref(&entry));
            keep("change", &text, &[Event::of(&entry)]);
            read_back(&text, std::slice::from_ref(&entry)).expect("the same instants");
        }
    }
}

#[test]
fn the_hour_that_comes_twice_is_told_in_utc() {
    let paris = zone("Europe/Paris");
    for (instant, is_twice) in
        [("2026-10-24T23:59:59Z", false), ("2026-10-25T00:30:00Z", true), ("2026-10-25T01:30:00Z", true), ("2026-10-25T02:00:00Z", false)]
    {
        let starts = calendar(Method::Request, None, &paris, &[event(at(instant), 4 * 3600)]);
        let ends = calendar(Method::Request, None, &paris, &[event(at(instant).plus_seconds(-4 * 3600), 4 * 3600)]);
        for text in [starts, ends] {
            assert_eq!(text.contains("TZID=") || text.contains("VTIMEZONE"), !is_twice, "{text}");
        }
    }
}

#[test]
fn whatever_people_type_others_read_it() {
    let texts = [
        "\"Guillemets\" ; virgules, deux-points : barres \\ et \\n, \\; \\,",
        "BEGIN:VEVENT\nEND:VCALENDAR\nX:1",
        "🙂 עברית العربية 中文 e\u{301} ^n ^' ^^",
        &"é".repeat(2000),
        &"mot ".repeat(500),
    ];
    let paris = zone("Europe/Paris");
    for text in texts {
        let text = text.trim();
        let hostile = Entry {
            uid: text.replace('\n', " "),
            summary: text.into(),
            description: Some(text.into()),
            location: Some(text.into()),
            conference: None,
            categories: vec![text.into(), "b".into()],
            organiser: Some(person(text, "o'brien+tri@vienne.example")),
            attendee: Some((person(text, "a!#$%&*/=?^_`{|}~-@été.example"), Answer::Tentative)),
            ..entry()
        };
        let mut event = Event::of(&hostile);
        event.texts.insert("DESCRIPTION".into(), json!(text));
        keep("hostile", &calendar(Method::Request, None, &paris, &[hostile]), &[event]);
    }
    let dropped = Entry { summary: "a\0b\u{7}c\r\nd\re\tf\u{2028}g\u{85}".into(), url: Some("https://a.example/é\r\nX:1".into()), ..entry() };
    let mut event = Event::of(&dropped);
    event.texts.insert("SUMMARY".into(), json!("abc\nd\ne f\ng\n"));
    event.texts.insert("URL".into(), json!("https://a.example/%C3%A9%0D%0AX:1"));
    keep("hostile", &calendar(Method::Request, None, &paris, &[dropped]), &[event]);
}

/// What `scripts/test calendars` does with all that the suite made, on some of every kind; and it can fail.
#[test]
fn others_read_the_same_and_see_what_is_wrong() {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, is_sound, said) in read_by_others(folder.path()) {
        assert!(!is_sound, "{name} is content without a calendar: {said}");
    }
    let mut sound = Vec::new();
    // Databases of zones differ on what Morocco will do.
    for name in ZONES.into_iter().filter(|name| *name != "Africa/Casablanca") {
        let entries: Vec<Entry> = (0..40).map(|n| event(at("2023-01-15T00:15:00Z").plus_days(n * 41).plus_seconds(n * 3600), 5400)).collect();
        let text = calendar(Method::Request, None, &zone(name), &entries);
        let events: Vec<Event> = entries.iter().map(Event::of).collect();
        sound.push((keep_in(folder.path(), &name.replace('/', "-"), &text, &events), text));
    }
    for (name, is_sound, said) in read_by_others(folder.path()) {
        assert!(is_sound, "{name}: {said}");
    }
    let (file, text) = &sound[0];
    for (what, from, to) in [
        ("an hour", "DTSTART;TZID=Europe/Paris:20230115T011500", "DTSTART;TZID=Europe/Paris:20230115T021500"),
        ("an offset", "TZOFFSETTO:+0100", "TZOFFSETTO:+0000"),
        ("a rule", "BYMONTH=3;BYDAY=-1SU", "BYMONTH=4;BYDAY=-1SU"),
        ("a name of the zone", "TZID:Europe/Paris", "TZID:Europe/Pariz"),
        ("a method", "METHOD:REQUEST", "METHOD:CANCEL"),
        ("a line that is none", "BEGIN:VEVENT", "BEGIN:VEVENT\r\nrien"),
        ("an end", "END:VCALENDAR\r\n", ""),
        ("a title", "SUMMARY:Comité", "SUMMARY:Comite"),
        ("a recipient", "mailto:zoe", "mailto:zoo"),
    ] {
        let broken = text.replacen(from, to, 1);
        assert_ne!(&broken, text, "{what}");
        std::fs::write(file, broken).expect("a file");
        for (name, is_sound, said) in read_by_others(folder.path()) {
            assert!(!is_sound, "{name} is content with {what}: {said}");
        }
    }
}

/// The onsets of each offset that a VTIMEZONE tells, in local time, with the offset before.
fn onsets(text: &str) -> Vec<(NaiveDateTime, i64, i64)> {
    let (mut found, mut dates, mut rule, mut offsets) = (Vec::new(), Vec::new(), None, (0, 0));
    let date = |text: &str| NaiveDateTime::parse_from_str(text, "%Y%m%dT%H%M%S").expect("a time");
    let offset = |text: &str| {
        let number = |range: std::ops::Range<usize>| text[range].parse::<i64>().expect("a number");
        (number(1..3) * 3600 + number(3..5) * 60) * if text.starts_with('-') { -1 } else { 1 }
    };
    let definition = text.split("BEGIN:VTIMEZONE").nth(1).and_then(|rest| rest.split("END:VTIMEZONE").next()).unwrap_or_default();
    for line in definition.lines() {
        match line.split_once(':') {
            Some(("BEGIN", _)) => (dates, rule) = (Vec::new(), None),
            Some(("DTSTART" | "RDATE", value)) => dates.push(date(value)),
            Some(("RRULE", value)) => rule = Some(value),
            Some(("TZOFFSETFROM", value)) => offsets.0 = offset(value),
            Some(("TZOFFSETTO", value)) => offsets.1 = offset(value),
            Some(("END", _)) => {
                if let Some(rule) = rule {
                    let first = dates[0];
                    dates.extend((1..20).map(|years| on_rule(rule, first, years)));
                }
                found.extend(dates.iter().map(|date| (*date, offsets.0, offsets.1)));
            }
            _ => {}
        }
    }
    found.sort_unstable();
    found
}

/// When `FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU` falls so many years later.
fn on_rule(rule: &str, first: NaiveDateTime, years: i32) -> NaiveDateTime {
    let place: i64 = rule.split("BYDAY=").nth(1).expect("a day").trim_end_matches(char::is_alphabetic).parse().expect("a week");
    let year = first.year() + years;
    let begins = NaiveDate::from_ymd_opt(year, first.month(), 1).expect("a day");
    let days = (0..31).map(|day| begins + Duration::days(day)).filter(|day| day.month() == first.month() && day.weekday() == first.weekday());
    let days: Vec<NaiveDate> = days.collect();
    let day = if place < 0 { days[days.len() - 1] } else { days[usize::try_from(place).expect("a week") - 1] };
    day.and_time(first.time())
}

/// Each entry's times as RFC 5545 has them read, by the definition alone.
fn read_back(text: &str, entries: &[Entry]) -> Result<(), String> {
    let onsets = onsets(text);
    let read = |value: &str| {
        if let Some(utc) = value.strip_suffix('Z') {
            return NaiveDateTime::parse_from_str(utc, ":%Y%m%dT%H%M%S").expect("a time");
        }
        let (_, wall) = value.split_once(':').expect("a value");
        let wall = NaiveDateTime::parse_from_str(wall, "%Y%m%dT%H%M%S").expect("a time");
        let (.., offset) = onsets.iter().rev().find(|(onset, ..)| *onset <= wall).unwrap_or_else(|| panic!("no offset on {wall}: {text}"));
        wall - Duration::seconds(*offset)
    };
    for (name, of) in [("DTSTART", (|entry| entry.starts_at) as fn(&Entry) -> Moment), ("DTEND", |entry| entry.ends_at)] {
        let events = text.split("BEGIN:VEVENT").skip(1);
        let found: Vec<String> = events
            .map(|event| event.lines().find_map(|line| line.strip_prefix(name)).map(read).expect("a time").and_utc().to_rfc3339())
            .map(|text| text.replace("+00:00", "Z"))
            .collect();
        let wanted: Vec<String> = entries.iter().map(|entry| of(entry).rfc3339()).collect();
        if found != wanted {
            return Err(format!("{name}: {found:?}, not {wanted:?}\n{text}"));
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_time_is_read_back_as_the_same_instant(
        name in prop::sample::select(ZONES.to_vec()),
        // 2020 to 2035, to the second; one in four within two hours of what is a change somewhere.
        moments in prop::collection::vec((0i64..16 * 365 * 86_400, 0i64..200_000), 1..6),
        near in prop::sample::select(vec![None, None, None, Some("2026-10-25T01:00:00Z"), Some("2031-03-30T01:00:00Z"), Some("2028-11-05T04:00:00Z")]),
    ) {
        let begins = at("2020-01-01T00:00:00Z");
        let start = |seconds: i64| near.map_or_else(|| begins.plus_seconds(seconds), |near| at(near).plus_seconds(seconds % 14_400 - 7_200));
        let entries: Vec<Entry> = moments.iter().map(|(seconds, length)| event(start(*seconds), *length)).collect();
        let text = calendar(Method::Publish, None, &zone(name), &entries);
        prop_assert!(text.ends_with("END:VCALENDAR\r\n") && text.split("\r\n").all(|line| line.len() <= 75 && !line.contains('\n')), "{text}");
        prop_assert!(!text.contains("ATTENDEE"), "{text}");
        read_back(&text, &entries).map_err(TestCaseError::fail)?;
    }
}
