//! How a meeting is said: its day and hours, its stage, how many come.

use serde_json::{Value, json};

use super::names::Names;
use crate::http::paths;
use crate::kernel::time::{MONTHS, WEEKDAYS, time_in_words};
use crate::kernel::{Day, Moment, Zone};
use crate::meetings::model::{InvitationState, MeetingFields, Stage};
use crate::meetings::service::Meeting;

/// « mardi 3 mars 2026, 14 h – 16 h »; of several days, « du mardi 3 mars 2026, 14 h, au mercredi 4 mars 2026, 12 h ».
pub fn when(fields: &MeetingFields, zone: &Zone) -> String {
    let Some(start) = fields.starts_at else { return "Date à fixer".to_owned() };
    let day = zone.day(start);
    match fields.ends_at {
        Some(end) if zone.day(end) != day => {
            format!("Du {}, {}, au {}, {}", day.in_words(), hour(start, zone), zone.day(end).in_words(), hour(end, zone))
        }
        _ => format!("{}, {}", upper_first(&day.in_words()), hours(fields, zone).unwrap_or_default()),
    }
}

/// « 14 h – 16 h ».
pub fn hours(fields: &MeetingFields, zone: &Zone) -> Option<String> {
    let start = fields.starts_at?;
    Some(match fields.ends_at {
        Some(end) if zone.day(end) == zone.day(start) => format!("{} – {}", hour(start, zone), hour(end, zone)),
        _ => hour(start, zone),
    })
}

pub fn hour(moment: Moment, zone: &Zone) -> String {
    time_in_words(zone.local(moment).time())
}

pub fn upper_first(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// « mars 2026 ».
pub fn month(day: Day) -> String {
    use chrono::Datelike;
    format!("{}\u{a0}{}", MONTHS[day.0.month0() as usize], day.year())
}

/// The tag of a stage. What was called and has ended waits to be told as held.
pub fn state(meeting: &Meeting, now: Moment) -> (&'static str, &'static str) {
    match meeting.life.stage {
        Stage::Draft => ("draft", "En préparation"),
        Stage::Called if meeting.has_ended(now) => ("report_due", "Passée"),
        Stage::Called if meeting.has_begun(now) => ("running", "En cours"),
        Stage::Called => ("upcoming", "Convoquée"),
        Stage::Postponed => ("deferred", "Reportée"),
        Stage::Cancelled => ("error", "Annulée"),
        Stage::Held => ("running", "Tenue"),
        Stage::MinutesInReview => ("submitted", "Compte rendu en relecture"),
        Stage::MinutesApproved => ("reported", "Compte rendu approuvé"),
        Stage::MinutesPublished => ("done", "Compte rendu publié"),
    }
}

pub fn some(text: &str) -> Option<&str> {
    Some(text).filter(|text| !text.is_empty())
}

/// A meeting as lists show it, its day as a leaf of a calendar.
pub fn line(meeting: &Meeting, names: &Names, zone: &Zone, now: Moment) -> Value {
    use chrono::Datelike;
    let fields = &meeting.fields;
    let (tag, state) = state(meeting, now);
    let leaf = fields.starts_at.map(|start| {
        let day = zone.day(start);
        json!({
            "date": day,
            "weekday": WEEKDAYS[day.0.weekday().num_days_from_monday() as usize],
            "number": if day.0.day() == 1 { "1er".to_owned() } else { day.0.day().to_string() },
            "month": MONTHS[day.0.month0() as usize],
            "year": day.year(),
        })
    });
    let body = names.body(fields.body_id.as_deref()).map(|body| body.fields.name.clone()).filter(|name| *name != fields.title);
    json!({
        "title": fields.title,
        "url": paths::meeting(&meeting.id, &fields.title),
        "leaf": leaf,
        "day": fields.starts_at.map_or_else(|| "Date à fixer".to_owned(), |start| zone.day(start).in_short()),
        "hours": hours(fields, zone),
        "place": some(&fields.place).or((!fields.link.is_empty()).then_some("En visioconférence")),
        "body": body,
        "kind": fields.kind.label(),
        "territories": fields.territories.iter().map(|code| names.atlas.name(code)).collect::<Vec<_>>().join(", "),
        "tag": tag,
        "state": state,
        "is_cancelled": meeting.life.stage == Stage::Cancelled,
    })
}

/// « 12 personnes ».
pub fn people(count: usize) -> String {
    match count {
        0 => "personne".to_owned(),
        1 => "une personne".to_owned(),
        count => format!("{count}\u{a0}personnes"),
    }
}

/// People counted without being named; a few of them are not counted out to everybody.
pub fn headcount(count: i32, exact: bool) -> String {
    const FEWEST_SHOWN: i32 = 5;
    match count {
        1..FEWEST_SHOWN if !exact => format!("moins de\u{a0}{FEWEST_SHOWN}"),
        count => count.to_string(),
    }
}

/// Those who are in this state, as the title of their list.
pub fn those(state: InvitationState) -> &'static str {
    match state {
        InvitationState::ToInvite => "À inviter",
        InvitationState::Invited => "Sans réponse",
        InvitationState::Accepted => "Viennent",
        InvitationState::Declined => "Ne viennent pas",
        InvitationState::Tentative => "Peut-être",
        InvitationState::Waiting => "En liste d’attente",
    }
}
