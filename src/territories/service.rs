//! What is done with territories: read as an [`Atlas`], written by administrators.

use super::model::{Atlas, Territory};
use super::store;
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::events::{self, Event};
use crate::kernel::Moment;
use crate::kernel::actor::By;
use crate::outbox::{self, Job};

/// The territories as they now stand.
pub fn atlas(conn: &mut Conn) -> Result<Atlas> {
    store::all(conn).map(Atlas::new)
}

/// Adds or changes a territory as [`save`] does, for an administrator: the journal keeps it, and search is built anew when names or places moved.
pub fn change(conn: &mut Conn, by: By<'_>, territory: &Territory) -> Result<()> {
    let before = atlas(conn)?.territory(&territory.code).cloned();
    save(conn, territory, by.now)?;
    let what = if before.is_some() { "territory_changed" } else { "territory_added" };
    events::happened(conn, by, Event::Administered { kind: "territory", id: &territory.code, what })?;
    let found_by = |of: &Territory| (of.name.clone(), of.within.clone(), of.communes.clone(), of.parts.clone());
    if before.is_none_or(|before| found_by(&before) != found_by(territory)) {
        outbox::enqueue(conn, by.now, by.chance, &Job::Rebuild)?;
    }
    Ok(())
}

/// Removes a territory that nothing names any more, for an administrator.
pub fn remove(conn: &mut Conn, by: By<'_>, code: &str) -> Result<()> {
    delete(conn, code)?;
    events::happened(conn, by, Event::Administered { kind: "territory", id: code, what: "territory_removed" })?;
    outbox::enqueue(conn, by.now, by.chance, &Job::Rebuild).map(drop)
}

/// Adds a territory, or writes over the version that `territory.version` names (0 for a new one).
/// Whoever saves many builds the search index anew afterwards, once.
pub fn save(conn: &mut Conn, territory: &Territory, now: Moment) -> Result<()> {
    territory.check()?;
    let atlas = atlas(conn)?;
    if let Some(parent) = &territory.within {
        if atlas.territory(parent).is_none() {
            return Err(Error::field("within", format!("« {parent} » n’est pas un territoire de l’instance.")));
        }
        if atlas.makes_a_cycle(&territory.code, parent) {
            return Err(Error::field(
                "within",
                format!("{} est déjà dans {} : un territoire ne peut pas se contenir lui-même.", atlas.name(parent), territory.name),
            ));
        }
    }
    match atlas.territory(&territory.code) {
        None => store::insert(conn, territory, now),
        Some(_) if territory.version == 0 => Err(Error::field("code", "Ce code est déjà celui d’un autre territoire.")),
        Some(_) if store::update(conn, territory, now)? => Ok(()),
        Some(current) => Err(Error::Conflict { current: current.version }),
    }
}

/// Removes a territory that nothing names any more.
pub fn delete(conn: &mut Conn, code: &str) -> Result<()> {
    if store::uses(conn, code)? > 0 {
        return Err(Error::Refused(
            "Des comptes, des actions, des conventions ou d’autres territoires s’y rattachent : rattachez-les ailleurs d’abord.".into(),
        ));
    }
    if store::delete(conn, code)? { Ok(()) } else { Err(Error::NotFound) }
}
