//! Calendars that programs follow: what is in them, for whom, and that nothing is sent twice.

use serde_json::{Value, json};
use traitdunion::kernel::Moment;

use crate::support::ical::{Event, keep};
use crate::support::{Answer, TestApp, Who, both, world};

both!(
    the_public_agenda_holds_what_everybody_may_read,
    a_territory_has_its_own,
    one_meeting_is_added_by_hand,
    a_personal_calendar_is_opened_and_revoked,
    what_has_not_changed_is_not_sent_again,
);

/// A meeting of the worker's, called, with one person invited; its path in the API.
async fn called(app: &TestApp, more: Value) -> String {
    let mut body = world::whole_meeting();
    body.extend(json!({ "visibility": "public", "kind": "territorial_conference" }).as_object().unwrap().clone());
    body.extend(more.as_object().unwrap().clone());
    let api = app.api(Who::Worker);
    let made = api.post("/api/v1/meetings", &Value::Object(body)).await.expect(201).json();
    let path = format!("/api/v1/meetings/{}", made["id"].as_str().unwrap());
    api.post(&format!("{path}/invitations"), &json!({ "name": "Dominique Roy", "email": "dominique@pont.example" })).await.expect(201);
    verb(app, &path, "call", json!({})).await;
    path
}

async fn verb(app: &TestApp, path: &str, verb: &str, mut body: Value) {
    let api = app.api(Who::Worker);
    body["version"] = api.get(path).await.expect(200).json()["version"].clone();
    api.post(&format!("{path}/{verb}"), &body).await.expect(200);
    app.work().await;
}

/// What the calendar says, line by line.
fn lines(answer: &Answer) -> Vec<String> {
    answer.text.replace("\r\n ", "").split("\r\n").map(str::to_owned).collect()
}

fn values(answer: &Answer, name: &str) -> Vec<String> {
    let prefix = format!("{name}:");
    lines(answer).iter().filter_map(|line| line.strip_prefix(&prefix).map(str::to_owned)).collect()
}

/// A calendar as it is answered: others can read it, and it names nobody.
fn published(app: &TestApp, answer: &Answer, name: &str, times: &[(&str, &str)]) {
    assert_eq!(answer.header("content-type"), "text/calendar; charset=utf-8");
    assert!(answer.text.contains("METHOD:PUBLISH\r\n") && !answer.text.contains("ATTENDEE") && !answer.text.contains("dominique"), "{}", answer.text);
    let at = |text: &str| Moment::parse_rfc3339(text).unwrap();
    let events = values(answer, "UID")
        .into_iter()
        .zip(times)
        .map(|(uid, (start, end))| Event { attendees: Some(vec![]), ..Event::at(&uid, at(start), at(end)) });
    let events: Vec<Event> = events.collect();
    assert_eq!(events.len(), times.len(), "{}", answer.text);
    keep(name, &answer.text, &events);
    assert!(values(answer, "URL").iter().all(|url| url.starts_with(&format!("{}/rencontres/", app.app.config.base_url))));
}

