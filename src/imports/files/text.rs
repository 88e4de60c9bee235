//! The text of a file, whichever program wrote it.

use std::borrow::Cow;

use encoding_rs::{Encoding, UTF_8, WINDOWS_1252};

use crate::imports::Wrong;

/// UTF-8, with or without its mark; UTF-16 with its mark, as spreadsheets write « texte Unicode »; anything else is Windows-1252.
pub fn decoded(bytes: &[u8]) -> Result<Cow<'_, str>, Wrong> {
    let (encoding, mark) = Encoding::for_bom(bytes).unwrap_or((UTF_8, 0));
    let body = &bytes[mark..];
    let text = match encoding.decode_without_bom_handling_and_without_replacement(body) {
        Some(text) => text,
        None if encoding == UTF_8 && is_mixed(body) => return Err(mixed(body)),
        None if encoding == UTF_8 => WINDOWS_1252.decode_without_bom_handling(body).0,
        None => return Err(Wrong::file(format!("ce fichier se dit en {}, et ne l’est pas.", encoding.name()))),
    };
    if let Some(place) = text.find('\0') {
        let line = text[..place].bytes().filter(|byte| *byte == b'\n').count() as u64 + 1;
        return Err(Wrong::row(line, "un caractère nul (NUL) s’y trouve : ce n’est pas un fichier de texte, ou il est abîmé."));
    }
    if text.trim().is_empty() { Err(Wrong::file("le fichier est vide.")) } else { Ok(text) }
}

/// Mostly UTF-8, with a few bytes that are not: two files were put together, and neither reading would be right.
fn is_mixed(bytes: &[u8]) -> bool {
    let (mut sound, mut broken) = (0usize, 0usize);
    for part in bytes.utf8_chunks() {
        sound += part.valid().chars().filter(|c| !c.is_ascii()).count();
        broken += part.invalid().len();
    }
    sound > broken * 3
}

fn mixed(bytes: &[u8]) -> Wrong {
    let before = bytes.utf8_chunks().next().map_or(0, |part| part.valid().bytes().filter(|byte| *byte == b'\n').count());
    Wrong::row(before as u64 + 1, "un caractère y est illisible : enregistrez le fichier en UTF-8, puis recommencez.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_usual_encoding_is_read() {
        assert_eq!(decoded("été".as_bytes()).unwrap(), "été");
        assert_eq!(decoded("\u{feff}été".as_bytes()).unwrap(), "été");
        assert_eq!(decoded(b"\xe9t\xe9 \x96 \x80 l\x92a").unwrap(), "été – € l’a");
        assert_eq!(decoded(b"\xff\xfet\x00i\x00").unwrap(), "ti");
    }

    #[test]
    fn two_encodings_in_one_file_are_refused() {
        let wrong = decoded(b"\xc3\xa9t\xc3\xa9 \xc3\xa0 No\xc3\xabl\n\xc3\xa9\xe9").unwrap_err();
        assert_eq!((wrong.line, wrong.message.contains("UTF-8")), (Some(2), true));
    }

    #[test]
    fn empty_and_broken_files_are_refused() {
        assert_eq!(decoded(b"a\nb\0c").unwrap_err().line, Some(2));
        for bytes in [b"".as_slice(), b"\xef\xbb\xbf", b" \r\n\n"] {
            assert_eq!(decoded(bytes).unwrap_err().message, "le fichier est vide.");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..200)) {
            if let Ok(text) = decoded(&bytes) {
                proptest::prop_assert!(!text.contains('\0'));
            }
        }
    }
}
