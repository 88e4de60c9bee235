//! Minutes: written by two at once, read over, approved by the chair, by all and by silence, frozen, rectified; with and without an account.

use serde_json::{Value, json};
use traitdunion::mail::log::Filter;
use traitdunion::meetings::model::InvitationState;
use traitdunion::outbox::schedule;

use crate::support::browser::Api;
use crate::support::world::HERE;
use crate::support::{Answer, TestApp, Who, both, mails};

both!(
    two_editors_see_the_conflict_and_lose_nothing,
    what_is_saved_as_it_is_typed_is_one_version,
    the_chair_approves_and_nobody_else_without_the_right,
    silence_approves_when_its_days_are_over,
    an_objection_stops_silence_and_returns_to_those_who_write,
    all_those_present_approve,
    what_is_approved_is_frozen_and_rectified_by_number,
    links_that_are_forged_replayed_or_of_somebody_removed,
    published_minutes_are_mailed_and_read,
);

/// A committee that was held yesterday, to which three people were called; two came.
struct Held {
    id: String,
    api: Api,
}

const CHAIR: &str = "presidence@vienne.example";
const PRESENT: &str = "denis@vienne.example";
const ABSENT: &str = "helene@vienne.example";

impl Held {
    async fn new(app: &TestApp, approval: &str) -> Self {
        let id = app.write(|conn| {
            use traitdunion::accounts::model::By;
            use traitdunion::meetings::model::{Answer, Stage, Verb};
            use traitdunion::meetings::service::Told;
            use traitdunion::meetings::{bodies, inviting, service, world::World};
            let (now, zone) = (app.now(), &app.app.config.zone);
            let manager = app.world.actor(conn, Who::Manager)?;
            // As if it had been called a month ago.
            let before = By { actor: &manager, now: now.plus_days(-30), chance: &app.app.chance };
            let world = World::load(conn, zone)?;
            let members = json!([
                { "name": "Anne Petit", "email": CHAIR, "role": "chair", "quality": "elected" },
                { "name": "Denis Arnault", "email": PRESENT },
                { "name": "Hélène Marchetti", "email": ABSENT },
            ]);
            let given = json!({
                "name": "Comité local", "kind": "local_follow_up_committee", "territory": HERE, "approval": approval, "silence_days": 10,
                "sections": ["Ouverture", "Suites"], "members": members,
            });
            let body = bodies::create(conn, before, &world, given.as_object().unwrap())?.id;
            let world = World::load(conn, zone)?;
            let given = json!({
                "title": "Comité local de mars", "body_id": body, "starts_at": "2026-03-02T09:00:00Z", "ends_at": "2026-03-02T11:00:00Z",
                "place": "MDS de Loudun", "agenda": [{ "title": "Bilan du trimestre" }, { "title": "Projets" }],
            });
            let meeting = service::create(conn, before, &world, given.as_object().unwrap())?;
            let called = service::carry_out(conn, before, &world, &meeting.id, meeting.version, Verb::Call, &Told::default())?;
            for one in inviting::of(conn, &called.id)?.into_iter().filter(|one| one.email != ABSENT) {
                let one = inviting::answer(conn, before, &one.id, &Answer::Present, "")?;
                assert_eq!(one.state, InvitationState::Accepted);
            }
            let by = By { now, ..before };
            let held = service::carry_out(conn, by, &world, &called.id, called.version, Verb::Hold, &Told::default())?;
            assert_eq!(held.life.stage, Stage::Held);
            Ok(held.id.to_string())
        });
        app.work().await;
        app.mails();
        Self { id, api: app.api(Who::Manager) }
    }

    fn path(&self, what: &str) -> String {
        format!("/api/v1/meetings/{}/minutes{what}", self.id)
    }

    fn page(&self, what: &str) -> String {
        format!("/rencontres/{}/compte-rendu{what}", self.id)
    }

    async fn now(&self) -> Value {
        self.api.get(&self.path("")).await.expect(200).json()
    }

