//! The text of the house, for tests that read it.

use std::path::{Path, PathBuf};

/// A file of ours, its path from the root of the repository.
pub struct Source {
    pub path: String,
    pub text: String,
}

impl Source {
    pub fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        self.text.lines().enumerate().map(|(place, line)| (place + 1, line))
    }
}

pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every file under a folder whose name ends like this, in order.
pub fn files(folder: &str, ending: &str) -> Vec<Source> {
    let mut paths = Vec::new();
    walk(&root().join(folder), &mut paths);
    paths.sort();
    let ours = paths.into_iter().filter(|path| path.to_string_lossy().ends_with(ending));
    ours.map(|path| Source {
        text: std::fs::read_to_string(&path).expect("a text file"),
        path: path.strip_prefix(root()).expect("a path of ours").to_string_lossy().into_owned(),
    })
    .collect()
}

fn walk(folder: &Path, paths: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        match entry.file_type().expect("a kind").is_dir() {
            true if entry.file_name() == "node_modules" => {}
            true => walk(&entry.path(), paths),
            false => paths.push(entry.path()),
        }
    }
}

/// Does the text name this word, not as a part of another?
pub fn names(text: &str, word: &str) -> bool {
    let is_part = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
    text.match_indices(word).any(|(at, _)| !is_part(text[..at].chars().next_back()) && !is_part(text[at + word.len()..].chars().next()))
}

/// The crates, or the modules of `crate::`, that a line of Rust names before a double colon or at the end of a `use`.
pub fn uses(line: &str, crate_name: &str) -> bool {
    let code = line.split("//").next().unwrap_or_default();
    names(code, crate_name) && (code.contains(&format!("{crate_name}::")) || code.trim_start().starts_with("use "))
}

/// Fails with every offence at once.
#[track_caller]
pub fn none(offences: Vec<String>, rule: &str) {
    assert!(offences.is_empty(), "{rule}:\n  {}", offences.join("\n  "));
}
