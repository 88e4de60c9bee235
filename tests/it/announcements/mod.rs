//! Announcements: to whom, how many, confirmed, sent once, counted; and the letter of the month.

mod counting;
mod pages;

use serde_json::{Map, Value, json};
use traitdunion::accounts::model::By;
use traitdunion::accounts::service as accounts;
use traitdunion::kernel::ids::OrganisationId;
use traitdunion::mail::choices;
use traitdunion::mail::log::Filter;
use traitdunion::mail::model::Stage as MailStage;
use traitdunion::meetings::world::World;
use traitdunion::outbox::schedule;
use traitdunion::partners;

use crate::support::world::{ELSEWHERE, HERE};
use crate::support::{Answer, TestApp, Who, both, mails};

both!(
    an_audience_is_chosen_by_side_place_kind_theme_and_network,
    an_address_is_written_to_once,
    the_number_that_was_read_is_confirmed,
    mails_leave_once_and_are_counted,
    ten_thousand_recipients_are_queued_in_batches,
    whoever_stopped_is_not_written_to_again,
    every_verb_from_every_stage,
    what_is_scheduled_leaves_at_its_hour_and_may_be_taken_back,
    it_is_stopped_in_the_middle,
    whoever_is_no_longer_of_the_audience_is_not_written_to,
    a_manager_writes_to_their_own_territories,
    whoever_left_a_territory_no_longer_writes_to_it,
    hostile_values_change_nothing,
);

fn object(value: Value) -> Map<String, Value> {
    value.as_object().cloned().unwrap()
}

/// An organisation, of the first territory unless it says otherwise.
fn partner(app: &TestApp, name: &str, more: Value) -> OrganisationId {
    app.write(|conn| {
        let admin = app.world.actor(conn, Who::Administrator)?;
        let by = By { actor: &admin, now: app.now(), chance: &app.app.chance };
        let mut given = object(json!({ "name": name, "area": [HERE] }));
        given.extend(object(more));
        Ok(partners::service::create(conn, by, &given)?.id)
    })
}

async fn create(app: &TestApp, who: Who, more: Value) -> Value {
    let mut given = object(json!({ "title": "Une permanence", "greeting": "Bonjour,", "text": "Le mardi à Loudun." }));
    given.extend(object(more));
    app.api(who).post("/api/v1/announcements", &Value::Object(given)).await.expect(201).json()
}

fn path(announcement: &Value) -> String {
    format!("/api/v1/announcements/{}", announcement["id"].as_str().unwrap())
}

async fn audience(app: &TestApp, announcement: &Value) -> Value {
    app.api(Who::Administrator).get(&format!("{}/audience?per_page=100", path(announcement))).await.expect(200).json()
}

async fn now(app: &TestApp, announcement: &Value) -> Value {
    app.api(Who::Administrator).get(&path(announcement)).await.expect(200).json()
}

async fn send(app: &TestApp, announcement: &Value, more: Value) -> Answer {
    let mut body =
        object(json!({ "version": now(app, announcement).await["version"], "recipients": audience(app, announcement).await["recipients"] }));
    body.extend(object(more));
    app.api(Who::Administrator).post(&format!("{}/send", path(announcement)), &Value::Object(body)).await
}

/// The addresses of an audience, in their order.
async fn addresses(app: &TestApp, audience_of: Value) -> Vec<String> {
    let announcement = create(app, Who::Administrator, json!({ "audience": audience_of })).await;
    let found = audience(app, &announcement).await;
    found["items"].as_array().unwrap().iter().map(|one| one["email"].as_str().unwrap().to_owned()).collect()
}

fn to(app: &TestApp, template: &str) -> Vec<String> {
    let mut to: Vec<String> =
        mails::all(app, &Filter { template: template.into(), ..Filter::default() }).into_iter().map(|line| line.recipient).collect();
    to.sort();
    to
}

/// Lets everything leave, and the announcement know it.
async fn settle(app: &TestApp) {
    schedule::send(&app.app).await.unwrap();
    app.work().await;
    schedule::send(&app.app).await.unwrap();
}

