//! How a record stands in the index.

use sha2::{Digest, Sha256};
use tantivy::schema::{FAST, Field, IndexRecordOption, STORED, STRING, Schema, TextFieldIndexing, TextOptions};
use tantivy::tokenizer::{PreTokenizedString, Token};
use tantivy::{TantivyDocument, Term};

use crate::kernel::Day;
use crate::kernel::text::fold;
use crate::search::analysis::{self, Word};
use crate::search::config::Config;
use crate::search::engines::asked::stem_term;
use crate::search::model::{Document, RecordType};

/// Raise it when what is written below, or the analysis, changes: an older index is then rebuilt.
const VERSION: u32 = 2;

/// Columns have no "none" that sorts where we want it: these days stand for it.
pub const NO_DAY: i64 = i64::MIN / 2;

#[derive(Clone, Copy)]
pub struct Fields {
    pub key: Field,
    pub title: Field,
    pub summary: Field,
    pub names: Field,
    pub body: Field,
    /// The first words of summary and body once more: a text begins with what it is about.
    pub lead: Field,
    /// Every word and stem of the four above: one dictionary for typos and beginnings.
    pub lexicon: Field,
    pub kind: Field,
    pub visibility: Field,
    pub themes: Field,
    pub audiences: Field,
    pub territories: Field,
    pub starts_on: Field,
    pub ends_on: Field,
    pub is_reported: Field,
    pub date: Field,
    pub updated_at: Field,
    pub title_words: Field,
    pub title_key: Field,
    pub shown: Shown,
}

/// What is only stored, to be shown.
#[derive(Clone, Copy)]
pub struct Shown {
    pub id: Field,
    pub external_id: Field,
    pub title: Field,
    pub summary: Field,
    pub body: Field,
    pub url: Field,
}

pub fn schema() -> (Schema, Fields) {
    let mut schema = Schema::builder();
    let text = |option| TextOptions::default().set_indexing_options(TextFieldIndexing::default().set_index_option(option));
    let searched = text(IndexRecordOption::WithFreqsAndPositions);
    let codes = TextOptions::default().set_fast("raw");
    let fields = Fields {
        key: schema.add_text_field("key", STRING),
        title: schema.add_text_field("title", searched.clone()),
        summary: schema.add_text_field("summary", searched.clone()),
        names: schema.add_text_field("names", searched.clone()),
        body: schema.add_text_field("body", searched.clone()),
        lead: schema.add_text_field("lead", searched),
        lexicon: schema.add_text_field(
            "lexicon",
            TextOptions::default()
                .set_indexing_options(TextFieldIndexing::default().set_fieldnorms(false).set_index_option(IndexRecordOption::Basic)),
        ),
        kind: schema.add_u64_field("kind", FAST | STORED),
        visibility: schema.add_u64_field("visibility", FAST),
        themes: schema.add_text_field("themes", codes.clone() | STORED),
        audiences: schema.add_text_field("audiences", codes.clone()),
        territories: schema.add_text_field("territories", codes.clone() | STORED),
        starts_on: schema.add_i64_field("starts_on", FAST),
        ends_on: schema.add_i64_field("ends_on", FAST),
        is_reported: schema.add_u64_field("is_reported", FAST),
        date: schema.add_i64_field("date", FAST | STORED),
        updated_at: schema.add_i64_field("updated_at", FAST),
        title_words: schema.add_u64_field("title_words", FAST),
        title_key: schema.add_text_field("title_key", codes),
        shown: Shown {
            id: schema.add_text_field("shown_id", STORED),
            external_id: schema.add_text_field("shown_external_id", STORED),
            title: schema.add_text_field("shown_title", STORED),
            summary: schema.add_text_field("shown_summary", STORED),
            body: schema.add_text_field("shown_body", STORED),
            url: schema.add_text_field("shown_url", STORED),
        },
    };
    (schema.build(), fields)
}

/// What an index on disk must have been made with to be used: our version, and the stop words that it leaves out.
/// (tantivy checks its own format when it opens one.)
pub fn fingerprint() -> String {
    let digest = Sha256::digest(Config::get().stop_words().join(" "));
    let stop_words: String = digest.iter().take(4).map(|byte| format!("{byte:02x}")).collect();
    format!("{VERSION}-{stop_words}")
}

pub fn days(day: Option<Day>) -> i64 {
    day.map_or(NO_DAY, |day| day.days_since(epoch()))
}

pub fn day(days: i64) -> Option<Day> {
    (days != NO_DAY).then(|| epoch().plus(days))
}

fn epoch() -> Day {
    Day::new(1970, 1, 1).expect("a day")
}

