//! The SQL of actions.

mod lists;
mod news;
mod partners;
mod sessions;

use diesel::prelude::*;

use super::model::{ActionFields, Carrier, Life, Stage};
use crate::accounts::model::By;
use crate::db::schema::{action_audiences, action_partners, action_sheets, action_territories, action_themes, actions};
use crate::db::{Conn, on_either};
use crate::error::{Error, Result};
use crate::events::Record;
use crate::kernel::ids::{AccountId, ActionId, PlanId};
use crate::kernel::text::fold;
use crate::kernel::{Day, Moment};
use crate::versions::{self, Cause};

pub use lists::{
    Filter, after, by_external_ids, by_ids, count, due_for_confirmation, due_for_validation, list, mailboxes, mark_reminded, naming, of_partner,
    of_sheet, published_after, readable_of, sheet_counts, sources_among, territories_in_use, themes_in_use, titled, versions_of,
};
pub use news::lately;
pub use partners::{last_of_partner, partner_counts, partner_places};
pub use sessions::{Attended, add_sessions, attend, attended, next_sessions, remove_session, sessions, upcoming, with_sessions};

/// An action as its row gives it.
#[derive(Clone, Debug, PartialEq)]
pub struct Action {
    pub id: ActionId,
    pub fields: ActionFields,
    pub life: Life,
    pub version: i32,
    pub author_id: Option<AccountId>,
    pub author_name: String,
    pub inspired_by: Option<ActionId>,
    pub confirmed_at: Moment,
    pub created_at: Moment,
    pub updated_at: Moment,
}

type Row = (
    ActionId,
    Stage,
    String,
    i32,
    Option<AccountId>,
    String,
    Option<ActionId>,
    Option<String>,
    Option<Moment>,
    Option<Moment>,
    Moment,
    Moment,
    Moment,
);

macro_rules! columns {
    () => {
        (
            actions::id,
            actions::stage,
            actions::fields,
            actions::version,
            actions::author_id,
            actions::author_name,
            actions::inspired_by,
            actions::return_comment,
            actions::submitted_at,
            actions::published_at,
            actions::confirmed_at,
            actions::created_at,
            actions::updated_at,
        )
    };
}
use columns;

impl Action {
    fn of(row: Row) -> Result<Self> {
        let (
            id,
            stage,
            fields,
            version,
            author_id,
            author_name,
            inspired_by,
            return_comment,
            submitted_at,
            published_at,
            confirmed_at,
            created_at,
            updated_at,
        ) = row;
        let fields = serde_json::from_str(&fields).map_err(|error| Error::Internal(format!("action {id} is not readable: {error}")))?;
        let life = Life { stage, return_comment, submitted_at, published_at };
        Ok(Self { id, fields, life, version, author_id, author_name, inspired_by, confirmed_at, created_at, updated_at })
    }
}

pub fn find(conn: &mut Conn, id: &ActionId) -> Result<Action> {
    let row: Row = actions::table.find(id).select(columns!()).first(conn)?;
    Action::of(row)
}

pub fn by_external_id(conn: &mut Conn, external_id: &str) -> Result<Option<Action>> {
    let row: Option<Row> = actions::table.filter(actions::external_id.eq(external_id)).select(columns!()).first(conn).optional()?;
    row.map(Action::of).transpose()
}

fn json(fields: &ActionFields) -> Result<String> {
    serde_json::to_string(fields).map_err(|error| Error::Internal(error.to_string()))
}

/// The columns that are the index of the fields, always written with them.
macro_rules! indexed {
    ($fields:expr, $json:expr) => {
        (
            actions::external_id.eq(&$fields.external_id),
            actions::title.eq(&$fields.title),
            actions::title_folded.eq(fold(&$fields.title)),
            actions::visibility.eq($fields.visibility),
            actions::kind.eq($fields.kind),
            actions::opens_on.eq($fields.starts_on.unwrap_or(ALWAYS)),
            actions::closes_on.eq($fields.ends_on.or($fields.starts_on).unwrap_or(NEVER)),
            actions::is_reported.eq($fields.evaluation.is_written()),
            actions::carrier_code.eq(carrier_code($fields)),
            actions::fields.eq($json),
        )
    };
}

