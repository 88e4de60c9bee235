//! What was said and decided at the meetings that were held: the older the meeting, the further its minutes and decisions have come.

use serde_json::json;

use super::Present;
use super::content::{self, Minutes};
use super::timeline::Timeline;
use crate::accounts::model::{Actor, Viewer};
use crate::db::Conn;
use crate::decisions;
use crate::decisions::model::Verb as DecisionVerb;
use crate::error::Result;
use crate::kernel::Day;
use crate::kernel::ids::{BodyId, MeetingId};
use crate::meetings::minutes::{self, approving};
use crate::meetings::model::minutes::MinutesPart;
use crate::meetings::model::{Aim, Verb};
use crate::meetings::service;
use crate::meetings::world::World;

/// A meeting that was held, and who writes and approves its minutes.
pub struct Held<'a> {
    pub id: &'a MeetingId,
    pub day: Day,
    /// How many months ago it was held.
    pub months: i32,
    pub author: &'a Actor,
    pub approver: &'a Actor,
    /// To which a conference hands a need up.
    pub steering: Option<&'a BodyId>,
}

fn one<'t>(time: &Timeline<'_>, what: &str, of: &'t [String]) -> &'t str {
    let place = time.below(what, of.len().max(1) as u64);
    usize::try_from(place).ok().and_then(|place| of.get(place)).map_or("", String::as_str)
}

/// Writes its minutes and decisions, and brings them as far as so old ones are.
pub fn write(conn: &mut Conn, present: &Present<'_>, world: &World, held: &Held<'_>, time: &mut Timeline<'_>) -> Result<()> {
    let content = content::minutes()?;
    let now = time.on(held.day.plus(2));
    let viewer = Viewer(Some(held.author.clone()));
    let read = minutes::read(conn, &viewer, held.id)?;
    let agenda = read.meeting.fields.agenda.clone();
    let last = read.minutes.fields.parts.len().saturating_sub(1);
    let parts = read.minutes.fields.parts.into_iter().enumerate().map(|(place, part)| {
        let of = match agenda.iter().find(|item| item.key == part.item) {
            _ if place == 0 => &content.opening,
            Some(item) if item.aim == Aim::Information => &content.information,
            Some(item) if item.aim == Aim::Decision => &content.decision,
            None if place == last => &content.closing,
            _ => &content.exchange,
        };
        MinutesPart { text: one(time, &format!("said {place}"), of).to_owned(), ..part }
    });
    let parts = parts.collect();
    minutes::save(conn, present.by(held.author, now), held.id, 0, parts)?;
    if read.meeting.fields.body_id.is_some() {
        decide(conn, present, held, &content, time)?;
    }
    // Of the last month, some are being written, some read over.
    let steps: &[Verb] = match (held.months, time.below("stage", 3)) {
        (-1, 0) => &[],
        (-1, 1) => &[Verb::Submit],
        (-1, _) => &[Verb::Submit, Verb::Approve],
        _ => &[Verb::Submit, Verb::Approve, Verb::Publish],
    };
    for (place, verb) in steps.iter().enumerate() {
        let now = time.on(held.day.plus([6, 18, 20][place]));
        let version = service::find(conn, &viewer, held.id)?.version;
        let actor = if *verb == Verb::Approve { held.approver } else { held.author };
        approving::carry_out(conn, present.by(actor, now), world, held.id, version, *verb, "")?;
    }
    Ok(())
}

/// Two decisions a meeting: of the older ones most are done, one is late.
fn decide(conn: &mut Conn, present: &Present<'_>, held: &Held<'_>, content: &Minutes, time: &mut Timeline<'_>) -> Result<()> {
    let first = time.below("decision", content.decisions.len() as u64);
    for place in 0..2_i64 {
        let Some(decision) = usize::try_from(first + place * 3).ok().and_then(|at| content.decisions.get(at % content.decisions.len())) else {
            continue;
        };
        let due = held.day.plus(45 + 15 * time.below(&format!("due {place}"), 4));
        let given = json!({ "meeting_id": held.id, "text": decision.text, "due_on": due, "responsible": held.author.id });
        let now = time.soon();
        let given = given.as_object().cloned().unwrap_or_default();
        let made = decisions::service::create(conn, present.by(held.author, now), present.zone, &given)?;
        let verb = match (held.months, time.below(&format!("done {place}"), 6)) {
            (-12..=-5, 1..) => DecisionVerb::Finish,
            (-4..=-3, 0..=2) => DecisionVerb::Finish,
            (..=-2, _) => DecisionVerb::Start,
            _ => continue,
        };
        let outcome = if verb == DecisionVerb::Finish { decision.outcome.as_str() } else { "" };
        let now = time.soon();
        decisions::service::carry_out(conn, present.by(held.author, now), &made.id, made.version, verb, outcome, None)?;
    }
    if let Some(steering) = held.steering {
        let given = json!({ "meeting_id": held.id, "text": content.need, "handed_to": steering });
        let now = time.soon();
        let given = given.as_object().cloned().unwrap_or_default();
        decisions::service::create(conn, present.by(held.author, now), present.zone, &given)?;
    }
    Ok(())
}
