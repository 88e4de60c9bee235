//! `/conventions`: the register, with what each filter would give.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse};
use serde_json::{Value, json};

use super::names::Names;
use crate::conventions::model::{Kind, Level, Situation, Stage};
use crate::conventions::policy;
use crate::conventions::service::{self, Facets, Filter, State};
use crate::error::{Error, Result};
use crate::http::admin::command;
use crate::http::forms::Form;
use crate::http::query::{self, pagination, pairs};
use crate::http::shell::Frame;
use crate::http::visit::Visit;
use crate::imports::kinds::Kind as Records;
use crate::imports::pages::exports as imports;
use crate::kernel::ids::OrganisationId;
use crate::kernel::text::{fold, thousands};
use crate::kernel::{Day, FieldErrors, Page};
use crate::search::results;

const PATH: &str = "/conventions";
const FILTERS: [&str; 9] = ["state", "in_force", "level", "kind", "territory", "partner", "theme", "after", "before"];
const TEXT_MAX: usize = 200;

pub async fn page(visit: Visit, request: HttpRequest) -> Result<HttpResponse> {
    let form = pairs(request.query_string())?;
    let viewer = visit.viewer.clone();
    let names = visit.app.db.read(move |conn| Names::load(conn, &viewer)).await?;
    let (filter, page) = asked(&form, &names)?;
    let viewer = visit.viewer.clone();
    let read = visit.app.db.read({
        let filter = filter.clone();
        move |conn| Ok::<_, Error>((service::list(conn, &viewer, &filter, page)?, service::facets(conn, &viewer, &filter)?))
    });
    let (listing, counts) = read.await?;
    let label = |filter: &str, code: &str| label(&names, filter, code);
    let active = results::in_place(PATH, &form, &FILTERS, &label);
    let q = text(&form);
    let is_filtered = !active.is_empty() || !q.is_empty();
    let data = json!({
        "q": q,
        "tabs": super::tabs(&visit),
        "commands": commands(&visit),
        "count_label": count_label(listing.total),
        "sorts": [
            { "value": "term", "label": "Prochain terme", "checked": filter.by_term },
            { "value": "written", "label": "Dernière écriture", "checked": !filter.by_term },
        ],
        "facets": facets(&counts, &form, &names),
        "dates": [
            { "name": "after", "label": "Terme à partir du", "value": filter.term_from.map(Day::iso).unwrap_or_default() },
            { "name": "before", "label": "Terme jusqu’au", "value": filter.term_until.map(Day::iso).unwrap_or_default() },
        ],
        "active": active,
        "clear_url": results::without_filters(PATH, &q),
        "conventions": listing.items.iter().map(|convention| super::card(convention, &names, visit.today())).collect::<Vec<_>>(),
        "pagination": pagination(PATH, &form, page.number, listing.pages()),
        "import": imports::import_link(&visit.viewer, Records::Conventions),
        "exports": if listing.total > 0 { imports::links(PATH, &form) } else { json!([]) },
        "empty": empty(&visit, is_filtered),
    });
    let frame = Frame { noindex: !form.0.is_empty(), ..Frame::default() };
    visit.framed("conventions/register", "Conventions", frame, StatusCode::OK, data)
}

/// What those who prepare conventions begin from here.
fn commands(visit: &Visit) -> Vec<Value> {
    if !visit.viewer.actor().is_some_and(policy::may_create) {
        return Vec::new();
    }
    vec![
        command("Nouvelle convention", "/conventions/nouvelle", "get", "secondary"),
        command("Enregistrer une convention déjà signée", "/conventions/deja-signee", "get", "quiet"),
        command("Déposer des PDF signés", "/conventions/deposer", "get", "quiet"),
    ]
}

fn text(form: &Form) -> String {
    form.get("q").trim().chars().take(TEXT_MAX).collect()
}

/// What an address asks for; what names nothing is refused with its name.
fn asked(form: &Form, names: &Names) -> Result<(Filter, Page)> {
    let mut errors = FieldErrors::default();
    let page = query::page(form, &mut errors);
    let filter = filter(form, names, &mut errors);
    errors.into_result().map_err(Error::BadQuery)?;
    Ok((filter, page))
}

