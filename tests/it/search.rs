//! Search through its page and the API: what may be typed, places among the words, the way out of an empty list, and strange input.

use serde_json::{Value, json};
use traitdunion::accounts::model::By;
use traitdunion::actions::model::Verb;
use traitdunion::actions::service as actions;
use traitdunion::http::query::encode;

use crate::support::browser::Api;
use crate::support::world::{self, HERE, Who};
use crate::support::{Answer, TestApp, both};

both!(
    quotes_and_minus_are_understood,
    a_typo_too_far_is_explained,
    acronyms_say_what_they_mean,
    the_box_knows_acronyms_places_themes_and_titles,
    a_place_among_the_words_becomes_a_filter,
    an_empty_list_says_what_to_leave_out,
    strange_input_is_answered,
);

/// Publishes actions, each with a title, a summary and a territory, and has them indexed.
async fn publish(app: &TestApp, given: &[(&str, &str, &str)]) {
    app.write(|conn| {
        let manager = app.world.actor(conn, Who::Administrator)?;
        let by = By { actor: &manager, now: app.now(), chance: &app.app.chance };
        for (title, summary, territory) in given {
            let mut fields = world::whole_action();
            fields.extend([("title".into(), json!(title)), ("summary".into(), json!(summary)), ("territories".into(), json!([territory]))]);
            fields.insert("visibility".into(), json!("public"));
            let action = actions::create(conn, by, &fields)?;
            actions::carry_out(conn, by, &action.id, action.version, Verb::Publish, "")?;
        }
        Ok(())
    });
    app.work().await;
}

async fn library(app: &TestApp) {
    publish(
        app,
        &[
            ("Atelier budget", "Tenir ses comptes avec les jeunes.", "86137"),
            ("Budget familial", "Tenir les comptes de la famille à Loudun.", "86194"),
            ("Revenu de solidarité active", "Une réunion d’information.", "86194"),
            ("Café des aînés", "Rompre l’isolement des personnes âgées.", HERE),
        ],
    )
    .await;
}

async fn api(app: &TestApp, pairs: &[(&str, &str)]) -> Value {
    app.api(Who::Visitor).get(&format!("/api/v1/search?{}", encode(pairs))).await.expect(200).json()
}

async fn titles(app: &TestApp, text: &str) -> Vec<String> {
    let found = api(app, &[("q", text)]).await;
    let mut titles: Vec<String> = found["hits"].as_array().unwrap().iter().map(|hit| hit["title"].as_str().unwrap().to_owned()).collect();
    assert_eq!(found["total"], titles.len());
    titles.sort();
    titles
}

/// A page of results as anybody sees it, its entities read.
async fn page(app: &TestApp, path: &str, pairs: &[(&str, &str)]) -> Answer {
    let answer = Api::new(&app.url, None).get(&format!("{path}?{}", encode(pairs))).await.expect(200);
    Answer { text: answer.text.replace("&#x3D;", "=").replace("&amp;", "&").replace("&quot;", "\"").replace('\u{a0}', " "), ..answer }
}

async fn quotes_and_minus_are_understood(app: TestApp) {
    library(&app).await;
    assert_eq!(titles(&app, "budget").await, ["Atelier budget", "Budget familial"]);
    assert_eq!(titles(&app, "\"budget familial\"").await, ["Budget familial"]);
    assert_eq!(titles(&app, "« réunion d’information »").await, ["Revenu de solidarité active"]);
    assert_eq!(titles(&app, "\"familial budget\"").await, Vec::<String>::new());
    assert_eq!(titles(&app, "budget -jeunes").await, ["Budget familial"]);
    assert_eq!(titles(&app, "budget -jeune").await, ["Budget familial"], "in every form");
    assert_eq!(titles(&app, "budget -\"la famille\"").await, ["Atelier budget"]);
    assert_eq!(titles(&app, "-comptes").await, ["Café des aînés", "Revenu de solidarité active"]);
    page(&app, "/recherche", &[("q", "\"budget familial\" -jeunes")]).await.has("1 résultat pour « \"budget familial\" -jeunes »");
}

