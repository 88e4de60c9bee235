//! Who is invited, who knows of it, and who answers for whom.

use reqwest::Method;
use serde_json::{Value, json};

use super::{Followed, fields};
use crate::support::{TestApp, Who, both, world};

both!(
    each_reader_knows_of_those_invited_what_is_theirs_to_know,
    an_account_or_a_partner_is_invited_by_its_number,
    one_answers_for_oneself_or_for_one_s_organisation,
    whoever_is_removed_no_longer_answers,
    people_of_a_body_are_told_to_those_who_may_know,
    a_request_sent_twice_invites_once,
);

async fn each_reader_knows_of_those_invited_what_is_theirs_to_know(app: TestApp) {
    app.leaves_work();
    let one = Followed::called(&app, json!({ "visibility": "public" })).await;
    let path = format!("{}/invitations", one.path);
    let known = async |who: Who| {
        let answer = app.api(who).get(&path).await;
        if answer.status != 200 {
            return json!(answer.status);
        }
        let item = answer.json()["items"][0].clone();
        let keys = ["name", "state", "email", "note"];
        Value::from(keys.iter().filter(|key| item.get(**key).is_some()).copied().collect::<Vec<_>>())
    };
    assert_eq!(known(Who::Visitor).await, 401);
    assert_eq!(known(Who::Partner).await, 403);
    assert_eq!(known(Who::WorkerElsewhere).await, json!(["name", "state"]));
    for who in [Who::Worker, Who::Manager, Who::Administrator] {
        assert_eq!(known(who).await, json!(["name", "state", "email", "note"]));
    }
    one.invite(json!({ "partner": app.world.organisation, "email": "contact@pont.example" })).await;
    assert_eq!(known(Who::Partner).await, json!(["name"]), "whoever is invited knows who else is");
    let own = app.api(Who::Partner).get(&path).await.expect(200).json()["items"][1].clone();
    assert_eq!(fields(&own, &["name", "state", "email"]), json!(["Association Le Pont", "invited", "contact@pont.example"]));
}

async fn an_account_or_a_partner_is_invited_by_its_number(app: TestApp) {
    app.leaves_work();
    let one = Followed::begin(&app, json!({})).await;
    let path = format!("{}/invitations", one.path);
    let invite = async |body: Value| one.api.post(&path, &body).await;
    let manager = &app.world.accounts[&Who::Manager];
    let agent = invite(json!({ "account_id": manager })).await.expect(201).json();
    assert_eq!(fields(&agent, &["name", "email", "quality", "state"]), json!(["Camille responsable", Who::Manager.email(), "agent", "to_invite"]));
    invite(json!({ "partner_id": app.world.organisation })).await.expect(422).has("email");
    let partner = invite(json!({ "partner": app.world.organisation, "email": "contact@pont.example" })).await.expect(201).json();
    assert_eq!(fields(&partner, &["name", "quality", "partner_id"]), json!(["Association Le Pont", "partner", app.world.organisation]));
    let again = invite(json!({ "name": "Le Pont", "email": "Contact@Pont.example" })).await.expect(201).json();
    assert_eq!(again["id"], partner["id"], "one address is invited once");
    let several =
        json!({ "invitations": [{ "name": "A", "email": "a@x.example" }, { "name": "B", "email": "b@x.example" }, { "account": manager }] });
    let several = invite(several).await.expect(201).json();
    assert_eq!(several["added"], 2);
    let refused =
        invite(json!({ "invitations": [{ "name": "C", "email": "c@x.example" }, { "name": "D", "email": "d@" }] })).await.expect(422).json();
    assert!(refused["fields"].get("invitations.1.email").is_some(), "{refused}");
    assert_eq!(one.people().await.len(), 4, "all or none");
    for (field, bad) in [
        ("name", json!({ "email": "e@x.example" })),
        ("email", json!({ "name": "E" })),
        ("account", json!({ "account": "personne@x.example" })),
        ("partner", json!({ "partner": "01JZZZZZZZZZZZZZZZZZZZZZZZ" })),
        ("adresse", json!({ "adresse": "e@x.example" })),
        ("quality", json!({ "name": "E", "email": "e@x.example", "quality": "roi" })),
        ("invitations", json!({ "invitations": "E" })),
    ] {
        let refused = invite(bad).await.expect(422).json();
        assert!(refused["fields"].get(field).is_some(), "{field}: {refused}");
    }
}

