//! One version whole, and the form that restores it.

use std::time::Instant;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use serde_json::{Value, json};

use super::{Told, version_json};
use crate::db::Conn;
use crate::error::Result;
use crate::events::Record;
use crate::http::forms::Field;
use crate::http::paths;
use crate::http::shell::Frame;
use crate::http::visit::Visit;
use crate::kernel::FieldErrors;
use crate::kernel::text::some_of;
use crate::versions::diff::{self, Said};
use crate::versions::{self, Version};

pub struct Read {
    version: Version,
    content: Value,
    last: (Version, Value),
    previous: Option<i32>,
    next: Option<i32>,
}

/// What was answered to the form, when it restored nothing.
pub enum Answer {
    /// It was not sent yet.
    None,
    /// The rules of a change refuse this text.
    Refused(FieldErrors),
    /// Somebody wrote since this version, which the form was filled from.
    Late { read: i32 },
}

impl Read {
    pub fn load(conn: &mut Conn, record: &Record, number: i32) -> Result<Self> {
        let (version, content) = versions::whole(conn, record, number)?;
        let last = versions::last(conn, record)?.map_or(number, |last| last.number);
        let (previous, next) = versions::beside(conn, record, number)?;
        Ok(Self { version, content, last: versions::whole(conn, record, last)?, previous, next })
    }

    pub fn contents(&self) -> Vec<&Value> {
        vec![&self.content, &self.last.1]
    }

    pub fn show(&self, visit: &Visit, told: &impl Told, reason: &str, answer: &Answer) -> Result<HttpResponse> {
        let about = told.about();
        let (version, (last, now)) = (&self.version, &self.last);
        let name = format!("Version {}", version.number);
        let errors = match answer {
            Answer::Refused(errors) => errors.clone(),
            _ => FieldErrors::default(),
        };
        let fields = told.fields(&self.content);
        let label =
            |name: &str| fields.iter().find(|field| field.name == name || field.name.split('.').next() == Some(name)).map(|field| field.label);
        let refused: Vec<Value> =
            errors.iter().filter(|(field, _)| *field != "reason").map(|(field, text)| json!({ "label": label(field), "text": text })).collect();
        let late = match answer {
            Answer::Late { read } => Some(json!({
                "author": last.actor, "at": last.at, "url": paths::comparison(&about.history, *read, last.number),
            })),
            _ => None,
        };
        let shown = fields.iter().filter(|field| !field.said.is_empty()).map(|field| match &field.said {
            Said::Value(text) | Said::Text(text) => json!({ "name": field.name, "label": field.label, "text": text, "items": null }),
            Said::Items(items) => json!({ "name": field.name, "label": field.label, "text": null, "items": items }),
        });
        // Which fields differ is all that is asked: their words need not be compared.
        let differing = diff::fields(&told.fields(now), fields.clone(), Instant::now()).changed;
        // What is closed brings nothing back: all that differs is told together.
        let (restored, kept): (Vec<_>, Vec<_>) =
            differing.iter().map(|(field, _)| field).partition(|field| about.closed.is_some() || told.restores(field.name));
        let [restored, kept] = [restored, kept].map(|fields| fields.iter().map(|field| field.label).collect::<Vec<&str>>());
        let is_same = restored.is_empty();
        let why = Field {
            name: "reason",
            label: "Motif",
            hint: "Pourquoi revenir à ce texte ? Votre réponse reste dans l’historique.",
            value: reason,
            rows: 2,
            ..Field::default()
        };
        let data = json!({
            "breadcrumb": about.breadcrumb(Some(&name)),
            "title": about.title,
            "history": about.history,
            "version": version_json(told, &about, version),
            "current": version.number == last.number,
            "fields": shown.collect::<Vec<_>>(),
            "restore": {
                "action": paths::version(&about.history, version.number),
                "version": about.version,
                "same": is_same,
                "closed": about.closed,
                "untouched": about.untouched,
                "changes": some_of(restored.iter().copied()),
                "kept": some_of(kept.iter().copied()),
                "comparison": paths::comparison(&about.history, version.number, last.number),
                "warnings": if is_same { Vec::new() } else { told.warnings(now, &self.content) },
                "reason": why.show(&errors),
            },
            "refused": refused,
            "late": late,
            "previous": self.previous.map(|number| json!({ "number": number, "url": paths::version(&about.history, number) })),
            "next": self.next.map(|number| json!({ "number": number, "url": paths::version(&about.history, number) })),
        });
        let title = format!("{name} – {}", about.title);
        match answer {
            Answer::None => visit.page("versions/show", &title, data),
            Answer::Refused(_) => visit.page_again("versions/show", &title, data),
            Answer::Late { .. } => visit.framed("versions/show", &format!("Conflit : {title}"), Frame::default(), StatusCode::CONFLICT, data),
        }
    }
}
