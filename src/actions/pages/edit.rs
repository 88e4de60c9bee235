//! One step of the form.

use actix_web::{HttpResponse, web};
use serde_json::{Map, Value, json};

use super::steps::{self, Choices, STEPS, Step};
use super::{conflict, panel};
use crate::accounts::model::Viewer;
use crate::actions::model::Stage;
use crate::actions::service::{self, Action, World};
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::http::forms::{Form, Submitted, summary};
use crate::http::notice::Notice;
use crate::http::paths;
use crate::http::visit::Visit;
use crate::kernel::FieldErrors;
use crate::partners::model::Organisation;
use crate::plans::service::SheetLine;
use crate::{partners, plans};

/// What the form needs beside what is written in it.
pub struct Desk {
    pub action: Action,
    pub world: World,
    pub partners: Vec<Organisation>,
    /// Partners that became another: old versions name them.
    pub former: Vec<Organisation>,
    pub sheets: Vec<SheetLine>,
}

impl Desk {
    /// The desk of somebody who may write this action.
    pub fn load(conn: &mut Conn, viewer: &Viewer, id: &str) -> Result<Self> {
        let action = service::find_to_write(conn, viewer, &super::id_of(id)?)?;
        let former = partners::service::former(conn)?.into_iter().map(|(gone, _)| gone).collect();
        Ok(Self { action, world: World::load(conn)?, partners: partners::service::all(conn)?, former, sheets: plans::service::sheets(conn)? })
    }

    pub fn choices<'a>(&'a self, found: &'a [(String, String)], query: &'a str) -> Choices<'a> {
        Choices { world: &self.world, partners: &self.partners, former: &self.former, sheets: &self.sheets, found, query }
    }
}

async fn desk(visit: &Visit, id: &str) -> Result<Desk> {
    visit.actor()?;
    let (viewer, id) = (visit.viewer.clone(), id.to_owned());
    visit.app.db.read(move |conn| Desk::load(conn, &viewer, &id)).await
}

pub async fn form(visit: Visit, path: web::Path<(String, String)>) -> Result<HttpResponse> {
    let (id, code) = path.into_inner();
    let (_, step) = steps::step(&code).ok_or(Error::NotFound)?;
    let desk = desk(&visit, &id).await?;
    if desk.action.life.stage == Stage::Archived {
        return Err(Error::Refused("Une action archivée ne se modifie plus. Vous pouvez vous en inspirer.".into()));
    }
    let values = steps::values_of(&desk.action.fields);
    show(&visit, &desk, step, &values, desk.action.version, &FieldErrors::default(), (&[], ""))
}

pub fn show(
    visit: &Visit,
    desk: &Desk,
    step: &Step,
    values: &Map<String, Value>,
    version: i32,
    errors: &FieldErrors,
    search: (&[(String, String)], &str),
) -> Result<HttpResponse> {
    let (action, fields) = (&desk.action, &desk.action.fields);
    let place = STEPS.iter().position(|other| other.code == step.code).unwrap_or(0);
    let missing = service::still_missing(fields);
    let steps: Vec<Value> = STEPS
        .iter()
        .enumerate()
        .map(|(position, other)| {
            let lacks = missing.iter().any(|(field, _)| other.fields.contains(&field.split('.').next().unwrap_or(field)));
            let state = if position == place {
                "current"
            } else if lacks || is_empty(other, values_or(desk, step, values, other)) {
                "todo"
            } else {
                "done"
            };
            json!({ "position": position + 1, "label": other.label, "href": paths::edit_action(&action.id, other.code), "state": state })
        })
        .collect();
    let eyebrow = match action.life.stage {
        Stage::Draft => "Présenter une action",
        Stage::Submitted => "Action à valider",
        _ => "Modifier une action publiée : vos changements se voient aussitôt",
    };
    let mut controls = steps::controls(step, values, &desk.choices(search.0, search.1), errors);
    if action.life.stage == Stage::Published {
        controls.push(steps::reason(values, errors));
    }
    let data = json!({
        "breadcrumb": super::trail(action, Some("Modifier")),
        "form": {
            "eyebrow": eyebrow,
            "heading": fields.title,
            "action": paths::edit_action(&action.id, step.code),
            "version": version,
            "step_title": step.label,
            "step_help": step.help,
            "has_next": place + 1 < STEPS.len(),
            "saved_at": (action.version > 1).then_some(action.updated_at),
            "save_label": if action.life.stage == Stage::Draft { "Enregistrer le brouillon" } else { "Enregistrer" },
        },
        "steps": steps,
        "errors": summary(errors),
        "panel": panel(action),
        "fields": controls,
    });
    let render = if errors.is_empty() { Visit::page } else { Visit::page_again };
    render(visit, "actions/edit", &format!("{} – {}", step.label, fields.title), data)
}

