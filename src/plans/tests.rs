//! Use-cases of plans on a database of their own.

use super::history::{self, Decision};
use super::model::{CalendarLine, Heading, OrientationDraft, PlanDraft, SheetContent, SheetDraft, SheetGiven, SheetStage};
use super::{document, service};
use crate::accounts::model::{Actor, By, Role};
use crate::db::{Conn, DatabaseUrl, Db, migrate};
use crate::error::{Error, Result};
use crate::events::Record;
use crate::kernel::ids::PlanId;
use crate::kernel::{Chance, Day, Moment};
use crate::versions;

/// A migrated database, and what a use-case needs beside it.
struct Desk {
    db: Db,
    chance: Chance,
    actor: Actor,
    _dir: tempfile::TempDir,
}

impl Desk {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let db = Db::open(&DatabaseUrl::Sqlite(dir.path().join("test.db"))).unwrap();
        migrate::run(&db).unwrap();
        Self { db, chance: Chance::seeded(1), actor: Actor::command_line(), _dir: dir }
    }

    fn write<T>(&self, work: impl FnOnce(&mut Conn, By<'_>) -> Result<T>) -> Result<T> {
        let by = By { actor: &self.actor, now: Moment::from_micros(1_800_000_000_000_000), chance: &self.chance };
        self.db.write_now(|conn| work(conn, by))
    }

    fn save(&self, draft: &PlanDraft) -> Result<service::Saved> {
        self.write(|conn, by| service::save(conn, by, draft, None))
    }
}

fn sheet(number: i32, title: &str) -> SheetDraft {
    let calendar = vec![CalendarLine { from: Day::new(2027, 1, 1), to: Day::new(2027, 12, 31), text: "étude".into() }];
    let content = SheetContent { objectives: vec!["Accueillir".into()], pilots: vec!["Direction".into()], calendar, ..SheetContent::default() };
    SheetDraft { number, title: title.into(), content }
}

fn draft(years: (i32, i32), sheets: Vec<SheetDraft>) -> PlanDraft {
    PlanDraft {
        title: "Schéma d’essai".into(),
        starts_on: Day::new(years.0, 1, 1).unwrap(),
        ends_on: Day::new(years.1, 12, 31).unwrap(),
        orientations: vec![
            OrientationDraft { number: 1, title: "Une".into(), sheets },
            OrientationDraft { number: 2, title: "Deux".into(), sheets: vec![] },
        ],
    }
}

fn decide(desk: &Desk, id: &PlanId, number: i32, version: i32, stage: SheetStage) -> Result<()> {
    desk.write(|conn, by| service::set_stage(conn, by, id, number, version, stage, Day::new(2026, 5, 4).unwrap(), "Décidé en comité"))
}

#[test]
fn the_same_document_again_changes_only_what_differs() {
    let desk = Desk::new();
    let first = desk.save(&draft((2026, 2028), vec![sheet(1, "A"), sheet(2, "B"), sheet(3, "C")])).unwrap();
    assert!(first.is_new);
    decide(&desk, &first.id, 1, 1, SheetStage::InProgress).unwrap();
    let again = desk.save(&draft((2026, 2028), vec![sheet(1, "A"), sheet(2, "B"), sheet(3, "C")])).unwrap();
    assert!(!again.has_changed && again.id == first.id);
    let changed = desk.save(&draft((2026, 2028), vec![sheet(1, "A’"), sheet(2, "B"), sheet(4, "D")])).unwrap();
    assert_eq!((changed.added, changed.changed, changed.removed), (vec![4], vec![1], vec![3]));
    let whole = desk.db.read_now(|conn| service::find(conn, &first.id)).unwrap();
    let told: Vec<_> = whole.sheets().map(|sheet| (sheet.number, sheet.title.as_str(), sheet.stage, sheet.version)).collect();
    assert_eq!(told, [(1, "A’", SheetStage::InProgress, 3), (2, "B", SheetStage::ToStart, 1), (4, "D", SheetStage::ToStart, 1)]);
    // What the committee decided of is not lost with a document that forgets it.
    assert!(matches!(desk.save(&draft((2026, 2028), vec![sheet(2, "B")])), Err(Error::Refused(_))));
    assert_eq!(desk.db.read_now(|conn| service::find(conn, &first.id)).unwrap(), whole);
    // Other years are another plan.
    assert!(desk.save(&draft((2029, 2031), vec![sheet(1, "A")])).unwrap().is_new);
}

#[test]
fn an_external_id_names_a_plan_whatever_its_title() {
    let desk = Desk::new();
    let save = |draft: &PlanDraft, id| desk.write(|conn, by| service::save(conn, by, draft, Some(id))).unwrap();
    let first = save(&draft((2026, 2028), vec![sheet(1, "A")]), "s-1");
    let renamed = PlanDraft { title: "Autre titre".into(), ..draft((2026, 2028), vec![sheet(1, "A")]) };
    assert_eq!(save(&renamed, "s-1").id, first.id);
    assert_ne!(save(&renamed, "s-2").id, first.id);
}

#[test]
fn the_current_plan_holds_today_or_is_the_last_begun() {
    let desk = Desk::new();
    let current = |year: i32| desk.db.read_now(|conn| service::current(conn, Day::new(year, 6, 1).unwrap())).unwrap().map(|plan| plan.years());
    assert_eq!(current(2026), None);
    for years in [(2020, 2022), (2026, 2028), (2035, 2036)] {
        desk.save(&draft(years, vec![sheet(1, "A")])).unwrap();
    }
    let told: Vec<_> = [2019, 2021, 2024, 2027, 2030, 2040].map(|year| current(year).unwrap()).into();
    assert_eq!(told, ["2020-2022", "2020-2022", "2020-2022", "2026-2028", "2026-2028", "2035-2036"]);
}

