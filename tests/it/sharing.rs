//! Who knows how, questions to colleagues, and help on a draft: whom it reaches, who reads it, what stays.

use serde_json::{Map, Value, json};
use traitdunion::accounts::model::By;
use traitdunion::accounts::service as accounts;
use traitdunion::actions::model::{Stage, Verb};
use traitdunion::actions::service::{self as actions, Action};
use traitdunion::kernel::Visibility;
use traitdunion::kernel::ids::ActionId;
use traitdunion::mail::log::Filter;
use traitdunion::outbox::schedule;

use crate::support::letters::Letter;
use crate::support::world::{self, ELSEWHERE};
use crate::support::{TestApp, Who, both, mails};

both!(
    colleagues_are_found_by_theme_and_by_action,
    what_one_may_not_read_leads_to_nobody,
    a_question_leaves_by_mail_and_is_answered_to_whoever_asks,
    questions_are_bounded,
    a_draft_is_helped_by_those_asked_and_read_by_nobody_else,
    what_is_asked_ends_and_stays_with_the_action,
    the_group_is_named_by_administrators,
);

const FAMILY: &str = "famille--garde-denfants";
const FOOD: &str = "equipement-et-alimentation--alimentation";

fn made(app: &TestApp, who: Who, is_published: bool, more: Value) -> Action {
    app.write(|conn| {
        let (author, admin) = (app.world.actor(conn, who)?, app.world.actor(conn, Who::Administrator)?);
        let mut given: Map<String, Value> = world::whole_action();
        given.extend(more.as_object().unwrap().clone());
        let action = actions::create(conn, By { actor: &author, now: app.now(), chance: &app.app.chance }, &given)?;
        if !is_published {
            return Ok(action);
        }
        actions::carry_out(conn, By { actor: &admin, now: app.now(), chance: &app.app.chance }, &action.id, action.version, Verb::Publish, "")
    })
}

fn elsewhere(title: &str, themes: &[&str]) -> Value {
    json!({ "title": title, "territories": [ELSEWHERE], "themes": themes })
}

async fn colleagues_are_found_by_theme_and_by_action(app: TestApp) {
    made(&app, Who::WorkerElsewhere, true, elsewhere("Garder à plusieurs", &[FAMILY]));
    made(&app, Who::ManagerElsewhere, true, elsewhere("Cuisiner et garder", &[FAMILY, FOOD]));
    made(&app, Who::Manager, true, json!({ "title": "Le goûter", "themes": [FOOD], "contact": { "email": Who::ManagerElsewhere.email() } }));
    let own = made(&app, Who::Worker, false, json!({ "title": "Mon idée", "themes": [FAMILY, FOOD] }));
    let worker = app.sign_in(Who::Worker);
    worker.get("/qui-sait-faire").await.expect(200).has("Choisissez un thème").lacks("Lui demander");
    let page = worker
        .get(&format!("/qui-sait-faire?theme={FAMILY}"))
        .await
        .expect(200)
        .has("Garder à plusieurs")
        .has("Cuisiner et garder")
        .has("MDS de Civray");
    page.lacks("Le goûter").lacks("Mon idée");
    // Who leads it, by its mailbox, knows too; the nearest comes first, and one is not shown to oneself.
    let page = worker.get(&format!("/qui-sait-faire?action={}", own.id)).await.expect(200);
    let place = |text: &str| page.text.find(text).unwrap_or_else(|| panic!("{text}"));
    assert!(place("Camille responsable.ailleurs") < place("Camille agent.ailleurs") && page.text.contains("Le goûter"));
    assert!(!page.text.contains("Mon idée</a>"));
    app.sign_in(Who::WorkerElsewhere).get(&format!("/qui-sait-faire?theme={FAMILY}")).await.expect(200).lacks("Camille agent.ailleurs</h3>");
    // From the action, and from a search by theme.
    worker.get(&format!("/actions/{}/mon-idee", own.id)).await.expect(200).has("/qui-sait-faire?action&#x3D;").has("Demander un appui");
    app.work().await;
    worker.get(&format!("/recherche?theme={FAMILY}")).await.expect(200).has("/qui-sait-faire?theme&#x3D;");
    app.visitor().get(&format!("/recherche?theme={FAMILY}")).await.expect(200).lacks("/qui-sait-faire");
    // Whoever leaves is asked nothing more.
    app.write(|conn| {
        let admin = app.world.actor(conn, Who::Administrator)?;
        accounts::close(conn, By { actor: &admin, now: app.now(), chance: &app.app.chance }, &app.world.accounts[&Who::WorkerElsewhere], 1)
    });
    worker.get(&format!("/qui-sait-faire?theme={FAMILY}")).await.expect(200).lacks("Camille agent.ailleurs");
    worker.get(&format!("/qui-sait-faire/{}", app.world.accounts[&Who::WorkerElsewhere])).await.expect(404);
    for (bad, status) in [("theme=inconnu", 400), ("action=nulle", 404), ("action=01KB2J5Q3V8YH4N7T6R9C0M1XW", 404), ("theme=%00", 400)] {
        worker.get(&format!("/qui-sait-faire?{bad}")).await.expect(status);
    }
}

