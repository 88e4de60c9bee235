//! What is written is read back: every format, any text.

use std::io::{Read, Seek};

use super::*;
use crate::imports::columns::guard::unguarded;
use crate::imports::columns::tests::columns;
use crate::imports::files;
use crate::kernel::Day;

const TABLES: [Format; 3] = [Format::Csv, Format::Xlsx, Format::Ods];

fn written(format: Format, lines: &[Vec<Content>]) -> Vec<u8> {
    let mut file = tempfile::tempfile().unwrap();
    let titles: Vec<String> = ["Titre", "Objectifs", "Premier jour", "4", "5", "6"].map(str::to_owned).to_vec();
    let mut sheet = sheet(format, file.try_clone().unwrap(), "Actions collectives", &titles).unwrap();
    lines.iter().for_each(|line| sheet.line(line).unwrap());
    sheet.finish().unwrap();
    let mut bytes = Vec::new();
    file.rewind().unwrap();
    file.read_to_end(&mut bytes).unwrap();
    bytes
}

/// The cells of the lines, titles included, as a column reads them.
fn read(bytes: &[u8]) -> Vec<Vec<String>> {
    let files::File::Table(table) = files::File::read(bytes, &columns()).unwrap() else { panic!("no table") };
    let cell = |cell: &Content| unguarded(&cell.shown()).to_owned();
    table.lines.iter().map(|line| line.cells.iter().map(cell).collect()).collect()
}

#[test]
fn every_table_is_read_back() {
    let day = Content::day(Day::new(2026, 3, 3).unwrap());
    for format in TABLES {
        let bytes = written(format, &[vec![Content::text("Gérer l’argent"), Content::Empty, day.clone()], vec![Content::text("a;b\n\"c\"")]]);
        assert_eq!(Format::of(&bytes), Ok(format));
        let lines = read(&bytes);
        assert_eq!(lines[1], ["Gérer l’argent", "", "03/03/2026"], "{format}");
        assert_eq!(lines[2][0], "a;b\n\"c\"", "{format}");
    }
}

#[test]
fn no_cell_begins_a_formula() {
    for format in TABLES {
        let bytes = written(format, &[["=1+1", "+33 5", "@x"].map(Content::text).to_vec(), ["-", "'=1", "\t=1"].map(Content::text).to_vec()]);
        let files::File::Table(table) = files::File::read(&bytes, &columns()).unwrap() else { panic!("no table") };
        for cell in table.lines.iter().flat_map(|line| &line.cells) {
            assert!(!cell.shown().starts_with(['=', '+', '-', '@', '\t']), "{format}: {cell:?}");
        }
        assert_eq!(read(&bytes)[1], ["=1+1", "+33 5", "@x"]);
    }
}

#[test]
fn a_csv_opens_rightly_in_a_french_excel() {
    let bytes = written(Format::Csv, &[vec![Content::text("Été"), Content::Number(1234.5)]]);
    assert_eq!(String::from_utf8(bytes).unwrap(), "\u{feff}Titre;Objectifs;Premier jour;4;5;6\r\nÉté;1234,5\r\n");
}

#[test]
fn long_texts_go_on_in_another_column() {
    let long = format!("{}{}", "mot à mot ".repeat(3_199), "é".repeat(9_000));
    let (start, rest) = split(&Content::text(long.as_str()));
    assert!(start.shown().encode_utf16().count() <= LONGEST);
    assert_eq!(format!("{}{}", start.shown(), rest.shown()), long);
    assert_eq!(split(&Content::text("court")), (Content::text("court"), Content::Empty));
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(48))]

    #[test]
    fn any_text_is_read_back(texts in proptest::collection::vec("[ -~éœ’\u{a0}\u{202f}\u{ffff}\n\t_x0-9=+@;,\"'<>&]{0,24}", 1..6)) {
        let texts: Vec<String> = texts.iter().map(|text| crate::kernel::text::clean(&text.replace('\u{ffff}', ""))).collect();
        for format in TABLES {
            let line = std::iter::once(Content::text("x")).chain(texts.iter().map(|text| Content::text(text.as_str()))).collect();
            let lines = read(&written(format, &[line]));
            let found: Vec<String> = lines[1].iter().skip(1).cloned().chain(std::iter::repeat(String::new())).take(texts.len()).collect();
            proptest::prop_assert_eq!(&found, &texts, "{}", format);
        }
    }

    #[test]
    fn any_day_is_read_back(days in 0i64..109_000) {
        let day = Day::new(1900, 1, 1).unwrap().plus(days);
        for format in TABLES {
            let lines = read(&written(format, &[vec![Content::text("x"), Content::day(day)]]));
            proptest::prop_assert_eq!(&lines[1][1], &day.in_figures(), "{}", format);
        }
    }
}
