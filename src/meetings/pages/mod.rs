//! The pages of meetings and bodies: one file a page.

mod agenda;
pub mod bodies;
pub mod body_form;
pub mod calendar;
mod conflict;
pub mod edit;
mod filters;
mod form;
pub mod history;
pub mod invited;
mod line;
pub mod list;
pub mod names;
pub mod presence;
pub mod print;
pub mod series;
pub mod show;
mod small;
mod told;
pub mod verbs;
pub mod words;

use serde_json::{Value, json};

use self::names::Names;
use super::model::Stage;
use super::policy;
use super::service::{self, Filter, Meeting};
use crate::accounts::model::Viewer;
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::http::paths;
use crate::http::visit::Visit;
use crate::kernel::ids::{BodyId, MeetingId};
use crate::kernel::{Moment, Page, Zone};

/// The identifier in a path; what has not its shape names nothing.
fn id_of(text: &str) -> Result<MeetingId> {
    MeetingId::parse(text).ok_or(Error::NotFound)
}

fn body_of(text: &str) -> Result<BodyId> {
    BodyId::parse(text).ok_or(Error::NotFound)
}

/// The trail that leads to a page about a meeting.
fn trail(meeting: &Meeting, here: Option<&str>) -> Value {
    let mut items = vec![json!({ "label": "Rencontres", "href": "/rencontres" })];
    let own = paths::meeting(&meeting.id, &meeting.fields.title);
    items.push(json!({ "label": meeting.fields.title, "href": here.map(|_| own) }));
    if let Some(here) = here {
        items.push(json!({ "label": here, "href": null }));
    }
    Value::Array(items)
}

/// What leads from one page about all meetings to the others.
fn tabs(visit: &Visit) -> Vec<Value> {
    let here = visit.here.split('?').next().unwrap_or_default();
    let tabs = [("Calendrier", "/rencontres"), ("Liste", "/rencontres/liste"), ("Instances", "/rencontres/instances")];
    tabs.into_iter().map(|(label, href)| json!({ "label": label, "href": href, "current": here == href, "count": null })).collect()
}

/// What those who prepare meetings begin from here.
fn commands(visit: &Visit) -> Vec<Value> {
    if !visit.viewer.actor().is_some_and(policy::may_create) {
        return Vec::new();
    }
    let command = |label: &str, href: &str, kind: &str| json!({ "label": label, "href": href, "method": "get", "kind": kind });
    vec![command("Préparer une rencontre", "/rencontres/nouvelle", "primary"), command("Préparer une série", "/rencontres/serie", "secondary")]
}

/// The next meetings that the reader of another record's page may read, as that page shows them.
pub fn next(conn: &mut Conn, viewer: &Viewer, filter: Filter, now: Moment, zone: &Zone, most: u32) -> Result<Vec<Value>> {
    let filter = Filter { from: Some(now), stages: vec![Stage::Draft, Stage::Called, Stage::Postponed], soonest_first: true, ..filter };
    let found = service::list(conn, viewer, &filter, Page { number: 1, size: most })?.items;
    if found.is_empty() {
        return Ok(Vec::new());
    }
    let names = Names::load(conn, viewer)?;
    Ok(found.iter().map(|meeting| words::line(meeting, &names, zone, now)).collect())
}
