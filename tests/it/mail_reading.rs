//! One mail as administrators read it: its text, its HTML, its file, what it must not show, and another life for it.

use diesel::prelude::*;
use reqwest::Method;
use serde_json::{Value, json};
use traitdunion::actions::model::Stage as ActionStage;
use traitdunion::http::paths;
use traitdunion::kernel::Visibility;
use traitdunion::mail::log::Filter;
use traitdunion::mail::model::{Stage, Step};
use traitdunion::mail::outgoing::{self, Outgoing};

use crate::support::mails::{all, answered, ask_for_a_link, bytes, submitted, the_only, with_a_server};
use crate::support::{Engine, TestApp, Who, both, world};

both!(
    a_mail_is_read_as_it_left,
    a_personal_link_is_hidden_once_mail_really_leaves,
    a_personal_link_can_be_followed_where_no_mail_leaves,
    what_ended_leaves_again_by_the_same_bytes,
    what_cannot_leave_again_says_why,
    what_others_wrote_is_shown_and_never_obeyed,
    a_calendar_is_enclosed_and_told,
);

async fn a_mail_is_read_as_it_left(app: TestApp) {
    let admin = app.sign_in(Who::Administrator);
    let action = submitted(&app);
    let id = the_only(&app, "action_submitted").id;
    admin.get(&paths::mail(&id)).await.expect(200).has("Action à valider").has("sera composé au moment de partir");
    admin.get(&format!("{}/html", paths::mail(&id))).await.expect(404);
    app.work().await;
    let url = paths::action(&action.id, &action.fields.title);
    let page = admin.get(&paths::mail(&id)).await.expect(200);
    let page = page.has("traitdunion@localhost").has("Bonjour Camille responsable").has("mardi 3\u{a0}mars\u{a0}2026 à 10\u{a0}h");
    let page = page.has(&format!("<a href=\"{}{url}\">", app.url)).has(&format!("<a href=\"{url}\">Action « {} »</a>", action.fields.title));
    page.has("Aux responsables, quand une action attend leur validation.").has("Écrit dans un fichier").has(&format!("{id}@localhost"));

    let html = admin.get(&format!("{}/html", paths::mail(&id))).await.expect(200).has("Bonjour Camille responsable").lacks(" style=\"");
    let policy = html.header("content-security-policy");
    assert!(policy.starts_with("default-src 'none'; style-src 'nonce-") && policy.contains("frame-ancestors 'none'"), "{policy}");
    assert!(!policy.contains("unsafe") && !policy.contains("script-src"), "{policy}");
    assert_eq!(html.header("x-content-type-options"), "nosniff");

    let kept = bytes(&app, &id);
    let file = admin.request(Method::GET, &format!("{}/message.eml", paths::mail(&id))).send().await.expect("a file");
    let headers = file.headers().clone();
    assert_eq!(headers["content-type"], "message/rfc822");
    assert!(headers["content-disposition"].to_str().unwrap().starts_with("attachment; filename=\""), "{headers:?}");
    assert_eq!(file.bytes().await.expect("its bytes"), kept);
    assert_eq!(app.mails()[0].bytes, kept);
}

async fn a_personal_link_is_hidden_once_mail_really_leaves(engine: Engine) {
    let app = with_a_server(engine).await;
    let admin = app.sign_in(Who::Administrator);
    ask_for_a_link(&app, &admin).await;
    let id = the_only(&app, "reset").id;
    assert!(String::from_utf8(bytes(&app, &id)).unwrap().contains("/lien/"), "it was sent whole");
    let page = admin.get(&paths::mail(&id)).await.expect(200).has("lien personnel masqué").has("il est masqué ici");
    page.lacks("/lien/").lacks("message.eml");
    let html = admin.get(&format!("{}/html", paths::mail(&id))).await.expect(200).has("lien personnel masqué");
    html.has("href=\"#\"").lacks("/lien/");
    admin.get(&format!("{}/message.eml", paths::mail(&id))).await.expect(403).has("il ne se télécharge pas").lacks("/lien/");
    // What holds no such link is shown whole.
    submitted(&app);
    app.work().await;
    let other = the_only(&app, "action_submitted").id;
    admin.get(&paths::mail(&other)).await.expect(200).has("message.eml").has("Remis au serveur de messagerie").has("Parti");
    admin.get(&format!("{}/message.eml", paths::mail(&other))).await.expect(200);
    admin.get("/admin/courrier").await.lacks("TRAITDUNION_SMTP_URL");
}

