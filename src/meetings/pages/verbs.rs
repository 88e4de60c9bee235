//! The buttons of a meeting's life: call, postpone, cancel, hold, duplicate; and what its reader answers.

use actix_web::{HttpResponse, web};
use serde_json::{Map, Value, json};

use super::edit::{incomplete, writable};
use super::form::{self, with_control};
use super::small::Small;
use super::{id_of, show, trail, words};
use crate::error::{Error, Result};
use crate::http::forms::{Field, Form, Submitted, summary};
use crate::http::notice::Notice;
use crate::http::paths;
use crate::http::visit::Visit;
use crate::kernel::FieldErrors;
use crate::meetings::inviting;
use crate::meetings::model::{Answer, Invitation, InvitationState, Refusal, Stage, Verb, checks};
use crate::meetings::service::{self, Meeting, Told};
use crate::meetings::world::World;

/// Carries out a verb over the version that the form was shown with.
async fn carry_out(visit: &Visit, id: &str, form: &Form, verb: Verb, told: Told) -> Result<Meeting> {
    let (own, version, doer, zone) = (id_of(id)?, form.version()?, visit.doer()?, visit.app.config.zone.clone());
    let done = visit
        .app
        .db
        .write(move |conn| {
            let world = World::load(conn, &zone)?;
            service::carry_out(conn, doer.by(), &world, &own, version, verb, &told)
        })
        .await?;
    visit.app.bell.ring();
    Ok(done)
}

/// The meeting, if this verb may be carried out on it now.
async fn ready(visit: &Visit, id: &str, verb: Verb) -> Result<Meeting> {
    let meeting = writable(visit, id).await?;
    let stage = meeting.life.stage;
    if verb.leads(stage).is_none() {
        return Err(service::refused(Refusal::Stage { from: stage, verb }));
    }
    Ok(meeting)
}

fn to(meeting: &Meeting) -> String {
    paths::meeting(&meeting.id, &meeting.fields.title)
}

/// What is sent, to whom, before it is.
pub async fn call_form(visit: Visit, id: web::Path<String>) -> Result<HttpResponse> {
    show_call(&visit, &id, &FieldErrors::default()).await
}

async fn show_call(visit: &Visit, id: &str, errors: &FieldErrors) -> Result<HttpResponse> {
    let meeting = ready(visit, id, Verb::Call).await?;
    let missing = checks::missing(&meeting.fields, visit.now);
    if !missing.is_empty() {
        return incomplete(visit, &meeting, missing).await;
    }
    let page = show::load(visit, id.to_owned()).await?;
    let told: Vec<&Invitation> = page.people.iter().filter(|one| one.state == InvitationState::ToInvite).collect();
    let again = page.people.len() - told.len();
    let group = |label: &str, is_convocation: bool| {
        let some = told.iter().filter(|one| one.is_convocation() == is_convocation);
        let people: Vec<Value> = some.map(|one| json!({ "name": one.name, "email": words::some(&one.email) })).collect();
        json!({ "label": label, "people": people })
    };
    let groups: Vec<Value> =
        [group("Une convocation", true), group("Une invitation", false)].into_iter().filter(|group| group["people"] != json!([])).collect();
    let data = json!({
        "breadcrumb": trail(&page.meeting, Some("Convoquer")),
        "title": page.meeting.fields.title,
        "when": words::when(&page.meeting.fields, &visit.app.config.zone),
        "place": words::some(&page.meeting.fields.place),
        "link": words::some(&page.meeting.fields.link),
        "agenda": show::agenda(&page.meeting.fields, &page.names, &visit.app.config.zone),
        "open_decisions": page.open_decisions,
        "groups": groups,
        "count": told.len(),
        "again": if page.meeting.life.stage == Stage::Postponed { again } else { 0 },
        "without_email": told.iter().filter(|one| one.email.is_empty()).count(),
        "errors": summary(errors),
        "invited_url": paths::about_meeting(&page.meeting.id, "invites"),
        "edit_url": paths::about_meeting(&page.meeting.id, "modifier"),
        "form": { "action": paths::about_meeting(&page.meeting.id, "convoquer"), "version": page.meeting.version, "back": to(&page.meeting) },
    });
    let render = if errors.is_empty() { Visit::page } else { Visit::page_again };
    render(visit, "meetings/call", &format!("Convoquer\u{a0}: {}", page.meeting.fields.title), data)
}

pub async fn call(sent: Submitted, id: web::Path<String>) -> Result<HttpResponse> {
    match carry_out(&sent.visit, &id, &sent.form, Verb::Call, Told::default()).await {
        Ok(meeting) => Ok(sent.visit.redirect(&to(&meeting), Some(Notice::MeetingCalled))),
        Err(Error::Invalid(errors)) => show_call(&sent.visit, &id, &errors).await,
        Err(error) => Err(error),
    }
}

