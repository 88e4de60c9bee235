//! What a document is, and which files may be one: the name and the bytes must agree.

use crate::db::types::text_enum;
use crate::kernel::Moment;
use crate::kernel::ids::{AccountId, DocumentId};
use crate::kernel::text::slug;

/// The largest file, and the most files, of a record.
pub const LARGEST: usize = 20 * 1024 * 1024;
pub const MOST: i64 = 50;

text_enum! {
    /// What a file is; its code is its media type.
    pub enum Kind {
        Pdf = "application/pdf" | "PDF",
        Docx = "application/vnd.openxmlformats-officedocument.wordprocessingml.document" | "Word",
        Odt = "application/vnd.oasis.opendocument.text" | "LibreOffice",
        Png = "image/png" | "Image PNG",
        Jpeg = "image/jpeg" | "Image JPEG",
    }
}

text_enum! {
    /// What a document is to its record.
    pub enum Purpose {
        Attachment = "attachment" | "Document joint",
        /// What was signed: a PDF, which is never removed.
        Signed = "signed" | "Fichier signé",
    }
}

text_enum! {
    /// Whether its text was read, or why not.
    pub enum Reading {
        Read = "read" | "Son texte se trouve par la recherche",
        Cut = "cut" | "Une partie de son texte se trouve par la recherche",
        Empty = "empty" | "Sans texte : c’est sans doute une image numérisée",
        Unreadable = "unreadable" | "Son texte n’a pas pu être lu",
        NotRead = "not_read" | "Son texte n’est pas lu : seul celui des PDF l’est",
    }
}

/// A document, without its text.
#[derive(Clone, Debug, PartialEq)]
pub struct Document {
    pub id: DocumentId,
    /// The record that it belongs to, as the journal names it.
    pub record_kind: String,
    pub record_id: String,
    pub purpose: Purpose,
    /// As it was given.
    pub name: String,
    pub kind: Kind,
    pub size: i32,
    pub sha256: String,
    pub reading: Reading,
    pub added_at: Moment,
    pub added_by_id: Option<AccountId>,
    pub added_by: String,
}

impl Kind {
    fn extensions(self) -> &'static [&'static str] {
        match self {
            Self::Pdf => &["pdf"],
            Self::Docx => &["docx"],
            Self::Odt => &["odt"],
            Self::Png => &["png"],
            Self::Jpeg => &["jpg", "jpeg"],
        }
    }

    /// Do the bytes begin, or hold, what this kind of file does?
    fn is_of(self, bytes: &[u8]) -> bool {
        let holds = |part: &[u8]| bytes.windows(part.len()).any(|window| window == part);
        match self {
            // Some programs write a line before it.
            Self::Pdf => bytes[..bytes.len().min(1024)].windows(5).any(|window| window == b"%PDF-"),
            Self::Docx => bytes.starts_with(b"PK\x03\x04") && holds(b"word/document.xml"),
            Self::Odt => {
                bytes.starts_with(b"PK\x03\x04")
                    && bytes.get(30..).is_some_and(|rest| rest.starts_with(b"mimetypeapplication/vnd.oasis.opendocument.text"))
            }
            Self::Png => bytes.starts_with(b"\x89PNG\r\n\x1a\n"),
            Self::Jpeg => bytes.starts_with(b"\xff\xd8\xff"),
        }
    }
}

impl Purpose {
    fn kinds(self) -> &'static [Kind] {
        match self {
            Self::Attachment => Kind::ALL,
            Self::Signed => &[Kind::Pdf],
        }
    }

    /// What may be given, for `accept` and the hint beside it.
    pub fn extensions(self) -> Vec<String> {
        self.kinds().iter().flat_map(|kind| kind.extensions()).map(|extension| format!(".{extension}")).collect()
    }
}

