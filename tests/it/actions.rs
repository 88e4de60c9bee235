//! An action's whole life through its pages: written, validated, published, found, held, counted, archived.

use traitdunion::accounts::model::{By, Viewer};
use traitdunion::actions::model::{Stage, Verb};
use traitdunion::actions::service as actions;
use traitdunion::kernel::{Day, Page, Visibility, ids::ActionId};
use traitdunion::search::model::{Query, Sort};

use crate::support::world::{self, HERE};
use crate::support::{TestApp, Who, both};

both!(
    a_worker_writes_and_a_manager_publishes,
    publication_names_everything_that_is_missing,
    a_returned_action_says_why,
    two_editors_of_one_step_lose_nothing,
    two_editors_of_different_fields_are_both_kept,
    a_social_security_number_is_refused_beside_its_field,
    what_is_typed_comes_back_with_its_error,
    sessions_are_made_in_one_gesture_and_counted,
    small_figures_are_hidden_from_the_public,
    a_withheld_place_is_shown_to_those_who_write_only,
    inspiration_is_told_on_both_pages,
    nobody_finds_what_is_not_theirs_to_read,
    publishing_is_found_and_archiving_forgotten,
    waiting_submissions_are_recalled_once,
    permanent_actions_are_to_be_confirmed,
    a_ten_megabyte_field_is_refused_with_words,
);

/// The address of a new action, begun by a worker.
async fn begun(app: &TestApp) -> ActionId {
    let browser = app.sign_in(Who::Worker);
    let answer = browser.submit("/actions/nouvelle", "/actions/nouvelle", &[("title", "Cuisiner de saison")]).await.expect(303);
    ActionId::parse(answer.location().split('/').nth(2).unwrap()).unwrap()
}

fn step(id: &ActionId, step: &str) -> String {
    format!("/actions/{id}/modifier/{step}")
}

/// Fills what publication needs, step by step, as a worker does.
async fn filled(app: &TestApp, id: &ActionId) {
    let browser = app.sign_in(Who::Worker);
    let presentation = [
        ("title", "Cuisiner de saison"),
        ("summary", "Quatre ateliers de cuisine."),
        ("kind", "collective_action"),
        ("territories", HERE),
        ("carrier", "territory:MDS-NORD"),
    ];
    let needs = [
        ("needs", "Des familles disent manquer d’idées."),
        ("objectives", "Cuisiner\nPartager"),
        ("audiences", "familles"),
        ("themes", "equipement-et-alimentation--alimentation"),
    ];
    let course = [("starts_on", "7/4/2026"), ("ends_on", "30/06/2026"), ("rhythm", "le mardi"), ("place", "1 rue du Pont, Loudun")];
    let contact = [("contact.email", "mds.nord@vienne.example"), ("contact.phone", "01 99 00 12 34"), ("visibility", "public")];
    for (code, fields) in [("presentation", &presentation[..]), ("besoins", &needs), ("deroulement", &course), ("inscription", &contact)] {
        browser.submit(&step(id, code), &step(id, code), fields).await.expect(303);
    }
}

fn current(app: &TestApp, id: &ActionId) -> actions::Action {
    let viewer = Viewer(Some(traitdunion::accounts::model::Actor::command_line()));
    app.read(|conn| actions::find(conn, &viewer, id))
}

async fn a_worker_writes_and_a_manager_publishes(app: TestApp) {
    let id = begun(&app).await;
    filled(&app, &id).await;
    let (worker, manager) = (app.sign_in(Who::Worker), app.sign_in(Who::Manager));
    let page = format!("/actions/{id}/cuisiner-de-saison");
    worker.get(&page).await.expect(200).has("Tout est prêt pour publier").has("Proposer à la validation");
    worker.submit(&page, &format!("/actions/{id}/soumettre"), &[]).await.expect(303);
    app.work().await;
    let mails = app.mails();
    assert_eq!(mails.iter().map(|mail| mail.recipient.as_str()).collect::<Vec<_>>(), [Who::Manager.email()]);
    manager.get("/mon-espace").await.expect(200).has("Cuisiner de saison").has("Proposée par Camille agent");
    manager.submit(&page, &format!("/actions/{id}/publier"), &[]).await.expect(303);
    app.work().await;
    assert_eq!(app.mails().iter().map(|mail| mail.recipient.as_str()).collect::<Vec<_>>(), [Who::Worker.email()]);
    app.visitor().get(&page).await.expect(200).has("Quatre ateliers de cuisine.").has("01 99 00 12 34").has("Cuisiner");
    app.visitor().get(&format!("/actions/{id}")).await.expect(301);
    app.visitor().get(&format!("/actions/{id}/autre-titre")).await.expect(301);
    worker.get(&page).await.expect(200).has("Publiée").has("Proposée à la validation");
}

