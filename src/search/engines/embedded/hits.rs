//! One page of results: their order, and what is shown of each.

use std::cell::OnceCell;
use std::cmp::{Ordering, Reverse};

use tantivy::schema::{Field, Value};
use tantivy::{DocAddress, TantivyDocument};

use super::columns::Columns;
use super::generation::Snapshot;
use super::postings::Seen;
use super::rank::Found;
use super::schema::day;
use crate::search::model::{Hit, Query, RecordType, Sort};
use crate::search::snippet::Marks;

/// Records of the page, in order. They are placed by numbers alone; titles are compared only where those leave a tie on the page.
pub fn page(found: Vec<Found>, query: &Query, seen: &[Seen]) -> Vec<Found> {
    let limit = query.page.limit() as usize;
    let offset = usize::try_from(query.page.offset()).unwrap_or(usize::MAX);
    if limit == 0 || offset >= found.len() {
        return Vec::new();
    }
    let mut ranked: Vec<Ranked> = found.into_iter().map(|found| Ranked::new(found, query, seen[found.segment].columns)).collect();
    let after = offset.saturating_add(limit).min(ranked.len());
    let last = ranked.select_nth_unstable_by_key(after - 1, Ranked::key).1.key();
    let first = ranked[..after].select_nth_unstable_by_key(offset, Ranked::key).1.key();
    let before = ranked.iter().filter(|ranked| ranked.key() < first).count();
    ranked.retain(|ranked| (first..=last).contains(&ranked.key()));
    ranked.sort_unstable_by(|a, b| a.compare(b, seen));
    ranked.into_iter().skip(offset - before).take(limit).map(|ranked| ranked.found).collect()
}

struct Ranked {
    found: Found,
    score: f32,
    date: i64,
    title_ordinal: OnceCell<u64>,
    title: OnceCell<String>,
}

impl Ranked {
    fn new(found: Found, query: &Query, columns: &Columns) -> Self {
        let (score, date) = match query.sort {
            Sort::Date => (0.0, columns.dates[found.doc as usize]),
            Sort::Relevance => (found.score, columns.updated_at[found.doc as usize]),
        };
        Self { found, score, date, title_ordinal: OnceCell::new(), title: OnceCell::new() }
    }

    /// Best first, then latest; a record without a date has the earliest of all. Scores are never negative, so their bits sort as they do.
    fn key(&self) -> (Reverse<u32>, Reverse<i64>) {
        (Reverse(self.score.to_bits()), Reverse(self.date))
    }

    fn compare(&self, other: &Self, seen: &[Seen]) -> Ordering {
        self.key().cmp(&other.key()).then_with(|| match self.found.segment == other.found.segment {
            true => self.title_ordinal(seen).cmp(&other.title_ordinal(seen)),
            false => self.title(seen).cmp(other.title(seen)),
        })
    }

    /// The place of its title among those of its segment.
    fn title_ordinal(&self, seen: &[Seen]) -> u64 {
        let ordinal = || seen[self.found.segment].columns.title_key.as_ref()?.ords().first(self.found.doc);
        *self.title_ordinal.get_or_init(|| ordinal().unwrap_or(0))
    }

    fn title(&self, seen: &[Seen]) -> &str {
        self.title.get_or_init(|| seen[self.found.segment].columns.title_key(self.found.doc))
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
