//! What each person is told: behind the bell, on « Mon espace », and what digests are made of.
//!
//! A notice comes from a subscription, or from a mail of one's own. Reading the record it is about reads it: a digest no longer takes it,
//! and a mail that may be chosen and has not left is cancelled.

mod store;

use std::collections::HashMap;

use crate::accounts;
use crate::accounts::model::{AccountStage, Actor, Viewer};
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::events::Record;
use crate::http::records::{self, Summary};
use crate::kernel::Day;
use crate::kernel::email::mailbox;
use crate::kernel::ids::{AccountId, NoticeId, SubscriptionId};
use crate::kernel::{Chance, Moment};
use crate::mail::catalogue;
use crate::mail::model::Withheld;
use crate::mail::outgoing::{self, Outgoing};

use super::subscriptions::{Owner, Target, search, service};
use super::table::Because;

pub use store::{
    New, Waiting, claim, count_more, drop_waiting, due_owners, insert, latest, mailed_with, of_mail, owner_of_mail, purge, put_back, renew, set_due,
    waiting,
};

#[derive(Clone, Debug, PartialEq)]
pub struct Notice {
    pub id: NoticeId,
    pub subscription_id: Option<SubscriptionId>,
    /// The version that it tells of, or the last of those that it counts.
    pub news: Option<i64>,
    /// How many versions it tells of, when these are too many to be named. Its record is then its subscription, of their kind.
    pub counted: Option<i64>,
    pub record: Record,
    pub title: String,
    /// What happened, in a few words.
    pub what: String,
    pub at: Moment,
    pub read_at: Option<Moment>,
}

/// Its line, as its reader may see it today; None when they may not.
pub fn line(conn: &mut Conn, viewer: &Viewer, today: Day, notice: &Notice) -> Result<Option<Summary>> {
    let found = match (notice.counted, &notice.subscription_id) {
        (Some(_), Some(id)) => match service::target(conn, id)? {
            Some(Target::Search(search)) => Ok(Summary { title: notice.title.clone(), href: search::newest(&search, notice.record.kind) }),
            Some(Target::Record(record)) => records::summary(conn, viewer, today, record.kind, &record.id),
            None => Err(Error::NotFound),
        },
        _ => records::summary(conn, viewer, today, notice.record.kind, &notice.record.id),
    };
    match found {
        Ok(summary) => Ok(Some(summary)),
        Err(Error::NotFound | Error::Forbidden(_) | Error::SignIn) => Ok(None),
        Err(error) => Err(error),
    }
}

/// What is due to somebody and was not told by another of their subscriptions: two that wait for different things come one after the other.
pub fn due_of(conn: &mut Conn, owner: &str, now: Moment) -> Result<Vec<Notice>> {
    let due = store::due_of(conn, owner, now)?;
    let numbers: Vec<i64> = due.iter().filter(|notice| notice.counted.is_none()).filter_map(|notice| notice.news).collect();
    let told = store::told(conn, owner, &numbers)?;
    let (again, due): (Vec<Notice>, Vec<Notice>) =
        due.into_iter().partition(|notice| notice.counted.is_none() && notice.news.is_some_and(|number| told.contains(&number)));
    store::drop_waiting(conn, &again.into_iter().map(|notice| notice.id).collect::<Vec<_>>())?;
    Ok(due)
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
                counted: None,
                at: now,
                due_at: None,
            })
        })
        .collect();
    store::insert(conn, &notices)?;
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
