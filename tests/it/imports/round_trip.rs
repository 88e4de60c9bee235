//! The demonstration, taken away in every format and brought into an instance that has none of it: the records are the same.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;
use traitdunion::accounts::model::{Actor, By, Viewer};
use traitdunion::actions::model::{Carrier, Stage};
use traitdunion::db::{Db, migrate};
use traitdunion::demo::{self, Present};
use traitdunion::imports::files::Format;
use traitdunion::kernel::{Chance, Day, Zone};
use traitdunion::plans::model::{OrientationDraft, PlanDraft, SheetDraft};
use traitdunion::territories::model::Territory;
use traitdunion::{partners, plans, territories};

use super::all;
use crate::support::engine::Database;
use crate::support::program::{program, run};
use crate::support::{Engine, both, world};

both!(what_is_taken_away_comes_back_the_same);

fn present<'a>(zone: &'a Zone, chance: &'a Chance, documents: &'a Path) -> Present<'a> {
    Present { now: world::now(), today: Day::new(2026, 3, 3).unwrap(), zone, chance, documents }
}

pub fn demonstration(engine: Engine) -> (Database, Db) {
    let database = engine.empty();
    let db = Db::open(&database.url).unwrap();
    migrate::run(&db).unwrap();
    demo::fill(&db, &present(&Zone::named("Europe/Paris").unwrap(), &Chance::seeded(1), database.path())).unwrap();
    (database, db)
}

/// An instance with the same identity and plan, under other identifiers, and neither territory, partner nor action.
fn bare(engine: Engine, source: &Db) -> (Database, Db) {
    let database = engine.empty();
    let db = Db::open(&database.url).unwrap();
    migrate::run(&db).unwrap();
    let chance = Chance::seeded(2);
    let draft = source.read_now(|conn| {
        let plan = plans::service::all(conn)?.remove(0);
        let whole = plans::service::find(conn, &plan.id)?;
        let orientations = whole.orientations.iter().map(|orientation| OrientationDraft {
            number: orientation.number,
            title: orientation.title.clone(),
            sheets: orientation
                .sheets
                .iter()
                .map(|sheet| SheetDraft { number: sheet.number, title: sheet.title.clone(), content: sheet.content.clone() })
                .collect(),
        });
        Ok::<_, traitdunion::error::Error>(PlanDraft {
            title: plan.title,
            starts_on: plan.starts_on,
            ends_on: plan.ends_on,
            orientations: orientations.collect(),
        })
    });
    let draft = draft.unwrap();
    db.write_now(|conn| {
        demo::settle(conn, &present(&Zone::named("Europe/Paris").unwrap(), &chance, database.path()))?;
        let mut left: Vec<String> = territories::service::atlas(conn)?.own().map(|territory| territory.code.clone()).collect();
        // Those that others lie in go last.
        while !left.is_empty() {
            left.retain(|code| territories::service::delete(conn, code).is_err());
        }
        let robot = Actor::command_line();
        let by = By { actor: &robot, now: world::now(), chance: &chance };
        for partner in partners::service::all(conn)? {
            partners::service::remove(conn, by, &partner.id)?;
        }
        plans::service::create(conn, by, &draft, None).map(drop)
    })
    .unwrap();
    (database, db)
}

fn command(database: &Database, arguments: &[&str]) -> String {
    let (code, said) = run(program(database.path()).env("TRAITDUNION_DATABASE_URL", database.variable()).args(arguments));
    assert_eq!(code, Some(0), "{arguments:?}: {said}");
    said
}

fn own(db: &Db) -> Vec<Territory> {
    let atlas = db.read_now(territories::service::atlas).unwrap();
    atlas.own().cloned().map(|territory| Territory { version: 0, ..territory }).collect()
}

/// A partner by its identifier, with every field.
fn organisations(db: &Db) -> BTreeMap<String, Value> {
    let viewer = Viewer(Some(Actor::command_line()));
    let all = db.read_now(|conn| partners::importing::after(conn, &viewer, "", 1000)).unwrap().readable;
    all.into_iter().map(|partner| (partner.id.to_string(), serde_json::to_value(partner.fields).unwrap())).collect()
}

