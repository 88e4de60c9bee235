//! Conventions, their acts and their terms as JSON.

use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::Value;

use super::acts::{self, signing};
use super::model::{Kind, Level, Situation, Stage, Verb};
use super::record::{self, ActRecord, ConventionRecord, RecordedAct, TermsRecord};
use super::service::{self, Filter};
use super::world::World;
use crate::accounts::model::Viewer;
use crate::error::{Error, Result};
use crate::http::api::{self, Sent};
use crate::http::forms::Form;
use crate::http::openapi::{ActBody, NewConvention, Problem, SignBody, VerbBody};
use crate::http::query;
use crate::http::visit::Visit;
use crate::kernel::ids::{ActId, ActionId, ConventionId, OrganisationId};
use crate::kernel::text::{excerpt, fold};
use crate::kernel::{Day, FieldErrors, Listing};

fn id_of(id: &str) -> Result<ConventionId> {
    ConventionId::parse(id).ok_or(Error::NotFound)
}

fn me(by: crate::accounts::model::By<'_>) -> Viewer {
    Viewer(Some(by.actor.clone()))
}

/// The conventions that the caller may read, the last written first.
#[utoipa::path(get, path = "/api/v1/conventions", tag = "conventions",
    params(("q" = Option<String>, Query, description = "Words of the object"), ("external_id" = Option<String>, Query), ("number" = Option<String>, Query),
        ("stage" = Option<Vec<String>>, Query), ("situation" = Option<Vec<String>>, Query), ("in_force" = Option<bool>, Query),
        ("level" = Option<Vec<String>>, Query), ("kind" = Option<Vec<String>>, Query),
        ("territory" = Option<Vec<String>>, Query, description = "A code: matches the place, what is inside it, and what serves it from above"),
        ("theme" = Option<Vec<String>>, Query), ("partner" = Option<Vec<String>>, Query, description = "The identifier of a party"),
        ("action" = Option<String>, Query, description = "An action that rests on it"),
        ("after" = Option<String>, Query, description = "Term, or review where there is none, on this day or later"),
        ("before" = Option<String>, Query, description = "Term, or review where there is none, on this day or earlier"),
        ("sort" = Option<String>, Query, description = "`term`: the next term first"),
        ("page" = Option<u32>, Query), ("per_page" = Option<u32>, Query, description = "100 at most")),
    responses((status = 200, body = Listing<ConventionRecord>), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub async fn list(visit: Visit, request: HttpRequest) -> Result<HttpResponse> {
    let form = query::pairs(request.query_string())?;
    let (viewer, today) = (visit.viewer.clone(), visit.today());
    let listing = visit.app.db.read(move |conn| {
        let world = World::load(conn)?;
        let mut errors = FieldErrors::default();
        let page = query::page(&form, &mut errors);
        let filter = filter(&form, &world, &mut errors);
        errors.into_result().map_err(Error::BadQuery)?;
        let listing = service::list(conn, &viewer, &filter, page)?;
        let items = record::records(conn, &viewer, listing.items, today)?;
        Ok::<_, Error>(Listing::new(items, listing.total, page))
    });
    Ok(api::answer(&listing.await?))
}

/// What a query string keeps; an unknown code is named.
fn filter(form: &Form, world: &World, errors: &mut FieldErrors) -> Filter {
    let text = |name: &str| Some(form.get(name).to_owned()).filter(|text| !text.is_empty());
    let mut day = |name: &str| {
        let said = form.get(name);
        let day = Day::parse(said);
        if day.is_none() && !said.is_empty() {
            errors.add(name, format!("« {} » n’est pas un jour, comme 2026-03-03.", excerpt(said)));
        }
        day
    };
    let (term_from, term_until) = (day("after"), day("before"));
    let yes = |said: &str| match said {
        "true" | "1" | "oui" => Some(true),
        "false" | "0" | "non" => Some(false),
        _ => None,
    };
    let (instance, atlas, partners) = (&world.instance, &world.atlas, &world.directory.partners);
    let partner = |said: &str| OrganisationId::parse(partners.get(said)?);
    Filter {
        stages: query::values(form, "stage", errors, Stage::parse),
        situations: query::values(form, "situation", errors, Situation::parse),
        in_force: query::values(form, "in_force", errors, yes).pop(),
        levels: query::values(form, "level", errors, Level::parse),
        kinds: query::values(form, "kind", errors, Kind::parse),
        territories: query::values(form, "territory", errors, |code| atlas.knows(code).then(|| atlas.matching(code))).concat(),
        themes: query::values(form, "theme", errors, |code| instance.knows_theme(code).then(|| code.to_owned())),
        partners: query::values(form, "partner", errors, partner),
        action: query::values(form, "action", errors, ActionId::parse).pop(),
        by_term: query::values(form, "sort", errors, |said| matches!(said, "term" | "updated").then(|| said == "term")).contains(&true),
        external_id: text("external_id"),
        number: text("number"),
        text: fold(&form.get("q").chars().take(500).collect::<String>()),
        term_from,
        term_until,
        ..Filter::default()
    }
}

/// One convention, as it stands today.
#[utoipa::path(get, path = "/api/v1/conventions/{id}", tag = "conventions", params(("id" = String, Path)), responses((status = 200, body = ConventionRecord), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub async fn show(visit: Visit, id: web::Path<String>) -> Result<HttpResponse> {
    let (id, viewer, today) = (id_of(&id)?, visit.viewer.clone(), visit.today());
    let record = visit.app.db.read(move |conn| {
        let convention = service::find(conn, &viewer, &id, today)?;
        record::record(conn, &viewer, convention, today)
    });
    Ok(api::answer(&record.await?))
}

