//! The MDS brought together: what the others do, each Monday; who knows how; a colleague's help on a draft.
//!
//! Nothing here is a copy: the news of other MDS, and who knows how, are computed from actions and meetings each time that they are read.
//! What is kept is how far each agent was told, and what was asked about a draft and answered.

pub mod asking;
pub mod colleagues;
pub mod letters;
pub mod model;
pub mod news;
pub mod pages;
pub mod policy;
mod store;
pub mod support;
