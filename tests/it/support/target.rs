//! Records that a path names, made anew for each request of the table of rights: whatever it does to them changes no other line.

use std::sync::atomic::{AtomicI64, Ordering};

use traitdunion::accounts::model::{Actor, By, Viewer};
use traitdunion::accounts::service as accounts;
use traitdunion::actions::model::Stage as ActionStage;
use traitdunion::announcements::service as announcements;
use traitdunion::conventions::model::Stage;
use traitdunion::db::Conn;
use traitdunion::error::Result;
use traitdunion::imports::kinds::Kind;
use traitdunion::imports::model::Report;
use traitdunion::kernel::ids::{MeetingId, OrganisationId};
use traitdunion::kernel::{Moment, Visibility};
use traitdunion::mail::choices;
use traitdunion::mail::outgoing::{self, Outgoing};
use traitdunion::meetings;
use traitdunion::meetings::minutes::approving;
use traitdunion::meetings::model::Verb;
use traitdunion::meetings::model::minutes::MinutesPart;
use traitdunion::partners;

use super::world::{self, Who};
use super::{TestApp, world::HERE};

/// The path with its record filled in, and the record's version. A path that names none, or none that we know how to make, is left as it is.
pub fn of(app: &TestApp, who: Who, path: &str) -> (String, Option<i32>) {
    if path.starts_with("/admin/comptes/{id}") {
        let (id, token) = account(app);
        return (path.replace("{id}", &id).replace("{token}", &token), Some(1));
    }
    if path.contains("/compte-rendu") || path.contains("/{id}/minutes") || path.ends_with("/{id}/dossier") {
        let (id, body, version, secret) = minutes(app, path);
        let id = if path.contains("/instances/") { body } else { id };
        return (path.replace("{id}", &id).replace("{secret}", &secret), Some(version));
    }
    if path.starts_with("/decisions") || path.starts_with("/api/v1/decisions/{id}") {
        return (path.replace("{id}", &decision(app)), Some(1));
    }
    if path.starts_with("/appuis/{id}") {
        return (path.replace("{id}", &support(app)), None);
    }
    if path.starts_with("/qui-sait-faire/{id}") {
        return (path.replace("{id}", app.world.accounts[&Who::ManagerElsewhere].as_str()), None);
    }
    if path.starts_with("/annonces/{id}")
        || path.starts_with("/api/v1/announcements/{id}")
        || path.starts_with("/lien/annonces/")
        || path.starts_with("/lettres/{id}")
    {
        let (id, secret) = announcement(app, path.starts_with("/lettres/"));
        let path = if path.starts_with("/lien/") { path.to_owned() } else { path.replace("{id}", &id) };
        return (path.replace("{secret}", &secret), Some(1));
    }
    if path.starts_with("/lien/partenaire/{secret}") {
        return (path.replace("{secret}", &confirmation(app)), Some(1));
    }
    if path.starts_with("/partenaires/{id}")
        || path.starts_with("/partenaires/corrections/")
        || path.starts_with("/admin/partenaires/{id}")
        || path.starts_with("/api/v1/partners/{id}")
    {
        let (id, correction) = organisation(app);
        let slug = traitdunion::kernel::text::slug(NAME);
        return (path.replace("{id}", &id).replace("{correction}", &correction).replace("{slug}", &slug), Some(1));
    }
    if path.starts_with("/admin/territoires/{code}") {
        return (path.replace("{code}", &territory(app)), Some(1));
    }
    if path.starts_with("/admin/courrier/{id}") {
        return (path.replace("{id}", &mail(app)), None);
    }
    if path.starts_with("/schema/{id}") || path.starts_with("/api/v1/plans/{id}") {
        return (path.replace("{id}", &plan(app)), Some(1));
    }
    if path.starts_with("/conventions/{id}") || path.starts_with("/api/v1/conventions/{id}") {
        let (id, version) = convention(app);
        return (path.replace("{id}", &id), Some(version));
    }
    if path.starts_with("/rencontres/instances/{id}") {
        return (path.replace("{id}", &body(app)), Some(1));
    }
    if path.starts_with("/rencontres/{id}") || path.starts_with("/api/v1/meetings/{id}") {
        let (id, invitation, version) = meeting(app);
        return (path.replace("{id}", &id).replace("{invitation}", &invitation), Some(version));
    }
    if path.starts_with("/api/v1/bodies/{id}") {
        return (path.replace("{id}", &body(app)), Some(1));
    }
    if path.starts_with("/import/{id}") {
        return (path.replace("{id}", &import(app)), None);
    }
    if path.starts_with("/desinscription/{token}") {
        return (path.replace("{token}", &choice(app)), None);
    }
    if path.starts_with("/compte/jetons/{id}") {
        return (path.replace("{id}", &token_of(app, who)), None);
    }
    (path.to_owned(), None)
}

