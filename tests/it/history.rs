//! No version is forgotten: every use-case that writes an action or a sheet, one after the other, and what is stored of each.

use serde_json::{Map, Value, json};
use traitdunion::accounts::model::{Actor, By, Viewer};
use traitdunion::actions::model::{Stage, Verb};
use traitdunion::actions::sessions::{self, Attendance, Single};
use traitdunion::actions::{history as action_history, importing, service as actions};
use traitdunion::conventions::model::{ActKind, AvenantStage, Stage as ConventionStage, Verb as ConventionVerb};
use traitdunion::conventions::{acts, files, history as convention_history, importing as brought, service as conventions, world as convention_world};
use traitdunion::db::Conn;
use traitdunion::documents::model::Purpose;
use traitdunion::documents::service::take_in;
use traitdunion::error::Result;
use traitdunion::events::{Event, Record};
use traitdunion::kernel::ids::{ActId, ActionId, ConventionId, PlanId};
use traitdunion::kernel::{Day, Page};
use traitdunion::partners;
use traitdunion::plans::model::{Heading, SheetContent, SheetDraft, SheetGiven, SheetStage};
use traitdunion::plans::{history as sheet_history, service as plans};
use traitdunion::versions::{self, Cause, MOST_KEPT};

use crate::support::history::forgotten;
use crate::support::{Engine, TestApp, Who, both, pdf, world};

both!(
    every_use_case_of_actions_keeps_its_version,
    every_use_case_of_sheets_keeps_its_version,
    every_use_case_of_conventions_keeps_its_version,
    what_is_said_twice_is_stored_once,
    a_history_is_bounded,
    versions_kept_in_the_old_way_are_taken_over,
);

fn object(value: Value) -> Map<String, Value> {
    value.as_object().cloned().unwrap()
}

/// Does this event write what a record says, or decide of it? A new event is answered here, or this does not compile.
fn makes_a_version(event: &Event<'_>) -> bool {
    match event {
        Event::ActionCreated { .. }
        | Event::ActionChanged { .. }
        | Event::ActionRestored { .. }
        | Event::ActionMoved { .. }
        | Event::ActionImported { .. }
        | Event::ActionImportUndone { is_removed: false, .. }
        | Event::PlanSaved { .. }
        | Event::SheetAdded { .. }
        | Event::SheetChanged { .. }
        | Event::SheetDecided { .. }
        | Event::SheetRestored { .. }
        | Event::ConventionCreated { .. }
        | Event::ConventionEntered { .. }
        | Event::ConventionChanged { .. }
        | Event::ConventionRestored { .. }
        | Event::ConventionMoved { .. }
        | Event::ConventionActed { .. }
        | Event::ConventionRelinked { .. }
        | Event::ConventionImported { .. }
        | Event::ConventionImportUndone { is_removed: false, .. }
        | Event::ConventionFiled { .. }
        | Event::PartnerAdded { .. }
        | Event::PartnerChanged { .. }
        | Event::PartnerRestored { .. }
        | Event::PartnerImported { .. }
        | Event::PartnerImportUndone { is_removed: false, .. }
        | Event::PartnerMerged { .. }
        | Event::PartnerMergedInto { .. }
        | Event::BodyCreated { .. }
        | Event::BodyChanged { .. }
        | Event::MeetingCreated { .. }
        | Event::MeetingChanged { .. }
        | Event::MeetingMoved { .. }
        | Event::MeetingImported { .. }
        | Event::MeetingImportUndone { is_removed: false, .. }
        | Event::ActionRelinked { .. } => true,
        Event::MinutesSaved { .. } | Event::Decision { .. } => true,
        Event::Announcement { what, .. } => what.makes_a_version(),
        Event::MinutesOpinion { .. }
        | Event::MeetingInvited { .. }
        | Event::MeetingUninvited { .. }
        | Event::MeetingAnswered { .. }
        | Event::MeetingPromoted { .. }
        | Event::PresenceRecorded { .. } => false,
        Event::ConventionDocument { .. } | Event::MeetingDocument { .. } => false,
        Event::ActionConfirmed { .. } | Event::ActionSupport { .. } | Event::SessionsChanged { .. } | Event::AttendanceRecorded { .. } => false,
        // Its versions go with it.
        Event::ActionImportUndone { is_removed: true, .. }
        | Event::ConventionImportUndone { is_removed: true, .. }
        | Event::MeetingImportUndone { is_removed: true, .. } => false,
        Event::AccountAdded { .. }
        | Event::AccountChanged { .. }
        | Event::AccountClosed { .. }
        | Event::PasswordSet { .. }
        | Event::PartnerImportUndone { is_removed: true, .. }
        | Event::CorrectionSuggested { .. }
        | Event::CorrectionDecided { .. }
        | Event::PartnerConfirmed { .. }
        | Event::PartnerToldApart { .. }
        | Event::PartnerRemoved { .. }
        | Event::Administered { .. } => false,
    }
}

