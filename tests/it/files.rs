//! Files in and out, by the command line: an import is whole or nothing, a backup goes back into either database.

use std::path::Path;

use traitdunion::accounts::model::{Actor, Viewer};
use traitdunion::actions::model::Stage;
use traitdunion::actions::service::{self as actions, Action, Filter};
use traitdunion::db::Db;
use traitdunion::kernel::{Chance, Day, Page, Visibility};

use crate::support::engine::Database;
use crate::support::program::{program, run};
use crate::support::world::{self, World};
use crate::support::{Engine, both};

both!(
    a_spreadsheet_saved_in_france_simply_works,
    one_bad_date_in_the_last_row_imports_nothing,
    what_a_file_may_not_hold_is_named_with_its_line,
    importing_again_updates,
    a_backup_goes_back_into_the_other_database,
    a_document_without_sheets_is_no_plan,
);

/// Runs a command on a database; answers its exit code and what it said.
fn command(database: &Database, arguments: &[&str]) -> (Option<i32>, String) {
    run(program(database.path()).env("TRAITDUNION_DATABASE_URL", database.variable()).args(arguments))
}

fn import(database: &Database, name: &str, bytes: &[u8]) -> (Option<i32>, String) {
    let file = database.path().join(name);
    std::fs::write(&file, bytes).unwrap();
    command(database, &["import", "actions", file.to_str().unwrap()])
}

fn all(database: &Database) -> Vec<Action> {
    let db = Db::open(&database.url).unwrap();
    let everything = Page { number: 1, size: Page::LARGEST };
    let viewer = Viewer(Some(Actor::command_line()));
    db.read_now(|conn| actions::list(conn, &viewer, &Filter::default(), everything, Day::new(2026, 3, 3).unwrap())).unwrap().items
}

const HEADER: &str = "external_id;title;summary;starts_on\n";

async fn a_spreadsheet_saved_in_france_simply_works(engine: Engine) {
    let (database, _) = engine.fresh();
    // « Identifiant externe;Titre;Présentation » and accents in Windows-1252.
    let text = b"Identifiant externe;Titre;Pr\xe9sentation;Premier jour\nA1;Caf\xe9 des a\xeen\xe9s;\xab Une heure \xbb \x97 le mardi;03/03/2026\n";
    let (code, said) = import(&database, "actions.csv", text);
    assert_eq!(code, Some(0), "{said}");
    let found = all(&database);
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].fields.title.as_str(), found[0].fields.summary.as_str()), ("Café des aînés", "« Une heure » — le mardi"));
    assert_eq!((found[0].life.stage, found[0].fields.starts_on), (Stage::Draft, Day::new(2026, 3, 3)));
}

async fn one_bad_date_in_the_last_row_imports_nothing(engine: Engine) {
    let (database, _) = engine.fresh();
    let mut text = HEADER.to_owned();
    for row in 1..2000 {
        text.push_str(&format!("A{row};Atelier {row};;2026-03-03\n"));
    }
    text.push_str("A2000;Atelier 2000;;31/02/2026\n");
    let (code, said) = import(&database, "actions.csv", text.as_bytes());
    assert_eq!(code, Some(2), "{said}");
    for part in ["actions.csv", "2001", "31/02/2026"] {
        assert!(said.contains(part), "« {part} » is not in: {said}");
    }
    assert_eq!(all(&database).len(), 0);
}

async fn what_a_file_may_not_hold_is_named_with_its_line(engine: Engine) {
    let (database, _) = engine.fresh();
    let cases: [(&str, String, &[&str]); 6] = [
        ("twice.csv", format!("{HEADER}A1;Un;;\nA1;Deux;;\n"), &["twice.csv", "3", "A1"]),
        ("empty.csv", String::new(), &["empty.csv"]),
        ("nul.csv", format!("{HEADER}A1;U\u{0}n;;\n"), &["nul.csv"]),
        ("unknown.csv", "title;couleur\nUn;rouge\n".to_owned(), &["unknown.csv", "couleur"]),
        ("number.csv", format!("{HEADER}A1;Suivie 255081416802538;;\n"), &["number.csv", "sécurité sociale"]),
        ("broken.jsonl", "{\"title\": \"Un\"}\n{\"title\": \n".to_owned(), &["broken.jsonl", "2"]),
    ];
    for (name, text, parts) in cases {
        let (code, said) = import(&database, name, text.as_bytes());
        assert_eq!(code, Some(2), "{name}: {said}");
        for part in parts {
            assert!(said.contains(part), "{name}: « {part} » is not in: {said}");
        }
        assert_eq!(all(&database).len(), 0, "{name}");
    }
    let (code, said) = command(&database, &["import", "actions", "nowhere.csv"]);
    assert!(code == Some(2) && said.contains("nowhere.csv"), "{code:?} {said}");
}