async fn what_one_may_not_read_leads_to_nobody(app: TestApp) {
    let draft = made(&app, Who::WorkerElsewhere, false, elsewhere("Un secret", &[FAMILY]));
    let worker = app.sign_in(Who::Worker);
    worker.get(&format!("/qui-sait-faire?theme={FAMILY}")).await.expect(200).lacks("Un secret").lacks("Camille agent.ailleurs");
    worker.get(&format!("/qui-sait-faire?action={}", draft.id)).await.expect(404);
    let path = format!("/qui-sait-faire/{}", app.world.accounts[&Who::WorkerElsewhere]);
    // Nor is it named by asking about it.
    worker.post(&path, &[("question", "Et celle-ci ?"), ("about", draft.id.as_str())]).await.expect(422).lacks("Un secret");
    let mine = made(&app, Who::Worker, false, json!({ "title": "Le mien" }));
    worker.post(&path, &[("question", "Et la mienne ?"), ("about", mine.id.as_str())]).await.expect(422);
    assert!(mails::all(&app, &Filter::default()).is_empty());
    app.leaves_work();
}

async fn a_question_leaves_by_mail_and_is_answered_to_whoever_asks(app: TestApp) {
    let action = made(&app, Who::WorkerElsewhere, true, elsewhere("Garder à plusieurs", &[FAMILY]));
    app.work().await;
    app.mails();
    let worker = app.sign_in(Who::Worker);
    let path = format!("/qui-sait-faire/{}?theme={FAMILY}", app.world.accounts[&Who::WorkerElsewhere]);
    worker.get(&path).await.expect(200).has("Demander à Camille agent.ailleurs").has("Garder à plusieurs").has("agent@vienne.example");
    let question = "Qui gardait les enfants ?\r\nBcc: tout.le.monde@vienne.example";
    for _ in 0..2 {
        worker.post(&path, &[("question", question), ("about", action.id.as_str())]).await.expect(303);
    }
    app.work().await;
    let sent = app.mails();
    assert_eq!(sent.len(), 1, "pressed twice, it leaves once");
    let head = String::from_utf8_lossy(&sent[0].bytes).split("\r\n\r\n").next().unwrap().to_owned();
    assert!(head.contains("\r\nReply-To: agent@vienne.example\r\n") && !head.contains("Bcc"), "{head}");
    let letter = Letter::all(sent).remove(0);
    assert_eq!(letter.to, "agent.ailleurs@vienne.example");
    assert!(letter.subject.contains("Camille agent") && letter.subject.contains("Garder à plusieurs"), "{}", letter.subject);
    assert!(letter.text.contains("Qui gardait les enfants ?") && letter.text.contains(&format!("/actions/{}/", action.id)), "{}", letter.text);
    assert!(!letter.text.contains("Ne plus recevoir"));
}

async fn questions_are_bounded(app: TestApp) {
    let worker = app.sign_in(Who::Worker);
    let path = format!("/qui-sait-faire/{}", app.world.accounts[&Who::WorkerElsewhere]);
    let long = "é".repeat(5_001);
    for (question, about) in
        [("", ""), ("   \n ", ""), (long.as_str(), ""), ("Son numéro : 2 55 08 14 168 025 38", ""), ("Oui ?", "x"), ("Oui ?", "\0")]
    {
        worker.post(&path, &[("question", question), ("about", about)]).await.expect(422);
    }
    for number in 0..20 {
        worker.post(&path, &[("question", &format!("Question {number}"))]).await.expect(303);
    }
    worker.post(&path, &[("question", "Une de trop")]).await.expect(422).has("20 questions");
    app.sign_in(Who::Manager).post(&path, &[("question", "Une autre personne")]).await.expect(303);
    app.pass(24 * 3600);
    app.sign_in(Who::Worker).post(&path, &[("question", "Une de trop")]).await.expect(303);
    for nobody in [Who::Worker, Who::Partner] {
        app.sign_in(Who::Worker).post(&format!("/qui-sait-faire/{}", app.world.accounts[&nobody]), &[("question", "Oui ?")]).await.expect(404);
    }
    app.work().await;
    assert_eq!(app.mails().len(), 22);
}