async fn publication_names_everything_that_is_missing(app: TestApp) {
    let id = begun(&app).await;
    let manager = app.sign_in(Who::Manager);
    let page = format!("/actions/{id}/cuisiner-de-saison");
    manager.submit(&page, &format!("/actions/{id}/publier"), &[]).await.expect(303);
    let shown = manager.get(&page).await.expect(200);
    for missing in ["Présentez l’action", "un public", "un thème", "un territoire", "premier jour ou un rythme", "une adresse e-mail ou un téléphone"]
    {
        assert!(shown.text.contains(missing), "{missing}");
    }
    assert_eq!(current(&app, &id).life.stage, Stage::Draft);
}

async fn a_returned_action_says_why(app: TestApp) {
    let id = begun(&app).await;
    filled(&app, &id).await;
    let (worker, manager) = (app.sign_in(Who::Worker), app.sign_in(Who::Manager));
    worker.submit(&format!("/actions/{id}/cuisiner-de-saison"), &format!("/actions/{id}/soumettre"), &[]).await.expect(303);
    let form = format!("/actions/{id}/renvoyer");
    manager.submit(&form, &form, &[("comment", " ")]).await.expect(422).has("Dites à l’auteur ce qu’il faut reprendre.");
    manager.submit(&form, &form, &[("comment", "Précisez le lieu.")]).await.expect(303);
    app.work().await;
    let mails = app.mails();
    assert!(mails.iter().any(|mail| mail.recipient == Who::Worker.email()));
    worker.get(&format!("/actions/{id}/cuisiner-de-saison")).await.expect(200).has("Précisez le lieu.").has("vous a renvoyé");
    worker.get("/mon-espace").await.expect(200).has("À reprendre");
}

async fn two_editors_of_one_step_lose_nothing(app: TestApp) {
    let id = begun(&app).await;
    filled(&app, &id).await;
    let (worker, manager) = (app.sign_in(Who::Worker), app.sign_in(Who::Manager));
    let version = current(&app, &id).version.to_string();
    let needs = |text: &'static str| {
        [("needs", text), ("objectives", "Cuisiner\nPartager"), ("audiences", "familles"), ("themes", "equipement-et-alimentation--alimentation")]
    };
    let with = |fields: [(&'static str, &'static str); 4]| fields.to_vec();
    let mut first = with(needs("Le texte du responsable."));
    first.push(("version", &version));
    app.pass(60);
    manager.submit(&step(&id, "besoins"), &step(&id, "besoins"), &first).await.expect(303);
    let mut second = with(needs("Le texte de l’agente."));
    second.push(("version", &version));
    let conflict = worker.submit(&step(&id, "besoins"), &step(&id, "besoins"), &second).await.expect(409);
    let conflict = conflict.has("Le texte du responsable.").has("Le texte de l’agente.").has("Camille responsable");
    let now = current(&app, &id).version.to_string();
    assert_eq!(conflict.field("version"), Some(now.as_str()));
    let choice = [("version", now.as_str()), ("mine.needs", "\"Le texte de l’agente.\""), ("keep.needs", "mine"), ("do", "save")];
    worker.submit(&step(&id, "besoins"), &step(&id, "besoins"), &choice).await.expect(303);
    let fields = current(&app, &id).fields;
    assert_eq!(fields.needs, "Le texte de l’agente.");
    assert_eq!(fields.objectives, ["Cuisiner", "Partager"]);
    app.work().await;
}

async fn two_editors_of_different_fields_are_both_kept(app: TestApp) {
    let id = begun(&app).await;
    filled(&app, &id).await;
    let (worker, manager) = (app.sign_in(Who::Worker), app.sign_in(Who::Manager));
    let version = current(&app, &id).version.to_string();
    let base = [
        ("objectives", "Cuisiner\nPartager"),
        ("audiences", "familles"),
        ("themes", "equipement-et-alimentation--alimentation"),
        ("version", &version),
    ];
    let mut first = base.to_vec();
    first.extend([("needs", "Un autre besoin."), ("audience_note", "")]);
    manager.submit(&step(&id, "besoins"), &step(&id, "besoins"), &first).await.expect(303);
    let mut second = base.to_vec();
    second.extend([("needs", "Des familles disent manquer d’idées."), ("audience_note", "Avec leurs enfants.")]);
    worker.submit(&step(&id, "besoins"), &step(&id, "besoins"), &second).await.expect(303);
    let fields = current(&app, &id).fields;
    assert_eq!((fields.needs.as_str(), fields.audience_note.as_str()), ("Un autre besoin.", "Avec leurs enfants."));
    app.work().await;
}

