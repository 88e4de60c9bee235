//! Plans.
pub mod model;
pub mod reading;
