//! The pages about mail: the administration's, and where mails lead.

pub mod templates;
pub mod unsubscribe;
