//! What the steering committee decided of a sheet: its new stage, the day, the reason.

use actix_web::{HttpResponse, web};
use serde_json::Value;

use super::{Edit, control, edit, field, here, trail};
use crate::error::{Error, Result};
use crate::events::Record;
use crate::http::forms::{Choice, Field, Form, Submitted, choices};
use crate::http::notice::Notice;
use crate::http::paths;
use crate::http::visit::Visit;
use crate::kernel::{Day, FieldErrors, Moment};
use crate::plans::model::{Sheet, SheetStage, WholePlan};
use crate::plans::service;
use crate::versions;

pub async fn form(visit: Visit, path: web::Path<(String, i32)>) -> Result<HttpResponse> {
    let (id, number) = path.into_inner();
    let whole = super::to_write(&visit, &id).await?;
    let sheet = whole.sheet(number).ok_or(Error::NotFound)?;
    // No stage is chosen beforehand: the present one would be refused.
    let form = Form(vec![("decided_on".into(), visit.today().in_figures())]);
    show(&visit, &whole, sheet, &form, sheet.version, &FieldErrors::default(), None)
}

pub async fn decide(sent: Submitted, path: web::Path<(String, i32)>) -> Result<HttpResponse> {
    let (visit, form) = (&sent.visit, &sent.form);
    let (id, number) = path.into_inner();
    let whole = super::to_write(visit, &id).await?;
    let sheet = whole.sheet(number).ok_or(Error::NotFound)?;
    let version = form.version()?;
    let (stage, decided_on) = match given(form, visit.today()) {
        Ok(given) => given,
        Err(errors) => return show(visit, &whole, sheet, form, version, &errors, None),
    };
    let (doer, plan, reason) = (visit.doer()?, whole.plan.id.clone(), form.get("reason").to_owned());
    let written = visit.app.db.write(move |conn| service::set_stage(conn, doer.by(), &plan, number, version, stage, decided_on, &reason));
    match written.await {
        Ok(()) => {
            visit.app.bell.ring();
            Ok(visit.redirect(&paths::sheet(&whole.plan.id, number), Some(Notice::Saved)))
        }
        Err(Error::Invalid(errors)) => show(visit, &whole, sheet, form, version, &errors, None),
        Err(Error::Conflict { .. }) => conflict(visit, &id, number, form).await,
        Err(error) => Err(error),
    }
}

fn given(form: &Form, today: Day) -> Result<(SheetStage, Day), FieldErrors> {
    let mut errors = FieldErrors::default();
    let stage = SheetStage::parse(form.get("stage"));
    if stage.is_none() {
        errors.add("stage", "Choisissez un état.");
    }
    let decided_on = Day::parse(form.get("decided_on"));
    match decided_on {
        None => errors.add("decided_on", "Donnez le jour de la décision, comme 03/03/2026."),
        Some(day) if day > today => errors.add("decided_on", "Ce jour n’est pas encore venu : notez la décision une fois prise."),
        Some(_) => {}
    }
    match (stage, decided_on) {
        (Some(stage), Some(day)) if errors.is_empty() => Ok((stage, day)),
        _ => Err(errors),
    }
}

/// Somebody wrote in between: the sheet is shown in its present state, and what was typed stays.
async fn conflict(visit: &Visit, id: &str, number: i32, form: &Form) -> Result<HttpResponse> {
    let whole = super::to_write(visit, id).await?;
    let sheet = whole.sheet(number).ok_or(Error::NotFound)?;
    let record = Record::sheet(&whole.plan.id, number);
    let last = visit.app.db.read(move |conn| versions::last(conn, &record)).await?;
    let author = last.map_or_else(|| "Quelqu’un".to_owned(), |version| version.actor);
    show(visit, &whole, sheet, form, sheet.version, &FieldErrors::default(), Some((author, sheet.updated_at)))
}

fn show(
    visit: &Visit,
    whole: &WholePlan,
    sheet: &Sheet,
    form: &Form,
    version: i32,
    errors: &FieldErrors,
    conflict: Option<(String, Moment)>,
) -> Result<HttpResponse> {
    let plan = &whole.plan;
    let fields = fields(sheet, form, errors, conflict.is_some());
    let about = Edit {
        trail: trail(plan, &[(format!("Fiche {}", sheet.number), Some(paths::sheet(&plan.id, sheet.number))), here("Noter une décision")]),
        eyebrow: format!("Fiche {}. {}", sheet.number, sheet.title),
        heading: "Noter une décision",
        lead: "Ce que le comité de pilotage a décidé de cette fiche. La décision se lit sur la fiche, avec son jour et son motif.",
        action: paths::about_sheet(&plan.id, sheet.number, "etat"),
        back: paths::sheet(&plan.id, sheet.number),
        submit: "Enregistrer la décision",
        version,
        conflict,
    };
    edit(visit, &about, fields, errors)
}

fn fields(sheet: &Sheet, form: &Form, errors: &FieldErrors, in_conflict: bool) -> Vec<Value> {
    let options = SheetStage::ALL.iter().map(|stage| {
        let choice = Choice::new(stage.as_str(), stage.label(), form.get("stage") == stage.as_str());
        Choice { hint: (*stage == sheet.stage).then(|| "C’est son état aujourd’hui.".to_owned()), ..choice }
    });
    let theirs = Some(sheet.stage.label().to_owned()).filter(|_| in_conflict && form.get("stage") != sheet.stage.as_str());
    let decided_on = Field { name: "decided_on", label: "Jour de la décision", value: form.get("decided_on"), required: true, ..Field::default() };
    let reason = Field {
        name: "reason",
        label: "Décision et motif",
        hint: "En une ou deux phrases, pour qui n’était pas là.",
        value: form.get("reason"),
        required: true,
        rows: 4,
        ..Field::default()
    };
    vec![
        control("radios", choices("stage", "Nouvel état", "", options.collect(), errors), theirs),
        field("date", &decided_on, errors, None),
        field("textarea", &reason, errors, None),
    ]
}
