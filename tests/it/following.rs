//! Following: with an account and without, a record or a search, and what arrives of it.

use serde_json::{Map, Value, json};
use traitdunion::accounts::model::By;
use traitdunion::actions::model::{Stage, Verb};
use traitdunion::actions::service::{self as actions, Action};
use traitdunion::kernel::{Moment, Visibility};
use traitdunion::mail::log::Filter;
use traitdunion::mail::model::{Stage as MailStage, Step};
use traitdunion::meetings::model::Stage as MeetingStage;
use traitdunion::notifications::subscriptions::Rhythm;

use crate::support::letters::Letter;
use crate::support::{Browser, TestApp, Who, both, mails, world};

both!(
    a_visitor_confirms_receives_and_stops_at_one_click,
    a_link_is_no_proof_before_it_is_pressed_and_forged_ones_lead_to_words,
    an_account_follows_a_record_from_its_page,
    changes_within_ten_minutes_are_one_mail,
    what_is_new_and_changes_before_it_is_told_is_still_new,
    opening_the_page_spares_the_mail,
    a_week_is_one_mail_and_a_week_without_news_is_none,
    whoever_follows_a_body_or_an_organisation_hears_of_theirs,
    what_may_no_longer_be_read_is_not_told,
    a_digest_told_again_without_it_does_not_leave_by_hand,
    a_closed_account_is_told_nothing,
    a_search_that_names_what_is_gone_says_so_and_goes_on_when_it_is_back,
    the_api_follows_lists_and_stops,
    everything_stops_at_once,
    the_bell_counts_what_is_not_read,
    the_bell_does_not_count_what_may_no_longer_be_read,
    a_mail_for_oneself_rings_the_bell_and_reading_cancels_it,
    too_many_demands_are_slowed_down,
    an_address_confirms_what_it_chooses_for_as_long_as_it_was_told,
);

const THEME: &str = "equipement-et-alimentation--alimentation";

/// Everything that waits leaves; answers the mails.
async fn letters(app: &TestApp) -> Vec<Letter> {
    app.work().await;
    Letter::all(app.mails())
}

/// The mails of one kind of subject, to somebody.
fn to<'a>(letters: &'a [Letter], address: &str) -> Vec<&'a Letter> {
    letters.iter().filter(|letter| letter.to == address).collect()
}

/// All that waits at the link of an address is confirmed.
async fn confirm(visitor: &Browser, page: &str) {
    let shown = visitor.get(page).await.expect(200);
    let id = shown.field("id").expect("something to confirm").to_owned();
    visitor.post(page, &[("do", "confirm"), ("id", &id)]).await.expect(303);
}

fn published(app: &TestApp, title: &str) -> Action {
    app.write(|conn| {
        let manager = app.world.actor(conn, Who::Manager)?;
        let by = By { actor: &manager, now: app.now(), chance: &app.app.chance };
        let mut given = world::whole_action();
        given.insert("title".into(), json!(title));
        given.insert("summary".into(), json!("Quatre rendez-vous."));
        given.insert("contact".into(), json!({ "email": "accueil@vienne.example" }));
        let action = actions::create(conn, by, &given)?;
        actions::carry_out(conn, by, &action.id, action.version, Verb::Publish, "")
    })
}

fn change(app: &TestApp, action: &Action, fields: Value) -> Action {
    app.write(|conn| {
        let manager = app.world.actor(conn, Who::Manager)?;
        let by = By { actor: &manager, now: app.now(), chance: &app.app.chance };
        let fields: Map<String, Value> = fields.as_object().cloned().unwrap_or_default();
        let version = actions::find(conn, &traitdunion::accounts::model::Viewer(Some(manager.clone())), &action.id)?.version;
        actions::change(conn, by, &action.id, version, &fields)
    })
}

fn path(action: &Action) -> String {
    format!("/abonnements/nouveau?record=action/{}", action.id)
}

/// The first address of ours in a text that begins so.
fn link(letter: &Letter, begins: &str) -> String {
    let at = letter.text.find(begins).unwrap_or_else(|| panic!("{begins} is not in:\n{}", letter.text));
    letter.text[at..].split_whitespace().next().unwrap_or_default().to_owned()
}

