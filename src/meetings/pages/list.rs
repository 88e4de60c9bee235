//! `/rencontres/liste`: what is to come, the soonest first; then what is past, the last first.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse};
use chrono::NaiveTime;
use serde_json::json;

use super::names::Names;
use super::{filters, words};
use crate::error::{Error, Result};
use crate::http::forms::Form;
use crate::http::query::{self, pagination, pairs};
use crate::http::shell::Frame;
use crate::http::visit::Visit;
use crate::imports::pages::exports as imports;
use crate::kernel::text::thousands;
use crate::kernel::{FieldErrors, Page};
use crate::meetings::service::{self, Filter};

const PATH: &str = "/rencontres/liste";

pub async fn page(visit: Visit, request: HttpRequest) -> Result<HttpResponse> {
    let form = pairs(request.query_string())?;
    let (viewer, asked, now) = (visit.viewer.clone(), form.clone(), visit.now);
    // Today’s meetings are to come until tomorrow: whoever holds one finds it where it was.
    let today = visit.app.config.zone.at(visit.today(), NaiveTime::MIN);
    let is_past = form.get("quand") == "passees";
    let read = visit.app.db.read(move |conn| {
        let names = Names::load(conn, &viewer)?;
        let mut errors = FieldErrors::default();
        let page = query::page(&asked, &mut errors);
        if !matches!(asked.get("quand"), "" | "passees") {
            errors.add("quand", "«\u{a0}quand\u{a0}» est «\u{a0}passees\u{a0}», ou n’est pas dit.");
        }
        let filter = filters::asked(&asked, &names, &mut errors);
        errors.into_result().map_err(Error::BadQuery)?;
        let coming = Filter { from: Some(today), soonest_first: true, ..filter.clone() };
        let past = Filter { until: Some(today), ..filter.clone() };
        let listing = service::list(conn, &viewer, if is_past { &past } else { &coming }, page)?;
        let undated = Filter { is_undated: true, ..filter };
        let undated = if is_past || page.number > 1 {
            Vec::new()
        } else {
            service::list(conn, &viewer, &undated, Page { number: 1, size: Page::LARGEST })?.items
        };
        let other = service::count(conn, &viewer, if is_past { &coming } else { &past })?;
        Ok::<_, Error>((names, listing, page, undated, other))
    });
    let (names, listing, page, undated, other) = read.await?;
    let zone = &visit.app.config.zone;
    let kept = filters::kept(&form);
    let address = |when: Option<&str>| {
        let pairs: Vec<(String, String)> = when.map(|when| ("quand".to_owned(), when.to_owned())).into_iter().chain(kept.clone()).collect();
        if pairs.is_empty() { PATH.to_owned() } else { format!("{PATH}?{}", query::encode(&pairs)) }
    };
    let (coming, past) = if is_past { (other, listing.total.cast_signed()) } else { (listing.total.cast_signed(), other) };
    let line = |meeting| words::line(meeting, &names, zone, now);
    let data = json!({
        "tabs": super::tabs(&visit),
        "commands": super::commands(&visit),
        "filters": filters::shown(&form, &names),
        "is_filtered": !kept.is_empty(),
        "is_past": is_past,
        "whens": [
            { "label": "À venir", "href": address(None), "current": !is_past, "count": coming },
            { "label": "Passées", "href": address(Some("passees")), "current": is_past, "count": past },
        ],
        "count_label": count_label(listing.total, is_past),
        "meetings": listing.items.iter().map(line).collect::<Vec<_>>(),
        "undated": undated.iter().map(line).collect::<Vec<_>>(),
        "exports": if listing.total > 0 { imports::links("/rencontres", &Form(kept.clone())) } else { json!([]) },
        "pagination": pagination(PATH, &form, page.number, listing.pages()),
        "empty": match (kept.is_empty(), visit.viewer.actor()) {
            (false, _) => json!({ "title": "Aucune rencontre ne répond à ces filtres", "text": "Retirez-en un.", "links": [{ "label": "Voir toutes les rencontres", "href": PATH }] }),
            (true, None) => json!({
                "title": if is_past { "Aucune rencontre publique n’a eu lieu" } else { "Aucune rencontre publique n’est annoncée" },
                "text": "La plupart des rencontres se lisent avec un compte d’agent ou de partenaire.",
                "links": [{ "label": "Se connecter", "href": "/connexion" }],
            }),
            (true, Some(_)) => json!({ "title": if is_past { "Aucune rencontre passée" } else { "Aucune rencontre à venir" }, "text": "", "links": [] }),
        },
    });
    visit.framed("meetings/list", "Rencontres", Frame { noindex: !form.0.is_empty(), ..Frame::default() }, StatusCode::OK, data)
}

fn count_label(total: u64, is_past: bool) -> String {
    let (one, many) = if is_past { ("rencontre passée", "rencontres passées") } else { ("rencontre à venir", "rencontres à venir") };
    match total {
        0 => format!("Aucune {one}"),
        1 => format!("1\u{a0}{one}"),
        total => format!("{}\u{a0}{many}", thousands(&total.to_string())),
    }
}