async fn importing_again_updates(engine: Engine) {
    let (database, _) = engine.fresh();
    // With the byte-order mark that spreadsheets put before UTF-8.
    let (code, said) = import(&database, "a.csv", format!("\u{feff}{HEADER}A1;Un;;\nA2;Deux;;\n").as_bytes());
    assert_eq!(code, Some(0), "{said}");
    let line = "{\"external_id\": \"A2\", \"title\": \"Deux, autrement\"}\n";
    let (code, said) = import(&database, "b.jsonl", line.as_bytes());
    assert_eq!(code, Some(0), "{said}");
    let mut titles: Vec<String> = all(&database).into_iter().map(|action| action.fields.title).collect();
    titles.sort();
    assert_eq!(titles, ["Deux, autrement", "Un"]);
}

fn filled(database: &Database, world: &World) {
    let db = Db::open(&database.url).unwrap();
    let chance = Chance::seeded(9);
    for (stage, visibility) in [(Stage::Draft, Visibility::Public), (Stage::Published, Visibility::Internal), (Stage::Archived, Visibility::Partners)]
    {
        db.write_now(|conn| world::action(conn, world, &chance, stage, visibility)).unwrap();
    }
}

fn told(outcome: (Option<i32>, String)) {
    assert_eq!(outcome.0, Some(0), "{}", outcome.1);
}

async fn a_backup_goes_back_into_the_other_database(engine: Engine) {
    let (from, world) = engine.fresh();
    filled(&from, &world);
    let documents = from.path().join("data/documents");
    std::fs::create_dir_all(&documents).unwrap();
    std::fs::write(documents.join("convention.pdf"), b"%PDF-1.7 signed").unwrap();
    let file = from.path().join("all.tar.zst");
    told(command(&from, &["backup", file.to_str().unwrap()]));
    let other = match engine {
        Engine::Sqlite => Engine::Postgresql,
        Engine::Postgresql => Engine::Sqlite,
    };
    // A database that holds accounts is never written over.
    let (full, _) = other.fresh();
    let (code, said) = command(&full, &["restore", file.to_str().unwrap()]);
    assert_eq!(code, Some(2), "{said}");
    let to = other.empty();
    told(command(&to, &["restore", file.to_str().unwrap()]));
    let (before, after) = (all(&from), all(&to));
    assert_eq!(before.len(), 3);
    assert_eq!(before, after);
    assert_eq!(std::fs::read(to.path().join("data/documents/convention.pdf")).unwrap(), b"%PDF-1.7 signed");
    assert_torn_is_refused(&file, &other.empty());
}

/// A backup cut short restores nothing.
fn assert_torn_is_refused(file: &Path, to: &Database) {
    let bytes = std::fs::read(file).unwrap();
    let torn = file.with_extension("torn");
    std::fs::write(&torn, &bytes[..bytes.len() / 2]).unwrap();
    let (code, said) = command(to, &["restore", torn.to_str().unwrap()]);
    assert!(code.is_some_and(|code| code > 0), "{said}");
}

async fn a_document_without_sheets_is_no_plan(engine: Engine) {
    let (database, _) = engine.fresh();
    let file = database.path().join("note.txt");
    std::fs::write(&file, "Une note de service, sans aucune fiche.\n").unwrap();
    let (code, said) = command(&database, &["import", "plan", file.to_str().unwrap()]);
    assert!(code == Some(2) && said.contains("note.txt"), "{code:?} {said}");
}