/// One of each event that is about an action or a sheet.
fn about_records<'a>(id: &'a ActionId, plan: &'a PlanId, convention: &'a ConventionId, act: &'a ActId) -> Vec<Event<'a>> {
    let moved = Verb::ALL.iter().map(|verb| Event::ActionMoved { id, verb: *verb, comment: "" });
    let day = Day::FIRST;
    let conventions = ConventionVerb::ALL.iter().filter(|verb| **verb != ConventionVerb::Record);
    let led = conventions.map(|verb| Event::ConventionMoved { id: convention, verb: *verb, comment: "" });
    let acts =
        ActKind::ALL.iter().filter(|kind| **kind != ActKind::Signature).flat_map(|kind| AvenantStage::ALL.iter().map(move |stage| (*kind, *stage)));
    let acted = acts.map(|(kind, stage)| Event::ConventionActed { id: convention, act, kind, stage });
    moved
        .chain(led)
        .chain(acted)
        .chain([
            Event::ActionCreated { id, inspired_by: None },
            Event::ActionChanged { id, changed: &[], is_live: true, reason: "" },
            Event::ActionRestored { id, number: 1, changed: &[], is_live: true, reason: "" },
            Event::ActionImported { id, stage: Stage::Draft, is_new: true },
            Event::ActionImportUndone { id, is_removed: false },
            Event::ActionImportUndone { id, is_removed: true },
            Event::ActionRelinked { id },
            Event::ActionConfirmed { id },
            Event::SessionsChanged { id, added: 0, removed: 0 },
            Event::AttendanceRecorded { id },
            Event::PlanSaved { id: plan, numbers: &[], added: &[], changed: &[] },
            Event::SheetAdded { id: plan, number: 1 },
            Event::SheetChanged { id: plan, number: 1, changed: &[], reason: "" },
            Event::SheetDecided { id: plan, number: 1, stage: SheetStage::Done, decided_on: day, reason: "" },
            Event::SheetRestored { id: plan, number: 1, version: 1, changed: &[], reason: "" },
            Event::ConventionCreated { id: convention },
            Event::ConventionEntered { id: convention },
            Event::ConventionChanged { id: convention, changed: &[], reason: "" },
            Event::ConventionRestored { id: convention, number: 1, changed: &[], reason: "" },
            Event::ConventionFiled { id: convention, sha256: "" },
            Event::ConventionImported { id: convention, stage: ConventionStage::Signed, reason: "", is_new: true },
            Event::ConventionImportUndone { id: convention, is_removed: false },
        ])
        .collect()
}

/// The events that the versions of some records tell, without repetition.
fn told(conn: &mut Conn, records: &[Record]) -> Result<Vec<String>> {
    let mut told = Vec::new();
    for record in records {
        told.extend(versions::list(conn, record, Page { number: 1, size: 100 })?.items.into_iter().map(|version| version.event));
    }
    told.sort();
    told.dedup();
    Ok(told)
}

