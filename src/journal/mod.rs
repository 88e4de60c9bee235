//! The journal: who did what to which record, and when. Lines are only ever added.

mod store;

use crate::accounts::model::By;
use crate::db::Conn;
use crate::error::Result;
use crate::events::Record;
use crate::kernel::{Moment, ids};

/// One line, as a record's page shows it.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Line {
    pub at: Moment,
    pub actor: String,
    pub event: String,
    pub detail: serde_json::Value,
}

pub fn write(conn: &mut Conn, by: By<'_>, event: &str, record: &Record, detail: &serde_json::Value) -> Result<()> {
    store::insert(conn, &ids::new(by.now, by.chance), by, event, record, &detail.to_string())
}

/// The lines of a record, the latest first.
pub fn of(conn: &mut Conn, kind: &str, id: &str, most: i64) -> Result<Vec<Line>> {
    store::of(conn, kind, id, most)
}

/// When the last line of all was written.
pub fn last(conn: &mut Conn) -> Result<Option<Moment>> {
    store::last(conn)
}
