//! The administration's pages about mail.

pub mod again;
pub mod list;
pub mod of_record;
pub mod show;
pub mod templates;
pub mod words;
