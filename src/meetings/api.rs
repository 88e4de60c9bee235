//! Meetings and their life as JSON.

pub mod bodies;
pub mod invitations;
pub mod shapes;

use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::{Map, Value};

use self::shapes::{NewMeeting, PostponeBody, ReasonBody};
use super::model::{Kind, Stage, Verb};
use super::record::{self, MeetingRecord};
use super::service::{self, Filter, Told};
use super::world::World;
use crate::accounts::model::{By, Viewer};
use crate::error::{Error, Result};
use crate::http::api::{self, Sent};
use crate::http::forms::Form;
use crate::http::openapi::{Problem, VersionBody};
use crate::http::query;
use crate::http::visit::Visit;
use crate::kernel::ids::{ActionId, ConventionId, MeetingId};
use crate::kernel::text::excerpt;
use crate::kernel::{Day, FieldErrors, Listing};

fn id_of(id: &str) -> Result<MeetingId> {
    MeetingId::parse(id).ok_or(Error::NotFound)
}

fn me(by: By<'_>) -> Viewer {
    Viewer(Some(by.actor.clone()))
}

/// The meetings that the caller may read, the last first.
#[utoipa::path(get, path = "/api/v1/meetings", tag = "meetings",
    params(("external_id" = Option<String>, Query), ("stage" = Option<Vec<String>>, Query), ("kind" = Option<Vec<String>>, Query),
        ("body" = Option<Vec<String>>, Query, description = "Identifier or external identifier of a body"),
        ("territory" = Option<Vec<String>>, Query, description = "A code: matches the place, what is inside it, and what serves it from above"),
        ("theme" = Option<Vec<String>>, Query), ("action" = Option<String>, Query, description = "Of which its agenda speaks"), ("convention" = Option<String>, Query),
        ("after" = Option<String>, Query, description = "Begins on this day or later"), ("before" = Option<String>, Query, description = "Begins on this day or earlier"),
        ("invited" = Option<bool>, Query, description = "`true`: those to which the caller is invited"),
        ("sort" = Option<String>, Query, description = "`soonest`: the first in time first"), ("page" = Option<u32>, Query), ("per_page" = Option<u32>, Query, description = "100 at most")),
    responses((status = 200, body = Listing<MeetingRecord>), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub async fn list(visit: Visit, request: HttpRequest) -> Result<HttpResponse> {
    let form = query::pairs(request.query_string())?;
    let (viewer, now, zone) = (visit.viewer.clone(), visit.now, visit.app.config.zone.clone());
    let listing = visit.app.db.read(move |conn| {
        let world = World::load(conn, &zone)?;
        let mut errors = FieldErrors::default();
        let page = query::page(&form, &mut errors);
        let filter = filter(&form, &viewer, &world, &mut errors);
        errors.into_result().map_err(Error::BadQuery)?;
        let listing = service::list(conn, &viewer, &filter, page)?;
        let items = record::records(conn, &viewer, listing.items, now)?;
        Ok::<_, Error>(Listing::new(items, listing.total, page))
    });
    Ok(api::answer(&listing.await?))
}

/// What a query string keeps; an unknown code is named.
pub fn filter(form: &Form, viewer: &Viewer, world: &World, errors: &mut FieldErrors) -> Filter {
    let mut day = |name: &str| {
        let said = form.get(name);
        let day = Day::parse(said);
        if day.is_none() && !said.is_empty() {
            errors.add(name, format!("« {} » n’est pas un jour, comme 2026-03-03.", excerpt(said)));
        }
        day
    };
    let (after, before) = (day("after"), day("before"));
    let midnight = |day: Day| world.zone.at(day, chrono::NaiveTime::MIN);
    let (instance, atlas) = (&world.instance, &world.atlas);
    let is_own = query::values(form, "invited", errors, |said| matches!(said, "true" | "1" | "oui").then_some(())).pop().is_some();
    Filter {
        stages: query::values(form, "stage", errors, Stage::parse),
        kinds: query::values(form, "kind", errors, Kind::parse),
        bodies: query::values(form, "body", errors, |said| world.body(said)),
        territories: query::values(form, "territory", errors, |code| atlas.knows(code).then(|| atlas.matching(code))).concat(),
        themes: query::values(form, "theme", errors, |code| instance.knows_theme(code).then(|| code.to_owned())),
        action: query::values(form, "action", errors, ActionId::parse).pop(),
        convention: query::values(form, "convention", errors, ConventionId::parse).pop(),
        from: after.map(midnight),
        until: before.map(|day| midnight(day.plus(1))),
        invited: viewer.actor().and_then(|actor| actor.id.clone()).filter(|_| is_own),
        external_id: Some(form.get("external_id").to_owned()).filter(|id| !id.is_empty()),
        soonest_first: query::values(form, "sort", errors, |said| matches!(said, "soonest" | "latest").then(|| said == "soonest")).contains(&true),
        ..Filter::default()
    }
}

/// One meeting.
#[utoipa::path(get, path = "/api/v1/meetings/{id}", tag = "meetings", params(("id" = String, Path)), responses((status = 200, body = MeetingRecord), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub async fn show(visit: Visit, id: web::Path<String>) -> Result<HttpResponse> {
    let (id, viewer, now) = (id_of(&id)?, visit.viewer.clone(), visit.now);
    let record = visit.app.db.read(move |conn| {
        let meeting = service::find(conn, &viewer, &id)?;
        record::record(conn, &viewer, meeting, now)
    });
    Ok(api::answer(&record.await?))
}

