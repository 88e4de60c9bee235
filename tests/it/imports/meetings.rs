//! Meetings in files: some from a spreadsheet, what is wrong with them, undone, brought again, and there and back in every format.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use traitdunion::accounts::model::{Actor, By};
use traitdunion::db::Db;
use traitdunion::error::Error;
use traitdunion::imports::files::Format;
use traitdunion::kernel::{Chance, Visibility, Zone};
use traitdunion::meetings::model::Stage;
use traitdunion::meetings::world::World as MeetingWorld;
use traitdunion::meetings::{bodies, service as meetings};

use super::{file, give};
use crate::support::engine::Database;
use crate::support::program::{program, run};
use crate::support::world::{self, World};
use crate::support::{Engine, TestApp, Who, both};

both!(a_spreadsheet_of_meetings_comes_in_by_the_page, what_is_wrong_is_named_beside_its_cell, what_is_taken_away_comes_back);

fn spreadsheet(format: Format) -> Vec<u8> {
    file(
        format,
        &[
            vec!["Intitulé", "Comité", "Date", "Fin", "Lieu", "Territoires", "Statut", "Ordre du jour", "Référence"],
            vec![
                "Comité de janvier",
                "comité local",
                "13/01/2026 14:00",
                "13/01/2026 à 16 h 30",
                "Mairie",
                "MDS de Loudun",
                "tenue",
                "Bilan (Échange ; 30 min) | Projets",
                "R1",
            ],
            vec!["Comité d’avril", "", "14/04/2026 14:00", "14/04/2026 16:00", "Mairie", "MDS de Loudun", "", "", "R2"],
        ],
    )
}

fn body(db: &Db, id: &str) {
    db.write_now(|conn| {
        let (robot, chance) = (Actor::command_line(), Chance::seeded(u64::from(id.len() as u32)));
        let by = By { actor: &robot, now: world::now(), chance: &chance };
        let known = MeetingWorld::load(conn, &Zone::named("Europe/Paris").expect("a zone"))?;
        let members = json!([{ "name": "Ariane Petit", "email": "ariane@loudun.example" }]);
        let given =
            json!({ "external_id": id, "name": "Comité local", "kind": "local_follow_up_committee", "territory": world::HERE, "members": members });
        bodies::create(conn, by, &known, given.as_object().unwrap()).map(drop)
    })
    .unwrap();
}

