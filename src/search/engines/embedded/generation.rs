//! One index: its writer, and what searches see of it.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use tantivy::directory::MmapDirectory;
use tantivy::index::SegmentId;
use tantivy::indexer::NoMergePolicy;
use tantivy::{Index, IndexReader, IndexWriter, ReloadPolicy, Searcher};

use super::columns::Columns;
use super::schema::{self, Fields};
use super::tokens;
use crate::search::model::{Change, Document};

/// What tantivy may hold before it writes a segment.
const WRITER_BYTES: usize = 40_000_000;
/// The same, for each of the threads that build a whole index.
const BUILDER_BYTES: usize = 80_000_000;
const MOST_THREADS: usize = 4;
/// Records of one segment of an index that was built whole.
const MOST_TOGETHER: u32 = 200_000;

pub struct Generation {
    pub fields: Fields,
    reader: IndexReader,
    writer: Mutex<IndexWriter>,
    snapshot: RwLock<Arc<Snapshot>>,
}

/// The index at one commit. A search works on one from beginning to end.
pub struct Snapshot {
    pub fields: Fields,
    pub searcher: Searcher,
    /// As `searcher.segment_readers()`.
    pub columns: Vec<Arc<Columns>>,
}

/// An empty index.
pub fn create(directory: &Path) -> tantivy::Result<Index> {
    std::fs::create_dir_all(directory)?;
    Index::create_in_dir(directory, schema::schema().0)
}

/// Writes all records into an empty index that nobody reads yet, on every core, then in few segments: those are searched faster.
pub fn fill(index: &Index, documents: impl Iterator<Item = Document>) -> tantivy::Result<()> {
    let (_, fields) = schema::schema();
    tokens::register(index);
    let threads = std::thread::available_parallelism().map_or(1, |cores| cores.get().min(MOST_THREADS));
    let mut writer: IndexWriter = index.writer_with_num_threads(threads, threads * BUILDER_BYTES)?;
    // A merge of its own accord would take away the segments that are merged below.
    writer.set_merge_policy(Box::new(NoMergePolicy));
    for document in documents {
        writer.add_document(fields.document(&document))?;
    }
    writer.commit()?;
    let mut groups: Vec<(u32, Vec<SegmentId>)> = Vec::new();
    for segment in index.searchable_segment_metas()? {
        match groups.last_mut().filter(|(records, _)| records + segment.num_docs() <= MOST_TOGETHER) {
            Some((records, group)) => {
                *records += segment.num_docs();
                group.push(segment.id());
            }
            None => groups.push((segment.num_docs(), vec![segment.id()])),
        }
    }
    for (_, group) in groups.iter().filter(|(_, group)| group.len() > 1) {
        writer.merge(group).wait()?;
    }
    writer.garbage_collect_files().wait()?;
    writer.wait_merging_threads()
}

impl Generation {
    pub fn open(directory: &Path) -> tantivy::Result<Self> {
        let index = Index::open(MmapDirectory::open(directory)?)?;
        if index.schema() != schema::schema().0 {
            return Err(tantivy::TantivyError::SchemaError("another schema".to_owned()));
        }
        Self::of(index)
    }

    pub fn of(index: Index) -> tantivy::Result<Self> {
        let (_, fields) = schema::schema();
        tokens::register(&index);
        // One thread: commits stay cheap.
        let writer = index.writer_with_num_threads(1, WRITER_BYTES)?;
        let reader = index.reader_builder().reload_policy(ReloadPolicy::Manual).try_into()?;
        let snapshot = Snapshot::take(&reader, fields, None)?;
        Ok(Self { fields, reader, writer: Mutex::new(writer), snapshot: RwLock::new(Arc::new(snapshot)) })
    }

    pub fn snapshot(&self) -> Arc<Snapshot> {
        self.snapshot.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Takes changes in order; durable and found only after `commit`.
    pub fn stage(&self, changes: impl IntoIterator<Item = Change>) -> tantivy::Result<()> {
        let writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        for change in changes {
            match change {
                Change::Put(record) => {
                    writer.delete_term(self.fields.key_term(record.kind, &record.id));
                    writer.add_document(self.fields.document(&record))?;
                }
                Change::Remove { kind, id } => {
                    writer.delete_term(self.fields.key_term(kind, &id));
                }
            }
        }
        Ok(())
    }

    /// Forgets what was staged, so that the changes of a failed call do not come out with the next.
    pub fn forget(&self) -> tantivy::Result<()> {
        self.writer.lock().unwrap_or_else(PoisonError::into_inner).rollback().map(drop)
    }

    pub fn commit(&self) -> tantivy::Result<()> {
        self.writer.lock().unwrap_or_else(PoisonError::into_inner).commit()?;
        self.reader.reload()?;
        let taken = Snapshot::take(&self.reader, self.fields, Some(&self.snapshot()))?;
        *self.snapshot.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(taken);
        Ok(())
    }
}

impl Snapshot {
    /// Segments never change, so the columns of those already known are kept.
    fn take(reader: &IndexReader, fields: Fields, before: Option<&Snapshot>) -> tantivy::Result<Self> {
        let searcher = reader.searcher();
        let known = |segment: &tantivy::SegmentReader| {
            let before = before?;
            let place = before.searcher.segment_readers().iter().position(|other| other.segment_id() == segment.segment_id())?;
            Some(before.columns[place].clone())
        };
        let columns = searcher
            .segment_readers()
            .iter()
            .map(|segment| known(segment).map_or_else(|| Columns::open(segment, &fields).map(Arc::new), Ok))
            .collect::<tantivy::Result<_>>()?;
        Ok(Self { fields, searcher, columns })
    }
}