const ADDRESS: &str = "Agnes.Morin@exemple.fr";

async fn a_visitor_confirms_receives_and_stops_at_one_click(app: TestApp) {
    let visitor = app.visitor();
    visitor.get("/recherche?q=budget&type=action").await.expect(200).has("Suivre cette recherche");
    let search = format!("q=budget&type=action&theme={THEME}&territory={}", world::HERE);
    let form = format!("/abonnements/nouveau?search={}", search.replace('&', "%26").replace('=', "%3D"));
    visitor.get(&form).await.expect(200).has("« budget », Actions collectives, MDS de Loudun").has("Votre adresse e-mail");
    let refused = visitor.post("/abonnements/nouveau", &[("search", &search), ("rhythm", "immediate"), ("email", "agnes")]).await;
    refused.expect(422).has("une adresse e-mail complète").has("value=\"agnes\"");
    let fields = [("search", search.as_str()), ("rhythm", "immediate"), ("email", ADDRESS)];
    visitor.post("/abonnements/nouveau", &fields).await.expect(200).has("Confirmez votre adresse");
    published(&app, "Le budget d’avant");
    let first = letters(&app).await;
    let asked = to(&first, ADDRESS);
    assert_eq!(asked.len(), 1, "nothing before the address is confirmed");
    let link = link(asked[0], &app.url);
    let page = link.strip_prefix(&app.url).expect("our own address").to_owned();

    visitor.get(&page).await.expect(200).has("À confirmer").has("Confirmer mon adresse");
    confirm(&visitor, &page).await;
    visitor.get(&page).await.expect(200).has("Votre adresse est confirmée").lacks("À confirmer");
    // What was published while the link waited is not lost, and comes once.
    let late = letters(&app).await;
    assert_eq!(
        to(&late, ADDRESS).iter().map(|letter| letter.subject.as_str()).collect::<Vec<_>>(),
        ["Nouvelle action\u{a0}: «\u{a0}Le budget d’avant\u{a0}»"]
    );
    assert!(letters(&app).await.is_empty());

    published(&app, "Un budget tranquille");
    published(&app, "Cuisiner ensemble");
    let news = letters(&app).await;
    let told = to(&news, ADDRESS);
    assert_eq!(told.len(), 1, "{:?}", news.iter().map(|letter| &letter.subject).collect::<Vec<_>>());
    assert!(told[0].text.contains("Un budget tranquille") && !told[0].text.contains("Cuisiner"), "{}", told[0].text);
    assert!(told[0].text.contains(&page), "{}", told[0].text);

    let stop = traitdunion::mail::choices::choose;
    let now = app.now();
    let choice = app.write(|conn| stop(conn, ADDRESS, "digest", true, now, &app.app.chance));
    assert!(told[0].text.contains(&format!("/desinscription/{}", choice.token)), "{}", told[0].text);
    let client = reqwest::Client::builder().no_proxy().build().expect("a client");
    let one_click = client.post(format!("{}/desinscription/{}", app.url, choice.token)).form(&[("List-Unsubscribe", "One-Click")]);
    assert_eq!(one_click.send().await.expect("an answer").status(), 200);
    published(&app, "Encore un budget");
    assert!(to(&letters(&app).await, ADDRESS).is_empty());
    // Asking again, and confirming, is wanting again.
    app.pass(1);
    visitor.post("/abonnements/nouveau", &fields).await.expect(200);
    let again = letters(&app).await;
    assert_eq!(to(&again, ADDRESS).len(), 1);
    visitor.post(&page, &[("do", "resume")]).await.expect(303);
    published(&app, "Le dernier budget");
    assert_eq!(to(&letters(&app).await, ADDRESS).len(), 1);
}

