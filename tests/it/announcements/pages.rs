//! The pages of announcements, the link in their mails, and the letter of the month.

use std::collections::BTreeSet;

use reqwest::Method;
use serde_json::json;
use traitdunion::actions::model::Stage as ActionStage;
use traitdunion::kernel::Visibility;
use traitdunion::meetings::model::Stage as MeetingStage;

use super::{create, partner, path, send, settle, to};
use crate::support::letters::Letter;
use crate::support::world::{self, ELSEWHERE, HERE};
use crate::support::{TestApp, Who, both, pdf};

both!(
    documents_are_read_by_the_link,
    the_letter_is_composed_of_what_everybody_may_read,
    a_record_that_is_no_longer_public_leaves_the_letter,
    a_letter_leaves_without_what_is_no_longer_public,
    a_meeting_that_does_not_take_place_leaves_the_letter,
    it_is_written_and_sent_by_its_pages,
);

async fn documents_are_read_by_the_link(app: TestApp) {
    partner(&app, "Un", json!({ "email": "un@loudun.example" }));
    let announcement = create(&app, Who::Manager, json!({})).await;
    let own = format!("/annonces/{}", announcement["id"].as_str().unwrap());
    let manager = app.sign_in(Who::Manager);
    manager.upload(&format!("{own}/documents"), &[], "affiche.pdf", &pdf::pdf(&["Permanence"])).await.expect(303);
    manager.get(&format!("{own}/documents")).await.expect(200).has("affiche.pdf");
    send(&app, &announcement, json!({})).await.expect(200);
    settle(&app).await;
    manager.upload(&format!("{own}/documents"), &[], "autre.pdf", &pdf::pdf(&["Autre"])).await.expect(409);
    let mail = app.mails().into_iter().find(|mail| mail.recipient == "un@loudun.example").unwrap();
    let text = String::from_utf8_lossy(&mail.bytes).replace("=\r\n", "");
    let start = text.find("/lien/annonces/").unwrap();
    let link: String = text[start..].chars().take("/lien/annonces/".len() + 43).collect();
    let page = app.visitor().get(&link).await.expect(200).has("Le mardi à Loudun").has("affiche.pdf");
    let start = page.text.find(&format!("{link}/documents/")).expect("the address of the document");
    let address: String = page.text[start..].chars().take_while(|c| *c != '"').collect();
    let file = app.visitor().get(&address).await.expect(200);
    assert!(file.header("content-disposition").contains("affiche.pdf") && file.header("content-security-policy").contains("sandbox"));
    // With another secret, nothing.
    app.visitor().get(&address.replace(&link, "/lien/annonces/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")).await.expect(404);
}

async fn the_letter_is_composed_of_what_everybody_may_read(app: TestApp) {
    app.leaves_work();
    let made = |visibility| app.write(|conn| world::action(conn, &app.world, &app.app.chance, ActionStage::Published, visibility)).id.to_string();
    let (shown, hidden) = (made(Visibility::Public), made(Visibility::Partners));
    made(Visibility::Internal);
    app.write(|conn| world::action(conn, &app.world, &app.app.chance, ActionStage::Draft, Visibility::Public).map(drop));
    let letter = create(&app, Who::Manager, json!({ "kind": "letter", "month": "2026-03-15", "title": "La lettre" })).await;
    let records: Vec<&str> = letter["items"].as_array().unwrap().iter().filter_map(|item| item["record"].as_str()).collect();
    assert_eq!(records, [shown.as_str()]);
    assert_eq!(letter["month"], "2026-03-01");
    // Of the month before, nothing was published.
    assert_eq!(create(&app, Who::Manager, json!({ "kind": "letter", "month": "2026-02-01" })).await["items"], json!([]));
    // A line about a record that the letter was not composed of cannot be added.
    let api = app.api(Who::Manager);
    let added = json!([{ "kind": "action", "record": hidden, "title": "Cachée", "kept": true }]);
    api.put(&path(&letter), &json!({ "version": 1, "items": added })).await.expect(422);
    let kept = json!([
        { "kind": "text", "title": "Un mot", "text": "Merci à tous.", "kept": true },
        { "kind": "action", "record": shown, "title": "Un autre titre", "text": "Le mardi.", "kept": true },
    ]);
    let letter = api.put(&path(&letter), &json!({ "version": 1, "items": kept })).await.expect(200).json();
    assert_eq!(letter["items"][1]["title"], "Gérer son budget", "a record keeps its own");
    send(&app, &letter, json!({})).await.expect(200);
    settle(&app).await;
    assert_eq!(to(&app, "letter"), [Who::Partner.email()]);
    let public = format!("/lettres/{}", letter["id"].as_str().unwrap());
    let page = app.visitor().get(&public).await.expect(200).has("Nouvelles actions").has("Gérer son budget").has("Merci à tous.");
    assert!(page.text.find("Un mot").unwrap() < page.text.find("Nouvelles actions").unwrap(), "in the order that was chosen");
    app.visitor().get("/lettres").await.expect(200).has("La lettre").has(&public);
}

