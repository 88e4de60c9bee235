//! `backup` and `restore`.

use std::path::PathBuf;

use clap::Args;

use super::progress::Progress;
use super::{Failure, Outcome};
use crate::app::open_database;
use crate::backup;
use crate::config::Config;
use crate::db::{DatabaseUrl, Db};
use crate::kernel::{Chance, Clock};

#[derive(Args)]
pub struct BackupArgs {
    /// Le fichier à écrire, comme sauvegarde.tar.zst ; un ancien du même nom n’est remplacé qu’à la fin
    #[arg(value_name = "FICHIER")]
    file: PathBuf,
}

#[derive(Args)]
pub struct RestoreArgs {
    /// Une sauvegarde faite par traitdunion backup
    #[arg(value_name = "FICHIER")]
    file: PathBuf,
}

pub fn save(config: Config, args: &BackupArgs) -> Outcome {
    // As it is: a backup taken before an update is of the version before.
    if let DatabaseUrl::Sqlite(path) = &config.database
        && !path.exists()
    {
        return Err(Failure::Usage(format!("« {} » : il n’y a pas de base de données à sauvegarder ici (TRAITDUNION_DATA_DIR)", path.display())));
    }
    let db = Db::open(&config.database).map_err(|error| Failure::Failed(error.to_string()))?;
    let mut told = Telling::new();
    let manifest = backup::save(&db, &config.documents_dir, &args.file, Clock::system().now(), &mut |what, count| told.tell(what, count))?;
    told.progress.done();
    println!(
        "Sauvegardé dans {} : {} lignes de {} tables, {} documents.",
        args.file.display(),
        manifest.rows(),
        manifest.tables.len(),
        manifest.documents
    );
    Ok(())
}

pub fn restore(config: Config, args: &RestoreArgs) -> Outcome {
    let db = open_database(&config)?;
    let mut told = Telling::new();
    let (now, chance) = (Clock::system().now(), Chance::from_machine());
    let restored = backup::restore(&db, &config.documents_dir, &args.file, now, &chance, &mut |what, count| told.tell(what, count))?;
    told.progress.done();
    let manifest = restored.manifest;
    println!(
        "Restauré : la sauvegarde du {}, {} lignes de {} tables, {} documents. L’index sera refait au démarrage.",
        config.zone.in_words(manifest.made_at),
        manifest.rows(),
        manifest.tables.len(),
        manifest.documents
    );
    if restored.mails_waiting > 0 {
        println!("{} courriels attendaient de partir : ils partiront au démarrage du service.", restored.mails_waiting);
    }
    Ok(())
}

/// Tells of each stage as it begins, then of how far it is.
struct Telling {
    progress: Progress,
    stage: String,
}

impl Telling {
    fn new() -> Self {
        Self { progress: Progress::new(), stage: String::new() }
    }

    fn tell(&mut self, what: &str, count: u64) {
        if self.stage != what {
            self.progress.stage(what);
            what.clone_into(&mut self.stage);
        }
        self.progress.at(count);
    }
}
