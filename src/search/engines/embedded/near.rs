//! How near each other the words of a query stand in a record: looked at for the best records only.

use tantivy::postings::{Postings, SegmentPostings};
use tantivy::schema::IndexRecordOption;
use tantivy::{DocId, DocSet, Term};

use super::expand::Asked;
use super::generation::Snapshot;
use super::postings::Seen;
use super::rank::Found;
use super::schema::STEM;
use crate::search::config::Config;

/// Raises the best records by how near each other they have the words of the query.
pub fn rerank(found: &mut [Found], words: &[Asked], seen: &[Seen], snapshot: &Snapshot) -> tantivy::Result<()> {
    let ranking = &Config::get().settings.ranking;
    if words.len() < 2 || ranking.window == 0.0 {
        return Ok(());
    }
    if found.len() > ranking.reranked {
        found.select_nth_unstable_by(ranking.reranked, |a, b| b.score.total_cmp(&a.score));
    }
    let best = found.len().min(ranking.reranked);
    let found = &mut found[..best];
    found.sort_unstable_by_key(|found| (found.segment, found.doc));
    let whole: f32 = words.iter().map(|word| word.rarity).sum();
    for group in found.chunk_by_mut(|a, b| a.segment == b.segment) {
        let seen = &seen[group[0].segment];
        let mut places: Vec<Vec<(u32, usize)>> = vec![Vec::new(); group.len()];
        // Fields stand far from each other.
        for (shift, field) in [(0, snapshot.fields.body), (1_000_000, snapshot.fields.summary)] {
            let index = seen.segment.inverted_index(field)?;
            for (number, word) in words.iter().enumerate().filter(|(_, word)| word.rarity > 0.0) {
                let mut terms: Vec<&str> = word.ways.iter().flat_map(|way| &way.terms).map(|(term, _)| term.as_str()).filter(|term| term.starts_with(STEM)).collect();
                terms.sort_unstable();
                terms.dedup();
                for term in terms {
                    if let Some(postings) = index.read_postings(&Term::from_field_text(field, term), IndexRecordOption::WithFreqsAndPositions)? {
                        read(postings, group, &mut places, shift, number);
                    }
                }
            }
        }
        for (found, places) in group.iter_mut().zip(&mut places) {
            places.sort_unstable();
            let share = window(places, words, ranking.window_words) / whole;
            found.score *= 1.0 + found.rest * ranking.window * share.powf(ranking.window_power);
        }
    }
    Ok(())
}

fn read(mut postings: SegmentPostings, group: &[Found], places: &mut [Vec<(u32, usize)>], shift: u32, number: usize) {
    let mut positions = Vec::new();
    for (found, places) in group.iter().zip(places) {
        let doc: DocId = found.doc;
        let at = if postings.doc() < doc { postings.seek(doc) } else { postings.doc() };
        if at == doc {
            postings.positions(&mut positions);
            places.extend(positions.iter().map(|position| (position + shift, number)));
        }
    }
}

/// The most that any few words in a row have of the query, by rarity.
fn window(places: &[(u32, usize)], words: &[Asked], length: u32) -> f32 {
    let mut best = 0.0f32;
    let mut counts = vec![0u32; words.len()];
    let mut sum = 0.0;
    let mut from = 0;
    for (at, number) in places {
        counts[*number] += 1;
        if counts[*number] == 1 {
            sum += words[*number].rarity;
        }
        while places[from].0 + length < *at {
            let left = places[from].1;
            counts[left] -= 1;
            if counts[left] == 0 {
                sum -= words[left].rarity;
            }
            from += 1;
        }
        best = best.max(sum);
    }
    best
}
