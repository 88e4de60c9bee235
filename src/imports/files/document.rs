//! `.ods`, read as it unpacks. A sheet says « this cell, sixteen thousand times; this line, a million times »: what is empty is
//! skipped and what is repeated is counted before it is written out, so that nothing is laid out that the bounds refuse.

use std::collections::HashSet;
use std::io::{BufReader, Read};

use quick_xml::Reader;
use quick_xml::escape::{resolve_xml_entity, unescape};
use quick_xml::events::{BytesRef, BytesStart, Event};

use super::archive;
use super::table::{self, Content, Filling, Table};
use crate::imports::{Wrong, limits};

fn damaged() -> Wrong {
    Wrong::file("ce classeur est abîmé : il ne se lit pas. Enregistrez-le de nouveau, puis recommencez.")
}

/// The first sheet that holds something.
pub fn read(bytes: &[u8]) -> Result<Table, Wrong> {
    archive::measure(bytes)?;
    let mut packed = archive::open(bytes)?;
    if is_encrypted(&mut packed) {
        return Err(Wrong::file("ce classeur est protégé par un mot de passe. Enregistrez-le sans mot de passe, puis recommencez."));
    }
    let content = packed.by_name("content.xml").map_err(|_| damaged())?;
    Sheets::new(BufReader::new(content)).first_filled()
}

fn is_encrypted(packed: &mut zip::ZipArchive<std::io::Cursor<&[u8]>>) -> bool {
    let mut manifest = Vec::new();
    let read = packed.by_name("META-INF/manifest.xml").map(|part| part.take(1 << 20).read_to_end(&mut manifest));
    let says = |word: &[u8]| manifest.windows(word.len()).any(|window| window == word);
    read.is_ok() && says(b"encryption-data") || packed.by_name("encrypted-package").is_ok()
}

struct Sheets<R: std::io::BufRead> {
    xml: Reader<R>,
    buffer: Vec<u8>,
    /// Styles of sheets that are hidden.
    hidden: HashSet<String>,
}

/// What a cell says of itself, and how often.
struct Cell {
    content: Content,
    across: usize,
    /// Lines that it covers with those below.
    down: u64,
}

impl<R: std::io::BufRead> Sheets<R> {
    fn new(content: R) -> Self {
        let mut xml = Reader::from_reader(content);
        xml.config_mut().check_end_names = false;
        xml.config_mut().expand_empty_elements = true;
        Self { xml, buffer: Vec::new(), hidden: HashSet::new() }
    }

    fn next(&mut self) -> Result<Event<'static>, Wrong> {
        self.buffer.clear();
        Ok(self.xml.read_event_into(&mut self.buffer).map_err(|_| damaged())?.into_owned())
    }

    fn first_filled(mut self) -> Result<Table, Wrong> {
        let (mut names, mut found, mut hidden) = (Vec::new(), None, None);
        let mut style = String::new();
        loop {
            match self.next()? {
                Event::Start(tag) => match tag.local_name().as_ref() {
                    "style" => style = attribute(&tag, "name").unwrap_or_default(),
                    "table-properties" if attribute(&tag, "display").as_deref() == Some("false") => drop(self.hidden.insert(style.clone())),
                    "table" => {
                        let name = attribute(&tag, "name").unwrap_or_default();
                        let is_hidden = attribute(&tag, "style-name").is_some_and(|style| self.hidden.contains(&style));
                        names.push(name.clone());
                        let wanted = found.is_none() && (!is_hidden || hidden.is_none());
                        if !wanted {
                            self.skip("table")?;
                            continue;
                        }
                        let table = self.sheet(name)?;
                        match (table.lines.is_empty(), is_hidden) {
                            (true, _) => {}
                            (false, true) => hidden = Some(table),
                            (false, false) => found = Some(table),
                        }
                    }
                    _ => {}
                },
                Event::Eof => break,
                _ => {}
            }
        }
        let mut table = found.or(hidden).ok_or_else(|| Wrong::file("toutes les feuilles de ce classeur sont vides."))?;
        table::tell_sheets(&mut table, names.iter().map(String::as_str));
        Ok(table)
    }

    /// Passes over an element that has begun, and all that is in it.
    fn skip(&mut self, name: &str) -> Result<(), Wrong> {
        let mut depth = 1;
        while depth > 0 {
            match self.next()? {
                Event::Start(tag) if tag.local_name().as_ref() == name => depth += 1,
                Event::End(tag) if tag.local_name().as_ref() == name => depth -= 1,
                Event::Eof => return Err(damaged()),
                _ => {}
            }
        }
        Ok(())
    }

    fn sheet(&mut self, name: String) -> Result<Table, Wrong> {
        let mut filling = Filling::of(Table { sheet: Some(name), ..Table::default() });
        let (mut number, mut merged) = (1u64, Vec::new());
        loop {
            match self.next()? {
                Event::Start(tag) => match tag.local_name().as_ref() {
                    "table-row" => {
                        let times = count(&tag, "number-rows-repeated");
                        let cells = self.line(number, &mut merged)?;
                        // An empty line may stand for a million: only its number counts.
                        let written = if cells.iter().all(Content::is_empty) { 0 } else { times };
                        for copy in 0..written {
                            filling.push(number + copy, cells.clone(), None)?;
                        }
                        number = number.saturating_add(times);
                    }
                    // A table within a cell, a drawing, the formulas of a data pilot: not lines of this sheet.
                    "table" => self.skip("table")?,
                    "shapes" => self.skip("shapes")?,
                    _ => {}
                },
                Event::End(tag) if tag.local_name().as_ref() == "table" => break,
                Event::Eof => return Err(damaged()),
                _ => {}
            }
        }
        filling.repeat_merged(&merged)?;
        Ok(filling.table)
    }

    fn line(&mut self, number: u64, merged: &mut Vec<(u64, u64, usize)>) -> Result<Vec<Content>, Wrong> {
        let (mut cells, mut column) = (Vec::new(), 0usize);
        loop {
            match self.next()? {
                Event::Start(tag) if matches!(tag.local_name().as_ref(), "table-cell" | "covered-table-cell") => {
                    let cell = self.cell(&tag)?;
                    if !cell.content.is_empty() {
                        if column.saturating_add(cell.across) > limits::COLUMNS {
                            return Err(Wrong::row(number, format!("cette ligne a plus de {} colonnes.", limits::COLUMNS)));
                        }
                        if cell.down > 1 && merged.len() < limits::ROWS {
                            merged.push((number, number.saturating_add(cell.down - 1), column));
                        }
                        cells.resize(column, Content::Empty);
                        cells.extend(std::iter::repeat_n(cell.content, cell.across));
                    }
                    column = column.saturating_add(cell.across);
                }
                Event::End(tag) if tag.local_name().as_ref() == "table-row" => return Ok(cells),
                Event::Eof => return Err(damaged()),
                _ => {}
            }
        }
    }

    fn cell(&mut self, tag: &BytesStart<'_>) -> Result<Cell, Wrong> {
        let said = Said::of(tag);
        let name = tag.local_name().as_ref().to_owned();
        let shown = self.paragraphs(&name)?;
        // What another cell covers is not seen.
        let content = if name == "covered-table-cell" { Content::Empty } else { said.content(shown) };
        Ok(Cell { content, across: usize::try_from(said.across).unwrap_or(usize::MAX), down: said.down })
    }

    /// The text of a cell, a line a paragraph; a comment beside it is not its text.
    fn paragraphs(&mut self, cell: &str) -> Result<String, Wrong> {
        let (mut said, mut paragraphs, mut is_inside) = (String::new(), 0, false);
        loop {
            match self.next()? {
                Event::Start(tag) => match tag.local_name().as_ref() {
                    "p" => {
                        if paragraphs > 0 {
                            said.push('\n');
                        }
                        paragraphs += 1;
                        is_inside = true;
                    }
                    "line-break" => said.push('\n'),
                    "s" => {
                        let spaces = usize::try_from(count(&tag, "c")).unwrap_or(usize::MAX).min(limits::CELL_CHARS);
                        said.extend(std::iter::repeat_n(' ', spaces));
                    }
                    "tab" => said.push('\t'),
                    other @ ("annotation" | "table") => {
                        let other = other.to_owned();
                        self.skip(&other)?;
                    }
                    _ => {}
                },
                Event::End(tag) if tag.local_name().as_ref() == "p" => is_inside = false,
                Event::Text(words) if is_inside => said.push_str(&words.xml10_content()),
                Event::CData(words) if is_inside => said.push_str(&words.xml10_content()),
                Event::GeneralRef(found) if is_inside => said.push_str(&reference(&found)),
                Event::End(tag) if tag.local_name().as_ref() == cell => return Ok(said),
                Event::Eof => return Err(damaged()),
                _ => {}
            }
            if said.len() > limits::CELL_CHARS * 4 {
                return Err(Wrong::file("une cellule de ce classeur est démesurée."));
            }
        }
    }
}

