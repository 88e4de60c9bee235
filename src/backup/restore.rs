//! Putting a backup back: read through and checked first, then loaded in one transaction.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Component, Path};

use super::{Aside, FORMAT, Hashing, MANIFEST, Manifest, Member, Told, beside, failed};
use crate::db::{Conn, Db, copy};
use crate::error::{Error, Result};
use crate::kernel::{Chance, Moment};
use crate::outbox::{self, Job};

/// Tables that a service without any record may already have written to: they are emptied first.
const HOUSEKEEPING: [&str; 5] = ["daily_jobs", "idempotency", "outbox", "sign_ins", "throttles"];
/// Rows are loaded so many at a time, or fewer when they are long.
const BATCH_ROWS: usize = 500;
const BATCH_BYTES: usize = 4 * 1024 * 1024;
/// A manifest longer than this is no manifest.
const LONGEST_MANIFEST: u64 = 256 * 1024 * 1024;

/// What was put back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restored {
    pub manifest: Manifest,
    /// Mails that waited when the backup was made: they leave as soon as the service starts.
    pub mails_waiting: i64,
}

/// Puts a backup into an empty, migrated database and its documents folder. The index is then to be rebuilt: the job is queued.
pub fn restore(db: &Db, documents: &Path, source: &Path, now: Moment, chance: &Chance, told: Told<'_>) -> Result<Restored> {
    let manifest = check(source, told)?;
    db.write_now(|conn| {
        let migration = copy::migration(conn)?;
        if manifest.migration != migration {
            return Err(Error::Refused(format!(
                "« {} » vient de la version {} du programme (base {}) et cette base est à la version {migration} : restaurez-la avec la version {}, puis mettez le programme à jour.",
                source.display(),
                manifest.program,
                manifest.migration,
                manifest.program
            )));
        }
        let tables = copy::tables(conn)?;
        make_room(conn, &tables)?;
        copy::defer_references(conn, &tables)?;
        load(conn, &tables, documents, source, told)?;
        copy::check_references(conn, &tables)?;
        for (table, rows) in &manifest.tables {
            let found = copy::count(conn, table)?;
            if u64::try_from(found).ok() != Some(*rows) {
                return Err(unsound(source, format!("{table} a {found} lignes au lieu de {rows}")));
            }
        }
        let mails_waiting = crate::mail::log::standing(conn, now)?.waiting;
        outbox::enqueue(conn, now, chance, &Job::Rebuild)?;
        Ok(Restored { manifest, mails_waiting })
    })
}

fn unsound(source: &Path, what: impl std::fmt::Display) -> Error {
    Error::Refused(format!("« {} » n’est pas une sauvegarde entière : {what}. Rien n’a été restauré.", source.display()))
}

fn open(source: &Path) -> Result<tar::Archive<zstd::stream::read::Decoder<'static, BufReader<File>>>> {
    let file = File::open(source).map_err(|error| Error::Refused(format!("« {} » : {error}", source.display())))?;
    let decoder = zstd::stream::read::Decoder::new(file).map_err(|error| unsound(source, error))?;
    Ok(tar::Archive::new(decoder))
}

/// Reads the whole archive: every member must be the one that the manifest names.
fn check(source: &Path, told: Told<'_>) -> Result<Manifest> {
    let wrong = |error: std::io::Error| unsound(source, error);
    let mut members: Vec<Member> = Vec::new();
    let mut manifest: Option<Manifest> = None;
    for entry in open(source)?.entries().map_err(wrong)? {
        let entry = entry.map_err(wrong)?;
        let name = name_of(&entry, source)?;
        if name == MANIFEST {
            manifest = Some(serde_json::from_reader(entry.take(LONGEST_MANIFEST)).map_err(|error| unsound(source, error))?);
            continue;
        }
        let mut reader = Hashing::new(entry);
        std::io::copy(&mut reader, &mut std::io::sink()).map_err(wrong)?;
        members.push(reader.member(&name));
        told("contrôle", members.len() as u64);
    }
    let manifest = manifest.ok_or_else(|| unsound(source, "elle est coupée, ou n’a pas de manifest.json"))?;
    if manifest.format != FORMAT {
        return Err(unsound(source, format!("son format {} n’est pas connu de cette version", manifest.format)));
    }
    let by_name = |members: &[Member]| members.iter().map(|member| (member.name.clone(), member.clone())).collect::<BTreeMap<_, _>>();
    let (said, found) = (by_name(&manifest.members), by_name(&members));
    if let Some(name) = said.keys().chain(found.keys()).find(|name| said.get(*name) != found.get(*name)) {
        return Err(unsound(source, format!("{name} n’est pas ce que dit manifest.json")));
    }
    match found.len() == members.len() && said.len() == manifest.members.len() {
        true => Ok(manifest),
        false => Err(unsound(source, "un de ses éléments y est deux fois")),
    }
}

