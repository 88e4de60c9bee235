//! The bytes of documents, under their SHA-256 in the documents folder. The same bytes are there once.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::error::{Error, Result};
use crate::kernel::Moment;

#[derive(Clone, Debug)]
pub struct Shelf(PathBuf);

fn failed(path: &Path, error: impl std::fmt::Display) -> Error {
    Error::Internal(format!("« {} » : {error}", path.display()))
}

pub fn hash(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

impl Shelf {
    pub fn of(documents: &Path) -> Self {
        Self(documents.to_owned())
    }

    /// Two letters a folder: none holds too many files.
    fn path(&self, sha256: &str) -> PathBuf {
        self.0.join(&sha256[..2]).join(sha256)
    }

    /// Keeps bytes, whole and on disk before any row names them. Those that are there already are written again: they are young again, so
    /// that no purge takes them before their row is.
    pub fn keep(&self, sha256: &str, bytes: &[u8]) -> Result<()> {
        let path = self.path(sha256);
        let folder = self.0.join(&sha256[..2]);
        let write = || {
            fs::create_dir_all(&folder)?;
            // Hidden while it is written: no backup takes it, and no crash leaves it.
            let mut file = tempfile::Builder::new().prefix(".").suffix(".part").tempfile_in(&folder)?;
            file.write_all(bytes)?;
            file.as_file().sync_all()?;
            file.persist(&path).map_err(|error| error.error)?;
            File::open(&folder)?.sync_all()?;
            File::open(&self.0)?.sync_all()
        };
        write().map_err(|error| failed(&path, error))
    }

    pub fn has(&self, sha256: &str) -> bool {
        self.path(sha256).is_file()
    }

    pub fn open(&self, sha256: &str) -> Result<File> {
        let path = self.path(sha256);
        File::open(&path).map_err(|error| failed(&path, error))
    }

    /// The files that were written before an instant: documents, and what a crash left half-written.
    pub fn written_before(&self, instant: Moment) -> Vec<PathBuf> {
        let folders = fs::read_dir(&self.0).into_iter().flatten().flatten().filter(|entry| entry.file_name().len() == 2);
        let files = folders.flat_map(|folder| fs::read_dir(folder.path()).into_iter().flatten().flatten()).map(|entry| entry.path());
        files.filter(|path| is_older(path, instant)).collect()
    }

    /// Removes a file, if it is still as old.
    pub fn remove(&self, path: &Path, written_before: Moment) -> bool {
        if !is_older(path, written_before) {
            return false;
        }
        let removed = fs::remove_file(path);
        if let Err(error) = &removed {
            tracing::warn!(path = %path.display(), %error, "the file of a document cannot be removed");
        }
        removed.is_ok()
    }
}

fn is_older(path: &Path, instant: Moment) -> bool {
    let written = fs::metadata(path).and_then(|found| found.modified()).ok();
    let since = written.and_then(|at| at.duration_since(std::time::UNIX_EPOCH).ok());
    since.and_then(|since| i64::try_from(since.as_micros()).ok()).is_some_and(|micros| Moment::from_micros(micros) < instant)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_bytes_are_there_once() {
        let folder = tempfile::tempdir().unwrap();
        let shelf = Shelf::of(folder.path());
        let sha256 = hash(b"abc");
        assert_eq!(sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assert!(!shelf.has(&sha256) && shelf.open(&sha256).is_err());
        shelf.keep(&sha256, b"abc").unwrap();
        shelf.keep(&sha256, b"abc").unwrap();
        assert_eq!(std::io::read_to_string(shelf.open(&sha256).unwrap()).unwrap(), "abc");
        assert_eq!(fs::read_dir(folder.path().join("ba")).unwrap().count(), 1);
        let (long_ago, later) = (Moment::from_micros(0), Moment::parse_rfc3339("2999-01-01T00:00:00Z").unwrap());
        assert_eq!((shelf.written_before(long_ago).len(), shelf.written_before(later).len()), (0, 1));
        let path = shelf.path(&sha256);
        assert!(!shelf.remove(&path, long_ago) && shelf.remove(&path, later) && !shelf.has(&sha256));
    }
}
