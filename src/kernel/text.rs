//! Text as people type it, folded for comparing and cut for URLs.

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// Lower case, without accents, with `œ` as `oe` and straight apostrophes: two spellings of one word fold to one text.
pub fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for c in text.nfkd().filter(|c| !is_combining_mark(*c)) {
        match c {
            'œ' | 'Œ' => folded.push_str("oe"),
            'æ' | 'Æ' => folded.push_str("ae"),
            'ß' => folded.push_str("ss"),
            '’' | '‘' | 'ʼ' | '`' => folded.push('\''),
            '‐' | '‑' | '–' | '—' => folded.push('-'),
            c if c.is_whitespace() => folded.push(' '),
            c => folded.extend(c.to_lowercase()),
        }
    }
    folded
}

/// The words of a title as a URL carries them: `Gérer l’argent` becomes `gerer-l-argent`. Never empty.
pub fn slug(text: &str) -> String {
    let mut slug = String::new();
    for c in fold(text).chars() {
        if c.is_ascii_alphanumeric() {
            slug.push(c);
        } else if !slug.ends_with('-') && !slug.is_empty() {
            slug.push('-');
        }
        if slug.len() >= 80 {
            break;
        }
    }
    let slug = slug.trim_matches('-');
    if slug.is_empty() { "sans-titre".to_owned() } else { slug.to_owned() }
}

/// What a form or file gave, with its line ends made one, control characters gone and its edges trimmed.
pub fn clean(text: &str) -> String {
    text.replace("\r\n", "\n")
        .chars()
        .map(|c| if c == '\r' { '\n' } else { c })
        .filter(|c| !c.is_control() || matches!(c, '\n' | '\t'))
        .collect::<String>()
        .trim()
        .to_owned()
}

/// A sentence of ours, whose signs do not leave their word at the end of a line. Only to be shown: what people write stays as they wrote it.
pub fn unbroken(text: &str) -> String {
    let before = [" :", " ;", " ?", " !", " »"].iter().fold(text.to_owned(), |text, sign| text.replace(sign, &sign.replace(' ', "\u{a0}")));
    before.replace("« ", "«\u{a0}")
}

/// What people wrote as one line: white space becomes one space, and the signs that they had tied to their word stay tied.
pub fn one_line(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if text.contains(['\u{a0}', '\u{202f}']) { unbroken(&line) } else { line }
}

/// Enough of what somebody typed to recognise it in a message: 60 characters at most.
pub fn excerpt(text: &str) -> String {
    let mut rest = text.chars();
    let start: String = rest.by_ref().take(60).collect();
    if rest.next().is_some() { format!("{start}…") } else { start }
}

/// The lines of a text area that hold something, without the bullets that people type.
pub fn lines(text: &str) -> Vec<String> {
    text.lines().map(|line| line.trim().trim_start_matches(['-', '•', '*', '–']).trim().to_owned()).filter(|line| !line.is_empty()).collect()
}

/// Some things in a sentence, each once: « le titre, le lieu et les dates ». More than four are counted: « le titre, le lieu, les dates et
/// 6 autres champs ». Empty for none.
pub fn some_of<'w>(words: impl IntoIterator<Item = &'w str>) -> String {
    let mut told: Vec<&str> = Vec::new();
    for word in words {
        if !told.contains(&word) {
            told.push(word);
        }
    }
    match told.as_slice() {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [first @ .., last] if told.len() <= 4 => format!("{} et {last}", first.join(", ")),
        all => format!("{} et {}\u{a0}autres champs", all[..3].join(", "), all.len() - 3),
    }
}

/// The digits of a whole number, with a narrow no-break space between thousands.
pub fn thousands(digits: &str) -> String {
    let mut grouped = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            grouped.push('\u{202f}');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folding_brings_spellings_together() {
        assert_eq!(fold("L’Œuvre ÉLÉMENTAIRE"), "l'oeuvre elementaire");
        assert_eq!(slug("  Gérer l’argent : 1er pas !"), "gerer-l-argent-1er-pas");
        assert_eq!(slug("!!!"), "sans-titre");
    }

    #[test]
    fn cleaning_keeps_lines_and_drops_control_characters() {
        assert_eq!(clean(" a\r\nb\u{0}\u{7}c\r"), "a\nbc");
        assert_eq!(lines("- un\n\n • deux\n"), ["un", "deux"]);
    }

    #[test]
    fn one_line_keeps_the_signs_that_were_tied() {
        assert_eq!(one_line(" a  b\n\u{a0}: c ? "), "a b\u{a0}: c\u{a0}?");
        assert_eq!(one_line("a :  b"), "a : b");
    }

    #[test]
    fn things_are_listed_as_one_speaks() {
        assert_eq!(some_of([]), "");
        assert_eq!(some_of(["le titre", "le titre"]), "le titre");
        assert_eq!(some_of(["a", "b", "c", "d"]), "a, b, c et d");
        assert_eq!(some_of(["a", "b", "c", "d", "e"]), "a, b, c et 2\u{a0}autres champs");
    }

    proptest::proptest! {
        #[test]
        fn folding_twice_changes_nothing(text in ".*") {
            proptest::prop_assert_eq!(fold(&fold(&text)), fold(&text));
        }
    }
}
