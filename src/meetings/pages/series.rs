//! `/rencontres/serie`: meetings that come back, whose days are shown before they are made.

use actix_web::{HttpRequest, HttpResponse};
use serde_json::{Map, Value, json};

use super::form::with_control;
use super::names::Names;
use crate::error::{Error, Result};
use crate::http::forms::{Choice, Field, Form, Submitted, choices, summary};
use crate::http::notice::Notice;
use crate::http::paths;
use crate::http::query::pairs;
use crate::http::visit::Visit;
use crate::kernel::time::WEEKDAYS;
use crate::kernel::{Day, FieldErrors, ids};
use crate::meetings::policy;
use crate::meetings::series::{Fate, InHolidays, MOST_MEETINGS, Nth, Proposed, Rhythm, Series};
use crate::meetings::service;
use crate::meetings::world::World;

pub async fn form(visit: Visit, request: HttpRequest) -> Result<HttpResponse> {
    let actor = visit.actor()?.clone();
    if !policy::may_create(&actor) {
        return Err(service::not_prepared_here());
    }
    let asked = pairs(request.query_string())?;
    let first = Form(vec![("body_id".to_owned(), asked.get("instance").to_owned())]);
    show(&visit, &first, &FieldErrors::default(), None).await
}

/// Reads the rhythm as it was typed.
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
    let weekday = form.get("weekday").parse::<u32>().ok().filter(|day| *day < 7);
    if weekday.is_none() {
        errors.add("weekday", "Choisissez un jour de la semaine.");
    }
    let every = form.get("every").trim().parse::<u32>();
    if every.is_err() {
        errors.add("every", "Écrivez un nombre, par exemple 3.");
    }
    let every = every.unwrap_or(1);
    let rhythm = match form.get("unit") {
        "weeks" => Rhythm::Weeks(every),
        _ => Rhythm::Months(every, Nth::parse(form.get("nth")).unwrap_or_default()),
    };
    match (first, last, weekday) {
        (Some(first), Some(last), Some(weekday)) if errors.is_empty() => Ok(Series {
            first,
            last,
            weekday,
            rhythm,
            in_holidays: InHolidays::parse(form.get("in_holidays")).unwrap_or_default(),
            zone: visit.app.identity().school_zone(),
        }),
        _ => Err(errors),
    }
}

/// What names the days that were shown, so that nothing is made that was not read.
fn digest(days: &[Proposed]) -> String {
    days.iter().map(|one| one.day.iso()).collect::<Vec<_>>().join(",")
}

pub async fn make(sent: Submitted) -> Result<HttpResponse> {
    let (visit, form) = (&sent.visit, &sent.form);
    if !policy::may_create(visit.actor()?) {
        return Err(service::not_prepared_here());
    }
    let days = match series(visit, form).and_then(|series| series.days()) {
        Ok(days) => days,
        Err(errors) => return show(visit, form, &errors, None).await,
    };
    if form.get("do") != "make" || form.get("seen") != digest(&days) {
        return show(visit, form, &FieldErrors::default(), Some(&days)).await;
    }
    let ticked = form.all("days");
    let chosen: Vec<Day> =
        days.iter().filter(|one| !matches!(one.fate, Fate::Skipped(_))).map(|one| one.day).filter(|day| ticked.contains(&day.iso())).collect();
    if chosen.is_empty() {
        return show(visit, form, &FieldErrors::one("days", "Cochez au moins une date."), Some(&days)).await;
    }
    let mut given: Map<String, Value> = Map::new();
    for name in ["body_id", "title", "place", "link"].into_iter().filter(|name| !form.get(name).trim().is_empty()) {
        given.insert(name.to_owned(), json!(form.get(name)));
    }
    let (start, end) = (form.get("start").trim().to_owned(), form.get("end").trim().to_owned());
    let (doer, zone) = (visit.doer()?, visit.app.config.zone.clone());
    let done = visit.app.db.write(move |conn| {
        let world = World::load(conn, &zone)?;
        let series = ids::new(doer.now, &doer.chance);
        for day in &chosen {
            let at = |time: &str| json!({ "day": if time.is_empty() { String::new() } else { day.iso() }, "time": time });
            let mut given = given.clone();
            given.insert("starts_at".to_owned(), json!({ "day": day.iso(), "time": start }));
            given.insert("ends_at".to_owned(), at(&end));
            service::create_in_series(conn, doer.by(), &world, &given, Some(&series))?;
        }
        Ok::<_, Error>(())
    });
    match done.await {
        Ok(()) => {
            visit.app.bell.ring();
            let to = match form.get("body_id") {
                "" => "/rencontres/liste".to_owned(),
                id => paths::body(&super::body_of(id)?),
            };
            Ok(visit.redirect(&to, Some(Notice::SeriesMade)))
        }
        Err(Error::Invalid(errors)) => show(visit, form, &moved(&errors), Some(&days)).await,
        Err(error) => Err(error),
    }
}

