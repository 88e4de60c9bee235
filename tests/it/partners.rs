//! Partners through their pages and the API: written, corrected, confirmed, merged, and never told to whom they are not for.

use serde_json::{Value, json};
use traitdunion::accounts::model::{Actor, By, Viewer};
use traitdunion::actions::service as actions;
use traitdunion::events::Record;
use traitdunion::kernel::ids::OrganisationId;
use traitdunion::partners::{links, service as partners};
use traitdunion::versions;

use crate::support::world::{self, ELSEWHERE, HERE};
use crate::support::{TestApp, Who, both};

both!(
    a_manager_adds_a_partner_and_nothing_typed_is_lost,
    two_editors_of_one_page_lose_nothing,
    a_worker_suggests_and_a_manager_decides,
    a_partner_writes_its_own_page_and_no_other,
    contacts_that_are_not_shown_never_leak,
    what_is_above_the_readers_level_is_not_named,
    two_records_become_one_and_nothing_is_lost,
    a_merge_that_cannot_be_changes_nothing,
    a_page_is_confirmed_once_a_year_from_the_mail,
    the_list_is_found_by_words_kind_theme_and_place,
    the_api_reads_writes_and_confirms,
    old_addresses_lead_to_the_new,
    who_may_merge_may_say_that_they_are_not_the_same,
    a_partner_of_no_known_place_is_the_departments,
);

const SIRET: &str = "13003013300016";

fn made(app: &TestApp, given: Value) -> OrganisationId {
    app.write(|conn| {
        let robot = Actor::command_line();
        let by = By { actor: &robot, now: app.now(), chance: &app.app.chance };
        Ok(partners::create(conn, by, given.as_object().expect("an object"))?.id)
    })
}

fn page(id: &OrganisationId, what: &str) -> String {
    format!("/partenaires/{id}/{what}")
}

/// The page at the end of its redirections.
async fn seen(browser: &crate::support::Browser, id: &OrganisationId) -> crate::support::Answer {
    let moved = browser.get(&format!("/partenaires/{id}")).await.expect(301);
    browser.get(moved.location()).await.expect(200)
}

fn whole(app: &TestApp, id: &OrganisationId) -> traitdunion::partners::model::Partner {
    app.read(|conn| partners::read(conn, &Viewer(Some(Actor::command_line())), id))
}

async fn a_manager_adds_a_partner_and_nothing_typed_is_lost(app: TestApp) {
    let manager = app.sign_in(Who::Manager);
    let fields = [
        ("name", "Comptes clairs"),
        ("kind", "association"),
        ("description", "Un accueil pour parler d’argent."),
        ("area", HERE),
        ("commune", "Loudun"),
        ("siret", "130 030 133 00017"),
        ("contacts.0.name", "Zoé Martin"),
        ("contacts.0.email", "zoe"),
        ("website", "comptes-clairs.example"),
        ("visibility", "public"),
    ];
    let again = manager.post("/partenaires/nouveau", &fields).await.expect(422);
    let again = again.has("130 030 133 00017").has("un chiffre au moins est faux").has("contacts.0.email").has("Zoé Martin").has("Un accueil pour");
    assert_eq!(again.field("name"), Some("Comptes clairs"));
    let mut fields = fields.to_vec();
    fields[5].1 = "130 030 133 00016";
    fields[7].1 = "zoe@comptes-clairs.example";
    let made = manager.post("/partenaires/nouveau", &fields).await.expect(303);
    assert!(made.location().ends_with("/comptes-clairs"), "{}", made.location());
    manager.get(made.location()).await.expect(200).has("https://comptes-clairs.example").has("130\u{a0}030\u{a0}133\u{a0}00016").has("MDS de Loudun");
    // The same SIRET under another name: shown before anything is written, and written once it is said to be another.
    fields[0].1 = "Autre association";
    manager.post("/partenaires/nouveau", &fields).await.expect(409).has("peut-être déjà là").has("Comptes clairs");
    fields.push(("distinct", "oui"));
    manager.post("/partenaires/nouveau", &fields).await.expect(303);
    manager.get("/partenaires/doublons").await.expect(200).has("Même SIRET").has("Autre association");
    // A manager adds what their own territories are served by.
    let elsewhere = manager.post("/partenaires/nouveau", &[("name", "Ailleurs"), ("kind", "caf"), ("area", ELSEWHERE)]).await;
    elsewhere.expect(422).has("au moins un de vos territoires");
    app.sign_in(Who::Worker).get("/partenaires/nouveau").await.expect(403);
    app.work().await;
}