async fn a_social_security_number_is_refused_beside_its_field(app: TestApp) {
    let id = begun(&app).await;
    let browser = app.sign_in(Who::Worker);
    let text = "Suivie sous le numéro 2 55 08 14 168 025 38.";
    let answer = browser.submit(&step(&id, "moyens"), &step(&id, "moyens"), &[("means", text)]).await.expect(422);
    answer.has("numéro de sécurité sociale").has("2 55 08 14 168 025 38");
    assert_eq!(current(&app, &id).fields.means, "");
}

async fn what_is_typed_comes_back_with_its_error(app: TestApp) {
    let id = begun(&app).await;
    let browser = app.sign_in(Who::Worker);
    let fields = [("starts_on", "31/02/2026"), ("ends_on", "3 mars 2026"), ("rhythm", "tous les jours"), ("place", "Salle des fêtes")];
    let answer = browser.submit(&step(&id, "deroulement"), &step(&id, "deroulement"), &fields).await.expect(422);
    answer.has("« 31/02/2026 » n’est pas une date").has("value=\"31/02/2026\"").has("tous les jours").has("Salle des fêtes");
    let fields = [("starts_on", "5/4/2026"), ("ends_on", "3/4/2026")];
    browser.submit(&step(&id, "deroulement"), &step(&id, "deroulement"), &fields).await.expect(422).has("est avant le premier");
    let fields = [("title", ""), ("kind", "collective_action")];
    browser.submit(&step(&id, "presentation"), &step(&id, "presentation"), &fields).await.expect(422).has("Donnez un titre");
    let fields = [("title", "Cuisiner"), ("kind", "inconnu"), ("territories", "99999")];
    browser.submit(&step(&id, "presentation"), &step(&id, "presentation"), &fields).await.expect(422).has("« inconnu »").has("« 99999 »");
}

async fn sessions_are_made_in_one_gesture_and_counted(app: TestApp) {
    let id = begun(&app).await;
    let browser = app.sign_in(Who::Worker);
    let page = format!("/actions/{id}/seances");
    let series = [
        ("first", "6/1/2026"),
        ("last", "31/3/2026"),
        ("weekdays", "1"),
        ("time", "14 h"),
        ("minutes", "120"),
        ("every_weeks", "1"),
        ("no_school_holidays", "oui"),
        ("no_public_holidays", "oui"),
        ("capacity", "12"),
    ];
    browser.submit(&page, &page, &series).await.expect(303);
    let sessions = app.read(|conn| traitdunion::actions::sessions::of(conn, &Viewer(Some(traitdunion::accounts::model::Actor::command_line())), &id));
    // Thirteen Tuesdays, two of them in the winter holidays of zone A.
    assert_eq!(sessions.len(), 11);
    assert_eq!(sessions[0].starts_at.rfc3339(), "2026-01-06T13:00:00Z");
    assert_eq!(sessions[10].starts_at.rfc3339(), "2026-03-31T12:00:00Z", "at two in the afternoon after the clocks change too");
    // The same series again adds nothing.
    browser.submit(&page, &page, &series).await.expect(303);
    let count = |sessions: &[traitdunion::actions::sessions::Session]| sessions.len();
    assert_eq!(
        count(&app.read(|conn| traitdunion::actions::sessions::of(conn, &Viewer(Some(traitdunion::accounts::model::Actor::command_line())), &id))),
        11
    );
    let past = sessions[0].id.to_string();
    let (attended, newcomers) = (format!("attended.{past}"), format!("newcomers.{past}"));
    let presences = format!("{page}/presences");
    browser.submit(&page, &presences, &[(&attended, "8"), (&newcomers, "9")]).await.expect(422).has("plus de nouvelles personnes que de présents");
    browser
        .submit(&page, &presences, &[(&attended, "huit"), (&newcomers, "")])
        .await
        .expect(422)
        .has("« huit » n’est pas un nombre")
        .has("value=\"huit\"");
    browser.submit(&page, &presences, &[(&attended, "8"), (&newcomers, "8")]).await.expect(303);
    browser.get(&format!("/actions/{id}/cuisiner-de-saison")).await.expect(200).has("Personnes ayant rejoint l’action");
    let coming = sessions[10].id.to_string();
    let attended = format!("attended.{coming}");
    browser.submit(&page, &presences, &[(&attended, "3")]).await.expect(422).has("n’a pas encore eu lieu");
    browser.submit(&page, &format!("{page}/{coming}/supprimer"), &[]).await.expect(303);
    browser.submit(&page, &format!("{page}/{past}/supprimer"), &[]).await.expect(409);
    browser
        .submit(&page, &page, &[("first", "1/1/2026"), ("last", "1/1/2030"), ("time", "14h"), ("minutes", "60"), ("weekdays", "1")])
        .await
        .expect(422)
        .has("deux ans au plus");
    app.work().await;
}

