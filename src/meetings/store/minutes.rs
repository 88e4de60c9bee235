//! The SQL of minutes: what is being written, what was approved, and what was said of it.

use diesel::prelude::*;

use crate::accounts::model::By;
use crate::db::schema::{meetings, minutes, minutes_editions, minutes_opinions};
use crate::db::{Conn, on_either};
use crate::error::{Error, Result};
use crate::kernel::Moment;
use crate::kernel::ids::{AccountId, InvitationId, MeetingId};
use crate::meetings::model::Stage;
use crate::meetings::model::minutes::{MinutesFields, Opinion};

/// Minutes as their row gives them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Minutes {
    pub fields: MinutesFields,
    /// Counts every save; 0 before the first.
    pub revision: i32,
    /// The last that history keeps.
    pub version: i32,
    pub author_id: Option<AccountId>,
    pub author_name: String,
    pub updated_at: Option<Moment>,
}

/// What was approved (0), or a numbered rectification of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edition {
    pub number: i32,
    pub fields: MinutesFields,
    pub reason: String,
    pub author_name: String,
    pub at: Moment,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    pub invitation_id: InvitationId,
    pub opinion: Opinion,
    pub comment: String,
    pub at: Moment,
}

fn parsed(id: &MeetingId, json: &str) -> Result<MinutesFields> {
    serde_json::from_str(json).map_err(|error| Error::Internal(format!("the minutes of meeting {id} are not readable: {error}")))
}

fn json(fields: &MinutesFields) -> Result<String> {
    serde_json::to_string(fields).map_err(|error| Error::Internal(error.to_string()))
}

/// The minutes of a meeting; None when nobody wrote any.
pub fn find(conn: &mut Conn, id: &MeetingId) -> Result<Option<Minutes>> {
    let row: Option<(String, i32, i32, Option<AccountId>, String, Moment)> = minutes::table
        .find(id)
        .select((minutes::fields, minutes::revision, minutes::version, minutes::author_id, minutes::author_name, minutes::updated_at))
        .first(conn)
        .optional()?;
    let minutes = |(fields, revision, version, author_id, author_name, at): (String, _, _, _, _, _)| {
        Ok(Minutes { fields: parsed(id, &fields)?, revision, version, author_id, author_name, updated_at: Some(at) })
    };
    row.map(minutes).transpose()
}

/// Writes minutes over the revision before `next.revision`; false when it is no longer the current one.
pub fn save(conn: &mut Conn, by: By<'_>, id: &MeetingId, next: &Minutes) -> Result<bool> {
    let row = (
        minutes::fields.eq(json(&next.fields)?),
        minutes::revision.eq(next.revision),
        minutes::version.eq(next.version),
        minutes::author_id.eq(by.actor.id.clone()),
        minutes::author_name.eq(by.actor.name.clone()),
        minutes::updated_at.eq(by.now),
    );
    if next.revision > 1 {
        let current = minutes::table.filter(minutes::meeting_id.eq(id)).filter(minutes::revision.eq(next.revision - 1));
        return Ok(diesel::update(current).set(row).execute(conn)? > 0);
    }
    let first = (minutes::meeting_id.eq(id), row);
    let written = on_either!(conn, |conn| { diesel::insert_into(minutes::table).values(first).on_conflict_do_nothing().execute(conn)? });
    Ok(written > 0)
}

pub fn add_edition(conn: &mut Conn, by: By<'_>, id: &MeetingId, edition: &Edition) -> Result<()> {
    let row = (
        minutes_editions::meeting_id.eq(id),
        minutes_editions::number.eq(edition.number),
        minutes_editions::fields.eq(json(&edition.fields)?),
        minutes_editions::reason.eq(&edition.reason),
        minutes_editions::author_id.eq(by.actor.id.clone()),
        minutes_editions::author_name.eq(&edition.author_name),
        minutes_editions::at.eq(edition.at),
    );
    diesel::insert_into(minutes_editions::table).values(row).execute(conn)?;
    Ok(())
}

/// The editions of minutes, the one that was approved first.
pub fn editions(conn: &mut Conn, id: &MeetingId) -> Result<Vec<Edition>> {
    let rows: Vec<(i32, String, String, String, Moment)> = minutes_editions::table
        .filter(minutes_editions::meeting_id.eq(id))
        .order(minutes_editions::number)
        .select((minutes_editions::number, minutes_editions::fields, minutes_editions::reason, minutes_editions::author_name, minutes_editions::at))
        .load(conn)?;
    let edition = |(number, fields, reason, author_name, at): (i32, String, String, String, Moment)| {
        Ok(Edition { number, fields: parsed(id, &fields)?, reason, author_name, at })
    };
    rows.into_iter().map(edition).collect()
}

/// What those called said of this revision.
pub fn opinions(conn: &mut Conn, id: &MeetingId, revision: i32) -> Result<Vec<Said>> {
    let rows: Vec<(InvitationId, Opinion, String, Moment)> = minutes_opinions::table
        .filter(minutes_opinions::meeting_id.eq(id))
        .filter(minutes_opinions::revision.eq(revision))
        .order((minutes_opinions::at, minutes_opinions::invitation_id))
        .select((minutes_opinions::invitation_id, minutes_opinions::opinion, minutes_opinions::comment, minutes_opinions::at))
        .load(conn)?;
    Ok(rows.into_iter().map(|(invitation_id, opinion, comment, at)| Said { invitation_id, opinion, comment, at }).collect())
}

/// Keeps the last word of somebody on a revision.
pub fn opine(conn: &mut Conn, id: &MeetingId, revision: i32, said: &Said) -> Result<()> {
    diesel::delete(minutes_opinions::table.find((&said.invitation_id, revision))).execute(conn)?;
    let row = (
        minutes_opinions::meeting_id.eq(id),
        minutes_opinions::invitation_id.eq(&said.invitation_id),
        minutes_opinions::revision.eq(revision),
        minutes_opinions::opinion.eq(said.opinion),
        minutes_opinions::comment.eq(&said.comment),
        minutes_opinions::at.eq(said.at),
    );
    diesel::insert_into(minutes_opinions::table).values(row).execute(conn)?;
    Ok(())
}

/// The meetings whose minutes are in review since this instant or before.
pub fn in_review_since(conn: &mut Conn, before: Moment) -> Result<Vec<MeetingId>> {
    Ok(meetings::table
        .filter(meetings::stage.eq(Stage::MinutesInReview))
        .filter(meetings::submitted_at.le(before))
        .order(meetings::id)
        .select(meetings::id)
        .load(conn)?)
}
