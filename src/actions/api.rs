//! Actions and their sessions as JSON.

pub mod versions;

use actix_web::{HttpRequest, HttpResponse, web};
use chrono::Datelike;
use serde_json::{Map, Value};

use super::model::{ActionFields, Situation, Stage, Verb};
use super::record::{self, ActionRecord, SessionRecord};
use super::service::{self, Filter};
use super::sessions::{self, Attendance, Series, Single};
use crate::accounts::model::Viewer;
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::http::api::{self, Sent};
use crate::http::forms::Form;
use crate::http::openapi::{AttendanceBody, NewSessions, Problem, VerbBody};
use crate::http::query;
use crate::http::visit::Visit;
use crate::instance::model::Instance;
use crate::kernel::ids::{ActionId, SessionId};
use crate::kernel::time::parse_time;
use crate::kernel::{Day, FieldErrors, Listing, Moment, Zone, text};
use crate::territories::model::Atlas;

fn id_of(id: &str) -> Result<ActionId> {
    ActionId::parse(id).ok_or(Error::NotFound)
}

/// The actions that the caller may read, the last written first.
#[utoipa::path(get, path = "/api/v1/actions", tag = "actions",
    params(("external_id" = Option<String>, Query), ("stage" = Option<Vec<String>>, Query), ("situation" = Option<Vec<String>>, Query),
        ("territory" = Option<Vec<String>>, Query, description = "A code: matches the place, what is inside it, and what serves it from above"),
        ("theme" = Option<Vec<String>>, Query), ("audience" = Option<Vec<String>>, Query), ("page" = Option<u32>, Query), ("per_page" = Option<u32>, Query, description = "100 at most")),
    responses((status = 200, body = Listing<ActionRecord>), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub async fn list(visit: Visit, request: HttpRequest) -> Result<HttpResponse> {
    let form = query::pairs(request.query_string())?;
    let (viewer, today, identity) = (visit.viewer.clone(), visit.today(), visit.app.identity());
    let listing = visit.app.db.read(move |conn| {
        let atlas = crate::territories::service::atlas(conn)?;
        let mut errors = FieldErrors::default();
        let page = query::page(&form, &mut errors);
        let filter = filter(&form, &identity, &atlas, &mut errors);
        errors.into_result().map_err(Error::BadQuery)?;
        let listing = service::list(conn, &viewer, &filter, page, today)?;
        let items = record::records(conn, &viewer, listing.items, today)?;
        Ok::<_, Error>(Listing::new(items, listing.total, page))
    });
    Ok(api::answer(&listing.await?))
}

/// What a query string keeps; an unknown code is named.
fn filter(form: &Form, instance: &Instance, atlas: &Atlas, errors: &mut FieldErrors) -> Filter {
    Filter {
        stages: query::values(form, "stage", errors, Stage::parse),
        situations: query::values(form, "situation", errors, Situation::parse),
        themes: query::values(form, "theme", errors, |code| instance.knows_theme(code).then(|| code.to_owned())),
        audiences: query::values(form, "audience", errors, |code| crate::kernel::referential::audience(code).map(|term| term.code.clone())),
        territories: query::values(form, "territory", errors, |code| atlas.knows(code).then(|| atlas.matching(code))).concat(),
        external_id: Some(form.get("external_id").to_owned()).filter(|id| !id.is_empty()),
        ..Filter::default()
    }
}

/// One action.
#[utoipa::path(get, path = "/api/v1/actions/{id}", tag = "actions", params(("id" = String, Path)), responses((status = 200, body = ActionRecord), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub async fn show(visit: Visit, id: web::Path<String>) -> Result<HttpResponse> {
    let (id, viewer, today) = (id_of(&id)?, visit.viewer.clone(), visit.today());
    let record = visit.app.db.read(move |conn| {
        let action = service::find(conn, &viewer, &id)?;
        record::record(conn, &viewer, action, today)
    });
    Ok(api::answer(&record.await?))
}

