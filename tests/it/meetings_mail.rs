//! Mails of meetings: who is told of what, once, with what their calendar takes; changes gathered, reminders, answers by link.

use serde_json::{Value, json};
use traitdunion::kernel::Day;
use traitdunion::outbox::schedule;

use crate::smtp::{Options, Smtp};
use crate::support::browser::Api;
use crate::support::letters::{Letter, summary};
use crate::support::{Answer, Engine, TestApp, Who, both, world};

both!(
    everybody_is_called_once,
    edits_within_ten_minutes_are_one_mail,
    what_comes_back_is_not_told,
    of_two_nodes_one_tells,
    a_meeting_moves_is_put_off_and_cancelled,
    one_person_is_removed,
    those_who_wait_are_told_and_promoted,
    whoever_was_invited_answers_without_an_account,
    a_link_of_no_use_says_so,
    reminders_follow_the_meeting,
    after_an_outage_the_nearest_reminder_alone,
    times_are_right_around_both_clock_changes,
    a_convocation_leaves_for_a_real_server,
    what_was_answered_is_forgotten_after_a_year,
);

/// One meeting, as the worker of the first territory moves it.
struct Called<'a> {
    app: &'a TestApp,
    api: Api,
    path: String,
}

impl<'a> Called<'a> {
    async fn prepare(app: &'a TestApp, more: Value) -> Self {
        let mut body = world::whole_meeting();
        body.extend(more.as_object().unwrap().clone());
        let api = app.api(Who::Worker);
        let made = api.post("/api/v1/meetings", &Value::Object(body)).await.expect(201).json();
        Self { app, api, path: format!("/api/v1/meetings/{}", made["id"].as_str().unwrap()) }
    }

    /// Called, with a partner invited and an agent; their mails.
    async fn begin(app: &'a TestApp, more: Value) -> (Self, Vec<Letter>) {
        let one = Self::prepare(app, more).await;
        one.invite(json!({ "name": "Dominique Roy", "email": "dominique@pont.example" })).await;
        one.invite(json!({ "account": app.world.accounts[&Who::Manager].to_string() })).await;
        one.verb("call", json!({})).await.expect(200);
        let letters = one.letters().await;
        app.pass(1);
        (one, letters)
    }

    async fn invite(&self, who: Value) -> String {
        self.api.post(&format!("{}/invitations", self.path), &who).await.expect(201).json()["id"].as_str().unwrap().to_owned()
    }

    async fn version(&self) -> Value {
        self.api.get(&self.path).await.expect(200).json()["version"].clone()
    }

    async fn verb(&self, verb: &str, mut body: Value) -> Answer {
        body["version"] = self.version().await;
        self.api.post(&format!("{}/{verb}", self.path), &body).await
    }

    async fn put(&self, mut body: Value) {
        body["version"] = self.version().await;
        self.api.put(&self.path, &body).await.expect(200);
    }

    /// What whoever is invited answers, as it is noted for them.
    async fn answer(&self, person: &str, answer: &str) {
        self.api.post(&format!("{}/invitations/{person}/answer", self.path), &json!({ "answer": answer })).await.expect(200);
    }

    async fn person(&self, email: &str) -> Value {
        let people = self.api.get(&format!("{}/invitations", self.path)).await.expect(200).json();
        people["items"].as_array().unwrap().iter().find(|one| one["email"] == email).unwrap().clone()
    }

    /// The mails since the last call, in the order of their recipients.
    async fn letters(&self) -> Vec<Letter> {
        letters(self.app).await
    }
}

async fn letters(app: &TestApp) -> Vec<Letter> {
    app.work().await;
    Letter::all(app.mails())
}

/// Ten minutes pass, and what waited is told.
async fn gathered(app: &TestApp) -> Vec<Letter> {
    app.pass(600);
    schedule::announce(&app.app).await.unwrap();
    letters(app).await
}

async fn day(app: &TestApp) -> Vec<Letter> {
    schedule::step(&app.app).await.unwrap();
    letters(app).await.into_iter().filter(|letter| letter.subject.starts_with("Rappel")).collect()
}