async fn a_typo_too_far_is_explained(app: TestApp) {
    library(&app).await;
    assert_eq!(titles(&app, "budjet familail").await, ["Budget familial"], "what is near is found at once");
    let far = [("q", "boodget")];
    let answer = api(&app, &far).await;
    assert_eq!((&answer["total"], &answer["did_you_mean"]), (&json!(0), &json!("budget")));
    page(&app, "/recherche", &far).await.has("Vouliez-vous dire « <a href=\"/recherche?q=budget\">budget</a> » ?");
}

async fn acronyms_say_what_they_mean(app: TestApp) {
    library(&app).await;
    assert_eq!(titles(&app, "RSA").await, ["Revenu de solidarité active"]);
    for typed in ["RSA", "le r.s.a."] {
        page(&app, "/recherche", &[("q", typed)]).await.has("RSA : revenu de solidarité active");
    }
    page(&app, "/recherche", &[("q", "budget")]).await.lacks(" : revenu");
}

async fn the_box_knows_acronyms_places_themes_and_titles(app: TestApp) {
    library(&app).await;
    let suggested = async |text: &str| -> Vec<(String, String, String)> {
        let answer = app.api(Who::Visitor).get(&format!("/api/v1/suggest?{}", encode(&[("q", text)]))).await.expect(200).json();
        let of = |item: &Value, name: &str| item[name].as_str().unwrap().to_owned();
        answer["items"].as_array().unwrap().iter().map(|item| (of(item, "type"), of(item, "text"), of(item, "url"))).collect()
    };
    let has = |items: &[(String, String, String)], kind: &str, text: &str, url: &str| {
        assert!(items.iter().any(|item| item.0 == kind && item.1 == text && item.2.starts_with(url)), "{kind} {text}: {items:?}");
    };
    has(&suggested("rsa").await, "acronym", "RSA : revenu de solidarité active", "/recherche?q=RSA");
    let items = suggested("loud").await;
    has(&items, "territory", "Loudun", "/recherche?territory=86137");
    has(&items, "territory", "MDS de Loudun", "/recherche?territory=MDS-NORD");
    has(&suggested("aliment").await, "theme", "Alimentation", "/recherche?theme=equipement-et-alimentation--alimentation");
    has(&suggested("budg").await, "action", "Budget familial", "/actions/");
    for text in ["a", "re", "de", "an", "86", "🙂", "", "\"", "-"] {
        assert!(suggested(text).await.len() <= 8, "{text}");
    }
}

async fn a_place_among_the_words_becomes_a_filter(app: TestApp) {
    library(&app).await;
    let found = page(&app, "/recherche", &[("q", "budget à Loudun")]).await;
    let found = found.has("1 résultat pour « budget »").has("Atelier budget").has("« Loudun » est pris pour un lieu");
    // One click removes it; another takes it for a word.
    let found = found.has("href=\"/recherche?q=budget\"").has("Chercher plutôt le mot « Loudun »</a> (2 résultats)");
    found.has("href=\"/recherche?q=budget+%22Loudun%22\"").has("name=\"territory\" value=\"86137\"");
    // One is there, the other speaks of it.
    page(&app, "/recherche", &[("q", "budget \"Loudun\"")]).await.has("Budget familial").has("Atelier budget").lacks("est pris pour un lieu");
    // The MDS serves Loudun from above.
    page(&app, "/recherche", &[("q", "loudun")]).await.has("2 résultats").has("Café des aînés").has("Atelier budget");
    page(&app, "/actions", &[("q", "MDS de Loudun")]).await.has("Café des aînés").has("est pris pour un lieu");
    page(&app, "/recherche", &[("q", "budget Grand Poitiers")]).await.has("Budget familial").lacks("Atelier budget");
    // What is typed replaces another place, and joins one that has it already.
    page(&app, "/recherche", &[("q", "budget à Loudun"), ("territory", "86194")]).await.lacks("Budget familial");
    page(&app, "/recherche", &[("q", "budget à Loudun"), ("territory", "86194"), ("territory", "86137")]).await.has("2 résultats");
    // A word that is also a commune.
    page(&app, "/recherche", &[("q", "bonnes pratiques")]).await.lacks("est pris pour un lieu");
    assert_eq!(api(&app, &[("q", "budget à Loudun")]).await["query"], "budget à Loudun", "programs have the filter");
}

