//! Full-text search over every kind of record: it hears of changes through the outbox, and nobody calls into it.

pub mod api;
pub mod engines;
pub mod indexing;
pub mod model;
pub mod pages;
pub mod query;
pub mod results;
pub mod service;
