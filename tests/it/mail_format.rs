//! What leaves, byte by byte: every mail is read by Python's parser and its signature checked by dkimpy, and no text of anybody's breaks one.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::sync::LazyLock;

use openssl::pkey::{PKey, Private};
use openssl::rsa::Rsa;
use proptest::prelude::*;
use serde_json::{Value, json};
use traitdunion::ical::{self, Method};
use traitdunion::instance::model::Instance;
use traitdunion::kernel::ids::MailId;
use traitdunion::kernel::{EmailAddress, Moment, Zone};
use traitdunion::mail::catalogue::{Duty, KINDS};
use traitdunion::mail::dkim::Signer;
use traitdunion::mail::enclosed::Calendar;
use traitdunion::mail::message::{self, Letter, Rendered, Sender};
use traitdunion::view::View;

use crate::support::source;

static VIEW: LazyLock<View> = LazyLock::new(|| View::new(Zone::named("Europe/Paris").expect("a zone")).expect("templates that parse"));

const ID: &str = "01KB2J5Q3V8YH4N7T6R9C0M1XW";
const BASE: &str = "https://registre.vienne.example:8443";
const FROM: &str = "registre@vienne.example";
const TOKEN: &str = "Zk3v9Qw7cT1xYb5nRfLmA0sDgHjKpEuIoWzXqCvBnM2";

/// One mail, and what differs from the usual.
#[derive(Clone)]
struct Mail {
    template: &'static str,
    params: Value,
    recipient: String,
    instance: String,
    has_choice: bool,
    calendar: Option<Method>,
}

impl Mail {
    fn sample(template: &'static str) -> Self {
        let file = source::root().join(format!("templates/samples/mail/{template}.json"));
        let params = serde_json::from_slice(&std::fs::read(file).expect("a sample")).expect("a JSON sample");
        Self { template, params, recipient: "agent@vienne.example".into(), instance: "Trait d’union".into(), has_choice: false, calendar: None }
    }

    /// The calendar that it encloses.
    fn calendar(&self) -> Option<Calendar> {
        let at = |text| Moment::parse_rfc3339(text).expect("an instant");
        let says = |field: &str| self.params[field].as_str().unwrap_or_default().to_owned();
        let entry = ical::Entry {
            uid: format!("{ID}@vienne.example"),
            sequence: 1,
            starts_at: at("2026-03-31T12:00:00Z"),
            ends_at: at("2026-03-31T14:00:00Z"),
            summary: says("title"),
            description: Some(says("comment")),
            location: None,
            url: None,
            conference: None,
            categories: vec![],
            status: None,
            organiser: Some(ical::Person { name: self.instance.clone(), email: FROM.into() }),
            attendee: Some((ical::Person { name: says("name"), email: self.recipient.clone() }, ical::Answer::None)),
            stamp: at("2026-03-03T09:00:00Z"),
            created: at("2026-03-03T09:00:00Z"),
            changed: at("2026-03-03T09:00:00Z"),
        };
        Some(Calendar { method: self.calendar?, entry })
    }

    /// The file that is to come of it.
    fn ics(&self) -> Option<String> {
        let Calendar { method, entry } = self.calendar()?;
        Some(ical::calendar(method, None, &Zone::named("Europe/Paris").expect("a zone"), &[entry]))
    }

    /// The template's values, and the calendar beside them.
    fn given(&self) -> Value {
        let mut params = self.params.clone();
        if let Some(calendar) = self.calendar() {
            params["calendar"] = json!(calendar);
        }
        params
    }

    fn record(&self) -> Option<(&'static str, &'static str)> {
        (!["invitation", "reset"].contains(&self.template)).then_some(("action", ID))
    }

    fn render(&self, signer: Option<&Signer>) -> Rendered {
        let from = EmailAddress::parse(FROM).expect("an address");
        let instance = Instance { name: self.instance.clone(), departement: "86".into(), ..Instance::default() };
        let sender = Sender { from: &from, base_url: BASE, instance: &instance, dkim: signer };
        let letter = Letter {
            id: &MailId::parse(ID).expect("an id"),
            recipient: &self.recipient,
            template: self.template,
            params: self.given(),
            record: self.record(),
            choice: self.has_choice.then_some(TOKEN),
            at: Moment::parse_rfc3339("2026-03-03T09:00:00Z").expect("an instant"),
        };
        message::render(&VIEW, &sender, letter).unwrap_or_else(|error| panic!("{}: {error}", self.template))
    }

