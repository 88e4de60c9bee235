//! What was queued for somebody leaves only if they may still have it when it leaves.

use serde_json::json;
use traitdunion::accounts::model::By;
use traitdunion::accounts::service as accounts;
use traitdunion::actions::model::Stage as ActionStage;
use traitdunion::actions::service::Action;
use traitdunion::events::Record;
use traitdunion::kernel::Visibility;
use traitdunion::mail::log::Filter;
use traitdunion::mail::model::{Stage, Step};
use traitdunion::mail::outgoing::{self, Outgoing};
use traitdunion::notifications::worker;
use traitdunion::outbox::{self, Lane};
use traitdunion::view::samples;

use crate::support::letters::Letter;
use crate::support::mails::{all, answered};
use crate::support::{TestApp, Who, both, world};

both!(
    a_lowered_visibility_keeps_back_what_waits,
    what_is_made_already_is_asked_about_again,
    what_may_have_arrived_is_sent_again_whoever_reads,
    whoever_was_removed_is_not_called,
    whoever_was_told_is_told_that_it_is_over,
    a_closed_account_is_sent_nothing,
    a_link_to_an_account_goes_to_its_own_address,
    a_digest_goes_where_its_reader_is_now,
    a_page_confirmed_is_no_longer_to_confirm,
);

/// Mails that the world's making caused are no business of these tests.
async fn action(app: &TestApp, visibility: Visibility) -> Action {
    let action = app.write(|conn| world::action(conn, &app.world, &app.app.chance, ActionStage::Published, visibility));
    app.work().await;
    app.mails();
    action
}

fn queue(app: &TestApp, template: &'static str, record: Record, recipient: &str) {
    let params = samples::of_mail(template).remove(0);
    let mail = Outgoing { recipient: recipient.into(), template, params, record: Some(record), key: app.app.chance.secret() };
    let now = app.now();
    assert_eq!(app.write(|conn| outgoing::enqueue(conn, now, &app.app.chance, [mail])), 1);
}

/// To whom mails left.
async fn reached(app: &TestApp) -> Vec<String> {
    app.work().await;
    let mut reached: Vec<String> = app.mails().into_iter().map(|mail| mail.recipient).collect();
    reached.sort();
    reached
}

/// What the log says of the latest mail to somebody.
fn told(app: &TestApp, recipient: &str) -> (Stage, String) {
    let line = all(app, &Filter { recipient: recipient.into(), ..Filter::default() }).remove(0);
    (line.stage, line.fault.map(|fault| fault.said).unwrap_or_default())
}

async fn lower(app: &TestApp, action: &Action, visibility: &str) {
    let api = app.api(Who::Manager);
    let path = format!("/api/v1/actions/{}", action.id);
    let mut whole = api.get(&path).await.expect(200).json();
    whole["visibility"] = json!(visibility);
    api.put(&path, &whole).await.expect(200);
}

async fn a_lowered_visibility_keeps_back_what_waits(app: TestApp) {
    let action = action(&app, Visibility::Public).await;
    let everybody = [Who::Partner.email(), Who::WorkerElsewhere.email(), "quelquun@ailleurs.example".to_owned()];
    for address in &everybody {
        queue(&app, "action_returned", Record::action(&action.id), address);
    }
    assert_eq!(reached(&app).await.len(), 3, "anybody reads what is public");
    app.pass(1);
    for address in &everybody {
        queue(&app, "action_returned", Record::action(&action.id), &address.to_uppercase());
    }
    lower(&app, &action, "internal").await;
    let reached = reached(&app).await;
    assert!(reached.contains(&Who::WorkerElsewhere.email().to_uppercase()), "{reached:?}");
    for address in [&everybody[0], &everybody[2]] {
        assert!(!reached.contains(&address.to_uppercase()), "{reached:?}");
        assert_eq!(told(&app, address), (Stage::Cancelled, "unreadable".into()));
    }
    let admin = app.sign_in(Who::Administrator);
    admin.get("/admin/courrier?etat=cancelled").await.expect(200).has("n’a plus accès");
}

async fn what_is_made_already_is_asked_about_again(app: TestApp) {
    let action = action(&app, Visibility::Public).await;
    queue(&app, "action_returned", Record::action(&action.id), &Who::Partner.email());
    assert_eq!(reached(&app).await, [Who::Partner.email()]);
    let line = all(&app, &Filter { recipient: Who::Partner.email(), ..Filter::default() }).remove(0);
    answered(&app, &line.id, Stage::Deferred, Step::Recipient, Some(450), "busy");
    lower(&app, &action, "internal").await;
    app.work().await;
    app.mails();
    app.pass(3600);
    assert_eq!(reached(&app).await, [""; 0]);
    assert_eq!(told(&app, &Who::Partner.email()), (Stage::Cancelled, "unreadable".into()));
}

async fn what_may_have_arrived_is_sent_again_whoever_reads(app: TestApp) {
    let action = action(&app, Visibility::Public).await;
    queue(&app, "action_returned", Record::action(&action.id), &Who::Partner.email());
    assert_eq!(reached(&app).await, [Who::Partner.email()]);
    let line = all(&app, &Filter { recipient: Who::Partner.email(), ..Filter::default() }).remove(0);
    answered(&app, &line.id, Stage::Uncertain, Step::Body, None, "no answer");
    lower(&app, &action, "internal").await;
    app.work().await;
    app.mails();
    app.pass(3600);
    assert_eq!(reached(&app).await, [Who::Partner.email()], "it is in their mailbox, or it was nowhere: only this tells");
}

