//! Search as JSON: the same parameters as the page.

use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;

use super::model::{Facets, Hit};
use super::suggestions::{Suggestion, beside_records};
use super::{query, service};
use crate::error::Result;
use crate::http::openapi::Problem;
use crate::http::visit::Visit;
use crate::http::{self, api};

const MOST_SUGGESTIONS: usize = 8;

#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct SearchAnswer {
    pub query: String,
    /// Exact.
    pub total: u64,
    pub page: u32,
    pub per_page: u32,
    /// `embedded` or `meilisearch`.
    pub engine: &'static str,
    pub took_ms: u64,
    #[schema(value_type = Vec<http::openapi::SearchHit>)]
    pub hits: Vec<Hit>,
    #[schema(value_type = http::openapi::SearchFacets)]
    pub facets: Facets,
    pub did_you_mean: Option<String>,
}

#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct Suggestions {
    #[schema(value_type = Vec<http::openapi::SearchSuggestion>)]
    pub items: Vec<Suggestion>,
}

/// Searches every kind of record. Repeating a filter means « or » within it; different filters mean « and ».
#[utoipa::path(get, path = "/api/v1/search", tag = "search",
    params(("q" = Option<String>, Query, description = "Cut at 500 characters; empty lists all that the filters allow, newest first"),
        ("type" = Option<Vec<String>>, Query), ("theme" = Option<Vec<String>>, Query), ("audience" = Option<Vec<String>>, Query),
        ("territory" = Option<Vec<String>>, Query), ("situation" = Option<Vec<String>>, Query), ("after" = Option<String>, Query),
        ("before" = Option<String>, Query), ("sort" = Option<String>, Query, description = "relevance or date"), ("page" = Option<u32>, Query), ("per_page" = Option<u32>, Query, description = "100 at most")),
    responses((status = 200, body = SearchAnswer), (status = 503, body = Problem, content_type = "application/problem+json"), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub async fn search(visit: Visit, request: HttpRequest) -> Result<HttpResponse> {
    let from = std::time::Instant::now();
    let form = http::query::pairs(request.query_string())?;
    let atlas = visit.app.db.read(crate::territories::service::atlas).await?;
    let query = query::parse(&form, &visit.app.identity(), &atlas, &visit.viewer, visit.today())?;
    let (text, page) = (query.text.clone(), query.page);
    let answer = service::search(&visit.app, query).await?;
    Ok(api::answer(&SearchAnswer {
        query: text,
        total: answer.total,
        page: page.number,
        per_page: page.size,
        engine: visit.app.search.name(),
        took_ms: u64::try_from(from.elapsed().as_millis()).unwrap_or(u64::MAX),
        hits: answer.hits,
        facets: answer.facets,
        did_you_mean: answer.did_you_mean,
    }))
}

/// What completes the words being typed: acronyms with their meaning, places, themes, and titles that the caller may read.
#[utoipa::path(get, path = "/api/v1/suggest", tag = "search", params(("q" = String, Query)), responses((status = 200, body = Suggestions), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub async fn suggest(visit: Visit, request: HttpRequest) -> Result<HttpResponse> {
    let form = http::query::pairs(request.query_string())?;
    let text = query::words(&form);
    let mut items = Vec::new();
    if !text.is_empty() {
        let atlas = visit.app.db.read(crate::territories::service::atlas).await?;
        items = beside_records(&text, &visit.app.identity(), &atlas);
        let titles = service::suggest(&visit.app, text, visit.viewer.clearance(), MOST_SUGGESTIONS - items.len()).await?;
        items.extend(titles.into_iter().map(Suggestion::from));
    }
    Ok(api::answer(&Suggestions { items }))
}
