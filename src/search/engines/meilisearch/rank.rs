//! Ranks candidates again as the embedded engine ranks records: Meilisearch finds them, but knows neither stems nor how rare a word is.

use std::collections::{HashMap, HashSet};

use super::record::Stored;
use crate::kernel::edits;
use crate::search::analysis::stem;
use crate::search::config::{Config, FieldWeight};
use crate::search::engines::asked::{Asked, STEM, Way};
use crate::search::engines::scoring::{self, Cell, bits};
use crate::search::engines::typos;

/// In how many of the records that the reader may see each word is, as the server counted.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Counts {
    pub records: u64,
    /// Word by word of the query, by stem. Empty: nobody counted.
    pub words: Vec<u64>,
    /// Records with a word that begins like the last one.
    pub beginnings: Option<u64>,
    /// Of a word that hardly any record has, by its place: how many have a word that is near it, itself included.
    pub near: HashMap<usize, u64>,
}

impl Counts {
    /// Does a record have this word of the query, or one that begins so? What hardly any has beside many that have a near one is somebody
    /// else's typo.
    pub fn knows(&self, place: usize) -> bool {
        let begins = place + 1 == self.words.len() && self.beginnings.unwrap_or(0) > self.words.get(place).copied().unwrap_or(0);
        begins || self.words.get(place).is_none_or(|count| *count > 0 && !self.is_misspelt(place, *count))
    }

    fn is_misspelt(&self, place: usize, count: u64) -> bool {
        self.near.get(&place).is_some_and(|near| *near > count * u64::from(typos::COMMONER))
    }

    /// Is it so rare that it may be a typo?
    pub fn is_rare(&self, place: usize) -> bool {
        const RARE: u64 = 3;
        self.words.get(place).is_some_and(|count| (1..=RARE).contains(count) && typos::is_rare(*count as u32, self.records as f32))
    }
}

/// A word of a candidate, at a place among those that are no stop words.
struct Token<'a> {
    text: &'a str,
    place: u32,
    /// With the next one when a hyphen holds them.
    compound: Option<String>,
}

/// The field of names: a list, where nothing is near anything.
const NAMES: usize = 2;

/// The fields of a candidate, as `Record::ranked` wrote them.
struct Candidate<'a> {
    fields: [Vec<Token<'a>>; 4],
}

impl<'a> Candidate<'a> {
    fn of(stored: &'a Stored) -> Self {
        Self { fields: stored.ranked.each_ref().map(|text| tokens(text)) }
    }
}

fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut tokens: Vec<Token<'_>> = Vec::new();
    for joined in text.split(' ').filter(|joined| !joined.is_empty()) {
        for (part, text) in joined.split('-').enumerate() {
            if part > 0
                && let Some(previous) = tokens.last_mut()
            {
                previous.compound = Some(format!("{}{text}", previous.text));
            }
            let place = u32::try_from(tokens.len()).unwrap_or(u32::MAX);
            tokens.push(Token { text, place, compound: None });
        }
    }
    tokens
}

/// What is looked for in the candidates: every way of every word, numbered.
#[derive(Default)]
struct Sought<'a> {
    exact: HashMap<&'a str, Vec<(usize, f32)>>,
    stems: HashMap<&'a str, Vec<(usize, f32)>>,
    phrases: HashMap<&'a str, Vec<(usize, &'a [String])>>,
    beginning: Option<(usize, &'a str)>,
    /// First two bytes of all of these: most words of a text are told apart by them, without being stemmed.
    initials: HashSet<[u8; 2]>,
    ways: usize,
}

fn initial(word: &str) -> [u8; 2] {
    let bytes = word.as_bytes();
    [bytes.first().copied().unwrap_or_default(), bytes.get(1).copied().unwrap_or_default()]
}

impl<'a> Sought<'a> {
    /// Adds a way; answers its number.
    fn add(&mut self, way: &'a Way) -> usize {
        let number = self.ways;
        self.ways += 1;
        for (term, worth) in &way.terms {
            let (word, among) = match term.strip_prefix(STEM) {
                Some(stem) => (stem, &mut self.stems),
                None => (term.as_str(), &mut self.exact),
            };
            self.initials.insert(initial(word));
            among.entry(word).or_default().push((number, *worth));
        }
        for phrase in &way.phrases {
            if let Some(first) = phrase.first() {
                self.initials.insert(initial(first));
                self.phrases.entry(first).or_default().push((number, phrase));
            }
        }
        number
    }

    fn add_beginning(&mut self, prefix: &'a str) -> usize {
        let number = self.ways;
        self.ways += 1;
        self.initials.insert(initial(prefix));
        self.beginning = Some((number, prefix));
        number
    }
}

/// How a candidate matches in one way: how often, weighted by field, and where in its title.
#[derive(Clone, Copy, Default)]
struct Matched {
    frequency: f32,
    title: u64,
}

/// Fields stand this far from each other: words of two fields are never near.
const BETWEEN_FIELDS: u32 = 1_000_000;

