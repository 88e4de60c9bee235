//! The search engines, and what every one of them must do.

pub mod embedded;

#[cfg(test)]
mod conformance;

use crate::config::{Config, SearchAt};
use crate::kernel::Visibility;
use crate::search::model::{Answer, Change, Document, Error, Query, SearchEngine, Suggestion};

/// The engine that the configuration names. The embedded one belongs to one process at a time.
pub fn open(config: &Config) -> Result<embedded::Embedded, Error> {
    match config.search {
        SearchAt::Embedded => embedded::Embedded::open(&config.index_dir()),
    }
}

/// Is the embedded index held by a process that serves? Only that one may write it.
pub fn is_served(config: &Config) -> bool {
    match config.search {
        SearchAt::Embedded => embedded::is_held(&config.index_dir()),
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

    fn suggest(&self, _: &str, _: &[Visibility], _: usize) -> Result<Vec<Suggestion>, Error> {
        elsewhere()
    }

    fn apply(&self, _: Vec<Change>) -> Result<(), Error> {
        elsewhere()
    }

    fn rebuild(&self, _: &mut dyn Iterator<Item = Document>) -> Result<u64, Error> {
        elsewhere()
    }

    fn count(&self) -> Result<u64, Error> {
        elsewhere()
    }
}
