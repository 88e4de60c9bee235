//! Somebody invited to one meeting: what they answer, whether there is room for them, whether they came.

use serde::{Deserialize, Serialize};

use super::Quality;
use crate::db::types::text_enum;
use crate::kernel::Moment;
use crate::kernel::ids::{AccountId, InvitationId, MeetingId, OrganisationId};

text_enum! {
    pub enum InvitationState {
        ToInvite = "to_invite" | "À inviter",
        Invited = "invited" | "Sans réponse",
        Accepted = "accepted" | "Vient",
        Declined = "declined" | "Ne vient pas",
        Tentative = "tentative" | "Peut-être",
        Waiting = "waiting" | "En liste d’attente",
    }
}

text_enum! {
    pub enum Presence {
        Present = "present" | "Présent",
        Excused = "excused" | "Excusé",
        Absent = "absent" | "Absent",
        Represented = "represented" | "Représenté",
    }
}

/// What somebody answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    Present,
    Absent,
    /// Somebody comes in their place.
    Represented(String),
    Perhaps,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invitation {
    pub id: InvitationId,
    pub meeting_id: MeetingId,
    pub name: String,
    pub email: String,
    pub function: String,
    pub quality: Quality,
    pub account_id: Option<AccountId>,
    pub organisation_id: Option<OrganisationId>,
    /// Chairs the body: approves its minutes.
    pub is_chair: bool,
    pub state: InvitationState,
    pub represented_by: String,
    pub note: String,
    pub answered_at: Option<Moment>,
    /// The order in which people asked for a seat.
    pub rank: Option<i32>,
    pub presence: Option<Presence>,
    /// The SEQUENCE that their calendar was last told; None: nothing was sent.
    pub told_sequence: Option<i32>,
    /// What the links of their mails carry.
    pub secret: String,
    pub removed_at: Option<Moment>,
    pub created_at: Moment,
}

impl Invitation {
    /// An agent is called, others are invited.
    pub fn is_convocation(&self) -> bool {
        self.quality == Quality::Agent
    }

    /// Takes a seat.
    pub fn is_seated(&self) -> bool {
        self.removed_at.is_none() && self.state == InvitationState::Accepted
    }

    /// What their answer foretells of their presence.
    pub fn foretold(&self) -> Presence {
        match self.state {
            InvitationState::Accepted if !self.represented_by.is_empty() => Presence::Represented,
            InvitationState::Accepted => Presence::Present,
            InvitationState::Declined => Presence::Excused,
            _ => Presence::Absent,
        }
    }
}

/// The state that an answer leads to, when so many seats are left (None: no limit). Who has a seat keeps it.
pub fn answered(state: InvitationState, answer: &Answer, seats_left: Option<i64>) -> InvitationState {
    match answer {
        Answer::Absent => InvitationState::Declined,
        Answer::Perhaps => InvitationState::Tentative,
        Answer::Present | Answer::Represented(_) => match state {
            InvitationState::Accepted => InvitationState::Accepted,
            InvitationState::Waiting => InvitationState::Waiting,
            _ if seats_left.is_some_and(|left| left <= 0) => InvitationState::Waiting,
            _ => InvitationState::Accepted,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_answer_from_every_state_with_and_without_seats() {
        use InvitationState::{Accepted, Declined, Tentative, Waiting};
        for state in InvitationState::ALL {
            for left in [None, Some(1), Some(0)] {
                assert_eq!(answered(*state, &Answer::Absent, left), Declined);
                assert_eq!(answered(*state, &Answer::Perhaps, left), Tentative);
                let expected = match (state, left) {
                    (Accepted, _) => Accepted,
                    (Waiting, _) => Waiting,
                    (_, Some(0)) => Waiting,
                    _ => Accepted,
                };
                for answer in [Answer::Present, Answer::Represented("Mme Durand".into())] {
                    assert_eq!(answered(*state, &answer, left), expected, "{state} {left:?}");
                }
            }
        }
    }
}