async fn two_editors_of_one_page_lose_nothing(app: TestApp) {
    let id = made(&app, json!({ "name": "Le Relais", "area": [HERE], "phone": "05 49 00 00 01" }));
    let (one, other) = (app.sign_in(Who::Manager), app.sign_in(Who::Administrator));
    let form = page(&id, "modifier");
    let base = [("version", "1"), ("name", "Le Relais"), ("kind", "association"), ("area", HERE), ("visibility", "public")];
    let with = |more: &[(&'static str, &'static str)]| base.iter().copied().chain(more.iter().copied()).collect::<Vec<_>>();
    one.post(&form, &with(&[("phone", "05 49 00 00 02")])).await.expect(303);
    // Another field: both are kept.
    other.post(&form, &with(&[("phone", "05 49 00 00 01"), ("email", "relais@vienne.example")])).await.expect(303);
    let now = whole(&app, &id);
    assert_eq!((now.fields.phone.as_str(), now.fields.email.as_str(), now.version), ("05 49 00 00 02", "relais@vienne.example", 3));
    // The same field: shown side by side, and nothing is written.
    let clash = other.post(&form, &with(&[("phone", "05 49 00 00 03"), ("reason", "Leur site")])).await.expect(409);
    let clash = clash.has("05 49 00 00 03").has("05 49 00 00 02").has("Leur site").has("pendant que vous écriviez");
    assert_eq!(clash.field("version"), Some("3"));
    assert_eq!(whole(&app, &id), now);
    let history = one.get(&page(&id, "historique")).await.expect(200);
    history.has("a modifié le téléphone").has("a modifié l’e-mail général");
    one.submit(&page(&id, "historique/1"), &page(&id, "historique/1"), &[("reason", "Pour voir")]).await.expect(303);
    assert_eq!(whole(&app, &id).fields.phone, "05 49 00 00 01");
    app.work().await;
}

async fn a_worker_suggests_and_a_manager_decides(app: TestApp) {
    let id = made(&app, json!({ "name": "Le Relais", "area": [HERE], "phone": "05 49 00 00 01" }));
    let (worker, manager, elsewhere) = (app.sign_in(Who::Worker), app.sign_in(Who::Manager), app.sign_in(Who::ManagerElsewhere));
    worker.get(&page(&id, "modifier")).await.expect(403);
    let form = page(&id, "corriger");
    let base = [("name", "Le Relais"), ("kind", "association"), ("area", HERE), ("visibility", "public")];
    let with = |more: &[(&'static str, &'static str)]| base.iter().copied().chain(more.iter().copied()).collect::<Vec<_>>();
    worker.post(&form, &with(&[("phone", "05 49 00 00 01")])).await.expect(422).has("rien changé");
    worker.post(&form, &with(&[("phone", "05 49 00 00 09"), ("reason", "Appelé ce matin")])).await.expect(303);
    app.work().await;
    let mails = app.mails();
    assert_eq!(mails.len(), 1, "only the manager of that territory");
    assert_eq!(mails[0].recipient, Who::Manager.email());
    let text = String::from_utf8_lossy(&mails[0].bytes).into_owned();
    assert!(text.contains("partner"), "{text}");
    let space = manager.get("/mon-espace").await.expect(200).has("Corrections à décider");
    let correction = space.text.split("/partenaires/corrections/").nth(1).unwrap()[..26].to_owned();
    let path = format!("/partenaires/corrections/{correction}");
    manager.get(&path).await.expect(200).has("05 49 00 00 09").has("05 49 00 00 01").has("Appelé ce matin").has("Refuser");
    worker.get(&path).await.expect(200).lacks("Refuser");
    elsewhere.get(&path).await.expect(404);
    app.sign_in(Who::WorkerElsewhere).get(&path).await.expect(404);
    worker.post(&path, &[("version", "1"), ("do", "accept")]).await.expect(403);
    manager.post(&path, &[("version", "1"), ("do", "refuse")]).await.expect(422).has("pourquoi");
    assert_eq!(whole(&app, &id).version, 1, "what is refused changes nothing");
    manager.post(&path, &[("version", "1"), ("do", "accept"), ("comment", "Merci.")]).await.expect(303);
    let now = whole(&app, &id);
    assert_eq!((now.fields.phone.as_str(), now.version), ("05 49 00 00 09", 2));
    manager.post(&path, &[("version", "2"), ("do", "refuse"), ("comment", "Non.")]).await.expect(409).has("déjà décidée");
    app.work().await;
    let mails = app.mails();
    assert_eq!((mails.len(), mails[0].recipient.as_str()), (1, Who::Worker.email().as_str()));
    manager.get("/mon-espace").await.expect(200).lacks("Corrections à décider");
}