/// Lets the days pass until `until`, the program running each of them; says when whom was reminded.
async fn live(app: &TestApp, until: &str) -> Vec<String> {
    let mut told = Vec::new();
    while app.app.today() < Day::parse(until).unwrap() {
        app.pass(24 * 3600);
        told.extend(day(app).await.iter().map(|letter| format!("{} {}", app.app.today(), letter.to.split('@').next().unwrap())));
    }
    told
}

fn body(text: &str) -> String {
    text.replace(['\u{a0}', '\u{202f}'], " ")
}

async fn everybody_is_called_once(app: TestApp) {
    let members = json!([
        { "name": "Dominique Roy", "email": "dominique@pont.example", "function": "directrice" },
        { "name": "Sans adresse" },
        { "account": app.world.accounts[&Who::Manager].to_string(), "role": "chair", "quality": "agent" },
    ]);
    let given = json!({ "name": "Comité local", "kind": "local_follow_up_committee", "territory": world::HERE, "members": members });
    let comite = app.api(Who::Worker).post("/api/v1/bodies", &given).await.expect(201).json();
    let one = Called::prepare(&app, json!({ "body_id": comite["id"], "link": "https://visio.example/comite" })).await;
    assert!(one.letters().await.is_empty(), "nobody knows of a draft");
    one.verb("call", json!({})).await.expect(200);
    let told = one.letters().await;
    assert_eq!(summary(&told), ["dominique REQUEST 0", "responsable REQUEST 0"], "whoever has no address is written no mail");
    assert!(told[0].subject.starts_with("Invitation") && told[1].subject.starts_with("Convocation"), "{} {}", told[0].subject, told[1].subject);
    let text = body(&told[0].text);
    for part in [
        "Camille agent vous invite",
        "mardi 17 mars 2026, de 14 h à 16 h",
        "MDS de Loudun",
        "https://visio.example/comite",
        "1. Bilan des ateliers, Camille Roy (Échange), 14 h",
    ] {
        assert!(text.contains(part), "« {part} » is not in {text}");
    }
    assert!(body(&told[1].text).contains("vous convoque"));
    for letter in &told {
        letter.keep("called", "2026-03-17T13:00:00Z", "2026-03-17T15:00:00Z");
        let calendar = letter.calendar();
        let attendees = calendar.lines("ATTENDEE");
        assert!(
            attendees.len() == 1 && attendees[0].contains("RSVP=FALSE") && attendees[0].ends_with(&format!("mailto:{}", letter.to)),
            "{attendees:?}"
        );
        assert_eq!(calendar.value("ORGANIZER"), Some("mailto:agent@vienne.example"));
        assert_eq!(letter.html.matches("?reponse=").count(), 4);
        assert!(!letter.text.contains("Ne plus recevoir"), "what is owed is not refused");
    }
    assert_ne!(told[0].link(), told[1].link());
    let id = one.path.rsplit('/').next().unwrap().to_owned();
    let ics = told[0].calendar().ics.replace("\r\n ", "").replace("\r\n", "\n").replace(&app.url, "https://registre.example");
    insta::assert_snapshot!(
        "meeting_called",
        ics.replace(&id, "ID").replace(&id.to_lowercase(), "id").replace(&app.app.config.base_url, "https://registre.example")
    );
    one.invite(json!({ "name": "Zoé Duc", "email": "zoe@pont.example" })).await;
    one.invite(json!({ "name": "Zoé Duc", "email": "zoe@pont.example" })).await;
    assert_eq!(summary(&one.letters().await), ["zoe REQUEST 0"], "invited afterwards, once");
}

