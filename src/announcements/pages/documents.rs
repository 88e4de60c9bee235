//! `/annonces/{id}/documents`: what is joined to an announcement.

use actix_web::{HttpResponse, web};
use serde_json::{Value, json};

use super::{id_of, read, trail};
use crate::announcements::files;
use crate::announcements::model::Stage;
use crate::announcements::service::Announcement;
use crate::conventions::files::pages::received;
use crate::documents::model::{Document, LARGEST, Purpose, Reading, told_size};
use crate::documents::pages::path as file_path;
use crate::error::{Error, Result};
use crate::http::forms::{Submitted, summary};
use crate::http::notice::Notice;
use crate::http::paths;
use crate::http::upload::Files;
use crate::http::visit::Visit;
use crate::kernel::FieldErrors;
use crate::kernel::ids::DocumentId;

pub async fn page(visit: Visit, id: web::Path<String>) -> Result<HttpResponse> {
    show(&visit, &id, &FieldErrors::default()).await
}

async fn show(visit: &Visit, id: &str, errors: &FieldErrors) -> Result<HttpResponse> {
    let announcement = read(visit, id).await?;
    let own = announcement.id.clone();
    let documents = visit.app.db.read(move |conn| files::list(conn, &own)).await?;
    let may_write = announcement.life.stage == Stage::Draft;
    let attach = json!({
        "url": paths::about_announcement(&announcement.id, "documents"), "error": errors.of("file"), "largest": LARGEST / 1024 / 1024,
        "accept": Purpose::Attachment.extensions().join(","), "purpose": null,
    });
    let data = json!({
        "breadcrumb": trail(&announcement, Some("Documents")),
        "object": announcement.fields.title,
        "errors": summary(errors),
        "documents": documents.iter().map(|document| row(document, &announcement, may_write)).collect::<Vec<_>>(),
        "attach": may_write.then_some(attach),
        "enter": null,
    });
    let show = if errors.is_empty() { Visit::page } else { Visit::page_again };
    show(visit, "conventions/documents", "Documents de l’annonce", data)
}

fn row(document: &Document, announcement: &Announcement, may_write: bool) -> Value {
    json!({
        "name": document.name,
        "url": file_path(document),
        "told": format!("{}, {}", document.kind.label(), told_size(document.size)),
        "purpose": "",
        "is_signed": false,
        "is_current": false,
        "sha256": document.sha256,
        "reading": Some(document.reading).filter(|reading| *reading != Reading::Read).map(Reading::label),
        "added_at": document.added_at,
        "added_by": document.added_by,
        "remove_url": may_write.then(|| format!("{}/{}/retirer", paths::about_announcement(&announcement.id, "documents"), document.id)),
    })
}

pub async fn attach(Files { visit, mut files, .. }: Files, id: web::Path<String>) -> Result<HttpResponse> {
    // Asked before the file is looked into.
    let announcement = read(&visit, &id).await?;
    let done = async {
        let checked = received(&visit, files.pop(), Purpose::Attachment).await?;
        let (doer, id) = (visit.doer()?, announcement.id.clone());
        visit.app.db.write(move |conn| crate::announcements::files::attach(conn, doer.by(), &id, &checked).map(drop)).await
    };
    match done.await {
        Ok(()) => Ok(visit.redirect(&paths::about_announcement(&announcement.id, "documents"), Some(Notice::DocumentJoined))),
        Err(Error::Invalid(errors)) => show(&visit, &id, &errors).await,
        Err(error) => Err(error),
    }
}

pub async fn remove(Submitted { visit, .. }: Submitted, address: web::Path<(String, String)>) -> Result<HttpResponse> {
    let (id, document) = address.into_inner();
    let (id, document) = (id_of(&id)?, DocumentId::parse(&document).ok_or(Error::NotFound)?);
    let (doer, own) = (visit.doer()?, id.clone());
    visit.app.db.write(move |conn| files::remove(conn, doer.by(), &own, &document)).await?;
    Ok(visit.redirect(&paths::about_announcement(&id, "documents"), Some(Notice::Removed)))
}
