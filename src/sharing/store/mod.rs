//! The SQL of what brings the MDS together.

pub mod letters;
pub mod support;
