//! What the mail queue shows to people: what waits and why, what left, each mail with its history.

pub mod diagnosis;
mod store;

use super::model::{Fault, Stage};
use crate::kernel::Moment;
use crate::kernel::ids::MailId;

pub use store::{Filter, failed, find, list, of_record, standing, within_five_seconds};

/// A mail in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    pub id: MailId,
    pub recipient: String,
    pub template: String,
    /// None before it was rendered.
    pub subject: Option<String>,
    pub stage: Stage,
    pub reason: Option<String>,
    pub record: Option<(String, String)>,
    pub created_at: Moment,
    pub due_at: Moment,
    pub sent_at: Option<Moment>,
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
