//! The SQL of versions.

use diesel::prelude::*;

use super::{Cause, LASTING, Version};
use crate::accounts::model::By;
use crate::db::Conn;
use crate::db::schema::versions;
use crate::error::Result;
use crate::events::Record;
use crate::kernel::Moment;
use crate::kernel::ids::AccountId;

type Row = (i32, Moment, Option<AccountId>, String, String, String, String);

macro_rules! columns {
    () => {
        (versions::number, versions::at, versions::actor_id, versions::actor_name, versions::event, versions::reason, versions::detail)
    };
}

/// The rows of a record.
macro_rules! of {
    ($record:expr) => {
        versions::table.filter(versions::record_type.eq($record.kind)).filter(versions::record_id.eq(&$record.id))
    };
}

impl From<Row> for Version {
    fn from((number, at, actor_id, actor, event, reason, detail): Row) -> Self {
        Self { number, at, actor_id, actor, event, reason, detail: serde_json::from_str(&detail).unwrap_or_default() }
    }
}

pub fn insert(conn: &mut Conn, by: By<'_>, record: &Record, number: i32, cause: &Cause, content: Option<&str>) -> Result<()> {
    let row = (
        versions::record_type.eq(record.kind),
        versions::record_id.eq(&record.id),
        versions::number.eq(number),
        versions::at.eq(by.now),
        versions::actor_id.eq(by.actor.id.as_ref()),
        versions::actor_name.eq(&by.actor.name),
        versions::event.eq(cause.event),
        versions::reason.eq(&cause.reason),
        versions::detail.eq(cause.detail.to_string()),
        versions::content.eq(content),
    );
    diesel::insert_into(versions::table).values(row).execute(conn)?;
    Ok(())
}

pub fn rewrite(conn: &mut Conn, record: &Record, number: i32, content: &str) -> Result<()> {
    diesel::update(versions::table.find((record.kind, &record.id, number))).set(versions::content.eq(content)).execute(conn)?;
    Ok(())
}

pub fn list(conn: &mut Conn, record: &Record, most: i64, after: i64) -> Result<Vec<Version>> {
    let rows: Vec<Row> = of!(record).select(columns!()).order(versions::number.desc()).limit(most).offset(after).load(conn)?;
    Ok(rows.into_iter().map(Version::from).collect())
}

pub fn made_by(conn: &mut Conn, record: &Record, event: &str) -> Result<Vec<Version>> {
    let rows: Vec<Row> = of!(record).filter(versions::event.eq(event)).select(columns!()).order(versions::number.desc()).load(conn)?;
    Ok(rows.into_iter().map(Version::from).collect())
}

pub fn between(conn: &mut Conn, record: &Record, after: i32, until: i32) -> Result<Vec<Version>> {
    let rows: Vec<Row> = of!(record)
        .filter(versions::number.gt(after))
        .filter(versions::number.le(until))
        .select(columns!())
        .order(versions::number.desc())
        .load(conn)?;
    Ok(rows.into_iter().map(Version::from).collect())
}

pub fn beside(conn: &mut Conn, record: &Record, number: i32) -> Result<(Option<i32>, Option<i32>)> {
    let before = of!(record).filter(versions::number.lt(number)).select(diesel::dsl::max(versions::number)).first(conn)?;
    let after = of!(record).filter(versions::number.gt(number)).select(diesel::dsl::min(versions::number)).first(conn)?;
    Ok((before, after))
}

pub fn find(conn: &mut Conn, record: &Record, number: i32) -> Result<Version> {
    let row: Row = of!(record).filter(versions::number.eq(number)).select(columns!()).first(conn)?;
    Ok(row.into())
}

pub fn count(conn: &mut Conn, record: &Record) -> Result<i64> {
    Ok(of!(record).count().get_result(conn)?)
}

/// What was last written at a version or before it.
pub fn content(conn: &mut Conn, record: &Record, number: i32) -> Result<Option<String>> {
    let found: Option<Option<String>> = of!(record)
        .filter(versions::number.le(number))
        .filter(versions::content.is_not_null())
        .order(versions::number.desc())
        .select(versions::content)
        .first(conn)
        .optional()?;
    Ok(found.flatten())
}

pub fn writers(conn: &mut Conn, record: &Record) -> Result<Vec<AccountId>> {
    let found: Vec<Option<AccountId>> =
        of!(record).filter(versions::content.is_not_null()).order(versions::number).select(versions::actor_id).load(conn)?;
    Ok(found.into_iter().flatten().collect())
}

pub fn writers_of(conn: &mut Conn, kind: &str, ids: &[String]) -> Result<Vec<(String, AccountId)>> {
    let mut found = Vec::new();
    for some in ids.chunks(500) {
        let rows: Vec<(String, Option<AccountId>)> = versions::table
            .filter(versions::record_type.eq(kind))
            .filter(versions::record_id.eq_any(some))
            .filter(versions::content.is_not_null())
            .filter(versions::actor_id.is_not_null())
            .select((versions::record_id, versions::actor_id))
            .distinct()
            .load(conn)?;
        found.extend(rows.into_iter().filter_map(|(record, actor)| Some((record, actor?))));
    }
    Ok(found)
}

/// Removes the oldest versions but the first and the lasting ones, until `most` are left. A text that a later version still says goes to
/// that version.
pub fn thin(conn: &mut Conn, record: &Record, most: i64) -> Result<()> {
    let excess = count(conn, record)? - most;
    if excess <= 0 {
        return Ok(());
    }
    let first: Option<i32> = of!(record).select(diesel::dsl::min(versions::number)).first(conn)?;
    let gone: Vec<i32> = of!(record)
        .filter(versions::number.gt(first.unwrap_or_default()))
        .filter(versions::event.ne_all(LASTING))
        .order(versions::number)
        .limit(excess)
        .select(versions::number)
        .load(conn)?;
    for number in gone {
        let said = content(conn, record, number)?;
        let next: Option<i32> = of!(record).filter(versions::number.gt(number)).select(diesel::dsl::min(versions::number)).first(conn)?;
        let next = of!(record).filter(versions::number.nullable().eq(next)).filter(versions::content.is_null());
        diesel::update(next).set(versions::content.eq(said)).execute(conn)?;
        diesel::delete(versions::table.find((record.kind, &record.id, number))).execute(conn)?;
    }
    Ok(())
}

pub fn forget(conn: &mut Conn, record: &Record) -> Result<()> {
    diesel::delete(of!(record)).execute(conn)?;
    Ok(())
}
