//! Files as they come: what a file is goes by what it holds, whatever its name says.
//!
//! [`text`] finds the encoding, [`separated`] reads `.csv`, [`lines`] `.jsonl`, [`workbook`] `.xlsx`, [`document`] `.ods`; [`archive`]
//! looks into the last two before anything unpacks them.

pub mod archive;
pub mod document;
pub mod lines;
pub mod separated;
pub mod table;
pub mod text;
pub mod workbook;

use super::Wrong;
use super::columns::Columns;
use crate::db::types::text_enum;
use table::Table;

text_enum! {
    /// The formats that are written, and read back.
    pub enum Format {
        Csv = "csv" | "CSV",
        Xlsx = "xlsx" | "Excel",
        Ods = "ods" | "LibreOffice",
        Jsonl = "jsonl" | "JSON Lines",
    }
}

impl Format {
    pub fn mime(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8",
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            Self::Ods => "application/vnd.oasis.opendocument.spreadsheet",
            Self::Jsonl => "application/jsonl; charset=utf-8",
        }
    }

    /// The format of a file's name.
    pub fn of_name(name: &str) -> Option<Self> {
        name.rsplit_once('.').and_then(|(_, end)| Self::parse(&end.to_ascii_lowercase()))
    }

    /// What a file holds, by its first bytes.
    pub fn of(bytes: &[u8]) -> Result<Self, Wrong> {
        const ENCRYPTED: &[u8] = b"E\0n\0c\0r\0y\0p\0t\0e\0d\0P\0a\0c\0k\0a\0g\0e\0";
        if bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"PK\x05\x06") {
            return archive::format(bytes);
        }
        if bytes.starts_with(b"\xd0\xcf\x11\xe0") {
            return Err(Wrong::file(match bytes.windows(ENCRYPTED.len()).any(|window| window == ENCRYPTED) {
                true => "ce classeur est protégé par un mot de passe. Enregistrez-le sans mot de passe, puis recommencez.",
                false => "c’est un classeur d’un ancien Excel (.xls). Enregistrez-le au format .xlsx, puis recommencez.",
            }));
        }
        if bytes.starts_with(b"%PDF") {
            return Err(Wrong::file("c’est un PDF. Donnez le tableau d’où il vient : .xlsx, .ods ou .csv."));
        }
        let start: &[u8] = &bytes[..bytes.len().min(1024)];
        let start = start.strip_prefix(b"\xef\xbb\xbf").unwrap_or(start).trim_ascii_start();
        match start.first() {
            Some(b'{') => Ok(Self::Jsonl),
            Some(b'[') if start[1..].trim_ascii_start().starts_with(b"{") => {
                Err(Wrong::file("c’est une liste JSON. Donnez un objet par ligne, sans crochets ni virgules autour."))
            }
            Some(b'<') => Err(Wrong::file("c’est une page web ou du XML. Enregistrez le tableau au format .xlsx, .ods ou .csv.")),
            _ => Ok(Self::Csv),
        }
    }
}

/// A file, read as far as it goes without knowing what it is about.
#[derive(Debug)]
pub enum File {
    Table(Table),
    /// Its text: one JSON object a line, read when their turn comes.
    Lines(String),
}

impl File {
    /// Reads a file; `columns` help to find the separator of a `.csv`.
    pub fn read(bytes: &[u8], columns: &Columns) -> Result<Self, Vec<Wrong>> {
        let one = |wrong: Wrong| vec![wrong];
        match Format::of(bytes).map_err(one)? {
            Format::Csv => Ok(Self::Table(separated::read(&text::decoded(bytes).map_err(one)?, columns).map_err(one)?)),
            Format::Jsonl => Ok(Self::Lines(text::decoded(bytes).map_err(one)?.into_owned())),
            Format::Xlsx => Ok(Self::Table(workbook::read(bytes).map_err(one)?)),
            Format::Ods => Ok(Self::Table(document::read(bytes).map_err(one)?)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_what_it_holds() {
        for (bytes, format) in [(b"title;summary\n".as_slice(), Format::Csv), (b"\xef\xbb\xbf \n{\"title\": 1}", Format::Jsonl), (b"", Format::Csv)] {
            assert_eq!(Format::of(bytes), Ok(format));
        }
        for (bytes, says) in [
            (b"\xd0\xcf\x11\xe0 abc".as_slice(), ".xls"),
            (b"\xd0\xcf\x11\xe0 E\0n\0c\0r\0y\0p\0t\0e\0d\0P\0a\0c\0k\0a\0g\0e\0", "mot de passe"),
            (b"%PDF-1.7", "PDF"),
            (b" [ {\"title\": 1}]", "un objet par ligne"),
            (b"<html><table>", "page web"),
            (b"PK\x03\x04 and then nothing", "abîmé"),
        ] {
            assert!(Format::of(bytes).unwrap_err().message.contains(says), "{says}");
        }
        assert_eq!((Format::of_name("a.b.XLSX"), Format::of_name("csv")), (Some(Format::Xlsx), None));
    }
}
