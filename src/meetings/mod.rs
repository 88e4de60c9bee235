//! Meetings: called, held, minuted. Bodies that meet again and again, and whoever is invited.
//!
//! ```text
//!            call             hold               submit                     approve                   publish
//!     draft ──────▶ called ──────────▶ held ──────────────▶ minutes_in_review ──────▶ minutes_approved ──────▶ minutes_published
//!       │            │  ▲               ▲                     │                            ⟲ rectify               ⟲ rectify
//!       │   postpone ▼  │ reschedule    └────── return ───────┘
//!       │           postponed
//!       └─────────── cancel, from any stage before `held` ──▶ cancelled
//! ```
//!
//! Whoever is invited answers by their own state ([`model::invitation`]), and is present or not: two separate things.

pub mod api;
pub mod bodies;
pub mod calendars;
pub mod changes;
pub mod document;
pub mod exporting;
pub mod files;
pub mod importing;
pub mod inviting;
pub mod labels;
pub mod links;
pub mod minutes;
pub mod model;
pub mod pages;
pub mod policy;
pub mod reading;
pub mod record;
pub mod relinking;
pub mod reminding;
pub mod series;
pub mod service;
mod store;
pub mod telling;
pub mod world;