async fn a_record_that_is_no_longer_public_leaves_the_letter(app: TestApp) {
    app.leaves_work();
    let action = app.write(|conn| world::action(conn, &app.world, &app.app.chance, ActionStage::Published, Visibility::Public));
    let letter = create(&app, Who::Administrator, json!({ "kind": "letter", "title": "La lettre", "audience": { "territories": [HERE] } })).await;
    send(&app, &letter, json!({})).await.expect(200);
    let public = format!("/lettres/{}", letter["id"].as_str().unwrap());
    app.visitor().get(&public).await.expect(200).has("Gérer son budget");
    let body = json!({ "version": action.version, "visibility": "internal" });
    app.api(Who::Administrator).call(Method::PUT, &format!("/api/v1/actions/{}", action.id), Some(&body)).await.expect(200);
    app.visitor().get(&public).await.expect(200).lacks("Gérer son budget");
}

async fn a_letter_leaves_without_what_is_no_longer_public(app: TestApp) {
    let made = |title: &str| {
        let action = app.write(|conn| world::action(conn, &app.world, &app.app.chance, ActionStage::Published, Visibility::Public));
        let body = json!({ "version": action.version, "title": title });
        (action.id, body)
    };
    let (api, mut made) = (app.api(Who::Administrator), [made("Marcher ensemble"), made("Lire à deux")]);
    for (id, body) in &mut made {
        let changed = api.put(&format!("/api/v1/actions/{id}"), body).await.expect(200).json();
        body["version"] = changed["version"].clone();
    }
    app.work().await;
    app.mails();
    let letter = create(&app, Who::Administrator, json!({ "kind": "letter", "title": "La lettre", "audience": { "territories": [HERE] } })).await;
    send(&app, &letter, json!({})).await.expect(200);
    let (id, body) = &made[1];
    api.put(&format!("/api/v1/actions/{id}"), &json!({ "version": body["version"], "visibility": "internal" })).await.expect(200);
    settle(&app).await;
    let mails = Letter::all(app.mails());
    let sent: Vec<&Letter> = mails.iter().filter(|one| one.to == Who::Partner.email()).collect();
    assert_eq!(sent.len(), 1);
    assert!(sent[0].text.contains("Marcher ensemble") && !sent[0].text.contains("Lire à deux"), "{}", sent[0].text);
}

async fn a_meeting_that_does_not_take_place_leaves_the_letter(app: TestApp) {
    app.leaves_work();
    let meeting = app.write(|conn| world::meeting(conn, &app.world, &app.app.chance, MeetingStage::Draft, Visibility::Public));
    let (api, own) = (app.api(Who::Administrator), format!("/api/v1/meetings/{}", meeting.id));
    let called = api.post(&format!("{own}/call"), &json!({ "version": meeting.version })).await.expect(200).json();
    let letter = create(&app, Who::Administrator, json!({ "kind": "letter", "title": "La lettre", "audience": { "territories": [HERE] } })).await;
    send(&app, &letter, json!({})).await.expect(200);
    let public = format!("/lettres/{}", letter["id"].as_str().unwrap());
    app.visitor().get(&public).await.expect(200).has("Rencontres à venir").has(&meeting.fields.title);
    api.post(&format!("{own}/cancel"), &json!({ "version": called["version"], "reason": "Neige." })).await.expect(200);
    app.visitor().get(&public).await.expect(200).lacks(&meeting.fields.title);
}

