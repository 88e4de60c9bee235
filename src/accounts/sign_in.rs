//! Signing in: a password checked, a session opened, tries counted.

use std::net::Ipv6Addr;

use sha2::{Digest, Sha256};

use super::model::{Account, AccountStage, Actor};
use super::passwords;
use super::store::{self, sessions};
use crate::db::{Conn, Db};
use crate::error::{Error, Result};
use crate::kernel::ids::AccountId;
use crate::kernel::{Chance, EmailAddress, Moment};
use crate::territories::model::Atlas;

/// What a database keeps of a secret.
pub fn hashed(secret: &str) -> String {
    Sha256::digest(secret.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Where a request comes from, as far as it says.
#[derive(Clone, Debug)]
pub struct Origin {
    pub address: String,
    pub agent: String,
}

impl Origin {
    /// Whom tries are counted for: the address, or all those of its subscriber, who gets 2⁶⁴ of version 6.
    pub fn network(&self) -> String {
        match self.address.parse::<Ipv6Addr>() {
            Ok(address) => format!("{}/64", Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX))),
            Err(_) => self.address.clone(),
        }
    }
}

/// Checks a password and opens a session; answers its secret, for the cookie. Unknown and known addresses are refused alike.
pub async fn sign_in(db: &Db, email: &str, password: String, origin: Origin, now: Moment, chance: &Chance) -> Result<String> {
    let refused = || Error::field("email", "Adresse ou mot de passe incorrect. Vérifiez les deux, ou demandez un nouveau mot de passe.");
    let email = EmailAddress::parse(email).ok_or_else(refused)?;
    let keys = [format!("pair:{}:{}", hashed(&email.mailbox()), origin.network()), format!("address:{}", origin.network())];
    let looked_up = {
        let (email, keys) = (email.clone(), keys.clone());
        db.read(move |conn| {
            sessions::wait_of(conn, &keys, now)?;
            store::by_email(conn, &email)
        })
        .await
    };
    let known = match looked_up {
        Err(Error::Throttled { seconds }) => {
            record(db, None, origin, "throttled", now, chance).await?;
            return Err(Error::Throttled { seconds });
        }
        other => other?,
    };
    let hash = known.as_ref().and_then(|(_, _, hash)| hash.clone());
    let verified = tokio::task::spawn_blocking(move || passwords::verify(&password, hash.as_deref())).await.unwrap_or(false);
    let id = match known {
        Some((id, AccountStage::Active, _)) if verified => id,
        known => {
            record(db, known.map(|(id, _, _)| id), origin, "refused", now, chance).await?;
            db.write(move |conn| keys.iter().try_for_each(|key| sessions::count_failure(conn, key, now))).await?;
            return Err(refused());
        }
    };
    let secret = chance.secret();
    let (hash, chance) = (hashed(&secret), chance.clone());
    db.write(move |conn| {
        sessions::forgive(conn, &keys[0])?;
        sessions::open_session(conn, &hash, &id, &origin, now, &chance)?;
        sessions::insert_sign_in(conn, Some(&id), &origin, "accepted", now, &chance)?;
        store::signed_in(conn, &id, now)
    })
    .await?;
    Ok(secret)
}

async fn record(db: &Db, id: Option<AccountId>, origin: Origin, outcome: &'static str, now: Moment, chance: &Chance) -> Result<()> {
    let chance = chance.clone();
    db.write(move |conn| sessions::insert_sign_in(conn, id.as_ref(), &origin, outcome, now, &chance)).await
}

/// An account at work, with all that lies in its territories.
pub fn actor(conn: &mut Conn, account: Account) -> Result<Actor> {
    let atlas = if account.territories.is_empty() { Atlas::default() } else { crate::territories::service::atlas(conn)? };
    Ok(actor_in(account, &atlas))
}

/// [`actor`], the atlas already read.
pub fn actor_in(account: Account, atlas: &Atlas) -> Actor {
    let mut reach = account.territories.clone();
    reach.extend(account.territories.iter().flat_map(|code| atlas.inside(code)));
    Actor {
        id: Some(account.id),
        email: account.email,
        name: account.name,
        role: account.role,
        organisation_id: account.organisation_id,
        territories: account.territories,
        reach,
    }
}
