//! A message's bytes: subject, text and HTML from three templates, headers, signature; made once.

use lettre::message::header::ContentType;
use lettre::message::{MultiPart, SinglePart};
use serde_json::Value;

use super::dkim::Signer;
use super::enclosed;
use super::headers::{self, named, one_line, ours};
use crate::error::{Error, Result};
use crate::http::paths;
use crate::ical::Person;
use crate::instance::model::Instance;
use crate::kernel::ids::MailId;
use crate::kernel::text::clean;
use crate::kernel::{EmailAddress, Moment};
use crate::view::View;
use crate::view::samples::Around;

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
    pub dkim: Option<&'a Signer>,
}

/// One mail to be made.
pub struct Letter<'a> {
    pub id: &'a MailId,
    pub recipient: &'a str,
    pub template: &'a str,
    /// The template's values, and an entry of a calendar to enclose ([`enclosed::Calendar`]) if there is one.
    pub params: Value,
    /// The kind and the id of the record because of which it leaves.
    pub record: Option<(&'a str, &'a str)>,
    /// The token by which its recipient may stop such mails; none for what must be told.
    pub choice: Option<&'a str>,
    pub at: Moment,
}

/// The parameter that holds to whom an answer goes, if not to us.
pub const REPLY_TO: &str = "reply_to";

/// The kind of record of mails about somebody's account: each stands alone.
const ACCOUNT: &str = "account";

/// Renders a mail. Its parameters see `base_url`, `instance` and `unsubscribe` beside them.
pub fn render(view: &View, sender: &Sender<'_>, letter: Letter<'_>) -> Result<Rendered> {
    let Letter { id, recipient, template, params, record, choice, at } = letter;
    let told = |error: &dyn std::fmt::Display| Error::Internal(format!("mail {template}: {error}"));
    let code = sender.instance.departement.as_str();
    let departement = crate::territories::geography::geography().place(code).map_or(code, |place| place.name);
    let unsubscribe = choice.map(|token| format!("{}{}", sender.base_url, paths::unsubscribe(token)));
    let mut data = params;
    let calendar = enclosed::Calendar::taken_from(&mut data).map_err(|error| told(&error))?;
    Around { base_url: sender.base_url, instance: &sender.instance.name, departement, unsubscribe: unsubscribe.as_deref() }.put(&mut data);
    let reply_to = data.get(REPLY_TO).and_then(Value::as_str).and_then(EmailAddress::parse);
    let part = |file: &str| view.mail_text(&format!("mail/{template}/{file}"), &data).map_err(|error| told(&error));
    let subject = one_line(&part("subject.txt")?, headers::LONGEST_SUBJECT);
    let text = part("body.txt")?;
    let html = view.mail_html(&format!("mail/{template}/body.html"), &data).map_err(|error| told(&error))?;
    // What is no text in a mail is dropped: a NUL, a lone carriage return.
    let body = |kind, text: &str| SinglePart::builder().header(kind).body(format!("{}\n", clean(text)));

    let from = sender.from.on_the_wire();
    let domain = from.rsplit('@').next().unwrap_or("localhost");
    let message_id = format!("<{id}@{domain}>");
    let to = headers::wire(recipient);
    let address: lettre::Address = to.parse().map_err(|error| told(&error))?;
    let kind = record.map_or(ACCOUNT, |(kind, _)| kind);
    let date = std::time::UNIX_EPOCH + std::time::Duration::from_micros(u64::try_from(at.micros()).unwrap_or(0));
    let mut message = lettre::Message::builder()
        .raw_header(named("From", &sender.instance.name, &from))
        .raw_header(ours("To", to))
        .raw_header(headers::text("Subject", &subject))
        .date(date)
        .raw_header(ours("Message-ID", message_id.clone()))
        // Out-of-office programs do not answer (RFC 3834).
        .raw_header(ours("Auto-Submitted", "auto-generated"))
        .raw_header(named("List-Id", &format!("{} {departement}", sender.instance.name), &list_id(kind, sender.base_url)))
        .envelope(lettre::address::Envelope::new(None, vec![address]).map_err(|error| told(&error))?);
    if let Some(reply_to) = reply_to {
        message = message.raw_header(ours("Reply-To", reply_to.on_the_wire()));
    }
    if let Some((kind, id)) = record.filter(|(kind, _)| *kind != ACCOUNT) {
        // Nobody ever received the root: every mail about a record answers it, so that mail programs show them together.
        let root = format!("<{}.{}.thread@{domain}>", atom(kind), atom(id));
        message = message.raw_header(ours("References", root.clone())).raw_header(ours("In-Reply-To", root));
    }
    if let Some(link) = unsubscribe {
        // One click in the mail program itself (RFC 8058).
        message = message.raw_header(ours("List-Unsubscribe", format!("<{link}>")));
        message = message.raw_header(ours("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"));
    }
    let parts = MultiPart::alternative().singlepart(body(ContentType::TEXT_PLAIN, &text)).singlepart(body(ContentType::TEXT_HTML, &html));
    let parts = match calendar {
        None => parts,
        Some(calendar) => {
            let registry = Person { name: sender.instance.name.clone(), email: from };
            calendar.written(view.zone(), sender.base_url, registry).enclosed_with(parts).map_err(|error| told(&error))?
        }
    };
    let mut bytes = message.multipart(parts).map_err(|error| told(&error))?.formatted();
    if let Some(signer) = sender.dkim {
        bytes = signer.sign(&bytes, at).map_err(|error| told(&error))?;
    }
    Ok(Rendered { subject, message_id, bytes })
}

