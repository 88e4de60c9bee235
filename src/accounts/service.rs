//! What is done with accounts: invited, changed, closed, and let back in by a mailed link.

use super::model::{Account, AccountStage, Actor, By, LinkPurpose, Role};
use super::sign_in::hashed;
use super::{passwords, store};
use crate::db::{Conn, Db};
use crate::error::{Error, Result};
use crate::events::{self, Event};
use crate::kernel::ids::{AccountId, OrganisationId};
use crate::kernel::text::{clean, excerpt};
use crate::kernel::{Chance, EmailAddress, FieldErrors, Moment, Page};
use crate::{partners, territories};

pub use store::sessions::{
    Limit, account_of_session, account_of_token, end_session, end_sessions, open_session, purge as purge_sessions, seen, sessions, throttle,
    token_used, tokens,
};
pub use store::{active_among, active_with_role, count, find, of_addresses, of_ids};

/// A mailed link may be used for a day.
pub const LINK_HOURS: i64 = 24;

/// What an administrator gives of an account.
#[derive(Clone, Debug, Default)]
pub struct Given {
    pub email: String,
    pub name: String,
    pub job: String,
    pub role: String,
    pub territories: Vec<String>,
    pub organisation: String,
}

struct Checked {
    email: EmailAddress,
    name: String,
    job: String,
    role: Role,
    organisation_id: Option<OrganisationId>,
}

impl Given {
    fn check(&self, conn: &mut Conn) -> Result<Checked> {
        let mut errors = FieldErrors::default();
        let email = EmailAddress::parse(&self.email);
        if email.is_none() {
            errors.add("email", format!("« {} » n’est pas une adresse e-mail complète, comme prenom.nom@departement.example.", excerpt(&self.email)));
        }
        let (name, job) = (clean(&self.name), clean(&self.job));
        if name.is_empty() || name.chars().count() > 120 || name.contains('\n') {
            errors.add("name", "Donnez le prénom et le nom (120 caractères au plus).");
        }
        if job.chars().count() > 120 || job.contains('\n') {
            errors.add("job", "Décrivez la fonction en 120 caractères au plus.");
        }
        let role = Role::parse(&self.role);
        if role.is_none() {
            errors.add("role", format!("« {} » n’est pas un rôle.", excerpt(&self.role)));
        }
        let atlas = territories::service::atlas(conn)?;
        for code in self.territories.iter().filter(|code| !atlas.knows(code)) {
            errors.add("territories", format!("« {} » n’est pas le code d’un territoire.", excerpt(code)));
        }
        if matches!(role, Some(Role::Worker | Role::Manager)) && self.territories.is_empty() {
            errors.add("territories", "Choisissez au moins un territoire.");
        }
        let organisation_id = OrganisationId::parse(&self.organisation);
        let known = match &organisation_id {
            Some(id) => partners::service::find(conn, id).is_ok(),
            None => self.organisation.is_empty(),
        };
        if !known {
            errors.add("organisation", "Ce partenaire n’existe pas.");
        } else if role == Some(Role::Partner) && organisation_id.is_none() {
            errors.add("organisation", "Choisissez le partenaire auquel cette personne appartient.");
        }
        match (email, role) {
            (Some(email), Some(role)) if errors.is_empty() => Ok(Checked { email, name, job, role, organisation_id }),
            _ => Err(errors.into()),
        }
    }
}

