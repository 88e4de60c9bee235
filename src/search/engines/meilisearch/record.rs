//! How a record stands in the index.
//!
//! Meilisearch knows no French: what it searches are shadows of the texts, made by our own analysis. Stems are matched as they are, one
//! attribute a field, so that synonyms of several words stay phrases. `words` is for words being typed; `lexicon` forgives typos, and is
//! looked into only for a word that no record has. `ranked` is what we read of a candidate to rank it ourselves.

use serde::{Deserialize, Serialize};

use crate::kernel::text::fold;
use crate::kernel::{Day, Visibility};
use crate::search::analysis::{self, Word};
use crate::search::config::Synonyms;
use crate::search::model::{Document, Hit, RecordType};
use crate::search::snippet::LOOKED_AT;

/// The primary key, and the key of the one document that is no record (a record's begins with its kind).
pub const KEY: &str = "key";
pub const MARKER: &str = "owner";

/// The attributes that are searched, the first the most telling.
pub const STEMS: [&str; 4] = ["title_stems", "summary_stems", "names_stems", "body_stems"];
pub const WORDS: &str = "words";
pub const LEXICON: &str = "lexicon";
/// Long forms of more words than Meilisearch lets a synonym begin with; see [`longer_forms`].
pub const LONGER: &str = "longer";
/// Stop words of titles, marked so that they are not stop words: a query of nothing else looks for them.
pub const TITLE_STOPS: &str = "title_stops";
/// The words themselves, field by field, marked so that nothing else finds them: what a query has in quotes, or excludes, is looked for here.
pub const EXACT: &str = "exact";

/// Words that are joined for a synonym: Meilisearch joins three at most.
const MOST_JOINED: usize = 3;
/// Bytes of a body that rank a candidate: what is said later hardly says what a record is about.
const MOST_RANKED: usize = 8_000;
/// Figures have no "none" that compares where we want it: these days stand for it.
const NEVER: i64 = -10_000_000;
const FOREVER: i64 = 10_000_000;

#[derive(Serialize)]
pub struct Record {
    pub key: String,
    title_stems: String,
    summary_stems: String,
    names_stems: String,
    body_stems: String,
    words: String,
    lexicon: String,
    longer: String,
    title_stops: String,
    exact: [String; 4],

    visibility: Visibility,
    r#type: RecordType,
    themes: Vec<String>,
    audiences: Vec<String>,
    territories: Vec<String>,
    starts_on: i64,
    first_day: i64,
    last_day: i64,
    is_reported: bool,

    day: i64,
    updated_at: i64,
    title_key: String,

    ranked: [String; 4],
    id: String,
    external_id: Option<String>,
    title: String,
    url: String,
    summary: String,
    body: String,
    date: Option<Day>,
}

/// What we read of a record; what was not asked for is empty.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Stored {
    pub key: String,
    pub ranked: [String; 4],
    pub updated_at: i64,
    pub title_key: String,
    #[serde(rename = "type")]
    pub kind: String,
    pub id: String,
    external_id: Option<String>,
    pub title: String,
    pub url: String,
    pub summary: String,
    pub body: String,
    themes: Vec<String>,
    territories: Vec<String>,
    date: Option<Day>,
}

/// What ranks a candidate and shows it, but for the texts that its snippet is cut from.
pub const RANKED: [&str; 12] =
    ["key", "ranked", "updated_at", "title_key", "type", "id", "external_id", "title", "url", "themes", "territories", "date"];
/// And those texts.
pub const TEXTS: [&str; 3] = ["key", "summary", "body"];

/// The key that only this record has: letters, digits, `-` and `_` are all that is allowed.
pub fn key(kind: RecordType, id: &str) -> String {
    let mut key = format!("{kind}-");
    for byte in id.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' => key.push(char::from(byte)),
            byte => key.push_str(&format!("_{byte:02x}")),
        }
    }
    key
}

/// The number of a day in filters.
pub fn days(day: Day) -> i64 {
    Day::new(1970, 1, 1).map_or(0, |epoch| day.days_since(epoch))
}

