//! Cells that no spreadsheet takes for a formula, written and read back.

use std::borrow::Cow;

/// What begins a formula in a spreadsheet.
const DANGEROUS: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];

fn is_dangerous(text: &str) -> bool {
    text.trim_start_matches('\'').starts_with(DANGEROUS)
}

/// A text that no spreadsheet takes for a formula: an apostrophe stands before what would be one.
pub fn guarded(text: &str) -> Cow<'_, str> {
    if is_dangerous(text) { format!("'{text}").into() } else { text.into() }
}

/// The text that was guarded.
pub fn unguarded(text: &str) -> &str {
    text.strip_prefix('\'').filter(|rest| is_dangerous(rest)).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_are_guarded_and_read_back() {
        for text in ["=1+1", "+33 5 49", "-3", "@x", "'=1", "''-"] {
            assert!(guarded(text).starts_with('\''), "{text}");
        }
        assert_eq!((guarded("l’été"), guarded("'été")), ("l’été".into(), "'été".into()));
    }

    proptest::proptest! {
        #[test]
        fn what_is_guarded_is_read_back(text in "['=+@\t\r\\-a ]{0,8}") {
            let guarded = guarded(&text);
            proptest::prop_assert_eq!(unguarded(&guarded), text.as_str());
            proptest::prop_assert!(!guarded.starts_with(DANGEROUS));
        }
    }
}
