//! The committee's file (« dossier de comité »): for a body's territory and a period, the sheets of the plan, the actions, the conventions
//! and the decisions, on one page to print.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::{Value, json};

use super::{card, names::Names, open_before};
use crate::accounts::model::Viewer;
use crate::actions::model::Stage as ActionStage;
use crate::actions::service::Filter as ActionFilter;
use crate::conventions::model::Stage as ConventionStage;
use crate::conventions::service::Filter as ConventionFilter;
use crate::db::Conn;
use crate::decisions::service::{self, Filter};
use crate::error::{Error, Result};
use crate::http::paths;
use crate::http::query::pairs;
use crate::http::shell::Frame;
use crate::http::visit::Visit;
use crate::kernel::ids::{BodyId, MeetingId};
use crate::kernel::{Day, FieldErrors, Moment, Page, Zone};
use crate::meetings::bodies::{self, Body};
use crate::{actions, conventions, meetings, plans};

/// Rows of one list: what is beyond is found by its own page.
const MOST: u32 = 100;
/// A convention that ends so soon after the period is to be spoken of.
const ENDING_MONTHS: i32 = 6;

struct Asked {
    body: Body,
    /// The meeting that it prepares.
    meeting: Option<(MeetingId, Option<Moment>)>,
    from: Day,
    until: Day,
}

/// `/rencontres/instances/{id}/dossier?du=&au=`: without days, the year that ends today.
pub async fn of_body(visit: Visit, request: HttpRequest, id: web::Path<String>) -> Result<HttpResponse> {
    let id = BodyId::parse(&id).ok_or(Error::NotFound)?;
    show(&visit, request.query_string(), move |conn, _| Ok((bodies::find(conn, &id)?, None))).await
}

/// `/rencontres/{id}/dossier`: that of the meeting's body.
pub async fn of_meeting(visit: Visit, request: HttpRequest, id: web::Path<String>) -> Result<HttpResponse> {
    let id = MeetingId::parse(&id).ok_or(Error::NotFound)?;
    show(&visit, request.query_string(), move |conn, viewer| {
        let meeting = meetings::service::find(conn, viewer, &id)?;
        let body = meeting.fields.body_id.as_deref().and_then(BodyId::parse);
        let body = body.ok_or_else(|| Error::Refused("Cette rencontre n’a pas d’instance : elle n’a pas de dossier.".into()))?;
        Ok((bodies::find(conn, &body)?, Some((meeting.id, meeting.fields.starts_at))))
    })
    .await
}

async fn show<F>(visit: &Visit, query: &str, find: F) -> Result<HttpResponse>
where
    F: FnOnce(&mut Conn, &Viewer) -> Result<(Body, Option<(MeetingId, Option<Moment>)>)> + Send + 'static,
{
    visit.agent()?;
    let form = pairs(query)?;
    let (today, mut errors) = (visit.today(), FieldErrors::default());
    let mut day = |name: &str, usual: Day| match form.get(name).trim() {
        "" => usual,
        text => Day::parse(text).unwrap_or_else(|| {
            errors.add(name, "Une date est attendue, comme 31/12/2026.");
            usual
        }),
    };
    let (from, until) = (day("du", today.plus_months(-12)), day("au", today));
    if until < from {
        errors.add("au", "La fin de la période est avant son début.");
    }
    let (viewer, zone, now) = (visit.viewer.clone(), visit.app.config.zone.clone(), visit.now);
    let data = visit.app.db.read(move |conn| {
        let (body, meeting) = find(conn, &viewer)?;
        errors.into_result().map_err(Error::BadQuery)?;
        gather(conn, &viewer, &Asked { body, meeting, from, until }, &zone, now)
    });
    let data = data.await?;
    let title = format!("Dossier\u{a0}: {}", data["name"].as_str().unwrap_or_default());
    visit.framed("decisions/file", &title, Frame { noindex: true, print: !form.get("imprimer").is_empty(), home: false }, StatusCode::OK, data)
}