/// A draft of the worker of the first territory, on which the group (a manager of elsewhere) and who knows (a worker of elsewhere) are asked.
async fn asked(app: &TestApp) -> (Action, String) {
    app.sign_in(Who::Administrator).post("/admin/groupe-appui", &[("people", &Who::ManagerElsewhere.email())]).await.expect(303);
    made(app, Who::WorkerElsewhere, true, elsewhere("Garder à plusieurs", &[FAMILY]));
    let draft = made(app, Who::Worker, false, json!({ "title": "Mon brouillon", "summary": "Une halte-garderie.", "themes": [FAMILY] }));
    let worker = app.sign_in(Who::Worker);
    let page = format!("/actions/{}/appuis", draft.id);
    worker
        .get(&page)
        .await
        .expect(200)
        .has("Camille responsable.ailleurs")
        .has("groupe d’appui")
        .has("Camille agent.ailleurs")
        .has("2\u{a0}personnes");
    let path = worker.post(&page, &[("question", "Où trouver un local ?")]).await.expect(303).location().to_owned();
    (draft, path)
}

async fn a_draft_is_helped_by_those_asked_and_read_by_nobody_else(app: TestApp) {
    let (draft, path) = asked(&app).await;
    app.work().await;
    let mut letters: Vec<Letter> = Letter::all(app.mails()).into_iter().filter(|letter| letter.text.contains("vous demande un appui")).collect();
    letters.sort_by(|one, other| one.to.cmp(&other.to));
    assert_eq!(
        letters.iter().map(|letter| letter.to.as_str()).collect::<Vec<_>>(),
        ["agent.ailleurs@vienne.example", "responsable.ailleurs@vienne.example"]
    );
    assert!(
        letters[0].text.contains("action proche") && letters[1].text.contains("groupe d’appui") && letters[0].text.contains(&path),
        "{}",
        letters[0].text
    );
    let own = format!("/actions/{}/mon-brouillon", draft.id);
    for who in [Who::WorkerElsewhere, Who::ManagerElsewhere] {
        let colleague = app.sign_in(who);
        colleague.get(&own).await.expect(404);
        colleague.get(&path).await.expect(200).has("Où trouver un local ?").has("Une halte-garderie.").has("Votre réponse");
        colleague.get("/mon-espace").await.expect(200).has("Appuis demandés").has(&path);
        colleague.get(&format!("/actions/{}/appuis", draft.id)).await.expect(404);
    }
    for who in [Who::Worker, Who::Manager, Who::Administrator] {
        app.sign_in(who).get(&path).await.expect(200).has("Une halte-garderie.").lacks("Votre réponse");
    }
    app.sign_in(Who::Partner).get(&path).await.expect(404);
    app.visitor().get(&path).await.expect(303);
    // They read it as it is now.
    let change = json!({ "version": draft.version, "summary": "Une halte-garderie itinérante." });
    app.api(Who::Worker).put(&format!("/api/v1/actions/{}", draft.id), &change).await.expect(200);
    let colleague = app.sign_in(Who::WorkerElsewhere);
    colleague.get(&path).await.expect(200).has("itinérante");
    for wrong in ["", "  "] {
        colleague.post(&path, &[("text", wrong)]).await.expect(422).has("Écrivez votre réponse.");
    }
    for _ in 0..2 {
        colleague.post(&path, &[("text", "La salle des fêtes, <b>le mardi</b>.")]).await.expect(303);
    }
    colleague.get("/mon-espace").await.expect(200).lacks("Appuis demandés");
    app.sign_in(Who::Worker).post(&path, &[("text", "Moi aussi")]).await.expect(403);
    app.work().await;
    let letters = Letter::all(app.mails());
    assert_eq!(letters.len(), 1);
    assert!(letters[0].to == "agent@vienne.example" && letters[0].text.contains("La salle des fêtes") && letters[0].text.contains(&path));
    // Its writers find the answer on its page, escaped; and on that of requests.
    let worker = app.sign_in(Who::Worker);
    worker.get(&own).await.expect(200).has("La salle des fêtes, &lt;b&gt;").has("Appui demandé à des collègues");
    worker.get(&format!("/actions/{}/appuis", draft.id)).await.expect(200).has("La salle des fêtes").lacks("Votre demande ira");
    worker.post(&format!("/actions/{}/appuis", draft.id), &[("question", "Une autre ?")]).await.expect(409);
}

