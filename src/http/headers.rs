//! What every answer carries, error pages included, and what every request that changes something must carry.

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::{HttpRequest, HttpResponse};

use crate::error::{Error, Result};

const ALWAYS: [(HeaderName, &str); 6] = [
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    ),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "same-origin"),
    (header::PERMISSIONS_POLICY, "camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
];

pub async fn always(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> std::result::Result<ServiceResponse<impl MessageBody>, actix_web::Error> {
    let secure = request.app_data::<actix_web::web::Data<crate::app::App>>().is_some_and(|app| app.config.is_secure());
    let mut response = next.call(request).await?;
    let headers = response.headers_mut();
    for (name, value) in ALWAYS {
        // A page that shows what others wrote brings a policy of its own, which allows less.
        if name != header::CONTENT_SECURITY_POLICY || !headers.contains_key(&name) {
            headers.insert(name, HeaderValue::from_static(value));
        }
    }
    if secure {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=31536000"));
    }
    Ok(response)
}

/// No address of ours is as long as this, whatever its filters, nor a search of ten thousand letters with accents.
const LONGEST_ADDRESS: usize = 62 * 1024;

/// Refuses an address that is too long before anything reads it.
pub async fn short_address(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> std::result::Result<ServiceResponse<BoxBody>, actix_web::Error> {
    if request.uri().path_and_query().is_some_and(|address| address.as_str().len() > LONGEST_ADDRESS) {
        return Ok(request.into_response(HttpResponse::UriTooLong().finish()));
    }
    Ok(next.call(request).await?.map_into_boxed_body())
}

/// Refuses what another site makes a browser send. A request without `Origin` is no browser's form from elsewhere: its token is checked anyway.
pub fn same_origin(request: &HttpRequest) -> Result<()> {
    let text = |name: HeaderName| request.headers().get(name).and_then(|value| value.to_str().ok());
    let refused = || Error::Forbidden("Cette demande vient d’un autre site : elle est refusée.".into());
    if let Some(site) = text(HeaderName::from_static("sec-fetch-site"))
        && site == "cross-site"
    {
        return Err(refused());
    }
    let Some(origin) = text(header::ORIGIN) else { return Ok(()) };
    let host = origin.split_once("://").map_or(origin, |(_, host)| host);
    let base = request.app_data::<actix_web::web::Data<crate::app::App>>().map(|app| app.config.base_url.clone()).unwrap_or_default();
    if origin == base || text(header::HOST) == Some(host) { Ok(()) } else { Err(refused()) }
}

/// [`same_origin`] for what carries no form token: the browser must say that a page of ours sends it.
pub fn surely_same_origin(request: &HttpRequest) -> Result<()> {
    same_origin(request)?;
    let said = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok());
    if said("origin").is_some() || said("sec-fetch-site") == Some("same-origin") {
        return Ok(());
    }
    Err(Error::Forbidden(
        "Depuis une page, cette demande doit venir de ce site ; depuis un programme, utilisez un jeton (Authorization: Bearer …).".into(),
    ))
}