/// Adds an account; without a password its bearer is sent a link to choose one.
pub fn add(conn: &mut Conn, by: By<'_>, given: &Given, password_hash: Option<&str>) -> Result<Account> {
    let checked = given.check(conn)?;
    if store::by_email(conn, &checked.email)?.is_some() {
        return Err(Error::field("email", format!("{} a déjà un compte.", checked.email)));
    }
    let account = Account {
        id: AccountId::new(by.now, by.chance),
        email: checked.email.as_str().to_owned(),
        name: checked.name,
        job: checked.job,
        role: checked.role,
        organisation_id: checked.organisation_id,
        stage: AccountStage::Invited,
        territories: given.territories.iter().cloned().collect(),
        version: 1,
        signed_in_at: None,
    };
    store::insert(conn, &account, by.now)?;
    match password_hash {
        Some(hash) => store::set_password(conn, &account.id, hash, by.now)?,
        None => send_link(conn, by, &account, LinkPurpose::Invitation, "account_added")?,
    }
    events::happened(conn, by, Event::AccountAdded { id: &account.id })?;
    Ok(account)
}

/// Changes an account over the version that was read. Whoever loses rights loses them at once: rights are read at each request.
pub fn change(conn: &mut Conn, by: By<'_>, id: &AccountId, version: i32, given: &Given) -> Result<()> {
    let current = store::find(conn, id)?;
    let checked = given.check(conn)?;
    if store::by_email(conn, &checked.email)?.is_some_and(|(other, ..)| other != *id) {
        return Err(Error::field("email", format!("{} a déjà un compte.", checked.email)));
    }
    let changed = Account {
        email: checked.email.as_str().to_owned(),
        name: checked.name,
        job: checked.job,
        role: checked.role,
        organisation_id: checked.organisation_id,
        territories: given.territories.iter().cloned().collect(),
        version,
        ..current.clone()
    };
    keep_an_administrator(conn, &current, &changed)?;
    write(conn, by, &changed, current.version, Event::AccountChanged { id })
}

/// Gives the accounts of an organisation to the one that it became.
pub fn change_organisation(conn: &mut Conn, by: By<'_>, from: &OrganisationId, to: &OrganisationId) -> Result<()> {
    for account in store::of_organisation(conn, from)? {
        let (id, version) = (account.id.clone(), account.version);
        let moved = Account { organisation_id: Some(to.clone()), ..account };
        write(conn, by, &moved, version, Event::AccountChanged { id: &id })?;
    }
    Ok(())
}

/// The accounts of an organisation that are at work.
pub fn active_of_organisation(conn: &mut Conn, id: &OrganisationId) -> Result<Vec<Account>> {
    Ok(store::of_organisation(conn, id)?.into_iter().filter(|account| account.stage == AccountStage::Active).collect())
}

/// Closes an account: its sessions end, its tokens stop working, what it wrote stays.
pub fn close(conn: &mut Conn, by: By<'_>, id: &AccountId, version: i32) -> Result<()> {
    let current = store::find(conn, id)?;
    let closed = Account { stage: AccountStage::Closed, version, ..current.clone() };
    keep_an_administrator(conn, &current, &closed)?;
    end_sessions(conn, id, None, None, by.now)?;
    write(conn, by, &closed, current.version, Event::AccountClosed { id })
}

/// Opens a closed account again; its bearer chooses a new password by a mailed link.
pub fn reopen(conn: &mut Conn, by: By<'_>, id: &AccountId, version: i32) -> Result<()> {
    let current = store::find(conn, id)?;
    let opened = Account { stage: AccountStage::Invited, version, ..current.clone() };
    write(conn, by, &opened, current.version, Event::AccountChanged { id })?;
    send_link(conn, by, &opened, LinkPurpose::Invitation, "invited_again")
}

/// Sends the invitation, or a link for a new password, once more; answers which.
pub fn send_link_again(conn: &mut Conn, by: By<'_>, id: &AccountId) -> Result<LinkPurpose> {
    let account = store::find(conn, id)?;
    let (purpose, event) = match account.stage {
        AccountStage::Invited => (LinkPurpose::Invitation, "invited_again"),
        AccountStage::Active => (LinkPurpose::Reset, "link_asked"),
        AccountStage::Closed => return Err(Error::Refused("Ce compte est fermé : rouvrez-le d’abord.".into())),
    };
    send_link(conn, by, &account, purpose, event)?;
    Ok(purpose)
}

