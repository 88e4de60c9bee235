//! Finding places by what people type.
//!
//! Names are folded once into one long text, a line per name, each word after a space: ` jaunay marigny\n`. A query is
//! folded likewise; its longest word is looked for, after a space, in the whole text, and each line that has it is
//! then judged.

use std::cmp::Reverse;

use super::{
    Found, Geography, Place, PlaceKind,
    load::{NONE, Old, Row},
};
use crate::kernel::text::fold;

/// One folded name of a place.
struct Key {
    start: u32,
    row: u32,
    /// The old name, by its number, or [`NONE`] for the name of today.
    old: u32,
}

pub(super) struct Keys {
    text: String,
    /// In the order of the text; the names of one place follow each other.
    keys: Vec<Key>,
}

impl Keys {
    pub(super) fn build(text: &str, rows: &[Row], olds: &[Old]) -> Self {
        let slice = |start: u32, len: u16| &text[start as usize..start as usize + usize::from(len)];
        let number = |index: usize| u32::try_from(index).unwrap_or(NONE);
        let mut old_of: Vec<(u32, u32)> = olds.iter().enumerate().map(|(index, old)| (old.row, number(index))).collect();
        old_of.sort_unstable();
        let mut old_of = old_of.into_iter().peekable();

        let mut keys = Self { text: String::with_capacity(1 << 20), keys: Vec::with_capacity(rows.len() + olds.len()) };
        for (index, row) in rows.iter().enumerate() {
            keys.push(slice(row.name.start, row.name.len), number(index), NONE);
            while let Some((_, old)) = old_of.next_if(|(of, _)| *of == number(index)) {
                let name = olds[old as usize].name;
                if name.len > 0 {
                    keys.push(slice(name.start, name.len), number(index), old);
                }
            }
        }
        keys.text.shrink_to_fit();
        keys.keys.shrink_to_fit();
        keys
    }

    fn push(&mut self, name: &str, row: u32, old: u32) {
        self.keys.push(Key { start: u32::try_from(self.text.len()).unwrap_or(NONE), row, old });
        self.text.push_str(&normal(name, true));
        self.text.push('\n');
    }

    fn name(&self, index: usize) -> &str {
        let end = self.keys.get(index + 1).map_or(self.text.len(), |next| next.start as usize);
        &self.text[self.keys[index].start as usize..end - 1]
    }
}

/// Folded words, each after a space; `St` and `Ste` in full, but for a last word perhaps still being typed.
fn normal(text: &str, whole: bool) -> String {
    let folded = fold(text);
    let mut words = folded.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).peekable();
    let mut normal = String::with_capacity(folded.len() + 8);
    while let Some(word) = words.next() {
        let unfinished = !whole && words.peek().is_none();
        normal.push(' ');
        normal.push_str(match word {
            "st" if !unfinished => "saint",
            "ste" if !unfinished => "sainte",
            word => word,
        });
    }
    normal
}

const ARTICLES: [&str; 9] = [" le", " la", " les", " l", " du", " de", " des", " d", " en"];

/// A name without what people leave out: its article, and the kind of an EPCI.
fn bare(mut name: &str, kind: PlaceKind) -> &str {
    let strip = |name: &mut &str, words: &[&str]| {
        let rest = words.iter().find_map(|word| name.strip_prefix(word).filter(|rest| rest.starts_with(' ')));
        *name = rest.unwrap_or(name);
        rest.is_some()
    };
    if kind == PlaceKind::Epci && !strip(&mut name, &[" cc", " ca", " cu", " communaute urbaine"]) {
        strip(&mut name, &[" metropole"]);
    }
    while strip(&mut name, &ARTICLES) {}
    name
}

/// How well a place answers; the better comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fit {
    Exact,
    ExactOld,
    Start,
    StartOld,
    Word,
    WordOld,
    Scattered,
}

impl Fit {
    /// How the name of a place answers a query, both normal. Every word of the query must begin a word of the name;
    /// that the longest does is known.
    fn of(name: &str, query: &str, kind: PlaceKind, old: bool) -> Option<Self> {
        let bare = bare(name, kind);
        let pick = |today, before| Some(if old { before } else { today });
        // An EPCI is often called by the name of its main town, which comes first.
        if name == query || (bare == query && kind != PlaceKind::Epci) {
            pick(Self::Exact, Self::ExactOld)
        } else if name.starts_with(query) || bare.starts_with(query) {
            pick(Self::Start, Self::StartOld)
        } else if !query[1..].contains(' ') || name.contains(query) {
            // A word alone is known to be in the name.
            pick(Self::Word, Self::WordOld)
        } else {
            let has = |word: &str| name.split(' ').any(|part| part.starts_with(word));
            query.split(' ').all(has).then_some(Self::Scattered)
        }
    }
}

