//! The page of results, for every kind of record or for actions alone.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse};
use serde_json::{Value, json};

use super::empty::WaysOut;
use super::model::{Answer, Query, RecordType, Sort};
use super::places::{self, Near};
use super::results::{self, Names};
use super::suggestions::meanings;
use super::{empty, gaps, query, service};
use crate::actions::service::Card;
use crate::error::{Error, Result};
use crate::http::forms::Form;
use crate::http::paths;
use crate::http::query::{encode, pagination, pairs};
use crate::http::shell::Frame;
use crate::http::visit::Visit;
use crate::imports::kinds::Kind;
use crate::imports::pages::exports as imports;
use crate::kernel::Page;
use crate::kernel::ids::ActionId;

/// One of the two pages that list what search finds.
struct Place {
    path: &'static str,
    heading: &'static str,
    /// The one kind that it lists.
    only: Option<RecordType>,
    sort: Sort,
}

const EVERYTHING: Place = Place { path: "/recherche", heading: "Rechercher", only: None, sort: Sort::Relevance };
const ACTIONS: Place = Place { path: "/actions", heading: "Actions collectives", only: Some(RecordType::Action), sort: Sort::Date };

pub async fn everything(visit: Visit, request: HttpRequest) -> Result<HttpResponse> {
    show(&visit, request.query_string(), &EVERYTHING).await
}

pub async fn actions(visit: Visit, request: HttpRequest) -> Result<HttpResponse> {
    show(&visit, request.query_string(), &ACTIONS).await
}

async fn show(visit: &Visit, address: &str, place: &Place) -> Result<HttpResponse> {
    let mut form = pairs(address)?;
    let atlas = visit.app.db.read(crate::territories::service::atlas).await?;
    let identity = visit.app.identity();
    let near = places::understand(&mut form, &identity.departement, &atlas);
    let mut query = query::parse(&form, &identity, &atlas, &visit.viewer, visit.today())?;
    if let Some(kind) = place.only {
        query.types = vec![kind];
    }
    if form.get("sort").is_empty() && query.text.is_empty() {
        query.sort = place.sort;
    }
    let names = Names { instance: &identity, atlas: &atlas, zone: &visit.app.config.zone, today: visit.today() };
    let asked = Asked { place, form: &form, query: &query, names: &names, near: near.as_ref() };
    match answered(visit, &asked).await {
        Err(Error::Search(error)) => {
            tracing::error!(%error, "search is unavailable");
            unavailable(visit, &asked)
        }
        page => page,
    }
}

/// What a page of results is made for.
struct Asked<'a> {
    place: &'a Place,
    form: &'a Form,
    query: &'a Query,
    names: &'a Names<'a>,
    near: Option<&'a Near>,
}

async fn answered(visit: &Visit, asked: &Asked<'_>) -> Result<HttpResponse> {
    let Asked { place, form, query, names, .. } = asked;
    let answer = service::search(&visit.app, (*query).clone()).await?;
    let mut ways = None;
    if answer.total == 0 {
        let found = empty::ways_out(&visit.app, place.path, form, query, names, fixed(place)).await?;
        if found.is_gap && answer.did_you_mean.is_none() && query.page.number == 1 {
            gaps::count(&visit.app, query, &visit.origin.agent, visit.today());
        }
        ways = Some(found);
    }
    let near = match asked.near {
        Some(near) => Some(understood(visit, asked, near).await?),
        None => None,
    };
    let items = items(visit, &answer, names).await?;
    found(visit, asked, &answer, ways, near, items)
}

/// The place that was understood, and what it gives as a word like the others.
async fn understood(visit: &Visit, asked: &Asked<'_>, near: &Near) -> Result<Value> {
    let words = near.as_words();
    let mut as_words = Query { text: words.clone(), page: Page { number: 1, size: 1 }, ..asked.query.clone() };
    as_words.territories.remove(&near.code);
    let total = service::search(&visit.app, as_words).await?.total;
    let others = results::form_without(asked.form, "territory", &near.code);
    let url = (total > 0).then(|| results::with_words(asked.place.path, &others, &words));
    Ok(json!({ "name": asked.names.label("territory", &near.code), "typed": near.typed, "url": url, "count_label": results::count_label(total, "") }))
}

/// The results with what the database knows of them now. What the reader may no longer read is left out, should the index be late.
pub async fn items(visit: &Visit, answer: &Answer, names: &Names<'_>) -> Result<Vec<Value>> {
    let ids: Vec<ActionId> = answer.hits.iter().filter(|hit| hit.kind == RecordType::Action).filter_map(|hit| ActionId::parse(&hit.id)).collect();
    let (viewer, now) = (visit.viewer.clone(), visit.now);
    let cards: Vec<Card> = match ids.is_empty() {
        true => Vec::new(),
        false => visit.app.db.read(move |conn| crate::actions::service::cards(conn, &viewer, &ids, now)).await?,
    };
    let shown = answer.hits.iter().filter_map(|hit| {
        let card = cards.iter().find(|card| card.action.id.as_str() == hit.id);
        (hit.kind != RecordType::Action || card.is_some()).then(|| results::item(hit, card, names))
    });
    Ok(shown.collect())
}

