//! Signing in: tries counted, sessions that end when they are ended.

use traitdunion::accounts::model::{Actor, By};
use traitdunion::accounts::service;
use traitdunion::accounts::sign_in::{Origin, sign_in};
use traitdunion::error::{Error, Result};

use crate::support::world::PASSWORD;
use crate::support::{Browser, TestApp, Who, both};

both!(
    tries_are_counted_by_account_and_address,
    the_right_password_opens_a_session,
    an_ended_session_opens_nothing,
    a_session_that_nobody_uses_ends,
    whoever_is_closed_is_out_at_once,
    a_revoked_token_opens_nothing,
);

async fn attempt(app: &TestApp, email: &str, password: &str, address: &str) -> Result<String> {
    let origin = Origin { address: address.into(), agent: "tests".into() };
    sign_in(app.db(), email, password.into(), origin, app.now(), &app.app.chance).await
}

async fn the_right_password_opens_a_session(app: TestApp) {
    let email = Who::Worker.email().to_uppercase();
    let secret = attempt(&app, &email, PASSWORD, "192.0.2.1").await.unwrap();
    Browser::new(&app.url, Some(secret)).get("/mon-espace").await.expect(200).has("Camille agent");
    app.visitor().get("/mon-espace").await.expect(303);
}

async fn tries_are_counted_by_account_and_address(app: TestApp) {
    let email = Who::Worker.email();
    for _ in 0..5 {
        assert!(matches!(attempt(&app, &email, "pas le bon mot", "192.0.2.1").await, Err(Error::Invalid(_))));
    }
    let Err(Error::Throttled { seconds }) = attempt(&app, &email, PASSWORD, "192.0.2.1").await else { panic!("not throttled") };
    assert!((1..=300).contains(&seconds));
    // Neither somebody else there, nor the same person elsewhere, is kept out.
    attempt(&app, &Who::Manager.email(), PASSWORD, "192.0.2.1").await.unwrap();
    attempt(&app, &email, PASSWORD, "192.0.2.2").await.unwrap();
    app.pass(seconds + 1);
    attempt(&app, &email, PASSWORD, "192.0.2.1").await.unwrap();
    // An address that nobody has is refused in the same words.
    let told = |refused: Result<String>| refused.unwrap_err().to_string();
    let unknown = told(attempt(&app, "personne@vienne.example", PASSWORD, "192.0.2.3").await);
    assert_eq!(unknown, told(attempt(&app, &email, "pas le bon mot", "192.0.2.3").await));
}

async fn an_ended_session_opens_nothing(app: TestApp) {
    let (here, there) = (app.sign_in(Who::Worker), app.sign_in(Who::Worker));
    here.get("/mon-espace").await.expect(200);
    let (id, now) = (app.world.accounts[&Who::Worker].clone(), app.now());
    let open = app.read(|conn| service::sessions(conn, &id, ""));
    assert_eq!(open.len(), 2);
    app.write(|conn| service::end_sessions(conn, &id, None, None, now));
    for browser in [here, there] {
        browser.get("/mon-espace").await.expect(303);
    }
}

async fn a_session_that_nobody_uses_ends(app: TestApp) {
    let worker = app.sign_in(Who::Worker);
    for _ in 0..5 {
        app.pass(5 * 86_400);
        worker.get("/mon-espace").await.expect(200);
    }
    app.pass(8 * 86_400);
    worker.get("/mon-espace").await.expect(303);
}

async fn whoever_is_closed_is_out_at_once(app: TestApp) {
    let (worker, api) = (app.sign_in(Who::Worker), app.api(Who::Worker));
    worker.get("/mon-espace").await.expect(200);
    app.write(|conn| {
        let robot = traitdunion::accounts::model::Actor::command_line();
        let by = traitdunion::accounts::model::By { actor: &robot, now: app.now(), chance: &app.app.chance };
        let account = app.world.account(conn, Who::Worker)?;
        service::close(conn, by, &account.id, account.version)
    });
    worker.get("/mon-espace").await.expect(303);
    api.get("/mon-espace").await.expect(303);
    assert!(attempt(&app, &Who::Worker.email(), PASSWORD, "192.0.2.1").await.is_err());
}

async fn a_revoked_token_opens_nothing(app: TestApp) {
    let api = app.api(Who::Worker);
    api.get("/mon-espace").await.expect(200);
    let token = app.read(|conn| service::tokens(conn, Some(&app.world.accounts[&Who::Worker]))).remove(0);
    assert!(token.used_at.is_some());
    let now = app.now();
    let robot = Actor::command_line();
    app.write(|conn| service::end_token(conn, By { actor: &robot, now, chance: &app.app.chance }, &token.id, None));
    api.get("/mon-espace").await.expect(303);
}