/// An action by its identifier: every field and its stage, other records by their names.
fn told(db: &Db) -> BTreeMap<String, Value> {
    let (names, titles) = db
        .read_now(|conn| {
            let names: BTreeMap<String, String> =
                partners::service::all(conn)?.into_iter().map(|partner| (partner.id.to_string(), partner.name)).collect();
            let titles: BTreeMap<String, String> = plans::service::all(conn)?.into_iter().map(|plan| (plan.id.to_string(), plan.title)).collect();
            Ok::<_, traitdunion::error::Error>((names, titles))
        })
        .unwrap();
    let mut found = BTreeMap::new();
    for mut action in all(db) {
        for link in &mut action.fields.partners {
            link.partner_id = names[&link.partner_id].clone();
        }
        for sheet in &mut action.fields.plan_sheets {
            sheet.plan_id = titles[&sheet.plan_id].clone();
        }
        if let Some(Carrier::PartnerId(id)) = &mut action.fields.carrier {
            *id = names[id].clone();
        }
        let mut value = serde_json::to_value(&action.fields).unwrap();
        value["stage"] = serde_json::json!(action.life.stage);
        found.insert(action.id.to_string(), value);
    }
    found
}

/// What a file of lines holds of conventions, by identifier, without what depends on the instance; or on acts, which tables leave out.
fn lines(database: &Database, with_acts: bool) -> BTreeMap<String, Value> {
    let path = database.path().join("all.jsonl");
    command(database, &["export", "conventions", path.to_str().unwrap()]);
    let text = std::fs::read_to_string(&path).unwrap();
    let read = |line: &str| {
        let mut line: Value = serde_json::from_str(line).unwrap();
        for sheet in line["plan_sheets"].as_array_mut().unwrap() {
            sheet.as_object_mut().unwrap().remove("plan_id");
        }
        if !with_acts {
            line.as_object_mut().unwrap().remove("acts");
        }
        (line["id"].as_str().unwrap().to_owned(), line)
    };
    text.lines().map(read).collect()
}

async fn what_is_taken_away_comes_back_the_same(engine: Engine) {
    let (from, source) = demonstration(engine);
    let (expected, places, bodies) = (told(&source), own(&source), organisations(&source));
    assert!(expected.len() >= 100 && places.len() >= 10 && bodies.len() >= 60);
    assert!(expected.values().any(|action| action["stage"] == Stage::Submitted.as_str()));
    let conventions = lines(&from, true);
    let acts: Vec<&Value> = conventions.values().flat_map(|line| line["acts"].as_array().unwrap()).collect();
    assert!(conventions.len() >= 45 && acts.iter().any(|act| act["stage"] == "draft") && acts.iter().any(|act| act["kind"] == "denonciation"));
    for format in Format::ALL {
        let (to, target) = bare(engine, &source);
        for email in conventions.values().filter_map(|line| line["responsible"].as_str()).collect::<std::collections::BTreeSet<_>>() {
            command(&to, &["account", "add", "--email", email, "--name", "Camille", "--role", "administrator"]);
        }
        let path = |kind: &str| from.path().join(format!("{kind}.{format}")).to_str().unwrap().to_owned();
        for kind in ["territories", "partners", "actions", "conventions"] {
            command(&from, &["export", kind, &path(kind)]);
            command(&to, &["import", kind, &path(kind)]);
        }
        assert_eq!(own(&target), places, "{format}");
        assert_eq!(organisations(&target), bodies, "{format}");
        let found = told(&target);
        for (id, action) in &expected {
            assert_eq!(found.get(id), Some(action), "{format}: {id}");
        }
        assert_eq!(found.len(), expected.len());
        let with_acts = *format == Format::Jsonl;
        let (expected, found) = (lines(&from, with_acts), lines(&to, with_acts));
        for (id, line) in &expected {
            assert_eq!(found.get(id), Some(line), "{format}: {id}");
        }
        assert_eq!(found.len(), expected.len());
        // Once more, and nothing is left to do.
        let again = command(&to, &["import", "conventions", &path("conventions")]);
        assert!(again.contains(&format!("{} inchangées", expected.len())), "{format}: {again}");
        assert!(command(&to, &["import", "actions", &path("actions")]).contains("100 inchangées"), "{format}");
        assert!(command(&to, &["import", "partners", &path("partners")]).contains("60 inchangés"), "{format}");
        assert!(command(&to, &["import", "territories", &path("territories"), "--dry-run"]).contains("0\u{a0}territoire créé"));
    }
}