/// Search as a template reads it, beside its results.
fn head(visit: &Visit, asked: &Asked<'_>, count_label: &str, answer: Option<&Answer>) -> Value {
    let Asked { place, form, query, .. } = asked;
    let did_you_mean = answer.and_then(|answer| answer.did_you_mean.as_deref());
    json!({
        "action": place.path,
        "heading": place.heading,
        "q": query.text,
        "count_label": count_label,
        "sorts": results::sorts(query.sort),
        "did_you_mean": did_you_mean.map(|text| json!({ "text": text, "url": results::with_words(place.path, form, text) })),
        "meanings": meanings(&query.text),
        "clear_url": results::without_filters(place.path, &query.text),
        "import": imports::import_link(&visit.viewer, Kind::Actions),
        "exports": if query.types == [RecordType::Action] && answer.is_some_and(|answer| answer.total > 0) { imports::links("/actions", form) } else { json!([]) },
        "follow_url": paths::follow_search(&encode(&form.0)),
        // Of one theme, agents find those who know beside what was done.
        "who_knows": query.themes.first().filter(|_| visit.viewer.is_agent() && query.themes.len() == 1).map(|theme| crate::http::paths::who_knows("theme", theme)),
        "command": visit.viewer.is_agent().then(|| json!({ "label": "Présenter une action", "href": "/actions/nouvelle" })),
    })
}

fn fixed(place: &Place) -> Option<&'static str> {
    place.only.map(|_| "type")
}

fn found(visit: &Visit, asked: &Asked<'_>, answer: &Answer, ways: Option<WaysOut>, near: Option<Value>, items: Vec<Value>) -> Result<HttpResponse> {
    let Asked { place, form, query, names, .. } = asked;
    let pages = u32::try_from(answer.total.div_ceil(u64::from(query.page.size))).unwrap_or(u32::MAX);
    let active = results::active(place.path, form, names, fixed(place));
    let label = results::count_label(answer.total, &query.text);
    let title = if query.text.is_empty() { place.heading.to_owned() } else { format!("{}, {}", query.text, results::count_label(answer.total, "")) };
    let data = json!({
        "search": head(visit, asked, &label, Some(answer)),
        "near": near,
        "errors": [],
        "facets": results::facets(&answer.facets, form, names, fixed(place)),
        "dates": results::dates(Some(query)),
        "empty": empty::page(place.path, query, answer, ways, !active.is_empty()),
        "active": active,
        "results": items,
        "pagination": pagination(place.path, form, query.page.number, pages),
    });
    let frame = Frame { home: true, noindex: !form.0.is_empty(), ..Frame::default() };
    visit.framed("search/results", &title, frame, StatusCode::OK, data)
}

