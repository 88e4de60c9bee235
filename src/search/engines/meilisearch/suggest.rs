//! What completes the words being typed: titles that have every word, the last one perhaps unfinished.

use std::collections::HashSet;

use super::ask::{self, Ask};
use super::filter::seen_by;
use super::record::{LEXICON, RANKED, STEMS, Stored, WORDS, forgiven};
use super::server::Server;
use crate::kernel::Visibility;
use crate::kernel::edits;
use crate::kernel::text::fold;
use crate::search::analysis::{self, Word, stem};

use crate::search::model::{RecordType, Suggestion};
use crate::search::trouble::Trouble;

/// Words of a title box; more are not needed to find one.
const MOST_WORDS: usize = 12;
/// Candidates among which we choose.
const CANDIDATES: u64 = 100;

pub async fn suggest(server: &Server, index: &str, text: &str, visible: &[Visibility], limit: usize) -> Result<Vec<Suggestion>, Trouble> {
    let mut words = analysis::words(text);
    words.truncate(MOST_WORDS);
    let Some((last, others)) = words.split_last() else { return Ok(Vec::new()) };
    if visible.is_empty() || limit == 0 {
        return Ok(Vec::new());
    }
    let others: Vec<&Word> = others.iter().filter(|word| !word.is_stop).collect();
    let others_said: String = others.iter().map(|word| word.stem.clone() + " ").collect();
    let ask = Ask::everything(index, seen_by(visible)).slice(0, CANDIDATES, RANKED.to_vec());
    // A title that begins a word so has it among all words; which of them are in the title is for us to see.
    let exactly = ask.clone().text(format!("{others_said}{}", last.exact), &[STEMS[0], WORDS]);
    let found = ask::all(server, &[exactly]).await?.remove(0).hits;
    let mut titles = titles(&found, &others, |word| word.starts_with(&last.exact));
    let letters: Vec<char> = last.exact.chars().collect();
    let found;
    if titles.is_empty() && letters.len() >= 4 {
        let nearly = ask.text(format!("{others_said}{}", forgiven(&last.exact)), &[STEMS[0], LEXICON]);
        found = ask::all(server, &[nearly]).await?.remove(0).hits;
        titles = self::titles(&found, &others, |word| edits::edits_to_beginning(&letters, &word.chars().collect::<Vec<_>>()) <= 1);
    }
    titles.sort_by(|a, b| a.0.cmp(&b.0));
    let mut seen = HashSet::new();
    let different = titles.into_iter().filter(|(_, stored)| seen.insert(fold(&stored.title)));
    let suggestion =
        |stored: &Stored| Some(Suggestion { text: stored.title.clone(), kind: RecordType::parse(&stored.kind)?, url: stored.url.clone() });
    Ok(different.filter_map(|(_, stored)| suggestion(stored)).take(limit).collect())
}

/// The titles that have every word and one that begins so, with their order: the place of that word, then the title's length, so that
/// "budget" comes before "atelier budget".
fn titles<'a>(found: &'a [Stored], others: &[&Word], begins: impl Fn(&str) -> bool) -> Vec<((usize, usize, &'a str), &'a Stored)> {
    let order = |stored: &'a Stored| {
        let words: Vec<&str> = stored.ranked[0].split([' ', '-']).filter(|word| !word.is_empty()).collect();
        let has = |other: &&Word| words.iter().any(|word| *word == other.exact || stem(word) == other.stem);
        let place = words.iter().position(|word| begins(word))?;
        others.iter().all(has).then_some(((place, words.len(), stored.title_key.as_str()), stored))
    };
    found.iter().filter_map(order).collect()
}
