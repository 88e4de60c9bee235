//! Conventions whose parties become one organisation, or are not for every reader to know of.

use serde_json::{Value, json};
use traitdunion::accounts::model::{Actor, By};
use traitdunion::kernel::ids::OrganisationId;
use traitdunion::partners::service as partners;

use super::Followed;
use crate::support::world::{self, HERE};
use crate::support::{TestApp, Who, both};

both!(two_partners_with_conventions_become_one_and_nothing_is_lost, a_party_is_named_to_those_who_may_know_of_it);

fn partner(app: &TestApp, given: Value) -> OrganisationId {
    app.write(|conn| {
        let (robot, chance) = (Actor::command_line(), &app.app.chance);
        partners::create(conn, By { actor: &robot, now: app.now(), chance }, given.as_object().unwrap()).map(|one| one.id)
    })
}

async fn two_partners_with_conventions_become_one_and_nothing_is_lost(app: TestApp) {
    let (gone, kept) = (app.world.organisation.clone(), partner(&app, json!({ "name": "Le Pont", "area": [HERE] })));
    let api = app.api(Who::Manager);
    let with = |object: &str, parties: Value| json!({ "object": object, "parties": parties });
    let own = |id: &OrganisationId| json!([{ "partner": id, "signatory": "Zoé Martin", "capacity": "présidente" }]);
    let entered = async |object: &str, parties: Value| {
        let mut given = with(object, parties);
        given.as_object_mut().unwrap().extend(json!({ "stage": "signed", "signed_on": "2025-01-05" }).as_object().cloned().unwrap());
        Followed::begin(&app, given).await
    };
    let draft = Followed::begin(&app, with("Un brouillon", own(&gone))).await;
    let signed = entered("Avec la fiche qui part", own(&gone)).await;
    let other = entered("Avec la fiche qui reste", own(&kept)).await;
    let shared =
        entered("Avec les deux", json!([{ "partner": gone, "signatory": "Zoé Martin" }, { "partner": kept, "capacity": "présidente" }])).await;
    let ended = json!({ "kind": "denonciation", "partner": gone, "notified_on": "2026-02-01" });
    api.post(&format!("{}/acts", signed.path), &ended).await.expect(201);
    let joined = json!({ "parties": [{ "partner": null }, { "partner": kept }, { "partner": gone, "signatory": "Zoé Martin" }] });
    let avenant = json!({ "kind": "avenant", "object": "Une partie de plus", "changes": joined });
    api.post(&format!("{}/acts", other.path), &avenant).await.expect(201);
    let mut action = world::whole_action();
    action.insert("partners".into(), json!([{ "partner_id": gone, "role": "anime" }]));
    let action = app.api(Who::Worker).post("/api/v1/actions", &Value::Object(action)).await.expect(201).json();
    let numbers = async |query: &str| api.get(&format!("/api/v1/conventions?{query}")).await.expect(200).json()["total"].clone();
    assert_eq!((numbers("").await, numbers(&format!("partner={kept}")).await), (json!(4), json!(2)));

    let manager = app.sign_in(Who::Manager);
    let page = format!("/partenaires/{kept}/reunir");
    let shown = manager.get(&format!("{page}?avec={gone}")).await.expect(200);
    let sent = [("version", shown.field("version").unwrap()), ("avec", gone.as_str()), ("other_version", shown.field("other_version").unwrap())];
    manager.post(&page, &sent).await.expect(303);

    assert_eq!((numbers("").await, numbers(&format!("partner={kept}")).await), (json!(4), json!(4)), "none is lost, all are its");
    for convention in [&draft, &signed, &other, &shared] {
        let now = api.get(&convention.path).await.expect(200).json();
        let parties: Vec<&Value> = now["parties"].as_array().unwrap().iter().filter(|party| !party["partner"].is_null()).collect();
        assert_eq!(parties.len(), 1, "{now}");
        assert_eq!((&parties[0]["partner"], &parties[0]["capacity"]), (&json!(kept), &json!("présidente")), "{now}");
        assert_eq!(parties[0]["signatory"], "Zoé Martin");
        let acts = api.get(&format!("{}/acts", convention.path)).await.expect(200).text;
        assert!(!acts.contains(gone.as_str()), "{acts}");
        let history = format!("{}/historique", convention.path.replace("/api/v1", ""));
        manager.get(&history).await.expect(200).has("a réuni deux partenaires");
    }
    assert_eq!(api.get(&signed.path).await.expect(200).json()["situation"], "termination_pending");
    let acts = api.get(&format!("{}/acts", signed.path)).await.expect(200).json();
    assert!(acts["items"].as_array().unwrap().iter().any(|act| act["kind"] == "denonciation" && act["partner"] == kept.as_str()), "{acts}");
    let action = api.get(&format!("/api/v1/actions/{}", action["id"].as_str().unwrap())).await.expect(200).json();
    assert_eq!(action["partners"][0]["partner_id"], kept.as_str());
    // Its account still reads its conventions, and its page names them.
    app.api(Who::Partner).get(&signed.path).await.expect(200);
    app.api(Who::Partner).get(&other.path).await.expect(200);
    let kept_page = manager.get(&format!("/partenaires/{kept}/le-pont")).await.expect(200);
    kept_page.has("Avec la fiche qui part").has("Avec la fiche qui reste").has("Avec les deux");
    app.work().await;
    let found = manager.get("/recherche?q=%22le+pont%22&type=convention").await.expect(200);
    found.has("Avec la fiche qui part").has("Avec les deux");
}

