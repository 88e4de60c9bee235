//! What administrators see of mails together: the list, the figures, what stands in their way; and each record's own.

use traitdunion::actions::model::Stage as ActionStage;
use traitdunion::http::paths;
use traitdunion::kernel::Visibility;
use traitdunion::kernel::ids::MailId;
use traitdunion::mail::log::Filter;
use traitdunion::mail::model::{Stage, Step};

use crate::support::mails::{all, answered, ask_for_a_link, submitted, the_only, with_a_server};
use crate::support::{Answer, Engine, TestApp, Who, both, world};

both!(
    the_list_is_narrowed_by_recipient_message_state_and_record,
    what_is_not_understood_is_named,
    the_figures_say_how_many_left_in_time,
    what_failed_says_why_and_leaves_again_together,
    a_server_at_fault_is_told_first,
    a_queue_that_nobody_works_is_told_first,
    a_record_shows_its_mails_to_those_who_write_it,
    an_account_shows_its_mails,
);

/// The page without its form, whose choices name every kind and state.
#[track_caller]
fn listed(answer: &Answer) -> &str {
    let (_, after) = answer.text.split_once("</form>\n  ").expect("the search form");
    after.split_once("<footer").expect("a footer").0
}

async fn the_list_is_narrowed_by_recipient_message_state_and_record(app: TestApp) {
    let admin = app.sign_in(Who::Administrator);
    admin.get("/admin/courrier").await.expect(200).has("Aucun e-mail pour l’instant");
    let (one, other) = (submitted(&app), submitted(&app));
    app.pass(1);
    ask_for_a_link(&app, &admin).await;
    let page = admin.get("/admin/courrier").await.expect(200).has("3\u{a0}e-mails").has("agent@vienne.example").has("Nouveau mot de passe");
    assert!(listed(&page).find("agent@vienne").unwrap() < listed(&page).find("responsable@vienne").unwrap(), "the latest first");
    for (asked, count, has) in [
        ("destinataire=RESPONSABLE@", "2\u{a0}e-mails", "responsable@vienne.example"),
        ("destinataire=agent@vienne", "1\u{a0}e-mail", "agent@vienne.example"),
        ("message=reset", "1\u{a0}e-mail", "agent@vienne.example"),
        ("etat=sent", "3\u{a0}e-mails", "Écrit, pas envoyé"),
        (&format!("fiche=action:{}", one.id), "1\u{a0}e-mail", &format!("Action « {} »", one.fields.title)),
        (&format!("fiche=account:{}", app.world.accounts[&Who::Worker]), "1\u{a0}e-mail", "Compte de Camille agent"),
        (&format!("fiche=action:{}&etat=sent&destinataire=vienne&message=action_submitted", other.id), "1\u{a0}e-mail", "responsable@"),
    ] {
        let page = admin.get(&format!("/admin/courrier?{asked}")).await.expect(200);
        assert!(listed(&page).contains(count) && listed(&page).contains(has), "{asked}: {}", listed(&page));
    }
    // The wildcards of SQL are letters like others.
    for asked in ["destinataire=%25", "destinataire=_", "destinataire=%5C", "etat=failed", "destinataire=agent@&message=action_submitted"] {
        admin.get(&format!("/admin/courrier?{asked}")).await.expect(200).has("Aucun e-mail pour ces critères");
    }
    admin
        .get("/admin/courrier?etat=failed&message=reset")
        .await
        .has("Sans l’état « Échoués » : 1\u{a0}e-mail")
        .has("/admin/courrier?message&#x3D;reset\"");
    let gone = format!("/admin/courrier?fiche=action:{}", MailId::new(app.now(), &app.app.chance));
    admin.get(&gone).await.expect(200).has("Fiche qui n’existe plus").has("Sans l’action : 3\u{a0}e-mails");
    let page = admin.get("/admin/courrier?per_page=2").await.expect(200).has("3\u{a0}e-mails").has("page&#x3D;2");
    assert_eq!(page.text.matches("mails__item").count(), 2);
    assert_eq!(admin.get("/admin/courrier?per_page=2&page=2").await.expect(200).text.matches("mails__item").count(), 1);
    admin.get("/admin/courrier?page=9").await.expect(200).has("Revenir au début de la liste");
}

