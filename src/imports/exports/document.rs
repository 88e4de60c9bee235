//! `.ods`, written as it is packed: four small parts, of which the cells are the only one that grows.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{BufWriter, Write};

use chrono::NaiveTime;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::Sheet;
use crate::imports::columns::guard::guarded;
use crate::imports::files::table::Content;

const MANIFEST: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0" manifest:version="1.2"><manifest:file-entry manifest:full-path="/" manifest:version="1.2" manifest:media-type="application/vnd.oasis.opendocument.spreadsheet"/><manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/></manifest:manifest>"#;

/// The start of the cells: how titles and days look.
const HEAD: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" xmlns:style="urn:oasis:names:tc:opendocument:xmlns:style:1.0" xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" xmlns:fo="urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0" xmlns:number="urn:oasis:names:tc:opendocument:xmlns:datastyle:1.0" office:version="1.2"><office:automatic-styles><style:style style:name="co1" style:family="table-column"><style:table-column-properties style:column-width="5cm"/></style:style><number:date-style style:name="D1" number:automatic-order="true"><number:day number:style="long"/><number:text>/</number:text><number:month number:style="long"/><number:text>/</number:text><number:year number:style="long"/></number:date-style><style:style style:name="title" style:family="table-cell"><style:text-properties fo:font-weight="bold"/></style:style><style:style style:name="day" style:family="table-cell" style:data-style-name="D1"/></office:automatic-styles><office:body><office:spreadsheet>"#;

const TAIL: &str = "</table:table></office:spreadsheet></office:body></office:document-content>";

pub struct Document {
    packed: ZipWriter<BufWriter<File>>,
    line: String,
}

impl Document {
    pub fn new(file: File, name: &str, titles: &[String]) -> std::io::Result<Self> {
        let mut packed = ZipWriter::new(BufWriter::new(file));
        // The first part tells what the file is, and stands as it is.
        packed.start_file("mimetype", SimpleFileOptions::default().compression_method(CompressionMethod::Stored))?;
        packed.write_all(b"application/vnd.oasis.opendocument.spreadsheet")?;
        packed.start_file("META-INF/manifest.xml", SimpleFileOptions::default())?;
        packed.write_all(MANIFEST.as_bytes())?;
        packed.start_file("content.xml", SimpleFileOptions::default().large_file(true))?;
        packed.write_all(HEAD.as_bytes())?;
        let mut document = Self { packed, line: String::new() };
        let mut name_of = String::new();
        escape(&mut name_of, name);
        write!(
            document.packed,
            "<table:table table:name=\"{name_of}\"><table:table-column table:style-name=\"co1\" table:number-columns-repeated=\"{}\"/>",
            titles.len().max(1)
        )?;
        let titles: Vec<Content> = titles.iter().map(|title| Content::text(title.as_str())).collect();
        document.cells(&titles, " table:style-name=\"title\"")?;
        Ok(document)
    }

    fn cells(&mut self, cells: &[Content], style: &str) -> std::io::Result<()> {
        self.line.clear();
        self.line.push_str("<table:table-row>");
        for cell in cells {
            let shown = cell.shown();
            let (attributes, text) = match cell {
                Content::Empty => {
                    self.line.push_str("<table:table-cell/>");
                    continue;
                }
                Content::Number(number) => (format!(" office:value-type=\"float\" office:value=\"{number}\""), shown),
                Content::Yes(yes) => (format!(" office:value-type=\"boolean\" office:boolean-value=\"{yes}\""), shown),
                Content::At(at) if at.time() == NaiveTime::MIN => {
                    (format!(" table:style-name=\"day\" office:value-type=\"date\" office:date-value=\"{}\"", at.date()), shown)
                }
                _ => (" office:value-type=\"string\"".to_owned(), guarded(&shown).into_owned().into()),
            };
            self.line.push_str("<table:table-cell");
            self.line.push_str(style);
            self.line.push_str(&attributes);
            self.line.push('>');
            for paragraph in text.split('\n') {
                self.line.push_str("<text:p>");
                escape(&mut self.line, paragraph);
                self.line.push_str("</text:p>");
            }
            self.line.push_str("</table:table-cell>");
        }
        self.line.push_str("</table:table-row>");
        self.packed.write_all(self.line.as_bytes())
    }
}

/// Text as XML holds it: spaces that follow one another would be read as one, and some characters have no place at all.
fn escape(to: &mut String, text: &str) {
    let mut spaces = 0;
    for (place, c) in text.chars().enumerate() {
        if c == ' ' && (spaces > 0 || place == 0) {
            to.push_str("<text:s/>");
        } else {
            match c {
                '&' => to.push_str("&amp;"),
                '<' => to.push_str("&lt;"),
                '>' => to.push_str("&gt;"),
                '"' => to.push_str("&quot;"),
                '\t' => to.push_str("<text:tab/>"),
                c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => {}
                c => to.push(c),
            }
        }
        spaces = if c == ' ' { spaces + 1 } else { 0 };
    }
    // A space that ends a paragraph is lost as well.
    if to.ends_with(' ') {
        to.pop();
        to.write_str("<text:s/>").unwrap_or_default();
    }
}

impl Sheet for Document {
    fn line(&mut self, cells: &[Content]) -> std::io::Result<()> {
        self.cells(cells, "")
    }

    fn finish(mut self: Box<Self>) -> std::io::Result<()> {
        self.packed.write_all(TAIL.as_bytes())?;
        self.packed.finish()?.flush()
    }
}
