//! Pages of records are counted, a number a record and a day; nobody is, nor are programs.

use reqwest::Method;
use traitdunion::actions::model::Stage;
use traitdunion::actions::service::Action;
use traitdunion::consultations::{self, Kind, Tally};
use traitdunion::http::paths;
use traitdunion::kernel::{Day, Visibility};
use traitdunion::outbox::schedule;

use crate::support::{Answer, Browser, TestApp, Who, both, world};

both!(
    people_are_counted_and_programs_are_not,
    what_is_counted_is_written_together,
    writers_read_how_often,
    managers_read_what_was_read_the_most,
    a_plan_counts_its_sheets,
    days_are_forgotten_after_three_years,
);

const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0";

fn action(app: &TestApp, visibility: Visibility) -> Action {
    let action = app.write(|conn| world::action(conn, &app.world, &app.app.chance, Stage::Published, visibility));
    app.leaves_work();
    action
}

fn path(action: &Action) -> String {
    paths::action(&action.id, &action.fields.title)
}

/// A page opened with these headers.
async fn open(browser: &Browser, method: Method, path: &str, headers: &[(&str, &str)]) -> Answer {
    let request = headers.iter().fold(browser.request(method, path), |request, (name, value)| request.header(*name, *value));
    browser.send(request).await
}

async fn seen(browser: &Browser, path: &str) -> Answer {
    open(browser, Method::GET, path, &[("user-agent", FIREFOX)]).await
}

/// How often a record was opened, once what was counted is written.
async fn count(app: &TestApp, kind: Kind, id: &str) -> i64 {
    consultations::flush(&app.app).await.unwrap();
    let today = app.app.today();
    app.read(|conn| consultations::recent(conn, true, kind, id, today))["count"].as_i64().unwrap()
}

async fn people_are_counted_and_programs_are_not(app: TestApp) {
    let action = action(&app, Visibility::Public);
    let (visitor, path) = (app.visitor(), path(&action));
    for headers in [
        &[][..],
        &[("user-agent", "")],
        &[("user-agent", "Googlebot/2.1 (+http://www.google.com/bot.html)")],
        &[("user-agent", "curl/8.5.0")],
        &[("user-agent", FIREFOX), ("sec-purpose", "prefetch")],
        &[("user-agent", FIREFOX), ("sec-purpose", "prefetch;prerender")],
        &[("user-agent", FIREFOX), ("purpose", "prefetch")],
    ] {
        open(&visitor, Method::GET, &path, headers).await.expect(200);
    }
    open(&visitor, Method::HEAD, &path, &[("user-agent", FIREFOX)]).await;
    // What leads elsewhere, what is about it, what is not there.
    for other in [paths::action(&action.id, "autre"), format!("/actions/{}", action.id), format!("/actions/{}/imprimer", action.id)] {
        seen(&visitor, &other).await;
    }
    seen(&visitor, "/actions/01KB2J5Q3V8YH4N7T6R9C0M1XW/budget").await.expect(404);
    assert_eq!(count(&app, Kind::Action, action.id.as_str()).await, 0);
    let writes = app.app.db.writes();
    for _ in 0..2 {
        let answer = seen(&visitor, &path).await.expect(200);
        assert!(!answer.headers.contains_key("set-cookie"), "no cookie");
    }
    assert_eq!(app.app.db.writes(), writes, "reading writes nothing");
    for browser in [app.sign_in(Who::Partner), app.sign_in(Who::Worker)] {
        seen(&browser, &path).await.expect(200);
    }
    assert_eq!(count(&app, Kind::Action, action.id.as_str()).await, 4, "a kept page counts too");
    assert_eq!(count(&app, Kind::Action, action.id.as_str()).await, 4, "once each");
}

async fn what_is_counted_is_written_together(app: TestApp) {
    let action = action(&app, Visibility::Public);
    let visitor = app.visitor();
    seen(&visitor, &path(&action)).await.expect(200);
    // At the stop of the service what was counted is written.
    let (stop, stopped) = tokio::sync::watch::channel(false);
    tokio::join!(schedule::refresh(app.app.clone(), stopped), async { stop.send_replace(true) });
    seen(&visitor, &path(&action)).await.expect(200);
    app.pass(24 * 3600);
    seen(&visitor, &path(&action)).await.expect(200);
    assert_eq!(count(&app, Kind::Action, action.id.as_str()).await, 3);
    app.pass(30 * 24 * 3600);
    assert_eq!(count(&app, Kind::Action, action.id.as_str()).await, 0, "thirty days");
}

async fn writers_read_how_often(app: TestApp) {
    let action = action(&app, Visibility::Public);
    let (path, worker) = (path(&action), app.sign_in(Who::Worker));
    worker.get(&path).await.expect(200).has("Pas encore de consultation ces 30 derniers jours");
    seen(&app.visitor(), &path).await.expect(200);
    consultations::flush(&app.app).await.unwrap();
    worker.get(&path).await.expect(200).has("1 consultation ces 30 derniers jours");
    seen(&worker, &path).await.expect(200);
    consultations::flush(&app.app).await.unwrap();
    worker.get(&path).await.expect(200).has("2 consultations ces 30 derniers jours");
    for who in [Who::Partner, Who::WorkerElsewhere] {
        app.sign_in(who).get(&path).await.expect(200).lacks("derniers jours");
    }
    app.visitor().get(&path).await.expect(200).lacks("derniers jours");
}

