//! What quotes and a minus sign mean in a query, the same for every engine: `"revenu de solidarité" -jeunes`.

use super::analysis;

/// A query, read. The texts are as long as what was typed, with spaces in place of what is left out: a place in them is a place in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Said {
    /// What is looked for by its words: all but what is excluded, and the marks.
    pub words: String,
    /// What stands outside quotes too.
    pub loose: String,
    /// Folded words that a record must have as they are, one after the other; stop words left out.
    pub phrases: Vec<Vec<String>>,
    /// The same, that it must not have.
    pub without: Vec<Vec<String>>,
}

impl Said {
    pub fn read(text: &str) -> Self {
        let mut said = Self { words: String::with_capacity(text.len()), loose: String::with_capacity(text.len()), ..Self::default() };
        let mut at = 0;
        while let Some(c) = text[at..].chars().next() {
            let is_first = text[..at].chars().next_back().is_none_or(char::is_whitespace);
            let minus = is_first && c == '-';
            let start = at + usize::from(minus);
            if let Some((inner, end)) = quoted(text, start) {
                let phrase = words(&text[inner.clone()]);
                if minus {
                    said.without.extend(phrase);
                    blank(&mut said.words, end - at);
                } else {
                    said.phrases.extend(phrase);
                    blank(&mut said.words, inner.start - at);
                    said.words.push_str(&text[inner.clone()]);
                    blank(&mut said.words, end - inner.end);
                }
                blank(&mut said.loose, end - at);
                at = end;
            } else if minus && text[start..].starts_with(char::is_alphabetic) {
                // Before a figure it is an age or a sum: « -18 ans ».
                let end = text[start..].find(char::is_whitespace).map_or(text.len(), |length| start + length);
                said.without.extend(words(&text[start..end]));
                blank(&mut said.words, end - at);
                blank(&mut said.loose, end - at);
                at = end;
            } else {
                let kept = if is_quote(c) { None } else { Some(c) };
                for text in [&mut said.words, &mut said.loose] {
                    match kept {
                        Some(c) => text.push(c),
                        None => blank(text, c.len_utf8()),
                    }
                }
                at += c.len_utf8();
            }
        }
        said
    }

    /// Does it only say what is not wanted?
    pub fn only_excludes(&self) -> bool {
        !self.without.is_empty() && self.words.trim().is_empty()
    }
}

fn is_quote(c: char) -> bool {
    matches!(c, '"' | '“' | '”' | '„' | '«' | '»')
}

/// What stands between the quote at `start` and the one that closes it, and the end of that one. A quote that nothing closes is none.
fn quoted(text: &str, start: usize) -> Option<(std::ops::Range<usize>, usize)> {
    let open = text[start..].chars().next().filter(|c| is_quote(*c) && *c != '»')?;
    let closes = |c: char| if open == '«' { c == '»' } else { matches!(c, '"' | '“' | '”') };
    let inner = start + open.len_utf8();
    let close = inner + text[inner..].find(closes)?;
    let end = close + text[close..].chars().next().map_or(0, char::len_utf8);
    Some((inner..close, end))
}

fn words(text: &str) -> Option<Vec<String>> {
    let words: Vec<String> = analysis::words(text).into_iter().filter(|word| !word.is_stop).map(|word| word.exact).collect();
    (!words.is_empty()).then_some(words)
}

fn blank(text: &mut String, length: usize) {
    text.extend(std::iter::repeat_n(' ', length));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> (String, Vec<String>, Vec<String>) {
        let said = Said::read(text);
        assert_eq!((said.words.len(), said.loose.len()), (text.len(), text.len()), "{text}");
        let joined = |phrases: Vec<Vec<String>>| phrases.into_iter().map(|phrase| phrase.join(" ")).collect();
        (said.words.split_whitespace().collect::<Vec<_>>().join(" "), joined(said.phrases), joined(said.without))
    }

    #[test]
    fn quotes_and_minus_are_read() {
        for (typed, words, phrases, without) in [
            ("budget familial", "budget familial", &[][..], &[][..]),
            ("\"Revenu de solidarité\" jeunes", "Revenu de solidarité jeunes", &["revenu solidarite"], &[]),
            ("aide « à domicile »", "aide à domicile", &["domicile"], &[]),
            ("“micro-crédit”", "micro-crédit", &["micro credit"], &[]),
            ("logement -jeunes", "logement", &[], &["jeunes"]),
            ("-Étudiants -\"aide sociale\"", "", &[], &["etudiants", "aide sociale"]),
            ("-rendez-vous", "", &[], &["rendez"]),
            ("aide -18 ans", "aide -18 ans", &[], &[]),
            ("porte-à-porte 18-25 - suite", "porte-à-porte 18-25 - suite", &[], &[]),
            ("\"jamais fermé", "jamais fermé", &[], &[]),
            ("un \"\" deux", "un deux", &[], &[]),
            ("-la vie", "vie", &[], &[]),
        ] {
            let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
            assert_eq!(read(typed), (words.to_owned(), texts(phrases), texts(without)), "{typed}");
        }
        assert_eq!(Said::read("à « Loudun » ou -ici").loose.trim_end(), format!("à {}ou", " ".repeat("« Loudun » ".len())));
        assert!(Said::read("-jeunes").only_excludes() && !Said::read("a -jeunes").only_excludes() && !Said::read("").only_excludes());
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read(text in ".*", quoted in "[\"«» -]{0,6}[a-z é]{0,6}[\"«» -]{0,6}[a-z]{0,3}") {
            read(&text);
            read(&quoted);
        }
    }
}
