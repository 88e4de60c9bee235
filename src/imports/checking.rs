//! Every row checked, nothing written: how many would be created, changed, refused, and why.

use std::collections::HashMap;

use serde_json::Value;

use super::Wrong;
use super::kinds::{Desk, Fate, Outcome};
use super::model::{Report, ShownRecord, ShownRow};
use super::source::{Cursor, Row, Source};
use crate::db::Conn;
use crate::error::Result;
use crate::kernel::FieldErrors;

/// Rows that are shown of each sort.
pub const SHOWN_BAD: usize = 50;
const SHOWN_GOOD: usize = 5;
const SHOWN_CHANGED: usize = 20;
const SHOWN_TO_COMPLETE: usize = 50;

/// Hears what a pass through the rows finds, in their order.
pub trait Hearing {
    /// A row that may be written: the desk may now write it. What it answers counts the row in or out of the pass.
    fn good(&mut self, conn: &mut Conn, desk: &mut dyn Desk, row: &Row, outcome: &Outcome) -> Result<()>;
    fn bad(&mut self, row: &Row, wrongs: Vec<Wrong>) -> Result<()>;
    /// So many rows are done.
    fn step(&mut self, done: u64) -> Result<()>;
}

/// Goes through every row of a file, a batch at a time.
pub fn pass(conn: &mut Conn, desk: &mut dyn Desk, source: &Source, hearing: &mut dyn Hearing) -> Result<()> {
    let mut first_lines: HashMap<(&'static str, String), u64> = HashMap::new();
    let mut done = 0;
    let mut cursor = Cursor::default();
    loop {
        let mut rows = source.next_rows(&mut cursor, desk.batch(), desk.columns());
        if rows.is_empty() {
            return Ok(());
        }
        desk.look_up(conn, &rows)?;
        for row in &mut rows {
            let mut wrongs = twice(desk, source, row, &mut first_lines);
            // Of a row that is no row, there is nothing more to say.
            let is_broken = row.wrongs.iter().any(|wrong| wrong.column.is_none());
            let checked = if is_broken { Err(FieldErrors::default()) } else { desk.check(row) };
            wrongs.extend(std::mem::take(&mut row.wrongs));
            match checked {
                Ok(outcome) if wrongs.is_empty() => hearing.good(conn, desk, row, &outcome)?,
                Ok(_) => hearing.bad(row, wrongs)?,
                Err(errors) => {
                    wrongs.extend(in_file(&errors, source, desk, row));
                    wrongs.sort_by_key(|wrong| wrong.place);
                    hearing.bad(row, wrongs)?;
                }
            }
            done += 1;
            hearing.step(done)?;
        }
    }
}

/// A record that another row of the file names already.
fn twice(desk: &dyn Desk, source: &Source, row: &Row, first_lines: &mut HashMap<(&'static str, String), u64>) -> Vec<Wrong> {
    let mut wrongs = Vec::new();
    for (field, key) in desk.keys(row) {
        match first_lines.get(&(field, key.clone())) {
            Some(first) => {
                let (column, place) =
                    source.heading(field, desk.columns()).map_or((field.to_owned(), None), |(title, place)| (title.to_owned(), Some(place)));
                let message = format!("« {key} » est deux fois dans le fichier : ici et ligne {first}.");
                wrongs.push(Wrong { place, ..Wrong::cell(row.line, &column, Some(key), message) });
            }
            None => drop(first_lines.insert((field, key), row.line)),
        }
    }
    wrongs
}

/// What a record's own door says, told in the words of the file. What follows from a cell that is not understood is left out.
fn in_file(errors: &FieldErrors, source: &Source, desk: &dyn Desk, row: &Row) -> Vec<Wrong> {
    let follows = |field: &str| row.unread.iter().any(|unread| *unread == field || unread.split_once('.').is_some_and(|(outer, _)| outer == field));
    let wrong = |(field, message): (&str, &str)| match heading(source, desk, field) {
        Some((title, place)) => {
            let value = Some(source.value(row, place)).filter(|value| !value.is_empty());
            Wrong { place: Some(place), ..Wrong::cell(row.line, &title, value, message) }
        }
        None => Wrong::cell(row.line, &desk.columns().label(field), value_in_line(row, field), message),
    };
    errors.iter().filter(|(field, _)| !follows(field)).map(wrong).collect()
}

/// The column of a field, or of one that lies in it, or in which it lies.
fn heading(source: &Source, desk: &dyn Desk, field: &str) -> Option<(String, usize)> {
    let inner = format!("{field}.");
    let columns = desk.columns();
    let within = columns.columns.iter().map(|column| column.field).filter(|name| name.starts_with(&inner));
    let outer = field.split_once('.').map(|(outer, _)| outer);
    std::iter::once(field).chain(within).chain(outer).find_map(|field| source.heading(field, columns)).map(|(title, place)| (title.to_owned(), place))
}

/// What a line of JSON gives for a field.
fn value_in_line(row: &Row, field: &str) -> Option<String> {
    let given: Value = serde_json::from_str(&row.raw).ok()?;
    let value = match field.split_once('.') {
        Some((outer, inner)) => given.get(outer)?.get(inner)?,
        None => given.get(field)?,
    };
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}

/// Counts, and keeps what the page shows; every bad row goes to `each_bad`.
pub struct Looking<'a> {
    source: &'a Source,
    pub report: Report,
    pub each_bad: &'a mut dyn FnMut(&ShownRow) -> Result<()>,
    pub each_step: &'a mut dyn FnMut(u64) -> Result<()>,
}

impl<'a> Looking<'a> {
    pub fn new(source: &'a Source, each_bad: &'a mut dyn FnMut(&ShownRow) -> Result<()>, each_step: &'a mut dyn FnMut(u64) -> Result<()>) -> Self {
        Self { source, report: Report::default(), each_bad, each_step }
    }
}

impl Hearing for Looking<'_> {
    fn good(&mut self, _: &mut Conn, desk: &mut dyn Desk, row: &Row, outcome: &Outcome) -> Result<()> {
        let report = &mut self.report;
        let counts = &mut report.counts;
        counts.rows += 1;
        match outcome.fate {
            Fate::Created => counts.created += 1,
            Fate::Changed => counts.changed += 1,
            Fate::Same => counts.same += 1,
        }
        let shown = |changes, missing| ShownRecord { line: row.line, title: outcome.title.clone(), changes, missing };
        if !outcome.missing.is_empty() {
            counts.to_complete += 1;
            if report.to_complete.len() < SHOWN_TO_COMPLETE {
                report.to_complete.push(shown(Vec::new(), outcome.missing.clone()));
            }
        }
        if outcome.fate == Fate::Changed && report.changed.len() < SHOWN_CHANGED {
            report.changed.push(shown(desk.changes(), Vec::new()));
        }
        if report.good.len() < SHOWN_GOOD {
            report.good.push(ShownRow { line: row.line, cells: self.source.cells(row), wrongs: Vec::new() });
        }
        Ok(())
    }

    fn bad(&mut self, row: &Row, wrongs: Vec<Wrong>) -> Result<()> {
        self.report.counts.rows += 1;
        self.report.counts.refused += 1;
        let shown = ShownRow { line: row.line, cells: self.source.cells(row), wrongs };
        (self.each_bad)(&shown)?;
        if self.report.bad.len() < SHOWN_BAD {
            self.report.bad.push(shown);
        }
        Ok(())
    }

    fn step(&mut self, done: u64) -> Result<()> {
        (self.each_step)(done)
    }
}
