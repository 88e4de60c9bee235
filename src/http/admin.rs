//! What the pages of the administration share: the tabs above them, lists, and forms made of fields.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use serde_json::{Value, json};

use super::forms::{Choice, Field, choices, summary};
use super::query;
use super::shell::Frame;
use super::visit::Visit;
use crate::error::{Error, Result};
use crate::kernel::FieldErrors;
use crate::mail;
use crate::outbox::{self, Lane};
use crate::territories::model::Named;

/// The parts of the administration, in the order of their tabs.
const TABS: [(&str, &str); 7] = [
    ("Comptes", "/admin/comptes"),
    ("Territoires", "/admin/territoires"),
    ("Identité", "/admin/instance"),
    ("E-mails", "/admin/courrier"),
    ("Adresses invalides", "/admin/adresses"),
    ("Modèles", "/admin/modeles"),
    ("Tâches", "/admin/taches"),
];

/// The tabs; those of mails and of tasks count what was given up.
pub async fn tabs(visit: &Visit) -> Result<Value> {
    let now = visit.now;
    let (dead, failed) =
        visit.app.db.read(move |conn| Ok::<_, Error>((outbox::counts(conn, Lane::Index)?.dead, mail::log::standing(conn, now)?.failed))).await?;
    let path = visit.here.split('?').next().unwrap_or_default();
    let tab = |(label, href): (&str, &str)| {
        let count = match href {
            "/admin/courrier" => failed,
            "/admin/taches" => dead,
            _ => 0,
        };
        let count = (count > 0).then_some(count);
        let current = path == href || path.starts_with(&format!("{href}/"));
        json!({ "label": label, "href": href, "current": current, "count": count })
    };
    Ok(TABS.map(tab).into())
}

/// « Administration », then the pages above this one, then this one.
pub fn breadcrumb(above: &[(&str, &str)], here: &str) -> Value {
    let mut items = vec![json!({ "label": "Administration", "href": "/admin" })];
    items.extend(above.iter().map(|(label, href)| json!({ "label": label, "href": href })));
    items.push(json!({ "label": here, "href": null }));
    items.into()
}

/// A button above a page: a link (`get`) or a verb (`post`).
pub fn command(label: &str, href: &str, method: &str, kind: &str) -> Value {
    json!({ "label": label, "href": href, "method": method, "kind": kind })
}

/// One cell of a table.
#[derive(Clone, Debug, Default, serde::Serialize)]
pub struct Cell {
    pub text: String,
    pub href: Option<String>,
    pub hint: Option<String>,
    pub tag: Option<&'static str>,
    pub numeric: bool,
}

impl Cell {
    pub fn text(text: impl Into<String>) -> Self {
        Self { text: text.into(), ..Self::default() }
    }

    pub fn link(text: impl Into<String>, href: String) -> Self {
        Self { href: Some(href), ..Self::text(text) }
    }

    pub fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()).filter(|hint| !hint.is_empty()), ..self }
    }

    pub fn tag(self, tag: &'static str) -> Self {
        Self { tag: Some(tag), ..self }
    }

    pub fn numeric(self) -> Self {
        Self { numeric: true, ..self }
    }
}

/// A list of records in a table.
pub struct List<'a> {
    pub heading: &'a str,
    pub commands: Vec<Value>,
    /// What the search box says and holds; None for a list without one.
    pub search: Option<(&'a str, &'a str)>,
    /// Their label, and whether they hold numbers.
    pub columns: &'a [(&'a str, bool)],
    pub rows: Vec<Vec<Cell>>,
    pub pagination: Value,
    pub empty: (&'a str, &'a str),
}

/// The pagination of a list that stands on one page.
pub fn one_page() -> Value {
    query::pagination("", &super::forms::Form::default(), 1, 1)
}

impl List<'_> {
    pub async fn show(self, visit: &Visit) -> Result<HttpResponse> {
        let path = visit.here.split('?').next().unwrap_or_default();
        let columns: Vec<Value> = self.columns.iter().map(|(label, numeric)| json!({ "label": label, "numeric": numeric })).collect();
        let rows: Vec<Value> = self.rows.iter().map(|cells| json!({ "cells": cells })).collect();
        let data = json!({
            "heading": self.heading,
            "breadcrumb": breadcrumb(&[], self.heading),
            "tabs": tabs(visit).await?,
            "commands": self.commands,
            "search": self.search.map(|(label, value)| json!({ "action": path, "label": label, "value": value })),
            "table": { "caption": self.heading, "caption_hidden": true, "columns": columns, "rows": rows },
            "pagination": self.pagination,
            "empty": { "title": self.empty.0, "text": self.empty.1, "links": [] },
        });
        visit.page("admin/list", self.heading, data)
    }
}

/// Why a form is shown: for the first time, or again.
#[derive(Default)]
pub struct Shown {
    pub errors: FieldErrors,
    /// What stands above the form: a conflict, a refusal.
    pub warning: Option<String>,
    /// The version that the next try writes over.
    pub version: Option<i32>,
}

impl Shown {
    pub fn wrong(errors: FieldErrors) -> Self {
        Self { errors, ..Self::default() }
    }

