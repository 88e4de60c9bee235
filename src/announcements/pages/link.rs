//! `/lien/annonces/{secret}`: where the mails of an announcement lead: its text and its documents, without an account.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::json;

use super::documents_json;
use crate::announcements::{files, letter, service};
use crate::documents;
use crate::documents::model::address_name;
use crate::error::{Error, Result};
use crate::http::paths;
use crate::http::shell::Frame;
use crate::http::visit::Visit;
use crate::kernel::ids::DocumentId;

pub async fn page(visit: Visit, secret: web::Path<String>) -> Result<HttpResponse> {
    let asked = secret.clone();
    let read = visit.app.db.read(move |conn| {
        let announcement = service::find_by_secret(conn, &asked)?;
        let sections = letter::sections(&letter::shown(conn, &announcement.fields)?);
        Ok::<_, Error>((files::list(conn, &announcement.id)?, sections, announcement))
    });
    let (documents, sections, announcement) = read.await?;
    let is_sent = announcement.has_left();
    let href = |document: &documents::model::Document| {
        format!("{}/documents/{}/{}", paths::announcement_link(&secret), document.id, address_name(&document.name, document.kind))
    };
    let data = json!({
        "title": announcement.fields.title,
        "is_test": !is_sent,
        "sent_on": announcement.life.send_at.filter(|_| is_sent).map(|at| visit.app.config.zone.day(at)),
        "greeting": announcement.fields.greeting,
        "text": announcement.fields.text,
        "sections": sections,
        "documents": documents_json(&documents, href),
    });
    let frame = Frame { noindex: true, ..Frame::default() };
    visit.framed("announcements/read", &announcement.fields.title, frame, StatusCode::OK, data)
}

pub async fn document(visit: Visit, address: web::Path<(String, String, String)>, request: HttpRequest) -> Result<HttpResponse> {
    let (secret, id, _) = address.into_inner();
    let id = DocumentId::parse(&id).ok_or(Error::NotFound)?;
    let document = visit.app.db.read(move |conn| files::by_secret(conn, &secret, &id)).await?;
    documents::pages::hand_over(&visit, &request, &document)
}
