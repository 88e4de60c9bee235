//! Which records match a query, and how well.
//!
//! A word counts by its best way of matching (itself, a synonym, a beginning, a typo), by how rare that is, and by the fields where it
//! stands. A record is worth the sum of its words, times the share of the query that it has, more when its title says the same.
//! Rarity is counted among the records that the reader may see, so that hidden ones change nothing.

use tantivy::DocId;

use super::columns::Columns;
use super::expand::{self, Asked, Correction};
use super::generation::Snapshot;
use super::postings::{Matched, Seen, Sums, matched};
use crate::actions::model::Situation;
use crate::kernel::Day;
use crate::search::analysis;
use crate::search::config::{Config, Settings};

/// A record that matches.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Found {
    pub segment: usize,
    pub doc: DocId,
    pub score: f32,
    pub rest: f32,
}

/// What a record has of the query so far.
#[derive(Clone, Copy, Default)]
struct Cell {
    /// Sum of the words' worth.
    text: f32,
    /// Rarity of the words that it has, anywhere and in its title.
    covered: f32,
    titled: f32,
    /// Places of its title that match, all and of the last word seen, and which word that was.
    title: u64,
    last_title: u64,
    last_word: usize,
    adjacent: u32,
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
    let share = |cell: &Cell| cell.covered / whole;
    let best = cells.iter().flatten().map(share).fold(0.0, f32::max);
    // When no record has every word, the best of them need not push the others out.
    let required = if best > 0.999 { settings.required.share(known) } else { settings.required.share(known).min(0.5) * best };
    let mut found = Vec::new();
    for (segment, cells) in cells.iter().enumerate() {
        for (doc, cell) in (0u32..).zip(cells) {
            if cell.text > 0.0 && share(cell) + 0.001 >= required {
                let columns = seen[segment].columns;
                let score = score(cell, whole, known, columns.title_words.first(doc).unwrap_or(1), settings) * openness(columns, doc, today);
                let rest = 1.0 - (cell.titled / whole).powf(settings.ranking.title_power);
                found.push(Found { segment, doc, score, rest });
            }
        }
    }
    Ok((words, found))
}

fn score(cell: &Cell, whole: f32, words: usize, title_words: u64, settings: &Settings) -> f32 {
    let ranking = &settings.ranking;
    let covered = cell.covered / whole;
    let titled = cell.titled / whole;
    let adjacent = if words > 1 { cell.adjacent as f32 / (words - 1) as f32 } else { 0.0 };
    let filled = cell.title.count_ones() as f32 / title_words.max(1) as f32;
    // A title with a part of the query is common, and often another record's subject: the bonus is for those that have nearly all of it.
    let title = ranking.title_coverage + ranking.title_adjacent * adjacent + ranking.title_filled * filled + ranking.title_start * (cell.title & 1) as f32;
    cell.text * covered.powf(ranking.coverage) * (1.0 + title * titled.powf(ranking.title_power))
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
            if std::env::var("DBG").is_ok() { eprintln!("{} count {count} rarity {} ways {:?}", word.exact, worth.rarity, word.ways); }
            let likely = likely_corrections(word, count, records, snapshot)?;
            if std::env::var("DBG").is_ok() { eprintln!("likely {likely:?}"); }
            if !likely.is_empty() {
                let way = expand::typo_way(&likely);
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
        let saturation = Config::get().settings.ranking.saturation;
        let count_f = count as f32;
        let mut rarity = (1.0 + (records - count_f + 0.5).max(0.0) / (count_f + 0.5)).ln();
        // Another way of saying a word is no rarer than the word.
        if self.rarity > 0.0 {
            rarity = rarity.min(self.rarity);
        }
        self.rarity = self.rarity.max(rarity);
        for ((mine, found), sums) in self.records.iter_mut().zip(found).zip(sums) {
            let scored = found.into_iter().map(|m| (m.doc, weight * rarity * m.frequency / (saturation + m.frequency), m.title));
            sums.merge_best(mine, scored);
        }
        count
    }

    fn add_to(&self, cells: &mut [Vec<Cell>], place: usize) {
        for (cells, records) in cells.iter_mut().zip(&self.records) {
            for (doc, score, title) in records {
                let cell = &mut cells[*doc as usize];
                cell.text += score;
                cell.covered += self.rarity;
                if *title != 0 {
                    cell.titled += self.rarity;
                    // The previous word of the query stands just before or after: "budget familial", "familial budget".
                    if place > 0 && cell.last_title != 0 && cell.last_word + 1 == place {
                        cell.adjacent += u32::from((cell.last_title << 1 | cell.last_title >> 1) & title != 0);
                    }
                    cell.title |= title;
                    cell.last_title = *title;
                    cell.last_word = place;
                }
            }
        }
    }
}

/// Words that follow each other in the query: a record where they do so too is more likely about the same thing.
fn neighbours(words: &[Asked]) -> Vec<expand::Way> {
    let weight = Config::get().settings.ranking.neighbours;
    let pair = |pair: &[Asked]| {
        let phrase = pair.iter().map(|word| analysis::stem(&word.exact)).collect();
        expand::Way { weight, phrases: vec![phrase], ..expand::Way::default() }
    };
    if weight > 0.0 { words.windows(2).map(pair).collect() } else { Vec::new() }
}

fn matches(way: &expand::Way, seen: &[Seen], snapshot: &Snapshot, sums: &mut [Sums]) -> tantivy::Result<Vec<Vec<Matched>>> {
    seen.iter().zip(sums).map(|(seen, sums)| matched(way, seen, &snapshot.fields, sums)).collect()
}

/// What a word that no record writes may have meant; or a word so rare beside a near one that it may be a typo that someone else made.
fn likely_corrections(word: &Asked, count: usize, records: f32, snapshot: &Snapshot) -> tantivy::Result<Vec<Correction>> {
    /// So many times as common as the word.
    const MORE: u32 = 10;
    let written = expand::frequency(&word.exact, snapshot)?;
    if written as f32 * MORE as f32 > records {
        return Ok(Vec::new());
    }
    let stem = analysis::stem(&word.exact);
    let mut found = expand::corrections(&word.exact, 1, false, snapshot)?;
    // Other forms of the word are no corrections: its stem finds them.
    found.retain(|correction| analysis::stem(&correction.word) != stem && correction.doc_freq >= MORE * written);
    if found.is_empty() && count == 0 {
        if word.exact.chars().count() >= 8 {
            found = expand::corrections(&word.exact, 2, false, snapshot)?;
        }
        if found.is_empty() && word.prefix.is_some() {
            found = expand::corrections(&word.exact, 1, true, snapshot)?;
        }
    }
    Ok(found)
}
