//! The address of a personal calendar: a token that names an account, until it is revoked.

use crate::accounts::model::{AccountStage, Actor, By};
use crate::accounts::{self, sign_in};
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::events::{self, Event};
use crate::kernel::ids::AccountId;
use crate::meetings::store;

pub use store::calendars::token_of;

/// Opens the calendar of an account; one that is open stays as it is.
pub fn open(conn: &mut Conn, by: By<'_>, account: &AccountId) -> Result<()> {
    if token_of(conn, account)?.is_some() {
        return Ok(());
    }
    store::calendars::insert_token(conn, account, &by.chance.secret(), by.now)?;
    events::happened(conn, by, Event::Administered { kind: "account", id: account.as_str(), what: "calendar_opened" })
}

/// Closes it: programs that follow it are answered that there is none.
pub fn close(conn: &mut Conn, by: By<'_>, account: &AccountId) -> Result<()> {
    if !store::calendars::remove_token(conn, account)? {
        return Ok(());
    }
    events::happened(conn, by, Event::Administered { kind: "account", id: account.as_str(), what: "calendar_closed" })
}

/// Whose calendar it is, with the rights that they have now.
pub fn reader(conn: &mut Conn, token: &str) -> Result<Actor> {
    let is_plausible = token.len() == 43 && token.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
    if !is_plausible {
        return Err(Error::NotFound);
    }
    let id = store::calendars::account_of(conn, token)?.ok_or(Error::NotFound)?;
    let account = accounts::service::find(conn, &id)?;
    if account.stage != AccountStage::Active {
        return Err(Error::NotFound);
    }
    sign_in::actor(conn, account)
}
