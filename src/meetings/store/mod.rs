//! The SQL of meetings.

pub mod bodies;
pub mod calendars;
mod counts;
pub mod invitations;
mod lists;
pub mod minutes;
pub mod telling;

use diesel::prelude::*;

use super::model::{Life, MeetingFields, Stage};
use crate::accounts::model::By;
use crate::db::schema::{self, actions, meeting_actions, meeting_conventions, meeting_sheets, meeting_territories, meeting_themes, meetings};
use crate::db::{Conn, on_either};
use crate::error::{Error, Result};
use crate::events::Record;
use crate::kernel::Moment;
use crate::kernel::ids::{AccountId, ActionId, BodyId, ConventionId, MeetingId, PlanId};
use crate::kernel::text::fold;
use crate::versions::{self, Cause};

pub use counts::{Held, held};
pub use lists::{Filter, after, by_external_ids, by_ids, count, list, readable_of};

/// A meeting as its rows give it.
#[derive(Clone, Debug, PartialEq)]
pub struct Meeting {
    pub id: MeetingId,
    pub uid: String,
    /// Raised for what calendars must take anew: start, end, place, status.
    pub sequence: i32,
    pub series_id: Option<String>,
    pub fields: MeetingFields,
    pub life: Life,
    /// People who came without being invited by name.
    pub headcount: Option<i32>,
    /// Changes are told then, all at once.
    pub announce_at: Option<Moment>,
    /// What those invited know; None: what it says now.
    pub announced: Option<MeetingFields>,
    pub version: i32,
    pub author_id: Option<AccountId>,
    pub author_name: String,
    pub created_at: Moment,
    pub updated_at: Moment,
    /// Its body's territory.
    pub body_territory: Option<String>,
}

type Row = (Written, Told, Option<String>);
type Written = (MeetingId, String, i32, Option<String>, String, Stage, Option<String>, Option<Moment>, Option<Moment>);
type Told = (Option<i32>, Option<Moment>, Option<String>, i32, Option<AccountId>, String, Moment, Moment);

macro_rules! columns {
    () => {
        (
            (
                meetings::id,
                meetings::uid,
                meetings::sequence,
                meetings::series_id,
                meetings::fields,
                meetings::stage,
                meetings::reason,
                meetings::called_at,
                meetings::submitted_at,
            ),
            (
                meetings::headcount,
                meetings::announce_at,
                meetings::announced,
                meetings::version,
                meetings::author_id,
                meetings::author_name,
                meetings::created_at,
                meetings::updated_at,
            ),
            crate::db::schema::bodies::territory.nullable(),
        )
    };
}
use columns;

fn parsed(id: &MeetingId, json: &str) -> Result<MeetingFields> {
    serde_json::from_str(json).map_err(|error| Error::Internal(format!("meeting {id} is not readable: {error}")))
}

impl Meeting {
    fn of((written, told, body_territory): Row) -> Result<Self> {
        let (id, uid, sequence, series_id, fields, stage, reason, called_at, submitted_at) = written;
        let (headcount, announce_at, announced, version, author_id, author_name, created_at, updated_at) = told;
        Ok(Self {
            fields: parsed(&id, &fields)?,
            announced: announced.map(|json| parsed(&id, &json)).transpose()?,
            id,
            uid,
            sequence,
            series_id,
            life: Life { stage, reason, called_at, submitted_at },
            headcount,
            announce_at,
            version,
            author_id,
            author_name,
            created_at,
            updated_at,
            body_territory,
        })
    }
}

pub fn find(conn: &mut Conn, id: &MeetingId) -> Result<Meeting> {
    Meeting::of(meetings::table.left_join(schema::bodies::table).filter(meetings::id.eq(id)).select(columns!()).first(conn)?)
}

