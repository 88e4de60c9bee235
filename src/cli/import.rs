//! `import`: files read in, whole or not at all.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};

use super::progress::Bar;
use super::{Author, Failure, Outcome, plan};
use crate::accounts::model::By;
use crate::app::open_database;
use crate::config::Config;
use crate::imports::checking::{Looking, pass};
use crate::imports::data_inclusion::incoming;
use crate::imports::files::File;
use crate::imports::kinds::Kind;
use crate::imports::model::Report;
use crate::imports::source::Source;
use crate::imports::{Wrong, limits, service};
use crate::kernel::{Chance, Clock, ids};
use crate::partners::service::World;

#[derive(Subcommand)]
pub(super) enum Import {
    /// Lit un schéma publié, texte ou Markdown. Exemple : traitdunion import plan schema.txt --dry-run
    Plan(plan::PlanArgs),
    /// Lit des actions collectives, toutes ou aucune. Exemple : traitdunion import actions actions.xlsx --dry-run
    Actions(Records),
    /// Lit des partenaires, tous ou aucun. Exemple : traitdunion import partners partenaires.xlsx --dry-run
    Partners(Records),
    /// Lit des structures et des services data·inclusion (schéma v1, JSON). Exemple : traitdunion import data-inclusion vienne.json --dry-run
    DataInclusion(Records),
    /// Lit des conventions, toutes ou aucune. Exemple : traitdunion import conventions conventions.xlsx --dry-run
    Conventions(Records),
    /// Lit des rencontres, toutes ou aucune. Exemple : traitdunion import meetings rencontres.xlsx --dry-run
    Meetings(Records),
    /// Lit des territoires (MDS, TIS), tous ou aucun. Exemple : traitdunion import territories territoires.csv
    Territories(Records),
}

#[derive(Args)]
pub(super) struct Records {
    /// Un fichier .csv, .xlsx, .ods ou .jsonl, avec les noms des champs ou leurs noms français comme titres de colonnes
    #[arg(value_name = "FICHIER")]
    file: PathBuf,
    #[command(flatten)]
    author: Author,
    /// Vérifie tout et n’écrit rien
    #[arg(long)]
    dry_run: bool,
}

pub(super) fn run(config: &Config, import: Import) -> Outcome {
    match import {
        Import::Plan(args) => plan::run(config, &args),
        Import::Actions(args) => records(config, Kind::Actions, &args),
        Import::Partners(args) => records(config, Kind::Partners, &args),
        Import::DataInclusion(args) => data_inclusion(config, &args),
        Import::Conventions(args) => records(config, Kind::Conventions, &args),
        Import::Meetings(args) => records(config, Kind::Meetings, &args),
        Import::Territories(args) => records(config, Kind::Territories, &args),
    }
}

fn records(config: &Config, kind: Kind, args: &Records) -> Outcome {
    let file = args.file.display().to_string();
    let bytes = read(&args.file, &file)?;
    bring(config, kind, args, bytes)
}

/// Structures and services become a file of partners, and go its way.
fn data_inclusion(config: &Config, args: &Records) -> Outcome {
    let file = args.file.display().to_string();
    let bytes = read(&args.file, &file)?;
    let world = open_database(config)?.read_now(World::load)?;
    let read = incoming::read(&bytes, &world).map_err(|wrong| Failure::Usage(refused(&file, vec![wrong.told(&file)])))?;
    let of = if read.services == 1 { "service" } else { "services" };
    println!("{file}\u{a0}: {}, {}\u{a0}{of}.", Kind::Partners.words().counted(read.partners as u64), read.services);
    read.notes.iter().for_each(|note| println!("{file}\u{a0}: {note}"));
    bring(config, Kind::Partners, args, read.lines)
}

