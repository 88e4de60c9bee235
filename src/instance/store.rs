//! The SQL of settings.

use diesel::prelude::*;

use crate::db::Conn;
use crate::db::schema::settings;
use crate::error::Result;
use crate::kernel::Moment;

pub fn get(conn: &mut Conn, key: &str) -> Result<Option<(String, i32)>> {
    Ok(settings::table.find(key).select((settings::value, settings::version)).first(conn).optional()?)
}

/// Writes over version `version` (0 when there is none yet); false when it is no longer the current one.
pub fn put(conn: &mut Conn, key: &str, value: &str, version: i32, now: Moment) -> Result<bool> {
    if get(conn, key)?.is_none() {
        let row = (settings::key.eq(key), settings::value.eq(value), settings::version.eq(1), settings::updated_at.eq(now));
        return Ok(version == 0 && diesel::insert_into(settings::table).values(row).execute(conn)? == 1);
    }
    let current = settings::table.filter(settings::key.eq(key)).filter(settings::version.eq(version));
    let row = (settings::value.eq(value), settings::version.eq(version + 1), settings::updated_at.eq(now));
    Ok(diesel::update(current).set(row).execute(conn)? == 1)
}