async fn an_audience_is_chosen_by_side_place_kind_theme_and_network(app: TestApp) {
    app.leaves_work();
    let theme = "equipement-et-alimentation--alimentation";
    let ccas = partner(&app, "CCAS de Loudun", json!({ "kind": "ccas", "email": "ccas@loudun.example", "themes": [theme] }));
    partner(&app, "Secours", json!({ "email": "secours@loudun.example" }));
    partner(&app, "CAF", json!({ "kind": "caf", "area": ["86"], "email": "caf@vienne.example" }));
    partner(&app, "CCAS de Civray", json!({ "kind": "ccas", "area": [ELSEWHERE], "email": "ccas@civray.example" }));
    let body = app.write(|conn| {
        let admin = app.world.actor(conn, Who::Administrator)?;
        let by = By { actor: &admin, now: app.now(), chance: &app.app.chance };
        let world = World::load(conn, &app.app.config.zone)?;
        let given = json!({
            "name": "Comité de Loudun", "kind": "local_follow_up_committee", "territory": HERE,
            "members": [
                { "name": "Anne Maire", "email": "maire@loudun.example", "quality": "elected" },
                { "name": "CCAS", "partner": ccas, "quality": "partner" },
                { "name": "Un bénévole", "email": "benevole@loudun.example", "quality": "partner" },
                { "name": "Camille", "account": Who::Worker.email(), "quality": "agent" },
            ],
        });
        Ok(traitdunion::meetings::bodies::create(conn, by, &world, &object(given))?.id)
    });
    let partner_account = Who::Partner.email();
    for (audience, expected) in [
        // Those of the place, and those that serve it from above; the one without mailbox by the account of its people.
        (
            json!({ "to": ["partners"], "territories": [HERE] }),
            vec!["caf@vienne.example", "ccas@loudun.example", &partner_account, "secours@loudun.example"],
        ),
        (json!({ "to": ["partners"], "kinds": ["ccas"], "territories": [] }), vec!["ccas@civray.example", "ccas@loudun.example"]),
        (json!({ "to": ["partners"], "themes": [theme], "territories": [] }), vec!["ccas@loudun.example"]),
        (json!({ "to": ["elected"], "territories": [HERE] }), vec!["maire@loudun.example"]),
        (json!({ "to": ["elected"], "territories": [ELSEWHERE] }), vec![]),
        (json!({ "to": ["partners"], "bodies": [body], "territories": [] }), vec!["benevole@loudun.example", "ccas@loudun.example"]),
        (json!({ "to": ["agents"], "bodies": [body], "territories": [] }), vec![Who::Worker.email().leak() as &str]),
        (json!({ "to": ["partners"], "in_convention": true, "territories": [] }), vec![]),
        (json!({ "to": [], "territories": [] }), vec![]),
    ] {
        let mut found = addresses(&app, audience.clone()).await;
        found.sort();
        let mut expected: Vec<String> = expected.into_iter().map(str::to_owned).collect();
        expected.sort();
        assert_eq!(found, expected, "{audience}");
    }
    let agents = addresses(&app, json!({ "to": ["agents"], "territories": [HERE] })).await;
    assert!(
        agents.contains(&Who::Worker.email()) && agents.contains(&Who::Manager.email()) && !agents.contains(&Who::WorkerElsewhere.email()),
        "{agents:?}"
    );
}

async fn an_address_is_written_to_once(app: TestApp) {
    app.leaves_work();
    let contacts = json!([{ "name": "Anne", "email": "Accueil@Loudun.example" }, { "name": "Zoé", "email": "zoe@loudun.example" }]);
    partner(&app, "Un", json!({ "email": "accueil@loudun.example", "contacts": contacts }));
    partner(&app, "Deux", json!({ "email": "accueil@loudun.example" }));
    partner(&app, "Trois", json!({ "address": "3 rue du Marché" }));
    let announcement = create(&app, Who::Administrator, json!({ "audience": { "territories": [HERE] } })).await;
    let found = audience(&app, &announcement).await;
    assert_eq!(found["recipients"], 3, "{found}");
    assert_eq!(found["organisations"], 4);
    assert_eq!(found["without_mailbox"].as_array().unwrap().len(), 1);
    let shared = found["items"]
        .as_array()
        .unwrap()
        .iter()
        .find(|one| one["email"] == "accueil@loudun.example" || one["email"] == "Accueil@Loudun.example")
        .unwrap();
    assert_eq!(shared["organisations"].as_array().unwrap().len(), 2, "one address of two organisations");
}