fn bring(config: &Config, kind: Kind, args: &Records, bytes: Vec<u8>) -> Outcome {
    let file = args.file.display().to_string();
    let db = open_database(config)?;
    let told = |wrongs: Vec<Wrong>| Failure::Usage(refused(&file, wrongs.iter().map(|wrong| wrong.told(&file)).collect()));
    let (now, chance) = (Clock::system().now(), Chance::from_machine());
    let (today, hash) = (config.zone.day(now), service::hash(&bytes));
    let actor = db.read_now(|conn| args.author.actor(conn))?;

    let (source, report, lines) = db.read_now(|conn| {
        let mut desk = kind.open(conn, &actor, today, &config.zone)?;
        let read = File::read(&bytes, desk.columns()).and_then(|read| Source::of_known_titles(read, desk.columns()));
        let source = read.map_err(told)?;
        if let File::Table(table) = &source.file {
            let notes = table.notes.iter().chain(&source.layout.notes).cloned().chain(source.layout.guesses(desk.columns()));
            notes.for_each(|note| println!("{file}\u{a0}: {note}"));
        }
        let bar = Bar::new("Vérification", source.len());
        let mut lines = Vec::new();
        let mut each_bad = |row: &crate::imports::model::ShownRow| {
            lines.extend(row.wrongs.iter().map(|wrong| wrong.told(&file)));
            Ok(())
        };
        let mut each_step = |done| {
            bar.step(done);
            Ok(())
        };
        let mut looking = Looking::new(&source, &mut each_bad, &mut each_step);
        pass(conn, desk.as_mut(), &source, &mut looking)?;
        let report = Report { same_file: service::same_file(conn, kind, &hash, "")?, ..looking.report };
        bar.finish();
        Ok::<_, Failure>((source, report, lines))
    })?;
    if !lines.is_empty() {
        return Err(Failure::Usage(refused(&file, lines)));
    }
    drop(bytes);
    tell_incomplete(&file, &report);

    let counts = report.counts;
    let name = args.file.file_name().map_or_else(|| file.clone(), |name| name.to_string_lossy().into_owned());
    if args.dry_run || counts.created + counts.changed == 0 {
        println!("{}{}", summary(kind, &report), if args.dry_run { " Rien n’a été écrit (--dry-run)." } else { "" });
        return Ok(());
    }
    let by = By { actor: &actor, now, chance: &chance };
    let import = service::begun(by, &ids::new(now, &chance), kind, &name, &hash, report);
    let bar = Bar::new("Écriture", source.len());
    let mut each_step = |done| {
        bar.step(done);
        Ok(())
    };
    db.write_now(|conn| service::bring(conn, by, &import, &source, today, &config.zone, &mut each_step))?;
    bar.finish();
    println!("{}", summary(kind, &import.report));
    println!("Pour l’annuler, pendant 30 jours\u{a0}: {}/import/{}", config.base_url, import.id);
    Ok(())
}

fn read(path: &Path, file: &str) -> Result<Vec<u8>, Failure> {
    let unreadable = |error: std::io::Error| Failure::Usage(format!("{file}\u{a0}: {error}"));
    let size = std::fs::metadata(path).map_err(unreadable)?.len();
    if size > limits::COMMAND_FILE_BYTES as u64 {
        return Err(Failure::Usage(limits::file_too_large(limits::COMMAND_FILE_BYTES).told(file)));
    }
    std::fs::read(path).map_err(unreadable)
}

/// Published with less than publication asks.
fn tell_incomplete(file: &str, report: &Report) {
    for record in &report.to_complete {
        println!("{file}, ligne {}\u{a0}: «\u{a0}{}\u{a0}» est à compléter ({}).", record.line, record.title, record.missing.join(", "));
    }
    let untold = report.counts.to_complete.saturating_sub(report.to_complete.len() as u64);
    if untold > 0 {
        println!("{file}\u{a0}: {untold} autres sont à compléter.");
    }
}

fn summary(kind: Kind, report: &Report) -> String {
    let (words, counts) = (kind.words(), report.counts);
    let created = words.agreed("créé", counts.created);
    let to_complete = if counts.to_complete > 0 { format!(", {} à compléter", counts.to_complete) } else { String::new() };
    let (changed, same) = (words.agreed("mis", counts.changed), words.agreed("inchangé", counts.same));
    format!("{} {created}, {} {changed} à jour, {} {same}{to_complete}.", words.counted(counts.created), counts.changed, counts.same)
}

/// Every mistake, a line each, and that nothing was written.
fn refused(file: &str, lines: Vec<String>) -> String {
    let count = lines.len();
    let lines = if lines.is_empty() { format!("{file}\u{a0}: ce fichier ne se lit pas.") } else { lines.join("\n") };
    format!("{lines}\n{count} erreur{}. Rien n’a été importé.", if count > 1 { "s" } else { "" })
}
