//! Calendars as other programs read them: invitations and feeds (RFC 5545, 5546 and 7986), of what a slice knows of its meetings.
//!
//! It knows no slice. `zone.rs` tells how the clocks go, `lines.rs` is the only one that writes a line.

mod calendar;
mod lines;
mod zone;

use serde::{Deserialize, Serialize};

pub use calendar::calendar;

use crate::kernel::Moment;

/// What the receiving program is to do with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Method {
    /// An invitation, or what has changed of one.
    Request,
    Cancel,
    /// To be read only: a feed. Nobody is named as invited.
    Publish,
}

impl Method {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Request => "REQUEST",
            Self::Cancel => "CANCEL",
            Self::Publish => "PUBLISH",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Status {
    Confirmed,
    Tentative,
    Cancelled,
}

/// What the one who is invited has answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Answer {
    None,
    Accepted,
    Declined,
    Tentative,
    /// Somebody comes in their place.
    Delegated,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    pub name: String,
    pub email: String,
}

/// One meeting, as one recipient is told of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// The same for ever: by it programs know what to change or to remove.
    pub uid: String,
    /// What they hold is replaced by what is not lower.
    pub sequence: i32,
    pub starts_at: Moment,
    pub ends_at: Moment,
    pub summary: String,
    pub description: Option<String>,
    pub location: Option<String>,
    /// The meeting's page.
    pub url: Option<String>,
    /// Where it is joined from afar; the description says it too, for programs that do not know RFC 7986.
    pub conference: Option<String>,
    pub categories: Vec<String>,
    /// None in a cancelling that is sent to one person who is removed: for others the meeting stands (RFC 5546, 3.2.5).
    pub status: Option<Status>,
    pub organiser: Option<Person>,
    /// The recipient and nobody else, so that no address is given away. Left out of what is published.
    pub attendee: Option<(Person, Answer)>,
    /// When this was written.
    pub stamp: Moment,
    pub created: Moment,
    pub changed: Moment,
}
