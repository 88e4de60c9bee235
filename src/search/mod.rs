//! Full-text search over every kind of record: it hears of changes through the outbox, and nobody calls into it.

pub mod engines;
pub mod indexing;
pub mod model;
