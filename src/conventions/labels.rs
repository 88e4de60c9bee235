//! What the interface calls each field of a convention.

pub const FIELDS: [(&str, &str); 22] = [
    ("external_id", "Identifiant externe"),
    ("object", "Objet"),
    ("kind", "Nature"),
    ("level", "Niveau"),
    ("legal_basis", "Fondement juridique"),
    ("parties", "Parties"),
    ("territories", "Territoires"),
    ("themes", "Thèmes"),
    ("plan_sheets", "Fiches du schéma"),
    ("actions", "Actions qui s’y appuient"),
    ("effect", "Prise d’effet"),
    ("starts_on", "Premier jour"),
    ("ends_on", "Terme"),
    ("review_on", "À revoir le"),
    ("renewal", "Reconduction"),
    ("notice_months", "Préavis, en mois"),
    ("replaces", "Remplace"),
    ("amount_eur_per_year", "Montant annuel, en euros"),
    ("direction", "Sens du versement"),
    ("is_subsidy", "Subvention"),
    ("responsible", "Responsable du suivi"),
    ("visibility", "Visibilité"),
];

/// The French name of a field, as forms, comparisons and messages say it.
pub fn field(name: &str) -> &'static str {
    FIELDS.iter().find(|(field, _)| *field == name).map_or("Autre", |(_, label)| label)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_has_its_words() {
        let fields = serde_json::to_value(crate::conventions::model::ConventionFields::default()).unwrap();
        for name in fields.as_object().unwrap().keys() {
            assert_ne!(field(name), "Autre", "{name}");
        }
    }
}
