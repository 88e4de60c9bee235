//! `/partenaires/doublons`: the records that may be of one organisation, two by two.

use actix_web::HttpResponse;
use serde_json::{Value, json};

use crate::error::{Error, Result};
use crate::http::paths;
use crate::http::visit::Visit;
use crate::partners::duplicates::{self, Alike, Trace};
use crate::partners::{policy, service::World};

pub async fn page(visit: Visit) -> Result<HttpResponse> {
    if !policy::may_create(visit.actor()?) {
        return Err(Error::Forbidden("Les doublons sont réunis par les responsables et les administrateurs.".into()));
    }
    let (pairs, world) = visit.app.db.read(|conn| Ok::<_, Error>((duplicates::pairs(conn)?, World::load(conn)?))).await?;
    let trace = |trace: &Trace| {
        json!({
            "name": trace.name, "url": paths::partner(&trace.id, &trace.name), "kind_label": trace.kind.label(),
            "place": trace.commune.as_deref().map(|code| world.atlas.name(code)),
        })
    };
    let pair = |(one, other, alike): &(Trace, Trace, Alike)| {
        json!({
            "one": trace(one), "other": trace(other), "why": alike.label(),
            "merge": format!("{}?avec={}", paths::about_partner(&one.id, "reunir"), other.id),
        })
    };
    let data = json!({
        "breadcrumb": [{ "label": "Partenaires", "href": "/partenaires" }, { "label": "Doublons possibles", "href": null }],
        "pairs": pairs.iter().map(pair).collect::<Vec<Value>>(),
        "empty": {
            "title": "Aucun doublon en vue", "text": "Deux fiches sont rapprochées quand elles ont le même SIRET, ou le même nom dans la même commune.",
            "links": [{ "label": "Revenir aux partenaires", "href": "/partenaires" }],
        },
    });
    visit.page("partners/duplicates", "Doublons possibles", data)
}
