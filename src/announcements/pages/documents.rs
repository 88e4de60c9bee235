//! `/annonces/{id}/documents`: what is joined to an announcement.

use actix_web::{HttpResponse, web};
use serde_json::json;

use super::{id_of, read, trail};
use crate::announcements::files;
use crate::announcements::model::Stage;
use crate::conventions::files::pages::received;
use crate::documents::model::{LARGEST, Purpose};
use crate::documents::pages::attached;
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
        "documents": attached(&documents, &paths::about_announcement(&announcement.id, "documents"), may_write),
        "attach": may_write.then_some(attach),
        "enter": null,
    });
    let show = if errors.is_empty() { Visit::page } else { Visit::page_again };
    show(visit, "conventions/documents", "Documents de l’annonce", data)
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