async fn a_personal_link_can_be_followed_where_no_mail_leaves(app: TestApp) {
    let admin = app.sign_in(Who::Administrator);
    admin.get("/admin/courrier").await.expect(200).has("aucun serveur de messagerie n’est réglé").has("TRAITDUNION_SMTP_URL");
    ask_for_a_link(&app, &admin).await;
    let id = the_only(&app, "reset").id;
    let page = admin.get(&paths::mail(&id)).await.expect(200).has("message.eml");
    let at = page.text.find(&format!("<a href=\"{}/lien/", app.url)).expect("a link");
    let link = page.text[at + 9..].split('"').next().unwrap().strip_prefix(&app.url).unwrap();
    app.visitor().get(link).await.expect(200);
    admin.get(&format!("{}/html", paths::mail(&id))).await.expect(200).has(link);
}

async fn what_ended_leaves_again_by_the_same_bytes(app: TestApp) {
    let admin = app.sign_in(Who::Administrator);
    submitted(&app);
    app.work().await;
    let id = the_only(&app, "action_submitted").id;
    let first = app.mails().remove(0);
    admin.get(&paths::mail(&id)).await.has("la personne le recevra une deuxième fois");
    let again = format!("{}/renvoyer", paths::mail(&id));
    let answer = admin.submit(&paths::mail(&id), &again, &[]).await.expect(303);
    assert_eq!(answer.location(), paths::mail(&id));
    admin.get(&paths::mail(&id)).await.has("L’e-mail repart").has("En attente");
    admin.post(&again, &[]).await.expect(409).has("attend déjà de partir");
    app.work().await;
    let second = app.mails().remove(0);
    assert_eq!((first.bytes, first.message_id, first.recipient), (second.bytes, second.message_id, second.recipient));
    // Failed or cancelled as well.
    for (stage, step) in [(Stage::Failed, Step::Recipient), (Stage::Cancelled, Step::Recipient)] {
        answered(&app, &id, stage, step, Some(550), "5.1.1 unknown");
        admin.submit(&paths::mail(&id), &again, &[]).await.expect(303);
        app.work().await;
        assert_eq!(app.mails().len(), 1, "{stage}");
    }
    app.sign_in(Who::Manager).post(&again, &[]).await.expect(404);
}

async fn what_cannot_leave_again_says_why(app: TestApp) {
    let admin = app.sign_in(Who::Administrator);
    submitted(&app);
    ask_for_a_link(&app, &admin).await;
    let (old, link) = (the_only(&app, "action_submitted").id, the_only(&app, "reset").id);
    app.pass(25 * 3600);
    admin.get(&paths::mail(&link)).await.expect(200).has("Le lien de cet e-mail ne fonctionne plus");
    admin.post(&format!("{}/renvoyer", paths::mail(&link)), &[]).await.expect(409).has("ne fonctionne plus");
    // Somebody stops the mails that may be stopped.
    app.write(|conn| world::action(conn, &app.world, &app.app.chance, ActionStage::Published, Visibility::Public));
    app.work().await;
    let published = the_only(&app, "action_published");
    let now = app.now();
    app.write(|conn| {
        use traitdunion::db::schema::mail_choices;
        let token: String = mail_choices::table.filter(mail_choices::list.eq("action_published")).select(mail_choices::token).first(conn)?;
        traitdunion::mail::choices::stop(conn, &token, now)
    });
    admin.get(&paths::mail(&published.id)).await.expect(200).has("ne veut plus recevoir ces messages");
    admin.post(&format!("{}/renvoyer", paths::mail(&published.id)), &[]).await.expect(409);
    // Three months later its text is gone; what became of it is not.
    app.pass(100 * 24 * 3600);
    let (now, admin) = (app.now(), app.sign_in(Who::Administrator));
    app.write(|conn| outgoing::purge(conn, now));
    admin.get(&paths::mail(&old)).await.expect(200).has("effacé après trois mois").has("n’est plus gardé : il ne peut plus repartir");
    admin.get(&format!("{}/html", paths::mail(&old))).await.expect(404);
    admin.get(&format!("{}/message.eml", paths::mail(&old))).await.expect(404);
    admin.post(&format!("{}/renvoyer", paths::mail(&old)), &[]).await.expect(409).has("ne peut plus repartir");
    assert_eq!(app.mails().len(), 3);
}

