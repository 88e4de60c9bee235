//! `serve` and `worker`.

use std::sync::Arc;

use super::{Outcome, application, engine};
use crate::app::open_database;
use crate::config::{Config, SearchAt};
use crate::http::server;
use crate::kernel::Clock;
use crate::outbox::worker::{self, Share};
use crate::outbox::{self, Lane};
use crate::search::engines::Elsewhere;
use crate::search::indexing;
use crate::search::model::SearchEngine;

pub fn run(config: Config, with_worker: bool) -> Outcome {
    let listener = server::listen(config.listen)?;
    let db = open_database(&config)?;
    let engine = engine(&config, &db)?;
    let is_shared = engine.is_shared();
    let app = application(config, db, Clock::system(), engine)?;
    if !is_shared {
        // This process holds the embedded index: nobody else works its lane.
        app.db.write_now(|conn| outbox::release(conn, Lane::Index).map(drop))?;
        // One that is absent or not to be trusted is built anew while pages are already served. A shared one is looked at by whoever
        // works its lane: its server may be down now.
        indexing::rebuild_if_needed(&app)?;
    }
    tracing::info!(url = app.config.base_url, database = ?app.config.database, search = ?app.config.search, "serving");
    let share = match (with_worker, is_shared) {
        (true, _) => Share::All,
        (false, false) => Share::IndexOnly,
        (false, true) => Share::Nothing,
    };
    actix_web::rt::System::new().block_on(server::run(app, listener, share))?;
    Ok(())
}

/// Works mails and daily jobs until interrupted; and the index, unless it belongs to the process that serves.
pub fn work(config: Config) -> Outcome {
    let db = open_database(&config)?;
    let (engine, share): (Arc<dyn SearchEngine>, Share) = match config.search {
        SearchAt::Embedded => (Arc::new(Elsewhere), Share::AllButIndex),
        SearchAt::Meilisearch(_) => (engine(&config, &db)?, Share::All),
    };
    let app = application(config, db, Clock::system(), engine)?;
    actix_web::rt::System::new().block_on(async {
        let (stop, stopped) = tokio::sync::watch::channel(false);
        let working = actix_web::rt::spawn(worker::run(app.clone(), share, stopped));
        interrupted().await?;
        stop.send_replace(true);
        app.bell.ring();
        drop(working.await);
        Ok::<_, std::io::Error>(())
    })?;
    Ok(())
}

/// Until Ctrl-C, or the signal by which a service manager stops.
async fn interrupted() -> std::io::Result<()> {
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    tokio::select! {
        done = tokio::signal::ctrl_c() => done,
        _ = terminate.recv() => Ok(()),
    }
}