async fn it_is_written_and_sent_by_its_pages(app: TestApp) {
    partner(&app, "Un", json!({ "email": "un@loudun.example" }));
    let manager = app.sign_in(Who::Manager);
    manager.get("/mon-espace").await.expect(200).has("/annonces");
    manager.get("/annonces").await.expect(200).has("Aucune annonce ici");
    manager.post("/annonces/nouvelle", &[("model", "free")]).await.expect(422).has("Donnez un titre");
    let edit = manager.post("/annonces/nouvelle", &[("model", "closing")]).await.expect(303).location().to_owned();
    let form = manager.get(&edit).await.expect(200).has("Fermeture exceptionnelle").has("MDS de Loudun");
    assert_eq!(form.field("version"), Some("1"));
    let fields =
        [("version", "1"), ("title", "Fermé lundi"), ("greeting", "Bonjour,"), ("text", "Fermé."), ("to", "partners"), ("territories", HERE)];
    let elsewhere: Vec<(&str, &str)> =
        fields.iter().copied().filter(|(name, _)| *name != "territories").chain([("territories", ELSEWHERE)]).collect();
    manager.post(&edit, &elsewhere).await.expect(422).has("demandez à un administrateur").has("Fermé lundi");
    let own = manager.post(&edit, &fields).await.expect(303).location().to_owned();
    manager.get(&own).await.expect(200).has("2\u{a0}adresses").has("Fermé lundi");
    manager.get(&format!("{own}/destinataires")).await.expect(200).has("un@loudun.example");
    for _ in 0..5 {
        manager.post(&format!("{own}/essai"), &[]).await.expect(303);
    }
    manager.post(&format!("{own}/essai"), &[]).await.expect(422).has("Attendez cinq minutes").has("Fermé lundi").has("M’envoyer un essai");
    app.work().await;
    let tried: Vec<String> = app.mails().into_iter().map(|mail| mail.recipient).collect();
    assert_eq!(tried, vec![Who::Manager.email(); 5], "what is refused sends nothing");
    app.pass(301);
    manager.post(&format!("{own}/essai"), &[]).await.expect(303);
    let confirm = format!("{own}/envoyer");
    let page = manager.get(&confirm).await.expect(200).has("2\u{a0}adresses");
    let seen = page.field("seen").unwrap().to_owned();
    let base = [("version", "2"), ("number", "2"), ("seen", seen.as_str())];
    let later = |day: &'static str, time: &'static str| [&base[..], &[("when", "later"), ("day", day), ("time", time)]].concat();
    manager.post(&confirm, &later("", "")).await.expect(422).has("Donnez le jour");
    manager.post(&confirm, &later("01/03/2026", "8:00")).await.expect(422).has("à venir");
    manager.post(&confirm, &later("04/03/2026", "8:00")).await.expect(303);
    manager.get(&own).await.expect(200).has("Elle partira").has("Reprendre en brouillon");
    manager.get(&edit).await.expect(409);
    app.pass(24 * 3600);
    settle(&app).await;
    manager.get(&own).await.expect(200).has("Envoyée").has("Association Le Pont").has("Partenaires informés");
    let history = format!("{own}/historique");
    let told = manager.get(&history).await.expect(200).has("a commencé l’annonce").has("a programmé l’envoi").has("L’envoi est terminé");
    told.lacks("ligne de commande").lacks("Rétablir");
    manager.get(&format!("{history}/1")).await.expect(200).has("Fermeture exceptionnelle").has("MDS de Loudun");
    manager.get(&format!("{history}/comparer?de=1&a=2")).await.expect(200).has("Formule d’appel").has("Titre");
    app.sign_in(Who::ManagerElsewhere).get(&history).await.expect(404);
    manager.get("/annonces?stage=sent").await.expect(200).has("Fermé lundi");
    manager.get("/annonces?stage=lost").await.expect(400);
    let to: BTreeSet<String> = app.mails().into_iter().map(|mail| mail.recipient).collect();
    assert_eq!(to, BTreeSet::from([Who::Manager.email(), Who::Partner.email(), "un@loudun.example".to_owned()]));
    // The letter, row by row.
    let edit = manager.post("/annonces/nouvelle", &[("model", "letter"), ("month", "2026-03-01")]).await.expect(303).location().to_owned();
    manager.get(&edit).await.expect(200).has("Rubriques");
    let rows = [
        ("version", "1"),
        ("title", "La lettre"),
        ("text", ""),
        ("to", "partners"),
        ("territories", HERE),
        ("items.0.kind", "text"),
        ("items.0.place", "2"),
        ("items.0.title", "Second"),
        ("items.0.text", "b"),
        ("items.0.kept", "oui"),
        ("items.1.kind", "text"),
        ("items.1.place", "1,5"),
        ("items.1.title", "Premier"),
        ("items.1.text", "a"),
        ("items.1.kept", "oui"),
        ("items.2.kind", "text"),
        ("items.2.place", "x"),
        ("items.2.title", ""),
        ("items.2.text", ""),
    ];
    let own = manager.post(&edit, &rows).await.expect(303).location().to_owned();
    let page = manager.get(&own).await.expect(200);
    assert!(page.text.find("Premier").unwrap() < page.text.find("Second").unwrap());
}
