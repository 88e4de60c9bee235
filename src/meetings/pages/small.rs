//! The small forms about a meeting: a few fields under its title, one button.

use actix_web::HttpResponse;
use serde_json::{Value, json};

use super::trail;
use crate::error::Result;
use crate::http::forms::summary;
use crate::http::paths;
use crate::http::visit::Visit;
use crate::kernel::FieldErrors;
use crate::meetings::service::Meeting;

/// What such a form says beside its fields.
#[derive(Default)]
pub struct Small<'a> {
    /// Where it is sent, under the meeting.
    pub action: &'a str,
    pub heading: &'a str,
    pub lead: &'a str,
    /// What is to be known before the button is pressed.
    pub warnings: &'a [String],
    pub submit: &'a str,
    /// Another button: its value and its words.
    pub other: Option<(&'a str, &'a str)>,
}

impl Small<'_> {
    pub fn show(&self, visit: &Visit, meeting: &Meeting, fields: Vec<Value>, errors: &FieldErrors) -> Result<HttpResponse> {
        let data = json!({
            "breadcrumb": trail(meeting, Some(self.heading)),
            "object": meeting.fields.title,
            "heading": self.heading,
            "lead": self.lead,
            "warnings": self.warnings,
            "form": {
                "has_file": false, "seen": "", "action": paths::about_meeting(&meeting.id, self.action), "version": meeting.version, "submit": self.submit,
                "check": self.other.map(|(value, label)| json!({ "value": value, "label": label })),
                "back": paths::meeting(&meeting.id, &meeting.fields.title),
            },
            "errors": summary(errors),
            "fields": fields,
        });
        let show = if errors.is_empty() { Visit::page } else { Visit::page_again };
        show(visit, "conventions/small", self.heading, data)
    }
}
