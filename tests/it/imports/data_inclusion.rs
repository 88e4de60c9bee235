//! The national schema, both ways: a file of structures and services becomes partners, and ours are taken whole by the schema's reference.

use std::process::Command;

use serde_json::{Value, json};
use traitdunion::accounts::model::{Actor, Viewer};
use traitdunion::db::Db;
use traitdunion::partners::service as partners;

use super::round_trip::demonstration;
use crate::support::engine::Database;
use crate::support::program::{program, run};
use crate::support::{Engine, both, source};

both!(what_leaves_is_of_the_national_schema, what_comes_in_becomes_partners);

fn command(database: &Database, arguments: &[&str]) -> (Option<i32>, String) {
    run(program(database.path()).env("TRAITDUNION_DATABASE_URL", database.variable()).args(arguments))
}

async fn what_leaves_is_of_the_national_schema(engine: Engine) {
    let (database, db) = demonstration(engine);
    let path = database.path().join("export.json");
    let (code, said) = command(&database, &["export", "data-inclusion", path.to_str().unwrap()]);
    assert_eq!(code, Some(0), "{said}");
    let python = source::root().join(".venv/bin/python");
    assert!(python.exists(), "{} is missing: scripts/test install makes it", python.display());
    let checked = Command::new(python).arg(source::root().join("tests/it/check_data_inclusion.py")).arg(&path).output().expect("Python");
    assert!(checked.status.success(), "{}{}", String::from_utf8_lossy(&checked.stdout), String::from_utf8_lossy(&checked.stderr));
    let export: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    let (structures, services) = (export["structures"].as_array().unwrap(), export["services"].as_array().unwrap());
    assert!(structures.len() > 50 && !services.is_empty(), "{} {}", structures.len(), services.len());
    // What is not for everybody is not in it.
    let text = export.to_string();
    let hidden = db.read_now(|conn| {
        let all = traitdunion::partners::importing::after(conn, &Viewer(Some(Actor::command_line())), "", 1000)?.readable;
        Ok::<_, traitdunion::error::Error>(all)
    });
    for partner in hidden.unwrap() {
        let is_public = partner.fields.visibility == traitdunion::kernel::Visibility::Public;
        assert_eq!(text.contains(partner.id.as_str()), is_public, "{}", partner.fields.name);
        for contact in partner.fields.contacts.iter().filter(|contact| !contact.shown && !contact.email.is_empty()) {
            assert!(!text.contains(&contact.email), "{contact:?}");
        }
    }
}

fn file() -> Value {
    json!([
        { "source": "dora", "id": "dora--1", "nom": "Mission locale d’ailleurs", "date_maj": "2026-01-01", "code_insee": "86194", "adresse": "1 rue Haute",
          "siret": "13003013300016", "courriel": "accueil@ml.example", "telephone": "0549000001", "reseaux_porteurs": ["mission-locale"] },
        { "source": "dora", "id": "dora--2", "nom": "Garage solidaire", "date_maj": "2026-01-01", "code_insee": "86066", "siret": "1" },
        { "source": "dora", "id": "dora--3", "nom": "À Niort", "date_maj": "2026-01-01", "code_insee": "79191" },
        { "source": "dora", "id": "dora--s1", "structure_id": "dora--1", "nom": "Parcours", "description": "Un parcours vers l’emploi.",
          "date_maj": "2026-01-01", "thematiques": ["mobilite--preparer-un-permis"], "publics": ["jeunes"], "zone_eligibilite": ["86"] },
    ])
}

fn found(db: &Db, external_id: &str) -> Option<traitdunion::partners::model::Partner> {
    db.read_now(|conn| partners::by_external_id(conn, external_id)).unwrap()
}

async fn what_comes_in_becomes_partners(engine: Engine) {
    let (database, _world) = engine.fresh();
    let db = Db::open(&database.url).unwrap();
    let path = database.path().join("structures.json");
    let path = path.to_str().unwrap();
    let mut file = file();
    std::fs::write(path, file.to_string()).unwrap();
    let (code, said) = command(&database, &["import", "data-inclusion", path, "--dry-run"]);
    assert_eq!((code, found(&db, "dora--1")), (Some(0), None), "{said}");
    let (code, said) = command(&database, &["import", "data-inclusion", path]);
    assert_eq!(code, Some(0), "{said}");
    for told in ["2\u{a0}partenaires créés", "SIRET laissé de côté", "1 structures d’un autre département", "Pour l’annuler"] {
        assert!(said.contains(told), "{told}: {said}");
    }
    let one = found(&db, "dora--1").unwrap();
    assert_eq!((one.fields.kind.as_str(), one.fields.area.as_slice(), one.fields.audiences.len()), ("mission_locale", &["86".to_owned()][..], 1));
    assert!(one.fields.description.contains("Un parcours vers l’emploi."));
    assert_eq!(found(&db, "dora--2").unwrap().fields.siret, None);
    assert_eq!(found(&db, "dora--3"), None);
    // Again is the same; a change updates, and what the file does not say stays.
    assert!(command(&database, &["import", "data-inclusion", path]).1.contains("2 inchangés"));
    file[0]["telephone"] = json!("0549000009");
    file[0].as_object_mut().unwrap().remove("courriel");
    std::fs::write(path, file.to_string()).unwrap();
    let (_, said) = command(&database, &["import", "data-inclusion", path]);
    assert!(said.contains("1 mis à jour"), "{said}");
    let now = found(&db, "dora--1").unwrap();
    assert_eq!((now.fields.phone.as_str(), now.fields.email.as_str(), now.version), ("0549000009", "accueil@ml.example", 2));
    for (wrong, told) in [("{", "illisible"), ("[]", "aucune structure")] {
        std::fs::write(path, wrong).unwrap();
        let (code, said) = command(&database, &["import", "data-inclusion", path]);
        assert!(code == Some(2) && said.contains(told), "{code:?} {said}");
    }
}
