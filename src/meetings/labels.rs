//! What the interface calls each field of a meeting.

pub const FIELDS: [(&str, &str); 19] = [
    ("external_id", "Identifiant externe"),
    ("title", "Titre"),
    ("body_id", "Instance"),
    ("kind", "Type de rencontre"),
    ("summary", "Présentation"),
    ("starts_at", "Début"),
    ("ends_at", "Fin"),
    ("place", "Lieu"),
    ("link", "Lien de visioconférence"),
    ("territories", "Territoires"),
    ("themes", "Thèmes"),
    ("plan_sheets", "Fiches du schéma"),
    ("capacity", "Nombre de places"),
    ("registration", "Inscription"),
    ("agenda", "Ordre du jour"),
    ("reminder_days", "Rappels, en jours avant"),
    ("contact", "Contact"),
    ("organiser", "Organisée par"),
    ("visibility", "Visibilité"),
];

/// The French name of a field, as forms, comparisons and messages say it.
pub fn field(name: &str) -> &'static str {
    match name {
        "contact.email" => "E-mail de contact",
        "contact.phone" => "Téléphone de contact",
        name => FIELDS.iter().find(|(field, _)| *field == name).map_or("Autre", |(_, label)| label),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_has_its_words() {
        let fields = serde_json::to_value(crate::meetings::model::MeetingFields::default()).unwrap();
        for name in fields.as_object().unwrap().keys() {
            assert_ne!(field(name), "Autre", "{name}");
        }
    }
}
