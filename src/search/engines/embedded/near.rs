//! How near each other the words of a query stand in a record: looked at for the best records only.

use tantivy::postings::{Postings, SegmentPostings};
use tantivy::schema::IndexRecordOption;
use tantivy::{DocSet, Term};

use super::generation::Snapshot;
use super::postings::Seen;
use super::rank::Found;
use crate::search::config::Config;
use crate::search::engines::asked::{Asked, STEM};
use crate::search::engines::scoring;

/// Fields stand this far from each other: words of two fields are never near.
const BETWEEN_FIELDS: u32 = 1_000_000;

/// Raises the best records by how near each other they have the words of the query.
pub fn raise(found: &mut [Found], words: &[Asked], seen: &[Seen], snapshot: &Snapshot) -> tantivy::Result<()> {
    let most = Config::get().settings.ranking.looked_at_twice;
    if words.len() < 2 {
        return Ok(());
    }
    if found.len() > most {
        found.select_nth_unstable_by(most, |a, b| b.score.total_cmp(&a.score));
    }
    let best = found.len().min(most);
    let found = &mut found[..best];
    found.sort_unstable_by_key(|found| (found.segment, found.doc));
    let rarities: Vec<f32> = words.iter().map(|word| word.rarity).collect();
    for group in found.chunk_by_mut(|a, b| a.segment == b.segment) {
        let places = places(group, words, &seen[group[0].segment], snapshot)?;
        for (found, mut places) in group.iter_mut().zip(places) {
            places.sort_unstable();
            found.score *= scoring::nearness(&places, &rarities, found.untitled);
        }
    }
    Ok(())
}

/// Where each of these records of one segment has which word.
fn places(group: &[Found], words: &[Asked], seen: &Seen, snapshot: &Snapshot) -> tantivy::Result<Vec<Vec<(u32, usize)>>> {
    let mut places = vec![Vec::new(); group.len()];
    for (shift, field) in [(0, snapshot.fields.body), (BETWEEN_FIELDS, snapshot.fields.summary)] {
        let index = seen.segment.inverted_index(field)?;
        for (number, word) in words.iter().enumerate().filter(|(_, word)| word.rarity > 0.0) {
            let terms = word.ways.iter().flat_map(|way| &way.terms).map(|(term, _)| term.as_str());
            let mut stems: Vec<&str> = terms.filter(|term| term.starts_with(STEM)).collect();
            stems.sort_unstable();
            stems.dedup();
            for stem in stems {
                let term = Term::from_field_text(field, stem);
                if let Some(postings) = index.read_postings(&term, IndexRecordOption::WithFreqsAndPositions)? {
                    read(postings, group, &mut places, |place| (place + shift, number));
                }
            }
        }
    }
    Ok(places)
}

fn read(mut postings: SegmentPostings, group: &[Found], places: &mut [Vec<(u32, usize)>], place: impl Fn(u32) -> (u32, usize)) {
    let mut positions = Vec::new();
    for (found, places) in group.iter().zip(places) {
        let at = if postings.doc() < found.doc { postings.seek(found.doc) } else { postings.doc() };
        if at == found.doc {
            postings.positions(&mut positions);
            places.extend(positions.iter().map(|position| place(*position)));
        }
    }
}
