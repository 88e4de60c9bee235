//! One index: its writer, and what searches see of it.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use tantivy::directory::MmapDirectory;
use tantivy::{Index, IndexReader, IndexWriter, ReloadPolicy, Searcher};

use super::columns::Columns;
use super::schema::{self, Fields};
use crate::search::model::Change;

/// What tantivy may hold before it writes a segment.
const WRITER_BYTES: usize = 40_000_000;

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

impl Generation {
    pub fn create(directory: &Path) -> tantivy::Result<Self> {
        std::fs::create_dir_all(directory)?;
        let (schema, fields) = schema::schema();
        Self::of(Index::create_in_dir(directory, schema)?, fields)
    }

    pub fn open(directory: &Path) -> tantivy::Result<Self> {
        let index = Index::open(MmapDirectory::open(directory)?)?;
        let (schema, fields) = schema::schema();
        if index.schema() != schema {
            return Err(tantivy::TantivyError::SchemaError("another schema".to_owned()));
        }
        Self::of(index, fields)
    }

    pub fn in_memory() -> tantivy::Result<Self> {
        let (schema, fields) = schema::schema();
        Self::of(Index::create_in_ram(schema), fields)
    }

    fn of(index: Index, fields: Fields) -> tantivy::Result<Self> {
        // One thread: commits stay cheap, and texts are cut into words by the caller anyway.
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

    /// Makes one segment of several: a small index is searched faster whole. A large one is left to the usual merges.
    pub fn settle(&self) -> tantivy::Result<()> {
        const LARGE: u64 = 200_000;
        let segments: Vec<_> = self.snapshot().searcher.segment_readers().iter().map(|segment| segment.segment_id()).collect();
        if segments.len() > 1 && self.snapshot().searcher.num_docs() <= LARGE {
            self.writer.lock().unwrap_or_else(PoisonError::into_inner).merge(&segments).wait()?;
        }
        Ok(())
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
