//! The home page: the search box, what happens next, and ways in.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use serde_json::{Value, json};

use super::paths;
use super::shell::Frame;
use super::visit::Visit;
use crate::actions::service::{self, Action};
use crate::actions::sessions::Session;
use crate::error::{Error, Result};
use crate::kernel::time::{MONTHS, WEEKDAYS, time_in_words};
use crate::territories::geography::geography;
use crate::territories::model::{Atlas, in_words};

const APPOINTMENTS: usize = 6;
const THEMES: usize = 10;

pub async fn show(visit: Visit) -> Result<HttpResponse> {
    let (viewer, now, today) = (visit.viewer.clone(), visit.now, visit.today());
    let read = visit.app.db.read(move |conn| {
        let next = service::next_appointments(conn, &viewer, now, APPOINTMENTS)?;
        let plan = crate::plans::service::current(conn, today)?;
        Ok::<_, Error>((next, crate::territories::service::atlas(conn)?, plan))
    });
    let (next, atlas, plan) = read.await?;
    let in_use = crate::search::service::in_use(&visit.app, &visit.viewer).await?;
    let identity = visit.app.identity();
    let mut themes: Vec<(String, u64, String)> =
        in_use.themes.iter().map(|(code, count)| (identity.theme_label(code), *count, paths::search("theme", code))).collect();
    themes.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    themes.truncate(THEMES);
    themes.sort();
    let territories = atlas.own().map(|territory| {
        let count = in_use.territories.get(&territory.code).copied().unwrap_or(0);
        json!({ "label": territory.name, "count": count, "url": paths::territory(&territory.code) })
    });
    let departement = geography().place(&identity.departement).map_or(identity.departement.as_str(), |place| place.name);
    let data = json!({
        "instance_place": in_words(departement),
        "counts": { "open": in_use.open },
        "examples": examples(&atlas),
        "awaiting": awaiting(&visit),
        "upcoming": next.iter().map(|(action, session)| appointment(&visit, action, session, &atlas)).collect::<Vec<_>>(),
        "themes": themes.into_iter().map(|(label, count, url)| json!({ "label": label, "count": count, "url": url })).collect::<Vec<_>>(),
        "territories": territories.collect::<Vec<_>>(),
        "plan": plan.map(|plan| json!({
            "title": plan.title,
            "summary": "Les orientations du Département et leurs fiches action : ce qui est prévu, par qui, et où cela en est.",
            "url": "/schema",
        })),
    });
    visit.framed("home", "Accueil", Frame { home: true, ..Frame::default() }, StatusCode::OK, data)
}

fn examples(atlas: &Atlas) -> Value {
    let place = atlas.own().next().map(|territory| territory.name.clone());
    let words = ["budget", "parents", "numérique"].into_iter().map(ToOwned::to_owned).chain(place);
    words.map(|word| json!({ "url": paths::search("q", &word), "label": word })).collect()
}

/// What awaits an agent, and what they may begin.
fn awaiting(visit: &Visit) -> Value {
    let Some(actor) = visit.viewer.actor().filter(|actor| actor.is_agent()) else { return Value::Null };
    let items = match visit.awaiting {
        0 => Vec::new(),
        1 => vec![json!({ "label": "Une chose vous attend", "url": "/mon-espace" })],
        count => vec![json!({ "label": format!("{count}\u{a0}choses vous attendent"), "url": "/mon-espace" })],
    };
    json!({
        "title": format!("Bonjour {}", actor.name),
        "items": items,
        "commands": [
            { "method": "get", "href": "/actions/nouvelle", "kind": "primary", "label": "Présenter une action" },
            { "method": "get", "href": "/mon-espace", "kind": "secondary", "label": "Mon espace" },
        ],
    })
}

fn appointment(visit: &Visit, action: &Action, session: &Session, atlas: &Atlas) -> Value {
    use chrono::Datelike;
    let zone = &visit.app.config.zone;
    let (starts, ends) = (zone.local(session.starts_at), zone.local(session.ends_at));
    let fields = &action.fields;
    let place = match (fields.place_withheld, session.place.is_empty()) {
        (true, _) => "Lieu communiqué à l’inscription",
        (false, false) => session.place.as_str(),
        (false, true) => fields.place.lines().next().unwrap_or_default(),
    };
    let day = starts.date();
    json!({
        "date": crate::kernel::Day(day),
        "weekday": WEEKDAYS[day.weekday().num_days_from_monday() as usize],
        "day_number": if day.day() == 1 { "1er".to_owned() } else { day.day().to_string() },
        "month_label": MONTHS[day.month0() as usize],
        "title": fields.title,
        "url": paths::action(&action.id, &fields.title),
        "time": format!("{} – {}", time_in_words(starts.time()), time_in_words(ends.time())),
        "place": Some(place).filter(|place| !place.is_empty()),
        "territory": fields.territories.first().map(|code| atlas.name(code)),
    })
}
