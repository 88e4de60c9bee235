//! The versions of an action as JSON, for those who may write it.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;

use super::id_of;
use crate::actions::model::ActionFields;
use crate::actions::{history, service};
use crate::error::{Error, Result};
use crate::events::Record;
use crate::http::openapi::Problem;
use crate::http::visit::Visit;
use crate::http::{api, paths, query};
use crate::kernel::ids::ActionId;
use crate::kernel::{FieldErrors, Listing, Moment};
use crate::versions::{self, Version};

/// A version of an action: who wrote it, when, what they did and why.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct VersionRecord {
    pub version: i32,
    #[schema(value_type = String, format = DateTime)]
    pub at: Moment,
    pub author: String,
    /// `created`, `changed`, `restored`, `submitted`, `returned`, `published`, `archived`, `imported`, or `found` for a text older than
    /// the history.
    #[schema(example = "changed")]
    pub event: String,
    /// What was said of why; empty when nothing was.
    pub reason: String,
    /// The fields that it changed, where the event names them.
    pub changed: Vec<String>,
    /// The version that it brought back.
    pub restored: Option<i32>,
    /// The path of its page.
    pub url: String,
}

/// A version with all that it says.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct WholeVersionRecord {
    #[serde(flatten)]
    pub version: VersionRecord,
    pub fields: ActionFields,
}

fn record_of(id: &ActionId, version: Version) -> VersionRecord {
    VersionRecord {
        changed: version.changed().into_iter().map(ToOwned::to_owned).collect(),
        restored: version.detail["version"].as_i64().and_then(|number| i32::try_from(number).ok()),
        url: paths::version(&paths::about_action(id, "historique"), version.number),
        version: version.number,
        at: version.at,
        author: version.actor,
        event: version.event,
        reason: version.reason,
    }
}

/// The versions of an action, the latest first. For those who may write it.
#[utoipa::path(get, path = "/api/v1/actions/{id}/versions", tag = "actions",
    params(("id" = String, Path), ("page" = Option<u32>, Query), ("per_page" = Option<u32>, Query, description = "100 at most")),
    responses((status = 200, body = Listing<VersionRecord>), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub async fn list(visit: Visit, request: HttpRequest, id: web::Path<String>) -> Result<HttpResponse> {
    visit.actor()?;
    let form = query::pairs(request.query_string())?;
    let mut errors = FieldErrors::default();
    let page = query::page(&form, &mut errors);
    errors.into_result().map_err(Error::BadQuery)?;
    let (id, viewer) = (id_of(&id)?, visit.viewer.clone());
    let listing = visit.app.db.read(move |conn| {
        service::find_to_write(conn, &viewer, &id)?;
        let listing = versions::list(conn, &Record::action(&id), page)?;
        Ok::<_, Error>(listing.map(|version| record_of(&id, version)))
    });
    Ok(api::answer(&listing.await?))
}

/// One version of an action, with its fields as they were. For those who may write it; sent to PUT, they bring the version back.
#[utoipa::path(get, path = "/api/v1/actions/{id}/versions/{version}", tag = "actions", params(("id" = String, Path), ("version" = i32, Path)),
    responses((status = 200, body = WholeVersionRecord), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub async fn show(visit: Visit, path: web::Path<(String, i32)>) -> Result<HttpResponse> {
    visit.actor()?;
    let (id, number) = path.into_inner();
    let (id, viewer) = (id_of(&id)?, visit.viewer.clone());
    let record = visit.app.db.read(move |conn| {
        service::find_to_write(conn, &viewer, &id)?;
        let version = versions::find(conn, &Record::action(&id), number)?;
        let fields = history::fields_at(conn, &id, number)?.ok_or(Error::NotFound)?;
        Ok::<_, Error>(WholeVersionRecord { version: record_of(&id, version), fields })
    });
    Ok(api::answer(&record.await?))
}
