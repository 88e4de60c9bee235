//! `import`: files read in.

use std::io::IsTerminal;
use std::path::{Path, PathBuf};

use clap::Subcommand;
use indicatif::{ProgressBar, ProgressStyle};

use super::{Author, Failure, Outcome, plan};
use crate::accounts::model::By;
use crate::actions::service::World;
use crate::app::open_database;
use crate::config::Config;
use crate::db::{Conn, Db};
use crate::error::Error;
use crate::imports::{self, Wrong, actions};
use crate::kernel::{Chance, Clock};

#[derive(Subcommand)]
pub(super) enum Import {
    /// Lit un schéma publié, texte ou Markdown. Exemple : traitdunion import plan schema.txt --dry-run
    Plan(plan::PlanArgs),
    /// Lit des actions collectives (.csv ou .jsonl), toutes ou aucune. Exemple : traitdunion import actions actions.csv --dry-run
    Actions {
        /// Un fichier .csv ou .jsonl, avec les noms des champs ou leurs noms français comme titres de colonnes
        #[arg(value_name = "FICHIER")]
        file: PathBuf,
        #[command(flatten)]
        author: Author,
        /// Vérifie tout et n’écrit rien
        #[arg(long)]
        dry_run: bool,
    },
}

pub(super) fn run(config: &Config, import: Import) -> Outcome {
    match import {
        Import::Plan(args) => plan::run(config, &args),
        Import::Actions { file, author, dry_run } => import_actions(config, &file, &author, dry_run),
    }
}

fn import_actions(config: &Config, path: &Path, author: &Author, dry_run: bool) -> Outcome {
    let file = path.display().to_string();
    let bytes = std::fs::read(path).map_err(|error| Failure::Usage(format!("{file}\u{a0}: {error}")))?;
    let db = open_database(config)?;
    let told = |wrongs: Vec<Wrong>| Failure::Usage(refused(&file, &wrongs));
    let (actor, world) = db.read_now(|conn| Ok::<_, Failure>((author.actor(conn)?, World::load(conn)?)))?;
    let columns = actions::columns(&world);
    let rows = imports::rows(&file, &bytes, &columns).map_err(told)?;
    drop(bytes);
    let total = rows.len() as u64;
    let progress = Progress::new("Vérification", total);
    let ready = read(&db, |conn| actions::check(conn, &actor, rows, &world, &columns, &mut |done| progress.step(done)))?;
    progress.finish();
    let ready = ready.map_err(told)?;
    for (line, title, missing) in &ready.to_complete {
        println!("{file}, ligne {line}\u{a0}: «\u{a0}{title}\u{a0}» est à compléter ({}).", missing.join(", "));
    }
    if !dry_run && ready.created + ready.changed > 0 {
        let progress = Progress::new("Écriture", ready.len() as u64);
        let (now, chance) = (Clock::system().now(), Chance::from_machine());
        let by = By { actor: &actor, now, chance: &chance };
        db.write_now(|conn| actions::write(conn, by, &ready, &mut |done| progress.step(done)))?;
        progress.finish();
    }
    let counts = format!(
        "{}, {}, {} inchangée(s), {} à compléter",
        counted(ready.created, "action nouvelle", "actions nouvelles"),
        counted(ready.changed, "mise à jour", "mises à jour"),
        ready.same,
        ready.to_complete.len()
    );
    println!("{counts}.{}", if dry_run { " Rien n’a été écrit (--dry-run)." } else { "" });
    Ok(())
}

fn read<T>(db: &Db, work: impl FnOnce(&mut Conn) -> Result<T, Error>) -> Result<T, Error> {
    db.read_now(work)
}

fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count < 2 { one } else { many })
}

/// Every mistake, a line each, and that nothing was written.
fn refused(file: &str, wrongs: &[Wrong]) -> String {
    let lines: Vec<String> = wrongs.iter().map(|wrong| wrong.told(file)).collect();
    format!("{}\n{}. Rien n’a été importé.", lines.join("\n"), counted(wrongs.len(), "erreur", "erreurs"))
}

/// A bar on a terminal, a line now and then elsewhere.
struct Progress {
    bar: Option<ProgressBar>,
    title: &'static str,
    total: u64,
}

/// Rows between two plain lines.
const EVERY: u64 = 10_000;

impl Progress {
    fn new(title: &'static str, total: u64) -> Self {
        let style = ProgressStyle::with_template("{prefix} {wide_bar} {pos}/{len}").unwrap_or_else(|_| ProgressStyle::default_bar());
        let bar = std::io::stderr().is_terminal().then(|| ProgressBar::new(total).with_style(style).with_prefix(title));
        Self { bar, title, total }
    }

    fn step(&self, done: u64) {
        match &self.bar {
            Some(bar) if done.is_multiple_of(100) || done == self.total => bar.set_position(done),
            None if done.is_multiple_of(EVERY) => eprintln!("{}\u{a0}: {done} lignes sur {}", self.title, self.total),
            _ => {}
        }
    }

    fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