    /// Writes one part over the revision that is there.
    async fn write(&self, title: &str, text: &str) -> Value {
        let now = self.now().await;
        let part = now["parts"].as_array().unwrap().iter().find(|part| part["title"] == title).expect("a part").clone();
        let body = json!({ "revision": now["revision"], "parts": [{ "item": part["item"], "title": title, "text": text }] });
        self.api.put(&self.path(""), &body).await.expect(200).json()
    }

    async fn verb(&self, api: &Api, verb: &str, more: Value) -> Answer {
        let mut body = json!({ "version": self.now().await["version"] });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        api.post(&self.path(&format!("/{verb}")), &body).await
    }

    async fn submitted(app: &TestApp, approval: &str) -> Self {
        let held = Self::new(app, approval).await;
        held.write("Bilan du trimestre", "Quarante familles reçues.").await;
        held.verb(&held.api, "submit", json!({})).await.expect(200);
        app.work().await;
        held
    }

    fn link(&self, app: &TestApp, email: &str) -> String {
        let all = app.read(|conn| {
            let id = traitdunion::kernel::ids::MeetingId::parse(&self.id).unwrap();
            traitdunion::meetings::inviting::of(conn, &id)
        });
        format!("/lien/rencontres/{}/compte-rendu", all.into_iter().find(|one| one.email == email).unwrap().secret)
    }

    async fn stage(&self) -> String {
        self.now().await["stage"].as_str().unwrap().to_owned()
    }
}

fn sent(app: &TestApp, template: &str) -> Vec<String> {
    let lines = mails::all(app, &Filter { template: template.into(), ..Filter::default() });
    let mut sent: Vec<String> = lines.iter().map(|line| line.recipient.split('@').next().unwrap().to_owned()).collect();
    sent.sort();
    sent
}

async fn two_editors_see_the_conflict_and_lose_nothing(app: TestApp) {
    let held = Held::new(&app, "silence").await;
    let (manager, worker) = (app.sign_in(Who::Manager), app.sign_in(Who::Worker));
    let form = manager.get(&held.page("/ecrire")).await.expect(200).has("Bilan du trimestre").has("Ouverture");
    let fields = |texts: [&'static str; 4], page: &Answer| -> Vec<(String, String)> {
        let mut fields = vec![("revision".to_owned(), page.field("revision").unwrap().to_owned())];
        for (place, text) in texts.iter().enumerate() {
            for what in ["item", "title", "base"] {
                let name = format!("part.{place}.{what}");
                fields.push((name.clone(), page.field(&name).unwrap().to_owned()));
            }
            fields.push((format!("part.{place}.text"), (*text).to_owned()));
        }
        fields
    };
    async fn send(browser: &crate::support::Browser, path: &str, fields: &[(String, String)]) -> Answer {
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        browser.post(path, &fields).await
    }
    // Both opened the empty form; the other writes the opening and the first item.
    let theirs = fields(["Séance ouverte.", "Douze familles.", "", ""], &form);
    send(&worker, &held.page("/ecrire"), &theirs).await.expect(303);
    // One's own words for the follow-up are kept beside: nothing to settle.
    let mine = fields(["", "", "", "À suivre en juin."], &form);
    send(&manager, &held.page("/ecrire"), &mine).await.expect(303);
    let now = held.now().await;
    let texts: Vec<&str> = now["parts"].as_array().unwrap().iter().map(|part| part["text"].as_str().unwrap()).collect();
    assert_eq!(texts, ["Séance ouverte.", "Douze familles.", "", "À suivre en juin."]);
    // Where both wrote, both texts are shown and nothing is saved.
    let clash = fields(["", "Quatorze familles.", "", ""], &form);
    let page = send(&manager, &held.page("/ecrire"), &clash).await.expect(409).has("Quatorze familles.").has("Douze familles.").has("Camille");
    assert_eq!(held.now().await["revision"], now["revision"]);
    let settled = fields(["Séance ouverte.", "Quatorze familles, dont douze connues.", "", "À suivre en juin."], &page);
    send(&manager, &held.page("/ecrire"), &settled).await.expect(303);
    assert!(held.now().await["parts"].to_string().contains("dont douze connues"));
    // A program is told by a 409, with the revision that there is.
    let late = json!({ "revision": 1, "parts": [{ "title": "Ouverture", "text": "Trop tard." }] });
    let refused = held.api.put(&held.path(""), &late).await.expect(409);
    assert!(refused.json()["version"].as_i64().unwrap() > 1);
    app.work().await;
}

