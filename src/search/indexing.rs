//! Keeping the index in agreement with the database: a job names a record, its row is read when the job runs.

use std::sync::Arc;

use super::model::{Change, Document, RecordType};
use crate::app::App;
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::outbox::Job;
use crate::outbox::worker::Outcome;

/// Carries out a batch of jobs with one commit of the index. Done means: durable and found.
pub async fn work(app: &Arc<App>, jobs: Vec<Job>) -> Outcome {
    match apply(app, jobs).await {
        Ok(()) => Outcome::Done,
        Err(error) => Outcome::Retry(error.to_string()),
    }
}

async fn apply(app: &Arc<App>, jobs: Vec<Job>) -> Result<()> {
    if jobs.contains(&Job::Rebuild) {
        rebuild(app).await?;
        return Ok(());
    }
    let mut records: Vec<(RecordType, String)> = jobs
        .into_iter()
        .filter_map(|job| match job {
            Job::Index { kind, id } => Some((kind, id)),
            _ => None,
        })
        .collect();
    records.sort();
    records.dedup();
    let changes = app.db.read(move |conn| records.into_iter().map(|(kind, id)| change(conn, kind, id)).collect::<Result<Vec<_>>>()).await?;
    let engine = app.search.clone();
    tokio::task::spawn_blocking(move || engine.apply(changes)).await.map_err(|error| Error::Internal(error.to_string()))??;
    Ok(())
}

fn change(conn: &mut Conn, kind: RecordType, id: String) -> Result<Change> {
    let document = match kind {
        RecordType::Action => crate::actions::document::of(conn, &id)?,
        RecordType::PlanSheet => crate::plans::document::of(conn, &id)?,
        _ => None,
    };
    Ok(document.map_or(Change::Remove { kind, id }, |document| Change::Put(Box::new(document))))
}

/// Builds the whole index anew from the database; answers how many documents it holds.
pub async fn rebuild(app: &Arc<App>) -> Result<u64> {
    let (db, engine) = (app.db.clone(), app.search.clone());
    tokio::task::spawn_blocking(move || {
        let mut failure = None;
        let mut documents = Documents { db: &db, waiting: Vec::new(), next: Next::Sheets, failure: &mut failure };
        let count = engine.rebuild(&mut documents)?;
        failure.map_or(Ok(count), Err)
    })
    .await
    .map_err(|error| Error::Internal(error.to_string()))?
}

/// Walks every record that is to be found, a slice at a time.
struct Documents<'a> {
    db: &'a crate::db::Db,
    waiting: Vec<Document>,
    next: Next,
    failure: &'a mut Option<Error>,
}

enum Next {
    Sheets,
    ActionsAfter(String),
    End,
}

const BATCH: i64 = 500;

impl Iterator for Documents<'_> {
    type Item = Document;

    fn next(&mut self) -> Option<Document> {
        while self.waiting.is_empty() {
            let read = match &self.next {
                Next::End => return None,
                Next::Sheets => self.db.read_now(crate::plans::document::all).map(|documents| (documents, Next::ActionsAfter(String::new()))),
                Next::ActionsAfter(after) => self.db.read_now(|conn| crate::actions::document::batch(conn, after, BATCH)).map(|(documents, last)| {
                    let next = last.map_or(Next::End, Next::ActionsAfter);
                    (documents, next)
                }),
            };
            match read {
                Ok((documents, next)) => (self.waiting, self.next) = (documents, next),
                Err(error) => {
                    *self.failure = Some(error);
                    return None;
                }
            }
        }
        self.waiting.pop()
    }
}
