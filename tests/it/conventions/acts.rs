//! What acts make of a signed convention, read before and after.

use serde_json::{Value, json};

use super::{Followed, fields};
use crate::support::{TestApp, Who, both};

both!(
    an_avenant_prolongs_and_is_read_before_and_after,
    an_avenant_is_a_draft_first,
    what_was_agreed_changes_by_an_avenant,
    what_is_read_may_be_sent_back,
    a_denunciation_takes_effect_at_a_term,
    a_rescission_keeps_its_ground,
    an_express_renewal_moves_the_term,
    a_successor_replaces,
    an_existing_convention_is_entered_as_signed,
    what_an_old_one_lacks_is_completed_without_a_reason,
    an_action_that_goes_leaves_its_convention,
    others_are_named_by_their_external_identifier,
);

async fn an_avenant_prolongs_and_is_read_before_and_after(app: TestApp) {
    app.leaves_work();
    let one = Followed::signed(&app, "2025-01-15", json!({ "starts_on": "2025-02-01", "ends_on": "2026-01-31", "notice_months": 2 })).await;
    assert_eq!(fields(&one.now().await, &["in_force", "situation", "current_term"]), json!([false, "expired", "2026-01-31"]));
    let body = json!({ "kind": "avenant", "object": "Prolongation", "changes": { "ends_on": "2027-01-31" }, "signed_on": "2025-11-03", "effective_on": "2025-12-01" });
    let done = one.act(body).await.expect(201).json();
    assert_eq!(done["changes"], json!([{ "field": "ends_on", "before": "2026-01-31", "after": "2027-01-31" }]));
    assert_eq!(
        fields(&done["convention"], &["in_force", "current_term", "ends_on", "notice_by"]),
        json!([true, "2027-01-31", "2027-01-31", "2026-11-30"])
    );
    let before = one.on("2025-11-30").await;
    assert_eq!(fields(&before, &["on", "in_force", "situation", "term", "acts_applied"]), json!(["2025-11-30", true, "in_force", "2026-01-31", []]));
    let after = one.on("2025-12-01").await;
    assert_eq!(fields(&after, &["term", "notice_by", "situation"]), json!(["2027-01-31", "2026-11-30", "in_force"]));
    assert_eq!(after["fields"]["ends_on"], "2027-01-31");
    assert_eq!(after["acts_applied"][0]["id"], done["id"]);
    assert_eq!(one.on("2025-01-31").await["situation"], "upcoming");
    one.api.get(&format!("{}/terms?on=hier", one.path)).await.expect(400).has("hier");
}

async fn an_avenant_is_a_draft_first(app: TestApp) {
    app.leaves_work();
    let one = Followed::signed(&app, "2026-02-01", json!({ "amount_eur_per_year": 1000 })).await;
    let draft = one
        .act(json!({ "kind": "avenant", "object": "Plus de moyens", "changes": { "amount_eur_per_year": "1 500,50 €" } }))
        .await
        .expect(201)
        .json();
    assert_eq!(fields(&draft, &["stage", "signed_on"]), json!(["draft", null]));
    assert_eq!(one.now().await["amount_eur_per_year"], 1000.0);
    let act = format!("{}/acts/{}", one.path, draft["id"].as_str().unwrap());
    // Another one is signed meanwhile: the draft says what it changes when it is signed in its turn.
    one.act(json!({ "kind": "avenant", "changes": [{ "field": "amount_eur_per_year", "before": 1000, "after": 1200 }], "signed_on": "2026-02-10" }))
        .await
        .expect(201);
    let version = one.now().await["version"].clone();
    let signed = one.api.put(&act, &json!({ "version": version, "signed_on": "2026-03-01" })).await.expect(200).json();
    assert_eq!(signed["changes"], json!([{ "field": "amount_eur_per_year", "before": 1200.0, "after": 1500.5 }]));
    assert_eq!(signed["convention"]["amount_eur_per_year"], 1500.5);
    let version = &signed["convention"]["version"];
    one.api.put(&act, &json!({ "version": version, "object": "Autre" })).await.expect(409).has("ne change plus");
    let other = one.act(json!({ "kind": "avenant", "object": "Finalement non" })).await.expect(201).json();
    let act = format!("{}/acts/{}/abandon", one.path, other["id"].as_str().unwrap());
    one.api.post(&act, &json!({ "version": version })).await.expect(409);
    let version = &other["convention"]["version"];
    assert_eq!(one.api.post(&act, &json!({ "version": version })).await.expect(200).json()["stage"], "abandoned");
}