/// Sends a link for a new password if the address has an account at work; says nothing of whether it has.
pub fn forgotten(conn: &mut Conn, email: &EmailAddress, address: &str, now: Moment, chance: &Chance) -> Result<()> {
    throttle(conn, "forgotten", address, Limit::REQUESTS, now)?;
    let Some((id, stage, _)) = store::by_email(conn, email)? else { return Ok(()) };
    let by = By { actor: &Actor::command_line(), now, chance };
    match (stage, store::find(conn, &id)?) {
        (AccountStage::Closed, _) => Ok(()),
        (AccountStage::Active, account) => send_link(conn, by, &account, LinkPurpose::Reset, "link_asked"),
        (AccountStage::Invited, account) => send_link(conn, by, &account, LinkPurpose::Invitation, "invited_again"),
    }
}

fn write(conn: &mut Conn, by: By<'_>, account: &Account, current: i32, event: Event<'_>) -> Result<()> {
    if !store::update(conn, account, by.now)? {
        return Err(Error::Conflict { current });
    }
    events::happened(conn, by, event)
}

fn keep_an_administrator(conn: &mut Conn, before: &Account, after: &Account) -> Result<()> {
    let governs = |account: &Account| account.role == Role::Administrator && account.stage == AccountStage::Active;
    if governs(before) && !governs(after) && store::active_with_role(conn, &[Role::Administrator])?.len() < 2 {
        return Err(Error::Refused("C’est le seul compte d’administrateur : donnez d’abord ce rôle à quelqu’un d’autre.".into()));
    }
    Ok(())
}

fn send_link(conn: &mut Conn, by: By<'_>, account: &Account, purpose: LinkPurpose, event: &'static str) -> Result<()> {
    let secret = by.chance.secret();
    store::put_link(conn, &hashed(&secret), &account.id, purpose, by.now, by.now.plus_seconds(LINK_HOURS * 3600))?;
    let mail = crate::mail::outgoing::Outgoing {
        recipient: account.email.clone(),
        template: match purpose {
            LinkPurpose::Invitation => "invitation",
            LinkPurpose::Reset => "reset",
        },
        params: serde_json::json!({ "name": account.name, "link": format!("/lien/{secret}"), "hours": LINK_HOURS }),
        record: Some(events::Record { kind: "account", id: account.id.to_string() }),
        key: format!("link:{}", hashed(&secret)),
    };
    crate::mail::outgoing::tell(conn, by.now, by.chance, ("account", event), [mail]).map(drop)
}

/// Whose link this is, if it may still be used. Reading it uses nothing: mail scanners follow links.
pub fn bearer(conn: &mut Conn, secret: &str, now: Moment) -> Result<(Account, LinkPurpose)> {
    let (id, purpose) = store::live_link(conn, &hashed(secret), now)?.ok_or(Error::NotFound)?;
    Ok((store::find(conn, &id)?, purpose))
}

/// Uses a link, once: sets the password and ends every session that was open.
pub async fn set_password(db: &Db, secret: String, password: String, now: Moment, chance: &Chance) -> Result<()> {
    let (account, _) = {
        let secret = secret.clone();
        db.read(move |conn| bearer(conn, &secret, now)).await?
    };
    let hash = new_hash(&account.email, password, chance).await?;
    let chance = chance.clone();
    db.write(move |conn| {
        if !store::use_link(conn, &hashed(&secret), now)? {
            return Err(Error::NotFound);
        }
        password_set(conn, &account.id, &hash, None, now, &chance)
    })
    .await
}

