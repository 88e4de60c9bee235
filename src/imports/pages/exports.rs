//! Files that lists give: what they show, as they filter it, to whoever may read it.

use actix_web::{HttpRequest, HttpResponse};
use serde_json::{Value, json};
use tokio::sync::Semaphore;

use crate::accounts::model::{Actor, Viewer};
use crate::error::{Error, Result};
use crate::http::forms::Form;
use crate::http::visit::Visit;
use crate::http::{download, query};
use crate::imports::exports::{self, Taken};
use crate::imports::files::Format;
use crate::imports::kinds::{Kind, Which};
use crate::imports::service;
use crate::kernel::{FieldErrors, Page};
use crate::search::model::{Query, RecordType, Sort};

/// Files made at the same time: others wait their turn, and pages go on.
static ROOM: Semaphore = Semaphore::const_new(2);
/// Results asked of the search engine at once.
const ASKED: u32 = 500;
/// A list gives so many records at most.
const MOST: usize = 100_000;

/// The format that an address asks for, among these; the one that every program reads when it asks for none.
pub fn format(form: &Form, among: &[Format]) -> Result<Format> {
    let said = Some(form.get("format")).filter(|said| !said.is_empty()).unwrap_or(Format::Csv.as_str());
    Format::parse(said).filter(|format| among.contains(format)).ok_or_else(|| {
        let known: Vec<&str> = among.iter().map(Format::as_str).collect();
        Error::BadQuery(FieldErrors::one("format", format!("« {} » n’est pas un format : {}.", crate::kernel::text::excerpt(said), known.join(", "))))
    })
}

/// The links to the files of a list; `form` holds its filters.
pub fn links(list: &str, form: &Form) -> Value {
    let link = |(format, label): (Format, &str)| {
        let others = form.0.iter().filter(|(key, value)| !matches!(key.as_str(), "page" | "per_page" | "format" | "type") && !value.is_empty());
        let pairs: Vec<(&str, &str)> =
            [("format", format.as_str())].into_iter().chain(others.map(|(key, value)| (key.as_str(), value.as_str()))).collect();
        json!({ "label": label, "href": format!("{list}/export?{}", query::encode(&pairs)) })
    };
    [(Format::Xlsx, "tableur (.xlsx)"), (Format::Ods, ".ods"), (Format::Csv, ".csv")].map(link).into()
}

/// The actions of `/actions` and of a search for actions, with its filters.
pub async fn actions(visit: Visit, request: HttpRequest) -> Result<HttpResponse> {
    let form = query::pairs(request.query_string())?;
    let format = format(&form, Format::ALL)?;
    let atlas = visit.app.db.read(crate::territories::service::atlas).await?;
    let asked = crate::search::query::parse(&form, &visit.app.identity(), &atlas, &visit.viewer, visit.today())?;
    let sort = if form.get("sort").is_empty() && asked.text.is_empty() { Sort::Date } else { asked.sort };
    let ids = found(&visit, Query { types: vec![RecordType::Action], sort, ..asked }).await?;
    give(visit, Kind::Actions, Which::These(ids), format).await
}

/// Every result of a query, page after page.
async fn found(visit: &Visit, query: Query) -> Result<Vec<String>> {
    let mut ids: Vec<String> = Vec::new();
    for number in 1.. {
        let page = Page { number, size: ASKED };
        let answer = crate::search::service::search(&visit.app, Query { page, ..query.clone() }).await?;
        let full = answer.hits.len() >= ASKED as usize;
        ids.extend(answer.hits.into_iter().map(|hit| hit.id));
        if !full || ids.len() >= MOST {
            break;
        }
    }
    // The index may have moved between two pages.
    let mut seen = std::collections::HashSet::new();
    ids.retain(|id| seen.insert(id.clone()));
    Ok(ids)
}

/// The partners of `/partenaires`, with its filters.
pub async fn partners(visit: Visit, request: HttpRequest) -> Result<HttpResponse> {
    let form = query::pairs(request.query_string())?;
    let format = format(&form, Format::ALL)?;
    let (viewer, now, identity) = (visit.viewer.clone(), visit.now, visit.app.identity());
    let ids = visit.app.db.read(move |conn| {
        let atlas = crate::territories::service::atlas(conn)?;
        let mut errors = FieldErrors::default();
        let filter = crate::partners::pages::list::filter(&form, &identity, &atlas, &viewer, &mut errors);
        errors.into_result().map_err(Error::BadQuery)?;
        let mut ids = Vec::new();
        for number in 1.. {
            let found = crate::partners::service::list(conn, &viewer, &filter, Page { number, size: ASKED }, now)?;
            ids.extend(found.items.iter().map(|partner| partner.id.to_string()));
            if number >= found.pages() || ids.len() >= MOST {
                break;
            }
        }
        Ok::<_, Error>(ids)
    });
    let ids = ids.await?;
    give(visit, Kind::Partners, Which::These(ids), format).await
}