async fn a_link_is_no_proof_before_it_is_pressed_and_forged_ones_lead_to_words(app: TestApp) {
    let action = published(&app, "Gérer son budget");
    letters(&app).await;
    let visitor = app.visitor();
    visitor.post(&path(&action), &[("rhythm", "immediate"), ("email", ADDRESS)]).await.expect(200);
    let page = link(to(&letters(&app).await, ADDRESS)[0], &app.url).strip_prefix(&app.url).expect("ours").to_owned();
    for _ in 0..2 {
        visitor.get(&page).await.expect(200);
    }
    change(&app, &action, json!({ "rhythm": "le jeudi" }));
    app.pass(700);
    assert!(letters(&app).await.iter().all(|letter| letter.to != ADDRESS));
    // Twice is once.
    let id = visitor.get(&page).await.expect(200).field("id").expect("one").to_owned();
    for _ in 0..2 {
        visitor.post(&page, &[("do", "confirm"), ("id", &id)]).await.expect(303);
    }
    for secret in ["x", "a%00b", &"é".repeat(300), &"a".repeat(43)] {
        visitor.get(&format!("/lien/abonnements/{secret}")).await.expect(404).has("Ce lien ne fonctionne plus");
        visitor.post(&format!("/lien/abonnements/{secret}"), &[("do", "confirm")]).await.expect(404);
    }
    // Somebody else's subscription is not stopped by a link of one's own.
    let agent = app.sign_in(Who::Worker);
    agent.post(&path(&action), &[]).await.expect(303);
    let id = agent.get("/abonnements").await.expect(200).field("id").expect("one").to_owned();
    visitor.post(&page, &[("do", "stop"), ("id", &id)]).await.expect(404);
    agent.get("/abonnements").await.expect(200).has("Gérer son budget");
}

async fn an_account_follows_a_record_from_its_page(app: TestApp) {
    let action = published(&app, "Gérer son budget");
    letters(&app).await;
    let agent = app.sign_in(Who::WorkerElsewhere);
    let page = format!("/actions/{}/gerer-son-budget", action.id);
    agent.get(&page).await.expect(200).has(">Suivre<");
    let back = agent.post(&path(&action), &[]).await.expect(303);
    assert_eq!(back.location(), page);
    agent.get(&page).await.expect(200).has("C’est noté").has(">Vous suivez<");
    change(&app, &action, json!({ "rhythm": "le jeudi" }));
    assert!(to(&letters(&app).await, &Who::WorkerElsewhere.email()).is_empty(), "a change waits for those that follow it");
    app.pass(601);
    let news = letters(&app).await;
    let told = to(&news, &Who::WorkerElsewhere.email());
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].subject, "Action modifiée\u{a0}: rythme\u{a0}: «\u{a0}Gérer son budget\u{a0}»");
    // Their own doing is no news to the manager who follows it too.
    app.sign_in(Who::Manager).post(&path(&action), &[]).await.expect(303);
    change(&app, &action, json!({ "rhythm": "le vendredi" }));
    app.pass(601);
    let news = letters(&app).await;
    assert!(to(&news, &Who::Manager.email()).is_empty() && to(&news, &Who::WorkerElsewhere.email()).len() == 1);
    // What nobody may read is followed by nobody.
    let draft = app.write(|conn| world::action(conn, &app.world, &app.app.chance, Stage::Draft, Visibility::Public));
    app.visitor().get(&path(&draft)).await.expect(404);
    agent.post(&path(&draft), &[]).await.expect(404);
    agent.get("/abonnements/nouveau?record=account/x").await.expect(404);
}

async fn changes_within_ten_minutes_are_one_mail(app: TestApp) {
    let action = published(&app, "Gérer son budget");
    letters(&app).await;
    let agent = app.sign_in(Who::WorkerElsewhere);
    agent.post(&path(&action), &[]).await.expect(303);
    for day in ["lundi", "mardi", "mercredi", "jeudi"] {
        change(&app, &action, json!({ "rhythm": format!("le {day}") }));
        assert!(to(&letters(&app).await, &Who::WorkerElsewhere.email()).is_empty());
        app.pass(120);
    }
    app.pass(130);
    assert_eq!(to(&letters(&app).await, &Who::WorkerElsewhere.email()).len(), 1);
    app.pass(3600);
    assert!(letters(&app).await.is_empty());
}

