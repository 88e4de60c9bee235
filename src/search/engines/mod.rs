//! The search engines, and what every one of them must do.

pub mod embedded;
pub mod meilisearch;

mod asked;
mod scoring;
mod typos;

#[cfg(test)]
mod conformance;

use std::sync::Arc;

use crate::config::{Config, SearchAt};
use crate::kernel::{Chance, Visibility};
use crate::search::model::{Answer, Change, Documents, Error, Query, RecordType, SearchEngine, Suggestion};

/// The engine that the configuration names, for the installation that `owner` names. The embedded one belongs to one process at a time.
pub fn open(config: &Config, owner: &str) -> Result<Arc<dyn SearchEngine>, Error> {
    Ok(match &config.search {
        SearchAt::Embedded => Arc::new(embedded::Embedded::open(&config.index_dir())?),
        SearchAt::Meilisearch(at) => Arc::new(meilisearch::Meilisearch::new(at, owner, Chance::from_machine())?),
    })
}

/// Is the embedded index held by a process that serves? Only that one may write it.
pub fn is_served(config: &Config) -> bool {
    match config.search {
        SearchAt::Embedded => embedded::is_held(&config.index_dir()),
        SearchAt::Meilisearch(_) => false,
    }
}

/// The index of another process: what `worker` has beside a server whose engine is embedded.
pub struct Elsewhere;

fn elsewhere<T>() -> Result<T, Error> {
    Err(Error::Unavailable("the index belongs to the process that serves".into()))
}

impl SearchEngine for Elsewhere {
    fn name(&self) -> &'static str {
        "embedded"
    }

    fn search(&self, _: &Query) -> Result<Answer, Error> {
        elsewhere()
    }

    fn among(&self, _: &Query, _: &[(RecordType, String)]) -> Result<Vec<(RecordType, String)>, Error> {
        elsewhere()
    }

    fn suggest(&self, _: &str, _: &[Visibility], _: usize) -> Result<Vec<Suggestion>, Error> {
        elsewhere()
    }

    fn apply(&self, _: Vec<Change>) -> Result<(), Error> {
        elsewhere()
    }

    fn rebuild(&self, _: Documents<'_>) -> Result<u64, Error> {
        elsewhere()
    }

    fn count(&self) -> Result<u64, Error> {
        elsewhere()
    }
}
