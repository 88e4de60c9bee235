//! What a record is worth for a query, the same for every engine.
//!
//! A word counts by its best way of matching (itself, a synonym, a beginning, a typo), by how rare that is, and by the fields where it
//! stands. A record is worth the sum of its words, times the share of the query that it has, more when its title says the same.

use crate::search::config::{Config, Settings};

/// What a record has of the query so far.
#[derive(Clone, Copy, Default)]
pub struct Cell {
    /// Sum of the words' worth.
    pub text: f32,
    /// Rarity of the words that it has, anywhere and in its title.
    covered: f32,
    titled: f32,
    /// Places of its title that match, all and of the last word seen, and which word that was.
    title: u64,
    last_title: u64,
    last_word: usize,
    adjacent: u32,
}

impl Cell {
    /// The record has the word at this place of the query: what that is worth, how rare it is, and where it stands in the title.
    pub fn take(&mut self, place: usize, score: f32, rarity: f32, title: u64) {
        self.text += score;
        self.covered += rarity;
        if title == 0 {
            return;
        }
        self.titled += rarity;
        // The previous word of the query stands just before or after: "budget familial", "familial budget".
        if place > 0 && self.last_title != 0 && self.last_word + 1 == place {
            self.adjacent += u32::from((self.last_title << 1 | self.last_title >> 1) & title != 0);
        }
        self.title |= title;
        self.last_title = title;
        self.last_word = place;
    }

    /// The share that it has of the whole rarity of the query.
    pub fn share(&self, whole: f32) -> f32 {
        self.covered / whole
    }

    /// What the record is worth, for a query of so many known words and a title of so many.
    pub fn score(&self, whole: f32, words: usize, title_words: u64, settings: &Settings) -> f32 {
        let ranking = &settings.ranking;
        let covered = self.share(whole);
        let titled = self.titled / whole;
        let adjacent = if words > 1 { self.adjacent as f32 / (words - 1) as f32 } else { 0.0 };
        let filled = self.title.count_ones() as f32 / title_words.max(1) as f32;
        // A title with a part of the query is common, and often another record's subject: the bonus is for those that have nearly all of it.
        let title = ranking.title_coverage
            + ranking.title_adjacent * adjacent
            + ranking.title_filled * filled
            + ranking.title_start * (self.title & 1) as f32;
        self.text * covered.powf(ranking.coverage) * (1.0 + title * titled.powf(ranking.title_power))
    }

    /// How far the title is from having the whole query, from 0 to 1.
    pub fn untitled(&self, whole: f32, settings: &Settings) -> f32 {
        1.0 - (self.titled / whole).powf(settings.ranking.title_power)
    }
}

/// What to multiply a score by for words of the query that stand near each other: `places` has each word's place in the text and its
/// number in the query, in order; `untitled` is `Cell::untitled`.
pub fn nearness(places: &[(u32, usize)], rarities: &[f32], untitled: f32) -> f32 {
    let ranking = &Config::get().settings.ranking;
    let whole: f32 = rarities.iter().sum();
    let share = if whole > 0.0 { window(places, rarities, ranking.window_words) / whole } else { 0.0 };
    1.0 + untitled * ranking.window * share.powf(ranking.window_power)
}

/// The most rarity that any so many words in a row have of the query.
fn window(places: &[(u32, usize)], rarities: &[f32], length: u32) -> f32 {
    let (mut best, mut sum, mut from) = (0.0f32, 0.0, 0);
    let mut counts = vec![0u32; rarities.len()];
    for (at, number) in places {
        counts[*number] += 1;
        if counts[*number] == 1 {
            sum += rarities[*number];
        }
        while places[from].0 + length < *at {
            let left = places[from].1;
            counts[left] -= 1;
            if counts[left] == 0 {
                sum -= rarities[left];
            }
            from += 1;
        }
        best = best.max(sum);
    }
    best
}

/// How rare it is to match as `count` of the `records` do. Another way of saying a word (`known` > 0) is no rarer than the word.
pub fn rarity(records: f32, count: f32, known: f32) -> f32 {
    let rarity = (1.0 + (records - count + 0.5).max(0.0) / (count + 0.5)).ln();
    if known > 0.0 { rarity.min(known) } else { rarity }
}

/// What a way of matching is worth in a record that has it this often: said ten times is not ten times better.
pub fn worth(weight: f32, rarity: f32, frequency: f32) -> f32 {
    weight * rarity * frequency / (Config::get().settings.ranking.saturation + frequency)
}

/// Said once in a short text is said louder (BM25F: fields are added up before they saturate).
pub fn dilution(length: f32, words: f32, average: f32) -> f32 {
    1.0 - length + length * words / average
}

/// One bit per place in a title, as far as the 64th word.
pub fn bits(positions: &[u32]) -> u64 {
    positions.iter().filter(|position| **position < 64).fold(0, |bits, position| bits | 1 << position)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_that_stand_near_each_other_weigh_together() {
        let rarities = [1.0, 2.0, 4.0];
        let far = [(0, 0), (100, 1), (200, 2)];
        let near = [(0, 0), (100, 1), (103, 2), (104, 2)];
        assert_eq!(window(&far, &rarities, 25), 4.0);
        assert_eq!(window(&near, &rarities, 25), 6.0);
        assert_eq!(window(&[], &rarities, 25), 0.0);
        assert!(nearness(&near, &rarities, 1.0) > nearness(&far, &rarities, 1.0));
        assert_eq!(nearness(&near, &rarities, 0.0), 1.0);
        assert_eq!(nearness(&[], &[], 1.0), 1.0);
    }
}