fn expected(kinds: &[&str]) -> Vec<String> {
    let (id, plan, convention, act) = (ActionId::after("a"), PlanId::after("p"), ConventionId::after("c"), ActId::after("d"));
    let ours = |event: &Event<'_>| kinds.contains(&event.record().kind);
    let mut names: Vec<String> = about_records(&id, &plan, &convention, &act)
        .iter()
        .filter(|event| makes_a_version(event) && ours(event))
        .map(|event| event.name().to_owned())
        .collect();
    names.sort();
    names.dedup();
    names
}

async fn every_use_case_of_actions_keeps_its_version(app: TestApp) {
    app.leaves_work();
    app.write(|conn| {
        let (worker, manager) = (app.world.actor(conn, Who::Worker)?, app.world.actor(conn, Who::Manager)?);
        let chance = &app.app.chance;
        let by = |actor| By { actor, now: world::now(), chance };
        let (written, decided) = (by(&worker), by(&manager));
        let id = actions::create(conn, written, &object(json!({ "title": "Cuisiner" })))?.id;
        let record = Record::action(&id);
        let mut count = 1;
        let mut kept = |conn: &mut Conn, what: &str| -> Result<()> {
            count += 1;
            let last = versions::last(conn, &record)?.unwrap();
            assert_eq!((last.number, last.event.as_str()), (count, what));
            assert_eq!(forgotten(conn)?, Vec::<String>::new(), "after {what}");
            Ok(())
        };
        let mut whole = world::whole_action();
        whole.insert("partners".into(), json!([{ "partner_id": app.world.organisation, "role": "anime" }]));
        actions::change(conn, written, &id, 1, &whole)?;
        kept(conn, "changed")?;
        actions::carry_out(conn, written, &id, 2, Verb::Submit, "")?;
        kept(conn, "submitted")?;
        actions::carry_out(conn, decided, &id, 3, Verb::Return, "Précisez.")?;
        kept(conn, "returned")?;
        actions::carry_out(conn, decided, &id, 4, Verb::Publish, "")?;
        kept(conn, "published")?;
        actions::change(conn, written, &id, 5, &object(json!({ "needs": "Un besoin.", "external_id": "A1" })))?;
        kept(conn, "changed")?;
        action_history::restore(conn, written, &id, 6, 2, "Par erreur")?;
        kept(conn, "restored")?;
        let world = actions::World::load(conn)?;
        let existing = importing::named(conn, &[], &["A1".into()])?.remove(0);
        let was = importing::Was { version: existing.version, life: existing.life.clone() };
        let given = object(json!({ "external_id": "A1", "means": "Une salle" }));
        let checked = importing::check(&manager, given, Some(existing), &world).unwrap();
        let (id, version) = importing::write(conn, decided, &checked)?.unwrap();
        kept(conn, "imported")?;
        importing::undo(conn, decided, &importing::Written { id: id.clone(), was: Some(was), version })?;
        kept(conn, "import_undone")?;
        // What is no text is no version.
        let day = 24 * 3600;
        let single = Single {
            starts_at: world::now().plus_seconds(-day),
            ends_at: world::now().plus_seconds(3600 - day),
            place: String::new(),
            capacity: None,
        };
        let session = sessions::add_one(conn, written, &id, &single)?.id;
        sessions::attend(conn, written, &id, &[Attendance { session, attended: Some(8), newcomers: Some(2) }])?;
        actions::confirm(conn, written, &id)?;
        actions::change(conn, written, &id, 9, &object(json!({ "needs": "" })))?;
        assert_eq!(versions::last(conn, &record)?.unwrap().number, 9);
        actions::carry_out(conn, decided, &id, 9, Verb::Archive, "")?;
        kept(conn, "archived")?;
        let robot = Actor::command_line();
        let other = partners::service::create(conn, by(&robot), &object(json!({ "name": "Le Pont de Loudun" })))?;
        let merged = (&app.world.organisation, partners::service::find(conn, &app.world.organisation)?.version);
        traitdunion::merging::merge(conn, by(&robot), (&other.id, 1), merged, app.app.today())?;
        kept(conn, "relinked")?;
        let copy = actions::duplicate(conn, written, &id)?.id;
        assert_eq!(versions::last(conn, &Record::action(&copy))?.unwrap().event, "created");
        // An import that writes and publishes at once makes two.
        let draft = actions::create(conn, written, &object(json!({ "title": "B", "external_id": "A2" })))?;
        let given = object(json!({ "external_id": "A2", "summary": "Un texte.", "stage": "published" }));
        let checked = importing::check(&manager, given, Some(draft.clone()), &world).unwrap();
        let (_, version) = importing::write(conn, decided, &checked)?.unwrap();
        assert_eq!(versions::last(conn, &Record::action(&draft.id))?.unwrap().number, version);
        // So does undoing it; undone, one that is new leaves nothing.
        let was = importing::Was { version: draft.version, life: draft.life.clone() };
        importing::undo(conn, decided, &importing::Written { id: draft.id.clone(), was: Some(was), version })?;
        let back = actions::find(conn, &Viewer(Some(manager.clone())), &draft.id)?;
        assert_eq!((&back.fields, &back.life, back.version), (&draft.fields, &draft.life, 5));
        let new = importing::check(&manager, object(json!({ "external_id": "A3", "title": "C" })), None, &world).unwrap();
        let (new, version) = importing::write(conn, decided, &new)?.unwrap();
        importing::undo(conn, decided, &importing::Written { id: new.clone(), was: None, version })?;
        assert_eq!(versions::last(conn, &Record::action(&new))?, None);
        assert_eq!(forgotten(conn)?, Vec::<String>::new());
        assert_eq!(told(conn, std::slice::from_ref(&record))?, expected(&["action"]), "each event that makes a version was tried");
        let reasons: Vec<String> = versions::list(conn, &record, Page::first())?.items.into_iter().map(|version| version.reason).collect();
        assert_eq!(reasons.iter().filter(|reason| !reason.is_empty()).collect::<Vec<_>>(), ["Par erreur", "Précisez."]);
        Ok(())
    });
}

