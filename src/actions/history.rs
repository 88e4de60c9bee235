//! The versions of an action: read by those who may write it, restored by the rules of any change.

use serde_json::{Map, Value};

use super::model::ActionFields;
use super::service::{self, Action, Again, World};
use crate::accounts::model::By;
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::events::Record;
use crate::kernel::ids::ActionId;
use crate::versions;

/// What people wrote, as it stood at a version: the one that somebody read before another wrote, or one to compare.
pub fn fields_at(conn: &mut Conn, id: &ActionId, number: i32) -> Result<Option<ActionFields>> {
    let unreadable = |error| Error::Internal(format!("version {number} of action {id} is not readable: {error}"));
    versions::content(conn, &Record::action(id), number)?.map(|content| serde_json::from_value(content).map_err(unreadable)).transpose()
}

/// Writes an action again as it was at version `number`, over the `version` that was read. The old text is checked as a new one is.
pub fn restore(conn: &mut Conn, by: By<'_>, id: &ActionId, version: i32, number: i32, reason: &str) -> Result<Action> {
    let viewer = crate::accounts::model::Viewer(Some(by.actor.clone()));
    service::find_to_write(conn, &viewer, id)?;
    let record = Record::action(id);
    versions::find(conn, &record, number)?;
    let given = given(versions::content(conn, &record, number)?)?;
    let world = World::load(conn)?;
    service::rewrite(conn, by, id, version, &given, &world, Again { reason, restored: Some(number) })
}

/// The fields that a version gives back. What other programs know the action by is no part of its text: it stays as it is.
fn given(content: Option<Value>) -> Result<Map<String, Value>> {
    let Some(Value::Object(mut given)) = content else { return Err(Error::NotFound) };
    given.remove("external_id");
    Ok(given)
}