async fn a_partner_writes_its_own_page_and_no_other(app: TestApp) {
    let (own, other) = (&app.world.organisation, made(&app, json!({ "name": "Le Relais", "area": [HERE] })));
    let partner = app.sign_in(Who::Partner);
    partner.get("/mon-espace").await.expect(200).has("Ma fiche de partenaire");
    partner
        .submit(&page(own, "modifier"), &page(own, "modifier"), &[("name", "Le Pont"), ("kind", "association"), ("visibility", "public")])
        .await
        .expect(303);
    assert_eq!(whole(&app, own).fields.name, "Le Pont");
    for what in ["modifier", "corriger", "historique", "reunir"] {
        partner.get(&page(&other, what)).await.expect(403);
    }
    partner.get(&page(own, "reunir")).await.expect(403);
    partner.get("/partenaires/doublons").await.expect(403);
    app.work().await;
}

async fn contacts_that_are_not_shown_never_leak(app: TestApp) {
    let id = made(
        &app,
        json!({ "name": "Maison Ouverte", "area": [HERE], "contacts": [
            { "name": "Visible Dupont", "function": "accueil", "shown": true },
            { "name": "Secrète Durand", "email": "secrete@maison.example", "phone": "05 49 11 22 33", "shown": false },
        ] }),
    );
    app.work().await;
    let hidden = ["Secrète", "secrete@maison.example", "05 49 11 22 33"];
    for (who, told) in [(Who::Visitor, false), (Who::Partner, false), (Who::Worker, true), (Who::ManagerElsewhere, true), (Who::Administrator, true)]
    {
        let (browser, api) = (app.sign_in(who), app.api(who));
        let mut answers = vec![
            seen(&browser, &id).await.has("Visible Dupont"),
            api.get(&format!("/api/v1/partners/{id}")).await.expect(200).has("Visible Dupont"),
            api.get("/api/v1/partners?q=maison").await.expect(200).has("Maison Ouverte"),
            browser.get("/partenaires/export?format=csv").await.expect(200).has("Visible Dupont"),
            browser.get("/partenaires/export?format=jsonl").await.expect(200).has("Visible Dupont"),
        ];
        for answer in answers.drain(..) {
            assert_eq!(hidden.iter().all(|word| answer.text.contains(word)), told, "{who:?}: {}", answer.text);
            assert!(told || hidden.iter().all(|word| !answer.text.contains(word)), "{who:?}: {}", answer.text);
        }
        // What one index holds for everybody has none of it.
        for word in ["Secrète", "Durand"] {
            let found = api.get(&format!("/api/v1/search?q={}", word.replace('è', "%C3%A8"))).await.expect(200).json();
            assert_eq!(found["total"], 0, "{who:?} {word}");
            browser.get(&format!("/partenaires?q={}", word.replace('è', "%C3%A8"))).await.expect(200).lacks("Maison Ouverte");
        }
        assert_eq!(api.get("/api/v1/search?q=Visible+Dupont").await.expect(200).json()["total"], 1);
    }
    for who in [Who::Visitor, Who::Partner] {
        assert_ne!(app.sign_in(who).get(&page(&id, "historique")).await.status, 200);
    }
}

