//! Lines of a calendar: values escaped, lines folded, so that nothing that people typed becomes a line or a parameter of its own.

use chrono::NaiveDateTime;

use crate::kernel::Moment;

/// The most octets on a line, its end not counted (RFC 5545, 3.1).
const LONGEST: usize = 75;

/// A calendar being written.
#[derive(Default)]
pub struct Lines(String);

impl Lines {
    pub fn into_text(self) -> String {
        self.0
    }

    /// A property whose value is ours, or made safe already: `name` holds its parameters too.
    pub fn put(&mut self, name: &str, value: &str) {
        let (mut line, mut room) = (format!("{name}:{value}"), LONGEST);
        // What every value is held to, whoever made it.
        line.retain(|c| !c.is_control());
        for c in line.chars() {
            if c.len_utf8() > room {
                self.0.push_str("\r\n ");
                room = LONGEST - 1;
            }
            self.0.push(c);
            room -= c.len_utf8();
        }
        self.0.push_str("\r\n");
    }

    /// A property of free text.
    pub fn text(&mut self, name: &str, text: &str) {
        self.put(name, &escaped(text));
    }

    /// A property that is left out when there is nothing to say.
    pub fn maybe_text(&mut self, name: &str, text: Option<&str>) {
        if let Some(text) = text.filter(|text| !text.trim().is_empty()) {
            self.text(name, text);
        }
    }

    pub fn utc(&mut self, name: &str, moment: Moment) {
        self.put(name, &format!("{}Z", stamp(moment.0)));
    }
}

/// `20260303T140500`
pub fn stamp(wall: NaiveDateTime) -> String {
    wall.format("%Y%m%dT%H%M%S").to_string()
}

/// Free text as a value (RFC 5545, 3.3.11). What ends a line in any program's eyes becomes its line end; other control characters go.
pub fn escaped(text: &str) -> String {
    let text = text.replace("\r\n", "\n");
    let mut value = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}' => value.push_str("\\n"),
            '\t' => value.push(' '),
            '\\' | ';' | ',' => value.extend(['\\', c]),
            c if c.is_control() => {}
            c => value.push(c),
        }
    }
    value
}

/// A name as a parameter's value, in quotation marks. Those that it holds would end it, a backslash or a caret begins an escape for some
/// programs and not for others.
pub fn quoted(name: &str) -> String {
    let told = |c: char| match c {
        '"' => '\'',
        '\\' | '^' => '/',
        c if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') => ' ',
        c => c,
    };
    let name: String = name.chars().map(told).collect();
    format!("\"{}\"", name.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" "))
}

/// An address on the Web as a value, in ASCII.
pub fn uri(address: &str) -> String {
    percent(address.trim(), |c| c.is_ascii_graphic() && !"\"<>\\^`{|}".contains(c))
}

/// An e-mail address as a value (RFC 6068).
pub fn mailto(email: &str) -> String {
    format!("mailto:{}", percent(email, |c| c.is_ascii_alphanumeric() || "@.-_~!$'*+:()".contains(c)))
}

fn percent(text: &str, stays: impl Fn(char) -> bool) -> String {
    let mut value = String::with_capacity(text.len());
    for c in text.chars() {
        if stays(c) {
            value.push(c);
        } else {
            let octets = c.to_string();
            value.extend(octets.bytes().map(|octet| format!("%{octet:02X}")));
        }
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unfolded(text: &str) -> String {
        text.replace("\r\n ", "")
    }

    /// As a program that keeps to the letter of RFC 5545 reads a text.
    fn unescaped(value: &str) -> String {
        let (mut text, mut rest) = (String::new(), value.chars());
        while let Some(c) = rest.next() {
            text.push(match c {
                '\\' => match rest.next().expect("what is escaped") {
                    'n' | 'N' => '\n',
                    c => c,
                },
                c => c,
            });
        }
        text
    }

    #[test]
    fn a_long_line_is_cut_between_characters() {
        let mut lines = Lines::default();
        lines.text("SUMMARY", &"é".repeat(80));
        let text = lines.into_text();
        let lengths: Vec<usize> = text.trim_end().split("\r\n").map(str::len).collect();
        assert_eq!(lengths, [74, 75, 21]);
        assert_eq!(unfolded(&text), format!("SUMMARY:{}\r\n", "é".repeat(80)));
    }

    #[test]
    fn what_people_type_stays_a_value() {
        let mut lines = Lines::default();
        lines.text("SUMMARY", "a;b,c\\d\r\nEND:VEVENT\u{2028}x\ry\0\u{7}\u{9b}");
        lines.put(&format!("ATTENDEE;CN={}", quoted("x\"\r\n;ROLE=CHAIR:mailto:a@b.example\\^n ")), &mailto("a%b?c&\"d/é\r\n@été.example"));
        lines.put("URL", &uri("https://a.example/é \r\nX:1"));
        assert_eq!(
            unfolded(&lines.into_text()),
            "SUMMARY:a\\;b\\,c\\\\d\\nEND:VEVENT\\nx\\ny\r\n\
             ATTENDEE;CN=\"x' ;ROLE=CHAIR:mailto:a@b.example//n\":mailto:a%25b%3Fc%26%22d%2F%C3%A9%0D%0A@%C3%A9t%C3%A9.example\r\n\
             URL:https://a.example/%C3%A9%20%0D%0AX:1\r\n"
        );
    }

    proptest::proptest! {
        #[test]
        fn what_is_written_is_read_back(text in "(\\PC|[\n;,:\\\\\"\t ]){0,300}", name in "[A-Z]{1,60}") {
            let mut lines = Lines::default();
            lines.text(&name, &text);
            let written = lines.into_text();
            let whole = written.strip_suffix("\r\n").expect("its end");
            for (place, line) in whole.split("\r\n").enumerate() {
                proptest::prop_assert!(line.len() <= LONGEST && (place == 0 || line.starts_with(' ')), "{line:?}");
            }
            let line = unfolded(whole);
            let value = line.strip_prefix(&format!("{name}:")).expect("its name");
            proptest::prop_assert_eq!(unescaped(value), text.replace('\t', " ").replace(['\u{2028}', '\u{2029}'], "\n"));
        }

        #[test]
        fn whatever_is_typed_is_one_line(text in proptest::prelude::any::<String>()) {
            for (name, value) in [
                ("X".to_owned(), escaped(&text)), ("X".to_owned(), uri(&text)), ("X".to_owned(), mailto(&text)),
                (format!("X;CN={}", quoted(&text)), "y".to_owned()), ("X".to_owned(), text.clone()),
            ] {
                let mut lines = Lines::default();
                lines.put(&name, &value);
                let line = unfolded(&lines.into_text());
                proptest::prop_assert!(!line.trim_end_matches("\r\n").contains(char::is_control), "{line:?}");
                proptest::prop_assert!(name == "X" || name.matches('"').count() == 2, "{name}");
            }
        }
    }
}