async fn edits_within_ten_minutes_are_one_mail(app: TestApp) {
    let (one, told) = Called::begin(&app, json!({})).await;
    let person = one.person("dominique@pont.example").await["id"].as_str().unwrap().to_owned();
    one.put(json!({ "place": "Salle des fêtes" })).await;
    app.pass(300);
    one.put(json!({ "title": "Comité local du printemps", "ends_at": "2026-03-17T16:00:00Z" })).await;
    app.pass(299);
    assert_eq!(schedule::announce(&app.app).await.unwrap(), 0);
    assert!(one.letters().await.is_empty(), "not before ten minutes");
    let changed = gathered(&app).await;
    assert_eq!(summary(&changed), ["dominique REQUEST 2", "responsable REQUEST 2"]);
    let text = body(&changed[0].text);
    for part in [
        "Lieu Avant : MDS de Loudun Maintenant : Salle des fêtes",
        "Avant : mardi 17 mars 2026, de 14 h à 16 h Maintenant : mardi 17 mars 2026, de 14 h à 17 h",
        "Avant : Comité local de suivi Maintenant : Comité local du printemps",
    ] {
        assert!(text.split_whitespace().collect::<Vec<_>>().join(" ").contains(part), "« {part} » is not in {text}");
    }
    changed[0].keep("changed", "2026-03-17T13:00:00Z", "2026-03-17T16:00:00Z");
    assert_eq!(changed[0].calendar().value("UID"), told[0].calendar().value("UID"));
    assert!(gathered(&app).await.is_empty(), "once");
    one.answer(&person, "absent").await;
    one.put(json!({ "agenda": [{ "title": "Projets" }] })).await;
    assert_eq!(summary(&gathered(&app).await), ["responsable REQUEST 2"], "whoever does not come need not know, and no date has moved");
    one.put(json!({ "starts_at": "2026-03-18T13:00:00Z", "ends_at": "2026-03-18T15:00:00Z" })).await;
    let moved = gathered(&app).await;
    assert_eq!(summary(&moved), ["dominique REQUEST 3", "responsable REQUEST 3"], "another date may suit them");
    assert!(moved[0].calendar().lines("ATTENDEE")[0].contains("PARTSTAT=DECLINED"));
    one.put(json!({ "reminder_days": [3], "themes": [] })).await;
    assert!(gathered(&app).await.is_empty(), "how it is filed is nobody's news");
}

async fn what_comes_back_is_not_told(app: TestApp) {
    let (one, _) = Called::begin(&app, json!({})).await;
    one.put(json!({ "place": "Salle des fêtes" })).await;
    app.pass(60);
    one.invite(json!({ "name": "Zoé Duc", "email": "zoe@pont.example" })).await;
    assert_eq!(summary(&one.letters().await), ["zoe REQUEST 1"]);
    app.pass(60);
    one.put(json!({ "place": "MDS de Loudun" })).await;
    assert!(gathered(&app).await.is_empty());
    one.put(json!({ "place": "Salle des fêtes" })).await;
    one.verb("cancel", json!({ "reason": "Trop peu d’inscrits." })).await.expect(200);
    let told = one.letters().await;
    assert_eq!(summary(&told), ["dominique CANCEL 4", "responsable CANCEL 4", "zoe CANCEL 4"], "at once, and never below what they hold");
    assert!(gathered(&app).await.is_empty(), "what waited went with it");
}

async fn of_two_nodes_one_tells(app: TestApp) {
    let (one, _) = Called::begin(&app, json!({})).await;
    one.put(json!({ "place": "Salle des fêtes" })).await;
    app.pass(600);
    let (a, b, c) = tokio::join!(schedule::announce(&app.app), schedule::announce(&app.app), schedule::announce(&app.app));
    assert_eq!(a.unwrap() + b.unwrap() + c.unwrap(), 2);
    assert_eq!(one.letters().await.len(), 2);
}

