//! A document cut into lines: what extraction leaves behind is dropped here, and bullets are told from their text.

use std::borrow::Cow;

use unicode_normalization::UnicodeNormalization;

/// A line that says something, with what its layout tells.
#[derive(Clone, Copy, Debug)]
pub struct Line<'a> {
    /// From 1, as an editor counts.
    pub number: usize,
    pub indent: usize,
    /// Of a Markdown heading, 1 for the highest.
    pub level: Option<usize>,
    /// What stands for its bullet: two bullets of one list have the same.
    pub bullet: Option<char>,
    /// Written as a row of a table.
    pub row: bool,
    /// Nothing joins it to the line before.
    pub apart: bool,
    /// Without bullet, pipes at its ends, or heading marks.
    pub text: &'a str,
    /// As the document has it.
    pub source: &'a str,
}

impl<'a> Line<'a> {
    fn read(number: usize, raw: &'a str, apart: bool) -> Self {
        let indent = raw.chars().take_while(|c| c.is_whitespace()).map(|c| if c == '\t' { 4 } else { 1 }).sum();
        let source = raw.trim();
        let row = source.starts_with('|');
        let mut text = source.trim_matches(|c: char| row && (c == '|' || c.is_whitespace()));
        let hashes = text.len() - text.trim_start_matches('#').len();
        let level = (1..=6).contains(&hashes).then_some(hashes).filter(|_| text[hashes..].starts_with(char::is_whitespace));
        if level.is_some() {
            text = text.trim_matches(|c: char| c == '#' || c.is_whitespace());
        }
        let mut bullet = None;
        while let Some((mark, rest)) = bullet_of(text).filter(|_| level.is_none()) {
            (bullet, text) = (Some(mark), rest);
        }
        Self { number, indent, level, bullet, row, apart: apart || row, text, source }
    }

    /// What follows a heading on its own line, as a line of its own.
    pub fn after_heading(&self, rest: &'a str) -> Self {
        Self { indent: 0, source: self.source, ..Self::read(self.number, rest, true) }
    }

    /// The text for people: without marks of emphasis.
    pub fn words(&self) -> String {
        tidy(self.text)
    }
}

/// One kind of line end, composed accents, and none of the characters that nobody sees.
pub fn normalise(document: &str) -> String {
    let document = document.strip_prefix('\u{feff}').unwrap_or(document);
    let ends: Cow<str> = if document.contains('\r') { document.replace("\r\n", "\n").replace('\r', "\n").into() } else { document.into() };
    let invisible = |c: char| (c.is_control() && !matches!(c, '\n' | '\t')) || matches!(c, '\u{feff}' | '\u{200b}'..='\u{200f}' | '\u{ad}');
    ends.chars().filter(|c| !invisible(*c)).nfc().collect()
}

/// The lines that say something; those that do not only set apart what surrounds them.
pub fn cut(text: &str) -> Vec<Line<'_>> {
    let mut lines = Vec::new();
    let mut apart = true;
    for (index, raw) in text.split('\n').enumerate() {
        for piece in pieces(raw) {
            if is_noise(piece) {
                apart = true;
            } else {
                lines.push(Line::read(index + 1, piece, apart));
                apart = false;
            }
        }
    }
    lines
}

/// The cells of a table break their lines with `<br>`.
fn pieces(raw: &str) -> impl Iterator<Item = &str> {
    let mut left = Some(raw);
    std::iter::from_fn(move || {
        let text = left?;
        let cut = text.match_indices("<br").find_map(|(at, mark)| {
            let rest = text[at + mark.len()..].trim_start_matches([' ', '/']);
            rest.strip_prefix('>').map(|rest| (&text[..at], rest))
        });
        left = cut.map(|(_, rest)| rest);
        Some(cut.map_or(text, |(piece, _)| piece))
    })
}

/// Rules, empty rows, page numbers and pictures.
fn is_noise(line: &str) -> bool {
    let mut words = line.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).peekable();
    if words.peek().is_none() || line.trim_start().starts_with("![") {
        return true;
    }
    let mut figures = false;
    let page = words.by_ref().take(4).all(|word| {
        let number = word.len() <= 3 && word.bytes().all(|byte| byte.is_ascii_digit());
        figures |= number;
        number || matches!(word, "page" | "Page" | "PAGE" | "p" | "sur")
    });
    page && figures && words.next().is_none() && !line.contains(['%', '€'])
}

