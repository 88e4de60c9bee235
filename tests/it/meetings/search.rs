//! Meetings are found once those invited know of them, by whoever may read them.

use serde_json::{Value, json};

use super::Followed;
use crate::support::{TestApp, Who, both, world};

both!(meetings_are_found_by_what_they_say_when_and_where, an_organisation_that_became_another_keeps_its_seat, a_closed_account_is_no_longer_called);

async fn meetings_are_found_by_what_they_say_when_and_where(app: TestApp) {
    let agenda = json!([{ "title": "Covoiturage solidaire", "speaker": "Camille Roy" }]);
    let one = Followed::called(&app, json!({ "visibility": "partners", "agenda": agenda, "external_id": "r-1" })).await;
    let draft = Followed::begin(&app, json!({ "title": "Covoiturage en secret", "visibility": "public" })).await;
    let open = Followed::called(&app, json!({ "title": "Conférence sur le covoiturage", "visibility": "public", "territories": ["MDS-NORD"] })).await;
    app.work().await;
    let found = async |who: Who, query: &str| {
        let answer = app.api(who).get(&format!("/api/v1/search?type=meeting&{query}")).await.expect(200).json();
        let mut ids: Vec<String> = answer["hits"].as_array().unwrap().iter().map(|hit| hit["id"].as_str().unwrap().to_owned()).collect();
        ids.sort();
        ids
    };
    let sorted = |ids: &[&Followed]| {
        let mut ids: Vec<String> = ids.iter().map(|one| one.id().to_owned()).collect();
        ids.sort();
        ids
    };
    assert_eq!(found(Who::Visitor, "q=covoiturage").await, sorted(&[&open]));
    for who in [Who::Partner, Who::Worker, Who::Administrator] {
        assert_eq!(found(who, "q=covoiturage").await, sorted(&[&one, &open]), "a draft is found by nobody: {}", draft.path);
    }
    let theme = "theme=equipement-et-alimentation--alimentation";
    for (query, ids) in [
        ("q=solidaire", vec![&one]),
        ("territory=MDS-NORD", vec![&one, &open]),
        ("territory=86137", vec![&one, &open]),
        ("territory=MDS-SUD", vec![]),
        (theme, vec![&one, &open]),
        ("after=2026-03-18", vec![]),
        ("after=2026-03-17&before=2026-03-17", vec![&one, &open]),
    ] {
        assert_eq!(found(Who::Worker, query).await, sorted(&ids), "{query}");
    }
    let hit = app.api(Who::Worker).get("/api/v1/search?q=solidaire&type=meeting").await.expect(200).json()["hits"][0].clone();
    let record = one.now().await;
    assert_eq!(super::fields(&hit, &["title", "external_id", "date", "url"]), json!(["Comité local de suivi", "r-1", "2026-03-17", record["url"]]));
    let suggested = app.visitor().get("/api/v1/suggest?q=conf%C3%A9rence%20sur").await.expect(200).json();
    assert_eq!(suggested["items"][0]["type"], "meeting", "{suggested}");
    open.verb("postpone", json!({ "reason": "Neige." })).await.expect(200);
    one.verb("cancel", json!({ "reason": "Neige." })).await.expect(200);
    app.work().await;
    assert_eq!(found(Who::Worker, "q=covoiturage").await, sorted(&[&open]), "what is cancelled is not found");
    assert_eq!(found(Who::Worker, "q=covoiturage&after=2027-01-01").await, sorted(&[&open]), "a postponed meeting has no date");
}

async fn an_organisation_that_became_another_keeps_its_seat(app: TestApp) {
    app.leaves_work();
    let admin = app.api(Who::Administrator);
    let other = admin.post("/api/v1/partners", &json!({ "name": "Le Pont, antenne", "area": [world::HERE] })).await.expect(201).json();
    let members = json!([{ "partner": other["id"] }, { "partner": app.world.organisation }, { "name": "Mme Blanc", "partner": other["id"] }]);
    let body = json!({ "name": "Comité", "territory": world::HERE, "members": members });
    let body = admin.post("/api/v1/bodies", &body).await.expect(201).json();
    let one = Followed::begin(&app, json!({ "body_id": body["id"] })).await;
    let kept = traitdunion::kernel::ids::OrganisationId::parse(app.world.organisation.as_str()).unwrap();
    let gone = traitdunion::kernel::ids::OrganisationId::parse(other["id"].as_str().unwrap()).unwrap();
    let version = app.api(Who::Worker).get(&format!("/api/v1/partners/{kept}")).await.expect(200).json()["version"].as_i64().unwrap();
    app.write(|conn| {
        let actor = app.world.actor(conn, Who::Administrator)?;
        let by = traitdunion::accounts::model::By { actor: &actor, now: app.now(), chance: &app.app.chance };
        traitdunion::merging::merge(conn, by, (&kept, i32::try_from(version).unwrap()), (&gone, 1), world::today())
    });
    let now = admin.get(&format!("/api/v1/bodies/{}", body["id"].as_str().unwrap())).await.expect(200).json();
    let partners: Vec<&Value> = now["members"].as_array().unwrap().iter().map(|member| &member["partner"]).collect();
    assert_eq!(partners, [kept.as_str(), kept.as_str()]);
    assert_eq!(now["version"], 2);
    assert!(one.people().await.iter().all(|person| person["partner_id"] == kept.as_str()));
}

async fn a_closed_account_is_no_longer_called(app: TestApp) {
    app.leaves_work();
    let api = app.api(Who::Worker);
    let body = json!({ "name": "Comité", "territory": world::HERE, "members": [{ "email": Who::WorkerElsewhere.email() }] });
    let body = api.post("/api/v1/bodies", &body).await.expect(201).json();
    app.write(|conn| {
        let actor = app.world.actor(conn, Who::Administrator)?;
        let by = traitdunion::accounts::model::By { actor: &actor, now: app.now(), chance: &app.app.chance };
        let account = app.world.account(conn, Who::WorkerElsewhere)?;
        traitdunion::accounts::service::close(conn, by, &account.id, account.version)
    });
    let one = Followed::begin(&app, json!({ "body_id": body["id"] })).await;
    let person = one.people().await[0].clone();
    assert_eq!(super::fields(&person, &["name", "email", "account_id"]), json!(["Camille agent.ailleurs", "", null]));
    one.api.post(&format!("{}/invitations", one.path), &json!({ "account": Who::WorkerElsewhere.email() })).await.expect(422).has("fermé");
}