fn name_of(entry: &tar::Entry<'_, impl Read>, source: &Path) -> Result<String> {
    let path = entry.path().map_err(|error| unsound(source, error))?;
    let is_plain = entry.header().entry_type().is_file() && path.components().all(|part| matches!(part, Component::Normal(_)));
    match path.to_str().filter(|_| is_plain) {
        Some(name) => Ok(name.to_owned()),
        None => Err(unsound(source, format!("elle contient « {} »", path.display()))),
    }
}

/// Refuses a database that holds records; empties what a service without any has written all the same.
fn make_room(conn: &mut Conn, tables: &[copy::Table]) -> Result<()> {
    for table in tables.iter().rev() {
        if HOUSEKEEPING.contains(&table.name.as_str()) {
            copy::clear(conn, &table.name)?;
        } else if let rows @ 1.. = copy::count(conn, &table.name)? {
            return Err(Error::Refused(format!(
                "Cette base n’est pas vide ({} : {rows} lignes) et une restauration n’efface jamais rien. Restaurez dans un autre dossier (TRAITDUNION_DATA_DIR) ou une autre base (TRAITDUNION_DATABASE_URL), ou mettez d’abord celle-ci de côté.",
                table.name
            )));
        }
    }
    Ok(())
}

fn load(conn: &mut Conn, tables: &[copy::Table], documents: &Path, source: &Path, told: Told<'_>) -> Result<()> {
    let wrong = |error: std::io::Error| unsound(source, error);
    let mut count = 0;
    for entry in open(source)?.entries().map_err(wrong)? {
        let entry = entry.map_err(wrong)?;
        let name = name_of(&entry, source)?;
        if let Some(name) = name.strip_prefix("tables/").and_then(|name| name.strip_suffix(".jsonl")) {
            let table = tables.iter().find(|table| table.name == name);
            let table = table.ok_or_else(|| unsound(source, format!("la table {name} n’existe pas")))?;
            load_table(conn, table, BufReader::new(entry), source, told)?;
        } else if let Some(name) = name.strip_prefix("documents/") {
            write_document(&documents.join(name), entry)?;
            count += 1;
            told("documents", count);
        } else if name != MANIFEST {
            return Err(unsound(source, format!("elle contient « {name} »")));
        }
    }
    Ok(())
}

fn load_table(conn: &mut Conn, table: &copy::Table, lines: impl BufRead, source: &Path, told: Told<'_>) -> Result<()> {
    let (mut batch, mut bytes, mut loaded) = (Vec::new(), 0, 0);
    for line in lines.lines() {
        let line = line.map_err(|error| unsound(source, error))?;
        bytes += line.len();
        batch.push(serde_json::from_str(&line).map_err(|error| unsound(source, format!("{} : {error}", table.name)))?);
        if batch.len() == BATCH_ROWS || bytes > BATCH_BYTES {
            loaded += batch.len() as u64;
            copy::load(conn, table, std::mem::take(&mut batch))?;
            bytes = 0;
            told(&table.name, loaded);
        }
    }
    loaded += batch.len() as u64;
    copy::load(conn, table, batch)?;
    told(&table.name, loaded);
    Ok(())
}

/// Written and synced before the transaction that names it ends.
fn write_document(path: &Path, mut content: impl Read) -> Result<()> {
    std::fs::create_dir_all(super::folder_of(path)).map_err(|error| failed(path, error))?;
    let (aside, mut file) = Aside::create(beside(path, ".part"))?;
    std::io::copy(&mut content, &mut file).and_then(|_| file.flush()).map_err(|error| failed(path, error))?;
    aside.keep_as(&file, path)
}
