//! Decisions as JSON.

use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::Value;
use utoipa::ToSchema;

use super::model::{DecisionFields, Stage, Verb};
use super::record::{self, DecisionRecord};
use super::service::{self, Filter};
use crate::accounts::model::{By, Viewer};
use crate::error::{Error, Result};
use crate::http::api::{self, Sent};
use crate::http::forms::Form;
use crate::http::openapi::Problem;
use crate::http::query;
use crate::http::visit::Visit;
use crate::kernel::ids::{AccountId, BodyId, DecisionId, MeetingId};
use crate::kernel::text::{excerpt, fold};
use crate::kernel::{Day, FieldErrors, Listing};
use crate::territories;
use crate::territories::model::Atlas;

/// A decision as it is written, or written again.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes a body that is read by hand")]
pub struct NewDecision {
    #[schema(inline)]
    #[serde(flatten)]
    fields: DecisionFields,
    /// To write: the meeting where it was taken.
    meeting_id: Option<String>,
    /// To write again: the version that was read.
    version: Option<i32>,
    /// To correct a text that was approved: why.
    reason: Option<String>,
}

/// What a verb takes.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes a body that is read by hand")]
pub struct DecisionVerbBody {
    version: i32,
    /// What was done; needed to say why it is dropped, put off or taken up again.
    outcome: Option<String>,
    /// To put it off: the new due day.
    #[schema(format = Date)]
    due_on: Option<String>,
}

fn id_of(id: &str) -> Result<DecisionId> {
    DecisionId::parse(id).ok_or(Error::NotFound)
}

fn me(by: By<'_>) -> Viewer {
    Viewer(Some(by.actor.clone()))
}