/// What a candidate has of the query: each way, and where in its texts stands which word (`words` tells a way's).
struct Has {
    ways: Vec<Matched>,
    places: Vec<(u32, usize)>,
}

fn scan(candidates: &[Candidate<'_>], sought: &Sought<'_>, words: &HashMap<usize, usize>, averages: &[f32; 4]) -> Vec<Has> {
    let weights = &Config::get().settings.fields;
    let weights: [FieldWeight; 4] = [weights.title, weights.summary, weights.names, weights.body];
    let scan = |candidate: &Candidate<'_>| {
        let mut found = vec![Matched::default(); sought.ways];
        let mut near = Vec::new();
        for (field, (tokens, weight)) in candidate.fields.iter().zip(weights).enumerate() {
            let worth = weight.weight / scoring::dilution(weight.length, tokens.len() as f32, averages[field]);
            let mut add = |way: usize, times: f32, places: &[u32]| {
                found[way].frequency += times * worth;
                if field == 0 {
                    found[way].title |= bits(places);
                } else if field != NAMES
                    && let Some(word) = words.get(&way)
                {
                    near.extend(places.iter().map(|place| (place + field as u32 * BETWEEN_FIELDS, *word)));
                }
            };
            for (at, token) in tokens.iter().enumerate() {
                matches(token.text, sought, |way, times| add(way, times, &[token.place]));
                if let Some(compound) = &token.compound {
                    matches(compound, sought, |way, times| add(way, times, &[token.place]));
                }
                if !sought.phrases.is_empty() && sought.initials.contains(&initial(token.text)) {
                    for (way, phrase) in sought.phrases.get(stem(token.text).as_str()).into_iter().flatten() {
                        let follows =
                            tokens.len() - at >= phrase.len() && phrase.iter().zip(&tokens[at..]).all(|(stems, token)| *stems == stem(token.text));
                        if follows {
                            let places: Vec<u32> = (0..phrase.len()).map(|shift| token.place + shift as u32).collect();
                            add(*way, 1.0, &places);
                        }
                    }
                }
            }
        }
        near.sort_unstable();
        near.dedup();
        Has { ways: found, places: near }
    };
    candidates.iter().map(scan).collect()
}

/// Calls `found` with each way in which a word matches alone, and what that is worth.
fn matches(word: &str, sought: &Sought<'_>, mut found: impl FnMut(usize, f32)) {
    if !sought.initials.contains(&initial(word)) {
        return;
    }
    for (way, worth) in sought.exact.get(word).into_iter().flatten() {
        found(*way, *worth);
    }
    for (way, worth) in sought.stems.get(stem(word).as_str()).into_iter().flatten() {
        found(*way, *worth);
    }
    if let Some((way, prefix)) = sought.beginning
        && word != prefix
        && word.starts_with(prefix)
    {
        found(way, 1.0);
    }
}

