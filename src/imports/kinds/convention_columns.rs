//! The columns of a table of conventions, in the order in which people read one.

use super::convention_notations::{Acts, Euros, Parties, Whole, Words};
use super::notations::{Partners, Sheets};
use crate::conventions::labels;
use crate::conventions::model::{Direction, Effect, Kind, Level, RenewalKind, Stage};
use crate::conventions::world::World;
use crate::imports::columns::vocabulary::Terms;
use crate::imports::columns::{Cell, Column, Columns, Held};
use crate::kernel::{Visibility, referential};
use crate::plans::model::Plan;
use crate::territories::naming::Naming;

/// Titles that stand for what is computed, and for what people add in the margin.
const IGNORED: [&str; 18] = [
    "url",
    "Adresse de la page",
    "begins_on",
    "in_force",
    "En vigueur",
    "has_next_term",
    "notice_by",
    "signed_file",
    "is_existing",
    "version",
    "created_at",
    "updated_at",
    "author",
    "return_comment",
    "missing",
    "warnings",
    "Ligne",
    "Erreur",
];

macro_rules! choice {
    ($noun:literal, $type:ty, $also:expr) => {{
        let terms = Terms::new($noun, <$type>::ALL.iter().map(|value| (value.to_string(), value.label().to_owned())));
        Cell::One(Box::new(Words { terms, also: &$also }))
    }};
}

