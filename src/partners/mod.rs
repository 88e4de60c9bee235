//! Partners: the organisations beside the service. Written by themselves and by managers, corrected by agents' suggestions, confirmed once
//! a year.
//!
//! ```text
//!             change: 12 months anew
//!                ┌────┐
//!   added ──▶ confirmed ──12 months──▶ to confirm ──one click, or a change──▶ confirmed
//!                │
//!                └──merge──▶ the one that it became (its old address leads there)
//! ```

pub mod history;
pub mod labels;
pub mod model;
pub mod pages;
pub mod policy;
pub mod reading;
pub mod service;
mod store;
