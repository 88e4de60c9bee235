//! « Dans les autres MDS »: what the others do, told each Monday, once, and shown week by week.

use serde_json::{Map, Value, json};
use traitdunion::accounts::model::By;
use traitdunion::accounts::service as accounts;
use traitdunion::actions::importing;
use traitdunion::actions::model::{Stage, Verb};
use traitdunion::actions::service::{self as actions, Action};
use traitdunion::kernel::{Moment, Visibility};
use traitdunion::mail::choices;
use traitdunion::mail::log::Filter;
use traitdunion::mail::model::Stage as MailStage;
use traitdunion::meetings::model::Stage as MeetingStage;
use traitdunion::outbox::schedule;

use crate::smtp::{Fault, Options, Rule, Smtp};
use crate::support::letters::Letter;
use crate::support::world::{self, ELSEWHERE, HERE};
use crate::support::{Engine, TestApp, Who, both, mails};

both!(
    agents_of_other_places_are_told_once,
    what_began_ended_and_will_be_met_about_is_told,
    nothing_is_lost_by_an_outage_and_nothing_told_twice,
    of_two_workers_one_writes,
    own_themes_come_first_and_the_rest_by_a_link,
    who_stopped_it_is_not_written_to,
    who_is_no_agent_any_more_is_told_nothing,
    what_may_no_longer_be_read_is_left_out_of_the_letter,
    what_is_left_out_is_asked_until_the_letter_leaves,
    three_hundred_agents_are_written_to_at_once,
    the_page_shows_the_same_week_by_week,
);

/// Goes to that day of March 2026, at this hour by the clocks of Paris, which are one hour ahead.
fn at(app: &TestApp, day: u32, hour: u32) {
    let text = format!("2026-03-{day:02}T{:02}:00:00Z", hour - 1);
    app.app.clock.set(Moment::parse_rfc3339(&text).unwrap());
}

/// What the schedule finds to write, and the letters that leave: to whom, and their text.
async fn letters(app: &TestApp) -> Vec<(String, String)> {
    schedule::letters(&app.app).await.unwrap();
    app.work().await;
    let mut letters: Vec<(String, String)> =
        Letter::all(app.mails()).into_iter().filter(|letter| letter.text.contains("autres MDS, du")).map(|letter| (letter.to, letter.text)).collect();
    letters.sort();
    letters
}

fn published(app: &TestApp, who: Who, more: Value) -> Action {
    app.write(|conn| {
        let (author, admin) = (app.world.actor(conn, who)?, app.world.actor(conn, Who::Administrator)?);
        let mut given: Map<String, Value> = world::whole_action();
        given.extend(more.as_object().unwrap().clone());
        let action = actions::create(conn, By { actor: &author, now: app.now(), chance: &app.app.chance }, &given)?;
        actions::carry_out(conn, By { actor: &admin, now: app.now(), chance: &app.app.chance }, &action.id, action.version, Verb::Publish, "")
    })
}

fn recipients(letters: &[(String, String)]) -> Vec<&str> {
    letters.iter().map(|(recipient, _)| recipient.split('@').next().unwrap()).collect()
}

async fn agents_of_other_places_are_told_once(app: TestApp) {
    published(&app, Who::Worker, json!({ "title": "Gérer son budget" }));
    // A draft is nobody's business.
    app.write(|conn| world::action(conn, &app.world, &app.app.chance, Stage::Draft, Visibility::Public));
    at(&app, 9, 7);
    assert_eq!(letters(&app).await, []);
    at(&app, 9, 8);
    let told = letters(&app).await;
    assert_eq!(recipients(&told), ["agent.ailleurs", "responsable.ailleurs"]);
    assert_eq!(told[0].1.matches("- Gérer son budget").count(), 1);
    assert!(told[0].1.contains("du 2\u{a0}mars\u{a0}2026 au 8\u{a0}mars\u{a0}2026") && told[0].1.contains("MDS de Loudun"), "{}", told[0].1);
    // Again, the clock set back an hour, a week later: nobody is told twice, and no letter is empty.
    for (day, hour) in [(9, 8), (9, 7), (9, 9), (15, 23), (16, 8), (23, 8)] {
        at(&app, day, hour);
        assert_eq!(letters(&app).await, [], "{day} {hour}");
    }
}

