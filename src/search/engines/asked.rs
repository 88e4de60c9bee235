//! From what was typed to what is looked for, the same for every engine: each word with its stem and its synonyms. What it may be the
//! beginning of, or a typo for, an engine adds from the words that its records have.

use std::collections::HashSet;

use crate::search::analysis::{self, Word};
use crate::search::config::{Config, Phrase, Synonyms};
use crate::search::snippet::Marks;

/// Stems stand beside words; this mark tells them apart, and sorts after every Latin word.
pub const STEM: char = '~';

/// One way for a record to match a word.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Way {
    pub weight: f32,
    /// Words, and stems with their mark, with what one is worth.
    pub terms: Vec<(String, f32)>,
    pub phrases: Vec<Phrase>,
}

/// A word of a query.
#[derive(Clone, Debug, PartialEq)]
pub struct Asked {
    /// Folded.
    pub exact: String,
    /// The word itself, then synonyms, then what it may be the beginning of.
    pub ways: Vec<Way>,
    pub prefix: Option<String>,
    /// How rare it is among what the reader may see: 0 when no record has it, or nobody looked yet.
    pub rarity: f32,
    pub is_stop: bool,
}

/// Reads a query: its words in order, without those that distinguish nothing.
pub fn asked(text: &str) -> Vec<Asked> {
    let config = &Config::get().settings;
    let typed = analysis::words(text);
    let only_stops = typed.iter().all(|word| word.is_stop);
    let mut words: Vec<Word> = typed.into_iter().filter(|word| only_stops || !word.is_stop).collect();
    // A word said twice asks nothing more.
    let mut seen = HashSet::new();
    words.retain(|word| seen.insert(word.stem.clone()));
    words.truncate(config.max_words);

    let mut asked: Vec<Asked> = words.iter().map(Asked::direct).collect();
    add_synonyms(&words, &mut asked);
    for (place, word) in words.iter().enumerate() {
        if let Some(compound) = &word.compound {
            let way = Way { weight: config.words.stem, terms: vec![(stem_term(&analysis::stem(compound)), 1.0)], phrases: Vec::new() };
            asked[place..].iter_mut().take(2).for_each(|word| word.ways.push(way.clone()));
        }
    }
    if let Some((word, last)) = words.last().zip(asked.last_mut())
        && word.end == text.trim_end_matches('…').len()
        && !only_stops
        && word.exact.chars().nth(1).is_some()
    {
        last.prefix = Some(word.exact.clone());
    }
    asked
}

pub fn stem_term(stem: &str) -> String {
    format!("{STEM}{stem}")
}

impl Asked {
    fn direct(word: &Word) -> Self {
        let weights = &Config::get().settings.words;
        let terms = match word.is_stop {
            true => vec![(word.exact.clone(), 1.0)],
            false => vec![(stem_term(&word.stem), 1.0), (word.exact.clone(), weights.exact)],
        };
        let direct = Way { weight: weights.stem, terms, phrases: Vec::new() };
        Self { exact: word.exact.clone(), ways: vec![direct], prefix: None, rarity: 0.0, is_stop: word.is_stop }
    }

    /// Figures and stop words have no typos, short words too many.
    pub fn may_be_typo(&self) -> bool {
        !self.is_stop && self.exact.chars().count() >= 4 && self.exact.chars().all(char::is_alphabetic)
    }
}

/// Every phrase of the query that has synonyms lends them to each of its words.
fn add_synonyms(words: &[Word], asked: &mut [Asked]) {
    let weight = Config::get().settings.words.synonym;
    let stems: Vec<&str> = words.iter().map(|word| word.stem.as_str()).collect();
    for start in 0..stems.len() {
        for (length, others) in Synonyms::get().at(&stems[start..]) {
            let mut way = Way { weight, ..Way::default() };
            for other in others {
                match other.as_slice() {
                    [stem] => way.terms.push((stem_term(stem), 1.0)),
                    phrase => way.phrases.push(phrase.to_vec()),
                }
            }
            for word in &mut asked[start..start + length] {
                word.ways.push(way.clone());
            }
        }
    }
}

/// What the snippets of these words mark.
pub fn marks(words: &[Asked]) -> Marks {
    let mut marks = Marks::default();
    for (place, word) in words.iter().enumerate() {
        if let Some(prefix) = &word.prefix {
            marks.prefix(prefix, place);
        }
        for way in &word.ways {
            for (term, _) in &way.terms {
                match term.strip_prefix(STEM) {
                    Some(stem) => marks.stem(stem, place),
                    None => marks.word(term, place),
                }
            }
            way.phrases.iter().for_each(|phrase| marks.phrase(phrase, place));
        }
    }
    marks
}
