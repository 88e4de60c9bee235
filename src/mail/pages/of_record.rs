//! The mails that left because of a record, as its own page shows them.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::list;
use super::words::{self, Setting};
use crate::accounts;
use crate::accounts::model::Account;
use crate::db::Conn;
use crate::error::Result;
use crate::http::paths;
use crate::kernel::{EmailAddress, Page};
use crate::mail::log::{self, Filter, Line};

/// The most that a record's own page shows: the list of mails has them all.
const SHOWN: u32 = 50;
/// As many as may stand open without pushing away what follows.
const FEW: usize = 4;

/// Mails of a record, with the names of those to whom they are.
pub struct Mails {
    lines: Vec<Line>,
    total: i64,
    names: BTreeMap<String, String>,
    /// Whose page it is: their address need not be said again.
    own: String,
    /// Where the list of all of them is.
    all: String,
}

impl Mails {
    pub fn of(conn: &mut Conn, kind: &str, id: &str) -> Result<Self> {
        let filter = Filter { record: Some((kind.to_owned(), id.to_owned())), ..Filter::default() };
        let (lines, total) = log::list(conn, &filter, Page { number: 1, size: SHOWN })?;
        let mut names = BTreeMap::new();
        for line in &lines {
            if !names.contains_key(&line.recipient) {
                let account = EmailAddress::parse(&line.recipient).and_then(|address| accounts::service::by_email(conn, &address).ok());
                names.insert(line.recipient.clone(), account.map(|account| account.name).unwrap_or_default());
            }
        }
        Ok(Self { lines, total, names, own: String::new(), all: list::of_record(kind, id) })
    }

    /// Those to a person, whatever they are about.
    pub fn to(conn: &mut Conn, account: &Account) -> Result<Self> {
        let (lines, total) = log::to_account(conn, &account.id, &account.email, i64::from(SHOWN))?;
        Ok(Self { lines, total, names: BTreeMap::new(), own: account.email.clone(), all: list::of_recipient(&account.email) })
    }

    /// None when there are none. Only administrators may read the mails themselves.
    pub fn json(&self, setting: &Setting, administrator: bool) -> Option<Value> {
        let shown = |line: &Line| {
            json!({
                "title": words::title(line),
                "href": administrator.then(|| paths::mail(&line.id)),
                "name": self.names.get(&line.recipient).filter(|name| !name.is_empty()),
                "recipient": Some(&line.recipient).filter(|address| **address != self.own),
                "state": setting.state(line.stage),
                "at": line.sent_at.unwrap_or(line.created_at),
                "when": setting.when(line.sent_at.unwrap_or(line.created_at)),
            })
        };
        (self.total > 0).then(|| {
            json!({
                "count": self.total,
                "open": self.lines.len() <= FEW,
                "items": self.lines.iter().map(shown).collect::<Vec<_>>(),
                "more": usize::try_from(self.total).is_ok_and(|total| total > self.lines.len()),
                "all": administrator.then_some(&self.all),
            })
        })
    }
}
