//! The words that the headings of sections are made of, folded.

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Section {
    Needs,
    Objectives,
    RelatedPlans,
    Method,
    /// « Pilotes et partenaires », before a label says which.
    Actors,
    Pilots,
    Partners,
    Calendar,
    Means,
    Indicators,
}

/// The section of its first word; false when the word is so common that it must be marked as a heading or stand alone.
pub fn section_of(word: &str) -> Option<(Section, bool)> {
    Some(match word {
        "constat" | "constats" | "besoin" | "besoins" | "diagnostic" => (Section::Needs, true),
        "contexte" | "problematique" | "problematiques" => (Section::Needs, false),
        "objectif" | "objectifs" => (Section::Objectives, true),
        "finalite" | "finalites" => (Section::Objectives, false),
        "lien" | "liens" | "articulation" | "articulations" => (Section::RelatedPlans, false),
        "methode" | "methodes" | "methodologie" => (Section::Method, true),
        "demarche" | "etapes" | "deroulement" | "modalites" => (Section::Method, false),
        "pilote" | "pilotes" | "pilotage" | "porteur" | "porteurs" => (Section::Pilots, true),
        "partenaire" | "partenaires" | "partenariat" | "partenariats" => (Section::Partners, true),
        "calendrier" | "echeancier" => (Section::Calendar, true),
        "echeance" | "echeances" | "planning" => (Section::Calendar, false),
        "moyen" | "moyens" => (Section::Means, true),
        "ressources" => (Section::Means, false),
        "indicateur" | "indicateurs" => (Section::Indicators, true),
        "evaluation" | "suivi" => (Section::Indicators, false),
        _ => return None,
    })
}

/// The words that headings are made of besides their first.
const FILLERS: [&str; 45] = [
    "a",
    "action",
    "actions",
    "attendus",
    "au",
    "autres",
    "avec",
    "concernee",
    "d",
    "de",
    "des",
    "du",
    "en",
    "et",
    "evaluation",
    "eventuel",
    "eventuels",
    "fiche",
    "generaux",
    "groupe",
    "groupes",
    "l",
    "la",
    "le",
    "les",
    "mise",
    "mobiliser",
    "necessaires",
    "oeuvre",
    "operationnels",
    "ou",
    "plan",
    "plans",
    "previsionnel",
    "programmes",
    "projet",
    "reperes",
    "resultat",
    "resultats",
    "schema",
    "schemas",
    "specifiques",
    "strategique",
    "suivi",
    "travail",
];

pub fn is_known(word: &str) -> bool {
    FILLERS.contains(&word) || is_actor(word)
}

pub fn is_actor(word: &str) -> bool {
    word.starts_with("parten") || word.starts_with("pilot")
}
