//! The form by which a meeting is prepared, or written again.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::{Map, Value, json};

use super::conflict::{self, Outcome};
use super::form::{self, Filled, More};
use super::names::Names;
use super::trail;
use crate::error::{Error, Result};
use crate::http::forms::{Form, Submitted, summary};
use crate::http::notice::Notice;
use crate::http::paths;
use crate::http::query::pairs;
use crate::http::shell::Frame;
use crate::http::visit::Visit;
use crate::kernel::{FieldErrors, Moment};
use crate::meetings::model::{MeetingFields, Stage};
use crate::meetings::policy;
use crate::meetings::service::{self, Meeting};
use crate::meetings::world::World;

/// Everything that a showing of the form depends on.
#[derive(Default)]
struct Showing {
    values: Map<String, Value>,
    version: i32,
    errors: FieldErrors,
    more: More,
    /// Who wrote in between and when, and what, where both wrote.
    conflict: Option<(String, Moment, Map<String, Value>)>,
}

/// `/rencontres/nouvelle`; `?instance=` names the body that meets.
pub async fn new_form(visit: Visit, request: HttpRequest) -> Result<HttpResponse> {
    let actor = visit.actor()?.clone();
    if !policy::may_create(&actor) {
        return Err(service::not_prepared_here());
    }
    let asked = pairs(request.query_string())?;
    let body = asked.get("instance").to_owned();
    let base = visit.app.db.read(move |conn| {
        let body = match body.as_str() {
            "" => None,
            id => Some(crate::meetings::bodies::find(conn, &super::body_of(id)?)?),
        };
        Ok::<_, Error>(MeetingFields { agenda: Vec::new(), ..service::base_for(&actor, body.as_ref(), None) })
    });
    let values = form::values_of(&base.await?, &visit.app.config.zone);
    show(&visit, None, Showing { values, ..Showing::default() }).await
}

pub async fn prepare(sent: Submitted) -> Result<HttpResponse> {
    let (visit, form) = (&sent.visit, &sent.form);
    if !policy::may_create(visit.actor()?) {
        return Err(service::not_prepared_here());
    }
    let (values, errors) = form::sent(form);
    let showing = |errors, more| Showing { values: values.clone(), errors, more, ..Showing::default() };
    if let Some(more) = more(visit, form).await? {
        return show(visit, None, showing(FieldErrors::default(), more)).await;
    }
    if !errors.is_empty() {
        return show(visit, None, showing(errors, More::default())).await;
    }
    let (doer, zone, given) = (visit.doer()?, visit.app.config.zone.clone(), values.clone());
    let done = visit.app.db.write(move |conn| {
        let world = World::load(conn, &zone)?;
        service::create(conn, doer.by(), &world, &given)
    });
    match done.await {
        Ok(meeting) => {
            visit.app.bell.ring();
            Ok(visit.redirect(&paths::meeting(&meeting.id, &meeting.fields.title), Some(Notice::MeetingPrepared)))
        }
        Err(Error::Invalid(errors)) => show(visit, None, showing(errors, More::default())).await,
        Err(error) => Err(error),
    }
}

/// What a button within the form asked for.
async fn more(visit: &Visit, form: &Form) -> Result<Option<More>> {
    if form.get("do").is_empty() {
        return Ok(None);
    }
    let (viewer, form) = (visit.viewer.clone(), form.clone());
    visit.app.db.read(move |conn| form::more(conn, &viewer, &form)).await
}

/// The meeting that somebody may write.
pub async fn writable(visit: &Visit, id: &str) -> Result<Meeting> {
    visit.actor()?;
    let (viewer, id) = (visit.viewer.clone(), super::id_of(id)?);
    visit.app.db.read(move |conn| service::find_to_write(conn, &viewer, &id)).await
}

async fn editable(visit: &Visit, id: &str) -> Result<Meeting> {
    let meeting = writable(visit, id).await?;
    match meeting.life.stage {
        Stage::Cancelled => Err(Error::Refused("Une rencontre annulée ne se modifie plus. Dupliquez-la pour en préparer une autre.".into())),
        _ => Ok(meeting),
    }
}

pub async fn form(visit: Visit, id: web::Path<String>) -> Result<HttpResponse> {
    let meeting = editable(&visit, &id).await?;
    incomplete(&visit, &meeting, FieldErrors::default()).await
}

/// The form, with what a verb found missing.
pub async fn incomplete(visit: &Visit, meeting: &Meeting, errors: FieldErrors) -> Result<HttpResponse> {
    let values = form::values_of(&meeting.fields, &visit.app.config.zone);
    show(visit, Some(meeting), Showing { values, version: meeting.version, errors, ..Showing::default() }).await
}

pub async fn save(sent: Submitted, id: web::Path<String>) -> Result<HttpResponse> {
    let (visit, form) = (&sent.visit, &sent.form);
    let meeting = editable(visit, &id).await?;
    let version = form.version()?;
    let (values, errors) = form::sent(form);
    let overflow = (form.get("overflow") == "waiting").then(|| ("overflow".to_owned(), json!("waiting")));
    let values: Map<String, Value> = values.into_iter().chain(overflow).collect();
    let showing = |errors, more| Showing { values: values.clone(), version, errors, more, conflict: None };
    if let Some(more) = more(visit, form).await? {
        return show(visit, Some(&meeting), showing(FieldErrors::default(), more)).await;
    }
    if !errors.is_empty() {
        return show(visit, Some(&meeting), showing(errors, More::default())).await;
    }
    match change(visit, &meeting, version, values.clone()).await {
        Ok(meeting) => Ok(saved(visit, &meeting, Notice::Saved)),
        Err(Error::Invalid(errors)) => show(visit, Some(&meeting), showing(errors, More::default())).await,
        Err(Error::Conflict { .. }) => settle(visit, &meeting, values, version).await,
        Err(error) => Err(error),
    }
}