    /// What `check_mails.py` is to find in it.
    fn expected(&self, rendered: &Rendered, signer: Option<&Signer>) -> Value {
        let record = signer.map(|signer| signer.record().expect("a record"));
        let unsubscribe = self.has_choice.then(|| format!("{BASE}/desinscription/{TOKEN}"));
        let said = [Some(format!("{BASE}{}", self.params["link"].as_str().expect("a link"))), unsubscribe.clone()];
        let name = one_line(&self.instance, 100);
        json!({
            "from": FROM,
            "name": name,
            "to": EmailAddress::parse(&self.recipient).expect("an address").on_the_wire(),
            "subject": rendered.subject,
            "message_id": rendered.message_id,
            "list": one_line(&format!("{} Vienne", self.instance), 100),
            "list_id": if self.record().is_some() { "action.registre.vienne.example" } else { "account.registre.vienne.example" },
            "thread": self.record().map(|(kind, id)| format!("<{kind}.{id}.thread@vienne.example>")),
            "reply_to": self.params.get("reply_to"),
            "unsubscribe": unsubscribe,
            "calendar": self.calendar.zip(self.ics()).map(|(method, ics)| json!({ "method": method, "ics": ics })),
            "says": said.into_iter().flatten().collect::<Vec<_>>(),
            "dkim": record.map(|(name, text)| json!({ "name": name, "text": text })),
        })
    }
}

/// As headers show a text: on one line, cut.
fn one_line(text: &str, most: usize) -> String {
    let line = text.split(|c: char| c == ' ' || c.is_control()).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
    if line.chars().count() <= most { line } else { format!("{}…", line.chars().take(most - 1).collect::<String>().trim_end()) }
}

fn hostile() -> Vec<Mail> {
    let (mut mails, mail) = (Vec::new(), Mail::sample("action_returned"));
    let texts = [
        "Budget\r\nBcc: tous@vienne.example\r\n\r\n<script>",
        "=?utf-8?q?Budget=0D=0ABcc:_a@b.example?=",
        "NUL\0, BEL\u{7}, ESC\u{1b}[2J, DEL\u{7f}, NEL\u{85}",
        "\"guillemets\" <a@b.example>, (commentaire); \\ : @",
        "🙂 עברית العربية 中文 e\u{301}",
        &"é".repeat(10_000),
        &"mot ".repeat(2_500),
        &"x".repeat(10_000),
        ".\r\n.\r\nQUIT",
        "\r",
    ];
    for text in texts {
        for field in ["title", "name", "actor", "comment"] {
            let mut mail = mail.clone();
            mail.params[field] = json!(text);
            mails.push(mail);
        }
        mails.push(Mail { instance: text.into(), ..mail.clone() });
        let params = json!({ "title": text, "name": text, "actor": text, "comment": text, "link": mail.params["link"] });
        mails.push(Mail { params, instance: text.into(), calendar: Some(Method::Cancel), ..mail.clone() });
    }
    for recipient in ["o'brien+tri@vienne.example", "a!#$%&*/=?^_`{|}~-@vienne.example", "agent@été.example", "rené@été.example", "用户@例子.example"]
    {
        mails.push(Mail { recipient: recipient.into(), ..mail.clone() });
    }
    mails.push(Mail { recipient: format!("{}@{}.example", "a".repeat(64), ["b".repeat(60), "c".repeat(60)].join(".")), ..mail });
    mails
}

struct Folder {
    path: tempfile::TempDir,
    expected: BTreeMap<String, Value>,
}

impl Folder {
    fn new() -> Self {
        Self { path: tempfile::Builder::new().prefix("traitdunion-mails.").tempdir().expect("a folder"), expected: BTreeMap::new() }
    }

    fn add(&mut self, mail: &Mail, signer: Option<&Signer>) {
        let rendered = mail.render(signer);
        let name = format!("{:03}-{}.eml", self.expected.len(), mail.template);
        std::fs::write(self.path.path().join(&name), &rendered.bytes).expect("a file");
        self.expected.insert(name, mail.expected(&rendered, signer));
    }

    /// Whether all is as it should be, and what is not.
    fn check(&self) -> (bool, String) {
        std::fs::write(self.path.path().join("expected.json"), json!(self.expected).to_string()).expect("a file");
        let python = source::root().join(".venv/bin/python");
        assert!(python.exists(), "{} is missing: scripts/test install makes it", python.display());
        let script = Path::new("tests/it/check_mails.py");
        let run = Command::new(python).arg(script).arg(self.path.path()).current_dir(source::root()).output().expect("Python");
        (run.status.success(), String::from_utf8_lossy(&run.stdout).into_owned() + &String::from_utf8_lossy(&run.stderr))
    }
}

fn signer(pem: &[u8]) -> Signer {
    Signer::new(pem, "mars2026", "vienne.example").expect("a sound key")
}

fn ed25519() -> Signer {
    signer(&PKey::generate_ed25519().expect("a key").private_key_to_pem_pkcs8().expect("a PEM"))
}

