//! What is asked of a search engine and what it answers, whichever engine it is.

use std::collections::BTreeMap;

use serde::Serialize;

use super::trouble::Trouble;
use crate::db::types::text_enum;
use crate::kernel::{Day, Moment, Page, Visibility};

text_enum! {
    /// The kinds of records that search knows.
    pub enum RecordType {
        Action = "action" | "Actions collectives",
        PlanSheet = "plan_sheet" | "Fiches du schéma",
        Partner = "partner" | "Partenaires",
        Convention = "convention" | "Conventions",
        Meeting = "meeting" | "Rencontres",
        Decision = "decision" | "Décisions",
        Document = "document" | "Documents",
    }
}

text_enum! {
    pub enum Sort {
        Relevance = "relevance" | "Pertinence",
        Date = "date" | "Date",
    }
}

/// A record as the index holds it. Made by the record's own slice, from its row, at the moment of indexing.
#[derive(Clone, Debug, PartialEq)]
pub struct Document {
    pub kind: RecordType,
    pub id: String,
    pub external_id: Option<String>,
    pub title: String,
    /// What matters most after the title: a summary.
    pub summary: String,
    /// All other text.
    pub body: String,
    /// Names that people search by: places, communes, partners, theme labels.
    pub names: String,
    pub url: String,
    pub visibility: Visibility,
    pub themes: Vec<String>,
    pub audiences: Vec<String>,
    /// Codes as the record gives them; a filter is widened when it is asked (see `Query::territories`).
    pub territories: Vec<String>,
    pub starts_on: Option<Day>,
    pub ends_on: Option<Day>,
    /// An action whose evaluation is written.
    pub is_reported: bool,
    /// What a list shows as the record's date.
    pub date: Option<Day>,
    pub updated_at: Moment,
}

/// What is asked, already parsed and bounded. Repeating a filter means *or* within it; different filters mean *and*.
#[derive(Clone, Debug, PartialEq)]
pub struct Query {
    /// At most 500 characters; empty lists everything that the filters allow, newest first.
    pub text: String,
    pub types: Vec<RecordType>,
    pub themes: Vec<String>,
    pub audiences: Vec<String>,
    /// The codes that were asked for, each with all that it matches (inside it and above it, itself included). Empty: everywhere.
    pub territories: BTreeMap<String, Vec<String>>,
    pub situations: Vec<crate::actions::model::Situation>,
    /// Keeps records that end on or after this day (records without dates stay).
    pub after: Option<Day>,
    /// Keeps records that start on or before this day (records without dates stay).
    pub before: Option<Day>,
    pub sort: Sort,
    pub page: Page,
    /// What the reader may see: part of every query, facet and suggestion.
    pub visible: Vec<Visibility>,
    /// Situations and « open before finished » are judged on this day.
    pub today: Day,
}

/// One result.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Hit {
    #[serde(rename = "type")]
    pub kind: RecordType,
    pub id: String,
    pub external_id: Option<String>,
    pub title: String,
    /// HTML-escaped text in which only `<mark>` is markup.
    pub snippet: String,
    pub url: String,
    pub themes: Vec<String>,
    pub territories: Vec<String>,
    pub date: Option<Day>,
}

/// How many records each value of a filter would give, the other filters kept.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Facets {
    #[serde(rename = "type")]
    pub types: BTreeMap<String, u64>,
    #[serde(rename = "theme")]
    pub themes: BTreeMap<String, u64>,
    #[serde(rename = "territory")]
    pub territories: BTreeMap<String, u64>,
    #[serde(rename = "audience")]
    pub audiences: BTreeMap<String, u64>,
    /// Of actions.
    #[serde(rename = "situation", skip_serializing_if = "BTreeMap::is_empty")]
    pub situations: BTreeMap<String, u64>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    pub hits: Vec<Hit>,
    /// Exact.
    pub total: u64,
    pub facets: Facets,
    pub did_you_mean: Option<String>,
}

/// A title that completes what is being typed.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Suggestion {
    pub text: String,
    #[serde(rename = "type")]
    pub kind: RecordType,
    pub url: String,
}

/// One change to the index: the record as it now is, or gone.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    Put(Box<Document>),
    Remove { kind: RecordType, id: String },
}

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("the search index cannot be used: {0}")]
    Unavailable(String),
    /// The engine is a server of its own, and something is wrong with it.
    #[error(transparent)]
    Trouble(#[from] Trouble),
}

impl Error {
    /// What it is and what to do, for an administrator.
    pub fn in_words(&self) -> String {
        match self {
            Self::Unavailable(said) => said.clone(),
            Self::Trouble(trouble) => format!("{} ({})", trouble.kind.in_words(), trouble.said),
        }
    }

    /// Will the same be worth asking again, for as long as it takes?
    pub fn passes(&self) -> bool {
        matches!(self, Self::Trouble(trouble) if trouble.kind.passes())
    }
}

/// The records that a rebuild is made of.
pub type Documents<'a> = &'a mut dyn Iterator<Item = Result<Document, Error>>;

/// A search engine. Calls block: callers run them on the blocking pool.
pub trait SearchEngine: Send + Sync {
    /// `embedded` or `meilisearch`.
    fn name(&self) -> &'static str;

    fn search(&self, query: &Query) -> Result<Answer, Error>;

    /// Of these records, those that `search` finds, on whichever page of its results.
    fn among(&self, query: &Query, records: &[(RecordType, String)]) -> Result<Vec<(RecordType, String)>, Error>;

    /// Titles that begin like the last word of `text`, visible to the reader, best first.
    fn suggest(&self, text: &str, visible: &[Visibility], limit: usize) -> Result<Vec<Suggestion>, Error>;

    /// Applies changes in order; once it returns they are durable and found.
    fn apply(&self, changes: Vec<Change>) -> Result<(), Error>;

    /// Replaces the whole index by what `documents` yields, without a moment when search has less than before. What cannot be read ends
    /// it: the index stays as it was.
    fn rebuild(&self, documents: Documents<'_>) -> Result<u64, Error>;

    /// How many documents it holds, or why it cannot tell.
    fn count(&self) -> Result<u64, Error>;

    /// May several processes search and write it at once?
    fn is_shared(&self) -> bool {
        false
    }

    /// The version of a server that it asks, in words.
    fn version(&self) -> Option<String> {
        None
    }

    /// Why the index must be built anew, if it must: it is absent, or was made otherwise than this program would make it.
    fn needs_rebuild(&self) -> Result<Option<String>, Error> {
        Ok(None)
    }
}
