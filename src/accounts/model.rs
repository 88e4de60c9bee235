//! People, roles, and what a role lets its bearer see and do.

use std::collections::BTreeSet;

use serde::Serialize;

use crate::db::types::text_enum;
use crate::kernel::Moment;
use crate::kernel::ids::{AccountId, OrganisationId};

pub use crate::kernel::actor::{Actor, By, Role, Viewer};

text_enum! {
    pub enum AccountStage {
        Invited = "invited" | "Invité",
        Active = "active" | "Actif",
        Closed = "closed" | "Fermé",
    }
}

text_enum! {
    /// What a mailed link is for.
    pub enum LinkPurpose {
        Invitation = "invitation" | "Invitation",
        Reset = "reset" | "Nouveau mot de passe",
    }
}

/// An account as the administrator sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Account {
    pub id: AccountId,
    pub email: String,
    pub name: String,
    /// Professional function, as « conseillère en économie sociale et familiale ».
    pub job: String,
    pub role: Role,
    pub organisation_id: Option<OrganisationId>,
    pub stage: AccountStage,
    pub territories: BTreeSet<String>,
    pub version: i32,
    pub signed_in_at: Option<Moment>,
}

/// A session as its owner sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct WebSession {
    pub id: String,
    pub address: String,
    pub agent: String,
    pub created_at: Moment,
    pub seen_at: Moment,
    pub current: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ApiToken {
    pub id: String,
    pub label: String,
    pub owner: String,
    pub created_at: Moment,
    pub used_at: Option<Moment>,
}
