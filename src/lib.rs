pub mod actions;
pub mod db;
pub mod kernel;
pub mod plans;
pub mod search;
