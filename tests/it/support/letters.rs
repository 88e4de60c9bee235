//! Mails as those invited to meetings receive them: what they read, and what their calendar is told.

use mail_parser::{MessageParser, MimeHeaders};
use traitdunion::kernel::Moment;
use traitdunion::mail::reading;
use traitdunion::mail::transport::Sent;

use super::ical::{Event, keep};

pub struct Letter {
    pub to: String,
    pub subject: String,
    pub text: String,
    pub html: String,
    pub calendar: Option<Calendar>,
}

/// The calendar part of a mail, its lines unfolded.
#[derive(Clone, Debug)]
pub struct Calendar {
    pub method: String,
    pub ics: String,
    lines: Vec<String>,
}

impl Calendar {
    fn of(method: &str, bytes: &[u8]) -> Self {
        let ics = String::from_utf8(bytes.to_vec()).expect("UTF-8");
        let lines = ics.replace("\r\n ", "").split("\r\n").map(str::to_owned).collect();
        Self { method: method.to_owned(), ics, lines }
    }

    /// The value of the entry's property of this name, whatever its parameters.
    pub fn value(&self, name: &str) -> Option<&str> {
        let begin = self.lines.iter().position(|line| line == "BEGIN:VEVENT")?;
        let found = self.lines[begin..].iter().find(|line| line.strip_prefix(name).is_some_and(|rest| rest.starts_with([':', ';'])))?;
        // A value in quotation marks may hold a colon.
        let mut is_quoted = false;
        let colon = found.char_indices().find(|(_, c)| {
            is_quoted ^= *c == '"';
            *c == ':' && !is_quoted
        });
        Some(&found[colon?.0 + 1..])
    }

    /// All lines of the entry whose property has this name.
    pub fn lines(&self, name: &str) -> Vec<&str> {
        self.lines.iter().map(String::as_str).filter(|line| line.starts_with(name)).collect()
    }

    pub fn sequence(&self) -> i32 {
        self.value("SEQUENCE").and_then(|text| text.parse().ok()).expect("a sequence")
    }
}

impl Letter {
    pub fn of(recipient: &str, bytes: &[u8]) -> Self {
        let read = reading::read(bytes).expect("a message");
        let message = MessageParser::default().parse(bytes).expect("a message");
        let mut parts = message.parts.iter().filter(|part| part.content_type().is_some_and(|kind| kind.subtype() == Some("calendar")));
        let calendar = parts.next().map(|part| {
            let method = part.content_type().and_then(|kind| kind.attribute("method")).expect("a method").to_owned();
            let calendar = Calendar::of(&method, part.contents());
            assert!(calendar.lines.contains(&format!("METHOD:{method}")), "{}", calendar.ics);
            calendar
        });
        Self { to: recipient.to_owned(), subject: read.subject, text: read.text, html: read.html.unwrap_or_default(), calendar }
    }

    pub fn all(sent: Vec<Sent>) -> Vec<Self> {
        let mut letters: Vec<Self> = sent.iter().map(|sent| Self::of(&sent.recipient, &sent.bytes)).collect();
        letters.sort_by(|a, b| (&a.to, &a.subject).cmp(&(&b.to, &b.subject)));
        letters
    }

    pub fn calendar(&self) -> &Calendar {
        self.calendar.as_ref().unwrap_or_else(|| panic!("no calendar in {}", self.subject))
    }

    /// The path of its personal link.
    pub fn link(&self) -> String {
        let from = self.text.find("/lien/rencontres/").unwrap_or_else(|| panic!("no link in {}", self.text));
        self.text[from..].split_whitespace().next().unwrap_or_default().to_owned()
    }

    /// Keeps its calendar for other programs to read: it is of this meeting, at these instants, and names its recipient alone.
    pub fn keep(&self, name: &str, starts_at: &str, ends_at: &str) {
        let at = |text: &str| Moment::parse_rfc3339(text).expect("an instant");
        let calendar = self.calendar();
        let uid = calendar.value("UID").expect("a UID");
        let event = Event { attendees: Some(vec![self.to.clone()]), ..Event::at(uid, at(starts_at), at(ends_at)) };
        keep(name, &calendar.ics, &[event]);
    }
}

/// « a@x REQUEST 0, b@x - »: to whom, for what, at which sequence.
pub fn summary(letters: &[Letter]) -> Vec<String> {
    let calendar = |letter: &Letter| letter.calendar.as_ref().map_or_else(|| "-".to_owned(), |one| format!("{} {}", one.method, one.sequence()));
    letters.iter().map(|letter| format!("{} {}", letter.to.split('@').next().unwrap_or_default(), calendar(letter))).collect()
}