async fn every_use_case_of_conventions_keeps_its_version(app: TestApp) {
    app.leaves_work();
    let signed = take_in(&app.app, "a.pdf", pdf::pdf(&["Signée"]), Purpose::Signed).await.unwrap();
    app.write(|conn| {
        use ConventionVerb::{Abandon, Reactivate, Return, Send, Submit, Validate};
        let (manager, chance, today) = (app.world.actor(conn, Who::Manager)?, &app.app.chance, world::today());
        let by = By { actor: &manager, now: world::now(), chance };
        let mut one = conventions::create(conn, by, today, &world::whole_convention(&app.world))?;
        let record = Record::convention(&one.id);
        for verb in [Abandon, Reactivate, Submit, Return, Submit, Validate, Send] {
            one = conventions::carry_out(conn, by, today, &one.id, one.version, verb, "Précisez.")?;
        }
        one = conventions::sign(conn, by, today, &one.id, one.version, &Default::default())?;
        one = conventions::change(conn, by, today, &one.id, one.version, &object(json!({ "visibility": "partners" })))?;
        convention_history::restore(conn, by, today, &one.id, one.version, 1, "Par erreur")?;
        files::attach(conn, by, today, &one.id, &signed, &files::Of::First)?;
        one = conventions::find(conn, &Viewer(Some(manager.clone())), &one.id, today)?;
        let express = json!({ "kind": "avenant", "changes": { "renewal": { "kind": "express", "period_months": 12 } }, "signed_on": "2026-03-03" });
        for body in [
            express,
            json!({ "kind": "avenant", "object": "Abandonné ensuite" }),
            json!({ "kind": "reconduction", "decided_on": "2026-03-03" }),
            json!({ "kind": "denonciation", "notified_on": "2026-03-03" }),
            json!({ "kind": "resiliation", "ground": "Un motif", "notified_on": "2026-03-03", "effective_on": "2026-04-01" }),
        ] {
            let done = acts::record(conn, by, today, &one.id, None, &object(body))?;
            one = done.convention;
            if done.act.content.stage() == AvenantStage::Draft {
                one = acts::abandon(conn, by, today, &one.id, one.version, &done.act.id)?.convention;
            }
            assert_eq!(versions::last(conn, &record)?.unwrap().number, one.version);
        }
        let existing =
            object(json!({ "object": "De 1995", "level": "mds", "territories": [world::HERE], "stage": "signed", "signed_on": "1995-06-01" }));
        let existing = conventions::create(conn, by, today, &existing)?;
        assert_eq!(existing.life.stage, ConventionStage::Signed);
        let draft = conventions::create(conn, by, today, &world::whole_convention(&app.world))?;
        let entering = files::Entering { signed_on: Day::parse("2026-03-01"), number: Some("96-2".into()) };
        let entered = files::enter(conn, by, today, &draft.id, draft.version, &entering)?;
        assert_eq!((entered.life.stage, entered.number.as_deref()), (ConventionStage::Signed, Some("96-2")));
        let world = convention_world::World::load(conn)?;
        let given = object(json!({ "id": existing.id, "visibility": "partners" }));
        let around = brought::Around::load(conn, &manager, &world.instance.departement, [(1, &given)].into_iter())?;
        let checked = around.check(&manager, &world, today, 1, given).unwrap();
        let version = brought::write(conn, by, today, &existing.id, &checked)?;
        let written = brought::Written { id: existing.id.clone(), was: checked.was(), version };
        brought::undo(conn, by, today, &[written])?;
        assert_eq!(versions::last(conn, &Record::convention(&existing.id))?.unwrap().number, 3);
        assert_eq!(forgotten(conn)?, Vec::<String>::new());
        let told = told(conn, &[record, Record::convention(&existing.id)])?;
        assert_eq!(told, expected(&["convention"]), "each event that makes a version was tried");
        Ok(())
    });
}

