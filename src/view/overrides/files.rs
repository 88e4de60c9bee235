//! The files of the folder: those that replace a built-in template, and complaints about the others.

use std::fs::{self, DirEntry, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use super::{Refused, is_of_mail, words};
use crate::view::Registries;

/// No template of ours has a hundredth of this.
const LARGEST: u64 = 256 * 1024;
/// The most entries of a folder that are looked at: a folder given by mistake may hold anything.
const MOST_ENTRIES: usize = 500;

pub struct Found {
    /// Of the template that it replaces.
    pub name: String,
    pub path: PathBuf,
    pub text: String,
}

/// The overrides of a folder: `mail/<mail>/<part>.hbs` and `partials/mail_<part>.hbs`.
pub fn read(own: &Registries, folder: &Path) -> (Vec<Found>, Vec<Refused>) {
    let mut reading = Reading { own, found: Vec::new(), refused: Vec::new() };
    match fs::metadata(folder) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
        Err(error) => reading.refuse(folder, words::unreadable(&error)),
        Ok(kind) if !kind.is_dir() => reading.refuse(folder, words::NO_FOLDER),
        Ok(_) => reading.folder(folder, ""),
    }
    (reading.found, reading.refused)
}

struct Reading<'a> {
    own: &'a Registries,
    found: Vec<Found>,
    refused: Vec<Refused>,
}

impl Reading<'_> {
    fn refuse(&mut self, path: &Path, reason: impl Into<String>) {
        self.refused.push(Refused::new(path, None, reason));
    }

    /// `inside` is the folder's name from the top, with a final slash. Only folders that hold templates are entered, so that a link
    /// that leads back up is not followed for ever.
    fn folder(&mut self, folder: &Path, inside: &str) {
        let entries = match fs::read_dir(folder) {
            Ok(entries) => entries,
            Err(error) => return self.refuse(folder, words::unreadable(&error)),
        };
        let mut entries: Vec<DirEntry> = entries.flatten().take(MOST_ENTRIES + 1).collect();
        if entries.len() > MOST_ENTRIES {
            return self.refuse(folder, words::TOO_MANY_FILES);
        }
        entries.sort_by_key(DirEntry::file_name);
        for entry in entries {
            let path = entry.path();
            let name = entry.file_name();
            // What editors, systems and version control leave beside.
            if name.as_encoded_bytes().starts_with(b".") || name.as_encoded_bytes().ends_with(b"~") {
                continue;
            }
            let name = format!("{inside}{}", name.to_string_lossy());
            match fs::metadata(&path) {
                Err(error) => self.refuse(&path, words::unreadable(&error)),
                Ok(kind) if kind.is_dir() => {
                    let inside = format!("{name}/");
                    match self.own.names().any(|known| is_of_mail(known) && known.starts_with(&inside)) {
                        true => self.folder(&path, &inside),
                        false => self.refuse(&path, words::UNKNOWN_FOLDER),
                    }
                }
                Ok(kind) => match name.strip_suffix(".hbs").filter(|name| self.is_known(name)) {
                    None => self.refuse(&path, words::UNKNOWN_FILE),
                    // Opening a pipe would wait for whoever writes to it.
                    Some(_) if !kind.is_file() => self.refuse(&path, words::NO_FILE),
                    Some(name) => self.file(path, name),
                },
            }
        }
    }

    fn is_known(&self, name: &str) -> bool {
        is_of_mail(name) && self.own.of(name).has_template(name)
    }

    fn file(&mut self, path: PathBuf, name: &str) {
        let mut bytes = Vec::new();
        if let Err(error) = File::open(&path).and_then(|file| file.take(LARGEST + 1).read_to_end(&mut bytes)) {
            return self.refuse(&path, words::unreadable(&error));
        }
        if bytes.len() as u64 > LARGEST {
            return self.refuse(&path, words::TOO_LARGE);
        }
        match String::from_utf8(bytes) {
            // Some editors mark UTF-8 by an invisible character, which a subject would begin with.
            Ok(text) => self.found.push(Found { name: name.to_owned(), path, text: text.trim_start_matches('\u{feff}').to_owned() }),
            Err(error) => {
                let good = &error.as_bytes()[..error.utf8_error().valid_up_to()];
                let line = good.iter().filter(|byte| **byte == b'\n').count() + 1;
                self.refused.push(Refused::new(&path, Some(line), words::NOT_UTF8));
            }
        }
    }
}