async fn the_number_that_was_read_is_confirmed(app: TestApp) {
    partner(&app, "Un", json!({ "email": "un@loudun.example" }));
    let announcement = create(&app, Who::Administrator, json!({ "audience": { "territories": [HERE] } })).await;
    let seen = audience(&app, &announcement).await["recipients"].clone();
    partner(&app, "Deux", json!({ "email": "deux@loudun.example" }));
    let refused = send(&app, &announcement, json!({ "recipients": seen })).await.expect(422).json();
    assert!(refused["fields"]["recipients"].as_str().unwrap().contains("3\u{a0}adresses, et non 2"), "{refused}");
    assert_eq!((now(&app, &announcement).await["stage"].clone(), to(&app, "announcement").len()), (json!("draft"), 0));
    let page = format!("/annonces/{}", announcement["id"].as_str().unwrap());
    let manager = app.sign_in(Who::Manager);
    // The page has read three; then one leaves and another comes: the same number, and not the same people.
    let form = manager.get(&format!("{page}/envoyer")).await.expect(200).has("3\u{a0}adresses");
    let (number, digest) = (form.field("number").unwrap().to_owned(), form.field("seen").unwrap().to_owned());
    app.write(|conn| choices::choose(conn, "deux@loudun.example", "announcement", false, app.now(), &app.app.chance).map(drop));
    partner(&app, "Trois", json!({ "email": "trois@loudun.example" }));
    let fields = [("version", "1"), ("when", "now"), ("number", number.as_str()), ("seen", digest.as_str())];
    let again =
        manager.post(&format!("{page}/envoyer"), &fields).await.expect(422).has("La liste des destinataires a changé depuis").has("même nombre");
    let digest = again.field("seen").unwrap().to_owned();
    let fields = [("version", "1"), ("when", "now"), ("number", number.as_str()), ("seen", digest.as_str())];
    manager.post(&format!("{page}/envoyer"), &fields).await.expect(303);
    // Pressed twice, it is sent once.
    manager.post(&format!("{page}/envoyer"), &fields).await.expect(409);
    settle(&app).await;
    assert_eq!(to(&app, "announcement"), [Who::Partner.email().as_str(), "trois@loudun.example", "un@loudun.example"]);
}

async fn mails_leave_once_and_are_counted(app: TestApp) {
    app.leaves_work();
    for name in ["un", "deux", "trois"] {
        partner(&app, name, json!({ "email": format!("{name}@loudun.example") }));
    }
    let announcement = create(&app, Who::Administrator, json!({ "audience": { "territories": [HERE] } })).await;
    app.api(Who::Administrator).post(&format!("{}/test", path(&announcement)), &json!({})).await.expect(200);
    let sent = send(&app, &announcement, json!({})).await.expect(200).json();
    assert_eq!((sent["stage"].clone(), sent["mails"]["recipients"].clone(), sent["mails"]["queued"].clone()), (json!("sending"), json!(4), json!(4)));
    // Two nodes at the same hour.
    let (a, b) = tokio::join!(schedule::send(&app.app), schedule::send(&app.app));
    assert!(a.is_ok() && b.is_ok());
    settle(&app).await;
    let done = now(&app, &announcement).await;
    assert_eq!(done["stage"], "sent");
    assert_eq!(done["mails"], json!({ "recipients": 4, "queued": 0, "sent": 4, "refused": 0, "stopped": 0 }));
    assert_eq!(done["informed"], 4);
    // The trial of the administrator is none of them.
    assert_eq!(to(&app, "announcement").len(), 5);
    let mail = app.mails().into_iter().find(|mail| mail.recipient == "un@loudun.example").unwrap();
    let text = String::from_utf8_lossy(&mail.bytes).into_owned();
    assert!(text.contains("List-Unsubscribe") && text.contains("/lien/annonces/"), "{text}");
    // What came back is not counted as told.
    let id = mails::all(&app, &Filter { recipient: "deux@".into(), ..Filter::default() })[0].id.clone();
    mails::answered(&app, &id, MailStage::Failed, traitdunion::mail::model::Step::Recipient, Some(550), "5.1.1 nobody");
    let done = now(&app, &announcement).await;
    assert_eq!((done["mails"]["refused"].clone(), done["informed"].clone()), (json!(1), json!(3)));
}