async fn the_public_agenda_holds_what_everybody_may_read(app: TestApp) {
    let empty = app.visitor().get("/agenda.ics").await.expect(200);
    published(&app, &empty, "agenda-empty", &[]);
    let conference = called(&app, json!({ "title": "Conférence ; ouverte", "link": "https://visio.example/x" })).await;
    called(&app, json!({ "title": "Entre partenaires", "visibility": "partners" })).await;
    called(&app, json!({ "title": "Entre nous", "visibility": "internal" })).await;
    let off = called(&app, json!({ "title": "Annulée depuis", "starts_at": "2026-03-18T13:00:00Z", "ends_at": "2026-03-18T14:00:00Z" })).await;
    verb(&app, &off, "cancel", json!({ "reason": "Grève." })).await;
    let late = called(&app, json!({ "title": "Remise", "starts_at": "2026-03-19T13:00:00Z", "ends_at": "2026-03-19T14:00:00Z" })).await;
    verb(&app, &late, "postpone", json!({ "reason": "Grève." })).await;
    let api = app.api(Who::Worker);
    api.post("/api/v1/meetings", &json!({ "title": "Brouillon", "visibility": "public", "starts_at": "2026-03-20T13:00:00Z" })).await.expect(201);
    let draft = api
        .post(
            "/api/v1/meetings",
            &json!({ "title": "Jamais convoquée", "visibility": "public", "starts_at": "2026-03-20T13:00:00Z", "ends_at": "2026-03-20T14:00:00Z" }),
        )
        .await;
    let draft = draft.expect(201).json();
    verb(&app, &format!("/api/v1/meetings/{}", draft["id"].as_str().unwrap()), "cancel", json!({ "reason": "Double." })).await;
    for who in [Who::Visitor, Who::Worker, Who::Administrator] {
        let feed = app.sign_in(who).get("/agenda.ics").await.expect(200);
        assert_eq!(values(&feed, "SUMMARY"), ["Conférence \\; ouverte", "Annulée\u{a0}: Annulée depuis", "Reportée\u{a0}: Remise"], "{who:?}");
        assert_eq!(values(&feed, "STATUS"), ["CONFIRMED", "CANCELLED", "CANCELLED"]);
        assert!(!feed.text.contains("visio.example"), "where one joins in is for those who are expected");
    }
    let feed = app.visitor().get("/agenda.ics").await;
    let times = [
        ("2026-03-17T13:00:00Z", "2026-03-17T15:00:00Z"),
        ("2026-03-18T13:00:00Z", "2026-03-18T14:00:00Z"),
        ("2026-03-19T13:00:00Z", "2026-03-19T14:00:00Z"),
    ];
    published(&app, &feed, "agenda", &times);
    let id = conference.rsplit('/').next().unwrap();
    let begin = feed.text.find("BEGIN:VEVENT").unwrap();
    let event = feed.text[begin..].split_inclusive("END:VEVENT\r\n").next().unwrap().replace("\r\n ", "").replace("\r\n", "\n");
    insta::assert_snapshot!(
        "agenda_event",
        event.replace(id, "ID").replace(&id.to_lowercase(), "id").replace(&app.app.config.base_url, "https://registre.example")
    );
    app.pass(120 * 24 * 3600);
    let later = app.visitor().get("/agenda.ics").await.expect(200);
    assert_eq!(values(&later, "SUMMARY"), [""; 0], "three months back, no more");
}

async fn a_territory_has_its_own(app: TestApp) {
    called(&app, json!({ "title": "Ici" })).await;
    called(&app, json!({ "title": "Entre partenaires", "visibility": "partners" })).await;
    let visitor = app.visitor();
    let here = visitor.get(&format!("/territoires/{}/agenda.ics", world::HERE)).await.expect(200);
    assert_eq!(values(&here, "SUMMARY"), ["Ici"]);
    assert_eq!(values(&here, "X-WR-CALNAME"), ["Rencontres\\, MDS de Loudun"]);
    published(&app, &here, "agenda-territory", &[("2026-03-17T13:00:00Z", "2026-03-17T15:00:00Z")]);
    assert_eq!(values(&visitor.get("/territoires/86137/agenda.ics").await.expect(200), "SUMMARY"), ["Ici"], "a commune has what serves it");
    assert_eq!(values(&visitor.get(&format!("/territoires/{}/agenda.ics", world::ELSEWHERE)).await.expect(200), "SUMMARY"), [""; 0]);
    visitor.get("/territoires/NULLE-PART/agenda.ics").await.expect(404);
    visitor.get(&format!("/territoires/{}", world::HERE)).await.expect(200).has("/agenda.ics");
}

