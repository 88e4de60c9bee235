//! Who came: one choice a person, filled with what their answers foretell, corrected by keyboard alone.

use actix_web::{HttpResponse, web};
use serde_json::{Value, json};

use super::edit::writable;
use super::{id_of, trail, words};
use crate::error::{Error, Result};
use crate::http::forms::{Field, Form, Submitted, summary};
use crate::http::notice::Notice;
use crate::http::paths;
use crate::http::visit::Visit;
use crate::kernel::FieldErrors;
use crate::kernel::ids::InvitationId;
use crate::kernel::text::fold;
use crate::meetings::inviting;
use crate::meetings::model::{Invitation, Presence, Stage};
use crate::meetings::service::{self, Meeting};

pub async fn page(visit: Visit, id: web::Path<String>) -> Result<HttpResponse> {
    show(&visit, &id, None, &FieldErrors::default()).await
}

/// May it be noted yet?
fn is_time(meeting: &Meeting, visit: &Visit) -> bool {
    meeting.life.stage.is_over() || meeting.life.stage == Stage::Called && meeting.has_begun(visit.now)
}

async fn show(visit: &Visit, id: &str, form: Option<&Form>, errors: &FieldErrors) -> Result<HttpResponse> {
    let meeting = writable(visit, id).await?;
    if !is_time(&meeting, visit) {
        return Err(Error::Refused("La présence se note une fois la rencontre commencée.".into()));
    }
    let own = meeting.id.clone();
    let people = visit.app.db.read(move |conn| inviting::of(conn, &own)).await?;
    let mut people: Vec<Invitation> = people.into_iter().filter(|one| one.removed_at.is_none()).collect();
    people.sort_by_cached_key(|one| fold(&one.name));
    let rows = people.iter().map(|one| {
        let chosen = match form.map(|form| form.get(&format!("presence.{}", one.id))) {
            Some(said) if !said.is_empty() => Presence::parse(said),
            _ => Some(one.presence.unwrap_or_else(|| one.foretold())),
        };
        let option = |presence: &Presence| json!({ "value": presence, "label": presence.label(), "checked": chosen == Some(*presence) });
        json!({
            "id": one.id,
            "name": one.name,
            "more": words::some(&one.function),
            "represented_by": words::some(&one.represented_by),
            "options": Presence::ALL.iter().map(option).collect::<Vec<_>>(),
        })
    });
    let headcount = match form {
        Some(form) => form.get("headcount").to_owned(),
        None => meeting.headcount.map(|count| count.to_string()).unwrap_or_default(),
    };
    let hint = "Celles qui sont venues sans être dans la liste\u{a0}: un nombre, jamais de noms.";
    let field = Field { name: "headcount", label: "Combien d’autres personnes\u{a0}?", hint, value: &headcount, ..Field::default() };
    let data = json!({
        "breadcrumb": trail(&meeting, Some("Présents")),
        "title": meeting.fields.title,
        "when": words::when(&meeting.fields, &visit.app.config.zone),
        "action": paths::about_meeting(&meeting.id, "presence"),
        "rows": rows.collect::<Vec<Value>>(),
        "headcount": field.show(errors),
        "invited_url": paths::about_meeting(&meeting.id, "invites"),
        "errors": summary(errors),
        "back": paths::meeting(&meeting.id, &meeting.fields.title),
    });
    let render = if errors.is_empty() { Visit::page } else { Visit::page_again };
    render(visit, "meetings/presence", &format!("Présents\u{a0}: {}", meeting.fields.title), data)
}

pub async fn save(sent: Submitted, id: web::Path<String>) -> Result<HttpResponse> {
    let (visit, form) = (&sent.visit, &sent.form);
    let (own, doer) = (id_of(&id)?, visit.doer()?);
    let mut presences = Vec::new();
    for (name, said) in &form.0 {
        let Some(person) = name.strip_prefix("presence.").and_then(InvitationId::parse) else { continue };
        let presence = Presence::parse(said).ok_or_else(|| Error::field("presence", "Choisissez une des réponses de la liste."))?;
        presences.push((person, presence));
    }
    let headcount = service::recorded_headcount(&json!(form.get("headcount")));
    let done = match headcount {
        Err(errors) => Err(Error::Invalid(errors)),
        Ok(headcount) => visit.app.db.write(move |conn| inviting::record_presence(conn, doer.by(), &own, &presences, Some(headcount))).await,
    };
    match done {
        Ok(()) => {
            visit.app.bell.ring();
            let meeting = writable(visit, &id).await?;
            Ok(visit.redirect(&paths::meeting(&meeting.id, &meeting.fields.title), Some(Notice::PresenceNoted)))
        }
        Err(Error::Invalid(errors)) => show(visit, &id, Some(form), &errors).await,
        Err(error) => Err(error),
    }
}
