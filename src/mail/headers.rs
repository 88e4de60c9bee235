//! A message's headers: whatever people typed, each is one header, in ASCII, of lines that every server takes.

use lettre::message::header::{HeaderName, HeaderValue};

use crate::kernel::EmailAddress;

/// Longer subjects are cut: no list of mails shows as much.
pub const LONGEST_SUBJECT: usize = 200;
/// The same for names.
const LONGEST_NAME: usize = 100;
/// A line with encoded words has at most so many characters (RFC 2047).
const LINE: usize = 76;
/// What stands around an encoded word.
const AROUND: (&str, &str) = ("=?utf-8?b?", "?=");

/// A text as one line: what would end it, and what would show it in another order than written, becomes a space.
pub fn one_line(text: &str, most: usize) -> String {
    let separates = |c: char| c == ' ' || c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let line = text.split(separates).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
    if line.chars().count() <= most {
        return line;
    }
    let cut: String = line.chars().take(most.saturating_sub(1)).collect();
    format!("{}…", cut.trim_end())
}

/// An address as it stands in a header and in the dialogue with a server.
pub fn wire(address: &str) -> String {
    // What was stored before addresses were held to today's rules is taken as it is: the server says what it thinks of it.
    EmailAddress::parse(address).map_or_else(|| address.to_owned(), |address| address.on_the_wire())
}

/// A header of free text.
pub fn text(name: &'static str, text: &str) -> HeaderValue {
    let line = one_line(text, LONGEST_SUBJECT);
    let is_plain = line.bytes().all(|byte| (b' '..=b'~').contains(&byte)) && !line.contains("=?");
    let value = if is_plain { folded(name, &line) } else { encoded(name, &line) };
    raw(name, line, value)
}

/// A header of a name and what stands in angle brackets after it: an address, a list's identifier.
pub fn named(name: &'static str, shown: &str, bracketed: &str) -> HeaderValue {
    let line = one_line(shown, LONGEST_NAME);
    let is_plain = line.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b' ');
    let value = match is_plain {
        _ if line.is_empty() => format!("<{bracketed}>"),
        true => format!("{line} <{bracketed}>"),
        false => format!("{}\r\n <{bracketed}>", encoded(name, &line)),
    };
    raw(name, bracketed.to_owned(), value)
}

/// A header whose value is ours: identifiers and links, without anything that a person typed.
pub fn ours(name: &'static str, value: impl Into<String>) -> HeaderValue {
    let value = value.into().replace(char::is_control, "");
    raw(name, value.clone(), value)
}

fn raw(name: &'static str, read: String, written: String) -> HeaderValue {
    HeaderValue::dangerous_new_pre_encoded(HeaderName::new_from_ascii_str(name), read, written)
}

/// Words of printable ASCII on lines that are not too long, unless one word is.
fn folded(name: &str, text: &str) -> String {
    let (mut value, mut length) = (String::with_capacity(text.len()), name.len() + 1);
    for word in text.split(' ') {
        if length + 1 + word.len() > LINE && !value.is_empty() {
            value.push_str("\r\n");
            length = 0;
        }
        // The space after the name is written with it.
        if !value.is_empty() {
            value.push(' ');
        }
        value.push_str(word);
        length += 1 + word.len();
    }
    value
}

/// Encoded words (RFC 2047): a decoder gives back this text and nothing else.
fn encoded(name: &str, text: &str) -> String {
    let octets = |taken: usize| (LINE - taken - AROUND.0.len() - AROUND.1.len()) / 4 * 3;
    let (mut words, mut room) = (vec![String::new()], octets(name.len() + 2));
    for c in text.chars() {
        if c.len_utf8() > room {
            words.push(String::new());
            room = octets(1);
        }
        room -= c.len_utf8();
        if let Some(word) = words.last_mut() {
            word.push(c);
        }
    }
    let encoded = words.iter().map(|word| format!("{}{}{}", AROUND.0, openssl::base64::encode_block(word.as_bytes()), AROUND.1));
    encoded.collect::<Vec<_>>().join("\r\n ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(header: &HeaderValue) -> String {
        let mut headers = lettre::message::header::Headers::new();
        headers.insert_raw(header.clone());
        headers.to_string()
    }

    #[test]
    fn a_text_becomes_one_line() {
        for (text, line) in [
            ("Publiée :\n « Budget »\r\n", "Publiée : « Budget »"),
            ("a\r\nBcc: x@y.example\0", "a Bcc: x@y.example"),
            ("  \t ", ""),
            ("a\u{85}b\u{2028}c\u{7f}d", "a b c d"),
            ("gagnez\u{202e}fdp.exe", "gagnez fdp.exe"),
            ("« Budget »", "« Budget »"),
        ] {
            assert_eq!(one_line(text, 200), line);
        }
        let long = one_line(&"é".repeat(10_000), 200);
        assert!(long.chars().count() == 200 && long.ends_with("é…"), "{long}");
        assert_eq!(one_line(&format!("{} {}", "a".repeat(198), "b".repeat(9)), 200), format!("{}…", "a".repeat(198)));
    }

    #[test]
    fn headers_are_folded_and_encoded() {
        assert_eq!(written(&text("Subject", "Budget")), "Subject: Budget\r\n");
        assert_eq!(written(&text("Subject", "Été")), "Subject: =?utf-8?b?w4l0w6k=?=\r\n");
        // What looks encoded is what people typed: it is shown as such.
        assert_eq!(written(&text("Subject", "=?utf-8?q?a?=")), "Subject: =?utf-8?b?PT91dGYtOD9xP2E/PQ==?=\r\n");
        assert_eq!(written(&named("From", "Trait d’union", "a@b.example")), "From: =?utf-8?b?VHJhaXQgZOKAmXVuaW9u?=\r\n <a@b.example>\r\n");
        assert_eq!(written(&named("From", "Budget", "a@b.example")), "From: Budget <a@b.example>\r\n");
        assert_eq!(written(&named("From", "\n", "a@b.example")), "From: <a@b.example>\r\n");
        for header in
            [text("Subject", &"mot ".repeat(90)), text("Subject", &"été 🙂 ".repeat(90)), named("List-Id", &"été ".repeat(90), "a.b.example")]
        {
            let written = written(&header);
            assert!(written.lines().count() > 1 && written.lines().all(|line| line.len() <= 76 && line.is_ascii()), "{written}");
        }
    }
}
