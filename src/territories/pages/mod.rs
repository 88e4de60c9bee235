//! Pages of territories: for now those of administrators.

pub mod admin;
mod parts;