/// Changes one's own password, knowing the present one; other sessions end. An open session is no way to try passwords: failures count.
#[expect(clippy::too_many_arguments, reason = "two passwords, and all that a session is known by")]
pub async fn change_password(
    db: &Db,
    id: AccountId,
    present: String,
    password: String,
    session: String,
    address: &str,
    now: Moment,
    chance: &Chance,
) -> Result<()> {
    let keys = [format!("change:{id}"), format!("address:{address}")];
    let (email, hash) = {
        let (id, keys) = (id.clone(), keys.clone());
        db.read(move |conn| {
            store::sessions::wait_of(conn, &keys, now)?;
            let account = store::find(conn, &id)?;
            let email = EmailAddress::parse(&account.email).ok_or(Error::NotFound)?;
            Ok::<_, Error>((account.email, store::by_email(conn, &email)?.and_then(|(_, _, hash)| hash)))
        })
        .await?
    };
    let right = tokio::task::spawn_blocking(move || passwords::verify(&present, hash.as_deref())).await.unwrap_or(false);
    if !right {
        db.write(move |conn| keys.iter().try_for_each(|key| store::sessions::count_failure(conn, key, now))).await?;
        return Err(Error::field("present", "Ce n’est pas votre mot de passe actuel."));
    }
    let hash = new_hash(&email, password, chance).await?;
    let chance = chance.clone();
    db.write(move |conn| password_set(conn, &id, &hash, Some(&session), now, &chance)).await
}

/// Checks and hashes off the asynchronous threads.
pub async fn new_hash(email: &str, password: String, chance: &Chance) -> Result<String> {
    passwords::check(&password, email)?;
    let chance = chance.clone();
    tokio::task::spawn_blocking(move || passwords::hash(&password, &chance)).await.map_err(|error| Error::Internal(error.to_string()))?
}

fn password_set(conn: &mut Conn, id: &AccountId, hash: &str, keep: Option<&str>, now: Moment, chance: &Chance) -> Result<()> {
    store::set_password(conn, id, hash, now)?;
    end_sessions(conn, id, None, keep, now)?;
    let account = store::find(conn, id)?;
    let actor = super::sign_in::actor(conn, account)?;
    events::happened(conn, By { actor: &actor, now, chance }, Event::PasswordSet { id })
}

/// Sets a password from the command line.
pub fn reset_password(conn: &mut Conn, by: By<'_>, id: &AccountId, hash: &str) -> Result<()> {
    if store::find(conn, id)?.stage == AccountStage::Closed {
        return Err(Error::Refused("Ce compte est fermé : rouvrez-le d’abord.".into()));
    }
    password_set(conn, id, hash, None, by.now, by.chance)
}

/// Makes an API token for an account and answers its secret, which is shown once and never kept.
pub fn make_token(conn: &mut Conn, by: By<'_>, account: &AccountId, label: &str) -> Result<String> {
    if store::find(conn, account)?.stage != AccountStage::Active {
        return Err(Error::Refused("Ce compte n’est pas actif : il ne peut pas avoir de jeton.".into()));
    }
    let (id, secret) = store::sessions::add_token(conn, account, label, by.now, by.chance)?;
    events::happened(conn, by, Event::Administered { kind: "token", id: &id, what: "token_added" })?;
    Ok(secret)
}

/// Revokes a token: one of `account`, or anyone's.
pub fn end_token(conn: &mut Conn, by: By<'_>, id: &str, account: Option<&AccountId>) -> Result<()> {
    store::sessions::revoke_token(conn, id, account, by.now)?;
    events::happened(conn, by, Event::Administered { kind: "token", id, what: "token_revoked" })
}

pub fn by_email(conn: &mut Conn, email: &EmailAddress) -> Result<Account> {
    let (id, ..) = store::by_email(conn, email)?.ok_or(Error::NotFound)?;
    store::find(conn, &id)
}

/// Accounts whose name or address holds `text`, by name, with how many there are.
pub fn list(conn: &mut Conn, text: &str, page: Page) -> Result<(Vec<Account>, i64)> {
    store::list(conn, text, page)
}

/// Forgets used and expired links of more than 30 days.
pub fn purge_links(conn: &mut Conn, now: Moment) -> Result<usize> {
    store::purge_links(conn, now.plus_days(-30))
}