async fn ten_thousand_recipients_are_queued_in_batches(app: TestApp) {
    app.leaves_work();
    app.write(|conn| {
        let admin = app.world.actor(conn, Who::Administrator)?;
        let by = By { actor: &admin, now: app.now(), chance: &app.app.chance };
        for organisation in 0..200 {
            let contacts: Vec<Value> =
                (0..50).map(|one| json!({ "name": format!("P{one}"), "email": format!("p{one}@o{organisation}.example") })).collect();
            let given = json!({ "name": format!("Organisme {organisation}"), "area": [ELSEWHERE], "contacts": contacts });
            partners::service::create(conn, by, &object(given))?;
        }
        Ok(())
    });
    let announcement = create(&app, Who::Administrator, json!({ "audience": { "territories": [ELSEWHERE] } })).await;
    assert_eq!(audience(&app, &announcement).await["recipients"], 10_000);
    let sent = send(&app, &announcement, json!({})).await.expect(200).json();
    assert_eq!(sent["mails"]["recipients"], 10_000);
    // What the confirmation did not queue at once, the schedule does; again, it does nothing more.
    assert_eq!(schedule::send(&app.app).await.unwrap(), 9_500);
    assert_eq!(schedule::send(&app.app).await.unwrap(), 0);
    let done = now(&app, &announcement).await;
    assert_eq!((done["stage"].clone(), done["mails"]["queued"].clone()), (json!("sending"), json!(10_000)));
    let cancelled =
        app.api(Who::Administrator).post(&format!("{}/cancel", path(&announcement)), &json!({ "version": done["version"] })).await.expect(200).json();
    assert_eq!(cancelled["mails"], json!({ "recipients": 10_000, "queued": 0, "sent": 0, "refused": 0, "stopped": 10_000 }));
}

async fn whoever_stopped_is_not_written_to_again(app: TestApp) {
    partner(&app, "Un", json!({ "email": "un@loudun.example" }));
    app.write(|conn| choices::choose(conn, "Un@loudun.example", "announcement", false, app.now(), &app.app.chance).map(drop));
    let announcement = create(&app, Who::Administrator, json!({ "audience": { "territories": [HERE] } })).await;
    let found = audience(&app, &announcement).await;
    assert_eq!((found["recipients"].clone(), found["stopped"].clone()), (json!(1), json!(1)));
    send(&app, &announcement, json!({})).await.expect(200);
    settle(&app).await;
    assert_eq!(to(&app, "announcement"), [Who::Partner.email()]);
    let done = now(&app, &announcement).await;
    assert_eq!((done["mails"]["stopped"].clone(), done["informed"].clone()), (json!(1), json!(1)));
    // Letters are another thing, which they did not stop.
    let letter = create(&app, Who::Administrator, json!({ "kind": "letter", "audience": { "territories": [HERE] } })).await;
    assert_eq!(audience(&app, &letter).await["recipients"], 2);
}

