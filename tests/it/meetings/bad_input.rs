//! What is refused: with a message beside its field, and nothing changed.

use serde_json::{Value, json};

use super::{Followed, fields};
use crate::support::{Engine, TestApp, Who, both};

both!(
    a_bad_meeting_is_refused_field_by_field,
    nobody_answers_after_the_end,
    hours_that_do_not_exist_or_exist_twice,
    hours_overseas,
    two_who_write_at_once,
);

async fn a_bad_meeting_is_refused_field_by_field(app: TestApp) {
    app.leaves_work();
    let one = Followed::begin(&app, json!({ "external_id": "r-1" })).await;
    Followed::begin(&app, json!({ "external_id": "r-2" })).await;
    let before = one.now().await;
    let items = |count: usize| json!((0..count).map(|number| json!({ "title": format!("Point {number}") })).collect::<Vec<_>>());
    for (field, body) in [
        ("title", json!({ "title": "" })),
        ("title", json!({ "title": "x".repeat(251) })),
        ("summary", json!({ "summary": "x".repeat(2001) })),
        ("ends_at", json!({ "ends_at": "2026-03-17T12:00:00Z" })),
        ("ends_at", json!({ "ends_at": "2026-03-17T13:00:00Z" })),
        ("ends_at", json!({ "ends_at": "2026-03-27T13:00:00Z" })),
        ("starts_at", json!({ "starts_at": null })),
        ("starts_at", json!({ "starts_at": "demain" })),
        ("starts_at", json!({ "starts_at": 3 })),
        ("starts_at", json!({ "starts_at": "2026-03-17" })),
        ("link", json!({ "link": "javascript:alert(1)" })),
        ("kind", json!({ "kind": "party" })),
        ("registration", json!({ "registration": "tous" })),
        ("visibility", json!({ "visibility": "secret" })),
        ("capacity", json!({ "capacity": 0 })),
        ("capacity", json!({ "capacity": "beaucoup" })),
        ("territories", json!({ "territories": ["nulle-part"] })),
        ("themes", json!({ "themes": ["x"] })),
        ("plan_sheets", json!({ "plan_sheets": [{ "plan_id": "x", "number": 1 }] })),
        ("body_id", json!({ "body_id": "x" })),
        ("organiser", json!({ "organiser": "personne@x.example" })),
        ("external_id", json!({ "external_id": "r-2" })),
        ("agenda", json!({ "agenda": "Bilan" })),
        ("agenda", json!({ "agenda": [{ "title": "Bilan", "minutes": 121 }] })),
        ("agenda", json!({ "agenda": [{ "title": "Bilan", "aim": "rire" }] })),
        ("agenda", json!({ "agenda": [{ "title": "Bilan", "action": "01JZZZZZZZZZZZZZZZZZZZZZZZ" }] })),
        ("agenda", json!({ "agenda": items(201) })),
        ("couleur", json!({ "couleur": "bleu" })),
    ] {
        let refused = one.put(body.clone()).await.expect(422).json();
        assert!(refused["fields"].get(field).is_some_and(Value::is_string), "{field} is not named for {body}: {refused}");
        assert_eq!(one.now().await, before, "{body}");
    }
    for (field, body) in [
        ("place", json!({ "place": "", "link": "" })),
        ("starts_at", json!({ "starts_at": "2026-03-03T08:00:00Z", "ends_at": "2026-03-03T09:30:00Z" })),
        ("ends_at", json!({ "ends_at": null })),
    ] {
        let other = Followed::begin(&app, body).await;
        let refused = other.verb("call", json!({})).await.expect(422).json();
        assert!(refused["fields"].get(field).is_some(), "{field}: {refused}");
    }
    one.verb("call", json!({})).await.expect(422).has("Invitez au moins une personne");
    one.verb("call", json!({ "raison": "x" })).await.expect(422).has("raison");
    one.verb("postpone", json!({ "reason": "x", "ends_at": "2026-03-18T13:00:00Z" })).await.expect(422).has("starts_at");
    let called = Followed::called(&app, json!({})).await;
    called.put(json!({ "place": "" })).await.expect(422).has("place");
    called.put(json!({ "ends_at": null })).await.expect(422).has("ends_at");
    for (field, more) in [
        ("starts_at", json!({ "starts_at": "2026-03-17T13:00:00Z" })),
        ("starts_at", json!({ "starts_at": "2026-03-02T13:00:00Z", "ends_at": "2026-03-02T15:00:00Z" })),
        ("ends_at", json!({ "starts_at": "2026-03-24T13:00:00Z" })),
        ("reason", json!({ "starts_at": "2026-03-24T13:00:00Z", "ends_at": "2026-03-24T15:00:00Z", "reason": " " })),
    ] {
        let mut body = json!({ "reason": "Neige." });
        body.as_object_mut().unwrap().extend(super::object(more));
        let refused = called.verb("postpone", body).await.expect(422).json();
        assert!(refused["fields"].get(field).is_some(), "{field}: {refused}");
    }
    let held = json!({ "presences": [{ "id": "x", "presence": "present" }, { "id": called.id(), "presence": "là" }], "headcount": -1 });
    called.api.put(&format!("{}/presence", called.path), &held).await.expect(422);
}

