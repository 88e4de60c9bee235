//! The small forms about a convention: a few fields under its name, one button.

use actix_web::HttpResponse;
use serde_json::{Value, json};

use super::names::Names;
use super::{id_of, trail};
use crate::conventions::files;
use crate::conventions::model::{Refusal, Verb};
use crate::conventions::service::{self, Convention};
use crate::conventions::world::World;
use crate::documents::model::Purpose;
use crate::documents::service::Checked;
use crate::error::{Error, Result};
use crate::http::forms::{Field, Form, summary};
use crate::http::paths;
use crate::http::upload::Arrived;
use crate::http::visit::Visit;
use crate::kernel::text::unbroken;
use crate::kernel::{Day, FieldErrors};

/// What such a form says beside its fields.
#[derive(Default)]
pub struct Small<'a> {
    /// Where it is sent, under the convention.
    pub action: &'a str,
    pub heading: &'a str,
    pub lead: &'a str,
    /// What is to be known before the button is pressed.
    pub warnings: &'a [String],
    /// What was said of it when it was last shown: sent back, so that nothing is recorded that was not read.
    pub seen: &'a str,
    pub submit: &'a str,
    /// Another button, which records nothing: its value and its words.
    pub check: Option<(&'a str, &'a str)>,
}

impl Small<'_> {
    pub fn show(&self, visit: &Visit, convention: &Convention, fields: Vec<Value>, errors: &FieldErrors) -> Result<HttpResponse> {
        let data = json!({
            "breadcrumb": trail(convention, Some(self.heading)),
            "object": convention.standing(visit.today()).fields.object,
            "heading": self.heading,
            "lead": unbroken(self.lead),
            "warnings": self.warnings,
            "form": {
                "has_file": fields.iter().any(|field| field["control"] == "file"),
                "action": paths::about_convention(&convention.id, self.action), "version": convention.version, "seen": self.seen, "submit": self.submit,
                "check": self.check.map(|(value, label)| json!({ "value": value, "label": label })), "back": paths::convention(&convention.id),
            },
            "errors": summary(errors),
            "fields": fields,
        });
        let show = if errors.is_empty() { Visit::page } else { Visit::page_again };
        show(visit, "conventions/small", self.heading, data)
    }
}

/// The convention, if whoever asks may write it.
pub async fn writable(visit: &Visit, id: &str) -> Result<Convention> {
    visit.actor()?;
    let (viewer, id, today) = (visit.viewer.clone(), id_of(id)?, visit.today());
    visit.app.db.read(move |conn| service::find_to_write(conn, &viewer, &id, today)).await
}

/// The convention, if whoever asks may add an act to it now.
pub async fn living(visit: &Visit, id: &str) -> Result<Convention> {
    let convention = writable(visit, id).await?;
    let stage = convention.life.stage;
    match Verb::Record.leads(stage) {
        Some(_) => Ok(convention),
        None => Err(service::refused(Refusal::Stage { from: stage, verb: Verb::Record })),
    }
}

/// What names its parties, and what reads what is sent of them.
pub async fn around(visit: &Visit) -> Result<(Names, World)> {
    let viewer = visit.viewer.clone();
    visit.app.db.read(move |conn| Ok::<_, Error>((Names::load(conn, &viewer)?, World::load(conn)?))).await
}

/// The signed file, which its convention may wait for. A form that is shown again holds no file: it is asked for again.
pub fn signed_file(was_sent: bool, errors: &FieldErrors) -> Value {
    let hint = "Un PDF sans mot de passe, 20\u{a0}Mo au plus. Vous pourrez aussi le joindre plus tard, dans les documents de la convention.";
    let again = if was_sent { "Choisissez-le de nouveau\u{a0}: le navigateur ne l’a pas gardé. " } else { "" };
    let error = errors.of("file");
    json!({ "control": "file", "name": "file", "label": "Le fichier signé", "hint": format!("{again}{hint}"), "error": error.map(unbroken), "theirs": null })
}

/// The file that was sent, if there is one, checked and kept.
pub async fn received(visit: &Visit, files: &mut Vec<Arrived>) -> Result<Option<Checked>> {
    match files.pop() {
        None => Ok(None),
        sent => files::pages::received(visit, sent, Purpose::Signed).await.map(Some),
    }
}

/// A day, required: what was typed, or what is proposed.
pub fn day(name: &'static str, label: &'static str, hint: &'static str, form: Option<&Form>, proposed: Option<Day>, errors: &FieldErrors) -> Value {
    let value = form.map_or_else(|| proposed.map(Day::in_figures).unwrap_or_default(), |form| form.get(name).to_owned());
    super::form::with_control("date", Field { name, label, hint, value: &value, required: true, ..Field::default() }.show(errors))
}

/// What no field of a form holds is said beside one that it has.
pub fn beside(errors: &FieldErrors, name: &str, field: &str) -> FieldErrors {
    let mut moved = FieldErrors::default();
    for (other, text) in errors.iter() {
        moved.add(if other == name { field } else { other }, text);
    }
    moved
}

/// Who a choice of party names; the Département has no identifier.
pub const DEPARTEMENT: &str = "departement";
