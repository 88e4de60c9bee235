//! Plans (schémas): orientations and numbered sheets (fiches action), which actions carry out.
//!
//! ```text
//!   to_start ◀──▶ in_progress ◀──▶ done        any stage to any other: each change is a decision
//!                deferred   dropped            of the steering committee, with its day and reason
//! ```

pub mod api;
pub mod document;
pub mod history;
pub mod model;
pub mod pages;
pub mod policy;
pub mod reading;
pub mod service;
mod store;
#[cfg(test)]
mod tests;
pub mod typed;