async fn what_is_saved_as_it_is_typed_is_one_version(app: TestApp) {
    let held = Held::new(&app, "silence").await;
    let history = |page: Answer| page.text.matches("a écrit le compte rendu").count();
    let manager = app.sign_in(Who::Manager);
    for text in ["Q", "Qua", "Quarante familles."] {
        held.write("Bilan du trimestre", text).await;
        app.pass(60);
    }
    assert_eq!(history(manager.get(&held.page("/historique")).await.expect(200)), 1);
    app.pass(600);
    held.write("Projets", "Une permanence.").await;
    assert_eq!(history(manager.get(&held.page("/historique")).await.expect(200)), 2);
    manager.get(&held.page("/historique/1")).await.expect(200).has("Quarante familles.").lacks("Une permanence.");
    // The script is answered the revision to go on from, or that somebody wrote.
    let form = manager.get(&held.page("/ecrire")).await.expect(200);
    let (csrf, revision) = (manager.csrf(), form.field("revision").unwrap().to_owned());
    let body = |text: &'static str| {
        let fields = [("csrf", csrf.clone()), ("revision", revision.clone()), ("part.0.title", "Ouverture".into()), ("part.0.text", text.to_owned())];
        manager.request(reqwest::Method::POST, &held.page("/ecrire")).header("X-Requested-With", "fetch").form(&fields)
    };
    let saved = manager.send(body("Séance ouverte.")).await.expect(200).json();
    assert_eq!(saved["revision"].as_i64().unwrap(), revision.parse::<i64>().unwrap() + 1);
    manager.send(body("Autre.")).await.expect(409).has("vos deux textes seront réunis");
    app.work().await;
}

async fn the_chair_approves_and_nobody_else_without_the_right(app: TestApp) {
    let held = Held::new(&app, "chair").await;
    held.verb(&held.api, "submit", json!({})).await.expect(422).has("encore vide");
    held.write("Projets", "Une permanence.").await;
    held.verb(&held.api, "submit", json!({})).await.expect(200);
    app.work().await;
    assert_eq!(sent(&app, "minutes_to_approve"), ["presidence"]);
    let before = held.now().await;
    for (who, status) in [(Who::Visitor, 401), (Who::Partner, 404), (Who::WorkerElsewhere, 404), (Who::ManagerElsewhere, 404), (Who::Worker, 403)] {
        held.verb(&app.api(who), "approve", json!({})).await.expect(status);
    }
    // Somebody called who does not preside says what they think: it approves nothing.
    let visitor = app.visitor();
    let link = held.link(&app, PRESENT);
    visitor.submit(&link, &link, &[("revision", "1"), ("do", "approve")]).await.expect(303);
    assert_eq!(held.now().await["stage"], before["stage"]);
    // The chair, without an account.
    let link = held.link(&app, CHAIR);
    visitor.get(&link).await.expect(200).has("Une permanence.").has("J’approuve");
    assert_eq!(held.stage().await, "minutes_in_review", "opening the link changes nothing");
    visitor.submit(&link, &link, &[("revision", "1"), ("do", "approve")]).await.expect(303);
    let now = held.now().await;
    assert_eq!((now["stage"].as_str(), now["editions"][0]["author"].as_str()), (Some("minutes_approved"), Some("Anne Petit")));
    app.work().await;
}