async fn a_spreadsheet_of_meetings_comes_in_by_the_page(app: TestApp) {
    app.works_imports();
    body(app.db(), "cls");
    let (worker, api) = (app.sign_in(Who::Worker), app.api(Who::Worker));
    worker.get("/import?quoi=meetings").await.expect(200).has("Ordre du jour").has("Un jour et une heure");
    let path = give(&worker, "meetings", "Rencontres.xlsx", &spreadsheet(Format::Xlsx)).await;
    worker.get(&path).await.expect(200).has("Tout est prêt").has("Importer 2\u{a0}rencontres");
    worker.post(&format!("{path}/importer"), &[]).await.expect(303);
    worker.get(&path).await.expect(200).has("L’import est fait");
    let of = async |id: &str| api.get(&format!("/api/v1/meetings?external_id={id}")).await.expect(200).json()["items"][0].clone();
    let told = |one: &Value| json!(["stage", "kind", "starts_at", "ends_at", "territories"].map(|field| one[field].clone()));
    let (held, draft) = (of("R1").await, of("R2").await);
    let here = json!([world::HERE]);
    assert_eq!(told(&held), json!(["held", "local_follow_up_committee", "2026-01-13T13:00:00Z", "2026-01-13T15:30:00Z", here]));
    assert_eq!(told(&draft), json!(["draft", "territorial_meeting", "2026-04-14T12:00:00Z", "2026-04-14T14:00:00Z", here]));
    let items: Vec<Value> = held["agenda"].as_array().unwrap().iter().map(|item| json!([item["title"], item["aim"], item["minutes"]])).collect();
    assert_eq!(items, [json!(["Bilan", "exchange", 30]), json!(["Projets", "information", null])]);
    let invited = api.get(&format!("/api/v1/meetings/{}/invitations", held["id"].as_str().unwrap())).await.expect(200).json();
    assert_eq!(invited["items"][0]["name"], "Ariane Petit", "the members of its body may be ticked");
    app.work().await;
    worker.get("/recherche?q=projets&type=meeting").await.expect(200).has("Comité de janvier").lacks("Comité d’avril");

    // The same identifier updates; items keep their keys; what changes is shown first, and undone alone.
    let again =
        file(Format::Csv, &[vec!["Référence", "Lieu", "Ordre du jour", "Étape"], vec!["R1", "", "Projets | Bilan", ""], vec!["R2", "", "", "tenue"]]);
    worker.get(&give(&worker, "meetings", "tot.csv", &again).await).await.expect(200).has("a une date passée");
    let again = file(Format::Csv, &[vec!["Référence", "Ordre du jour"], vec!["R1", "Projets | Bilan"]]);
    let update = give(&worker, "meetings", "suite.csv", &again).await;
    worker.get(&update).await.expect(200).has("Ordre du jour").has("Importer 1\u{a0}rencontre");
    worker.post(&format!("{update}/importer"), &[]).await.expect(303);
    let after = of("R1").await;
    assert_eq!((&after["agenda"][0]["key"], &after["version"]), (&held["agenda"][1]["key"], &json!(2)));
    worker.post(&format!("{path}/annuler"), &[]).await.expect(303);
    worker.get(&path).await.expect(200).has("L’annulation n’est pas possible pour tout").has("modifiée depuis par Camille agent");
    worker.post(&format!("{update}/annuler"), &[]).await.expect(303);
    let undone = of("R1").await;
    assert_eq!((&undone["agenda"], &undone["version"]), (&held["agenda"], &json!(3)));
    let other = give(&worker, "meetings", "autres.csv", &file(Format::Csv, &[vec!["Titre", "Référence"], vec!["À écrire", "R3"]])).await;
    worker.post(&format!("{other}/importer"), &[]).await.expect(303);
    worker.post(&format!("{other}/annuler"), &[]).await.expect(303);
    assert_eq!(of("R3").await, Value::Null);
    let listed = worker.get("/rencontres/export?stage=draft&format=csv").await.expect(200);
    assert!(
        listed.text.contains("Comité d’avril;") && listed.text.contains(";14/04/2026 14:00;") && !listed.text.contains("janvier"),
        "{}",
        listed.text
    );
    app.leaves_work();
}

fn import(database: &Database, path: &str, more: &[&str]) -> (Option<i32>, String) {
    let command = ["import", "meetings", path].into_iter().chain(more.iter().copied());
    run(program(database.path()).env("TRAITDUNION_DATABASE_URL", database.variable()).args(command))
}

async fn what_is_wrong_is_named_beside_its_cell(engine: Engine) {
    let (database, _) = engine.fresh();
    let lines = [
        vec!["Titre", "Date", "Fin", "Étape", "Territoires", "Instance", "Organisée par"],
        vec!["A", "29/03/2026 02:30", "", "", "MDS-NORD", "", ""],
        vec!["B", "10/03/2026 14:00", "10/03/2026 13:00", "", "MDS-NORD", "", ""],
        vec!["C", "10/03/2099 14:00", "", "tenue", "MDS-NORD", "", ""],
        vec!["D", "10/03/2026", "", "", "MDS-NORD", "", ""],
        vec!["E", "", "", "", "MDS-NORD", "Comité des fêtes", ""],
        vec!["", "", "", "", "MDS-NORD", "", ""],
        vec!["G", "", "", "", "MDS-NORD", "", "personne@x.example"],
    ];
    let path = database.path().join("rencontres.csv");
    std::fs::write(&path, file(Format::Csv, &lines)).unwrap();
    let (code, said) = import(&database, path.to_str().unwrap(), &[]);
    assert_eq!(code, Some(2), "{said}");
    for words in [
        "ligne 2",
        "n’existe pas",
        "La fin est avant le début",
        "a une date passée",
        "une heure",
        "Comité des fêtes",
        "Donnez un titre",
        "personne@x.example",
    ] {
        assert!(said.contains(words), "{words}: {said}");
    }
    assert!(said.contains("Rien n’a été importé"), "{said}");
}