async fn what_is_not_understood_is_named(app: TestApp) {
    let admin = app.sign_in(Who::Administrator);
    for (asked, named) in [
        ("etat=perdu", "« perdu » n’est pas une valeur connue de « etat »"),
        ("message=spam", "« spam »"),
        ("fiche=action", "« action »"),
        ("fiche=plan:01JZZZZZZZZZZZZZZZZZZZZZZZ", "« fiche »"),
        ("page=0", "« page »"),
    ] {
        admin.get(&format!("/admin/courrier?{asked}")).await.expect(400).has(named);
    }
    for path in
        ["/admin/courrier/01JZZZZZZZZZZZZZZZZZZZZZZZ", "/admin/courrier/rien", "/admin/courrier/rien/html", "/admin/courrier/rien/message.eml"]
    {
        admin.get(path).await.expect(404);
    }
}

async fn the_figures_say_how_many_left_in_time(app: TestApp) {
    let admin = app.sign_in(Who::Administrator);
    admin.get("/admin/courrier").await.expect(200).has("Aucun e-mail n’a été écrit aujourd’hui").has("Aucun depuis 30\u{a0}jours");
    for _ in 0..3 {
        submitted(&app);
    }
    app.work().await;
    submitted(&app);
    app.pass(6);
    app.work().await;
    admin.get("/admin/courrier").await.has("75\u{a0}%").has("aujourd’hui (3\u{a0}sur\u{a0}4)").has("75\u{a0}% sur 30\u{a0}jours (3\u{a0}sur\u{a0}4)");
    // Tomorrow, none of them is of the day any more.
    app.pass(24 * 3600);
    admin.get("/admin/courrier").await.has("Aucun e-mail n’a été écrit aujourd’hui").has("75\u{a0}% sur 30\u{a0}jours");
    let mut lines = all(&app, &Filter::default());
    answered(&app, &lines.remove(0).id, Stage::Failed, Step::Recipient, Some(550), "unknown");
    answered(&app, &lines.remove(0).id, Stage::Uncertain, Step::Body, None, "incomplete");
    let page = admin.get("/admin/courrier").await.has("dont 1\u{a0}incertain").has("href=\"/admin/courrier?etat&#x3D;failed\"");
    page.has("href=\"/admin/courrier?etat&#x3D;waiting\"");
    app.leaves_work();
}

async fn what_failed_says_why_and_leaves_again_together(app: TestApp) {
    let admin = app.sign_in(Who::Administrator);
    for _ in 0..3 {
        submitted(&app);
    }
    ask_for_a_link(&app, &admin).await;
    app.mails();
    admin.get("/admin/courrier/renvoyer").await.expect(200).has("Aucun e-mail échoué ne peut repartir");
    admin.post("/admin/courrier/renvoyer", &[]).await.expect(409);
    let lines = all(&app, &Filter { template: "action_submitted".into(), ..Filter::default() });
    answered(&app, &lines[0].id, Stage::Failed, Step::Recipient, Some(550), "permanent error (550): 5.7.1 <b>refused</b>");
    answered(&app, &lines[1].id, Stage::Failed, Step::Recipient, Some(450), "transient error (450): greylisted");
    answered(&app, &lines[2].id, Stage::Deferred, Step::Recipient, Some(450), "transient error (450): greylisted");
    let page = admin.get("/admin/courrier").await.expect(200).has("L’adresse est refusée").has("Prochain essai vers 10\u{a0}h\u{a0}32.");
    page.has("Renvoyer tous ceux qui ont échoué");
    let page = admin.get(&paths::mail(&lines[0].id)).await.has("Demandez à la personne son adresse").has("5.7.1 &lt;b&gt;refused&lt;/b&gt;");
    page.has("Ce que le serveur a répondu").has("Annonce du destinataire");
    admin.get(&paths::mail(&lines[2].id)).await.has("Nous réessayons pendant trois jours").has("Prochain essai vers 10\u{a0}h\u{a0}32.");
    admin.get("/admin").await.has("2 e-mails ne sont pas partis").has("/admin/courrier?etat&#x3D;failed");
    let page = admin.get("/admin/courrier/renvoyer").await.expect(200).has("2\u{a0}e-mails ont échoué").has("L’adresse est refusée");
    page.has("nous n’essayons plus");
    assert_eq!(admin.submit("/admin/courrier/renvoyer", "/admin/courrier/renvoyer", &[]).await.expect(303).location(), "/admin/courrier");
    app.work().await;
    assert_eq!(app.mails().len(), 2);
    // The link of yesterday's would lead nowhere: it stays.
    let link = the_only(&app, "reset").id;
    answered(&app, &link, Stage::Failed, Step::Recipient, Some(550), "unknown");
    app.pass(25 * 3600);
    admin.get("/admin/courrier/renvoyer").await.has("Aucun e-mail échoué ne peut repartir");
    app.leaves_work();
}