pub async fn move_form(visit: Visit, id: web::Path<String>) -> Result<HttpResponse> {
    show_move(&visit, &id, None, &FieldErrors::default()).await
}

async fn show_move(visit: &Visit, id: &str, form: Option<&Form>, errors: &FieldErrors) -> Result<HttpResponse> {
    let meeting = ready(visit, id, Verb::Reschedule).await?;
    let zone = &visit.app.config.zone;
    let mut values = form::values_of(&meeting.fields, zone);
    if let Some(form) = form {
        let (starts, ends) = form::wall_sent(form);
        values.insert("starts_at".to_owned(), starts);
        values.insert("ends_at".to_owned(), ends);
    } else {
        // Its hours stay; its day is to be chosen.
        for name in ["starts_at", "ends_at"] {
            if let Some(value) = values.get_mut(name) {
                value["day"] = json!("");
            }
        }
    }
    let said = |name: &str, now: &str| form.map_or_else(|| now.to_owned(), |form| form.get(name).to_owned());
    let (place, link, reason) = (said("place", &meeting.fields.place), said("link", &meeting.fields.link), said("reason", ""));
    let fields = vec![
        form::wall_control(&values, errors),
        with_control("text", Field { name: "place", label: "Lieu", value: &place, ..Field::default() }.show(errors)),
        with_control("text", Field { name: "link", label: "Lien de visioconférence", value: &link, ..Field::default() }.show(errors)),
        reason_field(&reason, errors),
    ];
    let is_called = meeting.life.stage == Stage::Called;
    let lead = format!(
        "Prévue\u{a0}: {}. Toutes les personnes invitées sont prévenues aussitôt, et leur agenda se met à jour.",
        words::when(&meeting.fields, zone)
    );
    let small = Small {
        action: "reporter",
        heading: if is_called { "Reporter la rencontre" } else { "Fixer la nouvelle date" },
        lead: &lead,
        submit: "Prévenir de la nouvelle date",
        other: is_called.then_some(("postpone", "Reporter sans nouvelle date")),
        ..Small::default()
    };
    small.show(visit, &meeting, fields, errors)
}

fn reason_field(reason: &str, errors: &FieldErrors) -> Value {
    let hint = "En une phrase\u{a0}: les personnes concernées la liront.";
    let field = Field { name: "reason", label: "Pourquoi\u{a0}?", hint, value: reason, required: true, max: Some(2000), rows: 2, ..Field::default() };
    with_control("textarea", field.show(errors))
}

pub async fn postpone(sent: Submitted, id: web::Path<String>) -> Result<HttpResponse> {
    let (visit, form) = (&sent.visit, &sent.form);
    let (starts, ends) = form::wall_sent(form);
    let (verb, notice) = match form.get("do") {
        "postpone" => (Verb::Postpone, Notice::MeetingPostponed),
        _ => (Verb::Reschedule, Notice::MeetingMoved),
    };
    let mut fields = Map::new();
    if verb == Verb::Reschedule {
        fields.insert("starts_at".to_owned(), starts);
        fields.insert("ends_at".to_owned(), ends);
        for name in ["place", "link"].into_iter().filter(|name| form.has(name)) {
            fields.insert(name.to_owned(), json!(form.get(name)));
        }
    }
    match carry_out(visit, &id, form, verb, Told { reason: form.get("reason").to_owned(), fields }).await {
        Ok(meeting) => Ok(visit.redirect(&to(&meeting), Some(notice))),
        Err(Error::Invalid(errors)) => show_move(visit, &id, Some(form), &errors).await,
        Err(error) => Err(error),
    }
}

pub async fn cancel_form(visit: Visit, id: web::Path<String>) -> Result<HttpResponse> {
    show_cancel(&visit, &id, "", &FieldErrors::default()).await
}

async fn show_cancel(visit: &Visit, id: &str, reason: &str, errors: &FieldErrors) -> Result<HttpResponse> {
    let meeting = ready(visit, id, Verb::Cancel).await?;
    let is_known = meeting.life.called_at.is_some();
    let lead = if is_known {
        "Toutes les personnes invitées sont prévenues aussitôt, et elle disparaît de leur agenda. Une rencontre annulée ne se reprend pas."
    } else {
        "Personne n’en a été prévenu\u{a0}: aucun e-mail ne part. Une rencontre annulée ne se reprend pas."
    };
    let small = Small { action: "annuler", heading: "Annuler la rencontre", lead, submit: "Annuler la rencontre", ..Small::default() };
    small.show(visit, &meeting, vec![reason_field(reason, errors)], errors)
}