fn values_or<'a>(desk: &Desk, step: &Step, values: &'a Map<String, Value>, other: &Step) -> std::borrow::Cow<'a, Map<String, Value>> {
    if step.code == other.code { std::borrow::Cow::Borrowed(values) } else { std::borrow::Cow::Owned(steps::values_of(&desk.action.fields)) }
}

/// Has nobody written anything in a step yet? What has a default does not count.
fn is_empty(step: &Step, values: std::borrow::Cow<'_, Map<String, Value>>) -> bool {
    let blank = |value: &Value| match value {
        Value::Null | Value::Bool(false) => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(parts) => parts.values().all(|part| part.as_str().is_some_and(str::is_empty)),
        _ => false,
    };
    step.fields.iter().filter(|name| !matches!(**name, "kind" | "visibility" | "carrier")).all(|name| values.get(*name).is_none_or(blank))
}

pub async fn save(sent: Submitted, path: web::Path<(String, String)>) -> Result<HttpResponse> {
    let (id, code) = path.into_inner();
    let (place, step) = steps::step(&code).ok_or(Error::NotFound)?;
    let (visit, form) = (&sent.visit, &sent.form);
    let version = form.version()?;
    if form.get("do") == "find-territories" || form.get("do") == "more" {
        return show_more(visit, &id, step, form, version).await;
    }
    let given = conflict::resolved(step, form).unwrap_or_else(|| steps::values_sent(step, form));
    let (action_id, doer, to_write) = (super::id_of(&id)?, visit.doer()?, given.clone());
    let written = {
        let action_id = action_id.clone();
        visit.app.db.write(move |conn| service::change(conn, doer.by(), &action_id, version, &to_write)).await
    };
    match written {
        Ok(action) => {
            visit.app.bell.ring();
            let next = STEPS.get(place + 1).filter(|_| form.get("do") == "next");
            Ok(match (form.get("do"), next) {
                ("next", Some(next)) => visit.redirect(&paths::edit_action(&action.id, next.code), None),
                ("save", _) => visit.redirect(&paths::edit_action(&action.id, step.code), Some(Notice::Saved)),
                _ => visit.redirect(&paths::action(&action.id, &action.fields.title), Some(Notice::Saved)),
            })
        }
        Err(Error::Invalid(errors)) => {
            let desk = desk(visit, &id).await?;
            show(visit, &desk, step, &given, version, &errors, (&[], ""))
        }
        Err(Error::Conflict { .. }) => conflict::settle(visit, desk(visit, &id).await?, step, given, version).await,
        Err(error) => Err(error),
    }
}

/// The same step with what was typed, and more: places that were searched for, or empty rows.
async fn show_more(visit: &Visit, id: &str, step: &Step, form: &Form, version: i32) -> Result<HttpResponse> {
    let desk = desk(visit, id).await?;
    let query: String = form.get("territories_q").chars().take(200).collect();
    let departement = desk.world.instance.departement.clone();
    let found: Vec<(String, String)> = match form.get("do") {
        "find-territories" => desk.world.atlas.search(&query, Some(&departement), 12).into_iter().map(|named| (named.code, named.label)).collect(),
        _ => Vec::new(),
    };
    show(visit, &desk, step, &steps::values_sent(step, form), version, &FieldErrors::default(), (&found, &query))
}