/// The bullet that a text begins with, and what follows it.
fn bullet_of(text: &str) -> Option<(char, &str)> {
    let first = text.chars().next()?;
    let rest = &text[first.len_utf8()..];
    let spaced = rest.starts_with(char::is_whitespace);
    let then = rest.trim_start().chars().next()?;
    match first {
        '-' | '=' if rest.starts_with('>') => Some(('→', rest[1..].trim_start())),
        '-' | '–' | '—' if then != first => Some(('-', rest.trim_start())),
        '>' if then.is_alphabetic() => Some((first, rest.trim_start())),
        '*' | '.' if spaced => Some((first, rest.trim_start())),
        'o' | '+' if spaced && then.is_uppercase() => Some((first, rest.trim_start())),
        '•' | '·' | '●' | '○' | '◦' | '‣' | '▪' | '■' | '□' | '▶' | '►' | '→' | '➔' | '➢' | '➤' | '⇒' | '✓' | '✔' | '❖' | '\u{f000}'..='\u{f0ff}' => {
            Some((first, rest.trim_start()))
        }
        _ => numbered(text),
    }
}

/// `1.`, `12)` or `a)`.
fn numbered(text: &str) -> Option<(char, &str)> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (kind, rest) = match digits {
        0 if text.starts_with(|c: char| c.is_ascii_lowercase()) => ('a', text[1..].strip_prefix(')')?),
        1 | 2 => ('1', text[digits..].strip_prefix(['.', ')'])?),
        _ => return None,
    };
    rest.starts_with(char::is_whitespace).then(|| (kind, rest.trim_start()))
}

/// A text without emphasis, pipes, escapes or raised letters (`1^{er}` is `1er`), each run of spaces made one.
pub fn tidy(text: &str) -> String {
    let mut tidied = String::with_capacity(text.len());
    let mut letters = text.chars().peekable();
    let mut raised = false;
    while let Some(c) = letters.next() {
        let next = letters.peek().copied();
        match c {
            '*' => {}
            '^' => raised |= letters.next_if_eq(&'{').is_some(),
            '}' if raised => raised = false,
            '\\' if next.is_some_and(|next| next.is_ascii_punctuation()) => {}
            // An underscore inside a word belongs to it.
            '_' if !(tidied.ends_with(char::is_alphanumeric) && next.is_some_and(char::is_alphanumeric)) => {}
            '|' => tidied.push(' '),
            c if c.is_whitespace() => tidied.push(' '),
            c => tidied.push(c),
        }
    }
    let mut joined = String::with_capacity(tidied.len());
    for word in tidied.split(' ').filter(|word| !word.is_empty()) {
        if !joined.is_empty() {
            joined.push(' ');
        }
        joined.push_str(word);
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(document: &str) -> Vec<(usize, Option<char>, &str)> {
        cut(document).iter().map(|line| (line.number, line.bullet, line.text)).collect()
    }

    #[test]
    fn noise_goes_and_years_stay() {
        assert!(texts("\n| | |\n|--|---|\n---\n***\n12\n- 12 -\nPage 3 sur 40\n| | 7 |\n![](a.png)\n•\n").is_empty());
        assert_eq!(texts("2012\n- 2011 - 2012\n36% d'avis"), [(1, None, "2012"), (2, Some('-'), "2011 - 2012"), (3, None, "36% d'avis")]);
    }

    #[test]
    fn bullets_are_told_from_text() {
        assert_eq!(
            texts(" - . a\n– b\n• c\n2) d\no E\n-f\n-> g"),
            [
                (1, Some('.'), "a"),
                (2, Some('-'), "b"),
                (3, Some('•'), "c"),
                (4, Some('1'), "d"),
                (5, Some('o'), "E"),
                (6, Some('-'), "f"),
                (7, Some('→'), "g"),
            ]
        );
        assert_eq!(
            texts("**gras**\n84 lieux\n3.5 postes\nou bien"),
            [(1, None, "**gras**"), (2, None, "84 lieux"), (3, None, "3.5 postes"), (4, None, "ou bien")]
        );
    }

    #[test]
    fn cells_may_hold_several_lines() {
        assert_eq!(texts("| Moyens | - a<br/>- b<br>c |"), [(1, None, "Moyens | - a"), (1, Some('-'), "b"), (1, None, "c |")]);
    }

    #[test]
    fn every_end_of_line_counts_once() {
        assert_eq!(texts(&normalise("\u{feff}a\r\n\r\nb\rc\u{0}e\u{301}")), [(1, None, "a"), (3, None, "b"), (4, None, "cé")]);
    }

    #[test]
    fn tidying_keeps_the_words() {
        assert_eq!(tidy("***Le*** 1^{er} _mot_ a\\_b | c\u{a0}d a_b 2^e"), "Le 1er mot a_b c d a_b 2e");
    }
}