async fn what_is_new_and_changes_before_it_is_told_is_still_new(app: TestApp) {
    app.sign_in(Who::WorkerElsewhere).post("/abonnements/nouveau", &[("search", "type=action"), ("rhythm", "immediate")]).await.expect(303);
    let action = published(&app, "Gérer son budget");
    change(&app, &action, json!({ "rhythm": "le jeudi" }));
    let news = letters(&app).await;
    let told = to(&news, &Who::WorkerElsewhere.email());
    assert_eq!(told.iter().map(|letter| letter.subject.as_str()).collect::<Vec<_>>(), ["Nouvelle action\u{a0}: «\u{a0}Gérer son budget\u{a0}»"]);
    app.pass(700);
    assert!(letters(&app).await.is_empty());
}

async fn opening_the_page_spares_the_mail(app: TestApp) {
    let action = published(&app, "Gérer son budget");
    letters(&app).await;
    let agent = app.sign_in(Who::WorkerElsewhere);
    agent.post(&path(&action), &[]).await.expect(303);
    change(&app, &action, json!({ "rhythm": "le jeudi" }));
    letters(&app).await;
    let page = format!("/actions/{}/gerer-son-budget", action.id);
    agent.get("/").await.expect(200).has("1<span class=\"visually-hidden\"> à lire");
    // What a browser fetches ahead, nobody has read.
    agent.send(agent.request(reqwest::Method::GET, &page).header("Sec-Purpose", "prefetch;prerender")).await.expect(200);
    agent.get("/").await.expect(200).has("1<span class=\"visually-hidden\"> à lire");
    agent.get(&page).await.expect(200).lacks("à lire");
    agent.get("/").await.expect(200).lacks("à lire");
    app.pass(700);
    assert!(to(&letters(&app).await, &Who::WorkerElsewhere.email()).is_empty());
}

async fn a_week_is_one_mail_and_a_week_without_news_is_none(app: TestApp) {
    let agent = app.sign_in(Who::WorkerElsewhere);
    for (search, rhythm) in [("type=action", "weekly"), ("q=budget", "weekly"), (&*format!("theme={THEME}"), "weekly")] {
        agent.post("/abonnements/nouveau", &[("search", search), ("rhythm", rhythm)]).await.expect(303);
    }
    let one = published(&app, "Un budget tranquille");
    published(&app, "Cuisiner ensemble");
    change(&app, &one, json!({ "rhythm": "le jeudi" }));
    assert!(to(&letters(&app).await, &Who::WorkerElsewhere.email()).is_empty());
    // Tuesday 3 March to Monday 9 March, 8:00 in Paris.
    app.app.clock.set(Moment::parse_rfc3339("2026-03-09T06:59:59Z").expect("an instant"));
    assert!(letters(&app).await.is_empty());
    app.pass(1);
    let news = letters(&app).await;
    assert_eq!(news.len(), 1, "one person, one mail");
    assert_eq!(news[0].subject, "2 nouveautés parmi ce que vous suivez");
    assert_eq!(news[0].text.matches("Un budget tranquille").count(), 1, "{}", news[0].text);
    // Set back an hour, then a week later: nothing twice, nothing empty.
    app.pass(-3600);
    assert!(letters(&app).await.is_empty());
    app.pass(7 * 24 * 3600 + 7200);
    assert!(letters(&app).await.is_empty());
    // A worker that slept over a Monday still tells what happened.
    published(&app, "Réparer son vélo");
    app.pass(15 * 24 * 3600);
    assert_eq!(letters(&app).await.len(), 1);
}