async fn every_use_case_of_sheets_keeps_its_version(app: TestApp) {
    app.leaves_work();
    app.write(|conn| {
        let robot = Actor::command_line();
        let by = By { actor: &robot, now: world::now(), chance: &app.app.chance };
        let mut draft = world::plan("Schéma");
        let id = plans::create(conn, by, &draft, None)?;
        let record = |number| Record::sheet(&id, number);
        let kept = |conn: &mut Conn, number: i32, version: i32, event: &str| -> Result<()> {
            let last = versions::last(conn, &record(number))?.unwrap();
            assert_eq!((last.number, last.event.as_str()), (version, event));
            assert_eq!(forgotten(conn)?, Vec::<String>::new(), "after {event}");
            Ok(())
        };
        kept(conn, 1, 1, "plan_saved")?;
        let given = |title: &str| SheetGiven { orientation: 1, title: title.into(), content: SheetContent::default() };
        plans::change_sheet(conn, by, &id, 1, 1, &given("Autre titre"), "Plus court")?;
        kept(conn, 1, 2, "sheet_changed")?;
        plans::set_stage(conn, by, &id, 1, 2, SheetStage::InProgress, Day::new(2026, 3, 1).unwrap(), "Le groupe s’est réuni.")?;
        kept(conn, 1, 3, "sheet_decided")?;
        sheet_history::restore(conn, by, &id, 1, 3, 1, "Trop court")?;
        kept(conn, 1, 4, "sheet_restored")?;
        plans::add_sheet(conn, by, &id, 7, &given("Nouvelle"))?;
        kept(conn, 7, 1, "sheet_added")?;
        // The document again: one sheet written again, one added; then that one removed, with its history.
        draft.orientations[0].sheets[0].title = "Relue".into();
        draft.orientations[0].sheets.push(SheetDraft { number: 7, title: "Nouvelle".into(), content: SheetContent::default() });
        draft.orientations[0].sheets.push(SheetDraft { number: 9, title: "Neuve".into(), content: SheetContent::default() });
        plans::save(conn, by, &draft, None)?;
        kept(conn, 1, 5, "plan_saved")?;
        kept(conn, 7, 1, "sheet_added")?;
        kept(conn, 9, 1, "plan_saved")?;
        draft.orientations[0].sheets.retain(|sheet| sheet.number != 9);
        plans::save(conn, by, &draft, None)?;
        assert_eq!(versions::last(conn, &record(9))?, None);
        draft.orientations[0].sheets.push(SheetDraft { number: 9, title: "De retour".into(), content: SheetContent::default() });
        plans::save(conn, by, &draft, None)?;
        kept(conn, 9, 1, "plan_saved")?;
        // The plan's own title is no sheet's.
        let plan = plans::find(conn, &id)?.plan;
        let heading =
            Heading { title: "Autre".into(), starts_on: plan.starts_on, ends_on: plan.ends_on, orientations: vec![(1, "Prévenir".into())] };
        plans::change(conn, by, &id, plan.version, &heading)?;
        kept(conn, 1, 5, "plan_saved")?;
        assert_eq!(told(conn, &[record(1), record(7)])?, expected(&["plan", "plan_sheet"]), "each event that makes a version was tried");
        assert_eq!(sheet_history::decisions(conn, &id, 1)?.len(), 1);
        Ok(())
    });
}

