//! The SQL of organisations that are said not to be the same.

use std::collections::BTreeSet;

use diesel::prelude::*;

use crate::db::schema::organisations_apart as table;
use crate::db::{Conn, on_either};
use crate::error::Result;
use crate::kernel::Moment;
use crate::kernel::ids::OrganisationId;

/// Every pair that was told apart, the smaller identifier first.
pub fn all(conn: &mut Conn) -> Result<BTreeSet<(OrganisationId, OrganisationId)>> {
    let rows: Vec<(OrganisationId, OrganisationId)> = table::table.select((table::one_id, table::other_id)).load(conn)?;
    Ok(rows.into_iter().collect())
}

/// Keeps that two organisations are not the same, the smaller identifier first; false when it was said already.
pub fn insert(conn: &mut Conn, one: &OrganisationId, other: &OrganisationId, now: Moment) -> Result<bool> {
    let row = (table::one_id.eq(one), table::other_id.eq(other), table::at.eq(now));
    let added = on_either!(conn, |conn| diesel::insert_into(table::table).values(row).on_conflict_do_nothing().execute(conn)?);
    Ok(added > 0)
}
