//! Mails that come back: delivery-status reports, believed when they name a mail of ours and its recipient, and dead addresses, which a
//! server may tell of while we speak with it, too.
//!
//! ```text
//! report ──names no mail of ours──▶ (nothing)
//!    │
//!    ├──delayed──▶ a line in the mail's history
//!    └──failed──▶ the mail is `failed` ──nobody is at the address──▶ dead, until an administrator lifts it
//! ```

pub mod api;
pub mod maildir;
pub mod report;
mod store;

use std::collections::HashSet;

use self::report::{Fate, Report, Said, Status};
use super::model::{Fault, Stage, Step};
use crate::accounts::model::By;
use crate::db::Conn;
use crate::db::types::text_enum;
use crate::error::Result;
use crate::events::{self, Event};
use crate::kernel::email::mailbox;
use crate::kernel::ids::{self, MailId};
use crate::kernel::{Chance, Moment};

pub use store::{all, count, find};

/// An address at which nobody is any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dead {
    pub id: String,
    /// Folded.
    pub address: String,
    pub since: Moment,
    /// `5.1.1`
    pub status: String,
    /// What the server said.
    pub said: String,
    pub mail: Option<MailId>,
}

text_enum! {
    /// What a report came to.
    pub enum Outcome {
        /// It names no mail of ours, or somebody else than its recipient.
        Unknown = "unknown" | "Aucun de nos e-mails à cette personne",
        /// It was read before.
        Repeated = "repeated" | "Déjà lu",
        Arrived = "arrived" | "Rien à noter",
        Delayed = "delayed" | "Retardé",
        Failed = "failed" | "Revenu",
        Dead = "dead" | "Revenu\u{a0}: adresse invalide",
    }
}

/// Takes a report in. What does not name a mail of ours and its recipient changes nothing; nor does a report that comes again.
pub fn take_in(conn: &mut Conn, report: &Report, now: Moment, chance: &Chance) -> Result<(Outcome, Option<MailId>)> {
    let id = report.original.split('@').next().and_then(MailId::parse);
    let recipient = match &id {
        Some(id) => store::recipient(conn, id, &format!("<{}>", report.original))?,
        None => None,
    };
    let Some((id, recipient)) = id.zip(recipient) else { return Ok((Outcome::Unknown, None)) };
    let Some(said) = report.said.iter().find(|said| names(said, &recipient)) else { return Ok((Outcome::Unknown, None)) };
    if !store::keep(conn, &report.key, &id, now)? {
        return Ok((Outcome::Repeated, Some(id)));
    }
    let status = said.status.map(|status| status.to_string()).unwrap_or_default();
    let fault = Fault::new(Step::Returned, said.code(), format!("{status} {}", said.diagnostic).trim());
    let outcome = match said.fate {
        Fate::Arrived => Outcome::Arrived,
        Fate::Delayed => {
            super::store::came_back(conn, &id, Stage::Deferred, &fault, now)?;
            Outcome::Delayed
        }
        Fate::Failed => {
            super::store::came_back(conn, &id, Stage::Failed, &fault, now)?;
            match said.status.filter(|status| status.is_dead()) {
                Some(status) => {
                    died(conn, &recipient, status, &said.diagnostic, &id, now, chance)?;
                    Outcome::Dead
                }
                None => Outcome::Failed,
            }
        }
    };
    Ok((outcome, Some(id)))
}

fn died(conn: &mut Conn, recipient: &str, status: Status, said: &str, mail: &MailId, now: Moment, chance: &Chance) -> Result<()> {
    let (id, address) = (ids::new(now, chance), mailbox(recipient));
    let dead = Dead { id, address, since: now, status: status.to_string(), said: said.to_owned(), mail: Some(mail.clone()) };
    store::insert(conn, &dead).map(drop)
}

/// A mail failed: if its recipient was refused because nobody is there, the address is dead, as it is when a report says so.
pub fn failed(conn: &mut Conn, mail: &MailId, fault: &Fault, now: Moment, chance: &Chance) -> Result<()> {
    match death(fault) {
        Some((status, said)) => {
            let recipient = store::recipient_of(conn, mail)?;
            died(conn, &recipient, status, &said, mail, now, chance)
        }
        None => Ok(()),
    }
}

/// The status by which a server said that nobody is at an address, and its words, whether it refused the recipient (RFC 2034: the status
/// begins its answer) or returned the mail.
pub fn death(fault: &Fault) -> Option<(Status, String)> {
    let said = match fault.step {
        Step::Returned => fault.said.clone(),
        Step::Recipient => {
            let code = fault.code?;
            fault.said.strip_prefix(&format!("permanent error ({code}): ")).map(str::to_owned)?
        }
        _ => return None,
    };
    Status::parse(&said).filter(|status| status.is_dead()).map(|status| (status, said))
}

/// Is this recipient the one of whom it is said?
fn names(said: &Said, recipient: &str) -> bool {
    said.addresses.contains(&mailbox(recipient))
}

/// Those of these addresses (`kernel::email::mailbox`) to which nothing is written any more.
pub fn dead_among(conn: &mut Conn, addresses: &[String]) -> Result<HashSet<String>> {
    Ok(store::among(conn, addresses)?.into_iter().map(|dead| dead.address).collect())
}

pub fn of_address(conn: &mut Conn, address: &str) -> Result<Option<Dead>> {
    Ok(store::among(conn, &[mailbox(address)])?.pop())
}

/// Writes to an address again.
pub fn lift(conn: &mut Conn, by: By<'_>, id: &str) -> Result<Dead> {
    let dead = store::find(conn, id)?;
    store::delete(conn, id)?;
    events::happened(conn, by, Event::Administered { kind: "address", id, what: "address_lifted" })?;
    Ok(dead)
}

/// Dead addresses are told of together, so long after the first.
const GATHERED_SECONDS: i64 = 600;

/// Those to tell administrators of by now, taken so that nobody else tells them.
pub fn take_untold(conn: &mut Conn, now: Moment) -> Result<Vec<Dead>> {
    store::take_untold(conn, now)
}

pub fn are_to_be_told(conn: &mut Conn, now: Moment) -> Result<bool> {
    Ok(store::oldest_untold(conn)?.is_some_and(|since| since <= now.plus_seconds(-GATHERED_SECONDS)))
}

/// Forgets addresses that died a year ago: if somebody writes to them still, it is said again.
pub fn purge(conn: &mut Conn, now: Moment) -> Result<usize> {
    store::purge(conn, now.plus_days(-365))
}
