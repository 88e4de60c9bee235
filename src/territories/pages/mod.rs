//! Pages of territories: those that everyone reads, and those of administrators.

pub mod admin;
pub mod index;
pub mod show;
