//! `/annonces`: what one announced, or is about to.

use actix_web::{HttpRequest, HttpResponse};
use serde_json::{Value, json};

use super::tag;
use crate::announcements::model::{Kind, Stage};
use crate::announcements::service::{self, Announcement, Filter};
use crate::error::{Error, Result};
use crate::http::admin::command;
use crate::http::forms::Choice;
use crate::http::paths;
use crate::http::query::{self, pagination, pairs};
use crate::http::visit::Visit;
use crate::kernel::FieldErrors;

pub async fn page(visit: Visit, request: HttpRequest) -> Result<HttpResponse> {
    super::allowed(&visit)?;
    let form = pairs(request.query_string())?;
    let mut errors = FieldErrors::default();
    let page = query::page(&form, &mut errors);
    let stages = query::values(&form, "stage", &mut errors, Stage::parse);
    errors.into_result().map_err(Error::BadQuery)?;
    let (viewer, filter) = (visit.viewer.clone(), Filter { stages: stages.clone(), ..Filter::default() });
    let listing = visit.app.db.read(move |conn| service::list(conn, &viewer, &filter, page)).await?;
    let mut options = vec![Choice::new("", "Tous", stages.is_empty())];
    options.extend(Stage::ALL.iter().map(|stage| Choice::new(stage.as_str(), stage.label(), stages.contains(stage))));
    let pages = listing.pages();
    let data = json!({
        "commands": [command("Nouvelle annonce", "/annonces/nouvelle", "get", "primary"), command("Lettres publiées", paths::LETTERS, "get", "quiet")],
        "stages": options,
        "items": listing.items.iter().map(|one| card(&visit, one)).collect::<Vec<_>>(),
        "pagination": pagination(paths::ANNOUNCEMENTS, &form, page.number, pages),
        "empty": { "title": "Aucune annonce ici", "text": "Une annonce écrit à tous les partenaires, agents ou élus que vous choisissez.", "links": [] },
    });
    visit.page("announcements/list", "Annonces", data)
}

fn card(visit: &Visit, one: &Announcement) -> Value {
    let zone = &visit.app.config.zone;
    let when = match (one.life.stage, one.life.send_at, one.life.sent_at) {
        (Stage::Scheduled, Some(at), _) => format!("Partira {}.", zone.in_words(at)),
        (Stage::Sending, Some(at), _) => format!("Partie {}.", zone.in_words(at)),
        (Stage::Sent, Some(at), _) => format!("Partie le {}.", zone.day(at).in_short()),
        _ => format!("Écrite le {} par {}.", zone.day(one.updated_at).in_short(), one.author_name),
    };
    json!({
        "title": one.fields.title,
        "url": paths::announcement(&one.id),
        "kind": if one.kind == Kind::Letter { one.kind.label() } else { "" },
        "state": tag(one),
        "when": when,
    })
}
