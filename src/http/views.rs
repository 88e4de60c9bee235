//! Counts the pages of records that people open, once they were answered.

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::{Method, StatusCode, header};
use actix_web::middleware::Next;
use actix_web::web::Data;

use crate::app::App;
use crate::consultations;

pub async fn counted(request: ServiceRequest, next: Next<impl MessageBody>) -> Result<ServiceResponse<impl MessageBody>, actix_web::Error> {
    let seen = if is_read_by_somebody(&request) { request.app_data::<Data<App>>().cloned().zip(request.match_pattern()) } else { None };
    let response = next.call(request).await?;
    let is_page = response.headers().get(header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    if let Some((app, route)) = seen.filter(|_| response.status() == StatusCode::OK && is_page)
        && let Some((kind, id)) = consultations::record_of(&route, response.request().path())
    {
        app.consultations.count(kind, id.as_deref().unwrap_or_default(), app.today());
    }
    Ok(response)
}

/// A page asked for by a browser to be shown: neither fetched ahead, nor refreshed by a script, nor read by a program.
fn is_read_by_somebody(request: &ServiceRequest) -> bool {
    let says = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let is_ahead = ["sec-purpose", "purpose", "x-moz"].iter().any(|name| says(name).contains("prefetch") || says(name).contains("prerender"));
    request.method() == Method::GET && !is_ahead && says("x-requested-with").is_empty() && !consultations::is_robot(says("user-agent"))
}
