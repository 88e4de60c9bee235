//! Calendars that programs follow: everybody's, a territory's, one's own; and one meeting, to be added by hand.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use sha2::{Digest, Sha256};

use super::{Scope, entry, feed, published, tokens};
use crate::accounts::model::Viewer;
use crate::error::{Error, Result};
use crate::http::forms::Submitted;
use crate::http::notice::Notice;
use crate::http::visit::Visit;
use crate::ical::{Entry, Method, calendar};
use crate::kernel::ids::MeetingId;
use crate::meetings::service;
use crate::territories;

/// `/agenda.ics`: what everybody may read, whoever asks.
pub async fn everybody(request: HttpRequest, visit: Visit) -> Result<HttpResponse> {
    let name = format!("Rencontres, {}", visit.app.identity().name);
    let now = visit.now;
    let entries = visit.app.db.read(move |conn| feed(conn, &Viewer::visitor(), &Scope::All, now)).await?;
    Ok(answer(&request, &visit, Some(&name), "agenda", entries))
}

/// `/territoires/{code}/agenda.ics`: what everybody may read of a territory, of what lies in it and of what serves it.
pub async fn of_territory(request: HttpRequest, visit: Visit, code: web::Path<String>) -> Result<HttpResponse> {
    let now = visit.now;
    let read = visit.app.db.read(move |conn| {
        let atlas = territories::service::atlas(conn)?;
        if !atlas.knows(&code) {
            return Err(Error::NotFound);
        }
        let scope = Scope::Territories(atlas.matching(&code));
        Ok((atlas.name(&code), feed(conn, &Viewer::visitor(), &scope, now)?))
    });
    let (name, entries) = read.await?;
    Ok(answer(&request, &visit, Some(&format!("Rencontres, {name}")), "agenda", entries))
}

/// `/lien/agenda/{token}.ics`: the meetings to which its bearer is invited.
pub async fn own(request: HttpRequest, visit: Visit, token: web::Path<String>) -> Result<HttpResponse> {
    let now = visit.now;
    let read = visit.app.db.read(move |conn| {
        let actor = tokens::reader(conn, &token)?;
        let Some(id) = actor.id.clone() else { return Err(Error::NotFound) };
        let scope = Scope::Invited(id, actor.organisation_id.clone());
        feed(conn, &Viewer(Some(actor)), &scope, now)
    });
    let entries = read.await?;
    let name = format!("Mes rencontres, {}", visit.app.identity().name);
    Ok(answer(&request, &visit, Some(&name), "mon-agenda", entries))
}

/// `/rencontres/{id}/rencontre.ics`.
pub async fn one(request: HttpRequest, visit: Visit, id: web::Path<String>) -> Result<HttpResponse> {
    let viewer = visit.viewer.clone();
    let read = visit.app.db.read(move |conn| {
        let meeting = service::find(conn, &viewer, &MeetingId::parse(&id).ok_or(Error::NotFound)?)?;
        let is_expected = super::is_expected(conn, &viewer, &meeting)?;
        let entry = entry(&meeting, is_expected).filter(|_| meeting.life.stage.is_announced()).ok_or(Error::NotFound)?;
        Ok::<_, Error>(published(&meeting, entry))
    });
    let entry = read.await?;
    Ok(answer(&request, &visit, None, "rencontre", vec![entry]))
}

/// The same bytes as long as nothing changes: whoever has them is told so.
fn answer(request: &HttpRequest, visit: &Visit, name: Option<&str>, file: &str, mut entries: Vec<Entry>) -> HttpResponse {
    for url in entries.iter_mut().filter_map(|entry| entry.url.as_mut()) {
        url.insert_str(0, &visit.app.config.base_url);
    }
    let body = calendar(Method::Publish, name, &visit.app.config.zone, &entries);
    let tag: String = Sha256::digest(&body).iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    let tag = format!("\"{tag}\"");
    let known = request.headers().get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok()).unwrap_or_default();
    // Whoever packs the answer on the way may have marked the tag as weak.
    let is_known = known.split(',').any(|known| known.trim().trim_start_matches("W/") == tag);
    let mut response = if is_known { HttpResponse::NotModified() } else { HttpResponse::Ok() };
    response.insert_header((header::ETAG, tag)).insert_header((header::CACHE_CONTROL, "no-cache, private"));
    response.insert_header(("X-Robots-Tag", "noindex"));
    if is_known {
        return response.finish();
    }
    response.insert_header((header::CONTENT_DISPOSITION, format!("inline; filename=\"{file}.ics\"")));
    response.content_type("text/calendar; charset=utf-8").body(body)
}

/// Opens one's own calendar, or closes it.
pub async fn open(Submitted { visit, .. }: Submitted) -> Result<HttpResponse> {
    turn(visit, true).await
}

pub async fn close(Submitted { visit, .. }: Submitted) -> Result<HttpResponse> {
    turn(visit, false).await
}

async fn turn(visit: Visit, is_open: bool) -> Result<HttpResponse> {
    let doer = visit.doer()?;
    let Some(id) = doer.actor.id.clone() else { return Err(Error::NotFound) };
    let turned = move |conn: &mut _| if is_open { tokens::open(conn, doer.by(), &id) } else { tokens::close(conn, doer.by(), &id) };
    visit.app.db.write(turned).await?;
    let (to, notice) = if is_open { ("/compte#agenda", Notice::CalendarOpened) } else { ("/compte", Notice::CalendarClosed) };
    Ok(visit.redirect(to, Some(notice)))
}