async fn a_meeting_moves_is_put_off_and_cancelled(app: TestApp) {
    let (one, called) = Called::begin(&app, json!({})).await;
    let mut sequences: Vec<i32> = called.iter().map(|letter| letter.calendar().sequence()).collect();
    one.put(json!({ "place": "Salle des fêtes" })).await;
    let dates = json!({ "reason": "La salle est en travaux.", "starts_at": "2026-03-31T12:00:00Z", "ends_at": "2026-03-31T14:00:00Z" });
    one.verb("postpone", dates).await.expect(200);
    let moved = one.letters().await;
    assert_eq!(summary(&moved), ["dominique REQUEST 2", "responsable REQUEST 2"], "at once, with what waited");
    let text = body(&moved[0].text);
    assert!(text.contains("Pourquoi : La salle est en travaux.") && text.contains("Maintenant : Salle des fêtes"), "{text}");
    assert!(moved[0].subject.starts_with("Nouvelle date") && text.contains("mardi 31 mars 2026, de 14 h à 16 h"), "{text}");
    moved[1].keep("moved", "2026-03-31T12:00:00Z", "2026-03-31T14:00:00Z");
    assert!(gathered(&app).await.is_empty());
    sequences.extend(moved.iter().map(|letter| letter.calendar().sequence()));

    one.verb("postpone", json!({ "reason": "Grève." })).await.expect(200);
    let put_off = one.letters().await;
    assert_eq!(summary(&put_off), ["dominique CANCEL 3", "responsable CANCEL 3"]);
    assert!(put_off[0].subject.starts_with("Rencontre reportée") && body(&put_off[0].text).contains("Pourquoi : Grève."));
    put_off[0].keep("put-off", "2026-03-31T12:00:00Z", "2026-03-31T14:00:00Z");
    let dates = json!({ "reason": "Nouvelle date.", "starts_at": "2026-04-14T12:00:00Z", "ends_at": "2026-04-14T14:00:00Z" });
    one.verb("postpone", dates).await.expect(200);
    let again = one.letters().await;
    assert_eq!(summary(&again), ["dominique REQUEST 4", "responsable REQUEST 4"]);
    one.verb("cancel", json!({ "reason": "Trop peu d’inscrits." })).await.expect(200);
    let cancelled = one.letters().await;
    assert_eq!(summary(&cancelled), ["dominique CANCEL 5", "responsable CANCEL 5"]);
    assert!(cancelled[0].calendar().lines("STATUS").contains(&"STATUS:CANCELLED"));
    cancelled[0].keep("cancelled", "2026-04-14T12:00:00Z", "2026-04-14T14:00:00Z");
    sequences.extend([&put_off, &again, &cancelled].into_iter().flatten().map(|letter| letter.calendar().sequence()));
    assert!(sequences.is_sorted(), "{sequences:?}");
}

async fn one_person_is_removed(app: TestApp) {
    let (one, _) = Called::begin(&app, json!({})).await;
    let person = one.person("dominique@pont.example").await["id"].as_str().unwrap().to_owned();
    one.api.delete(&format!("{}/invitations/{person}", one.path)).await.expect(200);
    let told = one.letters().await;
    assert_eq!(summary(&told), ["dominique CANCEL 0"], "and nobody else");
    assert!(told[0].calendar().lines("STATUS").is_empty(), "for the others it stands");
    assert!(body(&told[0].subject).starts_with("Votre présence n’est plus demandée : « Comité"), "{}", told[0].subject);
    told[0].keep("removed", "2026-03-17T13:00:00Z", "2026-03-17T15:00:00Z");
    one.put(json!({ "place": "Salle des fêtes" })).await;
    assert_eq!(summary(&gathered(&app).await), ["responsable REQUEST 1"]);
    one.verb("cancel", json!({ "reason": "Grève." })).await.expect(200);
    assert_eq!(summary(&one.letters().await), ["responsable CANCEL 2"]);
    let draft = Called::prepare(&app, json!({})).await;
    let person = draft.invite(json!({ "name": "Dominique Roy", "email": "dominique@pont.example" })).await;
    draft.api.delete(&format!("{}/invitations/{person}", draft.path)).await.expect(200);
    draft.verb("cancel", json!({ "reason": "Double." })).await.expect(200);
    assert!(draft.letters().await.is_empty(), "of what was never called nothing is told");
}

