//! Partners as JSON.

use actix_web::{HttpRequest, HttpResponse, web};

use super::model::OrganisationFields;
use super::pages::list::filter;
use super::record::{self, PartnerRecord};
use super::service::{self, Filter};
use crate::accounts::model::Viewer;
use crate::error::{Error, Result};
use crate::http::api::{self, Sent};
use crate::http::openapi::{Problem, VersionBody};
use crate::http::query;
use crate::http::visit::Visit;
use crate::kernel::ids::OrganisationId;
use crate::kernel::{FieldErrors, Listing};

fn id_of(id: &str) -> Result<OrganisationId> {
    OrganisationId::parse(id).ok_or(Error::NotFound)
}

/// The partners that the caller may read, by name.
#[utoipa::path(get, path = "/api/v1/partners", tag = "partners",
    params(("q" = Option<String>, Query, description = "Words, each of which is somewhere in it"), ("external_id" = Option<String>, Query), ("kind" = Option<Vec<String>>, Query),
        ("theme" = Option<Vec<String>>, Query), ("territory" = Option<Vec<String>>, Query, description = "A code: matches the place, what is inside it, and what serves it from above"),
        ("to_confirm" = Option<bool>, Query, description = "Those that nobody changed nor confirmed for a year; for agents"), ("page" = Option<u32>, Query), ("per_page" = Option<u32>, Query, description = "100 at most")),
    responses((status = 200, body = Listing<PartnerRecord>), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub async fn list(visit: Visit, request: HttpRequest) -> Result<HttpResponse> {
    let form = query::pairs(request.query_string())?;
    let (viewer, now, identity) = (visit.viewer.clone(), visit.now, visit.app.identity());
    let listing = visit.app.db.read(move |conn| {
        let atlas = crate::territories::service::atlas(conn)?;
        let mut errors = FieldErrors::default();
        let page = query::page(&form, &mut errors);
        let asked = filter(&form, &identity, &atlas, &viewer, &mut errors);
        errors.into_result().map_err(Error::BadQuery)?;
        // One that became another is found by its old number.
        let ids = match form.get("external_id") {
            "" => None,
            external => Some(service::by_external_id(conn, external)?.into_iter().map(|partner| partner.id).collect()),
        };
        let listing = service::list(conn, &viewer, &Filter { ids, ..asked }, page, now)?;
        Ok::<_, Error>(listing.map(|partner| record::record(&viewer, partner, now)))
    });
    Ok(api::answer(&listing.await?))
}

/// One partner; one that was merged into another answers as that other.
#[utoipa::path(get, path = "/api/v1/partners/{id}", tag = "partners", params(("id" = String, Path)), responses((status = 200, body = PartnerRecord), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub async fn show(visit: Visit, id: web::Path<String>) -> Result<HttpResponse> {
    let (id, viewer, now) = (id_of(&id)?, visit.viewer.clone(), visit.now);
    let record = visit.app.db.read(move |conn| Ok::<_, Error>(record::record(&viewer, service::read(conn, &viewer, &id)?, now)));
    Ok(api::answer(&record.await?))
}

/// Adds a partner: a name is enough. For managers and administrators.
#[utoipa::path(post, path = "/api/v1/partners", tag = "partners", request_body = OrganisationFields,
    params(("Idempotency-Key" = Option<String>, Header, description = "The same request under the same key is carried out once")),
    responses((status = 201, body = PartnerRecord), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub async fn create(sent: Sent) -> Result<HttpResponse> {
    sent.create(|conn, by, given| {
        let partner = service::create(conn, by, &given)?;
        Ok(record::record(&Viewer(Some(by.actor.clone())), partner, by.now))
    })
    .await
}

/// Writes over the version that was read; fields that are not given stay as they are. A `reason` is kept with the version.
#[utoipa::path(put, path = "/api/v1/partners/{id}", tag = "partners", params(("id" = String, Path)), request_body = OrganisationFields,
    responses((status = 200, body = PartnerRecord), (status = 409, body = Problem, content_type = "application/problem+json"), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub async fn change(sent: Sent, id: web::Path<String>) -> Result<HttpResponse> {
    let (id, version) = (id_of(&id)?, sent.version()?);
    sent.change(move |conn, by, given| {
        let partner = service::change(conn, by, &id, version, &given)?;
        Ok(record::record(&Viewer(Some(by.actor.clone())), partner, by.now))
    })
    .await
}

/// Says that what the page tells still holds: it is not asked again for a year.
#[utoipa::path(post, path = "/api/v1/partners/{id}/confirm", tag = "partners", params(("id" = String, Path)), request_body = VersionBody,
    responses((status = 200, body = PartnerRecord), (status = 409, body = Problem, content_type = "application/problem+json"), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub async fn confirm(sent: Sent, id: web::Path<String>) -> Result<HttpResponse> {
    let id = id_of(&id)?;
    sent.only(&["version"])?;
    let version = sent.version()?;
    sent.change(move |conn, by, _| {
        let partner = service::confirm(conn, by, &id, version)?;
        Ok(record::record(&Viewer(Some(by.actor.clone())), partner, by.now))
    })
    .await
}
