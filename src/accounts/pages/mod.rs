//! Pages of accounts: signing in and out, links, one's own account, and all of them for administrators.

pub mod account;
mod browser;
pub mod forgotten;
pub mod link;
pub mod people;
pub mod sign_in;
