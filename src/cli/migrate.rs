//! `migrate`: the database, and the index of a Meilisearch, as this version of the program has them.

use super::{Outcome, application, engine, reindex};
use crate::app::open_database;
use crate::config::Config;
use crate::kernel::Clock;

pub fn run(config: Config) -> Outcome {
    let db = open_database(&config)?;
    println!("La base de données est à jour.");
    let engine = engine_of_its_own(&config, &db)?;
    let Some(engine) = engine else { return Ok(()) };
    match engine.needs_rebuild() {
        Ok(None) => println!("L’index de Meilisearch est à jour."),
        Ok(Some(why)) => {
            println!("L’index de Meilisearch est à refaire ({why}).");
            let app = application(config, db, Clock::system(), engine)?;
            reindex::shared(&app)?;
        }
        // The database is ready all the same: what serves will look again.
        Err(error) => println!("L’index de Meilisearch n’a pas pu être vérifié ; le service le fera. {}", error.in_words()),
    }
    Ok(())
}

/// The engine, when it is a server: the embedded one is looked at by the process that serves.
fn engine_of_its_own(config: &Config, db: &crate::db::Db) -> Result<Option<std::sync::Arc<dyn crate::search::model::SearchEngine>>, super::Failure> {
    match config.search {
        crate::config::SearchAt::Embedded => Ok(None),
        crate::config::SearchAt::Meilisearch(_) => engine(config, db).map(Some),
    }
}