async fn what_was_agreed_changes_by_an_avenant(app: TestApp) {
    app.leaves_work();
    let one = Followed::signed(&app, "2026-02-01", json!({})).await;
    one.put(json!({ "visibility": "partners", "themes": [] })).await.expect(200);
    one.put(json!({ "ends_on": "2027-06-30" })).await.expect(422).has("avenant");
    let corrected = one.put(json!({ "ends_on": "2027-06-30", "reason": "Faute de frappe" })).await.expect(200).json();
    assert_eq!(corrected["current_term"], "2027-06-30");
    one.act(json!({ "kind": "avenant", "changes": { "ends_on": "2028-06-30" }, "signed_on": "2026-03-01" })).await.expect(201);
    one.put(json!({ "ends_on": "2029-06-30", "reason": "Encore" })).await.expect(422).has("nouvel avenant");
    one.put(json!({ "number": "86-12" })).await.expect(200);
    assert_eq!(fields(&one.now().await, &["number", "current_term"]), json!(["86-12", "2028-06-30"]));
}

async fn what_is_read_may_be_sent_back(app: TestApp) {
    app.leaves_work();
    let one = Followed::signed(&app, "2026-02-01", json!({ "external_id": "C1", "legal_basis": "L. 121-1 du CASF" })).await;
    one.act(json!({ "kind": "avenant", "changes": { "ends_on": "2028-06-30" }, "signed_on": "2026-03-01" })).await.expect(201);
    for followed in [one, Followed::begin(&app, json!({})).await] {
        let read = followed.now().await;
        let back = followed.put(read.clone()).await.expect(200).json();
        assert_eq!(back, read, "nothing new was said");
    }
}

async fn a_denunciation_takes_effect_at_a_term(app: TestApp) {
    app.leaves_work();
    let tacit = |max: Option<i32>| json!({ "starts_on": "2024-04-01", "ends_on": "2025-03-31", "notice_months": 3, "renewal": { "kind": "tacit", "period_months": 12, "max": max } });
    let one = Followed::signed(&app, "2024-03-01", tacit(Some(5))).await;
    assert_eq!(
        fields(&one.now().await, &["situation", "current_term", "notice_by", "has_next_term"]),
        json!(["in_force", "2026-03-31", "2025-12-31", true])
    );
    let in_time = one.act(json!({ "kind": "Dénonciation", "partner": app.world.organisation, "notified_on": "2025-12-31" })).await.expect(201).json();
    assert_eq!(fields(&in_time, &["effective_on", "is_late", "remark"]), json!(["2026-03-31", false, null]));
    assert_eq!(fields(&in_time["convention"], &["situation", "in_force", "has_next_term"]), json!(["termination_pending", true, false]));
    assert_eq!(one.on("2026-04-01").await["situation"], "terminated");
    assert_eq!(one.on("2025-12-30").await["situation"], "in_force");
    one.act(json!({ "kind": "denonciation", "notified_on": "2026-01-05" })).await.expect(422).has("déjà dénoncée");
    let late = Followed::signed(&app, "2024-03-01", tacit(None)).await;
    let said = late.act(json!({ "kind": "denonciation", "notified_on": "2026-01-01" })).await.expect(201).json();
    assert_eq!(fields(&said, &["effective_on", "is_late"]), json!(["2027-03-31", true]));
    assert!(said["remark"].as_str().unwrap().contains("terme suivant, le 31/03/2027"));
    let last = Followed::signed(&app, "2024-03-01", tacit(Some(1))).await;
    let refused = last.act(json!({ "kind": "denonciation", "notified_on": "2026-01-01" })).await.expect(422).json();
    assert!(refused["fields"]["notified_on"].as_str().unwrap().contains("s’éteint d’elle-même le 31/03/2026"));
    let endless = Followed::signed(&app, "1995-06-01", json!({ "ends_on": null, "review_on": "2027-01-01", "notice_months": 6 })).await;
    let said = endless.act(json!({ "kind": "denonciation", "notified_on": "2026-02-28" })).await.expect(201).json();
    assert_eq!(said["effective_on"], "2026-08-28");
}

