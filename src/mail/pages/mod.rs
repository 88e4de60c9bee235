//! The administration's pages about mail.

pub mod templates;