async fn an_empty_list_says_what_to_leave_out(app: TestApp) {
    library(&app).await;
    let found = page(&app, "/recherche", &[("q", "budget"), ("territory", "86078"), ("type", "action")]).await;
    found.has("Sans « Civray » : 2 résultats").has("href=\"/recherche?q=budget&type=action\"").lacks("Sans « Actions");
    let both = page(&app, "/recherche", &[("q", "budget"), ("territory", "86078"), ("type", "meeting")]).await;
    both.has("Sans aucun filtre : 2 résultats").has("href=\"/recherche?q=budget\"");
    let several = page(&app, "/actions", &[("q", "budget"), ("territory", "86078"), ("territory", "86066")]).await;
    several.has("Sans « Châtellerault » ni « Civray » : 2 résultats".replace("Châtellerault » ni « Civray", "Civray » ni « Châtellerault").as_str());
    page(&app, "/recherche", &[("q", "\"familial budget\"")]).await.has("Sans les guillemets : 1 résultat").has("q=familial+budget\"");
    page(&app, "/recherche", &[("q", "familial -budget")]).await.has("Sans mot exclu : 1 résultat");
    page(&app, "/recherche", &[("q", "zanzibarite")]).await.has("Essayez un mot plus large");
    page(&app, "/recherche", &[("q", "budget"), ("page", "900")]).await.has("Revenir à la première page");
}

async fn strange_input_is_answered(app: TestApp) {
    library(&app).await;
    let visitor = app.api(Who::Visitor);
    let long = "préparé ".repeat(1250);
    for text in [&*long, "le la les de", "🙂🙃", "AND OR (", "سوق العمل", "\u{202e}tegdub", "\"", "- -", "-\"", "\0", "title:budget^9 [a TO b] *"]
    {
        for path in ["/recherche", "/actions", "/api/v1/search", "/api/v1/suggest"] {
            visitor.get(&format!("{path}?{}", encode(&[("q", text)]))).await.expect(200);
        }
    }
    let echoed = api(&app, &[("q", &long)]).await;
    assert!(echoed["query"].as_str().unwrap().chars().count() <= 500);
    assert_eq!(titles(&app, "🙂").await, Vec::<String>::new());
    assert_eq!(titles(&app, "AND OR ( budget").await, titles(&app, "and or budget").await);
    let repeated = vec![("territory", "86137"); 500];
    let once = api(&app, &[("territory", "86137")]).await;
    for path in ["/recherche", "/actions"] {
        let html = visitor.get(&format!("{path}?{}", encode(&repeated))).await.expect(200).text;
        assert!(html.len() < 200_000, "{} bytes", html.len());
    }
    assert_eq!(api(&app, &repeated).await["total"], once["total"]);
    let many: Vec<String> = (0..500).map(|n| format!("8600{n}")).collect();
    let many: Vec<(&str, &str)> = many.iter().map(|code| ("territory", code.as_str())).collect();
    let refused = visitor.get(&format!("/api/v1/search?{}", encode(&many))).await.expect(400);
    assert!(refused.json()["fields"]["territory"].is_string());
    for page in ["999999999", "99999999999999999999", "-1", "0", "x"] {
        let refused = visitor.get(&format!("/api/v1/search?page={page}")).await.expect(400);
        assert!(refused.json()["fields"]["page"].is_string(), "{page}");
        visitor.get(&format!("/recherche?page={page}")).await.expect(400);
    }
    visitor.get("/api/v1/search?page=1000000&per_page=100").await.expect(200);
}
