//! A meeting: what it says. Its life, its body, who is invited and its minutes are beside.

pub mod body;
pub mod checks;
pub mod invitation;
pub mod kinds;
pub mod life;
pub mod minutes;

use serde::{Deserialize, Serialize};

use crate::actions::model::SheetRef;
use crate::db::types::text_enum;
use crate::kernel::{Moment, Visibility};

pub use body::{BodyFields, Member, MemberRole, Quality};
pub use invitation::{Answer, Invitation, InvitationState, Presence};
pub use kinds::Kind;
pub use life::{Life, Refusal, Stage, Verb};
pub use minutes::MinutesFields;

text_enum! {
    /// Who may add themselves, beside those who are invited.
    #[derive(Default)]
    pub enum Registration {
        #[default]
        Closed = "closed" | "Sur invitation seulement",
        Members = "members" | "Ouverte aux agents",
        Partners = "partners" | "Ouverte aux agents et aux partenaires",
    }
}

text_enum! {
    /// Who approves minutes.
    #[derive(Default)]
    pub enum Approval {
        #[default]
        Chair = "chair" | "La présidence",
        All = "all" | "Tous les présents",
        Silence = "silence" | "Sans objection dans le délai",
    }
}

text_enum! {
    /// What an item of the agenda is for.
    #[derive(Default)]
    pub enum Aim {
        #[default]
        Information = "information" | "Information",
        Exchange = "exchange" | "Échange",
        Decision = "decision" | "Décision",
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default)]
pub struct AgendaItem {
    /// Names it for ever in its meeting: minutes and decisions refer to it. Given by us.
    pub key: String,
    pub title: String,
    /// How long it is to take.
    pub minutes: Option<i32>,
    pub speaker: String,
    #[schema(value_type = String, example = "exchange")]
    pub aim: Aim,
    /// What it is about: an action, a convention or a sheet.
    pub action: Option<String>,
    pub convention: Option<String>,
    pub plan_sheet: Option<SheetRef>,
}

/// Whom the public asks.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default)]
pub struct Contact {
    pub email: String,
    pub phone: String,
}

/// What people write of a meeting.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default)]
pub struct MeetingFields {
    pub external_id: Option<String>,
    pub title: String,
    pub body_id: Option<String>,
    #[schema(value_type = String, example = "local_follow_up_committee")]
    pub kind: Kind,
    pub summary: String,
    #[schema(value_type = Option<String>, format = DateTime)]
    pub starts_at: Option<Moment>,
    #[schema(value_type = Option<String>, format = DateTime)]
    pub ends_at: Option<Moment>,
    pub place: String,
    /// Where those who do not come join in.
    pub link: String,
    pub territories: Vec<String>,
    pub themes: Vec<String>,
    pub plan_sheets: Vec<SheetRef>,
    pub capacity: Option<i32>,
    #[schema(value_type = String, example = "closed")]
    pub registration: Registration,
    pub agenda: Vec<AgendaItem>,
    /// How many days before it each reminder leaves.
    pub reminder_days: Vec<i32>,
    pub contact: Contact,
    /// Who calls it: an agent's account.
    pub organiser: Option<String>,
    #[schema(value_type = String, example = "partners")]
    pub visibility: Visibility,
}

impl Default for MeetingFields {
    fn default() -> Self {
        Self::of_kind(Kind::default())
    }
}

impl MeetingFields {
    /// What a meeting of a kind begins with.
    pub fn of_kind(kind: Kind) -> Self {
        let defaults = kind.defaults();
        Self {
            kind,
            registration: defaults.registration,
            reminder_days: defaults.reminder_days.to_vec(),
            visibility: defaults.visibility,
            external_id: None,
            title: String::new(),
            body_id: None,
            summary: String::new(),
            starts_at: None,
            ends_at: None,
            place: String::new(),
            link: String::new(),
            territories: Vec::new(),
            themes: Vec::new(),
            plan_sheets: Vec::new(),
            capacity: None,
            agenda: Vec::new(),
            contact: Contact::default(),
            organiser: None,
        }
    }

    /// The same, in one order where values have none.
    pub fn sorted(&self) -> Self {
        let mut fields = self.clone();
        fields.themes.sort();
        fields.territories.sort();
        fields.plan_sheets.sort();
        fields
    }

    /// Does a calendar that holds `self` have to take `next` for a new date (RFC 5546, SEQUENCE)?
    pub fn is_moved_by(&self, next: &Self) -> bool {
        (self.starts_at, self.ends_at, &self.place) != (next.starts_at, next.ends_at, &next.place)
    }
}