async fn what_began_ended_and_will_be_met_about_is_told(app: TestApp) {
    let begins = published(&app, Who::Worker, json!({ "title": "Ateliers du jardin", "starts_on": "2026-03-11", "ends_on": "2026-03-12" }));
    published(&app, Who::Worker, json!({ "title": "Café des parents", "visibility": "internal" }));
    app.write(|conn| {
        for stage in [MeetingStage::Draft, MeetingStage::Cancelled] {
            world::meeting(conn, &app.world, &app.app.chance, stage, Visibility::Public)?;
        }
        Ok(())
    });
    at(&app, 9, 8);
    let told = letters(&app).await;
    assert!(
        told[0].1.contains("Nouvelles actions") && told[0].1.contains("- Café des parents") && !told[0].1.contains("Rencontres prévues"),
        "{}",
        told[0].1
    );
    let meeting =
        json!({ "title": "Comité de Loudun", "starts_at": "2026-03-19T13:00:00Z", "ends_at": "2026-03-19T15:00:00Z", "visibility": "partners" });
    let mut body = world::whole_meeting();
    body.extend(meeting.as_object().unwrap().clone());
    let api = app.api(Who::Worker);
    let made = api.post("/api/v1/meetings", &Value::Object(body)).await.expect(201).json();
    let path = format!("/api/v1/meetings/{}", made["id"].as_str().unwrap());
    api.post(&format!("{path}/invitations"), &json!({ "name": "Dominique Roy", "email": "dominique@pont.example" })).await.expect(201);
    let version = api.get(&path).await.json()["version"].clone();
    api.post(&format!("{path}/call"), &json!({ "version": version })).await.expect(200);
    at(&app, 16, 8);
    let told = letters(&app).await;
    assert_eq!(recipients(&told), ["agent.ailleurs", "responsable.ailleurs"]);
    let text = &told[0].1;
    assert!(text.contains("Actions commencées") && text.contains("- Ateliers du jardin") && text.contains("- Comité de Loudun"), "{text}");
    assert!(text.contains("jeudi 19\u{a0}mars\u{a0}2026 à 14\u{a0}h") && !text.contains("Café"), "{text}");
    // Its results make it news again, once.
    let results = json!({ "version": begins.version, "evaluation": { "results": "Douze familles." } });
    api.put(&format!("/api/v1/actions/{}", begins.id), &results).await.expect(200);
    at(&app, 23, 8);
    let text = letters(&app).await.remove(0).1;
    assert!(text.contains("Actions terminées, avec leurs résultats") && text.contains("terminée le 12\u{a0}mars\u{a0}2026"), "{text}");
    let version = api.get(&format!("/api/v1/actions/{}", begins.id)).await.json()["version"].clone();
    api.put(&format!("/api/v1/actions/{}", begins.id), &json!({ "version": version, "evaluation": { "results": "Treize familles." } }))
        .await
        .expect(200);
    at(&app, 30, 9);
    assert_eq!(letters(&app).await, []);
}

async fn nothing_is_lost_by_an_outage_and_nothing_told_twice(app: TestApp) {
    published(&app, Who::Worker, json!({ "title": "Avant" }));
    at(&app, 9, 8);
    assert_eq!(letters(&app).await.len(), 2);
    at(&app, 10, 10);
    published(&app, Who::Worker, json!({ "title": "Pendant" }));
    // Two Mondays are missed; a Wednesday, all is told at once.
    at(&app, 25, 15);
    let told = letters(&app).await;
    assert!(
        told[0].1.contains("- Pendant") && !told[0].1.contains("- Avant") && told[0].1.contains("du 9\u{a0}mars\u{a0}2026 au 22"),
        "{}",
        told[0].1
    );
    // After three months, five weeks are enough.
    published(&app, Who::Worker, json!({ "title": "Trop ancien" }));
    app.pass(70 * 24 * 3600);
    published(&app, Who::Worker, json!({ "title": "Encore frais" }));
    app.pass(14 * 24 * 3600);
    let told = letters(&app).await;
    assert!(told[0].1.contains("- Encore frais") && !told[0].1.contains("Trop ancien"), "{}", told[0].1);
    assert_eq!(letters(&app).await, []);
}

