//! What managers announce to many at once, the letter of the month, and who was informed by them.
//!
//! ```text
//!            schedule               (the hour comes)          finish
//!     draft ──────────▶ scheduled ───────── send ─▶ sending ─────────▶ sent
//!       │ ▲                │  │                        ▲  │
//!       │ └─── reopen ─────┘  │                        │  │
//!       ├───── send ──────────┼────────────────────────┘  │
//!       └───── cancel ────────┴──── cancel ───────────────┘──▶ cancelled
//! ```
//!
//! Confirming fixes the audience in rows ([`audience`]); [`sending`] then queues its mails, and says when all of them have ended. Who was
//! informed ([`informed`]) is read from what really happened: mails that left, presence at a meeting, letters recorded.

pub mod api;
pub mod audience;
pub mod files;
pub mod informed;
pub mod letter;
pub mod model;
pub mod pages;
pub mod policy;
mod reading;
pub mod record;
pub mod sending;
pub mod service;
mod store;