async fn small_figures_are_hidden_from_the_public(app: TestApp) {
    let (id, page) = published(&app, Visibility::Public);
    let browser = app.sign_in(Who::Worker);
    let sessions = format!("/actions/{id}/seances");
    browser.submit(&sessions, &sessions, &[("first", "24/2/2026"), ("last", "24/2/2026"), ("time", "10h"), ("minutes", "60")]).await.expect(303);
    let session = app.read(|conn| traitdunion::actions::sessions::of(conn, &Viewer::visitor(), &id))[0].id.to_string();
    let (attended, newcomers) = (format!("attended.{session}"), format!("newcomers.{session}"));
    browser.submit(&sessions, &format!("{sessions}/presences"), &[(&attended, "3"), (&newcomers, "3")]).await.expect(303);
    let public = app.visitor().get(&page).await.expect(200).has("moins de\u{a0}5");
    assert!(!public.text.contains("<td class=\"numeric\">3</td>"), "{}", public.text);
    browser.get(&page).await.expect(200).has("<td class=\"numeric\">3</td>");
    app.work().await;
}

/// A published action of the worker's territory, and its page.
fn published(app: &TestApp, visibility: Visibility) -> (ActionId, String) {
    let action = app.write(|conn| world::action(conn, &app.world, &app.app.chance, Stage::Published, visibility));
    let page = traitdunion::http::paths::action(&action.id, &action.fields.title);
    (action.id, page)
}

async fn a_withheld_place_is_shown_to_those_who_write_only(app: TestApp) {
    let (id, page) = published(&app, Visibility::Public);
    let browser = app.sign_in(Who::Worker);
    let fields = [("rhythm", "le jeudi"), ("place", "12 impasse Discrète"), ("place_withheld", "oui")];
    browser.submit(&step(&id, "deroulement"), &step(&id, "deroulement"), &fields).await.expect(303);
    browser.get(&page).await.expect(200).has("12 impasse Discrète");
    for who in [Who::Visitor, Who::Partner, Who::WorkerElsewhere] {
        let shown = app.sign_in(who).get(&page).await.expect(200).has("Lieu communiqué à l’inscription");
        assert!(!shown.text.contains("impasse"), "{who:?}");
    }
    app.work().await;
    assert_eq!(found(&app, "impasse Discrète", &Viewer::visitor()), Vec::<String>::new(), "nor by its words");
}

async fn inspiration_is_told_on_both_pages(app: TestApp) {
    let (id, page) = published(&app, Visibility::Public);
    let browser = app.sign_in(Who::WorkerElsewhere);
    let answer = browser.submit(&page, &format!("/actions/{id}/inspirer"), &[]).await.expect(303);
    let copy = ActionId::parse(answer.location().split('/').nth(2).unwrap()).unwrap();
    let fields = current(&app, &copy).fields;
    assert_eq!((fields.territories, fields.contact.email, fields.rhythm), (vec!["MDS-SUD".to_owned()], String::new(), String::new()));
    browser.get(&format!("/actions/{copy}/gerer-son-budget")).await.expect(200).has("Inspirée de");
    // A draft is not named to others.
    let source = app.visitor().get(&page).await.expect(200);
    assert!(!source.text.contains("a inspiré"));
    let manager = app.sign_in(Who::ManagerElsewhere);
    manager.submit(&step(&copy, "deroulement"), &step(&copy, "deroulement"), &[("rhythm", "le lundi")]).await.expect(303);
    manager
        .submit(&step(&copy, "inscription"), &step(&copy, "inscription"), &[("contact.phone", "01 99 00 00 00"), ("visibility", "public")])
        .await
        .expect(303);
    manager.submit(&format!("/actions/{copy}/gerer-son-budget"), &format!("/actions/{copy}/publier"), &[]).await.expect(303);
    app.visitor().get(&page).await.expect(200).has("a inspiré");
    app.work().await;
}