/// The engine is down: the page says so, keeps what was typed, and leads elsewhere.
fn unavailable(visit: &Visit, asked: &Asked<'_>) -> Result<HttpResponse> {
    let Asked { place, form, query, names, .. } = asked;
    let data = json!({
        "search": head(visit, asked, "La recherche est indisponible", None),
        "near": null,
        "errors": [],
        "facets": [],
        "dates": results::dates(Some(query)),
        "active": results::active(place.path, form, names, fixed(place)),
        "results": [],
        "pagination": pagination(place.path, form, 1, 0),
        "empty": {
            "title": "La recherche ne répond pas",
            "text": "Les autres pages fonctionnent. Réessayez dans quelques minutes : rien n’est perdu.",
            "links": [
                { "label": "Recommencer", "href": visit.here },
                { "label": "Voir les territoires", "href": "/territoires" },
                { "label": "Lire le schéma", "href": "/schema" },
            ],
        },
    });
    let frame = Frame { home: true, noindex: true, ..Frame::default() };
    visit.framed("search/results", "La recherche est indisponible", frame, StatusCode::SERVICE_UNAVAILABLE, data)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use actix_web::test;

    use super::*;
    use crate::accounts::model::{Actor, By};
    use crate::app::{App, open_database};
    use crate::config::{Config, Sources};
    use crate::db::Conn;
    use crate::kernel::{Chance, Clock, Day, Moment, Visibility};
    use crate::search::model::{self, Change, Facets, Hit, SearchEngine, Suggestion};

    /// Finds everything, whatever is asked.
    struct Everything(Vec<Hit>);

    impl SearchEngine for Everything {
        fn name(&self) -> &'static str {
            "everything"
        }
        fn search(&self, _: &Query) -> std::result::Result<Answer, model::Error> {
            let facets = Facets {
                types: [("action".to_owned(), 2)].into(),
                territories: (1..=12).map(|n| (format!("860{n:02}"), n)).collect(),
                ..Facets::default()
            };
            Ok(Answer { hits: self.0.clone(), total: 45, facets, did_you_mean: Some("budget".into()) })
        }
        fn among(&self, _: &Query, records: &[(RecordType, String)]) -> std::result::Result<Vec<(RecordType, String)>, model::Error> {
            Ok(records.to_vec())
        }
        fn suggest(&self, _: &str, _: &[Visibility], _: usize) -> std::result::Result<Vec<Suggestion>, model::Error> {
            Ok(Vec::new())
        }
        fn apply(&self, _: Vec<Change>) -> std::result::Result<(), model::Error> {
            Ok(())
        }
        fn rebuild(&self, _: model::Documents<'_>) -> std::result::Result<u64, model::Error> {
            Ok(0)
        }
        fn count(&self) -> std::result::Result<u64, model::Error> {
            Ok(0)
        }
    }

    /// A published action with a withheld address and a session tomorrow, and a draft.
    fn seed(conn: &mut Conn, by: By<'_>) -> Result<Vec<Hit>> {
        use crate::actions::{model::Verb, service as actions, sessions};
        let given = json!({
            "title": "Gérer l’argent", "summary": "Six ateliers.", "audiences": ["familles"], "territories": ["86137"], "rhythm": "le mardi",
            "themes": ["numerique--acceder-a-une-connexion-internet"], "contact": { "phone": "05 49 00 00 01" },
            "place": "12 rue des Lilas", "place_withheld": true,
        });
        let published = actions::create(conn, by, given.as_object().unwrap_or(&serde_json::Map::new()))?;
        let published = actions::carry_out(conn, by, &published.id, 1, Verb::Publish, "")?;
        let starts_at = by.now.plus_days(1);
        let single = sessions::Single { starts_at, ends_at: starts_at.plus_seconds(7200), place: "12 rue des Lilas".into(), capacity: None };
        sessions::add_one(conn, by, &published.id, &single)?;
        let draft = actions::create(conn, by, json!({ "title": "Un brouillon secret" }).as_object().unwrap_or(&serde_json::Map::new()))?;
        let hit = |kind, id: String, title: &str| Hit {
            kind,
            id,
            external_id: None,
            title: title.into(),
            snippet: "tenir son <mark>budget</mark>".into(),
            url: "/x".into(),
            themes: vec!["numerique--acceder-a-une-connexion-internet".into()],
            territories: vec!["86137".into()],
            date: None,
        };
        Ok(vec![
            hit(RecordType::Action, published.id.to_string(), "Gérer l’argent"),
            hit(RecordType::Action, draft.id.to_string(), "Un brouillon secret"),
            hit(RecordType::PlanSheet, format!("{}/9", published.id), "Prévenir le surendettement"),
        ])
    }

    fn app(dir: &std::path::Path) -> Arc<App> {
        let sources = Sources::of(&[("TRAITDUNION_DATA_DIR", dir.to_str().unwrap())]);
        let config = Config::read(&sources).unwrap();
        let db = open_database(&config).unwrap();
        let (now, chance, actor) = (Moment::parse_rfc3339("2026-03-03T13:00:00Z").unwrap(), Chance::seeded(1), Actor::command_line());
        let hits = db.write_now(|conn| seed(conn, By { actor: &actor, now, chance: &chance })).unwrap();
        let mail = crate::mail::transport::Transport::of(&config).unwrap();
        App::build(config, db, Arc::new(Everything(hits)), mail, Clock::still(now), chance).unwrap()
    }

    #[actix_web::test]
    async fn pages_show_what_is_found_and_nothing_that_is_not_theirs_to_show() {
        let dir = tempfile::tempdir().unwrap();
        let app = app(dir.path());
        assert_eq!(app.today(), Day::new(2026, 3, 3).unwrap());
        let service = test::init_service(crate::http::server::application(app)).await;
        let mut pages = Vec::new();
        for path in ["/recherche?q=bugdet&territory=86137&after=2026-03-01", "/actions", "/territoires/86137", "/territoires", "/"] {
            let response = test::call_service(&service, test::TestRequest::get().uri(path).to_request()).await;
            assert_eq!(response.status(), StatusCode::OK, "{path}");
            let html = String::from_utf8(test::read_body(response).await.to_vec()).unwrap();
            pages.push(html.replace("&#x3D;", "=").replace("&amp;", "&"));
        }
        let has = |page: usize, text: &str| assert!(pages[page].contains(text), "{text} is not in page {page}:\n{}", pages[page]);
        for text in [
            "45\u{a0}résultats pour «\u{a0}bugdet\u{a0}»",
            "/recherche?q=budget&territory=86137&after=2026-03-01",
            "mercredi 4\u{a0}mars\u{a0}2026, 14\u{a0}h",
            "Lieu communiqué à l’inscription",
            "Téléphoner au 05 49 00 00 01.",
            "<mark>budget</mark>",
            "Fiche action 9",
            "5 autres choix",
            "value=\"2026-03-01\"",
            "Suivante",
        ] {
            has(0, &text.replace("5 autres", "5\u{a0}autres"));
        }
        has(1, "<h1 class=\"search-page__title\">Actions collectives</h1>");
        has(2, "45\u{a0}actions ouvertes");
        has(4, "45\u{a0}actions ouvertes");
        has(4, "Gérer l’argent");
        has(4, "14\u{a0}h – 16\u{a0}h");
        for page in &pages {
            assert!(!page.contains("Lilas") && !page.contains("secret"), "an address or a draft leaks:\n{page}");
        }
    }
}
