//! Keeping the index in agreement with the database: a job names a record, its row is read when the job runs.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;
use std::time::Duration;

use super::model::{self, Change, Document, RecordType};
use crate::app::App;
use crate::db::{Conn, Db};
use crate::error::{Error, Result};
use crate::kernel::Zone;
use crate::outbox::worker::Outcome;
use crate::outbox::{self, Job};

/// How often whoever works a shared index looks whether it is still whole; sooner while that cannot be known.
const LOOK_EVERY: Duration = Duration::from_secs(60);
const LOOK_AGAIN: Duration = Duration::from_secs(5);
/// A record that changes each time it is written is left to the job of its last change.
const MOST_PASSES: usize = 5;

/// Carries out a batch of jobs with one commit of the index. Done means: durable and found.
pub async fn work(app: &Arc<App>, jobs: Vec<Job>) -> Outcome {
    match apply(app, jobs).await {
        Ok(()) => Outcome::Done,
        Err(Error::Search(error)) if error.passes() => Outcome::Wait(error.to_string()),
        Err(error) => Outcome::Retry(error.to_string()),
    }
}

async fn apply(app: &Arc<App>, jobs: Vec<Job>) -> Result<()> {
    if jobs.contains(&Job::Rebuild) {
        rebuild(app).await?;
        return Ok(());
    }
    let mut records: Vec<Named> = jobs
        .into_iter()
        .filter_map(|job| match job {
            Job::Index { kind, id } => Some((kind, id)),
            _ => None,
        })
        .collect();
    records.sort();
    records.dedup();
    make_agree(app, records).await
}

/// A record by its kind and id.
type Named = (RecordType, String);

/// Writes records to the index as they now are. Where others write it too, a record may have changed, and been written, between our reading
/// and our writing: what is no longer as it was written is written again, so that the last to write a record wrote what it is.
async fn make_agree(app: &Arc<App>, mut records: Vec<Named>) -> Result<()> {
    let read = async |records: Vec<Named>| {
        let zone = app.config.zone.clone();
        app.db.read(move |conn| records.into_iter().map(|(kind, id)| change(conn, &zone, kind, id)).collect::<Result<Vec<_>>>()).await
    };
    let mut changes = read(records.clone()).await?;
    for _ in 0..MOST_PASSES {
        if changes.is_empty() {
            break;
        }
        let (engine, written) = (app.search.clone(), changes.clone());
        tokio::task::spawn_blocking(move || engine.apply(written)).await.map_err(|error| Error::Internal(error.to_string()))??;
        if !app.search.is_shared() {
            break;
        }
        let found = read(records.clone()).await?;
        let differing = records.into_iter().zip(found).zip(&changes).filter(|((_, now), before)| now != *before).map(|(now, _)| now);
        (records, changes) = differing.collect();
    }
    Ok(())
}

/// Enqueues a rebuild, when the index needs one and none waits.
pub fn rebuild_if_needed(app: &App) -> Result<()> {
    if let Some(why) = app.search.needs_rebuild()? {
        tracing::warn!(%why, "the search index will be built anew");
        let now = app.clock.now();
        app.db.write_now(|conn| outbox::enqueue_once(conn, now, &app.chance, &Job::Rebuild))?;
        app.bell.ring();
    }
    Ok(())
}

/// Looks after a shared index: its server may come late, lose it, or be given other settings by hand.
pub async fn watch(app: Arc<App>, mut stop: tokio::sync::watch::Receiver<bool>) {
    while app.search.is_shared() && !*stop.borrow() {
        let looked = {
            let app = app.clone();
            tokio::task::spawn_blocking(move || rebuild_if_needed(&app)).await
        };
        let pause = match looked {
            Ok(Ok(())) => LOOK_EVERY,
            Ok(Err(error)) => {
                tracing::error!(%error, "the search index cannot be looked at");
                LOOK_AGAIN
            }
            Err(_) => LOOK_AGAIN,
        };
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            _ = stop.changed() => {}
        }
    }
}

fn change(conn: &mut Conn, zone: &Zone, kind: RecordType, id: String) -> Result<Change> {
    let document = match kind {
        RecordType::Action => crate::actions::document::of(conn, &id)?,
        RecordType::PlanSheet => crate::plans::document::of(conn, &id)?,
        RecordType::Convention => crate::conventions::document::of(conn, &id)?,
        RecordType::Partner => crate::partners::document::of(conn, &id)?,
        RecordType::Meeting => crate::meetings::document::of(conn, zone, &id)?,
        RecordType::Decision => crate::decisions::document::of(conn, &id)?,
        _ => None,
    };
    Ok(document.map_or(Change::Remove { kind, id }, |document| Change::Put(Box::new(document))))
}

