//! Reading and writing the instance's identity.

use super::model::Instance;
use super::store;
use crate::accounts::model::By;
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::events::{self, Event};
use crate::kernel::{Chance, Moment, ids};
use crate::outbox::{self, Job};

const KEY: &str = "instance";
/// What tells this installation from others that may share a server with it.
const INSTALLATION: &str = "installation";

/// The identity and its version (0 while nobody has set it).
pub fn get(conn: &mut Conn) -> Result<(Instance, i32)> {
    match store::get(conn, KEY)? {
        None => Ok((Instance::default(), 0)),
        Some((json, version)) => {
            let instance = serde_json::from_str(&json).map_err(|error| Error::Internal(format!("the stored identity is not readable: {error}")))?;
            Ok((instance, version))
        }
    }
}

/// What this installation calls itself beside others, on a server that they share: made once, kept by backups and moves.
pub fn installation(conn: &mut Conn, now: Moment, chance: &Chance) -> Result<String> {
    if let Some((id, _)) = store::get(conn, INSTALLATION)? {
        return Ok(id);
    }
    let id = ids::new(now, chance);
    store::put(conn, INSTALLATION, &id, 0, now)?;
    Ok(id)
}

/// [`save`] for an administrator: the journal keeps it, and search is built anew when themes changed.
pub fn change(conn: &mut Conn, by: By<'_>, instance: &Instance, version: i32) -> Result<()> {
    let (before, _) = get(conn)?;
    save(conn, instance, version, by.now)?;
    events::happened(conn, by, Event::Administered { kind: "instance", id: KEY, what: "instance_changed" })?;
    if before.themes != instance.themes {
        outbox::enqueue(conn, by.now, by.chance, &Job::Rebuild)?;
    }
    Ok(())
}

pub fn save(conn: &mut Conn, instance: &Instance, version: i32, now: Moment) -> Result<()> {
    instance.check()?;
    let json = serde_json::to_string(instance).map_err(|error| Error::Internal(error.to_string()))?;
    if store::put(conn, KEY, &json, version, now)? {
        return Ok(());
    }
    Err(Error::Conflict { current: get(conn)?.1 })
}