async fn of_two_workers_one_writes(app: TestApp) {
    published(&app, Who::Worker, json!({}));
    at(&app, 9, 8);
    let (one, other) = tokio::join!(schedule::letters(&app.app), schedule::letters(&app.app));
    assert_eq!(one.unwrap() + other.unwrap(), 2);
    assert_eq!(letters(&app).await.len(), 2);
}

async fn own_themes_come_first_and_the_rest_by_a_link(app: TestApp) {
    let theme = "famille--garde-denfants";
    published(&app, Who::WorkerElsewhere, json!({ "title": "À moi", "territories": [ELSEWHERE], "themes": [theme] }));
    published(&app, Who::Worker, json!({ "title": "Du même thème", "themes": [theme] }));
    for number in 1..=14 {
        app.pass(60);
        published(&app, Who::Worker, json!({ "title": format!("Atelier {number}") }));
    }
    at(&app, 9, 8);
    let told = letters(&app).await;
    assert_eq!(recipients(&told), ["agent.ailleurs", "agent", "responsable.ailleurs", "responsable"]);
    let of = |who: &str| &told.iter().find(|(recipient, _)| recipient.starts_with(who)).unwrap().1;
    let (worker, manager) = (of("agent.ailleurs@"), of("responsable.ailleurs@"));
    assert!(worker.contains("- Du même thème") && worker.contains("Votre thème") && worker.contains("Il y a encore 3\u{a0}nouvelles"), "{worker}");
    assert_eq!(worker.matches("\n- ").count(), 12);
    assert!(!manager.contains("Votre thème") && manager.matches("\n- ").count() == 12, "{manager}");
}

async fn who_stopped_it_is_not_written_to(app: TestApp) {
    let (now, chance) = (app.now(), app.app.chance.clone());
    app.write(|conn| choices::choose(conn, &Who::WorkerElsewhere.email(), "other_territories", false, now, &chance));
    published(&app, Who::Worker, json!({ "title": "Avant" }));
    at(&app, 9, 8);
    assert_eq!(recipients(&letters(&app).await), ["responsable.ailleurs"]);
    // Whoever resumes hears of the week that follows.
    let browser = app.sign_in(Who::WorkerElsewhere);
    browser.get("/dans-les-autres-mds").await.expect(200).has("Recevoir la lettre du lundi");
    browser.post("/compte/e-mails", &[("kind", "other_territories"), ("wanted", "1")]).await.expect(303);
    browser.get("/dans-les-autres-mds").await.expect(200).has("Ne plus recevoir la lettre");
    published(&app, Who::Worker, json!({ "title": "Après" }));
    at(&app, 16, 8);
    let told = letters(&app).await;
    assert_eq!(recipients(&told), ["agent.ailleurs", "responsable.ailleurs"]);
    assert!(told[0].1.contains("- Après") && !told[0].1.contains("Avant"), "{}", told[0].1);
}

async fn who_is_no_agent_any_more_is_told_nothing(app: TestApp) {
    published(&app, Who::Worker, json!({}));
    at(&app, 9, 8);
    assert_eq!(schedule::letters(&app.app).await.unwrap(), 2);
    // Between its writing and its leaving, one of them went to work for a partner.
    app.write(|conn| {
        let admin = app.world.actor(conn, Who::Administrator)?;
        let by = By { actor: &admin, now: app.now(), chance: &app.app.chance };
        let account = app.world.account(conn, Who::WorkerElsewhere)?;
        let given = accounts::Given {
            email: account.email,
            name: account.name,
            role: "partner".into(),
            organisation: app.world.organisation.to_string(),
            ..accounts::Given::default()
        };
        accounts::change(conn, by, &account.id, account.version, &given)
    });
    assert_eq!(recipients(&letters(&app).await), ["responsable.ailleurs"]);
}