/// What is wrong with a meeting, beside the fields of this form.
fn moved(errors: &FieldErrors) -> FieldErrors {
    let mut moved = FieldErrors::default();
    for (name, text) in errors.iter() {
        let field = match name {
            "starts_at" => "start",
            "ends_at" => "end",
            "title" | "place" | "link" | "body_id" => name,
            _ => "title",
        };
        moved.add(field, text);
    }
    moved
}

async fn show(visit: &Visit, form: &Form, errors: &FieldErrors, days: Option<&[Proposed]>) -> Result<HttpResponse> {
    let viewer = visit.viewer.clone();
    let names = visit.app.db.read(move |conn| Names::load(conn, &viewer)).await?;
    let data = json!({
        "breadcrumb": [{ "label": "Rencontres", "href": "/rencontres" }, { "label": "Préparer une série", "href": null }],
        "fields": fields(visit, form, &names, errors),
        "days": days.map(|days| days_json(days, form)),
        "errors": summary(errors),
    });
    let render = if errors.is_empty() { Visit::page } else { Visit::page_again };
    render(visit, "meetings/series", "Préparer une série", data)
}

fn fields(visit: &Visit, form: &Form, names: &Names, errors: &FieldErrors) -> Value {
    let is_new = !form.has("first");
    let or = |name: &str, default: &str| if is_new && !form.has(name) { default.to_owned() } else { form.get(name).to_owned() };
    let text = |name: &str, label: &str, hint: &str, default: &str, required: bool| {
        let value = or(name, default);
        Field { name, label, hint, value: &value, required, ..Field::default() }.show(errors)
    };
    let choice = |name: &str, label: &str, hint: &str, default: &str, all: Vec<(String, String)>| {
        let value = or(name, default);
        choices(name, label, hint, all.into_iter().map(|(code, label)| Choice::new(&code, &label, code == value)).collect(), errors)
    };
    let bodies = [(String::new(), "Aucune".to_owned())].into_iter();
    let bodies = bodies.chain(names.bodies.iter().filter(|body| !body.fields.is_closed).map(|body| (body.id.to_string(), body.fields.name.clone())));
    let weekdays = (0..).zip(WEEKDAYS).map(|(number, name): (usize, _)| (number.to_string(), super::words::upper_first(name)));
    let zone =
        visit.app.identity().school_zone().map(|zone| format!("Jours fériés, et vacances de la {}.", zone.label().replacen("Zone", "zone", 1)));
    let units = [("weeks", "semaines"), ("months", "mois")].map(|(code, label)| (code.to_owned(), label.to_owned()));
    let today = visit.today();
    let required = form.get("body_id").is_empty();
    json!({
        "body": choice("body_id", "Instance", "Ses membres sont à inviter à chaque rencontre.", "", bodies.collect()),
        "title": text("title", "Titre", "Celui de chaque rencontre. Laissez vide pour reprendre le nom de l’instance.", "", required && !names.bodies.iter().any(|body| !body.fields.is_closed)),
        "first": text("first", "Du", "", &today.plus(1).in_figures(), true),
        "last": text("last", "Au", "", &today.plus_months(12).in_figures(), true),
        "every": with_control("number", text("every", "Tous les", "«\u{a0}3\u{a0}» et «\u{a0}mois\u{a0}» pour chaque trimestre.", "3", true)),
        "unit": choice("unit", "Unité", "", "months", units.into()),
        "nth": choice("nth", "Lequel", "Pour un rythme en mois.", "first", Nth::ALL.iter().map(|one| (one.to_string(), one.label().to_owned())).collect()),
        "weekday": choice("weekday", "Quel jour", "", "1", weekdays.collect()),
        "start": text("start", "De", "Par exemple 9:00 ou 9 h 30.", "", true),
        "end": text("end", "À", "", "", false),
        "place": text("place", "Lieu", "", "", false),
        "link": text("link", "Lien de visioconférence", "", "", false),
        "in_holidays": choice("in_holidays", "Si une date tombe pendant les vacances ou un jour férié", zone.as_deref().unwrap_or("Jours fériés."), "moved", InHolidays::ALL.iter().map(|one| (one.to_string(), one.label().to_owned())).collect()),
    })
}

fn days_json(days: &[Proposed], form: &Form) -> Value {
    let ticked = form.all("days");
    // Until the same days are sent back, each that fits is ticked.
    let is_first = form.get("seen") != digest(days);
    let row = |one: &Proposed| {
        let (is_made, note) = match one.fate {
            Fate::Kept => (true, None),
            Fate::Moved(from, why) => (true, Some(format!("au lieu du {} ({why})", from.in_words()))),
            Fate::Skipped(why) => (false, Some(format!("pas tenue\u{a0}: {why}"))),
        };
        let value = one.day.iso();
        json!({ "value": value, "label": super::words::upper_first(&one.day.in_words()), "note": note, "is_made": is_made, "checked": is_made && (is_first || ticked.contains(&value)) })
    };
    let count = days.iter().filter(|one| !matches!(one.fate, Fate::Skipped(_))).count();
    json!({ "rows": days.iter().map(row).collect::<Vec<_>>(), "seen": digest(days), "count": count, "most": MOST_MEETINGS })
}
