//! `reindex`: the running server rebuilds its own index; without one, this process does.

use std::sync::Arc;
use std::time::Duration;

use super::progress::Progress;
use super::{Failure, Outcome, application, engine};
use crate::app::{App, open_database};
use crate::config::Config;
use crate::db::Db;
use crate::error::Error;
use crate::kernel::{Chance, Clock, Moment};
use crate::outbox::{self, Job, Lane, worker};
use crate::search::{engines, indexing};

pub fn run(config: Config) -> Outcome {
    let db = open_database(&config)?;
    if engines::is_served(&config) {
        return ask(&config, &db);
    }
    let engine = engine(&config, &db)?;
    let app = application(config, db, Clock::system(), engine)?;
    if app.search.is_shared() { shared(&app) } else { rebuild(&app) }
}

fn rebuild(app: &Arc<App>) -> Outcome {
    let progress = Progress::new();
    progress.stage("L’index de recherche est refait.");
    let count = actix_web::rt::System::new().block_on(indexing::rebuild(app))?;
    progress.done();
    println!("L’index est refait : {count} fiches.");
    Ok(())
}

/// An index that several processes share is rebuilt by whoever comes first: a service in operation, or this process.
pub fn shared(app: &Arc<App>) -> Outcome {
    // Said at once, rather than tried again and again.
    app.search.needs_rebuild().map_err(|error| Failure::Failed(error.in_words()))?;
    let progress = Progress::new();
    progress.stage("L’index de recherche est refait à côté ; les recherches continuent.");
    let id = app.db.write_now(|conn| outbox::enqueue(conn, Moment::from_micros(0), &app.chance, &Job::Rebuild))?;
    let failed = actix_web::rt::System::new().block_on(async {
        let mut tenths = 0;
        while !app.db.read_now(|conn| outbox::is_finished(conn, &id))? {
            if worker::step(app, Lane::Index, 500).await? == 0 {
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
            tenths += 1;
            progress.at(tenths / 10);
        }
        Ok::<_, Error>(app.db.read_now(|conn| outbox::dead(conn, 1000))?.into_iter().find(|job| job.id == id))
    })?;
    progress.done();
    match failed {
        Some(job) => Err(Failure::Failed(format!("l’index n’a pas pu être refait : {}", job.reason.unwrap_or_default()))),
        None => {
            let count = app.search.count().map_err(|error| Failure::Failed(error.in_words()))?;
            println!("L’index est refait : {count} fiches.");
            Ok(())
        }
    }
}

/// Asks the server whose index it is, and waits.
fn ask(config: &Config, db: &Db) -> Outcome {
    let progress = Progress::new();
    progress.stage("Le service en marche refait son index ; les recherches continuent.");
    // Due since ever: before all other jobs, and whatever the clock of the server says (a demonstration has its own).
    let (since_ever, chance) = (Moment::from_micros(0), Chance::from_machine());
    let id = db.write_now(|conn| outbox::enqueue(conn, since_ever, &chance, &Job::Rebuild))?;
    let mut tenths = 0;
    while !db.read_now(|conn| outbox::is_finished(conn, &id))? {
        if !engines::is_served(config) {
            return Err(Failure::Failed("le service s’est arrêté avant d’avoir fini : il refera l’index à son prochain démarrage".into()));
        }
        std::thread::sleep(Duration::from_millis(100));
        tenths += 1;
        progress.at(tenths / 10);
    }
    progress.done();
    let given_up = db.read_now(|conn| Ok::<_, Error>(outbox::dead(conn, 1000)?.into_iter().find(|job| job.id == id)))?;
    match given_up {
        Some(job) => Err(Failure::Failed(format!("le service n’a pas pu refaire l’index : {}", job.reason.unwrap_or_default()))),
        None => {
            println!("L’index est refait.");
            Ok(())
        }
    }
}