async fn nobody_answers_after_the_end(app: TestApp) {
    app.leaves_work();
    let one = Followed::called(&app, json!({ "registration": "members" })).await;
    let person = one.people().await[0]["id"].as_str().unwrap().to_owned();
    let at = |text: &str| app.app.clock.set(traitdunion::kernel::Moment::parse_rfc3339(text).unwrap());
    at("2026-03-17T14:59:59Z");
    one.answer(&person, json!({ "answer": "present" })).await.expect(200);
    at("2026-03-17T15:00:00Z");
    one.answer(&person, json!({ "answer": "absent" })).await.expect(409).has("terminée");
    app.api(Who::Manager).post(&format!("{}/register", one.path), &json!({})).await.expect(409).has("terminée");
    assert_eq!(one.people().await.len(), 1, "who may not register leaves no invitation");
    one.verb("hold", json!({})).await.expect(200);
    one.answer(&person, json!({ "answer": "absent" })).await.expect(409).has("s’est tenue");
}

async fn hours_that_do_not_exist_or_exist_twice(app: TestApp) {
    app.leaves_work();
    let one = Followed::begin(&app, json!({})).await;
    one.put(json!({ "starts_at": "2026-03-29T02:30", "ends_at": "2026-03-29T04:00" })).await.expect(422).has("starts_at").has("n’existe pas");
    let put = async |starts_at: Value, ends_at: Value| {
        let record = one.put(json!({ "starts_at": starts_at, "ends_at": ends_at })).await.expect(200).json();
        fields(&record, &["starts_at", "ends_at"])
    };
    let around = put(json!("2026-03-29T01:30"), json!({ "day": "29/03/2026", "time": "3 h 30" })).await;
    assert_eq!(around, json!(["2026-03-29T00:30:00Z", "2026-03-29T01:30:00Z"]), "one hour apart");
    let first = put(json!("2026-10-25T02:30"), json!("2026-10-25T03:00")).await;
    assert_eq!(first, json!(["2026-10-25T00:30:00Z", "2026-10-25T02:00:00Z"]), "the first of the two");
    let second = put(json!("2026-10-25T02:30:00+01:00"), json!("2026-10-25T03:00:00+01:00")).await;
    assert_eq!(second, json!(["2026-10-25T01:30:00Z", "2026-10-25T02:00:00Z"]), "the second, for who says so");
}

async fn hours_overseas(engine: Engine) {
    let app = TestApp::on(engine).set("TIME_ZONE", "Indian/Reunion").start().await;
    app.leaves_work();
    let one = Followed::begin(&app, json!({ "starts_at": "2026-03-29T02:30", "ends_at": "2026-03-29T04:30" })).await;
    assert_eq!(fields(&one.now().await, &["starts_at", "ends_at"]), json!(["2026-03-28T22:30:00Z", "2026-03-29T00:30:00Z"]));
    one.api.get("/api/v1/meetings?after=2026-03-30").await.expect(200).has("\"total\":0");
    one.api.get("/api/v1/meetings?after=2026-03-29&before=2026-03-29").await.expect(200).has("\"total\":1");
}

async fn two_who_write_at_once(app: TestApp) {
    app.leaves_work();
    let one = Followed::begin(&app, json!({})).await;
    let version = one.now().await["version"].clone();
    one.api.put(&one.path, &json!({ "version": version, "title": "Le mien" })).await.expect(200);
    let refused = one.api.put(&one.path, &json!({ "version": version, "title": "Le leur" })).await.expect(409).json();
    assert_eq!(refused["version"], 2);
    one.api.put(&one.path, &json!({ "title": "Sans version" })).await.expect(422).has("version");
    assert_eq!(one.now().await["title"], "Le mien");
}