async fn a_party_is_named_to_those_who_may_know_of_it(app: TestApp) {
    let hidden = partner(&app, json!({ "name": "Refuge Discret", "area": [HERE], "visibility": "internal" }));
    let known = partner(&app, json!({ "name": "Maison Ouverte", "area": [HERE] }));
    let parties = json!([{ "partner": hidden, "signatory": "Alix Caché" }, { "partner": known, "signatory": "Zoé Martin" }]);
    let entered = async |object: &str, visibility: &str| {
        let given = json!({ "object": object, "parties": parties, "visibility": visibility, "stage": "signed", "signed_on": "2025-01-05" });
        Followed::begin(&app, given).await
    };
    let (open, own) = (entered("Accueil ouvert", "public").await, entered("Accueil réservé", "internal").await);
    let denounced = json!({ "kind": "denonciation", "partner": hidden, "notified_on": "2026-02-01", "note": "Refuge Discret s’en va" });
    app.api(Who::Manager).post(&format!("{}/acts", open.path), &denounced).await.expect(201);
    app.work().await;
    for (who, told) in [(Who::Visitor, false), (Who::Partner, false), (Who::Worker, true)] {
        let (browser, api) = (app.sign_in(who), app.api(who));
        // Found by the name that everybody may know; by the other, only what is for those who know it.
        browser.get("/recherche?q=ouverte&type=convention").await.expect(200).has("Accueil ouvert");
        let found = api.get("/api/v1/search?q=%22refuge+discret%22&type=convention").await.expect(200).json();
        let titles: Vec<&str> = found["hits"].as_array().unwrap().iter().map(|hit| hit["title"].as_str().unwrap()).collect();
        assert_eq!(titles, if told { vec!["Accueil réservé"] } else { vec![] }, "{who:?}");
        let suggested = api.get("/api/v1/suggest?q=refuge").await.expect(200).text;
        assert_eq!(suggested.contains("Refuge"), told, "{who:?}: {suggested}");
        for path in ["", "/acts", "/terms"] {
            let said = api.get(&format!("{}{path}", open.path)).await.expect(200).text;
            assert_eq!(said.contains(hidden.as_str()), told, "{who:?} {path}: {said}");
            assert!(told || !said.contains("Refuge") && !said.contains("Alix"), "{who:?} {path}: {said}");
        }
        for format in ["csv", "jsonl"] {
            let file = browser.get(&format!("/conventions/export?format={format}")).await.expect(200).has("Accueil ouvert").has("Maison Ouverte");
            assert_eq!(file.text.contains("Refuge Discret"), told, "{who:?} {format}: {}", file.text);
        }
        let page = browser.get(&open.path.replace("/api/v1", "")).await.expect(200).has("Maison Ouverte");
        for word in ["Refuge Discret", "Alix Caché"] {
            assert_eq!(page.text.contains(word), told, "{who:?}: {}", page.text);
        }
        api.get(&own.path).await.expect(if told { 200 } else { 404 });
    }
}
