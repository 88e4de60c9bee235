//! From what was typed to what is looked up: each word with its stem, synonyms, beginnings and likely typos.

use std::collections::HashMap;

use tantivy::Term;
use tantivy::query::FuzzyTermQuery;

use super::generation::Snapshot;
use super::schema::STEM;
use crate::search::analysis::{self, Word};
use crate::search::config::{Config, Phrase, Synonyms};

/// Words that begin like the last one typed: the most common ones are enough.
const MOST_BEGINNINGS: usize = 64;
/// Words that the typo may have meant.
const MOST_CORRECTIONS: usize = 12;

/// One way for a record to match a word.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Way {
    pub weight: f32,
    /// Terms as indexed (stems have their mark), with what one is worth.
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
    /// How rare it is among what the reader may see; 0 when no record has it.
    pub rarity: f32,
    is_stop: bool,
}

/// Reads a query; typos come later, for the words that need them (see `corrections`).
pub fn asked(text: &str, snapshot: &Snapshot) -> tantivy::Result<Vec<Asked>> {
    let config = &Config::get().settings;
    let typed = analysis::words(text);
    let only_stops = typed.iter().all(|word| word.is_stop);
    let mut words: Vec<Word> = typed.into_iter().filter(|word| only_stops || !word.is_stop).collect();
    // A word said twice asks nothing more.
    let mut seen = std::collections::HashSet::new();
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
        let terms = beginnings(&word.exact, snapshot)?;
        last.ways.push(Way { weight: config.words.prefix, terms, phrases: Vec::new() });
    }
    Ok(asked)
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

/// Words of the index that begin with `prefix`, the most common first.
fn beginnings(prefix: &str, snapshot: &Snapshot) -> tantivy::Result<Vec<(String, f32)>> {
    let mut found: HashMap<String, u32> = HashMap::new();
    for segment in snapshot.searcher.segment_readers() {
        let lexicon = segment.inverted_index(snapshot.fields.lexicon)?;
        let mut stream = lexicon.terms().range().ge(prefix).into_stream()?;
        while stream.advance() && stream.key().starts_with(prefix.as_bytes()) {
            let word = String::from_utf8_lossy(stream.key()).into_owned();
            *found.entry(word).or_default() += stream.value().doc_freq;
        }
    }
    found.remove(prefix);
    let mut found: Vec<(String, u32)> = found.into_iter().collect();
    found.sort_unstable_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    found.truncate(MOST_BEGINNINGS);
    Ok(found.into_iter().map(|(word, _)| (word, 1.0)).collect())
}

/// A word of the index that a typo may have meant.
#[derive(Clone, Debug, PartialEq)]
pub struct Correction {
    pub word: String,
    pub distance: usize,
    pub doc_freq: u32,
    pub same_initial: bool,
}

/// How many records write this very word.
pub fn frequency(word: &str, snapshot: &Snapshot) -> tantivy::Result<u32> {
    let term = Term::from_field_text(snapshot.fields.lexicon, word);
    let frequencies = snapshot.searcher.segment_readers().iter().map(|segment| segment.inverted_index(snapshot.fields.lexicon)?.doc_freq(&term).map_err(Into::into));
    frequencies.sum()
}

/// Words within `distance` of `word` (or whose beginning is, when it is still being typed), the likeliest first.
pub fn corrections(word: &str, distance: u8, unfinished: bool, snapshot: &Snapshot) -> tantivy::Result<Vec<Correction>> {
    let term = Term::from_field_text(snapshot.fields.lexicon, word);
    let query = if unfinished { FuzzyTermQuery::new_prefix(term, distance, true) } else { FuzzyTermQuery::new(term, distance, true) };
    let typed: Vec<char> = word.chars().collect();
    let mut found: HashMap<String, u32> = HashMap::new();
    for segment in snapshot.searcher.segment_readers() {
        let lexicon = segment.inverted_index(snapshot.fields.lexicon)?;
        let mut stream = lexicon.terms().search(query.automaton()?).into_stream()?;
        while stream.advance() {
            if let Ok(other) = std::str::from_utf8(stream.key())
                && other.chars().all(char::is_alphabetic)
            {
                *found.entry(other.to_owned()).or_default() += stream.value().doc_freq;
            }
        }
    }
    found.remove(word);
    let mut found: Vec<Correction> = found
        .into_iter()
        .map(|(other, doc_freq)| {
            let letters: Vec<char> = other.chars().collect();
            let distance = if unfinished { usize::from(distance) } else { edits(&typed, &letters) };
            Correction { distance, doc_freq, same_initial: letters.first() == typed.first(), word: other }
        })
        .collect();
    let order = |c: &Correction| (c.distance, !c.same_initial, std::cmp::Reverse(c.doc_freq));
    found.sort_unstable_by(|a, b| order(a).cmp(&order(b)).then_with(|| a.word.cmp(&b.word)));
    found.truncate(MOST_CORRECTIONS);
    Ok(found)
}

/// Letters added, lost, changed or swapped from one word to the other.
fn edits(a: &[char], b: &[char]) -> usize {
    let mut rows: [Vec<usize>; 3] = [Vec::new(), Vec::new(), (0..=b.len()).collect()];
    for i in 1..=a.len() {
        rows.rotate_left(1);
        rows[2] = vec![i; b.len() + 1];
        for j in 1..=b.len() {
            let changed = rows[1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut least = changed.min(rows[1][j] + 1).min(rows[2][j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                least = least.min(rows[0][j - 2] + 1);
            }
            rows[2][j] = least;
        }
    }
    rows[2][b.len()]
}

/// How the corrections of a word are looked up: by their stems, the nearer the better.
pub fn typo_way(corrections: &[Correction]) -> Way {
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
    fn edits_count_swaps_as_one() {
        let count = |a: &str, b: &str| edits(&a.chars().collect::<Vec<_>>(), &b.chars().collect::<Vec<_>>());
        assert_eq!(count("surendetement", "surendettement"), 1);
        assert_eq!(count("bugdet", "budget"), 1);
        assert_eq!(count("abc", ""), 3);
        assert_eq!(count("", ""), 0);
        assert_eq!(count("maison", "raisons"), 2);
    }
}
