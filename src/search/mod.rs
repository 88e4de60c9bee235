//! Search.
pub mod model;
