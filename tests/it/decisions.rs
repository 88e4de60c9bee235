//! Decisions: numbered, followed from one meeting to the next, done when what they ask for is, told to whoever follows them.

use serde_json::{Value, json};
use traitdunion::accounts::model::By;
use traitdunion::actions::model::{Stage as ActionStage, Verb as ActionVerb};
use traitdunion::db::Conn;
use traitdunion::error::Result;
use traitdunion::kernel::Visibility;
use traitdunion::kernel::ids::{BodyId, MeetingId};
use traitdunion::mail::log::Filter;
use traitdunion::meetings::{bodies, service as meetings, world::World};
use traitdunion::outbox::schedule;

use crate::support::world::{self, ELSEWHERE, HERE};
use crate::support::{Answer, TestApp, Who, both, mails};

both!(
    numbers_follow_one_another_in_a_body_and_a_year,
    simultaneous_decisions_do_not_share_a_number,
    every_verb_from_every_stage,
    what_is_refused_changes_nothing,
    open_ones_come_before_the_next_meeting,
    it_is_done_when_what_it_asks_for_is,
    a_need_handed_up_is_answered_and_told_back,
    whoever_follows_is_told_once_for_a_due_day,
    they_are_read_as_the_minutes_of_their_meeting,
    they_are_written_and_moved_by_their_pages,
    the_committees_file_gathers_all_on_one_page,
);

