//! The SQL of answers kept.

use diesel::prelude::*;

use super::Key;
use crate::db::schema::idempotency;
use crate::db::{Conn, on_either};
use crate::error::Result;
use crate::kernel::Moment;

const CREATED: i32 = 201;

/// Takes a key; false when it is taken. Another transaction that is taking it is waited for.
pub fn take(conn: &mut Conn, key: &Key, now: Moment) -> Result<bool> {
    let row = (
        idempotency::account_id.eq(&key.account),
        idempotency::key.eq(&key.key),
        idempotency::request_hash.eq(&key.request_hash),
        idempotency::status.eq(CREATED),
        idempotency::body.eq(""),
        idempotency::created_at.eq(now),
    );
    Ok(on_either!(conn, |conn| diesel::insert_into(idempotency::table).values(row).on_conflict_do_nothing().execute(conn))? == 1)
}

pub fn keep(conn: &mut Conn, key: &Key, body: &str) -> Result<()> {
    diesel::update(idempotency::table.find((&key.account, &key.key))).set(idempotency::body.eq(body)).execute(conn)?;
    Ok(())
}

/// The hash of the request that took the key, and its answer.
pub fn kept(conn: &mut Conn, key: &Key) -> Result<(String, String)> {
    Ok(idempotency::table.find((&key.account, &key.key)).select((idempotency::request_hash, idempotency::body)).first(conn)?)
}

pub fn forget(conn: &mut Conn, key: &Key, before: Moment) -> Result<()> {
    let old = idempotency::table.find((&key.account, &key.key)).filter(idempotency::created_at.lt(before));
    diesel::delete(old).execute(conn)?;
    Ok(())
}
