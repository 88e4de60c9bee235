//! How a query is put to Meilisearch: which form of each word, in which attributes, and whether all of them must be there.

use serde::Serialize;

use super::rank::Counts;
use super::record::{LEXICON, LONGER, STEMS, TITLE_STOPS, WORDS, exact, forgiven, is_long, stop};
use crate::search::analysis::stem;
use crate::search::config::Synonyms;
use crate::search::engines::asked::Asked;
use crate::search::language::Said;

/// Words that Meilisearch looks at.
const MOST_WORDS: usize = 10;
/// Queries of so many words mean every one of them.
const SHORT: usize = 2;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Strategy {
    /// Every word.
    All,
    /// The rarest word, and as many of the others as possible.
    Frequency,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wording {
    pub q: String,
    pub attributes: Vec<&'static str>,
    pub strategy: Strategy,
}

/// What a query has in quotes, and what it excludes, as they stand before its words in every search. Empty when it has neither.
pub fn as_written(said: &Said) -> String {
    let phrase = |words: &Vec<String>| format!("\"{}\" ", words.iter().map(|word| exact(word)).collect::<Vec<_>>().join(" "));
    let without = said.without.iter().map(|words| format!("-{}", phrase(words)));
    said.phrases.iter().map(phrase).chain(without).collect()
}

/// The ways to put a query, best first: the next is asked when one finds nothing. None when no record can match.
pub fn wordings(asked: &[Asked], counts: &Counts, is_strict: bool) -> Vec<Wording> {
    if asked.iter().all(|word| word.is_stop) {
        // Only titles are searched for them; the blank at the end says that the last is not being typed.
        let q = asked.iter().map(|word| stop(&word.exact) + " ").collect();
        return vec![Wording { q, attributes: vec![TITLE_STOPS], strategy: Strategy::All }];
    }
    let known = |place: &usize| counts.knows(*place) || has_synonyms(&asked[*place]);
    let places: Vec<usize> = (0..asked.len()).filter(|place| known(place) || asked[*place].may_be_typo()).collect();
    let only_known: Vec<usize> = places.iter().copied().filter(known).collect();
    let strategy = |words: usize| if words <= SHORT || is_strict { Strategy::All } else { Strategy::Frequency };
    // Words that are as rare as each other are kept together or not at all: the rarest alone comes last.
    let rarest: Vec<usize> = only_known.iter().copied().min_by_key(|place| counts.words.get(*place)).into_iter().collect();
    let mut wordings: Vec<Wording> = Vec::new();
    for (places, strategy) in [
        (&places, strategy(places.len())),
        (&only_known, strategy(only_known.len())),
        (if only_known.is_empty() { &places } else { &only_known }, Strategy::Frequency),
        (&rarest, Strategy::All),
    ] {
        let wording = put(asked, counts, places, strategy);
        if !places.is_empty() && !wordings.contains(&wording) {
            wordings.push(wording);
        }
    }
    wordings
}

fn has_synonyms(word: &Asked) -> bool {
    word.ways.len() > 1
}

fn put(asked: &[Asked], counts: &Counts, places: &[usize], strategy: Strategy) -> Wording {
    let mut kept = places.to_vec();
    if kept.len() > MOST_WORDS {
        // The rarest say most; those that no record has come last of all.
        kept.sort_by_key(|place| counts.words.get(*place).map_or(0, |count| if *count == 0 { u64::MAX } else { *count }));
        kept.truncate(MOST_WORDS);
        kept.sort_unstable();
    }
    let is_typo = |place: usize| !counts.knows(place) && !has_synonyms(&asked[place]);
    let mut q = String::new();
    for place in &kept {
        let word = &asked[*place];
        let form = if is_typo(*place) { forgiven(&word.exact) } else { stem(&word.exact) };
        match &word.prefix {
            // Nothing follows a word that is being typed.
            Some(prefix) if is_typo(*place) => q.push_str(&forgiven(prefix)),
            Some(prefix) if is_begun(prefix, &form, counts, *place) => q.push_str(prefix),
            _ => q.extend([form.as_str(), " "]),
        }
    }
    let mut attributes = STEMS.to_vec();
    attributes.push(WORDS);
    if kept.iter().any(|place| is_typo(*place)) {
        attributes.push(LEXICON);
    }
    if has_long_synonym(asked) {
        attributes.push(LONGER);
    }
    Wording { q, attributes, strategy }
}

/// May the last word go on? A word whose stem more records have than have a word that begins like it is whole: its stem finds its other
/// forms, and as a beginning would find too much ("familiales" is not "famille").
fn is_begun(prefix: &str, form: &str, counts: &Counts, place: usize) -> bool {
    prefix == form || counts.words.get(place).is_some_and(|count| counts.beginnings.unwrap_or(0) > *count)
}

/// Does the query say a phrase whose synonyms only the records' side knows?
fn has_long_synonym(asked: &[Asked]) -> bool {
    let stems: Vec<String> = asked.iter().map(|word| stem(&word.exact)).collect();
    let stems: Vec<&str> = stems.iter().map(String::as_str).collect();
    (0..stems.len()).any(|place| Synonyms::get().at(&stems[place..]).any(|(words, _)| is_long(words)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::search::engines::asked::asked;

    fn put(text: &str, words: &[u64], beginnings: Option<u64>) -> Vec<Wording> {
        wordings(&asked(text), &Counts { records: 100, words: words.to_vec(), beginnings, ..Counts::default() }, false)
    }

    #[test]
    fn known_words_are_put_by_stem_and_unknown_ones_as_typed() {
        let found = put("ateliers budgétaires.", &[9, 3], None);
        assert_eq!((found[0].q.as_str(), found[0].strategy), ("ateli budgetair ", Strategy::All));
        assert!(!found[0].attributes.contains(&LEXICON));
        let found = put("prévention parentaltié", &[9, 0], Some(0));
        assert_eq!(found[0].q, "prevent 2parentaltie");
        assert!(found[0].attributes.contains(&LEXICON));
        assert_eq!(found[1].q, "prevent ", "and without it when nothing is near");
    }

    #[test]
    fn a_word_is_begun_unless_it_is_whole() {
        assert_eq!(put("parent", &[4], Some(9))[0].q, "parent");
        assert_eq!(put("familiales", &[4], Some(4))[0].q, "familial ");
        assert_eq!(put("accompagnem", &[0], Some(2))[0].q, "accompagnem");
        assert_eq!(put("respe", &[1], Some(8))[0].q, "respe", "its stem is a rare word's");
    }

    #[test]
    fn long_queries_keep_the_rarest_words() {
        let text = "un deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze?";
        let asked = asked(text);
        let counts = Counts { records: 100, words: (0..asked.len() as u64).map(|count| count * 5 + 1).collect(), ..Counts::default() };
        let found = wordings(&asked, &counts, false);
        assert_eq!(found[0].q.split_whitespace().count(), MOST_WORDS);
        assert_eq!(found[0].strategy, Strategy::Frequency);
        assert!(found[0].q.starts_with(&stem(&asked[0].exact)));
    }

    #[test]
    fn stop_words_alone_are_looked_for_in_titles() {
        assert_eq!(put("la", &[], None)[0], Wording { q: "0la ".into(), attributes: vec![TITLE_STOPS], strategy: Strategy::All });
    }

    #[test]
    fn figures_that_no_record_has_are_left_out() {
        assert_eq!(put("prime 2027.", &[5, 0], None)[0].q, "prim ");
        assert!(put("2027.", &[0], None).is_empty());
    }
}
