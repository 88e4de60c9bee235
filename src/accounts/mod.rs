//! Accounts: who people are, how they sign in, and what their role lets them do.
//!
//! ```text
//! invited ──(the mailed link sets a password)──▶ active ──▶ closed ──▶ active
//! ```

pub mod model;
pub mod pages;
pub mod passwords;
pub mod service;
pub mod sign_in;
pub(crate) mod store;
