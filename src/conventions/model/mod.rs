//! A convention: what it says. Its life, its acts, its terms and where it stands are beside.

pub mod acts;
pub mod checks;
pub mod life;
pub mod preparation;
pub mod situation;
pub mod standing;
pub mod terms;

use serde::{Deserialize, Serialize};

use crate::actions::model::SheetRef;
use crate::db::types::text_enum;
use crate::kernel::{Day, Visibility};

pub use acts::{Act, ActKind, AvenantStage, Content};
pub use life::{Life, Refusal, Stage, Verb};
pub use situation::Situation;
pub use standing::Standing;

text_enum! {
    pub enum Kind {
        Partnership = "partnership" | "Partenariat",
        ProvisionOfMeans = "provision_of_means" | "Mise à disposition de moyens",
        Objectives = "objectives" | "Objectifs et moyens",
        Funding = "funding" | "Financement",
        DataSharing = "data_sharing" | "Partage de données",
        Charter = "charter" | "Charte",
    }
}

text_enum! {
    pub enum Level {
        Departement = "departement" | "Départementale",
        Mds = "mds" | "D’une MDS",
    }
}

text_enum! {
    /// What makes it begin.
    pub enum Effect {
        FixedDay = "fixed_day" | "À une date fixée",
        LastSignature = "last_signature" | "À la dernière signature",
        Notification = "notification" | "À sa notification",
    }
}

text_enum! {
    #[derive(Default)]
    pub enum RenewalKind {
        #[default]
        None = "none" | "Sans reconduction",
        Tacit = "tacit" | "Reconduction tacite",
        Express = "express" | "Reconduction expresse",
    }
}

text_enum! {
    /// Who pays the amount.
    pub enum Direction {
        Paid = "paid" | "Versé par le Département",
        Received = "received" | "Reçu par le Département",
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default)]
pub struct Renewal {
    #[schema(value_type = String, example = "tacit")]
    pub kind: RenewalKind,
    pub period_months: Option<i32>,
    /// How many times at most; null: without end.
    pub max: Option<i32>,
}

/// The vote that lets somebody sign.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default)]
pub struct Authorisation {
    /// As « commission permanente » or « conseil d’administration ».
    pub organ: String,
    pub number: String,
    #[schema(value_type = Option<String>, format = Date)]
    pub dated: Option<Day>,
    #[schema(value_type = Option<String>, format = Date)]
    pub enforceable_on: Option<Day>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default)]
pub struct Party {
    /// An organisation; null: the Département itself.
    pub partner: Option<String>,
    pub signatory: String,
    pub capacity: String,
    pub authorisation: Option<Authorisation>,
    /// Written by the act of signature.
    #[schema(value_type = Option<String>, format = Date)]
    pub signed_on: Option<Day>,
}

/// What people write of a convention. Stored whole as it was signed; avenants are applied to it when it is read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default)]
pub struct ConventionFields {
    pub external_id: Option<String>,
    pub object: String,
    #[schema(value_type = String, example = "partnership")]
    pub kind: Kind,
    #[schema(value_type = String, example = "departement")]
    pub level: Level,
    pub legal_basis: String,
    /// The Département is the first, unless another is named for it.
    pub parties: Vec<Party>,
    pub territories: Vec<String>,
    pub themes: Vec<String>,
    pub plan_sheets: Vec<SheetRef>,
    /// The actions that rest on it.
    pub actions: Vec<String>,
    /// `fixed_day` or `notification`, both on `starts_on`, or `last_signature`.
    #[schema(value_type = String, example = "last_signature")]
    pub effect: Effect,
    #[schema(value_type = Option<String>, format = Date)]
    pub starts_on: Option<Day>,
    /// Its first term; null: without term.
    #[schema(value_type = Option<String>, format = Date)]
    pub ends_on: Option<Day>,
    /// Without term: when it is to be looked at again.
    #[schema(value_type = Option<String>, format = Date)]
    pub review_on: Option<Day>,
    pub renewal: Renewal,
    pub notice_months: Option<i32>,
    /// The convention that this one comes after.
    pub replaces: Option<String>,
    pub amount_eur_per_year: Option<f64>,
    /// `paid` or `received` by the Département.
    #[schema(value_type = Option<String>, example = "paid")]
    pub direction: Option<Direction>,
    pub is_subsidy: bool,
    /// Who follows it: an agent's account, by its address.
    pub responsible: Option<String>,
    #[schema(value_type = String, example = "internal")]
    pub visibility: Visibility,
}

impl Default for ConventionFields {
    fn default() -> Self {
        Self {
            external_id: None,
            object: String::new(),
            kind: Kind::Partnership,
            level: Level::Departement,
            legal_basis: String::new(),
            parties: Vec::new(),
            territories: Vec::new(),
            themes: Vec::new(),
            plan_sheets: Vec::new(),
            actions: Vec::new(),
            effect: Effect::LastSignature,
            starts_on: None,
            ends_on: None,
            review_on: None,
            renewal: Renewal::default(),
            notice_months: None,
            replaces: None,
            amount_eur_per_year: None,
            direction: None,
            is_subsidy: false,
            responsible: None,
            visibility: Visibility::Internal,
        }
    }
}

impl ConventionFields {
    /// The same, in one order where values have none.
    pub fn sorted(&self) -> Self {
        let mut fields = self.clone();
        for list in [&mut fields.themes, &mut fields.territories, &mut fields.actions] {
            list.sort();
        }
        fields.plan_sheets.sort();
        fields
    }

    /// The organisations among its parties.
    pub fn partners(&self) -> impl Iterator<Item = &str> {
        self.parties.iter().filter_map(|party| party.partner.as_deref())
    }

    pub fn last_signature(&self) -> Option<Day> {
        self.parties.iter().filter_map(|party| party.signed_on).max()
    }

    /// The day on which it begins, once it is signed; None while its notification is awaited. What an old one does not say began always.
    pub fn begins_on(&self) -> Option<Day> {
        match self.effect {
            Effect::FixedDay => Some(self.starts_on.or(self.last_signature()).unwrap_or(Day::FIRST)),
            Effect::LastSignature => Some(self.last_signature().unwrap_or(Day::FIRST)),
            Effect::Notification => self.starts_on,
        }
    }
}

/// What was agreed: once a party holds the text, only an avenant changes it, or a correction that says why.
pub const AGREED: [&str; 13] = [
    "object",
    "kind",
    "level",
    "legal_basis",
    "parties",
    "effect",
    "starts_on",
    "ends_on",
    "renewal",
    "notice_months",
    "amount_eur_per_year",
    "direction",
    "is_subsidy",
];

/// What an avenant may change, what most of them change first.
pub const AMENDABLE: [&str; 13] = [
    "ends_on",
    "renewal",
    "notice_months",
    "review_on",
    "amount_eur_per_year",
    "direction",
    "is_subsidy",
    "parties",
    "territories",
    "themes",
    "object",
    "legal_basis",
    "starts_on",
];