/// The place of a value in its list is its number in the index.
pub fn ordinal<T: PartialEq>(all: &[T], value: T) -> u64 {
    all.iter().position(|other| *other == value).unwrap_or_default() as u64
}

impl Fields {
    /// The term that only this record has.
    pub fn key_term(&self, kind: RecordType, id: &str) -> Term {
        Term::from_field_text(self.key, &format!("{kind}/{id}"))
    }

    /// The fields that are searched, with their weights.
    pub fn searched(&self) -> [(Field, crate::search::config::FieldWeight); 5] {
        let weights = &Config::get().settings.fields;
        [
            (self.title, weights.title),
            (self.summary, weights.summary),
            (self.names, weights.names),
            (self.body, weights.body),
            (self.lead, weights.lead),
        ]
    }

    pub fn document(&self, record: &Document) -> TantivyDocument {
        let mut document = TantivyDocument::new();
        document.add_text(self.key, format!("{}/{}", record.kind, record.id));
        let mut lexicon = Vec::new();
        let mut title_words = 0;
        for (field, text) in [(self.title, &record.title), (self.summary, &record.summary), (self.names, &record.names), (self.body, &record.body)] {
            // A query of stop words alone looks in titles only: elsewhere they would only weigh.
            let words: Vec<Word> = analysis::words(text).into_iter().filter(|word| field == self.title || !word.is_stop).collect();
            if field == self.title {
                title_words = words.iter().filter(|word| !word.is_stop).count();
            }
            let tokens = tokens(&words);
            lexicon.extend(tokens.iter().map(|token| token.text.clone()));
            document.add_pre_tokenized_text(field, PreTokenizedString { text: String::new(), tokens });
        }
        let lead: Vec<Word> = [&record.summary, &record.body]
            .into_iter()
            .flat_map(|text| analysis::words(text))
            .filter(|word| !word.is_stop)
            .zip(0..)
            .take(Config::get().settings.lead)
            // One text made of two: places go on.
            .map(|(word, position)| Word { position, ..word })
            .collect();
        document.add_pre_tokenized_text(self.lead, PreTokenizedString { text: String::new(), tokens: tokens(&lead) });
        lexicon.sort_unstable();
        lexicon.dedup();
        let lexicon = lexicon.into_iter().map(|text| Token { position: 0, text, ..Token::default() }).collect();
        document.add_pre_tokenized_text(self.lexicon, PreTokenizedString { text: String::new(), tokens: lexicon });

        document.add_u64(self.kind, ordinal(RecordType::ALL, record.kind));
        document.add_u64(self.visibility, ordinal(crate::kernel::Visibility::ALL, record.visibility));
        for (field, codes) in [(self.themes, &record.themes), (self.audiences, &record.audiences), (self.territories, &record.territories)] {
            let mut seen: Vec<&String> = Vec::new();
            for code in codes {
                // Twice the same code would count twice in a facet.
                if !seen.contains(&code) {
                    document.add_text(field, code);
                    seen.push(code);
                }
            }
        }
        document.add_i64(self.starts_on, days(record.starts_on));
        document.add_i64(self.ends_on, days(record.ends_on));
        document.add_u64(self.is_reported, u64::from(record.is_reported));
        document.add_i64(self.date, days(record.date));
        document.add_i64(self.updated_at, record.updated_at.micros());
        document.add_u64(self.title_words, title_words as u64);
        // The id makes it unique, so that an order never depends on how the index is cut.
        let title: String = fold(&record.title).chars().take(60).collect();
        document.add_text(self.title_key, format!("{title}\u{1}{}", record.id));

        document.add_text(self.shown.id, &record.id);
        if let Some(external_id) = &record.external_id {
            document.add_text(self.shown.external_id, external_id);
        }
        document.add_text(self.shown.title, &record.title);
        document.add_text(self.shown.summary, &record.summary);
        document.add_text(self.shown.body, &record.body);
        document.add_text(self.shown.url, &record.url);
        document
    }
}

/// Each word, its stem, and the compound that it begins, at one position.
fn tokens(words: &[Word]) -> Vec<Token> {
    let mut tokens = Vec::with_capacity(words.len() * 2);
    let mut push = |position: u32, text: String| tokens.push(Token { position: position as usize, text, ..Token::default() });
    for word in words {
        push(word.position, word.exact.clone());
        if !word.is_stop {
            push(word.position, stem_term(&word.stem));
        }
        if let Some(compound) = &word.compound {
            push(word.position, stem_term(&analysis::stem(compound)));
            push(word.position, compound.clone());
        }
    }
    tokens
}
