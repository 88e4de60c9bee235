//! One page of results: their order, and what is shown of each.

use std::cell::OnceCell;
use std::cmp::{Ordering, Reverse};

use tantivy::schema::{Field, Value};
use tantivy::{DocAddress, TantivyDocument};

use super::generation::Snapshot;
use super::postings::Seen;
use super::rank::Found;
use super::schema::day;
use crate::search::model::{Hit, Query, RecordType, Sort};
use crate::search::snippet::Marks;

/// Records of the page, in order. Segments are ordered by themselves first, on numbers alone: only what may be on the page is compared by title.
pub fn page(found: Vec<Found>, query: &Query, seen: &[Seen]) -> Vec<Found> {
    let offset = usize::try_from(query.page.offset()).unwrap_or(usize::MAX);
    if offset >= found.len() {
        return Vec::new();
    }
    let wanted = offset + query.page.limit() as usize;
    let mut segments: Vec<Vec<Ranked>> = seen.iter().map(|_| Vec::new()).collect();
    for found in found {
        segments[found.segment].push(Ranked::new(found, query, seen[found.segment].columns));
    }
    let mut first: Vec<Ranked> = Vec::new();
    for mut ranked in segments {
        let order = |a: &Ranked, b: &Ranked| a.key().cmp(&b.key()).then(a.title_ordinal.cmp(&b.title_ordinal));
        if ranked.len() > wanted {
            ranked.select_nth_unstable_by(wanted, order);
            ranked.truncate(wanted);
        }
        first.extend(ranked);
    }
    first.sort_unstable_by(|a, b| a.compare(b, seen));
    first.into_iter().skip(offset).take(query.page.limit() as usize).map(|ranked| ranked.found).collect()
}

struct Ranked {
    found: Found,
    score: f32,
    date: i64,
    title_ordinal: u64,
    title: OnceCell<String>,
}

impl Ranked {
    fn new(found: Found, query: &Query, columns: &super::columns::Columns) -> Self {
        let (score, date) = match query.sort {
            Sort::Date => (0.0, columns.dates[found.doc as usize]),
            Sort::Relevance => (found.score, columns.updated_at[found.doc as usize]),
        };
        let title_ordinal = columns.title_key.as_ref().and_then(|column| column.ords().first(found.doc)).unwrap_or(0);
        Self { found, score, date, title_ordinal, title: OnceCell::new() }
    }

    /// Best first, then latest; a record without a date has the earliest of all. Scores are never negative, so their bits sort as they do.
    fn key(&self) -> (Reverse<u32>, Reverse<i64>) {
        (Reverse(self.score.to_bits()), Reverse(self.date))
    }

    fn compare(&self, other: &Self, seen: &[Seen]) -> Ordering {
        let title = |ranked: &Self| seen[ranked.found.segment].columns.title_key(ranked.found.doc);
        self.key().cmp(&other.key()).then_with(|| self.title.get_or_init(|| title(self)).cmp(other.title.get_or_init(|| title(other))))
    }
}

pub fn hit(found: &Found, marks: &Marks, snapshot: &Snapshot) -> tantivy::Result<Hit> {
    let fields = &snapshot.fields;
    let document: TantivyDocument = snapshot.searcher.doc(DocAddress::new(found.segment as u32, found.doc))?;
    let text = |field: Field| document.get_first(field).and_then(|value| value.as_str()).unwrap_or_default();
    let texts = |field: Field| document.get_all(field).filter_map(|value| value.as_str()).map(str::to_owned).collect();
    let kind = document.get_first(fields.kind).and_then(|value| value.as_u64()).and_then(|kind| RecordType::ALL.get(kind as usize));
    Ok(Hit {
        kind: kind.copied().ok_or_else(|| tantivy::TantivyError::InternalError("a record of an unknown kind".to_owned()))?,
        id: text(fields.shown.id).to_owned(),
        external_id: document.get_first(fields.shown.external_id).and_then(|value| value.as_str()).map(str::to_owned),
        title: text(fields.shown.title).to_owned(),
        snippet: marks.snippet(text(fields.shown.summary), text(fields.shown.body)),
        url: text(fields.shown.url).to_owned(),
        themes: texts(fields.themes),
        territories: texts(fields.territories),
        date: document.get_first(fields.date).and_then(|value| value.as_i64()).and_then(day),
    })
}