/// The candidates' worth, one by one.
pub fn scores(asked: &[Asked], counts: &Counts, stored: &[Stored]) -> Vec<f32> {
    let settings = &Config::get().settings;
    let candidates: Vec<Candidate<'_>> = stored.iter().map(Candidate::of).collect();
    let averages = averages(&candidates);
    let corrected: Vec<(usize, Way)> = corrections(asked, counts, &candidates);
    let pairs = neighbours(asked);
    let mut sought = Sought::default();
    // Of each word: its ways, each with its number, its weight, and in how many records it is, when that was counted.
    let mut words: Vec<Vec<(usize, f32, Option<u64>)>> = Vec::new();
    for (place, word) in asked.iter().enumerate() {
        let counted = |way: usize| if way == 0 { counts.words.get(place).copied() } else { None };
        let mut ways: Vec<_> = word.ways.iter().enumerate().map(|(way, said)| (sought.add(said), said.weight, counted(way))).collect();
        if let Some(prefix) = &word.prefix {
            ways.push((sought.add_beginning(prefix), settings.words.prefix, counts.beginnings));
        }
        let typos = corrected.iter().filter(|(other, _)| *other == place);
        ways.extend(typos.map(|(_, way)| (sought.add(way), way.weight, None)));
        words.push(ways);
    }
    let pairs: Vec<(usize, f32)> = pairs.iter().map(|pair| (sought.add(pair), pair.weight)).collect();
    let word_of = words.iter().enumerate().flat_map(|(place, ways)| ways.iter().map(move |(way, ..)| (*way, place))).collect();
    let found = scan(&candidates, &sought, &word_of, &averages);

    let records = (counts.records as f32).max(candidates.len() as f32);
    let mut cells = vec![Cell::default(); candidates.len()];
    let (mut known, mut whole) = (0, 0.0);
    let mut rarities = Vec::with_capacity(words.len());
    for (place, ways) in words.iter().enumerate() {
        let mut rarity = 0.0f32;
        let mut worth = vec![(0.0f32, 0u64); candidates.len()];
        for (way, weight, counted) in ways {
            let count = found.iter().filter(|has| has.ways[*way].frequency > 0.0).count() as f32;
            let count = counted.map_or(count, |counted| count.max(counted as f32));
            if count == 0.0 {
                continue;
            }
            let this = scoring::rarity(records, count, rarity);
            rarity = rarity.max(this);
            for ((score, title), has) in worth.iter_mut().zip(&found) {
                let Matched { frequency, title: places } = has.ways[*way];
                if frequency > 0.0 {
                    *score = score.max(scoring::worth(*weight, this, frequency));
                    *title |= places;
                }
            }
        }
        rarities.push(rarity);
        if rarity > 0.0 {
            known += 1;
            whole += rarity;
            let matching = cells.iter_mut().zip(worth).filter(|(_, (score, _))| *score > 0.0);
            matching.for_each(|(cell, (score, title))| cell.take(place, score, rarity, title));
        }
    }
    for (way, weight) in pairs {
        let count = found.iter().filter(|has| has.ways[way].frequency > 0.0).count() as f32;
        let rarity = scoring::rarity(records, count, 0.0);
        for (cell, has) in cells.iter_mut().zip(&found) {
            cell.text += scoring::worth(weight, rarity, has.ways[way].frequency);
        }
    }
    let title_words = |candidate: &Candidate<'_>| candidate.fields[0].len() as u64;
    let score = |((cell, candidate), has): ((&Cell, &Candidate<'_>), &Has)| {
        if whole > 0.0 {
            let near = scoring::nearness(&has.places, &rarities, cell.untitled(whole, settings));
            cell.score(whole, known, title_words(candidate), settings) * near
        } else {
            0.0
        }
    };
    cells.iter().zip(&candidates).zip(&found).map(score).collect()
}

fn averages(candidates: &[Candidate<'_>]) -> [f32; 4] {
    let mut averages = [1.0f32; 4];
    for (field, average) in averages.iter_mut().enumerate() {
        let words: usize = candidates.iter().map(|candidate| candidate.fields[field].len()).sum();
        *average = (words as f32 / candidates.len().max(1) as f32).max(1.0);
    }
    averages
}

/// Words that follow each other in the query: a record where they do so too is more likely about the same thing.
fn neighbours(asked: &[Asked]) -> Vec<Way> {
    let weight = Config::get().settings.ranking.neighbours;
    let pair = |pair: &[Asked]| Way { weight, phrases: vec![pair.iter().map(|word| stem(&word.exact)).collect()], ..Way::default() };
    if weight > 0.0 { asked.windows(2).map(pair).collect() } else { Vec::new() }
}

/// What the snippets of these records mark: the words of the query, and what was found in place of those that no record has.
pub fn with_corrections(asked: &[Asked], counts: &Counts, stored: &[Stored]) -> Vec<Asked> {
    let candidates: Vec<Candidate<'_>> = stored.iter().map(Candidate::of).collect();
    let mut asked = asked.to_vec();
    for (place, way) in corrections(&asked, counts, &candidates) {
        asked[place].ways.push(way);
    }
    asked
}

/// For each word that no record has, how the likeliest of the candidates' words are looked for instead.
fn corrections(asked: &[Asked], counts: &Counts, candidates: &[Candidate<'_>]) -> Vec<(usize, Way)> {
    let unknown: Vec<usize> = (0..asked.len()).filter(|place| asked[*place].may_be_typo() && !counts.knows(*place)).collect();
    if unknown.is_empty() {
        return Vec::new();
    }
    let mut lexicon: HashMap<&str, u32> = HashMap::new();
    for candidate in candidates {
        let words: HashSet<&str> = candidate.fields.iter().flatten().map(|token| token.text).collect();
        words.into_iter().for_each(|word| *lexicon.entry(word).or_default() += 1);
    }
    let correction = |place: usize| {
        let word = &asked[place];
        let letters: Vec<char> = word.exact.chars().collect();
        let near = |within: &dyn Fn(&[char]) -> bool| -> HashMap<String, u32> {
            let near = lexicon.iter().filter(|(other, _)| {
                let other: Vec<char> = other.chars().collect();
                other.iter().all(|c| c.is_alphabetic()) && within(&other)
            });
            near.map(|(other, count)| ((*other).to_owned(), *count)).collect()
        };
        let reach = usize::from(typos::reach(&word.exact));
        let whole = near(&|other| other.len().abs_diff(letters.len()) <= reach && edits::edits(&letters, other) <= reach);
        let mut likely = typos::likeliest(&word.exact, whole, None);
        // One letter's distance first: at two there are more wrong words than right ones.
        if likely.first().is_some_and(|nearest| nearest.distance <= 1) {
            likely.retain(|correction| correction.distance <= 1);
        }
        if likely.is_empty() && word.prefix.is_some() {
            let begun = near(&|other| other.len() + 1 >= letters.len() && edits::edits_to_beginning(&letters, other) <= 1);
            likely = typos::likeliest(&word.exact, begun, Some(1));
        }
        (!likely.is_empty()).then(|| (place, typos::way(&likely)))
    };
    unknown.into_iter().filter_map(correction).collect()
}