async fn what_is_above_the_readers_level_is_not_named(app: TestApp) {
    let hidden = made(&app, json!({ "name": "Refuge Discret", "area": [HERE], "visibility": "internal" }));
    let known = made(&app, json!({ "name": "Le Relais", "area": [HERE] }));
    let action = app.write(|conn| {
        let manager = app.world.actor(conn, Who::Manager)?;
        let by = By { actor: &manager, now: app.now(), chance: &app.app.chance };
        let mut given = world::whole_action();
        given.insert("partners".into(), json!([{ "partner_id": hidden, "role": "accueille" }, { "partner_id": known, "role": "anime" }]));
        given.insert("carrier".into(), json!({ "partner_id": hidden }));
        let action = actions::create(conn, by, &given)?;
        actions::carry_out(conn, by, &action.id, 1, traitdunion::actions::model::Verb::Publish, "")
    });
    app.work().await;
    for (who, told) in [(Who::Visitor, false), (Who::Partner, false), (Who::Worker, true)] {
        let (browser, api) = (app.sign_in(who), app.api(who));
        let shown = browser.get(&traitdunion::http::paths::action(&action.id, &action.fields.title)).await.expect(200).has("Le Relais");
        let given = api.get(&format!("/api/v1/actions/{}", action.id)).await.expect(200).has(known.as_str());
        let taken = browser.get("/actions/export?format=jsonl").await.expect(200).has("Le Relais");
        for (answer, word) in [(shown, "Refuge Discret"), (given, hidden.as_str()), (taken, "Refuge Discret")] {
            assert_eq!(answer.text.contains(word), told, "{who:?}: {}", answer.text);
        }
        let status = if told { 301 } else { 404 };
        browser.get(&format!("/partenaires/{hidden}")).await.expect(status);
        api.get(&format!("/api/v1/partners/{hidden}")).await.expect(if told { 200 } else { 404 });
        for path in ["/partenaires", "/partenaires/export?format=csv", "/recherche?q=refuge", "/api/v1/search?q=refuge", "/api/v1/suggest?q=refu"] {
            assert_eq!(browser.get(path).await.expect(200).text.contains("Refuge Discret"), told, "{who:?} {path}");
        }
    }
}

