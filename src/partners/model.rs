//! An organisation, by its name and kind.

use serde::Serialize;

use crate::db::types::text_enum;
use crate::kernel::ids::OrganisationId;

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

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Organisation {
    pub id: OrganisationId,
    pub external_id: Option<String>,
    pub name: String,
    pub kind: OrganisationKind,
    pub version: i32,
}