async fn whoever_follows_a_body_or_an_organisation_hears_of_theirs(app: TestApp) {
    let partner = format!("/abonnements/nouveau?record=partner/{}", app.world.organisation);
    app.sign_in(Who::WorkerElsewhere).post(&partner, &[("rhythm", "immediate")]).await.expect(303);
    let action = published(&app, "Gérer son budget");
    assert!(to(&letters(&app).await, &Who::WorkerElsewhere.email()).is_empty());
    change(&app, &action, json!({ "partners": [{ "partner_id": app.world.organisation, "role": "accueil" }] }));
    app.pass(601);
    let news = letters(&app).await;
    assert_eq!(to(&news, &Who::WorkerElsewhere.email()).len(), 1);

    let manager = app.api(Who::Manager);
    let body = json!({ "name": "Comité local de suivi", "kind": "local_follow_up_committee", "territory": world::HERE });
    let body = manager.post("/api/v1/bodies", &body).await.expect(201).json()["id"].as_str().expect("an id").to_owned();
    let page = format!("/rencontres/instances/{body}");
    let agent = app.sign_in(Who::WorkerElsewhere);
    agent.get(&page).await.expect(200).has(">Suivre<");
    agent.post(&format!("/abonnements/nouveau?record=body/{body}"), &[]).await.expect(303);
    let mut meeting = world::whole_meeting();
    meeting.insert("body_id".into(), json!(body));
    meeting.insert("registration".into(), json!("partners"));
    let made = manager.post("/api/v1/meetings", &Value::Object(meeting)).await.expect(201).json();
    let id = made["id"].as_str().expect("an id");
    assert!(to(&letters(&app).await, &Who::WorkerElsewhere.email()).is_empty(), "a meeting in preparation is nobody's news");
    manager.post(&format!("/api/v1/meetings/{id}/call"), &json!({ "version": made["version"] })).await.expect(200);
    let news = letters(&app).await;
    assert_eq!(to(&news, &Who::WorkerElsewhere.email())[0].subject, "Nouvelle rencontre\u{a0}: «\u{a0}Comité local de suivi\u{a0}»");
}

async fn what_may_no_longer_be_read_is_not_told(app: TestApp) {
    let action = published(&app, "Gérer son budget");
    letters(&app).await;
    let partner = app.sign_in(Who::Partner);
    partner.post(&path(&action), &[("rhythm", "daily")]).await.expect(303);
    partner.post("/abonnements/nouveau", &[("search", "type=action"), ("rhythm", "daily")]).await.expect(303);
    change(&app, &action, json!({ "rhythm": "le jeudi" }));
    letters(&app).await;
    partner.get("/notifications").await.expect(200).has("Gérer son budget");
    change(&app, &action, json!({ "visibility": "internal" }));
    app.pass(2 * 24 * 3600);
    assert!(to(&letters(&app).await, &Who::Partner.email()).is_empty());
    partner.get("/notifications").await.expect(200).lacks("Gérer son budget");
    partner.get("/abonnements").await.expect(200).has("n’est plus à votre portée").lacks("Gérer son budget");
}

async fn a_digest_told_again_without_it_does_not_leave_by_hand(app: TestApp) {
    let [kept, gone] = ["Gérer son budget", "Retirée"].map(|title| published(&app, title));
    letters(&app).await;
    let (partner, address) = (app.sign_in(Who::Partner), Who::Partner.email());
    partner.post("/abonnements/nouveau", &[("search", "type=action"), ("rhythm", "daily")]).await.expect(303);
    for action in [&kept, &gone] {
        change(&app, action, json!({ "rhythm": "le jeudi" }));
    }
    letters(&app).await;
    app.pass(2 * 24 * 3600);
    assert!(to(&letters(&app).await, &address)[0].text.contains("Retirée"));
    // The server puts it off, and one of the two is no longer for partners.
    let filter = Filter { recipient: address.clone(), template: "digest".into(), ..Filter::default() };
    let digest = mails::all(&app, &filter).remove(0);
    mails::answered(&app, &digest.id, MailStage::Deferred, Step::Recipient, Some(450), "busy");
    change(&app, &gone, json!({ "visibility": "internal" }));
    app.pass(3600);
    let mut told = letters(&app).await;
    told.extend(letters(&app).await);
    let told = to(&told, &address);
    assert_eq!(told.len(), 1);
    assert!(told[0].text.contains("Gérer son budget") && !told[0].text.contains("Retirée"), "{}", told[0].text);
    // An administrator sends the first again: what it says was told.
    app.pass(1);
    app.sign_in(Who::Administrator).post(&format!("/admin/courrier/{}/renvoyer", digest.id), &[]).await.expect(303);
    assert!(letters(&app).await.is_empty());
    let line = mails::all(&app, &filter).into_iter().find(|line| line.id == digest.id).expect("the first");
    assert_eq!((line.stage, line.fault.map(|fault| fault.said)), (MailStage::Cancelled, Some("retold".into())));
}