/// What a file is, by its name and its bytes; otherwise why it is refused.
pub fn recognise(name: &str, bytes: &[u8], purpose: Purpose) -> Result<Kind, String> {
    if bytes.len() > LARGEST {
        return Err(too_large(name));
    }
    if bytes.is_empty() {
        return Err(format!("« {name} » est vide."));
    }
    let extension = name.rsplit_once('.').map(|(_, extension)| extension.to_lowercase()).unwrap_or_default();
    let kind = purpose.kinds().iter().find(|kind| kind.extensions().contains(&extension.as_str()));
    let Some(kind) = kind else {
        return Err(match purpose {
            Purpose::Signed => format!("« {name} » n’est pas un PDF. Le fichier signé est un PDF : numérisez-le, ou enregistrez-le en PDF."),
            Purpose::Attachment => {
                format!("« {name} » n’est pas d’un format accepté : donnez un PDF, un texte (.docx, .odt) ou une image (.png, .jpg).")
            }
        });
    };
    if kind.is_of(bytes) {
        Ok(*kind)
    } else {
        Err(format!("« {name} » n’est pas ce que dit son nom : son contenu n’est pas celui d’un fichier .{extension}."))
    }
}

pub fn too_large(name: &str) -> String {
    format!(
        "« {name} » pèse plus de {}\u{a0}Mo. Donnez-en une version plus légère (une numérisation en noir et blanc, par exemple).",
        LARGEST / 1024 / 1024
    )
}

/// A size as people say it: « 1,2 Mo ».
pub fn told_size(bytes: i32) -> String {
    match bytes {
        ..1_000 => format!("{bytes}\u{a0}octets"),
        1_000..1_000_000 => format!("{}\u{a0}ko", bytes / 1_000),
        _ => format!("{}\u{a0}Mo", format!("{:.1}", f64::from(bytes) / 1e6).replace('.', ",")),
    }
}

/// The name of a document in its address: letters, digits and hyphens.
pub fn address_name(name: &str, kind: Kind) -> String {
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    format!("{}.{}", slug(stem), kind.extensions()[0])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn name_and_bytes_must_agree() {
        let docx = b"PK\x03\x04 ... word/document.xml ...";
        let odt = [b"PK\x03\x04".as_slice(), &[0; 26], b"mimetypeapplication/vnd.oasis.opendocument.textPK"].concat();
        let ods = [b"PK\x03\x04".as_slice(), &[0; 26], b"mimetypeapplication/vnd.oasis.opendocument.spreadsheetPK"].concat();
        let cases: [(&str, &[u8], Option<Kind>, Option<Kind>); 14] = [
            ("a.pdf", b"%PDF-1.7\n", Some(Kind::Pdf), Some(Kind::Pdf)),
            ("A.PDF", b"\n%PDF-1.7\n", Some(Kind::Pdf), Some(Kind::Pdf)),
            ("a.pdf", b"MZ\x90\x00", None, None),
            ("a.exe", b"%PDF-1.7\n", None, None),
            ("pdf", b"%PDF-1.7\n", None, None),
            ("a.docx", docx, Some(Kind::Docx), None),
            ("a.docx", b"PK\x03\x04 xl/workbook.xml", None, None),
            ("a.odt", &odt, Some(Kind::Odt), None),
            ("a.odt", &ods, None, None),
            ("a.png", b"\x89PNG\r\n\x1a\n", Some(Kind::Png), None),
            ("a.jpeg", b"\xff\xd8\xff\xe0", Some(Kind::Jpeg), None),
            ("a.jpg", b"\x89PNG\r\n\x1a\n", None, None),
            ("a.svg", b"<svg/>", None, None),
            ("a.pdf", b"", None, None),
        ];
        for (name, bytes, attached, signed) in cases {
            assert_eq!(recognise(name, bytes, Purpose::Attachment).ok(), attached, "{name}");
            assert_eq!(recognise(name, bytes, Purpose::Signed).ok(), signed, "{name}");
        }
        let large = [b"%PDF-1.7\n".as_slice(), &vec![0; LARGEST]].concat();
        assert!(recognise("a.pdf", &large, Purpose::Signed).unwrap_err().contains("20\u{a0}Mo"));
    }

    #[test]
    fn sizes_are_told() {
        assert_eq!([900, 12_345, 1_250_000].map(told_size), ["900\u{a0}octets", "12\u{a0}ko", "1,2\u{a0}Mo"]);
    }

    #[test]
    fn addresses_hold_no_accent() {
        assert_eq!(address_name("Convention CAF signée.PDF", Kind::Pdf), "convention-caf-signee.pdf");
        assert_eq!(address_name(".pdf", Kind::Pdf), "sans-titre.pdf");
    }
}
