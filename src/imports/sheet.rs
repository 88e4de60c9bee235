//! A table: headers, then rows of cells. Read here from text whose separator is found by what it makes of the headers.

use serde_json::Map;

use super::columns::{Columns, Named};
use super::{Row, Wrong};

/// A table as a file or a spreadsheet gives it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sheet {
    pub headers: Vec<String>,
    /// The line of each row, and its cells.
    pub rows: Vec<(u64, Vec<String>)>,
}

const SEPARATORS: [u8; 4] = [b';', b',', b'\t', b'|'];

impl Sheet {
    /// Reads separated values; quotes may hold separators and line ends.
    pub fn read(text: &str, columns: &Columns) -> Result<Self, Vec<Wrong>> {
        let (said, text, before) = match text.get(..4).filter(|start| start.eq_ignore_ascii_case("sep=")) {
            // Spreadsheets write the separator on a line of its own.
            Some(_) => {
                let (first, rest) = text.split_once('\n').unwrap_or((text, ""));
                (first.as_bytes().get(4).copied(), rest, 1)
            }
            None => (None, text, 0),
        };
        let separator = said.filter(|byte| SEPARATORS.contains(byte)).unwrap_or_else(|| separator(text, columns));
        let mut records = reader(text, separator).into_records();
        let cells = |record: &csv::StringRecord| record.iter().map(ToOwned::to_owned).collect::<Vec<_>>();
        let unreadable = |error: csv::Error| {
            let line = error.position().map_or(0, csv::Position::line) + before;
            vec![Wrong::row(line, "cette ligne n’est pas lisible comme un tableau.")]
        };
        let headers = match records.next() {
            Some(record) => cells(&record.map_err(unreadable)?),
            None => return Err(vec![Wrong::file("le fichier est vide.")]),
        };
        let mut rows = Vec::new();
        for record in records {
            let record = record.map_err(unreadable)?;
            if record.iter().any(|cell| !cell.trim().is_empty()) {
                rows.push((record.position().map_or(0, |position| line_of(text, position)) + before, cells(&record)));
            }
        }
        Ok(Self { headers, rows })
    }

    /// The records of the table, or every header and row that is wrong.
    pub fn rows(self, columns: &Columns) -> Result<Vec<Row>, Vec<Wrong>> {
        let mut wrongs = Vec::new();
        let mut named: Vec<Option<usize>> = Vec::new();
        for (place, header) in self.headers.iter().enumerate() {
            named.push(match columns.named(header) {
                Named::Column(column) if named.contains(&Some(column)) => {
                    wrongs.push(Wrong::cell(1, header, None, "cette colonne est deux fois dans le fichier."));
                    None
                }
                Named::Column(column) => Some(column),
                Named::Ignored => None,
                Named::Unknown if header.trim().is_empty() => {
                    let filled = self.rows.iter().find(|(_, cells)| cells.get(place).is_some_and(|cell| !cell.trim().is_empty()));
                    if let Some((line, cells)) = filled {
                        wrongs
                            .push(Wrong { value: cells.get(place).cloned(), ..Wrong::row(*line, "cette cellule est dans une colonne sans titre.") });
                    }
                    None
                }
                Named::Unknown => {
                    let message = "ce titre de colonne n’est pas connu : utilisez le nom d’un champ, ou son nom français dans les formulaires.";
                    wrongs.push(Wrong::cell(1, header, None, message));
                    None
                }
            });
        }
        let mut rows = Vec::new();
        for (line, cells) in self.rows {
            if cells.len() != self.headers.len() {
                let message = format!(
                    "{} cellules sont attendues, {} s’y trouvent : un guillemet ou un séparateur est peut-être mal placé.",
                    self.headers.len(),
                    cells.len()
                );
                wrongs.push(Wrong::row(line, message));
                continue;
            }
            let mut given = Map::new();
            for (cell, column) in cells.iter().zip(&named) {
                if let Some(column) = column.and_then(|place| columns.columns.get(place)) {
                    column.put(&mut given, column.value(cell));
                }
            }
            rows.push(Row { line, given });
        }
        if wrongs.is_empty() { Ok(rows) } else { Err(wrongs) }
    }
}

/// The line where a record begins: the reader's own position is before the empty lines that it skips.
fn line_of(text: &str, position: &csv::Position) -> u64 {
    let from = usize::try_from(position.byte()).unwrap_or(usize::MAX);
    let skipped = text.as_bytes().get(from..).unwrap_or_default().iter().take_while(|byte| matches!(byte, b'\r' | b'\n'));
    position.line() + skipped.filter(|byte| **byte == b'\n').count() as u64
}

fn reader(text: &str, separator: u8) -> csv::Reader<&[u8]> {
    csv::ReaderBuilder::new().delimiter(separator).has_headers(false).flexible(true).from_reader(text.as_bytes())
}

/// The separator that makes the most known headers of the first line, then the most cells.
fn separator(text: &str, columns: &Columns) -> u8 {
    let score = |separator: &u8| {
        let headers = reader(text, *separator).into_records().next().and_then(Result::ok).unwrap_or_default();
        let known = headers.iter().filter(|header| columns.named(header) != Named::Unknown).count();
        (known, headers.len())
    };
    // The first of equals: `max_by_key` would take the last.
    SEPARATORS.into_iter().rev().max_by_key(score).unwrap_or(b';')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::imports::columns::tests::columns;
    use serde_json::json;

    fn read(text: &str) -> Result<Vec<Row>, Vec<Wrong>> {
        let columns = columns();
        Sheet::read(text, &columns)?.rows(&columns)
    }

    #[test]
    fn every_separator_is_found() {
        let expected = json!({"title": "Gérer, enfin", "contact": {"email": "a@b.example"}});
        for text in [
            "Titre;E-mail de contact\nGérer, enfin;a@b.example\n",
            "title,contact.email\r\n\"Gérer, enfin\",a@b.example\r\n",
            "TITRE\tContact.email\nGérer, enfin\ta@b.example",
            "sep=;\nTitre;E-mail de contact;id\n\"Gérer, enfin\";a@b.example;12",
        ] {
            let rows = read(text).unwrap();
            assert_eq!(rows.len(), 1);
            assert_eq!(serde_json::Value::Object(rows[0].given.clone()), expected, "{text}");
        }
    }

    #[test]
    fn lines_are_those_of_the_file() {
        let rows = read("sep=;\nTitre;Objectifs\n\"a\nb\";x\n;\n\nc;y").unwrap();
        assert_eq!(rows.iter().map(|row| row.line).collect::<Vec<_>>(), [3, 7]);
    }

    #[test]
    fn every_bad_header_and_row_is_told() {
        let wrongs = read("Titre;Couleur;titre;\na;b;c;d\ne;f\n").unwrap_err();
        let told: Vec<String> = wrongs.iter().map(|wrong| wrong.told("a.csv").replace('\u{a0}', " ")).collect();
        assert!(told[0].starts_with("a.csv, ligne 1, colonne « Couleur » : ce titre de colonne"), "{told:?}");
        assert!(told[1].starts_with("a.csv, ligne 1, colonne « titre » : cette colonne est deux fois"));
        assert!(told[2].starts_with("a.csv, ligne 2 : cette cellule est dans une colonne sans titre. (« d »)"));
        assert!(told[3].starts_with("a.csv, ligne 3 : 4 cellules sont attendues, 2 s’y trouvent"));
    }
}
