//! What the index knows of the words of a query: what the last may be the beginning of, and what a typo may have meant.

use std::collections::HashMap;

use tantivy::Term;
use tantivy::query::FuzzyTermQuery;

use super::generation::Snapshot;
use crate::search::config::Config;
use crate::search::engines::asked::{self, Asked, Way};
use crate::search::engines::typos::{self, Correction};

/// Words that begin like the last one typed: the most common ones are enough.
const MOST_BEGINNINGS: usize = 64;

/// A query as this index may answer it; typos come later, for the words that need them (see `corrections`).
pub fn asked(text: &str, snapshot: &Snapshot) -> tantivy::Result<Vec<Asked>> {
    let mut asked = asked::asked(text);
    if let Some(last) = asked.last_mut()
        && let Some(prefix) = &last.prefix
    {
        let terms = beginnings(prefix, snapshot)?;
        last.ways.push(Way { weight: Config::get().settings.words.prefix, terms, phrases: Vec::new() });
    }
    Ok(asked)
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

/// How many records write this very word.
pub fn written(word: &str, snapshot: &Snapshot) -> tantivy::Result<u32> {
    let lexicon = snapshot.fields.lexicon;
    let term = Term::from_field_text(lexicon, word);
    snapshot.searcher.segment_readers().iter().map(|segment| Ok(segment.inverted_index(lexicon)?.doc_freq(&term)?)).sum()
}

/// Words within `distance` of `word` (or whose beginning is, when it is still being typed), the likeliest first.
pub fn corrections(word: &str, distance: u8, unfinished: bool, snapshot: &Snapshot) -> tantivy::Result<Vec<Correction>> {
    let term = Term::from_field_text(snapshot.fields.lexicon, word);
    let query = if unfinished { FuzzyTermQuery::new_prefix(term, distance, true) } else { FuzzyTermQuery::new(term, distance, true) };
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
    Ok(typos::likeliest(word, found, unfinished.then_some(distance)))
}