fn found(app: &TestApp, text: &str, viewer: &Viewer) -> Vec<String> {
    let query = Query {
        text: text.into(),
        types: vec![],
        themes: vec![],
        audiences: vec![],
        territories: Default::default(),
        situations: vec![],
        after: None,
        before: None,
        sort: Sort::Relevance,
        page: Page::first(),
        visible: viewer.clearance(),
        today: Day::new(2026, 3, 3).unwrap(),
    };
    app.app.search.search(&query).unwrap().hits.into_iter().map(|hit| hit.id).collect()
}

async fn nobody_finds_what_is_not_theirs_to_read(app: TestApp) {
    let (internal, page) = published(&app, Visibility::Internal);
    app.work().await;
    for (who, status, hits) in [(Who::Visitor, 404, 0), (Who::Partner, 404, 0), (Who::WorkerElsewhere, 200, 1), (Who::Administrator, 200, 1)] {
        app.sign_in(who).get(&page).await.expect(status);
        let viewer = match who {
            Who::Visitor => Viewer::visitor(),
            who => Viewer(Some(app.read(|conn| app.world.actor(conn, who)))),
        };
        assert_eq!(found(&app, "budget", &viewer).len(), hits, "{who:?} {internal}");
    }
}

async fn publishing_is_found_and_archiving_forgotten(app: TestApp) {
    let (id, page) = published(&app, Visibility::Public);
    app.work().await;
    assert_eq!(found(&app, "buget", &Viewer::visitor()), [id.to_string()], "with a typo");
    let manager = app.sign_in(Who::Manager);
    manager.submit(&page, &format!("/actions/{id}/archiver"), &[]).await.expect(303);
    app.work().await;
    assert_eq!(found(&app, "budget", &Viewer::visitor()), Vec::<String>::new());
    // A rebuild agrees with what the jobs made.
    traitdunion::search::indexing::rebuild(&app.app).await.unwrap();
    assert_eq!(app.app.search.count().unwrap(), 1, "the world's partner alone");
}

async fn waiting_submissions_are_recalled_once(app: TestApp) {
    let action = app.write(|conn| world::action(conn, &app.world, &app.app.chance, Stage::Submitted, Visibility::Public));
    app.work().await;
    app.mails();
    let day = 24 * 3600;
    for (days, mails) in [(1, 0), (3, 0), (1, 1), (1, 0), (30, 0)] {
        app.pass(days * day);
        traitdunion::outbox::schedule::step(&app.app).await.unwrap();
        app.work().await;
        assert_eq!(app.mails().len(), mails, "after {days} days more");
    }
    let (manager, chance) = (app.read(|conn| app.world.actor(conn, Who::Manager)), &app.app.chance);
    app.write(|conn| actions::carry_out(conn, By { actor: &manager, now: app.now(), chance }, &action.id, action.version, Verb::Publish, ""));
    app.work().await;
}

async fn permanent_actions_are_to_be_confirmed(app: TestApp) {
    let (id, page) = published(&app, Visibility::Public);
    app.work().await;
    app.mails();
    app.pass(184 * 24 * 3600);
    traitdunion::outbox::schedule::step(&app.app).await.unwrap();
    app.work().await;
    let mails: Vec<String> = app.mails().into_iter().map(|mail| mail.recipient).collect();
    assert_eq!(mails, [Who::Worker.email()]);
    let browser = app.sign_in(Who::Worker);
    browser.submit(&page, &format!("/actions/{id}/confirmer"), &[]).await.expect(303);
    assert_eq!(current(&app, &id).confirmed_at, app.now());
    browser.get(&page).await.expect(200).lacks("Toujours d’actualité</button>");
}

async fn a_ten_megabyte_field_is_refused_with_words(app: TestApp) {
    let id = begun(&app).await;
    let browser = app.sign_in(Who::Worker);
    let version = current(&app, &id).version.to_string();
    let big = "a".repeat(60_000);
    browser.post(&step(&id, "moyens"), &[("version", &version), ("means", &big)]).await.expect(422).has("50000 au plus");
    let huge = "a".repeat(11 * 1024 * 1024);
    browser.post(&step(&id, "moyens"), &[("version", &version), ("means", &huge)]).await.expect(413);
}
