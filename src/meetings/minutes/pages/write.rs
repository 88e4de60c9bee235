//! `/rencontres/{id}/compte-rendu/ecrire`: saved by its button, and as it is typed where the browser runs our script.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use serde_json::json;

use super::form::{self, Settled};
use super::{heading, id_of, trail};
use crate::error::{Error, Result};
use crate::http::forms::{Submitted, summary};
use crate::http::notice::Notice;
use crate::http::paths;
use crate::http::shell::Frame;
use crate::http::visit::Visit;
use crate::kernel::time::time_in_words;
use crate::kernel::{FieldErrors, ids::MeetingId};
use crate::meetings::minutes::{self, Minutes, Read};
use crate::meetings::model::Stage;
use crate::meetings::model::minutes::MinutesPart;
use crate::meetings::service;

/// The minutes, if whoever asks may write them now.
async fn writable(visit: &Visit, id: &str) -> Result<Read> {
    visit.actor()?;
    let (viewer, id) = (visit.viewer.clone(), id_of(id)?);
    let read = visit.app.db.read(move |conn| {
        service::find_to_write(conn, &viewer, &id)?;
        minutes::read(conn, &viewer, &id)
    });
    let read = read.await?;
    match read.meeting.life.stage {
        Stage::Called | Stage::Held => Ok(read),
        Stage::MinutesInReview => Err(Error::Refused("Ce compte rendu est en relecture. Reprenez d’abord la rédaction, en disant pourquoi.".into())),
        _ => Err(Error::Refused("Ce compte rendu est approuvé : il ne change plus que par une rectification.".into())),
    }
}

/// What a showing of the form depends on beside what is written.
#[derive(Default)]
struct Showing {
    typed: Vec<MinutesPart>,
    clashing: Vec<MinutesPart>,
    errors: FieldErrors,
}

pub async fn form(visit: Visit, id: web::Path<String>) -> Result<HttpResponse> {
    let read = writable(&visit, &id).await?;
    show(&visit, &read, &Showing::default())
}

fn show(visit: &Visit, read: &Read, showing: &Showing) -> Result<HttpResponse> {
    let Read { meeting, minutes, .. } = read;
    let zone = &visit.app.config.zone;
    let is_conflict = !showing.clashing.is_empty();
    let data = json!({
        "breadcrumb": trail(meeting, Some("Écrire")),
        "form": {
            "eyebrow": heading(meeting, zone),
            "heading": "Écrire le compte rendu",
            "lead": "Un texte par point de l’ordre du jour. Ce que vous laissez vide ne paraîtra pas.",
            "action": paths::about_minutes(&meeting.id, "/ecrire"),
            "back": paths::minutes(&meeting.id),
            "submit": "Enregistrer",
            "number": "revision",
            "value": minutes.revision,
            "is_autosaved": true,
            "saved": minutes.updated_at.map(|at| format!("Dernier enregistrement\u{a0}: {}, par {}.", zone.in_words(at), minutes.author_name)),
            "reason": null,
        },
        "conflict": is_conflict.then(|| json!({ "author": minutes.author_name, "at": minutes.updated_at })),
        "errors": summary(&showing.errors),
        "parts": form::shown(&minutes.fields, &showing.typed, &showing.clashing),
    });
    let title = format!("Écrire le compte rendu : {}", meeting.fields.title);
    match (is_conflict, showing.errors.is_empty()) {
        (true, _) => visit.framed("meetings/minutes_form", &format!("Conflit : {title}"), Frame::default(), StatusCode::CONFLICT, data),
        (false, true) => visit.page("meetings/minutes_form", &title, data),
        (false, false) => visit.page_again("meetings/minutes_form", &title, data),
    }
}

pub async fn save(submitted: Submitted, id: web::Path<String>) -> Result<HttpResponse> {
    let Submitted { visit, form } = submitted;
    let read = writable(&visit, &id).await?;
    let revision: i32 = form.get("revision").parse().map_err(|_| Error::field("revision", "La page est trop ancienne : rechargez-la."))?;
    let sent = match form::sent(&form) {
        Ok(sent) => sent,
        Err(errors) if visit.is_fetch => return Err(errors.into()),
        Err(errors) => return show(&visit, &read, &Showing { typed: typed(&form), errors, ..Showing::default() }),
    };
    let own = read.meeting.id.clone();
    if visit.is_fetch {
        let parts = sent.into_iter().map(|sent| sent.part).collect();
        return autosaved(&visit, own, revision, parts).await;
    }
    let Settled { parts, clashing } = if revision == read.minutes.revision {
        Settled { parts: sent.into_iter().map(|sent| sent.part).collect(), clashing: Vec::new() }
    } else {
        form::settle(sent, &read.minutes.fields)
    };
    if !clashing.is_empty() {
        return show(&visit, &read, &Showing { typed: parts, clashing, ..Showing::default() });
    }
    let notice = if revision == read.minutes.revision { Notice::Saved } else { Notice::Merged };
    write(&visit, own.clone(), read.minutes.revision, parts).await?;
    let to = if form.get("do") == "stay" { paths::about_minutes(&own, "/ecrire") } else { paths::minutes(&own) };
    Ok(visit.redirect(&to, Some(notice)))
}

/// What was typed, as it was typed.
fn typed(form: &crate::http::forms::Form) -> Vec<MinutesPart> {
    let name = |place: usize, what: &str| form.get(&format!("part.{place}.{what}")).to_owned();
    (0..)
        .take_while(|place| form.has(&format!("part.{place}.text")))
        .map(|place| MinutesPart { item: name(place, "item"), title: name(place, "title"), text: name(place, "text") })
        .collect()
}

async fn write(visit: &Visit, id: MeetingId, revision: i32, parts: Vec<MinutesPart>) -> Result<Minutes> {
    let doer = visit.doer()?;
    let minutes = visit.app.db.write(move |conn| minutes::save(conn, doer.by(), &id, revision, parts)).await?;
    visit.app.bell.ring();
    Ok(minutes)
}

/// What our script is answered: the revision to go on from, or that somebody else wrote.
async fn autosaved(visit: &Visit, id: MeetingId, revision: i32, parts: Vec<MinutesPart>) -> Result<HttpResponse> {
    let bases: Vec<String> = parts.iter().map(|part| form::base(&part.text)).collect();
    match write(visit, id, revision, parts).await {
        Ok(minutes) => {
            let at = time_in_words(visit.app.config.zone.local(visit.now).time());
            Ok(HttpResponse::Ok().json(json!({ "revision": minutes.revision, "bases": bases, "said": format!("Enregistré à {at}.") })))
        }
        Err(Error::Conflict { .. }) => {
            let said = "Quelqu’un d’autre vient d’enregistrer ce compte rendu. Pressez « Enregistrer » : vos deux textes seront réunis.";
            Ok(HttpResponse::Conflict().json(json!({ "said": said })))
        }
        Err(error) => Err(error),
    }
}