impl Record {
    pub fn of(record: &Document) -> Self {
        let fields = [&record.title, &record.summary, &record.names, &record.body].map(|text| analysis::words(text));
        let [title, summary, names, body] = fields.each_ref().map(|words| Stems::of(words));
        let all = || fields.iter().flatten().filter(|word| !word.is_stop);
        let known = |day: Option<Day>| day.map(days);
        let unique = |mut codes: Vec<String>| {
            codes.sort();
            codes.dedup();
            codes
        };
        let (starts_on, ends_on) = (known(record.starts_on), known(record.ends_on));
        Self {
            key: key(record.kind, &record.id),
            longer: longer_forms([&title, &summary, &names, &body]),
            title_stems: title.text(),
            summary_stems: summary.text(),
            names_stems: names.text(),
            body_stems: body.text(),
            words: list(all().flat_map(|word| [Some(word.exact.clone()), word.compound.clone(), word.compound.as_deref().map(analysis::stem)])),
            lexicon: list(
                all()
                    .filter(|word| word.exact.chars().count() >= 4 && word.exact.chars().all(char::is_alphabetic))
                    .map(|word| Some(forgiven(&word.exact))),
            ),
            title_stops: fields[0].iter().filter(|word| word.is_stop).map(|word| stop(&word.exact)).collect::<Vec<_>>().join(" "),
            exact: fields
                .each_ref()
                .map(|words| words.iter().filter(|word| !word.is_stop).map(|word| exact(&word.exact)).collect::<Vec<_>>().join(" ")),
            visibility: record.visibility,
            r#type: record.kind,
            themes: record.themes.clone(),
            audiences: unique(record.audiences.clone()),
            territories: record.territories.clone(),
            starts_on: starts_on.unwrap_or(NEVER),
            first_day: starts_on.or(ends_on).unwrap_or(NEVER),
            last_day: ends_on.or(starts_on).unwrap_or(FOREVER),
            is_reported: record.is_reported,
            day: known(record.date).unwrap_or(NEVER),
            updated_at: record.updated_at.micros(),
            // The id makes it unique, so that an order never depends on how the index is cut.
            title_key: format!("{} {}", fold(&record.title).chars().take(60).collect::<String>(), record.id),
            ranked: fields.each_ref().map(|words| ranked(words)),
            id: record.id.clone(),
            external_id: record.external_id.clone(),
            title: record.title.clone(),
            url: record.url.clone(),
            summary: head(&record.summary, LOOKED_AT).to_owned(),
            body: head(&record.body, LOOKED_AT).to_owned(),
            date: record.date,
        }
    }
}

impl Stored {
    /// As a result; the snippet is made by the caller. None when it is of a kind that this program does not know.
    pub fn hit(self, snippet: String) -> Option<Hit> {
        Some(Hit {
            kind: RecordType::parse(&self.kind)?,
            id: self.id,
            external_id: self.external_id,
            title: self.title,
            snippet,
            url: self.url,
            themes: self.themes,
            territories: self.territories,
            date: self.date,
        })
    }
}

/// A stop word as titles keep it.
pub fn stop(word: &str) -> String {
    format!("0{word}")
}

/// A word as [`EXACT`] keeps it.
pub fn exact(word: &str) -> String {
    format!("1{word}")
}

/// A word as [`LEXICON`] keeps it: the server counts a typo in the first letter twice, so the first letter is one that nobody types.
pub fn forgiven(word: &str) -> String {
    format!("2{word}")
}

/// The stems of a text in order, without stop words.
struct Stems<'a>(Vec<&'a str>);

impl<'a> Stems<'a> {
    fn of(words: &'a [Word]) -> Self {
        Self(words.iter().filter(|word| !word.is_stop).map(|word| word.stem.as_str()).collect())
    }

    fn text(&self) -> String {
        self.0.join(" ")
    }
}

/// The stems of the long forms that the record's own words stand for: `CESF` has those of « conseillère en économie sociale et familiale ».
fn longer_forms(fields: [&Stems<'_>; 4]) -> String {
    let at = |place: usize, stems: &[&str]| Synonyms::get().at(&stems[place..]).flat_map(|(_, others)| others.cloned()).collect::<Vec<_>>();
    let others = fields.into_iter().flat_map(|stems| (0..stems.0.len()).flat_map(move |place| at(place, &stems.0)));
    let mut longer: Vec<String> = others.filter(|phrase| is_long(phrase.len())).map(|phrase| phrase.join(" ")).collect();
    longer.sort();
    longer.dedup();
    longer.join(" ")
}

/// Is a phrase of so many words too long to be a synonym's beginning?
pub fn is_long(words: usize) -> bool {
    words > MOST_JOINED
}

/// Each word once.
fn list(words: impl Iterator<Item = Option<String>>) -> String {
    let mut words: Vec<String> = words.flatten().collect();
    words.sort_unstable();
    words.dedup();
    words.join(" ")
}

/// The words of a field in order, without stop words; a hyphen stays between two that are also one word.
fn ranked(words: &[Word]) -> String {
    let mut text = String::new();
    let mut is_joined = false;
    for word in words.iter().filter(|word| !word.is_stop) {
        if text.len() > MOST_RANKED {
            break;
        }
        if !text.is_empty() {
            text.push(if is_joined { '-' } else { ' ' });
        }
        text.push_str(&word.exact);
        is_joined = word.compound.is_some();
    }
    text
}

fn head(text: &str, length: usize) -> &str {
    &text[..text.floor_char_boundary(length)]
}