/// Builds the whole index anew from the database; answers how many documents it holds.
pub async fn rebuild(app: &Arc<App>) -> Result<u64> {
    let building = app.clone();
    let outcome = tokio::task::spawn_blocking(move || {
        let (db, engine, zone) = (&building.db, &building.search, &building.config.zone);
        let mut sent: HashMap<Named, u64> = HashMap::new();
        let mut documents = walk(db, zone).map(|document| {
            let document = document.map_err(|error| model::Error::Unavailable(error.to_string()))?;
            if engine.is_shared() {
                sent.insert(name(&document), digest(&document));
            }
            Ok(document)
        });
        let count = engine.rebuild(&mut documents)?;
        let late = if engine.is_shared() { differing(db, zone, sent)? } else { Vec::new() };
        Ok::<_, Error>((count, late))
    });
    let (count, late) = outcome.await.map_err(|error| Error::Internal(error.to_string()))??;
    make_agree(app, late).await?;
    Ok(count)
}

/// The records that are no longer as they were sent: other processes went on writing the index that was in use.
fn differing(db: &Db, zone: &Zone, mut sent: HashMap<Named, u64>) -> Result<Vec<Named>> {
    let mut late = Vec::new();
    for document in walk(db, zone) {
        let document = document?;
        if sent.remove(&name(&document)) != Some(digest(&document)) {
            late.push(name(&document));
        }
    }
    late.extend(sent.into_keys());
    Ok(late)
}

/// How many documents the index must hold.
pub fn expected(db: &Db, zone: &Zone) -> Result<u64> {
    walk(db, zone).try_fold(0, |count, document| document.map(|_| count + 1))
}

fn name(document: &Document) -> Named {
    (document.kind, document.id.clone())
}

fn digest(document: &Document) -> u64 {
    let mut hasher = DefaultHasher::new();
    format!("{document:?}").hash(&mut hasher);
    hasher.finish()
}

/// Walks every record that is to be found, a slice at a time; ends with the error of what cannot be read.
fn walk<'a>(db: &'a Db, zone: &'a Zone) -> Walk<'a> {
    Walk { db, zone, waiting: Vec::new(), next: Next::Sheets }
}

struct Walk<'a> {
    db: &'a Db,
    zone: &'a Zone,
    waiting: Vec<Document>,
    next: Next,
}

enum Next {
    Sheets,
    PartnersAfter(String),
    ActionsAfter(String),
    ConventionsAfter(String),
    MeetingsAfter(String),
    DecisionsAfter(String),
    End,
}

const BATCH: i64 = 500;

impl Iterator for Walk<'_> {
    type Item = Result<Document>;

    fn next(&mut self) -> Option<Self::Item> {
        while self.waiting.is_empty() {
            let read = match &self.next {
                Next::End => return None,
                Next::Sheets => self.db.read_now(crate::plans::document::all).map(|documents| (documents, Next::PartnersAfter(String::new()))),
                Next::PartnersAfter(after) => {
                    self.db.read_now(|conn| crate::partners::document::batch(conn, after, BATCH)).map(|(documents, last)| {
                        let next = last.map_or(Next::ActionsAfter(String::new()), Next::PartnersAfter);
                        (documents, next)
                    })
                }
                Next::ActionsAfter(after) => self.db.read_now(|conn| crate::actions::document::batch(conn, after, BATCH)).map(|(documents, last)| {
                    let next = last.map_or(Next::ConventionsAfter(String::new()), Next::ActionsAfter);
                    (documents, next)
                }),
                Next::ConventionsAfter(after) => {
                    self.db.read_now(|conn| crate::conventions::document::batch(conn, after, BATCH)).map(|(documents, last)| {
                        let next = last.map_or(Next::MeetingsAfter(String::new()), Next::ConventionsAfter);
                        (documents, next)
                    })
                }
                Next::MeetingsAfter(after) => {
                    self.db.read_now(|conn| crate::meetings::document::batch(conn, self.zone, after, BATCH)).map(|(documents, last)| {
                        let next = last.map_or(Next::DecisionsAfter(String::new()), Next::MeetingsAfter);
                        (documents, next)
                    })
                }
                Next::DecisionsAfter(after) => self
                    .db
                    .read_now(|conn| crate::decisions::document::batch(conn, after, BATCH))
                    .map(|(documents, last)| (documents, last.map_or(Next::End, Next::DecisionsAfter))),
            };
            match read {
                Ok((documents, next)) => (self.waiting, self.next) = (documents, next),
                Err(error) => {
                    self.next = Next::End;
                    return Some(Err(error));
                }
            }
        }
        self.waiting.pop().map(Ok)
    }
}