/// It had come by a file, and its import is undone: there is nothing left to read.
fn withdraw(app: &TestApp, action: &Action) {
    app.write(|conn| {
        let admin = app.world.actor(conn, Who::Administrator)?;
        let by = By { actor: &admin, now: app.now(), chance: &app.app.chance };
        importing::undo(conn, by, &importing::Written { id: action.id.clone(), version: action.version, was: None })
    });
}

/// The letters, the first written first, and how each stands.
fn standing(app: &TestApp, who: Who) -> Vec<(MailStage, String)> {
    let filter = Filter { recipient: who.email(), template: "other_territories".into(), ..Filter::default() };
    let lines = mails::all(app, &filter).into_iter().rev();
    lines.map(|line| (line.stage, line.fault.map(|fault| fault.said).unwrap_or_default())).collect()
}

async fn what_may_no_longer_be_read_is_left_out_of_the_letter(app: TestApp) {
    let gone = published(&app, Who::Worker, json!({ "title": "Retirée" }));
    let other = published(&app, Who::Worker, json!({ "title": "Restée" }));
    at(&app, 9, 8);
    assert_eq!(schedule::letters(&app.app).await.unwrap(), 2);
    app.pass(1);
    withdraw(&app, &gone);
    let told = letters(&app).await;
    assert_eq!(recipients(&told), ["agent.ailleurs", "responsable.ailleurs"]);
    assert!(told[0].1.contains("- Restée") && !told[0].1.contains("Retirée") && !told[0].1.contains("nouvelles"), "{}", told[0].1);
    assert!(told[0].1.contains("du 2\u{a0}mars\u{a0}2026 au 8\u{a0}mars\u{a0}2026"), "{}", told[0].1);
    let withheld = (MailStage::Cancelled, "unreadable".to_owned());
    assert_eq!(standing(&app, Who::WorkerElsewhere), [withheld.clone(), (MailStage::Sent, String::new())]);
    assert_eq!(letters(&app).await, []);
    // Of a letter that told of nothing else, nothing is left.
    at(&app, 10, 8);
    let alone = published(&app, Who::Worker, json!({ "title": "Seule" }));
    at(&app, 16, 8);
    assert_eq!(schedule::letters(&app.app).await.unwrap(), 2);
    withdraw(&app, &alone);
    assert_eq!(letters(&app).await, []);
    assert_eq!(standing(&app, Who::WorkerElsewhere).last(), Some(&withheld));
    assert_eq!(standing(&app, Who::WorkerElsewhere).len(), 3);
    // The next one begins where this one ended.
    published(&app, Who::Worker, json!({ "title": "Après" }));
    at(&app, 23, 8);
    let text = letters(&app).await.remove(0).1;
    assert!(text.contains("- Après") && text.contains("du 16\u{a0}mars"), "{text}");
    assert_ne!(gone.id, other.id);
}

