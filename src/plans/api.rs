//! Plans as JSON, for everybody.

use actix_web::{HttpResponse, web};
use serde::Serialize;

use super::model::{SheetContent, SheetStage, WholePlan};
use super::pages::counted::{self, Counted};
use super::service;
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::http::openapi::Problem;
use crate::http::paths;
use crate::http::query;
use crate::http::visit::Visit;
use crate::kernel::ids::PlanId;
use crate::kernel::{Day, FieldErrors, Listing, Moment, Zone};

/// A plan with its orientations and their sheets, one entry an item of its source.
#[derive(Clone, Debug, PartialEq, Serialize, utoipa::ToSchema)]
pub struct PlanJson {
    #[schema(value_type = String)]
    pub id: PlanId,
    pub external_id: Option<String>,
    pub title: String,
    #[schema(value_type = String, format = Date)]
    pub starts_on: Day,
    #[schema(value_type = String, format = Date)]
    pub ends_on: Day,
    pub url: String,
    pub version: i32,
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Moment,
    #[schema(value_type = String, format = DateTime)]
    pub updated_at: Moment,
    pub orientations: Vec<OrientationJson>,
}

#[derive(Clone, Debug, PartialEq, Serialize, utoipa::ToSchema)]
pub struct OrientationJson {
    pub number: i32,
    pub title: String,
    pub sheets: Vec<SheetJson>,
}

#[derive(Clone, Debug, PartialEq, Serialize, utoipa::ToSchema)]
pub struct SheetJson {
    pub number: i32,
    pub title: String,
    #[serde(flatten)]
    pub content: SheetContent,
    #[schema(value_type = String, example = "in_progress")]
    pub stage: SheetStage,
    /// What the registry counts by itself, as « Partenaires informés ».
    pub counted: Vec<Counted>,
    pub url: String,
    pub version: i32,
    #[schema(value_type = String, format = DateTime)]
    pub updated_at: Moment,
}

impl PlanJson {
    fn of(conn: &mut Conn, WholePlan { plan, orientations }: WholePlan, zone: &Zone) -> Result<Self> {
        let mut counted = counted::of_plan(conn, &plan.id, None, zone)?;
        let mut sheet = |sheet: super::model::Sheet| SheetJson {
            counted: counted.remove(&sheet.number).unwrap_or_default(),
            url: paths::sheet(&plan.id, sheet.number),
            number: sheet.number,
            title: sheet.title,
            content: sheet.content,
            stage: sheet.stage,
            version: sheet.version,
            updated_at: sheet.updated_at,
        };
        let orientations = orientations
            .into_iter()
            .map(|orientation| OrientationJson {
                number: orientation.number,
                title: orientation.title,
                sheets: orientation.sheets.into_iter().map(&mut sheet).collect(),
            })
            .collect();
        Ok(Self {
            url: paths::plan(&plan.id),
            orientations,
            id: plan.id,
            external_id: plan.external_id,
            title: plan.title,
            starts_on: plan.starts_on,
            ends_on: plan.ends_on,
            version: plan.version,
            created_at: plan.created_at,
            updated_at: plan.updated_at,
        })
    }
}

/// `GET /api/v1/plans`: the latest first, each whole. `external_id` keeps one.
#[utoipa::path(get, path = "/api/v1/plans", tag = "plans",
    params(("external_id" = Option<String>, Query), ("page" = Option<u32>, Query), ("per_page" = Option<u32>, Query, description = "100 at most")),
    responses((status = 200, body = Listing<PlanJson>), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub async fn list(visit: Visit, request: actix_web::HttpRequest) -> Result<HttpResponse> {
    let form = query::pairs(request.query_string())?;
    let mut errors = FieldErrors::default();
    let page = query::page(&form, &mut errors);
    errors.into_result().map_err(Error::BadQuery)?;
    let external_id = Some(form.get("external_id").to_owned()).filter(|id| !id.is_empty());
    let zone = visit.app.config.zone.clone();
    let listing = visit.app.db.read(move |conn| {
        let mut plans = service::all(conn)?;
        plans.retain(|plan| external_id.is_none() || plan.external_id == external_id);
        let total = plans.len() as u64;
        let (offset, size) = (usize::try_from(page.offset()).unwrap_or(usize::MAX), page.size as usize);
        let mut items = Vec::new();
        for plan in plans.iter().skip(offset).take(size) {
            let whole = service::find(conn, &plan.id)?;
            items.push(PlanJson::of(conn, whole, &zone)?);
        }
        Ok::<_, Error>(Listing::new(items, total, page))
    });
    Ok(HttpResponse::Ok().json(listing.await?))
}

/// `GET /api/v1/plans/{id}`.
#[utoipa::path(get, path = "/api/v1/plans/{id}", tag = "plans", params(("id" = String, Path)), responses((status = 200, body = PlanJson), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub async fn get(visit: Visit, path: web::Path<String>) -> Result<HttpResponse> {
    let id = PlanId::parse(&path).ok_or(Error::NotFound)?;
    let zone = visit.app.config.zone.clone();
    let plan = visit.app.db.read(move |conn| {
        let whole = service::find(conn, &id)?;
        PlanJson::of(conn, whole, &zone)
    });
    Ok(HttpResponse::Ok().json(plan.await?))
}