/// The decisions that the caller may read, the last taken first.
#[utoipa::path(get, path = "/api/v1/decisions", tag = "decisions",
    params(("q" = Option<String>, Query, description = "Words of the text"), ("stage" = Option<Vec<String>>, Query),
        ("body" = Option<Vec<String>>, Query), ("meeting" = Option<String>, Query), ("responsible" = Option<Vec<String>>, Query),
        ("territory" = Option<Vec<String>>, Query, description = "A code: matches the place, what is inside it, and what serves it from above"),
        ("late" = Option<bool>, Query, description = "Open, and past their due day"),
        ("after" = Option<String>, Query, description = "Taken on this day or later"), ("before" = Option<String>, Query),
        ("sort" = Option<String>, Query, description = "`due`: the nearest due day first"),
        ("page" = Option<u32>, Query), ("per_page" = Option<u32>, Query, description = "100 at most")),
    responses((status = 200, body = Listing<DecisionRecord>), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub async fn list(visit: Visit, request: HttpRequest) -> Result<HttpResponse> {
    let form = query::pairs(request.query_string())?;
    let (viewer, today) = (visit.viewer.clone(), visit.today());
    let listing = visit.app.db.read(move |conn| {
        let atlas = territories::service::atlas(conn)?;
        let mut errors = FieldErrors::default();
        let page = query::page(&form, &mut errors);
        let filter = filter(&form, &atlas, today, &mut errors);
        errors.into_result().map_err(Error::BadQuery)?;
        let listing = service::list(conn, &viewer, &filter, page)?;
        let mut items = Vec::with_capacity(listing.items.len());
        for decision in listing.items {
            items.push(record::record(conn, &viewer, decision, today)?);
        }
        Ok::<_, Error>(Listing::new(items, listing.total, page))
    });
    Ok(api::answer(&listing.await?))
}

/// What a query string keeps; an unknown code is named.
pub fn filter(form: &Form, atlas: &Atlas, today: Day, errors: &mut FieldErrors) -> Filter {
    let mut day = |name: &str| {
        let said = form.get(name).trim();
        let day = Day::parse(said);
        if day.is_none() && !said.is_empty() {
            errors.add(name, format!("« {} » n’est pas un jour, comme 2026-03-03.", excerpt(said)));
        }
        day
    };
    let (from, until) = (day("after"), day("before"));
    let yes = |said: &str| match said {
        "true" | "1" | "oui" => Some(true),
        "false" | "0" | "non" => Some(false),
        _ => None,
    };
    Filter {
        stages: query::values(form, "stage", errors, Stage::parse),
        bodies: query::values(form, "body", errors, BodyId::parse),
        meeting: query::values(form, "meeting", errors, MeetingId::parse).pop(),
        territories: query::values(form, "territory", errors, |code| atlas.knows(code).then(|| atlas.matching(code))).concat(),
        responsibles: query::values(form, "responsible", errors, AccountId::parse),
        late_on: query::values(form, "late", errors, yes).contains(&true).then_some(today),
        by_due: query::values(form, "sort", errors, |said| matches!(said, "due" | "taken").then(|| said == "due")).contains(&true),
        text: fold(&form.get("q").chars().take(500).collect::<String>()),
        from,
        until,
    }
}

/// One decision.
#[utoipa::path(get, path = "/api/v1/decisions/{id}", tag = "decisions", params(("id" = String, Path)),
    responses((status = 200, body = DecisionRecord), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub async fn show(visit: Visit, id: web::Path<String>) -> Result<HttpResponse> {
    let (id, viewer, today) = (id_of(&id)?, visit.viewer.clone(), visit.today());
    let record = visit.app.db.read(move |conn| {
        let decision = service::find(conn, &viewer, &id)?;
        record::record(conn, &viewer, decision, today)
    });
    Ok(api::answer(&record.await?))
}

/// Records a decision of a meeting that has begun: a `meeting_id` and a `text` are enough. It takes its number.
#[utoipa::path(post, path = "/api/v1/decisions", tag = "decisions", request_body = NewDecision,
    params(("Idempotency-Key" = Option<String>, Header, description = "The same request under the same key is carried out once")),
    responses((status = 201, body = DecisionRecord), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub async fn create(sent: Sent) -> Result<HttpResponse> {
    let (today, zone) = (sent.visit.today(), sent.visit.app.config.zone.clone());
    sent.create(move |conn, by, given| {
        let decision = service::create(conn, by, &zone, &given)?;
        record::record(conn, &me(by), decision, today)
    })
    .await
}

/// Writes over the version that was read; fields that are not given stay as they are.
#[utoipa::path(put, path = "/api/v1/decisions/{id}", tag = "decisions", params(("id" = String, Path)), request_body = NewDecision,
    responses((status = 200, body = DecisionRecord), (status = 409, body = Problem, content_type = "application/problem+json"), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub async fn change(sent: Sent, id: web::Path<String>) -> Result<HttpResponse> {
    let (id, version, today, zone) = (id_of(&id)?, sent.version()?, sent.visit.today(), sent.visit.app.config.zone.clone());
    sent.change(move |conn, by, given| {
        let decision = service::change(conn, by, &zone, &id, version, &given)?;
        record::record(conn, &me(by), decision, today)
    })
    .await
}

/// Says that it is under way.
#[utoipa::path(post, path = "/api/v1/decisions/{id}/start", tag = "decisions", params(("id" = String, Path)), request_body = DecisionVerbBody,
    responses((status = 200, body = DecisionRecord), (status = 409, body = Problem, content_type = "application/problem+json"), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub async fn start(sent: Sent, id: web::Path<String>) -> Result<HttpResponse> {
    carry_out(sent, &id, Verb::Start).await
}

/// Says that it is done.
#[utoipa::path(post, path = "/api/v1/decisions/{id}/done", tag = "decisions", params(("id" = String, Path)), request_body = DecisionVerbBody,
    responses((status = 200, body = DecisionRecord), (status = 409, body = Problem, content_type = "application/problem+json"), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub async fn done(sent: Sent, id: web::Path<String>) -> Result<HttpResponse> {
    carry_out(sent, &id, Verb::Finish).await
}

/// Gives it up, with a reason.
#[utoipa::path(post, path = "/api/v1/decisions/{id}/drop", tag = "decisions", params(("id" = String, Path)), request_body = DecisionVerbBody,
    responses((status = 200, body = DecisionRecord), (status = 409, body = Problem, content_type = "application/problem+json"), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub async fn give_up(sent: Sent, id: web::Path<String>) -> Result<HttpResponse> {
    carry_out(sent, &id, Verb::Drop).await
}

/// Puts it off, with a reason and perhaps a new due day.
#[utoipa::path(post, path = "/api/v1/decisions/{id}/defer", tag = "decisions", params(("id" = String, Path)), request_body = DecisionVerbBody,
    responses((status = 200, body = DecisionRecord), (status = 409, body = Problem, content_type = "application/problem+json"), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub async fn defer(sent: Sent, id: web::Path<String>) -> Result<HttpResponse> {
    carry_out(sent, &id, Verb::Defer).await
}

/// Takes up again what was done or dropped, with a reason.
#[utoipa::path(post, path = "/api/v1/decisions/{id}/reopen", tag = "decisions", params(("id" = String, Path)), request_body = DecisionVerbBody,
    responses((status = 200, body = DecisionRecord), (status = 409, body = Problem, content_type = "application/problem+json"), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub async fn reopen(sent: Sent, id: web::Path<String>) -> Result<HttpResponse> {
    carry_out(sent, &id, Verb::Reopen).await
}

async fn carry_out(sent: Sent, id: &str, verb: Verb) -> Result<HttpResponse> {
    let (id, today) = (id_of(id)?, sent.visit.today());
    sent.only(&["version", "outcome", "due_on"])?;
    let version = sent.version()?;
    let text = |name: &'static str| match sent.body.get(name) {
        None | Some(Value::Null) => Ok(String::new()),
        Some(Value::String(text)) => Ok(text.clone()),
        Some(_) => Err(Error::field(name, "Un texte est attendu.")),
    };
    let (outcome, due) = (text("outcome")?, text("due_on")?);
    let due_on = match due.trim() {
        "" => None,
        due => Some(Day::parse(due).ok_or_else(|| Error::field("due_on", "Une date est attendue, comme 2026-03-03."))?),
    };
    sent.change(move |conn, by, _| -> Result<DecisionRecord> {
        let decision = service::carry_out(conn, by, &id, version, verb, &outcome, due_on)?;
        record::record(conn, &me(by), decision, today)
    })
    .await
}
