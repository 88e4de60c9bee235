//! Effects that must follow a transaction: written in it, carried out after it, at least once.
//!
//! ```text
//! queued ──lease──▶ leased ──done──▶ (removed)
//!    ▲                 │
//!    └──retry, later───┴──gave up──▶ dead
//! ```
//!
//! A lease has a fencing token: a worker that comes late no longer holds it, and what it completes changes nothing.

pub mod pages;
pub mod schedule;
mod store;
pub mod worker;

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use tokio::sync::Notify;

use crate::db::Conn;
use crate::db::types::text_enum;
use crate::error::{Error, Result};
use crate::kernel::{Chance, Moment, ids};
use crate::search::model::RecordType;

pub use store::{Counts, Dead, counts, dead, oldest_due, queue_again, queue_all_again, release};

text_enum! {
    /// Each lane has its own worker. Mail is not among them: it has a queue of its own (`mail::courier`).
    pub enum Lane {
        Index = "index" | "Index de recherche",
    }
}

/// What is to be done. It names records and never holds their text: the row is read when the job runs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum Job {
    /// Make the index agree with this record's row.
    Index { kind: RecordType, id: String },
    /// Build the whole index anew beside the one in use, then swap them.
    Rebuild,
}

impl Job {
    fn lane(&self) -> Lane {
        match self {
            Self::Index { .. } | Self::Rebuild => Lane::Index,
        }
    }
}

/// Adds a job to the transaction at hand; answers its id.
pub fn enqueue(conn: &mut Conn, now: Moment, chance: &Chance, job: &Job) -> Result<String> {
    let id = ids::new(now, chance);
    store::insert(conn, &id, job.lane(), &payload(job)?, now)?;
    Ok(id)
}

/// Adds a job unless the same one waits already.
pub fn enqueue_once(conn: &mut Conn, now: Moment, chance: &Chance, job: &Job) -> Result<()> {
    if store::is_waiting(conn, &payload(job)?)? { Ok(()) } else { enqueue(conn, now, chance, job).map(drop) }
}

/// Of these records, those whose documents in the index are still to be written.
pub fn unindexed(conn: &mut Conn, records: &[(RecordType, String)]) -> Result<Vec<(RecordType, String)>> {
    if store::is_waiting(conn, &payload(&Job::Rebuild)?)? {
        return Ok(records.to_vec());
    }
    let jobs = records.iter().map(|(kind, id)| payload(&Job::Index { kind: *kind, id: id.clone() })).collect::<Result<Vec<_>>>()?;
    let waiting = store::waiting(conn, &jobs)?;
    Ok(records.iter().zip(&jobs).filter(|(_, job)| waiting.contains(*job)).map(|(record, _)| record.clone()).collect())
}

fn payload(job: &Job) -> Result<String> {
    serde_json::to_string(job).map_err(|error| Error::Internal(error.to_string()))
}

/// Has this job been carried out (or given up)?
pub fn is_finished(conn: &mut Conn, id: &str) -> Result<bool> {
    store::is_finished(conn, id)
}

/// Wakes the workers of this process when a transaction may have written jobs.
#[derive(Clone, Default)]
pub struct Bell(Arc<Notify>);

impl Bell {
    pub fn ring(&self) {
        self.0.notify_waiters();
    }

    /// Until it rings, or a quarter of a second: rows of other processes ring no bell here.
    pub async fn wait(&self) {
        let _elapsed = tokio::time::timeout(std::time::Duration::from_millis(250), self.0.notified()).await;
    }
}