async fn a_closed_account_is_told_nothing(app: TestApp) {
    let action = published(&app, "Gérer son budget");
    letters(&app).await;
    app.sign_in(Who::WorkerElsewhere).post(&path(&action), &[("rhythm", "daily")]).await.expect(303);
    change(&app, &action, json!({ "rhythm": "le jeudi" }));
    letters(&app).await;
    let account = &app.world.accounts[&Who::WorkerElsewhere];
    app.sign_in(Who::Administrator).post(&format!("/admin/comptes/{account}/fermer"), &[("version", "1")]).await.expect(303);
    letters(&app).await;
    app.pass(2 * 24 * 3600);
    assert!(to(&letters(&app).await, &Who::WorkerElsewhere.email()).is_empty());
}

async fn a_search_that_names_what_is_gone_says_so_and_goes_on_when_it_is_back(app: TestApp) {
    let other = world::territory("MDS-EST", "MDS de Chauvigny", "86070");
    let (now, code) = (app.now(), "MDS-EST");
    app.write(|conn| traitdunion::territories::service::save(conn, &other, now).map(drop));
    let agent = app.sign_in(Who::WorkerElsewhere);
    let search = format!("territory={code}&territory={}", world::HERE);
    agent.post("/abonnements/nouveau", &[("search", &search), ("rhythm", "immediate")]).await.expect(303);
    let admin = app.sign_in(Who::Administrator);
    admin.post(&format!("/admin/territoires/{code}/supprimer"), &[("version", "1")]).await.expect(303);
    published(&app, "Gérer son budget");
    assert!(to(&letters(&app).await, &Who::WorkerElsewhere.email()).is_empty());
    agent.get("/abonnements").await.expect(200).has("ne peut plus être suivie").has(code);
    app.write(|conn| traitdunion::territories::service::save(conn, &other, now).map(drop));
    traitdunion::outbox::schedule::step(&app.app).await.expect("the daily jobs");
    let news = letters(&app).await;
    assert!(to(&news, &Who::WorkerElsewhere.email()).iter().any(|letter| letter.text.contains("Gérer son budget")), "nothing was missed");
    agent.get("/abonnements").await.expect(200).lacks("ne peut plus être suivie");
    // What never was is refused at once, by name.
    agent.post("/abonnements/nouveau", &[("search", "theme=nowhere"), ("rhythm", "daily")]).await.expect(400).has("nowhere");
}

async fn the_api_follows_lists_and_stops(app: TestApp) {
    let action = published(&app, "Gérer son budget");
    letters(&app).await;
    let api = app.api(Who::Worker);
    let made = api
        .post("/api/v1/subscriptions", &json!({ "record": { "type": "action", "id": action.id }, "rhythm": "immediate" }))
        .await
        .expect(201)
        .json();
    assert_eq!(made["record"], json!({ "type": "action", "id": action.id }));
    app.pass(1);
    let search = json!({ "q": "budget", "type": "action", "theme": [THEME], "territory": world::HERE });
    let other = api.post("/api/v1/subscriptions", &json!({ "search": search, "rhythm": "weekly" })).await.expect(201).json();
    assert_eq!(other["search"], json!({ "q": "budget", "type": ["action"], "theme": [THEME], "territory": [world::HERE] }));
    // The same again is the same, at its new rhythm.
    let again = api.post("/api/v1/subscriptions", &json!({ "search": other["search"], "rhythm": "daily" })).await.expect(201).json();
    assert_eq!((again["id"].clone(), again["rhythm"].as_str()), (other["id"].clone(), Some("daily")));
    let listed = api.get("/api/v1/subscriptions").await.expect(200).json();
    assert_eq!(listed["total"], 2);
    assert_eq!(listed["items"][0]["rhythm"], "daily");
    for (body, field) in [
        (json!({ "search": { "theme": "nowhere" }, "rhythm": "daily" }), "theme"),
        (json!({ "search": "budget", "rhythm": "daily" }), "search"),
        (json!({ "search": { "q": 3 }, "rhythm": "daily" }), "search"),
        (json!({ "search": { "q": "x" }, "rhythm": "hourly" }), "rhythm"),
        (json!({ "search": { "q": "x" } }), "rhythm"),
        (json!({ "rhythm": "daily" }), "record"),
        (json!({ "record": { "type": "account", "id": "x" }, "search": {}, "rhythm": "daily" }), "record"),
    ] {
        let refused = api.post("/api/v1/subscriptions", &body).await.expect(422).json();
        assert!(refused["fields"].get(field).is_some(), "{body} {refused}");
    }
    let absent = json!({ "record": { "type": "action", "id": "01KB2J5Q3V8YH4N7T6R9C0M1XW" }, "rhythm": "daily" });
    api.post("/api/v1/subscriptions", &absent).await.expect(404);
    let one = format!("/api/v1/subscriptions/{}", made["id"].as_str().expect("an id"));
    app.api(Who::Manager).delete(&one).await.expect(404);
    api.delete(&one).await.expect(200);
    api.delete(&one).await.expect(404);
    app.api(Who::Visitor).get("/api/v1/subscriptions").await.expect(401);
    assert_eq!(api.get("/api/v1/subscriptions").await.expect(200).json()["total"], 1);
}

