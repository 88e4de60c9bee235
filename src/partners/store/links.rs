//! The SQL of mailed links.

use diesel::prelude::*;

use crate::db::Conn;
use crate::db::schema::organisation_links as table;
use crate::error::Result;
use crate::kernel::Moment;
use crate::kernel::ids::OrganisationId;
use crate::partners::links::Bearer;

/// Keeps the hash of a mailed secret.
pub fn insert(conn: &mut Conn, hash: &str, id: &OrganisationId, recipient: &str, now: Moment, expires_at: Moment) -> Result<()> {
    let row = (
        table::token_hash.eq(hash),
        table::organisation_id.eq(id),
        table::recipient.eq(recipient),
        table::created_at.eq(now),
        table::expires_at.eq(expires_at),
    );
    diesel::insert_into(table::table).values(row).execute(conn)?;
    Ok(())
}

/// Whose link this is, used or not, while it has not expired.
pub fn live(conn: &mut Conn, hash: &str, now: Moment) -> Result<Option<Bearer>> {
    let row: Option<(OrganisationId, String, Option<Moment>)> = table::table
        .find(hash)
        .filter(table::expires_at.gt(now))
        .select((table::organisation_id, table::recipient, table::used_at))
        .first(conn)
        .optional()?;
    Ok(row.map(|(organisation_id, recipient, used_at)| Bearer { organisation_id, recipient, used_at }))
}

/// Is there a link of this organisation, for this recipient, that was not followed and has not expired?
pub fn has_unused(conn: &mut Conn, id: &OrganisationId, recipient: &str, now: Moment) -> Result<bool> {
    let theirs = table::table.filter(table::organisation_id.eq(id)).filter(table::recipient.eq(recipient));
    let live = theirs.filter(table::used_at.is_null()).filter(table::expires_at.gt(now)).select(table::token_hash);
    Ok(live.first::<String>(conn).optional()?.is_some())
}

pub fn used(conn: &mut Conn, hash: &str, now: Moment) -> Result<()> {
    diesel::update(table::table.find(hash)).set(table::used_at.eq(now)).execute(conn)?;
    Ok(())
}

pub fn purge(conn: &mut Conn, before: Moment) -> Result<usize> {
    Ok(diesel::delete(table::table.filter(table::expires_at.lt(before))).execute(conn)?)
}
