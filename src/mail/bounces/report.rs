//! A delivery-status report (RFC 3464), read from bytes that anybody may have sent: which mail it is about, and what became of it.

use mail_parser::{ContentType, Message, MessageParser, MessagePart, MimeHeaders, PartType};
use sha2::{Digest, Sha256};

use crate::kernel::email::mailbox;

/// The largest report that is read: servers return the headers of a mail, or a part of it.
pub const LARGEST: usize = 5 * 1024 * 1024;
/// A message with more parts than this was made to keep its reader busy: a report has three, and those of the mail that it returns.
const MOST_PARTS: usize = 200;
/// What begins every part that is more than plain text: counted before the message is parsed, to bound its nesting.
const PART: &[u8] = b"content-type";
/// A report about more people than this is about none of our mails: each has one recipient.
const MOST_RECIPIENTS: usize = 100;
/// The longest line that is looked at.
const LONGEST_LINE: usize = 2000;

/// Why something is no report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unread {
    TooLarge,
    TooManyParts,
    NoMessage,
    NoReport,
    /// It does not return the mail that it is about, or its headers.
    NoOriginal,
    /// It says of nobody what became of the mail.
    NoStatus,
}

impl Unread {
    pub fn label(self) -> &'static str {
        match self {
            Self::TooLarge => "Ce message dépasse 5 Mo : un rapport de remise est plus court.",
            Self::TooManyParts => "Ce message a trop de parties pour un rapport de remise.",
            Self::NoMessage => "Ces octets ne sont pas un e-mail.",
            Self::NoReport => "Cet e-mail n’est pas un rapport de remise (multipart/report; report-type=delivery-status).",
            Self::NoOriginal => "Ce rapport ne renvoie pas l’e-mail dont il parle, ni ses en-têtes : rien ne dit lequel des nôtres est revenu.",
            Self::NoStatus => "Ce rapport ne dit d’aucun destinataire ce qu’est devenu l’e-mail.",
        }
    }
}

/// What a server did with the mail for one recipient.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    Failed,
    Delayed,
    /// Delivered, relayed, expanded: it did not come back.
    Arrived,
}

/// `5.1.1`: the class, the subject, the detail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Status(pub u16, pub u16, pub u16);

impl Status {
    pub fn parse(text: &str) -> Option<Self> {
        let code = text.split(|c: char| c.is_whitespace() || c == '(').find(|word| !word.is_empty())?;
        let mut numbers = code.splitn(3, '.').map(|number| number.parse::<u16>().ok().filter(|number| *number < 1000));
        let status = Self(numbers.next()??, numbers.next()??, numbers.next()??);
        matches!(status.0, 2 | 4 | 5).then_some(status)
    }

    /// Is nobody there, and will nobody be? No mailbox, no such domain, no such address; moved; a domain without mail; disabled.
    pub fn is_dead(self) -> bool {
        matches!(self, Self(5, 1, 1 | 2 | 3 | 6 | 10) | Self(5, 2, 1))
    }
}

impl std::fmt::Display for Status {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}.{}", self.0, self.1, self.2)
    }
}

/// What is said of one recipient.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// As the mail was given to the server, and as it went on: folded.
    pub addresses: Vec<String>,
    pub fate: Fate,
    pub status: Option<Status>,
    pub diagnostic: String,
}

