//! A consistent copy of the database and the documents, and back, on either database.
//!
//! ```text
//! sauvegarde.tar.zst
//!   tables/<table>.jsonl    every row, in the order in which tables may be loaded
//!   documents/…             the files, as they lie in the documents folder
//!   manifest.json           what there is: counts, and the SHA-256 of every member; last, so that a cut file has none
//! ```
//!
//! The tables are read in one transaction, while the service goes on. A document is written before the row that names it, so
//! documents are copied after the rows: none that a row names is missing.

mod restore;
mod save;

use std::collections::BTreeMap;
use std::fmt::Display;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::error::Error;
use crate::kernel::Moment;

pub use restore::{Restored, restore};
pub use save::save;

/// The way in which this version writes backups, and the only one that it reads.
const FORMAT: u32 = 1;
const MANIFEST: &str = "manifest.json";

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    pub format: u32,
    /// The version of the program that made it.
    pub program: String,
    /// The last migration of the database that it was made from.
    pub migration: String,
    pub made_at: Moment,
    /// `sqlite` or `postgresql`.
    pub engine: String,
    /// Rows of each table.
    pub tables: BTreeMap<String, u64>,
    pub documents: u64,
    pub members: Vec<Member>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    pub name: String,
    pub bytes: u64,
    pub sha256: String,
}

impl Manifest {
    pub fn rows(&self) -> u64 {
        self.tables.values().sum()
    }
}

/// Hears of each stage, and of how far it is.
pub type Told<'a> = &'a mut dyn FnMut(&str, u64);

fn failed(path: &Path, error: impl Display) -> Error {
    Error::Internal(format!("« {} » : {error}", path.display()))
}

/// Counts and hashes what goes through.
struct Hashing<T> {
    inner: T,
    bytes: u64,
    hash: Sha256,
}

impl<T> Hashing<T> {
    fn new(inner: T) -> Self {
        Self { inner, bytes: 0, hash: Sha256::new() }
    }

    fn member(self, name: &str) -> Member {
        let sha256 = self.hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        Member { name: name.to_owned(), bytes: self.bytes, sha256 }
    }

    fn take(&mut self, bytes: &[u8]) {
        self.bytes += bytes.len() as u64;
        self.hash.update(bytes);
    }
}

impl<R: Read> Read for Hashing<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.take(&buffer[..count]);
        Ok(count)
    }
}

impl<W: Write> Write for Hashing<W> {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        let count = self.inner.write(buffer)?;
        self.take(&buffer[..count]);
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

/// A file written beside its final place, which takes that place once it is whole and on the disk; otherwise it is removed.
struct Aside {
    path: PathBuf,
    is_kept: bool,
}

impl Aside {
    /// Readable by its owner only.
    fn create(path: PathBuf) -> Result<(Self, std::fs::File), Error> {
        use std::os::unix::fs::OpenOptionsExt;
        let file = std::fs::OpenOptions::new().read(true).write(true).create(true).truncate(true).mode(0o600).open(&path);
        let file = file.map_err(|error| failed(&path, error))?;
        Ok((Self { path, is_kept: false }, file))
    }

    fn keep_as(mut self, file: &std::fs::File, target: &Path) -> Result<(), Error> {
        let kept = file.sync_all().and_then(|()| std::fs::rename(&self.path, target));
        kept.map_err(|error| failed(target, error))?;
        self.is_kept = true;
        // So that a power cut does not undo the renaming.
        std::fs::File::open(folder_of(target)).and_then(|folder| folder.sync_all()).map_err(|error| failed(target, error))
    }
}

impl Drop for Aside {
    fn drop(&mut self) {
        if !self.is_kept {
            drop(std::fs::remove_file(&self.path));
        }
    }
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(suffix);
    path.with_file_name(name)
}

#[cfg(test)]
mod tests;
