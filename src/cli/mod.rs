//! The command line: one file a command. Errors go to standard error; 2 is bad usage or input, 1 a failure.

mod account;
mod backup;
mod demo;
mod doctor;
mod export;
mod import;
mod migrate;
mod plan;
mod progress;
mod read_pdf;
mod reindex;
mod serve;
mod token;

use std::net::SocketAddr;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use crate::app::{App, StartError};
use crate::config::{Config, SearchAt, Sources};
use crate::db::Db;
use crate::kernel::{Chance, Clock};
use crate::search::engines;
use crate::search::model::SearchEngine;

#[derive(Parser)]
#[command(
    name = "traitdunion",
    version,
    about = "Le registre partagé des services sociaux d’un département et de leurs partenaires",
    max_term_width = 100
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Sert un département fictif, rempli de données inventées, pour essayer. Exemple : traitdunion demo --today 2026-03-03
    Demo(demo::DemoArgs),
    /// Sert les pages et l’API, et travaille la file d’envoi. Exemple : traitdunion serve --listen 127.0.0.1:8080
    Serve(ServeArgs),
    /// Travaille la file d’envoi et les tâches du jour, sans servir de pages. Exemple : traitdunion worker
    Worker,
    /// Met la base de données, et l’index de Meilisearch, à la version du programme. Exemple : traitdunion migrate
    Migrate,
    /// Comptes : ajouter, lister, fermer, changer le mot de passe
    #[command(subcommand)]
    Account(account::Command),
    /// Jetons d’API : créer, lister, révoquer
    #[command(subcommand)]
    Token(token::Command),
    /// Refait l’index de recherche à partir de la base, sans arrêter le service. Exemple : traitdunion reindex
    Reindex,
    /// Copie la base et les documents dans un fichier, sans arrêter le service. Exemple : traitdunion backup sauvegarde.tar.zst
    Backup(backup::BackupArgs),
    /// Remet une sauvegarde dans une base vide. Exemple : traitdunion restore sauvegarde.tar.zst
    Restore(backup::RestoreArgs),
    /// Vérifie l’installation : chaque ligne dit ok, ou quoi faire. Exemple : traitdunion doctor
    Doctor,
    /// Lit un fichier. Exemple : traitdunion import actions actions.csv
    #[command(subcommand)]
    Import(import::Import),
    /// Écrit un fichier, qu’import relit. Exemple : traitdunion export actions actions.xlsx
    Export(export::ExportArgs),
    /// Lit un PDF sur l’entrée standard. Le service la lance, dans un processus à part
    #[command(hide = true)]
    ReadPdf,
}

/// Whose name the journal keeps; see [`Author::actor`].
#[derive(Args)]
struct Author {
    /// Administrateur au nom duquel la commande agit ; sans cela, « ligne de commande »
    #[arg(long = "as", value_name = "E-MAIL")]
    administrator: Option<String>,
}

#[derive(Args)]
struct ServeArgs {
    /// Adresse et port, comme 127.0.0.1:8080
    #[arg(long, value_name = "ADRESSE")]
    listen: Option<SocketAddr>,
    /// Ne travaille pas la file d’envoi : un autre processus le fait (traitdunion worker)
    #[arg(long)]
    no_worker: bool,
}

/// Why a command did not do its work.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// Bad usage or input: exit code 2.
    #[error("{0}")]
    Usage(String),
    /// Anything else: exit code 1.
    #[error("{0}")]
    Failed(String),
}

impl From<StartError> for Failure {
    fn from(error: StartError) -> Self {
        Self::Failed(error.0)
    }
}

impl From<crate::error::Error> for Failure {
    fn from(error: crate::error::Error) -> Self {
        use crate::error::Error;
        match error {
            Error::Invalid(_) | Error::Refused(_) | Error::Forbidden(_) | Error::BadQuery(_) => Self::Usage(error.to_string()),
            error => Self::Failed(error.to_string()),
        }
    }
}

impl From<crate::db::Error> for Failure {
    fn from(error: crate::db::Error) -> Self {
        Self::Failed(error.to_string())
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self::Failed(error.to_string())
    }
}

