//! `/decisions`: the register across bodies, with what each filter would give.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse};
use serde_json::{Value, json};

use super::names::Names;
use crate::decisions::api;
use crate::decisions::model::Stage;
use crate::decisions::service::{self, Counts, Facets};
use crate::error::{Error, Result};
use crate::http::query::{self, pagination, pairs};
use crate::http::shell::Frame;
use crate::http::visit::Visit;
use crate::kernel::text::thousands;
use crate::kernel::{Day, FieldErrors};
use crate::search::results;
use crate::territories;

pub const PATH: &str = "/decisions";
const FILTERS: [&str; 7] = ["late", "stage", "body", "territory", "responsible", "after", "before"];
const TEXT_MAX: usize = 200;

pub async fn page(visit: Visit, request: HttpRequest) -> Result<HttpResponse> {
    let form = pairs(request.query_string())?;
    let (viewer, today, asked) = (visit.viewer.clone(), visit.today(), form.clone());
    let read = visit.app.db.read(move |conn| {
        let atlas = territories::service::atlas(conn)?;
        let mut errors = FieldErrors::default();
        let page = query::page(&asked, &mut errors);
        let mut filter = api::filter(&asked, &atlas, today, &mut errors);
        errors.into_result().map_err(Error::BadQuery)?;
        filter.by_due = asked.get("sort") != "taken";
        let listing = service::list(conn, &viewer, &filter, page)?;
        let facets = service::facets(conn, &viewer, &filter, today)?;
        let cards = super::cards(conn, &viewer, &listing.items, today)?;
        Ok::<_, Error>((Names::load(conn, &viewer)?, listing.total, listing.pages(), page, facets, cards, filter))
    });
    let (names, total, pages, page, counts, cards, filter) = read.await?;
    let label = |filter: &str, code: &str| label(&names, filter, code);
    let q: String = form.get("q").trim().chars().take(TEXT_MAX).collect();
    let active = results::in_place(PATH, &form, &FILTERS, &label);
    let is_filtered = !active.is_empty() || !q.is_empty();
    let data = json!({
        "q": q,
        "count_label": count_label(total),
        "sorts": [
            { "value": "due", "label": "Prochaine échéance", "checked": filter.by_due },
            { "value": "taken", "label": "Date de la décision", "checked": !filter.by_due },
        ],
        "facets": facets(&counts, &form, &label, visit.viewer.actor().is_some()),
        "dates": [
            { "name": "after", "label": "Prise à partir du", "value": filter.from.map(Day::iso).unwrap_or_default() },
            { "name": "before", "label": "Prise jusqu’au", "value": filter.until.map(Day::iso).unwrap_or_default() },
        ],
        "active": active,
        "clear_url": results::without_filters(PATH, &q),
        "decisions": cards,
        "pagination": pagination(PATH, &form, page.number, pages),
        "empty": empty(is_filtered),
    });
    visit.framed("decisions/register", "Décisions", Frame { noindex: !form.0.is_empty(), ..Frame::default() }, StatusCode::OK, data)
}

fn label(names: &Names, filter: &str, code: &str) -> String {
    let day = |words: &str| Day::parse(code).map(|day| format!("{words} {}", day.in_short()));
    let said = match filter {
        "stage" => Stage::parse(code).map(|stage| stage.label().to_owned()),
        "late" => Some("En retard".to_owned()),
        "territory" => Some(names.atlas.name(code)),
        "body" => names.body(code).map(|body| body.fields.name.clone()),
        "responsible" => Some(names.person(code)),
        "after" => day("Prise à partir du"),
        "before" => day("Prise jusqu’au"),
        _ => None,
    };
    said.unwrap_or_else(|| code.to_owned())
}

fn facets(counts: &Facets, form: &crate::http::forms::Form, label: &dyn Fn(&str, &str) -> String, with_people: bool) -> Vec<Value> {
    let all = |counts: &Counts| -> Vec<(String, u64)> { counts.iter().map(|(code, count)| (code.clone(), *count)).collect() };
    let stages = Stage::ALL.iter().filter_map(|stage| Some((stage.as_str().to_owned(), *counts.stages.get(stage.as_str())?))).collect();
    [
        ("late", "Échéance", all(&counts.late), false),
        ("stage", "État", stages, false),
        ("body", "Instance", all(&counts.bodies), true),
        ("territory", "Territoire", all(&counts.territories), true),
        ("responsible", "Suivie par", if with_people { all(&counts.responsibles) } else { Vec::new() }, true),
    ]
    .into_iter()
    .filter_map(|(name, legend, counted, ranked)| results::facet(name, legend, counted, ranked, &form.all(name), &|code| label(name, code)))
    .collect()
}

/// « 12 décisions ».
fn count_label(total: u64) -> String {
    match total {
        0 => "Aucune décision".to_owned(),
        1 => "1\u{a0}décision".to_owned(),
        total => format!("{}\u{a0}décisions", thousands(&total.to_string())),
    }
}

fn empty(is_filtered: bool) -> Value {
    if is_filtered {
        let again = json!([{ "label": "Voir toutes les décisions", "href": PATH }]);
        return json!({ "title": "Aucune décision ne répond à ces filtres", "text": "Retirez-en un, ou changez les mots.", "links": again });
    }
    json!({
        "title": "Aucune décision ici",
        "text": "Les décisions des comptes rendus publiés s’affichent à cet endroit.",
        "links": [{ "label": "Voir les rencontres", "href": "/rencontres" }],
    })
}
