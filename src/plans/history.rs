//! The versions of a sheet: what was decided of it, what it said, and how an old text comes back.

use serde::Deserialize;

use super::model::{SheetGiven, SheetStage};
use super::service;
use crate::accounts::model::By;
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::events::Record;
use crate::kernel::Day;
use crate::kernel::ids::PlanId;
use crate::versions::{self, Version};

/// A version that says what the steering committee decided.
const DECIDED: &str = "sheet_decided";

/// What the steering committee decided of a sheet's stage.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Decision {
    pub stage: SheetStage,
    pub decided_on: Day,
    #[serde(skip)]
    pub reason: String,
}

/// The decision that a version is, if it is one.
pub fn decision(version: &Version) -> Option<Decision> {
    let decision = (version.event == DECIDED).then(|| serde_json::from_value::<Decision>(version.detail.clone()).ok()).flatten()?;
    Some(Decision { reason: version.reason.clone(), ..decision })
}

/// What was decided of a sheet, the latest first.
pub fn decisions(conn: &mut Conn, id: &PlanId, number: i32) -> Result<Vec<Decision>> {
    Ok(versions::made_by(conn, &Record::sheet(id, number), DECIDED)?.iter().filter_map(decision).collect())
}

/// A sheet as it was written at a version: the one that somebody read before another wrote, or one to compare.
pub fn text_at(conn: &mut Conn, id: &PlanId, number: i32, version: i32) -> Result<Option<SheetGiven>> {
    let unreadable = |error| Error::Internal(format!("version {version} of sheet {number} is not readable: {error}"));
    versions::content(conn, &Record::sheet(id, number), version)?.map(|content| serde_json::from_value(content).map_err(unreadable)).transpose()
}

/// Writes a sheet again as it was at version `restored`, over the `version` that was read. Its stage stays: it is the committee's to decide.
pub fn restore(conn: &mut Conn, by: By<'_>, id: &PlanId, number: i32, version: i32, restored: i32, reason: &str) -> Result<()> {
    service::may_write(conn, by)?;
    versions::find(conn, &Record::sheet(id, number), restored)?;
    let given = text_at(conn, id, number, restored)?.ok_or(Error::NotFound)?;
    if service::find(conn, id)?.orientation(given.orientation).is_none() {
        let gone = format!("Cette version était sous l’orientation {}, qui n’existe plus dans le schéma.", given.orientation);
        return Err(Error::field("orientation", gone));
    }
    service::rewrite_sheet(conn, by, id, number, version, &given, reason, Some(restored))
}
