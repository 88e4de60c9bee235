//! The search engines, and what every one of them must do.

pub mod embedded;

#[cfg(test)]
mod conformance;

use crate::config::{Config, SearchAt};
use crate::search::model::Error;

/// The engine that the configuration names. The embedded one belongs to one process at a time.
pub fn open(config: &Config) -> Result<embedded::Embedded, Error> {
    match config.search {
        SearchAt::Embedded => embedded::Embedded::open(&config.index_dir()),
    }
}
