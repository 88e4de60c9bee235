//! A mail to one person, written in the transaction of what it tells.

use crate::db::Conn;
use crate::error::Result;
use crate::events::Record;
use crate::kernel::ids::MailId;
use crate::kernel::{Chance, Moment};
use crate::outbox::{self, Job};

pub struct Outgoing<'a> {
    pub recipient: &'a str,
    /// A folder of `templates/mail/`.
    pub template: &'static str,
    pub params: serde_json::Value,
    /// The record because of which it leaves.
    pub record: Option<Record>,
    /// What makes it unique: the same event never mails the same person twice.
    pub key: String,
}

/// Queues a mail, unless its key was queued before.
pub fn enqueue(conn: &mut Conn, now: Moment, chance: &Chance, mail: Outgoing<'_>) -> Result<()> {
    let id = MailId::new(now, chance);
    if outbox::enqueue_once(conn, now, chance, &Job::Mail { id: id.clone() }, &format!("mail:{}", mail.key))? {
        super::store::insert(conn, &id, &mail, now)?;
    }
    Ok(())
}

/// Whom a mail is for, and its subject, or before it was rendered the name of its template.
pub fn described(conn: &mut Conn, id: &MailId) -> Result<Option<(String, String)>> {
    super::store::described(conn, id)
}

/// Forgets the bodies of mails of more than three months, and all of those of more than a year.
pub fn purge(conn: &mut Conn, now: Moment) -> Result<[usize; 2]> {
    super::store::purge(conn, now.plus_days(-92), now.plus_days(-365))
}