async fn a_rescission_keeps_its_ground(app: TestApp) {
    app.leaves_work();
    let one = Followed::signed(&app, "2025-03-01", json!({})).await;
    let body =
        json!({ "kind": "resiliation", "ground": "Le partenaire a cessé son activité.", "notified_on": "2026-03-02", "effective_on": "2026-04-01" });
    let done = one.act(body.clone()).await.expect(201).json();
    assert_eq!(fields(&done["convention"], &["situation", "current_term"]), json!(["termination_pending", "2026-03-31"]));
    assert_eq!((one.on("2026-03-31").await["in_force"].clone(), one.on("2026-04-01").await["situation"].clone()), (json!(true), json!("rescinded")));
    one.act(body).await.expect(422).has("déjà résiliée");
}

async fn an_express_renewal_moves_the_term(app: TestApp) {
    app.leaves_work();
    let express = json!({ "starts_on": "2025-07-01", "ends_on": "2026-06-30", "renewal": { "kind": "express", "period_months": 12, "max": 1 }, "notice_months": null });
    let one = Followed::signed(&app, "2025-06-15", express).await;
    assert_eq!(one.now().await["situation"], "to_renew");
    let done = one.act(json!({ "kind": "reconduction", "decided_on": "2026-03-01" })).await.expect(201).json();
    assert_eq!(fields(&done, &["former_term", "ends_on"]), json!(["2026-06-30", "2027-06-30"]));
    assert_eq!(fields(&done["convention"], &["situation", "current_term", "ends_on"]), json!(["in_force", "2027-06-30", "2027-06-30"]));
    one.act(json!({ "kind": "reconduction", "decided_on": "2026-03-02" })).await.expect(422).has("déjà été reconduite 1 fois");
    let other = Followed::signed(&app, "2025-06-15", json!({})).await;
    other.act(json!({ "kind": "reconduction", "decided_on": "2026-03-02" })).await.expect(422).has("ne prévoit pas");
}

async fn a_successor_replaces(app: TestApp) {
    app.leaves_work();
    let old = Followed::signed(&app, "2025-06-15", json!({ "external_id": "OLD", "ends_on": "2026-06-30" })).await;
    assert_eq!(old.now().await["situation"], "to_renew");
    let next = Followed::signed(&app, "2026-02-15", json!({ "replaces": "OLD", "starts_on": "2026-04-01", "ends_on": "2029-03-31" })).await;
    assert_eq!(next.now().await["replaces"], old.id());
    assert_eq!(old.now().await["situation"], "in_force", "what follows is signed");
    assert_eq!(old.on("2026-04-01").await["situation"], "replaced");
    let refused = old.put(json!({ "replaces": next.id() })).await.expect(422).json();
    assert!(refused["fields"]["replaces"].is_string());
}

async fn an_existing_convention_is_entered_as_signed(app: TestApp) {
    app.leaves_work();
    let legacy = json!({ "object": "Convention avec l’État", "stage": "signed", "level": "departement" });
    app.api(Who::Manager).post("/api/v1/conventions", &legacy).await.expect(422).has("responsables du Département");
    let api = app.api(Who::Administrator);
    let made = api.post("/api/v1/conventions", &legacy).await.expect(201).json();
    assert_eq!(fields(&made, &["stage", "in_force", "situation", "begins_on", "is_existing"]), json!(["signed", true, "in_force", null, true]));
    assert_eq!(made["missing"].as_object().unwrap().keys().collect::<Vec<_>>(), ["ends_on", "parties", "signed_file"], "marked « à compléter »");
    let body = json!({ "object": "De 1995", "stage": "signed", "number": "95-3", "signed_file": null, "review_on": "2026-06-01",
        "parties": [{ "partner": null, "signed_on": "1995-05-02" }, { "partner": app.world.organisation, "signed_on": "1995-05-10" }] });
    let made = api.post("/api/v1/conventions", &body).await.expect(201).json();
    assert_eq!(
        fields(&made, &["number", "begins_on", "signed_on", "situation", "missing"]),
        json!(["95-3", "1995-05-10", "1995-05-10", "to_renew", { "signed_file": "Joignez le fichier signé." }])
    );
    api.post("/api/v1/conventions", &body).await.expect(422).has("95-3");
}