async fn one_meeting_is_added_by_hand(app: TestApp) {
    let path = called(&app, json!({ "visibility": "internal", "link": "https://visio.example/x" })).await;
    let ics = format!("{}/rencontre.ics", path.replace("/api/v1/meetings", "/rencontres"));
    app.visitor().get(&ics).await.expect(404);
    app.sign_in(Who::Partner).get(&ics).await.expect(404);
    let agent = app.sign_in(Who::WorkerElsewhere).get(&ics).await.expect(200).lacks("visio.example");
    published(&app, &agent, "one", &[("2026-03-17T13:00:00Z", "2026-03-17T15:00:00Z")]);
    let account = app.world.accounts[&Who::Partner].to_string();
    app.api(Who::Worker).post(&format!("{path}/invitations"), &json!({ "account": account })).await.expect(201);
    app.work().await;
    app.sign_in(Who::Partner).get(&ics).await.expect(200).has("https://visio.example/x");
    app.sign_in(Who::Worker).get("/rencontres/01JZZZZZZZZZZZZZZZZZZZZZZZ/rencontre.ics").await.expect(404);
}

async fn a_personal_calendar_is_opened_and_revoked(app: TestApp) {
    let path = called(&app, json!({ "visibility": "internal", "link": "https://visio.example/x" })).await;
    called(&app, json!({ "title": "Sans moi" })).await;
    let manager = app.world.accounts[&Who::Manager].to_string();
    let api = app.api(Who::Worker);
    let person = api.post(&format!("{path}/invitations"), &json!({ "account": manager })).await.expect(201).json()["id"].as_str().unwrap().to_owned();
    app.work().await;
    let (mine, visitor) = (app.sign_in(Who::Manager), app.visitor());
    mine.get("/compte").await.expect(200).lacks("/lien/agenda/");
    let address = async || {
        let page = mine.get("/compte").await.expect(200);
        let from = page.text.find("/lien/agenda/").expect("an address");
        page.text[from..].split('<').next().unwrap().to_owned()
    };
    mine.submit("/compte", "/compte/agenda", &[]).await.expect(303);
    let first = address().await;
    mine.submit("/compte", "/compte/agenda", &[]).await.expect(303);
    assert_eq!(address().await, first, "open is open");
    let feed = visitor.get(&first).await.expect(200).has("https://visio.example/x");
    assert_eq!(values(&feed, "SUMMARY"), ["Comité local de suivi"], "a program that follows it has no session");
    published(&app, &feed, "agenda-own", &[("2026-03-17T13:00:00Z", "2026-03-17T15:00:00Z")]);
    api.post(&format!("{path}/invitations/{person}/answer"), &json!({ "answer": "absent" })).await.expect(200);
    assert_eq!(values(&visitor.get(&first).await.expect(200), "SUMMARY"), [""; 0], "where one does not go");
    mine.submit("/compte", "/compte/agenda/revoquer", &[]).await.expect(303);
    visitor.get(&first).await.expect(404);
    mine.get("/compte").await.expect(200).lacks("/lien/agenda/");
    mine.submit("/compte", "/compte/agenda", &[]).await.expect(303);
    let second = address().await;
    assert_ne!(first, second);
    for forged in ["/lien/agenda/x.ics".to_owned(), "/lien/agenda/%00.ics".into(), second.replace(".ics", "x.ics"), second.replace(".ics", "")] {
        visitor.get(&forged).await.expect(404);
    }
    let administrator = app.sign_in(Who::Administrator);
    administrator.submit(&format!("/admin/comptes/{manager}"), &format!("/admin/comptes/{manager}/fermer"), &[]).await.expect(303);
    visitor.get(&second).await.expect(404);
}

async fn what_has_not_changed_is_not_sent_again(app: TestApp) {
    let path = called(&app, json!({})).await;
    let browser = app.visitor();
    let first = browser.get("/agenda.ics").await.expect(200);
    let known = async |tag: &str| browser.send(browser.client.get(browser.url("/agenda.ics")).header("If-None-Match", tag)).await;
    let tag = first.header("etag").to_owned();
    app.pass(3600);
    let same = known(&tag).await.expect(304);
    assert!(same.text.is_empty() && same.header("etag") == tag);
    known(&format!("\"x\", W/{tag}")).await.expect(304);
    known("\"x\"").await.expect(200);
    verb(&app, &path, "cancel", json!({ "reason": "Grève." })).await;
    let changed = known(&tag).await.expect(200);
    assert_ne!(changed.header("etag"), tag);
    assert_eq!(values(&changed, "SEQUENCE"), ["1"]);
}
