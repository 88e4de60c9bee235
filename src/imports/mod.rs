//! Files read in and written out: every row is checked before the first is written, and all are written or none.
//!
//! ```text
//! files      what a file is, and its cells: text, table, line          limits
//! columns    one description a kind: which title, how a cell is read and written
//! layout     where the titles are, which column is what                source   the rows of a file
//! kinds      what a row of each kind means: checked, written, undone, exported
//! checking   every row, nothing written           writing   the same again, in one transaction
//! data_inclusion  the national schema, read as partners and written from them
//! exports    records as .csv, .xlsx, .ods, .jsonl
//! model      the life of an import on the page    service, store, worker, pages
//! ```
//!
//! A kind joins by a file in [`kinds`]; `docs/architecture.md` tells how.

pub mod checking;
pub mod columns;
pub mod data_inclusion;
pub mod exports;
pub mod files;
pub mod kinds;
pub mod layout;
pub mod limits;
pub mod model;
pub mod pages;
pub mod service;
pub mod shelf;
pub mod source;
mod store;
pub mod undoing;
pub mod worker;
pub mod writing;

use serde::{Deserialize, Serialize};

/// What is wrong with a file, at one place of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wrong {
    /// None: the file as a whole.
    pub line: Option<u64>,
    /// The title in the file, or the field.
    pub column: Option<String>,
    /// The place of that column in the file.
    pub place: Option<usize>,
    /// What stands there.
    pub value: Option<String>,
    pub message: String,
}

impl Wrong {
    pub fn file(message: impl Into<String>) -> Self {
        Self { message: message.into(), ..Self::default() }
    }

    pub fn row(line: u64, message: impl Into<String>) -> Self {
        Self { line: Some(line), ..Self::file(message) }
    }

    pub fn cell(line: u64, column: &str, value: Option<String>, message: impl Into<String>) -> Self {
        Self { column: Some(column.to_owned()), value, ..Self::row(line, message) }
    }

    /// `actions.csv, ligne 12, colonne « Premier jour » : « 31/02/2026 » n’est pas une date…`
    pub fn told(&self, file: &str) -> String {
        let line = self.line.map(|line| format!(", ligne {line}")).unwrap_or_default();
        let column = self.column.as_deref().map(|column| format!(", colonne «\u{a0}{column}\u{a0}»")).unwrap_or_default();
        let value: String = self.value.as_deref().unwrap_or_default().chars().take(60).collect();
        // Most messages quote the value themselves.
        let says = self.message.contains(&format!("«\u{a0}{value}")) || self.message.contains(&format!("« {value}"));
        let quoted = if value.is_empty() || says { String::new() } else { format!(" («\u{a0}{value}\u{a0}»)") };
        format!("{file}{line}{column}\u{a0}: {}{quoted}", self.message)
    }

    /// The message as a sentence.
    pub fn sentence(&self) -> String {
        let mut letters = self.message.chars();
        letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mistakes_say_where_and_quote() {
        let wrong = Wrong::cell(12, "Premier jour", Some("31/02/2026".into()), "« 31/02/2026 » n’est pas une date.");
        assert_eq!(wrong.told("a.csv"), "a.csv, ligne 12, colonne «\u{a0}Premier jour\u{a0}»\u{a0}: « 31/02/2026 » n’est pas une date.");
        let wrong = Wrong::cell(2, "Titre", Some("x".repeat(80)), "trop long.");
        assert_eq!(wrong.told("a.csv"), format!("a.csv, ligne 2, colonne «\u{a0}Titre\u{a0}»\u{a0}: trop long. («\u{a0}{}\u{a0}»)", "x".repeat(60)));
        assert_eq!(wrong.sentence(), "Trop long.");
    }
}
