//! One import, as far as it is.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use serde_json::json;

use super::{check, columns, find, head, result, shelf};
use crate::error::Result;
use crate::http::shell::Frame;
use crate::http::visit::Visit;
use crate::imports::model::{Import, Stage};
use crate::kernel::FieldErrors;

pub async fn page(visit: Visit, id: web::Path<String>) -> Result<HttpResponse> {
    let import = find(&visit, &id).await?;
    match import.stage {
        Stage::Uploaded => columns::show(&visit, &import, &FieldErrors::default()).await,
        Stage::Checked => check::show(&visit, &import, None).await,
        Stage::Mapped | Stage::Running | Stage::Undoing => under_way(&visit, &import),
        Stage::Done | Stage::Undone | Stage::Failed => result::show(&visit, &import, None).await,
    }
}

/// What the worker does, and how far it is: the page comes again by itself.
fn under_way(visit: &Visit, import: &Import) -> Result<HttpResponse> {
    let (done, total) = shelf(visit).progress(&import.id).unwrap_or((0, 0));
    let (heading, note) = match import.stage {
        Stage::Running => ("Import en cours", "Vous pouvez quitter cette page : l’import continue sans vous."),
        Stage::Undoing => ("Annulation en cours", "Vous pouvez quitter cette page : l’annulation continue sans vous."),
        _ => ("Vérification en cours", "Rien n’est écrit pour l’instant."),
    };
    let mut data = head(import, heading, "");
    data["progress"] = json!({ "done": done, "total": total, "known": total > 0 });
    data["note"] = json!(note);
    let mut response = visit.framed("imports/progress", heading, Frame::default(), StatusCode::OK, data)?;
    response.headers_mut().insert(actix_web::http::header::CACHE_CONTROL, actix_web::http::header::HeaderValue::from_static("no-store"));
    Ok(response)
}
