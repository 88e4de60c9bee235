//! The pages of conventions: one file a page.

mod acts;
pub mod avenant;
mod commands;
pub mod compare;
pub mod deadlines;
mod desk;
pub mod edit;
pub mod ending;
pub mod figures;
mod form;
pub mod history;
pub mod line;
pub mod names;
mod parties;
pub mod print;
pub mod register;
pub mod show;
pub mod signing;
pub mod small;
mod timeline;
mod told;
pub mod verbs;
pub mod without;
pub mod words;

use serde_json::{Value, json};

use self::names::Names;
use super::model::Stage;
use super::service::{self, Convention, Filter};
use crate::accounts::model::Viewer;
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::http::paths;
use crate::http::visit::Visit;
use crate::kernel::Day;
use crate::kernel::ids::ConventionId;

/// The identifier in a path; what has not its shape names nothing.
fn id_of(text: &str) -> Result<ConventionId> {
    ConventionId::parse(text).ok_or(Error::NotFound)
}

/// The trail that leads to a page about a convention.
pub fn trail(convention: &Convention, here: Option<&str>) -> Value {
    let mut items = vec![json!({ "label": "Conventions", "href": "/conventions" })];
    let own = paths::convention(&convention.id);
    items.push(json!({ "label": reference(convention), "href": here.map(|_| own) }));
    if let Some(here) = here {
        items.push(json!({ "label": here, "href": null }));
    }
    Value::Array(items)
}

/// A convention in two words: its number, when it has one.
fn reference(convention: &Convention) -> String {
    convention.number.as_ref().map_or_else(|| "Convention sans numéro".to_owned(), |number| format!("Convention {number}"))
}

/// What leads from one page about all conventions to the others, for agents.
fn tabs(visit: &Visit) -> Vec<Value> {
    if !visit.viewer.is_agent() {
        return Vec::new();
    }
    let here = visit.here.split('?').next().unwrap_or_default();
    let tab = |(label, href): (&str, &str)| json!({ "label": label, "href": href, "current": here == href, "count": null });
    let tabs = [
        ("Registre", "/conventions"),
        ("Échéances", "/conventions/echeances"),
        ("Sans convention", "/conventions/sans-convention"),
        ("Chiffres", "/conventions/chiffres"),
    ];
    tabs.into_iter().map(tab).collect()
}

/// A convention as a list shows it.
fn card(convention: &Convention, names: &Names, today: Day) -> Value {
    let standing = convention.standing(today);
    let (code, label) = words::state(convention.life.stage, &standing);
    json!({
        "title": standing.fields.object,
        "url": paths::convention(&convention.id),
        "kind_label": standing.fields.kind.label(),
        "level_label": standing.fields.level.label(),
        "number": convention.number,
        "partners": names.partners(convention, today),
        "tag": words::tag(code),
        "state_label": label,
        "stands": Some(words::stands(convention.life.stage, &standing, today)).filter(|_| convention.life.stage == Stage::Signed),
        "territories": standing.fields.territories.iter().map(|code| names.atlas.name(code)).collect::<Vec<_>>(),
        "themes": standing.fields.themes.iter().map(|code| names.instance.theme_label(code)).collect::<Vec<_>>(),
    })
}

/// The conventions in force that the reader of another record's page may read, as that page shows them.
pub fn in_force(conn: &mut Conn, viewer: &Viewer, filter: Filter, today: Day) -> Result<Vec<Value>> {
    let found = service::in_force(conn, viewer, filter)?;
    if found.is_empty() {
        return Ok(Vec::new());
    }
    let names = Names::load(conn, viewer)?;
    Ok(found.iter().map(|convention| card(convention, &names, today)).collect())
}