fn made(app: &TestApp, work: impl FnOnce(&mut Conn, By<'_>, &World) -> Result<String>) -> String {
    app.write(|conn| {
        let admin = app.world.actor(conn, Who::Administrator)?;
        let by = By { actor: &admin, now: app.now(), chance: &app.app.chance };
        let world = World::load(conn, &app.app.config.zone)?;
        work(conn, by, &world)
    })
}

fn body(app: &TestApp, name: &str, territory: &str) -> String {
    let given = json!({ "name": name, "kind": "follow_up_committee", "territory": territory });
    made(app, |conn, by, world| Ok(bodies::create(conn, by, world, given.as_object().unwrap())?.id.to_string()))
}

/// A meeting of a body, recorded as held on a day.
fn held(app: &TestApp, body: &str, day: &str) -> String {
    let given = json!({
        "title": format!("Séance du {day}"), "body_id": body, "starts_at": format!("{day}T09:00:00Z"), "ends_at": format!("{day}T11:00:00Z"),
        "stage": "held", "agenda": [{ "title": "Accès aux droits" }],
    });
    made(app, |conn, by, world| Ok(meetings::create(conn, by, world, given.as_object().unwrap())?.id.to_string()))
}

async fn decide(app: &TestApp, meeting: &str, more: Value) -> Value {
    let mut given = json!({ "meeting_id": meeting, "text": "Ouvrir une permanence." });
    given.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    app.api(Who::Administrator).post("/api/v1/decisions", &given).await.expect(201).json()
}

async fn verb(app: &TestApp, who: Who, decision: &Value, verb: &str, outcome: &str) -> Answer {
    let path = format!("/api/v1/decisions/{}", decision["id"].as_str().unwrap());
    let version = app.api(Who::Administrator).get(&path).await.expect(200).json()["version"].clone();
    app.api(who).post(&format!("{path}/{verb}"), &json!({ "version": version, "outcome": outcome })).await
}

async fn now(app: &TestApp, decision: &Value) -> Value {
    app.api(Who::Administrator).get(&format!("/api/v1/decisions/{}", decision["id"].as_str().unwrap())).await.expect(200).json()
}

async fn numbers_follow_one_another_in_a_body_and_a_year(app: TestApp) {
    let (one, other) = (body(&app, "Comité de Loudun", HERE), body(&app, "Comité de Civray", ELSEWHERE));
    let mut references = Vec::new();
    for (body, day) in [(&one, "2025-12-01"), (&one, "2026-01-05"), (&other, "2026-01-06"), (&one, "2026-02-02")] {
        let meeting = held(&app, body, day);
        references.push(decide(&app, &meeting, json!({})).await["reference"].as_str().unwrap().to_owned());
    }
    assert_eq!(references, ["2025-01", "2026-01", "2026-01", "2026-02"]);
    // What is refused takes no number.
    let meeting = held(&app, &one, "2026-02-03");
    app.api(Who::Administrator).post("/api/v1/decisions", &json!({ "meeting_id": meeting, "text": "" })).await.expect(422);
    assert_eq!(decide(&app, &meeting, json!({})).await["reference"], "2026-03");
    app.work().await;
}

async fn simultaneous_decisions_do_not_share_a_number(app: TestApp) {
    let meeting = held(&app, &body(&app, "Comité de Loudun", HERE), "2026-02-02");
    let api = app.api(Who::Administrator);
    let sent: Vec<_> = (0..12)
        .map(|place| {
            let (api, given) = (api.clone(), json!({ "meeting_id": meeting, "text": format!("Décision {place}.") }));
            actix_web::rt::spawn(async move { api.post("/api/v1/decisions", &given).await.expect(201).json()["number"].as_i64().unwrap() })
        })
        .collect();
    let mut numbers = Vec::new();
    for one in sent {
        numbers.push(one.await.unwrap());
    }
    numbers.sort_unstable();
    assert_eq!(numbers, (1..=12).collect::<Vec<_>>());
    app.work().await;
}

async fn every_verb_from_every_stage(app: TestApp) {
    let meeting = held(&app, &body(&app, "Comité de Loudun", HERE), "2026-02-02");
    let ways: [(&str, &[&str]); 5] =
        [("adopted", &[]), ("in_progress", &["start"]), ("done", &["done"]), ("dropped", &["drop"]), ("deferred", &["defer"])];
    let mut table = Vec::new();
    for (stage, way) in ways {
        for tried in ["start", "done", "drop", "defer", "reopen"] {
            let decision = decide(&app, &meeting, json!({})).await;
            for step in way {
                verb(&app, Who::Administrator, &decision, step, "Parce que.").await.expect(200);
            }
            let answer = verb(&app, Who::Administrator, &decision, tried, "Parce que.").await;
            match answer.status {
                200 => table.push(format!("{stage} {tried} {}", answer.json()["stage"].as_str().unwrap())),
                status => {
                    assert_eq!(status, 409);
                    assert_eq!(now(&app, &decision).await["stage"], stage);
                }
            }
        }
    }
    assert_eq!(
        table,
        [
            "adopted start in_progress",
            "adopted done done",
            "adopted drop dropped",
            "adopted defer deferred",
            "in_progress done done",
            "in_progress drop dropped",
            "in_progress defer deferred",
            "done reopen in_progress",
            "dropped reopen in_progress",
            "deferred start in_progress",
            "deferred done done",
            "deferred drop dropped",
        ]
    );
    app.work().await;
}

async fn what_is_refused_changes_nothing(app: TestApp) {
    let meeting = held(&app, &body(&app, "Comité de Loudun", HERE), "2026-02-02");
    let decision = decide(&app, &meeting, json!({ "responsible": Who::Partner.email() })).await;
    let before = now(&app, &decision).await;
    verb(&app, Who::Visitor, &decision, "done", "").await.expect(401);
    verb(&app, Who::WorkerElsewhere, &decision, "done", "").await.expect(404);
    verb(&app, Who::Worker, &decision, "drop", "Plus la peine.").await.expect(403);
    verb(&app, Who::Partner, &decision, "drop", "Plus la peine.").await.expect(403);
    verb(&app, Who::Manager, &decision, "drop", "").await.expect(422).has("Dites pourquoi");
    let path = format!("/api/v1/decisions/{}", decision["id"].as_str().unwrap());
    let api = app.api(Who::Manager);
    api.post(&format!("{path}/done"), &json!({ "version": 7 })).await.expect(409);
    api.put(&path, &json!({ "version": 1, "due_on": "hier" })).await.expect(422);
    api.put(&path, &json!({ "version": 1, "item": "01KB2J5Q3V8YH4N7T6R9C0M1XW" })).await.expect(422);
    api.put(&path, &json!({ "version": 1, "colour": "bleu" })).await.expect(422);
    api.put(&path, &json!({ "version": 1, "action": "01KB2J5Q3V8YH4N7T6R9C0M1XW" })).await.expect(422);
    app.api(Who::Partner).put(&path, &json!({ "version": 1, "text": "Autre." })).await.expect(403);
    assert_eq!(now(&app, &decision).await, before);
    // Whoever is responsible, whatever their role, says that it is done.
    verb(&app, Who::Partner, &decision, "done", "C’est fait.").await.expect(200);
    assert_eq!(now(&app, &decision).await["outcome"], "C’est fait.");
    app.work().await;
}

async fn open_ones_come_before_the_next_meeting(app: TestApp) {
    let committee = body(&app, "Comité de Loudun", HERE);
    let first = held(&app, &committee, "2026-01-05");
    let open = decide(&app, &first, json!({ "text": "Relancer la CAF." })).await;
    let done = decide(&app, &first, json!({ "text": "Écrire au maire." })).await;
    verb(&app, Who::Manager, &done, "done", "").await.expect(200);
    let second = held(&app, &committee, "2026-02-02");
    let later = decide(&app, &second, json!({ "text": "Réserver la salle." })).await;
    let before = |meeting: &str, day: &str| {
        let at = traitdunion::kernel::Moment::parse_rfc3339(&format!("{day}T09:00:00Z"));
        app.read(|conn| {
            let viewer = traitdunion::accounts::model::Viewer(Some(app.world.actor(conn, Who::Worker)?));
            let (body, meeting, zone) = (BodyId::parse(&committee).unwrap(), MeetingId::parse(meeting), &app.app.config.zone);
            let found = traitdunion::decisions::service::open_before(conn, &viewer, &body, at, zone, meeting.as_ref())?;
            Ok(found.into_iter().map(|decision| decision.fields.text).collect::<Vec<_>>())
        })
    };
    assert_eq!(before(&second, "2026-02-02"), ["Relancer la CAF."]);
    assert_eq!(before("", "2026-03-02"), ["Relancer la CAF.", "Réserver la salle."]);
    for decision in [&open, &later] {
        verb(&app, Who::Manager, decision, "drop", "Plus besoin.").await.expect(200);
    }
    assert!(before("", "2026-03-02").is_empty());
    app.work().await;
}

async fn it_is_done_when_what_it_asks_for_is(app: TestApp) {
    let committee = body(&app, "Comité de Loudun", HERE);
    let meeting = held(&app, &committee, "2026-02-02");
    let action = app.write(|conn| world::action(conn, &app.world, &app.app.chance, ActionStage::Submitted, Visibility::Internal));
    let asking = decide(&app, &meeting, json!({ "action": action.id })).await;
    assert_eq!(asking["stage"], "adopted");
    app.write(|conn| {
        let manager = app.world.actor(conn, Who::Manager)?;
        let by = By { actor: &manager, now: app.now(), chance: &app.app.chance };
        traitdunion::actions::service::carry_out(conn, by, &action.id, action.version, ActionVerb::Publish, "")
    });
    let settled = now(&app, &asking).await;
    assert_eq!((settled["stage"].as_str(), settled["outcome"].as_str()), (Some("done"), Some("L’action demandée est publiée.")));
    // What is there already ends it at once.
    assert_eq!(decide(&app, &meeting, json!({ "action": action.id })).await["stage"], "done");
    // A convention, when it is signed.
    let signed =
        app.write(|conn| world::convention(conn, &app.world, &app.app.chance, traitdunion::conventions::model::Stage::Signing, Visibility::Internal));
    let asking = decide(&app, &meeting, json!({ "convention": signed.id })).await;
    app.write(|conn| {
        let manager = app.world.actor(conn, Who::Manager)?;
        let by = By { actor: &manager, now: app.now(), chance: &app.app.chance };
        let signing = traitdunion::conventions::service::Signing::default();
        traitdunion::conventions::service::sign(conn, by, world::today(), &signed.id, signed.version, &signing)
    });
    assert_eq!(now(&app, &asking).await["stage"], "done");
    // One thing at a time; the address of a page names it too.
    let both = json!({ "meeting_id": meeting, "text": "Deux.", "action": action.id, "convention": signed.id });
    app.api(Who::Administrator).post("/api/v1/decisions", &both).await.expect(422);
    let other = held(&app, &committee, "2026-02-03");
    let address = format!("https://registre.example/rencontres/{other}/seance?page=1");
    let asked = decide(&app, &meeting, json!({ "asks": address })).await;
    assert_eq!((asked["meeting"].as_str(), asked["stage"].as_str()), (Some(other.as_str()), Some("done")));
    app.work().await;
}

async fn a_need_handed_up_is_answered_and_told_back(app: TestApp) {
    let (conference, steering) = (body(&app, "Conférence de Loudun", HERE), body(&app, "Comité de pilotage", ELSEWHERE));
    let below = held(&app, &conference, "2026-01-05");
    let given = json!({ "meeting_id": below, "text": "Un bus le mardi.", "handed_to": steering });
    let need = app.api(Who::Worker).post("/api/v1/decisions", &given).await.expect(201).json();
    let above = held(&app, &steering, "2026-02-02");
    let waiting = || {
        app.read(|conn| {
            let viewer = traitdunion::accounts::model::Viewer(Some(app.world.actor(conn, Who::ManagerElsewhere)?));
            let (body, zone) = (BodyId::parse(&steering).unwrap(), &app.app.config.zone);
            let (today, meeting) = (app.app.today(), MeetingId::parse(&above));
            let found = traitdunion::decisions::pages::open_before(conn, &viewer, &body, Some(app.now()), zone, today, meeting.as_ref())?;
            Ok(found.iter().map(|card| format!("{} {}", card["text"].as_str().unwrap(), card["handed_by"])).collect::<Vec<_>>())
        })
    };
    assert_eq!(waiting().len(), 1);
    assert!(waiting()[0].contains("Transmis par Conférence de Loudun"));
    // Only the body that is asked answers.
    let wrong = json!({ "meeting_id": below, "text": "Oui.", "answers": need["id"] });
    app.api(Who::Administrator).post("/api/v1/decisions", &wrong).await.expect(422);
    let answer = decide(&app, &above, json!({ "text": "Une ligne est créée.", "answers": need["id"] })).await;
    assert_eq!(now(&app, &need).await["stage"], "in_progress");
    assert!(waiting().is_empty());
    verb(&app, Who::Administrator, &answer, "done", "Elle circule.").await.expect(200);
    let settled = now(&app, &need).await;
    assert_eq!(settled["stage"], "done");
    assert!(settled["outcome"].as_str().unwrap().contains("Comité de pilotage"));
    app.work().await;
    let lines = mails::all(&app, &Filter { template: "need_answered".into(), ..Filter::default() });
    assert_eq!(lines.iter().map(|line| line.recipient.as_str()).collect::<Vec<_>>(), vec![Who::Worker.email(); 2]);
}

async fn whoever_follows_is_told_once_for_a_due_day(app: TestApp) {
    let meeting = held(&app, &body(&app, "Comité de Loudun", HERE), "2026-02-02");
    for (text, due) in [("Relancer la CAF.", "2026-03-20"), ("Écrire au maire.", "2026-03-20"), ("Plus tard.", "2026-09-01")] {
        decide(&app, &meeting, json!({ "text": text, "due_on": due, "responsible": Who::Worker.email() })).await;
    }
    let sent = |template: &str| mails::all(&app, &Filter { template: template.into(), ..Filter::default() }).len();
    for _ in 0..30 {
        app.pass(24 * 3600);
        schedule::step(&app.app).await.unwrap();
    }
    app.work().await;
    assert_eq!(sent("decision_assigned"), 3);
    assert_eq!(sent("decisions_digest"), 2, "both at once: a week before, then when they are late");
    app.sign_in(Who::Worker).get("/mon-espace").await.expect(200).has("Mes décisions").has("Relancer la CAF.").has("En retard");
    let late = app.api(Who::Worker).get("/api/v1/decisions?late=true").await.expect(200).json();
    assert_eq!(late["total"], 2);
}

async fn they_are_read_as_the_minutes_of_their_meeting(app: TestApp) {
    let meeting = held(&app, &body(&app, "Comité de Loudun", HERE), "2026-02-02");
    let decision = decide(&app, &meeting, json!({})).await;
    let path = format!("/decisions/{}", decision["id"].as_str().unwrap());
    let statuses = |app: &TestApp| {
        let browsers: Vec<_> = Who::ALL.iter().map(|who| app.sign_in(*who)).collect();
        let path = path.clone();
        async move {
            let mut found = Vec::new();
            for browser in browsers {
                found.push(browser.get(&path).await.status);
            }
            found
        }
    };
    assert_eq!(statuses(&app).await, [404, 404, 200, 404, 200, 404, 200]);
    let minutes = format!("/api/v1/meetings/{meeting}/minutes");
    let api = app.api(Who::Manager);
    let part = json!([{ "title": "Ouverture", "text": "Séance ouverte." }]);
    api.put(&minutes, &json!({ "revision": 0, "parts": part })).await.expect(200);
    for verb in ["submit", "approve", "publish"] {
        let version = api.get(&minutes).await.expect(200).json()["version"].clone();
        api.post(&format!("{minutes}/{verb}"), &json!({ "version": version })).await.expect(200);
    }
    app.work().await;
    assert_eq!(statuses(&app).await, [404, 200, 200, 200, 200, 200, 200]);
    assert_eq!(app.api(Who::Partner).get("/api/v1/decisions").await.expect(200).json()["total"], 1);
    assert_eq!(app.api(Who::Visitor).get("/api/v1/decisions").await.expect(200).json()["total"], 0);
    // Found by search, by those only.
    let found = |who: Who| {
        let api = app.api(who);
        async move { api.get("/api/v1/search?q=permanence&type=decision").await.expect(200).json()["total"].as_i64().unwrap() }
    };
    assert_eq!((found(Who::Partner).await, found(Who::Visitor).await), (1, 0));
    // Approved with its minutes: its text is corrected with a reason.
    let own = format!("/api/v1/decisions/{}", decision["id"].as_str().unwrap());
    api.put(&own, &json!({ "version": 1, "text": "Ouvrir deux permanences." })).await.expect(422);
    api.put(&own, &json!({ "version": 1, "text": "Ouvrir deux permanences.", "reason": "Erreur de saisie." })).await.expect(200);
    app.work().await;
}

async fn they_are_written_and_moved_by_their_pages(app: TestApp) {
    let meeting = held(&app, &body(&app, "Comité de Loudun", HERE), "2026-02-02");
    let worker = app.sign_in(Who::Worker);
    let new = format!("/decisions/nouvelle?rencontre={meeting}");
    worker.get(&format!("/rencontres/{meeting}/compte-rendu")).await.expect(200).has("Ajouter une décision");
    worker.submit(&new, &new, &[("text", ""), ("territories", HERE)]).await.expect(422).has("Écrivez ce qui est décidé");
    let fields = [("text", "Ouvrir une permanence."), ("territories", HERE), ("due_on", "30/06/2026"), ("responsible_name", "Mme Durand")];
    worker.submit(&new, &new, &fields).await.expect(303);
    worker.get(&format!("/rencontres/{meeting}/compte-rendu")).await.expect(200).has("Décision 2026-01").has("Mme Durand");
    let id = app.api(Who::Worker).get("/api/v1/decisions").await.expect(200).json()["items"][0]["id"].as_str().unwrap().to_owned();
    let page = format!("/decisions/{id}");
    worker.get(&page).await.expect(200).has("Ouvrir une permanence.").has("Dire où elle en est");
    let edit = format!("{page}/modifier");
    worker.submit(&edit, &edit, &[("text", "Ouvrir deux permanences."), ("territories", HERE)]).await.expect(303);
    let stage = format!("{page}/etape");
    worker.submit(&stage, &stage, &[("verb", "drop"), ("outcome", "Non.")]).await.expect(422);
    worker.submit(&stage, &stage, &[("verb", "done"), ("outcome", "Elle est ouverte.")]).await.expect(303);
    worker.get(&page).await.expect(200).has("Elle est ouverte.").has("Réalisée");
    worker.get(&format!("{page}/historique")).await.expect(200).has("l’a indiquée réalisée").has("a modifié la décision");
    worker.get(&format!("{page}/historique/comparer?de=1&a=2")).await.expect(200);
    worker.get("/decisions?stage=done&q=permanences").await.expect(200).has("1\u{a0}décision").has("Ouvrir deux permanences.");
    worker.get("/decisions?stage=lost").await.expect(400);
    app.work().await;
}

async fn the_committees_file_gathers_all_on_one_page(app: TestApp) {
    let committee = body(&app, "Comité de Loudun", HERE);
    let meeting = held(&app, &committee, "2026-01-05");
    decide(&app, &meeting, json!({ "text": "Relancer la CAF.", "due_on": "2026-02-01" })).await;
    app.write(|conn| {
        world::action(conn, &app.world, &app.app.chance, ActionStage::Published, Visibility::Public)?;
        let stage = traitdunion::conventions::model::Stage::Signed;
        world::convention(conn, &app.world, &app.app.chance, stage, Visibility::Internal)
    });
    app.work().await;
    let (worker, file) = (app.sign_in(Who::Worker), format!("/rencontres/instances/{committee}/dossier"));
    let page = worker.get(&file).await.expect(200);
    page.has("Relancer la CAF.").has("dont 1 en retard").has("Gérer son budget").has("Accueillir les familles sans domicile");
    worker.get(&format!("{file}?du=2020-01-01&au=2020-12-31")).await.expect(200).lacks("Accueillir les familles sans domicile");
    worker.get(&format!("{file}?du=2026-12-31&au=2026-01-01")).await.expect(400);
    worker.get(&format!("/rencontres/{meeting}/dossier?imprimer=oui")).await.expect(200).has("Dossier de comité").lacks("Changer la période");
    app.sign_in(Who::Partner).get(&file).await.expect(403);
}