async fn silence_approves_when_its_days_are_over(app: TestApp) {
    let held = Held::submitted(&app, "silence").await;
    assert_eq!(sent(&app, "minutes_to_approve"), ["denis", "helene", "presidence"]);
    for _ in 0..10 {
        app.pass(24 * 3600);
        schedule::step(&app.app).await.unwrap();
    }
    assert_eq!(held.stage().await, "minutes_in_review", "the tenth day is theirs");
    app.pass(24 * 3600);
    schedule::step(&app.app).await.unwrap();
    let now = held.now().await;
    assert_eq!(now["stage"], "minutes_approved");
    assert_eq!(now["editions"].as_array().unwrap().len(), 1);
    // A day that runs twice approves nothing twice.
    schedule::step(&app.app).await.unwrap();
    assert_eq!(held.now().await["version"], now["version"]);
    app.work().await;
}

async fn an_objection_stops_silence_and_returns_to_those_who_write(app: TestApp) {
    let held = Held::submitted(&app, "silence").await;
    let (visitor, link) = (app.visitor(), held.link(&app, ABSENT));
    let refused = visitor.submit(&link, &link, &[("revision", "1"), ("do", "object"), ("reason", "")]).await;
    refused.expect(422).has("Dites ce qu’il faut corriger");
    visitor.submit(&link, &link, &[("revision", "1"), ("do", "object"), ("reason", "Trente familles, pas quarante.")]).await.expect(303);
    assert_eq!(held.stage().await, "held");
    app.work().await;
    assert_eq!(sent(&app, "minutes_objected"), ["responsable"]);
    app.sign_in(Who::Manager).get(&held.page("")).await.expect(200).has("Trente familles, pas quarante.");
    app.pass(40 * 24 * 3600);
    schedule::step(&app.app).await.unwrap();
    app.work().await;
    assert_eq!(held.stage().await, "held", "silence no longer runs");
    // What was read before is not what is approved now.
    held.write("Bilan du trimestre", "Trente familles reçues.").await;
    held.verb(&held.api, "submit", json!({})).await.expect(200);
    let stale = visitor.submit(&link, &link, &[("revision", "1"), ("do", "approve")]).await;
    stale.expect(409).has("Le texte vient de changer").has("Trente familles reçues.");
    app.work().await;
}

async fn all_those_present_approve(app: TestApp) {
    let held = Held::submitted(&app, "all").await;
    assert_eq!(sent(&app, "minutes_to_approve"), ["denis", "presidence"]);
    let visitor = app.visitor();
    // Whoever was not there is heard, and not waited for.
    let link = held.link(&app, ABSENT);
    visitor.submit(&link, &link, &[("revision", "1"), ("do", "approve")]).await.expect(303);
    assert_eq!(held.stage().await, "minutes_in_review");
    let link = held.link(&app, PRESENT);
    visitor.submit(&link, &link, &[("revision", "1"), ("do", "approve")]).await.expect(303);
    assert_eq!(held.stage().await, "minutes_in_review");
    // Pressed twice, it counts once.
    visitor.submit(&link, &link, &[("revision", "1"), ("do", "approve")]).await.expect(303);
    assert_eq!(held.stage().await, "minutes_in_review");
    let link = held.link(&app, CHAIR);
    visitor.submit(&link, &link, &[("revision", "1"), ("do", "approve")]).await.expect(303);
    assert_eq!(held.stage().await, "minutes_approved");
    app.work().await;
}

async fn what_is_approved_is_frozen_and_rectified_by_number(app: TestApp) {
    let held = Held::submitted(&app, "silence").await;
    let text = json!({ "revision": 1, "parts": [{ "title": "Ouverture", "text": "Plus tard." }] });
    held.api.put(&held.path(""), &text).await.expect(409).has("en relecture");
    held.verb(&held.api, "approve", json!({})).await.expect(200);
    held.api.put(&held.path(""), &text).await.expect(409).has("rectification");
    held.verb(&held.api, "submit", json!({})).await.expect(409);
    held.verb(&held.api, "return", json!({ "reason": "Trop vite." })).await.expect(409);
    let part = json!([{ "title": "Ouverture", "text": "Séance ouverte à neuf heures." }]);
    held.verb(&app.api(Who::Worker), "rectify", json!({ "reason": "Oubli.", "parts": part })).await.expect(403);
    held.verb(&held.api, "rectify", json!({ "reason": "", "parts": part })).await.expect(422);
    held.verb(&held.api, "rectify", json!({ "reason": "Rien.", "parts": [] })).await.expect(422);
    let now = held.verb(&held.api, "rectify", json!({ "reason": "L’ouverture manquait.", "parts": part })).await.expect(200).json();
    let numbers: Vec<i64> = now["editions"].as_array().unwrap().iter().map(|edition| edition["number"].as_i64().unwrap()).collect();
    assert_eq!(numbers, [0, 1]);
    let manager = app.sign_in(Who::Manager);
    manager.get(&held.page("")).await.expect(200).has("Séance ouverte à neuf heures.").has("L’ouverture manquait.").has("Rectification");
    manager.get(&held.page("?edition=0")).await.expect(200).lacks("Séance ouverte à neuf heures.").has("ancienne édition");
    manager.get(&held.page("?edition=7")).await.expect(404);
    app.work().await;
}

