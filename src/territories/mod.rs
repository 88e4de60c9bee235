//! Territories: official places by code, and the MDS and TIS that the instance names as sets of communes and of parts of them.
//!
//! Not a strict tree: a commune may have several MDS, an EPCI may cross two.

pub mod api;
pub mod geography;
pub mod importing;
pub mod model;
pub mod naming;
pub mod pages;
mod parts;
pub mod reading;
pub mod service;
mod store;
