//! The stages of a convention: who leads it from which to which, and what a refusal leaves.

use serde_json::{Value, json};
use traitdunion::conventions::model::{Stage, Verb};
use traitdunion::conventions::service::Convention;
use traitdunion::db::copy::{self, Table};
use traitdunion::kernel::Visibility;

use super::{Followed, fields};
use crate::support::{TestApp, Who, both, world};

both!(
    every_role_every_stage_every_transition,
    a_convention_is_drafted_numbered_and_signed_by_each_party,
    what_is_missing_is_named_before_it_is_read_over,
    an_abandoned_convention_begins_again_with_its_number,
    nobody_finds_what_is_not_theirs_to_read,
    an_early_signature_warns,
);

/// The tables that a refusal must leave as they were.
fn watched(app: &TestApp) -> Vec<Table> {
    let is_watched =
        |table: &Table| table.name.starts_with("convention") || ["versions", "journal", "outbox", "mails"].contains(&table.name.as_str());
    app.read(copy::tables).into_iter().filter(is_watched).collect()
}

fn everything(app: &TestApp, tables: &[Table]) -> Vec<String> {
    app.read(|conn| {
        let mut rows = Vec::new();
        for table in tables {
            copy::dump(conn, table, |row| {
                rows.push(format!("{} {}", table.name, Value::Object(row)));
                Ok(())
            })?;
        }
        Ok(rows)
    })
}

fn request(verb: Verb, convention: &Convention) -> (String, Value) {
    let (id, version) = (&convention.id, convention.version);
    match verb {
        Verb::Record => {
            let body =
                json!({ "kind": "resiliation", "ground": "Un motif", "notified_on": "2026-03-03", "effective_on": "2026-04-01", "version": version });
            (format!("/api/v1/conventions/{id}/acts"), body)
        }
        Verb::Enter => (format!("/api/v1/conventions/{id}/enter"), json!({ "version": version, "signed_on": "2026-03-01" })),
        Verb::Sign => (format!("/api/v1/conventions/{id}/sign"), json!({ "version": version })),
        verb => (format!("/api/v1/conventions/{id}/{verb}"), json!({ "version": version, "comment": "Précisez." })),
    }
}

/// What the table of rules and the rights of a convention of the first territory promise.
fn promised(who: Who, stage: Stage, verb: Verb) -> u16 {
    let is_shown = match who {
        Who::Visitor => return 401,
        Who::Partner => matches!(stage, Stage::ToSign | Stage::Signing | Stage::Signed),
        Who::Manager | Who::Administrator => true,
        _ => stage != Stage::Draft,
    };
    match who {
        _ if !is_shown => 404,
        Who::Manager | Who::Administrator => match verb.leads(stage) {
            None if verb == Verb::Record => 422,
            None => 409,
            Some(_) if verb == Verb::Record => 201,
            Some(_) => 200,
        },
        _ => 403,
    }
}

async fn every_role_every_stage_every_transition(app: TestApp) {
    app.leaves_work();
    let make = |stage| app.write(|conn| world::convention(conn, &app.world, &app.app.chance, stage, Visibility::Internal));
    let apis: Vec<_> = Who::ALL.iter().map(|who| (*who, app.api(*who))).collect();
    let tables = watched(&app);
    for stage in Stage::ALL {
        let convention = make(*stage);
        assert_eq!(convention.life.stage, *stage);
        let before = everything(&app, &tables);
        for (who, api) in &apis {
            for verb in Verb::ALL.iter().filter(|verb| promised(*who, *stage, **verb) >= 400) {
                let (path, body) = request(*verb, &convention);
                let answer = api.post(&path, &body).await;
                assert_eq!(answer.status, promised(*who, *stage, *verb), "{who:?} {stage} {verb}: {}", answer.text);
                assert_eq!(everything(&app, &tables), before, "{who:?} {stage} {verb} left something");
            }
        }
        for (who, api) in &apis {
            for verb in Verb::ALL.iter().filter(|verb| promised(*who, *stage, **verb) < 400) {
                let convention = make(*stage);
                let (path, body) = request(*verb, &convention);
                let answer = api.post(&path, &body).await.expect(promised(*who, *stage, *verb)).json();
                let record = if *verb == Verb::Record { &answer["convention"] } else { &answer };
                assert_eq!(record["stage"], verb.leads(*stage).unwrap().as_str(), "{who:?} {stage} {verb}");
                assert_eq!(record["version"], convention.version + 1);
            }
        }
    }
}