async fn every_verb_from_every_stage(app: TestApp) {
    app.leaves_work();
    partner(&app, "Un", json!({ "email": "un@loudun.example" }));
    let mut table = Vec::new();
    for stage in ["draft", "scheduled", "sending", "sent", "cancelled"] {
        for verb in ["send", "schedule", "reopen", "cancel", "change"] {
            let announcement = create(&app, Who::Administrator, json!({ "audience": { "territories": [HERE] } })).await;
            match stage {
                "scheduled" => drop(send(&app, &announcement, json!({ "send_at": "2026-03-10T08:00:00Z" })).await.expect(200)),
                "sending" => drop(send(&app, &announcement, json!({})).await.expect(200)),
                "sent" => {
                    send(&app, &announcement, json!({})).await.expect(200);
                    settle(&app).await;
                }
                "cancelled" => {
                    app.api(Who::Administrator).post(&format!("{}/cancel", path(&announcement)), &json!({ "version": 1 })).await.expect(200);
                }
                _ => {}
            }
            let version = now(&app, &announcement).await["version"].clone();
            let api = app.api(Who::Administrator);
            let answer = match verb {
                "send" => send(&app, &announcement, json!({})).await,
                "schedule" => send(&app, &announcement, json!({ "send_at": "2026-03-10T08:00:00Z" })).await,
                "change" => api.put(&path(&announcement), &json!({ "version": version, "title": "Autre" })).await,
                verb => api.post(&format!("{}/{verb}", path(&announcement)), &json!({ "version": version })).await,
            };
            assert!([200, 409].contains(&answer.status), "{verb} {stage}: {}", answer.status);
            let after = now(&app, &announcement).await;
            if answer.status == 200 {
                table.push(format!("{verb} {stage}>{}", after["stage"].as_str().unwrap()));
            } else {
                assert_eq!((after["stage"].clone(), after["version"].clone()), (json!(stage), version), "what is refused changes nothing");
            }
        }
    }
    assert_eq!(
        table,
        [
            "send draft>sending",
            "schedule draft>scheduled",
            "cancel draft>cancelled",
            "change draft>draft",
            "reopen scheduled>draft",
            "cancel scheduled>cancelled",
            "cancel sending>cancelled",
        ]
    );
}

async fn what_is_scheduled_leaves_at_its_hour_and_may_be_taken_back(app: TestApp) {
    partner(&app, "Un", json!({ "email": "un@loudun.example" }));
    let announcement = create(&app, Who::Administrator, json!({ "audience": { "territories": [HERE] } })).await;
    send(&app, &announcement, json!({ "send_at": "2026-03-03T08:00:00Z" })).await.expect(422);
    send(&app, &announcement, json!({ "send_at": "03/03/2026 à 25 h" })).await.expect(422);
    // An hour of the instance.
    let scheduled = send(&app, &announcement, json!({ "send_at": "04/03/2026 8:00" })).await.expect(200).json();
    assert_eq!((scheduled["stage"].clone(), scheduled["send_at"].clone()), (json!("scheduled"), json!("2026-03-04T07:00:00Z")));
    app.pass(3600);
    assert_eq!(schedule::send(&app.app).await.unwrap(), 0);
    let version = scheduled["version"].clone();
    let back = app.api(Who::Administrator).post(&format!("{}/reopen", path(&announcement)), &json!({ "version": version })).await.expect(200).json();
    assert_eq!((back["stage"].clone(), back["mails"]["recipients"].clone()), (json!("draft"), json!(0)));
    // Once confirmed, the audience is as it was: who comes later is not written to.
    send(&app, &announcement, json!({ "send_at": "2026-03-04T07:00:00Z" })).await.expect(200);
    partner(&app, "Deux", json!({ "email": "deux@loudun.example" }));
    app.pass(24 * 3600);
    settle(&app).await;
    assert_eq!(to(&app, "announcement"), [Who::Partner.email().as_str(), "un@loudun.example"]);
    // A clock that is set back sends nothing twice.
    app.pass(-3600);
    settle(&app).await;
    assert_eq!(to(&app, "announcement").len(), 2);
    assert_eq!(now(&app, &announcement).await["stage"], "sent");
}

