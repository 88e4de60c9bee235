//! The SQL of decisions.

mod lists;
mod numbers;
mod reminders;

use diesel::prelude::*;

use super::model::{DecisionFields, Life, Stage};
use crate::accounts::model::By;
use crate::actions::model::SheetRef;
use crate::db::schema::{self, actions, decision_territories, decision_themes, decisions, meetings};
use crate::db::{Conn, on_either};
use crate::error::{Error, Result};
use crate::events::Record;
use crate::kernel::ids::{AccountId, ActionId, BodyId, ConventionId, DecisionId, MeetingId, PlanId};
use crate::kernel::text::fold;
use crate::kernel::{Day, Moment, Visibility};
use crate::meetings::model::Stage as MeetingStage;
use crate::versions::{self, Cause};

pub use lists::{Asked, Counts, Facets, Filter, after, answering, asking, due_until, facets, find_readable, list, of_meeting, open_all};
pub use numbers::next_number;
pub use reminders::{Told, tell, told};

/// A decision as its rows give it, with what it takes from its meeting and body.
#[derive(Clone, Debug, PartialEq)]
pub struct Decision {
    pub id: DecisionId,
    pub year: i32,
    pub number: i32,
    pub meeting_id: MeetingId,
    pub body_id: Option<BodyId>,
    pub decided_on: Day,
    pub fields: DecisionFields,
    pub life: Life,
    pub version: i32,
    pub author_id: Option<AccountId>,
    pub author_name: String,
    pub created_at: Moment,
    pub updated_at: Moment,
    pub meeting_title: String,
    pub meeting_stage: MeetingStage,
    pub visibility: Visibility,
    pub body_name: Option<String>,
    pub body_territory: Option<String>,
}

type Row = (Written, Kept, Around);
type Written = (DecisionId, i32, i32, MeetingId, Option<BodyId>, Day, String, Stage, String, Option<Moment>);
type Kept = (i32, Option<AccountId>, String, Moment, Moment);
type Around = (String, MeetingStage, Visibility, Option<String>, Option<String>);

macro_rules! columns {
    () => {
        (
            (
                decisions::id,
                decisions::year,
                decisions::number,
                decisions::meeting_id,
                decisions::body_id,
                decisions::decided_on,
                decisions::fields,
                decisions::stage,
                decisions::outcome,
                decisions::moved_at,
            ),
            (decisions::version, decisions::author_id, decisions::author_name, decisions::created_at, decisions::updated_at),
            (
                meetings::title,
                meetings::stage,
                meetings::visibility,
                crate::db::schema::bodies::name.nullable(),
                crate::db::schema::bodies::territory.nullable(),
            ),
        )
    };
}
use columns;

/// Decisions with their meeting and body.
macro_rules! joined {
    () => {
        decisions::table
            .inner_join(meetings::table.on(meetings::id.eq(decisions::meeting_id)))
            .left_join(schema::bodies::table.on(schema::bodies::id.nullable().eq(decisions::body_id)))
    };
}
use joined;

impl Decision {
    fn of((written, kept, around): Row) -> Result<Self> {
        let (id, year, number, meeting_id, body_id, decided_on, fields, stage, outcome, moved_at) = written;
        let (version, author_id, author_name, created_at, updated_at) = kept;
        let (meeting_title, meeting_stage, visibility, body_name, body_territory) = around;
        let fields = serde_json::from_str(&fields).map_err(|error| Error::Internal(format!("decision {id} is not readable: {error}")))?;
        let life = Life { stage, outcome, moved_at };
        Ok(Self {
            id,
            year,
            number,
            meeting_id,
            body_id,
            decided_on,
            fields,
            life,
            version,
            author_id,
            author_name,
            created_at,
            updated_at,
            meeting_title,
            meeting_stage,
            visibility,
            body_name,
            body_territory,
        })
    }
}

pub fn find(conn: &mut Conn, id: &DecisionId) -> Result<Decision> {
    Decision::of(joined!().filter(decisions::id.eq(id)).select(columns!()).first(conn)?)
}

