//! The search engines, and what every one of them must do.
pub mod embedded;

#[cfg(test)]
mod conformance;
