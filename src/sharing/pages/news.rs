//! `/dans-les-autres-mds`: what the letter of Mondays says, as a thread by week, for agents.

use std::collections::BTreeSet;

use actix_web::{HttpRequest, HttpResponse};
use serde_json::{Value, json};

use crate::accounts::model::Viewer;
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::http::forms::{Choice, choices};
use crate::http::paths::OTHER_TERRITORIES as PATH;
use crate::http::query;
use crate::http::visit::Visit;
use crate::instance::model::Instance;
use crate::kernel::text::excerpt;
use crate::kernel::{Day, FieldErrors, Zone};
use crate::mail::choices::is_stopped;
use crate::notifications::LETTER;
use crate::sharing::letters;
use crate::sharing::model::{Window, monday_of};
use crate::sharing::news::{self, Item};
use crate::territories::model::Atlas;
use crate::{instance, territories};

/// Weeks on one page.
const WEEKS: i64 = 4;

/// What the address asks for.
struct Asked {
    theme: String,
    territory: String,
    /// The Monday after the last week shown.
    until: Day,
}

/// What the page shows.
struct Page {
    weeks: Vec<Value>,
    themes: Vec<(String, String)>,
    territories: Vec<(String, String)>,
    receives: bool,
}

pub async fn page(visit: Visit, request: HttpRequest) -> Result<HttpResponse> {
    visit.agent()?;
    let (viewer, zone, today) = (visit.viewer.clone(), visit.app.config.zone.clone(), visit.today());
    let query = request.query_string().to_owned();
    let (asked, page) = visit
        .app
        .db
        .read(move |conn| {
            let (instance, atlas) = (instance::service::get(conn)?.0, territories::service::atlas(conn)?);
            let asked = asked(&query, &instance, &atlas, today)?;
            let page = load(conn, &viewer, &asked, &instance, &atlas, (today, &zone))?;
            Ok::<_, Error>((asked, page))
        })
        .await?;
    let link = |until: Day| {
        let before = until.iso();
        let pairs = [("theme", asked.theme.as_str()), ("territory", &asked.territory), ("before", &before)];
        let pairs: Vec<(&str, &str)> = pairs.into_iter().filter(|(_, value)| !value.is_empty()).collect();
        format!("{PATH}?{}", query::encode(&pairs))
    };
    let newest = monday_of(today).plus(7);
    let data = json!({
        "weeks": page.weeks,
        "filters": [select("theme", "Thème", "Tous les thèmes", &page.themes, &asked.theme), select("territory", "Territoire", "Toutes les autres MDS", &page.territories, &asked.territory)],
        "is_filtered": !asked.theme.is_empty() || !asked.territory.is_empty(),
        "before": (asked.until < newest).then(|| asked.until.iso()),
        "earlier": link(asked.until.plus(-7 * WEEKS)),
        "later": (asked.until < newest).then(|| link(asked.until.plus(7 * WEEKS).min(newest))),
        "letter": { "kind": LETTER, "receives": page.receives, "is_written": !visit.viewer.is_administrator() },
        "path": PATH,
    });
    visit.page("sharing/news", "Dans les autres MDS", data)
}

fn asked(query: &str, instance: &Instance, atlas: &Atlas, today: Day) -> Result<Asked> {
    let (form, mut errors) = (query::pairs(query)?, FieldErrors::default());
    let (theme, territory) = (form.get("theme").to_owned(), form.get("territory").to_owned());
    let unknown = |name: &str, value: &str| format!("« {} » n’est pas une valeur connue de « {name} ».", excerpt(value));
    if !theme.is_empty() && !instance.knows_theme(&theme) {
        errors.add("theme", unknown("theme", &theme));
    }
    if !territory.is_empty() && !atlas.knows(&territory) {
        errors.add("territory", unknown("territory", &territory));
    }
    let newest = monday_of(today).plus(7);
    let until = match form.get("before") {
        "" => newest,
        text => match Day::parse(text) {
            Some(day) => monday_of(day).min(newest),
            None => {
                errors.add("before", format!("« {} » n’est pas un jour, comme 2026-03-03.", excerpt(text)));
                newest
            }
        },
    };
    if errors.is_empty() { Ok(Asked { theme, territory, until }) } else { Err(Error::BadQuery(errors)) }
}

fn load(conn: &mut Conn, viewer: &Viewer, asked: &Asked, instance: &Instance, atlas: &Atlas, (today, zone): (Day, &Zone)) -> Result<Page> {
    let actor = viewer.actor().ok_or(Error::SignIn)?;
    let own = news::own_places(actor, atlas, &instance.departement);
    let account: Vec<_> = actor.id.iter().cloned().collect();
    let mut themes = letters::themes(conn, &account)?;
    crate::notifications::subscriptions::service::add_themes(conn, &mut themes, &account)?;
    let themes = themes.into_values().next().unwrap_or_default();
    let window = Window { from: asked.until.plus(-7 * WEEKS), until: asked.until };
    let material = news::material(conn, viewer, window, zone)?;
    let within = (!asked.territory.is_empty()).then(|| atlas.inside(&asked.territory));
    let is_asked = |item: &Item<'_>| {
        (asked.theme.is_empty() || item.themes().contains(&asked.theme))
            && within.as_ref().is_none_or(|within| item.places().iter().any(|code| within.contains(*code)))
    };
    let mut found: BTreeSet<(String, String)> = BTreeSet::new();
    let mut weeks = Vec::new();
    for back in 1..=WEEKS {
        let monday = asked.until.plus(-7 * back);
        let mut items = material.news(Window::week(monday));
        // What is to begin this week is not news yet.
        items.retain(|item| item.on <= today && news::is_elsewhere(item, &own));
        found.extend(items.iter().flat_map(|item| item.themes()).map(|code| (instance.theme_label(code), code.clone())));
        items.retain(is_asked);
        let title = if monday == monday_of(today) { "Cette semaine".to_owned() } else { format!("Semaine du {}", monday.in_words()) };
        let items: Vec<Value> = items.iter().map(|item| item.json(atlas, instance, &themes, zone)).collect();
        weeks.push(json!({ "title": title, "id": monday, "items": items }));
    }
    if !asked.theme.is_empty() {
        found.insert((instance.theme_label(&asked.theme), asked.theme.clone()));
    }
    let territories: BTreeSet<(String, String)> =
        atlas.own().filter(|place| !own.contains(&place.code)).map(|place| (place.name.clone(), place.code.clone())).collect();
    let receives = !is_stopped(conn, &actor.email, LETTER)?;
    Ok(Page { weeks, themes: found.into_iter().collect(), territories: territories.into_iter().collect(), receives })
}

/// A choice of one among these labels and codes, or all.
fn select(name: &str, label: &str, all: &str, of: &[(String, String)], chosen: &str) -> Value {
    let mut options = vec![Choice::new("", all, chosen.is_empty())];
    options.extend(of.iter().map(|(label, code)| Choice::new(code, label, code == chosen)));
    choices(name, label, "", options, &FieldErrors::default())
}
