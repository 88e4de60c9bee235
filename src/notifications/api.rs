//! What an account follows, as JSON.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::subscriptions::service::{self, Asked};
use super::subscriptions::{Owner, Rhythm, Subscription, Target, search};
use crate::error::{Error, Result};
use crate::events::Record;
use crate::http::api::{self, Sent};
use crate::http::forms::Form;
use crate::http::openapi::Problem;
use crate::http::query::{self, pairs};
use crate::http::visit::Visit;
use crate::kernel::ids::SubscriptionId;
use crate::kernel::text::excerpt;
use crate::kernel::{FieldErrors, Listing, Moment};
use crate::search::query::FILTERS;
use crate::territories;

/// A subscription of the caller's account: a record, or a search by its parameters.
#[derive(Serialize, ToSchema)]
pub struct SubscriptionRecord {
    #[schema(value_type = String)]
    id: SubscriptionId,
    /// `{"type", "id"}`; a plan sheet's id is `plan/number`.
    record: Option<RecordName>,
    /// The parameters of a search, each a list.
    #[schema(value_type = Option<Object>)]
    search: Option<Map<String, Value>>,
    #[schema(value_type = String)]
    rhythm: Rhythm,
    /// Why it can no longer be followed; null as long as it is.
    problem: Option<String>,
    #[schema(value_type = String, format = DateTime)]
    created_at: Moment,
}

#[derive(Serialize, ToSchema)]
pub struct RecordName {
    #[serde(rename = "type")]
    kind: String,
    id: String,
}

/// What to follow: `record` or `search`, and how often.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes a body that is read by hand")]
pub struct NewSubscription {
    record: Option<RecordName>,
    /// The parameters of `/api/v1/search`, each a text or a list of texts: `{"q": "budget", "theme": ["…"]}`.
    #[schema(value_type = Option<Object>)]
    search: Option<Map<String, Value>>,
    /// `immediate`, `daily` or `weekly`.
    rhythm: String,
}

fn record(one: Subscription) -> SubscriptionRecord {
    let (record, search) = match one.target {
        Target::Record(record) => (Some(RecordName { kind: record.kind.to_owned(), id: record.id }), None),
        Target::Search(text) => (None, Some(parameters(&text))),
    };
    SubscriptionRecord { id: one.id, record, search, rhythm: one.rhythm, problem: one.problem, created_at: one.created_at }
}

fn parameters(text: &str) -> Map<String, Value> {
    let mut parameters: Map<String, Value> = Map::new();
    for (name, value) in pairs(text).unwrap_or_default().0 {
        match name.as_str() {
            "q" => parameters.insert(name, Value::String(value)).map_or((), drop),
            _ => {
                let values = parameters.entry(name).or_insert_with(|| Value::Array(Vec::new()));
                values.as_array_mut().into_iter().for_each(|values| values.push(Value::String(value.clone())));
            }
        }
    }
    parameters
}

fn owner(visit: &Visit) -> Result<Owner> {
    visit.actor()?.id.clone().map(Owner::Account).ok_or(Error::NotFound)
}