async fn what_is_said_twice_is_stored_once(app: TestApp) {
    app.leaves_work();
    let action = app.write(|conn| world::action(conn, &app.world, &app.app.chance, Stage::Archived, traitdunion::kernel::Visibility::Public));
    let stored = texts(&app, action.id.as_str());
    assert_eq!(stored.iter().map(Option::is_some).collect::<Vec<_>>(), [true, false, false], "created, published, archived");
    app.read(|conn| {
        let record = Record::action(&action.id);
        let all: Vec<_> = (1..=3).map(|number| versions::content(conn, &record, number)).collect::<Result<_>>()?;
        assert!(all.iter().all(|content| *content == all[0] && content.is_some()));
        assert_eq!(versions::content(conn, &record, 0)?, None);
        // Who only decides has written nothing.
        assert_eq!(versions::writers(conn, &record)?, [app.world.accounts[&Who::Worker].clone()]);
        Ok(())
    });
}

/// What is stored of each version.
fn texts(app: &TestApp, id: &str) -> Vec<Option<String>> {
    use diesel::prelude::*;
    use traitdunion::db::schema::versions;
    app.read(|conn| Ok(versions::table.filter(versions::record_id.eq(id)).order(versions::number).select(versions::content).load(conn)?))
}

async fn a_history_is_bounded(app: TestApp) {
    app.leaves_work();
    let most = i32::try_from(MOST_KEPT).unwrap();
    let record = Record { kind: "convention", id: "C".into() };
    app.write(|conn| {
        let robot = Actor::command_line();
        let by = By { actor: &robot, now: world::now(), chance: &app.app.chance };
        for number in 1..=most + 21 {
            // Every third version says what the one before said; the fourth is a decision, which stays.
            let (text, event) = (number - i32::from(number % 3 == 0), if number == 4 { "sheet_decided" } else { "changed" });
            versions::keep(conn, by, &record, number, &Cause::new(event, "", json!({})), &json!({ "text": text }))?;
        }
        let all = versions::list(conn, &record, Page { number: 1, size: 100 })?;
        assert_eq!(all.total, u64::try_from(MOST_KEPT).unwrap());
        for gone in [2, 3, 5, 23] {
            assert!(versions::find(conn, &record, gone).is_err(), "{gone}");
        }
        for (number, text) in [(1, 1), (4, 4), (24, 23), (25, 25), (most + 21, most + 21 - i32::from((most + 21) % 3 == 0))] {
            assert_eq!(versions::whole(conn, &record, number)?.1["text"], json!(text), "version {number}");
        }
        assert_eq!(versions::beside(conn, &record, 4)?, (Some(1), Some(24)));
        versions::forget(conn, &record)?;
        assert_eq!(versions::last(conn, &record)?, None);
        Ok(())
    });
}

