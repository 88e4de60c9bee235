//! `export`: records written to a file, or to standard output, as `import` reads them.

use std::fs::File;
use std::io::{IsTerminal, Read, Seek, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use clap::builder::PossibleValuesParser;

use super::progress::Progress;
use super::{Failure, Outcome};
use crate::accounts::model::{Actor, Viewer};
use crate::app::open_database;
use crate::config::Config;
use crate::imports::data_inclusion::outgoing;
use crate::imports::exports::{self, Taken};
use crate::imports::files::Format;
use crate::imports::kinds::{Kind, Which};
use crate::kernel::Clock;

#[derive(Args)]
pub(super) struct ExportArgs {
    /// Ce qu’il faut écrire
    #[arg(value_name = "QUOI", value_parser = PossibleValuesParser::new(Kind::ALL.iter().map(|kind| kind.as_str()).chain([DATA_INCLUSION])))]
    what: String,
    /// Le fichier à écrire ; sans lui, la sortie standard
    #[arg(value_name = "FICHIER")]
    file: Option<PathBuf>,
    /// Le format ; sans lui, celui du nom du fichier, ou csv
    #[arg(long, value_name = "FORMAT", value_parser = ["csv", "xlsx", "ods", "jsonl"])]
    format: Option<String>,
}

/// Our public partners and open actions, in the national schema.
const DATA_INCLUSION: &str = "data-inclusion";

fn data_inclusion(config: &Config, args: &ExportArgs) -> Outcome {
    if let Some(format) = &args.format {
        return Err(Failure::Usage(format!("--format '{format}' : data-inclusion s’écrit en JSON, sans cette option.")));
    }
    let db = open_database(config)?;
    let setting = outgoing::Setting { base_url: &config.base_url, zone: &config.zone, today: config.zone.day(Clock::system().now()) };
    let written = db.read_now(|conn| outgoing::export(conn, &setting))?;
    let text = serde_json::to_string_pretty(&written).map_err(|error| Failure::Failed(error.to_string()))? + "\n";
    match &args.file {
        None => std::io::stdout().lock().write_all(text.as_bytes()),
        Some(path) => {
            let part = path.with_extension("part");
            std::fs::write(&part, text).and_then(|()| std::fs::rename(&part, path))
        }
    }
    .or_else(|error| if error.kind() == std::io::ErrorKind::BrokenPipe { Ok(()) } else { Err(error) })
    .map_err(|error| {
        Failure::Failed(format!("{}\u{a0}: {error}", args.file.as_ref().map_or_else(|| "la sortie".into(), |file| file.display().to_string())))
    })?;
    let count = |name: &str| written[name].as_array().map_or(0, Vec::len);
    eprintln!("{}\u{a0}structures, {}\u{a0}services.", count("structures"), count("services"));
    Ok(())
}

pub(super) fn run(config: &Config, args: &ExportArgs) -> Outcome {
    if args.what == DATA_INCLUSION {
        return data_inclusion(config, args);
    }
    let kind = Kind::parse(&args.what).ok_or_else(|| Failure::Usage(format!("« {} » ne s’exporte pas.", args.what)))?;
    let format = format(args)?;
    if args.file.is_none() && matches!(format, Format::Xlsx | Format::Ods) && std::io::stdout().is_terminal() {
        return Err(Failure::Usage(format!("--format '{format}' : donnez un nom de fichier, ou une redirection : un terminal ne le montre pas.")));
    }
    let db = open_database(config)?;
    let actor = Actor::command_line();
    let today = config.zone.day(Clock::system().now());
    let told = |error: std::io::Error| {
        let file = args.file.as_ref().map_or_else(|| "la sortie".to_owned(), |file| file.display().to_string());
        Failure::Failed(format!("{file}\u{a0}: {error}"))
    };
    let progress = Progress::new();
    progress.stage("Les fiches sont écrites.");
    let write = |file: File| {
        db.read_now(|conn| {
            let desk = kind.open(conn, &actor, today, &config.zone)?;
            let taken = Taken { kind, which: &Which::All, viewer: &Viewer(Some(actor.clone())) };
            exports::write(conn, desk.as_ref(), &taken, format, file, &mut |done| progress.at(done))
        })
    };
    let Some(path) = &args.file else {
        let mut aside = tempfile::tempfile().map_err(told)?;
        write(aside.try_clone().map_err(told)?)?;
        progress.done();
        return to_standard_output(&mut aside).map_err(told);
    };
    // Beside the file, so that it appears whole or not at all.
    let part = path.with_extension("part");
    let written = File::create(&part).map_err(told).and_then(|file| {
        let count = write(file.try_clone().map_err(told)?)?;
        file.sync_all().and_then(|()| std::fs::rename(&part, path)).map_err(told)?;
        Ok(count)
    });
    if written.is_err() {
        drop(std::fs::remove_file(&part));
    }
    progress.done();
    eprintln!("{}\u{a0}: {}.", path.display(), kind.words().counted(written?));
    Ok(())
}

fn format(args: &ExportArgs) -> Result<Format, Failure> {
    let named = args.file.as_deref().and_then(Path::to_str).and_then(Format::of_name);
    match (args.format.as_deref().and_then(Format::parse), named, &args.file) {
        (Some(said), ..) => Ok(said),
        (None, Some(named), _) => Ok(named),
        (None, None, None) => Ok(Format::Csv),
        (None, None, Some(file)) => Err(Failure::Usage(format!("« {} » : dites le format avec --format csv, xlsx, ods ou jsonl.", file.display()))),
    }
}

fn to_standard_output(file: &mut File) -> std::io::Result<()> {
    file.rewind()?;
    let (mut out, mut buffer) = (std::io::stdout().lock(), vec![0; 64 * 1024]);
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            return out.flush();
        }
        match out.write_all(&buffer[..read]) {
            // Whoever reads has had enough.
            Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => return Ok(()),
            written => written?,
        }
    }
}
