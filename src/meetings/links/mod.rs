//! The link in the mails of a meeting: whoever was invited answers without an account.

pub mod pages;

use super::inviting;
use super::model::{Answer, Invitation};
use super::service::Meeting;
use super::store;
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::kernel::actor::{Actor, By, Role};
use crate::kernel::{Chance, Moment};

/// Whose link it is, and to which meeting. Reading it uses nothing: mail scanners follow links.
pub fn bearer(conn: &mut Conn, secret: &str) -> Result<(Invitation, Meeting)> {
    // What has not the shape of a secret is not looked for: PostgreSQL refuses a text with a NUL.
    let is_plausible = secret.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
    let one = if is_plausible { store::invitations::by_secret(conn, secret)? } else { None };
    let one = one.ok_or(Error::NotFound)?;
    let meeting = store::find(conn, &one.meeting_id)?;
    Ok((one, meeting))
}

/// Records what the bearer of a link answers. The same answer again changes nothing.
pub fn answer(conn: &mut Conn, secret: &str, said: &Answer, note: &str, now: Moment, chance: &Chance) -> Result<Invitation> {
    let (one, _) = bearer(conn, secret)?;
    let actor = Actor {
        role: Role::Partner,
        id: one.account_id.clone(),
        email: one.email.clone(),
        name: format!("{} (lien reçu par e-mail)", one.name),
        organisation_id: one.organisation_id.clone(),
        ..Actor::command_line()
    };
    inviting::answer(conn, By { actor: &actor, now, chance }, &one.id, said, note)
}
