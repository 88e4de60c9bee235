//! The pages of decisions: one file a page; and what other pages show of decisions.

pub mod edit;
pub mod file;
pub mod history;
mod names;
pub mod register;
pub mod show;
pub mod stage;

use serde_json::{Value, json};

use self::names::Names;
use super::model::Stage;
use super::service::{self, Decision};
use crate::accounts::model::{Actor, Viewer};
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::http::paths;
use crate::kernel::ids::{BodyId, DecisionId, MeetingId};
use crate::kernel::{Day, Moment, Zone};

fn id_of(text: &str) -> Result<DecisionId> {
    DecisionId::parse(text).ok_or(Error::NotFound)
}

/// The trail that leads to a page about a decision.
fn trail(decision: &Decision, here: Option<&str>) -> Value {
    let own = paths::decision(&decision.id);
    let mut items = vec![
        json!({ "label": "Décisions", "href": register::PATH }),
        json!({ "label": format!("Décision {}", decision.reference()), "href": here.map(|_| own) }),
    ];
    if let Some(here) = here {
        items.push(json!({ "label": here, "href": null }));
    }
    Value::Array(items)
}

/// Its stage as a tag says it: late comes first.
fn tag(decision: &Decision, today: Day) -> (&'static str, &'static str) {
    match decision.life.stage {
        _ if decision.is_late(today) => ("late", "En retard"),
        stage @ Stage::Adopted => ("upcoming", stage.label()),
        stage @ Stage::InProgress => ("in_progress", stage.label()),
        stage @ Stage::Done => ("done", stage.label()),
        stage @ Stage::Deferred => ("deferred", stage.label()),
        stage @ Stage::Dropped => ("plain", stage.label()),
    }
}

/// Who answers for it and until when, and what became of it: « Suivie par Anne Petit, pour le 3 mars 2026. »
fn follows(decision: &Decision, names: &Names) -> String {
    let due = decision.fields.due_on.map(|due| format!("pour le {}", due.in_short()));
    let said = match (names.responsible(decision), due) {
        (Some(who), Some(due)) => format!("Suivie par {who}, {due}."),
        (Some(who), None) => format!("Suivie par {who}."),
        (None, Some(due)) => format!("À réaliser {due}."),
        (None, None) => String::new(),
    };
    [said.as_str(), &decision.life.outcome].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}

/// A decision as lists show it.
fn card(decision: &Decision, names: &Names, today: Day) -> Value {
    let (tag, label) = tag(decision, today);
    json!({
        "reference": format!("Décision {}", decision.reference()),
        "url": paths::decision(&decision.id),
        "text": decision.fields.text,
        "tag": tag,
        "state_label": label,
        "follows": follows(decision, names),
        "body": decision.body_name.as_ref().unwrap_or(&decision.meeting_title),
        "decided_on": decision.decided_on,
        "territories": decision.fields.territories.iter().map(|code| names.atlas.name(code)).collect::<Vec<_>>(),
        "handed_by": null,
    })
}

/// The decisions of a meeting, as its minutes show them to whoever may read them.
pub fn of_meeting(conn: &mut Conn, viewer: &Viewer, meeting: &MeetingId, today: Day) -> Result<Vec<Value>> {
    let found = service::of_meeting(conn, meeting)?;
    cards(conn, viewer, &found, today)
}

fn cards(conn: &mut Conn, viewer: &Viewer, found: &[Decision], today: Day) -> Result<Vec<Value>> {
    if found.is_empty() {
        return Ok(Vec::new());
    }
    let names = Names::load(conn, viewer)?;
    Ok(found.iter().map(|decision| card(decision, &names, today)).collect())
}

/// What opens the agenda of a body's meeting, for the partial `open_decisions`: `but` is that meeting.
pub fn open_before(
    conn: &mut Conn,
    viewer: &Viewer,
    body: &BodyId,
    at: Option<Moment>,
    zone: &Zone,
    today: Day,
    but: Option<&MeetingId>,
) -> Result<Vec<Value>> {
    let found = service::open_before(conn, viewer, body, at, zone, but)?;
    let mut shown = cards(conn, viewer, &found, today)?;
    for (decision, card) in found.iter().zip(&mut shown) {
        if decision.body_id.as_ref() != Some(body) {
            let from = decision.body_name.as_ref().unwrap_or(&decision.meeting_title);
            card["handed_by"] = json!(format!("Transmis par {from} le {}.", decision.decided_on.in_short()));
        }
    }
    Ok(shown)
}

/// The decisions that await somebody, as « Mon espace » shows them.
pub fn tasks(conn: &mut Conn, actor: &Actor, today: Day) -> Result<Vec<Value>> {
    let found = service::awaiting(conn, actor)?;
    let task = |decision: &Decision| {
        let (state, label) = tag(decision, today);
        let due = decision.fields.due_on.map(|due| format!("Pour le {}. ", due.in_short())).unwrap_or_default();
        json!({
            "label": crate::kernel::text::excerpt(&decision.fields.text),
            "href": paths::decision(&decision.id),
            "hint": format!("{due}{}", decision.full_reference()),
            "state": state,
            "state_label": label,
        })
    };
    Ok(found.iter().map(task).collect())
}
