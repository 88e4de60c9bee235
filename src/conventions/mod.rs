//! Conventions: drafted, numbered, signed by their parties, amended, and followed to their term.
//!
//! ```text
//!                 submit               validate            send              sign, by the last party
//!        draft ───────────▶ in_review ──────────▶ to_sign ──────▶ signing ────────────────────────▶ signed
//!          ▲                 │     ▲              (its number)
//!          │          return ▼     │ submit
//!          │               to_correct
//!          │
//!          └─ reactivate ─ abandoned ◀─ abandon, from any stage before `signed`
//! ```
//!
//! An existing convention enters at `signed`. Then it lives by its acts, which are only ever added; what it says on a day, whether it is
//! in force and where it stands are computed from them ([`model::standing`]), and kept in columns for lists.

pub mod acts;
pub mod api;
mod bringing;
pub mod document;
pub mod exporting;
pub mod files;
mod finding;
pub mod history;
pub mod importing;
pub mod labels;
pub mod model;
pub mod pages;
pub mod policy;
pub mod reading;
pub mod record;
pub mod relinking;
pub mod reminders;
pub mod service;
mod store;
pub mod watching;
pub mod world;
