//! Forms as they are sent, and fields as they are shown again with what was typed.

use std::future::Future;
use std::pin::Pin;

use actix_web::{FromRequest, HttpRequest, dev, web};
use serde_json::{Value, json};

use super::visit::Visit;
use crate::error::{Error, Result};
use crate::kernel::FieldErrors;
use crate::kernel::text::unbroken;

/// A form has at most so many fields, repeated ones counted.
const MOST_FIELDS: usize = 3000;

/// A form sent by a page of ours to the browser that we gave it to.
pub struct Submitted {
    pub visit: Visit,
    pub form: Form,
}

/// Names and values, in the order sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Form(pub Vec<(String, String)>);

impl Form {
    pub fn get(&self, name: &str) -> &str {
        self.0.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value.as_str())
    }

    pub fn all(&self, name: &str) -> Vec<String> {
        self.0.iter().filter(|(key, value)| key == name && !value.is_empty()).map(|(_, value)| value.clone()).collect()
    }

    pub fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(key, _)| key == name)
    }

    /// The version of the record that the form was filled from.
    pub fn version(&self) -> Result<i32> {
        self.get("version").parse().map_err(|_| Error::field("version", "La page est trop ancienne : rechargez-la."))
    }
}

impl FromRequest for Submitted {
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self>>>>;

    fn from_request(request: &HttpRequest, payload: &mut dev::Payload) -> Self::Future {
        let (request, body) = (request.clone(), web::Bytes::from_request(request, payload));
        Box::pin(async move {
            let visit = Visit::load(&request).await?;
            super::headers::same_origin(&request)?;
            let body = body.await.map_err(|error| super::error::of_payload(&error))?;
            let pairs: Vec<(String, String)> =
                serde_html_form::from_bytes(&body).map_err(|_| Error::field("form", "Le formulaire est illisible : rechargez la page."))?;
            if pairs.len() > MOST_FIELDS {
                return Err(Error::TooLarge);
            }
            let form = Form(pairs);
            if !visit.accepts_csrf(form.get("csrf")) {
                return Err(Error::Forbidden(
                    "Ce formulaire est resté ouvert trop longtemps, ou votre connexion a changé. Revenez en arrière, copiez votre texte si besoin, puis rechargez la page.".into(),
                ));
            }
            Ok(Self { visit, form })
        })
    }
}

/// A text field as the partials expect it.
pub struct Field<'a> {
    pub name: &'a str,
    pub label: &'a str,
    pub hint: &'a str,
    pub value: &'a str,
    pub kind: &'a str,
    pub autocomplete: &'a str,
    pub required: bool,
    pub max: Option<u32>,
    pub rows: u32,
}

impl Default for Field<'_> {
    fn default() -> Self {
        Self { name: "", label: "", hint: "", value: "", kind: "text", autocomplete: "", required: false, max: None, rows: 4 }
    }
}

impl Field<'_> {
    pub fn show(&self, errors: &FieldErrors) -> Value {
        json!({
            "name": self.name,
            "label": unbroken(self.label),
            "hint": some(self.hint).map(unbroken),
            "value": self.value,
            "error": errors.of(self.name).map(unbroken),
            "type": self.kind,
            "autocomplete": some(self.autocomplete),
            "required": self.required,
            "max": self.max,
            "rows": self.rows,
        })
    }
}

fn some(text: &str) -> Option<&str> {
    Some(text).filter(|text| !text.is_empty())
}

/// One value of a choice.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Choice {
    pub value: String,
    pub label: String,
    pub hint: Option<String>,
    pub checked: bool,
}

impl Choice {
    pub fn new(value: &str, label: &str, checked: bool) -> Self {
        Self { value: value.to_owned(), label: label.to_owned(), hint: None, checked }
    }
}

/// A choice (radios, checkboxes, select) as the partials expect it.
pub fn choices(name: &str, legend: &str, hint: &str, options: Vec<Choice>, errors: &FieldErrors) -> Value {
    let options: Vec<Choice> = options.into_iter().map(|choice| Choice { hint: choice.hint.as_deref().map(unbroken), ..choice }).collect();
    json!({
        "name": name, "legend": unbroken(legend), "label": unbroken(legend), "hint": some(hint).map(unbroken), "error": errors.of(name).map(unbroken),
        "required": false, "options": options,
    })
}

/// The error summary: every message with the field that it leads to.
pub fn summary(errors: &FieldErrors) -> Value {
    errors.iter().map(|(field, text)| json!({ "field": field, "text": unbroken(text) })).collect()
}
