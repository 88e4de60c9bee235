//! The suite: one binary that mirrors the house. Every test that needs a database runs on SQLite and on PostgreSQL.
//!
//! A test is a function that takes a [`support::TestApp`], listed in `both!` at the top of its file.
#![allow(clippy::unwrap_used)]

mod access;
mod actions;
mod announcements;
mod architecture;
mod bounces;
mod calendars;
mod consultations;
mod conventions;
mod conventions_forms;
mod conventions_pages;
mod decisions;
mod delivery;
mod documents;
mod files;
mod following;
mod following_many;
mod following_once;
mod forms;
mod gaps;
mod headers;
mod history;
mod ical;
mod imports;
mod kept_pages;
mod kill;
mod leaving;
mod mail_format;
mod mail_pages;
mod mail_reading;
mod mail_server;
mod mail_templates;
mod meetings;
mod meetings_mail;
mod meetings_pages;
#[path = "../support/meilisearch/real.rs"]
mod meilisearch;
mod minutes;
mod other_territories;
mod outbox;
mod parity;
mod partners;
mod program;
mod reminders;
mod search;
mod search_outage;
mod sharing;
mod sign_in;
mod signature;
#[path = "../support/smtp/mod.rs"]
mod smtp;
mod smtp_server;
#[path = "../support/meilisearch/stand_in.rs"]
mod stand_in;
mod support;
mod templates;
mod unsubscribe;
mod versions;
mod who_hears;
#[path = "../support/meilisearch/wire.rs"]
mod wire;
