//! `/partenaires`: every partner that the reader may see, found by words, kind, theme and place.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse};
use serde_json::{Value, json};

use super::own_path;
use super::words::none_if_empty;
use crate::accounts::model::Viewer;
use crate::error::{Error, Result};
use crate::http::forms::{Choice, Form};
use crate::http::query::{self, pagination};
use crate::http::shell::Frame;
use crate::http::visit::Visit;
use crate::imports::kinds::Kind;
use crate::imports::pages::exports as imports;
use crate::instance::model::Instance;
use crate::kernel::text::{clean, fold, thousands};
use crate::kernel::{FieldErrors, Page};
use crate::partners::model::{OrganisationKind, Partner};
use crate::partners::service::{self, Filter, World};
use crate::partners::{duplicates, policy};
use crate::territories::model::Atlas;

const PATH: &str = "/partenaires";
const LONGEST: usize = 200;
/// The first words of a description that a list shows.
const SNIPPET: usize = 220;

/// What an address keeps; an unknown value is named. Only agents ask what is to be confirmed.
pub fn filter(form: &Form, instance: &Instance, atlas: &Atlas, viewer: &Viewer, errors: &mut FieldErrors) -> Filter {
    let yes = query::values(form, "to_confirm", errors, |said| ["1", "true", "oui"].contains(&said).then_some(()));
    Filter {
        text: clean(&form.get("q").chars().take(LONGEST).collect::<String>()),
        kinds: query::values(form, "kind", errors, OrganisationKind::parse),
        themes: query::values(form, "theme", errors, |code| instance.knows_theme(code).then(|| code.to_owned())),
        territories: query::values(form, "territory", errors, |code| atlas.knows(code).then(|| atlas.matching(code))).concat(),
        to_confirm: !yes.is_empty() && viewer.is_agent(),
        ids: None,
    }
}

pub async fn page(visit: Visit, request: HttpRequest) -> Result<HttpResponse> {
    let form = query::pairs(request.query_string())?;
    let (viewer, now, asked) = (visit.viewer.clone(), visit.now, form.clone());
    let read = visit.app.db.read(move |conn| {
        let world = World::load(conn)?;
        let mut errors = FieldErrors::default();
        let page = Page { size: 20, ..query::page(&asked, &mut errors) };
        let filter = filter(&asked, &world.instance, &world.atlas, &viewer, &mut errors);
        errors.into_result().map_err(Error::BadQuery)?;
        let listing = service::list(conn, &viewer, &filter, page, now)?;
        let to_confirm = match viewer.is_agent() {
            true => service::count(conn, &viewer, &Filter { to_confirm: true, ..Filter::default() }, now)?,
            false => 0,
        };
        let deciders = viewer.actor().is_some_and(policy::may_create);
        let pairs = if deciders { duplicates::pairs(conn)?.len() } else { 0 };
        Ok::<_, Error>((world, filter, listing, to_confirm, pairs, service::themes_in_use(conn, &viewer)?))
    });
    let (world, filter, listing, to_confirm, pairs, themes) = read.await?;
    let is_agent = visit.viewer.is_agent();
    let select = |name: &str, label: &str, any: &str, options: Vec<(String, String)>| {
        let chosen = form.get(name).to_owned();
        let mut options: Vec<Choice> = options.into_iter().map(|(code, label)| Choice::new(&code, &label, code == chosen)).collect();
        options.insert(0, Choice::new("", any, chosen.is_empty()));
        json!({ "name": name, "label": label, "options": options })
    };
    let mut theme_options: Vec<(String, String)> = themes.into_iter().map(|code| (code.clone(), world.instance.theme_label(&code))).collect();
    theme_options.sort_by_cached_key(|(_, label)| fold(label));
    let mut places: Vec<(String, String)> = world.atlas.own().map(|territory| (territory.code.clone(), territory.name.clone())).collect();
    let place = form.get("territory");
    if world.atlas.knows(place) && places.iter().all(|(code, _)| code != place) {
        places.push((place.to_owned(), world.atlas.name(place)));
    }
    let kinds = OrganisationKind::ALL.iter().map(|kind| (kind.to_string(), kind.label().to_owned())).collect();
    let is_filtered = form.0.iter().any(|(name, value)| name != "page" && !value.trim().is_empty());
    let data = json!({
        "filter": {
            "q": filter.text,
            "selects": [
                select("kind", "Nature", "Toutes", kinds),
                select("theme", "Thème", "Tous", theme_options),
                select("territory", "Territoire desservi", "Tous", places),
            ],
            "to_confirm": is_agent.then_some(json!({ "checked": filter.to_confirm })),
            "clear": is_filtered.then_some(PATH),
        },
        "commands": commands(&visit.viewer, pairs),
        "import": imports::import_link(&visit.viewer, Kind::Partners),
        "count_label": counted(listing.total),
        "to_confirm": (to_confirm > 0 && !filter.to_confirm).then(|| json!({ "count": to_confirm, "url": "/partenaires?to_confirm=1" })),
        "items": listing.items.iter().map(|partner| item(partner, &world, is_agent && partner.is_to_be_confirmed(visit.now))).collect::<Vec<_>>(),
        "pagination": pagination(PATH, &form, listing.page, listing.pages()),
        "exports": if listing.total > 0 { imports::links(PATH, &form) } else { json!([]) },
        "empty": empty(is_filtered),
    });
    let frame = Frame { noindex: is_filtered, ..Frame::default() };
    visit.framed("partners/list", "Partenaires", frame, StatusCode::OK, data)
}

