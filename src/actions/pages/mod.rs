//! The pages of actions: one file a page.

pub mod conflict;
pub mod edit;
pub mod history;
pub mod new;
pub mod print;
pub mod sessions;
pub mod show;
pub mod space;
pub mod steps;
mod told;
pub mod verbs;
mod words;

use serde_json::{Value, json};

use super::service::{self, Action};
use crate::accounts::model::Viewer;
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::http::paths;
use crate::kernel::ids::ActionId;

/// The identifier in a path; what has not its shape names nothing.
fn id_of(text: &str) -> Result<ActionId> {
    ActionId::parse(text).ok_or(Error::NotFound)
}

fn found(conn: &mut Conn, viewer: &Viewer, id: &str) -> Result<Action> {
    service::find(conn, viewer, &id_of(id)?)
}

/// The trail that leads to a page about an action.
fn trail(action: &Action, here: Option<&str>) -> Value {
    let own = paths::action(&action.id, &action.fields.title);
    let mut items = vec![json!({ "label": "Actions collectives", "href": "/actions" })];
    items.push(json!({ "label": action.fields.title, "href": here.map(|_| own) }));
    if let Some(here) = here {
        items.push(json!({ "label": here, "href": null }));
    }
    Value::Array(items)
}

/// The panel « ce qui manque pour publier ».
fn panel(action: &Action) -> Value {
    let entry = |field: &str, text: &str| json!({ "text": text, "href": steps::href_of(&action.id, field) });
    let missing: Vec<Value> = service::still_missing(&action.fields).iter().map(|(field, text)| entry(field, text)).collect();
    let optional: Vec<Value> = steps::optional_and_empty(&action.fields).into_iter().map(|field| entry(field, super::labels::field(field))).collect();
    json!({ "ready": missing.is_empty(), "missing": missing, "optional": optional })
}
