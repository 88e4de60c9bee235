//! Following and no longer following, each in the caller's transaction.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use super::store::{self, Subscriber};
use super::{Owner, Rhythm, Subscription, Target};
use crate::accounts::model::{AccountStage, Viewer};
use crate::accounts::service::Limit;
use crate::accounts::{self, sign_in};
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::events::Record;
use crate::http::query::pairs;
use crate::http::{paths, records};
use crate::kernel::ids::{AccountId, SubscriptionId};
use crate::kernel::{Chance, Day, EmailAddress, Moment, Zone};
use crate::mail::choices;
use crate::mail::outgoing::{self, Outgoing};
use crate::notifications::{inbox, news};

pub use store::{count, cursors, find, of, stuck, target};

/// The kind of mail that digests are.
pub const DIGEST: &str = "digest";
/// What one may follow at most: more is no longer read.
pub const MOST_FOLLOWED: i64 = 200;
/// For how long an address may confirm what was asked in its name.
pub const CONFIRM_DAYS: i64 = 7;

/// Who reads a digest, and where it goes.
#[derive(Clone, Debug)]
pub struct Reader {
    pub viewer: Viewer,
    pub email: String,
    /// Empty without an account.
    pub name: String,
    /// The page where its reader chooses what to follow.
    pub manage: String,
}

/// The reader that an owner is today; None when their account is closed.
pub fn reader(conn: &mut Conn, owner: &Owner) -> Result<Option<Reader>> {
    match owner {
        Owner::Account(id) => {
            let account = match accounts::service::find(conn, id) {
                Ok(account) if account.stage == AccountStage::Active => account,
                Ok(_) | Err(Error::NotFound) => return Ok(None),
                Err(error) => return Err(error),
            };
            let (email, name) = (account.email.clone(), account.name.clone());
            Ok(Some(Reader { viewer: Viewer(Some(sign_in::actor(conn, account)?)), email, name, manage: paths::SUBSCRIPTIONS.to_owned() }))
        }
        Owner::Address(address) => Ok(store::subscriber_of(conn, address)?.map(|subscriber| Reader {
            viewer: Viewer::visitor(),
            manage: paths::subscriber(&subscriber.secret),
            email: subscriber.email,
            name: String::new(),
        })),
    }
}

/// What is followed must be there to be read.
fn check(conn: &mut Conn, viewer: &Viewer, today: Day, target: &Target) -> Result<()> {
    match target {
        Target::Record(record) => records::may_read(conn, viewer, today, record.kind, &record.id),
        Target::Search(_) => Ok(()),
    }
}

/// Who asks, when.
#[derive(Clone, Copy)]
pub struct Asked<'a> {
    pub now: Moment,
    pub today: Day,
    pub chance: &'a Chance,
}

fn add(conn: &mut Conn, owner: Owner, target: Target, rhythm: Rhythm, confirmed_at: Option<Moment>, asked: Asked<'_>) -> Result<Subscription> {
    if let Some(known) = store::find(conn, &owner, &target)? {
        return Ok(known);
    }
    if store::count(conn, &owner)? >= MOST_FOLLOWED {
        return Err(Error::Refused(format!(
            "Vous pouvez suivre {MOST_FOLLOWED} pages et recherches au plus. Arrêtez un abonnement, puis recommencez."
        )));
    }
    let cursor = news::last(conn)?;
    let id = SubscriptionId::new(asked.now, asked.chance);
    let new = Subscription { id, owner, target, rhythm, cursor, problem: None, confirmed_at, created_at: asked.now };
    store::insert(conn, &new)?;
    store::find(conn, &new.owner, &new.target)?.ok_or(Error::NotFound)
}

/// Mails that ask an address to confirm, whoever asks in its name.
const ASKED_OF_AN_ADDRESS: Limit = Limit { most: 3, seconds: 86_400 };

/// Counts what is asked in the name of an address; on its own, since what is refused afterwards was asked too.
pub fn count_request(conn: &mut Conn, email: &EmailAddress, from: &str, now: Moment) -> Result<()> {
    accounts::service::throttle(conn, "follow", from, Limit::REQUESTS, now)?;
    accounts::service::throttle(conn, "follow-address", &sign_in::hashed(&email.mailbox()), ASKED_OF_AN_ADDRESS, now)
}

/// Follows with an account; what is followed already takes this rhythm.
pub fn follow(conn: &mut Conn, viewer: &Viewer, target: Target, rhythm: Rhythm, zone: &Zone, asked: Asked<'_>) -> Result<Subscription> {
    let actor = viewer.actor().ok_or(Error::SignIn)?;
    let owner = Owner::Account(actor.id.clone().ok_or(Error::SignIn)?);
    check(conn, viewer, asked.today, &target)?;
    let subscription = add(conn, owner.clone(), target, rhythm, Some(asked.now), asked)?;
    if subscription.rhythm != rhythm {
        set_rhythm(conn, &owner, &subscription.id, rhythm, zone, asked.now)?;
    }
    // Who asks to follow wants to be told, whatever they stopped before.
    choices::choose(conn, &actor.email, DIGEST, true, asked.now, asked.chance)?;
    Ok(Subscription { rhythm, ..subscription })
}

