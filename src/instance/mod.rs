//! The installation's identity and its own vocabulary: what the administrator sets once and every page shows.

pub mod api;
pub mod model;
pub mod pages;
pub mod service;
mod store;
