//! Trait d'union: the registry that a département's social services share with their partners.
//!
//! The folder says what, the file name says which layer; `docs/architecture.md` is the longer map.

// Accounts: people, roles, signing in.
pub mod accounts;
// Collective actions and their sessions.
pub mod actions;
// What is announced to many, and who was informed.
pub mod announcements;
// What serving needs, built once.
pub mod app;
// Copies of everything, and back.
pub mod backup;
// The command line.
pub mod cli;
// How often records are read.
pub mod consultations;
// Environment, file and options, parsed once.
pub mod config;
// Conventions, their acts and their terms.
pub mod conventions;
// The only door to a database.
pub mod db;
// What meetings decided, followed to its end.
pub mod decisions;
// What depends on an address that died or on somebody who left, and handing it over.
pub mod departures;
// The demonstration département.
pub mod demo;
// Files attached to records, whichever their kind.
pub mod documents;
// Why a use-case did not happen.
pub mod error;
// Everything that can happen.
pub mod events;
// Every URL, sessions, forms, errors.
pub mod http;
// Calendars as other programs read them.
pub mod ical;
// Answers given again to a request that is sent again.
pub mod idempotency;
// Files read in and written out: every row checked before the first is written.
pub mod imports;
// The installation's identity.
pub mod instance;
// Who did what, when.
pub mod journal;
// Small types that everybody speaks.
pub mod kernel;
// Mail: rendered once, sent by the worker.
pub mod mail;
// Bodies and meetings, from the call to the minutes.
pub mod meetings;
// Two records of one organisation, made one.
pub mod merging;
// Figures for whoever watches.
pub mod metrics;
// Who is told of what.
pub mod notifications;
// Effects that follow a transaction.
pub mod outbox;
// Organisations beside the service.
pub mod partners;
// Plans and their sheets.
pub mod plans;
// Full-text search.
pub mod search;
// The MDS brought together: news of the others, who knows how, help on a draft.
pub mod sharing;
// Places, MDS and TIS.
pub mod territories;
// What records said at each of their versions.
pub mod versions;
// Templates.
pub mod view;
