//! `/rencontres/{id}/compte-rendu/rectifier`: a numbered correction of what was approved.

use actix_web::{HttpResponse, web};
use serde_json::json;

use super::{form, heading, id_of, trail};
use crate::error::{Error, Result};
use crate::http::forms::{Submitted, summary};
use crate::http::notice::Notice;
use crate::http::paths;
use crate::http::visit::Visit;
use crate::kernel::FieldErrors;
use crate::meetings::minutes::{self, Read, approving};
use crate::meetings::model::Verb;
use crate::meetings::model::minutes::MinutesPart;
use crate::meetings::world::World;
use crate::meetings::{policy, service};

/// The minutes, if whoever asks may rectify them.
async fn rectifiable(visit: &Visit, id: &str) -> Result<Read> {
    let (actor, viewer, id) = (visit.actor()?.clone(), visit.viewer.clone(), id_of(id)?);
    let read = visit.app.db.read(move |conn| {
        let read = minutes::read(conn, &viewer, &id)?;
        let subject = service::subject(conn, &viewer, &read.meeting)?;
        let may = policy::may(&actor, Verb::Rectify, &subject);
        Ok::<_, Error>((read, may))
    });
    match read.await? {
        (_, false) => Err(Error::Forbidden("Un compte rendu approuvé est rectifié par la présidence ou par un responsable du territoire.".into())),
        (read, true) if Verb::Rectify.leads(read.meeting.life.stage).is_some() => Ok(read),
        _ => Err(Error::Refused("Ce compte rendu n’est pas encore approuvé : il se modifie simplement.".into())),
    }
}

pub async fn form(visit: Visit, id: web::Path<String>) -> Result<HttpResponse> {
    let read = rectifiable(&visit, &id).await?;
    show(&visit, &read, &[], "", &FieldErrors::default())
}

fn show(visit: &Visit, read: &Read, typed: &[MinutesPart], reason: &str, errors: &FieldErrors) -> Result<HttpResponse> {
    let Read { meeting, minutes, .. } = read;
    let data = json!({
        "breadcrumb": trail(meeting, Some("Rectifier")),
        "form": {
            "eyebrow": heading(meeting, &visit.app.config.zone),
            "heading": "Rectifier le compte rendu",
            "lead": "Ce compte rendu est approuvé. Votre correction en devient une rectification numérotée ; l’ancien texte reste lisible.",
            "action": paths::about_minutes(&meeting.id, "/rectifier"),
            "back": paths::minutes(&meeting.id),
            "submit": "Enregistrer la rectification",
            "number": "version",
            "value": meeting.version,
            "is_autosaved": false,
            "saved": null,
            "reason": {
                "control": "textarea", "name": "reason", "label": "Motif", "hint": "Ce qui est corrigé et pourquoi. Chacun le lira.", "value": reason,
                "error": errors.of("reason"), "type": "text", "autocomplete": null, "required": true, "max": 2000, "rows": 3,
            },
        },
        "conflict": null,
        "errors": summary(errors),
        "parts": form::shown(&minutes.fields, typed, &[]),
    });
    let title = format!("Rectifier le compte rendu : {}", meeting.fields.title);
    let show = if errors.is_empty() { Visit::page } else { Visit::page_again };
    show(visit, "meetings/minutes_form", &title, data)
}

pub async fn save(submitted: Submitted, id: web::Path<String>) -> Result<HttpResponse> {
    let Submitted { visit, form } = submitted;
    let read = rectifiable(&visit, &id).await?;
    let (version, reason) = (form.version()?, form.get("reason").to_owned());
    let parts: Vec<MinutesPart> = match form::sent(&form) {
        Ok(sent) => sent.into_iter().map(|sent| sent.part).collect(),
        Err(errors) => return show(&visit, &read, &[], &reason, &errors),
    };
    let (doer, zone, own, given, said) = (visit.doer()?, visit.app.config.zone.clone(), read.meeting.id.clone(), parts.clone(), reason.clone());
    let done = visit.app.db.write(move |conn| {
        let world = World::load(conn, &zone)?;
        approving::rectify(conn, doer.by(), &world, &own, version, given, &said)
    });
    match done.await {
        Ok(meeting) => {
            visit.app.bell.ring();
            Ok(visit.redirect(&paths::minutes(&meeting.id), Some(Notice::MinutesRectified)))
        }
        Err(Error::Invalid(errors)) => show(&visit, &read, &parts, &reason, &errors),
        Err(error) => Err(error),
    }
}
