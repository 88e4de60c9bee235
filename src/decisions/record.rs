//! A decision as the API gives it: what the reader may know of it.

use serde::Serialize;
use utoipa::ToSchema;

use super::model::Stage;
use super::service::{self, Decision};
use crate::accounts::model::Viewer;
use crate::actions;
use crate::actions::model::SheetRef;
use crate::conventions;
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::http::paths;
use crate::kernel::ids::{ActionId, ConventionId, DecisionId, MeetingId};
use crate::kernel::{Day, Moment, Visibility};
use crate::meetings;

#[derive(Serialize, ToSchema)]
pub struct DecisionRecord {
    pub id: String,
    pub url: String,
    /// `2026-03`: its year, and its number in its body.
    pub reference: String,
    pub year: i32,
    pub number: i32,
    pub meeting_id: String,
    pub body_id: Option<String>,
    /// The key of the agenda's item under which it was taken.
    pub item: Option<String>,
    #[schema(value_type = String, format = Date)]
    pub decided_on: Day,
    pub text: String,
    /// An account; told to those who have one.
    pub responsible: Option<String>,
    pub responsible_name: String,
    #[schema(value_type = Option<String>, format = Date)]
    pub due_on: Option<Day>,
    pub is_late: bool,
    #[schema(value_type = String, example = "in_progress")]
    pub stage: Stage,
    pub outcome: String,
    pub territories: Vec<String>,
    pub themes: Vec<String>,
    /// What it asks for, as far as the reader may read that.
    pub action: Option<String>,
    pub convention: Option<String>,
    pub plan_sheet: Option<SheetRef>,
    pub meeting: Option<String>,
    pub handed_to: Option<String>,
    pub answers: Option<String>,
    /// The decisions that answer the need that it hands up.
    pub answered_by: Vec<String>,
    #[schema(value_type = String, example = "partners")]
    pub visibility: Visibility,
    pub version: i32,
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Moment,
    #[schema(value_type = String, format = DateTime)]
    pub updated_at: Moment,
}

/// The record of a decision that the viewer may read.
pub fn record(conn: &mut Conn, viewer: &Viewer, decision: Decision, today: Day) -> Result<DecisionRecord> {
    let Decision { fields, .. } = &decision;
    let action = match fields.action.as_deref().and_then(ActionId::parse) {
        Some(id) => actions::exporting::readable(conn, viewer, &[id])?.pop().map(|action| action.id.to_string()),
        None => None,
    };
    let convention = match fields.convention.as_deref().and_then(ConventionId::parse) {
        Some(id) => conventions::service::readable(conn, viewer, &[id])?.pop().map(|id| id.to_string()),
        None => None,
    };
    let meeting = match fields.meeting.as_deref().and_then(MeetingId::parse) {
        Some(id) => known(meetings::service::find(conn, viewer, &id))?.map(|meeting| meeting.id.to_string()),
        None => None,
    };
    let answers = match fields.answers.as_deref().and_then(DecisionId::parse) {
        Some(id) => known(service::find(conn, viewer, &id))?.map(|need| need.id.to_string()),
        None => None,
    };
    let answered_by = service::answers_to(conn, viewer, &decision.id)?.into_iter().map(|answer| answer.id.to_string()).collect();
    let has_account = viewer.actor().is_some();
    Ok(DecisionRecord {
        url: paths::decision(&decision.id),
        reference: decision.reference(),
        is_late: decision.is_late(today),
        id: decision.id.to_string(),
        year: decision.year,
        number: decision.number,
        meeting_id: decision.meeting_id.to_string(),
        body_id: decision.body_id.map(|id| id.to_string()),
        item: decision.fields.item,
        decided_on: decision.decided_on,
        text: decision.fields.text,
        responsible: decision.fields.responsible.filter(|_| has_account),
        responsible_name: if has_account { decision.fields.responsible_name } else { String::new() },
        due_on: decision.fields.due_on,
        stage: decision.life.stage,
        outcome: decision.life.outcome,
        territories: decision.fields.territories,
        themes: decision.fields.themes,
        action,
        convention,
        plan_sheet: decision.fields.plan_sheet,
        meeting,
        handed_to: decision.fields.handed_to,
        answers,
        answered_by,
        visibility: decision.visibility,
        version: decision.version,
        created_at: decision.created_at,
        updated_at: decision.updated_at,
    })
}

fn known<T>(found: Result<T>) -> Result<Option<T>> {
    match found {
        Ok(found) => Ok(Some(found)),
        Err(Error::NotFound) => Ok(None),
        Err(error) => Err(error),
    }
}