fn gather(conn: &mut Conn, viewer: &Viewer, asked: &Asked, zone: &Zone, now: Moment) -> Result<Value> {
    let Asked { body, meeting, from, until } = asked;
    let today = zone.day(now);
    let names = Names::load(conn, viewer)?;
    let places = names.atlas.matching(&body.fields.territory);
    let (actions, carried) = actions(conn, viewer, &places, asked, today, &names)?;
    let (signed, ending) = conventions(conn, viewer, &places, asked, today)?;
    let at = meeting.as_ref().and_then(|(_, at)| *at);
    let but = meeting.as_ref().map(|(id, _)| id);
    let open = open_before(conn, viewer, &body.id, at, zone, today, but)?;
    let filter = Filter { bodies: vec![body.id.clone()], from: Some(*from), until: Some(*until), ..Filter::default() };
    let taken = service::list(conn, viewer, &filter, Page { number: 1, size: MOST })?;
    let taken: Vec<Value> = taken.items.iter().filter(|one| !one.life.stage.is_open()).map(|one| card(one, &names, today)).collect();
    let late = open.iter().filter(|one| one["tag"] == "late").count();
    let path = match but {
        Some(id) => format!("/rencontres/{id}/dossier"),
        None => format!("/rencontres/instances/{}/dossier", body.id),
    };
    let period = crate::http::query::encode(&[("du", from.iso()), ("au", until.iso()), ("imprimer", "oui".to_owned())]);
    Ok(json!({
        "breadcrumb": [
            { "label": "Rencontres", "href": "/rencontres" },
            { "label": body.fields.name, "href": format!("/rencontres/instances/{}", body.id) },
            { "label": "Dossier", "href": null },
        ],
        "name": body.fields.name,
        "place": names.atlas.name(&body.fields.territory),
        "path": path,
        "print_url": format!("{path}?{period}"),
        "from": from,
        "until": until,
        "plan": plan(conn, &carried, today)?,
        "actions": actions,
        "signed": signed,
        "ending": ending,
        "open": open,
        "late": late,
        "closed": taken,
    }))
}

/// The sheets of the plan with their stage, what they are judged by, and how many of these actions carry them out.
fn plan(conn: &mut Conn, carried: &[(String, i32)], today: Day) -> Result<Value> {
    let Some(plan) = plans::service::current(conn, today)? else { return Ok(Value::Null) };
    let whole = plans::service::find(conn, &plan.id)?;
    let sheet = |sheet: &plans::model::Sheet| {
        let indicators: Vec<&str> = sheet.content.indicators.iter().map(|indicator| indicator.label.as_str()).collect();
        let carrying = carried.iter().filter(|(id, number)| id == plan.id.as_str() && *number == sheet.number).count();
        json!({
            "number": sheet.number, "title": sheet.title, "url": paths::sheet(&plan.id, sheet.number),
            "stage": sheet.stage.as_str(), "stage_label": sheet.stage.label(), "indicators": indicators,
            "actions": carrying,
        })
    };
    Ok(json!({ "title": plan.title, "sheets": whole.sheets().map(sheet).collect::<Vec<_>>() }))
}

/// The actions of the place that were open during the period, and the sheets that they carry out.
fn actions(
    conn: &mut Conn,
    viewer: &Viewer,
    places: &[String],
    asked: &Asked,
    today: Day,
    names: &Names,
) -> Result<(Vec<Value>, Vec<(String, i32)>)> {
    let filter =
        ActionFilter { stages: vec![ActionStage::Published, ActionStage::Archived], territories: places.to_vec(), ..ActionFilter::default() };
    let listing = actions::service::list(conn, viewer, &filter, Page { number: 1, size: MOST }, today)?;
    let is_of_period = |action: &&actions::service::Action| {
        action.fields.starts_on.is_none_or(|start| start <= asked.until) && action.fields.ends_on.is_none_or(|end| end >= asked.from)
    };
    let kept: Vec<&actions::service::Action> = listing.items.iter().filter(is_of_period).collect();
    let carried = kept.iter().flat_map(|action| action.fields.plan_sheets.iter().map(|sheet| (sheet.plan_id.clone(), sheet.number))).collect();
    let row = |action: &&actions::service::Action| {
        let situation = action.situation(today);
        json!({
            "title": action.fields.title,
            "url": paths::action(&action.id, &action.fields.title),
            "state": situation.map_or(action.life.stage.as_str(), |situation| situation.as_str()),
            "state_label": situation.map_or(action.life.stage.label(), |situation| situation.label()),
            "territories": action.fields.territories.iter().map(|code| names.atlas.name(code)).collect::<Vec<_>>().join(", "),
        })
    };
    Ok((kept.iter().map(row).collect(), carried))
}

/// The conventions of the place signed during the period; and those of which the term comes within six months of its end.
fn conventions(conn: &mut Conn, viewer: &Viewer, places: &[String], asked: &Asked, today: Day) -> Result<(Vec<Value>, Vec<Value>)> {
    let filter =
        ConventionFilter { territories: places.to_vec(), stages: vec![ConventionStage::Signed], by_term: true, ..ConventionFilter::default() };
    let listing = conventions::service::list(conn, viewer, &filter, Page { number: 1, size: MOST })?;
    let (mut signed, mut ending) = (Vec::new(), Vec::new());
    for convention in &listing.items {
        let standing = convention.standing(today);
        let row = json!({
            "title": standing.fields.object,
            "url": paths::convention(&convention.id),
            "number": convention.number,
            "signed_on": convention.stored.signed_on,
            "term": standing.term,
            "state_label": standing.situation.map_or("", |situation| situation.label()),
        });
        if convention.stored.signed_on.is_some_and(|day| asked.from <= day && day <= asked.until) {
            signed.push(row.clone());
        }
        if standing.in_force && standing.term.is_some_and(|term| term >= asked.from && term <= asked.until.plus_months(ENDING_MONTHS)) {
            ending.push(row);
        }
    }
    Ok((signed, ending))
}
