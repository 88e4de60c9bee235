//! The columns of a table of actions, in the order in which people read a sheet about one.

use super::notations::{Indicators, Links, Partners, Sheets};
use crate::actions::labels;
use crate::actions::model::{Kind, Stage};
use crate::actions::service::World;
use crate::imports::columns::vocabulary::{Terms, Vocabulary};
use crate::imports::columns::{Cell, Column, Columns};
use crate::kernel::{Visibility, referential};
use crate::partners::model::Organisation;
use crate::plans::model::Plan;
use crate::territories::naming::Naming;

/// Titles that stand for nothing of an action's own: what it computes, and what people add in the margin.
const IGNORED: [&str; 16] = [
    "url",
    "Adresse de la page",
    "situation",
    "État",
    "version",
    "created_at",
    "updated_at",
    "published_at",
    "author",
    "inspired_by",
    "return_comment",
    "missing",
    "sessions",
    "Ligne",
    "Erreur",
    "Contenu",
];

fn terms(noun: &'static str, terms: &[referential::Term]) -> Box<dyn Vocabulary> {
    Box::new(Terms::new(noun, terms.iter().map(|term| (term.code.clone(), term.label.clone()))))
}

macro_rules! choice {
    ($noun:literal, $type:ty) => {
        Cell::One(Box::new(Terms::new($noun, <$type>::ALL.iter().map(|value| (value.to_string(), value.label().to_owned())))))
    };
}

fn themes(world: &World) -> Box<dyn Vocabulary> {
    let national = referential::themes().iter().map(|term| (term.code.clone(), term.label.clone()));
    let local = world.instance.themes.iter().map(|theme| (theme.code.clone(), theme.label.clone()));
    Box::new(Terms::new("un thème", national.chain(local)))
}

