//! Collective actions.
pub mod model;