async fn those_who_wait_are_told_and_promoted(app: TestApp) {
    let one = Called::prepare(&app, json!({ "registration": "members", "capacity": 1, "kind": "information_morning" })).await;
    one.verb("call", json!({})).await.expect(200);
    let register = async |who| app.api(who).post(&format!("{}/register", one.path), &json!({})).await.expect(201).json();
    let first = register(Who::Worker).await["id"].as_str().unwrap().to_owned();
    let told = one.letters().await;
    assert_eq!(summary(&told), ["agent REQUEST 0"]);
    assert!(told[0].subject.starts_with("Vous avez une place"));
    register(Who::Manager).await;
    register(Who::Manager).await;
    let told = one.letters().await;
    assert_eq!(summary(&told), ["responsable -"], "once, and nothing for their calendar yet");
    assert!(body(&told[0].text).contains("en liste d’attente, au rang 1"), "{}", told[0].text);
    one.answer(&first, "absent").await;
    let told = one.letters().await;
    assert_eq!(summary(&told), ["responsable REQUEST 0"]);
    assert!(told[0].text.contains("Une place s’est libérée"), "{}", told[0].text);
    assert!(told[0].calendar().lines("ATTENDEE")[0].contains("PARTSTAT=ACCEPTED"));
    told[0].keep("promoted", "2026-03-17T13:00:00Z", "2026-03-17T15:00:00Z");
}

async fn whoever_was_invited_answers_without_an_account(app: TestApp) {
    let (one, told) = Called::begin(&app, json!({ "link": "https://visio.example/comite" })).await;
    let (link, visitor) = (told[0].link(), app.visitor());
    let page = visitor.get(&format!("{link}?reponse=perhaps")).await.expect(200).has("Invitation · Dominique Roy").has("Bilan des ateliers");
    assert!(page.text.contains("value=\"perhaps\" checked"), "the link in the mail chooses, and sends nothing");
    assert!(page.has("https://visio.example/comite").header("cache-control").contains("private"));
    assert_eq!(one.person("dominique@pont.example").await["state"], "invited", "looking changes nothing");
    visitor.get(&format!("{link}?reponse=%3Cscript%3E&reponse=x")).await.expect(200).lacks("<script>");
    for (answer, name, status, state, said) in [
        ("", "", 422, "invited", "Choisissez votre réponse."),
        ("represented", "", 422, "invited", "Dites qui vient à votre place."),
        ("represented", "Zoé Duc", 303, "accepted", "Zoé Duc vient à votre place."),
        ("present", "", 303, "accepted", "Vous venez."),
        ("present", "", 303, "accepted", "Vous venez."),
        ("perhaps", "", 303, "tentative", "Vous viendrez peut-être."),
        ("absent", "", 303, "declined", "Vous ne venez pas."),
    ] {
        let fields = [("answer", answer), ("represented_by", name), ("note", "Je serai en retard.")];
        let answered = visitor.submit(&link, &link, &fields).await.expect(status);
        if status == 303 {
            assert_eq!(answered.location(), link);
            visitor.get(&link).await.expect(200).has(said).has("Changer ma réponse").has("Je serai en retard.");
        } else {
            answered.has(said);
        }
        assert_eq!(one.person("dominique@pont.example").await["state"], state, "{answer}");
    }
    assert!(one.letters().await.is_empty(), "the page has said it");
    let forged = app.visitor().post(&link, &[("csrf", "x"), ("answer", "present")]).await;
    assert!(forged.status == 403 || forged.status == 303, "{}", forged.status);
    let bare = visitor.send(visitor.client.post(visitor.url(&link)).form(&[("answer", "present")])).await;
    bare.expect(403);
    assert_eq!(one.person("dominique@pont.example").await["represented_by"], "");
}