pub fn columns(world: &World, partners: &Partners, plans: &[Plan]) -> Columns {
    let named = |field, cell| Column::new(field, labels::field(field), cell);
    let text = |field| named(field, Cell::Text);
    let whole = || Cell::Notation(Box::new(Whole));
    let national = referential::themes().iter().map(|term| (term.code.clone(), term.label.clone()));
    let themes = national.chain(world.instance.themes.iter().map(|theme| (theme.code.clone(), theme.label.clone())));
    let columns = vec![
        Column::new("number", "Numéro", Cell::Text)
            .also(&["N°", "Numéro de convention", "N° de convention"])
            .hint("Celui d’une convention déjà signée\u{a0}; les autres en reçoivent un."),
        text("object").also(&["Intitulé", "Titre", "Objet de la convention", "Nom", "Convention"]).hint("Obligatoire."),
        named(
            "kind",
            choice!(
                "une nature de convention",
                Kind,
                [("convention", "partnership"), ("convention de partenariat", "partnership"), ("subvention", "funding")]
            ),
        )
        .also(&["Type", "Type de convention"])
        .hint("Vide\u{a0}: partenariat."),
        named("level", choice!("un niveau", Level, [("departemental", "departement"), ("territoriale", "mds"), ("locale", "mds")]))
            .hint("Vide\u{a0}: le vôtre."),
        text("legal_basis").also(&["Base légale", "Fondement", "Références juridiques"]),
        named("parties", Cell::Notation(Box::new(Parties(partners.clone()))))
            .also(&["Partenaires", "Partenaire", "Signataires", "Cocontractant"])
            .hint("Nom du partenaire (signataire, qualité), un par ligne ou séparés par une barre |. Le Département en est sans qu’on l’écrive."),
        named("territories", Cell::Many(Box::new(Naming::new(&world.atlas, &world.instance.departement))))
            .also(&["Territoire", "MDS", "Communes"])
            .hint("Noms ou codes de communes, d’intercommunalités, de MDS ou de TIS, séparés par une virgule ou une barre |."),
        named("themes", Cell::Many(Box::new(Terms::new("un thème", themes)))).also(&["Thème", "Thématiques"]).hint("Séparés par une barre |."),
        named("plan_sheets", Cell::Notation(Box::new(Sheets::new(plans))))
            .also(&["Fiches", "Fiche action", "Fiches action"])
            .hint("Numéros, séparés par une virgule. S’il y a plusieurs schémas\u{a0}: titre du schéma / numéro."),
        named("actions", Cell::Lines)
            .also(&["Actions"])
            .hint("Identifiants externes ou numéros Trait d’union des actions, un par ligne ou séparés par une barre |."),
        Column::new("stage", "Étape", choice!("une étape", Stage, [("signe", "signed"), ("en vigueur", "signed")]))
            .also(&["Statut"])
            .hint("Vide\u{a0}: signée si l’on dit quand, brouillon sinon."),
        Column::new("signed_on", "Signée le", Cell::Day)
            .also(&["Date de signature", "Signature", "Signé le"])
            .hint("Une date\u{a0}: celle de chaque partie qui n’en a pas d’autre."),
        named(
            "effect",
            choice!("une prise d’effet", Effect, [("date fixe", "fixed_day"), ("signature", "last_signature"), ("a la signature", "last_signature")]),
        )
        .also(&["Effet"])
        .hint("Vide\u{a0}: à la date du premier jour si elle est donnée, à la dernière signature sinon."),
        named("starts_on", Cell::Day).also(&["Date de début", "Début", "Date d’effet", "Date de prise d’effet"]).hint("Une date, comme 03/03/2026."),
        named("ends_on", Cell::Day)
            .also(&["Date de fin", "Fin", "Échéance", "Date d’échéance"])
            .hint("Le premier terme. Vide\u{a0}: durée indéterminée."),
        named("review_on", Cell::Day).also(&["Date de revue", "Revoyure"]).hint("Une date, pour ce qui n’a pas de terme."),
        Column::new(
            "renewal.kind",
            "Reconduction",
            choice!(
                "une reconduction",
                RenewalKind,
                [("tacite", "tacit"), ("expresse", "express"), ("aucune", "none"), ("sans", "none"), ("non", "none")]
            ),
        )
        .also(&["Renouvellement", "Type de reconduction"])
        .hint("Vide\u{a0}: sans."),
        Column::new("renewal.period_months", "Période, en mois", whole())
            .also(&["Période", "Période (mois)", "Durée de reconduction"])
            .hint("De combien de mois elle se reconduit."),
        Column::new("renewal.max", "Nombre maximal", whole())
            .also(&["Nombre maximal de reconductions", "Reconductions maximum"])
            .hint("De reconductions. Vide\u{a0}: sans limite."),
        named("notice_months", whole()).also(&["Préavis", "Préavis (mois)", "Délai de préavis"]).hint("Un nombre entier."),
        text("replaces")
            .also(&["Remplace la convention", "Convention remplacée"])
            .hint("Identifiant externe ou numéro d’une autre convention, d’ici ou du fichier."),
        named("amount_eur_per_year", Cell::Notation(Box::new(Euros)))
            .also(&["Montant annuel", "Montant", "Montant par an"])
            .hint("Par an, comme 1 500."),
        named("direction", choice!("un sens", Direction, [("verse", "paid"), ("depense", "paid"), ("recu", "received"), ("recette", "received")]))
            .also(&["Sens"]),
        named("is_subsidy", Cell::Flag).hint("Oui ou non."),
        text("responsible").also(&["Responsable", "Suivi par", "Référent"]).hint("Son adresse e-mail."),
        named(
            "visibility",
            choice!("un niveau de visibilité", Visibility, [("interne", "internal"), ("agents", "internal"), ("partenaires", "partners")]),
        )
        .hint("Vide\u{a0}: interne."),
        Column::new("reason", "Motif de la correction", Cell::Text).also(&["Motif", "Motif de correction"]).hint(
            "Quand une ligne corrige ce qui a été signé\u{a0}: l’erreur de saisie. Un vrai changement est un avenant, sur la page de la convention.",
        ),
        Column::new("situation", "État", Cell::Text).held(Held::Told),
        Column::new("current_term", "Terme en cours", Cell::Day).held(Held::Told),
        text("external_id")
            .also(&["Identifiant", "Référence", "Réf", "Code"])
            .hint("Votre numéro. Le même numéro, la fois suivante, met à jour la convention au lieu d’en créer une autre."),
        Column::new("id", "Numéro Trait d’union", Cell::Text).hint("Écrit par l’export\u{a0}: laissez-le pour mettre à jour, videz-le pour créer."),
        Column::new("acts", "Actes", Cell::Notation(Box::new(Acts(partners.clone())))).held(Held::Lines),
    ];
    Columns::new(columns, &IGNORED, &[])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conventions::model::ConventionFields;
    use crate::conventions::reading::Directory;
    use crate::imports::columns::Named;
    use crate::instance::model::Instance;
    use crate::territories::model::Atlas;

    fn all() -> Columns {
        let world = World { instance: Instance::default(), atlas: Atlas::default(), directory: Directory::default() };
        columns(&world, &Partners::default(), &[])
    }

    #[test]
    fn every_field_has_its_column_and_no_title_names_two() {
        let columns = all();
        let fields = serde_json::to_value(ConventionFields::default()).unwrap();
        for field in fields.as_object().unwrap().keys() {
            let inner = format!("{field}.");
            assert!(columns.columns.iter().any(|column| column.field == field || column.field.starts_with(&inner)), "{field}");
        }
        for (place, column) in columns.columns.iter().enumerate() {
            let named = if column.held == Held::Told { Named::Ignored } else { Named::Column(place) };
            for title in [column.field, column.label].iter().chain(column.also) {
                assert_eq!(columns.named(title), named, "{title}");
            }
        }
        for title in IGNORED {
            assert_eq!(columns.named(title), Named::Ignored, "{title}");
        }
    }
}
