//! The rows of a file: what each gives for a record, and which of its cells are not understood.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::Wrong;
use super::columns::Columns;
use super::columns::guard::unguarded;
use super::files::table::{Content, Line, Table};
use super::files::{File, lines};
use super::layout::{Layout, Target};

/// Cells written again by whoever imports: by line of the file and place of the column.
pub type Corrections = BTreeMap<u64, BTreeMap<usize, String>>;

/// A record as a file gives it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Row {
    /// Its line in the file, from 1.
    pub line: u64,
    pub given: Map<String, Value>,
    /// Cells that are not understood; their fields are not in `given`.
    pub wrongs: Vec<Wrong>,
    /// The fields of those cells.
    pub unread: Vec<&'static str>,
    /// The whole line, of a file of lines.
    pub raw: String,
}

/// How far the rows of a file are read.
#[derive(Clone, Copy, Debug, Default)]
pub struct Cursor {
    /// A line of the table, or a byte of the text.
    pub at: usize,
    /// Lines of the text that are behind.
    pub line: u64,
}

/// A file with what each of its columns is.
pub struct Source {
    pub file: File,
    pub layout: Layout,
    /// One for each heading of the layout.
    pub targets: Vec<Target>,
    pub corrections: Corrections,
}

impl Source {
    /// A file whose titles are all known, or every title that is wrong.
    pub fn of_known_titles(file: File, columns: &Columns) -> Result<Self, Vec<Wrong>> {
        let (layout, targets) = match &file {
            File::Table(table) => {
                let layout = Layout::of(table, columns).map_err(|wrong| vec![wrong])?;
                let targets = layout.targets(table, columns)?;
                (layout, targets)
            }
            File::Lines(text) => {
                lines::count(text).map_err(|wrong| vec![wrong])?;
                (Layout::default(), Vec::new())
            }
        };
        Ok(Self { file, layout, targets, corrections: Corrections::new() })
    }

    pub fn len(&self) -> u64 {
        match &self.file {
            File::Table(table) => (table.lines.len() - self.layout.first.min(table.lines.len())) as u64,
            File::Lines(text) => lines::count(text).unwrap_or(0),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The next rows, up to `most`, from where the cursor stands; none at the end.
    pub fn next_rows(&self, cursor: &mut Cursor, most: usize, columns: &Columns) -> Vec<Row> {
        match &self.file {
            File::Table(table) => {
                let from = cursor.at.max(self.layout.first).min(table.lines.len());
                let to = from.saturating_add(most).min(table.lines.len());
                cursor.at = to;
                table.lines[from..to].iter().zip(from..).map(|(line, place)| self.row(table, place, line, columns)).collect()
            }
            File::Lines(text) => lines::next_rows(text, cursor, most, columns),
        }
    }

    fn row(&self, table: &Table, place: usize, line: &Line, columns: &Columns) -> Row {
        let mut row = Row { line: line.number, ..Row::default() };
        let width = table.widths.as_ref().and_then(|widths| widths.get(place)).copied();
        if let Some(width) = width.filter(|width| *width != self.layout.width) {
            let message = format!(
                "{} cellules sont attendues, {width} s’y trouvent : un guillemet ou un séparateur est peut-être mal placé.",
                self.layout.width
            );
            row.wrongs.push(Wrong::row(line.number, message));
            return row;
        }
        let corrected = self.corrections.get(&line.number);
        let mut rests: Vec<(usize, String)> = Vec::new();
        for (heading, target) in self.layout.headings.iter().zip(&self.targets) {
            let written = corrected.and_then(|cells| cells.get(&heading.place)).map(|text| Content::text(text.as_str()));
            let content = written.as_ref().or_else(|| line.cells.get(heading.place)).unwrap_or(&Content::Empty);
            match *target {
                Target::Skip => {}
                Target::Rest(place) => rests.push((place, unguarded(&content.shown()).to_owned())),
                Target::Column(place) => match columns.columns[place].read(content, table.epoch) {
                    Ok(value) => columns.put(place, &mut row.given, value),
                    Err(message) => {
                        let value = Some(content.shown().into_owned());
                        row.wrongs.push(Wrong { place: Some(heading.place), ..Wrong::cell(line.number, &heading.title, value, message) });
                        row.unread.push(columns.columns[place].field);
                    }
                },
            }
        }
        for (place, rest) in rests.into_iter().filter(|(_, rest)| !rest.is_empty()) {
            if let Value::String(start) = columns.get(place, &row.given).clone() {
                columns.put(place, &mut row.given, Value::String(start + &rest));
            }
        }
        row
    }

    /// The title, in the file, of the column of a field, and its place.
    pub fn heading(&self, field: &str, columns: &Columns) -> Option<(&str, usize)> {
        let wanted = Target::Column(columns.place(field)?);
        let found = self.targets.iter().position(|target| *target == wanted)?;
        self.layout.headings.get(found).map(|heading| (heading.title.as_str(), heading.place))
    }

    /// What stands in one column of a row's line.
    pub fn value(&self, row: &Row, place: usize) -> String {
        let heading = self.layout.headings.iter().position(|heading| heading.place == place);
        heading.and_then(|heading| self.cells(row).into_iter().nth(heading)).unwrap_or_default()
    }

    /// What stands in each column of a row's line, corrections included; the line itself of a file of lines.
    pub fn cells(&self, row: &Row) -> Vec<String> {
        let File::Table(table) = &self.file else { return vec![row.raw.clone()] };
        let place = table.lines.partition_point(|line| line.number < row.line);
        let Some(line) = table.lines.get(place).filter(|line| line.number == row.line) else { return Vec::new() };
        let corrected = self.corrections.get(&row.line);
        let shown = |place: usize| {
            let written = corrected.and_then(|cells| cells.get(&place).cloned());
            written.unwrap_or_else(|| line.cells.get(place).map(|cell| cell.shown().into_owned()).unwrap_or_default())
        };
        self.layout.headings.iter().map(|heading| shown(heading.place)).collect()
    }
}

/// The field that each column of a file seems to be, for whoever maps them.
pub fn proposed(layout: &Layout, columns: &Columns) -> Vec<Option<&'static str>> {
    let mut taken = Vec::new();
    let mut proposed = Vec::new();
    for named in layout.named(columns) {
        let field = named.column().map(|place| columns.columns[place].field);
        proposed.push(field.filter(|field| !taken.contains(field)));
        taken.extend(field);
    }
    proposed
}