/// What mail programs file mails by (RFC 2919): the kind of record, and our host.
fn list_id(kind: &str, base_url: &str) -> String {
    let host = base_url.split("://").nth(1).unwrap_or_default();
    // An IPv6 address stands in brackets before the port.
    let host = host.strip_prefix('[').and_then(|rest| rest.split(']').next()).unwrap_or_else(|| host.split([':', '/']).next().unwrap_or_default());
    format!("{}.{}", atom(kind), atom(host).trim_matches(['-', '.'])).to_lowercase()
}

/// Enough of a name of ours to tell it from others, in what identifiers in headers are made of.
fn atom(text: &str) -> String {
    text.chars().take(253).map(|c| if c.is_ascii_alphanumeric() || c == '.' { c } else { '-' }).collect()
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
        let sender = Sender { from: &from, base_url: "https://registre.vienne.example", instance: &instance, dkim: None };
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
            Around { base_url: sender.base_url, instance: &instance.name, departement: "Vienne", unsubscribe: None }.put(&mut data);
            let text = view.text(&format!("mail/{mail}/body.txt"), &data).unwrap();
            assert!(text.contains(&link) && text.starts_with("Bonjour"), "{text}");
            assert!(!text.contains("&#") && !text.contains("\n\n\n"), "{text}");
            let html = view.html(&format!("mail/{mail}/body.html"), &data).unwrap();
            assert!(html.contains("<a href=\"https://registre.vienne.example/") && !html.contains("<script"), "{html}");
        }
    }

    #[test]
    fn an_answer_goes_to_one_address_or_to_nobody() {
        let view = View::new(Zone::named("Europe/Paris").unwrap()).unwrap();
        let from = EmailAddress::parse("traitdunion@vienne.example").unwrap();
        let instance = Instance::default();
        let sender = Sender { from: &from, base_url: "https://registre.vienne.example", instance: &instance, dkim: None };
        let sample: Value = serde_json::from_slice(&Samples::get("mail/colleague_question.json").unwrap().data).unwrap();
        for (given, kept) in [
            ("claire@vienne.example", Some("claire@vienne.example")),
            ("claire@Vienné.example", Some("claire@xn--vienn-fsa.example")),
            ("claire@vienne.example\r\nBcc: x@y.example", None),
            ("claire@vienne.example, x@y.example", None),
            ("", None),
        ] {
            let mut params = sample.clone();
            params[REPLY_TO] = Value::from(given);
            let bytes = String::from_utf8(render(&view, &sender, letter("colleague_question", params)).unwrap().bytes).unwrap();
            let head = bytes.split("\r\n\r\n").next().unwrap();
            let found: Vec<&str> = head.split("\r\n").filter_map(|line| line.strip_prefix("Reply-To: ")).collect();
            assert_eq!(found, kept.into_iter().collect::<Vec<_>>(), "{given}");
            assert!(!head.contains("Bcc"), "{head}");
        }
    }

    #[test]
    fn a_list_is_named_by_record_and_host() {
        for (kind, base_url, list) in [
            ("action", "https://registre.vienne.example", "action.registre.vienne.example"),
            ("plan_sheet", "http://Registre.vienne.example:8080", "plan-sheet.registre.vienne.example"),
            ("account", "http://[::1]:8080", "account.1"),
            ("account", "http://127.0.0.1:8080", "account.127.0.0.1"),
        ] {
            assert_eq!(list_id(kind, base_url), list);
        }
    }
}
