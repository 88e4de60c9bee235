//! Mail: one row a recipient, written with the event; rendered once from three files; handed over by the courier, until it is.

pub mod bounces;
pub mod catalogue;
pub mod choices;
pub mod courier;
mod desk;
pub mod dkim;
pub mod enclosed;
mod headers;
pub mod log;
pub mod message;
pub mod model;
pub mod outgoing;
pub mod pages;
pub mod reading;
mod recorder;
mod smtp;
mod store;
pub mod transport;

pub use store::{Leased, has_left, queue_again};
