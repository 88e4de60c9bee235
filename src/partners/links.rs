//! The link that an organisation is mailed once a year: whoever reads its mailbox confirms its page, without an account.

use sha2::{Digest, Sha256};

use super::model::Partner;
use super::{service, store};
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::kernel::actor::{Actor, By, Role};
use crate::kernel::ids::OrganisationId;
use crate::kernel::{Chance, Moment};

/// How long a link may be followed.
pub const DAYS: i64 = 60;

/// Whose link it is, and what became of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Bearer {
    pub organisation_id: OrganisationId,
    pub recipient: String,
    pub used_at: Option<Moment>,
}

fn hashed(secret: &str) -> String {
    Sha256::digest(secret.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Makes a link for somebody; answers its secret, of which only the hash is kept.
pub fn make(conn: &mut Conn, id: &OrganisationId, recipient: &str, now: Moment, chance: &Chance) -> Result<String> {
    let secret = chance.secret();
    store::links::insert(conn, &hashed(&secret), id, recipient, now, now.plus_days(DAYS))?;
    Ok(secret)
}

/// The organisation of a link, or the one that it became. Reading it uses nothing: mail scanners follow links.
pub fn bearer(conn: &mut Conn, secret: &str, now: Moment) -> Result<(Partner, Bearer)> {
    let bearer = store::links::live(conn, &hashed(secret), now)?.ok_or(Error::NotFound)?;
    let found = store::whole(conn, &bearer.organisation_id)?;
    let partner = match &found.merged_into {
        Some(into) => store::whole(conn, into)?,
        None => found,
    };
    Ok((partner, bearer))
}

/// Confirms the page, over the version that was read. A link that was used is no longer one.
pub fn confirm(conn: &mut Conn, secret: &str, version: i32, now: Moment, chance: &Chance) -> Result<Partner> {
    let (partner, bearer) = bearer(conn, secret, now)?;
    if bearer.used_at.is_some() {
        return Ok(partner);
    }
    let actor = Actor {
        role: Role::Partner,
        name: format!("{} (lien reçu par e-mail)", partner.fields.name),
        organisation_id: Some(partner.id.clone()),
        ..Actor::command_line()
    };
    let confirmed = service::confirm(conn, By { actor: &actor, now, chance }, &partner.id, version)?;
    store::links::used(conn, &hashed(secret), now)?;
    Ok(confirmed)
}

/// May somebody still confirm by a link that was made for them?
pub fn may_confirm(conn: &mut Conn, id: &OrganisationId, recipient: &str, now: Moment) -> Result<bool> {
    store::links::has_unused(conn, id, recipient, now)
}

/// Forgets links that may no longer be followed, 30 days later.
pub fn purge(conn: &mut Conn, now: Moment) -> Result<usize> {
    store::links::purge(conn, now.plus_days(-30))
}