async fn what_is_left_out_is_asked_until_the_letter_leaves(engine: Engine) {
    let busy = |who: Who| Rule::always(Fault::RecipientBusy).recipient(&who.email());
    let server = Smtp::start(Options { faults: vec![busy(Who::WorkerElsewhere), busy(Who::ManagerElsewhere)], ..Options::default() });
    let app = TestApp::on(engine).smtp(&server).start().await;
    let mut actions: Vec<Action> = Vec::new();
    for title in ["Première", "Deuxième", "Troisième"] {
        actions.push(published(&app, Who::Worker, json!({ "title": title })));
    }
    at(&app, 9, 8);
    schedule::letters(&app.app).await.unwrap();
    // It is made, and put off: what it tells is asked of these bytes too, each time.
    app.work().await;
    assert_eq!(standing(&app, Who::WorkerElsewhere).iter().map(|(stage, _)| *stage).collect::<Vec<_>>(), [MailStage::Deferred]);
    for (count, action) in (1..).zip(&actions[..2]) {
        withdraw(&app, action);
        app.pass(3600);
        // Cancelled, and tried again under another key.
        app.work().await;
        app.work().await;
        let stages: Vec<MailStage> = standing(&app, Who::WorkerElsewhere).iter().map(|(stage, _)| *stage).collect();
        assert_eq!(stages, [vec![MailStage::Cancelled; count], vec![MailStage::Deferred]].concat());
    }
    server.set_faults([]);
    app.pass(3600);
    app.work().await;
    let received: Vec<_> = server.received().into_iter().filter(|mail| mail.to == [Who::WorkerElsewhere.email()]).collect();
    assert_eq!(received.len(), 1);
    let text = traitdunion::mail::reading::read(&received[0].bytes).unwrap().text;
    assert!(text.contains("- Troisième") && !text.contains("Première") && !text.contains("Deuxième"), "{text}");
}

async fn three_hundred_agents_are_written_to_at_once(app: TestApp) {
    app.write(|conn| {
        let admin = app.world.actor(conn, Who::Administrator)?;
        let by = By { actor: &admin, now: app.now(), chance: &app.app.chance };
        for number in 0..300 {
            let given = accounts::Given {
                email: format!("agent{number}@vienne.example"),
                name: format!("Agent {number}"),
                role: "worker".into(),
                territories: vec![if number % 2 == 0 { HERE } else { ELSEWHERE }.to_owned()],
                ..accounts::Given::default()
            };
            accounts::add(conn, by, &given, Some("$argon2id$none"))?;
        }
        Ok(())
    });
    for number in 0..40 {
        let (who, place) = if number % 2 == 0 { (Who::Worker, HERE) } else { (Who::WorkerElsewhere, ELSEWHERE) };
        published(&app, who, json!({ "title": format!("Atelier {number}"), "territories": [place] }));
    }
    at(&app, 9, 8);
    assert_eq!(schedule::letters(&app.app).await.unwrap(), 304);
    app.leaves_work();
}

async fn the_page_shows_the_same_week_by_week(app: TestApp) {
    published(&app, Who::Worker, json!({ "title": "Gérer son budget", "themes": ["famille--garde-denfants"] }));
    at(&app, 12, 9);
    published(&app, Who::Worker, json!({ "title": "Café des parents", "visibility": "internal" }));
    let path = "/dans-les-autres-mds";
    let other = app.sign_in(Who::WorkerElsewhere);
    let page = other.get(path).await.expect(200).has("Cette semaine").has("Semaine du lundi 2\u{a0}mars\u{a0}2026").has("Gérer son budget");
    page.has("Café des parents").has("MDS de Loudun");
    app.sign_in(Who::Worker).get(path).await.expect(200).lacks("Gérer son budget").lacks("Café des parents");
    app.sign_in(Who::Administrator).get(path).await.expect(200).has("Gérer son budget").lacks("la lettre");
    other.get(&format!("{path}?theme=famille--garde-denfants")).await.expect(200).has("Gérer son budget").lacks("Café des parents</a>");
    other.get(&format!("{path}?territory={HERE}")).await.expect(200).has("Café des parents");
    other.get(&format!("{path}?territory=86078")).await.expect(200).lacks("Café des parents</a>");
    other
        .get(&format!("{path}?before=2026-03-09"))
        .await
        .expect(200)
        .has("Gérer son budget")
        .lacks("Café des parents</a>")
        .has("Semaines plus récentes");
    other.get(&format!("{path}?before=2026-02-02")).await.expect(200).lacks("Gérer son budget</a>");
    for bad in ["theme=inconnu", "territory=NULLE-PART", "before=hier", "before=2026-13-45", "theme=%00"] {
        other.get(&format!("{path}?{bad}")).await.expect(400);
    }
    app.visitor().get(path).await.expect(303);
    app.sign_in(Who::Partner).get(path).await.expect(403);
    app.work().await;
}