fn counted(total: u64) -> String {
    match total {
        0 => "Aucun partenaire".to_owned(),
        1 => "1\u{a0}partenaire".to_owned(),
        total => format!("{}\u{a0}partenaires", thousands(&total.to_string())),
    }
}

fn commands(viewer: &Viewer, pairs: usize) -> Vec<Value> {
    let mut commands = Vec::new();
    if viewer.actor().is_some_and(policy::may_create) {
        commands.push(json!({ "label": "Ajouter un partenaire", "href": "/partenaires/nouveau", "method": "get", "kind": "primary" }));
        if pairs > 0 {
            let label = if pairs == 1 { "1\u{a0}doublon possible".to_owned() } else { format!("{pairs}\u{a0}doublons possibles") };
            commands.push(json!({ "label": label, "href": "/partenaires/doublons", "method": "get", "kind": "secondary" }));
        }
    }
    commands
}

fn item(partner: &Partner, world: &World, to_confirm: bool) -> Value {
    let fields = &partner.fields;
    let mut snippet: String = fields.description.chars().take(SNIPPET).collect();
    if snippet.len() < fields.description.len() {
        snippet.push('…');
    }
    json!({
        "name": fields.name,
        "url": own_path(partner),
        "kind_label": fields.kind.label(),
        "to_confirm": to_confirm,
        "snippet": snippet,
        "place": fields.commune.as_deref().map(|code| world.atlas.name(code)),
        "phone": none_if_empty(&fields.phone),
        "email": none_if_empty(&fields.email),
        "territories": fields.area.iter().map(|code| world.atlas.name(code)).collect::<Vec<_>>(),
        "themes": fields.themes.iter().map(|code| world.instance.theme_label(code)).collect::<Vec<_>>(),
    })
}

fn empty(is_filtered: bool) -> Value {
    match is_filtered {
        true => json!({
            "title": "Aucun partenaire ne correspond",
            "text": "Enlevez un filtre, essayez un autre mot, ou cherchez dans tout le site.",
            "links": [{ "label": "Voir tous les partenaires", "href": PATH }, { "label": "Rechercher partout", "href": "/recherche" }],
        }),
        false => json!({
            "title": "Aucun partenaire n’est encore inscrit",
            "text": "Les organismes avec lesquels le Département travaille seront ici : ce qu’ils font, où, et avec qui parler.",
            "links": [{ "label": "Rechercher partout", "href": "/recherche" }],
        }),
    }
}