async fn managers_read_what_was_read_the_most(app: TestApp) {
    let action = action(&app, Visibility::Internal);
    let draft = app.write(|conn| world::action(conn, &app.world, &app.app.chance, Stage::Draft, Visibility::Public));
    app.leaves_work();
    let day = |text: &str| Day::parse(text).unwrap();
    let tally = |id: &str, day: Day, count| Tally { kind: Kind::Action, id: id.to_owned(), day, count };
    let partner = Tally { kind: Kind::Partner, id: app.world.organisation.to_string(), day: day("2026-03-01"), count: 3 };
    app.write(|conn| {
        let read = [
            tally(action.id.as_str(), day("2026-03-01"), 1200),
            tally(action.id.as_str(), day("2026-02-28"), 7),
            tally(draft.id.as_str(), day("2026-03-02"), 5),
            // Of what is gone nothing is told.
            tally("01KB2J5Q3V8YH4N7T6R9C0M1XW", day("2026-03-02"), 9),
            partner.clone(),
        ];
        consultations::add(conn, &read)
    });
    let manager = app.sign_in(Who::Manager);
    let page = manager.get("/consultations").await.expect(200).has("Gérer son budget").has("Association Le Pont").has("1200");
    assert!(page.text.find("1200").unwrap() < page.text.find("Association Le Pont").unwrap(), "the most read first");
    manager.get("/consultations?genre=partner").await.expect(200).has("Association Le Pont").lacks("Gérer son budget");
    manager.get("/consultations?mois=2026-02").await.expect(200).has("Gérer son budget").lacks("Association Le Pont");
    manager.get("/consultations?mois=2020-01").await.expect(200).has("Rien n’a été consulté en janvier 2020");
    for wrong in ["mois=2026-13", "mois=mars", "mois=0-1", "mois=99999999999-01", "genre=compte"] {
        manager.get(&format!("/consultations?{wrong}")).await.expect(400);
    }
    // Another's draft is not told, by its number either.
    let elsewhere = app.sign_in(Who::ManagerElsewhere).get("/consultations/export?format=csv").await.expect(200);
    assert_eq!(elsewhere.text.matches("Gérer son budget").count(), 1, "{}", elsewhere.text);
    let csv = manager.get("/consultations/export?mois=2026-03&genre=action").await.expect(200);
    assert_eq!(csv.text.matches("Gérer son budget").count(), 2, "{}", csv.text);
    assert!(csv.text.contains(";1200"), "{}", csv.text);
    manager.get("/consultations/export?format=pdf").await.expect(400);
}

async fn a_plan_counts_its_sheets(app: TestApp) {
    let mut draft = world::plan("Schéma de l’action sociale");
    let label = "Nombre de consultations du schéma sur le site internet";
    let indicators = serde_json::from_value(serde_json::json!([{ "label": label }])).unwrap();
    draft.orientations[0].sheets[0].content.indicators = indicators;
    let plan = app.write(|conn| {
        let (actor, now) = (app.world.actor(conn, Who::Administrator)?, app.now());
        let by = traitdunion::accounts::model::By { actor: &actor, now, chance: &app.app.chance };
        traitdunion::plans::service::create(conn, by, &draft, None)
    });
    app.leaves_work();
    let visitor = app.visitor();
    let sheet = paths::sheet(&plan, draft.orientations[0].sheets[0].number);
    for path in ["/schema", &paths::plan(&plan), &sheet] {
        seen(&visitor, path).await.expect(200);
    }
    consultations::flush(&app.app).await.unwrap();
    assert_eq!(app.read(|conn| consultations::of_plan(conn, &plan)), 3);
    let counted = visitor.get(&sheet).await.expect(200).has("Consultations du schéma");
    counted.has("Compté par le registre");
    let read = app.api(Who::Visitor).get(&format!("/api/v1/plans/{plan}")).await.expect(200).json();
    assert_eq!(read["orientations"][0]["sheets"][0]["counted"], serde_json::json!([{ "label": "Consultations du schéma", "value": 3 }]));
    app.sign_in(Who::Administrator).get("/schema").await.expect(200).has("2 consultations ces 30 derniers jours");
}

async fn days_are_forgotten_after_three_years(app: TestApp) {
    let today = app.app.today();
    let tally = |days: i64| Tally { kind: Kind::Partner, id: app.world.organisation.to_string(), day: today.plus(-days), count: 1 };
    app.write(|conn| consultations::add(conn, &[tally(3 * 365), tally(3 * 365 + 2)]));
    let reports = schedule::step(&app.app).await.unwrap();
    assert!(reports.iter().any(|report| report.contains("1 days of consultations")), "{reports:?}");
    app.leaves_work();
}