async fn what_others_wrote_is_shown_and_never_obeyed(app: TestApp) {
    let admin = app.sign_in(Who::Administrator);
    let (now, hostile) = (app.now(), "<script>alert(1)</script>");
    let params = serde_json::json!({ "name": hostile, "actor": hostile, "title": hostile, "link": "/actions/x", "comment": hostile });
    let mail = |recipient: &str, key: &str| Outgoing {
        recipient: recipient.into(),
        template: "action_submitted",
        params: params.clone(),
        record: None,
        key: key.into(),
    };
    let mails = [mail("agent@vienne.example", "a"), mail("<script>alert(2)</script>@vienne.example", "b")];
    app.write(|conn| outgoing::enqueue(conn, now, &app.app.chance, mails));
    app.work().await;
    let list = admin.get("/admin/courrier").await.expect(200).has("&lt;script&gt;alert(1)").has("&lt;script&gt;alert(2)");
    list.lacks("<script>alert");
    for line in all(&app, &Filter::default()) {
        admin.get(&paths::mail(&line.id)).await.expect(200).has("&lt;script&gt;alert").lacks("<script>alert");
    }
    let sent = &all(&app, &Filter { recipient: "agent@".into(), ..Filter::default() })[0];
    admin.get(&format!("{}/html", paths::mail(&sent.id))).await.expect(200).lacks("<script");
    let failed = &all(&app, &Filter { stages: vec![Stage::Failed], ..Filter::default() })[0];
    admin.get(&paths::mail(&failed.id)).await.has("n’a pas pu être composé").has("n’a pas été composé");
    admin.get("/admin/courrier?destinataire=%3Cscript%3Ealert(3)").await.expect(200).lacks("<script>alert");
    app.leaves_work();
}

async fn a_calendar_is_enclosed_and_told(app: TestApp) {
    let admin = app.sign_in(Who::Administrator);
    let at = app.now();
    let entry = json!({
        "uid": "1@vienne.example", "sequence": 0, "starts_at": at, "ends_at": at.plus_seconds(60), "summary": "Comité", "categories": [],
        "stamp": at, "created": at, "changed": at,
    });
    let mail = |key: &str, calendar: Value| {
        let params = json!({ "name": "Denis", "link": "/lien/x", "hours": 24, "calendar": calendar });
        Outgoing { recipient: format!("{key}@vienne.example"), template: "reset", params, record: None, key: key.into() }
    };
    app.write(|conn| {
        outgoing::enqueue(
            conn,
            app.now(),
            &app.app.chance,
            [mail("sound", json!({ "method": "CANCEL", "entry": entry })), mail("false", json!({ "method": "CANCEL" }))],
        )
    });
    app.work().await;
    let of = |recipient: &str| all(&app, &Filter { recipient: recipient.into(), ..Filter::default() }).remove(0);
    let sound = of("sound@vienne.example");
    let page = admin.get(&paths::mail(&sound.id)).await.expect(200).has("Bonjour Denis").has("annulation.ics").lacks("VCALENDAR");
    page.has("Écrit dans un fichier");
    admin.get(&format!("{}/html", paths::mail(&sound.id))).await.expect(200).has("Bonjour Denis").lacks("VCALENDAR");
    let parts = String::from_utf8(bytes(&app, &sound.id)).unwrap();
    assert!(parts.contains("text/calendar; charset=utf-8; method=CANCEL"), "{parts}");
    // One that is not whole is not sent.
    let wrong = of("false@vienne.example");
    assert_eq!((wrong.stage, wrong.fault.map(|fault| fault.step)), (Stage::Failed, Some(Step::Compose)));
    assert_eq!(app.mails().len(), 1);
    app.leaves_work();
}
