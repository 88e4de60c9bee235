//! The search engine inside the process: tantivy, in a directory of its own.
//!
//! ```text
//! index/lock                 held while the process lives: one process, one index
//! index/current              "<fingerprint> <generation>", written whole or not at all, only once that generation is complete
//! index/generation-000001/   a tantivy index
//! ```
//!
//! Without a usable `current` the engine starts empty and asks for a rebuild. It then works in a new generation that `current` does not
//! name, so a process killed before the rebuild ends starts empty again: an incomplete index is never taken for a whole one.

mod columns;
mod expand;
mod filter;
mod generation;
mod hits;
mod near;
mod postings;
mod rank;
mod schema;
mod store;
mod suggest;
mod tokens;

#[cfg(test)]
mod tests;

use std::collections::HashSet;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use tantivy::collector::DocSetCollector;
use tantivy::query::TermQuery;
use tantivy::schema::IndexRecordOption;
use tantivy::{DocId, Index};

use self::filter::{Counter, Filter};
use self::generation::{Generation, Snapshot};
use self::postings::Seen;
use self::rank::Found;
use self::store::Store;
use super::asked::{self, Asked};
use crate::kernel::{Page, Visibility};
use crate::search::language::Said;
use crate::search::model::{Answer, Change, Documents, Error, Facets, Query, RecordType, SearchEngine, Sort, Suggestion};

/// Does a process, this one or another, have this directory's index open?
pub fn is_held(directory: &Path) -> bool {
    store::is_held(directory)
}

pub struct Embedded {
    store: Store,
    current: RwLock<Arc<Generation>>,
    /// Held by whoever writes. While a rebuild goes on, changes are also kept here, to be applied to what it builds.
    writing: Mutex<Option<Vec<Change>>>,
    rebuilding: Mutex<()>,
    needs_rebuild: AtomicBool,
}

impl From<tantivy::TantivyError> for Error {
    fn from(error: tantivy::TantivyError) -> Self {
        Self::Unavailable(error.to_string())
    }
}

impl Embedded {
    /// Opens the index of a directory, empty when there is none to trust (see `needs_rebuild`).
    pub fn open(directory: &Path) -> Result<Self, Error> {
        let (store, generation, is_whole) = Store::open(directory)?;
        Ok(Self::of(store, generation, !is_whole))
    }

    /// An index that lasts as long as the value, for tests.
    pub fn in_memory() -> Result<Self, Error> {
        let (_, index) = Store::Memory.create()?;
        Ok(Self::of(Store::Memory, Generation::of(index)?, false))
    }

    fn of(store: Store, generation: Generation, needs_rebuild: bool) -> Self {
        Self {
            store,
            current: RwLock::new(Arc::new(generation)),
            writing: Mutex::new(None),
            rebuilding: Mutex::new(()),
            needs_rebuild: AtomicBool::new(needs_rebuild),
        }
    }

    /// The index was absent, made by another version, or unreadable: it holds nothing until `rebuild`, or only what came since.
    pub fn needs_rebuild(&self) -> bool {
        self.needs_rebuild.load(Ordering::Acquire)
    }

    fn current(&self) -> Arc<Generation> {
        self.current.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn writing(&self) -> MutexGuard<'_, Option<Vec<Change>>> {
        self.writing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn build(&self, name: &str, index: Index, documents: Documents<'_>) -> Result<u64, Error> {
        let mut unreadable = None;
        generation::fill(&index, documents.map_while(|document| document.map_err(|error| unreadable = Some(error)).ok()))?;
        if let Some(error) = unreadable {
            return Err(error);
        }
        let fresh = Arc::new(Generation::of(index)?);
        // From here to the swap nobody else writes, so no change is lost between the two indexes.
        let mut writing = self.writing();
        fresh.stage(writing.take().unwrap_or_default())?;
        fresh.commit()?;
        self.store.point_to(name)?;
        let old = std::mem::replace(&mut *self.current.write().unwrap_or_else(PoisonError::into_inner), fresh.clone());
        self.needs_rebuild.store(false, Ordering::Release);
        drop(writing);
        drop(old);
        self.store.remove_all_but(name);
        Ok(fresh.snapshot().searcher.num_docs())
    }
}

/// Stops keeping changes however a rebuild ends, even by a panic of whoever gives the records.
struct Kept<'a>(&'a Embedded);

impl Drop for Kept<'_> {
    fn drop(&mut self) {
        *self.0.writing() = None;
    }
}