/// What an address keeps, on the page and in its files.
pub fn filter(form: &Form, names: &Names, errors: &mut FieldErrors) -> Filter {
    let mut day = |name: &str| match form.get(name).trim() {
        "" => None,
        text => Day::parse(text).or_else(|| {
            errors.add(name, "Une date est attendue, comme 31/12/2027.");
            None
        }),
    };
    let (term_from, term_until) = (day("after"), day("before"));
    let sort = form.get("sort");
    if !matches!(sort, "" | "term" | "written") {
        errors.add("sort", "Le tri est « term » ou « written ».");
    }
    let known_partner = |code: &str| names.organisation(code).and_then(|_| OrganisationId::parse(code));
    let yes = |code: &str| ["yes", "no"].contains(&code).then_some(code == "yes");
    Filter {
        states: query::values(form, "state", errors, State::parse),
        // Both choices together say nothing.
        in_force: match query::values(form, "in_force", errors, yes).as_slice() {
            [one] => Some(*one),
            _ => None,
        },
        levels: query::values(form, "level", errors, Level::parse),
        kinds: query::values(form, "kind", errors, Kind::parse),
        territories: query::values(form, "territory", errors, |code| names.atlas.knows(code).then(|| code.to_owned())),
        themes: query::values(form, "theme", errors, |code| names.instance.knows_theme(code).then(|| code.to_owned())),
        partners: query::values(form, "partner", errors, known_partner),
        text: fold(&text(form)),
        term_from,
        term_until,
        by_term: sort != "written",
        ..Filter::default()
    }
}

fn label(names: &Names, filter: &str, code: &str) -> String {
    let day = |words: &str| Day::parse(code).map(|day| format!("{words} {}", day.in_short()));
    let said = match filter {
        "state" => State::parse(code).map(|state| state.label().to_owned()),
        "in_force" => Some(if code == "yes" { "En vigueur" } else { "Pas en vigueur" }.to_owned()),
        "level" => Level::parse(code).map(|level| level.label().to_owned()),
        "kind" => Kind::parse(code).map(|kind| kind.label().to_owned()),
        "territory" => Some(names.atlas.name(code)),
        "theme" => Some(names.instance.theme_label(code)),
        "partner" => Some(names.party(Some(code))),
        "after" => day("Terme à partir du"),
        "before" => day("Terme jusqu’au"),
        _ => None,
    };
    said.unwrap_or_else(|| code.to_owned())
}

fn facets(counts: &Facets, form: &Form, names: &Names) -> Vec<Value> {
    let in_order = |codes: &[&'static str], counts: &service::Counts| -> Vec<(String, u64)> {
        codes.iter().filter_map(|code| Some(((*code).to_owned(), *counts.get(*code)?))).collect()
    };
    let all = |counts: &service::Counts| -> Vec<(String, u64)> { counts.iter().map(|(code, count)| (code.clone(), *count)).collect() };
    let known_partners = all(&counts.partners).into_iter().filter(|(id, _)| names.organisation(id).is_some()).collect();
    let states: Vec<&'static str> = Situation::ALL.iter().map(Situation::as_str).chain(Stage::ALL.iter().map(Stage::as_str)).collect();
    let levels: Vec<&'static str> = Level::ALL.iter().map(Level::as_str).collect();
    let kinds: Vec<&'static str> = Kind::ALL.iter().map(Kind::as_str).collect();
    [
        ("in_force", "En vigueur", in_order(&["yes", "no"], &counts.in_force), false),
        ("state", "État", in_order(&states, &counts.states), false),
        ("level", "Niveau", in_order(&levels, &counts.levels), false),
        ("kind", "Nature", in_order(&kinds, &counts.kinds), false),
        ("territory", "Territoire", all(&counts.territories), true),
        ("partner", "Partenaire", known_partners, true),
        ("theme", "Thème", all(&counts.themes), true),
    ]
    .into_iter()
    .filter_map(|(name, legend, counted, ranked)| results::facet(name, legend, counted, ranked, &form.all(name), &|code| label(names, name, code)))
    .collect()
}

/// « 45 conventions ».
fn count_label(total: u64) -> String {
    match total {
        0 => "Aucune convention".to_owned(),
        1 => "1\u{a0}convention".to_owned(),
        total => format!("{}\u{a0}conventions", thousands(&total.to_string())),
    }
}

fn empty(visit: &Visit, is_filtered: bool) -> Value {
    let again = json!([{ "label": "Voir toutes les conventions", "href": PATH }]);
    match (is_filtered, visit.viewer.actor()) {
        (true, _) => json!({ "title": "Aucune convention ne répond à ces filtres", "text": "Retirez-en un, ou changez les mots.", "links": again }),
        (false, None) => json!({
            "title": "Aucune convention n’est publique",
            "text": "La plupart des conventions se lisent avec un compte d’agent ou de partenaire.",
            "links": [{ "label": "Se connecter", "href": "/connexion" }],
        }),
        (false, Some(_)) => {
            json!({ "title": "Aucune convention ici", "text": "Celles que vous pouvez lire s’afficheront à cet endroit.", "links": [] })
        }
    }
}