/// A database of the time before: its versions are moved, and what has none begins with what it says.
async fn versions_kept_in_the_old_way_are_taken_over(engine: Engine) {
    use diesel::RunQueryDsl;
    use diesel::connection::SimpleConnection;
    use diesel::migration::MigrationSource;
    use diesel_migrations::{FileBasedMigrations, MigrationHarness};
    use traitdunion::db::{Access, Db};
    let database = engine.empty();
    let folder = crate::support::source::root().join("migrations").join(engine.name());
    let files = FileBasedMigrations::from_path(folder).unwrap();
    let mut conn = Db::open(&database.url).unwrap().connect(Access::Write).unwrap();
    macro_rules! migrate {
        ($conn:expr, $db:ty, $until:expr) => {{
            let mut migrations = MigrationSource::<$db>::migrations(&files).unwrap();
            migrations.sort_by_key(|migration| migration.name().to_string());
            for migration in migrations {
                let name = migration.name().to_string();
                if ($until)(name.as_str()) && !$conn.applied_migrations().unwrap().contains(&migration.name().version().as_owned()) {
                    $conn.run_migration(&*migration).unwrap();
                }
            }
        }};
    }
    let before = |name: &str| name < "2026-11-21-300000";
    match &mut conn {
        Conn::Sqlite(conn) => migrate!(conn, diesel::sqlite::Sqlite, before),
        Conn::Postgres(conn) => migrate!(conn, diesel::pg::Pg, before),
    }
    conn.batch_execute(OLD).unwrap();
    match &mut conn {
        Conn::Sqlite(conn) => migrate!(conn, diesel::sqlite::Sqlite, |_: &str| true),
        Conn::Postgres(conn) => migrate!(conn, diesel::pg::Pg, |_: &str| true),
    }
    let (action, bare) = (ActionId::after("A").to_string(), ActionId::after("B").to_string());
    let of = |id: &str| Record { kind: "action", id: id.to_owned() };
    let items = versions::list(&mut conn, &of(&action), Page::first()).unwrap().items;
    let told: Vec<_> = items.iter().map(|version| (version.number, version.event.as_str(), version.actor.as_str(), version.changed())).collect();
    assert_eq!(told, [(3, "changed", "Max", vec!["title"]), (1, "created", "Lou", vec![])]);
    assert_eq!(versions::content(&mut conn, &of(&action), 2).unwrap(), Some(json!({ "title": "Un" })));
    let found = versions::whole(&mut conn, &of(&bare), 4).unwrap();
    assert_eq!((found.0.event.as_str(), found.0.at.rfc3339().as_str(), &found.1["title"]), ("found", "2026-02-01T08:00:00Z", &json!("Bis")));
    let plan = PlanId::after("01JZZZZZZZZZZZZZZZZZZZZZZZ");
    let said = |conn: &mut Conn, version| sheet_history::text_at(conn, &plan, 1, version).unwrap().map(|given| (given.orientation, given.title));
    assert_eq!(said(&mut conn, 1), Some((1, "L’« ancien » \"titre\"".to_owned())));
    assert_eq!(said(&mut conn, 2), said(&mut conn, 1));
    assert_eq!(said(&mut conn, 3), Some((1, "Le nouveau".to_owned())));
    let decisions = sheet_history::decisions(&mut conn, &plan, 1).unwrap();
    assert_eq!((decisions.len(), decisions[0].stage, decisions[0].reason.as_str()), (1, SheetStage::InProgress, "Réuni"));
    assert_eq!(decisions[0].decided_on.iso(), "2026-01-05");
    // And back.
    macro_rules! back {
        ($conn:expr, $db:ty) => {{
            let mut migrations = MigrationSource::<$db>::migrations(&files).unwrap();
            migrations.sort_by_key(|migration| std::cmp::Reverse(migration.name().to_string()));
            for migration in migrations.iter().filter(|migration| !before(&migration.name().to_string())) {
                $conn.revert_migration(migration.as_ref()).unwrap();
            }
        }};
    }
    match &mut conn {
        Conn::Sqlite(conn) => back!(conn, diesel::sqlite::Sqlite),
        Conn::Postgres(conn) => back!(conn, diesel::pg::Pg),
    }
    let count = "SELECT (SELECT count(*) FROM action_versions WHERE fields LIKE '%Un%') * 10 + \
        (SELECT count(*) FROM plan_sheet_versions WHERE stage = 'in_progress' AND title <> '' AND content NOT LIKE '%title%') AS n";
    let found: Count = match &mut conn {
        Conn::Sqlite(conn) => diesel::sql_query(count).get_result(conn),
        Conn::Postgres(conn) => diesel::sql_query(count).get_result(conn),
    }
    .unwrap();
    assert_eq!(found.n, 12, "one text of the action, two versions of the sheet since it began");
}