/// Begins a draft: a title is enough. A `stage` is not read; see the verbs.
#[utoipa::path(post, path = "/api/v1/actions", tag = "actions", request_body = ActionFields,
    params(("Idempotency-Key" = Option<String>, Header, description = "The same request under the same key is carried out once")),
    responses((status = 201, body = ActionRecord), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub async fn create(sent: Sent) -> Result<HttpResponse> {
    let today = sent.visit.today();
    sent.create(move |conn, by, given| {
        let action = service::create(conn, by, &given)?;
        record::record(conn, &Viewer(Some(by.actor.clone())), action, today)
    })
    .await
}

/// Writes over the version that was read; fields that are not given stay as they are. A `reason` is kept with the version.
#[utoipa::path(put, path = "/api/v1/actions/{id}", tag = "actions", params(("id" = String, Path)), request_body = ActionFields,
    responses((status = 200, body = ActionRecord), (status = 409, body = Problem, content_type = "application/problem+json"), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub async fn change(sent: Sent, id: web::Path<String>) -> Result<HttpResponse> {
    let (id, version, today) = (id_of(&id)?, sent.version()?, sent.visit.today());
    sent.change(move |conn, by, given| {
        let action = service::change(conn, by, &id, version, &given)?;
        record::record(conn, &Viewer(Some(by.actor.clone())), action, today)
    })
    .await
}

/// Proposes a draft for validation.
#[utoipa::path(post, path = "/api/v1/actions/{id}/submit", tag = "actions", params(("id" = String, Path)), request_body = VerbBody,
    responses((status = 200, body = ActionRecord), (status = 409, body = Problem, content_type = "application/problem+json"), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub async fn submit(sent: Sent, id: web::Path<String>) -> Result<HttpResponse> {
    carry_out(sent, &id, Verb::Submit).await
}

/// Publishes a draft or a submission; names every field that is missing.
#[utoipa::path(post, path = "/api/v1/actions/{id}/publish", tag = "actions", params(("id" = String, Path)), request_body = VerbBody,
    responses((status = 200, body = ActionRecord), (status = 409, body = Problem, content_type = "application/problem+json"), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub async fn publish(sent: Sent, id: web::Path<String>) -> Result<HttpResponse> {
    carry_out(sent, &id, Verb::Publish).await
}

/// Returns a submission to its author, with a comment.
#[utoipa::path(post, path = "/api/v1/actions/{id}/return", tag = "actions", params(("id" = String, Path)), request_body = VerbBody,
    responses((status = 200, body = ActionRecord), (status = 409, body = Problem, content_type = "application/problem+json"), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub async fn send_back(sent: Sent, id: web::Path<String>) -> Result<HttpResponse> {
    carry_out(sent, &id, Verb::Return).await
}

/// Archives a published action.
#[utoipa::path(post, path = "/api/v1/actions/{id}/archive", tag = "actions", params(("id" = String, Path)), request_body = VerbBody,
    responses((status = 200, body = ActionRecord), (status = 409, body = Problem, content_type = "application/problem+json"), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub async fn archive(sent: Sent, id: web::Path<String>) -> Result<HttpResponse> {
    carry_out(sent, &id, Verb::Archive).await
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
    sent.change(move |conn, by, _| -> Result<ActionRecord> {
        let action = service::carry_out(conn, by, &id, version, verb, &comment)?;
        record::record(conn, &Viewer(Some(by.actor.clone())), action, today)
    })
    .await
}

/// The sessions of an action, in order of time.
#[utoipa::path(get, path = "/api/v1/actions/{id}/sessions", tag = "sessions", params(("id" = String, Path), ("page" = Option<u32>, Query), ("per_page" = Option<u32>, Query, description = "100 at most")),
    responses((status = 200, body = Listing<SessionRecord>), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub async fn sessions(visit: Visit, request: HttpRequest, id: web::Path<String>) -> Result<HttpResponse> {
    let form = query::pairs(request.query_string())?;
    let mut errors = FieldErrors::default();
    let page = query::page(&form, &mut errors);
    errors.into_result().map_err(Error::BadQuery)?;
    let (id, viewer) = (id_of(&id)?, visit.viewer.clone());
    let records = visit.app.db.read(move |conn| {
        let action = service::find(conn, &viewer, &id)?;
        let sessions = sessions::of(conn, &viewer, &id)?;
        Ok::<_, Error>(sessions.into_iter().map(|session| record::session(&viewer, &action, session)).collect::<Vec<_>>())
    });
    Ok(api::answer(&api::cut(records.await?, page)))
}

/// Adds one session (`{"starts_at", "ends_at", "place", "capacity"}`), or a series (`{"series": {…}}`).
/// One answers its record; a series `{"items", "added", "left_out": [{"day", "reason"}]}`.
#[utoipa::path(post, path = "/api/v1/actions/{id}/sessions", tag = "sessions", request_body = NewSessions,
    params(("id" = String, Path), ("Idempotency-Key" = Option<String>, Header)), responses((status = 201, body = SessionRecord), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub async fn add_sessions(sent: Sent, id: web::Path<String>) -> Result<HttpResponse> {
    let id = id_of(&id)?;
    let (zone, identity) = (sent.visit.app.config.zone.clone(), sent.visit.app.identity());
    sent.create(move |conn, by, given| -> Result<Value> {
        let viewer = Viewer(Some(by.actor.clone()));
        // Who may not read the action learns nothing of what is wrong with the request.
        let action = service::find(conn, &viewer, &id)?;
        match given.get("series") {
            None => {
                let session = sessions::add_one(conn, by, &id, &single(&given)?)?;
                json(&record::session(&viewer, &action, session))
            }
            Some(series) => {
                api::unknown(&given, &["series"]).into_result()?;
                let series = series.as_object().ok_or_else(|| Error::field("series", "Un objet est attendu."))?;
                add_series(conn, by, &id, &read_series(series, &identity)?, &zone, &action)
            }
        }
    })
    .await
}

fn add_series(
    conn: &mut Conn,
    by: crate::accounts::model::By<'_>,
    id: &ActionId,
    series: &Series,
    zone: &Zone,
    action: &service::Action,
) -> Result<Value> {
    let viewer = Viewer(Some(by.actor.clone()));
    let before: Vec<SessionId> = sessions::of(conn, &viewer, id)?.into_iter().map(|session| session.id).collect();
    let added = sessions::add(conn, by, id, series, zone).map_err(in_series)?;
    let made = sessions::of(conn, &viewer, id)?.into_iter().filter(|session| !before.contains(&session.id));
    let items: Vec<_> = made.map(|session| record::session(&viewer, action, session)).collect();
    let left_out: Vec<Value> = series.days().1.into_iter().map(|(day, reason)| serde_json::json!({ "day": day, "reason": reason })).collect();
    Ok(serde_json::json!({ "items": json(&items)?, "added": added, "left_out": left_out }))
}

/// Names the fields of a series as the request has them.
fn in_series(error: Error) -> Error {
    let Error::Invalid(errors) = error else { return error };
    let mut named = FieldErrors::default();
    for (field, message) in errors.iter() {
        named.add(&format!("series.{field}"), message);
    }
    Error::Invalid(named)
}

fn json(value: &impl serde::Serialize) -> Result<Value> {
    serde_json::to_value(value).map_err(|error| Error::Internal(error.to_string()))
}

/// Writes the attendance of one session: figures only. What is not given stays; null clears.
#[utoipa::path(put, path = "/api/v1/actions/{id}/sessions/{session_id}", tag = "sessions", request_body = AttendanceBody,
    params(("id" = String, Path), ("session_id" = String, Path)),
    responses((status = 200, body = SessionRecord), (status = 409, body = Problem, content_type = "application/problem+json"), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub async fn attend(sent: Sent, path: web::Path<(String, String)>) -> Result<HttpResponse> {
    let (action, session) = path.into_inner();
    let (id, session) = (id_of(&action)?, SessionId::parse(&session).ok_or(Error::NotFound)?);
    sent.only(&["version", "attended", "newcomers"])?;
    let version = sent.optional_version()?;
    sent.change(move |conn, by, given| {
        let viewer = Viewer(Some(by.actor.clone()));
        let action = service::find(conn, &viewer, &id)?;
        let current = sessions::of(conn, &viewer, &id)?.into_iter().find(|found| found.id == session).ok_or(Error::NotFound)?;
        if version.is_some_and(|version| version != current.version) {
            return Err(Error::Conflict { current: current.version });
        }
        let mut fields = Fields::of(&given);
        let attended = fields.figure("attended", current.attended);
        let newcomers = fields.figure("newcomers", current.newcomers);
        fields.errors.into_result()?;
        sessions::attend(conn, by, &id, &[Attendance { session: session.clone(), attended, newcomers }]).map_err(unnumbered)?;
        let session = sessions::of(conn, &viewer, &id)?.into_iter().find(|found| found.id == session).ok_or(Error::NotFound)?;
        Ok(record::session(&viewer, &action, session))
    })
    .await
}

/// A page names `attended.<session>`; here there is one session.
fn unnumbered(error: Error) -> Error {
    let Error::Invalid(errors) = error else { return error };
    let mut named = FieldErrors::default();
    for (field, message) in errors.iter() {
        named.add(field.split('.').next().unwrap_or(field), message);
    }
    Error::Invalid(named)
}

/// Reads the values of a small object, and keeps what is wrong with them.
struct Fields<'a> {
    given: &'a Map<String, Value>,
    errors: FieldErrors,
}

impl<'a> Fields<'a> {
    fn of(given: &'a Map<String, Value>) -> Self {
        Self { given, errors: FieldErrors::default() }
    }

    /// What is given and is not null, once `read` understands it.
    fn read<T>(&mut self, name: &str, expected: &str, read: impl Fn(&Value) -> Option<T>) -> Option<T> {
        let value = self.given.get(name).filter(|value| !value.is_null())?;
        let read = read(value);
        if read.is_none() {
            let shown: String = value.to_string().chars().take(60).collect();
            self.errors.add(name, format!("{shown} : {expected}."));
        }
        read
    }

    fn needed<T>(&mut self, name: &str, expected: &str, read: impl Fn(&Value) -> Option<T>) -> Option<T> {
        if self.given.get(name).is_none_or(Value::is_null) {
            self.errors.add(name, format!("Ce champ manque : {expected}."));
            return None;
        }
        self.read(name, expected, read)
    }

    fn number(&mut self, name: &str) -> Option<i32> {
        self.read(name, "un nombre entier est attendu", |value| value.as_i64().and_then(|number| i32::try_from(number).ok()))
    }

    fn figure(&mut self, name: &str, current: Option<i32>) -> Option<i32> {
        if self.given.contains_key(name) { self.number(name) } else { current }
    }

    fn moment(&mut self, name: &str) -> Option<Moment> {
        self.needed(name, "une date avec son heure est attendue, comme 2026-03-03T14:00:00+01:00", |value| Moment::parse_rfc3339(value.as_str()?))
    }

    fn day(&mut self, name: &str) -> Option<Day> {
        self.needed(name, "un jour est attendu, comme 2026-03-03", |value| Day::parse(value.as_str()?))
    }

    fn yes(&mut self, name: &str, usual: bool) -> bool {
        self.read(name, "true ou false est attendu", Value::as_bool).unwrap_or(usual)
    }

    fn text(&mut self, name: &str) -> String {
        self.read(name, "un texte est attendu", |value| value.as_str().map(text::clean)).unwrap_or_default()
    }
}

fn single(given: &Map<String, Value>) -> Result<Single, FieldErrors> {
    api::unknown(given, &["starts_at", "ends_at", "place", "capacity", "series"]).into_result()?;
    let mut fields = Fields::of(given);
    let (starts_at, ends_at) = (fields.moment("starts_at"), fields.moment("ends_at"));
    let (place, capacity) = (fields.text("place"), fields.number("capacity"));
    match (starts_at, ends_at) {
        (Some(starts_at), Some(ends_at)) if fields.errors.is_empty() => Ok(Single { starts_at, ends_at, place, capacity }),
        _ => Err(fields.errors),
    }
}

const WEEKDAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

/// `{"first", "last", "weekdays": ["tuesday"], "time": "14:00", "minutes": 120, "every_weeks": 1, "skip_school_holidays": true,
/// "skip_public_holidays": true, "place", "capacity"}`. Without weekdays: the one of `first`.
fn read_series(given: &Map<String, Value>, instance: &Instance) -> Result<Series> {
    let known = ["first", "last", "weekdays", "time", "minutes", "every_weeks", "skip_school_holidays", "skip_public_holidays", "place", "capacity"];
    let mut fields = Fields::of(given);
    fields.errors.extend(api::unknown(given, &known));
    let (first, last) = (fields.day("first"), fields.day("last"));
    let weekday = |value: &Value| value.as_str().and_then(|name| (0u32..).zip(WEEKDAYS).find(|(_, day)| *day == name).map(|(number, _)| number));
    let weekdays =
        fields.read("weekdays", "une liste de jours est attendue, comme [\"tuesday\"]", |value| value.as_array()?.iter().map(weekday).collect());
    let time = fields.needed("time", "une heure est attendue, comme 14:00", |value| parse_time(value.as_str()?));
    let minutes = fields.number("minutes").unwrap_or(120);
    let every_weeks = fields.number("every_weeks").unwrap_or(1);
    let (skip_school, skip_public) = (fields.yes("skip_school_holidays", false), fields.yes("skip_public_holidays", true));
    let (place, capacity) = (fields.text("place"), fields.number("capacity"));
    match (first, last, time) {
        (Some(first), Some(last), Some(time)) if fields.errors.is_empty() => Ok(Series {
            first,
            last,
            weekdays: weekdays.unwrap_or_else(|| vec![first.0.weekday().num_days_from_monday()]),
            every_weeks: i64::from(every_weeks),
            time,
            minutes: i64::from(minutes),
            outside_holidays_of: instance.school_zone().filter(|_| skip_school),
            outside_public_holidays: skip_public,
            place,
            capacity,
        }),
        _ => Err(in_series(Error::Invalid(fields.errors))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn series(value: Value) -> Result<Series> {
        read_series(value.as_object().unwrap(), &Instance::default())
    }

    #[test]
    fn a_series_says_its_days_and_leaves_out_holidays() {
        let every_tuesday =
            series(json!({"first": "2026-01-06", "last": "2026-03-31", "weekdays": ["tuesday"], "time": "14:00", "skip_school_holidays": true}));
        let read = every_tuesday.unwrap();
        assert_eq!((read.weekdays.as_slice(), read.minutes, read.days().0.len()), ([1].as_slice(), 120, 11));
        let weekly = series(json!({"first": "2026-01-06", "last": "2026-01-31", "time": "9h30"})).unwrap();
        assert_eq!(weekly.weekdays, [1]);
    }

    #[test]
    fn what_is_wrong_with_a_series_is_named() {
        let Err(Error::Invalid(errors)) = series(json!({"first": "2026-02-30", "weekdays": ["mardi"], "time": 14, "when": 1})) else {
            panic!("read")
        };
        let names: Vec<&str> = errors.iter().map(|(field, _)| field).collect();
        assert_eq!(names, ["series.when", "series.first", "series.last", "series.weekdays", "series.time"]);
        assert_eq!(errors.of("series.first"), Some("\"2026-02-30\" : un jour est attendu, comme 2026-03-03."));
    }

    #[test]
    fn one_session_needs_its_two_instants() {
        let errors = single(json!({"starts_at": "2026-03-03 14:00", "place": 3}).as_object().unwrap()).unwrap_err();
        assert_eq!(errors.iter().map(|(field, _)| field).collect::<Vec<_>>(), ["starts_at", "ends_at", "place"]);
        let read = single(json!({"starts_at": "2026-03-03T14:00:00+01:00", "ends_at": "2026-03-03T15:00:00Z"}).as_object().unwrap()).unwrap();
        assert_eq!(read.ends_at.seconds_since(read.starts_at), 2 * 3600);
        assert!(read.check().is_ok());
    }

    #[test]
    fn filters_name_what_they_do_not_know() {
        let mut errors = FieldErrors::default();
        let form = query::pairs("stage=draft&stage=gone&situation=running&theme=x&audience=familles&territory=86194").unwrap();
        let filter = filter(&form, &Instance::default(), &Atlas::default(), &mut errors);
        assert_eq!((filter.stages, filter.situations, filter.audiences), (vec![Stage::Draft], vec![Situation::Running], vec!["familles".to_owned()]));
        assert!(filter.territories.contains(&"86".to_owned()));
        assert_eq!(errors.iter().map(|(field, _)| field).collect::<Vec<_>>(), ["stage", "theme"]);
    }
}
