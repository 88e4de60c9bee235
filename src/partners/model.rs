//! An organisation: what people write of it, and when it was last confirmed.

use serde::{Deserialize, Serialize};

use crate::db::types::text_enum;
use crate::kernel::ids::OrganisationId;
use crate::kernel::registers::{Rna, Siret};
use crate::kernel::{Moment, Visibility};

text_enum! {
    pub enum OrganisationKind {
        Departement = "departement" | "Département",
        DepartementService = "departement_service" | "Service du Département",
        State = "state" | "Service de l’État",
        Ars = "ars" | "Agence régionale de santé",
        Caf = "caf" | "Caisse d’allocations familiales",
        Msa = "msa" | "Mutualité sociale agricole",
        Cpam = "cpam" | "Assurance maladie (CPAM)",
        Carsat = "carsat" | "Assurance retraite (Carsat)",
        Mdph = "mdph" | "Maison des personnes handicapées",
        Ccas = "ccas" | "CCAS ou CIAS",
        Commune = "commune" | "Commune",
        Epci = "epci" | "Intercommunalité",
        Association = "association" | "Association",
        SocialCentre = "social_centre" | "Centre social",
        School = "school" | "Établissement scolaire",
        Hospital = "hospital" | "Établissement de santé",
        Landlord = "landlord" | "Bailleur social",
        FranceTravail = "france_travail" | "France Travail",
        MissionLocale = "mission_locale" | "Mission locale",
        Justice = "justice" | "Justice",
        Guardianship = "guardianship" | "Protection des majeurs",
        Other = "other" | "Autre",
    }
}

/// An organisation as other records name it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Organisation {
    pub id: OrganisationId,
    pub external_id: Option<String>,
    pub name: String,
    pub kind: OrganisationKind,
    pub visibility: Visibility,
    pub version: i32,
}

/// What people write of an organisation. Stored whole; every version is one of these.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default)]
pub struct OrganisationFields {
    pub external_id: Option<String>,
    pub name: String,
    #[schema(value_type = String, example = "association")]
    pub kind: OrganisationKind,
    /// Fourteen digits, checked.
    #[schema(value_type = Option<String>, example = "13003013300016")]
    pub siret: Option<Siret>,
    #[schema(value_type = Option<String>, example = "W863000123")]
    pub rna: Option<Rna>,
    pub address: String,
    /// Where it is: the official code of a commune.
    pub commune: Option<String>,
    /// What it serves: codes of territories.
    pub area: Vec<String>,
    pub themes: Vec<String>,
    pub audiences: Vec<String>,
    /// `reseaux_porteurs` of the data·inclusion schema.
    pub networks: Vec<String>,
    /// A generic mailbox rather than somebody's.
    pub email: String,
    pub phone: String,
    pub website: String,
    pub description: String,
    pub opening_hours: String,
    pub contacts: Vec<PartnerContact>,
    #[schema(value_type = String, example = "public")]
    pub visibility: Visibility,
}

impl Default for OrganisationFields {
    fn default() -> Self {
        Self {
            external_id: None,
            name: String::new(),
            kind: OrganisationKind::Association,
            siret: None,
            rna: None,
            address: String::new(),
            commune: None,
            area: Vec::new(),
            themes: Vec::new(),
            audiences: Vec::new(),
            networks: Vec::new(),
            email: String::new(),
            phone: String::new(),
            website: String::new(),
            description: String::new(),
            opening_hours: String::new(),
            contacts: Vec::new(),
            visibility: Visibility::Public,
        }
    }
}

/// A professional to speak with. One that is not shown is told to agents and to the organisation itself only.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default)]
pub struct PartnerContact {
    pub name: String,
    pub function: String,
    pub email: String,
    pub phone: String,
    pub shown: bool,
}

impl OrganisationFields {
    /// The same, in one order where values have none: chosen again in another order, they say nothing new.
    pub fn sorted(&self) -> Self {
        let mut fields = self.clone();
        for list in [&mut fields.area, &mut fields.themes, &mut fields.audiences, &mut fields.networks] {
            list.sort();
        }
        fields
    }

    /// What it serves: its area, or where it is when it gives none.
    pub fn places(&self) -> Vec<String> {
        if self.area.is_empty() { self.commune.iter().cloned().collect() } else { self.area.clone() }
    }

    /// Without the contacts that are not for everybody.
    pub fn without_hidden_contacts(mut self) -> Self {
        self.contacts.retain(|contact| contact.shown);
        self
    }
}

/// Days without change nor confirmation after which an organisation's page is to be confirmed: twelve months.
pub const CONFIRM_AFTER_DAYS: i64 = 365;

/// An organisation whole: what people wrote of it, and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Partner {
    pub id: OrganisationId,
    pub fields: OrganisationFields,
    pub version: i32,
    /// The one that it became: both were of one organisation.
    pub merged_into: Option<OrganisationId>,
    pub confirmed_at: Moment,
    pub created_at: Moment,
    pub updated_at: Moment,
}

impl Partner {
    pub fn is_to_be_confirmed(&self, now: Moment) -> bool {
        self.confirmed_at <= now.plus_days(-CONFIRM_AFTER_DAYS)
    }
}
