//! The files of imports, from the moment they are received until they are done with: under the documents folder, so that every node
//! finds them.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};

use super::model::ShownRow;
use crate::error::{Error, Result};

#[derive(Clone, Debug)]
pub struct Shelf(PathBuf);

fn failed(path: &Path, error: impl std::fmt::Display) -> Error {
    Error::Internal(format!("« {} » : {error}", path.display()))
}

impl Shelf {
    pub fn of(documents: &Path) -> Self {
        Self(documents.join("imports"))
    }

    fn path(&self, id: &str) -> PathBuf {
        self.0.join(id)
    }

    /// A file beside that of an import: hidden, for it is made anew at need and is in no backup.
    fn beside(&self, id: &str, what: &str) -> PathBuf {
        self.0.join(format!(".{id}.{what}"))
    }

    /// Keeps a file, whole and on disk before any row names it.
    pub fn keep(&self, id: &str, bytes: &[u8]) -> Result<()> {
        let (part, path) = (self.beside(id, "part"), self.path(id));
        let write = || {
            fs::create_dir_all(&self.0)?;
            let mut file = File::create(&part)?;
            file.write_all(bytes)?;
            file.sync_all()?;
            fs::rename(&part, &path)?;
            File::open(&self.0)?.sync_all()
        };
        write().map_err(|error| failed(&path, error))
    }

    /// The file of an import; None when it is gone.
    pub fn read(&self, id: &str) -> Result<Option<Vec<u8>>> {
        match fs::read(self.path(id)) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(failed(&self.path(id), error)),
        }
    }

    /// Removes all that is kept of an import.
    pub fn clear(&self, id: &str) {
        for path in [self.path(id), self.beside(id, "part"), self.beside(id, "wrong"), self.beside(id, "progress")] {
            if let Err(error) = fs::remove_file(&path)
                && error.kind() != std::io::ErrorKind::NotFound
            {
                tracing::warn!(path = %path.display(), %error, "a file of an import cannot be removed");
            }
        }
    }

    /// The imports that have files here.
    pub fn ids(&self) -> Vec<String> {
        let names = fs::read_dir(&self.0).into_iter().flatten().flatten().filter_map(|entry| entry.file_name().into_string().ok());
        let mut ids: Vec<String> = names.filter_map(|name| name.trim_start_matches('.').split('.').next().map(str::to_owned)).collect();
        ids.sort();
        ids.dedup();
        ids
    }

    /// The rows that a check refused, one after another.
    pub fn refused(&self, id: &str) -> Result<Refused> {
        let path = self.beside(id, "wrong");
        let file = File::create(&path).map_err(|error| failed(&path, error))?;
        Ok(Refused { file: BufWriter::new(file), path })
    }

    /// Reads them back.
    pub fn each_refused(&self, id: &str, each: &mut dyn FnMut(ShownRow) -> Result<()>) -> Result<()> {
        let path = self.beside(id, "wrong");
        let file = File::open(&path).map_err(|_| Error::NotFound)?;
        for line in BufReader::new(file).lines() {
            let line = line.map_err(|error| failed(&path, error))?;
            each(serde_json::from_str(&line).map_err(|error| failed(&path, error))?)?;
        }
        Ok(())
    }

    /// Says how far the work on an import is: nobody depends on it, so what fails is let be.
    pub fn tell_progress(&self, id: &str, done: u64, total: u64) {
        drop(fs::write(self.beside(id, "progress"), format!("{done} {total}")));
    }

    /// How far it was when last told: done, of how many.
    pub fn progress(&self, id: &str) -> Option<(u64, u64)> {
        let said = fs::read_to_string(self.beside(id, "progress")).ok()?;
        let (done, total) = said.split_once(' ')?;
        Some((done.parse().ok()?, total.parse().ok()?))
    }
}

/// Takes the rows that a check refuses.
pub struct Refused {
    file: BufWriter<File>,
    path: PathBuf,
}

impl Refused {
    pub fn push(&mut self, row: &ShownRow) -> Result<()> {
        serde_json::to_writer(&mut self.file, row).map_err(|error| failed(&self.path, error))?;
        self.file.write_all(b"\n").map_err(|error| failed(&self.path, error))
    }

    pub fn finish(mut self) -> Result<()> {
        self.file.flush().map_err(|error| failed(&self.path, error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_read_back_and_cleared() {
        let folder = tempfile::tempdir().unwrap();
        let shelf = Shelf::of(folder.path());
        assert_eq!((shelf.read("A").unwrap(), shelf.progress("A"), shelf.ids()), (None, None, Vec::new()));
        shelf.keep("A", b"abc").unwrap();
        shelf.tell_progress("A", 3, 10);
        let row = ShownRow { line: 2, cells: vec!["a".into()], wrongs: Vec::new() };
        let mut refused = shelf.refused("A").unwrap();
        refused.push(&row).unwrap();
        refused.finish().unwrap();
        let mut found = Vec::new();
        let mut push = |row| {
            found.push(row);
            Ok(())
        };
        shelf.each_refused("A", &mut push).unwrap();
        assert_eq!((shelf.read("A").unwrap().as_deref(), shelf.progress("A"), found), (Some(b"abc".as_slice()), Some((3, 10)), vec![row]));
        assert_eq!(shelf.ids(), ["A"]);
        shelf.clear("A");
        assert!(shelf.ids().is_empty());
    }
}
