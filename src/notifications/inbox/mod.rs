//! What each person is told: behind the bell, on « Mon espace », and what digests are made of.
//!
//! A notice comes from a subscription, or from a mail of one's own. Reading the record it is about reads it: a digest no longer takes it,
//! and a mail that may be chosen and has not left is cancelled.

mod store;

use std::collections::HashMap;

use crate::accounts;
use crate::accounts::model::{AccountStage, Actor};
use crate::db::Conn;
use crate::error::Result;
use crate::events::Record;
use crate::kernel::email::mailbox;
use crate::kernel::ids::{AccountId, NoticeId, SubscriptionId};
use crate::kernel::{Chance, Moment};
use crate::mail::catalogue;
use crate::mail::model::Withheld;
use crate::mail::outgoing::{self, Outgoing};

use super::news::Version;
use super::subscriptions::{Owner, Subscription};
use super::table::Because;
use super::words;

pub use store::{claim, due_of, due_owners, forget, latest, mailed_with, of_mail, owner_of_mail, purge, put_back, set_due};

#[derive(Clone, Debug, PartialEq)]
pub struct Notice {
    pub id: NoticeId,
    pub subscription_id: Option<SubscriptionId>,
    pub record: Record,
    pub title: String,
    /// What happened, in a few words.
    pub what: String,
    pub at: Moment,
    pub read_at: Option<Moment>,
}

/// Tells a subscription of a version, once. What its person has neither read nor been mailed of the same record becomes this.
pub fn follow(conn: &mut Conn, by: &Subscription, version: &Version, title: &str, due_at: Moment, now: Moment, chance: &Chance) -> Result<()> {
    let what = words::happened(version);
    if store::renew(conn, &by.id, version, title, &what)? {
        return Ok(());
    }
    let new = store::New {
        id: NoticeId::new(now, chance),
        owner: by.owner.as_str().to_owned(),
        subscription_id: Some(by.id.clone()),
        news: Some(version.number),
        record: version.record.clone(),
        title: title.to_owned(),
        what,
        is_new: version.is_new,
        due_at: Some(due_at),
    };
    store::insert(conn, &[new], version.at)
}

/// Queues the mails of what happened ([`outgoing::tell`]), and shows those who have an account behind their bell what each tells them.
pub fn deliver(conn: &mut Conn, now: Moment, chance: &Chance, because: Because, mails: impl IntoIterator<Item = Outgoing>) -> Result<usize> {
    let mails: Vec<Outgoing> = mails.into_iter().collect();
    let addresses: Vec<String> = mails.iter().map(|mail| mailbox(&mail.recipient)).collect();
    let open = accounts::service::of_addresses(conn, &addresses)?.into_iter().filter(|account| account.stage == AccountStage::Active);
    let owners: HashMap<String, AccountId> = open.map(|account| (mailbox(&account.email), account.id)).collect();
    let notices: Vec<store::New> = mails
        .iter()
        .filter_map(|mail| {
            let owner = owners.get(&mailbox(&mail.recipient))?;
            Some(store::New {
                id: NoticeId::new(now, chance),
                owner: owner.to_string(),
                subscription_id: None,
                news: None,
                record: mail.record.clone()?,
                title: mail.params["title"].as_str()?.to_owned(),
                what: catalogue::kind(mail.template)?.label.to_owned(),
                is_new: false,
                due_at: None,
            })
        })
        .collect();
    store::insert(conn, &notices, now)?;
    outgoing::tell(conn, now, chance, because, mails)
}

/// What is no longer followed is not told by a mail that has not left; what else that was to tell is told by the next one.
pub fn unfollow(conn: &mut Conn, by: &[SubscriptionId], now: Moment) -> Result<()> {
    for key in store::mails_of(conn, by)? {
        if outgoing::cancel(conn, &key, Withheld::Unwanted, now)? {
            store::put_back(conn, &key)?;
        }
    }
    Ok(())
}

/// How much somebody has not read, and how much of it is about the record whose page they open.
pub fn look(conn: &mut Conn, account: &AccountId, opened: Option<&Record>) -> Result<(i64, i64)> {
    let owner = Owner::Account(account.clone());
    let unread = store::unread(conn, &owner)?;
    let known = match opened.filter(|_| unread > 0) {
        Some(record) => store::unread_of(conn, &owner, record)?,
        None => 0,
    };
    Ok((unread, known))
}

/// Somebody opened a record's page: what was to be told of it is known.
pub fn read(conn: &mut Conn, reader: &Actor, record: &Record, now: Moment) -> Result<()> {
    let Some(account) = &reader.id else { return Ok(()) };
    store::mark_read(conn, &Owner::Account(account.clone()), Some(record), now)?;
    outgoing::cancel_chosen(conn, &reader.email, record, now)
}

/// One notice is known, or all of them.
pub fn dismiss(conn: &mut Conn, account: &AccountId, id: Option<&NoticeId>, now: Moment) -> Result<()> {
    let owner = Owner::Account(account.clone());
    match id {
        Some(id) => store::mark_one_read(conn, &owner, id, now),
        None => store::mark_read(conn, &owner, None, now),
    }
}
