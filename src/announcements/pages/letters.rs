//! `/lettres`: the letters that were sent, for everybody.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::json;

use super::id_of;
use crate::announcements::{letter, service};
use crate::error::{Error, Result};
use crate::http::paths;
use crate::http::query::{self, pagination, pairs};
use crate::http::shell::Frame;
use crate::http::visit::Visit;
use crate::kernel::FieldErrors;

pub async fn list(visit: Visit, request: HttpRequest) -> Result<HttpResponse> {
    let form = pairs(request.query_string())?;
    let mut errors = FieldErrors::default();
    let page = query::page(&form, &mut errors);
    errors.into_result().map_err(Error::BadQuery)?;
    let listing = visit.app.db.read(move |conn| service::open_letters(conn, page)).await?;
    let zone = &visit.app.config.zone;
    let items = listing.items.iter().map(|one| {
        json!({ "title": one.fields.title, "url": paths::letter(&one.id), "text": one.fields.text, "sent_on": one.life.send_at.map(|at| zone.day(at)) })
    });
    let data = json!({ "items": items.collect::<Vec<_>>(), "pagination": pagination(paths::LETTERS, &form, page.number, listing.pages()) });
    visit.page("announcements/letters", "Lettres du mois", data)
}

pub async fn page(visit: Visit, id: web::Path<String>) -> Result<HttpResponse> {
    let id = id_of(&id)?;
    let read = visit.app.db.read(move |conn| {
        let one = service::find_open(conn, &id)?;
        Ok::<_, Error>((letter::sections(&letter::shown(conn, &one.fields)?), one))
    });
    let (sections, one) = read.await?;
    let data = json!({
        "breadcrumb": [{ "label": "Lettres du mois", "href": paths::LETTERS }, { "label": one.fields.title, "href": null }],
        "title": one.fields.title,
        "sent_on": one.life.send_at.map(|at| visit.app.config.zone.day(at)),
        "text": one.fields.text,
        "sections": sections,
    });
    visit.framed("announcements/letter", &one.fields.title, Frame::default(), StatusCode::OK, data)
}
