//! One territory or official place: what it is made of, whom to ask, what is open there.

use std::collections::BTreeMap;

use actix_web::{HttpResponse, web};
use serde_json::{Value, json};

use crate::actions::model::Situation;
use crate::error::{Error, Result};
use crate::http::visit::Visit;
use crate::http::{paths, query};
use crate::kernel::Page;
use crate::search::model::{Query, RecordType, Sort};
use crate::search::pages::items;
use crate::search::results::Names;
use crate::territories::geography::{PlaceKind, geography};
use crate::territories::model::{Atlas, TerritoryKind};
use crate::{conventions, meetings};

/// Open actions that the page shows; the others are a search away.
const SHOWN: u32 = 10;

pub async fn page(visit: Visit, code: web::Path<String>) -> Result<HttpResponse> {
    let code = code.into_inner();
    let atlas = visit.app.db.read(crate::territories::service::atlas).await?;
    if !atlas.knows(&code) {
        return Err(Error::NotFound);
    }
    let name = atlas.name(&code);
    let (viewer, today) = (visit.viewer.clone(), visit.today());
    let serving = conventions::service::Filter { territories: atlas.matching(&code), ..Default::default() };
    let here = meetings::service::Filter { territories: atlas.matching(&code), ..Default::default() };
    let (now, zone) = (visit.now, visit.app.config.zone.clone());
    let read = visit.app.db.read(move |conn| {
        let conventions = conventions::pages::in_force(conn, &viewer, serving, today)?;
        Ok::<_, Error>((conventions, meetings::pages::next(conn, &viewer, here, now, &zone)?))
    });
    let (conventions, meetings) = read.await?;
    let data = json!({
        "territory": territory(&atlas, &code),
        "conventions": conventions,
        "meetings": meetings,
        "actions": open_actions(&visit, &atlas, &code).await?,
        "crumbs": [{ "label": "Territoires", "href": "/territoires" }, { "label": name, "href": null }],
    });
    visit.page("territories/show", &name, data)
}

fn link(atlas: &Atlas, code: &str) -> Value {
    json!({ "label": atlas.name(code), "url": paths::territory(code) })
}

fn links<'a>(atlas: &Atlas, codes: impl IntoIterator<Item = &'a String>) -> Vec<Value> {
    let mut codes: Vec<&String> = codes.into_iter().collect();
    codes.sort_by_key(|code| crate::kernel::text::fold(&atlas.name(code)));
    codes.into_iter().map(|code| link(atlas, code)).collect()
}

fn territory(atlas: &Atlas, code: &str) -> Value {
    let own = atlas.territory(code);
    let place = geography().place(code);
    let some = |text: Option<&String>| text.filter(|text| !text.is_empty()).cloned();
    let phone = some(own.map(|territory| &territory.phone));
    let kind_label = match (own, place) {
        (Some(territory), _) => territory.kind.label(),
        (None, Some(place)) => place.kind.label(),
        (None, None) => "Territoire",
    };
    // A commune is not made of smaller places that people would look for.
    let communes = match place.map(|place| place.kind) {
        Some(PlaceKind::Commune | PlaceKind::Arrondissement) => Vec::new(),
        _ => own.map_or_else(|| links(atlas, &atlas.communes_of(code)), |territory| links(atlas, &territory.communes)),
    };
    let parts: Vec<String> =
        own.map(|territory| territory.parts.iter().map(|(commune, part)| format!("{part} ({})", atlas.name(commune))).collect()).unwrap_or_default();
    let above = atlas.above(code);
    let inside = atlas.inside(code);
    let services = inside.iter().filter(|inner| *inner != code && atlas.territory(inner).is_some());
    json!({
        "code": code,
        "meetings_url": paths::meetings("territory", code),
        "name": atlas.name(code),
        "kind_label": kind_label,
        "is_service": own.is_some_and(|territory| territory.kind == TerritoryKind::Mds),
        "address": some(own.map(|territory| &territory.address)),
        "phone_href": phone.as_ref().map(|phone| phone.chars().filter(|c| c.is_ascii_digit() || *c == '+').collect::<String>()),
        "phone": phone,
        "email": some(own.map(|territory| &territory.email)),
        "population": place.map(|place| place.population).filter(|population| *population > 0),
        "above": links(atlas, &above),
        "services": links(atlas, services),
        "communes": communes,
        "parts": parts,
        "search_url": paths::search("territory", code),
        "follow_url": paths::follow_search(&query::encode(&[("territory", code)])),
        "agenda_url": paths::territory_calendar(code),
    })
}

/// What is open in the territory, what is inside it and what serves it; None when search is down.
async fn open_actions(visit: &Visit, atlas: &Atlas, code: &str) -> Result<Value> {
    let identity = visit.app.identity();
    let names = Names { instance: &identity, atlas, zone: &visit.app.config.zone, today: visit.today() };
    let open = [Situation::Upcoming, Situation::Running];
    let asked = Query {
        text: String::new(),
        types: vec![RecordType::Action],
        themes: Vec::new(),
        audiences: Vec::new(),
        territories: BTreeMap::from([(code.to_owned(), atlas.matching(code))]),
        situations: open.to_vec(),
        after: None,
        before: None,
        sort: Sort::Date,
        page: Page { number: 1, size: SHOWN },
        visible: visit.viewer.clearance(),
        today: visit.today(),
    };
    let more = query::encode(&[("territory", code), ("situation", open[0].as_str()), ("situation", open[1].as_str())]);
    match crate::search::service::search(&visit.app, asked).await {
        Ok(answer) => Ok(json!({
            "total": answer.total,
            "heading": heading(answer.total),
            "items": items(visit, &answer, &names).await?,
            "more_url": (answer.total > u64::from(SHOWN)).then(|| format!("/actions?{more}")),
        })),
        Err(Error::Search(error)) => {
            tracing::error!(%error, "search is unavailable");
            Ok(Value::Null)
        }
        Err(error) => Err(error),
    }
}

fn heading(total: u64) -> String {
    match total {
        0 => "Actions ouvertes".to_owned(),
        1 => "Une action ouverte".to_owned(),
        total => format!("{}\u{a0}actions ouvertes", crate::kernel::text::thousands(&total.to_string())),
    }
}
