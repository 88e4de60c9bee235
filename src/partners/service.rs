//! What is done with organisations.

use super::model::{Organisation, OrganisationKind};
use super::store;
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::events::{self, Event};
use crate::kernel::actor::By;
use crate::kernel::ids::OrganisationId;
use crate::kernel::{Chance, Moment};

/// Every organisation, by name.
pub fn all(conn: &mut Conn) -> Result<Vec<Organisation>> {
    store::all(conn)
}

pub fn find(conn: &mut Conn, id: &OrganisationId) -> Result<Organisation> {
    store::find(conn, id)
}

fn checked_name(name: &str) -> Result<String> {
    let name = crate::kernel::text::clean(name);
    if name.is_empty() || name.chars().count() > 250 {
        return Err(Error::field("name", "Donnez un nom de 250 caractères au plus."));
    }
    Ok(name)
}

pub fn add(conn: &mut Conn, name: &str, kind: OrganisationKind, now: Moment, chance: &Chance) -> Result<Organisation> {
    let organisation = Organisation { id: OrganisationId::new(now, chance), external_id: None, name: checked_name(name)?, kind, version: 1 };
    store::insert(conn, &organisation, now)?;
    Ok(organisation)
}

/// Renames or sorts anew, over the version that was read.
pub fn change(conn: &mut Conn, id: &OrganisationId, name: &str, kind: OrganisationKind, version: i32, now: Moment) -> Result<()> {
    let current = store::find(conn, id)?;
    let changed = Organisation { name: checked_name(name)?, kind, version, ..current.clone() };
    if store::update(conn, &changed, now)? { Ok(()) } else { Err(Error::Conflict { current: current.version }) }
}

/// Removes an organisation that nobody belongs to and no action names.
pub fn remove(conn: &mut Conn, id: &OrganisationId) -> Result<()> {
    if store::uses(conn, id)? > 0 {
        return Err(Error::Refused("Des comptes, des actions ou des conventions s’y rattachent : il ne peut pas être supprimé.".into()));
    }
    if store::delete(conn, id)? { Ok(()) } else { Err(Error::NotFound) }
}

/// [`add`], for an administrator: the journal keeps it.
pub fn add_by(conn: &mut Conn, by: By<'_>, name: &str, kind: OrganisationKind) -> Result<Organisation> {
    let organisation = add(conn, name, kind, by.now, by.chance)?;
    told(conn, by, &organisation.id, "organisation_added")?;
    Ok(organisation)
}

/// [`change`], for an administrator.
pub fn change_by(conn: &mut Conn, by: By<'_>, id: &OrganisationId, name: &str, kind: OrganisationKind, version: i32) -> Result<()> {
    change(conn, id, name, kind, version, by.now)?;
    told(conn, by, id, "organisation_changed")
}

/// [`remove`], for an administrator.
pub fn remove_by(conn: &mut Conn, by: By<'_>, id: &OrganisationId) -> Result<()> {
    remove(conn, id)?;
    told(conn, by, id, "organisation_removed")
}

fn told(conn: &mut Conn, by: By<'_>, id: &OrganisationId, what: &'static str) -> Result<()> {
    events::happened(conn, by, Event::Administered { kind: "organisation", id: id.as_str(), what })
}
