//! `/documents/{id}/{name}`: a file, handed to whoever may read its record.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::{Value, json};

use super::model::{Document, Reading, address_name, told_size};
use super::service;
use super::shelf::Shelf;
use crate::error::{Error, Result};
use crate::http::visit::Visit;
use crate::http::{download, records};
use crate::kernel::ids::DocumentId;

/// Nothing in it runs, wherever it is opened.
const POLICY: &str = "default-src 'none'; sandbox; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// Where a document is downloaded.
pub fn path(document: &Document) -> String {
    format!("/documents/{}/{}", document.id, address_name(&document.name, document.kind))
}

pub async fn file(visit: Visit, address: web::Path<(String, String)>, request: HttpRequest) -> Result<HttpResponse> {
    let (id, name) = address.into_inner();
    let id = DocumentId::parse(&id).ok_or(Error::NotFound)?;
    let (viewer, today) = (visit.viewer.clone(), visit.today());
    let read = visit.app.db.read(move |conn| {
        let document = service::find(conn, &id)?;
        records::may_read(conn, &viewer, today, &document.record_kind, &document.record_id)?;
        Ok::<_, Error>(document)
    });
    let document = read.await?;
    if name != address_name(&document.name, document.kind) {
        return Ok(HttpResponse::MovedPermanently().insert_header((header::LOCATION, path(&document))).finish());
    }
    hand_over(&visit, &request, &document)
}

/// What is joined to a record, as its page of documents lists it at `url`. What has a purpose of its own is told by its slice.
pub fn attached(documents: &[Document], url: &str, may_write: bool) -> Value {
    let row = |document: &Document| {
        json!({
            "name": document.name,
            "url": path(document),
            "told": format!("{}, {}", document.kind.label(), told_size(document.size)),
            "purpose": "",
            "is_signed": false,
            "is_current": false,
            "sha256": document.sha256,
            // What is as it should be needs no word.
            "reading": Some(document.reading).filter(|reading| *reading != Reading::Read).map(Reading::label),
            "added_at": document.added_at,
            "added_by": document.added_by,
            "remove_url": may_write.then(|| format!("{url}/{}/retirer", document.id)),
        })
    };
    documents.iter().map(row).collect()
}

/// The file itself, for whoever was let in.
pub fn hand_over(visit: &Visit, request: &HttpRequest, document: &Document) -> Result<HttpResponse> {
    let tag = format!("\"{}\"", document.sha256);
    let known = request.headers().get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    let mut response = match known.is_some_and(|known| known.split(',').any(|known| known.trim() == tag)) {
        true => HttpResponse::NotModified().finish(),
        false => download::attachment(Shelf::of(&visit.app.config.documents_dir).open(&document.sha256)?, &document.name, document.kind.as_str())?,
    };
    let headers = [(header::CONTENT_SECURITY_POLICY, POLICY), (header::ETAG, &tag), (header::CACHE_CONTROL, "no-cache, private")];
    for (name, value) in headers {
        response.headers_mut().insert(name, header::HeaderValue::from_str(value).map_err(|error| Error::Internal(error.to_string()))?);
    }
    Ok(response)
}
