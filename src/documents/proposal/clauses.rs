//! When an agreement begins and ends, how it goes on, with which notice: by the words that stand before each day and duration.

use std::collections::BTreeMap;

use super::figures::{Said, Words};
use super::{Beginning, Renewal};
use crate::kernel::Day;

/// How far before a day or a duration the words are looked for that say what it is.
const BEFORE: usize = 70;

const STARTS: [&str; 9] =
    ["a compter du", "a partir du", "prend effet", "prendra effet", "prenant effet", "effet au", "en vigueur", "debute", "commence"];
const ENDS: [&str; 9] =
    ["jusqu'au", "jusqu'a la date du", "prend fin", "prendra fin", "expire", "se termine", "s'acheve", "terme est fixe", "echeance"];
const LASTS: [&str; 9] =
    ["duree", "conclue pour", "conclu pour", "etablie pour", "consentie pour", "signee pour", "periode de", "valable", "validite"];
/// What makes a duration another one than that of the agreement.
const OTHERWISE: [&str; 6] = ["renouvel", "recond", "preavis", "suspen", "conserv", "archiv"];
const REFUSES: [&str; 9] =
    ["sans tacite", "aucun", "ne peut", "ne pourra", "n'est pas", "exclu", "pas tacit", "sans possibilite", "sans renouvellement"];

pub struct Clauses<'t> {
    text: &'t str,
    days: Vec<Said<Day>>,
    durations: Vec<Said<i32>>,
    times: Vec<Said<i32>>,
}

impl<'t> Clauses<'t> {
    pub fn of(folded: &'t str) -> Self {
        let words = Words::of(folded);
        Self { text: folded, days: words.days(), durations: words.durations(), times: words.times() }
    }

