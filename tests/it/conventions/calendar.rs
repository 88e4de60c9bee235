//! The days that pass: what the columns say is what is computed, each day of two years.

use serde_json::json;
use traitdunion::conventions::model::Stage;
use traitdunion::conventions::service::{self as conventions, Derived, Filter};
use traitdunion::kernel::Page;
use traitdunion::outbox::schedule;

use super::Followed;
use crate::support::{TestApp, Who, both, world};

both!(columns_say_what_is_computed);

fn agree(app: &TestApp, when: &str) {
    let today = app.app.today();
    app.read(|conn| {
        let viewer = traitdunion::accounts::model::Viewer(Some(traitdunion::accounts::model::Actor::command_line()));
        let found = conventions::list(conn, &viewer, &Filter::default(), Page { number: 1, size: 100 })?;
        for one in &found.items {
            assert_eq!(one.stored, Derived::of(one, &one.standing(today)), "{when}, {today}: {:?}", one.fields.object);
        }
        for one in found.items.iter().filter(|one| one.life.stage == Stage::Signed) {
            let filter = Filter { situations: one.stored.situation.into_iter().collect(), ..Filter::default() };
            let alike = conventions::list(conn, &viewer, &filter, Page { number: 1, size: 100 })?;
            assert!(alike.items.iter().any(|other| other.id == one.id));
        }
        Ok(())
    });
}

async fn columns_say_what_is_computed(app: TestApp) {
    app.leaves_work();
    for stage in Stage::ALL {
        app.write(|conn| world::convention(conn, &app.world, &app.app.chance, *stage, traitdunion::kernel::Visibility::Internal));
    }
    let tacit = json!({ "kind": "tacit", "period_months": 6, "max": 2 });
    Followed::signed(&app, "2026-02-01", json!({ "starts_on": "2026-05-01", "ends_on": "2026-10-31" })).await;
    let renewed = Followed::signed(&app, "2025-11-01", json!({ "external_id": "T", "ends_on": "2026-04-30", "renewal": tacit })).await;
    let amended = Followed::signed(&app, "2025-11-01", json!({ "ends_on": "2026-06-30" })).await;
    let moved = json!({ "kind": "avenant", "changes": { "ends_on": "2026-09-30", "territories": ["MDS-NORD", "MDS-SUD"] }, "signed_on": "2026-03-02", "effective_on": "2026-05-15" });
    amended.act(moved).await.expect(201);
    let ended = Followed::signed(&app, "2025-11-01", json!({ "ends_on": null, "review_on": "2027-01-01" })).await;
    ended.act(json!({ "kind": "resiliation", "ground": "Un motif", "notified_on": "2026-03-03", "effective_on": "2026-07-14" })).await.expect(201);
    let given_up = Followed::signed(&app, "2025-11-01", json!({ "ends_on": "2026-08-31" })).await;
    given_up.act(json!({ "kind": "denonciation", "notified_on": "2026-03-03" })).await.expect(201);
    Followed::signed(&app, "2026-02-01", json!({ "replaces": "T", "starts_on": "2026-11-15", "ends_on": "2027-02-28" })).await;
    Followed::signed(&app, "2025-01-01", json!({ "kind": "charter", "ends_on": null, "notice_months": null })).await;
    agree(&app, "once written");
    let elsewhere = |app: &TestApp| {
        let filter = Filter { territories: vec![world::ELSEWHERE.into()], ..Filter::default() };
        app.read(|conn| {
            let viewer = traitdunion::accounts::model::Viewer(Some(app.world.actor(conn, Who::Worker)?));
            conventions::count(conn, &viewer, &filter)
        })
    };
    let mut before = elsewhere(&app);
    assert_eq!(before, 0);
    for _ in 0..60 {
        // Some days the process was down.
        app.pass(7 * 24 * 3600);
        schedule::step(&app.app).await.expect("the daily jobs");
        agree(&app, "after the daily job");
        let now = elsewhere(&app);
        assert!(now >= before);
        before = now;
    }
    assert_eq!(before, 1, "an avenant that takes effect is listed by what it says");
    assert_eq!(renewed.now().await["situation"], "replaced");
}