async fn a_link_of_no_use_says_so(app: TestApp) {
    let (one, told) = Called::begin(&app, json!({})).await;
    let (link, visitor) = (told[0].link(), app.visitor());
    for forged in [
        format!("{link}x"),
        link.replace("/lien/rencontres/", "/lien/rencontres/%00"),
        "/lien/rencontres/purged:x".into(),
        "/lien/rencontres/é".into(),
    ] {
        visitor.get(&forged).await.expect(404).has("Ce lien ne fonctionne plus");
        visitor.post(&forged, &[("answer", "present")]).await.expect(404);
    }
    let refused = async |says: &str| {
        visitor.get(&link).await.expect(200).has(says).lacks("Envoyer ma réponse");
        visitor.post(&link, &[("answer", "present")]).await.expect(409).has(says);
    };
    one.verb("postpone", json!({ "reason": "Grève." })).await.expect(200);
    refused("Cette rencontre est reportée").await;
    let dates = json!({ "reason": "Nouvelle date.", "starts_at": "2026-03-18T12:00:00Z", "ends_at": "2026-03-18T14:00:00Z" });
    one.verb("postpone", dates).await.expect(200);
    visitor.post(&link, &[("answer", "present")]).await.expect(303);
    app.pass(16 * 24 * 3600);
    refused("Cette rencontre est passée").await;
    app.pass(-16 * 24 * 3600);
    let person = one.person("dominique@pont.example").await["id"].as_str().unwrap().to_owned();
    one.api.delete(&format!("{}/invitations/{person}", one.path)).await.expect(200);
    refused("Votre présence n’est plus demandée").await;
    visitor.get(&link).await.expect(200).lacks("MDS de Loudun");
    one.verb("cancel", json!({ "reason": "Grève." })).await.expect(200);
    let letters = one.letters().await;
    let other = letters.iter().rev().find(|letter| letter.to.starts_with("responsable")).unwrap().link();
    visitor.get(&other).await.expect(200).has("Cette rencontre est annulée").has("Grève.");
}

async fn reminders_follow_the_meeting(app: TestApp) {
    let (one, _) = Called::begin(&app, json!({ "reminder_days": [7, 1] })).await;
    let absent = one.invite(json!({ "name": "Zoé Duc", "email": "zoe@pont.example" })).await;
    one.answer(&absent, "absent").await;
    assert_eq!(live(&app, "2026-03-11").await, ["2026-03-10 dominique", "2026-03-10 responsable"], "seven days before");
    one.put(json!({ "starts_at": "2026-03-24T13:00:00Z", "ends_at": "2026-03-24T15:00:00Z" })).await;
    gathered(&app).await;
    let late = one.invite(json!({ "name": "Noé Bay", "email": "noe@pont.example" })).await;
    one.letters().await;
    assert_eq!(live(&app, "2026-03-16").await, [""; 0]);
    one.answer(&late, "present").await;
    assert_eq!(
        live(&app, "2026-03-25").await,
        ["2026-03-17 dominique", "2026-03-17 noe", "2026-03-17 responsable", "2026-03-23 dominique", "2026-03-23 noe", "2026-03-23 responsable",],
        "again, before the new date"
    );
    let (soon, _) = Called::begin(
        &app,
        json!({ "title": "Point", "starts_at": "2026-03-31T12:00:00Z", "ends_at": "2026-03-31T13:00:00Z", "reminder_days": [7, 2] }),
    )
    .await;
    assert_eq!(live(&app, "2026-03-26").await, [""; 0], "whoever was invited that week has just read it");
    soon.verb("cancel", json!({ "reason": "Grève." })).await.expect(200);
    soon.letters().await;
    assert_eq!(live(&app, "2026-04-02").await, [""; 0]);
}

async fn after_an_outage_the_nearest_reminder_alone(app: TestApp) {
    let (one, _) = Called::begin(&app, json!({ "reminder_days": [7, 3, 1] })).await;
    assert_eq!(live(&app, "2026-03-09").await, [""; 0]);
    // Nobody runs the program until two days before.
    app.pass(6 * 24 * 3600);
    let told = day(&app).await;
    assert_eq!(summary(&told), ["dominique -", "responsable -"], "three days before stands for seven");
    assert!(body(&told[0].subject).contains("dans 2 jours") && told[0].text.contains("Ne plus recevoir ces messages"), "{}", told[0].text);
    assert_eq!(live(&app, "2026-03-17").await, ["2026-03-16 dominique", "2026-03-16 responsable"]);
    drop(one);
}

