//! The SQL of the demonstration: forgetting what its past would still send.

use diesel::prelude::*;

use crate::db::Conn;
use crate::db::schema::{mails, outbox};
use crate::error::Result;

pub fn forget_effects(conn: &mut Conn) -> Result<()> {
    diesel::delete(outbox::table).execute(conn)?;
    diesel::delete(mails::table).execute(conn)?;
    Ok(())
}