macro_rules! living {
    ($life:expr) => {
        (
            actions::stage.eq($life.stage),
            actions::return_comment.eq(&$life.return_comment),
            actions::submitted_at.eq($life.submitted_at),
            actions::published_at.eq($life.published_at),
        )
    };
}

/// What stands for a day that an action does not give.
const ALWAYS: Day = Day::FIRST;
const NEVER: Day = Day::LAST;

fn carrier_code(fields: &ActionFields) -> Option<&str> {
    match &fields.carrier {
        Some(Carrier::Territory(code)) => Some(code),
        _ => None,
    }
}

pub fn insert(conn: &mut Conn, by: By<'_>, action: &Action, cause: &Cause) -> Result<()> {
    let fields = &action.fields;
    let row = (
        actions::id.eq(&action.id),
        indexed!(fields, json(fields)?),
        living!(action.life),
        actions::version.eq(action.version),
        actions::author_id.eq(&action.author_id),
        actions::author_name.eq(&action.author_name),
        actions::inspired_by.eq(&action.inspired_by),
        actions::confirmed_at.eq(action.confirmed_at),
        actions::created_at.eq(action.created_at),
        actions::updated_at.eq(action.updated_at),
    );
    diesel::insert_into(actions::table).values(row).execute(conn)?;
    link(conn, &action.id, fields)?;
    news::note_results(conn, &action.id, fields.evaluation.is_written(), by.now)?;
    versions::keep(conn, by, &Record::action(&action.id), action.version, cause, fields)
}

/// Writes fields over version `action.version`, which becomes the next; false when it is no longer the current one.
pub fn update_fields(conn: &mut Conn, by: By<'_>, action: &Action, cause: &Cause) -> Result<bool> {
    let (fields, now) = (&action.fields, by.now);
    let current = actions::table.filter(actions::id.eq(&action.id)).filter(actions::version.eq(action.version));
    let set = (indexed!(fields, json(fields)?), actions::version.eq(action.version + 1), actions::updated_at.eq(now), actions::confirmed_at.eq(now));
    if diesel::update(current).set(set).execute(conn)? == 0 {
        return Ok(false);
    }
    unlink(conn, &action.id)?;
    link(conn, &action.id, fields)?;
    news::note_results(conn, &action.id, fields.evaluation.is_written(), now)?;
    versions::keep(conn, by, &Record::action(&action.id), action.version + 1, cause, fields)?;
    Ok(true)
}

/// Writes the partners that became another over version `action.version`, which becomes the next. Nobody read the action for that: it is
/// no confirmation.
pub fn relink(conn: &mut Conn, by: By<'_>, action: &Action, cause: &Cause) -> Result<bool> {
    let fields = &action.fields;
    let current = actions::table.filter(actions::id.eq(&action.id)).filter(actions::version.eq(action.version));
    let set = (actions::fields.eq(json(fields)?), actions::version.eq(action.version + 1), actions::updated_at.eq(by.now));
    if diesel::update(current).set(set).execute(conn)? == 0 {
        return Ok(false);
    }
    unlink(conn, &action.id)?;
    link(conn, &action.id, fields)?;
    versions::keep(conn, by, &Record::action(&action.id), action.version + 1, cause, fields)?;
    Ok(true)
}

/// Writes a step of its life over version `action.version`, which becomes the next; false when it is no longer the current one.
pub fn update_life(conn: &mut Conn, by: By<'_>, action: &Action, cause: &Cause) -> Result<bool> {
    let now = by.now;
    let current = actions::table.filter(actions::id.eq(&action.id)).filter(actions::version.eq(action.version));
    let set = (
        living!(action.life),
        actions::version.eq(action.version + 1),
        actions::updated_at.eq(now),
        actions::confirmed_at.eq(now),
        actions::reminded_at.eq(None::<Moment>),
    );
    if diesel::update(current).set(set).execute(conn)? == 0 {
        return Ok(false);
    }
    versions::keep(conn, by, &Record::action(&action.id), action.version + 1, cause, &action.fields)?;
    Ok(true)
}

