//! What is refused: with a message beside its field, and nothing changed.

use serde_json::{Value, json};

use super::Followed;
use crate::support::{TestApp, Who, both};

both!(a_bad_convention_is_refused_field_by_field, a_bad_act_is_refused_field_by_field);

#[track_caller]
fn named(answer: &crate::support::Answer, field: &str, body: &Value) {
    let said = answer.json();
    assert!(said["fields"].get(field).is_some_and(Value::is_string), "{field} is not named for {body}: {said}");
}

async fn a_bad_convention_is_refused_field_by_field(app: TestApp) {
    app.leaves_work();
    let one = Followed::begin(&app, json!({ "starts_on": "2026-01-01" })).await;
    let before = one.now().await;
    let partner = &app.world.organisation;
    for (field, body) in [
        ("object", json!({ "object": "" })),
        ("object", json!({ "object": "x".repeat(2001) })),
        ("object", json!({ "object": "Suivie sous le numéro 2 55 08 14 168 025 38." })),
        ("ends_on", json!({ "ends_on": "2025-12-31" })),
        ("ends_on", json!({ "ends_on": "31/02/2027" })),
        ("review_on", json!({ "review_on": "2025-12-31" })),
        ("notice_months", json!({ "notice_months": 13 })),
        ("notice_months", json!({ "notice_months": -1 })),
        ("notice_months", json!({ "renewal": { "kind": "tacit", "period_months": 2 } })),
        ("renewal.period_months", json!({ "renewal": { "kind": "tacit" } })),
        ("renewal.period_months", json!({ "renewal": { "kind": "tacit", "period_months": 0 } })),
        ("renewal.every", json!({ "renewal": { "kind": "tacit", "every": 3 } })),
        ("renewal", json!({ "kind": "charter", "ends_on": null, "notice_months": null, "renewal": { "kind": "express" } })),
        ("ends_on", json!({ "kind": "charter", "notice_months": null })),
        ("kind", json!({ "kind": "marché" })),
        ("level", json!({ "level": "commune" })),
        ("level", json!({ "level": "departement" })),
        ("territories", json!({ "territories": ["MDS-SUD"] })),
        ("territories", json!({ "territories": ["99999"] })),
        ("parties.1.partner", json!({ "parties": [{ "partner": partner }, { "partner": partner }] })),
        ("parties.0.partner", json!({ "parties": [{ "partner": "inconnu" }] })),
        ("parties.0.signed_on", json!({ "parties": [{ "partner": partner, "signed_on": "2026-01-01" }] })),
        (
            "parties.0.authorisation.enforceable_on",
            json!({ "parties": [{ "partner": partner, "authorisation": { "dated": "2026-02-02", "enforceable_on": "2026-02-01" } }] }),
        ),
        ("parties.0.role", json!({ "parties": [{ "partner": partner, "role": "tête de file" }] })),
        ("amount_eur_per_year", json!({ "amount_eur_per_year": -5 })),
        ("direction", json!({ "direction": "both" })),
        ("replaces", json!({ "replaces": one.id() })),
        ("number", json!({ "number": "2026-001" })),
        ("signed_file", json!({ "signed_file": "0".repeat(64) })),
        ("plan_sheets", json!({ "plan_sheets": [{ "plan_id": "x", "number": 3 }] })),
        ("unknown", json!({ "unknown": 1 })),
    ] {
        let answer = one.put(body.clone()).await.expect(422);
        named(&answer, field, &body);
    }
    assert_eq!(one.now().await, before);
    let api = app.api(Who::Manager);
    for (field, body) in [
        ("object", json!({})),
        ("stage", json!({ "object": "A", "stage": "to_sign" })),
        ("number", json!({ "object": "A", "number": "12" })),
        ("stage", json!({ "object": "A", "signed_on": "2026-01-01" })),
        ("signed_on", json!({ "object": "A", "stage": "signed", "signed_on": "2026-03-04" })),
        ("signed_file", json!({ "object": "A", "stage": "signed", "signed_file": "../x" })),
        ("signed_file", json!({ "object": "A", "stage": "signed", "signed_file": "0".repeat(64) })),
    ] {
        let answer = api.post("/api/v1/conventions", &body).await.expect(422);
        named(&answer, field, &body);
    }
    Followed::begin(&app, json!({ "external_id": "E" })).await;
    let answer = api.post("/api/v1/conventions", &json!({ "object": "A", "external_id": "E" })).await.expect(422);
    named(&answer, "external_id", &Value::Null);
    assert_eq!(api.get("/api/v1/conventions").await.expect(200).json()["total"], 2);
}

