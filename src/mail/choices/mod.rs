//! What people chose no longer to receive: for each kind of mail one link, the same for ever, that one click obeys.

mod store;

use std::collections::{HashMap, HashSet};

use super::catalogue::{self, Duty};
use super::model::Withheld;
use super::store::Leased;
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::kernel::email::mailbox;
use crate::kernel::ids::MailId;
use crate::kernel::{Chance, Moment};

/// One person's choice about one kind of mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    pub token: String,
    /// Folded.
    pub recipient: String,
    /// A mail's kind.
    pub list: String,
    pub stopped_at: Option<Moment>,
}

/// What leased mails need to know of their recipients' choices.
#[derive(Default)]
pub struct Chosen {
    /// The token of the link that each carries.
    pub tokens: HashMap<MailId, String>,
    /// Those that are no longer wanted.
    pub refused: HashSet<MailId>,
}

/// The choices that apply to these mails; those that nobody has made yet are written, with their token.
pub fn of(conn: &mut Conn, mails: &[Leased], now: Moment, chance: &Chance) -> Result<Chosen> {
    let mut chosen = Chosen::default();
    let mut known: HashMap<(String, String), Choice> = HashMap::new();
    for mail in mails {
        let Some(list) = &mail.list else { continue };
        let key = (mailbox(&mail.recipient), list.clone());
        let choice = match known.get(&key) {
            Some(choice) => choice.clone(),
            None => store::find_or_add(conn, &key.0, &key.1, &chance.secret(), now)?,
        };
        if choice.stopped_at.is_some() {
            chosen.refused.insert(mail.id.clone());
        }
        chosen.tokens.insert(mail.id.clone(), choice.token.clone());
        known.insert(key, choice);
    }
    Ok(chosen)
}

/// Whose choice a link is about.
pub fn find(conn: &mut Conn, token: &str) -> Result<Choice> {
    // What has not the shape of a token is not looked for: PostgreSQL refuses a text with a NUL.
    let is_plausible = token.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
    if is_plausible { store::find(conn, token)?.ok_or(Error::NotFound) } else { Err(Error::NotFound) }
}

/// Did this person stop these mails?
pub fn is_stopped(conn: &mut Conn, recipient: &str, list: &str) -> Result<bool> {
    Ok(store::of(conn, &mailbox(recipient), list)?.is_some_and(|choice| choice.stopped_at.is_some()))
}

/// Stops these mails, those that wait to leave too. Again is the same.
pub fn stop(conn: &mut Conn, token: &str, now: Moment) -> Result<Choice> {
    let choice = find(conn, token)?;
    if choice.stopped_at.is_none() {
        store::set_stopped(conn, token, Some(now))?;
    }
    super::store::cancel(conn, &choice.list, &choice.recipient, Withheld::Unwanted, now)?;
    find(conn, token)
}

/// Receives them again.
pub fn resume(conn: &mut Conn, token: &str) -> Result<Choice> {
    find(conn, token)?;
    store::set_stopped(conn, token, None)?;
    find(conn, token)
}

/// The kinds of mail that a person stopped.
pub fn stopped(conn: &mut Conn, recipient: &str) -> Result<HashSet<String>> {
    store::stopped(conn, &mailbox(recipient))
}

/// Those who stopped one kind of mail, by their addresses as `kernel::email::mailbox` has them.
pub fn who_stopped(conn: &mut Conn, list: &str) -> Result<HashSet<String>> {
    store::who_stopped(conn, list)
}

/// Those of them who stopped it before a moment.
pub fn who_stopped_before(conn: &mut Conn, list: &str, before: Moment) -> Result<Vec<String>> {
    store::who_stopped_before(conn, list, before)
}

/// What a person chose about one kind of mail without having followed a link.
pub fn choose(conn: &mut Conn, recipient: &str, list: &str, wanted: bool, now: Moment, chance: &Chance) -> Result<Choice> {
    if !catalogue::kind(list).is_some_and(|kind| kind.duty == Duty::Chosen) {
        return Err(Error::NotFound);
    }
    let choice = store::find_or_add(conn, &mailbox(recipient), list, &chance.secret(), now)?;
    if wanted { resume(conn, &choice.token) } else { stop(conn, &choice.token, now) }
}