/// The columns that follow what people wrote and decided.
macro_rules! written {
    ($meeting:expr, $json:expr, $announced:expr) => {
        (
            (
                meetings::sequence.eq($meeting.sequence),
                meetings::external_id.eq(&$meeting.fields.external_id),
                meetings::body_id.eq($meeting.fields.body_id.as_deref().and_then(BodyId::parse)),
                meetings::kind.eq($meeting.fields.kind),
                meetings::title.eq(&$meeting.fields.title),
                meetings::title_folded.eq(fold(&$meeting.fields.title)),
                meetings::stage.eq($meeting.life.stage),
                meetings::visibility.eq($meeting.fields.visibility),
                meetings::registration.eq($meeting.fields.registration),
                meetings::starts_at.eq($meeting.fields.starts_at),
                meetings::ends_at.eq($meeting.fields.ends_at),
                meetings::capacity.eq($meeting.fields.capacity),
                meetings::organiser_id.eq($meeting.fields.organiser.as_deref().and_then(AccountId::parse)),
            ),
            (
                meetings::fields.eq($json),
                meetings::reason.eq(&$meeting.life.reason),
                meetings::called_at.eq($meeting.life.called_at),
                meetings::submitted_at.eq($meeting.life.submitted_at),
                meetings::headcount.eq($meeting.headcount),
                meetings::announce_at.eq($meeting.announce_at),
                meetings::announced.eq($announced),
            ),
        )
    };
}

fn json(fields: &MeetingFields) -> Result<String> {
    serde_json::to_string(fields).map_err(|error| Error::Internal(error.to_string()))
}

pub fn insert(conn: &mut Conn, by: By<'_>, meeting: &Meeting, cause: &Cause) -> Result<()> {
    let row = (
        meetings::id.eq(&meeting.id),
        meetings::uid.eq(&meeting.uid),
        meetings::series_id.eq(&meeting.series_id),
        written!(meeting, json(&meeting.fields)?, meeting.announced.as_ref().map(json).transpose()?),
        meetings::last_rank.eq(0),
        meetings::version.eq(meeting.version),
        meetings::author_id.eq(&meeting.author_id),
        meetings::author_name.eq(&meeting.author_name),
        meetings::created_at.eq(meeting.created_at),
        meetings::updated_at.eq(meeting.updated_at),
    );
    diesel::insert_into(meetings::table).values(row).execute(conn)?;
    link(conn, &meeting.id, &meeting.fields)?;
    versions::keep(conn, by, &Record::meeting(&meeting.id), meeting.version, cause, &meeting.fields)
}

/// Writes a meeting over version `meeting.version`, which becomes the next; false when it is no longer the current one.
pub fn update(conn: &mut Conn, by: By<'_>, meeting: &Meeting, cause: &Cause) -> Result<bool> {
    let current = meetings::table.filter(meetings::id.eq(&meeting.id)).filter(meetings::version.eq(meeting.version));
    let set = (
        written!(meeting, json(&meeting.fields)?, meeting.announced.as_ref().map(json).transpose()?),
        meetings::version.eq(meeting.version + 1),
        meetings::updated_at.eq(by.now),
    );
    if diesel::update(current).set(set).execute(conn)? == 0 {
        return Ok(false);
    }
    unlink(conn, &meeting.id)?;
    link(conn, &meeting.id, &meeting.fields)?;
    versions::keep(conn, by, &Record::meeting(&meeting.id), meeting.version + 1, cause, &meeting.fields)?;
    Ok(true)
}

/// The next place in the order of those who ask for a seat. Two who ask at once wait for one another here, on either database.
pub fn next_rank(conn: &mut Conn, id: &MeetingId) -> Result<i32> {
    diesel::update(meetings::table.find(id)).set(meetings::last_rank.eq(meetings::last_rank + 1)).execute(conn)?;
    Ok(meetings::table.find(id).select(meetings::last_rank).first(conn)?)
}

pub fn set_headcount(conn: &mut Conn, id: &MeetingId, headcount: Option<i32>) -> Result<()> {
    diesel::update(meetings::table.find(id)).set(meetings::headcount.eq(headcount)).execute(conn)?;
    Ok(())
}

