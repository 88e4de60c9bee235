//! The SQL of the journal.

use diesel::prelude::*;

use super::Line;
use crate::accounts::model::By;
use crate::db::Conn;
use crate::db::schema::journal;
use crate::error::Result;
use crate::events::Record;
use crate::kernel::Moment;

pub fn insert(conn: &mut Conn, id: &str, by: By<'_>, event: &str, record: &Record, detail: &str) -> Result<()> {
    let row = (
        journal::id.eq(id),
        journal::at.eq(by.now),
        journal::actor_id.eq(by.actor.id.as_ref().map(|id| id.as_str())),
        journal::actor_name.eq(&by.actor.name),
        journal::record_type.eq(record.kind),
        journal::record_id.eq(&record.id),
        journal::event.eq(event),
        journal::detail.eq(detail),
    );
    diesel::insert_into(journal::table).values(row).execute(conn)?;
    Ok(())
}

pub fn of(conn: &mut Conn, kind: &str, id: &str, most: i64) -> Result<Vec<Line>> {
    let rows: Vec<(Moment, String, String, String)> = journal::table
        .filter(journal::record_type.eq(kind))
        .filter(journal::record_id.eq(id))
        .select((journal::at, journal::actor_name, journal::event, journal::detail))
        .order((journal::at.desc(), journal::id.desc()))
        .limit(most)
        .load(conn)?;
    Ok(rows
        .into_iter()
        .map(|(at, actor, event, detail)| Line { at, actor, event, detail: serde_json::from_str(&detail).unwrap_or_default() })
        .collect())
}

/// Identifiers follow the time of their lines: the last one is found by the primary key.
pub fn last(conn: &mut Conn) -> Result<Option<Moment>> {
    Ok(journal::table.order(journal::id.desc()).select(journal::at).first(conn).optional()?)
}