/// The conventions of `/conventions`, with its filters.
pub async fn conventions(visit: Visit, request: HttpRequest) -> Result<HttpResponse> {
    let form = query::pairs(request.query_string())?;
    let format = format(&form, Format::ALL)?;
    let viewer = visit.viewer.clone();
    let ids = visit.app.db.read(move |conn| {
        let names = crate::conventions::pages::names::Names::load(conn, &viewer)?;
        let mut errors = FieldErrors::default();
        let filter = crate::conventions::pages::register::filter(&form, &names, &mut errors);
        errors.into_result().map_err(Error::BadQuery)?;
        let mut ids = Vec::new();
        for number in 1.. {
            let found = crate::conventions::service::list(conn, &viewer, &filter, Page { number, size: ASKED })?;
            ids.extend(found.items.iter().map(|convention| convention.id.to_string()));
            if number >= found.pages() || ids.len() >= MOST {
                break;
            }
        }
        Ok::<_, Error>(ids)
    });
    let ids = ids.await?;
    give(visit, Kind::Conventions, Which::These(ids), format).await
}

/// The meetings of `/rencontres`, with its filters.
pub async fn meetings(visit: Visit, request: HttpRequest) -> Result<HttpResponse> {
    let form = query::pairs(request.query_string())?;
    let format = format(&form, Format::ALL)?;
    let (viewer, zone) = (visit.viewer.clone(), visit.app.config.zone.clone());
    let ids = visit.app.db.read(move |conn| {
        let world = crate::meetings::world::World::load(conn, &zone)?;
        let mut errors = FieldErrors::default();
        let filter = crate::meetings::api::filter(&form, &viewer, &world, &mut errors);
        errors.into_result().map_err(Error::BadQuery)?;
        let mut ids = Vec::new();
        for number in 1.. {
            let found = crate::meetings::service::list(conn, &viewer, &filter, Page { number, size: ASKED })?;
            ids.extend(found.items.iter().map(|meeting| meeting.id.to_string()));
            if number >= found.pages() || ids.len() >= MOST {
                break;
            }
        }
        Ok::<_, Error>(ids)
    });
    let ids = ids.await?;
    give(visit, Kind::Meetings, Which::These(ids), format).await
}

pub async fn territories(visit: Visit, request: HttpRequest) -> Result<HttpResponse> {
    let format = format(&query::pairs(request.query_string())?, Format::ALL)?;
    give(visit, Kind::Territories, Which::All, format).await
}

async fn give(visit: Visit, kind: Kind, which: Which, format: Format) -> Result<HttpResponse> {
    let (viewer, today, zone) = (visit.viewer.clone(), visit.today(), visit.app.config.zone.clone());
    let room = ROOM.acquire().await.map_err(|error| Error::Internal(error.to_string()))?;
    let written = visit.app.db.read(move |conn| {
        let file = tempfile::tempfile().map_err(|error| Error::Internal(error.to_string()))?;
        let desk = kind.open(conn, &reader(&viewer), today, &zone)?;
        let to = file.try_clone().map_err(|error| Error::Internal(error.to_string()))?;
        exports::write(conn, desk.as_ref(), &Taken { kind, which: &which, viewer: &viewer }, format, to, &mut |_| {})?;
        Ok::<_, Error>(file)
    });
    let file = written.await?;
    drop(room);
    let name = kind.list().trim_start_matches('/');
    download::attachment(file, &format!("{name}-{today}.{format}"), format.mime())
}

/// Whoever reads a desk's columns: they name codes alone, and depend on nobody.
fn reader(viewer: &Viewer) -> Actor {
    viewer.actor().cloned().unwrap_or_else(Actor::command_line)
}

/// An empty file with the titles of a kind: what to fill.
pub async fn template(visit: Visit, request: HttpRequest) -> Result<HttpResponse> {
    let actor = visit.actor()?.clone();
    service::may_import(&actor)?;
    let form = query::pairs(request.query_string())?;
    let format = format(&form, &[Format::Csv, Format::Xlsx, Format::Ods])?;
    let kind = match form.get("quoi") {
        "" => Kind::importable(&actor).first().copied(),
        said => Kind::parse(said).filter(|kind| kind.may_import(&actor)),
    };
    let kind = kind.ok_or(Error::NotFound)?;
    let (today, zone) = (visit.today(), visit.app.config.zone.clone());
    let written = visit.app.db.read(move |conn| {
        let file = tempfile::tempfile().map_err(|error| Error::Internal(error.to_string()))?;
        let desk = kind.open(conn, &actor, today, &zone)?;
        exports::template(desk.as_ref(), kind, format, file.try_clone().map_err(|error| Error::Internal(error.to_string()))?)?;
        Ok::<_, Error>(file)
    });
    download::attachment(written.await?, &format!("modele-{kind}.{format}"), format.mime())
}

/// The way to bring files of a kind in, for whoever may: lists show it.
pub fn import_link(viewer: &Viewer, kind: Kind) -> Value {
    let may = viewer.actor().is_some_and(|actor| kind.may_import(actor));
    if may { json!({ "label": "Importer", "href": format!("/import?quoi={kind}") }) } else { Value::Null }
}
