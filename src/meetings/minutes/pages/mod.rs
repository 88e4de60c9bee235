//! The pages of minutes: one file a page.

pub mod history;
pub mod link;
pub mod rectify;
pub mod review;
pub mod show;
pub mod write;

mod form;

use serde_json::{Value, json};

use super::approving::was_there;
use super::{Edition, Read};
use crate::error::{Error, Result};
use crate::http::paths;
use crate::kernel::Zone;
use crate::kernel::ids::MeetingId;
use crate::kernel::text::some_of;
use crate::meetings::model::minutes::{MinutesFields, Opinion};
use crate::meetings::model::{Approval, Invitation, Presence, Stage};
use crate::meetings::service::Meeting;

fn id_of(text: &str) -> Result<MeetingId> {
    MeetingId::parse(text).ok_or(Error::NotFound)
}

/// The trail that leads to a page about minutes.
fn trail(meeting: &Meeting, here: Option<&str>) -> Value {
    let mut items = vec![
        json!({ "label": "Rencontres", "href": "/rencontres" }),
        json!({ "label": meeting.fields.title, "href": paths::meeting(&meeting.id, &meeting.fields.title) }),
        json!({ "label": "Compte rendu", "href": here.map(|_| paths::minutes(&meeting.id)) }),
    ];
    if let Some(here) = here {
        items.push(json!({ "label": here, "href": null }));
    }
    Value::Array(items)
}

/// « Comité local de suivi, mardi 3 mars 2026 ».
fn heading(meeting: &Meeting, zone: &Zone) -> String {
    let day = meeting.fields.starts_at.map(|start| format!(", {}", zone.day(start).in_words())).unwrap_or_default();
    format!("{}{day}", meeting.fields.title)
}

/// Its stage as a tag says it.
fn tag(stage: Stage) -> (&'static str, &'static str) {
    match stage {
        Stage::MinutesInReview => ("submitted", "En relecture"),
        Stage::MinutesApproved => ("done", "Approuvé"),
        Stage::MinutesPublished => ("published", "Publié"),
        _ => ("draft", "En rédaction"),
    }
}

/// What is written, part by part; once it is read over, what was left empty is not said.
fn parts(fields: &MinutesFields, stage: Stage) -> Vec<Value> {
    let is_whole = !matches!(stage, Stage::MinutesInReview) && !stage.is_frozen();
    let shown = fields.parts.iter().filter(|part| is_whole || !part.text.is_empty());
    shown.map(|part| json!({ "title": part.title, "text": part.text })).collect()
}

/// How it is approved, and where that stands.
fn approval(read: &Read, people: &[Invitation], zone: &Zone) -> Option<String> {
    let Read { meeting, manner, said, .. } = read;
    if meeting.life.stage != Stage::MinutesInReview {
        return None;
    }
    let said = match manner.approval {
        Approval::Chair => match people.iter().find(|one| one.is_chair && one.removed_at.is_none()) {
            Some(chair) => format!("{} préside et doit l’approuver.", chair.name),
            None => "Un responsable du territoire doit l’approuver.".to_owned(),
        },
        Approval::All => {
            let there: Vec<&Invitation> = people.iter().filter(|one| was_there(one)).collect();
            let approves = |one: &&&Invitation| said.iter().any(|said| said.invitation_id == one.id && said.opinion == Opinion::Approves);
            let done = there.iter().filter(approves).count();
            format!("Il sera approuvé quand toutes les personnes présentes l’auront approuvé\u{a0}: {done} sur {}.", there.len())
        }
        Approval::Silence => {
            let until = manner.silence_ends(meeting).map(|end| zone.day(end).in_short()).unwrap_or_default();
            format!("Sans demande de correction jusqu’au {until} inclus, il sera approuvé.")
        }
    };
    Some(said)
}

/// Who was there, counted; by name for those who have an account.
fn presence(meeting: &Meeting, people: &[Invitation], with_names: bool) -> Value {
    let of = |presence: Presence| people.iter().filter(move |one| one.removed_at.is_none() && one.presence == Some(presence));
    let group = |label: &str, presence: Presence| {
        let count = of(presence).count();
        let told = |one: &Invitation| match one.presence {
            Some(Presence::Represented) if !one.represented_by.is_empty() => format!("{}, par {}", one.name, one.represented_by),
            _ if one.function.is_empty() => one.name.clone(),
            _ => format!("{}, {}", one.name, one.function),
        };
        let names: Vec<String> = if with_names { of(presence).map(told).collect() } else { Vec::new() };
        (count > 0).then(|| json!({ "label": label, "count": count, "names": names }))
    };
    let groups = [
        group("Présents", Presence::Present),
        group("Représentés", Presence::Represented),
        group("Excusés", Presence::Excused),
        group("Absents", Presence::Absent).filter(|_| with_names),
    ];
    json!({ "groups": groups.into_iter().flatten().collect::<Vec<_>>(), "beside": meeting.headcount.filter(|count| *count > 0) })
}

/// Every edition, the last first; the one that is read is not linked.
fn editions(meeting: &Meeting, editions: &[Edition], read: Option<i32>, zone: &Zone) -> Vec<Value> {
    let last = editions.last().map(|edition| edition.number);
    let line = |edition: &Edition| {
        let label = match edition.number {
            0 => "Compte rendu approuvé".to_owned(),
            number => format!("Rectification n°\u{a0}{number}"),
        };
        let is_read = read.or(last) == Some(edition.number);
        json!({
            "label": label,
            "href": (!is_read).then(|| paths::about_minutes(&meeting.id, &format!("?edition={}", edition.number))),
            "on": zone.day(edition.at),
            "author": some_of([edition.author_name.as_str()].into_iter().filter(|name| !name.is_empty())),
            "reason": edition.reason,
        })
    };
    editions.iter().rev().map(line).collect()
}