/// The attributes of a cell.
#[derive(Default)]
struct Said {
    kind: String,
    value: String,
    is_fault: bool,
    is_formula: bool,
    across: u64,
    down: u64,
}

impl Said {
    fn of(tag: &BytesStart<'_>) -> Self {
        let mut said = Self { across: 1, down: 1, ..Self::default() };
        for attribute in tag.attributes().with_checks(false).flatten() {
            let (name, value) = (attribute.key.as_ref(), unescape(&attribute.value).unwrap_or_default());
            let number = || value.parse().unwrap_or(1).max(1);
            match name {
                "calcext:value-type" => said.is_fault = value == "error",
                "office:value-type" => said.kind = value.into_owned(),
                "office:value" | "office:date-value" | "office:boolean-value" => said.value = value.into_owned(),
                "table:formula" => said.is_formula = true,
                "table:number-columns-repeated" => said.across = number(),
                "table:number-rows-spanned" => said.down = number(),
                _ => {}
            }
        }
        said
    }

    fn content(&self, shown: String) -> Content {
        if self.is_fault {
            return Content::Fault(shown.into());
        }
        let stated = match self.kind.as_str() {
            "float" | "percentage" | "currency" => self.value.parse().ok().map(Content::Number),
            "boolean" => Some(Content::Yes(self.value == "true")),
            "date" => table::iso(&self.value).map(Content::At),
            _ => None,
        };
        match stated {
            Some(content) => content,
            None if self.is_formula && self.kind.is_empty() && shown.trim().is_empty() => Content::Uncomputed,
            None => Content::text(shown),
        }
    }
}

/// An attribute, whatever its prefix.
fn attribute(tag: &BytesStart<'_>, name: &str) -> Option<String> {
    let found = tag.attributes().with_checks(false).flatten().find(|attribute| attribute.key.local_name().as_ref() == name)?;
    unescape(&found.value).ok().map(std::borrow::Cow::into_owned)
}

/// How many times; once when it is not said.
fn count(tag: &BytesStart<'_>, name: &str) -> u64 {
    attribute(tag, name).and_then(|value| value.parse().ok()).unwrap_or(1).max(1)
}

/// `&amp;`, `&#233;`: what a reference stands for.
fn reference(found: &BytesRef<'_>) -> String {
    let character = found.resolve_char_ref().ok().flatten().map(String::from);
    character.or_else(|| resolve_xml_entity(found).map(str::to_owned)).unwrap_or_default()
}

#[cfg(test)]
#[path = "document_tests.rs"]
mod tests;
