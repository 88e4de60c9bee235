//! The sessions of an action: a series in one gesture, then attendance as numbers.

use actix_web::{HttpResponse, web};
use serde_json::{Value, json};

use super::words;
use crate::accounts::model::Viewer;
use crate::actions::service::{self, Action};
use crate::actions::sessions::{self, Attendance, Series, Session};
use crate::actions::{policy, store};
use crate::error::{Error, Result};
use crate::http::forms::{Choice, Field, Form, Submitted, choices, summary};
use crate::http::notice::Notice;
use crate::http::paths;
use crate::http::visit::Visit;
use crate::kernel::calendar::calendar_covers;
use crate::kernel::ids::SessionId;
use crate::kernel::time::{WEEKDAYS, parse_time};
use crate::kernel::{Day, FieldErrors};

async fn read(visit: &Visit, id: &str) -> Result<(Action, Vec<Session>)> {
    let actor = visit.actor()?.clone();
    let id = id.to_owned();
    let read = visit.app.db.read(move |conn| {
        let action = super::found(conn, &Viewer(Some(actor.clone())), &id)?;
        if !policy::may_write(&actor, &action.subject()) {
            return Err(service::not_yours());
        }
        let sessions = store::sessions(conn, &action.id)?;
        Ok((action, sessions))
    });
    read.await
}

pub async fn page(visit: Visit, id: web::Path<String>) -> Result<HttpResponse> {
    let (action, sessions) = read(&visit, &id).await?;
    show(&visit, &action, &sessions, &Form::default(), &FieldErrors::default())
}

fn show(visit: &Visit, action: &Action, sessions: &[Session], form: &Form, errors: &FieldErrors) -> Result<HttpResponse> {
    let zone = &visit.app.config.zone;
    let row = |session: &Session| {
        let typed = |name: &str, count: Option<i32>| {
            let field = format!("{name}.{}", session.id);
            if form.has(&field) { form.get(&field).to_owned() } else { count.map(|count| count.to_string()).unwrap_or_default() }
        };
        json!({
            "id": session.id,
            "date": words::day_of(session, zone),
            "time": words::hours(session, zone),
            "place": words::none_if_empty(&session.place),
            "attended": typed("attended", session.attended),
            "newcomers": typed("newcomers", session.newcomers),
            "error": errors.of(&format!("attended.{}", session.id)).or(errors.of(&format!("newcomers.{}", session.id))),
            "is_past": session.starts_at <= visit.now,
            "remove": (session.attended.is_none()).then(|| format!("{}/{}/supprimer", paths::about_action(&action.id, "seances"), session.id)),
        })
    };
    let (past, coming): (Vec<&Session>, Vec<&Session>) = sessions.iter().partition(|session| session.starts_at <= visit.now);
    let data = json!({
        "breadcrumb": super::trail(action, Some("Séances et présences")),
        "heading": action.fields.title,
        "version": action.version,
        "add_url": paths::about_action(&action.id, "seances"),
        "attend_url": format!("{}/presences", paths::about_action(&action.id, "seances")),
        "errors": summary(errors),
        "past": past.into_iter().rev().map(row).collect::<Vec<_>>(),
        "coming": coming.into_iter().map(row).collect::<Vec<_>>(),
        "fields": series_fields(visit, action, form, errors),
    });
    let render = if errors.is_empty() { Visit::page } else { Visit::page_again };
    render(visit, "actions/sessions", &format!("Séances – {}", action.fields.title), data)
}

fn series_fields(visit: &Visit, action: &Action, form: &Form, errors: &FieldErrors) -> Value {
    let identity = visit.app.identity();
    let is_new = form.0.is_empty() || !form.has("first");
    let shown = |day: Option<Day>| day.map(Day::in_figures).unwrap_or_default();
    let or = |name: &str, default: String| if is_new { default } else { form.get(name).to_owned() };
    let text = |name: &str, label: &str, hint: &str, value: &str, required: bool| {
        Field { name, label, hint, value, required, ..Field::default() }.show(errors)
    };
    let weekdays = (0..).zip(WEEKDAYS).map(|(number, label): (usize, _)| {
        let value = number.to_string();
        Choice::new(&value, label, form.all("weekdays").contains(&value))
    });
    let zone = identity.school_zone();
    let mut school = Choice::new("oui", "Pas pendant les vacances scolaires", is_new || form.get("no_school_holidays") == "oui");
    school.hint = zone.map(|zone| format!("Vacances de la {}.", zone.label().replacen("Zone", "zone", 1)));
    let public = Choice::new("oui", "Pas les jours fériés", is_new || form.get("no_public_holidays") == "oui");
    let every = [("1", "Chaque semaine"), ("2", "Toutes les deux semaines"), ("4", "Toutes les quatre semaines")]
        .map(|(value, label)| Choice::new(value, label, or("every_weeks", "1".into()) == value));
    json!({
        "first": text("first", "Du", "", &or("first", shown(action.fields.starts_on)), true),
        "last": text("last", "Au", "Le même jour pour une seule séance.", &or("last", shown(action.fields.ends_on)), true),
        "weekdays": choices("weekdays", "Quels jours", "Pour une seule séance, vous pouvez ne rien cocher.", weekdays.collect(), errors),
        "every_weeks": choices("every_weeks", "À quel rythme", "", every.to_vec(), errors),
        "time": text("time", "Heure de début", "Par exemple 14 h ou 14 h 30.", &or("time", String::new()), true),
        "minutes": text("minutes", "Durée en minutes", "", &or("minutes", "120".into()), true),
        "holidays": choices("no_school_holidays", "Vacances", "", vec![school], errors),
        "public_holidays": choices("no_public_holidays", "Jours fériés", "", vec![public], errors),
        "place": text("place", "Lieu, s’il change", "", form.get("place"), false),
        "capacity": text("capacity", "Nombre de places", "", form.get("capacity"), false),
    })
}

