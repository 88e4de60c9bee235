//! Works the lanes: lease in a short write, work outside any transaction, complete under the lease's token.

use std::sync::Arc;

use super::{Job, Lane, store};
use crate::app::App;
use crate::error::Error;
use crate::kernel::Moment;

/// A lease is shorter than what a person waits for; a crashed worker's rows are taken again after it.
const LEASE_SECONDS: i64 = 30;
/// After so many failures a row is dead, and an administrator sees it.
const MOST_ATTEMPTS: i32 = 10;
/// What waits for a server to come back is soon done when it does.
const MOST_WAIT_SECONDS: i64 = 15;

/// How a job ended, as the job itself judges it.
#[derive(Debug)]
pub enum Outcome {
    Done,
    /// Worth another try, for this reason.
    Retry(String),
    /// Nothing is wrong with it: it is tried again for as long as it takes.
    Wait(String),
    /// No try will ever succeed, for this reason.
    GiveUp(String),
}

/// What a process works of the outbox. The embedded index belongs to the process that serves, whoever works the rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Share {
    All,
    IndexOnly,
    AllButIndex,
    Nothing,
}

impl Share {
    fn has_index(self) -> bool {
        matches!(self, Self::All | Self::IndexOnly)
    }

    fn has_rest(self) -> bool {
        matches!(self, Self::All | Self::AllButIndex)
    }
}

/// Works its share, and the daily jobs unless that share is the index alone, until `stop` is told.
pub async fn run(app: Arc<App>, share: Share, stop: tokio::sync::watch::Receiver<bool>) {
    let index = async {
        if share.has_index() {
            tokio::join!(
                work_lane(&app, Lane::Index, 500, &stop),
                crate::search::indexing::watch(app.clone(), stop.clone()),
                crate::notifications::worker::follow(app.clone(), stop.clone())
            );
        }
    };
    let rest = async {
        if share.has_rest() {
            tokio::join!(
                crate::mail::courier::run(app.clone(), stop.clone()),
                crate::imports::worker::run(app.clone(), stop.clone()),
                crate::notifications::worker::mail(app.clone(), stop.clone()),
                super::schedule::run(app.clone(), stop.clone())
            );
        } else {
            super::schedule::refresh(app.clone(), stop.clone()).await;
        }
    };
    tokio::join!(index, rest);
}

async fn work_lane(app: &Arc<App>, lane: Lane, batch: i64, stop: &tokio::sync::watch::Receiver<bool>) {
    while !*stop.borrow() {
        match step(app, lane, batch).await {
            Ok(0) => app.bell.wait().await,
            Ok(_) => {}
            Err(error) => {
                tracing::error!(%error, lane = lane.as_str(), "the outbox cannot be worked");
                tokio::time::sleep(std::time::Duration::from_secs(1)).await;
            }
        }
    }
}

/// Works whatever is due in a lane, up to `most` rows; answers how many were leased. Tests drive it by hand.
pub async fn step(app: &Arc<App>, lane: Lane, most: i64) -> Result<usize, Error> {
    let now = app.clock.now();
    if !app.db.read(move |conn| store::has_due(conn, lane, now)).await? {
        return Ok(0);
    }
    let token = app.chance.secret();
    let leased = {
        let token = token.clone();
        app.db.write(move |conn| store::lease(conn, lane, most, &token, now, now.plus_seconds(LEASE_SECONDS))).await?
    };
    let count = leased.len();
    let mut jobs = Vec::with_capacity(count);
    for row in leased {
        match serde_json::from_str::<Job>(&row.payload) {
            Ok(job) => jobs.push((row, job)),
            Err(error) => complete(app, &token, vec![row.id], 0, lane, Outcome::GiveUp(format!("unreadable: {error}"))).await?,
        }
    }
    match lane {
        Lane::Index => {
            let jobs = leave_to_others(app, &token, jobs).await?;
            if jobs.is_empty() {
                return Ok(count);
            }
            // One commit of the index for the whole batch.
            let ids: Vec<String> = jobs.iter().map(|(row, _)| row.id.clone()).collect();
            let attempts = jobs.iter().map(|(row, _)| row.attempts).max().unwrap_or(0);
            let work = crate::search::indexing::work(app, jobs.into_iter().map(|(_, job)| job).collect());
            let outcome = holding(app, &token, &ids, work).await;
            complete(app, &token, ids, attempts, lane, outcome).await?;
        }
    }
    Ok(count)
}

