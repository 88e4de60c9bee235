//! The command line: one file a command. Errors go to standard error; 2 is bad usage or input, 1 a failure.

mod plan;
mod serve;

use std::net::SocketAddr;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use crate::app::{App, StartError, open_database};
use crate::config::{Config, Sources};
use crate::db::Db;
use crate::kernel::{Chance, Clock};

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
    /// Sert les pages et l’API, et travaille la file d’envoi. Exemple : traitdunion serve --listen 127.0.0.1:8080
    Serve(ServeArgs),
    /// Travaille la file d’envoi et les tâches du jour, sans servir de pages. Exemple : traitdunion worker
    Worker,
    /// Met la base de données à la version du programme. Exemple : traitdunion migrate
    Migrate,
    /// Importe un schéma depuis son document (texte ou Markdown). Exemple : traitdunion import-plan schema.txt --dry-run
    ImportPlan(ImportPlanArgs),
}

/// Until `import` gathers every kind.
#[derive(Args)]
struct ImportPlanArgs {
    /// Le document : texte ou Markdown, tel qu’extrait du PDF publié
    #[arg(value_name = "FICHIER")]
    file: std::path::PathBuf,
    /// Montre ce qui est compris, sans rien importer
    #[arg(long)]
    dry_run: bool,
    /// E-mail de l’administrateur au nom de qui c’est écrit
    #[arg(long = "as", value_name = "E-MAIL")]
    as_email: Option<String>,
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

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self::Failed(error.to_string())
    }
}

type Outcome = Result<(), Failure>;

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
    let mut sources = Sources::from_machine().map_err(|wrong| Failure::Usage(wrong.to_string()))?;
    if let Command::Serve(ServeArgs { listen: Some(listen), .. }) = &command {
        sources.set("LISTEN", listen.to_string());
    }
    let config = read(&sources)?;
    log_to_stderr(&config.log);
    match command {
        Command::Serve(args) => serve::run(config, !args.no_worker),
        Command::Worker => serve::work(config),
        Command::ImportPlan(args) => plan::run(&config, &args.file, args.dry_run, args.as_email.as_deref()),
        Command::Migrate => {
            open_database(&config)?;
            println!("La base de données est à jour.");
            Ok(())
        }
    }
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

/// The application as `serve`, `worker` and the commands that write use it.
fn application(
    config: Config,
    db: Db,
    clock: Clock,
    search: std::sync::Arc<dyn crate::search::model::SearchEngine>,
) -> Result<std::sync::Arc<App>, Failure> {
    let mail = crate::mail::transport::Transport::of(&config).map_err(Failure::Failed)?;
    Ok(App::build(config, db, search, mail, clock, Chance::from_machine())?)
}
