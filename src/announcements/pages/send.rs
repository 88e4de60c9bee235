//! `/annonces/{id}/envoyer`: the confirmation, which repeats the number. Another number than the one that was read is not confirmed.

use actix_web::{HttpResponse, web};
use serde_json::json;

use super::{counted, read, trail};
use crate::announcements::model::Stage;
use crate::announcements::service::{self, Announcement, Seen};
use crate::error::{Error, Result};
use crate::http::forms::{Choice, Field, Form, Submitted, choices, summary};
use crate::http::notice::Notice;
use crate::http::paths;
use crate::http::visit::Visit;
use crate::kernel::text::unbroken;
use crate::kernel::{FieldErrors, Moment};
use crate::meetings::reading::instant;

pub async fn form(visit: Visit, id: web::Path<String>) -> Result<HttpResponse> {
    let announcement = confirmable(&visit, &id).await?;
    show(&visit, &announcement, &Form::default(), &FieldErrors::default()).await
}

async fn confirmable(visit: &Visit, id: &str) -> Result<Announcement> {
    let announcement = read(visit, id).await?;
    match announcement.life.stage {
        Stage::Draft => Ok(announcement),
        stage => Err(Error::Refused(format!("Cette annonce est «\u{a0}{}\u{a0}»\u{a0}: son envoi est déjà confirmé.", stage.label().to_lowercase()))),
    }
}

async fn show(visit: &Visit, announcement: &Announcement, form: &Form, errors: &FieldErrors) -> Result<HttpResponse> {
    let (one, actor, now) = (announcement.clone(), visit.actor()?.clone(), visit.now);
    let found = visit.app.db.read(move |conn| service::audience(conn, &actor, &one, now)).await?;
    let is_later = form.get("when") == "later";
    let options = vec![Choice::new("now", "Maintenant", !is_later), Choice::new("later", "Plus tard", is_later)];
    let day = Field { name: "day", label: "Jour", value: form.get("day"), ..Field::default() };
    let time = Field { name: "time", label: "Heure", hint: "Comme 8:00 ou 14 h 30.", value: form.get("time"), ..Field::default() };
    let number = found.number();
    let data = json!({
        "breadcrumb": trail(announcement, Some("Envoyer")),
        "title": announcement.fields.title,
        "addresses": number,
        "number_label": counted(number, "adresse", "adresses"),
        "organisations": (found.organisations > 0).then(|| counted(found.organisations, "organisme", "organismes")),
        "without": (!found.without.is_empty()).then(|| counted(found.without.len(), "organisme n’a pas d’adresse e-mail", "organismes n’ont pas d’adresse e-mail")),
        "stopped": (found.stopped() > 0).then(|| counted(found.stopped(), "personne ne veut plus recevoir ces messages : elle n’est pas comptée", "personnes ne veulent plus recevoir ces messages : elles ne sont pas comptées")).map(|said| unbroken(&said)),
        "dead": super::dead(&found),
        "changed": errors.of("recipients").map(unbroken),
        "errors": summary(errors),
        "recipients_url": paths::about_announcement(&announcement.id, "destinataires"),
        "action": paths::about_announcement(&announcement.id, "envoyer"),
        "version": announcement.version,
        "digest": found.digest(),
        "when": choices("when", "Quand", "", options, errors),
        "day": day.show(errors),
        "time": time.show(errors),
        "submit": if number == 0 { "Confirmer".to_owned() } else { format!("Confirmer l’envoi à {}", counted(number, "adresse", "adresses")) },
        "back": paths::announcement(&announcement.id),
    });
    let show = if errors.is_empty() { Visit::page } else { Visit::page_again };
    show(visit, "announcements/send", "Confirmer l’envoi", data)
}

pub async fn confirm(Submitted { visit, form }: Submitted, id: web::Path<String>) -> Result<HttpResponse> {
    let announcement = confirmable(&visit, &id).await?;
    let version = form.version()?;
    let seen = Seen { number: form.get("number").parse().unwrap_or(usize::MAX), digest: Some(form.get("seen").to_owned()) };
    let at = match later(&visit, &form) {
        Ok(at) => at,
        Err(Error::Invalid(errors)) => return show(&visit, &announcement, &form, &errors).await,
        Err(error) => return Err(error),
    };
    let (doer, own) = (visit.doer()?, announcement.id.clone());
    match visit.app.db.write(move |conn| service::send(conn, doer.by(), &own, version, &seen, at)).await {
        Ok(sent) => {
            visit.app.bell.ring();
            let notice = if sent.life.stage == Stage::Scheduled { Notice::AnnouncementScheduled } else { Notice::AnnouncementSent };
            Ok(visit.redirect(&paths::announcement(&sent.id), Some(notice)))
        }
        Err(Error::Invalid(errors)) => show(&visit, &announcement, &form, &beside(errors)).await,
        Err(error) => Err(error),
    }
}

/// When it is to leave; none: now.
fn later(visit: &Visit, form: &Form) -> Result<Option<Moment>> {
    if form.get("when") != "later" {
        return Ok(None);
    }
    let said = format!("{} {}", form.get("day").trim(), form.get("time").trim());
    if said.trim().is_empty() {
        return Err(Error::field("day", "Donnez le jour et l’heure, comme 03/03/2026 et 8:00."));
    }
    instant(&visit.app.config.zone, &said).map(Some).map_err(|message| Error::field("day", message))
}

/// What is said of the instant stands beside its day.
fn beside(errors: FieldErrors) -> FieldErrors {
    let mut told = FieldErrors::default();
    for (field, message) in errors.iter() {
        told.add(if field == "send_at" { "day" } else { field }, message);
    }
    told
}
