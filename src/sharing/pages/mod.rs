//! The pages of what brings the MDS together: one file a page.

pub mod news;
