//! History through its pages and the API: who, when and why; two versions compared; one that comes back.

use serde_json::json;
use traitdunion::actions::model::Stage;
use traitdunion::actions::service::{self as actions, Action};
use traitdunion::kernel::Visibility;
use traitdunion::kernel::ids::PlanId;

use crate::support::world::{self, HERE};
use crate::support::{Answer, Browser, TestApp, Who, both};

both!(
    who_when_and_why_are_told,
    two_versions_are_compared_word_by_word,
    an_old_version_comes_back_by_the_rules_of_a_change,
    what_publication_needs_is_still_needed,
    somebody_who_writes_in_between_is_told_of,
    what_brings_back_a_protected_place_is_said,
    hostile_words_stay_words,
    nobody_else_reads_them,
    an_archived_action_stays_as_it_is,
    a_sheet_has_its_history_too,
    a_long_history_has_pages,
    a_title_that_is_the_name_of_a_page_keeps_its_own,
);

fn published(app: &TestApp) -> Action {
    app.write(|conn| world::action(conn, &app.world, &app.app.chance, Stage::Published, Visibility::Public))
}

fn now(app: &TestApp, action: &Action) -> Action {
    let viewer = traitdunion::accounts::model::Viewer(Some(traitdunion::accounts::model::Actor::command_line()));
    app.read(|conn| actions::find(conn, &viewer, &action.id))
}

fn history(action: &Action) -> String {
    format!("/actions/{}/historique", action.id)
}

/// Writes the first step of the form anew.
async fn write(browser: &Browser, action: &Action, summary: &str, reason: &str) -> Answer {
    let step = format!("/actions/{}/modifier/presentation", action.id);
    let fields = [
        ("title", "Gérer son budget"),
        ("summary", summary),
        ("kind", "collective_action"),
        ("territories", HERE),
        ("carrier", ""),
        ("reason", reason),
    ];
    browser.submit(&step, &step, &fields).await.expect(303)
}

async fn who_when_and_why_are_told(app: TestApp) {
    let action = published(&app);
    app.pass(29 * 24 * 3600 + 300);
    let (worker, manager) = (app.sign_in(Who::Worker), app.sign_in(Who::Manager));
    write(&manager, &action, "Six ateliers.", "La salle est libre deux mardis de plus.").await;
    let page = worker.get(&history(&action)).await.expect(200);
    let page = page.has("3\u{a0}versions").has("<strong>Camille responsable</strong> a modifié la présentation et le porteur");
    let page = page.has("mercredi 1er\u{a0}avril\u{a0}2026 à 11\u{a0}h\u{a0}05").has("La salle est libre deux mardis de plus.");
    let page = page.has("<strong>Camille responsable</strong> a publié l’action").has("<strong>Camille agent</strong> a commencé l’action");
    assert!(page.text.find("a modifié").unwrap() < page.text.find("a publié").unwrap(), "the latest first");
    worker
        .get(&format!("/actions/{}/gerer-son-budget", action.id))
        .await
        .expect(200)
        .has("La salle est libre deux mardis de plus.")
        .has("/historique\"");
    let api = app.api(Who::Worker);
    let list = api.get(&format!("/api/v1/actions/{}/versions", action.id)).await.expect(200).json();
    let told: Vec<_> = list["items"].as_array().unwrap().iter().map(|item| (&item["version"], &item["event"], &item["author"])).collect();
    let (three, two, one) = (json!(3), json!(2), json!(1));
    let (changed, published, created) = (json!("changed"), json!("published"), json!("created"));
    let (manager, worker) = (json!("Camille responsable"), json!("Camille agent"));
    assert_eq!(told, [(&three, &changed, &manager), (&two, &published, &manager), (&one, &created, &worker)]);
    let last = &list["items"][0];
    assert_eq!((&last["changed"], &last["reason"]), (&json!(["carrier", "summary"]), &json!("La salle est libre deux mardis de plus.")));
    assert_eq!((list["total"].as_u64(), last["at"].as_str()), (Some(3), Some("2026-04-01T09:05:00Z")));
    let first = api.get(&format!("/api/v1/actions/{}/versions/1", action.id)).await.expect(200).json();
    assert_eq!(first["fields"]["summary"], "Quatre ateliers pour reprendre la main sur son budget.");
    // A version that only publishes says what the one before said.
    let second = api.get(&format!("/api/v1/actions/{}/versions/2", action.id)).await.expect(200).json();
    assert_eq!(second["fields"], first["fields"]);
    api.get(&format!("/api/v1/actions/{}/versions/9", action.id)).await.expect(404);
    // Through the API too, a change may say why; and what is no text is refused.
    let body = json!({ "version": 3, "rhythm": "Le mardi", "reason": "Chaque semaine" });
    let path = format!("/api/v1/actions/{}", action.id);
    api.put(&path, &json!({ "version": 3, "rhythm": "Le mardi", "reason": 3 })).await.expect(422).has("\"reason\"");
    api.put(&path, &json!({ "version": 3, "rhythm": "Le mardi", "reason": "Vu avec 2 55 08 14 168 025 38" })).await.expect(422);
    api.put(&path, &body).await.expect(200);
    let list = api.get(&format!("{path}/versions?per_page=1")).await.expect(200).json();
    assert_eq!((&list["items"][0]["reason"], list["total"].as_u64()), (&json!("Chaque semaine"), Some(4)));
    app.work().await;
}

