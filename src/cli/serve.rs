//! `serve` and `worker`.

use std::sync::Arc;

use super::{Failure, Outcome, application};
use crate::app::{App, open_database};
use crate::config::Config;
use crate::http::server;
use crate::kernel::Clock;
use crate::outbox::worker::{self, Share};
use crate::outbox::{self, Job, Lane};
use crate::search::engines::{self, Elsewhere};

pub fn run(config: Config, with_worker: bool) -> Outcome {
    let listener = server::listen(config.listen)?;
    let db = open_database(&config)?;
    let engine = engines::open(&config).map_err(|error| Failure::Failed(error.to_string()))?;
    let needs_rebuild = engine.needs_rebuild();
    let app = application(config, db, Clock::system(), Arc::new(engine))?;
    // This process holds the embedded index: nobody else works its lane.
    app.db.write_now(|conn| outbox::release(conn, Lane::Index).map(drop))?;
    if needs_rebuild {
        rebuild_first(&app)?;
    }
    tracing::info!(url = app.config.base_url, database = ?app.config.database, "serving");
    let share = if with_worker { Share::All } else { Share::IndexOnly };
    actix_web::rt::System::new().block_on(server::run(app, listener, share))?;
    Ok(())
}

/// An index that is absent or not to be trusted is built anew while pages are already served.
fn rebuild_first(app: &App) -> Outcome {
    tracing::info!("the search index is built anew");
    let now = app.clock.now();
    app.db.write_now(|conn| outbox::enqueue(conn, now, &app.chance, &Job::Rebuild).map(drop))?;
    Ok(())
}

/// Works mails and daily jobs until interrupted; the embedded index is worked by the process that serves.
pub fn work(config: Config) -> Outcome {
    let db = open_database(&config)?;
    let app = application(config, db, Clock::system(), Arc::new(Elsewhere))?;
    actix_web::rt::System::new().block_on(async {
        let (stop, stopped) = tokio::sync::watch::channel(false);
        let working = actix_web::rt::spawn(worker::run(app.clone(), Share::AllButIndex, stopped));
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
