//! Which words a typo may have meant, among those that records have.

use std::cmp::Reverse;
use std::collections::HashMap;

use super::asked::{Way, stem_term};
use crate::kernel::edits::edits;
use crate::search::analysis;
use crate::search::config::Config;

/// Words that a typo may have meant: the likeliest are enough.
const MOST: usize = 12;

/// A word of the records that a typo may have meant.
#[derive(Clone, Debug, PartialEq)]
pub struct Correction {
    pub word: String,
    pub distance: usize,
    /// In how many records.
    pub count: u32,
    pub same_initial: bool,
}

/// How many times as common a word must be to be what another, written too, was meant to be.
pub const COMMONER: u32 = 10;

/// May a word that is written in so many of the records be a typo that someone else made?
pub fn is_rare(written: u32, records: f32) -> bool {
    (written * COMMONER) as f32 <= records
}

/// Keeps the corrections that are so much commoner than the word. Its other forms are none: its stem finds them.
pub fn keep_commoner(corrections: &mut Vec<Correction>, word: &str, written: u32) {
    let stem = analysis::stem(word);
    corrections.retain(|correction| correction.count >= COMMONER * written && analysis::stem(&correction.word) != stem);
}

/// How far a word may be from what was meant.
pub fn reach(word: &str) -> u8 {
    if word.chars().count() >= 8 { 2 } else { 1 }
}

/// Orders words that are near `word` (or whose beginning is, within `unfinished`, when it is still being typed), the likeliest first.
pub fn likeliest(word: &str, mut near: HashMap<String, u32>, unfinished: Option<u8>) -> Vec<Correction> {
    near.remove(word);
    let typed: Vec<char> = word.chars().collect();
    let correction = |(other, count): (String, u32)| {
        let letters: Vec<char> = other.chars().collect();
        let distance = unfinished.map_or_else(|| edits(&typed, &letters), usize::from);
        Correction { distance, count, same_initial: letters.first() == typed.first(), word: other }
    };
    let mut found: Vec<Correction> = near.into_iter().map(correction).collect();
    let order = |c: &Correction| (c.distance, !c.same_initial, Reverse(c.count));
    found.sort_unstable_by(|a, b| order(a).cmp(&order(b)).then_with(|| a.word.cmp(&b.word)));
    found.truncate(MOST);
    found
}

/// How the corrections of a word are looked up: by their stems, the nearer the better.
pub fn way(corrections: &[Correction]) -> Way {
    let weights = &Config::get().settings.words;
    let mut terms: Vec<(String, f32)> = Vec::new();
    for correction in corrections {
        let term = stem_term(&analysis::stem(&correction.word));
        let near = if correction.distance <= 1 { 1.0 } else { weights.typo_two / weights.typo_one };
        let worth = if correction.same_initial { near } else { near * 0.8 };
        if !terms.iter().any(|(known, _)| *known == term) {
            terms.push((term, worth));
        }
    }
    Way { weight: weights.typo_one, terms, phrases: Vec::new() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_words_come_first_then_common_ones() {
        let near = HashMap::from([("budget".to_owned(), 2), ("bugne".to_owned(), 9), ("bugdet".to_owned(), 1), ("gadget".to_owned(), 50)]);
        let words: Vec<String> = likeliest("bugdet", near, None).into_iter().map(|near| near.word).collect();
        assert_eq!(words, ["budget", "bugne", "gadget"]);
    }
}
