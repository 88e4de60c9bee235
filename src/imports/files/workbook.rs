//! `.xlsx`, read cell by cell: a whole sheet is never laid out, however far apart its cells stand.

use std::io::Cursor;
use std::panic::{AssertUnwindSafe, catch_unwind};

use calamine::{DataRef, Reader, SheetType, SheetVisible, Xlsx, XlsxError};

use super::archive;
use super::table::{Content, Epoch, Filling, Table};
use crate::imports::{Wrong, limits};

/// A sheet holds nothing beyond its millionth line; a file that says so is not one that people made.
const LAST_ROW: u32 = 1_048_576;

/// The first sheet that holds something.
pub fn read(bytes: &[u8]) -> Result<Table, Wrong> {
    archive::measure(bytes)?;
    // The reader is a library's: what it did not foresee must not take the service down.
    let read = catch_unwind(AssertUnwindSafe(|| first_filled(bytes)));
    read.unwrap_or_else(|_| Err(Wrong::file("ce classeur est abîmé : il ne se lit pas.")))
}

fn unreadable(error: &XlsxError) -> Wrong {
    tracing::info!(%error, "a workbook cannot be read");
    match error {
        XlsxError::Password => Wrong::file("ce classeur est protégé par un mot de passe. Enregistrez-le sans mot de passe, puis recommencez."),
        _ => Wrong::file("ce classeur est abîmé : il ne se lit pas. Enregistrez-le de nouveau, puis recommencez."),
    }
}

fn first_filled(bytes: &[u8]) -> Result<Table, Wrong> {
    let mut workbook: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(|error| unreadable(&error))?;
    let epoch = if workbook.has_1904_epoch() { Epoch::Year1904 } else { Epoch::Year1900 };
    let sheets: Vec<(String, bool)> = workbook
        .sheets_metadata()
        .iter()
        .filter(|sheet| sheet.typ == SheetType::WorkSheet)
        .map(|sheet| (sheet.name.clone(), sheet.visible == SheetVisible::Visible))
        .collect();
    // Hidden sheets hold lists and sums: they come last.
    let in_order = sheets.iter().filter(|(_, visible)| *visible).chain(sheets.iter().filter(|(_, visible)| !visible));
    for (name, _) in in_order {
        let mut filling = Filling::of(Table { epoch, sheet: Some(name.clone()), ..Table::default() });
        sheet(&mut workbook, name, &mut filling)?;
        if !filling.table.lines.is_empty() {
            let mut table = filling.table;
            super::table::tell_sheets(&mut table, sheets.iter().map(|(name, _)| name.as_str()));
            return Ok(table);
        }
    }
    Err(Wrong::file("toutes les feuilles de ce classeur sont vides."))
}

fn sheet(workbook: &mut Xlsx<Cursor<&[u8]>>, name: &str, filling: &mut Filling) -> Result<(), Wrong> {
    let epoch = filling.table.epoch;
    let mut cells = workbook.worksheet_cells_reader(name).map_err(|error| unreadable(&error))?;
    let (mut row, mut line) = (0, Vec::new());
    while let Some(cell) = cells.next_cell_with_formula_metadata().map_err(|error| unreadable(&error))? {
        let content = match content(&cell.value, epoch) {
            Content::Empty if cell.formula.is_some() => Content::Uncomputed,
            content => content,
        };
        let (at, column) = cell.pos;
        if at >= LAST_ROW {
            return Err(Wrong::file("ce classeur est abîmé : une de ses cellules est hors de la feuille."));
        }
        if at != row {
            filling.push(u64::from(row) + 1, std::mem::take(&mut line), None)?;
            row = at;
        }
        if content.is_empty() {
            continue;
        }
        let column = column as usize;
        if column >= limits::COLUMNS {
            return Err(Wrong::row(u64::from(at) + 1, format!("cette ligne a plus de {} colonnes.", limits::COLUMNS)));
        }
        if line.len() <= column {
            line.resize(column + 1, Content::Empty);
        }
        line[column] = content;
    }
    filling.push(u64::from(row) + 1, line, None)?;
    drop(cells);
    let merged = workbook.merge_cells_by_sheet_name(name).unwrap_or_default();
    let regions: Vec<(u64, u64, usize)> =
        merged.iter().map(|region| (u64::from(region.start.0) + 1, u64::from(region.end.0) + 1, region.start.1 as usize)).collect();
    filling.repeat_merged(&regions)
}

fn content(value: &DataRef<'_>, epoch: Epoch) -> Content {
    match value {
        DataRef::Empty => Content::Empty,
        DataRef::Int(number) => Content::Number(*number as f64),
        DataRef::Float(number) => Content::Number(*number),
        DataRef::String(text) => Content::text(text.as_str()),
        DataRef::SharedString(text) => Content::text(*text),
        DataRef::Bool(yes) => Content::Yes(*yes),
        DataRef::DateTime(at) if at.is_datetime() => epoch.instant(at.as_f64()).map_or(Content::Number(at.as_f64()), Content::At),
        DataRef::DateTime(duration) => Content::Number(duration.as_f64()),
        DataRef::DateTimeIso(text) => super::table::iso(text).map_or_else(|| Content::text(text.as_str()), Content::At),
        DataRef::DurationIso(text) => Content::text(text.as_str()),
        DataRef::Error(error) => Content::Fault(error.to_string().into()),
    }
}

#[cfg(test)]
#[path = "workbook_tests.rs"]
mod tests;