/// Removes an action with all that is its own; false when there is none. Only what nothing leans on may go.
pub fn delete(conn: &mut Conn, id: &ActionId) -> Result<bool> {
    Ok(diesel::delete(actions::table.find(id)).execute(conn)? == 1)
}

/// Says that an action is still true.
pub fn confirm(conn: &mut Conn, id: &ActionId, now: Moment) -> Result<()> {
    diesel::update(actions::table.find(id)).set((actions::confirmed_at.eq(now), actions::reminded_at.eq(None::<Moment>))).execute(conn)?;
    Ok(())
}

/// The published actions made from this one, of the levels given.
pub fn inspired(conn: &mut Conn, id: &ActionId) -> Result<Vec<Action>> {
    let rows: Vec<Row> = actions::table
        .filter(actions::inspired_by.eq(id))
        .filter(actions::stage.eq(Stage::Published))
        .order((actions::published_at.desc(), actions::id))
        .limit(50)
        .select(columns!())
        .load(conn)?;
    rows.into_iter().map(Action::of).collect()
}

fn unlink(conn: &mut Conn, id: &ActionId) -> Result<()> {
    diesel::delete(action_territories::table.filter(action_territories::action_id.eq(id))).execute(conn)?;
    diesel::delete(action_themes::table.filter(action_themes::action_id.eq(id))).execute(conn)?;
    diesel::delete(action_audiences::table.filter(action_audiences::action_id.eq(id))).execute(conn)?;
    diesel::delete(action_partners::table.filter(action_partners::action_id.eq(id))).execute(conn)?;
    diesel::delete(action_sheets::table.filter(action_sheets::action_id.eq(id))).execute(conn)?;
    Ok(())
}

fn link(conn: &mut Conn, id: &ActionId, fields: &ActionFields) -> Result<()> {
    let territories: Vec<_> =
        fields.territories.iter().map(|code| (action_territories::action_id.eq(id), action_territories::territory_code.eq(code))).collect();
    let themes: Vec<_> = fields.themes.iter().map(|theme| (action_themes::action_id.eq(id), action_themes::theme.eq(theme))).collect();
    let audiences: Vec<_> = fields.audiences.iter().map(|code| (action_audiences::action_id.eq(id), action_audiences::audience.eq(code))).collect();
    let mut partners: Vec<&str> = fields.partners.iter().map(|link| link.partner_id.as_str()).collect();
    if let Some(Carrier::PartnerId(carrier)) = &fields.carrier
        && !partners.contains(&carrier.as_str())
    {
        partners.push(carrier);
    }
    let partners: Vec<_> =
        partners.iter().map(|partner| (action_partners::action_id.eq(id), action_partners::organisation_id.eq(*partner))).collect();
    let sheets: Vec<_> = fields
        .plan_sheets
        .iter()
        .filter_map(|sheet| Some((PlanId::parse(&sheet.plan_id)?, sheet.number)))
        .map(|(plan, number)| (action_sheets::action_id.eq(id), action_sheets::plan_id.eq(plan), action_sheets::number.eq(number)))
        .collect();
    on_either!(conn, |conn| {
        diesel::insert_into(action_territories::table).values(&territories).execute(conn)?;
        diesel::insert_into(action_themes::table).values(&themes).execute(conn)?;
        diesel::insert_into(action_audiences::table).values(&audiences).execute(conn)?;
        diesel::insert_into(action_partners::table).values(&partners).execute(conn)?;
        diesel::insert_into(action_sheets::table).values(&sheets).execute(conn)?;
    });
    Ok(())
}
