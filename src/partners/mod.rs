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

pub mod api;
pub mod corrections;
pub mod document;
pub mod duplicates;
pub mod history;
pub mod importing;
pub mod labels;
pub mod links;
pub mod merging;
pub mod model;
pub mod pages;
pub mod policy;
pub mod reading;
pub mod record;
pub mod service;
mod store;