async fn links_that_are_forged_replayed_or_of_somebody_removed(app: TestApp) {
    let held = Held::submitted(&app, "silence").await;
    let visitor = app.visitor();
    let forged = format!("/lien/rencontres/{}/compte-rendu", "x".repeat(43));
    visitor.get(&forged).await.expect(404).has("Ce lien ne fonctionne plus");
    visitor.post(&forged, &[("revision", "1"), ("do", "approve")]).await.expect(404);
    let link = held.link(&app, CHAIR);
    visitor.post(&link, &[("revision", "1"), ("do", "burn")]).await.expect(422);
    app.write(|conn| {
        use traitdunion::accounts::model::By;
        let manager = app.world.actor(conn, Who::Manager)?;
        let by = By { actor: &manager, now: app.now(), chance: &app.app.chance };
        let id = traitdunion::kernel::ids::MeetingId::parse(&held.id).unwrap();
        let chair = traitdunion::meetings::inviting::of(conn, &id)?.into_iter().find(|one| one.email == CHAIR).unwrap();
        traitdunion::meetings::inviting::remove(conn, by, &chair.id)
    });
    visitor.get(&link).await.expect(404);
    visitor.post(&link, &[("revision", "1"), ("do", "approve")]).await.expect(404);
    assert_eq!(held.stage().await, "minutes_in_review");
    // Approved meanwhile: pressing again changes nothing, and the page says how it stands.
    held.verb(&held.api, "approve", json!({})).await.expect(200);
    let (version, link) = (held.now().await["version"].clone(), held.link(&app, PRESENT));
    visitor.post(&link, &[("revision", "1"), ("do", "object"), ("reason", "Non.")]).await.expect(303);
    visitor.get(&link).await.expect(200).has("Approuvé").lacks("Demander une correction");
    assert_eq!(held.now().await["version"], version);
    app.work().await;
}

async fn published_minutes_are_mailed_and_read(app: TestApp) {
    let held = Held::submitted(&app, "silence").await;
    held.verb(&held.api, "approve", json!({})).await.expect(200);
    // Not before they are published.
    app.sign_in(Who::Partner).get(&held.page("")).await.expect(404);
    app.visitor().get(&held.page("")).await.expect(404);
    held.verb(&app.api(Who::WorkerElsewhere), "publish", json!({})).await.expect(404);
    held.verb(&held.api, "publish", json!({})).await.expect(200);
    app.work().await;
    assert_eq!(sent(&app, "minutes_published"), ["denis", "helene", "presidence"]);
    app.sign_in(Who::Partner).get(&held.page("")).await.expect(200).has("Quarante familles reçues.").has("Denis Arnault");
    app.visitor().get(&held.page("")).await.expect(404);
    app.visitor().get(&held.link(&app, ABSENT)).await.expect(200).has("Quarante familles reçues.");
    let text = app.read(|conn| {
        let id = traitdunion::kernel::ids::MeetingId::parse(&held.id).unwrap();
        traitdunion::meetings::minutes::published_text(conn, &id)
    });
    assert_eq!(text.as_deref(), Some("Bilan du trimestre\nQuarante familles reçues."));
    app.sign_in(Who::Partner).get(&held.page("/imprimer")).await.expect(200).lacks("Historique");
}
