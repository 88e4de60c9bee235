//! `/lien/rencontres/{secret}/compte-rendu`: where the mails of minutes lead whoever was called. Opening it changes nothing; a button
//! approves, or asks for a correction, without an account.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use serde_json::{Value, json};

use super::{approval, heading, parts, tag};
use crate::accounts::model::{By, Viewer};
use crate::decisions;
use crate::error::{Error, Result};
use crate::http::forms::{Field, Submitted, summary};
use crate::http::paths;
use crate::http::shell::Frame;
use crate::http::visit::Visit;
use crate::kernel::FieldErrors;
use crate::meetings::inviting;
use crate::meetings::minutes::{Read, approving};
use crate::meetings::model::minutes::Opinion;
use crate::meetings::model::{Invitation, Stage};
use crate::meetings::world::World;

/// What the page answers to.
#[derive(Default)]
struct Answer {
    reason: String,
    errors: FieldErrors,
    /// The text was written again since it was read.
    overtaken: bool,
}

struct Desk {
    one: Invitation,
    read: Read,
    people: Vec<Invitation>,
    decisions: Vec<Value>,
}

pub async fn show(visit: Visit, secret: web::Path<String>) -> Result<HttpResponse> {
    answer(&visit, &secret, &Answer::default()).await
}

async fn answer(visit: &Visit, secret: &str, said: &Answer) -> Result<HttpResponse> {
    let (followed, today) = (secret.to_owned(), visit.today());
    let read = visit.app.db.read(move |conn| {
        let (one, read) = approving::bearer(conn, &followed)?;
        let decisions = decisions::pages::of_meeting(conn, &Viewer::visitor(), &read.meeting.id, today)?;
        Ok::<_, Error>(Desk { people: inviting::of(conn, &read.meeting.id)?, one, decisions, read })
    });
    match read.await {
        Ok(desk) => page(visit, secret, &desk, said),
        Err(Error::NotFound) => spent(visit),
        Err(error) => Err(error),
    }
}

fn page(visit: &Visit, secret: &str, desk: &Desk, answer: &Answer) -> Result<HttpResponse> {
    let Desk { one, read, people, decisions } = desk;
    let (zone, stage) = (&visit.app.config.zone, read.meeting.life.stage);
    let is_shown = stage == Stage::MinutesInReview || stage.is_frozen();
    let own = read.said.iter().find(|said| said.invitation_id == one.id);
    let hint = "Votre remarque part à ceux qui rédigent, et la relecture s’arrête.";
    let field = Field {
        name: "reason",
        label: "Ce qu’il faut corriger",
        hint,
        value: &answer.reason,
        required: true,
        max: Some(2000),
        rows: 4,
        ..Field::default()
    };
    let (tag, label) = tag(stage);
    let data = json!({
        "csrf": visit.csrf(),
        "name": one.name,
        "heading": heading(&read.meeting, zone),
        "tag": tag,
        "state_label": label,
        "is_shown": is_shown,
        "is_open": stage == Stage::MinutesInReview,
        "approves": own.is_some_and(|said| said.opinion == Opinion::Approves),
        "approval": approval(read, people, zone),
        "minutes": { "parts": if is_shown { parts(&read.minutes.fields, stage) } else { Vec::new() }, "decisions": if is_shown { decisions.clone() } else { Vec::new() } },
        "overtaken": answer.overtaken,
        "errors": summary(&answer.errors),
        "reason": field.show(&answer.errors),
        "revision": read.minutes.revision,
        "action": paths::minutes_link(secret),
    });
    let status = match (answer.overtaken, answer.errors.is_empty()) {
        (true, _) => StatusCode::CONFLICT,
        (false, false) => StatusCode::UNPROCESSABLE_ENTITY,
        (false, true) => StatusCode::OK,
    };
    visit.framed("meetings/minutes_link", "Compte rendu", Frame { noindex: true, ..Frame::default() }, status, data)
}

pub async fn act(Submitted { visit, form }: Submitted, secret: web::Path<String>) -> Result<HttpResponse> {
    let secret = secret.into_inner();
    let opinion = match form.get("do") {
        "approve" => Opinion::Approves,
        "object" => Opinion::Objects,
        _ => return Err(Error::field("do", "Choisissez ce que vous voulez faire.")),
    };
    let (revision, reason) = (form.get("revision").parse().unwrap_or(0), form.get("reason").to_owned());
    let (followed, said, now, chance, zone) = (secret.clone(), reason.clone(), visit.now, visit.app.chance.clone(), visit.app.config.zone.clone());
    let done = visit.app.db.write(move |conn| {
        let (one, _) = approving::bearer(conn, &followed)?;
        let actor = approving::actor_of(&one);
        let by = By { actor: &actor, now, chance: &chance };
        let world = World::load(conn, &zone)?;
        approving::opine(conn, by, &world, &one.id, revision, opinion, &said)
    });
    match done.await {
        Ok(_) => {
            visit.app.bell.ring();
            Ok(visit.redirect(&paths::minutes_link(&secret), None))
        }
        Err(Error::Invalid(errors)) => answer(&visit, &secret, &Answer { reason, errors, overtaken: false }).await,
        Err(Error::Conflict { .. }) => answer(&visit, &secret, &Answer { overtaken: true, ..Answer::default() }).await,
        // Approved or taken up again meanwhile: the page says so.
        Err(Error::Refused(_)) => Ok(visit.redirect(&paths::minutes_link(&secret), None)),
        Err(Error::NotFound) => spent(&visit),
        Err(error) => Err(error),
    }
}

/// Never made, or of somebody who is no longer invited: nobody is told which.
fn spent(visit: &Visit) -> Result<HttpResponse> {
    let frame = Frame { noindex: true, ..Frame::default() };
    visit.framed("meetings/minutes_link_spent", "Ce lien ne fonctionne plus", frame, StatusCode::NOT_FOUND, json!({}))
}
