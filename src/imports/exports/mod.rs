//! Records written as files that an import reads back: one line at a time, whatever their number.

mod document;
mod separated;
mod workbook;

use std::fs::File;
use std::io::{BufWriter, Write};

use serde_json::{Map, Value};

use super::columns::{Columns, Held, REST};
use super::files::Format;
use super::files::table::Content;
use super::kinds::{Desk, Kind, Which};
use crate::accounts::model::Viewer;
use crate::db::Conn;
use crate::error::{Error, Result};

/// Excel holds 32,767 characters a cell: what is longer goes on in another column.
const LONGEST: usize = 32_000;

/// A table being written, a line at a time.
pub trait Sheet {
    fn line(&mut self, cells: &[Content]) -> std::io::Result<()>;
    fn finish(self: Box<Self>) -> std::io::Result<()>;
}

/// Begins a table of this format; `name` is that of its sheet.
pub fn sheet(format: Format, file: File, name: &str, titles: &[String]) -> std::io::Result<Box<dyn Sheet>> {
    match format {
        Format::Xlsx => Ok(Box::new(workbook::Workbook::new(file, name, titles)?)),
        Format::Ods => Ok(Box::new(document::Document::new(file, name, titles)?)),
        Format::Csv | Format::Jsonl => Ok(Box::new(separated::Separated::new(file, titles)?)),
    }
}

fn told(error: std::io::Error) -> Error {
    Error::Internal(format!("a file cannot be written: {error}"))
}

/// What is taken away, as this viewer may read it.
pub struct Taken<'a> {
    pub kind: Kind,
    pub which: &'a Which,
    pub viewer: &'a Viewer,
}

/// Writes records to a file; answers how many.
pub fn write(conn: &mut Conn, desk: &dyn Desk, taken: &Taken<'_>, format: Format, file: File, step: &mut dyn FnMut(u64)) -> Result<u64> {
    let Taken { kind, which, viewer } = *taken;
    let mut count = 0;
    if format == Format::Jsonl {
        let mut file = BufWriter::new(file);
        desk.records(conn, viewer, which, &mut |record| {
            let mut kept = kept(desk.columns(), &record);
            desk.add_names(&mut kept);
            serde_json::to_writer(&mut file, &kept).map_err(|error| told(error.into()))?;
            file.write_all(b"\n").map_err(told)?;
            count += 1;
            step(count);
            Ok(())
        })?;
        file.flush().map_err(told)?;
        return Ok(count);
    }
    let long = long_columns(conn, desk, viewer, which)?;
    let columns = desk.columns();
    let rests = long.iter().map(|place| format!("{} {REST}", columns.columns[*place].label));
    let shown: Vec<usize> = in_tables(columns).collect();
    let titles: Vec<String> = shown.iter().map(|place| columns.columns[*place].label.to_owned()).chain(rests).collect();
    let mut sheet = sheet(format, file, kind.label(), &titles).map_err(told)?;
    desk.records(conn, viewer, which, &mut |record| {
        let mut cells: Vec<Content> = shown.iter().map(|place| columns.columns[*place].write(columns.get(*place, &record))).collect();
        for at in long.iter().filter_map(|place| shown.iter().position(|other| other == place)) {
            let (start, rest) = split(&cells[at]);
            cells[at] = start;
            cells.push(rest);
        }
        count += 1;
        step(count);
        sheet.line(&cells).map_err(told)
    })?;
    sheet.finish().map_err(told)?;
    Ok(count)
}

/// Writes the titles of a kind and nothing under them: what to fill.
pub fn template(desk: &dyn Desk, kind: Kind, format: Format, file: File) -> Result<()> {
    let titles: Vec<String> = desk.columns().filled().filter(|column| column.field != "id").map(|column| column.label.to_owned()).collect();
    sheet(format, file, kind.label(), &titles).and_then(Sheet::finish).map_err(told)
}

/// The places of the columns of a table.
fn in_tables(columns: &Columns) -> impl Iterator<Item = usize> + '_ {
    (0..columns.columns.len()).filter(|place| columns.columns[*place].held != Held::Lines)
}

/// What an import reads of a record, and nothing else.
fn kept(columns: &Columns, record: &Map<String, Value>) -> Map<String, Value> {
    let mut kept = Map::new();
    for place in (0..columns.columns.len()).filter(|place| columns.columns[*place].held != Held::Told) {
        let value = columns.get(place, record);
        // Of two parts of which one excludes the other, the one that is absent is not said.
        if !(value.is_null() && columns.columns[place].field.contains('.')) {
            columns.put(place, &mut kept, value.clone());
        }
    }
    kept
}

/// The columns in which some text is too long for one cell.
fn long_columns(conn: &mut Conn, desk: &dyn Desk, viewer: &Viewer, which: &Which) -> Result<Vec<usize>> {
    let columns = desk.columns();
    let mut long = Vec::new();
    desk.records(conn, viewer, which, &mut |record| {
        for place in in_tables(columns) {
            // A list may take a little more than its parts.
            let size = match columns.get(place, &record) {
                Value::String(text) => text.len(),
                Value::Array(items) => items.iter().map(|item| item.to_string().len() + 8).sum(),
                _ => 0,
            };
            if size > LONGEST && !long.contains(&place) {
                long.push(place);
            }
        }
        Ok(())
    })?;
    long.sort_unstable();
    Ok(long)
}

/// A text cut in two where no space is lost: between two letters.
fn split(cell: &Content) -> (Content, Content) {
    let Content::Text(text) = cell else { return (cell.clone(), Content::Empty) };
    // Excel counts what it calls characters in UTF-16.
    let mut units = 0;
    let fits = |c: &char| {
        units += c.len_utf16();
        units <= LONGEST
    };
    let end: usize = text.chars().take_while(fits).map(char::len_utf8).sum();
    if end == text.len() {
        return (cell.clone(), Content::Empty);
    }
    let is_inside = |at: usize| {
        let (before, after) = (text[..at].chars().next_back(), text[at..].chars().next());
        before.is_some_and(char::is_alphanumeric) && after.is_some_and(char::is_alphanumeric)
    };
    let at = (1..=end).rev().filter(|at| text.is_char_boundary(*at)).take(2_000).find(|at| is_inside(*at)).unwrap_or(end);
    (Content::Text(text[..at].into()), Content::Text(text[at..].into()))
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
