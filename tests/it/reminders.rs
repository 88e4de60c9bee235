//! Reminders of the terms of conventions, by the daily jobs.

use serde_json::{Value, json};
use traitdunion::accounts::model::By;
use traitdunion::accounts::service as accounts;
use traitdunion::actions::model::Stage;
use traitdunion::conventions::service::{self as conventions, Convention};
use traitdunion::kernel::{Day, Visibility};
use traitdunion::mail::log::Filter;
use traitdunion::outbox::schedule;

use crate::support::world::{self, HERE};
use crate::support::{TestApp, Who, both, mails};

both!(
    every_step_is_told_once_and_in_order,
    after_an_outage_only_what_is_urgent_is_told,
    a_term_that_moves_is_watched_anew,
    those_who_take_over_are_told,
    old_terms_surprise_nobody,
);

/// A convention of the first territory that its manager follows, in force since the beginning of the year, on which an action rests.
fn entered(app: &TestApp, more: Value) -> Convention {
    let action = app.write(|conn| world::action(conn, &app.world, &app.app.chance, Stage::Published, Visibility::Public));
    let mut given = json!({
        "stage": "signed", "signed_on": "2025-12-15", "object": "Accueil des familles", "level": "mds", "territories": [HERE],
        "parties": [{ "partner": app.world.organisation.to_string() }], "actions": [action.id.to_string()],
        "effect": "fixed_day", "starts_on": "2026-01-01", "ends_on": "2027-12-31", "notice_months": 3,
    });
    given.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let manager = app.read(|conn| app.world.actor(conn, Who::Manager));
    let by = By { actor: &manager, now: app.now(), chance: &app.app.chance };
    app.write(|conn| conventions::create(conn, by, app.app.today(), given.as_object().unwrap()))
}

/// Lets the days pass until `until`, the program running each of them, and works what they bring.
async fn live(app: &TestApp, until: &str) {
    let until = Day::parse(until).unwrap();
    while app.app.today() < until {
        app.pass(24 * 3600);
        day(app).await;
    }
}

async fn day(app: &TestApp) {
    schedule::step(&app.app).await.unwrap();
    app.work().await;
}

/// Nobody runs the program until that day, when it runs once.
async fn sleep_until(app: &TestApp, until: &str) {
    app.pass(Day::parse(until).unwrap().days_since(app.app.today()) * 24 * 3600);
    day(app).await;
}

/// Day and recipient of each reminder of this kind, the first first.
fn sent(app: &TestApp, template: &str) -> Vec<String> {
    let lines = mails::all(app, &Filter { template: template.into(), ..Filter::default() });
    let zone = &app.app.config.zone;
    let line = |line: &traitdunion::mail::log::Line| format!("{} {}", zone.day(line.created_at), line.recipient.split('@').next().unwrap());
    let mut sent: Vec<String> = lines.iter().map(line).collect();
    sent.sort();
    sent
}

async fn every_step_is_told_once_and_in_order(app: TestApp) {
    let convention = entered(&app, json!({}));
    app.work().await;
    live(&app, "2028-03-01").await;
    assert_eq!(
        sent(&app, "convention_reminder"),
        [
            "2027-06-30 responsable",
            "2027-08-30 responsable",
            "2027-09-30 responsable",
            "2027-11-30 responsable",
            "2027-12-24 responsable",
            "2028-01-01 responsable"
        ]
    );
    assert_eq!(sent(&app, "convention_ending"), ["2027-09-30 agent"], "the author of the action, once");
    let page = app.sign_in(Who::Manager).get("/mon-espace").await.expect(200);
    page.has("Conventions à suivre").has(&convention.id.to_string()).has("Elle est échue depuis le 31");
    app.sign_in(Who::ManagerElsewhere).get("/mon-espace").await.expect(200).lacks("Conventions à suivre");
}

async fn after_an_outage_only_what_is_urgent_is_told(app: TestApp) {
    entered(&app, json!({}));
    entered(&app, json!({ "object": "Prêt de salles" }));
    app.work().await;
    live(&app, "2026-03-10").await;
    sleep_until(&app, "2027-12-10").await;
    live(&app, "2027-12-20").await;
    assert_eq!(sent(&app, "convention_reminder"), ["2027-12-10 responsable"], "one mail for both, of one step");
    let mail = mails::all(&app, &Filter { template: "convention_reminder".into(), ..Filter::default() }).remove(0);
    assert_eq!(mail.subject.as_deref(), Some("2 conventions attendent une décision"));
    sleep_until(&app, "2028-06-01").await;
    assert_eq!(sent(&app, "convention_reminder"), ["2027-12-10 responsable", "2028-06-01 responsable"], "the day after, late");
}

async fn a_term_that_moves_is_watched_anew(app: TestApp) {
    let convention = entered(&app, json!({ "notice_months": null, "ends_on": "2026-04-15" }));
    app.work().await;
    sleep_until(&app, "2026-03-20").await;
    assert_eq!(sent(&app, "convention_reminder"), ["2026-03-20 responsable"]);
    let manager = app.read(|conn| app.world.actor(conn, Who::Manager));
    let by = By { actor: &manager, now: app.now(), chance: &app.app.chance };
    let given = json!({ "ends_on": "2026-06-30", "reason": "Faute de frappe" });
    app.write(|conn| conventions::change(conn, by, app.app.today(), &convention.id, convention.version, given.as_object().unwrap()));
    app.work().await;
    live(&app, "2026-05-15").await;
    let expected = ["2026-03-20 responsable", "2026-03-21 responsable", "2026-03-30 responsable"];
    assert_eq!(sent(&app, "convention_reminder"), expected, "six, then three months before the new term");
}

async fn those_who_take_over_are_told(app: TestApp) {
    entered(&app, json!({}));
    app.work().await;
    live(&app, "2026-03-05").await;
    let (administrator, id) = (app.read(|conn| app.world.actor(conn, Who::Administrator)), &app.world.accounts[&Who::Manager]);
    let by = By { actor: &administrator, now: app.now(), chance: &app.app.chance };
    let version = app.read(|conn| accounts::find(conn, id)).version;
    app.write(|conn| accounts::close(conn, by, id, version));
    app.work().await;
    sleep_until(&app, "2027-07-15").await;
    assert_eq!(sent(&app, "convention_reminder"), ["2027-07-15 admin"], "nobody else may write it");
}

async fn old_terms_surprise_nobody(app: TestApp) {
    entered(&app, json!({ "signed_on": "2012-12-01", "starts_on": "2013-01-01", "ends_on": "2015-12-31" }));
    app.work().await;
    live(&app, "2026-03-08").await;
    assert_eq!(sent(&app, "convention_reminder"), [""; 0]);
}