async fn what_is_asked_ends_and_stays_with_the_action(app: TestApp) {
    let (draft, path) = asked(&app).await;
    let (worker, colleague) = (app.sign_in(Who::Worker), app.sign_in(Who::WorkerElsewhere));
    colleague.post(&path, &[("text", "La salle des fêtes.")]).await.expect(303);
    colleague.post(&format!("{path}/clore"), &[]).await.expect(403);
    for _ in 0..2 {
        worker.post(&format!("{path}/clore"), &[]).await.expect(303);
    }
    // Those asked read what was said, and the draft no more.
    colleague.get(&path).await.expect(200).has("La salle des fêtes.").lacks("Une halte-garderie.").lacks("Votre réponse");
    colleague.post(&path, &[("text", "Trop tard")]).await.expect(409);
    let page = format!("/actions/{}/appuis", draft.id);
    worker.get(&page).await.expect(200).has("La salle des fêtes.").has("Votre demande ira");
    worker.post(&page, &[("question", "Autre chose ?")]).await.expect(303);
    // Published, it is helped no more; what was said stays, for its writers alone.
    let version = app.api(Who::Worker).get(&format!("/api/v1/actions/{}", draft.id)).await.json()["version"].clone();
    app.api(Who::Administrator).post(&format!("/api/v1/actions/{}/publish", draft.id), &json!({ "version": version })).await.expect(200);
    let own = format!("/actions/{}/mon-brouillon", draft.id);
    worker.get(&own).await.expect(200).has("La salle des fêtes.");
    colleague.get(&own).await.expect(200).lacks("La salle des fêtes.");
    app.visitor().get(&own).await.expect(200).lacks("La salle des fêtes.");
    colleague.get(&page).await.expect(403);
    worker.post(&page, &[("question", "Encore ?")]).await.expect(409);
    // Three years later, all of it is forgotten.
    app.work().await;
    app.pass(3 * 366 * 24 * 3600);
    schedule::step(&app.app).await.unwrap();
    app.sign_in(Who::Administrator).get(&path).await.expect(404);
    app.leaves_work();
}

async fn the_group_is_named_by_administrators(app: TestApp) {
    let (admin, path) = (app.sign_in(Who::Administrator), "/admin/groupe-appui");
    let draft = app.write(|conn| world::action(conn, &app.world, &app.app.chance, Stage::Draft, Visibility::Public));
    let ask = format!("/actions/{}/appuis", ActionId::parse(draft.id.as_str()).unwrap());
    // Nobody to ask: it is said, and nothing is kept.
    app.sign_in(Who::Worker).get(&ask).await.expect(200).has("composer le groupe d’appui");
    app.sign_in(Who::Worker).post(&ask, &[("question", "Un avis ?")]).await.expect(422);
    for wrong in ["personne@vienne.example", "partenaire@vienne.example", "pas une adresse", "agent@vienne.example\nx"] {
        admin.post(path, &[("people", wrong)]).await.expect(422).has("un compte actif");
    }
    admin.get(path).await.expect(200).lacks("agent@vienne.example");
    let people = format!("{}\r\n{}; {}", Who::Worker.email().to_uppercase(), Who::WorkerElsewhere.email(), Who::WorkerElsewhere.email());
    admin.post(path, &[("people", &people)]).await.expect(303);
    admin.get(path).await.expect(200).has("agent@vienne.example").has("agent.ailleurs@vienne.example");
    // One is not asked by oneself.
    app.sign_in(Who::Worker).get(&ask).await.expect(200).has("1\u{a0}personne.").lacks("Camille agent <");
    admin.post(path, &[("people", "")]).await.expect(303);
    app.sign_in(Who::Worker).get(&ask).await.expect(200).has("composer le groupe d’appui");
}
