//! The suite: one binary that mirrors the house. Every test that needs a database runs on SQLite and on PostgreSQL.
//!
//! A test is a function that takes a [`support::TestApp`], listed in `both!` at the top of its file.
#![allow(clippy::unwrap_used)]

mod access;
mod actions;
mod architecture;
mod delivery;
mod files;
mod forms;
mod headers;
mod imports;
mod kill;
mod mail_server;
mod outbox;
mod parity;
mod program;
mod sign_in;
#[path = "../support/smtp/mod.rs"]
mod smtp;
mod smtp_server;
mod support;
mod templates;
