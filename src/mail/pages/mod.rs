//! The pages about mail: the administration's, and where mails lead.

pub mod again;
pub mod list;
pub mod of_record;
pub mod show;
pub mod templates;
pub mod unsubscribe;
pub mod words;
