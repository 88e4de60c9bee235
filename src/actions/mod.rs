//! Collective actions: written, validated, published, held in sessions, evaluated.
//!
//! ```text
//!            submit              publish             archive
//!   draft ───────────▶ submitted ───────▶ published ─────────▶ archived
//!     ▲ ▲                  │                  ▲
//!     │ └──── return ──────┘                  │
//!     └───────────────── publish ─────────────┘   (by who may validate)
//! ```
//!
//! Writing again a published action makes a new version, live at once.

pub mod api;
pub mod document;
pub mod exporting;
pub mod history;
pub mod importing;
pub mod labels;
pub mod model;
pub mod pages;
pub mod policy;
pub mod reading;
pub mod record;
pub mod relinking;
pub mod service;
pub mod sessions;
pub mod store;