/// Asks in the name of an address, which is mailed a link: nothing is followed before it says so. Says nothing of what it follows already.
///
/// `label` says what is followed in the registry's own words: a stranger's words would leave in our name.
pub fn ask(conn: &mut Conn, email: &EmailAddress, target: Target, rhythm: Rhythm, label: &str, asked: Asked<'_>) -> Result<()> {
    check(conn, &Viewer::visitor(), asked.today, &target)?;
    let subscriber = store::find_or_add_subscriber(conn, &email.mailbox(), email.as_str(), &asked.chance.secret(), asked.now)?;
    let subscription = add(conn, Owner::Address(subscriber.owner.clone()), target, rhythm, None, asked)?;
    let is_followed = subscription.confirmed_at.is_some();
    let rhythm = if is_followed { subscription.rhythm } else { rhythm };
    if !is_followed {
        store::ask_again(conn, &subscription.id, rhythm, asked.now)?;
    }
    let params = json!({
        "link": paths::subscriber(&subscriber.secret), "title": label, "rhythm": rhythm.label().to_lowercase(), "days": CONFIRM_DAYS,
        "is_followed": is_followed, "heading": if is_followed { "Vous suivez déjà cette page" } else { "Confirmez votre abonnement" },
    });
    let key = format!("subscription_confirm:{}:{}", subscription.id, asked.now.micros());
    let mail = Outgoing { recipient: subscriber.email, template: "subscription_confirm", params, record: None, key };
    outgoing::tell(conn, asked.now, asked.chance, ("subscription", "asked"), [mail]).map(drop)
}

/// Adds to the themes that accounts are known by those of the searches that they follow.
pub fn add_themes(conn: &mut Conn, themes: &mut BTreeMap<AccountId, BTreeSet<String>>, accounts: &[AccountId]) -> Result<()> {
    for (owner, search) in store::searches(conn)? {
        if let Some(id) = Owner::parse(&owner).account().filter(|id| accounts.contains(id)) {
            themes.entry(id.clone()).or_default().extend(pairs(&search)?.all("theme"));
        }
    }
    Ok(())
}

/// Whose link it is. Reading it changes nothing: mail scanners follow links.
pub fn bearer(conn: &mut Conn, secret: &str) -> Result<Subscriber> {
    let is_plausible = secret.len() <= 100 && secret.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
    if is_plausible { store::subscriber_with(conn, secret)?.ok_or(Error::NotFound) } else { Err(Error::NotFound) }
}

/// Confirms some of what was asked in the name of an address.
pub fn confirm(conn: &mut Conn, subscriber: &Subscriber, ids: &[SubscriptionId], now: Moment, chance: &Chance) -> Result<usize> {
    let confirmed = store::confirm(conn, &Owner::Address(subscriber.owner.clone()), ids, now.plus_days(-CONFIRM_DAYS), now)?;
    if confirmed > 0 {
        choices::choose(conn, &subscriber.email, DIGEST, true, now, chance)?;
    }
    Ok(confirmed)
}

/// Those who follow a record that became another follow that one.
pub fn relink(conn: &mut Conn, gone: &Record, kept: &Record) -> Result<()> {
    store::relink(conn, gone, kept)
}

/// What waits already follows the new rhythm.
pub fn set_rhythm(conn: &mut Conn, owner: &Owner, id: &SubscriptionId, rhythm: Rhythm, zone: &Zone, now: Moment) -> Result<()> {
    if !store::set_rhythm(conn, owner, id, rhythm)? {
        return Err(Error::NotFound);
    }
    inbox::set_due(conn, id, rhythm.due(true, now, zone))
}

/// Stops one; what it has not told yet is never told.
pub fn stop(conn: &mut Conn, owner: &Owner, id: &SubscriptionId, now: Moment) -> Result<()> {
    inbox::unfollow(conn, std::slice::from_ref(id), now)?;
    if store::remove(conn, owner, id)? { Ok(()) } else { Err(Error::NotFound) }
}

pub fn stop_all(conn: &mut Conn, owner: &Owner, now: Moment) -> Result<usize> {
    let all: Vec<SubscriptionId> = store::of(conn, owner)?.into_iter().map(|one| one.id).collect();
    inbox::unfollow(conn, &all, now)?;
    store::remove_all(conn, owner)
}

/// Looks again at the searches that named what was gone: what is back is followed from where it was left.
pub fn mend(conn: &mut Conn, is_asked_again: impl Fn(&str) -> bool) -> Result<usize> {
    let mut mended = 0;
    for subscription in store::stuck(conn)? {
        if matches!(&subscription.target, Target::Search(search) if is_asked_again(search)) {
            store::set_problem(conn, &subscription.id, None)?;
            mended += 1;
        }
    }
    Ok(mended)
}

/// Whoever has no account and stopped its mails is forgotten after so many days: they may have clicked by mistake.
const STOPPED_DAYS: i64 = 90;

/// Forgets what was never confirmed or was stopped without an account, versions of which everybody was told, and notices of two months.
pub fn purge(conn: &mut Conn, now: Moment) -> Result<[usize; 3]> {
    let gone = choices::who_stopped_before(conn, DIGEST, now.plus_days(-STOPPED_DAYS))?;
    let asked = store::purge(conn, now.plus_days(-CONFIRM_DAYS), &gone)?;
    let told = store::least(conn)?.unwrap_or(i64::MAX);
    Ok([asked, news::purge(conn, now.plus_days(-90), told)?, inbox::purge(conn, now.plus_days(-60))?])
}
