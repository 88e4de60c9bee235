//! Separated values: `.csv` as spreadsheets of every country write it. The separator is found by what it makes of the first lines.

use super::table::{Content, Filling, Table};
use crate::imports::Wrong;
use crate::imports::columns::{Columns, Named};

const SEPARATORS: [u8; 4] = [b';', b',', b'\t', b'|'];

/// Titles may stand under a few lines of heading.
const LOOKED_AT: usize = 10;

/// Reads separated values; quotes may hold separators and line ends.
pub fn read(text: &str, columns: &Columns) -> Result<Table, Wrong> {
    let (said, text, before) = match text.get(..4).filter(|start| start.eq_ignore_ascii_case("sep=")) {
        // Spreadsheets write the separator on a line of its own.
        Some(_) => {
            let (first, rest) = text.split_once('\n').unwrap_or((text, ""));
            (first.as_bytes().get(4).copied(), rest, 1)
        }
        None => (None, text, 0),
    };
    let separator = said.filter(|byte| SEPARATORS.contains(byte)).unwrap_or_else(|| separator(text, columns));
    let mut filling = Filling::of(Table { widths: Some(Vec::new()), ..Table::default() });
    let mut records = reader(text, separator);
    let mut record = csv::StringRecord::new();
    // The line is counted from where the last record began: counting from the start each time would take for ever.
    let (mut at, mut line) = (0, 1 + before);
    while records.read_record(&mut record).map_err(|error| unreadable(&error, before))? {
        let from = record.position().map_or(at, |position| usize::try_from(position.byte()).unwrap_or(at));
        let skipped = text.as_bytes()[from..].iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        line += text.as_bytes()[at..from + skipped].iter().filter(|byte| **byte == b'\n').count() as u64;
        at = from + skipped;
        filling.push(line, record.iter().map(Content::text).collect(), Some(record.len()))?;
    }
    if filling.table.lines.is_empty() { Err(Wrong::file("le fichier est vide.")) } else { Ok(filling.table) }
}

fn unreadable(error: &csv::Error, before: u64) -> Wrong {
    let line = error.position().map_or(0, csv::Position::line) + before;
    Wrong::row(line, "cette ligne n’est pas lisible comme un tableau.")
}

fn reader(text: &str, separator: u8) -> csv::Reader<&[u8]> {
    csv::ReaderBuilder::new().delimiter(separator).has_headers(false).flexible(true).from_reader(text.as_bytes())
}

/// The separator that makes the most known titles of one of the first lines, then the most cells.
fn separator(text: &str, columns: &Columns) -> u8 {
    let score = |separator: &u8| {
        let lines = reader(text, *separator).into_records().take(LOOKED_AT).filter_map(Result::ok);
        let known = |line: &csv::StringRecord| line.iter().filter(|title| columns.named(title) != Named::Unknown).count();
        lines.map(|line| (known(&line), line.len())).max().unwrap_or_default()
    };
    // The first of equals: `max_by_key` would take the last.
    SEPARATORS.into_iter().rev().max_by_key(score).unwrap_or(b';')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::imports::columns::tests::columns;

    fn lines(text: &str) -> Vec<(u64, Vec<String>)> {
        let table = read(text, &columns()).unwrap();
        table.lines.into_iter().map(|line| (line.number, line.cells.iter().map(|cell| cell.shown().into_owned()).collect())).collect()
    }

    #[test]
    fn every_separator_is_found() {
        for text in [
            "Titre;E-mail de contact\nGérer, enfin;a@b.example\n",
            "title,contact.email\r\n\"Gérer, enfin\",a@b.example\r\n",
            "TITRE\tContact.email\nGérer, enfin\ta@b.example",
            "sep=;\nTitre;E-mail de contact\n\"Gérer, enfin\";a@b.example",
            "Export du 3 mars, 14 h\n\nTitre;E-mail de contact\nGérer, enfin;a@b.example",
        ] {
            let found = lines(text);
            assert_eq!(found.last().unwrap().1, ["Gérer, enfin", "a@b.example"], "{text}");
        }
    }

    #[test]
    fn lines_are_those_of_the_file() {
        let found = lines("sep=;\nTitre;Objectifs\n\"a\nb\";x\n;\n\nc;y");
        assert_eq!(found.iter().map(|(line, _)| *line).collect::<Vec<_>>(), [2, 3, 7]);
    }

    #[test]
    fn an_open_quote_is_told() {
        let text = format!("Titre;Objectifs\n\"a;b\n{}", "c;d\n".repeat(40_000));
        assert!(read(&text, &columns()).unwrap_err().message.contains("guillemet"));
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "[a;,\t|\"'=\n\r éT]{0,200}") {
            drop(read(&text, &columns()));
        }
    }
}