fn signers() -> Vec<Signer> {
    let rsa = Rsa::generate(2048).expect("a key");
    let pkcs1 = rsa.private_key_to_pem().expect("a PEM");
    let pkcs8 = PKey::<Private>::from_rsa(rsa).expect("a key").private_key_to_pem_pkcs8().expect("a PEM");
    vec![signer(&pkcs1), signer(&pkcs8), ed25519()]
}

#[test]
fn every_mail_is_read_and_believed_by_others() {
    let (mut folder, signers) = (Folder::new(), signers());
    for kind in KINDS {
        for has_choice in [false, kind.duty == Duty::Chosen] {
            let mail = Mail { has_choice, ..Mail::sample(kind.name) };
            folder.add(&mail, None);
            signers.iter().for_each(|signer| folder.add(&mail, Some(signer)));
        }
        let with_calendar = Mail { calendar: Some(Method::Request), ..Mail::sample(kind.name) };
        folder.add(&with_calendar, None);
        folder.add(&with_calendar, Some(&signers[0]));
    }
    for (place, mail) in hostile().iter().enumerate() {
        folder.add(mail, None);
        folder.add(mail, Some(&signers[place % signers.len()]));
    }
    let (is_sound, said) = folder.check();
    assert!(is_sound, "{said}");
}

/// The check above can fail.
#[test]
fn a_mail_that_was_changed_is_not_believed() {
    let signer = ed25519();
    for (what, from, to, complaint) in [
        ("its text", "Content-Type: text/plain", "Content-Type: TEXT/plain", "its signature is not believed"),
        ("a header", "Auto-Submitted: auto-generated", "Auto-Submitted: no", "Auto-Submitted is 'no'"),
        ("a line's end", "\r\nSubject", "\nSubject", "otherwise than by CRLF"),
        ("a header more", "\r\nSubject", "\r\nBcc: a@b.example\r\nSubject", "its headers are"),
    ] {
        let mut folder = Folder::new();
        folder.add(&Mail { has_choice: true, ..Mail::sample("action_published") }, Some(&signer));
        let file = folder.path.path().join("000-action_published.eml");
        let sound = String::from_utf8(std::fs::read(&file).expect("a file")).expect("ASCII");
        assert!(folder.check().0 && sound.contains(from), "{what}");
        std::fs::write(&file, sound.replacen(from, to, 1)).expect("a file");
        let (is_sound, said) = folder.check();
        assert!(!is_sound && said.contains(complaint), "{what}: {said}");
    }
}

#[test]
fn a_calendar_that_was_changed_is_seen() {
    for (what, from, to, complaint) in [
        ("its method", "method=REQUEST", "method=CANCEL", "its calendar is for"),
        ("its name", "filename=\"invitation.ics\"", "filename=\"annulation.ics\"", "its file is"),
        ("its bytes", "\r\nQkVHSU46", "\r\nQkVHSU47", "is not the one that was given"),
    ] {
        let mut folder = Folder::new();
        folder.add(&Mail { calendar: Some(Method::Request), ..Mail::sample("action_published") }, None);
        let file = folder.path.path().join("000-action_published.eml");
        let sound = String::from_utf8(std::fs::read(&file).expect("a file")).expect("ASCII");
        assert!(folder.check().0 && sound.contains(from), "{what}: {sound}");
        std::fs::write(&file, sound.replacen(from, to, 1)).expect("a file");
        let (is_sound, said) = folder.check();
        assert!(!is_sound && said.contains(complaint), "{what}: {said}");
    }
}

/// A message as its parts stand in it, without its page. Boundaries are drawn by chance.
#[test]
fn an_invitation_is_a_text_a_page_and_a_calendar() {
    let mail = Mail { calendar: Some(Method::Request), ..Mail::sample("action_published") };
    let mut text = String::from_utf8(mail.render(None).bytes).expect("ASCII").replace("\r\n", "\n");
    for (name, place) in [("outer", 0), ("inner", 1)] {
        let boundary = text.split("boundary=\"").nth(place + 1).and_then(|rest| rest.split('"').next()).expect("a boundary").to_owned();
        text = text.replace(&boundary, name);
    }
    let page = text.split_once("<!doctype html>").and_then(|(_, rest)| rest.split_once("</html>")).expect("a page").0.to_owned();
    let text = text.replace(&page, "…");
    insta::assert_snapshot!("mail_with_a_calendar", text);
}

/// The headers of a message, unfolded. Panics on what is no header.
fn headers(bytes: &[u8]) -> Vec<(String, String)> {
    let text = std::str::from_utf8(bytes).expect("UTF-8");
    let (head, _) = text.split_once("\r\n\r\n").expect("an end of headers");
    assert!(head.is_ascii() && bytes.split(|byte| *byte == b'\n').all(|line| line.len() <= 998), "{head}");
    let rest = text.replace("\r\n", "");
    assert!(!rest.contains(['\r', '\n', '\0']), "{head}");
    let fields = head.replace("\r\n ", " ");
    fields.split("\r\n").map(|line| line.split_once(": ").map(|(name, value)| (name.to_owned(), value.to_owned())).expect(line)).collect()
}