/// What an instance would give away, by identifier, but for where it stands.
fn told(database: &Database) -> BTreeMap<String, Value> {
    let (code, said) =
        run(program(database.path()).env("TRAITDUNION_DATABASE_URL", database.variable()).args(["export", "meetings", "--format", "jsonl"]));
    assert_eq!(code, Some(0), "{said}");
    let records = said.lines().filter(|line| line.starts_with('{')).map(|line| serde_json::from_str::<Value>(line).unwrap());
    records
        .map(|mut record| {
            let stage = Stage::parse(record["stage"].as_str().unwrap()).unwrap();
            record["stage"] = json!(match stage {
                Stage::Called | Stage::Postponed => Stage::Draft,
                stage if stage.is_over() => Stage::Held,
                stage => stage,
            });
            (record["id"].as_str().unwrap().to_owned(), record)
        })
        .collect()
}

fn fill(db: &Db, made: &World) {
    db.write_now(|conn| {
        let chance = Chance::seeded(3);
        for stage in Stage::ALL {
            world::meeting(conn, made, &chance, *stage, Visibility::Public)?;
        }
        let robot = Actor::command_line();
        let by = By { actor: &robot, now: world::now(), chance: &chance };
        let known = MeetingWorld::load(conn, &Zone::named("Europe/Paris").expect("a zone"))?;
        let mut given = world::whole_meeting();
        let more = json!({
            "external_id": "R-1", "body_id": "cls", "starts_at": "2026-10-25T01:30:00Z", "ends_at": "2026-10-25T02:30:00Z",
            "agenda": [{ "title": "Bilan (2025)", "aim": "decision", "speaker": "C. Roy" }, { "title": "Bilan (2025)", "minutes": 20 }],
            "capacity": 30, "registration": "members", "reminder_days": [15, 3], "organiser": Who::Worker.email(),
            "contact": { "email": "contact@vienne.example", "phone": "05 49 00 00 00" }, "link": "https://visio.example/x",
        });
        given.extend(more.as_object().cloned().unwrap());
        meetings::create(conn, by, &known, &given)?;
        Ok::<_, Error>(())
    })
    .unwrap();
}

async fn what_is_taken_away_comes_back(engine: Engine) {
    let (from, made) = engine.fresh();
    let source = Db::open(&from.url).unwrap();
    body(&source, "cls");
    fill(&source, &made);
    let expected = told(&from);
    assert_eq!(expected.len(), Stage::ALL.len() + 1);
    for format in Format::ALL {
        let (to, _) = engine.fresh();
        body(&Db::open(&to.url).unwrap(), "cls");
        let path = from.path().join(format!("rencontres.{format}")).to_str().unwrap().to_owned();
        let (code, said) = run(program(from.path()).env("TRAITDUNION_DATABASE_URL", from.variable()).args(["export", "meetings", &path]));
        assert_eq!(code, Some(0), "{said}");
        let (code, said) = import(&to, &path, &[]);
        assert_eq!(code, Some(0), "{format}: {said}");
        let found = told(&to);
        assert_eq!(found.len(), expected.len());
        for (id, one) in &expected {
            assert_eq!(found.get(id), Some(one), "{format}: {id}");
        }
        for database in [&to, &from] {
            let (code, said) = import(database, &path, &["--dry-run"]);
            assert!(code == Some(0) && said.contains(&format!("0 mise à jour, {} inchangées", expected.len())), "{format}: {said}");
        }
    }
}