async fn everything_stops_at_once(app: TestApp) {
    let action = published(&app, "Gérer son budget");
    letters(&app).await;
    let agent = app.sign_in(Who::Worker);
    agent.post(&path(&action), &[]).await.expect(303);
    change(&app, &action, json!({ "rhythm": "le jeudi" }));
    app.work().await;
    app.mails();
    let page = agent.get("/abonnements").await.expect(200).has("Gérer son budget").has("Tout arrêter");
    let id = page.field("id").expect("one").to_owned();
    agent.post("/abonnements", &[("do", "rhythm"), ("id", &id), ("rhythm", Rhythm::Weekly.as_str())]).await.expect(303);
    agent.get("/abonnements").await.expect(200).has("La fréquence est changée").has("value=\"weekly\" selected");
    agent.post("/abonnements", &[("do", "rhythm"), ("id", &id), ("rhythm", "hourly")]).await.expect(404);
    agent.post("/abonnements", &[("do", "stop_all")]).await.expect(303);
    agent.get("/abonnements").await.expect(200).has("Vous ne suivez rien").has("Arrêté");
    app.pass(8 * 24 * 3600);
    change(&app, &action, json!({ "rhythm": "le samedi" }));
    assert!(to(&letters(&app).await, &Who::Worker.email()).is_empty());
}

async fn the_bell_counts_what_is_not_read(app: TestApp) {
    let agent = app.sign_in(Who::WorkerElsewhere);
    agent.post("/abonnements/nouveau", &[("search", "type=action&type=meeting"), ("rhythm", "weekly")]).await.expect(303);
    for title in ["Cuisiner ensemble", "Réparer son vélo", "Gérer son budget"] {
        published(&app, title);
    }
    app.write(|conn| world::meeting(conn, &app.world, &app.app.chance, MeetingStage::Called, Visibility::Partners).map(drop));
    letters(&app).await;
    let page = agent.get("/notifications").await.expect(200).has("4 nouvelles").has("Nouvelle action").has("Réparer son vélo");
    let id = page.field("id").expect("one").to_owned();
    agent.post("/notifications", &[("id", &id)]).await.expect(303);
    agent.get("/mon-espace").await.expect(200).has("Du nouveau").has("Réparer son vélo").has("3<span class=\"visually-hidden\"> à lire");
    // Another's notice is not one's own to read.
    app.sign_in(Who::Worker).post("/notifications", &[("id", &id)]).await.expect(303);
    agent.post("/notifications", &[]).await.expect(303);
    agent.get("/notifications").await.expect(200).has("Tout est lu").has("Cuisiner ensemble");
    agent.get("/mon-espace").await.expect(200).lacks("Du nouveau");
    app.pass(8 * 24 * 3600);
    assert!(to(&letters(&app).await, &Who::WorkerElsewhere.email()).is_empty(), "what was read is not mailed");
}

