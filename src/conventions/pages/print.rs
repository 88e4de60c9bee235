//! The same page, for paper.

use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::json;

use super::show;
use crate::error::Result;
use crate::http::visit::Visit;

pub async fn page(visit: Visit, request: HttpRequest, id: web::Path<String>) -> Result<HttpResponse> {
    let page = show::load(&visit, &request, id.into_inner()).await?;
    let data = json!({
        "breadcrumb": super::trail(&page.convention, Some("Imprimer")),
        "convention": page.json(&visit.app.config.zone),
        "commands": [],
        "mails": null,
    });
    show::shown(&visit, &page, data, true)
}
