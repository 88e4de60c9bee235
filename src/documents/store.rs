//! The SQL of documents.

use diesel::prelude::*;

use super::model::{Document, Kind, Purpose, Reading};
use crate::db::Conn;
use crate::db::schema::documents;
use crate::error::Result;
use crate::events::Record;
use crate::kernel::Moment;
use crate::kernel::ids::{AccountId, DocumentId};

type Row = (DocumentId, String, String, Purpose, String, Kind, i32, String, Reading, Moment, Option<AccountId>, String);

macro_rules! columns {
    () => {
        (
            documents::id,
            documents::record_type,
            documents::record_id,
            documents::purpose,
            documents::name,
            documents::media_type,
            documents::size,
            documents::sha256,
            documents::reading,
            documents::added_at,
            documents::added_by_id,
            documents::added_by,
        )
    };
}

/// The rows of a record.
macro_rules! of {
    ($record:expr) => {
        documents::table.filter(documents::record_type.eq($record.kind)).filter(documents::record_id.eq(&$record.id))
    };
}

fn document((id, record_kind, record_id, purpose, name, kind, size, sha256, reading, added_at, added_by_id, added_by): Row) -> Document {
    Document { id, record_kind, record_id, purpose, name, kind, size, sha256, reading, added_at, added_by_id, added_by }
}

pub fn insert(conn: &mut Conn, document: &Document, text: &str) -> Result<()> {
    let row = (
        documents::id.eq(&document.id),
        documents::record_type.eq(&document.record_kind),
        documents::record_id.eq(&document.record_id),
        documents::purpose.eq(document.purpose),
        documents::name.eq(&document.name),
        documents::media_type.eq(document.kind),
        documents::size.eq(document.size),
        documents::sha256.eq(&document.sha256),
        documents::reading.eq(document.reading),
        documents::text.eq(text),
        documents::added_at.eq(document.added_at),
        documents::added_by_id.eq(document.added_by_id.as_ref()),
        documents::added_by.eq(&document.added_by),
    );
    diesel::insert_into(documents::table).values(row).execute(conn)?;
    Ok(())
}

pub fn find(conn: &mut Conn, id: &DocumentId) -> Result<Document> {
    let row: Row = documents::table.find(id).select(columns!()).first(conn)?;
    Ok(document(row))
}

pub fn list(conn: &mut Conn, record: &Record) -> Result<Vec<Document>> {
    let rows: Vec<Row> = of!(record).select(columns!()).order(documents::id).load(conn)?;
    Ok(rows.into_iter().map(document).collect())
}

pub fn texts(conn: &mut Conn, record: &Record) -> Result<Vec<String>> {
    Ok(of!(record).filter(documents::text.ne("")).order(documents::id).select(documents::text).load(conn)?)
}

pub fn texts_of(conn: &mut Conn, kind: &str, ids: &[String]) -> Result<Vec<(String, String)>> {
    Ok(documents::table
        .filter(documents::record_type.eq(kind))
        .filter(documents::record_id.eq_any(ids))
        .filter(documents::text.ne(""))
        .order(documents::id)
        .select((documents::record_id, documents::text))
        .load(conn)?)
}

/// Documents of the same bytes.
pub fn same(conn: &mut Conn, sha256: &str) -> Result<Vec<Document>> {
    let rows: Vec<Row> = documents::table.filter(documents::sha256.eq(sha256)).select(columns!()).order(documents::id).load(conn)?;
    Ok(rows.into_iter().map(document).collect())
}

pub fn delete(conn: &mut Conn, id: &DocumentId) -> Result<()> {
    diesel::delete(documents::table.find(id)).execute(conn)?;
    Ok(())
}

pub fn forget(conn: &mut Conn, record: &Record) -> Result<()> {
    diesel::delete(of!(record)).execute(conn)?;
    Ok(())
}

/// Those of these bytes that a row names.
pub fn named(conn: &mut Conn, sha256: &[String]) -> Result<Vec<String>> {
    Ok(documents::table.filter(documents::sha256.eq_any(sha256)).select(documents::sha256).distinct().load(conn)?)
}
