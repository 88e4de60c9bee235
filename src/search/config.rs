//! The files of `search_config/`, read once: synonyms, stop words and weights. Both engines take them from here.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use serde::Deserialize;

use super::analysis;
use crate::kernel::text::fold;

const SYNONYMS: &str = include_str!("../../search_config/synonyms.txt");
const STOP_WORDS: &str = include_str!("../../search_config/stop_words.txt");
const ORDINARY_PLACES: &str = include_str!("../../search_config/ordinary_places.txt");
const SETTINGS: &str = include_str!("../../search_config/settings.toml");

/// What does not need stems: safe to use from the analysis itself.
pub struct Config {
    pub settings: Settings,
    stop_words: HashSet<String>,
    ordinary_places: HashSet<&'static str>,
}

impl Config {
    pub fn get() -> &'static Self {
        static CONFIG: LazyLock<Config> = LazyLock::new(|| Config {
            settings: toml::from_str(SETTINGS).expect("search_config/settings.toml is valid: a test reads it"),
            stop_words: entries(STOP_WORDS).map(fold).collect(),
            ordinary_places: entries(ORDINARY_PLACES).flat_map(str::split_whitespace).collect(),
        });
        &CONFIG
    }

    pub fn is_stop(&self, folded: &str) -> bool {
        self.stop_words.contains(folded)
    }

    /// Is the name of a commune, folded, an ordinary word too?
    pub fn is_ordinary(&self, folded: &str) -> bool {
        self.ordinary_places.contains(folded)
    }

    /// The stop words, folded and sorted. What an index holds depends on them.
    pub fn stop_words(&self) -> Vec<&str> {
        let mut words: Vec<&str> = self.stop_words.iter().map(String::as_str).collect();
        words.sort_unstable();
        words
    }
}

/// How results are ranked; `search_config/settings.toml` says what each figure is.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    pub max_words: usize,
    pub lead: usize,
    pub fields: FieldWeights,
    pub words: WordWeights,
    pub ranking: Ranking,
    pub required: Required,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FieldWeights {
    pub title: FieldWeight,
    pub summary: FieldWeight,
    pub names: FieldWeight,
    pub body: FieldWeight,
    pub lead: FieldWeight,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FieldWeight {
    pub weight: f32,
    pub length: f32,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WordWeights {
    pub exact: f32,
    pub stem: f32,
    pub synonym: f32,
    pub prefix: f32,
    pub typo_one: f32,
    pub typo_two: f32,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ranking {
    pub saturation: f32,
    pub coverage: f32,
    pub neighbours: f32,
    pub window: f32,
    pub window_power: f32,
    pub window_words: u32,
    pub looked_at_twice: usize,
    pub title_start: f32,
    pub title_power: f32,
    pub title_coverage: f32,
    pub title_adjacent: f32,
    pub title_filled: f32,
    pub closed: f32,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Required {
    shares: Vec<f32>,
}

impl Required {
    /// The share of the best coverage that a record needs, for a query of this many words.
    pub fn share(&self, words: usize) -> f32 {
        self.shares.get(words.saturating_sub(1)).or(self.shares.last()).copied().unwrap_or(1.0)
    }
}

/// A phrase as stems, stop words left out.
pub type Phrase = Vec<String>;

/// What else says the same thing, both ways.
pub struct Synonyms {
    /// Each group holds phrases of one meaning.
    groups: Vec<Vec<Phrase>>,
    /// From the first stem of a phrase to the groups and places that begin so.
    by_first: HashMap<String, Vec<(usize, usize)>>,
    /// Acronyms and their long forms, as written, for people and for an engine with its own synonyms.
    acronyms: Vec<(String, String)>,
    equivalents: Vec<Vec<String>>,
}

impl Synonyms {
    pub fn get() -> &'static Self {
        static SYNONYMS_READ: LazyLock<Synonyms> = LazyLock::new(|| Synonyms::parse(SYNONYMS));
        &SYNONYMS_READ
    }

    fn parse(text: &str) -> Self {
        let mut read = Self { groups: Vec::new(), by_first: HashMap::new(), acronyms: Vec::new(), equivalents: Vec::new() };
        for line in entries(text) {
            let written: Vec<String> = match line.split_once(" = ") {
                Some((acronym, long)) => {
                    read.acronyms.push((acronym.trim().to_owned(), long.trim().to_owned()));
                    vec![acronym.to_owned(), long.to_owned()]
                }
                None => {
                    let terms: Vec<String> = line.split(',').map(|term| term.trim().to_owned()).collect();
                    read.equivalents.push(terms.clone());
                    terms
                }
            };
            let group = read.groups.len();
            let mut phrases: Vec<Phrase> = Vec::new();
            for phrase in written.iter().map(|term| analysis::stems(term)) {
                if !phrase.is_empty() && !phrases.contains(&phrase) {
                    read.by_first.entry(phrase[0].clone()).or_default().push((group, phrases.len()));
                    phrases.push(phrase);
                }
            }
            read.groups.push(phrases);
        }
        read
    }

    /// The phrases that begin at `stems[0]`: how many words each takes, and what else says the same.
    pub fn at<'a>(&'a self, stems: &'a [&str]) -> impl Iterator<Item = (usize, impl Iterator<Item = &'a Phrase>)> {
        let places = stems.first().and_then(|first| self.by_first.get(*first));
        places.into_iter().flatten().filter_map(move |(group, place)| {
            let group = &self.groups[*group];
            let phrase = &group[*place];
            let stands = phrase.len() <= stems.len() && phrase.iter().zip(stems).all(|(a, b)| a == b);
            stands.then(|| (phrase.len(), group.iter().filter(move |other| *other != phrase)))
        })
    }

    /// Phrases of one meaning, group by group.
    pub fn groups(&self) -> &[Vec<Phrase>] {
        &self.groups
    }

    pub fn acronyms(&self) -> &[(String, String)] {
        &self.acronyms
    }

    pub fn equivalents(&self) -> &[Vec<String>] {
        &self.equivalents
    }
}

/// Lines that say something.
fn entries(text: &str) -> impl Iterator<Item = &str> {
    text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_files_are_read_whole() {
        assert!(Config::get().settings.max_words > 0);
        assert!(Config::get().is_stop("le") && !Config::get().is_stop("sans"));
        assert!(Synonyms::get().acronyms().len() + Synonyms::get().equivalents().len() >= 150);
    }

    #[test]
    fn every_line_of_synonyms_says_two_different_things() {
        let groups = entries(SYNONYMS).zip(&Synonyms::get().groups);
        let useless: Vec<&str> = groups.filter(|(_, group)| group.len() < 2).map(|(line, _)| line).collect();
        assert!(useless.is_empty(), "one stem only: {useless:?}");
    }

    #[test]
    fn no_acronym_is_also_a_stop_word() {
        for (acronym, _) in Synonyms::get().acronyms() {
            assert!(!Config::get().is_stop(&fold(acronym)), "{acronym}");
        }
    }

    #[test]
    fn acronyms_go_both_ways() {
        let others = |text: &str| -> Vec<String> {
            let stems = analysis::stems(text);
            let stems: Vec<&str> = stems.iter().map(String::as_str).collect();
            Synonyms::get().at(&stems).flat_map(|(_, others)| others.map(|phrase| phrase.join(" ")).collect::<Vec<_>>()).collect()
        };
        assert_eq!(others("RSA"), [analysis::stems("revenu solidarité active").join(" ")]);
        assert_eq!(others("revenus de solidarité active"), ["rsa"]);
        assert_eq!(others("ARS").len(), 2);
    }
}