async fn two_versions_are_compared_word_by_word(app: TestApp) {
    let action = published(&app);
    let (worker, id) = (app.sign_in(Who::Worker), &action.id);
    write(&worker, &action, "Six ateliers pour reprendre la main sur son budget.", "").await;
    let step = format!("/actions/{id}/modifier/deroulement");
    worker.submit(&step, &step, &[("starts_on", "7/4/2026"), ("rhythm", "Un mardi sur deux")]).await.expect(303);
    let step = format!("/actions/{id}/modifier/besoins");
    let needs =
        [("objectives", "Lire un relevé\nParler d’argent"), ("audiences", "familles"), ("themes", "equipement-et-alimentation--alimentation")];
    worker.submit(&step, &step, &needs).await.expect(303);
    let page = worker.get(&format!("{}/comparer?de=2&a=5", history(&action))).await.expect(200);
    let page = page.has("<h2 class=\"diff__label\" id=\"diff-summary\">Présentation</h2>");
    let page = page.has("[supprimé : </span>Quatre<").has("[ajouté : </span>Six<").has(" ateliers pour reprendre la main sur son budget.");
    let page = page.has("[ajouté : </span>mardi 7\u{a0}avril\u{a0}2026<").has("[ajouté : </span>Lire un relevé<");
    let page = page.has("[supprimé : </span>Tous publics<").has("[ajouté : </span>Familles<").has("champs identiques");
    assert!(!page.text.contains("id=\"diff-title\"") && page.text.contains("<li>Titre</li>"), "only what changed:\n{}", page.text);
    let page = page.has("a modifié la présentation et le porteur").has("a modifié les dates");
    assert_eq!(page.text.matches("timeline__item").count(), 3, "what happened in between");
    // Whichever is named first, the older one is before.
    let reversed = worker.get(&format!("{}/comparer?de=5&a=2", history(&action))).await.expect(200);
    assert_eq!(reversed.text.split_once("<h1").unwrap().1, page.text.split_once("<h1").unwrap().1);
    worker.get(&format!("{}/comparer?de=1&a=2", history(&action))).await.expect(200).has("disent la même chose");
    for (query, status) in [("", 400), ("?de=1", 400), ("?de=un&a=2", 400), ("?de=1&a=99", 404)] {
        worker.get(&format!("{}/comparer{query}", history(&action))).await.expect(status);
    }
    app.work().await;
}