impl Said {
    /// The code of SMTP that the diagnostic quotes: `smtp; 550 5.1.1 …`.
    pub fn code(&self) -> Option<u16> {
        let said = self.diagnostic.split_once(';').filter(|(kind, _)| kind.trim().eq_ignore_ascii_case("smtp"))?.1;
        said.trim_start().get(..3)?.parse().ok().filter(|code| (400..600).contains(code))
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// What makes it the same when it comes again.
    pub key: String,
    /// The Message-ID of the mail that it is about, without its brackets; empty when it is none of ours.
    pub original: String,
    pub said: Vec<Said>,
}

/// Reads a report. Only its own parts are looked at: what is nested deeper is what somebody else wrote.
pub fn read(bytes: &[u8]) -> Result<Report, Unread> {
    if bytes.len() > LARGEST {
        return Err(Unread::TooLarge);
    }
    if bytes.windows(PART.len()).filter(|window| window.eq_ignore_ascii_case(PART)).nth(MOST_PARTS).is_some() {
        return Err(Unread::TooManyParts);
    }
    let message = MessageParser::default().parse(bytes).ok_or(Unread::NoMessage)?;
    let is_report = message.content_type().is_some_and(|kind| {
        is(kind, "multipart", "report") && kind.attribute("report-type").is_some_and(|of| of.eq_ignore_ascii_case("delivery-status"))
    });
    let Some(PartType::Multipart(children)) = message.parts.first().map(|part| &part.body).filter(|_| is_report) else {
        return Err(if message.parts.first().is_none_or(|part| part.headers.is_empty()) { Unread::NoMessage } else { Unread::NoReport });
    };
    let children: Vec<&MessagePart<'_>> = children.iter().take(10).filter_map(|id| message.parts.get(*id as usize)).collect();
    let status = children.iter().find(|part| of(part, "message", &["delivery-status", "global-delivery-status"])).ok_or(Unread::NoStatus)?;
    let said = groups(&String::from_utf8_lossy(status.contents()));
    if said.is_empty() {
        return Err(Unread::NoStatus);
    }
    // One of ours has this shape; no database is asked about any other.
    let is_plausible = |id: &String| id.len() <= 200 && id.bytes().all(|byte| byte.is_ascii_graphic());
    let original = children.iter().find_map(|part| returned(part)).ok_or(Unread::NoOriginal)?;
    let original = Some(original).filter(is_plausible).unwrap_or_default();
    Ok(Report { key: key(&message, bytes), original, said })
}

fn is(kind: &ContentType<'_>, of: &str, subtype: &str) -> bool {
    kind.ctype().eq_ignore_ascii_case(of) && kind.subtype().is_some_and(|sub| sub.eq_ignore_ascii_case(subtype))
}

fn of(part: &MessagePart<'_>, kind: &str, subtypes: &[&str]) -> bool {
    part.content_type().is_some_and(|found| subtypes.iter().any(|subtype| is(found, kind, subtype)))
}

/// The Message-ID of the mail that is returned, whole or by its headers.
fn returned(part: &MessagePart<'_>) -> Option<String> {
    if let PartType::Message(original) = &part.body {
        return original.message_id().map(ToOwned::to_owned);
    }
    let is_headers = of(part, "text", &["rfc822-headers"]) || of(part, "message", &["rfc822", "global", "global-headers"]);
    let headers = MessageParser::default().parse_headers(part.contents()).filter(|_| is_headers)?;
    headers.message_id().map(ToOwned::to_owned)
}

fn key(message: &Message<'_>, bytes: &[u8]) -> String {
    let own = message.message_id().filter(|id| (3..=200).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_graphic()));
    own.map_or_else(|| Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect(), ToOwned::to_owned)
}

/// The groups of fields that follow the first one, which is about the server: one a recipient.
fn groups(text: &str) -> Vec<Said> {
    let text = text.replace("\r\n", "\n");
    let groups = text.split("\n\n").map(fields).filter(|fields| !fields.is_empty());
    groups.filter_map(|fields| said(&fields)).take(MOST_RECIPIENTS).collect()
}

/// Names in lower case and values, lines that go on joined.
fn fields(group: &str) -> Vec<(String, String)> {
    let mut fields: Vec<(String, String)> = Vec::new();
    for line in group.lines().take(100) {
        let line: String = line.chars().filter(|c| !c.is_control() || *c == '\t').take(LONGEST_LINE).collect();
        match (line.starts_with([' ', '\t']), fields.last_mut(), line.split_once(':')) {
            (true, Some((_, value)), _) if value.len() < LONGEST_LINE => {
                value.push(' ');
                value.push_str(line.trim());
            }
            (false, _, Some((name, value))) => fields.push((name.trim().to_ascii_lowercase(), value.trim().to_owned())),
            _ => {}
        }
    }
    fields
}

