//! The web: every URL on one page, who calls, what they are shown when it goes wrong.

pub mod admin;
pub mod api;
pub mod assets;
pub mod cache;
pub mod download;
pub mod error;
pub mod fields;
pub mod forms;
pub mod headers;
pub mod health;
pub mod home;
pub mod mail_html;
pub mod notice;
pub mod openapi;
pub mod paths;
pub mod problem;
pub mod query;
pub mod records;
pub mod routes;
pub mod server;
pub mod shell;
pub mod trace;
pub mod upload;
pub mod views;
pub mod visit;
