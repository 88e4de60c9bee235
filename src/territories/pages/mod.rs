//! Pages of territories.

pub mod index;
pub mod show;