async fn an_old_version_comes_back_by_the_rules_of_a_change(app: TestApp) {
    let action = published(&app);
    let (worker, manager) = (app.sign_in(Who::Worker), app.sign_in(Who::Manager));
    app.api(Who::Manager)
        .put(
            &format!("/api/v1/actions/{}", action.id),
            &json!({ "version": 2, "summary": "Autre chose.", "title": "Tout autre chose", "external_id": "A-12", "needs": "Un besoin." }),
        )
        .await
        .expect(200);
    app.work().await;
    app.mails();
    let page = format!("{}/1", history(&action));
    worker.get(&page).await.expect(200).has("Rétablir cette version").has("Quatre ateliers").has("Titre, Présentation et Besoins et diagnostic.");
    app.pass(60);
    let done = worker.submit(&page, &page, &[("reason", "Modifiée par erreur")]).await.expect(303);
    assert_eq!(done.location(), format!("/actions/{}/gerer-son-budget", action.id));
    let restored = now(&app, &action);
    assert_eq!((restored.version, restored.life.stage), (4, Stage::Published));
    assert_eq!((restored.fields.title.as_str(), restored.fields.needs.as_str()), ("Gérer son budget", ""));
    assert_eq!(restored.fields.external_id.as_deref(), Some("A-12"), "what other programs know it by is not its text");
    worker
        .get(done.location())
        .await
        .expect(200)
        .has("La version choisie est rétablie")
        .has("Rétablie telle qu’à la version 1")
        .has("Modifiée par erreur");
    // Search and people hear of it as of any change.
    app.work().await;
    assert_eq!(app.mails().iter().map(|mail| mail.recipient.as_str()).collect::<Vec<_>>(), [Who::Manager.email()]);
    manager.get(&history(&action)).await.expect(200).has("<strong>Camille agent</strong> a rétabli la version 1").has("Modifiée par erreur");
    let found = app.api(Who::Visitor).get("/api/v1/search?q=reprendre+la+main").await.expect(200).json();
    assert_eq!(found["hits"][0]["id"], json!(action.id));
    // The one that is there already changes nothing.
    let page = format!("{}/4", history(&action));
    assert!(!worker.get(&page).await.expect(200).has("Le texte actuel").text.contains("name=\"reason\""));
    worker.post(&page, &[("version", "4")]).await.expect(303);
    assert_eq!(now(&app, &action).version, 4);
    worker.post(&format!("{}/99", history(&action)), &[("version", "4")]).await.expect(404);
    worker.post(&format!("{}/99", history(&action)), &[]).await.expect(422);
}

async fn what_publication_needs_is_still_needed(app: TestApp) {
    let worker = app.sign_in(Who::Worker);
    let answer = worker.submit("/actions/nouvelle", "/actions/nouvelle", &[("title", "Cuisiner")]).await.expect(303);
    let id = traitdunion::kernel::ids::ActionId::parse(answer.location().split('/').nth(2).unwrap()).unwrap();
    let api = app.api(Who::Manager);
    let mut whole = world::whole_action();
    whole.insert("version".into(), json!(1));
    api.put(&format!("/api/v1/actions/{id}"), &whole.into()).await.expect(200);
    api.post(&format!("/api/v1/actions/{id}/publish"), &json!({ "version": 2 })).await.expect(200);
    let page = format!("/actions/{id}/historique/1");
    let refused = worker.submit(&page, &page, &[("reason", "Pour voir")]).await.expect(422);
    let refused = refused.has("Cette version ne peut pas revenir telle quelle").has("<strong>Publics\u{a0}:</strong> Choisissez au moins un public.");
    refused.has("<strong>Présentation\u{a0}:</strong>").has(">\nPour voir</textarea>");
    let refused = worker.submit(&page, &page, &[("reason", "Vu avec 2 55 08 14 168 025 38")]).await.expect(422);
    refused.has("Ce texte contient un numéro de sécurité sociale");
    assert_eq!(app.read(|conn| Ok(traitdunion::versions::last(conn, &traitdunion::events::Record::action(&id))?.unwrap().number)), 3);
    app.work().await;
}

async fn somebody_who_writes_in_between_is_told_of(app: TestApp) {
    let action = published(&app);
    let (worker, manager) = (app.sign_in(Who::Worker), app.sign_in(Who::Manager));
    write(&worker, &action, "Un texte.", "").await;
    let page = format!("{}/1", history(&action));
    let read = worker.get(&page).await.expect(200);
    assert_eq!(read.field("version"), Some("3"));
    app.pass(60);
    write(&manager, &action, "Le texte du responsable.", "").await;
    let late = worker.post(&page, &[("version", "3"), ("reason", "On revient")]).await.expect(409);
    assert_eq!(late.field("version"), Some("4"), "ready to be sent again");
    late.has("Camille responsable a enregistré").has("comparer?de&#x3D;3&amp;a&#x3D;4").has(">\nOn revient</textarea>");
    assert_eq!(now(&app, &action).fields.summary, "Le texte du responsable.");
    worker.post(&page, &[("version", "4"), ("reason", "On revient")]).await.expect(303);
    assert_eq!(now(&app, &action).version, 5);
    app.work().await;
}

