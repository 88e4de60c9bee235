//! The versions of an organisation: read by those who may write it, restored by the rules of any change.

use serde_json::Value;

use super::model::{OrganisationFields, Partner};
use super::service::{self, Again};
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::events::Record;
use crate::kernel::actor::{By, Viewer};
use crate::kernel::ids::OrganisationId;
use crate::versions;

/// What people wrote, as it stood at a version: the one that somebody read before another wrote, or one to compare.
pub fn fields_at(conn: &mut Conn, id: &OrganisationId, number: i32) -> Result<Option<OrganisationFields>> {
    let unreadable = |error| Error::Internal(format!("version {number} of organisation {id} is not readable: {error}"));
    versions::content(conn, &Record::partner(id), number)?.map(|content| serde_json::from_value(content).map_err(unreadable)).transpose()
}

/// Writes an organisation again as it was at version `number`, over the `version` that was read. The old text is checked as a new one is.
pub fn restore(conn: &mut Conn, by: By<'_>, id: &OrganisationId, version: i32, number: i32, reason: &str) -> Result<Partner> {
    service::find_to_write(conn, &Viewer(Some(by.actor.clone())), id)?;
    let record = Record::partner(id);
    versions::find(conn, &record, number)?;
    let Some(Value::Object(mut given)) = versions::content(conn, &record, number)? else { return Err(Error::NotFound) };
    // What other programs know it by is no part of its text.
    given.remove("external_id");
    let reason = service::comment("reason", reason)?;
    service::rewrite(conn, by, id, version, &given, Again { reason: &reason, restored: Some(number) })
}