type Outcome = Result<(), Failure>;

/// What a use-case refused, told by option and value rather than by field; `values` are the fields, their options and what was given.
fn told(error: crate::error::Error, values: &[(&str, &str, &str)]) -> Failure {
    let crate::error::Error::Invalid(errors) = error else { return error.into() };
    let line = |(field, text): (&str, &str)| match values.iter().find(|(name, ..)| *name == field) {
        Some((_, option, value)) => format!("{option} '{}' : {text}", crate::kernel::text::excerpt(value)),
        None => format!("{field} : {text}"),
    };
    Failure::Usage(errors.iter().map(line).collect::<Vec<_>>().join("\n"))
}

/// The first line of standard input, without its end.
fn password_from_stdin() -> Result<String, Failure> {
    use std::io::BufRead;
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line)?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}

pub fn main() -> ExitCode {
    let cli = Cli::parse();
    match run(cli.command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("traitdunion : {failure}");
            ExitCode::from(if matches!(failure, Failure::Usage(_)) { 2 } else { 1 })
        }
    }
}

fn run(command: Command) -> Outcome {
    match command {
        Command::Demo(args) => demo::run(args),
        Command::Serve(args) => serve::run(configured(args.listen)?, !args.no_worker),
        Command::Worker => serve::work(configured(None)?),
        Command::Migrate => migrate::run(configured(None)?),
        Command::Account(command) => account::run(&configured(None)?, command),
        Command::Token(command) => token::run(&configured(None)?, command),
        Command::Import(what) => import::run(&configured(None)?, what),
        Command::Export(args) => export::run(&configured(None)?, &args),
        Command::Reindex => reindex::run(configured(None)?),
        Command::Backup(args) => backup::save(configured(None)?, &args),
        Command::Restore(args) => backup::restore(configured(None)?, &args),
        Command::Doctor => doctor::run(),
        Command::ReadPdf => read_pdf::run(),
    }
}

/// The configuration of the machine, under the options given; the log follows it.
fn configured(listen: Option<SocketAddr>) -> Result<Config, Failure> {
    let mut sources = Sources::from_machine().map_err(|wrong| Failure::Usage(wrong.to_string()))?;
    if let Some(listen) = listen {
        sources.set("LISTEN", listen.to_string());
    }
    let config = read(&sources)?;
    log_to_stderr(&config.log);
    Ok(config)
}

fn read(sources: &Sources) -> Result<Config, Failure> {
    Config::read(sources).map_err(|wrong| Failure::Usage(wrong.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")))
}

/// Readable on a terminal, JSON elsewhere.
fn log_to_stderr(directives: &str) {
    use std::io::IsTerminal;
    use tracing_subscriber::EnvFilter;
    let filter = EnvFilter::new(directives);
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    if std::io::stderr().is_terminal() { builder.compact().init() } else { builder.json().init() }
}

/// The search engine of this installation.
fn engine(config: &Config, db: &Db) -> Result<std::sync::Arc<dyn SearchEngine>, Failure> {
    let owner = match config.search {
        SearchAt::Embedded => String::new(),
        SearchAt::Meilisearch(_) => {
            let (now, chance) = (Clock::system().now(), Chance::from_machine());
            db.write_now(|conn| crate::instance::service::installation(conn, now, &chance))?
        }
    };
    engines::open(config, &owner).map_err(|error| Failure::Failed(error.in_words()))
}

/// The application as `serve`, `worker` and the commands that write use it.
fn application(config: Config, db: Db, clock: Clock, search: std::sync::Arc<dyn SearchEngine>) -> Result<std::sync::Arc<App>, Failure> {
    let mail = crate::mail::transport::Transport::of(&config).map_err(Failure::Failed)?;
    if let Some(signer) = config.dkim.as_ref().filter(|signer| signer.is_weak()) {
        tracing::warn!(bits = signer.bits(), "TRAITDUNION_DKIM_KEY_FILE: some recipients do not believe RSA keys of less than 2048 bits");
    }
    Ok(App::build(config, db, search, mail, clock, Chance::from_machine())?)
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_sound() {
        super::Cli::command().debug_assert();
    }
}
