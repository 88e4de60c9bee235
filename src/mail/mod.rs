//! Mail: rows written with the event, rendered once from three files, sent by the worker.

pub mod catalogue;
pub mod delivery;
pub mod message;
pub mod outgoing;
pub mod pages;
mod store;
pub mod transport;
