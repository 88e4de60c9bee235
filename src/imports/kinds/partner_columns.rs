//! The columns of a table of partners, in the order of their form.

use serde_json::{Value, json};

use crate::imports::columns::cell::{Notation, list, parts};
use crate::imports::columns::vocabulary::{Terms, Vocabulary};
use crate::imports::columns::{Cell, Column, Columns};
use crate::kernel::{EmailAddress, Visibility, referential};
use crate::partners::labels;
use crate::partners::model::{OrganisationKind, PartnerContact};
use crate::partners::service::World;
use crate::territories::naming::Naming;

/// Titles that stand for what is computed, and for what people add in the margin.
const IGNORED: [&str; 11] =
    ["url", "Adresse de la page", "version", "confirmed_at", "to_confirm", "created_at", "updated_at", "À confirmer", "Ligne", "Erreur", "Contenu"];

/// `Zoé Martin, directrice, 05 49 00 00 01, zoe@pont.example (affiché)`, one a line. Who is not said to be shown is not.
pub struct Contacts;

const SHOWN: &str = "(affiché)";

fn is_phone(text: &str) -> bool {
    text.chars().filter(char::is_ascii_digit).count() >= 3 && text.chars().all(|c| c.is_ascii_digit() || " +.-()/\u{a0}\u{202f}".contains(c))
}

impl Notation for Contacts {
    fn read(&self, text: &str) -> Result<Value, String> {
        if let Some(listed) = list(text) {
            return Ok(listed);
        }
        let contact = |line: String| {
            let (line, shown) = line.strip_suffix(SHOWN).map_or((line.as_str(), false), |line| (line, true));
            let mut contact = PartnerContact { shown, ..PartnerContact::default() };
            for part in parts(line, &[',', ';']) {
                let place = match &part {
                    part if EmailAddress::parse(part).is_some() => &mut contact.email,
                    part if is_phone(part) => &mut contact.phone,
                    _ if contact.name.is_empty() => &mut contact.name,
                    _ => &mut contact.function,
                };
                if !place.is_empty() {
                    place.push_str(", ");
                }
                place.push_str(&part);
            }
            json!(contact)
        };
        Ok(parts(text, &['|', '\n']).into_iter().map(contact).collect())
    }

    fn write(&self, value: &Value) -> Option<String> {
        let contact = |item: &Value| {
            let part = |name: &str| item[name].as_str().unwrap_or_default().to_owned();
            let said = ["name", "function", "phone", "email"].map(part).into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ");
            if item["shown"] == true { format!("{said} {SHOWN}") } else { said }
        };
        Some(value.as_array()?.iter().map(contact).collect::<Vec<_>>().join("\n"))
    }
}

/// Terms by code and label, those of the data·inclusion schema or of the instance.
fn terms(noun: &'static str, terms: impl Iterator<Item = (String, String)>) -> Box<dyn Vocabulary> {
    Box::new(Terms::new(noun, terms))
}

pub fn columns(world: &World) -> Columns {
    let of = |terms: &'static [referential::Term]| terms.iter().map(|term| (term.code.clone(), term.label.clone()));
    let themes = of(referential::themes()).chain(world.instance.themes.iter().map(|theme| (theme.code.clone(), theme.label.clone())));
    let kinds = OrganisationKind::ALL.iter().map(|kind| (kind.to_string(), kind.label().to_owned()));
    let levels = Visibility::ALL.iter().map(|level| (level.to_string(), level.label().to_owned()));
    let departement = &world.instance.departement;
    let named = |field, cell| Column::new(field, labels::field(field), cell);
    let text = |field| named(field, Cell::Text);
    let columns = vec![
        text("name").also(&["Partenaire", "Organisme", "Structure", "Raison sociale", "Nom de l’organisme"]).hint("Obligatoire."),
        named("kind", Cell::One(terms("une nature de partenaire", kinds))).also(&["Type", "Catégorie"]).hint("Vide\u{a0}: association."),
        text("description").also(&["Description", "Activité", "Activités", "Missions"]),
        named("themes", Cell::Many(terms("un thème", themes))).also(&["Thème", "Thématiques"]).hint("Séparés par une barre |."),
        named("audiences", Cell::Many(terms("un public", of(referential::audiences())))).also(&["Public"]),
        named("area", Cell::Many(Box::new(Naming::new(&world.atlas, departement))))
            .also(&["Territoires", "Territoire", "Zone d’intervention"])
            .hint("Noms ou codes de communes, d’intercommunalités, de MDS ou de TIS, séparés par une virgule ou une barre |."),
        text("address").also(&["Rue"]).hint("1 000 caractères au plus."),
        named("commune", Cell::One(Box::new(Naming::official(departement)))).also(&["Ville"]).hint("Nom ou code officiel."),
        text("opening_hours").also(&["Horaires"]),
        named("phone", Cell::Phone).also(&["Téléphone", "Tél"]),
        text("email").also(&["E-mail", "Mail", "Courriel"]),
        text("website").also(&["Site", "Site web"]),
        named("contacts", Cell::Notation(Box::new(Contacts)))
            .also(&["Contacts", "Interlocuteur", "Contact"])
            .hint("Nom, fonction, téléphone, e-mail, un par ligne. Ajoutez (affiché) si tout le monde peut le lire."),
        text("siret").also(&["N° SIRET"]).hint("14 chiffres, les espaces ne gênent pas."),
        text("rna").also(&["RNA"]).hint("Un W, puis 9 chiffres."),
        named("networks", Cell::Many(terms("un réseau", of(referential::networks()))))
            .also(&["Réseau", "Réseaux porteurs"])
            .hint("Séparés par une barre |."),
        named("visibility", Cell::One(terms("un niveau de visibilité", levels))).hint("Vide\u{a0}: public."),
        text("external_id")
            .also(&["Identifiant", "Référence", "Réf", "Code"])
            .hint("Votre numéro. Le même numéro, la fois suivante, met à jour le partenaire au lieu d’en créer un autre."),
        Column::new("id", "Numéro Trait d’union", Cell::Text).hint("Écrit par l’export\u{a0}: laissez-le pour mettre à jour, videz-le pour créer."),
    ];
    Columns::new(columns, &IGNORED, &[])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::imports::columns::Named;
    use crate::instance::model::Instance;
    use crate::territories::model::Atlas;

    fn all() -> Columns {
        columns(&World { instance: Instance::default(), atlas: Atlas::default() })
    }

    #[test]
    fn every_field_has_its_column_and_no_title_names_two() {
        let columns = all();
        for (field, label, _) in labels::FIELDS {
            let place = columns.place(field).unwrap_or_else(|| panic!("{field}"));
            assert_eq!(columns.columns[place].label, label);
        }
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
    fn contacts_are_read_as_people_write_them() {
        let read = Contacts.read("Zoé Martin, directrice, 05 49 00 00 01, zoe@pont.example (affiché)\nLéa Roy").unwrap();
        assert_eq!(
            read,
            json!([
                { "name": "Zoé Martin", "function": "directrice", "email": "zoe@pont.example", "phone": "05 49 00 00 01", "shown": true },
                { "name": "Léa Roy", "function": "", "email": "", "phone": "", "shown": false },
            ])
        );
        assert_eq!(Contacts.read(&Contacts.write(&read).unwrap()), Ok(read));
    }
}
