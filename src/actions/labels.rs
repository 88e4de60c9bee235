//! What the interface calls each field of an action.

use crate::kernel::text;

/// The French name of a field, as forms, conflicts, imports and mails say it.
pub fn field(name: &str) -> &'static str {
    FIELDS.iter().chain(&[("mobilised_by", "Qui peut demander l’inscription")]).find(|(field, _)| *field == name).map_or("Autre", |(_, label)| label)
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

/// The fields, as a sentence names them, those that matter first: « a modifié la présentation et les dates ».
pub fn in_a_sentence(names: &[&str]) -> String {
    text::some_of(IN_A_SENTENCE.iter().filter(|(field, _)| names.contains(field)).map(|(_, words)| *words))
}

const IN_A_SENTENCE: [(&str, &str); 30] = [
    ("external_id", "l’identifiant externe"),
    ("kind", "le type d’action"),
    ("title", "le titre"),
    ("summary", "la présentation"),
    ("needs", "les besoins"),
    ("objectives", "les objectifs"),
    ("audiences", "le public"),
    ("audience_note", "le public"),
    ("themes", "les thèmes"),
    ("territories", "les territoires"),
    ("carrier", "le porteur"),
    ("place", "le lieu"),
    ("place_withheld", "le lieu"),
    ("starts_on", "les dates"),
    ("ends_on", "les dates"),
    ("rhythm", "le rythme"),
    ("steps", "le déroulement"),
    ("means", "les moyens"),
    ("partners", "les partenaires"),
    ("indicators", "les indicateurs"),
    ("evaluation", "l’évaluation"),
    ("plan_sheets", "les fiches du schéma"),
    ("contact", "le contact"),
    ("fee", "les frais"),
    ("fee_note", "les frais"),
    ("access_conditions", "les conditions d’accès"),
    ("reception_modes", "les modes d’accueil"),
    ("mobilisation_modes", "l’inscription"),
    ("mobilised_by", "l’inscription"),
    ("visibility", "la visibilité"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_has_its_words() {
        let Ok(serde_json::Value::Object(fields)) = serde_json::to_value(crate::actions::model::ActionFields::default()) else { panic!("no object") };
        for name in fields.keys() {
            assert_ne!(field(name), "Autre", "{name}");
            assert!(IN_A_SENTENCE.iter().any(|(known, _)| known == name), "{name}");
        }
    }

    #[test]
    fn a_sentence_names_few_fields() {
        assert_eq!(in_a_sentence(&["starts_on", "ends_on"]), "les dates");
        assert_eq!(in_a_sentence(&["starts_on", "ends_on", "title"]), "le titre et les dates");
    }
}
