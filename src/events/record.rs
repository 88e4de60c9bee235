//! The record that an event is about.

use crate::kernel::ids::{ActionId, AnnouncementId, BodyId, ConventionId, DecisionId, MeetingId, OrganisationId, PlanId};

/// The record that an event is about, as the journal and the index name it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Record {
    pub kind: &'static str,
    pub id: String,
}

impl Record {
    pub const ACTION: &str = "action";

    pub fn action(id: &ActionId) -> Self {
        Self { kind: Self::ACTION, id: id.to_string() }
    }

    pub const CONVENTION: &str = "convention";

    pub fn convention(id: &ConventionId) -> Self {
        Self { kind: Self::CONVENTION, id: id.to_string() }
    }

    pub fn partner(id: &OrganisationId) -> Self {
        Self { kind: "partner", id: id.to_string() }
    }

    pub fn body(id: &BodyId) -> Self {
        Self { kind: "body", id: id.to_string() }
    }

    pub const MEETING: &str = "meeting";

    pub fn meeting(id: &MeetingId) -> Self {
        Self { kind: Self::MEETING, id: id.to_string() }
    }

    pub fn decision(id: &DecisionId) -> Self {
        Self { kind: "decision", id: id.to_string() }
    }

    pub const ANNOUNCEMENT: &str = "announcement";

    pub fn announcement(id: &AnnouncementId) -> Self {
        Self { kind: Self::ANNOUNCEMENT, id: id.to_string() }
    }

    /// The minutes of a meeting have a history of their own.
    pub fn minutes(id: &MeetingId) -> Self {
        Self { kind: "minutes", id: id.to_string() }
    }

    pub fn sheet(plan: &PlanId, number: i32) -> Self {
        Self { kind: "plan_sheet", id: format!("{plan}/{number}") }
    }

    const KINDS: [&'static str; 9] = ["action", Self::CONVENTION, "partner", "body", Self::MEETING, "decision", "minutes", "plan_sheet", "account"];

    /// The record that a stored kind and id name.
    pub fn named(kind: &str, id: String) -> Option<Self> {
        let kind = Self::KINDS.into_iter().find(|known| *known == kind)?;
        Some(Self { kind, id })
    }
}