async fn a_convention_is_drafted_numbered_and_signed_by_each_party(app: TestApp) {
    let one = Followed::begin(&app, json!({})).await;
    let draft = one.now().await;
    assert_eq!(fields(&draft, &["stage", "number", "situation", "in_force", "visibility"]), json!(["draft", null, null, false, "internal"]));
    assert_eq!(draft["parties"][0]["partner"], Value::Null, "the Département is the first");
    assert_eq!(draft["parties"].as_array().unwrap().len(), 2);
    assert_eq!(draft["responsible"], Who::Manager.email());
    one.verb("submit", json!({})).await.expect(200);
    let returned = one.verb("return", json!({ "comment": "Précisez le préavis." })).await.expect(200).json();
    assert_eq!(fields(&returned, &["stage", "return_comment"]), json!(["to_correct", "Précisez le préavis."]));
    one.put(json!({ "notice_months": 2 })).await.expect(200);
    one.verb("submit", json!({})).await.expect(200);
    let validated = one.verb("validate", json!({})).await.expect(200).json();
    assert_eq!(fields(&validated, &["stage", "number"]), json!(["to_sign", "2026-001"]));
    let first = one.verb("sign", json!({ "partner": null, "signed_on": "2026-03-01" })).await.expect(200).json();
    assert_eq!(fields(&first, &["stage", "in_force"]), json!(["signing", false]), "the first signature sends it");
    one.put(json!({ "ends_on": "2027-12-31" })).await.expect(422).has("en signature");
    let signed = one.act(json!({ "kind": "signature", "partner": app.world.organisation, "signed_on": "2026-03-02" })).await.expect(201).json();
    let signed = &signed["convention"];
    assert_eq!(
        fields(signed, &["stage", "in_force", "situation", "begins_on", "current_term", "notice_by"]),
        json!(["signed", true, "in_force", "2026-03-02", "2026-12-31", "2026-10-31"])
    );
    assert_eq!(signed["missing"], json!({ "signed_file": "Joignez le fichier signé." }));
    let acts = one.api.get(&format!("{}/acts", one.path)).await.expect(200).json();
    assert_eq!(acts["total"], 2);
    assert_eq!(fields(&acts["items"][1], &["number", "kind", "signed_on", "signatory"]), json!([2, "signature", "2026-03-02", "Dominique Roy"]));
    app.work().await;
    let found = one.api.get("/api/v1/search?q=familles%20sans%20domicile&type=convention").await.expect(200).json();
    assert_eq!((found["total"].clone(), found["hits"][0]["id"].clone()), (json!(1), json!(one.id())));
    assert_eq!(app.visitor().get("/api/v1/search?q=familles&type=convention").await.expect(200).json()["total"], 0);
}

async fn what_is_missing_is_named_before_it_is_read_over(app: TestApp) {
    app.leaves_work();
    let api = app.api(Who::Manager);
    let bare = api.post("/api/v1/conventions", &json!({ "object": "À écrire" })).await.expect(201).json();
    assert_eq!(fields(&bare, &["level", "territories"]), json!(["mds", [world::HERE]]), "a manager of an MDS begins there");
    let path = format!("/api/v1/conventions/{}/submit", bare["id"].as_str().unwrap());
    let refused = api.post(&path, &json!({ "version": 1 })).await.expect(422).json();
    assert_eq!(refused["fields"].as_object().unwrap().keys().collect::<Vec<_>>(), ["ends_on", "parties"]);
    assert_eq!(bare["missing"].as_object().unwrap().len(), 2);
}