async fn it_is_stopped_in_the_middle(app: TestApp) {
    partner(&app, "Un", json!({ "email": "un@loudun.example" }));
    let announcement = create(&app, Who::Administrator, json!({ "audience": { "territories": [HERE] } })).await;
    let sent = send(&app, &announcement, json!({})).await.expect(200).json();
    app.api(Who::Administrator).post(&format!("{}/cancel", path(&announcement)), &json!({ "version": sent["version"] })).await.expect(200);
    settle(&app).await;
    assert!(app.mails().is_empty(), "nothing of it leaves");
    let line = mails::all(&app, &Filter { recipient: "un@".into(), ..Filter::default() }).remove(0);
    assert_eq!(line.stage, MailStage::Cancelled);
    app.sign_in(Who::Administrator).get(&format!("/admin/courrier/{}", line.id)).await.expect(200).has("annulée avant que ce message parte");
    let done = now(&app, &announcement).await;
    assert_eq!((done["mails"]["stopped"].clone(), done["informed"].clone()), (json!(2), json!(0)));
    let own = format!("/annonces/{}", announcement["id"].as_str().unwrap());
    app.sign_in(Who::Manager).get(&own).await.expect(200).has("L’envoi a été arrêté").has("Ne le reçoivent pas");
}

async fn whoever_is_no_longer_of_the_audience_is_not_written_to(app: TestApp) {
    let one = partner(&app, "Un", json!({ "email": "un@loudun.example", "contacts": [{ "name": "Léa Roy", "email": "lea@loudun.example" }] }));
    let announcement = create(&app, Who::Administrator, json!({ "audience": { "territories": [HERE] } })).await;
    send(&app, &announcement, json!({})).await.expect(200);
    // Queued, and removed before it leaves.
    let api = app.api(Who::Administrator);
    api.put(&format!("/api/v1/partners/{one}"), &json!({ "version": 1, "contacts": [] })).await.expect(200);
    settle(&app).await;
    let mut left: Vec<String> = app.mails().into_iter().map(|mail| mail.recipient).collect();
    left.sort();
    assert_eq!(left, [Who::Partner.email(), "un@loudun.example".to_owned()]);
    let line = mails::all(&app, &Filter { recipient: "lea@".into(), ..Filter::default() }).remove(0);
    app.sign_in(Who::Administrator).get(&format!("/admin/courrier/{}", line.id)).await.expect(200).has("n’est plus parmi les destinataires");
    assert_eq!(now(&app, &announcement).await["mails"]["stopped"], 1);
}

async fn a_manager_writes_to_their_own_territories(app: TestApp) {
    app.leaves_work();
    let api = app.api(Who::Manager);
    let draft = create(&app, Who::Manager, json!({})).await;
    assert_eq!(draft["audience"]["territories"], json!([HERE]));
    for audience in [json!({ "territories": [] }), json!({ "territories": [ELSEWHERE] }), json!({ "territories": [HERE, ELSEWHERE] })] {
        let refused = api.put(&path(&draft), &json!({ "version": 1, "audience": audience })).await.expect(422).json();
        assert!(refused["fields"]["territories"].is_string(), "{refused}");
    }
    app.api(Who::ManagerElsewhere).get(&path(&draft)).await.expect(404);
    assert_eq!(app.api(Who::ManagerElsewhere).get("/api/v1/announcements").await.expect(200).json()["total"], 0);
    assert_eq!(api.get("/api/v1/announcements").await.expect(200).json()["total"], 1);
    // One for the whole département is the administrators'.
    let everywhere = create(&app, Who::Administrator, json!({ "audience": { "territories": [] } })).await;
    api.get(&path(&everywhere)).await.expect(404);
    assert_eq!(app.api(Who::Administrator).get("/api/v1/announcements").await.expect(200).json()["total"], 2);
}

async fn whoever_left_a_territory_no_longer_writes_to_it(app: TestApp) {
    app.leaves_work();
    let draft = create(&app, Who::Manager, json!({})).await;
    let page = format!("/annonces/{}", draft["id"].as_str().unwrap());
    let manager = app.sign_in(Who::Manager);
    manager.get(&format!("{page}/envoyer")).await.expect(200);
    let now = app.now();
    app.write(|conn| {
        let administrator = app.world.actor(conn, Who::Administrator)?;
        let account = app.world.account(conn, Who::Manager)?;
        let by = By { actor: &administrator, now, chance: &app.app.chance };
        let (email, name, job, role) = (account.email, account.name, account.job, account.role.to_string());
        let given = accounts::Given { email, name, job, role, territories: vec![ELSEWHERE.to_owned()], organisation: String::new() };
        accounts::change(conn, by, &account.id, account.version, &given)
    });
    let seen = json!({ "version": 1, "recipients": 2 });
    app.api(Who::Manager).post(&format!("{}/send", path(&draft)), &seen).await.expect(409);
    for what in ["envoyer", "destinataires"] {
        manager.get(&format!("{page}/{what}")).await.expect(409).has("ne sont pas les vôtres").lacks("partenaire@");
    }
    // It is still theirs, to be written to others.
    manager.get(&page).await.expect(200);
    manager.get(&format!("{page}/modifier")).await.expect(200);
}

