//! Tells those who follow, as things happen and at the hours of their digests. [`follow`] runs in the process that has the index, [`mail`] in the one that works the other jobs.

use std::sync::Arc;

use super::subscriptions::matching;
use super::{digest, news};
use crate::app::App;
use crate::error::Result;

/// Numbers what is new and tells whom it concerns, until `stop` is told.
pub async fn follow(app: Arc<App>, mut stop: tokio::sync::watch::Receiver<bool>) {
    while !*stop.borrow() {
        match tell(&app).await {
            Ok(0) => wait(&app, &mut stop).await,
            Ok(_) => app.bell.ring(),
            Err(error) => later("those who follow cannot be told", &error, &mut stop).await,
        }
    }
}

/// Queues the digests that are due, until `stop` is told.
pub async fn mail(app: Arc<App>, mut stop: tokio::sync::watch::Receiver<bool>) {
    while !*stop.borrow() {
        match digest::step(&app).await {
            Ok(0) => wait(&app, &mut stop).await,
            Ok(_) => app.bell.ring(),
            Err(error) => later("digests cannot be made", &error, &mut stop).await,
        }
    }
}

async fn wait(app: &Arc<App>, stop: &mut tokio::sync::watch::Receiver<bool>) {
    tokio::select! {
        () = app.bell.wait() => {}
        _ = stop.changed() => {}
    }
}

async fn later(what: &str, error: &crate::error::Error, stop: &mut tokio::sync::watch::Receiver<bool>) {
    tracing::error!(%error, "{what}");
    tokio::select! {
        () = tokio::time::sleep(std::time::Duration::from_secs(2)) => {}
        _ = stop.changed() => {}
    }
}

async fn tell(app: &Arc<App>) -> Result<usize> {
    while app.db.read(news::has_waiting).await? {
        app.db.write(news::number).await?;
    }
    matching::step(app).await
}

/// All of it, until nothing is left to do now; answers how many digests were queued. Tests drive it by hand.
pub async fn step(app: &Arc<App>) -> Result<usize> {
    while app.db.write(news::number).await? > 0 {}
    while matching::step(app).await? > 0 {}
    let mut queued = 0;
    loop {
        match digest::step(app).await? {
            0 => return Ok(queued),
            made => queued += made,
        }
    }
}
