//! The text of a PDF. This runs in a process of its own (see `reading`): what it is given may be made to break it.

use std::fmt::{self, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use pdf_extract::{ConvertToFmt, Document, Error, Object, PlainTextOutput};
use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;

use super::model::Reading;

/// Characters of a text that are kept.
pub const LONGEST_TEXT: usize = 100_000;
/// What a file may hold once unpacked, images aside: pages and fonts.
const MOST_UNPACKED: usize = 256 * 1024 * 1024;
/// After so long, the pages that are left are not read.
const PATIENCE: Duration = Duration::from_secs(6);

/// What came of reading a PDF: the process tells its parent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    Text {
        text: String,
        reading: Reading,
    },
    /// It asks for a password.
    Protected,
    /// Its end is missing.
    Truncated,
    Broken,
    /// It unpacks to more than any document does, or takes too long.
    TooMuch,
}

/// Reads a PDF.
pub fn read(bytes: &[u8]) -> Outcome {
    // Some programs pad what they send.
    let end = bytes.iter().rposition(|byte| !matches!(byte, 0 | b' ' | b'\r' | b'\n')).map_or(0, |last| last + 1);
    let bytes = &bytes[..end];
    let tail = &bytes[end.saturating_sub(1024)..];
    if !tail.windows(5).any(|window| window == b"%%EOF") {
        return Outcome::Truncated;
    }
    let document = match catch_unwind(|| Document::load_mem(bytes)) {
        Ok(Ok(document)) => document,
        Ok(Err(error)) => return if is_of_password(&error) { Outcome::Protected } else { Outcome::Broken },
        Err(_) => return Outcome::Broken,
    };
    if document.is_encrypted() {
        return Outcome::Protected;
    }
    if unpacks_too_much(&document) {
        return Outcome::TooMuch;
    }
    let pages: Vec<u32> = document.get_pages().into_keys().collect();
    if pages.is_empty() { Outcome::Broken } else { text(&document, &pages) }
}

fn is_of_password(error: &Error) -> bool {
    matches!(error, Error::Decryption(_) | Error::InvalidPassword | Error::UnsupportedSecurityHandler(_))
}

/// Images are large by nature, and nobody unpacks them here.
fn unpacks_too_much(document: &Document) -> bool {
    let mut total = 0;
    for object in document.objects.values() {
        let Object::Stream(stream) = object else { continue };
        let is_image = stream.dict.get(b"Subtype").and_then(Object::as_name).is_ok_and(|name| name == b"Image");
        if !is_image {
            let unpacked = catch_unwind(AssertUnwindSafe(|| stream.decompressed_content().map_or(0, |content| content.len())));
            total += unpacked.unwrap_or(0);
        }
        if total > MOST_UNPACKED {
            return true;
        }
    }
    false
}

/// The text of the pages, one after another. A page that cannot be read does not hide the others.
fn text(document: &Document, pages: &[u32]) -> Outcome {
    let from = Instant::now();
    let (mut whole, mut unread) = (Bounded::default(), 0);
    for page in pages {
        if whole.is_full() || from.elapsed() > PATIENCE {
            break;
        }
        let mut output = PlainTextOutput::new(&mut whole);
        let read = catch_unwind(AssertUnwindSafe(|| pdf_extract::output_doc_page(document, &mut output, *page)));
        if !matches!(read, Ok(Ok(()))) {
            unread += 1;
        }
        // Full: whoever writes on is told.
        whole.write_str("\n\n").ok();
    }
    let mut text = tidy(&whole.text);
    let end = text.char_indices().nth(LONGEST_TEXT).map(|(end, _)| end);
    let is_cut = whole.is_full() || from.elapsed() > PATIENCE || end.is_some() || unread > 0;
    text.truncate(end.unwrap_or(text.len()));
    let reading = match (text.is_empty(), is_cut) {
        (true, true) => Reading::Unreadable,
        (true, false) => Reading::Empty,
        (false, true) => Reading::Cut,
        (false, false) => Reading::Read,
    };
    Outcome::Text { text, reading }
}

/// A text that takes so much and no more.
#[derive(Default)]
struct Bounded {
    text: String,
    is_over: bool,
}

impl Bounded {
    fn is_full(&self) -> bool {
        self.is_over
    }
}

impl Write for Bounded {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        // Bytes before characters: no text has more of these than of those.
        if self.text.len() + text.len() > 4 * LONGEST_TEXT {
            self.is_over = true;
            return Err(fmt::Error);
        }
        self.text.push_str(text);
        Ok(())
    }
}

impl<'a> ConvertToFmt for &'a mut Bounded {
    type Writer = &'a mut Bounded;

    fn convert(self) -> Self::Writer {
        self
    }
}

/// Ligatures as letters, no control character, one space between words, one empty line at most between paragraphs.
fn tidy(text: &str) -> String {
    let mut tidied = String::with_capacity(text.len());
    let mut empty_lines = 0;
    for line in text.lines() {
        let spelt = line.chars().flat_map(|c| if ('\u{fb00}'..='\u{fb06}').contains(&c) { c.nfkd().collect::<Vec<_>>() } else { vec![c] });
        let shown: String = spelt.nfc().map(|c| if c.is_whitespace() { ' ' } else { c }).filter(|c| !c.is_control() && *c != '\u{fffd}').collect();
        let words: Vec<&str> = shown.split(' ').filter(|word| !word.is_empty()).collect();
        if words.is_empty() {
            empty_lines += 1;
            continue;
        }
        if !tidied.is_empty() {
            tidied.push_str(if empty_lines > 0 { "\n\n" } else { "\n" });
        }
        empty_lines = 0;
        tidied.push_str(&words.join(" "));
    }
    tidied
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_tidied() {
        assert_eq!(tidy("  Con\u{fb01}rmer\u{a0} l’accord\u{0}\n\n\n\nArticle  1\nsuite\n"), "Confirmer l’accord\n\nArticle 1\nsuite");
    }

    #[test]
    fn what_is_no_pdf_is_told() {
        assert_eq!(read(b""), Outcome::Truncated);
        assert_eq!(read(b"%PDF-1.7\nnothing\n%%EOF"), Outcome::Broken);
    }
}
