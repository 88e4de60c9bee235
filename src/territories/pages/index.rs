//! The territories of the instance, with how much is going on in each.

use actix_web::HttpResponse;
use serde_json::{Value, json};

use crate::error::Result;
use crate::http::forms::Form;
use crate::http::paths;
use crate::http::visit::Visit;
use crate::imports::kinds::Kind;
use crate::imports::pages::exports;
use crate::territories::geography::geography;
use crate::territories::model::{Atlas, TerritoryKind};

pub async fn page(visit: Visit) -> Result<HttpResponse> {
    let atlas = visit.app.db.read(crate::territories::service::atlas).await?;
    let in_use = crate::search::service::in_use(&visit.app, &visit.viewer).await?;
    let departement = visit.app.identity().departement.clone();
    let count = |code: &str| in_use.territories.get(code).copied().unwrap_or(0);
    let groups: Vec<Value> = TerritoryKind::ALL.iter().filter_map(|kind| group(&atlas, *kind, &count)).collect();
    let official = geography().epcis_in(&departement).into_iter().chain(geography().place(&departement));
    let official: Vec<Value> =
        official.map(|place| json!({ "label": place.name, "url": paths::territory(place.code), "count": count(place.code) })).collect();
    visit.page(
        "territories/index",
        "Territoires",
        json!({
            "exports": if groups.is_empty() { json!([]) } else { exports::links("/territoires", &Form::default()) },
            "import": exports::import_link(&visit.viewer, Kind::Territories),
            "groups": groups,
            "official": official,
        }),
    )
}

fn group(atlas: &Atlas, kind: TerritoryKind, count: &impl Fn(&str) -> u64) -> Option<Value> {
    let mut of_kind: Vec<_> = atlas.own().filter(|territory| territory.kind == kind).collect();
    of_kind.sort_by_key(|territory| crate::kernel::text::fold(&territory.name));
    let items: Vec<Value> = of_kind
        .into_iter()
        .map(|territory| {
            let within = territory.within.as_deref().map(|code| atlas.name(code));
            json!({ "label": territory.name, "url": paths::territory(&territory.code), "count": count(&territory.code), "within": within })
        })
        .collect();
    (!items.is_empty()).then(|| json!({ "code": kind, "label": plural(kind), "items": items }))
}

fn plural(kind: TerritoryKind) -> &'static str {
    match kind {
        TerritoryKind::Mds => "Maisons départementales de la solidarité (MDS)",
        TerritoryKind::Tis => "Territoires d’intervention sociale (TIS)",
    }
}