async fn what_brings_back_a_protected_place_is_said(app: TestApp) {
    let action = published(&app);
    let body = json!({ "version": 2, "place_withheld": true, "place": "12 impasse Discrète", "visibility": "internal" });
    app.api(Who::Manager).put(&format!("/api/v1/actions/{}", action.id), &body).await.expect(200);
    let page = app.sign_in(Who::Worker).get(&format!("{}/1", history(&action))).await.expect(200);
    page.has("Cette version affiche le lieu").has("ouvre l’action à plus de lecteurs");
    app.work().await;
}

async fn hostile_words_stay_words(app: TestApp) {
    let action = published(&app);
    let worker = app.sign_in(Who::Worker);
    let hostile = "</ins></textarea><script>alert(1)</script>{{shell.csrf}}\" onload=\"x";
    write(&worker, &action, hostile, hostile).await;
    for page in ["", "/comparer?de=1&a=3", "/1", "/3"] {
        let shown = worker.get(&format!("{}{page}", history(&action))).await.expect(200);
        assert!(!shown.text.contains("<script>alert") && !shown.text.contains("\" onload"), "{page}:\n{}", shown.text);
        assert!(page == "/1" || shown.text.contains("&lt;script&gt;alert(1)"), "{page}");
    }
    app.work().await;
}

async fn nobody_else_reads_them(app: TestApp) {
    let action = published(&app);
    let page = format!("/actions/{}/gerer-son-budget", action.id);
    for (who, page_status, api_status) in
        [(Who::Visitor, 303, 401), (Who::Partner, 403, 403), (Who::WorkerElsewhere, 403, 403), (Who::ManagerElsewhere, 403, 403)]
    {
        let (browser, api) = (app.sign_in(who), app.api(who));
        for path in ["", "/comparer?de=1&a=2", "/comparer", "/1", "/99"] {
            browser.get(&format!("{}{path}", history(&action))).await.expect(page_status);
        }
        for path in ["", "/1", "/99"] {
            api.get(&format!("/api/v1/actions/{}/versions{path}", action.id)).await.expect(api_status);
        }
        assert!(!browser.get(&page).await.expect(200).text.contains("/historique"), "{who:?} is not led there");
    }
    assert_eq!(now(&app, &action).version, 2);
    app.work().await;
}

async fn an_archived_action_stays_as_it_is(app: TestApp) {
    let action = app.write(|conn| {
        let action = world::action(conn, &app.world, &app.app.chance, Stage::Published, Visibility::Public)?;
        let manager = app.world.actor(conn, Who::Manager)?;
        let by = traitdunion::accounts::model::By { actor: &manager, now: world::now(), chance: &app.app.chance };
        let given = json!({ "summary": "Un autre texte." }).as_object().unwrap().clone();
        let action = actions::change(conn, by, &action.id, action.version, &given)?;
        actions::carry_out(conn, by, &action.id, action.version, traitdunion::actions::model::Verb::Archive, "")
    });
    let manager = app.sign_in(Who::Manager);
    let page = format!("{}/1", history(&action));
    let shown = manager.get(&page).await.expect(200).has("Une action archivée ne se modifie plus");
    assert!(!shown.text.contains("name=\"reason\""));
    manager.post(&page, &[("version", "4")]).await.expect(409).has("Une action archivée ne se modifie plus");
    app.work().await;
}