impl SearchEngine for Embedded {
    fn name(&self) -> &'static str {
        "embedded"
    }

    fn search(&self, query: &Query) -> Result<Answer, Error> {
        let snapshot = self.current().snapshot();
        let mut answer = search(query, &snapshot)?;
        if answer.total == 0
            && let Some(meant) = suggest::did_you_mean(&query.text, &snapshot.seen_by(&query.visible), &snapshot)?
        {
            // Said only when it leads somewhere, under the same filters.
            let again = Query { text: meant, page: Page { number: 1, size: 1 }, ..query.clone() };
            if search(&again, &snapshot)?.total > 0 {
                answer.did_you_mean = Some(again.text);
            }
        }
        Ok(answer)
    }

    fn among(&self, query: &Query, records: &[(RecordType, String)]) -> Result<Vec<(RecordType, String)>, Error> {
        among(query, records, &self.current().snapshot())
    }

    fn suggest(&self, text: &str, visible: &[Visibility], limit: usize) -> Result<Vec<Suggestion>, Error> {
        let snapshot = self.current().snapshot();
        Ok(suggest::suggest(text, &snapshot.seen_by(visible), &snapshot, limit)?)
    }

    fn apply(&self, changes: Vec<Change>) -> Result<(), Error> {
        if changes.is_empty() {
            return Ok(());
        }
        let mut writing = self.writing();
        let current = self.current();
        if let Err(error) = current.stage(changes.iter().cloned()).and_then(|()| current.commit()) {
            // The caller will come again with what the records then are.
            drop(current.forget());
            return Err(error.into());
        }
        if let Some(kept) = writing.as_mut() {
            kept.extend(changes);
        }
        Ok(())
    }

    fn rebuild(&self, documents: Documents<'_>) -> Result<u64, Error> {
        let _one_at_a_time = self.rebuilding.lock().unwrap_or_else(PoisonError::into_inner);
        let (name, index) = self.store.create()?;
        *self.writing() = Some(Vec::new());
        let _kept = Kept(self);
        self.build(&name, index, documents)
    }

    fn count(&self) -> Result<u64, Error> {
        Ok(self.current().snapshot().searcher.num_docs())
    }

    fn needs_rebuild(&self) -> Result<Option<String>, Error> {
        Ok(Self::needs_rebuild(self).then(|| "it is absent, of another version, or unreadable".to_owned()))
    }
}

impl Snapshot {
    /// The records that a reader of these levels may see: everything else starts from them.
    fn seen_by(&self, levels: &[Visibility]) -> Vec<Seen<'_>> {
        let segments = self.searcher.segment_readers().iter().zip(&self.columns);
        segments.map(|(segment, columns)| Seen { segment, columns, bits: columns.visible_to(levels) }).collect()
    }
}

/// What the words and the filters of a query leave.
struct Matches<'a> {
    words: Vec<Asked>,
    seen: Vec<Seen<'a>>,
    found: Vec<Found>,
    facets: Facets,
}

fn keep<'a>(query: &Query, snapshot: &'a Snapshot) -> Result<Matches<'a>, Error> {
    let said = Said::read(&query.text);
    let mut seen = snapshot.seen_by(&query.visible);
    postings::keep_said(&mut seen, &said, &snapshot.fields)?;
    let (words, mut found) = if query.text.trim().is_empty() || said.only_excludes() {
        let all = seen.iter().enumerate().flat_map(|(segment, seen)| seen.all().map(move |doc| Found { segment, doc, score: 0.0, untitled: 1.0 }));
        (Vec::new(), all.collect())
    } else {
        rank::find(expand::asked(&said.words, snapshot)?, &seen, snapshot, query.today)?
    };
    let mut counters: Vec<Counter> = seen.iter().map(|seen| Counter::new(Filter::new(seen.columns, query))).collect();
    found.retain(|found: &Found| counters[found.segment].take(found.doc));
    let mut facets = Facets::default();
    counters.into_iter().for_each(|counter| counter.add_to(&mut facets));
    Ok(Matches { words, seen, found, facets })
}

fn search(query: &Query, snapshot: &Snapshot) -> Result<Answer, Error> {
    let Matches { words, seen, mut found, facets } = keep(query, snapshot)?;
    let total = found.len() as u64;
    if query.sort == Sort::Relevance {
        near::raise(&mut found, &words, &seen, snapshot)?;
    }
    let marks = asked::marks(&words);
    let page = hits::page(found, query, &seen);
    let hits = page.iter().map(|found| hits::hit(found, &marks, snapshot)).collect::<tantivy::Result<_>>()?;
    Ok(Answer { hits, total, facets, did_you_mean: None })
}

fn among(query: &Query, records: &[(RecordType, String)], snapshot: &Snapshot) -> Result<Vec<(RecordType, String)>, Error> {
    let found: HashSet<(usize, DocId)> = keep(query, snapshot)?.found.iter().map(|found| (found.segment, found.doc)).collect();
    let mut kept = Vec::new();
    for (kind, id) in records {
        let named = TermQuery::new(snapshot.fields.key_term(*kind, id), IndexRecordOption::Basic);
        let at = snapshot.searcher.search(&named, &DocSetCollector)?;
        if at.iter().any(|at| found.contains(&(at.segment_ord as usize, at.doc_id))) {
            kept.push((*kind, id.clone()));
        }
    }
    Ok(kept)
}
