//! `serve` and `worker`.

use std::sync::Arc;

use super::{Outcome, application};
use crate::app::open_database;
use crate::config::Config;
use crate::http::server;
use crate::kernel::Clock;

pub fn run(config: Config, with_worker: bool) -> Outcome {
    let listener = server::listen(config.listen)?;
    let db = open_database(&config)?;
    let app = application(config, db, Clock::system(), Arc::new(crate::search::engines::Off))?;
    tracing::info!(url = app.config.base_url, database = ?app.config.database, "serving");
    actix_web::rt::System::new().block_on(server::run(app, listener, with_worker))?;
    Ok(())
}

/// Works the outbox until interrupted.
pub fn work(config: Config) -> Outcome {
    let db = open_database(&config)?;
    let app = application(config, db, Clock::system(), Arc::new(crate::search::engines::Off))?;
    actix_web::rt::System::new().block_on(async {
        let (stop, stopped) = tokio::sync::watch::channel(false);
        let worker = actix_web::rt::spawn(crate::outbox::worker::run(app.clone(), stopped));
        tokio::signal::ctrl_c().await?;
        stop.send_replace(true);
        app.bell.ring();
        drop(worker.await);
        Ok::<_, std::io::Error>(())
    })?;
    Ok(())
}
