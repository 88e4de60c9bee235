//! A mail to one person, written in the transaction of what it tells.

use super::catalogue::{self, Duty, Urgency};
use super::model::Withheld;
use super::store;
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::events::Record;
use crate::kernel::email::mailbox;
use crate::kernel::ids::MailId;
use crate::kernel::{Chance, Moment};
use crate::notifications::table;

pub use crate::notifications::table::Because;

/// Among a mail's parameters, what it tells of, by identifiers alone: kept once it is rendered, so that its reader's rights are asked again
/// until it leaves.
pub const TOLD: &str = "told";

#[derive(Clone, Debug)]
pub struct Outgoing {
    pub recipient: String,
    /// A folder of `templates/mail/`.
    pub template: &'static str,
    pub params: serde_json::Value,
    /// The record because of which it leaves.
    pub record: Option<Record>,
    /// What makes it unique: the same event never mails the same person twice.
    pub key: String,
}

/// Queues the mails of something that happened, as the table of who hears tells them: no other leaves because of it. All of an event's are
/// given at once; one whose key was queued before is left out. Answers how many are new.
pub fn tell(conn: &mut Conn, now: Moment, chance: &Chance, because: Because, mails: impl IntoIterator<Item = Outgoing>) -> Result<usize> {
    let mails: Vec<Outgoing> = mails.into_iter().collect();
    match mails.iter().find(|mail| !table::tells(because, mail.template)) {
        Some(mail) => Err(Error::Internal(format!("the table of who hears tells nobody of {} {} by {}", because.0, because.1, mail.template))),
        None => enqueue(conn, now, chance, mails),
    }
}

/// [`tell`], whatever the cause: of digests, whose news the table told already when they were written, and of tests. Queues mails, except those whose key was queued before; answers how many are new. They are written in batches: give all of an event's
/// at once.
pub fn enqueue(conn: &mut Conn, now: Moment, chance: &Chance, mails: impl IntoIterator<Item = Outgoing>) -> Result<usize> {
    let mut mails = mails.into_iter().map(|mail| queued(now, chance, mail)).peekable();
    let mut added = 0;
    while mails.peek().is_some() {
        added += store::insert(conn, mails.by_ref().take(store::BATCH).collect(), now)?;
    }
    Ok(added)
}

fn queued(now: Moment, chance: &Chance, mail: Outgoing) -> store::NewMail {
    let kind = catalogue::kind(mail.template);
    let chosen = kind.is_some_and(|kind| kind.duty == Duty::Chosen);
    store::NewMail {
        id: MailId::new(now, chance),
        key: mail.key,
        domain: domain_of(&mail.recipient),
        recipient: mail.recipient,
        template: mail.template,
        params: mail.params.to_string(),
        list: chosen.then_some(mail.template),
        record: mail.record,
        urgency: kind.map_or(Urgency::Ordinary, |kind| kind.urgency) as i32,
    }
}

/// How many mails were queued whose key begins so.
pub fn count(conn: &mut Conn, template: &str, key: &str) -> Result<i64> {
    store::count_keys(conn, template, key)
}

/// Cancels what waits to leave because of a record; answers how many mails.
pub fn call_off(conn: &mut Conn, record: &Record, now: Moment) -> Result<usize> {
    store::call_off(conn, record, Withheld::CalledOff, now)
}

/// What stands after the last `@`, in ASCII: mails to one domain share a lane.
pub fn domain_of(recipient: &str) -> String {
    mailbox(recipient).rsplit_once('@').map_or_else(String::new, |(_, domain)| domain.to_owned())
}

/// What may be chosen and has not left yet is not sent to somebody who has read the record it is about.
pub fn cancel_chosen(conn: &mut Conn, recipient: &str, record: &Record, now: Moment) -> Result<()> {
    store::cancel_about(conn, &mailbox(recipient), record, Withheld::Read, now)
}

/// A mail that has not left is not sent; answers whether it would have been.
pub fn cancel(conn: &mut Conn, key: &str, why: Withheld, now: Moment) -> Result<bool> {
    store::cancel_key(conn, key, why, now)
}

/// Forgets the bodies of mails of more than three months, and all of those of more than a year.
pub fn purge(conn: &mut Conn, now: Moment) -> Result<[usize; 2]> {
    store::purge(conn, now.plus_days(-92), now.plus_days(-365))
}
