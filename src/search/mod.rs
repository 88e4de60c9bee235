//! Search: what the index holds of each record, French analysis, and the engines.
pub mod analysis;
pub mod config;
pub mod engines;
pub mod model;
pub mod snippet;
