//! Files read in: every row is checked before the first is written, and all are written or none.
//!
//! [`text`] finds the encoding, [`sheet`] the rows of a table, [`lines`] those of a JSONL file; a slice's own module
//! ([`actions`]) makes records of them. A spreadsheet joins in by giving a [`sheet::Sheet`]; a page, by giving bytes.

pub mod actions;
pub mod columns;
pub mod lines;
pub mod sheet;
pub mod text;

use serde_json::{Map, Value};

/// A record as a file gives it.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// Its line in the file, from 1.
    pub line: u64,
    pub given: Map<String, Value>,
}

/// What is wrong with a file, at one place of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrong {
    /// None: the file as a whole.
    pub line: Option<u64>,
    /// The header or the field.
    pub column: Option<String>,
    /// What stands there.
    pub value: Option<String>,
    pub message: String,
}

impl Wrong {
    pub fn file(message: impl Into<String>) -> Self {
        Self { line: None, column: None, value: None, message: message.into() }
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
}

/// The formats that are read, by the end of a file's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    Table,
    Lines,
}

impl Format {
    pub fn of(name: &str) -> Result<Self, Wrong> {
        match name.rsplit_once('.').map(|(_, end)| end.to_ascii_lowercase()).as_deref() {
            Some("csv" | "tsv" | "txt") => Ok(Self::Table),
            Some("jsonl" | "ndjson") => Ok(Self::Lines),
            _ => Err(Wrong::file("ce format n’est pas lu : donnez un fichier .csv ou .jsonl.")),
        }
    }
}

/// The records of a file, its columns named by `columns`.
pub fn rows(name: &str, bytes: &[u8], columns: &columns::Columns) -> Result<Vec<Row>, Vec<Wrong>> {
    let format = Format::of(name).map_err(|wrong| vec![wrong])?;
    let text = text::decoded(bytes).map_err(|wrong| vec![wrong])?;
    let rows = match format {
        Format::Table => sheet::Sheet::read(&text, columns)?.rows(columns)?,
        Format::Lines => lines::rows(&text)?,
    };
    if rows.is_empty() { Err(vec![Wrong::file("le fichier ne contient aucune ligne de données.")]) } else { Ok(rows) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mistakes_say_where_and_quote() {
        let wrong = Wrong::cell(12, "Premier jour", Some("31/02/2026".into()), "« 31/02/2026 » n’est pas une date.");
        assert_eq!(wrong.told("a.csv"), "a.csv, ligne 12, colonne «\u{a0}Premier jour\u{a0}»\u{a0}: « 31/02/2026 » n’est pas une date.");
        let wrong = Wrong::cell(2, "Titre", Some("x".repeat(80)), "Trop long.");
        assert_eq!(wrong.told("a.csv"), format!("a.csv, ligne 2, colonne «\u{a0}Titre\u{a0}»\u{a0}: Trop long. («\u{a0}{}\u{a0}»)", "x".repeat(60)));
    }

    #[test]
    fn formats_go_by_name() {
        assert_eq!((Format::of("a.CSV"), Format::of("b.jsonl")), (Ok(Format::Table), Ok(Format::Lines)));
        assert!(Format::of("a.xls").is_err() && Format::of("csv").is_err());
    }
}
