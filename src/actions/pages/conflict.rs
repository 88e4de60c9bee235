//! Two people wrote the same step: what does not clash is kept from both, what clashes is shown side by side, and nothing is lost.

use actix_web::HttpResponse;
use serde_json::{Map, Value, json};

use super::edit::Desk;
use super::steps::{self, Step};
use crate::actions::{history, labels, service};
use crate::error::Result;
use crate::http::forms::Form;
use crate::http::paths;
use crate::http::visit::Visit;

/// What the reader of the conflict chose, if this form is one: their own text where they keep it, nothing where they keep the other's.
pub fn resolved(step: &Step, form: &Form) -> Option<Map<String, Value>> {
    form.0.iter().any(|(name, _)| name.starts_with("mine.")).then(|| {
        let kept = |name: &&&str| form.has(&format!("mine.{name}")) && form.get(&format!("keep.{name}")) != "theirs";
        let value = |name: &str| serde_json::from_str(form.get(&format!("mine.{name}"))).unwrap_or(Value::Null);
        step.fields.iter().chain(&["reason"]).filter(kept).map(|name| ((*name).to_owned(), value(name))).collect()
    })
}

/// Compares what was read, what was sent and what is now there, field by field.
pub async fn settle(visit: &Visit, desk: Desk, step: &Step, mut sent: Map<String, Value>, version: i32) -> Result<HttpResponse> {
    let (id, reason) = (desk.action.id.clone(), sent.remove("reason").map(|reason| ("reason".to_owned(), reason)));
    let base = {
        let id = id.clone();
        visit.app.db.read(move |conn| history::fields_at(conn, &id, version)).await?.unwrap_or_default()
    };
    // Read through the same door as a change, so that two ways of writing one value are one.
    let known = desk.world.known();
    let mut mine = match crate::actions::reading::read(&sent, base.clone(), &known) {
        Ok(fields) => steps::values_of(&fields),
        Err(errors) => {
            sent.extend(reason);
            return super::edit::show(visit, &desk, step, &sent, version, &errors, (&[], ""));
        }
    };
    let (base, theirs) = (steps::values_of(&base), steps::values_of(&desk.action.fields));
    let changed_by_me: Vec<&str> = step.fields.iter().copied().filter(|name| mine.get(*name) != base.get(*name)).collect();
    let clashing: Vec<&str> =
        changed_by_me.iter().copied().filter(|name| theirs.get(*name) != base.get(*name) && theirs.get(*name) != mine.get(*name)).collect();
    if clashing.is_empty() {
        let given = changed_by_me.iter().map(|name| ((*name).to_owned(), mine[*name].clone()));
        let given: Map<String, Value> = given.chain(reason).collect();
        let (doer, current) = (visit.doer()?, desk.action.version);
        let action = visit.app.db.write(move |conn| service::change(conn, doer.by(), &id, current, &given)).await?;
        visit.app.bell.ring();
        return Ok(visit.redirect(&paths::edit_action(&action.id, step.code), Some(crate::http::notice::Notice::Merged)));
    }
    let carried: Vec<&str> = changed_by_me.into_iter().chain(reason.as_ref().map(|_| "reason")).collect();
    mine.extend(reason);
    show(visit, &desk, step, &mine, &theirs, &carried, &clashing).await
}

async fn show(
    visit: &Visit,
    desk: &Desk,
    step: &Step,
    mine: &Map<String, Value>,
    theirs: &Map<String, Value>,
    changed: &[&str],
    clashing: &[&str],
) -> Result<HttpResponse> {
    let action = &desk.action;
    let choices = desk.choices(&[], "");
    let last = {
        let id = action.id.to_string();
        visit.app.db.read(move |conn| crate::journal::of(conn, "action", &id, 1)).await?.pop()
    };
    let said = |name: &str, values: &Map<String, Value>| steps::in_words(name, values.get(name).unwrap_or(&Value::Null), &choices);
    let fields: Vec<Value> = clashing
        .iter()
        .map(|name| json!({ "name": name, "label": labels::field(name), "mine": said(name, mine), "theirs": said(name, theirs), "mine_value": mine[*name].to_string() }))
        .collect();
    // What I changed alone goes along.
    let kept: Vec<Value> =
        changed.iter().filter(|name| !clashing.contains(name)).map(|name| json!({ "name": name, "value": mine[*name].to_string() })).collect();
    let data = json!({
        "breadcrumb": super::trail(action, Some("Modifier")),
        "heading": action.fields.title,
        "action": paths::edit_action(&action.id, step.code),
        "version": action.version,
        "kept": kept,
        "conflict": {
            "other": { "author": last.as_ref().map_or("Quelqu’un", |line| line.actor.as_str()), "at": action.updated_at },
            "fields": fields,
        },
    });
    visit.framed("actions/conflict", "Deux textes à départager", crate::http::shell::Frame::default(), actix_web::http::StatusCode::CONFLICT, data)
}