/// Prepares a meeting: a title, or a body, is enough. Of a body, it begins as the body says, and its members are to be invited. With
/// `"stage": "held"`, records one that was held already. Times are RFC 3339, or a day and a time where the instance is (`2026-03-03T14:00`).
#[utoipa::path(post, path = "/api/v1/meetings", tag = "meetings", request_body = NewMeeting,
    params(("Idempotency-Key" = Option<String>, Header, description = "The same request under the same key is carried out once")),
    responses((status = 201, body = MeetingRecord), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub async fn create(sent: Sent) -> Result<HttpResponse> {
    let zone = sent.visit.app.config.zone.clone();
    sent.create(move |conn, by, given| {
        let world = World::load(conn, &zone)?;
        let meeting = service::create(conn, by, &world, &given)?;
        record::record(conn, &me(by), meeting, by.now)
    })
    .await
}

/// Writes over the version that was read; fields that are not given stay as they are. Those called are told of all that changed ten minutes
/// later. A capacity below the number of those who come is refused with their names, unless `overflow` is `waiting`: the last wait.
#[utoipa::path(put, path = "/api/v1/meetings/{id}", tag = "meetings", params(("id" = String, Path)), request_body = NewMeeting,
    responses((status = 200, body = MeetingRecord), (status = 409, body = Problem, content_type = "application/problem+json"), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub async fn change(sent: Sent, id: web::Path<String>) -> Result<HttpResponse> {
    let (id, version, zone) = (id_of(&id)?, sent.version()?, sent.visit.app.config.zone.clone());
    sent.change(move |conn, by, given| {
        let world = World::load(conn, &zone)?;
        let meeting = service::change(conn, by, &world, &id, version, &given)?;
        record::record(conn, &me(by), meeting, by.now)
    })
    .await
}

/// Calls everybody invited: one mail each, at once. Names every field that is missing.
#[utoipa::path(post, path = "/api/v1/meetings/{id}/call", tag = "meetings", params(("id" = String, Path)), request_body = VersionBody,
    responses((status = 200, body = MeetingRecord), (status = 409, body = Problem, content_type = "application/problem+json"), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub async fn call(sent: Sent, id: web::Path<String>) -> Result<HttpResponse> {
    sent.only(&["version"])?;
    carry_out(sent, &id, Verb::Call).await
}

/// Moves it to another date, at which it is called at once; without `starts_at`, puts it off until a date is known. Everybody called is told.
#[utoipa::path(post, path = "/api/v1/meetings/{id}/postpone", tag = "meetings", params(("id" = String, Path)), request_body = PostponeBody,
    responses((status = 200, body = MeetingRecord), (status = 409, body = Problem, content_type = "application/problem+json"), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub async fn postpone(sent: Sent, id: web::Path<String>) -> Result<HttpResponse> {
    sent.only(&["version", "reason", "starts_at", "ends_at", "place", "link"])?;
    let is_given = |name: &str| sent.body.get(name).is_some_and(|value| !value.is_null() && value.as_str() != Some(""));
    let verb = if is_given("starts_at") { Verb::Reschedule } else { Verb::Postpone };
    if verb == Verb::Postpone && ["ends_at", "place", "link"].into_iter().any(is_given) {
        return Err(Error::field("starts_at", "Donnez le nouveau début ; ou rien d’autre qu’un motif, pour reporter sans date."));
    }
    carry_out(sent, &id, verb).await
}

/// Cancels it: everybody called is told at once.
#[utoipa::path(post, path = "/api/v1/meetings/{id}/cancel", tag = "meetings", params(("id" = String, Path)), request_body = ReasonBody,
    responses((status = 200, body = MeetingRecord), (status = 409, body = Problem, content_type = "application/problem+json"), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub async fn cancel(sent: Sent, id: web::Path<String>) -> Result<HttpResponse> {
    sent.only(&["version", "reason"])?;
    carry_out(sent, &id, Verb::Cancel).await
}

/// Says that it was held, or is being held: who came is first what they had answered.
#[utoipa::path(post, path = "/api/v1/meetings/{id}/hold", tag = "meetings", params(("id" = String, Path)), request_body = VersionBody,
    responses((status = 200, body = MeetingRecord), (status = 409, body = Problem, content_type = "application/problem+json"), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub async fn hold(sent: Sent, id: web::Path<String>) -> Result<HttpResponse> {
    sent.only(&["version"])?;
    carry_out(sent, &id, Verb::Hold).await
}

async fn carry_out(sent: Sent, id: &str, verb: Verb) -> Result<HttpResponse> {
    let (id, version, zone) = (id_of(id)?, sent.version()?, sent.visit.app.config.zone.clone());
    let reason = match sent.body.get("reason") {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(reason)) => reason.trim().to_owned(),
        Some(_) => return Err(Error::field("reason", "Un texte est attendu.")),
    };
    sent.change(move |conn, by, given: Map<String, Value>| {
        let world = World::load(conn, &zone)?;
        let meeting = service::carry_out(conn, by, &world, &id, version, verb, &Told { reason, fields: given })?;
        record::record(conn, &me(by), meeting, by.now)
    })
    .await
}