pub async fn cancel(sent: Submitted, id: web::Path<String>) -> Result<HttpResponse> {
    let (visit, form) = (&sent.visit, &sent.form);
    match carry_out(visit, &id, form, Verb::Cancel, Told { reason: form.get("reason").to_owned(), ..Told::default() }).await {
        Ok(meeting) => Ok(visit.redirect(&to(&meeting), Some(Notice::MeetingCancelled))),
        Err(Error::Invalid(errors)) => show_cancel(visit, &id, form.get("reason"), &errors).await,
        Err(error) => Err(error),
    }
}

pub async fn hold(sent: Submitted, id: web::Path<String>) -> Result<HttpResponse> {
    held(&sent, &id, Verb::Hold).await
}

pub async fn record(sent: Submitted, id: web::Path<String>) -> Result<HttpResponse> {
    held(&sent, &id, Verb::Record).await
}

/// Whoever says that it was held then says who came.
async fn held(sent: &Submitted, id: &str, verb: Verb) -> Result<HttpResponse> {
    let meeting = carry_out(&sent.visit, id, &sent.form, verb, Told::default()).await?;
    Ok(sent.visit.redirect(&paths::about_meeting(&meeting.id, "presence"), Some(Notice::MeetingHeld)))
}

pub async fn duplicate(sent: Submitted, id: web::Path<String>) -> Result<HttpResponse> {
    let (own, doer, zone) = (id_of(&id)?, sent.visit.doer()?, sent.visit.app.config.zone.clone());
    let copy = sent
        .visit
        .app
        .db
        .write(move |conn| {
            let world = World::load(conn, &zone)?;
            service::duplicate(conn, doer.by(), &world, &own)
        })
        .await?;
    sent.visit.app.bell.ring();
    Ok(sent.visit.redirect(&paths::about_meeting(&copy.id, "modifier"), Some(Notice::MeetingDuplicated)))
}

pub async fn register(sent: Submitted, id: web::Path<String>) -> Result<HttpResponse> {
    let (visit, own, doer) = (&sent.visit, id_of(&id)?, sent.visit.doer()?);
    let (one, title) = {
        let (viewer, own) = (visit.viewer.clone(), own.clone());
        let done = visit.app.db.write(move |conn| {
            let title = service::find(conn, &viewer, &own)?.fields.title;
            Ok::<_, Error>((inviting::register(conn, doer.by(), &own)?, title))
        });
        done.await?
    };
    visit.app.bell.ring();
    let notice = if one.state == InvitationState::Waiting { Notice::MeetingWaiting } else { Notice::MeetingRegistered };
    Ok(visit.redirect(&paths::meeting(&own, &title), Some(notice)))
}

/// An answer as a form says it.
pub fn answer_of(form: &Form) -> Result<Answer> {
    match form.get("answer") {
        "present" => Ok(Answer::Present),
        "absent" => Ok(Answer::Absent),
        "perhaps" => Ok(Answer::Perhaps),
        "represented" => Ok(Answer::Represented(form.get("represented_by").trim().to_owned())),
        _ => Err(Error::field("answer", "Choisissez une réponse.")),
    }
}

/// The reader answers for themselves, or for their organisation.
pub async fn answer(sent: Submitted, id: web::Path<String>) -> Result<HttpResponse> {
    let (visit, own, doer) = (&sent.visit, id_of(&id)?, sent.visit.doer()?);
    let (answer, note) = (answer_of(&sent.form), sent.form.get("note").to_owned());
    let (title, state) = {
        let (viewer, own) = (visit.viewer.clone(), own.clone());
        let done = visit.app.db.write(move |conn| {
            let meeting = service::find(conn, &viewer, &own)?;
            let actor = &doer.actor;
            let mine = inviting::own(conn, &own, actor.id.as_ref(), actor.organisation_id.as_ref())?;
            let one = mine.iter().find(|one| actor.is(one.account_id.as_ref())).or(mine.first());
            let one = one.ok_or_else(|| Error::Forbidden("Vous n’êtes pas sur la liste des invités de cette rencontre.".into()))?;
            let answered = inviting::answer(conn, doer.by(), &one.id, &answer?, &note)?;
            Ok::<_, Error>((meeting.fields.title, answered.state))
        });
        match done.await {
            Err(Error::Invalid(errors)) => return show::shown(visit, &show::load(visit, id.into_inner()).await?, Some((&sent.form, &errors))).await,
            done => done?,
        }
    };
    visit.app.bell.ring();
    let notice = if state == InvitationState::Waiting { Notice::MeetingWaiting } else { Notice::MeetingAnswered };
    Ok(visit.redirect(&paths::meeting(&own, &title), Some(notice)))
}