async fn two_records_become_one_and_nothing_is_lost(app: TestApp) {
    let (kept, own) =
        (made(&app, json!({ "name": "Le Pont", "area": [HERE], "external_id": "P1", "phone": "05 49 00 00 01" })), app.world.organisation.clone());
    app.write(|conn| {
        let robot = Actor::command_line();
        let by = By { actor: &robot, now: app.now(), chance: &app.app.chance };
        let more = json!({ "external_id": "P2", "phone": "05 49 00 00 02", "email": "pont@vienne.example", "siret": SIRET,
            "contacts": [{ "name": "Léa Roy", "shown": true }] });
        partners::change(conn, by, &own, 1, more.as_object().unwrap()).map(drop)
    });
    let action = app.write(|conn| {
        let worker = app.world.actor(conn, Who::Worker)?;
        let by = By { actor: &worker, now: app.now(), chance: &app.app.chance };
        let mut given = world::whole_action();
        given.insert("partners".into(), json!([{ "partner_id": own, "role": "anime" }, { "partner_id": kept, "role": "accueille" }]));
        given.insert("carrier".into(), json!({ "partner_id": own }));
        actions::create(conn, by, &given)
    });
    let worker = app.sign_in(Who::WorkerElsewhere);
    let suggested = [("name", "Association Le Pont"), ("kind", "association"), ("phone", "05 49 00 00 07"), ("visibility", "public")];
    worker.post(&page(&own, "corriger"), &suggested).await.expect(303);
    let old = format!("/partenaires/{own}/association-le-pont");
    let manager = app.sign_in(Who::Manager);
    for (who, followed) in [(Who::Worker, vec![&own]), (Who::WorkerElsewhere, vec![&own, &kept])] {
        for id in followed {
            let record = format!("partner/{id}");
            app.sign_in(who).post("/abonnements/nouveau", &[("record", &record), ("rhythm", "weekly")]).await.expect(303);
        }
    }
    let shown = manager.get(&format!("/partenaires/{kept}/reunir?avec={own}")).await.expect(200).has("Association Le Pont").has("05 49 00 00 02");
    let (version, other) = (shown.field("version").unwrap().to_owned(), shown.field("other_version").unwrap().to_owned());
    let sent = [("version", version.as_str()), ("avec", own.as_str()), ("other_version", other.as_str())];
    manager.post(&page(&kept, "reunir"), &sent).await.expect(303);
    let now = whole(&app, &kept);
    let fields = &now.fields;
    assert_eq!((fields.name.as_str(), fields.phone.as_str(), fields.email.as_str()), ("Le Pont", "05 49 00 00 01", "pont@vienne.example"));
    assert_eq!((fields.siret.as_ref().unwrap().as_str(), fields.contacts.len(), fields.external_id.as_deref()), (SIRET, 1, Some("P1")));
    for lost in ["Association Le Pont", "05 49 00 00 02", "P2"] {
        assert!(fields.description.contains(lost), "{lost}: {}", fields.description);
    }
    // Who followed either follows the one that stays, once.
    for who in [Who::Worker, Who::WorkerElsewhere] {
        let followed = app.api(who).get("/api/v1/subscriptions").await.expect(200).json();
        let records: Vec<&Value> = followed["items"].as_array().unwrap().iter().map(|one| &one["record"]["id"]).collect();
        assert_eq!(records, [&json!(kept)], "{who:?}");
    }
    // Its account, its actions, its corrections, its numbers and its address follow.
    app.read(|conn| {
        assert_eq!(app.world.account(conn, Who::Partner)?.organisation_id, Some(kept.clone()));
        let viewer = Viewer(Some(Actor::command_line()));
        let action = actions::find(conn, &viewer, &action.id)?;
        assert_eq!(action.fields.partners.len(), 1);
        assert_eq!((action.fields.partners[0].partner_id.as_str(), action.fields.partners[0].role.as_str()), (kept.as_str(), "anime ; accueille"));
        assert_eq!(action.fields.carrier, Some(traitdunion::actions::model::Carrier::PartnerId(kept.to_string())));
        assert_eq!(traitdunion::partners::corrections::open_of(conn, &kept)?.len(), 1);
        assert_eq!(versions::last(conn, &Record::partner(&own))?.unwrap().event, "partner_merged_into");
        Ok(())
    });
    assert_eq!(manager.get(&old).await.expect(301).location(), format!("/partenaires/{kept}/le-pont"));
    let api = app.api(Who::Administrator);
    for path in [format!("/api/v1/partners/{own}"), format!("/api/v1/partners/{kept}")] {
        assert_eq!(api.get(&path).await.expect(200).json()["id"], kept.as_str());
    }
    for number in ["P1", "P2"] {
        assert_eq!(api.get(&format!("/api/v1/partners?external_id={number}")).await.expect(200).json()["items"][0]["id"], kept.as_str());
    }
    // Who knows the old number may still write an action with it, and an old version comes back with the new one.
    let body = json!({ "title": "Marcher", "partners": [{ "partner_id": own }], "carrier": { "partner_id": own } });
    let made = api.post("/api/v1/actions", &body).await.expect(201).json();
    assert_eq!((&made["partners"][0]["partner_id"], &made["carrier"]["partner_id"]), (&json!(kept), &json!(kept)));
    let history = format!("/actions/{}/historique/1", action.id);
    app.sign_in(Who::Worker).get(&history).await.expect(200).has("Association Le Pont");
    // What became another is written no more.
    api.put(&format!("/api/v1/partners/{own}"), &json!({ "version": 3, "phone": "1 23" })).await.expect(409);
    app.sign_in(Who::Partner).get(&page(&kept, "modifier")).await.expect(200);
    app.work().await;
    drop(app.mails());
    assert_eq!(api.get("/api/v1/search?q=pont&type=partner").await.expect(200).json()["total"], 1);
}

async fn a_merge_that_cannot_be_changes_nothing(app: TestApp) {
    let (here, there) = (made(&app, json!({ "name": "Ici", "area": [HERE] })), made(&app, json!({ "name": "Là", "area": [ELSEWHERE] })));
    let (admin, manager) = (app.sign_in(Who::Administrator), app.sign_in(Who::Manager));
    let before = (whole(&app, &here), whole(&app, &there));
    let own = here.to_string();
    admin.post(&page(&here, "reunir"), &[("version", "1"), ("avec", own.as_str()), ("other_version", "1")]).await.expect(422).has("même fiche");
    admin.get(&format!("/partenaires/{here}/reunir?avec={here}")).await.expect(422).has("même fiche");
    admin.post(&page(&here, "reunir"), &[("version", "1"), ("avec", "x"), ("other_version", "1")]).await.expect(422);
    let other = there.to_string();
    manager.post(&page(&here, "reunir"), &[("version", "1"), ("avec", other.as_str()), ("other_version", "1")]).await.expect(403);
    admin
        .post(&page(&here, "reunir"), &[("version", "1"), ("avec", other.as_str()), ("other_version", "7")])
        .await
        .expect(409)
        .has("vient de changer");
    assert_eq!((whole(&app, &here), whole(&app, &there)), before);
    // What others lean on stays; what nothing leans on may go.
    let pont = app.world.organisation.clone();
    admin.post(&page(&pont, "supprimer"), &[]).await.expect(409).has("ne peut pas être supprimé");
    manager.post(&page(&here, "supprimer"), &[]).await.expect(404);
    admin.post(&page(&here, "supprimer"), &[]).await.expect(303);
    admin.get(&page(&here, "ici")).await.expect(404);
    app.work().await;
}

