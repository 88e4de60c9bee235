//! The national schema of data·inclusion, v1: its structures become partners and its services what they offer; our public partners and
//! open actions become structures and services.

pub mod incoming;
pub mod outgoing;

/// The name of an instance among those who produce data: `traitdunion-86`.
pub fn source(departement: &str) -> String {
    format!("traitdunion-{}", departement.to_lowercase())
}