async fn a_sheet_has_its_history_too(app: TestApp) {
    let plan: PlanId = app.write(|conn| {
        let robot = traitdunion::accounts::model::Actor::command_line();
        let by = traitdunion::accounts::model::By { actor: &robot, now: app.now(), chance: &app.app.chance };
        traitdunion::plans::service::create(conn, by, &world::plan("Schéma"), None)
    });
    let admin = app.sign_in(Who::Administrator);
    let sheet = format!("/schema/{plan}/fiches/1");
    let (form, history) = (format!("{sheet}/modifier"), format!("{sheet}/historique"));
    let text =
        [("title", "Prévenir le surendettement"), ("orientation", "1"), ("needs", "Des lieux où parler d’argent sans gêne.\nDes horaires larges.")];
    let fields: Vec<(&str, &str)> = text.iter().copied().chain([("method", "Réunir :\n- les MDS"), ("reason", "Vu en comité technique")]).collect();
    admin.submit(&form, &form, &fields).await.expect(303);
    let decision = [("stage", "in_progress"), ("decided_on", "2/3/2026"), ("reason", "Le groupe est constitué.")];
    admin.submit(&format!("{sheet}/etat"), &format!("{sheet}/etat"), &decision).await.expect(303);
    let list = admin.get(&history).await.expect(200).has("La ligne de commande</strong> a enregistré la fiche avec le schéma");
    let list = list.has("a modifié les constats et la méthode de travail").has("Vu en comité technique").has("Le groupe est constitué.");
    list.has("a noté une décision du comité de pilotage du 2\u{a0}mars\u{a0}2026 : en cours");
    let compared = admin.get(&format!("{history}/comparer?de=1&a=3")).await.expect(200);
    compared.has("[supprimé : </span>honte<").has("[ajouté : </span>gêne<").has("[ajouté : </span>Réunir :\n  - les MDS<").has("diff__item--added");
    let page = format!("{history}/1");
    admin.get(&page).await.expect(200).has("Constats et Méthode de travail").has("c’est le comité de pilotage qui en décide");
    admin.post(&page, &[("version", "2")]).await.expect(409).has("Camille admin a enregistré").has("Rien n’est rétabli");
    admin.post(&page, &[("version", "3"), ("reason", "Trop tôt")]).await.expect(303);
    let public = app.visitor().get(&sheet).await.expect(200).has("sans honte").has("En cours").has("Le groupe est constitué.");
    assert!(!public.text.contains("Trop tôt") && !public.text.contains("/historique"));
    admin.get(&sheet).await.expect(200).has("Rétablie telle qu’à la version 1").has("Trop tôt").has("/historique\"");
    for (who, status) in [(Who::Visitor, 303), (Who::Partner, 403), (Who::Worker, 403), (Who::Manager, 403)] {
        for path in ["", "/comparer?de=1&a=2", "/comparer", "/1"] {
            app.sign_in(who).get(&format!("{history}{path}")).await.expect(status);
        }
        app.sign_in(who).post(&page, &[("version", "4")]).await.expect(status);
    }
    app.work().await;
    let found = app.api(Who::Visitor).get("/api/v1/search?q=sans+honte").await.expect(200).json();
    assert_eq!(found["hits"][0]["url"], json!(sheet));
}

async fn a_long_history_has_pages(app: TestApp) {
    let action = published(&app);
    app.write(|conn| {
        let manager = app.world.actor(conn, Who::Manager)?;
        let by = traitdunion::accounts::model::By { actor: &manager, now: world::now(), chance: &app.app.chance };
        for version in 2..=60 {
            let given = json!({ "needs": format!("Besoin {version}") }).as_object().unwrap().clone();
            actions::change(conn, by, &action.id, version, &given)?;
        }
        Ok(())
    });
    let worker = app.sign_in(Who::Worker);
    let first =
        worker.get(&history(&action)).await.expect(200).has("61\u{a0}versions").has("id=\"de-60\" type=\"radio\" name=\"de\" value=\"60\" checked");
    assert!(first.text.contains("id=\"a-61\" type=\"radio\" name=\"a\" value=\"61\" checked") && !first.text.contains("Version 11<"));
    let second = worker.get(&format!("{}?page=2", history(&action))).await.expect(200).has("Version 61, la version actuelle").has("Version 11<");
    second.has("id=\"de-11\" type=\"radio\" name=\"de\" value=\"11\" checked");
    worker.get(&format!("{}?page=x", history(&action))).await.expect(400);
    app.leaves_work();
}

async fn a_title_that_is_the_name_of_a_page_keeps_its_own(app: TestApp) {
    let action = published(&app);
    let mut body = json!({ "version": 2, "title": "Historique" });
    body["summary"] = json!("Raconter son quartier.");
    app.api(Who::Manager).put(&format!("/api/v1/actions/{}", action.id), &body).await.expect(200).has("/historique-action\"");
    app.visitor().get(&format!("/actions/{}/historique-action", action.id)).await.expect(200).has("Raconter son quartier.");
    app.work().await;
}
