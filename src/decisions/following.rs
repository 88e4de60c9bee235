//! A decision that asks for something is done when that is; one that hands a need up, when what answers it is.

use super::model::{Happened, Verb};
use super::service::move_on;
use super::store::{self, Asked, Decision};
use crate::accounts::model::{Actor, By, Viewer};
use crate::actions;
use crate::actions::model::Stage as ActionStage;
use crate::conventions;
use crate::conventions::model::Stage as ConventionStage;
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::events::Event;
use crate::kernel::ids::{ActionId, ConventionId, DecisionId, MeetingId, PlanId};
use crate::meetings::model::Verb as MeetingVerb;
use crate::plans::model::SheetStage;
use crate::{meetings, plans};

/// What an event brings to decisions, in its transaction.
pub fn hear(conn: &mut Conn, by: By<'_>, event: &Event<'_>) -> Result<()> {
    let asked = match event {
        Event::ActionMoved { id, .. } => Asked::Action(id),
        Event::ConventionMoved { id, .. } | Event::ConventionEntered { id } => Asked::Convention(id),
        Event::SheetDecided { id, number, stage: SheetStage::Done, .. } => Asked::Sheet(id, *number),
        Event::MeetingMoved { id, verb: MeetingVerb::Hold, .. } => Asked::Meeting(id),
        Event::Decision { id, what: Happened::Moved { verb: Verb::Finish | Verb::Drop, .. } } => {
            let need = store::find(conn, id)?.fields.answers.as_deref().and_then(DecisionId::parse);
            return need.map_or(Ok(()), |need| settle(conn, by, &need));
        }
        Event::Decision { id, what: Happened::Taken } => return taken_up(conn, by, id),
        _ => return Ok(()),
    };
    for decision in store::asking(conn, &asked)? {
        settle(conn, by, &decision.id)?;
    }
    Ok(())
}

/// A need that is answered is under way.
fn taken_up(conn: &mut Conn, by: By<'_>, answer: &DecisionId) -> Result<()> {
    let answer = store::find(conn, answer)?;
    let Some(need) = answer.fields.answers.as_deref().and_then(DecisionId::parse) else { return Ok(()) };
    let need = store::find(conn, &need)?;
    if Verb::Start.leads(need.life.stage).is_none() {
        return Ok(());
    }
    let outcome = format!("Réponse attendue\u{a0}: décision {}.", answer.full_reference());
    move_on(conn, by, need, Verb::Start, &outcome, None).map(drop)
}

/// Ends a decision when what it waits for is there.
pub fn settle(conn: &mut Conn, by: By<'_>, id: &DecisionId) -> Result<()> {
    let decision = store::find(conn, id)?;
    if !decision.life.stage.is_open() {
        return Ok(());
    }
    match reached(conn, by, &decision)? {
        Some((verb, outcome)) => move_on(conn, by, decision, verb, &outcome, None).map(drop),
        None => Ok(()),
    }
}

/// Ends every decision whose end came by a way of which nobody heard; answers how many were looked at.
pub fn settle_all(conn: &mut Conn, by: By<'_>) -> Result<usize> {
    let waiting = store::asking(conn, &Asked::Any)?;
    for decision in &waiting {
        settle(conn, by, &decision.id)?;
    }
    Ok(waiting.len())
}

/// How a decision ends now, and what is said of it: never the title of what not everybody may read.
fn reached(conn: &mut Conn, by: By<'_>, decision: &Decision) -> Result<Option<(Verb, String)>> {
    let answers = store::answering(conn, &decision.id)?;
    if let Some(answer) = answers.iter().find(|answer| !answer.life.stage.is_open()) {
        let verb = if answer.life.stage == super::model::Stage::Done { Verb::Finish } else { Verb::Drop };
        let said = answer.life.stage.label().to_lowercase();
        return Ok(Some((verb, format!("Réponse\u{a0}: la décision {} est {said}.", answer.full_reference()))));
    }
    Ok(asked_for(conn, by, decision)?.map(|said| (Verb::Finish, said.to_owned())))
}

fn asked_for(conn: &mut Conn, by: By<'_>, decision: &Decision) -> Result<Option<&'static str>> {
    let fields = &decision.fields;
    // Whether it is there is asked by the application, not by a reader.
    let viewer = Viewer(Some(Actor::command_line()));
    if let Some(id) = fields.action.as_deref().and_then(ActionId::parse) {
        let found = actions::exporting::readable(conn, &viewer, &[id])?;
        let is_there = found.iter().any(|action| matches!(action.life.stage, ActionStage::Published | ActionStage::Archived));
        return Ok(is_there.then_some("L’action demandée est publiée."));
    }
    if let Some(id) = fields.convention.as_deref().and_then(ConventionId::parse) {
        let found = conventions::service::readable_ones(conn, &viewer, &[id])?;
        return Ok(found.iter().any(|one| one.life.stage == ConventionStage::Signed).then_some("La convention demandée est signée."));
    }
    if let Some((plan, number)) = fields.plan_sheet.as_ref().and_then(|sheet| Some((PlanId::parse(&sheet.plan_id)?, sheet.number))) {
        let plan = plans::service::find(conn, &plan)?;
        return Ok(plan.sheet(number).is_some_and(|sheet| sheet.stage == SheetStage::Done).then_some("La fiche du schéma est réalisée."));
    }
    if let Some(id) = fields.meeting.as_deref().and_then(MeetingId::parse) {
        let held = match meetings::service::find(conn, &viewer, &id) {
            Ok(meeting) => meeting.life.stage.is_over() && meeting.has_begun(by.now),
            Err(Error::NotFound) => false,
            Err(error) => return Err(error),
        };
        return Ok(held.then_some("La rencontre demandée s’est tenue."));
    }
    Ok(None)
}