async fn a_bad_act_is_refused_field_by_field(app: TestApp) {
    app.leaves_work();
    let one = Followed::signed(&app, "2026-02-01", json!({})).await;
    let before = one.now().await;
    for (field, body) in [
        ("kind", json!({})),
        ("kind", json!({ "kind": "fusion" })),
        ("partner", json!({ "kind": "signature", "partner": app.world.organisation, "signed_on": "2026-03-01" })),
        ("partner", json!({ "kind": "signature", "partner": null })),
        ("object", json!({ "kind": "avenant" })),
        ("signed_on", json!({ "kind": "avenant", "object": "A", "stage": "signed" })),
        ("signed_on", json!({ "kind": "avenant", "object": "A", "signed_on": "2026-01-31" })),
        ("signed_on", json!({ "kind": "avenant", "object": "A", "signed_on": "2026-03-04" })),
        ("effective_on", json!({ "kind": "avenant", "object": "A", "signed_on": "2026-03-01", "effective_on": "2026-01-01" })),
        ("effective_on", json!({ "kind": "avenant", "object": "A", "signed_on": "2026-03-01", "effective_on": "2027-01-01" })),
        ("changes.ends_on", json!({ "kind": "avenant", "changes": { "ends_on": "2026-12-31" } })),
        ("changes.ends_on", json!({ "kind": "avenant", "changes": { "ends_on": "jamais" } })),
        ("changes.external_id", json!({ "kind": "avenant", "changes": { "external_id": "X" } })),
        ("changes.notice_months", json!({ "kind": "avenant", "changes": { "renewal": { "kind": "tacit", "period_months": 2 } } })),
        ("changes", json!({ "kind": "avenant", "changes": [{ "field": "ends_on" }] })),
        ("ground", json!({ "kind": "resiliation", "notified_on": "2026-03-01", "effective_on": "2026-03-02" })),
        ("effective_on", json!({ "kind": "resiliation", "ground": "A", "notified_on": "2026-03-01", "effective_on": "2026-02-28" })),
        ("notified_on", json!({ "kind": "resiliation", "ground": "A", "notified_on": "2026-01-31", "effective_on": "2026-02-28" })),
        ("notified_on", json!({ "kind": "denonciation" })),
        ("notified_on", json!({ "kind": "denonciation", "notified_on": "2026-01-31" })),
        ("partner", json!({ "kind": "denonciation", "notified_on": "2026-03-01", "partner": "x" })),
        ("decided_on", json!({ "kind": "reconduction" })),
        ("note", json!({ "kind": "resiliation", "ground": "A", "notified_on": "2026-03-01", "effective_on": "2026-03-02", "note": "?" })),
    ] {
        let answer = one.act(body.clone()).await.expect(422);
        named(&answer, field, &body);
    }
    assert_eq!(one.now().await, before);
    one.act(json!({ "kind": "avenant", "object": "A", "version": 99 })).await.expect(409);
    let abandoned = Followed::begin(&app, json!({})).await;
    abandoned.verb("abandon", json!({})).await.expect(200);
    let body = json!({ "kind": "avenant", "object": "A" });
    named(&abandoned.act(body.clone()).await.expect(422), "kind", &body);
    assert_eq!(abandoned.api.get(&format!("{}/acts", abandoned.path)).await.expect(200).json()["total"], 0);
}
