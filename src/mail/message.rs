//! A message's bytes: subject, text and HTML from three templates, made once.

use lettre::message::header::{ContentType, Header, HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart, SinglePart};
use serde_json::{Value, json};

use crate::error::{Error, Result};
use crate::instance::model::Instance;
use crate::kernel::{EmailAddress, Moment};
use crate::view::View;

pub struct Rendered {
    pub subject: String,
    pub message_id: String,
    pub bytes: Vec<u8>,
}

/// Everything about the sender that a message carries.
pub struct Sender<'a> {
    pub from: &'a EmailAddress,
    pub base_url: &'a str,
    pub instance: &'a Instance,
}

/// Renders a mail. Its parameters see `base_url` and `instance` beside them.
pub fn render(view: &View, sender: &Sender<'_>, recipient: &str, template: &str, params: Value, id: &str, at: Moment) -> Result<Rendered> {
    let told = |error: &dyn std::fmt::Display| Error::Internal(format!("mail {template}: {error}"));
    let mut data = params;
    data["base_url"] = json!(sender.base_url);
    data["instance"] = json!({ "name": sender.instance.name, "departement": sender.instance.departement });
    let part = |file: &str| view.text(&format!("mail/{template}/{file}"), &data).map_err(|error| told(&error));
    let subject = part("subject.txt")?.split_whitespace().collect::<Vec<_>>().join(" ");
    let text = part("body.txt")?;
    let html = view.html(&format!("mail/{template}/body.html"), &data).map_err(|error| told(&error))?;
    let domain = sender.from.as_str().rsplit('@').next().unwrap_or("localhost");
    let message_id = format!("<{id}@{domain}>");
    let mailbox = |address: &str| address.parse::<lettre::Address>().map_err(|error| told(&error));
    let date = std::time::UNIX_EPOCH + std::time::Duration::from_micros(u64::try_from(at.micros()).unwrap_or(0));
    let message = lettre::Message::builder()
        .from(Mailbox::new(Some(sender.instance.name.clone()), mailbox(sender.from.as_str())?))
        .to(Mailbox::new(None, mailbox(recipient)?))
        .subject(&subject)
        .date(date)
        .message_id(Some(message_id.clone()))
        .header(AutoSubmitted)
        .multipart(
            MultiPart::alternative()
                .singlepart(SinglePart::builder().header(ContentType::TEXT_PLAIN).body(text))
                .singlepart(SinglePart::builder().header(ContentType::TEXT_HTML).body(html)),
        )
        .map_err(|error| told(&error))?;
    Ok(Rendered { subject, message_id, bytes: message.formatted() })
}

/// `Auto-Submitted: auto-generated` (RFC 3834): out-of-office programs do not answer.
#[derive(Clone)]
struct AutoSubmitted;

impl Header for AutoSubmitted {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> std::result::Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}
