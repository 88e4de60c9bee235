//! What opening a record's page does, once it was answered: it is counted, and what was to be told of it to who opened it is read.

use actix_web::HttpMessage;
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderMap};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::web::Data;

use crate::accounts::model::Actor;
use crate::app::App;
use crate::consultations;
use crate::events::Record;
use crate::kernel::Moment;
use crate::notifications::inbox;

/// Somebody opens the page of a record of which they have something to read.
pub struct Opened {
    pub reader: Actor,
    pub record: Record,
    pub now: Moment,
}

pub async fn counted(request: ServiceRequest, next: Next<impl MessageBody>) -> Result<ServiceResponse<impl MessageBody>, actix_web::Error> {
    let is_ahead = is_ahead(request.headers());
    let seen = if is_read_by_somebody(&request) { request.app_data::<Data<App>>().cloned().zip(request.match_pattern()) } else { None };
    let response = next.call(request).await?;
    let is_shown = response.status() == StatusCode::OK && !is_ahead;
    let opened = response.request().extensions_mut().remove::<Opened>().filter(|_| is_shown);
    if let Some((Opened { reader, record, now }, app)) = opened.zip(response.request().app_data::<Data<App>>()) {
        // The page is worth more than the count of what is left to read.
        if let Err(error) = app.db.write(move |conn| inbox::read(conn, &reader, &record, now)).await {
            tracing::warn!(%error, "what was read cannot be noted");
        }
    }
    let is_page = response.headers().get(header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    if let Some((app, route)) = seen.filter(|_| is_shown && is_page)
        && let Some((kind, id)) = consultations::record_of(&route, response.request().path())
    {
        app.consultations.count(kind, id.as_deref().unwrap_or_default(), app.today());
    }
    Ok(response)
}

/// Is a page fetched by the browser before anybody asks to see it?
pub fn is_ahead(headers: &HeaderMap) -> bool {
    let says = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    ["sec-purpose", "purpose", "x-moz"].iter().any(|name| says(name).contains("prefetch") || says(name).contains("prerender"))
}

/// A page asked for by a browser to be shown: neither refreshed by a script, nor read by a program.
fn is_read_by_somebody(request: &ServiceRequest) -> bool {
    let says = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    request.method() == Method::GET && says("x-requested-with").is_empty() && !consultations::is_robot(says("user-agent"))
}
