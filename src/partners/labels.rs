//! What the interface calls each field of an organisation.

use crate::kernel::text;

/// The French name of a field, as forms, histories, imports and mails say it.
pub fn field(name: &str) -> &'static str {
    FIELDS.iter().find(|(field, ..)| *field == name).map_or("Autre", |(_, label, _)| label)
}

/// The fields in the order of the form: name, label, and what a sentence calls it.
pub const FIELDS: [(&str, &str, &str); 18] = [
    ("name", "Nom", "le nom"),
    ("kind", "Nature", "la nature"),
    ("description", "Présentation", "la présentation"),
    ("themes", "Thèmes", "les thèmes"),
    ("audiences", "Publics", "les publics"),
    ("area", "Territoires desservis", "les territoires desservis"),
    ("address", "Adresse", "l’adresse"),
    ("commune", "Commune", "la commune"),
    ("opening_hours", "Horaires d’ouverture", "les horaires"),
    ("email", "E-mail général", "l’e-mail général"),
    ("phone", "Téléphone général", "le téléphone"),
    ("website", "Site internet", "le site internet"),
    ("contacts", "Interlocuteurs", "les interlocuteurs"),
    ("siret", "SIRET", "le SIRET"),
    ("rna", "Numéro RNA", "le numéro RNA"),
    ("networks", "Réseaux", "les réseaux"),
    ("visibility", "Visibilité", "la visibilité"),
    ("external_id", "Identifiant externe", "l’identifiant externe"),
];

/// The fields, as a sentence names them, those that matter first: « a modifié le nom et l’adresse ».
pub fn in_a_sentence(names: &[&str]) -> String {
    text::some_of(FIELDS.iter().filter(|(field, ..)| names.contains(field)).map(|(.., words)| *words))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_has_its_words() {
        let Ok(serde_json::Value::Object(fields)) = serde_json::to_value(crate::partners::model::OrganisationFields::default()) else {
            panic!("no object")
        };
        assert_eq!(fields.len(), FIELDS.len());
        for name in fields.keys() {
            assert_ne!(field(name), "Autre", "{name}");
        }
        assert_eq!(in_a_sentence(&["address", "name"]), "le nom et l’adresse");
    }
}