/// Texts as people who mean harm, or none, may type them.
fn text() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        4 => any::<String>(),
        1 => prop::sample::select(vec![
            "\r\n", "\n", "\r", "\0", "\r\n\r\n", "\r\nBcc: a@b.example", "=?utf-8?q?=0A?=", "?=", "<a@b.example>", "\u{2028}", "\u{202e}", "--", "\t", ".", " ",
        ]).prop_map(str::to_owned),
        1 => "[a-z]{1,400}",
    ];
    prop::collection::vec(part, 0..8).prop_map(|parts| parts.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_text_adds_a_header(title in text(), name in text(), comment in text(), instance in text(), is_signed: bool, has_calendar: bool) {
        static SIGNER: LazyLock<Signer> = LazyLock::new(ed25519);
        let calendar = has_calendar.then_some(Method::Publish);
        let mut mail = Mail { instance, has_choice: true, calendar, ..Mail::sample("action_published") };
        for (field, text) in [("title", title), ("name", name), ("comment", comment)] {
            mail.params[field] = json!(text);
        }
        let rendered = mail.render(is_signed.then_some(&*SIGNER));
        prop_assert!(rendered.subject.chars().count() <= 200 && !rendered.subject.contains(char::is_control), "{:?}", rendered.subject);
        let headers = headers(&rendered.bytes);
        let names: Vec<&str> = headers.iter().map(|(name, _)| name.as_str()).collect();
        let mut wanted = vec![
            "From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "List-Id", "References", "In-Reply-To", "List-Unsubscribe",
            "List-Unsubscribe-Post", "MIME-Version", "Content-Type",
        ];
        if is_signed {
            wanted.insert(0, "DKIM-Signature");
        }
        prop_assert_eq!(names, wanted);
        let of = |name: &str| &headers.iter().find(|(known, _)| known == name).expect("a header").1;
        prop_assert!(of("From").ends_with(&format!("<{FROM}>")) && of("From").matches('@').count() == 1, "{}", of("From"));
        prop_assert_eq!(of("To"), &mail.recipient);
        prop_assert!(of("List-Id").ends_with("<action.registre.vienne.example>"), "{}", of("List-Id"));
        // The parts begin and end where ours do.
        let boundary = of("Content-Type").split("boundary=\"").nth(1).expect("a boundary").trim_end_matches('"');
        let text = String::from_utf8_lossy(&rendered.bytes);
        prop_assert_eq!(text.matches(&format!("\r\n--{boundary}\r\n")).count(), 2);
        prop_assert!(text.ends_with(&format!("\r\n--{boundary}--\r\n")), "{}", text);
    }

    #[test]
    fn what_is_an_address_can_be_sent_to(text in prop_oneof![
        any::<String>(),
        "[a-zéø用.!#$%&'*+/=?^_`{|}~\"\\\\(),:;<>@\\[\\] -]{0,70}@[a-zé例0-9.\\[\\]:_-]{0,80}",
        "[a-z0-9._+-]{1,66}@([a-zé0-9-]{1,64}\\.){1,5}[a-zé]{2,10}",
    ]) {
        if let Some(address) = EmailAddress::parse(&text) {
            let wire = address.on_the_wire();
            prop_assert!(wire.parse::<lettre::Address>().is_ok() && address.as_str().parse::<lettre::Address>().is_ok(), "{wire}");
            prop_assert!(wire.len() <= 254 && !wire.contains(|c: char| c.is_control() || c.is_whitespace()), "{wire}");
            let (local, _) = wire.rsplit_once('@').expect("an at sign");
            let rendered = Mail { recipient: address.to_string(), ..Mail::sample("reset") }.render(None);
            if local.is_ascii() {
                let headers = headers(&rendered.bytes);
                prop_assert!(headers.contains(&("To".to_owned(), wire)), "{headers:?}");
            }
        }
    }

    #[test]
    fn whoever_sends_can_be_written(local in "[a-z0-9!#$%&'*+/=?^_`{|}~-]{1,20}(\\.[a-z0-9!#$%&'*+/=?^_`{|}~-]{1,20}){0,2}") {
        let from = EmailAddress::parse(&format!("{local}@vienne.example")).expect("an address");
        let (instance, mail) = (Instance::default(), Mail::sample("reset"));
        let sender = Sender { from: &from, base_url: BASE, instance: &instance, dkim: None };
        let id = MailId::parse(ID).expect("an id");
        let letter = Letter {
            id: &id, recipient: "a@b.example", template: "reset", params: mail.params, record: None, choice: None, at: Moment::from_micros(0),
        };
        prop_assert!(message::render(&VIEW, &sender, letter).is_ok(), "{from}");
    }
}