/// Begins a draft: an object is enough. With `"stage": "signed"`, enters a convention that is signed already: with its `signed_on` (or one a
/// party), and its `number` if it has one. Its signed file is joined next, by `POST …/{id}/documents`.
#[utoipa::path(post, path = "/api/v1/conventions", tag = "conventions", request_body = NewConvention,
    params(("Idempotency-Key" = Option<String>, Header, description = "The same request under the same key is carried out once")),
    responses((status = 201, body = ConventionRecord), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub async fn create(sent: Sent) -> Result<HttpResponse> {
    let today = sent.visit.today();
    sent.create(move |conn, by, given| {
        let convention = service::create(conn, by, today, &given)?;
        record::record(conn, &me(by), convention, today)
    })
    .await
}

/// Writes over the version that was read; fields that are not given stay as they are. What was signed changes by an avenant; a mistake is
/// corrected with a `reason`.
#[utoipa::path(put, path = "/api/v1/conventions/{id}", tag = "conventions", params(("id" = String, Path)), request_body = NewConvention,
    responses((status = 200, body = ConventionRecord), (status = 409, body = Problem, content_type = "application/problem+json"), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub async fn change(sent: Sent, id: web::Path<String>) -> Result<HttpResponse> {
    let (id, version, today) = (id_of(&id)?, sent.version()?, sent.visit.today());
    sent.change(move |conn, by, given| {
        let convention = service::change(conn, by, today, &id, version, &given)?;
        record::record(conn, &me(by), convention, today)
    })
    .await
}

/// Proposes a draft, or what was corrected, for reading over.
#[utoipa::path(post, path = "/api/v1/conventions/{id}/submit", tag = "conventions", params(("id" = String, Path)), request_body = VerbBody,
    responses((status = 200, body = ConventionRecord), (status = 409, body = Problem, content_type = "application/problem+json"), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub async fn submit(sent: Sent, id: web::Path<String>) -> Result<HttpResponse> {
    carry_out(sent, &id, Verb::Submit).await
}

/// Sends it back to be corrected, with a comment.
#[utoipa::path(post, path = "/api/v1/conventions/{id}/return", tag = "conventions", params(("id" = String, Path)), request_body = VerbBody,
    responses((status = 200, body = ConventionRecord), (status = 409, body = Problem, content_type = "application/problem+json"), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub async fn send_back(sent: Sent, id: web::Path<String>) -> Result<HttpResponse> {
    carry_out(sent, &id, Verb::Return).await
}

/// Validates what was read over: it is given its number.
#[utoipa::path(post, path = "/api/v1/conventions/{id}/validate", tag = "conventions", params(("id" = String, Path)), request_body = VerbBody,
    responses((status = 200, body = ConventionRecord), (status = 409, body = Problem, content_type = "application/problem+json"), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub async fn validate(sent: Sent, id: web::Path<String>) -> Result<HttpResponse> {
    carry_out(sent, &id, Verb::Validate).await
}

/// Says that the parties have it to sign.
#[utoipa::path(post, path = "/api/v1/conventions/{id}/send", tag = "conventions", params(("id" = String, Path)), request_body = VerbBody,
    responses((status = 200, body = ConventionRecord), (status = 409, body = Problem, content_type = "application/problem+json"), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub async fn send(sent: Sent, id: web::Path<String>) -> Result<HttpResponse> {
    carry_out(sent, &id, Verb::Send).await
}

/// Gives it up, before it is signed.
#[utoipa::path(post, path = "/api/v1/conventions/{id}/abandon", tag = "conventions", params(("id" = String, Path)), request_body = VerbBody,
    responses((status = 200, body = ConventionRecord), (status = 409, body = Problem, content_type = "application/problem+json"), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub async fn abandon(sent: Sent, id: web::Path<String>) -> Result<HttpResponse> {
    carry_out(sent, &id, Verb::Abandon).await
}

/// Takes up as a draft what was abandoned.
#[utoipa::path(post, path = "/api/v1/conventions/{id}/reactivate", tag = "conventions", params(("id" = String, Path)), request_body = VerbBody,
    responses((status = 200, body = ConventionRecord), (status = 409, body = Problem, content_type = "application/problem+json"), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub async fn reactivate(sent: Sent, id: web::Path<String>) -> Result<HttpResponse> {
    carry_out(sent, &id, Verb::Reactivate).await
}

async fn carry_out(sent: Sent, id: &str, verb: Verb) -> Result<HttpResponse> {
    let (id, today) = (id_of(id)?, sent.visit.today());
    sent.only(&["version", "comment"])?;
    let version = sent.version()?;
    let comment = match sent.body.get("comment") {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(comment)) => comment.clone(),
        Some(_) => return Err(Error::field("comment", "Un texte est attendu.")),
    };
    sent.change(move |conn, by, _| -> Result<ConventionRecord> {
        let convention = service::carry_out(conn, by, today, &id, version, verb, &comment)?;
        record::record(conn, &me(by), convention, today)
    })
    .await
}

/// Records signatures: of one `partner` (null is the Département), or of every party that has not signed when none is named. The last one
/// makes it signed. A `signed_file` is the SHA-256 of a document that `POST …/documents` joined as `signed`.
#[utoipa::path(post, path = "/api/v1/conventions/{id}/sign", tag = "conventions", params(("id" = String, Path)), request_body = SignBody,
    responses((status = 200, body = ConventionRecord), (status = 409, body = Problem, content_type = "application/problem+json"), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub async fn sign(sent: Sent, id: web::Path<String>) -> Result<HttpResponse> {
    let (id, today, version) = (id_of(&id)?, sent.visit.today(), sent.version()?);
    sent.change(move |conn, by, given| -> Result<ConventionRecord> {
        // Who may not read the convention learns nothing of what is wrong with the request.
        service::find(conn, &me(by), &id, today)?;
        let signing = signing(&given, &World::load(conn)?)?;
        let convention = service::sign(conn, by, today, &id, version, &signing)?;
        record::record(conn, &me(by), convention, today)
    })
    .await
}

/// The acts of a convention, the first one first.
#[utoipa::path(get, path = "/api/v1/conventions/{id}/acts", tag = "conventions", params(("id" = String, Path), ("page" = Option<u32>, Query), ("per_page" = Option<u32>, Query, description = "100 at most")),
    responses((status = 200, body = Listing<ActRecord>), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub async fn acts(visit: Visit, request: HttpRequest, id: web::Path<String>) -> Result<HttpResponse> {
    let form = query::pairs(request.query_string())?;
    let mut errors = FieldErrors::default();
    let page = query::page(&form, &mut errors);
    errors.into_result().map_err(Error::BadQuery)?;
    let (id, viewer, today) = (id_of(&id)?, visit.viewer.clone(), visit.today());
    let found = visit.app.db.read(move |conn| {
        let convention = service::find(conn, &viewer, &id, today)?;
        record::acts(conn, &viewer, &convention)
    });
    Ok(api::answer(&api::cut(found.await?, page)))
}

/// Adds an act: `signature` (`partner`, `signed_on`), `avenant` (`object`, `changes`, `signed_on` unless it is a draft, `effective_on`),
/// `reconduction` (`decided_on`, `ends_on`), `denonciation` (`partner`, `notified_on`, `note`) or `resiliation` (`ground`, `notified_on`,
/// `effective_on`). A `version` is checked when it is given. Answers the act with its convention.
#[utoipa::path(post, path = "/api/v1/conventions/{id}/acts", tag = "conventions", request_body = ActBody,
    params(("id" = String, Path), ("Idempotency-Key" = Option<String>, Header)), responses((status = 201, body = RecordedAct), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub async fn add_act(sent: Sent, id: web::Path<String>) -> Result<HttpResponse> {
    let (id, today, version) = (id_of(&id)?, sent.visit.today(), sent.optional_version()?);
    sent.create(move |conn, by, given| -> Result<RecordedAct> {
        let recorded = acts::record(conn, by, today, &id, version, &given)?;
        record::recorded(conn, &me(by), recorded, today)
    })
    .await
}

/// Writes a draft avenant again; with `signed_on`, signs it.
#[utoipa::path(put, path = "/api/v1/conventions/{id}/acts/{act}", tag = "conventions", request_body = ActBody, params(("id" = String, Path), ("act" = String, Path)),
    responses((status = 200, body = RecordedAct), (status = 409, body = Problem, content_type = "application/problem+json"), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub async fn amend(sent: Sent, path: web::Path<(String, String)>) -> Result<HttpResponse> {
    let (id, act) = path.into_inner();
    let (id, act, today, version) = (id_of(&id)?, ActId::parse(&act).ok_or(Error::NotFound)?, sent.visit.today(), sent.version()?);
    sent.change(move |conn, by, given| -> Result<RecordedAct> {
        let recorded = acts::amend(conn, by, today, &id, version, &act, &given)?;
        record::recorded(conn, &me(by), recorded, today)
    })
    .await
}

/// Gives up a draft avenant.
#[utoipa::path(post, path = "/api/v1/conventions/{id}/acts/{act}/abandon", tag = "conventions", request_body = VerbBody, params(("id" = String, Path), ("act" = String, Path)),
    responses((status = 200, body = RecordedAct), (status = 409, body = Problem, content_type = "application/problem+json"), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub async fn abandon_act(sent: Sent, path: web::Path<(String, String)>) -> Result<HttpResponse> {
    let (id, act) = path.into_inner();
    let (id, act, today, version) = (id_of(&id)?, ActId::parse(&act).ok_or(Error::NotFound)?, sent.visit.today(), sent.version()?);
    sent.only(&["version"])?;
    sent.change(move |conn, by, _| -> Result<RecordedAct> {
        let recorded = acts::abandon(conn, by, today, &id, version, &act)?;
        record::recorded(conn, &me(by), recorded, today)
    })
    .await
}

/// The convention as it stands on a day; today unless said.
#[utoipa::path(get, path = "/api/v1/conventions/{id}/terms", tag = "conventions", params(("id" = String, Path), ("on" = Option<String>, Query, description = "A day, as 2026-03-03")),
    responses((status = 200, body = TermsRecord), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub async fn terms(visit: Visit, request: HttpRequest, id: web::Path<String>) -> Result<HttpResponse> {
    let form = query::pairs(request.query_string())?;
    let (id, viewer, today) = (id_of(&id)?, visit.viewer.clone(), visit.today());
    let on = match form.get("on") {
        "" => today,
        said => Day::parse(said)
            .ok_or_else(|| Error::BadQuery(FieldErrors::one("on", format!("« {} » n’est pas un jour, comme 2026-03-03.", excerpt(said)))))?,
    };
    let terms = visit.app.db.read(move |conn| {
        let convention = service::find(conn, &viewer, &id, today)?;
        record::terms(conn, &viewer, &convention, on)
    });
    Ok(api::answer(&terms.await?))
}
