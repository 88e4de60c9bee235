//! The columns of a table of meetings, in the order in which people read one.

use super::convention_notations::{Whole, Words};
use super::meeting_notations::{Agenda, Bodies, Days, Wall};
use super::notations::Sheets;
use crate::imports::columns::vocabulary::Terms;
use crate::imports::columns::{Cell, Column, Columns, Held};
use crate::kernel::{Visibility, referential};
use crate::meetings::labels;
use crate::meetings::model::{Kind, Registration, Stage};
use crate::meetings::world::World;
use crate::plans::model::Plan;
use crate::territories::naming::Naming;

/// Titles that stand for what is computed, and for what people add in the margin.
const IGNORED: [&str; 15] = [
    "url",
    "Adresse de la page",
    "uid",
    "sequence",
    "series_id",
    "reason",
    "called_at",
    "version",
    "created_at",
    "updated_at",
    "author",
    "seats_left",
    "missing",
    "Ligne",
    "Erreur",
];

macro_rules! choice {
    ($noun:literal, $type:ty, $also:expr) => {{
        let terms = Terms::new($noun, <$type>::ALL.iter().map(|value| (value.to_string(), value.label().to_owned())));
        Cell::One(Box::new(Words { terms, also: &$also }))
    }};
}

pub fn columns(world: &World, bodies: Bodies, plans: &[Plan]) -> Columns {
    let named = |field, cell| Column::new(field, labels::field(field), cell);
    let text = |field| named(field, Cell::Text);
    let wall = || Cell::Notation(Box::new(Wall(world.zone.clone())));
    let national = referential::themes().iter().map(|term| (term.code.clone(), term.label.clone()));
    let themes = national.chain(world.instance.themes.iter().map(|theme| (theme.code.clone(), theme.label.clone())));
    let columns = vec![
        text("title").also(&["Intitulé", "Nom", "Objet", "Rencontre", "Réunion"]).hint("Obligatoire, sauf pour une instance qui est dite."),
        named("body_id", Cell::One(Box::new(bodies)))
            .also(&["Comité", "Instance de la rencontre"])
            .hint("Nom ou identifiant externe d’une instance\u{a0}: la rencontre commence comme elle le dit."),
        named("kind", choice!("un type de rencontre", Kind, [("comite local", "local_follow_up_committee"), ("copil", "steering_committee")]))
            .also(&["Type", "Nature"])
            .hint("Vide\u{a0}: celui de l’instance, ou une rencontre territoriale."),
        Column::new("stage", "Étape", choice!("une étape", Stage, [("brouillon", "draft"), ("realisee", "held"), ("passee", "held")]))
            .also(&["Statut"])
            .hint("En préparation (vide) ou tenue. Une rencontre se convoque depuis sa page."),
        named("starts_at", wall()).also(&["Date", "Date et heure", "Date de début"]).hint("Un jour et une heure, comme 03/03/2026 14:00."),
        named("ends_at", wall()).also(&["Heure de fin", "Date de fin"]).hint("Un jour et une heure."),
        text("place").also(&["Adresse", "Salle"]),
        text("link").also(&["Visioconférence", "Lien"]).hint("Commence par https://."),
        text("summary").also(&["Résumé", "Description"]).hint("2 000 caractères au plus."),
        named("agenda", Cell::Notation(Box::new(Agenda)))
            .also(&["Points"])
            .hint("Titre (but\u{a0}; durée en min\u{a0}; intervenant), un point par ligne ou séparés par une barre |."),
        named("territories", Cell::Many(Box::new(Naming::new(&world.atlas, &world.instance.departement))))
            .also(&["Territoire", "MDS", "Communes"])
            .hint("Noms ou codes de communes, d’intercommunalités, de MDS ou de TIS, séparés par une virgule ou une barre |."),
        named("themes", Cell::Many(Box::new(Terms::new("un thème", themes)))).also(&["Thème", "Thématiques"]).hint("Séparés par une barre |."),
        named("plan_sheets", Cell::Notation(Box::new(Sheets::new(plans))))
            .also(&["Fiches", "Fiche action", "Fiches action"])
            .hint("Numéros, séparés par une virgule. S’il y a plusieurs schémas\u{a0}: titre du schéma / numéro."),
        named("capacity", Cell::Notation(Box::new(Whole))).also(&["Places", "Capacité"]).hint("Un nombre entier. Vide\u{a0}: sans limite."),
        named(
            "registration",
            choice!("une sorte d’inscription", Registration, [("agents", "members"), ("partenaires", "partners"), ("fermee", "closed")]),
        )
        .hint("Vide\u{a0}: selon le type."),
        named("reminder_days", Cell::Notation(Box::new(Days))).also(&["Rappels"]).hint("Nombres de jours, comme 7, 1."),
        text("contact.email").also(&["E-mail", "Mail", "Courriel"]),
        named("contact.phone", Cell::Phone).also(&["Téléphone", "Tél"]),
        text("organiser").also(&["Organisateur", "Organisatrice", "Organisé par"]).hint("L’adresse e-mail d’un agent. Vide\u{a0}: vous."),
        named(
            "visibility",
            choice!("un niveau de visibilité", Visibility, [("interne", "internal"), ("agents", "internal"), ("partenaires", "partners")]),
        )
        .hint("Vide\u{a0}: selon le type."),
        Column::new("answers.invited", "Personnes invitées", Cell::Notation(Box::new(Whole))).held(Held::Told),
        Column::new("answers.present", "Personnes présentes", Cell::Notation(Box::new(Whole))).held(Held::Told),
        Column::new("headcount", "Présents sans invitation", Cell::Notation(Box::new(Whole))).held(Held::Told),
        text("external_id")
            .also(&["Identifiant", "Référence", "Réf", "Code"])
            .hint("Votre numéro. Le même numéro, la fois suivante, met à jour la rencontre au lieu d’en créer une autre."),
        Column::new("id", "Numéro Trait d’union", Cell::Text).hint("Écrit par l’export\u{a0}: laissez-le pour mettre à jour, videz-le pour créer."),
    ];
    Columns::new(columns, &IGNORED, &[])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::imports::columns::Named;
    use crate::instance::model::Instance;
    use crate::kernel::Zone;
    use crate::meetings::model::MeetingFields;
    use crate::territories::model::Atlas;

    #[test]
    fn every_field_has_its_column_and_no_title_names_two() {
        let world = World {
            instance: Instance::default(),
            atlas: Atlas::default(),
            zone: Zone::named("Europe/Paris").unwrap(),
            partners: Default::default(),
            bodies: Default::default(),
            sheets: Default::default(),
        };
        let columns = columns(&world, Bodies::new([]), &[]);
        let fields = serde_json::to_value(MeetingFields::default()).unwrap();
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
