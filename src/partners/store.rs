//! The SQL of organisations.

use diesel::prelude::*;

use super::model::{Organisation, OrganisationKind};
use crate::db::Conn;
use crate::db::schema::{accounts, action_partners, convention_parties, organisations};
use crate::error::Result;
use crate::kernel::Moment;
use crate::kernel::ids::OrganisationId;
use crate::kernel::text::fold;

type Row = (OrganisationId, Option<String>, String, OrganisationKind, i32);

fn organisation((id, external_id, name, kind, version): Row) -> Organisation {
    Organisation { id, external_id, name, kind, version }
}

/// Every organisation, by name.
pub fn all(conn: &mut Conn) -> Result<Vec<Organisation>> {
    let rows: Vec<Row> = organisations::table
        .select((organisations::id, organisations::external_id, organisations::name, organisations::kind, organisations::version))
        .order((organisations::name_folded, organisations::id))
        .load(conn)?;
    Ok(rows.into_iter().map(organisation).collect())
}

pub fn find(conn: &mut Conn, id: &OrganisationId) -> Result<Organisation> {
    let row: Row = organisations::table
        .find(id)
        .select((organisations::id, organisations::external_id, organisations::name, organisations::kind, organisations::version))
        .first(conn)?;
    Ok(organisation(row))
}

pub fn insert(conn: &mut Conn, organisation: &Organisation, now: Moment) -> Result<()> {
    diesel::insert_into(organisations::table)
        .values((
            organisations::id.eq(&organisation.id),
            organisations::external_id.eq(&organisation.external_id),
            organisations::name.eq(&organisation.name),
            organisations::name_folded.eq(fold(&organisation.name)),
            organisations::kind.eq(organisation.kind),
            organisations::version.eq(1),
            organisations::created_at.eq(now),
            organisations::updated_at.eq(now),
        ))
        .execute(conn)?;
    Ok(())
}

pub fn update(conn: &mut Conn, organisation: &Organisation, now: Moment) -> Result<bool> {
    let current = organisations::table.filter(organisations::id.eq(&organisation.id)).filter(organisations::version.eq(organisation.version));
    let changed = diesel::update(current)
        .set((
            organisations::name.eq(&organisation.name),
            organisations::name_folded.eq(fold(&organisation.name)),
            organisations::kind.eq(organisation.kind),
            organisations::version.eq(organisation.version + 1),
            organisations::updated_at.eq(now),
        ))
        .execute(conn)?;
    Ok(changed == 1)
}

pub fn delete(conn: &mut Conn, id: &OrganisationId) -> Result<bool> {
    Ok(diesel::delete(organisations::table.find(id)).execute(conn)? == 1)
}

pub fn uses(conn: &mut Conn, id: &OrganisationId) -> Result<i64> {
    let people: i64 = accounts::table.filter(accounts::organisation_id.eq(id)).count().get_result(conn)?;
    let actions: i64 = action_partners::table.filter(action_partners::organisation_id.eq(id)).count().get_result(conn)?;
    let conventions: i64 = convention_parties::table.filter(convention_parties::organisation_id.eq(id)).count().get_result(conn)?;
    Ok(people + actions + conventions)
}
