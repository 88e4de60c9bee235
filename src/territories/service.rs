//! What is done with territories: read as an [`Atlas`], written by administrators.

use super::model::{Atlas, Territory};
use super::store;
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::kernel::Moment;

/// The territories as they now stand.
pub fn atlas(conn: &mut Conn) -> Result<Atlas> {
    store::all(conn).map(Atlas::new)
}

/// Adds a territory, or writes over the version that `territory.version` names (0 for a new one).
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
        return Err(Error::Refused("Des comptes, des actions ou d’autres territoires s’y rattachent : rattachez-les ailleurs d’abord.".into()));
    }
    if store::delete(conn, code)? { Ok(()) } else { Err(Error::NotFound) }
}