#[test]
fn a_plan_is_typed_in_by_hand() {
    let desk = Desk::new();
    let heading = |orientations: &[(i32, &str)]| Heading {
        title: "Schéma".into(),
        starts_on: Day::new(2026, 1, 1).unwrap(),
        ends_on: Day::new(2028, 12, 31).unwrap(),
        orientations: orientations.iter().map(|(number, title)| (*number, (*title).to_owned())).collect(),
    };
    let given = |orientation, title: &str| SheetGiven { orientation, title: title.into(), content: SheetContent::default() };
    let id = desk.write(|conn, by| service::begin(conn, by, &heading(&[(1, "Une")]))).unwrap();
    let twice = desk.write(|conn, by| service::begin(conn, by, &heading(&[])));
    assert!(matches!(twice, Err(Error::Invalid(errors)) if errors.of("title").is_some()));
    desk.write(|conn, by| service::add_sheet(conn, by, &id, 7, &given(1, "Fiche"))).unwrap();
    for (number, orientation, field) in [(7, 1, "number"), (0, 1, "number"), (8, 9, "orientation")] {
        let refused = desk.write(|conn, by| service::add_sheet(conn, by, &id, number, &given(orientation, "Fiche")));
        assert!(matches!(refused, Err(Error::Invalid(errors)) if errors.of(field).is_some()), "{number} {orientation}");
    }
    // An orientation with sheets stays; the others may go.
    let dropped = desk.write(|conn, by| service::change(conn, by, &id, 1, &heading(&[(2, "Deux")])));
    assert!(matches!(dropped, Err(Error::Invalid(errors)) if errors.of("orientations").is_some()));
    desk.write(|conn, by| service::change(conn, by, &id, 1, &heading(&[(1, "Une’"), (2, "Deux")]))).unwrap();
    let late = desk.write(|conn, by| service::change(conn, by, &id, 1, &heading(&[(1, "Une")])));
    assert!(matches!(late, Err(Error::Conflict { current: 2 })));
    desk.write(|conn, by| service::change_sheet(conn, by, &id, 7, 1, &given(2, "Fiche"), "Mieux placée")).unwrap();
    desk.write(|conn, by| service::change(conn, by, &id, 2, &heading(&[(2, "Deux")]))).unwrap();
    let whole = desk.db.read_now(|conn| service::find(conn, &id)).unwrap();
    assert_eq!(whole.orientations.iter().map(|orientation| (orientation.number, orientation.sheets.len())).collect::<Vec<_>>(), [(2, 1)]);
}

#[test]
fn a_decision_is_a_version_with_its_day_and_reason() {
    let desk = Desk::new();
    let id = desk.save(&draft((2026, 2028), vec![sheet(1, "A")])).unwrap().id;
    let same = decide(&desk, &id, 1, 1, SheetStage::ToStart);
    assert!(matches!(same, Err(Error::Invalid(errors)) if errors.of("stage").is_some()));
    decide(&desk, &id, 1, 1, SheetStage::Deferred).unwrap();
    assert!(matches!(decide(&desk, &id, 1, 1, SheetStage::Done), Err(Error::Conflict { current: 2 })));
    assert!(matches!(decide(&desk, &id, 9, 1, SheetStage::Done), Err(Error::NotFound)));
    let last = desk.db.read_now(|conn| versions::last(conn, &Record::sheet(&id, 1))).unwrap().unwrap();
    let decision = Decision { stage: SheetStage::Deferred, decided_on: Day::new(2026, 5, 4).unwrap(), reason: "Décidé en comité".into() };
    assert_eq!((last.number, history::decision(&last)), (2, Some(decision.clone())));
    assert_eq!(desk.db.read_now(|conn| history::decisions(conn, &id, 1)).unwrap(), [decision]);
}

#[test]
fn nobody_else_writes() {
    let mut desk = Desk::new();
    let id = desk.save(&draft((2026, 2028), vec![sheet(1, "A")])).unwrap().id;
    for (role, territory, may) in [(Role::Manager, "86", true), (Role::Manager, "MDS-CIVRAY", false), (Role::Worker, "86", false)] {
        desk.actor = Actor { role, territories: [territory.to_owned()].into(), ..Actor::command_line() };
        let outcome = decide(&desk, &id, 1, 1, SheetStage::ToStart);
        assert_eq!(matches!(outcome, Err(Error::Forbidden(_))), !may, "{role} {territory}");
    }
}

#[test]
fn every_sheet_is_a_document_until_it_is_gone() {
    let desk = Desk::new();
    let id = desk.save(&draft((2026, 2028), vec![sheet(1, "A"), sheet(2, "B")])).unwrap().id;
    let of = |number: i32| desk.db.read_now(|conn| document::of(conn, &format!("{id}/{number}"))).unwrap();
    let document = of(2).unwrap();
    assert_eq!((document.title.as_str(), document.summary.as_str(), document.date), ("B", "Accueillir", Day::new(2027, 1, 1)));
    assert_eq!((document.names.as_str(), document.territories), ("Direction\nUne\nFiche action 2", vec!["86".to_owned()]));
    assert_eq!(document.body, "Accueillir\nDirection\nétude");
    assert_eq!(desk.db.read_now(document::all).unwrap().len(), 2);
    desk.save(&draft((2026, 2028), vec![sheet(1, "A")])).unwrap();
    assert_eq!(of(2), None);
    assert_eq!(desk.db.read_now(|conn| document::of(conn, "nothing")).unwrap(), None);
}
