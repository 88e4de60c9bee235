//! What meetings decided, followed from one meeting to the next until it is done.
//!
//! ```text
//!               start                 done
//!     adopted ─────────▶ in_progress ───────▶ done      (also from adopted and deferred)
//!        │                 │   ▲   ▲                    drop: to dropped, from any that is open
//!        └──── defer ──────┘   │   └─── reopen ──── done, dropped
//!                ▼             │
//!             deferred ─ start ┘
//! ```
//!
//! One that asks for an action, a convention, a sheet or a meeting is done when that is ([`following`]). A need may be handed up to another
//! body: it stands on its next agenda, and what that body decides of it is told back.

pub mod api;
pub mod document;
pub mod following;
pub mod model;
pub mod pages;
pub mod policy;
mod reading;
pub mod record;
pub mod service;
mod store;
