//! What pages read of conventions beside one of them: counts, figures, and those that concern another record.

use std::collections::BTreeSet;

use super::model::Act;
use super::service::{Convention, Facets, Filter, Signed, count, departement, list, readable};
use super::store;
use crate::accounts::model::{Actor, Viewer};
use crate::db::Conn;
use crate::error::Result;
use crate::kernel::Page;
use crate::kernel::ids::{ConventionId, OrganisationId};
use crate::partners;

/// What another record's page shows at most.
const SHOWN: Page = Page { number: 1, size: Page::LARGEST };

/// The organisations that the viewer may not know of: a convention that is open may name one that is not.
pub fn hidden(conn: &mut Conn, viewer: &Viewer) -> Result<BTreeSet<String>> {
    if viewer.is_agent() {
        return Ok(BTreeSet::new());
    }
    let known: BTreeSet<OrganisationId> = partners::service::readable(conn, viewer)?.into_iter().map(|one| one.id).collect();
    Ok(partners::service::all(conn)?.into_iter().filter(|one| !known.contains(&one.id)).map(|one| one.id.to_string()).collect())
}

/// Does an act name one of these organisations?
pub fn names_any(act: &Act, hidden: &BTreeSet<String>) -> bool {
    let said = if hidden.is_empty() { String::new() } else { serde_json::to_string(&act.content).unwrap_or_default() };
    hidden.iter().any(|id| said.contains(id.as_str()))
}

/// How many conventions each choice of each filter would give.
pub fn facets(conn: &mut Conn, viewer: &Viewer, filter: &Filter) -> Result<Facets> {
    let departement = departement(conn)?;
    store::facets(conn, viewer, &departement, filter)
}

/// Every signed convention that the viewer may find, as far as figures need it.
pub fn signed(conn: &mut Conn, viewer: &Viewer) -> Result<Vec<Signed>> {
    let departement = departement(conn)?;
    store::signed(conn, viewer, &departement)
}

/// The organisations with which a convention that the viewer may read is in force.
pub fn organisations_in_force(conn: &mut Conn, viewer: &Viewer) -> Result<BTreeSet<OrganisationId>> {
    let departement = departement(conn)?;
    store::organisations_in_force(conn, viewer, &departement)
}

/// Is a convention that this partner may read signed, or to be signed, with their organisation?
pub fn is_party(conn: &mut Conn, actor: &Actor) -> Result<bool> {
    let Some(organisation) = &actor.organisation_id else { return Ok(false) };
    let filter = Filter { partners: vec![organisation.clone()], ..Filter::default() };
    Ok(count(conn, &Viewer(Some(actor.clone())), &filter)? > 0)
}

/// The conventions that come after this one.
pub fn replacing(conn: &mut Conn, viewer: &Viewer, id: &ConventionId) -> Result<Vec<Convention>> {
    let departement = departement(conn)?;
    store::replacing(conn, viewer, &departement, id)
}

/// Those in force among what a filter keeps, the next term first: what another record's page shows of them.
pub fn in_force(conn: &mut Conn, viewer: &Viewer, filter: Filter) -> Result<Vec<Convention>> {
    let filter = Filter { in_force: Some(true), by_term: true, ..filter };
    Ok(list(conn, viewer, &filter, SHOWN)?.items)
}

/// The conventions of an organisation that the viewer may read, what binds it first.
pub fn of_partner(conn: &mut Conn, viewer: &Viewer, partner: &OrganisationId) -> Result<Vec<Convention>> {
    let filter = Filter { partners: vec![partner.clone()], by_term: true, ..Filter::default() };
    Ok(list(conn, viewer, &filter, SHOWN)?.items)
}

/// Those of these conventions that the viewer may read, whole.
pub fn readable_ones(conn: &mut Conn, viewer: &Viewer, ids: &[ConventionId]) -> Result<Vec<Convention>> {
    let ids = readable(conn, viewer, ids)?;
    store::by_ids(conn, &ids)
}
