//! Pages of territories: those that everyone reads, and those of administrators.

pub mod admin;
pub mod index;
mod parts;
pub mod show;