/// Reads a series as it was typed. A single day needs no weekday.
fn series(visit: &Visit, form: &Form) -> Result<Series, FieldErrors> {
    let mut errors = FieldErrors::default();
    let mut day = |name: &str| {
        let day = Day::parse(form.get(name));
        if day.is_none() {
            errors.add(name, "Écrivez une date, par exemple 06/01/2026.");
        }
        day
    };
    let (first, last) = (day("first"), day("last"));
    let time = parse_time(form.get("time"));
    if time.is_none() {
        errors.add("time", "Écrivez une heure, par exemple 14 h 30.");
    }
    let mut number = |name: &str, default: &str| {
        let typed = form.get(name).trim();
        let number = if typed.is_empty() { default } else { typed }.parse::<i64>();
        if number.is_err() {
            errors.add(name, "Écrivez un nombre.");
        }
        number.unwrap_or(0)
    };
    let (minutes, every_weeks) = (number("minutes", ""), number("every_weeks", "1"));
    let capacity = (!form.get("capacity").trim().is_empty()).then(|| number("capacity", ""));
    let mut weekdays: Vec<u32> = form.all("weekdays").iter().filter_map(|day| day.parse().ok()).filter(|day| *day < 7).collect();
    if let (Some(first), Some(last)) = (first, last)
        && first == last
    {
        weekdays = (0..7).collect();
    }
    let zone = visit.app.identity().school_zone().filter(|_| form.get("no_school_holidays") == "oui");
    if let (Some(zone), Some(first), Some(last)) = (zone, first, last)
        && first <= last
        && !calendar_covers(zone, first.0, last.0)
    {
        errors.add("no_school_holidays", "Le calendrier scolaire de toute cette période n’est pas encore connu : raccourcissez-la, ou décochez cette case et supprimez ensuite les séances de trop.");
    }
    let place = crate::kernel::text::clean(form.get("place"));
    if place.chars().count() > 500 || crate::kernel::nir::find(&place).is_some() {
        errors.add("place", "Donnez un lieu en 500 caractères au plus, sans numéro de sécurité sociale.");
    }
    match (first, last, time) {
        (Some(first), Some(last), Some(time)) if errors.is_empty() => Ok(Series {
            first,
            last,
            weekdays,
            every_weeks,
            time,
            minutes,
            outside_holidays_of: zone,
            outside_public_holidays: form.get("no_public_holidays") == "oui",
            place,
            capacity: capacity.map(|capacity| i32::try_from(capacity).unwrap_or(i32::MAX)),
        }),
        _ => Err(errors),
    }
}

pub async fn add(sent: Submitted, id: web::Path<String>) -> Result<HttpResponse> {
    let visit = &sent.visit;
    let (action_id, doer) = (super::id_of(&id)?, visit.doer()?);
    let written = match series(visit, &sent.form) {
        Err(errors) => Err(Error::Invalid(errors)),
        Ok(series) => {
            let zone = visit.app.config.zone.clone();
            visit.app.db.write(move |conn| sessions::add(conn, doer.by(), &action_id, &series, &zone)).await
        }
    };
    answer(&sent, &id, written.map(drop), Notice::SessionsAdded).await
}

/// Writes every count that was typed; an emptied one is erased.
pub async fn attend(sent: Submitted, id: web::Path<String>) -> Result<HttpResponse> {
    let visit = &sent.visit;
    let (action_id, doer) = (super::id_of(&id)?, visit.doer()?);
    let mut errors = FieldErrors::default();
    let mut attendances = Vec::new();
    for (name, typed) in &sent.form.0 {
        let Some(session) = name.strip_prefix("attended.").and_then(SessionId::parse) else { continue };
        let mut count = |field: String, typed: &str| match typed.trim() {
            "" => None,
            typed => typed.parse::<i32>().ok().or_else(|| {
                errors.add(&field, format!("« {} » n’est pas un nombre.", typed.chars().take(20).collect::<String>()));
                None
            }),
        };
        let attended = count(name.clone(), typed);
        let field = format!("newcomers.{session}");
        let newcomers = count(field.clone(), sent.form.get(&field));
        attendances.push(Attendance { session, attended, newcomers });
    }
    let written = match errors.into_result() {
        Err(errors) => Err(Error::Invalid(errors)),
        Ok(()) => visit.app.db.write(move |conn| sessions::attend(conn, doer.by(), &action_id, &attendances)).await,
    };
    answer(&sent, &id, written, Notice::Saved).await
}

pub async fn remove(sent: Submitted, path: web::Path<(String, String)>) -> Result<HttpResponse> {
    let (id, session) = path.into_inner();
    let (action_id, doer) = (super::id_of(&id)?, sent.visit.doer()?);
    let session = SessionId::parse(&session).ok_or(Error::NotFound)?;
    let written = sent.visit.app.db.write(move |conn| sessions::remove(conn, doer.by(), &action_id, &session)).await;
    answer(&sent, &id, written, Notice::SessionRemoved).await
}

async fn answer(sent: &Submitted, id: &str, written: Result<()>, notice: Notice) -> Result<HttpResponse> {
    let visit = &sent.visit;
    match written {
        Ok(()) => {
            visit.app.bell.ring();
            Ok(visit.redirect(&format!("/actions/{id}/seances"), Some(notice)))
        }
        Err(Error::Invalid(errors)) => {
            let (action, sessions) = read(visit, id).await?;
            show(visit, &action, &sessions, &sent.form, &errors)
        }
        Err(error) => Err(error),
    }
}
