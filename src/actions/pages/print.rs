//! The same page, for paper.

use actix_web::{HttpResponse, web};
use serde_json::json;

use super::show::Page;
use crate::error::Result;
use crate::http::shell::Frame;
use crate::http::visit::Visit;

pub async fn page(visit: Visit, id: web::Path<String>) -> Result<HttpResponse> {
    let (viewer, now, zone) = (visit.viewer.clone(), visit.now, visit.app.config.zone.clone());
    let page = visit.app.db.read(move |conn| Page::load(conn, &viewer, &id, now, &zone)).await?;
    let data = json!({
        "breadcrumb": super::trail(&page.action, Some("Imprimer")),
        "action": page.json(&visit.viewer, visit.now, visit.today(), &visit.app.config.zone),
        "returned": null,
        "panel": null,
        "commands": [],
        "journal": null,
        "mails": null,
        "consulted": null,
    });
    let frame = Frame { print: true, noindex: true, home: false };
    visit.framed("actions/show", &page.action.fields.title, frame, actix_web::http::StatusCode::OK, data)
}