/// The columns that follow what people wrote and decided.
macro_rules! written {
    ($conn:expr, $decision:expr) => {{
        let fields = &$decision.fields;
        let sheet = fields.plan_sheet.as_ref().and_then(|SheetRef { plan_id, number }| Some((PlanId::parse(plan_id)?, *number)));
        (
            decisions::text_folded.eq(fold(&fields.text)),
            decisions::stage.eq($decision.life.stage),
            decisions::outcome.eq(&$decision.life.outcome),
            decisions::moved_at.eq($decision.life.moved_at),
            decisions::responsible_id.eq(fields.responsible.as_deref().and_then(AccountId::parse)),
            decisions::due_on.eq(fields.due_on),
            decisions::action_id.eq(existing($conn, fields)?),
            decisions::convention_id.eq(fields.convention.as_deref().and_then(ConventionId::parse)),
            decisions::plan_id.eq(sheet.as_ref().map(|(plan, _)| plan.clone())),
            decisions::sheet_number.eq(sheet.map(|(_, number)| number)),
            decisions::asked_meeting_id.eq(fields.meeting.as_deref().and_then(MeetingId::parse)),
            decisions::handed_to.eq(fields.handed_to.as_deref().and_then(BodyId::parse)),
            decisions::answers.eq(fields.answers.as_deref().and_then(DecisionId::parse)),
            decisions::fields.eq(serde_json::to_string(fields).map_err(|error| Error::Internal(error.to_string()))?),
        )
    }};
}

/// The action that it asks for; it may have gone with the import that made it.
fn existing(conn: &mut Conn, fields: &DecisionFields) -> Result<Option<ActionId>> {
    let Some(id) = fields.action.as_deref().and_then(ActionId::parse) else { return Ok(None) };
    Ok(actions::table.find(&id).select(actions::id).first(conn).optional()?)
}

pub fn insert(conn: &mut Conn, by: By<'_>, decision: &Decision, cause: &Cause) -> Result<()> {
    let scope = decision.body_id.as_ref().map(ToString::to_string).unwrap_or_default();
    let born = (
        decisions::id.eq(&decision.id),
        decisions::scope.eq(scope),
        decisions::year.eq(decision.year),
        decisions::number.eq(decision.number),
        decisions::meeting_id.eq(&decision.meeting_id),
        decisions::body_id.eq(&decision.body_id),
        decisions::decided_on.eq(decision.decided_on),
        decisions::version.eq(decision.version),
        decisions::author_id.eq(&decision.author_id),
        decisions::author_name.eq(&decision.author_name),
        decisions::created_at.eq(decision.created_at),
        decisions::updated_at.eq(decision.updated_at),
    );
    let written = written!(conn, decision);
    diesel::insert_into(decisions::table).values((born, written)).execute(conn)?;
    link(conn, decision)?;
    versions::keep(conn, by, &Record::decision(&decision.id), decision.version, cause, &decision.fields)
}

/// Writes a decision over version `decision.version`, which becomes the next; false when it is no longer the current one.
pub fn update(conn: &mut Conn, by: By<'_>, decision: &Decision, cause: &Cause) -> Result<bool> {
    let written = written!(conn, decision);
    let current = decisions::table.filter(decisions::id.eq(&decision.id)).filter(decisions::version.eq(decision.version));
    let set = (written, decisions::version.eq(decision.version + 1), decisions::updated_at.eq(by.now));
    if diesel::update(current).set(set).execute(conn)? == 0 {
        return Ok(false);
    }
    diesel::delete(decision_territories::table.filter(decision_territories::decision_id.eq(&decision.id))).execute(conn)?;
    diesel::delete(decision_themes::table.filter(decision_themes::decision_id.eq(&decision.id))).execute(conn)?;
    link(conn, decision)?;
    versions::keep(conn, by, &Record::decision(&decision.id), decision.version + 1, cause, &decision.fields)?;
    Ok(true)
}

fn link(conn: &mut Conn, decision: &Decision) -> Result<()> {
    let (id, fields) = (&decision.id, &decision.fields);
    let places: Vec<_> =
        fields.territories.iter().map(|code| (decision_territories::decision_id.eq(id), decision_territories::territory_code.eq(code))).collect();
    let themes: Vec<_> = fields.themes.iter().map(|theme| (decision_themes::decision_id.eq(id), decision_themes::theme.eq(theme))).collect();
    on_either!(conn, |conn| {
        diesel::insert_into(decision_territories::table).values(&places).execute(conn)?;
        diesel::insert_into(decision_themes::table).values(&themes).execute(conn)?;
    });
    Ok(())
}
