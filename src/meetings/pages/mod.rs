//! The pages of meetings and bodies: one file a page.

mod agenda;
pub mod bodies;
pub mod body_form;
pub mod calendar;
mod conflict;
pub mod documents;
pub mod edit;
pub mod figures;
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
use super::model::{InvitationState, Stage};
use super::service::{self, Filter, Meeting};
use super::{inviting, policy};
use crate::accounts::model::{Actor, Viewer};
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
    let mut tabs =
        vec![("Calendrier", "/rencontres"), ("Liste", "/rencontres/liste"), ("Instances", "/rencontres/instances"), ("Décisions", "/decisions")];
    if visit.viewer.is_agent() {
        tabs.push(("Chiffres", "/rencontres/chiffres"));
    }
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

/// The page of another record shows so many.
const MOST_NEXT: u32 = 5;

/// The next meetings that the reader of another record's page may read, as that page shows them.
pub fn next(conn: &mut Conn, viewer: &Viewer, filter: Filter, now: Moment, zone: &Zone) -> Result<Vec<Value>> {
    let filter = Filter { from: Some(now), stages: vec![Stage::Draft, Stage::Called, Stage::Postponed], soonest_first: true, ..filter };
    let found = service::list(conn, viewer, &filter, Page { number: 1, size: MOST_NEXT })?.items;
    if found.is_empty() {
        return Ok(Vec::new());
    }
    let names = Names::load(conn, viewer)?;
    Ok(found.iter().map(|meeting| words::line(meeting, &names, zone, now)).collect())
}

/// The next meetings to which somebody, or their organisation, is invited: as the tasks of their own page.
pub fn own(conn: &mut Conn, actor: &Actor, now: Moment, zone: &Zone) -> Result<Vec<Value>> {
    let Some(account) = actor.id.clone() else { return Ok(Vec::new()) };
    let filter = match &actor.organisation_id {
        Some(organisation) => Filter { organisation: Some(organisation.clone()), ..Filter::default() },
        None => Filter { invited: Some(account), ..Filter::default() },
    };
    let filter = Filter { from: Some(now), stages: vec![Stage::Called], soonest_first: true, ..filter };
    let found = service::list(conn, &Viewer(Some(actor.clone())), &filter, Page { number: 1, size: MOST_NEXT })?.items;
    let mut tasks = Vec::with_capacity(found.len());
    for meeting in found {
        let invited = inviting::own(conn, &meeting.id, actor.id.as_ref(), actor.organisation_id.as_ref())?;
        let mine = invited.iter().find(|one| actor.is(one.account_id.as_ref())).or(invited.first());
        let (state, label) = match mine.map(|one| one.state) {
            Some(InvitationState::Accepted) => ("active", "Vous venez"),
            Some(InvitationState::Declined) => ("plain", "Vous ne venez pas"),
            Some(InvitationState::Waiting) => ("deferred", "En liste d’attente"),
            _ => ("to_confirm", "Réponse attendue"),
        };
        tasks.push(json!({
            "label": meeting.fields.title, "href": paths::meeting(&meeting.id, &meeting.fields.title), "hint": words::when(&meeting.fields, zone),
            "state": state, "state_label": label,
        }));
    }
    Ok(tasks)
}
