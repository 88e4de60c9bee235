//! The shared vocabulary: small types that every slice speaks, and the only place that reads the clock or draws a number.

pub mod actor;
pub mod calendar;
pub mod chance;
pub mod edits;
pub mod email;
pub mod fields;
pub mod given;
pub mod ids;
pub mod nir;
pub mod number;
pub mod page;
pub mod referential;
pub mod registers;
pub mod text;
pub mod time;
pub mod visibility;

pub use chance::Chance;
pub use email::EmailAddress;
pub use fields::FieldErrors;
pub use page::{Listing, Page};
pub use time::{Clock, Day, Moment, Zone};
pub use visibility::Visibility;