/// A committee of the first territory that was held, to which its manager and its worker were called: its minutes are written, and stand
/// where the path needs them. The meeting, its body, its version, and the link of somebody who was called.
fn minutes(app: &TestApp, path: &str) -> (String, String, i32, String) {
    let now = app.now();
    let wanted = match path.rsplit('/').next() {
        Some("relire" | "return" | "approve") => Some(Verb::Submit),
        _ if path.starts_with("/lien/") => Some(Verb::Submit),
        Some("publish") => Some(Verb::Approve),
        Some("rectifier" | "rectify" | "compte-rendu" | "imprimer") => Some(Verb::Publish),
        _ => None,
    };
    let zone = app.app.config.zone.clone();
    app.write(|conn| {
        let (meeting, body) = held(conn, app, now)?;
        let worker = app.world.actor(conn, Who::Worker)?;
        let by = By { actor: &worker, now, chance: &app.app.chance };
        let parts = vec![MinutesPart { title: "Ouverture".into(), text: "La séance est ouverte.".into(), ..MinutesPart::default() }];
        meetings::minutes::save(conn, by, &meeting, 0, parts)?;
        let world = meetings::world::World::load(conn, &zone)?;
        let manager = app.world.actor(conn, Who::Manager)?;
        for verb in [Verb::Submit, Verb::Approve, Verb::Publish] {
            if wanted.is_none() {
                break;
            }
            let version = meetings::service::find(conn, &Viewer(Some(manager.clone())), &meeting)?.version;
            let by = By { actor: &manager, ..by };
            approving::carry_out(conn, by, &world, &meeting, version, verb, "")?;
            if Some(verb) == wanted {
                break;
            }
        }
        let version = meetings::service::find(conn, &Viewer(Some(manager)), &meeting)?.version;
        let secret = meetings::inviting::of(conn, &meeting)?.remove(0).secret;
        Ok((meeting.to_string(), body, version, secret))
    })
}

/// A committee of the first territory, recorded as held, and its body.
fn held(conn: &mut Conn, app: &TestApp, now: Moment) -> Result<(MeetingId, String)> {
    let worker = app.world.actor(conn, Who::Worker)?;
    let by = By { actor: &worker, now, chance: &app.app.chance };
    let zone = &app.app.config.zone;
    let world = meetings::world::World::load(conn, zone)?;
    let given = serde_json::json!({
        "name": "Comité de passage", "kind": "local_follow_up_committee", "territory": HERE,
        "members": [{ "name": "Denis Arnault", "email": "denis@vienne.example" }],
    });
    let body = meetings::bodies::create(conn, by, &world, given.as_object().expect("an object"))?.id;
    let world = meetings::world::World::load(conn, zone)?;
    let given = serde_json::json!({
        "title": "Comité de passage", "body_id": body, "starts_at": "2026-03-02T09:00:00Z", "ends_at": "2026-03-02T11:00:00Z", "stage": "held",
    });
    let meeting = meetings::service::create(conn, by, &world, given.as_object().expect("an object"))?;
    Ok((meeting.id, body.to_string()))
}

/// What the worker of the first territory asks about a draft of theirs; the worker of the other is of the group that the instance names.
fn support(app: &TestApp) -> String {
    // Each on a day of its own: nobody asks as often in one.
    static DAYS: AtomicI64 = AtomicI64::new(0);
    let now = app.now().plus_days(2 * DAYS.fetch_add(1, Ordering::Relaxed));
    app.write(|conn| {
        let (worker, admin) = (app.world.actor(conn, Who::Worker)?, app.world.actor(conn, Who::Administrator)?);
        let by = |actor| By { actor, now, chance: &app.app.chance };
        traitdunion::sharing::support::set_group(conn, by(&admin), &Who::WorkerElsewhere.email())?;
        let draft = world::action(conn, &app.world, &app.app.chance, ActionStage::Draft, Visibility::Public)?;
        let asked = traitdunion::sharing::support::ask(conn, by(&worker), &draft.id, "Un avis ?", app.app.today())?;
        Ok(asked.id.to_string())
    })
}

