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

/// How a job ended, as the job itself judges it.
#[derive(Debug)]
pub enum Outcome {
    Done,
    /// Worth another try, for this reason.
    Retry(String),
    /// No try will ever succeed, for this reason.
    GiveUp(String),
}

/// What a process works of the outbox. The embedded index belongs to the process that serves, whoever works the rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Share {
    All,
    IndexOnly,
    AllButIndex,
}

/// Works its share, and the daily jobs unless that share is the index alone, until `stop` is told.
pub async fn run(app: Arc<App>, share: Share, stop: tokio::sync::watch::Receiver<bool>) {
    let index = async {
        if share != Share::AllButIndex {
            work_lane(&app, Lane::Index, 500, &stop).await;
        }
    };
    let rest = async {
        if share != Share::IndexOnly {
            tokio::join!(
                crate::mail::courier::run(app.clone(), stop.clone()),
                crate::imports::worker::run(app.clone(), stop.clone()),
                super::schedule::run(app.clone(), stop.clone())
            );
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
            // One commit of the index for the whole batch.
            let (ids, attempts) = (jobs.iter().map(|(row, _)| row.id.clone()).collect(), jobs.iter().map(|(row, _)| row.attempts).max().unwrap_or(0));
            let outcome = crate::search::indexing::work(app, jobs.into_iter().map(|(_, job)| job).collect()).await;
            complete(app, &token, ids, attempts, lane, outcome).await?;
        }
    }
    Ok(count)
}

async fn complete(app: &Arc<App>, token: &str, ids: Vec<String>, attempts: i32, lane: Lane, outcome: Outcome) -> Result<(), Error> {
    let now = app.clock.now();
    let due_at = back_off(now, attempts, app.chance.below(1000));
    let token = token.to_owned();
    app.db
        .write(move |conn| {
            match outcome {
                Outcome::Done => store::remove(conn, &ids, &token)?,
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
