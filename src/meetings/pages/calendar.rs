//! `/rencontres`: one month of meetings, week by week.

use std::collections::BTreeMap;

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse};
use chrono::{Datelike, NaiveTime};
use serde_json::{Value, json};

use super::names::Names;
use super::{filters, words};
use crate::accounts::model::Viewer;
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::http::forms::Form;
use crate::http::query::{encode, pairs};
use crate::http::shell::Frame;
use crate::http::visit::Visit;
use crate::kernel::calendar::{public_holiday, school_holiday};
use crate::kernel::time::WEEKDAYS;
use crate::kernel::{Day, FieldErrors, Page};
use crate::meetings::service::{self, Filter, Meeting};

/// A month shows at most so many; what is beyond is in the list.
const MOST: u32 = 5;

pub async fn page(visit: Visit, request: HttpRequest) -> Result<HttpResponse> {
    let form = pairs(request.query_string())?;
    let (viewer, asked, today, zone) = (visit.viewer.clone(), form.clone(), visit.today(), visit.app.config.zone.clone());
    let read = visit.app.db.read(move |conn| {
        let names = Names::load(conn, &viewer)?;
        let mut errors = FieldErrors::default();
        let first = month_of(&asked, today, &mut errors);
        let filter = filters::asked(&asked, &names, &mut errors);
        errors.into_result().map_err(Error::BadQuery)?;
        let at = |day: Day| Some(zone.at(day, NaiveTime::MIN));
        let filter = Filter { from: at(first), until: at(first.plus_months(1)), soonest_first: true, ..filter };
        let meetings = all(conn, &viewer, &filter)?;
        let undated = Filter { from: None, until: None, is_undated: true, ..filter };
        let undated = service::list(conn, &viewer, &undated, Page { number: 1, size: Page::LARGEST })?.items;
        Ok::<_, Error>((names, first, meetings, undated))
    });
    let (names, first, meetings, undated) = read.await?;
    let (zone, now) = (&visit.app.config.zone, visit.now);
    let link = |to: Day| {
        let mut pairs = filters::kept(&form);
        pairs.insert(0, ("mois".to_owned(), month_code(to)));
        json!({ "label": words::upper_first(&words::month(to)), "href": format!("/rencontres?{}", encode(&pairs)) })
    };
    let this_month = Day(today.0.with_day(1).unwrap_or(today.0));
    let data = json!({
        "tabs": super::tabs(&visit),
        "commands": super::commands(&visit),
        "filters": filters::shown(&form, &names),
        "is_filtered": !filters::kept(&form).is_empty(),
        "month": { "label": words::upper_first(&words::month(first)), "code": month_code(first), "is_current": first == this_month },
        "previous": link(first.plus_months(-1)),
        "next": link(first.plus_months(1)),
        "current": link(this_month),
        "weekdays": WEEKDAYS.map(|name| json!({ "short": name[..3].to_owned(), "label": words::upper_first(name) })),
        "weeks": weeks(&visit, first, &meetings, &names),
        "count": meetings.len(),
        "undated": undated.iter().map(|meeting| words::line(meeting, &names, zone, now)).collect::<Vec<_>>(),
        "school_zone": names.instance.school_zone().map(|zone| zone.label().replacen("Zone ", "zone\u{a0}", 1)),
        "empty": empty(&visit, !filters::kept(&form).is_empty()),
    });
    visit.framed("meetings/calendar", "Rencontres", Frame { noindex: !form.0.is_empty(), ..Frame::default() }, StatusCode::OK, data)
}

fn month_code(day: Day) -> String {
    day.iso()[..7].to_owned()
}

/// The first day of the month that is asked for.
fn month_of(form: &Form, today: Day, errors: &mut FieldErrors) -> Day {
    let said = form.get("mois").trim();
    let code = if said.is_empty() { month_code(today) } else { said.to_owned() };
    Day::parse(&format!("{code}-01")).unwrap_or_else(|| {
        errors.add("mois", "Un mois est attendu, comme 2026-03.");
        today
    })
}

fn all(conn: &mut Conn, viewer: &Viewer, filter: &Filter) -> Result<Vec<Meeting>> {
    let mut found = Vec::new();
    for number in 1..=MOST {
        let listing = service::list(conn, viewer, filter, Page { number, size: Page::LARGEST })?;
        let is_last = listing.items.len() < Page::LARGEST as usize;
        found.extend(listing.items);
        if is_last {
            break;
        }
    }
    Ok(found)
}

/// The weeks of a month, from Monday to Sunday; days of the months around are empty.
fn weeks(visit: &Visit, first: Day, meetings: &[Meeting], names: &Names) -> Vec<Value> {
    let (zone, today) = (&visit.app.config.zone, visit.today());
    let mut by_day: BTreeMap<Day, Vec<Value>> = BTreeMap::new();
    for meeting in meetings {
        if let Some(start) = meeting.fields.starts_at {
            by_day.entry(zone.day(start)).or_default().push(words::line(meeting, names, zone, visit.now));
        }
    }
    let school = names.instance.school_zone();
    let last = first.plus_months(1).plus(-1);
    let mut day = first.plus(-i64::from(first.0.weekday().num_days_from_monday()));
    let mut weeks = Vec::new();
    while day <= last {
        let days = (0..7).map(|place| {
            let day = day.plus(place);
            if day < first || day > last {
                return Value::Null;
            }
            json!({
                "date": day,
                "number": if day.0.day() == 1 { "1er".to_owned() } else { day.0.day().to_string() },
                "is_today": day == today,
                "holiday": public_holiday(day.0),
                "school_holiday": school.and_then(|zone| school_holiday(zone, day.0)),
                "meetings": by_day.get(&day).cloned().unwrap_or_default(),
            })
        });
        weeks.push(Value::Array(days.collect()));
        day = day.plus(7);
    }
    weeks
}

fn empty(visit: &Visit, is_filtered: bool) -> Value {
    let list = json!([{ "label": "Voir toutes les rencontres", "href": "/rencontres/liste" }]);
    match (is_filtered, visit.viewer.actor()) {
        (true, _) => json!({ "title": "Aucune rencontre ce mois-ci pour ces filtres", "text": "Retirez-en un, ou changez de mois.", "links": list }),
        (false, None) => json!({
            "title": "Aucune rencontre publique ce mois-ci",
            "text": "La plupart des rencontres se lisent avec un compte d’agent ou de partenaire.",
            "links": [{ "label": "Se connecter", "href": "/connexion" }, { "label": "Voir toutes les rencontres", "href": "/rencontres/liste" }],
        }),
        (false, Some(_)) => json!({ "title": "Aucune rencontre ce mois-ci", "text": "", "links": list }),
    }
}
