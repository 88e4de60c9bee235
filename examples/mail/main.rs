//! Proves that mail is neither lost nor sent twice without a reason, whatever fails; and prints how fast it is queued and handed over.
//!
//! ```text
//! cargo run --release --example mail -- proof                          200 kills on SQLite, then on PostgreSQL
//! cargo run --release --example mail -- proof --kills 20 --database sqlite --seed 7
//! cargo run --release --example mail -- speed                          10,000 mails of one event, then 20 events a second
//! cargo run --release --example mail -- following                      10,000 who follow everything, 1,000 searches, a Monday's digests
//! ```
//!
//! The registry is this same program, told to be it: `serve` as its first argument. The mail server is ours, and fails on demand.

mod clients;
mod followers;
mod following;
mod peers;
mod people;
mod place;
mod program;
mod proof;
mod queueing;
mod reckoning;
mod report;
mod speed;

#[path = "../../tests/it/support/cluster.rs"]
mod cluster;
#[path = "../../tests/support/smtp/mod.rs"]
mod smtp;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use place::Engine;

#[derive(Parser)]
#[command(name = "mail", about = "What mail delivery withstands, and how fast it is")]
struct Options {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Events, a server that fails, kills; then the reckoning. Ends with 1 when a promise is broken.
    Proof {
        #[arg(long, default_value_t = 200)]
        kills: u32,
        /// sqlite, postgresql (a cluster that is thrown away), or the URL of an empty database; both engines otherwise
        #[arg(long)]
        database: Vec<Engine>,
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// Write the outcome into this document
        #[arg(long)]
        report: Option<PathBuf>,
        /// How many seconds to wait at the end until nothing waits any more
        #[arg(long, default_value_t = 1200)]
        patience: u64,
        /// Keep the folder with the database and the program's log
        #[arg(long)]
        keep: bool,
    },
    /// How fast mails are queued, handed over, and told of
    Speed {
        #[arg(long)]
        database: Vec<Engine>,
        /// Recipients of one event
        #[arg(long, default_value_t = 10_000)]
        mails: usize,
        /// How long events go on
        #[arg(long, default_value_t = 60)]
        seconds: u64,
        #[arg(long, default_value_t = 20)]
        events_per_second: u64,
    },
    /// How fast those who follow are told
    Following {
        #[arg(long)]
        database: Vec<Engine>,
        #[arg(long, default_value_t = 10_000)]
        followers: usize,
        #[arg(long, default_value_t = 1_000)]
        searches: usize,
        #[arg(long, default_value_t = 20)]
        events: usize,
    },
    /// One part of following, in a process of its own
    #[command(hide = true)]
    Follow { part: following::Part, database: Engine, followers: usize, events: usize },
    /// One measure of queueing, in a process of its own
    #[command(hide = true)]
    Queue { how: queueing::How, database: Engine, mails: usize },
}

fn main() -> ExitCode {
    if std::env::args().nth(1).as_deref() == Some("serve") {
        return traitdunion::cli::main();
    }
    let both = |given: Vec<Engine>| if given.is_empty() { vec![Engine::Sqlite, Engine::Postgresql] } else { given };
    match Options::parse().what {
        What::Proof { kills, database, seed, report, patience, keep } => {
            let kept: Vec<bool> = both(database)
                .into_iter()
                .map(|engine| proof::run(&proof::Wanted { engine, kills, seed, report: report.clone(), patience, keep }))
                .collect();
            if kept.into_iter().all(|kept| kept) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
        What::Speed { database, mails, seconds, events_per_second } => {
            for engine in both(database) {
                speed::run(&engine, mails, seconds, events_per_second);
            }
            ExitCode::SUCCESS
        }
        What::Following { database, followers, searches, events } => {
            for engine in both(database) {
                following::run(&engine, followers, searches, events);
            }
            ExitCode::SUCCESS
        }
        What::Follow { part, database, followers, events } => {
            following::measure(part, &database, followers, events);
            ExitCode::SUCCESS
        }
        What::Queue { how, database, mails } => {
            queueing::measure(how, &database, mails);
            ExitCode::SUCCESS
        }
    }
}