async fn an_abandoned_convention_begins_again_with_its_number(app: TestApp) {
    app.leaves_work();
    let one = Followed::begin(&app, json!({})).await;
    one.verb("submit", json!({})).await.expect(200);
    one.verb("validate", json!({})).await.expect(200);
    one.verb("sign", json!({ "partner": null })).await.expect(200);
    one.verb("abandon", json!({ "comment": "Le partenaire y renonce." })).await.expect(200);
    one.put(json!({ "object": "Autre" })).await.expect(409);
    let again = one.verb("reactivate", json!({})).await.expect(200).json();
    assert_eq!(fields(&again, &["stage", "number"]), json!(["draft", "2026-001"]));
    assert_eq!(again["parties"][0]["signed_on"], Value::Null, "what was abandoned was not signed");
    one.verb("submit", json!({})).await.expect(200);
    let validated = one.verb("validate", json!({})).await.expect(200).json();
    assert_eq!(validated["number"], "2026-001");
    assert_eq!(one.verb("sign", json!({})).await.expect(200).json()["stage"], "signed");
}

async fn nobody_finds_what_is_not_theirs_to_read(app: TestApp) {
    app.leaves_work();
    for stage in Stage::ALL {
        for visibility in Visibility::ALL {
            app.write(|conn| world::convention(conn, &app.world, &app.app.chance, *stage, *visibility));
        }
    }
    let mut totals = Vec::new();
    for who in Who::ALL {
        let api = app.api(who);
        let listed = api.get("/api/v1/conventions?per_page=100").await.expect(200).json();
        let items = listed["items"].as_array().unwrap().clone();
        assert_eq!(items.len(), usize::try_from(listed["total"].as_u64().unwrap()).unwrap());
        for item in &items {
            api.get(&format!("/api/v1/conventions/{}", item["id"].as_str().unwrap())).await.expect(200);
        }
        totals.push((who, items.len()));
    }
    let expected = [
        (Who::Visitor, 1),
        (Who::Partner, 9),
        (Who::Worker, 18),
        (Who::WorkerElsewhere, 18),
        (Who::Manager, 21),
        (Who::ManagerElsewhere, 18),
        (Who::Administrator, 21),
    ];
    assert_eq!(totals, expected);
    let public = app.visitor().get("/api/v1/conventions").await.expect(200).json();
    let public = &public["items"][0];
    assert_eq!(fields(public, &["visibility", "responsible"]), json!(["public", null]));
    assert!(public.get("author").is_none() && public.get("warnings").is_none() && public.get("missing").is_none());
    let filtered = |query: &str| format!("/api/v1/conventions?{query}");
    let api = app.api(Who::Administrator);
    for (query, total) in [
        ("stage=signed", 3),
        ("stage=draft&stage=to_sign", 6),
        ("in_force=true", 3),
        ("situation=in_force", 3),
        ("situation=expired", 0),
        ("level=departement", 0),
        ("kind=partnership", 21),
        ("territory=MDS-NORD", 21),
        ("territory=MDS-SUD", 0),
        ("before=2026-12-31", 3),
        ("before=2026-12-30", 0),
        ("q=familles%20accueillir", 21),
        ("external_id=inconnu", 0),
    ] {
        assert_eq!(api.get(&filtered(query)).await.expect(200).json()["total"], total, "{query}");
    }
    let partner = format!("partner={}", app.world.organisation);
    assert_eq!(api.get(&filtered(&partner)).await.expect(200).json()["total"], 21);
    api.get(&filtered("situation=gone&before=jamais&partner=x")).await.expect(400).has("situation").has("before").has("partner");
}

async fn an_early_signature_warns(app: TestApp) {
    app.leaves_work();
    let vote = json!({ "organ": "commission permanente", "number": "2026-12", "dated": "2026-02-20", "enforceable_on": "2026-03-10" });
    let parties = json!([{ "authorisation": vote }, { "partner": app.world.organisation }]);
    let one = Followed::begin(&app, json!({ "parties": parties })).await;
    one.verb("submit", json!({})).await.expect(200);
    one.verb("validate", json!({})).await.expect(200);
    let signed = one.verb("sign", json!({ "signed_on": "2026-03-02" })).await.expect(200).json();
    assert_eq!(signed["warnings"], json!(["Le Département a signé le 02/03/2026, avant que son autorisation soit exécutoire (10/03/2026)."]));
}
