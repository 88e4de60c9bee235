//! The pages about the instance itself.

pub mod legal;