#[derive(diesel::QueryableByName)]
struct Count {
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    n: i64,
}

const OLD: &str = r#"
INSERT INTO actions (id, title, title_folded, stage, visibility, kind, opens_on, closes_on, is_reported, fields, version, author_name, confirmed_at, created_at, updated_at)
VALUES ('A', 'Deux', 'deux', 'published', 'public', 'collective_action', '0001-01-01', '9999-12-31', false, '{"title":"Deux"}', 4, 'Lou', '2026-01-01 08:00:00', '2026-01-01 08:00:00', '2026-01-03 08:00:00'),
('B', 'Bis', 'bis', 'draft', 'public', 'collective_action', '0001-01-01', '9999-12-31', false, '{"title":"Bis"}', 4, 'Lou', '2026-01-01 08:00:00', '2026-01-01 08:00:00', '2026-02-01 08:00:00');
INSERT INTO action_versions (action_id, version, fields, author_name, at) VALUES
('A', 1, '{"title":"Un"}', 'Lou', '2026-01-01 08:00:00'), ('A', 3, '{"title":"Deux"}', 'Max', '2026-01-03 08:00:00');
INSERT INTO journal (id, at, actor_name, record_type, record_id, event, detail) VALUES
('1', '2026-01-01 08:00:00', 'Lou', 'action', 'A', 'created', '{}'), ('2', '2026-01-02 08:00:00', 'Max', 'action', 'A', 'published', '{}'),
('3', '2026-01-03 08:00:00', 'Max', 'action', 'A', 'changed', '{"changed":["title"]}');
INSERT INTO plans (id, title, starts_on, ends_on, version, created_at, updated_at)
VALUES ('01JZZZZZZZZZZZZZZZZZZZZZZZ', 'P', '2026-01-01', '2028-12-31', 1, '2026-01-01 08:00:00', '2026-01-01 08:00:00');
INSERT INTO orientations (plan_id, number, title) VALUES ('01JZZZZZZZZZZZZZZZZZZZZZZZ', 1, 'O');
INSERT INTO plan_sheets (plan_id, number, orientation, title, stage, content, version, updated_at)
VALUES ('01JZZZZZZZZZZZZZZZZZZZZZZZ', 1, 1, 'Le nouveau', 'in_progress', '{"needs":[]}', 3, '2026-01-03 08:00:00');
INSERT INTO plan_sheet_versions (plan_id, number, version, title, stage, content, decided_on, reason, author_name, at) VALUES
('01JZZZZZZZZZZZZZZZZZZZZZZZ', 1, 1, 'L’« ancien » "titre"', 'to_start', '{"needs":[]}', NULL, '', 'Lou', '2026-01-01 08:00:00'),
('01JZZZZZZZZZZZZZZZZZZZZZZZ', 1, 2, 'L’« ancien » "titre"', 'in_progress', '{"needs":[]}', '2026-01-05', 'Réuni', 'Lou', '2026-01-02 08:00:00'),
('01JZZZZZZZZZZZZZZZZZZZZZZZ', 1, 3, 'Le nouveau', 'in_progress', '{"needs":[]}', NULL, '', 'Lou', '2026-01-03 08:00:00');
"#;
