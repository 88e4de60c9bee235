//! `/conventions/sans-convention`: the partners of published actions with whom no convention is in force, by territory.

use std::collections::{BTreeMap, BTreeSet};

use actix_web::{HttpRequest, HttpResponse};
use serde_json::{Value, json};

use super::names::Names;
use crate::accounts::model::Viewer;
use crate::actions::service as actions;
use crate::conventions::service;
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::http::paths;
use crate::http::query::{self, pagination, pairs};
use crate::http::visit::Visit;
use crate::kernel::ids::OrganisationId;
use crate::kernel::text::fold;
use crate::kernel::{FieldErrors, Page};
use crate::partners::model::OrganisationKind;
use crate::search::results;

const PATH: &str = "/conventions/sans-convention";
/// Actions of one partner that the page names.
const NAMED: i64 = 5;

/// A partner without convention, and how many actions it has a part in.
struct Alone {
    id: OrganisationId,
    count: i64,
    actions: Vec<actions::Action>,
}

struct Read {
    names: Names,
    alone: Vec<Alone>,
    total: usize,
    territories: BTreeMap<String, u64>,
}

pub async fn page(visit: Visit, request: HttpRequest) -> Result<HttpResponse> {
    visit.agent()?;
    let form = pairs(request.query_string())?;
    let mut errors = FieldErrors::default();
    let page = query::page(&form, &mut errors);
    errors.into_result().map_err(Error::BadQuery)?;
    let (viewer, territory) = (visit.viewer.clone(), Some(form.get("territory").to_owned()).filter(|code| !code.is_empty()));
    let read = visit.app.db.read(move |conn| Read::load(conn, &viewer, territory.as_deref(), page)).await?;
    let names = &read.names;
    let label = |_: &str, code: &str| names.atlas.name(code);
    let active = results::in_place(PATH, &form, &["territory"], &label);
    let pages = u32::try_from(read.total.div_ceil(page.size as usize)).unwrap_or(u32::MAX);
    let chosen = form.get("territory");
    let mut territories: Vec<(String, &String, &u64)> = read.territories.iter().map(|(code, count)| (names.atlas.name(code), code, count)).collect();
    territories.sort_by_key(|(name, ..)| fold(name));
    let data = json!({
        "tabs": super::tabs(&visit),
        "total": read.total,
        "territories": territories.iter().map(|(name, code, count)| json!({ "value": code, "label": name, "count": count, "checked": *code == chosen })).collect::<Vec<_>>(),
        "is_filtered": !active.is_empty(),
        "partners": read.alone.iter().map(|one| partner(one, names)).collect::<Vec<_>>(),
        "pagination": pagination(PATH, &form, page.number, pages),
        "empty": {
            "title": "Chaque partenaire a sa convention",
            "text": "Tous les partenaires que nomment les actions publiées ont une convention en vigueur.",
            "links": if active.is_empty() { json!([]) } else { json!([{ "label": "Voir tous les territoires", "href": PATH }]) },
        },
    });
    visit.page("conventions/without", "Partenaires sans convention", data)
}

impl Read {
    fn load(conn: &mut Conn, viewer: &Viewer, territory: Option<&str>, page: Page) -> Result<Self> {
        let names = Names::load(conn, viewer)?;
        if let Some(code) = territory.filter(|code| !names.atlas.knows(code)) {
            return Err(Error::BadQuery(FieldErrors::one(
                "territory",
                format!("« {} » n’est pas un territoire connu.", crate::kernel::text::excerpt(code)),
            )));
        }
        let covered = service::organisations_in_force(conn, viewer)?;
        // The Département signs no convention with itself.
        let is_alone = |id: &OrganisationId| {
            let own = [OrganisationKind::Departement, OrganisationKind::DepartementService];
            !covered.contains(id) && names.organisation(id.as_str()).is_some_and(|one| !own.contains(&one.kind))
        };
        let mut counted: Vec<(OrganisationId, i64)> = actions::partner_counts(conn, viewer, territory)?;
        counted.retain(|(id, _)| is_alone(id));
        counted.sort_by_key(|(id, _)| fold(&names.party(Some(id.as_str()))));
        let total = counted.len();
        let shown = counted.into_iter().skip(usize::try_from(page.offset()).unwrap_or(usize::MAX)).take(page.size as usize);
        let alone = shown.map(|(id, count)| Ok(Alone { actions: actions::last_of_partner(conn, viewer, &id, territory, NAMED)?, id, count }));
        let alone = alone.collect::<Result<Vec<_>>>()?;
        let mut territories: BTreeMap<String, u64> = BTreeMap::new();
        let placed: BTreeSet<(OrganisationId, String)> = actions::partner_places(conn, viewer)?.into_iter().collect();
        for (_, code) in placed.into_iter().filter(|(id, _)| is_alone(id)) {
            *territories.entry(code).or_default() += 1;
        }
        Ok(Self { names, alone, total, territories })
    }
}

fn partner(one: &Alone, names: &Names) -> Value {
    let organisation = names.organisation(one.id.as_str());
    let action = |action: &actions::Action| {
        json!({
            "title": action.fields.title,
            "url": paths::action(&action.id, &action.fields.title),
            "territories": action.fields.territories.iter().map(|code| names.atlas.name(code)).collect::<Vec<_>>().join(", "),
        })
    };
    let more = one.count - i64::try_from(one.actions.len()).unwrap_or(0);
    json!({
        "name": names.party(Some(one.id.as_str())),
        "url": names.party_url(Some(one.id.as_str())),
        "kind_label": organisation.map(|one| one.kind.label()),
        "count": one.count,
        "actions": one.actions.iter().map(action).collect::<Vec<_>>(),
        "more": more,
    })
}