async fn times_are_right_around_both_clock_changes(engine: Engine) {
    for (zone, starts, ends, wall, words) in [
        ("Europe/Paris", "2026-03-28T13:00:00Z", "2026-03-28T15:00:00Z", "20260328T140000", "samedi 28 mars 2026, de 14 h à 16 h"),
        ("Europe/Paris", "2026-03-29T12:00:00Z", "2026-03-29T14:00:00Z", "20260329T140000", "dimanche 29 mars 2026, de 14 h à 16 h"),
        (
            "Europe/Paris",
            "2026-10-24T12:00:00Z",
            "2026-10-25T13:00:00Z",
            "20261024T140000",
            "du samedi 24 octobre 2026 à 14 h au dimanche 25 octobre 2026 à 14 h",
        ),
        ("Indian/Reunion", "2026-03-29T05:00:00Z", "2026-03-29T07:30:00Z", "20260329T090000", "dimanche 29 mars 2026, de 9 h à 11 h 30"),
        ("Indian/Reunion", "2026-10-25T20:30:00Z", "2026-10-25T21:30:00Z", "20261026T003000", "lundi 26 octobre 2026, de 0 h 30 à 1 h 30"),
    ] {
        let app = TestApp::on(engine).set("TIME_ZONE", zone).start().await;
        let (one, told) = Called::begin(&app, json!({ "starts_at": starts, "ends_at": ends })).await;
        assert!(body(&told[0].text).contains(words), "{}", told[0].text);
        assert_eq!(told[0].calendar().value("DTSTART"), Some(wall), "{}", told[0].calendar().ics);
        told[0].keep("clocks", starts, ends);
        drop(one);
    }
}

async fn a_convocation_leaves_for_a_real_server(engine: Engine) {
    let server = Smtp::start(Options::default());
    let app = TestApp::on(engine).smtp(&server).start().await;
    let (one, told) = Called::begin(&app, json!({})).await;
    assert!(told.is_empty(), "they left by the server");
    let received = server.received();
    let mut to: Vec<String> = received.iter().flat_map(|mail| mail.to.clone()).collect();
    to.sort();
    assert_eq!(to, ["dominique@pont.example", "responsable@vienne.example"]);
    let letter = Letter::of("dominique@pont.example", &received.iter().find(|mail| mail.to[0].starts_with("dominique")).unwrap().bytes);
    letter.keep("delivered", "2026-03-17T13:00:00Z", "2026-03-17T15:00:00Z");
    // Whoever administers does not read the link by which somebody else would answer.
    let admin = app.sign_in(Who::Administrator);
    let list = admin.get("/admin/courrier").await.expect(200);
    let mail = list.text.split("/admin/courrier/").find(|rest| rest.starts_with("01")).and_then(|rest| rest.split('"').next()).unwrap().to_owned();
    admin.get(&format!("/admin/courrier/{mail}")).await.expect(200).has("invitation.ics").lacks(letter.link().rsplit('/').next().unwrap());
    drop(one);
}

async fn what_was_answered_is_forgotten_after_a_year(app: TestApp) {
    let (one, told) = Called::begin(&app, json!({})).await;
    let (link, visitor) = (told[0].link(), app.visitor());
    visitor.post(&link, &[("answer", "present"), ("note", "Je serai en retard.")]).await.expect(303);
    app.pass(379 * 24 * 3600);
    schedule::step(&app.app).await.unwrap();
    visitor.get(&link).await.expect(200);
    assert_eq!(one.person("dominique@pont.example").await["note"], "Je serai en retard.");
    app.pass(2 * 24 * 3600);
    let said = schedule::step(&app.app).await.unwrap();
    assert!(said.iter().any(|line| line.contains("2 invitations")), "{said:?}");
    visitor.get(&link).await.expect(404);
    let person = one.person("dominique@pont.example").await;
    assert_eq!((&person["note"], &person["state"]), (&json!(""), &json!("accepted")), "that they came is the meeting's own");
    app.pass(24 * 3600);
    assert!(schedule::step(&app.app).await.unwrap().iter().any(|line| line.contains(" 0 invitations")));
    visitor.get("/donnees-personnelles").await.expect(200).has("12 mois après la rencontre");
    app.work().await;
}