    /// The words before a place, as far as the sentence and `from` allow.
    fn before(&self, place: usize, from: usize, most: usize) -> &'t str {
        let mut start = place.saturating_sub(most).max(from).min(place);
        while !self.text.is_char_boundary(start) {
            start += 1;
        }
        let window = &self.text[start..place];
        let sentence = window.rmatch_indices(['.', ';']).find(|(end, _)| window[*end + 1..].starts_with(' ')).map_or(0, |(end, _)| end + 1);
        &window[sentence..]
    }

    /// The sentence around a place.
    fn sentence(&self, place: usize) -> (usize, &'t str) {
        let start = place - self.before(place, 0, 600).len();
        let rest = &self.text[place..];
        let end = rest.match_indices(['.', ';']).find(|(end, _)| rest[*end + 1..].starts_with(' ')).map_or(rest.len(), |(end, _)| end);
        let mut end = end.min(600);
        while !rest.is_char_boundary(end) {
            end -= 1;
        }
        (start, &self.text[start..place + end])
    }

    /// The days that have one of these words before them, nearer than any other day.
    fn days_after<'c>(&'c self, words: &'c [&str]) -> impl Iterator<Item = (usize, &'c Said<Day>)> {
        self.days.iter().enumerate().filter(move |(place, said)| {
            let from = place.checked_sub(1).map_or(0, |last| self.days[last].end);
            let before = self.before(said.start, from, BEFORE);
            words.iter().any(|word| before.contains(word))
        })
    }

    /// The first and last days.
    pub fn period(&self) -> (Option<Day>, Option<Day>) {
        let range = self.days.windows(2).find(|pair| {
            let between = self.text[pair[0].end..pair[1].start].trim();
            let opens = self.before(pair[0].start, 0, 8).trim_end();
            opens.ends_with("du") && matches!(between, "au" | "jusqu'au" | "inclus au" | "et jusqu'au") && pair[0].what < pair[1].what
        });
        if let Some([first, last]) = range {
            return (Some(first.what), Some(last.what));
        }
        let start = self.days_after(&STARTS).next().map(|(_, said)| said.what);
        let end = self.days_after(&ENDS).map(|(_, said)| said.what).find(|end| start.is_none_or(|start| start < *end));
        let from = start.or_else(|| self.begins_with().filter(|begins| *begins == Beginning::LastSignature).and_then(|_| self.signed_on()));
        let by_duration = || Some(from?.plus_months(self.duration()?).plus(-1));
        (start, end.or_else(by_duration))
    }

    /// How long it lasts, in months, renewals aside.
    fn duration(&self) -> Option<i32> {
        let lasts = self.durations.iter().find(|said| {
            let before = self.before(said.start, 0, BEFORE);
            LASTS.iter().any(|word| before.contains(word)) && !OTHERWISE.iter().any(|word| before.contains(word))
        });
        lasts.map(|said| said.what)
    }

    pub fn is_endless(&self) -> bool {
        self.text.contains("duree indeterminee") && self.period().1.is_none()
    }

    /// The event that makes it begin, when no day does.
    pub fn begins_with(&self) -> Option<Beginning> {
        if self.days_after(&STARTS).next().is_some() {
            return None;
        }
        let marks = ["a compter de", "prend effet", "prendra effet", "en vigueur", "a la date de", "des sa", "des la"];
        let mut places: Vec<usize> = marks.iter().flat_map(|mark| self.text.match_indices(mark).map(|(place, mark)| place + mark.len())).collect();
        places.sort_unstable();
        places.into_iter().find_map(|place| {
            let words: Vec<&str> = self.text[place..].split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).take(9).collect();
            words.iter().find_map(|word| match *word {
                "signature" | "signatures" => Some(Beginning::LastSignature),
                "notification" => Some(Beginning::Notification),
                _ => None,
            })
        })
    }

    /// The day of the last signature: those that follow « fait à… », « signé le… ».
    pub fn signed_on(&self) -> Option<Day> {
        let marks =
            ["fait a ", "fait en ", "fait le ", "signe le", "signee le", "signe a ", "signe electroniquement", "signature le", "date de signature"];
        let places: Vec<usize> = marks.iter().flat_map(|mark| self.text.match_indices(mark).map(|(place, _)| place)).collect();
        let is_near = |said: &&Said<Day>| places.iter().any(|place| (*place..*place + 250).contains(&said.start));
        // Not the day of a vote or of another text.
        let is_alone = |said: &&Said<Day>| !self.before(said.start, 0, 12).trim_end().ends_with("du");
        self.days.iter().filter(is_near).filter(is_alone).map(|said| said.what).max()
    }

    pub fn renewal(&self) -> Option<Renewal> {
        if let Some((place, _)) = self.text.match_indices("tacite").find(|(place, _)| {
            let (_, sentence) = self.sentence(*place);
            ["recond", "renouvel"].iter().any(|word| sentence.contains(word))
        }) {
            let (start, sentence) = self.sentence(place);
            if REFUSES.iter().any(|word| sentence.contains(word)) {
                let is_express = ["express", "avenant"].iter().any(|word| sentence.contains(word));
                return Some(if is_express { Renewal::Express } else { Renewal::None });
            }
            return Some(Renewal::Tacit { period_months: self.renewed_for(start, place, sentence), max: self.at_most(start, sentence) });
        }
        let express = self.text.match_indices("express").any(|(place, _)| {
            let (_, sentence) = self.sentence(place);
            ["recond", "renouvel"].iter().any(|word| sentence.contains(word))
        });
        express.then_some(Renewal::Express)
    }

    /// For how many months it goes on each time.
    fn renewed_for(&self, start: usize, tacit: usize, sentence: &str) -> Option<i32> {
        let end = start + sentence.len();
        let is_period = |said: &&Said<i32>| {
            let before = self.before(said.start, tacit, 50);
            !before.contains("preavis") && !self.text[said.end..].trim_start().starts_with("avant") && !before.contains("total")
        };
        let said = self.durations.iter().filter(|said| (tacit..end).contains(&said.start)).find(is_period);
        if let Some(said) = said {
            return Some(said.what);
        }
        if ["d'annee en annee", "chaque annee", "annuel"].iter().any(|word| sentence.contains(word)) {
            return Some(12);
        }
        ["meme duree", "identique", "egale", "equivalente"].iter().any(|word| sentence.contains(word)).then(|| self.duration()).flatten()
    }

    fn at_most(&self, start: usize, sentence: &str) -> Option<i32> {
        let within = start..start + sentence.len();
        self.times.iter().find(|said| within.contains(&said.start)).map(|said| said.what)
    }

    /// Months of notice: those of a term rather than those of a breach.
    pub fn notice_months(&self) -> Option<i32> {
        let is_notice = |said: &&Said<i32>| {
            let after = self.text[said.end..].trim_start();
            self.before(said.start, 0, 45).contains("preavis")
                || ["avant", "au moins avant", "au minimum avant"].iter().any(|word| after.starts_with(word))
        };
        let weighs = |said: &&Said<i32>| {
            let (_, sentence) = self.sentence(said.start);
            let count = |words: &[&str]| i32::try_from(words.iter().filter(|word| sentence.contains(*word)).count()).unwrap_or(0);
            count(&["denonc", "tacite", "recond", "echeance", "terme", "expiration"])
                - count(&["manquement", "faute", "inexecution", "mise en demeure"])
        };
        let mut found: BTreeMap<i32, i32> = BTreeMap::new();
        for said in self.durations.iter().filter(|said| said.what <= 24).filter(is_notice) {
            // Of notices that weigh the same, the first.
            found.entry(weighs(&said)).or_insert(said.what);
        }
        found.into_values().next_back()
    }
}