pub fn columns(world: &World, partners: &[Organisation], plans: &[Plan]) -> Columns {
    let places = || Box::new(Naming::new(&world.atlas, &world.instance.departement));
    let partners = Partners::new(partners);
    let named = |field, cell| Column::new(field, labels::field(field), cell);
    let text = |field| named(field, Cell::Text);
    let columns = vec![
        text("title").also(&["Intitulé", "Nom", "Nom de l’action", "Intitulé de l’action", "Titre de l’action"]).hint("Obligatoire."),
        Column::new("stage", "Étape", choice!("une étape", Stage))
            .also(&["Statut"])
            .hint("Vide\u{a0}: brouillon. Une action publiée a au moins un titre et une présentation."),
        named("kind", choice!("un type d’action", Kind)).also(&["Type", "Nature"]).hint("Vide\u{a0}: action collective."),
        text("summary").also(&["Résumé", "Description", "Descriptif"]).hint("2 000 caractères au plus."),
        text("needs").also(&["Besoins", "Diagnostic", "Constats"]),
        named("objectives", Cell::Lines).hint("Un par ligne, ou séparés par une barre |."),
        named("audiences", Cell::Many(terms("un public", referential::audiences()))).also(&["Public", "Public visé", "Public concerné"]),
        text("audience_note").also(&["Précisions public"]),
        named("themes", Cell::Many(themes(world)))
            .also(&["Thème", "Thématique", "Thématiques"])
            .hint("Ceux de la page Actions collectives, séparés par une barre |."),
        named("territories", Cell::Many(places()))
            .also(&["Territoire", "Commune", "Communes", "Lieux concernés"])
            .hint("Noms ou codes de communes, d’intercommunalités, de MDS ou de TIS, séparés par une virgule ou une barre |."),
        Column::new("carrier.territory", "Territoire porteur", Cell::One(places())).also(&["MDS porteuse", "Service porteur"]).hint("Nom ou code."),
        Column::new("carrier.partner_id", "Partenaire porteur", Cell::One(Box::new(partners.clone()))).hint("Nom d’un partenaire de la liste."),
        text("place").also(&["Adresse", "Lieu de l’action"]),
        named("place_withheld", Cell::Flag).also(&["Lieu non communiqué"]).hint("Oui ou non."),
        named("starts_on", Cell::Day).also(&["Date de début", "Début", "Date début"]).hint("Une date, comme 03/03/2026 ou 3 mars 2026."),
        named("ends_on", Cell::Day).also(&["Date de fin", "Fin", "Date fin"]).hint("Une date."),
        text("rhythm").also(&["Fréquence", "Horaires"]),
        text("steps").also(&["Contenu de l’action", "Étapes"]),
        text("means").also(&["Moyens mobilisés"]),
        named("partners", Cell::Notation(Box::new(Links(partners))))
            .also(&["Partenariat", "Partenaires associés"])
            .hint("Nom\u{a0}: rôle, un par ligne."),
        named("indicators", Cell::Notation(Box::new(Indicators))).hint("Nom (unité)\u{a0}: résultat / cible, un par ligne."),
        text("evaluation.results").also(&["Bilan", "Résultats obtenus"]),
        text("evaluation.strengths"),
        text("evaluation.difficulties").also(&["Difficultés rencontrées"]),
        text("evaluation.lessons").also(&["Perspectives"]),
        named("plan_sheets", Cell::Notation(Box::new(Sheets::new(plans))))
            .also(&["Fiche action", "Fiches action", "Fiche du schéma"])
            .hint("Numéros, séparés par une virgule. S’il y a plusieurs schémas\u{a0}: titre du schéma / numéro."),
        text("contact.email").also(&["E-mail", "Mail", "Courriel", "Adresse e-mail", "Adresse e-mail"]),
        named("contact.phone", Cell::Phone).also(&["Téléphone", "Tél", "Numéro de téléphone"]),
        named("fee", Cell::One(terms("une valeur de frais", referential::fees()))).also(&["Tarif", "Coût"]),
        text("fee_note").also(&["Précisions frais"]),
        text("access_conditions").also(&["Modalités d’accès"]),
        named("reception_modes", Cell::Many(terms("un mode d’accueil", referential::reception_modes()))),
        named("mobilisation_modes", Cell::Many(terms("un mode d’inscription", referential::mobilisation_modes())))
            .also(&["Inscription", "Modalités d’inscription"]),
        Column::new("mobilised_by", "Qui peut orienter", Cell::Many(terms("une valeur", referential::mobilised_by()))),
        named("visibility", choice!("un niveau de visibilité", Visibility)).hint("Vide\u{a0}: public."),
        text("external_id")
            .also(&["Identifiant", "Référence", "Réf", "Code"])
            .hint("Votre numéro. Le même numéro, la fois suivante, met à jour l’action au lieu d’en créer une autre."),
        Column::new("id", "Numéro Trait d’union", Cell::Text).hint("Écrit par l’export\u{a0}: laissez-le pour mettre à jour, videz-le pour créer."),
    ];
    Columns::new(columns, &IGNORED, &[("carrier.partner", "carrier.partner_id")])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::imports::columns::Named;
    use crate::instance::model::Instance;
    use crate::territories::model::Atlas;

    fn all() -> Columns {
        let world = World {
            instance: Instance::default(),
            atlas: Atlas::default(),
            partners: Default::default(),
            former: Default::default(),
            sheets: Default::default(),
        };
        columns(&world, &[], &[])
    }

    #[test]
    fn every_field_of_an_action_has_its_column() {
        let columns = all();
        let fields = serde_json::to_value(crate::actions::model::ActionFields::default()).unwrap();
        for field in fields.as_object().unwrap().keys() {
            let inner = format!("{field}.");
            assert!(columns.columns.iter().any(|column| column.field == field || column.field.starts_with(&inner)), "{field}");
        }
        for (field, label) in labels::FIELDS.iter().filter(|(field, _)| !matches!(*field, "carrier" | "contact" | "evaluation")) {
            let place = columns.place(field).unwrap_or_else(|| panic!("{field}"));
            assert_eq!(columns.columns[place].label, *label);
        }
    }

    #[test]
    fn no_title_names_two_columns() {
        let columns = all();
        for (place, column) in columns.columns.iter().enumerate() {
            for title in [column.field, column.label].iter().chain(column.also) {
                assert_eq!(columns.named(title), Named::Column(place), "{title}");
            }
        }
        for title in IGNORED {
            assert_eq!(columns.named(title), Named::Ignored, "{title}");
        }
    }

    #[test]
    fn titles_that_people_write_are_known() {
        let columns = all();
        for (title, field) in
            [("Thême", "themes"), ("N° de téléphone", ""), ("Date de debut", "starts_on"), ("presentation", "summary"), ("Publiques", "")]
        {
            let found = columns.named(title).column().map_or("", |place| columns.columns[place].field);
            assert_eq!(found, field, "{title}");
        }
    }
}