async fn a_server_at_fault_is_told_first(engine: Engine) {
    let app = with_a_server(engine).await;
    let admin = app.sign_in(Who::Administrator);
    for _ in 0..3 {
        submitted(&app);
        app.work().await;
        app.pass(600);
    }
    let lines = all(&app, &Filter::default());
    admin.get("/admin/courrier").await.expect(200).lacks("ne partent plus");
    // The oldest left; the server has refused us since the next.
    answered(&app, &lines[1].id, Stage::Deferred, Step::Authenticate, Some(535), "permanent error (535): 5.7.8 no");
    app.pass(600);
    answered(&app, &lines[0].id, Stage::Deferred, Step::Authenticate, Some(535), "permanent error (535): 5.7.8 no");
    let page = admin.get("/admin/courrier").await.expect(200).has("Les e-mails ne partent plus");
    let page = page.has("Depuis aujourd’hui à 10\u{a0}h\u{a0}30, 2\u{a0}e-mails attendent").has("refuse notre identification").has("5.7.8 no");
    page.has("Prochain essai dans les cinq minutes.");
    admin.get("/admin").await.has("Les e-mails ne partent plus");
    // It is mended: they leave, and nothing is said any more.
    app.pass(3600);
    app.work().await;
    admin.get("/admin/courrier").await.expect(200).lacks("ne partent plus");
}

async fn a_queue_that_nobody_works_is_told_first(app: TestApp) {
    let admin = app.sign_in(Who::Administrator);
    submitted(&app);
    app.pass(300);
    admin.get("/admin/courrier").await.lacks("Personne n’envoie");
    app.pass(600);
    admin.get("/admin/courrier").await.has("Personne n’envoie les e-mails").has("Depuis aujourd’hui à 10\u{a0}h, 1\u{a0}e-mail attend.");
    app.work().await;
    admin.get("/admin/courrier").await.lacks("Personne n’envoie");
}

async fn a_record_shows_its_mails_to_those_who_write_it(app: TestApp) {
    let action = app.write(|conn| world::action(conn, &app.world, &app.app.chance, ActionStage::Published, Visibility::Public));
    let page = paths::action(&action.id, &action.fields.title);
    app.work().await;
    let line = the_only(&app, "action_published");
    for who in [Who::Worker, Who::Manager] {
        let shown = app.sign_in(who).get(&page).await.expect(200).has("Camille agent").has("agent@vienne.example").has("Écrit, pas envoyé");
        shown.lacks("/admin/courrier");
    }
    app.sign_in(Who::Administrator).get(&page).await.has(&format!("href=\"{}\"", paths::mail(&line.id)));
    for who in [Who::Visitor, Who::Partner, Who::WorkerElsewhere, Who::ManagerElsewhere] {
        app.sign_in(who).get(&page).await.expect(200).lacks("agent@vienne.example").lacks("mails__item");
    }
    app.sign_in(Who::Worker).get(&paths::about_action(&action.id, "imprimer")).await.expect(200).lacks("mails__item");
}

async fn an_account_shows_its_mails(app: TestApp) {
    let admin = app.sign_in(Who::Administrator);
    let worker = paths::account(&app.world.accounts[&Who::Worker]);
    admin.get(&worker).await.expect(200).lacks("mails__item");
    ask_for_a_link(&app, &admin).await;
    app.write(|conn| world::action(conn, &app.world, &app.app.chance, ActionStage::Published, Visibility::Public));
    app.work().await;
    let page = admin.get(&worker).await.expect(200);
    assert_eq!(page.text.matches("mails__item").count(), 2, "the link, and what was published");
    page.has(&paths::mail(&the_only(&app, "reset").id)).has(&paths::mail(&the_only(&app, "action_published").id));
}