/// Two processes that rebuild one index would undo each other's work: a rebuild waits while another goes on.
async fn leave_to_others(app: &Arc<App>, token: &str, jobs: Vec<(store::Leased, Job)>) -> Result<Vec<(store::Leased, Job)>, Error> {
    let (rebuilds, rest): (Vec<_>, Vec<_>) = jobs.into_iter().partition(|(_, job)| *job == Job::Rebuild);
    if rebuilds.is_empty() {
        return Ok(rest);
    }
    let (own, payload, now) = (token.to_owned(), rebuilds[0].0.payload.clone(), app.clock.now());
    if !app.db.read(move |conn| store::is_leased_to_others(conn, &payload, &own, now)).await? {
        return Ok(rebuilds.into_iter().chain(rest).collect());
    }
    let ids = rebuilds.into_iter().map(|(row, _)| row.id).collect();
    complete(app, token, ids, 1, Lane::Index, Outcome::Wait("another process rebuilds the index".into())).await?;
    Ok(rest)
}

/// Works, and keeps the lease meanwhile: what takes longer than a lease is not taken by another worker as long as this one lives.
async fn holding(app: &Arc<App>, token: &str, ids: &[String], work: impl Future<Output = Outcome>) -> Outcome {
    let every = std::time::Duration::from_secs(u64::try_from(LEASE_SECONDS / 3).unwrap_or(1));
    let mut work = std::pin::pin!(work);
    loop {
        match tokio::time::timeout(every, &mut work).await {
            Ok(outcome) => return outcome,
            Err(_) => {
                let (ids, token, until) = (ids.to_vec(), token.to_owned(), app.clock.now().plus_seconds(LEASE_SECONDS));
                if let Err(error) = app.db.write(move |conn| store::renew(conn, &ids, &token, until)).await {
                    tracing::warn!(%error, "a lease could not be kept");
                }
            }
        }
    }
}

async fn complete(app: &Arc<App>, token: &str, ids: Vec<String>, attempts: i32, lane: Lane, outcome: Outcome) -> Result<(), Error> {
    let now = app.clock.now();
    let due_at = back_off(now, attempts, app.chance.below(1000));
    let token = token.to_owned();
    app.db
        .write(move |conn| {
            match outcome {
                Outcome::Done => store::remove(conn, &ids, &token)?,
                Outcome::Wait(reason) => {
                    tracing::warn!(%reason, attempts, lane = lane.as_str(), "waits");
                    store::retry(conn, &ids, &token, due_at.min(now.plus_seconds(MOST_WAIT_SECONDS)), &reason)?
                }
                Outcome::Retry(reason) if attempts < MOST_ATTEMPTS => {
                    tracing::warn!(%reason, attempts, lane = lane.as_str(), "will be tried again");
                    store::retry(conn, &ids, &token, due_at, &reason)?
                }
                Outcome::Retry(reason) | Outcome::GiveUp(reason) => {
                    tracing::error!(%reason, attempts, lane = lane.as_str(), "given up");
                    store::bury(conn, &ids, &token, now, &reason)?
                }
            };
            Ok(())
        })
        .await
}

/// 2 seconds, doubling up to an hour, with up to a second of jitter.
fn back_off(now: Moment, attempts: i32, jitter_millis: u64) -> Moment {
    let seconds = 2i64.saturating_pow(u32::try_from(attempts.clamp(1, 12)).unwrap_or(1)).min(3600);
    now.plus_seconds(seconds).plus_millis(i64::try_from(jitter_millis).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_retry_comes_soon_and_none_later_than_an_hour() {
        let now = Moment::from_micros(0);
        assert!(back_off(now, 1, 999).seconds_since(now) < 5);
        assert!(back_off(now, 40, 999).seconds_since(now) <= 3601);
    }
}
