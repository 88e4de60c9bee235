//! What the interface calls each field of an action.

/// The French name of a field, as forms, conflicts, imports and mails say it.
pub fn field(name: &str) -> &'static str {
    FIELDS.iter().find(|(field, _)| *field == name).map_or("Autre", |(_, label)| label)
}

pub const FIELDS: [(&str, &str); 35] = [
    ("external_id", "Identifiant externe"),
    ("kind", "Type d’action"),
    ("title", "Titre"),
    ("summary", "Présentation"),
    ("needs", "Besoins et diagnostic"),
    ("objectives", "Objectifs"),
    ("audiences", "Publics"),
    ("audience_note", "Précisions sur le public"),
    ("themes", "Thèmes"),
    ("territories", "Territoires"),
    ("carrier", "Porteur"),
    ("place", "Lieu"),
    ("place_withheld", "Lieu communiqué à l’inscription"),
    ("starts_on", "Premier jour"),
    ("ends_on", "Dernier jour"),
    ("rhythm", "Rythme"),
    ("steps", "Déroulement"),
    ("means", "Moyens"),
    ("partners", "Partenaires"),
    ("indicators", "Indicateurs"),
    ("evaluation", "Évaluation"),
    ("evaluation.results", "Résultats"),
    ("evaluation.strengths", "Points forts"),
    ("evaluation.difficulties", "Difficultés"),
    ("evaluation.lessons", "Enseignements"),
    ("plan_sheets", "Fiches du schéma"),
    ("contact", "Contact"),
    ("contact.email", "E-mail de contact"),
    ("contact.phone", "Téléphone de contact"),
    ("fee", "Frais"),
    ("fee_note", "Précisions sur les frais"),
    ("access_conditions", "Conditions d’accès"),
    ("reception_modes", "Modes d’accueil"),
    ("mobilisation_modes", "Comment s’inscrire"),
    ("visibility", "Visibilité"),
];
