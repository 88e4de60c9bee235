//! Pages as anybody sees them, kept for a second: a link that a whole town opens at once is made once.
//!
//! Only what is everybody's is kept: no cookie of ours came with the request, none leaves with the answer. A write of this process ends
//! every kept page at once; those of another process are seen after a second at most.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use actix_web::body::{BoxBody, MessageBody, to_bytes};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderMap};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::web::{Bytes, Data};
use actix_web::{HttpResponse, HttpResponseBuilder};

use crate::app::App;
use crate::kernel::Moment;

/// In milliseconds.
const KEPT_FOR: i64 = 1000;
/// The most pages, and the most bytes of one: about 64 MiB at the very most.
const PAGES: usize = 256;
const LARGEST: usize = 256 * 1024;

#[derive(Default)]
pub struct Cache(Mutex<HashMap<Key, Kept>>);

#[derive(PartialEq, Eq, Hash)]
struct Key {
    address: String,
    is_compressed: bool,
}

struct Kept {
    at: Moment,
    /// How many writes the database had seen before the page was made.
    writes: u64,
    headers: HeaderMap,
    body: Bytes,
}

impl Cache {
    fn find(&self, key: &Key, now: Moment, writes: u64) -> Option<HttpResponse> {
        let pages = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = pages.get(key).filter(|kept| kept.writes == writes && (0..KEPT_FOR).contains(&now.millis_since(kept.at)))?;
        let mut response = HttpResponseBuilder::new(StatusCode::OK);
        for header in &kept.headers {
            response.append_header(header);
        }
        Some(response.body(kept.body.clone()))
    }

    fn keep(&self, key: Key, kept: Kept) {
        let mut pages = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if pages.len() >= PAGES {
            pages.clear();
        }
        pages.insert(key, kept);
    }
}

pub async fn anonymous(request: ServiceRequest, next: Next<impl MessageBody + 'static>) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let Some((app, key)) = request.app_data::<Data<App>>().cloned().zip(key(&request)) else {
        return Ok(next.call(request).await?.map_into_boxed_body());
    };
    let (now, writes) = (app.clock.now(), app.db.writes());
    if let Some(page) = app.pages.find(&key, now, writes) {
        return Ok(request.into_response(page));
    }
    let response = next.call(request).await?;
    let is_page = response.headers().get(header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    if response.status() != StatusCode::OK || !is_page || response.headers().contains_key(header::SET_COOKIE) {
        return Ok(response.map_into_boxed_body());
    }
    let (request, response) = response.into_parts();
    let (head, body) = response.into_parts();
    let body = to_bytes(body).await.map_err(|error| actix_web::error::ErrorInternalServerError(error.into()))?;
    if body.len() <= LARGEST {
        app.pages.keep(key, Kept { at: now, writes, headers: head.headers().clone(), body: body.clone() });
    }
    Ok(ServiceResponse::new(request, head.set_body(body).map_into_boxed_body()))
}

/// What names the page, if everybody would be answered the same.
fn key(request: &ServiceRequest) -> Option<Key> {
    let headers = request.headers();
    let says = |name: header::HeaderName, part: &str| headers.get_all(name).any(|value| value.to_str().is_ok_and(|value| value.contains(part)));
    let is_anybodys = request.method() == Method::GET
        && !headers.contains_key(header::AUTHORIZATION)
        && !headers.contains_key("x-requested-with")
        && !says(header::COOKIE, "traitdunion");
    let address = request.uri().path_and_query()?.as_str().to_owned();
    is_anybodys.then(|| Key { address, is_compressed: says(header::ACCEPT_ENCODING, "gzip") })
}
