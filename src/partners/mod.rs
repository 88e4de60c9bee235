//! Partners: for now the organisations by name and kind, to which partner accounts belong and actions refer.

pub mod model;
pub mod pages;
pub mod service;
mod store;
