//! `/rencontres/{id}/documents`: what is joined to a meeting.

use actix_web::{HttpResponse, web};
use serde_json::json;

use super::{edit, id_of, trail};
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
use crate::meetings::service;
use crate::meetings::{files, policy};

pub async fn page(visit: Visit, id: web::Path<String>) -> Result<HttpResponse> {
    show(&visit, &id, &FieldErrors::default()).await
}

async fn show(visit: &Visit, id: &str, errors: &FieldErrors) -> Result<HttpResponse> {
    let (viewer, id) = (visit.viewer.clone(), id_of(id)?);
    let read = visit.app.db.read(move |conn| {
        let meeting = service::find(conn, &viewer, &id)?;
        let may_write = viewer.actor().is_some_and(|actor| policy::may_write(actor, &meeting.subject()));
        Ok::<_, Error>((files::list(conn, &id)?, meeting, may_write))
    });
    let (documents, meeting, may_write) = read.await?;
    let attach = json!({
        "url": paths::about_meeting(&meeting.id, "documents"), "error": errors.of("file"), "largest": LARGEST / 1024 / 1024,
        "accept": Purpose::Attachment.extensions().join(","), "purpose": null,
    });
    let data = json!({
        "breadcrumb": trail(&meeting, Some("Documents")),
        "object": meeting.fields.title,
        "errors": summary(errors),
        "documents": attached(&documents, &paths::about_meeting(&meeting.id, "documents"), may_write),
        "attach": may_write.then_some(attach),
        "enter": null,
    });
    let show = if errors.is_empty() { Visit::page } else { Visit::page_again };
    show(visit, "conventions/documents", "Documents de la rencontre", data)
}

pub async fn attach(Files { visit, mut files, .. }: Files, id: web::Path<String>) -> Result<HttpResponse> {
    // Asked before the file is looked into.
    let meeting = edit::writable(&visit, &id).await?;
    let done = async {
        let checked = received(&visit, files.pop(), Purpose::Attachment).await?;
        let (doer, id) = (visit.doer()?, meeting.id.clone());
        visit.app.db.write(move |conn| crate::meetings::files::attach(conn, doer.by(), &id, &checked).map(drop)).await
    };
    match done.await {
        Ok(()) => {
            visit.app.bell.ring();
            Ok(visit.redirect(&paths::about_meeting(&meeting.id, "documents"), Some(Notice::DocumentJoined)))
        }
        Err(Error::Invalid(errors)) => show(&visit, &id, &errors).await,
        Err(error) => Err(error),
    }
}

pub async fn remove(Submitted { visit, .. }: Submitted, address: web::Path<(String, String)>) -> Result<HttpResponse> {
    let (id, document) = address.into_inner();
    let (id, document) = (id_of(&id)?, DocumentId::parse(&document).ok_or(Error::NotFound)?);
    let (doer, own) = (visit.doer()?, id.clone());
    visit.app.db.write(move |conn| files::remove(conn, doer.by(), &own, &document)).await?;
    visit.app.bell.ring();
    Ok(visit.redirect(&paths::about_meeting(&id, "documents"), Some(Notice::Removed)))
}