/// A meeting of the worker's, called, with somebody invited who has no account; nothing has left.
async fn called(app: &TestApp) -> (String, String) {
    let api = app.api(Who::Worker);
    let mut whole = world::whole_meeting();
    whole.insert("visibility".into(), json!("public"));
    let made = api.post("/api/v1/meetings", &json!(whole)).await.expect(201).json();
    let path = format!("/api/v1/meetings/{}", made["id"].as_str().unwrap());
    let invitee = json!({ "name": "Dominique Roy", "email": "dominique@pont.example" });
    let person = api.post(&format!("{path}/invitations"), &invitee).await.expect(201).json();
    let version = api.get(&path).await.expect(200).json()["version"].clone();
    api.post(&format!("{path}/call"), &json!({ "version": version })).await.expect(200);
    (path.clone(), format!("{path}/invitations/{}", person["id"].as_str().unwrap()))
}

async fn whoever_was_removed_is_not_called(app: TestApp) {
    let (_, person) = called(&app).await;
    app.api(Who::Worker).delete(&person).await.expect(200);
    assert!(!reached(&app).await.contains(&"dominique@pont.example".to_owned()), "of what they never heard of, not even the end");
    assert_eq!(told(&app, "dominique@pont.example"), (Stage::Cancelled, "uninvited".into()));
}

async fn whoever_was_told_is_told_that_it_is_over(app: TestApp) {
    let (_, person) = called(&app).await;
    assert!(reached(&app).await.contains(&"dominique@pont.example".to_owned()));
    app.api(Who::Worker).delete(&person).await.expect(200);
    app.work().await;
    let letters = Letter::all(app.mails());
    assert_eq!(letters.len(), 1);
    assert!(letters[0].subject.starts_with("Votre présence n’est plus demandée"), "{}", letters[0].subject);
}

async fn a_closed_account_is_sent_nothing(app: TestApp) {
    let action = action(&app, Visibility::Public).await;
    let admin = app.sign_in(Who::Administrator);
    let id = &app.world.accounts[&Who::Worker];
    admin.post(&format!("/admin/comptes/{id}/lien"), &[]).await.expect(303);
    queue(&app, "action_returned", Record::action(&action.id), &Who::Worker.email());
    let mail = Outgoing {
        recipient: Who::Worker.email(),
        template: "decisions_digest",
        params: samples::of_mail("decisions_digest").remove(0),
        record: None,
        key: "digest".into(),
    };
    let now = app.now();
    app.write(|conn| outgoing::enqueue(conn, now, &app.app.chance, [mail]));
    admin.post(&format!("/admin/comptes/{id}/fermer"), &[("version", "1")]).await.expect(303);
    assert_eq!(reached(&app).await, [""; 0]);
    let kept_back = all(&app, &Filter { recipient: Who::Worker.email(), stages: vec![Stage::Cancelled], ..Filter::default() });
    assert_eq!(kept_back.iter().filter(|line| line.fault.as_ref().is_some_and(|fault| fault.said == "closed")).count(), 3, "{kept_back:?}");
}

async fn a_link_to_an_account_goes_to_its_own_address(app: TestApp) {
    let id = &app.world.accounts[&Who::Worker];
    app.sign_in(Who::Administrator).post(&format!("/admin/comptes/{id}/lien"), &[]).await.expect(303);
    queue(&app, "reset", Record { kind: "account", id: id.to_string() }, "agent.autrefois@vienne.example");
    assert_eq!(reached(&app).await, [Who::Worker.email()]);
    assert_eq!(told(&app, "agent.autrefois@vienne.example"), (Stage::Cancelled, "moved".into()));
}

async fn a_digest_goes_where_its_reader_is_now(app: TestApp) {
    let agent = app.sign_in(Who::WorkerElsewhere);
    agent.post("/abonnements/nouveau", &[("search", "type=action"), ("rhythm", "immediate")]).await.expect(303);
    app.write(|conn| world::action(conn, &app.world, &app.app.chance, ActionStage::Published, Visibility::Internal));
    // Told, queued, and not yet sent when the address is corrected.
    while outbox::worker::step(&app.app, Lane::Index, 500).await.expect("a step of the worker") > 0 {}
    assert_eq!(worker::step(&app.app).await.expect("a step of the digests"), 1);
    let now = app.now();
    app.write(|conn| {
        let administrator = app.world.actor(conn, Who::Administrator)?;
        let account = app.world.account(conn, Who::WorkerElsewhere)?;
        let by = By { actor: &administrator, now, chance: &app.app.chance };
        let (name, job, role, territories) = (account.name, account.job, account.role.to_string(), account.territories.into_iter().collect());
        let given = accounts::Given { email: "nouvelle@vienne.example".into(), name, job, role, territories, organisation: String::new() };
        accounts::change(conn, by, &account.id, account.version, &given)
    });
    // What it told goes into the next one.
    app.work().await;
    assert!(reached(&app).await.contains(&"nouvelle@vienne.example".to_owned()));
    assert_eq!(told(&app, &Who::WorkerElsewhere.email()), (Stage::Cancelled, "moved".to_owned()));
}

async fn a_page_confirmed_is_no_longer_to_confirm(app: TestApp) {
    let now = app.now();
    let (id, address) = (app.world.organisation.clone(), "pont@pont.example");
    let chance = &app.app.chance;
    queue(&app, "partner_confirmation", Record::partner(&id), address);
    assert_eq!(reached(&app).await, [""; 0], "nobody made them a link");
    assert_eq!(told(&app, address), (Stage::Cancelled, "spent".into()));
    app.pass(1);
    app.write(|conn| traitdunion::partners::links::make(conn, &id, address, now, chance));
    queue(&app, "partner_confirmation", Record::partner(&id), address);
    assert_eq!(reached(&app).await, [address]);
}
