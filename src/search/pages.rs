//! The page of results, for every kind of record or for actions alone.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse};
use serde_json::{Value, json};

use super::model::{Answer, Query, RecordType, Sort};
use super::results::{self, Names};
use super::{query, service};
use crate::actions::service::Card;
use crate::error::{Error, Result};
use crate::http::forms::Form;
use crate::http::query::{pagination, pairs};
use crate::http::shell::Frame;
use crate::http::visit::Visit;
use crate::kernel::ids::ActionId;

/// One of the two pages that list what search finds.
struct Place {
    path: &'static str,
    heading: &'static str,
    /// The one kind that it lists.
    only: Option<RecordType>,
    sort: Sort,
}

const EVERYTHING: Place = Place { path: "/recherche", heading: "Rechercher", only: None, sort: Sort::Relevance };
const ACTIONS: Place = Place { path: "/actions", heading: "Actions collectives", only: Some(RecordType::Action), sort: Sort::Date };

pub async fn everything(visit: Visit, request: HttpRequest) -> Result<HttpResponse> {
    show(&visit, request.query_string(), &EVERYTHING).await
}

pub async fn actions(visit: Visit, request: HttpRequest) -> Result<HttpResponse> {
    show(&visit, request.query_string(), &ACTIONS).await
}

async fn show(visit: &Visit, address: &str, place: &Place) -> Result<HttpResponse> {
    let form = pairs(address)?;
    let atlas = visit.app.db.read(crate::territories::service::atlas).await?;
    let identity = visit.app.identity();
    let mut query = query::parse(&form, &identity, &atlas, &visit.viewer, visit.today())?;
    if let Some(kind) = place.only {
        query.types = vec![kind];
    }
    if form.get("sort").is_empty() && query.text.is_empty() {
        query.sort = place.sort;
    }
    let names = Names { instance: &identity, atlas: &atlas, zone: &visit.app.config.zone, today: visit.today() };
    match service::search_with_situations(&visit.app, query.clone()).await {
        Ok(answer) => {
            let items = items(visit, &answer, &names).await?;
            found(visit, place, &form, &query, &answer, items, &names)
        }
        Err(Error::Search(error)) => {
            tracing::error!(%error, "search is unavailable");
            unavailable(visit, place, &form, &query, &names)
        }
        Err(error) => Err(error),
    }
}

/// The results with what the database knows of them now. What the reader may no longer read is left out, should the index be late.
pub async fn items(visit: &Visit, answer: &Answer, names: &Names<'_>) -> Result<Vec<Value>> {
    let ids: Vec<ActionId> = answer.hits.iter().filter(|hit| hit.kind == RecordType::Action).filter_map(|hit| ActionId::parse(&hit.id)).collect();
    let (viewer, now) = (visit.viewer.clone(), visit.now);
    let cards: Vec<Card> = match ids.is_empty() {
        true => Vec::new(),
        false => visit.app.db.read(move |conn| crate::actions::service::cards(conn, &viewer, &ids, now)).await?,
    };
    let shown = answer.hits.iter().filter_map(|hit| {
        let card = cards.iter().find(|card| card.action.id.as_str() == hit.id);
        (hit.kind != RecordType::Action || card.is_some()).then(|| results::item(hit, card, names))
    });
    Ok(shown.collect())
}

/// Search as a template reads it, beside its results.
fn head(visit: &Visit, place: &Place, form: &Form, query: &Query, count_label: &str, answer: Option<&Answer>) -> Value {
    let did_you_mean = answer.and_then(|answer| answer.did_you_mean.as_deref());
    json!({
        "action": place.path,
        "heading": place.heading,
        "q": query.text,
        "count_label": count_label,
        "sorts": results::sorts(query.sort),
        "did_you_mean": did_you_mean.map(|text| json!({ "text": text, "url": results::with_words(place.path, form, text) })),
        "clear_url": results::without_filters(place.path, &query.text),
        "command": visit.viewer.is_agent().then(|| json!({ "label": "Présenter une action", "href": "/actions/nouvelle" })),
    })
}

fn fixed(place: &Place) -> Option<&'static str> {
    place.only.map(|_| "type")
}

fn found(visit: &Visit, place: &Place, form: &Form, query: &Query, answer: &Answer, items: Vec<Value>, names: &Names<'_>) -> Result<HttpResponse> {
    let pages = u32::try_from(answer.total.div_ceil(u64::from(query.page.size))).unwrap_or(u32::MAX);
    let active = results::active(place.path, form, names, fixed(place));
    let label = results::count_label(answer.total, &query.text);
    let title = if query.text.is_empty() { place.heading.to_owned() } else { format!("{}, {}", query.text, results::count_label(answer.total, "")) };
    let data = json!({
        "search": head(visit, place, form, query, &label, Some(answer)),
        "errors": [],
        "facets": results::facets(&answer.facets, form, names, fixed(place)),
        "dates": results::dates(Some(query)),
        "empty": results::empty(place.path, query, &active, answer),
        "active": active,
        "results": items,
        "pagination": pagination(place.path, form, query.page.number, pages),
    });
    let frame = Frame { home: true, noindex: !form.0.is_empty(), ..Frame::default() };
    visit.framed("search/results", &title, frame, StatusCode::OK, data)
}

/// The engine is down: the page says so, keeps what was typed, and leads elsewhere.
fn unavailable(visit: &Visit, place: &Place, form: &Form, query: &Query, names: &Names<'_>) -> Result<HttpResponse> {
    let data = json!({
        "search": head(visit, place, form, query, "La recherche est indisponible", None),
        "errors": [],
        "facets": [],
        "dates": results::dates(Some(query)),
        "active": results::active(place.path, form, names, fixed(place)),
        "results": [],
        "pagination": pagination(place.path, form, 1, 0),
        "empty": {
            "title": "La recherche ne répond pas",
            "text": "Les autres pages fonctionnent. Réessayez dans quelques minutes : rien n’est perdu.",
            "links": [
                { "label": "Recommencer", "href": visit.here },
                { "label": "Voir les territoires", "href": "/territoires" },
                { "label": "Lire le schéma", "href": "/schema" },
            ],
        },
    });
    let frame = Frame { home: true, noindex: true, ..Frame::default() };
    visit.framed("search/results", "La recherche est indisponible", frame, StatusCode::SERVICE_UNAVAILABLE, data)
}
