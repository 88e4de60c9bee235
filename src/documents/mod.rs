//! Documents: files attached to a record, whichever its kind. Their bytes lie in the documents folder under their SHA-256.
//!
//! ```text
//! received ──checked (name, first bytes, size)──▶ read (PDF, in a process of its own) ──▶ on disk ──▶ row
//!     └────────────────── refused: nothing is kept ──────────────────┘
//! ```
//!
//! A slice takes files in ([`service::take_in`]), attaches them to its record in its own transaction ([`service::attach`]), and forgets them
//! with it. Who may read a document is who may read its record: `http::records` asks the slice.

pub mod model;
pub mod pages;
pub mod pdf;
pub mod proposal;
mod reading;
pub mod service;
mod shelf;
mod store;

pub use reading::read_pdf;
