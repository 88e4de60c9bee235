//! Making a backup: the tables at one instant, then the documents.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufReader, BufWriter, Read, Seek, Write};
use std::path::{Path, PathBuf};

use super::{Aside, FORMAT, Hashing, MANIFEST, Manifest, Member, Told, beside, failed};
use crate::db::{Conn, Db, copy};
use crate::error::{Error, Result};
use crate::kernel::Moment;

type Archive = tar::Builder<zstd::stream::write::Encoder<'static, BufWriter<File>>>;

/// Writes a backup to `target`, whole or not at all.
pub fn save(db: &Db, documents: &Path, target: &Path, now: Moment, told: Told<'_>) -> Result<Manifest> {
    let in_target = |error| failed(target, error);
    let (aside, file) = Aside::create(beside(target, ".part"))?;
    let mut encoder = zstd::stream::write::Encoder::new(BufWriter::new(file), 3).map_err(in_target)?;
    encoder.include_checksum(true).map_err(in_target)?;
    let mut saving = Saving { archive: tar::Builder::new(encoder), target, now, members: Vec::new() };

    let (tables, migration, engine) = db.read_now(|conn| saving.tables(conn, told))?;
    let documents = saving.documents(documents, told)?;
    let manifest = Manifest {
        format: FORMAT,
        program: env!("CARGO_PKG_VERSION").to_owned(),
        migration,
        made_at: now,
        engine,
        tables,
        documents,
        members: saving.members,
    };
    let written = serde_json::to_vec_pretty(&manifest).map_err(|error| failed(target, error))?;
    append(&mut saving.archive, MANIFEST, written.len() as u64, now, written.as_slice()).map_err(in_target)?;
    let encoder = saving.archive.into_inner().map_err(in_target)?;
    let file = encoder.finish().and_then(|buffer| buffer.into_inner().map_err(|error| error.into_error())).map_err(in_target)?;
    aside.keep_as(&file, target)?;
    Ok(manifest)
}

struct Saving<'a> {
    archive: Archive,
    target: &'a Path,
    now: Moment,
    members: Vec<Member>,
}

impl Saving<'_> {
    /// Every table, as it stands at one instant: rows of each, the migration and the engine.
    fn tables(&mut self, conn: &mut Conn, told: Told<'_>) -> Result<(BTreeMap<String, u64>, String, String)> {
        let migration = copy::migration(conn)?;
        let engine = match conn {
            Conn::Sqlite(_) => "sqlite",
            Conn::Postgres(_) => "postgresql",
        };
        let mut counts = BTreeMap::new();
        for table in copy::tables(conn)? {
            told(&table.name, 0);
            // An archive says a member's size before it: the rows are first written beside.
            let (aside, file) = Aside::create(beside(self.target, ".table.part"))?;
            let in_aside = |error| failed(&aside.path, error);
            let mut spool = Hashing::new(BufWriter::new(file));
            let mut rows = 0;
            copy::dump(conn, &table, |row| {
                serde_json::to_writer(&mut spool, &row).map_err(std::io::Error::from).and_then(|()| spool.write_all(b"\n")).map_err(in_aside)?;
                rows += 1;
                told(&table.name, rows);
                Ok(())
            })?;
            spool.flush().map_err(in_aside)?;
            let mut file = spool.inner.get_ref().try_clone().map_err(in_aside)?;
            let member = spool.member(&format!("tables/{}.jsonl", table.name));
            file.rewind().map_err(in_aside)?;
            append(&mut self.archive, &member.name, member.bytes, self.now, BufReader::new(file)).map_err(|error| failed(self.target, error))?;
            self.members.push(member);
            counts.insert(table.name, rows);
        }
        Ok((counts, migration, engine.to_owned()))
    }

    /// Every file of the documents folder, but for those that are being written.
    fn documents(&mut self, folder: &Path, told: Told<'_>) -> Result<u64> {
        let mut count = 0;
        for path in files(folder)? {
            let Ok(file) = File::open(&path) else { continue };
            let size = file.metadata().map_err(|error| failed(&path, error))?.len();
            let relative = path.strip_prefix(folder).ok().and_then(Path::to_str);
            let relative = relative.ok_or_else(|| Error::Internal(format!("« {} » : ce nom n’est pas du texte", path.display())))?;
            let name = format!("documents/{relative}");
            let mut reader = Hashing::new(BufReader::new(file).take(size));
            append(&mut self.archive, &name, size, self.now, &mut reader).map_err(|error| failed(&path, error))?;
            let member = reader.member(&name);
            if member.bytes != size {
                return Err(failed(&path, "ce fichier a été raccourci pendant la copie"));
            }
            self.members.push(member);
            count += 1;
            told("documents", count);
        }
        Ok(count)
    }
}

fn append(archive: &mut Archive, name: &str, size: u64, now: Moment, content: impl Read) -> std::io::Result<()> {
    let mut header = tar::Header::new_gnu();
    header.set_entry_type(tar::EntryType::Regular);
    header.set_size(size);
    header.set_mode(0o600);
    header.set_mtime(u64::try_from(now.micros() / 1_000_000).unwrap_or(0));
    archive.append_data(&mut header, name, content)
}

/// The files of a folder and of those in it, in order; hidden ones (half-written) and links are left.
fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut waiting = vec![folder.to_owned()];
    while let Some(folder) = waiting.pop() {
        let entries = match std::fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
            Err(error) => return Err(failed(&folder, error)),
        };
        for entry in entries {
            let entry = entry.map_err(|error| failed(&folder, error))?;
            let kind = entry.file_type().map_err(|error| failed(&entry.path(), error))?;
            let is_hidden = entry.file_name().as_encoded_bytes().starts_with(b".");
            match (is_hidden, kind.is_dir(), kind.is_file()) {
                (false, true, _) => waiting.push(entry.path()),
                (false, _, true) => found.push(entry.path()),
                _ => {}
            }
        }
    }
    found.sort();
    Ok(found)
}