async fn one_answers_for_oneself_or_for_one_s_organisation(app: TestApp) {
    app.leaves_work();
    let one = Followed::called(&app, json!({ "visibility": "internal" })).await;
    let agent = one.invite(json!({ "account": Who::WorkerElsewhere.email() })).await;
    let partner = one.invite(json!({ "partner": app.world.organisation, "email": "contact@pont.example" })).await;
    let path = |person: &str| format!("{}/invitations/{person}/answer", one.path);
    let elsewhere = app.api(Who::WorkerElsewhere);
    let answered = elsewhere.post(&path(&agent), &json!({ "answer": "perhaps", "note": "Selon les transports." })).await.expect(200).json();
    assert_eq!(fields(&answered, &["state", "note"]), json!(["tentative", "Selon les transports."]));
    elsewhere.post(&path(&partner), &json!({ "answer": "present" })).await.expect(403);
    let theirs = app.api(Who::Partner).post(&path(&partner), &json!({ "answer": "represented", "represented_by": "Mme Blanc" })).await.expect(200);
    assert_eq!(fields(&theirs.json(), &["state", "represented_by"]), json!(["accepted", "Mme Blanc"]));
    app.api(Who::Partner).post(&path(&agent), &json!({ "answer": "present" })).await.expect(403);
    one.api.post(&path(&agent), &json!({ "answer": "absent" })).await.expect(200);
    let other = Followed::called(&app, json!({})).await;
    other.answer(&agent, json!({ "answer": "present" })).await.expect(404);
    for (field, bad) in [
        ("answer", json!({})),
        ("answer", json!({ "answer": "oui" })),
        ("represented_by", json!({ "answer": "represented" })),
        ("represented_by", json!({ "answer": "represented", "represented_by": "x".repeat(501) })),
        ("note", json!({ "answer": "present", "note": 3.5, "represented_by": ["x"] })),
        ("presence", json!({ "answer": "present", "presence": "present" })),
    ] {
        let refused = one.answer(&agent, bad.clone()).await.expect(422).json();
        let named = refused["fields"].as_object().unwrap().keys().next().unwrap();
        assert!(refused["fields"].get(field).is_some() || field == "note", "{bad}: {named}");
    }
}

async fn whoever_is_removed_no_longer_answers(app: TestApp) {
    app.leaves_work();
    let one = Followed::called(&app, json!({ "visibility": "internal" })).await;
    let person = one.people().await[0]["id"].as_str().unwrap().to_owned();
    let partner = one.invite(json!({ "partner": app.world.organisation, "email": "contact@pont.example" })).await;
    let path = format!("{}/invitations", one.path);
    app.api(Who::Partner).get(&one.path).await.expect(200);
    app.api(Who::WorkerElsewhere).delete(&format!("{path}/{person}")).await.expect(403);
    for id in [&person, &partner] {
        one.api.delete(&format!("{path}/{id}")).await.expect(200);
        one.api.call(Method::DELETE, &format!("{path}/{id}"), Some(&json!({}))).await.expect(200);
    }
    assert_eq!(one.people().await.len(), 0);
    one.answer(&person, json!({ "answer": "present" })).await.expect(409).has("plus sur la liste");
    app.api(Who::Partner).get(&one.path).await.expect(404);
    let presence = json!({ "presences": [{ "id": person, "presence": "present" }] });
    one.api.put(&format!("{}/presence", one.path), &presence).await.expect(409);
    app.app.clock.set(traitdunion::kernel::Moment::parse_rfc3339("2026-03-17T13:30:00Z").unwrap());
    one.api.put(&format!("{}/presence", one.path), &presence).await.expect(404);
}

async fn people_of_a_body_are_told_to_those_who_may_know(app: TestApp) {
    app.leaves_work();
    let members = json!([{ "name": "Ariane Petit", "email": "ariane@loudun.example", "function": "adjointe" }]);
    let given = json!({ "name": "Comité", "territory": world::HERE, "members": members });
    let made = app.api(Who::Worker).post("/api/v1/bodies", &given).await.expect(201).json();
    let path = format!("/api/v1/bodies/{}", made["id"].as_str().unwrap());
    let told = async |who: Who| app.api(who).get(&path).await.expect(200).json()["members"].clone();
    assert_eq!(told(Who::Visitor).await, json!([]));
    for (who, email) in [(Who::Partner, ""), (Who::WorkerElsewhere, ""), (Who::Worker, "ariane@loudun.example")] {
        assert_eq!(fields(&told(who).await[0], &["name", "function", "email"]), json!(["Ariane Petit", "adjointe", email]));
    }
    let api = app.api(Who::Worker);
    for (field, bad) in [
        ("name", json!({ "name": "" })),
        ("territory", json!({ "territory": "MDS-SUD" })),
        ("territory", json!({ "territory": "nulle-part" })),
        ("kind", json!({ "kind": "club" })),
        ("members", json!({ "members": [{ "name": "A", "email": "a@x.example" }, { "name": "B", "email": "A@x.example" }] })),
        ("members", json!({ "members": [{ "name": "A", "role": "chair" }, { "name": "B", "role": "chair" }] })),
        ("silence_days", json!({ "silence_days": 0 })),
        ("couleur", json!({ "couleur": "bleu" })),
    ] {
        let mut body = super::object(bad);
        body.insert("version".into(), json!(1));
        let refused = api.put(&path, &Value::Object(body)).await.expect(422).json();
        assert!(refused["fields"].get(field).is_some(), "{field}: {refused}");
    }
    api.put(&path, &json!({ "version": 7, "name": "Autre" })).await.expect(409);
}

async fn a_request_sent_twice_invites_once(app: TestApp) {
    app.leaves_work();
    let one = Followed::begin(&app, json!({})).await;
    let token = app.token(Who::Worker).unwrap();
    let send = async || {
        let request = reqwest::Client::new().post(format!("{}{}/invitations", app.url, one.path)).bearer_auth(&token);
        let request = request.header("Idempotency-Key", "une-fois").json(&json!({ "name": "Ariane Petit", "email": "ariane@pont.example" }));
        request.send().await.unwrap()
    };
    let (first, second) = (send().await, send().await);
    assert_eq!((first.status().as_u16(), second.status().as_u16()), (201, 201));
    assert_eq!(second.headers()["Idempotency-Replayed"], "true");
    assert_eq!(one.people().await.len(), 1);
}
