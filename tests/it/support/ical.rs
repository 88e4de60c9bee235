//! Calendars that tests make, kept for other programs to read: PyPI's `icalendar` and npm's `ical.js`.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use traitdunion::ical::Entry;
use traitdunion::kernel::Moment;

use super::source;

/// What other programs are to find of one meeting.
#[derive(Clone)]
pub struct Event {
    pub uid: String,
    pub starts_at: Moment,
    pub ends_at: Moment,
    /// Values by the property's name, as they were before they were escaped.
    pub texts: Map<String, Value>,
    /// Addresses of all who are named as invited, if that is to be looked at.
    pub attendees: Option<Vec<String>>,
}

impl Event {
    /// Of which nothing more is known than when it is.
    pub fn at(uid: &str, starts_at: Moment, ends_at: Moment) -> Self {
        Self { uid: uid.to_owned(), starts_at, ends_at, texts: Map::new(), attendees: None }
    }

    /// As it was given, when nothing of it is to be cleaned.
    pub fn of(entry: &Entry) -> Self {
        let texts = [("SUMMARY", Some(&entry.summary)), ("LOCATION", entry.location.as_ref()), ("URL", entry.url.as_ref())];
        let texts = texts.into_iter().filter_map(|(name, text)| Some((name.to_owned(), json!(text?))));
        let attendees = entry.attendee.iter().map(|(person, _)| person.email.clone()).collect();
        Self { texts: texts.collect(), attendees: Some(attendees), ..Self::at(&entry.uid, entry.starts_at, entry.ends_at) }
    }
}

/// Keeps a calendar for `scripts/test calendars`, which has both programs read all that the suite made: each must find these events, in this
/// order, at these instants. Any test may call it, as often as it likes.
pub fn keep(name: &str, ics: &str, events: &[Event]) {
    keep_in(&source::root().join("target/ical"), name, ics, events);
}

pub fn keep_in(folder: &Path, name: &str, ics: &str, events: &[Event]) -> PathBuf {
    std::fs::create_dir_all(folder).expect("a folder");
    let events: Vec<Value> = events
        .iter()
        .map(|event| {
            let Event { uid, starts_at, ends_at, texts, attendees } = event;
            json!({ "uid": uid, "starts_at": starts_at, "ends_at": ends_at, "texts": texts, "attendees": attendees })
        })
        .collect();
    let method = ics.lines().find_map(|line| line.strip_prefix("METHOD:")).unwrap_or_default();
    let expected = json!({ "method": method, "events": events }).to_string();
    // What differs has a name of its own, so that tests that run together do not write over each other's.
    let number: String = Sha256::digest(format!("{ics}{expected}")).iter().take(6).map(|byte| format!("{byte:02x}")).collect();
    let file = folder.join(format!("{name}-{number}.ics"));
    std::fs::write(file.with_extension("json"), expected).expect("a file");
    std::fs::write(&file, ics).expect("a file");
    file
}

/// What each program says of a folder of calendars: its name, whether all is as it should be, and its words.
pub fn read_by_others(folder: &Path) -> Vec<(&'static str, bool, String)> {
    let root = source::root();
    let python = root.join(".venv/bin/python");
    assert!(python.exists(), "{} is missing: scripts/test install makes it", python.display());
    let read = |name, mut command: Command| {
        let run = command.arg(folder).current_dir(root).output().expect("it starts");
        (name, run.status.success(), String::from_utf8_lossy(&run.stdout).into_owned() + &String::from_utf8_lossy(&run.stderr))
    };
    let (mut icalendar, mut ical_js) = (Command::new(python), Command::new("node"));
    icalendar.arg("tests/it/check_calendars.py");
    ical_js.arg("tests/browser/check_calendars.mjs");
    vec![read("icalendar", icalendar), read("ical.js", ical_js)]
}
