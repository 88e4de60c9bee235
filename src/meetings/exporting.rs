//! Meetings taken away in files: many, in batches, each only if the viewer may read it.

use serde_json::{Map, Value, json};

use super::record;
use super::service::Meeting;
use super::store;
use crate::accounts::model::Viewer;
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::kernel::Moment;
use crate::kernel::ids::MeetingId;

/// A batch of a walk through all meetings.
pub struct Batch {
    pub readable: Vec<Meeting>,
    /// Where the walk goes on; None at its end.
    pub last: Option<MeetingId>,
}

/// The next `most` meetings after an identifier (empty: from the first).
pub fn after(conn: &mut Conn, viewer: &Viewer, after: &str, most: usize) -> Result<Batch> {
    let found = store::after(conn, after, i64::try_from(most).unwrap_or(i64::MAX))?;
    let last = found.last().map(|meeting| meeting.id.clone());
    let ids: Vec<MeetingId> = found.into_iter().map(|meeting| meeting.id).collect();
    Ok(Batch { readable: readable(conn, viewer, &ids)?, last })
}

/// Those of these meetings that the viewer may read, in their order.
pub fn readable(conn: &mut Conn, viewer: &Viewer, ids: &[MeetingId]) -> Result<Vec<Meeting>> {
    let known = store::readable_of(conn, viewer, ids)?;
    let mut found = store::by_ids(conn, &known)?;
    found.sort_by_key(|meeting| ids.iter().position(|id| *id == meeting.id));
    Ok(found)
}

/// What files hold of meetings that the viewer may read.
pub fn records(conn: &mut Conn, viewer: &Viewer, meetings: Vec<Meeting>, now: Moment) -> Result<Vec<Map<String, Value>>> {
    let records = record::records(conn, viewer, meetings, now)?;
    records.into_iter().map(|record| serde_json::to_value(record).map_err(|error| Error::Internal(error.to_string())).map(told)).collect()
}

/// An item of the agenda says only what was written of it: its key is its meeting's own.
fn told(record: Value) -> Map<String, Value> {
    let Value::Object(mut record) = record else { return Map::new() };
    for item in record.get_mut("agenda").and_then(Value::as_array_mut).into_iter().flatten().filter_map(Value::as_object_mut) {
        item.remove("key");
        item.retain(|_, value| !value.is_null() && *value != json!(""));
    }
    record
}
