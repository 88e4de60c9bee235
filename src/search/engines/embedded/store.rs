//! The directory of the index: which generation is current, kept true whenever the process is killed.

use std::fs::{self, File, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use tantivy::Index;

use super::generation::{self, Generation};
use super::schema::{fingerprint, schema};
use crate::search::model::Error;

const LOCK: &str = "lock";
const CURRENT: &str = "current";
const PREFIX: &str = "generation-";

pub enum Store {
    Memory,
    /// The lock is held until the store is dropped; the system lets it go when the process dies.
    Directory {
        path: PathBuf,
        _lock: File,
    },
}

impl Store {
    /// The store, its index, and whether that index is whole.
    pub fn open(directory: &Path) -> Result<(Self, Generation, bool), Error> {
        let failed = |error: io::Error| Error::Unavailable(format!("{}: {error}", directory.display()));
        fs::create_dir_all(directory).map_err(failed)?;
        let lock = File::create(directory.join(LOCK)).map_err(failed)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(Error::Unavailable(format!("{} is used by another process", directory.display()))),
            Err(TryLockError::Error(error)) => return Err(failed(error)),
        }
        let store = Self::Directory { path: directory.to_owned(), _lock: lock };
        if let Some(name) = pointed(directory) {
            match Generation::open(&directory.join(&name)) {
                Ok(generation) => {
                    store.remove_all_but(&name);
                    return Ok((store, generation, true));
                }
                Err(error) => tracing::warn!(%error, generation = name, "the search index cannot be read and will be rebuilt"),
            }
        }
        let (name, index) = store.create()?;
        store.remove_all_but(&name);
        Ok((store, Generation::of(index)?, false))
    }

    /// A new, empty index beside the others.
    pub fn create(&self) -> Result<(String, Index), Error> {
        match self {
            Self::Memory => Ok((String::new(), Index::create_in_ram(schema().0))),
            Self::Directory { path, .. } => {
                let last = generations(path).iter().filter_map(|name| name.strip_prefix(PREFIX)?.parse::<u64>().ok()).max().unwrap_or(0);
                let name = format!("{PREFIX}{:06}", last + 1);
                let index = generation::create(&path.join(&name))?;
                Ok((name, index))
            }
        }
    }

    /// Makes a generation the current one, durably.
    pub fn point_to(&self, name: &str) -> Result<(), Error> {
        let Self::Directory { path, .. } = self else { return Ok(()) };
        let write = || {
            let aside = path.join("current.new");
            let mut file = File::create(&aside)?;
            writeln!(file, "{} {name}", fingerprint())?;
            file.sync_all()?;
            fs::rename(&aside, path.join(CURRENT))?;
            File::open(path)?.sync_all()
        };
        write().map_err(|error| Error::Unavailable(format!("{}: {error}", path.display())))
    }

    /// Removes the other generations. What cannot be removed is left for the next start.
    pub fn remove_all_but(&self, name: &str) {
        let Self::Directory { path, .. } = self else { return };
        for other in generations(path).into_iter().filter(|other| other != name) {
            if let Err(error) = fs::remove_dir_all(path.join(&other)) {
                tracing::warn!(%error, generation = other, "an old search index could not be removed");
            }
        }
    }
}

/// Does a process hold the lock of this directory? Nothing is created, and the lock is let go at once.
pub fn is_held(directory: &Path) -> bool {
    File::open(directory.join(LOCK)).is_ok_and(|lock| matches!(lock.try_lock_shared(), Err(TryLockError::WouldBlock)))
}

/// The generation that `current` names, when it was made as we would make it.
fn pointed(directory: &Path) -> Option<String> {
    let pointer = fs::read_to_string(directory.join(CURRENT)).ok()?;
    // Without its line end it was cut.
    let (made_with, name) = pointer.strip_suffix('\n')?.split_once(' ')?;
    let is_ours = made_with == fingerprint() && name.strip_prefix(PREFIX)?.parse::<u64>().is_ok();
    is_ours.then(|| name.to_owned())
}

fn generations(directory: &Path) -> Vec<String> {
    let entries = fs::read_dir(directory).into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().into_string().ok()).filter(|name| name.starts_with(PREFIX)).collect()
}