/// A row, how it answers, and the old name that it answers by, or [`NONE`].
type Hit = (u32, Fit, u32);

impl Geography {
    /// The places that a text leads to, of every kind: by name, by the beginning of the name or of its words, by old
    /// name, postcode or official code. Places of the preferred département come first; then exact names, beginnings,
    /// and the most inhabitants.
    pub fn search(&self, query: &str, preferred_departement: Option<&str>, limit: usize) -> Vec<Found> {
        self.search_kinds(query, &PlaceKind::ALL, preferred_departement, limit)
    }

    /// [`Geography::search`] among some kinds of places.
    pub fn search_kinds(&self, query: &str, kinds: &[PlaceKind], preferred_departement: Option<&str>, limit: usize) -> Vec<Found> {
        // No name is longer: what is beyond cannot be found, and need not be folded.
        let query: String = query.chars().take(100).collect();
        let typed = normal(&query, false);
        let finished = normal(&query, true);
        let mut hits = Vec::new();
        for (index, query) in [&typed, &finished].into_iter().enumerate() {
            if query.is_empty() || (index == 1 && finished == typed) {
                continue;
            }
            self.by_name(query, &mut hits);
            if let Some(code) = query.strip_prefix(' ').filter(|code| !code.contains(' ')) {
                self.by_code(code, &mut hits);
            }
        }
        hits.retain(|hit| kinds.contains(&self.rows[hit.0 as usize].kind));
        // The best way to each place.
        hits.sort_unstable();
        hits.dedup_by_key(|hit| hit.0);
        let preferred = preferred_departement.and_then(|code| self.row(code));
        let rank = |&(index, fit, _): &Hit| {
            let row = &self.rows[index as usize];
            (preferred.is_some_and(|code| code != row.departement), fit, Reverse(row.population), row.kind, index)
        };
        if limit == 0 {
            return Vec::new();
        }
        if hits.len() > limit {
            hits.select_nth_unstable_by_key(limit - 1, rank);
            hits.truncate(limit);
        }
        hits.sort_unstable_by_key(rank);
        hits.into_iter().map(|hit| self.found(hit)).collect()
    }

    fn found(&self, (index, _, old): Hit) -> Found {
        let place: Place = self.view(&self.rows[index as usize]);
        let matched = (old != NONE).then(|| self.get(self.olds[old as usize].name));
        Found { place, matched: matched.filter(|name| !name.is_empty() && *name != place.name) }
    }

    fn by_name(&self, query: &str, hits: &mut Vec<Hit>) {
        let starts = query.match_indices(' ').map(|(at, _)| at);
        let ends = starts.clone().skip(1).chain([query.len()]);
        let Some(longest) = starts.zip(ends).map(|(start, end)| &query[start..end]).max_by_key(|word| word.len()) else {
            return;
        };
        let keys = &self.keys.keys;
        let (mut key, mut judged) = (0, usize::MAX);
        for (at, _) in self.keys.text.match_indices(longest) {
            while keys.get(key + 1).is_some_and(|next| next.start as usize <= at) {
                key += 1;
            }
            if key == judged {
                continue;
            }
            judged = key;
            let (row, old) = (keys[key].row, keys[key].old);
            let kind = self.rows[row as usize].kind;
            if let Some(fit) = Fit::of(self.keys.name(key), query, kind, old != NONE) {
                hits.push((row, fit, old));
            }
        }
    }

    fn by_code(&self, query: &str, hits: &mut Vec<Hit>) {
        if !query.starts_with(|c: char| c.is_ascii_digit()) || query.len() > 9 {
            return;
        }
        // Codes are written in capitals: 2A004.
        let query = query.to_ascii_uppercase();
        for (index, row) in (0..).zip(&self.rows) {
            let code = self.get(row.code);
            let postcodes = || self.get(row.postcodes).split(' ');
            // 13001 is the code of Aix-en-Provence and a postcode of Marseille: neither is the better.
            let fit = if code == query || postcodes().any(|postcode| postcode == query) {
                Fit::Exact
            } else if postcodes().any(|postcode| postcode.starts_with(&query)) {
                Fit::Word
            } else if code.starts_with(&query) {
                Fit::Scattered
            } else {
                continue;
            };
            hits.push((index, fit, NONE));
        }
        let first = self.olds.partition_point(|old| self.get(old.code) < query.as_str());
        for (index, old) in (first..).zip(&self.olds[first..]) {
            if self.get(old.code) != query {
                break;
            }
            hits.push((old.row, Fit::StartOld, u32::try_from(index).unwrap_or(NONE)));
        }
    }
}
