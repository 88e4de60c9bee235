//! Rows of actions, as files give them.

use super::*;
use crate::imports::columns::Columns;
use crate::imports::files::File;
use crate::imports::source::{Cursor, Source};
use crate::instance::model::Instance;
use crate::territories::model::Atlas;

fn world() -> World {
    World {
        instance: Instance { departement: "86".into(), ..Instance::default() },
        atlas: Atlas::default(),
        partners: Default::default(),
        former: Default::default(),
        sheets: Default::default(),
    }
}

fn rows(file: &[u8], columns: &Columns) -> Vec<Row> {
    let source = Source::of_known_titles(File::read(file, columns).unwrap(), columns).unwrap();
    source.next_rows(&mut Cursor::default(), usize::MAX, columns)
}

#[test]
fn a_french_spreadsheet_is_read_as_it_is() {
    let file = "Identifiant externe;Titre;Présentation;Publics;Territoires;Premier jour;E-mail de contact;Étape;Objectifs\r\n\
        A1;Gérer l’argent;Six ateliers;Familles, Étudiants;Loudun|86194;3 mars 2026;mds@vienne.example;Publiée;Un|Deux\r\n";
    let (bytes, ..) = encoding_rs::WINDOWS_1252.encode(file);
    let world = world();
    let row = rows(&bytes, &columns(&world, &[], &[])).remove(0);
    assert_eq!(row.wrongs, []);
    let checked = importing::check(&Actor::command_line(), row.given, None, &world).unwrap();
    let fields = &checked.fields;
    assert_eq!((fields.title.as_str(), fields.audiences.as_slice()), ("Gérer l’argent", ["familles".to_owned(), "etudiants".to_owned()].as_slice()));
    assert_eq!((fields.territories.as_slice(), fields.objectives.len()), (["86137".to_owned(), "86194".to_owned()].as_slice(), 2));
    assert_eq!((checked.stage, fields.contact.email.as_str()), (crate::actions::model::Stage::Published, "mds@vienne.example"));
    assert_eq!(checked.missing.iter().map(|(field, _)| field).collect::<Vec<_>>(), ["themes"]);
}

#[test]
fn bad_rows_name_their_fields() {
    let file = br#"{"title": "a", "starts_on": "31/02/2026", "stage": "gone", "colour": 1}
{"title": "", "stage": "published", "id": "12"}
{"title": "a", "stage": "submitted"}"#;
    let world = world();
    let rows = rows(file, &columns(&world, &[], &[]));
    let unread: Vec<&str> = rows[0].wrongs.iter().filter_map(|wrong| wrong.column.as_deref()).collect();
    assert_eq!(unread, ["colour", "stage", "starts_on"]);
    let refused = |row: &Row| importing::check(&Actor::command_line(), row.given.clone(), None, &world).unwrap_err();
    let fields = |errors: &FieldErrors| errors.iter().map(|(field, _)| field.to_owned()).collect::<Vec<_>>();
    assert_eq!(fields(&refused(&rows[1])), ["id", "title", "summary"]);
    assert_eq!(fields(&refused(&rows[2])).first().map(String::as_str), Some("summary"));
}
