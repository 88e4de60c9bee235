//! Who was informed: by mail, by presence, by letter, each organisation once; and what of it is kept.

use serde_json::json;
use traitdunion::accounts::model::By;
use traitdunion::kernel::ids::{MeetingId, OrganisationId, PlanId};
use traitdunion::meetings::model::Presence;
use traitdunion::meetings::{inviting, service as meetings, world::World};
use traitdunion::outbox::schedule;
use traitdunion::{partners, plans};

use super::{audience, create, now, object, partner, path, send, settle, to};
use crate::bounces::{outcome, report};
use crate::support::world::{self, ELSEWHERE, HERE};
use crate::support::{TestApp, Who, both};

both!(
    organisations_are_informed_once_each_and_the_sheet_counts_them,
    what_was_counted_outlives_the_mails,
    an_address_that_died_is_left_out_and_its_organisation_gets_a_letter,
);

/// A plan of one sheet.
fn plan(app: &TestApp) -> PlanId {
    app.write(|conn| {
        let admin = app.world.actor(conn, Who::Administrator)?;
        plans::service::create(conn, By { actor: &admin, now: app.now(), chance: &app.app.chance }, &world::plan("Schéma"), None)
    })
}

/// A meeting that was held, to which organisations were invited, with whether they came.
fn held(app: &TestApp, invited: &[(&OrganisationId, &str, Presence)]) -> MeetingId {
    app.write(|conn| {
        let admin = app.world.actor(conn, Who::Administrator)?;
        let by = By { actor: &admin, now: app.now(), chance: &app.app.chance };
        let world = World::load(conn, &app.app.config.zone)?;
        let given = json!({
            "title": "Présentation", "starts_at": "2026-03-02T09:00:00Z", "ends_at": "2026-03-02T10:00:00Z", "stage": "held", "territories": [HERE],
        });
        let meeting = meetings::create(conn, by, &world, &object(given))?;
        for (organisation, email, _) in invited {
            let one = inviting::Invitee::read(conn, &json!({ "name": "Anne", "email": email, "partner": organisation }))?;
            inviting::invite(conn, by, &meeting.id, vec![one])?;
        }
        let people = inviting::of(conn, &meeting.id)?;
        let mut presence = Vec::new();
        for (organisation, _, came) in invited {
            let one = people.iter().find(|one| one.organisation_id.as_ref() == Some(*organisation)).unwrap();
            presence.push((one.id.clone(), *came));
        }
        inviting::record_presence(conn, by, &meeting.id, &presence, None)?;
        Ok(meeting.id)
    })
}

async fn organisations_are_informed_once_each_and_the_sheet_counts_them(app: TestApp) {
    let plan = plan(&app);
    let mailed =
        partner(&app, "Par courriel", json!({ "email": "un@loudun.example", "contacts": [{ "name": "Anne", "email": "anne@loudun.example" }] }));
    let lettered = partner(&app, "Par lettre", json!({ "address": "3 rue du Marché\n86200 Loudun" }));
    partner(&app, "Oublié", json!({}));
    let present = partner(&app, "Présent", json!({ "area": [ELSEWHERE], "email": "present@civray.example" }));
    let absent = partner(&app, "Absent", json!({ "area": [ELSEWHERE], "email": "absent@civray.example" }));
    let represented = partner(&app, "Représenté", json!({ "area": [ELSEWHERE], "email": "represente@civray.example" }));
    let missed = partner(&app, "Manquant", json!({ "area": [ELSEWHERE], "email": "manquant@civray.example" }));
    let invited = [
        (&represented, "represente@civray.example", Presence::Represented),
        (&missed, "manquant@civray.example", Presence::Absent),
        (&mailed, "un@loudun.example", Presence::Present),
        (&present, "present@civray.example", Presence::Present),
        (&absent, "absent@civray.example", Presence::Excused),
    ];
    let meeting = held(&app, &invited);
    let sheets = json!([{ "plan_id": plan, "number": 1 }]);
    let counted = async |app: &TestApp| {
        let json = app.api(Who::Visitor).get(&format!("/api/v1/plans/{plan}")).await.expect(200).json();
        json["orientations"][0]["sheets"][0]["counted"].clone()
    };
    assert_eq!(counted(&app).await, json!([]));
    let announcement =
        create(&app, Who::Administrator, json!({ "audience": { "territories": [HERE] }, "meeting": meeting, "plan_sheets": sheets })).await;
    assert_eq!(now(&app, &announcement).await["informed"], 0, "a draft informs nobody");
    send(&app, &announcement, json!({})).await.expect(200);
    settle(&app).await;
    // By mail, the association of the world and one more; at the meeting, one that was there and one that was represented.
    assert_eq!(now(&app, &announcement).await["informed"], 4);
    let letters = format!("{}/letters", path(&announcement));
    let api = app.api(Who::Administrator);
    for (on, organisations) in [
        ("2026-03-04", json!([lettered])),
        ("2026-03-03", json!([])),
        ("2026-03-03", json!([mailed])),
        ("2026-03-03", json!(["x"])),
        ("demain", json!([lettered])),
    ] {
        api.post(&letters, &json!({ "on": on, "organisations": organisations })).await.expect(422);
    }
    let done = api.post(&letters, &json!({ "on": "2026-03-03", "organisations": [lettered] })).await.expect(200).json();
    assert_eq!(done["informed"], 5);
    assert_eq!(api.post(&letters, &json!({ "on": "2026-03-02", "organisations": [lettered] })).await.expect(200).json()["informed"], 5);
    assert_eq!(counted(&app).await, json!([{ "label": "Partenaires informés", "value": 5 }]));
    // Announced to again, they count once.
    let again = create(&app, Who::Administrator, json!({ "audience": { "territories": [HERE] }, "plan_sheets": sheets })).await;
    send(&app, &again, json!({})).await.expect(200);
    settle(&app).await;
    assert_eq!(counted(&app).await[0]["value"], 5);
    app.sign_in(Who::Manager).get(&format!("/schema/{plan}/fiches/1")).await.expect(200).has("Compté par le registre").has("Partenaires informés");
    let own = format!("/annonces/{}", announcement["id"].as_str().unwrap());
    let page = app.sign_in(Who::Manager).get(&own).await.expect(200);
    let page = page.has("Par lettre").has("Présent").has("3\u{a0}mars\u{a0}2026").has("2\u{a0}mars\u{a0}2026");
    page.has("Représenté").lacks("Oublié").lacks("Absent").lacks("Manquant");
    let labels = app.sign_in(Who::Manager).get(&format!("{own}/etiquettes")).await.expect(200);
    labels.has("3 rue du Marché").has("Sans adresse postale").has("Oublié").has("lettre envoyée le 3\u{a0}mars\u{a0}2026");
    // Two records of one organisation are told once.
    app.write(|conn| {
        let admin = app.world.actor(conn, Who::Administrator)?;
        let by = By { actor: &admin, now: app.now(), chance: &app.app.chance };
        let version = |conn: &mut _, id| partners::service::find(conn, id).map(|one| one.version);
        let (kept, other) = (version(conn, &mailed)?, version(conn, &lettered)?);
        traitdunion::merging::merge(conn, by, (&mailed, kept), (&lettered, other), app.app.today()).map(drop)
    });
    assert_eq!(now(&app, &announcement).await["informed"], 4);
    app.work().await;
}