/// What the caller follows, the last first.
#[utoipa::path(get, path = "/api/v1/subscriptions", tag = "subscriptions",
    params(("page" = Option<u32>, Query), ("per_page" = Option<u32>, Query, description = "100 at most")),
    responses((status = 200, body = Listing<SubscriptionRecord>), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub async fn list(visit: Visit, request: HttpRequest) -> Result<HttpResponse> {
    let form = pairs(request.query_string())?;
    let owner = owner(&visit)?;
    let mut errors = FieldErrors::default();
    let page = query::page(&form, &mut errors);
    errors.into_result().map_err(Error::BadQuery)?;
    let all = visit.app.db.read(move |conn| service::of(conn, &owner)).await?;
    Ok(api::answer(&api::cut(all.into_iter().map(record).collect(), page)))
}

/// Follows a record or a search. What is followed already takes this rhythm.
#[utoipa::path(post, path = "/api/v1/subscriptions", tag = "subscriptions", request_body = NewSubscription,
    responses((status = 201, body = SubscriptionRecord), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub async fn create(sent: Sent) -> Result<HttpResponse> {
    let atlas = sent.visit.app.db.read(territories::service::atlas).await?;
    let (identity, today) = (sent.visit.app.identity(), sent.visit.today());
    let zone = sent.visit.app.config.zone.clone();
    sent.only(&["record", "search", "rhythm"])?;
    sent.create(move |conn, by, given| {
        let mut errors = FieldErrors::default();
        let rhythm = match given.get("rhythm").and_then(Value::as_str) {
            Some(text) => Rhythm::parse(text).or_else(|| {
                errors.add("rhythm", format!("« {} » n’est pas une fréquence : immediate, daily ou weekly.", excerpt(text)));
                None
            }),
            None => {
                errors.add("rhythm", "Donnez la fréquence : immediate, daily ou weekly.");
                None
            }
        };
        let target = match (given.get("record"), given.get("search")) {
            (Some(named), None) => named_record(named, &mut errors),
            (None, Some(asked)) => match form_of(asked, &mut errors) {
                Some(form) => Some(Target::Search(search::canonical(&form, &identity, &atlas, today).map_err(as_fields)?)),
                None => None,
            },
            _ => {
                errors.add("record", "Donnez soit un document suivi (« record »), soit une recherche (« search »).");
                None
            }
        };
        let (Some(rhythm), Some(target)) = (rhythm, target) else { return Err(Error::Invalid(errors)) };
        let viewer = crate::accounts::model::Viewer(Some(by.actor.clone()));
        let followed = service::follow(conn, &viewer, target, rhythm, &zone, Asked { now: by.now, today, chance: by.chance })?;
        Ok(record(followed))
    })
    .await
}

fn named_record(named: &Value, errors: &mut FieldErrors) -> Option<Target> {
    let part = |name: &str| named.get(name).and_then(Value::as_str).unwrap_or_default();
    let found = Record::named(part("type"), part("id").to_owned());
    if found.is_none() {
        errors.add("record", format!("« {} » n’est pas une nature de document que l’on suit.", excerpt(part("type"))));
    }
    found.map(Target::Record)
}

/// The parameters of a search as a page's address has them.
fn form_of(asked: &Value, errors: &mut FieldErrors) -> Option<Form> {
    let Some(object) = asked.as_object() else {
        errors.add("search", "Une recherche est un objet : {\"q\": …, \"theme\": […]}.");
        return None;
    };
    let mut form = Form::default();
    for (name, value) in object {
        if name != "q" && !FILTERS.contains(&name.as_str()) {
            errors.add("search", format!("« {} » n’est pas un filtre de la recherche : {}.", excerpt(name), FILTERS.join(", ")));
        }
        let values: Vec<&Value> = value.as_array().map_or_else(|| vec![value], |values| values.iter().collect());
        for value in values {
            match value.as_str() {
                Some(text) => form.0.push((name.clone(), text.to_owned())),
                None => errors.add("search", format!("« {} » : un texte, ou une liste de textes.", excerpt(name))),
            }
        }
    }
    errors.is_empty().then_some(form)
}

/// What a page's address gets wrong, a body gets wrong in its fields.
fn as_fields(error: Error) -> Error {
    match error {
        Error::BadQuery(errors) => Error::Invalid(errors),
        error => error,
    }
}

/// Stops one; what it has not told yet is never told.
#[utoipa::path(delete, path = "/api/v1/subscriptions/{id}", tag = "subscriptions",
    params(("id" = String, Path)),
    responses((status = 200, body = SubscriptionRecord), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub async fn remove(sent: Sent, id: web::Path<String>) -> Result<HttpResponse> {
    let owner = owner(&sent.visit)?;
    let id = SubscriptionId::parse(&id).ok_or(Error::NotFound)?;
    sent.change(move |conn, by, _| {
        let known = service::of(conn, &owner)?.into_iter().find(|one| one.id == id).ok_or(Error::NotFound)?;
        service::stop(conn, &owner, &id, by.now)?;
        Ok(record(known))
    })
    .await
}
