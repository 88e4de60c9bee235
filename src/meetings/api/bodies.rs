//! Bodies that meet again and again, given and taken as JSON.

use actix_web::{HttpRequest, HttpResponse, web};

use super::me;
use super::shapes::NewBody;
use crate::error::{Error, Result};
use crate::http::api::{self, Sent};
use crate::http::openapi::Problem;
use crate::http::query;
use crate::http::visit::Visit;
use crate::kernel::ids::BodyId;
use crate::kernel::{FieldErrors, Listing};
use crate::meetings::bodies;
use crate::meetings::model::Kind;
use crate::meetings::record::{self, BodyRecord};
use crate::meetings::world::World;
use crate::territories;

fn id_of(id: &str) -> Result<BodyId> {
    BodyId::parse(id).ok_or(Error::NotFound)
}

/// All bodies, by name; those that no longer meet last.
#[utoipa::path(get, path = "/api/v1/bodies", tag = "meetings",
    params(("external_id" = Option<String>, Query), ("kind" = Option<Vec<String>>, Query),
        ("territory" = Option<Vec<String>>, Query, description = "A code: matches the place, what is inside it, and what serves it from above"),
        ("page" = Option<u32>, Query), ("per_page" = Option<u32>, Query, description = "100 at most")),
    responses((status = 200, body = Listing<BodyRecord>), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub async fn list(visit: Visit, request: HttpRequest) -> Result<HttpResponse> {
    let form = query::pairs(request.query_string())?;
    let viewer = visit.viewer.clone();
    let listing = visit.app.db.read(move |conn| {
        let atlas = territories::service::atlas(conn)?;
        let mut errors = FieldErrors::default();
        let page = query::page(&form, &mut errors);
        let kinds = query::values(&form, "kind", &mut errors, Kind::parse);
        let places = query::values(&form, "territory", &mut errors, |code| atlas.knows(code).then(|| atlas.matching(code))).concat();
        errors.into_result().map_err(Error::BadQuery)?;
        let external_id = form.get("external_id");
        let mut found = bodies::all(conn)?;
        found.retain(|body| {
            (external_id.is_empty() || body.fields.external_id.as_deref() == Some(external_id))
                && (kinds.is_empty() || kinds.contains(&body.fields.kind))
                && (places.is_empty() || places.contains(&body.fields.territory))
        });
        Ok::<_, Error>(api::cut(found, page).map(|body| record::body(&viewer, body)))
    });
    Ok(api::answer(&listing.await?))
}

/// One body.
#[utoipa::path(get, path = "/api/v1/bodies/{id}", tag = "meetings", params(("id" = String, Path)), responses((status = 200, body = BodyRecord), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub async fn show(visit: Visit, id: web::Path<String>) -> Result<HttpResponse> {
    let (id, viewer) = (id_of(&id)?, visit.viewer.clone());
    let record = visit.app.db.read(move |conn| Ok::<_, Error>(record::body(&viewer, bodies::find(conn, &id)?)));
    Ok(api::answer(&record.await?))
}

/// Adds a body: a name and a territory are enough; its kind sets the rest, until somebody says otherwise.
#[utoipa::path(post, path = "/api/v1/bodies", tag = "meetings", request_body = NewBody,
    params(("Idempotency-Key" = Option<String>, Header, description = "The same request under the same key is carried out once")),
    responses((status = 201, body = BodyRecord), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub async fn create(sent: Sent) -> Result<HttpResponse> {
    let zone = sent.visit.app.config.zone.clone();
    sent.create(move |conn, by, given| {
        let world = World::load(conn, &zone)?;
        Ok(record::body(&me(by), bodies::create(conn, by, &world, &given)?))
    })
    .await
}

/// Writes over the version that was read; fields that are not given stay as they are. Meetings that are prepared already keep those whom they
/// invite.
#[utoipa::path(put, path = "/api/v1/bodies/{id}", tag = "meetings", params(("id" = String, Path)), request_body = NewBody,
    responses((status = 200, body = BodyRecord), (status = 409, body = Problem, content_type = "application/problem+json"), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub async fn change(sent: Sent, id: web::Path<String>) -> Result<HttpResponse> {
    let (id, version, zone) = (id_of(&id)?, sent.version()?, sent.visit.app.config.zone.clone());
    sent.change(move |conn, by, given| {
        let world = World::load(conn, &zone)?;
        Ok(record::body(&me(by), bodies::change(conn, by, &world, &id, version, &given)?))
    })
    .await
}