async fn what_was_counted_outlives_the_mails(app: TestApp) {
    app.leaves_work();
    partner(&app, "Un", json!({ "email": "un@loudun.example" }));
    let announcement = create(&app, Who::Administrator, json!({ "audience": { "territories": [HERE] } })).await;
    send(&app, &announcement, json!({})).await.expect(200);
    settle(&app).await;
    let before = now(&app, &announcement).await;
    for _ in 0..14 {
        app.pass(31 * 24 * 3600);
        schedule::step(&app.app).await.unwrap();
    }
    assert!(to(&app, "announcement").is_empty(), "the trace of its mails is gone");
    let after = now(&app, &announcement).await;
    assert_eq!((after["mails"].clone(), after["informed"].clone()), (before["mails"].clone(), json!(2)));
    app.sign_in(Who::Manager)
        .get(&format!("/annonces/{}/destinataires", announcement["id"].as_str().unwrap()))
        .await
        .expect(200)
        .lacks("un@loudun.example");
}

async fn an_address_that_died_is_left_out_and_its_organisation_gets_a_letter(app: TestApp) {
    app.leaves_work();
    let organisation = partner(&app, "Un", json!({ "email": "Un@loudun.example", "address": "3 rue du Marché" }));
    let announcement = create(&app, Who::Administrator, json!({ "audience": { "territories": [HERE] } })).await;
    send(&app, &announcement, json!({})).await.expect(200);
    settle(&app).await;
    assert_eq!(now(&app, &announcement).await["informed"], 2);
    let mail = app.mails().into_iter().find(|mail| mail.recipient == "Un@loudun.example").unwrap();
    let told = outcome(&app, &report("un", &mail, "un@loudun.example", "failed", "5.1.1")).await;
    assert_eq!(told, "dead");
    let after = now(&app, &announcement).await;
    assert_eq!((after["informed"].clone(), after["mails"]["refused"].clone()), (json!(1), json!(1)));
    let next = create(&app, Who::Administrator, json!({ "audience": { "territories": [HERE] } })).await;
    let found = audience(&app, &next).await;
    assert_eq!((found["recipients"].clone(), found["dead"].clone(), found["without_mailbox"].clone()), (json!(1), json!(1), json!([organisation])));
    let own = format!("/annonces/{}", next["id"].as_str().unwrap());
    app.sign_in(Who::Manager).get(&own).await.expect(200).has("1\u{a0}adresse n’existe plus");
    app.sign_in(Who::Manager).get(&format!("{own}/etiquettes")).await.expect(200).has("3 rue du Marché");
}