/// A draft for the partners of the first territory, and the secret of its link; or a letter that was sent to them.
fn announcement(app: &TestApp, is_letter: bool) -> (String, String) {
    let (now, zone) = (app.now(), app.app.config.zone.clone());
    app.write(|conn| {
        let administrator = app.world.actor(conn, Who::Administrator)?;
        let by = By { actor: &administrator, now, chance: &app.app.chance };
        let kind = if is_letter { "letter" } else { "announcement" };
        let given = serde_json::json!({ "kind": kind, "title": "Une permanence", "text": "Le mardi.", "audience": { "territories": [HERE] } });
        let made = announcements::create(conn, by, &zone, given.as_object().expect("an object"))?;
        if is_letter {
            let number = announcements::audience(conn, &administrator, &made, now)?.number();
            announcements::send(conn, by, &made.id, 1, &announcements::Seen { number, digest: None }, None)?;
        }
        Ok((made.id.to_string(), made.secret))
    })
}

/// A decision of such a committee.
fn decision(app: &TestApp) -> String {
    let now = app.now();
    app.write(|conn| {
        let (meeting, _) = held(conn, app, now)?;
        let worker = app.world.actor(conn, Who::Worker)?;
        let by = By { actor: &worker, now, chance: &app.app.chance };
        let given = serde_json::json!({ "meeting_id": meeting, "text": "Ouvrir une permanence." });
        let decision = traitdunion::decisions::service::create(conn, by, &app.app.config.zone, given.as_object().expect("an object"))?;
        Ok(decision.id.to_string())
    })
}

fn number(app: &TestApp) -> u64 {
    app.app.chance.below(1_000_000_000)
}

/// A worker's account, with a token.
fn account(app: &TestApp) -> (String, String) {
    let now = app.now();
    let given = accounts::Given {
        email: format!("quelquun{}@vienne.example", number(app)),
        name: "Quelqu’un".into(),
        role: "worker".into(),
        territories: vec![HERE.into()],
        ..accounts::Given::default()
    };
    app.write(|conn| {
        let robot = Actor::command_line();
        let by = By { actor: &robot, now, chance: &app.app.chance };
        let account = accounts::add(conn, by, &given, Some("no password has this hash"))?;
        accounts::make_token(conn, by, &account.id, "tests")?;
        let token = accounts::tokens(conn, Some(&account.id))?.remove(0);
        Ok((account.id.to_string(), token.id))
    })
}

/// What organisations made here are called.
const NAME: &str = "Association de passage";

/// An organisation of the first territory, with a correction to decide.
fn organisation(app: &TestApp) -> (String, String) {
    app.write(|conn| {
        let robot = Actor::command_line();
        let given = serde_json::json!({ "name": NAME, "area": [HERE] });
        let by = By { actor: &robot, now: app.now(), chance: &app.app.chance };
        let made = partners::service::create(conn, by, given.as_object().expect("an object"))?;
        let worker = app.world.actor(conn, Who::Worker)?;
        let changes = serde_json::json!({ "phone": "05 49 00 00 01" });
        let suggested = partners::corrections::suggest(conn, By { actor: &worker, ..by }, &made.id, changes.as_object().expect("an object"))?;
        Ok((made.id.to_string(), suggested.id))
    })
}

/// The secret of a link by which an organisation confirms its page.
fn confirmation(app: &TestApp) -> String {
    let (id, _) = organisation(app);
    let id = OrganisationId::parse(&id).expect("an id");
    app.write(|conn| partners::links::make(conn, &id, "contact@pont.example", app.now(), &app.app.chance))
}

fn territory(app: &TestApp) -> String {
    let code = format!("TIS-{}", number(app));
    app.write(|conn| traitdunion::territories::service::save(conn, &world::territory(&code, "Un territoire de passage", "86137"), app.now()));
    code
}

