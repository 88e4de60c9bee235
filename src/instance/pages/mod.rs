//! The pages about the instance itself: the administration's first page, the identity, what the law asks.

pub mod identity;
pub mod index;
pub mod legal;
mod themes;
