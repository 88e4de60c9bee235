//! Plans (schémas): orientations and numbered sheets (fiches action), which actions carry out.

pub mod document;
pub mod model;
pub mod reading;
pub mod service;
mod store;
