//! A message's bytes: subject, text and HTML from three templates, made once.

use lettre::message::header::{ContentType, Header, HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart, SinglePart};
use serde_json::{Value, json};

use crate::error::{Error, Result};
use crate::instance::model::Instance;
use crate::kernel::ids::MailId;
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

/// One mail to be made.
pub struct Letter<'a> {
    pub id: &'a MailId,
    pub recipient: &'a str,
    pub template: &'a str,
    pub params: Value,
    /// The kind and the id of the record because of which it leaves.
    pub record: Option<(&'a str, &'a str)>,
    /// The token by which its recipient may stop such mails; none for what must be told.
    pub choice: Option<&'a str>,
    pub at: Moment,
}

/// Renders a mail. Its parameters see `base_url` and `instance` beside them.
pub fn render(view: &View, sender: &Sender<'_>, letter: Letter<'_>) -> Result<Rendered> {
    let Letter { id, recipient, template, params, at, .. } = letter;
    let told = |error: &dyn std::fmt::Display| Error::Internal(format!("mail {template}: {error}"));
    let mut data = params;
    data["base_url"] = json!(sender.base_url);
    let code = sender.instance.departement.as_str();
    let departement = crate::territories::geography::geography().place(code).map_or(code, |place| place.name);
    data["instance"] = json!({ "name": sender.instance.name, "departement": departement });
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Zone;
    use crate::view::Samples;

    fn letter(template: &str, params: Value) -> Letter<'_> {
        static ID: std::sync::LazyLock<MailId> = std::sync::LazyLock::new(|| MailId::parse("01KB2J5Q3V8YH4N7T6R9C0M1XW").unwrap());
        Letter { id: &ID, recipient: "agent@vienne.example", template, params, record: None, choice: None, at: Moment::from_micros(0) }
    }

    #[test]
    fn every_mail_renders_its_sample() {
        let view = View::new(Zone::named("Europe/Paris").unwrap()).unwrap();
        let from = EmailAddress::parse("traitdunion@vienne.example").unwrap();
        let instance = Instance::default();
        let sender = Sender { from: &from, base_url: "https://registre.vienne.example", instance: &instance };
        let mut mails: Vec<&str> = view.names().filter_map(|name| name.strip_prefix("mail/")?.strip_suffix("/subject.txt")).collect();
        mails.sort_unstable();
        assert_eq!(mails.len(), crate::mail::catalogue::KINDS.len(), "{mails:?}");
        for mail in mails {
            let sample = Samples::get(&format!("mail/{mail}.json")).unwrap_or_else(|| panic!("{mail} has no sample"));
            let params: Value = serde_json::from_slice(&sample.data).unwrap();
            let link = format!("https://registre.vienne.example{}", params["link"].as_str().unwrap());
            let rendered = render(&view, &sender, letter(mail, params.clone()));
            let rendered = rendered.unwrap_or_else(|error| panic!("{error}"));
            assert!(rendered.subject.chars().count() < 120 && !rendered.subject.contains("{{"), "{}", rendered.subject);
            let mut data = params;
            data["base_url"] = json!("https://registre.vienne.example");
            data["instance"] = json!({ "name": "Trait d’union", "departement": "Vienne" });
            let text = view.text(&format!("mail/{mail}/body.txt"), &data).unwrap();
            assert!(text.contains(&link) && text.starts_with("Bonjour "), "{text}");
            assert!(!text.contains("&#") && !text.contains("\n\n\n"), "{text}");
            let html = view.html(&format!("mail/{mail}/body.html"), &data).unwrap();
            assert!(html.contains("<a href=\"https://registre.vienne.example/") && !html.contains("<script"), "{html}");
        }
    }
}