fn said(fields: &[(String, String)]) -> Option<Said> {
    let value = |name: &str| fields.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str());
    let recipients = ["final-recipient", "original-recipient"].into_iter().filter_map(value);
    // `rfc822; somebody@example.org`: what stands before is the kind of address.
    let addresses: Vec<String> =
        recipients.filter_map(|value| value.split_once(';')).map(|(_, address)| mailbox(address.trim().trim_matches(['<', '>']))).collect();
    let fate = match value("action")?.to_ascii_lowercase().as_str() {
        "failed" => Fate::Failed,
        "delayed" => Fate::Delayed,
        _ => Fate::Arrived,
    };
    let diagnostic = value("diagnostic-code").unwrap_or_default().chars().take(400).collect();
    (!addresses.is_empty()).then_some(Said { addresses, fate, status: value("status").and_then(Status::parse), diagnostic })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a common server returns; `{}` in the text are lines of the recipient's group, and what is returned.
    fn bounce(group: &str, returned: &str) -> Vec<u8> {
        format!(
            "From: MAILER-DAEMON@relais.example\r\nTo: registre@vienne.example\r\nMessage-ID: <r1@relais.example>\r\nMIME-Version: 1.0\r\n\
             Content-Type: multipart/report; report-type=delivery-status;\r\n\tboundary=\"b\"\r\n\r\n\
             --b\r\nContent-Type: text/plain\r\n\r\nSorry.\r\n\
             --b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; relais.example\r\n\r\n{group}\r\n\
             --b\r\n{returned}\r\n--b--\r\n"
        )
        .into_bytes()
    }

    const GROUP: &str = "Original-Recipient: rfc822;Zoe@Pont.example\r\nFinal-Recipient: rfc822; zoe@pont.example\r\nAction: failed\r\nStatus: 5.1.1\r\n\
         Diagnostic-Code: smtp; 550 5.1.1 <zoe@pont.example>:\r\n    User unknown\r\n";
    const RETURNED: &str = "Content-Type: message/rfc822\r\n\r\nSubject: x\r\nMessage-ID: <01K@vienne.example>\r\n\r\nBonjour\r\n";

    #[test]
    fn a_report_is_read() {
        let report = read(&bounce(GROUP, RETURNED)).unwrap();
        assert_eq!((report.key.as_str(), report.original.as_str()), ("r1@relais.example", "01K@vienne.example"));
        let [said] = report.said.as_slice() else { panic!("{report:?}") };
        assert_eq!(said.addresses, ["zoe@pont.example", "zoe@pont.example"]);
        assert_eq!((said.fate, said.status, said.code()), (Fate::Failed, Some(Status(5, 1, 1)), Some(550)));
        assert_eq!(said.diagnostic, "smtp; 550 5.1.1 <zoe@pont.example>: User unknown");
        let headers = "Content-Type: text/rfc822-headers\r\n\r\nSubject: x\r\nMessage-ID: <01K@vienne.example>\r\n";
        assert_eq!(read(&bounce(GROUP, headers)).unwrap().original, "01K@vienne.example");
        // Cut where a server cuts it: what stands before is enough.
        let whole = bounce(GROUP, RETURNED);
        assert_eq!(read(&whole[..whole.len() - 20]).unwrap().original, "01K@vienne.example");
    }

    #[test]
    fn what_is_no_report_is_refused_in_words() {
        let plain = b"Subject: Re: Action\r\nContent-Type: text/plain\r\n\r\nMerci !\r\n";
        let nothing_returned = "Content-Type: text/plain\r\n\r\nrien\r\n";
        for (bytes, refusal) in [
            (plain.to_vec(), Unread::NoReport),
            (Vec::new(), Unread::NoMessage),
            (vec![0; 4096], Unread::NoReport),
            (bounce(GROUP, nothing_returned), Unread::NoOriginal),
            (bounce("X: y\r\n", RETURNED), Unread::NoStatus),
            (bounce(GROUP, RETURNED)[..330].to_vec(), Unread::NoStatus),
            (vec![b'a'; LARGEST + 1], Unread::TooLarge),
        ] {
            assert_eq!(read(&bytes), Err(refusal), "{}", String::from_utf8_lossy(&bytes[..bytes.len().min(400)]));
        }
    }

    #[test]
    fn what_is_nested_is_not_believed() {
        // A report that returns another report: the mail inside is none that this one is about.
        let inner = String::from_utf8(bounce(GROUP, RETURNED)).unwrap().replace("\"b\"", "\"c\"").replace("--b", "--c");
        let outer = bounce(GROUP, &format!("Content-Type: message/rfc822\r\n\r\n{inner}"));
        assert_eq!(read(&outer).unwrap().original, "r1@relais.example");
        let mut deep = String::new();
        for level in 0..20_000 {
            deep.push_str(&format!("Content-Type: multipart/report; report-type=delivery-status; boundary=\"{level}\"\r\n\r\n--{level}\r\n"));
        }
        assert_eq!(read(deep.as_bytes()), Err(Unread::TooManyParts));
        let messages = "Content-Type: message/rfc822\r\n\r\n".repeat(20_000);
        assert_eq!(read(bounce(GROUP, &messages).as_slice()), Err(Unread::TooManyParts));
        let encoded = "Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\n".repeat(190);
        assert!(read(bounce(GROUP, &encoded).as_slice()).is_err());
    }

    #[test]
    fn only_a_final_word_about_the_address_is_its_death() {
        let dead = |text: &str| Status::parse(text).is_some_and(Status::is_dead);
        for text in ["5.1.1", "5.1.10", "5.1.2 (bad domain)", " 5.2.1", "5.1.3", "5.1.6"] {
            assert!(dead(text), "{text}");
        }
        for text in ["4.1.1", "5.2.2", "5.7.1", "5.1.7", "5.1.8", "5.0.0", "2.1.5", "5.1", "", "5.1.1111", "6.1.1", "5.1.x"] {
            assert!(!dead(text), "{text}");
        }
    }

    proptest::proptest! {
        /// Whatever the bytes, and wherever a report is cut or spoilt, an answer comes.
        #[test]
        fn nothing_breaks_the_reading(bytes in proptest::collection::vec(0u8.., 0..600), cut in 0usize..900, at in 0usize..900, byte in 0u8..) {
            drop(read(&bytes));
            let mut whole = bounce(GROUP, RETURNED);
            let at = at.min(whole.len() - 1);
            whole[at] = byte;
            whole.truncate(cut.max(1));
            drop(read(&whole));
        }
    }
}
