//! `/annonces/{id}/modifier`: its text, its audience, what it makes known.

use actix_web::{HttpResponse, web};
use serde_json::{Map, Value, json};

use super::form::{Desk, Filled, sent, values_of};
use super::{read, trail};
use crate::announcements::model::{Kind, Stage};
use crate::announcements::service::{self, Announcement};
use crate::error::{Error, Result};
use crate::http::forms::{Submitted, summary};
use crate::http::notice::Notice;
use crate::http::paths;
use crate::http::visit::Visit;
use crate::kernel::FieldErrors;

/// The most of a place's name that is looked for.
const LONGEST_QUERY: usize = 200;

pub async fn form(visit: Visit, id: web::Path<String>) -> Result<HttpResponse> {
    let announcement = draft(&visit, &id).await?;
    show(&visit, &announcement, announcement.version, &values_of(&announcement.fields), "", &FieldErrors::default()).await
}

async fn draft(visit: &Visit, id: &str) -> Result<Announcement> {
    let announcement = read(visit, id).await?;
    match announcement.life.stage {
        Stage::Draft => Ok(announcement),
        Stage::Scheduled => Err(Error::Refused("Cette annonce est programmée : reprenez-la en brouillon avant de la modifier.".into())),
        _ => Err(Error::Refused("Cette annonce est partie, ou annulée : son texte ne change plus.".into())),
    }
}

async fn show(
    visit: &Visit,
    announcement: &Announcement,
    version: i32,
    values: &Map<String, Value>,
    query: &str,
    errors: &FieldErrors,
) -> Result<HttpResponse> {
    let (actor, now, zone, one) = (visit.actor()?.clone(), visit.now, visit.app.config.zone.clone(), announcement.clone());
    let desk = visit.app.db.read(move |conn| Desk::load(conn, &actor, &one, now, zone)).await?;
    let filled = Filled { kind: announcement.kind, values, desk: &desk, query, errors };
    let heading = if announcement.kind == Kind::Letter { "Écrire la lettre" } else { "Écrire l’annonce" };
    let data = json!({
        "breadcrumb": trail(announcement, Some("Modifier")),
        "object": announcement.kind.label(),
        "heading": heading,
        "lead": "",
        "warnings": [],
        "form": {
            "has_file": false, "action": paths::about_announcement(&announcement.id, "modifier"), "version": version, "seen": "",
            "submit": "Enregistrer", "check": null, "back": paths::announcement(&announcement.id),
        },
        "errors": summary(errors),
        "fields": filled.controls(),
    });
    let show = if errors.is_empty() { Visit::page } else { Visit::page_again };
    show(visit, "conventions/small", heading, data)
}

pub async fn save(Submitted { visit, form }: Submitted, id: web::Path<String>) -> Result<HttpResponse> {
    let announcement = draft(&visit, &id).await?;
    let (given, version) = (sent(&form, announcement.kind), form.version()?);
    if form.get("do") == "find-territories" {
        let query: String = form.get("territories_q").chars().take(LONGEST_QUERY).collect();
        return show(&visit, &announcement, version, &given, &query, &FieldErrors::default()).await;
    }
    let (doer, own, changes) = (visit.doer()?, announcement.id.clone(), given.clone());
    match visit.app.db.write(move |conn| service::change(conn, doer.by(), &own, version, &changes)).await {
        Ok(announcement) => Ok(visit.redirect(&paths::announcement(&announcement.id), Some(Notice::Saved))),
        Err(Error::Invalid(errors)) => show(&visit, &announcement, version, &given, "", &errors).await,
        Err(error) => Err(error),
    }
}
