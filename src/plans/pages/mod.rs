//! The pages of plans: one file a page.

pub mod counted;
pub mod edit_plan;
pub mod edit_sheet;
pub mod history;
pub mod orientation;
pub mod sheet;
pub mod show;
pub mod stage;
mod words;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use serde_json::{Value, json};

use super::model::{Orientation, Plan, SheetStage, WholePlan};
use super::{policy, service};
use crate::error::{Error, Result};
use crate::http::forms::{Field, summary};
use crate::http::paths;
use crate::http::shell::Frame;
use crate::http::visit::Visit;
use crate::kernel::ids::PlanId;
use crate::kernel::{FieldErrors, Moment};

/// The identifier in a path; what has not its shape names nothing.
fn id_of(text: &str) -> Result<PlanId> {
    PlanId::parse(text).ok_or(Error::NotFound)
}

fn may_write(visit: &Visit) -> bool {
    visit.viewer.actor().is_some_and(|actor| policy::may_write(actor, &visit.app.identity().departement))
}

/// The plan that a writer is about to change.
async fn to_write(visit: &Visit, id: &str) -> Result<WholePlan> {
    policy::writable(visit.actor()?, &visit.app.identity().departement)?;
    let id = id_of(id)?;
    visit.app.db.read(move |conn| service::find(conn, &id)).await
}

/// The trail from the plan to a page about it: labels and links, the last without.
fn trail(plan: &Plan, further: &[(String, Option<String>)]) -> Value {
    let first = (format!("Schéma {}", plan.years()), Some(paths::plan(&plan.id)));
    std::iter::once(&first).chain(further).map(|(label, href)| json!({ "label": label, "href": href })).collect()
}

fn here(label: impl Into<String>) -> (String, Option<String>) {
    (label.into(), None)
}

fn command(label: &str, href: &str, kind: &str) -> Value {
    json!({ "label": label, "href": href, "kind": kind, "method": "get" })
}

/// The sheets of an orientation as lists show them; `actions` counts those that the reader may see.
fn sheet_lines(plan: &Plan, orientation: &Orientation, actions: &[(i32, i64)]) -> Vec<Value> {
    let count = |number: i32| actions.iter().find(|(sheet, _)| *sheet == number).map_or(0, |(_, count)| *count);
    let line = |sheet: &super::model::Sheet| {
        json!({
            "number": sheet.number,
            "title": sheet.title,
            "stage": sheet.stage,
            "stage_label": sheet.stage.label(),
            "objectives": sheet.content.objectives,
            "actions": count(sheet.number),
            "url": paths::sheet(&plan.id, sheet.number),
        })
    };
    orientation.sheets.iter().map(line).collect()
}

/// A stage as a count of sheets says it: « 1 réalisée », « 3 réalisées ».
fn counted(stage: SheetStage, count: usize) -> String {
    let label = stage.label().to_lowercase();
    match stage {
        SheetStage::Done | SheetStage::Deferred | SheetStage::Dropped if count > 1 => format!("{label}s"),
        _ => label,
    }
}

/// What stands around the fields of a form.
struct Edit<'a> {
    trail: Value,
    eyebrow: String,
    heading: &'a str,
    lead: &'a str,
    action: String,
    /// Where « Annuler » leads.
    back: String,
    submit: &'a str,
    version: i32,
    /// Who wrote in between, and when: the form then shows both texts.
    conflict: Option<(String, Moment)>,
}

/// A form, as it is first shown, or again with what is wrong or what clashes.
fn edit(visit: &Visit, about: &Edit<'_>, fields: Vec<Value>, errors: &FieldErrors) -> Result<HttpResponse> {
    let data = json!({
        "breadcrumb": about.trail,
        "form": {
            "eyebrow": about.eyebrow,
            "heading": about.heading,
            "lead": about.lead,
            "action": about.action,
            "back": about.back,
            "submit": about.submit,
            "version": about.version,
        },
        "conflict": about.conflict.as_ref().map(|(author, at)| json!({ "author": author, "at": at })),
        "errors": summary(errors),
        "fields": fields,
    });
    match &about.conflict {
        Some(_) => visit.framed("plans/edit", &format!("Conflit : {}", about.heading), Frame::default(), StatusCode::CONFLICT, data),
        None if errors.is_empty() => visit.page("plans/edit", about.heading, data),
        None => visit.page_again("plans/edit", about.heading, data),
    }
}

/// A control of a form; `theirs` is what somebody else wrote there in between.
fn control(kind: &str, mut shown: Value, theirs: Option<String>) -> Value {
    shown["control"] = json!(kind);
    shown["theirs"] = json!(theirs);
    shown
}

fn field(kind: &str, field: &Field<'_>, errors: &FieldErrors, theirs: Option<String>) -> Value {
    control(kind, field.show(errors), theirs)
}