async fn a_page_is_confirmed_once_a_year_from_the_mail(app: TestApp) {
    let id = made(&app, json!({ "name": "Le Relais", "area": [HERE], "email": "relais@vienne.example" }));
    let daily = async || {
        traitdunion::outbox::schedule::step(&app.app).await.unwrap();
        app.work().await;
        app.mails()
    };
    assert_eq!(daily().await.len(), 0);
    app.pass(366 * 24 * 3600);
    let mails = daily().await;
    let to: Vec<&str> = mails.iter().map(|mail| mail.recipient.as_str()).collect();
    // The one has a mailbox, the other an account.
    assert_eq!(to.len(), 2, "{to:?}");
    assert!(to.contains(&"relais@vienne.example") && to.contains(&Who::Partner.email().as_str()), "{to:?}");
    app.pass(24 * 3600);
    assert_eq!(daily().await.len(), 0, "asked once");
    let admin = app.sign_in(Who::Administrator);
    admin.get("/partenaires?to_confirm=1").await.expect(200).has("Le Relais").has("À confirmer");
    app.visitor().get("/partenaires?to_confirm=1").await.expect(200).lacks("À confirmer");
    let secret = app.write(|conn| links::make(conn, &id, "relais@vienne.example", app.now(), &app.app.chance));
    let (visitor, path) = (app.visitor(), format!("/lien/partenaire/{secret}"));
    for _ in 0..2 {
        visitor.get(&path).await.expect(200).has("Oui, tout est exact");
    }
    assert!(whole(&app, &id).is_to_be_confirmed(app.now()), "opening a link changes nothing");
    visitor.post(&path, &[("version", "7")]).await.expect(409).has("vient de changer");
    visitor.submit(&path, &path, &[]).await.expect(303);
    visitor.get(&path).await.expect(200).has("c’est confirmé").lacks("Oui, tout est exact");
    assert!(!whole(&app, &id).is_to_be_confirmed(app.now()));
    let last = app.read(|conn| traitdunion::journal::of(conn, "partner", id.as_str(), 1)).remove(0);
    assert_eq!((last.event.as_str(), last.actor.as_str()), ("partner_confirmed", "Le Relais (lien reçu par e-mail)"));
    visitor.get("/lien/partenaire/0123456789").await.expect(404).has("ne fonctionne plus");
    // One click from the page does the same, and a year later it is asked again.
    let own = page(&app.world.organisation, "confirmer");
    app.sign_in(Who::Partner).post(&own, &[("version", "1")]).await.expect(303);
    assert!(!whole(&app, &app.world.organisation).is_to_be_confirmed(app.now()));
    app.pass(366 * 24 * 3600);
    assert_eq!(daily().await.len(), 2);
    visitor.get(&path).await.expect(404);
}

async fn the_list_is_found_by_words_kind_theme_and_place(app: TestApp) {
    let theme = "equipement-et-alimentation--alimentation";
    made(&app, json!({ "name": "Épicerie L’Étape", "kind": "association", "area": [HERE], "themes": [theme], "description": "Colis et cuisine." }));
    made(&app, json!({ "name": "CCAS de Civray", "kind": "ccas", "commune": "86078" }));
    app.work().await;
    let visitor = app.visitor();
    for (query, found) in [
        ("q=etape", vec!["Épicerie L’Étape"]),
        ("q=cuisine+colis", vec!["Épicerie L’Étape"]),
        ("q=100%25", vec![]),
        ("kind=ccas", vec!["CCAS de Civray"]),
        ("theme=equipement-et-alimentation--alimentation", vec!["Épicerie L’Étape"]),
        ("territory=MDS-NORD", vec!["Épicerie L’Étape"]),
        ("territory=86078", vec!["CCAS de Civray"]),
        ("territory=86", vec!["Épicerie L’Étape", "CCAS de Civray"]),
        ("q=etape&kind=ccas", vec![]),
    ] {
        let page = visitor.get(&format!("/partenaires?{query}")).await.expect(200);
        for name in ["Épicerie L’Étape", "CCAS de Civray"] {
            assert_eq!(page.text.contains(&format!(">{name}</a>")), found.contains(&name), "{query} {name}");
        }
    }
    visitor.get("/partenaires?kind=club").await.expect(400);
    visitor.get("/partenaires?territory=nulle-part").await.expect(400);
    assert_eq!(app.api(Who::Visitor).get("/api/v1/search?q=epicerie&type=partner&territory=MDS-NORD").await.expect(200).json()["total"], 1);
}

