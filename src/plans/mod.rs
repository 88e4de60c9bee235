//! Plans.
pub mod model;