    /// What a use-case refused, when the form can say it; any other error passes.
    pub fn again(error: Error) -> Result<Self> {
        match error {
            Error::Invalid(errors) => Ok(Self::wrong(errors)),
            Error::Refused(reason) => Ok(Self { warning: Some(reason), ..Self::default() }),
            Error::Conflict { current } => Ok(Self {
                warning: Some(
                    "Quelqu’un d’autre vient d’enregistrer cette page. Ce que vous avez écrit est gardé ci-dessous. \
                     Si vous enregistrez de nouveau, votre version remplacera la sienne."
                        .into(),
                ),
                version: Some(current),
                ..Self::default()
            }),
            error => Err(error),
        }
    }

    /// The same for a button that sends nothing typed: the page is shown as it now stands.
    pub fn of_a_verb(self) -> Self {
        let overtaken =
            self.version.is_some().then(|| "Quelqu’un d’autre vient de modifier cette page. La voici à jour : recommencez si besoin.".to_owned());
        Self { warning: overtaken.or(self.warning), version: None, ..self }
    }

    pub fn status(&self) -> StatusCode {
        match (&self.warning, self.errors.is_empty()) {
            (Some(_), _) => StatusCode::CONFLICT,
            (None, false) => StatusCode::UNPROCESSABLE_ENTITY,
            (None, true) => StatusCode::OK,
        }
    }
}

/// A form of the administration.
pub struct FormPage<'a> {
    pub template: &'a str,
    pub heading: &'a str,
    /// The pages above this one.
    pub above: &'a [(&'a str, &'a str)],
    pub lead: &'a str,
    pub action: &'a str,
    pub submit: &'a str,
    pub version: i32,
    pub fields: Vec<Value>,
    pub commands: Vec<Value>,
    /// What the template reads beside.
    pub more: Value,
}

impl Default for FormPage<'_> {
    fn default() -> Self {
        Self {
            template: "admin/form",
            heading: "",
            above: &[],
            lead: "",
            action: "",
            submit: "Enregistrer",
            version: 0,
            fields: Vec::new(),
            commands: Vec::new(),
            more: json!({}),
        }
    }
}

impl FormPage<'_> {
    pub async fn show(self, visit: &Visit, shown: &Shown) -> Result<HttpResponse> {
        let cancel = self.above.last().map_or("/admin", |(_, href)| href);
        let mut data = self.more;
        data["heading"] = json!(self.heading);
        data["breadcrumb"] = breadcrumb(self.above, self.heading);
        data["tabs"] = tabs(visit).await?;
        data["commands"] = self.commands.into();
        data["warning"] = json!(shown.warning);
        data["errors"] = summary(&shown.errors);
        data["fields"] = self.fields.into();
        data["form"] = json!({
            "lead": Some(self.lead).filter(|lead| !lead.is_empty()), "action": self.action, "submit": self.submit, "cancel": cancel,
            "version": shown.version.unwrap_or(self.version),
        });
        let title = if shown.errors.is_empty() { self.heading.to_owned() } else { format!("Erreur : {}", self.heading) };
        visit.framed(self.template, &title, Frame::default(), shown.status(), data)
    }
}

/// Fields of a form, each with the name of its partial.
pub fn text(field: &Field<'_>, errors: &FieldErrors) -> Value {
    controlled("text", field.show(errors))
}

pub fn textarea(field: &Field<'_>, errors: &FieldErrors) -> Value {
    controlled("textarea", field.show(errors))
}

pub fn radios(name: &str, legend: &str, hint: &str, options: Vec<Choice>, errors: &FieldErrors) -> Value {
    controlled("radios", choices(name, legend, hint, options, errors))
}

pub fn select(name: &str, legend: &str, hint: &str, options: Vec<Choice>, errors: &FieldErrors) -> Value {
    controlled("select", choices(name, legend, hint, options, errors))
}

pub fn checkboxes(name: &str, legend: &str, hint: &str, options: Vec<Choice>, errors: &FieldErrors) -> Value {
    controlled("checkboxes", choices(name, legend, hint, options, errors))
}

/// A title between two groups of fields.
pub fn heading(text: &str) -> Value {
    json!({ "control": "heading", "text": text })
}

/// Places chosen by name; `found` answers what was looked for without JavaScript.
pub struct Places<'a> {
    pub name: &'a str,
    pub legend: &'a str,
    pub hint: &'a str,
    pub search_label: &'a str,
    pub chosen: Vec<Named>,
    pub looked_for: &'a str,
    pub found: Vec<Named>,
}

impl Places<'_> {
    pub fn show(&self, errors: &FieldErrors) -> Value {
        let only_one = self.found.len() == 1;
        let chosen = self.chosen.iter().map(|place| Choice::new(&place.code, &place.label, true));
        let new = |place: &&Named| self.chosen.iter().all(|chosen| chosen.code != place.code);
        let found = self.found.iter().filter(new).map(|place| Choice::new(&place.code, &place.label, only_one));
        let nothing = !self.looked_for.is_empty() && self.found.is_empty();
        let error = errors.of(self.name).map(ToOwned::to_owned);
        json!({
            "control": "places",
            "name": self.name,
            "legend": self.legend,
            "hint": self.hint,
            "error": error.or_else(|| nothing.then(|| format!("Rien ne correspond à « {} ».", crate::kernel::text::excerpt(self.looked_for)))),
            "options": chosen.chain(found).collect::<Vec<_>>(),
            "search_label": self.search_label,
            "value": if self.found.is_empty() { self.looked_for } else { "" },
        })
    }
}

fn controlled(control: &str, mut field: Value) -> Value {
    field["control"] = json!(control);
    field
}