async fn change(visit: &Visit, meeting: &Meeting, version: i32, given: Map<String, Value>) -> Result<Meeting> {
    let (doer, zone, id) = (visit.doer()?, visit.app.config.zone.clone(), meeting.id.clone());
    visit
        .app
        .db
        .write(move |conn| {
            let world = World::load(conn, &zone)?;
            service::change(conn, doer.by(), &world, &id, version, &given)
        })
        .await
}

fn saved(visit: &Visit, meeting: &Meeting, notice: Notice) -> HttpResponse {
    visit.app.bell.ring();
    let notice = if meeting.announce_at.is_some() { Notice::MeetingChanged } else { notice };
    visit.redirect(&paths::meeting(&meeting.id, &meeting.fields.title), Some(notice))
}

/// Somebody wrote in between.
async fn settle(visit: &Visit, meeting: &Meeting, mut sent: Map<String, Value>, version: i32) -> Result<HttpResponse> {
    let overflow = sent.remove("overflow");
    let (actor, zone, now, before, typed) = (visit.actor()?.clone(), visit.app.config.zone.clone(), visit.now, meeting.clone(), sent.clone());
    let settled = visit.app.db.read(move |conn| conflict::settle(conn, &actor, &zone, now, &before, &typed, version));
    let (mine, theirs, author) = match settled.await {
        Ok(Outcome::Clash { mine, theirs, author }) => (mine, theirs, author),
        Ok(Outcome::Apart(mut mine)) => {
            mine.extend(overflow.map(|value| ("overflow".to_owned(), value)));
            return match change(visit, meeting, meeting.version, mine).await {
                Ok(meeting) => Ok(saved(visit, &meeting, Notice::Merged)),
                Err(Error::Invalid(errors)) => {
                    show(visit, Some(meeting), Showing { values: sent, version: meeting.version, errors, ..Showing::default() }).await
                }
                Err(error) => Err(error),
            };
        }
        Err(Error::Invalid(errors)) => return show(visit, Some(meeting), Showing { values: sent, version, errors, ..Showing::default() }).await,
        Err(error) => return Err(error),
    };
    let mut values = form::values_of(&meeting.fields, &visit.app.config.zone);
    values.extend(mine);
    let conflict = Some((author, meeting.updated_at, theirs));
    show(visit, Some(meeting), Showing { values, version: meeting.version, conflict, ..Showing::default() }).await
}

async fn show(visit: &Visit, meeting: Option<&Meeting>, showing: Showing) -> Result<HttpResponse> {
    let Showing { values, version, errors, more, conflict } = showing;
    let (viewer, own) = (visit.viewer.clone(), meeting.map(|meeting| meeting.fields.clone()));
    let names = visit.app.db.read(move |conn| {
        let mut names = Names::load(conn, &viewer)?;
        names.learn(conn, &viewer, &own.iter().collect::<Vec<_>>())?;
        Ok::<_, Error>(names)
    });
    let names = names.await?;
    let nothing = Map::new();
    let theirs = conflict.as_ref().map_or(&nothing, |(_, _, theirs)| theirs);
    let may_overflow = meeting.is_some_and(|meeting| meeting.life.stage == Stage::Called);
    let filled = Filled { values: &values, names: &names, zone: &visit.app.config.zone, more: &more, theirs, errors: &errors, may_overflow };
    let (eyebrow, heading, lead, action, back, submit) = match meeting {
        None => (
            "Rencontres",
            "Préparer une rencontre".to_owned(),
            "Personne n’est prévenu tant que vous n’avez pas envoyé la convocation.",
            "/rencontres/nouvelle".to_owned(),
            "/rencontres".to_owned(),
            "Enregistrer",
        ),
        Some(meeting) => {
            let lead = if meeting.life.stage == Stage::Called && !meeting.has_ended(visit.now) {
                "Les personnes invitées recevront un seul e-mail, dans dix minutes, qui dira tout ce qui a changé. Pour changer de date, «\u{a0}Reporter\u{a0}» prévient tout de suite."
            } else {
                ""
            };
            let (action, back) = (paths::about_meeting(&meeting.id, "modifier"), paths::meeting(&meeting.id, &meeting.fields.title));
            ("Modifier une rencontre", meeting.fields.title.clone(), lead, action, back, "Enregistrer")
        }
    };
    let data = json!({
        "breadcrumb": match meeting {
            Some(meeting) => trail(meeting, Some("Modifier")),
            None => json!([{ "label": "Rencontres", "href": "/rencontres" }, { "label": heading, "href": null }]),
        },
        "form": { "eyebrow": eyebrow, "heading": heading, "lead": lead, "action": action, "back": back, "submit": submit, "version": version },
        "conflict": conflict.as_ref().map(|(author, at, _)| json!({ "author": author, "at": at })),
        "errors": summary(&errors),
        "fields": filled.controls(),
    });
    match (&conflict, errors.is_empty()) {
        (Some(_), _) => visit.framed("meetings/edit", &format!("Conflit : {heading}"), Frame::default(), StatusCode::CONFLICT, data),
        (None, false) => visit.page_again("meetings/edit", &heading, data),
        (None, true) => visit.page("meetings/edit", &heading, data),
    }
}
