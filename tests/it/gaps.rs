//! Searches that found nothing: counted by territory and month, without the person, and shown to those who decide of the offer.

use std::time::Duration;

use traitdunion::http::query::encode;
use traitdunion::search::gaps;

use crate::support::world::HERE;
use crate::support::{Answer, TestApp, Who, both};

both!(what_nobody_found_is_shown_to_managers, the_same_words_are_counted_together, what_is_no_gap_is_not_counted, they_are_kept_two_years,);

const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0";

async fn search_as(app: &TestApp, agent: &str, pairs: &[(&str, &str)]) -> Answer {
    let visitor = app.visitor();
    let request = visitor.request(reqwest::Method::GET, &format!("/recherche?{}", encode(pairs))).header("User-Agent", agent);
    visitor.send(request).await.expect(200)
}

async fn search(app: &TestApp, pairs: &[(&str, &str)]) {
    search_as(app, FIREFOX, pairs).await;
}

/// Territory, words and times of what an administrator may read.
fn kept(app: &TestApp) -> Vec<(String, String, i32)> {
    let found = app.read(|conn| {
        let administrator = app.world.actor(conn, Who::Administrator)?;
        gaps::list(conn, &administrator, 100)
    });
    let mut kept: Vec<_> = found.into_iter().map(|gap| (gap.territory.unwrap_or_default(), gap.words, gap.times)).collect();
    kept.sort();
    kept
}

/// What is written aside is there soon.
async fn soon(app: &TestApp, expected: &[(&str, &str, i32)]) {
    let expected: Vec<(String, String, i32)> =
        expected.iter().map(|(place, words, times)| ((*place).to_owned(), (*words).to_owned(), *times)).collect();
    for _ in 0..100 {
        if kept(app) == expected {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(kept(app), expected);
}

async fn what_nobody_found_is_shown_to_managers(app: TestApp) {
    search(&app, &[("q", "Poterie pour les aînés"), ("territory", HERE)]).await;
    search(&app, &[("q", "permis à Civray")]).await;
    search(&app, &[("q", "hippothérapie")]).await;
    soon(&app, &[("", "hippotherapie", 1), ("86078", "permis", 1), (HERE, "poterie aines", 1)]).await;
    let here = app.sign_in(Who::Manager).get("/lacunes").await.expect(200);
    here.has("mars 2026").has("poterie aines").has("MDS de Loudun").has("hippotherapie").has("Tout le département").lacks("permis");
    app.sign_in(Who::ManagerElsewhere).get("/lacunes").await.expect(200).has("permis").has("Civray").lacks("poterie");
    app.sign_in(Who::Administrator).get("/lacunes").await.expect(200).has("permis").has("poterie");
    app.sign_in(Who::Worker).get("/lacunes").await.expect(403).lacks("poterie");
    app.sign_in(Who::Manager).get("/mon-espace").await.expect(200).has("href=\"/lacunes\"");
    app.sign_in(Who::Worker).get("/mon-espace").await.expect(200).lacks("/lacunes");
}

async fn the_same_words_are_counted_together(app: TestApp) {
    for text in ["Poterie", "poterie", "la poterie !", "« POTERIE »"] {
        search(&app, &[("q", text)]).await;
        // One after the other: a kept page counts nothing, and two writes at once are one after the other anyway.
        app.pass(2);
    }
    soon(&app, &[("", "poterie", 4)]).await;
    app.pass(31 * 24 * 3600);
    search(&app, &[("q", "poterie")]).await;
    soon(&app, &[("", "poterie", 1), ("", "poterie", 4)]).await;
    app.sign_in(Who::Manager).get("/lacunes").await.expect(200).has("avril 2026").has("mars 2026");
}

async fn what_is_no_gap_is_not_counted(app: TestApp) {
    app.write(|conn| {
        use traitdunion::actions::model::Stage;
        crate::support::world::action(conn, &app.world, &app.app.chance, Stage::Published, traitdunion::kernel::Visibility::Public)
    });
    app.work().await;
    for pairs in [
        &[("q", "budget")][..],
        &[("q", "jean.dupont@example.org")],
        &[("q", "05 49 00 00 01")],
        &[("q", "🙂 ((")],
        &[("q", ""), ("territory", "86078")],
        // Something else hides it: not the offer.
        &[("q", "budget"), ("type", "meeting")],
        // A page further on, and what is only misspelt.
        &[("q", "poterie"), ("page", "2")],
        &[("q", "ateleirss")],
    ] {
        search(&app, pairs).await;
    }
    search_as(&app, "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", &[("q", "poterie")]).await;
    search(&app, &[("q", "dernier mot")]).await;
    soon(&app, &[("", "dernier mot", 1)]).await;
}

async fn they_are_kept_two_years(app: TestApp) {
    search(&app, &[("q", "poterie")]).await;
    soon(&app, &[("", "poterie", 1)]).await;
    app.write(|conn| gaps::purge(conn, app.now().plus_days(700)));
    assert_eq!(kept(&app).len(), 1);
    app.write(|conn| gaps::purge(conn, app.now().plus_days(731)));
    assert_eq!(kept(&app).len(), 0);
}
