//! A body (« instance »): who meets, how often, and how its minutes are approved.

use serde::{Deserialize, Serialize};

use super::{Approval, Kind};
use crate::db::types::text_enum;

text_enum! {
    /// Whom a member stands for: agents are called (« convocation »), others invited.
    #[derive(Default)]
    pub enum Quality {
        Agent = "agent" | "Agent du Département",
        Elected = "elected" | "Élu",
        #[default]
        Partner = "partner" | "Partenaire",
        Other = "other" | "Autre",
    }
}

text_enum! {
    #[derive(Default)]
    pub enum MemberRole {
        Chair = "chair" | "Présidence",
        Secretary = "secretary" | "Secrétariat",
        #[default]
        Member = "member" | "Membre",
    }
}

/// Somebody called to each meeting, with or without an account; or an organisation, by its mailbox.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default)]
pub struct Member {
    pub name: String,
    pub email: String,
    pub function: String,
    #[schema(value_type = String, example = "partner")]
    pub quality: Quality,
    #[schema(value_type = String, example = "member")]
    pub role: MemberRole,
    pub account: Option<String>,
    pub partner: Option<String>,
}

/// What people write of a body.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default)]
pub struct BodyFields {
    pub external_id: Option<String>,
    pub name: String,
    #[schema(value_type = String, example = "local_follow_up_committee")]
    pub kind: Kind,
    /// A territory's code: the département's own, or an MDS's.
    pub territory: String,
    pub purpose: String,
    /// As « une fois par trimestre ».
    pub rhythm: String,
    pub members: Vec<Member>,
    pub notice_days: i32,
    pub reminder_days: Vec<i32>,
    #[schema(value_type = String, example = "silence")]
    pub approval: Approval,
    /// After how many days silence approves.
    pub silence_days: i32,
    /// The parts of its minutes beside its agenda.
    pub sections: Vec<String>,
    /// It no longer meets.
    pub is_closed: bool,
}

impl BodyFields {
    /// What a body of a kind begins with.
    pub fn of_kind(kind: Kind) -> Self {
        let defaults = kind.defaults();
        Self {
            external_id: None,
            name: String::new(),
            kind,
            territory: String::new(),
            purpose: String::new(),
            rhythm: String::new(),
            members: Vec::new(),
            notice_days: defaults.notice_days,
            reminder_days: defaults.reminder_days.to_vec(),
            approval: defaults.approval,
            silence_days: 15,
            sections: defaults.sections.iter().map(|section| (*section).to_owned()).collect(),
            is_closed: false,
        }
    }

    pub fn chair(&self) -> Option<&Member> {
        self.members.iter().find(|member| member.role == MemberRole::Chair)
    }
}

impl Default for BodyFields {
    fn default() -> Self {
        Self::of_kind(Kind::default())
    }
}
