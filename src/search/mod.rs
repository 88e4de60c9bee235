//! Full-text search over every kind of record: what the index holds of each, French analysis, and the engines.
//! It hears of changes through the outbox, and nobody calls into it.

pub mod analysis;
pub mod api;
pub mod config;
pub mod empty;
pub mod engines;
pub mod gaps;
pub mod indexing;
pub mod language;
pub mod model;
pub mod pages;
pub mod places;
pub mod query;
pub mod results;
pub mod service;
pub mod snippet;
pub mod suggestions;
pub mod trouble;