/// A mail that left.
fn mail(app: &TestApp) -> String {
    use diesel::prelude::*;
    use traitdunion::db::schema::mails;
    let (now, key) = (app.now(), number(app).to_string());
    let params = serde_json::json!({});
    let mail = Outgoing { recipient: "agent@vienne.example".into(), template: "action_submitted", params, record: None, key: key.clone() };
    app.write(|conn| {
        outgoing::enqueue(conn, now, &app.app.chance, [mail])?;
        let bytes = b"Subject: Bonjour\r\nContent-Type: text/html\r\n\r\n<p>Bonjour</p>\r\n".to_vec();
        let left =
            (mails::stage.eq(traitdunion::mail::model::Stage::Sent), mails::sent_at.eq(now), mails::message_id.eq("<a@b>"), mails::bytes.eq(bytes));
        Ok(diesel::update(mails::table.filter(mails::key.eq(key))).set(left).returning(mails::id).get_result::<String>(conn)?)
    })
}

/// A plan of one orientation and one sheet.
fn plan(app: &TestApp) -> String {
    let draft = world::plan(&format!("Schéma {}", number(app)));
    app.write(|conn| {
        let robot = Actor::command_line();
        let by = By { actor: &robot, now: app.now(), chance: &app.app.chance };
        Ok(traitdunion::plans::service::create(conn, by, &draft, None)?.to_string())
    })
}

/// A convention of the first territory that is read over.
fn convention(app: &TestApp) -> (String, i32) {
    let made = app.write(|conn| world::convention(conn, &app.world, &app.app.chance, Stage::InReview, Visibility::Internal));
    (made.id.to_string(), made.version)
}

/// A meeting of the first territory that began an hour ago, and somebody invited to it.
fn meeting(app: &TestApp) -> (String, String, i32) {
    use traitdunion::meetings::model::Stage;
    app.write(|conn| {
        let made = world::meeting(conn, &app.world, &app.app.chance, Stage::Called, Visibility::Partners)?;
        let invited = traitdunion::meetings::inviting::of(conn, &made.id)?.remove(0);
        Ok((made.id.to_string(), invited.id.to_string(), made.version))
    })
}

/// A body of the first territory.
fn body(app: &TestApp) -> String {
    let given = serde_json::json!({ "name": format!("Comité {}", number(app)), "kind": "local_follow_up_committee", "territory": HERE });
    app.write(|conn| {
        let robot = Actor::command_line();
        let by = By { actor: &robot, now: app.now(), chance: &app.app.chance };
        let world = traitdunion::meetings::world::World::load(conn, &app.app.config.zone)?;
        let made = traitdunion::meetings::bodies::create(conn, by, &world, given.as_object().expect("an object"))?;
        Ok(made.id.to_string())
    })
}

/// A file that the manager of the first territory gave, and whose columns are to be chosen.
fn import(app: &TestApp) -> String {
    let id = traitdunion::kernel::ids::new(app.now(), &app.app.chance);
    let heading = traitdunion::imports::layout::Heading { title: "Titre".into(), ..Default::default() };
    let report = Report { headings: vec![heading], proposed: vec![Some("title".into())], ..Report::default() };
    app.write(|conn| {
        let manager = app.world.actor(conn, Who::Manager)?;
        let by = By { actor: &manager, now: app.now(), chance: &app.app.chance };
        traitdunion::imports::service::receive(conn, by, &id, Kind::Actions, "actions.csv", "0", report)
    });
    id
}

/// The token of somebody's choice about mails.
fn choice(app: &TestApp) -> String {
    let recipient = format!("quelquun{}@vienne.example", number(app));
    app.write(|conn| Ok(choices::choose(conn, &recipient, "action_published", true, app.now(), &app.app.chance)?.token))
}

/// A token of the one who asks; a visitor has none.
fn token_of(app: &TestApp, who: Who) -> String {
    let Some(id) = app.world.accounts.get(&who) else { return "01JZZZZZZZZZZZZZZZZZZZZZZZ".into() };
    app.write(|conn| {
        let robot = Actor::command_line();
        accounts::make_token(conn, By { actor: &robot, now: app.now(), chance: &app.app.chance }, id, "tests")?;
        Ok(accounts::tokens(conn, Some(id))?.pop().map(|token| token.id).unwrap_or_default())
    })
}