async fn what_an_old_one_lacks_is_completed_without_a_reason(app: TestApp) {
    app.leaves_work();
    let bare = json!({ "stage": "signed", "level": "mds", "ends_on": null, "notice_months": null, "parties": [] });
    let one = Followed::begin(&app, bare).await;
    assert_eq!(one.now().await["missing"].as_object().unwrap().keys().collect::<Vec<_>>(), ["ends_on", "parties", "signed_file"]);
    let parties = json!([{ "partner": null, "signed_on": "2024-01-10" }, { "partner": app.world.organisation, "signed_on": "2024-01-12" }]);
    let done = one.put(json!({ "ends_on": "2026-12-31", "parties": parties })).await.expect(200).json();
    assert_eq!(fields(&done, &["begins_on", "current_term", "signed_on"]), json!(["2024-01-12", "2026-12-31", "2024-01-12"]));
    let acts = one.api.get(&format!("{}/acts", one.path)).await.expect(200).json();
    assert_eq!(acts["total"], 2, "a signature is an act");
    one.put(json!({ "ends_on": "2027-12-31" })).await.expect(422).has("avenant");
    let awaited = Followed::signed(&app, "2026-02-01", json!({ "effect": "notification" })).await;
    assert_eq!(fields(&awaited.now().await, &["situation", "in_force"]), json!(["upcoming", false]));
    let notified = awaited.put(json!({ "starts_on": "2026-03-01" })).await.expect(200).json();
    assert_eq!(fields(&notified, &["begins_on", "effect", "in_force"]), json!(["2026-03-01", "notification", true]));
}

async fn an_action_that_goes_leaves_its_convention(app: TestApp) {
    app.leaves_work();
    let worker = app.api(Who::Worker);
    let action = worker.post("/api/v1/actions", &json!({ "title": "Accueil de jour" })).await.expect(201).json();
    let one = Followed::begin(&app, json!({ "actions": [action["id"]] })).await;
    app.write(|conn| {
        use diesel::prelude::*;
        use traitdunion::db::schema::actions;
        let id = traitdunion::kernel::ids::ActionId::parse(action["id"].as_str().unwrap()).unwrap();
        diesel::delete(actions::table.find(&id)).execute(conn)?;
        traitdunion::versions::forget(conn, &traitdunion::events::Record::action(&id))
    });
    let written = one.put(json!({ "object": "Sans elle" })).await.expect(200).json();
    assert_eq!(written["actions"], json!([]));
}

async fn others_are_named_by_their_external_identifier(app: TestApp) {
    app.leaves_work();
    let worker = app.api(Who::Worker);
    let action = worker.post("/api/v1/actions", &json!({ "title": "Accueil de jour", "external_id": "A-1" })).await.expect(201).json();
    let one = Followed::begin(&app, json!({ "actions": ["A-1"], "external_id": "C-1", "responsible": Who::Administrator.email() })).await;
    let read = one.now().await;
    assert_eq!(fields(&read, &["actions", "responsible"]), json!([[action["id"]], Who::Administrator.email()]));
    one.verb("submit", json!({})).await.expect(200);
    // Who may not read the draft action does not learn of it.
    let elsewhere = app.api(Who::WorkerElsewhere).get(&one.path).await.expect(200).json();
    assert_eq!(elsewhere["actions"], json!([]));
    let under = app.api(Who::Administrator).get(&format!("/api/v1/conventions?action={}", action["id"].as_str().unwrap())).await.expect(200).json();
    assert_eq!(under["total"], 1);
    let refused = one.put(json!({ "actions": ["A-2"], "replaces": "C-9", "responsible": Who::Partner.email() })).await.expect(422).json();
    assert_eq!(refused["fields"].as_object().unwrap().keys().collect::<Vec<_>>(), ["actions", "replaces", "responsible"]);
    assert_eq!(one.now().await["actions"].as_array().map(Vec::len), Some(1));
    let none: Value = one.put(json!({ "actions": [] })).await.expect(200).json();
    assert_eq!(none["actions"], json!([]));
}
