//! What the mail queue shows to people: what waits and why, what left, each mail with its history.

pub mod diagnosis;
mod store;

use super::model::{Fault, Stage, Verdict};
use crate::kernel::Moment;
use crate::kernel::ids::MailId;

pub use store::{Filter, failed, fault_since, find, idle_since, list, standing, to_account, within_five_seconds};

/// A mail in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    pub id: MailId,
    pub recipient: String,
    pub template: String,
    /// None before it was rendered.
    pub subject: Option<String>,
    pub stage: Stage,
    /// What went wrong at the last try, if it did.
    pub fault: Option<Fault>,
    pub record: Option<(String, String)>,
    pub created_at: Moment,
    pub due_at: Moment,
    pub sent_at: Option<Moment>,
}

impl Line {
    /// Why it has not left, if something stands against it: what went wrong before it was queued again does not any more.
    pub fn hindrance(&self) -> Option<&Fault> {
        let fault = self.fault.as_ref()?;
        match self.stage {
            Stage::Sent | Stage::BodyStarted => None,
            Stage::Queued | Stage::Leased => Some(fault).filter(|fault| fault.verdict() == Verdict::ServerAtFault),
            Stage::Deferred | Stage::Failed | Stage::Uncertain | Stage::Cancelled => Some(fault),
        }
    }
}

/// One try.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    pub at: Moment,
    pub outcome: Stage,
    pub fault: Option<Fault>,
}

/// A mail, whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub line: Line,
    /// None before it was rendered, and once it is kept no longer.
    pub bytes: Option<Vec<u8>>,
    pub message_id: Option<String>,
    /// The oldest first.
    pub attempts: Vec<Attempt>,
}

/// How the queue stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    pub waiting: i64,
    /// Given up within the last 30 days.
    pub failed: i64,
    /// Those among the waiting that may have arrived.
    pub uncertain: i64,
    /// When the mail that waits the longest, without having been answered « later », was written.
    pub oldest: Option<Moment>,
    /// The last try found the server at fault: nothing leaves.
    pub fault: Option<Attempt>,
}

/// How many mails left in a period, and how many of them within five seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Share {
    pub sent: i64,
    pub within: i64,
}
