//! Words that a cell may say for a code, and codes written as those words.

use std::collections::HashMap;

use crate::kernel::edits::distance;
use crate::kernel::text::{excerpt, fold};

/// Reads words as codes, and back. What is read is a code that the record's door knows.
pub trait Vocabulary {
    /// The code of what somebody wrote, or why there is none, in words.
    fn read(&self, text: &str) -> Result<String, String>;

    /// The words of a code: [`Vocabulary::read`] gives the code back.
    fn write(&self, code: &str) -> String;

    /// What there is to choose from, when it is short enough to be told whole.
    fn choices(&self) -> Vec<&str> {
        Vec::new()
    }
}

/// A list of more is not told.
const TOLD: usize = 16;

/// A short list of codes, each with its label.
pub struct Terms {
    /// What one of them is: « un public ».
    noun: &'static str,
    codes: HashMap<String, String>,
    labels: HashMap<String, String>,
}

impl Terms {
    pub fn new(noun: &'static str, terms: impl IntoIterator<Item = (String, String)>) -> Self {
        let labels: HashMap<String, String> = terms.into_iter().collect();
        let mut codes: HashMap<String, String> = HashMap::new();
        let mut in_order: Vec<_> = labels.iter().collect();
        in_order.sort();
        for (code, label) in in_order {
            codes.entry(fold(label)).or_insert_with(|| code.clone());
        }
        // A code is always its own.
        codes.extend(labels.keys().map(|code| (fold(code), code.clone())));
        Self { noun, codes, labels }
    }

    /// The label that somebody may have meant.
    fn near(&self, folded: &str) -> Option<&String> {
        let most = if folded.chars().count() > 8 { 3 } else { 2 };
        let near = |name: &String| distance(folded, name, most).filter(|distance| *distance < folded.chars().count() / 2);
        let starts = |name: &String| (folded.len() > 3 && name.starts_with(folded)).then_some(most);
        let found = self.codes.iter().filter_map(|(name, code)| Some((near(name).or_else(|| starts(name))?, name, code)));
        found.min().and_then(|(_, _, code)| self.labels.get(code))
    }
}

impl Vocabulary for Terms {
    fn read(&self, text: &str) -> Result<String, String> {
        let folded = fold(text.trim());
        match self.codes.get(&folded) {
            Some(code) => Ok(code.clone()),
            None => Err(match self.near(&folded) {
                Some(label) => format!("« {} » n’est pas {} connu. Vouliez-vous dire « {label} » ?", excerpt(text), self.noun),
                None => match self.choices().as_slice() {
                    [] => format!("« {} » n’est pas {} connu.", excerpt(text), self.noun),
                    choices => format!("« {} » n’est pas {} connu. Choisissez parmi : {}.", excerpt(text), self.noun, choices.join(", ")),
                },
            }),
        }
    }

    fn write(&self, code: &str) -> String {
        let label = self.labels.get(code).filter(|label| self.codes.get(&fold(label)).is_some_and(|found| found == code));
        label.map_or_else(|| code.to_owned(), Clone::clone)
    }

    fn choices(&self) -> Vec<&str> {
        let mut labels: Vec<&str> = self.labels.values().map(String::as_str).filter(|_| self.labels.len() <= TOLD).collect();
        labels.sort_by_cached_key(|label| fold(label));
        labels
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn terms() -> Terms {
        Terms::new(
            "un public",
            [("familles", "Familles"), ("aines", "Personnes âgées"), ("a", "Jeunes"), ("b", "Jeunes")].map(|(c, l)| (c.into(), l.into())),
        )
    }

    #[test]
    fn words_are_read_as_codes_and_back() {
        let terms = terms();
        for (text, code) in [("familles", "familles"), ("FAMILLES ", "familles"), ("personnes agees", "aines"), ("aines", "aines")] {
            assert_eq!(terms.read(text).as_deref(), Ok(code));
        }
        for code in ["familles", "aines", "a", "b"] {
            assert_eq!(terms.read(&terms.write(code)).as_deref(), Ok(code));
        }
        assert_eq!((terms.write("aines").as_str(), terms.write("b").as_str()), ("Personnes âgées", "b"));
    }

    #[test]
    fn unknown_words_are_quoted_with_what_they_may_mean() {
        assert_eq!(terms().read("Famile").unwrap_err(), "« Famile » n’est pas un public connu. Vouliez-vous dire « Familles » ?");
        assert!(terms().read("Voisins").unwrap_err().contains("Choisissez parmi : Familles, Jeunes"));
    }
}