async fn the_api_reads_writes_and_confirms(app: TestApp) {
    let (manager, worker, visitor) = (app.api(Who::Manager), app.api(Who::Worker), app.api(Who::Visitor));
    let body = json!({ "external_id": "ORG-1", "name": "Caf de la Vienne", "kind": "caf", "area": ["86"], "siret": "130 030 133 00016", "contacts": [{ "name": "Zoé" }] });
    worker.post("/api/v1/partners", &body).await.expect(403);
    visitor.post("/api/v1/partners", &body).await.expect(401);
    let wrong = manager.post("/api/v1/partners", &json!({ "name": "x", "siret": "1", "couleur": "bleu" })).await.expect(422).json();
    assert!(wrong["fields"]["siret"].is_string() && wrong["fields"]["couleur"].is_string(), "{wrong}");
    let made = manager.post("/api/v1/partners", &body).await.expect(201).json();
    assert_eq!((&made["siret"], &made["version"], &made["visibility"]), (&json!(SIRET), &json!(1), &json!("public")));
    let path = format!("/api/v1/partners/{}", made["id"].as_str().unwrap());
    manager.post("/api/v1/partners", &body).await.expect(422).has("external_id");
    assert_eq!(visitor.get("/api/v1/partners?external_id=ORG-1").await.expect(200).json()["total"], 1);
    assert_eq!(visitor.get("/api/v1/partners?external_id=ORG-2").await.expect(200).json()["total"], 0);
    assert_eq!(visitor.get(&path).await.expect(200).json()["contacts"], json!([]));
    let mut read = manager.get(&path).await.expect(200).json();
    read["phone"] = json!("05 49 00 00 01");
    let changed = manager.put(&path, &read).await.expect(200).json();
    assert_eq!((&changed["phone"], &changed["version"], &changed["contacts"][0]["name"]), (&json!("05 49 00 00 01"), &json!(2), &json!("Zoé")));
    let late = manager.put(&path, &read).await.expect(409).json();
    assert_eq!(late["version"], 2);
    worker.put(&path, &changed).await.expect(403);
    app.pass(400 * 24 * 3600);
    assert_eq!(manager.get(&path).await.expect(200).json()["to_confirm"], true);
    manager.post(&format!("{path}/confirm"), &json!({ "version": 1 })).await.expect(409);
    let confirmed = manager.post(&format!("{path}/confirm"), &json!({ "version": 2 })).await.expect(200).json();
    assert_eq!((&confirmed["to_confirm"], &confirmed["version"]), (&json!(false), &json!(2)));
    worker.post(&format!("{path}/confirm"), &json!({ "version": 2 })).await.expect(403);
    app.work().await;
    drop(app.mails());
}

async fn old_addresses_lead_to_the_new(app: TestApp) {
    let admin = app.sign_in(Who::Administrator);
    let own = app.world.organisation.to_string();
    for (old, new) in [
        ("/admin/partenaires".to_owned(), "/partenaires".to_owned()),
        ("/admin/partenaires/nouveau".to_owned(), "/partenaires/nouveau".to_owned()),
        (format!("/admin/partenaires/{own}"), format!("/partenaires/{own}/modifier")),
        (format!("/partenaires/{own}/autre-nom"), format!("/partenaires/{own}/association-le-pont")),
    ] {
        assert_eq!(admin.get(&old).await.expect(301).location(), new);
    }
}

