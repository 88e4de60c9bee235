//! `import plan`: a schéma document read into a plan.

use std::borrow::Cow;
use std::path::Path;

use super::{Author, Failure, Outcome};
use crate::accounts::model::By;
use crate::app::open_database;
use crate::config::Config;
use crate::error::Error;
use crate::http::paths;
use crate::kernel::{Chance, Clock};
use crate::plans::model::PlanDraft;
use crate::plans::reading::{self, Reading};
use crate::plans::service::{self, Saved};

/// The largest document: 20 MiB.
const LARGEST: u64 = 20 * 1024 * 1024;

#[derive(clap::Args)]
pub(super) struct PlanArgs {
    /// Le document : texte ou Markdown, tel qu’extrait du PDF publié
    #[arg(value_name = "FICHIER")]
    file: std::path::PathBuf,
    /// Montre ce qui est compris, sans rien importer
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    author: Author,
}

/// Reads a schéma document into a plan; `dry_run` says what was understood, and touches no database.
pub(super) fn run(config: &Config, args: &PlanArgs) -> Outcome {
    let file = args.file.as_path();
    let reading = read(file)?;
    if args.dry_run {
        print!("{}", reading::outline(&reading));
        println!("Rien n’est importé : c’est un essai.");
        return Ok(());
    }
    let db = open_database(config)?;
    let (now, chance) = (Clock::system().now(), Chance::from_machine());
    let actor = db.read_now(|conn| args.author.actor(conn))?;
    let saved = db
        .write_now(|conn| service::save(conn, By { actor: &actor, now, chance: &chance }, &reading.plan, None))
        .map_err(|error| in_file(file, error))?;
    println!("{}", summary(&reading, &saved));
    println!("Sa page : {}{}", config.base_url, paths::plan(&saved.id));
    Ok(())
}

/// The document's text, or why it is not one, naming the file.
fn read(file: &Path) -> Result<Reading, Failure> {
    let wrong = |reason: &str| Failure::Usage(format!("'{}' : {reason}", file.display()));
    let bytes = match std::fs::metadata(file).and_then(|found| if found.len() > LARGEST { Ok(None) } else { std::fs::read(file).map(Some) }) {
        Ok(Some(bytes)) => bytes,
        Ok(None) => return Err(wrong("ce fichier dépasse 20 Mo : donnez le texte seul du schéma.")),
        Err(error) => {
            return Err(wrong(&match error.kind() {
                std::io::ErrorKind::NotFound => "ce fichier n’existe pas.".to_owned(),
                std::io::ErrorKind::IsADirectory => "c’est un dossier : donnez le fichier du schéma.".to_owned(),
                std::io::ErrorKind::PermissionDenied => "vous n’avez pas le droit de lire ce fichier.".to_owned(),
                _ => format!("ce fichier ne se lit pas ({error})."),
            }));
        }
    };
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Err(wrong("ce fichier est vide."));
    }
    let text = decoded(&bytes);
    if bytes.starts_with(b"%PDF") || text.contains('\0') {
        return Err(wrong("ce n’est pas un texte. D’un PDF, donnez le texte extrait, par exemple avec : pdftotext -layout schema.pdf schema.txt"));
    }
    reading::read(&text).map_err(|error| wrong(&error.to_string()))
}

/// UTF-8, or what its byte order mark says; else Windows-1252, as many French documents are.
fn decoded(bytes: &[u8]) -> Cow<'_, str> {
    if let Some((encoding, _)) = encoding_rs::Encoding::for_bom(bytes) {
        return encoding.decode(bytes).0;
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => text.into(),
        Err(_) => encoding_rs::WINDOWS_1252.decode(bytes).0,
    }
}

fn in_file(file: &Path, error: Error) -> Failure {
    match error {
        Error::Invalid(errors) => {
            let lines: Vec<String> = errors.iter().map(|(_, message)| format!("  {message}")).collect();
            Failure::Usage(format!("'{}' : rien n’est importé.\n{}", file.display(), lines.join("\n")))
        }
        Error::Refused(reason) => Failure::Usage(format!("'{}' : {reason}", file.display())),
        error => error.into(),
    }
}

fn summary(reading: &Reading, saved: &Saved) -> String {
    let plan: &PlanDraft = &reading.plan;
    let (orientations, sheets) = (counted(plan.orientations.len(), "orientation"), counted(plan.sheets().count(), "fiche"));
    let what = match saved {
        Saved { is_new: true, .. } => "est importé",
        Saved { has_changed: true, .. } => "est mis à jour",
        _ => "était déjà à jour",
    };
    let mut lines = vec![format!("« {} » {what} : {orientations}, {sheets}.", plan.title)];
    if saved.has_changed && !saved.is_new {
        let changes = [(&saved.added, "ajoutée"), (&saved.changed, "modifiée"), (&saved.removed, "retirée")];
        let said: Vec<String> = changes.into_iter().filter(|(numbers, _)| !numbers.is_empty()).map(|(numbers, verb)| told(numbers, verb)).collect();
        lines.push(if said.is_empty() { "Ses orientations ont changé, ses fiches non.".to_owned() } else { format!("{}.", said.join(" ; ")) });
    }
    match reading.unplaced.len() {
        0 => {}
        1 => lines.push("1 ligne n’a pas trouvé sa place : --dry-run la montre.".to_owned()),
        count => lines.push(format!("{count} lignes n’ont pas trouvé leur place : --dry-run les montre.")),
    }
    lines.join("\n")
}

fn counted(count: usize, one: &str) -> String {
    format!("{count} {one}{}", if count > 1 { "s" } else { "" })
}

/// « Fiches 3, 4 ajoutées ».
fn told(numbers: &[i32], verb: &str) -> String {
    let plural = if numbers.len() > 1 { "s" } else { "" };
    let numbers: Vec<String> = numbers.iter().map(ToString::to_string).collect();
    format!("Fiche{plural} {} {verb}{plural}", numbers.join(", "))
}
