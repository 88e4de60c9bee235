//! Which records match a query, and how well.
//!
//! What a match is worth is said in `scoring`. Rarity is counted among the records that the reader may see, so that hidden ones change nothing.

use tantivy::DocId;

use super::columns::Columns;
use super::expand;
use super::generation::Snapshot;
use super::postings::{Matched, Seen, Sums, matched};
use crate::actions::model::Situation;
use crate::kernel::Day;
use crate::search::analysis;
use crate::search::config::Config;
use crate::search::engines::asked::{Asked, Way};
use crate::search::engines::scoring::{self, Cell};
use crate::search::engines::typos::{self, Correction};

/// A record that matches.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Found {
    pub segment: usize,
    pub doc: DocId,
    pub score: f32,
    /// How far its title is from saying the query: what else it has counts that much.
    pub untitled: f32,
}

/// The words of the query with the typos that were corrected, and the records, in no order.
pub fn find(mut words: Vec<Asked>, seen: &[Seen], snapshot: &Snapshot, today: Day) -> tantivy::Result<(Vec<Asked>, Vec<Found>)> {
    let settings = &Config::get().settings;
    let records = seen.iter().map(|seen| seen.bits.iter().map(|bits| bits.count_ones()).sum::<u32>()).sum::<u32>() as f32;
    let mut sums: Vec<Sums> = seen.iter().map(|seen| Sums::new(seen.segment)).collect();
    let mut cells: Vec<Vec<Cell>> = seen.iter().map(|seen| vec![Cell::default(); seen.segment.max_doc() as usize]).collect();
    let mut known = 0;
    let mut whole = 0.0;
    for (place, word) in words.iter_mut().enumerate() {
        let worth = Worth::of(word, seen, snapshot, &mut sums, records)?;
        word.rarity = worth.rarity;
        if worth.rarity > 0.0 {
            known += 1;
            whole += worth.rarity;
            worth.add_to(&mut cells, place);
        }
    }
    for pair in neighbours(&words) {
        let mut worth = Worth { rarity: 0.0, records: vec![Vec::new(); seen.len()] };
        let found = matches(&pair, seen, snapshot, &mut sums)?;
        worth.take(found, pair.weight, records, &mut sums);
        for (cells, records) in cells.iter_mut().zip(worth.records) {
            records.into_iter().for_each(|(doc, score, _)| cells[doc as usize].text += score);
        }
    }
    let best = cells.iter().flatten().map(|cell| cell.share(whole)).fold(0.0, f32::max);
    // When no record has every word, the best of them need not push the others out.
    let required = if best > 0.999 { settings.required.share(known) } else { settings.required.share(known).min(0.5) * best };
    let mut found = Vec::new();
    for (segment, cells) in cells.iter().enumerate() {
        for (doc, cell) in (0u32..).zip(cells) {
            if cell.text > 0.0 && cell.share(whole) + 0.001 >= required {
                let columns = seen[segment].columns;
                let score = cell.score(whole, known, columns.title_words.first(doc).unwrap_or(1), settings) * openness(columns, doc, today);
                found.push(Found { segment, doc, score, untitled: cell.untitled(whole, settings) });
            }
        }
    }
    Ok((words, found))
}

/// Among actions, those that people can still join come first.
fn openness(columns: &Columns, doc: DocId, today: Day) -> f32 {
    let open = columns.situation(doc, today).is_none_or(Situation::is_open);
    if open { 1.0 } else { Config::get().settings.ranking.closed }
}

/// What one word is worth in each record that has it.
struct Worth {
    rarity: f32,
    /// By segment: the record, the share of the word's rarity, and its places in the title.
    records: Vec<Vec<(DocId, f32, u64)>>,
}

impl Worth {
    fn of(word: &mut Asked, seen: &[Seen], snapshot: &Snapshot, sums: &mut [Sums], records: f32) -> tantivy::Result<Self> {
        let mut worth = Self { rarity: 0.0, records: vec![Vec::new(); seen.len()] };
        let mut count = 0;
        for (place, way) in word.ways.iter().enumerate() {
            let found = matches(way, seen, snapshot, sums)?;
            if place == 0 {
                count = worth.take(found, way.weight, records, sums);
            } else {
                worth.take(found, way.weight, records, sums);
            }
        }
        if word.may_be_typo() {
            let likely = likely_corrections(word, count, records, snapshot)?;
            if !likely.is_empty() {
                let way = typos::way(&likely);
                let found = matches(&way, seen, snapshot, sums)?;
                worth.take(found, way.weight, records, sums);
                word.ways.push(way);
            }
        }
        Ok(worth)
    }

    /// Keeps for each record the best of this way and those before; returns how many matched.
    fn take(&mut self, found: Vec<Vec<Matched>>, weight: f32, records: f32, sums: &mut [Sums]) -> usize {
        let count: usize = found.iter().map(Vec::len).sum();
        if count == 0 {
            return 0;
        }
        let rarity = scoring::rarity(records, count as f32, self.rarity);
        self.rarity = self.rarity.max(rarity);
        for ((mine, found), sums) in self.records.iter_mut().zip(found).zip(sums) {
            let scored = found.into_iter().map(|m| (m.doc, scoring::worth(weight, rarity, m.frequency), m.title));
            sums.merge_best(mine, scored);
        }
        count
    }

    fn add_to(&self, cells: &mut [Vec<Cell>], place: usize) {
        for (cells, records) in cells.iter_mut().zip(&self.records) {
            for (doc, score, title) in records {
                cells[*doc as usize].take(place, *score, self.rarity, *title);
            }
        }
    }
}

/// Words that follow each other in the query: a record where they do so too is more likely about the same thing.
fn neighbours(words: &[Asked]) -> Vec<Way> {
    let weight = Config::get().settings.ranking.neighbours;
    let pair = |pair: &[Asked]| {
        let phrase = pair.iter().map(|word| analysis::stem(&word.exact)).collect();
        Way { weight, phrases: vec![phrase], ..Way::default() }
    };
    if weight > 0.0 { words.windows(2).map(pair).collect() } else { Vec::new() }
}

fn matches(way: &Way, seen: &[Seen], snapshot: &Snapshot, sums: &mut [Sums]) -> tantivy::Result<Vec<Vec<Matched>>> {
    seen.iter().zip(sums).map(|(seen, sums)| matched(way, seen, &snapshot.fields, sums)).collect()
}

/// What a word that no record writes may have meant; or a word so rare beside a near one that it may be a typo that someone else made.
fn likely_corrections(word: &Asked, count: usize, records: f32, snapshot: &Snapshot) -> tantivy::Result<Vec<Correction>> {
    let written = expand::written(&word.exact, snapshot)?;
    if !typos::is_rare(written, records) {
        return Ok(Vec::new());
    }
    let mut found = expand::corrections(&word.exact, 1, false, snapshot)?;
    typos::keep_commoner(&mut found, &word.exact, written);
    if found.is_empty() && count == 0 {
        if typos::reach(&word.exact) > 1 {
            found = expand::corrections(&word.exact, 2, false, snapshot)?;
        }
        if found.is_empty() && word.prefix.is_some() {
            found = expand::corrections(&word.exact, 1, true, snapshot)?;
        }
    }
    Ok(found)
}
