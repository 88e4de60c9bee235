//! `/lacunes`: what was looked for and not found, month by month, for those who decide of the offer.

use actix_web::HttpResponse;
use serde_json::{Value, json};

use super::Gap;
use crate::error::{Error, Result};
use crate::http::paths;
use crate::http::query::encode;
use crate::http::visit::Visit;
use crate::kernel::time::MONTHS;
use crate::territories::model::Atlas;

/// The most rows on the page.
const SHOWN: i64 = 500;

pub async fn page(visit: Visit) -> Result<HttpResponse> {
    let actor = visit.actor()?.clone();
    if !super::may_read(&actor) {
        return Err(Error::Forbidden("Cette page est réservée aux responsables.".into()));
    }
    let (gaps, atlas) =
        visit.app.db.read(move |conn| Ok::<_, Error>((super::list(conn, &actor, SHOWN)?, crate::territories::service::atlas(conn)?))).await?;
    let months: Vec<Value> = gaps.chunk_by(|a, b| a.month == b.month).map(|gaps| month(gaps, &atlas)).collect();
    let data = json!({ "months": months, "crumbs": [{ "label": "Mon espace", "href": "/mon-espace" }, { "label": "Recherches sans résultat", "href": null }] });
    visit.page("search/gaps", "Recherches sans résultat", data)
}

fn month(gaps: &[Gap], atlas: &Atlas) -> Value {
    use chrono::Datelike;
    let first = gaps.first().map(|gap| gap.month.0).unwrap_or_default();
    let row = |gap: &Gap| {
        let again: Vec<(&str, &str)> =
            [("q", gap.words.as_str())].into_iter().chain(gap.territory.iter().map(|code| ("territory", code.as_str()))).collect();
        json!({
            "words": gap.words,
            "url": format!("/recherche?{}", encode(&again)),
            "territory": gap.territory.as_ref().map(|code| json!({ "label": atlas.name(code), "url": paths::territory(code) })),
            "times": gap.times,
        })
    };
    json!({
        "id": format!("{}-{:02}", first.year(), first.month()),
        "label": format!("{} {}", MONTHS[first.month0() as usize], first.year()),
        "rows": gaps.iter().map(row).collect::<Vec<_>>(),
    })
}