async fn hostile_values_change_nothing(app: TestApp) {
    app.leaves_work();
    let api = app.api(Who::Administrator);
    let draft = create(&app, Who::Administrator, json!({ "audience": { "territories": [HERE] } })).await;
    for (field, given) in [
        ("title", json!({ "title": "" })),
        ("title", json!({ "title": "a".repeat(251) })),
        ("text", json!({ "text": "a".repeat(8001) })),
        ("text", json!({ "text": "Suivie : 2 55 08 14 168 025 38" })),
        ("to", json!({ "audience": { "to": ["everybody"] } })),
        ("kinds", json!({ "audience": { "kinds": ["x"] } })),
        ("territories", json!({ "audience": { "territories": ["x"] } })),
        ("themes", json!({ "audience": { "themes": ["x"] } })),
        ("bodies", json!({ "audience": { "bodies": ["' OR 1=1"] } })),
        ("audience", json!({ "audience": [] })),
        ("colour", json!({ "colour": "blue" })),
        ("meeting", json!({ "meeting": "01KB2J5Q3V8YH4N7T6R9C0M1XW" })),
        ("plan_sheets", json!({ "plan_sheets": [{ "plan_id": "x", "number": 1 }] })),
        ("items", json!({ "items": [{ "kind": "text", "title": "a" }] })),
    ] {
        let mut body = object(given);
        body.insert("version".into(), json!(1));
        let refused = api.put(&path(&draft), &Value::Object(body)).await.expect(422).json();
        assert!(refused["fields"][field].is_string(), "{field}: {refused}");
    }
    api.put(&path(&draft), &json!({ "version": 9, "title": "Autre" })).await.expect(409);
    for body in [
        json!({ "version": 1 }),
        json!({ "version": 1, "recipients": -1 }),
        json!({ "version": 1, "recipients": "2" }),
        json!({ "version": 1, "recipients": 1, "x": 1 }),
    ] {
        api.post(&format!("{}/send", path(&draft)), &body).await.expect(422);
    }
    for address in
        ["/lien/annonces/x", "/lien/annonces/%00", "/lien/annonces/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "/lettres/x", "/annonces/x"]
    {
        app.visitor().get(address).await.expect(if address == "/annonces/x" { 303 } else { 404 });
    }
    // A letter that is not sent is nobody's to read; an announcement never is one.
    let letter = create(&app, Who::Administrator, json!({ "kind": "letter" })).await;
    for one in [&letter, &draft] {
        app.visitor().get(&format!("/lettres/{}", one["id"].as_str().unwrap())).await.expect(404);
    }
    api.post("/api/v1/announcements", &json!({ "kind": "letter", "month": "2026-04-01" })).await.expect(422);
    api.post("/api/v1/announcements", &json!({ "kind": "flyer", "title": "a" })).await.expect(422);
    let nobody = create(&app, Who::Administrator, json!({ "audience": { "to": ["elected"], "territories": [] } })).await;
    send(&app, &nobody, json!({})).await.expect(422);
    assert_eq!(now(&app, &draft).await["version"], 1);
    assert!(to(&app, "announcement").is_empty());
    // What people wrote is text, in pages and mails.
    let evil = "<script>alert(1)</script>";
    let draft = api.put(&path(&draft), &json!({ "version": 1, "title": evil, "text": format!("{evil}\n\n- {evil}") })).await.expect(200).json();
    app.sign_in(Who::Manager).get(&format!("/annonces/{}", draft["id"].as_str().unwrap())).await.expect(200).lacks(evil);
}
