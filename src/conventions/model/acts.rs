//! The acts by which a signed convention lives. They are only ever added; an avenant alone is first a draft.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Party;
use crate::db::types::text_enum;
use crate::kernel::ids::ActId;
use crate::kernel::{Day, Moment};

text_enum! {
    pub enum ActKind {
        Signature = "signature" | "Signature",
        Avenant = "avenant" | "Avenant",
        Reconduction = "reconduction" | "Reconduction",
        Denonciation = "denonciation" | "Dénonciation",
        Resiliation = "resiliation" | "Résiliation",
    }
}

text_enum! {
    pub enum AvenantStage {
        Draft = "draft" | "En préparation",
        Signed = "signed" | "Signé",
        Abandoned = "abandoned" | "Abandonné",
    }
}

/// What an avenant makes of one field.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Change {
    pub field: String,
    pub before: Value,
    pub after: Value,
}

/// What an act says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Content {
    /// Of one party; null: the Département.
    Signature {
        partner: Option<String>,
        signatory: String,
        #[schema(value_type = String, format = Date)]
        signed_on: Day,
    },
    Avenant {
        #[schema(value_type = String, example = "draft")]
        stage: AvenantStage,
        object: String,
        changes: Vec<Change>,
        #[schema(value_type = Option<String>, format = Date)]
        signed_on: Option<Day>,
        #[schema(value_type = Option<String>, format = Date)]
        effective_on: Option<Day>,
        /// The SHA-256 of its signed file.
        signed_file: Option<String>,
    },
    /// Express: decided, until a new term.
    Reconduction {
        #[schema(value_type = String, format = Date)]
        decided_on: Day,
        #[schema(value_type = String, format = Date)]
        former_term: Day,
        #[schema(value_type = String, format = Date)]
        ends_on: Day,
    },
    /// Given up at a term, or after its notice when it has none; `effective_on` is its last day.
    Denonciation {
        /// Who gives it up; null: the Département.
        partner: Option<String>,
        #[schema(value_type = String, format = Date)]
        notified_on: Day,
        #[schema(value_type = String, format = Date)]
        effective_on: Day,
        #[schema(value_type = Option<String>, format = Date)]
        notice_by: Option<Day>,
        /// After the last day of notice: it takes effect at the next term only.
        is_late: bool,
        note: String,
    },
    /// Ended for a reason; `effective_on` is the first day on which it binds no more.
    Resiliation {
        ground: String,
        #[schema(value_type = String, format = Date)]
        notified_on: Day,
        #[schema(value_type = String, format = Date)]
        effective_on: Day,
    },
}

#[derive(Clone, Debug, PartialEq)]
pub struct Act {
    pub id: ActId,
    /// Its place among the acts of its convention, from 1.
    pub number: i32,
    pub content: Content,
    pub author: String,
    pub at: Moment,
}

impl Content {
    pub fn signature(party: &Party, signed_on: Day) -> Self {
        Self::Signature { partner: party.partner.clone(), signatory: party.signatory.clone(), signed_on }
    }

    /// An avenant that was recorded as signed, and whose signed file was not joined.
    pub fn waits_for_its_file(&self) -> bool {
        matches!(self, Self::Avenant { stage: AvenantStage::Signed, signed_file: None, .. })
    }

    /// Gives an avenant its signed file.
    pub fn filed(&mut self, sha256: &str) {
        if let Self::Avenant { signed_file, .. } = self {
            *signed_file = Some(sha256.to_owned());
        }
    }

    /// Whose signature it is, if it is one: an organisation, or the Département.
    pub fn signer(&self) -> Option<Option<&str>> {
        match self {
            Self::Signature { partner, .. } => Some(partner.as_deref()),
            _ => None,
        }
    }

    pub fn kind(&self) -> ActKind {
        match self {
            Self::Signature { .. } => ActKind::Signature,
            Self::Avenant { .. } => ActKind::Avenant,
            Self::Reconduction { .. } => ActKind::Reconduction,
            Self::Denonciation { .. } => ActKind::Denonciation,
            Self::Resiliation { .. } => ActKind::Resiliation,
        }
    }

    /// Only an avenant is ever anything but done.
    pub fn stage(&self) -> AvenantStage {
        match self {
            Self::Avenant { stage, .. } => *stage,
            _ => AvenantStage::Signed,
        }
    }

    /// When it was signed, decided or notified.
    pub fn dated_on(&self) -> Option<Day> {
        match self {
            Self::Signature { signed_on: day, .. }
            | Self::Reconduction { decided_on: day, .. }
            | Self::Denonciation { notified_on: day, .. }
            | Self::Resiliation { notified_on: day, .. } => Some(*day),
            Self::Avenant { signed_on, .. } => *signed_on,
        }
    }

    /// From when a reader must count with it; None for what changes nothing of what the convention says.
    pub fn applies_from(&self) -> Option<Day> {
        match self {
            Self::Signature { .. } => None,
            Self::Avenant { stage: AvenantStage::Signed, effective_on, .. } => *effective_on,
            Self::Avenant { .. } => None,
            _ => self.dated_on(),
        }
    }

    /// What it says of itself that its author may not expect.
    pub fn remark(&self) -> Option<String> {
        match self {
            Self::Denonciation { is_late: true, notice_by: Some(by), effective_on, .. } => Some(format!(
                "Notifiée après le dernier jour de préavis ({}), la dénonciation prend effet au terme suivant, le {}.",
                by.in_figures(),
                effective_on.in_figures()
            )),
            _ => None,
        }
    }
}