/// Those of these meetings of which somebody wrote more than what they say: who came, minutes, or decisions.
pub fn worked_on(conn: &mut Conn, ids: &[MeetingId]) -> Result<Vec<MeetingId>> {
    let mut found = Vec::new();
    for some in ids.chunks(500) {
        let came = schema::invitations::table.filter(schema::invitations::meeting_id.eq_any(some.to_vec()));
        found.extend(came.filter(schema::invitations::presence.is_not_null()).select(schema::invitations::meeting_id).load::<MeetingId>(conn)?);
        let written = schema::minutes::table.filter(schema::minutes::meeting_id.eq_any(some.to_vec()));
        found.extend(written.select(schema::minutes::meeting_id).load::<MeetingId>(conn)?);
        let decided = schema::decisions::table.filter(schema::decisions::meeting_id.eq_any(some.to_vec()));
        found.extend(decided.select(schema::decisions::meeting_id).load::<MeetingId>(conn)?);
    }
    Ok(found)
}

pub fn delete(conn: &mut Conn, id: &MeetingId) -> Result<()> {
    diesel::delete(meetings::table.find(id)).execute(conn)?;
    Ok(())
}

fn unlink(conn: &mut Conn, id: &MeetingId) -> Result<()> {
    diesel::delete(meeting_territories::table.filter(meeting_territories::meeting_id.eq(id))).execute(conn)?;
    diesel::delete(meeting_themes::table.filter(meeting_themes::meeting_id.eq(id))).execute(conn)?;
    diesel::delete(meeting_sheets::table.filter(meeting_sheets::meeting_id.eq(id))).execute(conn)?;
    diesel::delete(meeting_actions::table.filter(meeting_actions::meeting_id.eq(id))).execute(conn)?;
    diesel::delete(meeting_conventions::table.filter(meeting_conventions::meeting_id.eq(id))).execute(conn)?;
    Ok(())
}

fn link(conn: &mut Conn, id: &MeetingId, fields: &MeetingFields) -> Result<()> {
    let territories: Vec<_> =
        fields.territories.iter().map(|code| (meeting_territories::meeting_id.eq(id), meeting_territories::territory_code.eq(code))).collect();
    let themes: Vec<_> = fields.themes.iter().map(|theme| (meeting_themes::meeting_id.eq(id), meeting_themes::theme.eq(theme))).collect();
    let named = fields.plan_sheets.iter().chain(fields.agenda.iter().filter_map(|item| item.plan_sheet.as_ref()));
    let sheets: std::collections::BTreeSet<_> = named.collect();
    let sheets: Vec<_> = sheets
        .into_iter()
        .filter_map(|sheet| Some((PlanId::parse(&sheet.plan_id)?, sheet.number)))
        .map(|(plan, number)| (meeting_sheets::meeting_id.eq(id), meeting_sheets::plan_id.eq(plan), meeting_sheets::number.eq(number)))
        .collect();
    // An action may have gone with the import that made it.
    let said: Vec<ActionId> = fields.agenda.iter().filter_map(|item| ActionId::parse(item.action.as_deref()?)).collect();
    let existing: Vec<ActionId> = actions::table.filter(actions::id.eq_any(said)).select(actions::id).load(conn)?;
    let linked: Vec<_> = existing.iter().map(|action| (meeting_actions::meeting_id.eq(id), meeting_actions::action_id.eq(action))).collect();
    let said: std::collections::BTreeSet<ConventionId> =
        fields.agenda.iter().filter_map(|item| ConventionId::parse(item.convention.as_deref()?)).collect();
    let conventions: Vec<_> =
        said.iter().map(|convention| (meeting_conventions::meeting_id.eq(id), meeting_conventions::convention_id.eq(convention))).collect();
    on_either!(conn, |conn| {
        diesel::insert_into(meeting_territories::table).values(&territories).execute(conn)?;
        diesel::insert_into(meeting_themes::table).values(&themes).execute(conn)?;
        diesel::insert_into(meeting_sheets::table).values(&sheets).execute(conn)?;
        diesel::insert_into(meeting_actions::table).values(&linked).execute(conn)?;
        diesel::insert_into(meeting_conventions::table).values(&conventions).execute(conn)?;
    });
    Ok(())
}
