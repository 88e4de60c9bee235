//! `/partenaires/doublons`: the records that may be of one organisation, two by two.

use actix_web::HttpResponse;
use serde_json::{Value, json};

use crate::error::{Error, Result};
use crate::http::forms::Submitted;
use crate::http::notice::Notice;
use crate::http::paths;
use crate::http::visit::Visit;
use crate::partners::duplicates::{self, Alike, Trace};
use crate::partners::{policy, service::World};

const PATH: &str = "/partenaires/doublons";

pub async fn page(visit: Visit) -> Result<HttpResponse> {
    let actor = visit.actor()?.clone();
    if !policy::may_create(&actor) {
        return Err(Error::Forbidden("Les doublons sont réunis par les responsables et les administrateurs.".into()));
    }
    let read = visit.app.db.read(move |conn| {
        let (pairs, world) = (duplicates::pairs(conn)?, World::load(conn)?);
        let named: Vec<_> = pairs.iter().flat_map(|(one, other, _)| [one.id.clone(), other.id.clone()]).collect();
        let decided = duplicates::decided_by(conn, &actor, &named, &world)?;
        Ok::<_, Error>((pairs, world, decided))
    });
    let (pairs, world, decided) = read.await?;
    let trace = |trace: &Trace| {
        json!({
            "id": trace.id, "name": trace.name, "url": paths::partner(&trace.id, &trace.name), "kind_label": trace.kind.label(),
            "place": trace.commune.as_deref().map(|code| world.atlas.name(code)),
        })
    };
    let pair = |(one, other, alike): &(Trace, Trace, Alike)| {
        let may = decided.contains(&one.id) && decided.contains(&other.id);
        json!({
            "one": trace(one), "other": trace(other), "why": alike.label(),
            "merge": may.then(|| format!("{}?avec={}", paths::about_partner(&one.id, "reunir"), other.id)),
        })
    };
    let data = json!({
        "breadcrumb": [{ "label": "Partenaires", "href": "/partenaires" }, { "label": "Doublons possibles", "href": null }],
        "action": PATH,
        "pairs": pairs.iter().map(pair).collect::<Vec<Value>>(),
        "empty": {
            "title": "Aucun doublon en vue", "text": "Deux fiches sont rapprochées quand elles ont le même SIRET, ou le même nom dans la même commune.",
            "links": [{ "label": "Revenir aux partenaires", "href": "/partenaires" }],
        },
    });
    visit.page("partners/duplicates", "Doublons possibles", data)
}

pub async fn tell_apart(Submitted { visit, form }: Submitted) -> Result<HttpResponse> {
    let (doer, one, other) = (visit.doer()?, super::id_of(form.get("one"))?, super::id_of(form.get("other"))?);
    visit.app.db.write(move |conn| duplicates::tell_apart(conn, doer.by(), &one, &other)).await?;
    Ok(visit.redirect(PATH, Some(Notice::PartnersApart)))
}