async fn the_bell_does_not_count_what_may_no_longer_be_read(app: TestApp) {
    app.leaves_work();
    let partner = app.sign_in(Who::Partner);
    partner.post("/abonnements/nouveau", &[("search", "type=action"), ("rhythm", "weekly")]).await.expect(303);
    let [kept, hidden] = ["Cuisiner ensemble", "Lire à deux"].map(|title| published(&app, title));
    letters(&app).await;
    partner.get("/").await.expect(200).has("2<span class=\"visually-hidden\"> à lire");
    change(&app, &hidden, json!({ "visibility": "internal" }));
    partner.get("/notifications").await.expect(200).has(&kept.fields.title).lacks("Lire à deux").has("1<span class=\"visually-hidden\"> à lire");
    partner.get("/").await.expect(200).has("1<span class=\"visually-hidden\"> à lire");
}

async fn a_mail_for_oneself_rings_the_bell_and_reading_cancels_it(app: TestApp) {
    let action = app.write(|conn| world::action(conn, &app.world, &app.app.chance, Stage::Submitted, Visibility::Public));
    letters(&app).await;
    let manager = app.sign_in(Who::Manager);
    manager.get("/notifications").await.expect(200).has("Action à valider").has("Gérer son budget");
    app.api(Who::Manager).post(&format!("/api/v1/actions/{}/publish", action.id), &json!({ "version": action.version })).await.expect(200);
    // The author reads the page before the mail has left.
    let agent = app.sign_in(Who::Worker);
    agent.get("/notifications").await.expect(200).has("Action publiée");
    agent.get(&format!("/actions/{}/gerer-son-budget", action.id)).await.expect(200);
    assert!(to(&letters(&app).await, &Who::Worker.email()).is_empty());
}

async fn too_many_demands_are_slowed_down(app: TestApp) {
    let action = published(&app, "Gérer son budget");
    let visitor = app.visitor();
    let mut last = 200;
    for _ in 0..60 {
        app.pass(1);
        last = visitor.post(&path(&action), &[("rhythm", "daily"), ("email", ADDRESS)]).await.status;
        if last != 200 {
            break;
        }
    }
    assert_eq!(last, 422);
    let mails = letters(&app).await;
    assert_eq!(to(&mails, ADDRESS).len(), 3);
}

async fn an_address_confirms_what_it_chooses_for_as_long_as_it_was_told(app: TestApp) {
    let [kept, other] = ["Gérer son budget", "Cuisiner ensemble"].map(|title| published(&app, title));
    letters(&app).await;
    let visitor = app.visitor();
    let ask = async |search: &str, rhythm: &str| {
        let fields = [("search", search), ("rhythm", rhythm), ("email", ADDRESS)];
        visitor.post("/abonnements/nouveau", &fields).await.expect(200);
    };
    ask("q=Gagnez+un+million&type=action", "weekly").await;
    visitor.post(&path(&other), &[("rhythm", "immediate"), ("email", ADDRESS)]).await.expect(200);
    let asked = letters(&app).await;
    let page = link(to(&asked, ADDRESS)[0], &app.url).strip_prefix(&app.url).expect("ours").to_owned();
    // What a stranger typed does not leave in our name.
    for letter in to(&asked, ADDRESS) {
        assert!(!format!("{}{}", letter.subject, letter.text).contains("million"), "{}", letter.text);
    }
    // Asked again with another rhythm, six days later: it is the one that counts, and it waits a week from then.
    app.pass(6 * 86_400);
    ask("q=Gagnez+un+million&type=action", "daily").await;
    assert!(to(&letters(&app).await, ADDRESS)[0].text.contains("chaque jour"));
    app.pass(2 * 86_400);
    let shown = visitor.get(&page).await.expect(200).has("Gagnez un million").lacks("Cuisiner ensemble");
    let id = shown.field("id").expect("what waits").to_owned();
    visitor.post(&page, &[("do", "confirm")]).await.expect(303);
    visitor.get(&page).await.expect(200).has("À confirmer");
    visitor.post(&page, &[("do", "confirm"), ("id", &id)]).await.expect(303);
    visitor.get(&page).await.expect(200).lacks("À confirmer").has("Gagnez un million").lacks("Cuisiner ensemble");
    change(&app, &kept, json!({ "rhythm": "le jeudi" }));
    change(&app, &other, json!({ "rhythm": "le jeudi" }));
    app.pass(700);
    assert!(letters(&app).await.iter().all(|letter| letter.to != ADDRESS));
}