async fn who_may_merge_may_say_that_they_are_not_the_same(app: TestApp) {
    let here = |name: &str, area: &str| made(&app, json!({ "name": name, "siret": SIRET, "area": [area] }));
    let (one, two, far) = (here("Le Relais", HERE), here("Le Relais du Nord", HERE), here("Le Relais du Sud", ELSEWHERE));
    let (manager, admin, list) = (app.sign_in(Who::Manager), app.sign_in(Who::Administrator), "/partenaires/doublons");
    let pairs = async |browser: &crate::support::Browser| {
        let shown = browser.get(list).await.expect(200).text;
        (shown.matches("Même SIRET").count(), shown.matches("Ce ne sont pas les mêmes").count())
    };
    // Three records that are alike are three pairs; the manager decides of the one whose two are theirs.
    assert_eq!(pairs(&manager).await, (3, 1));
    assert_eq!(pairs(&admin).await, (3, 3));
    let (one_id, two_id, far_id) = (one.to_string(), two.to_string(), far.to_string());
    for (browser, pair, status) in [
        (&app.sign_in(Who::Worker), [&one_id, &two_id], 403),
        (&app.sign_in(Who::Partner), [&one_id, &two_id], 403),
        (&manager, [&one_id, &far_id], 403),
        (&manager, [&one_id, &one_id], 422),
        (&manager, [&one_id, &"x".to_owned()], 404),
    ] {
        browser.post(list, &[("one", pair[0]), ("other", pair[1])]).await.expect(status);
    }
    assert_eq!(pairs(&admin).await, (3, 3), "what is refused changes nothing");
    // Whichever is named first, and however often.
    manager.post(list, &[("one", &two_id), ("other", &one_id)]).await.expect(303);
    manager.post(list, &[("one", &one_id), ("other", &two_id)]).await.expect(303);
    assert_eq!((pairs(&manager).await, pairs(&admin).await), ((2, 0), (2, 2)));
    manager.get("/partenaires").await.expect(200).has("2\u{a0}doublons possibles");
    let told = seen(&manager, &one).await.has("N’est pas « Le Relais du Nord »").has("Le Relais du Sud");
    assert_eq!(told.text.matches("N’est pas").count(), 1, "told once");
    seen(&manager, &two).await.has("N’est pas « Le Relais »");
    // They may still be merged, by whoever finds that they are the same after all.
    manager.get(&format!("/partenaires/{one}/reunir?avec={two}")).await.expect(200).has("Le Relais du Nord");
    app.work().await;
}

async fn a_partner_of_no_known_place_is_the_departments(app: TestApp) {
    let (nowhere, placed) = (made(&app, json!({ "name": "Sans lieu" })), made(&app, json!({ "name": "Ici", "commune": "86137" })));
    let departemental = app.write(|conn| {
        let manager = app.world.actor(conn, Who::Manager)?;
        let atlas = traitdunion::territories::service::atlas(conn)?;
        let (instance, _) = traitdunion::instance::service::get(conn)?;
        let reach = atlas.inside(&instance.departement).into_iter().chain([instance.departement]).collect();
        Ok(Actor { reach, ..manager })
    });
    let change = |actor: &Actor, id: &OrganisationId, phone: &str| {
        let given = json!({ "phone": phone });
        app.db().write_now(|conn| {
            let version = partners::read(conn, &Viewer(Some(Actor::command_line())), id)?.version;
            partners::change(conn, By { actor, now: app.now(), chance: &app.app.chance }, id, version, given.as_object().unwrap())
        })
    };
    let (manager, elsewhere) = (app.sign_in(Who::Manager), app.sign_in(Who::ManagerElsewhere));
    // The commune of its address gives its territory.
    manager.get(&page(&placed, "modifier")).await.expect(200);
    elsewhere.get(&page(&placed, "modifier")).await.expect(403);
    // With neither, managers of the whole département hold it, and others suggest.
    for browser in [&manager, &elsewhere] {
        browser.get(&page(&nowhere, "modifier")).await.expect(403);
        browser.get(&page(&nowhere, "corriger")).await.expect(200);
    }
    for id in [&nowhere, &placed] {
        change(&departemental, id, "05 49 00 00 01").expect("the département's managers hold all");
    }
    app.sign_in(Who::Administrator).get(&page(&nowhere, "modifier")).await.expect(200);
    // What a manager adds is to be theirs.
    let added = [("name", "Nulle part"), ("kind", "association"), ("visibility", "public")];
    manager.post("/partenaires/nouveau", &added).await.expect(422).has("au moins un de vos territoires");
    app.work().await;
}
