//! A table as any file gives it: lines of cells, within bounds.

use std::borrow::Cow;

use chrono::{NaiveDate, NaiveDateTime, NaiveTime};

use crate::imports::{Wrong, limits};
use crate::kernel::time::time_in_words;
use crate::kernel::{Day, number};

/// What a cell holds.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Content {
    #[default]
    Empty,
    Text(Box<str>),
    Number(f64),
    Yes(bool),
    At(NaiveDateTime),
    /// A formula that failed, as the spreadsheet tells it: `#N/A`.
    Fault(Box<str>),
    /// A formula without a result: no spreadsheet has computed it yet.
    Uncomputed,
}

impl Content {
    pub fn text(text: impl Into<Box<str>>) -> Self {
        let text = text.into();
        if text.trim().is_empty() { Self::Empty } else { Self::Text(text) }
    }

    pub fn day(day: Day) -> Self {
        Self::At(day.0.and_time(NaiveTime::MIN))
    }

    pub fn is_empty(&self) -> bool {
        *self == Self::Empty
    }

    /// What people see in the cell, near enough.
    pub fn shown(&self) -> Cow<'_, str> {
        match self {
            Self::Empty => "".into(),
            Self::Text(text) => text.trim().into(),
            Self::Number(figure) => number::write(*figure).into(),
            Self::Yes(true) => "oui".into(),
            Self::Yes(false) => "non".into(),
            Self::At(at) if at.time() == NaiveTime::MIN => Day(at.date()).in_figures().into(),
            Self::At(at) => format!("{} à {}", Day(at.date()).in_figures(), time_in_words(at.time())).into(),
            Self::Fault(fault) => fault.as_ref().into(),
            Self::Uncomputed => "formule".into(),
        }
    }
}

/// How a workbook counts days.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Epoch {
    /// Day 1 is the first of January 1900, and a 29 February 1900 is counted that never was.
    #[default]
    Year1900,
    /// Day 0 is the first of January 1904: old workbooks of a Mac.
    Year1904,
}

impl Epoch {
    /// The instant of a serial number, to the second; None outside 1900–2200, the years that we read.
    pub fn instant(self, serial: f64) -> Option<NaiveDateTime> {
        if !(0.0..200_000.0).contains(&serial) {
            return None;
        }
        let seconds = (serial * 86_400.0).round();
        let (days, seconds) = ((seconds / 86_400.0).floor(), seconds.rem_euclid(86_400.0));
        let first = match self {
            Self::Year1904 => NaiveDate::from_ymd_opt(1904, 1, 1)?,
            Self::Year1900 if days < 60.0 => NaiveDate::from_ymd_opt(1899, 12, 31)?,
            Self::Year1900 => NaiveDate::from_ymd_opt(1899, 12, 30)?,
        };
        // Both are whole and small: the bounds are above.
        let (days, seconds) = (days as u64, seconds as u32);
        let day = first.checked_add_days(chrono::Days::new(days))?;
        let at = day.and_time(NaiveTime::from_num_seconds_from_midnight_opt(seconds, 0)?);
        (1900..=2200).contains(&Day(day).year()).then_some(at)
    }
}

/// One line: its number in the file, from 1, and its cells up to the last that holds something.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    pub number: u64,
    pub cells: Vec<Content>,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Table {
    /// The sheet of a workbook that was read.
    pub sheet: Option<String>,
    pub epoch: Epoch,
    /// Those that hold something, in order.
    pub lines: Vec<Line>,
    /// Lines of a text must have as many cells as the line of titles: another number tells of a quote or a separator out of place.
    pub widths: Option<Vec<usize>>,
    /// What was found and may surprise, told to whoever imports.
    pub notes: Vec<String>,
}

/// Says which of several sheets was read.
pub fn tell_sheets<'a>(table: &mut Table, names: impl Iterator<Item = &'a str>) {
    let Some(read) = &table.sheet else { return };
    let others: Vec<String> = names.filter(|name| name != read).map(|name| format!("«\u{a0}{name}\u{a0}»")).collect();
    if !others.is_empty() {
        let shown = if others.len() > 5 { format!("{} autres", others.len()) } else { others.join(", ") };
        let left = if others.len() > 1 { "Ne sont pas lues" } else { "N’est pas lue" };
        table.notes.push(format!("La feuille «\u{a0}{read}\u{a0}» est lue. {left}\u{a0}: {shown}."));
    }
}

/// An instant as XML writes it: `2026-03-03`, `2026-03-03T14:00:00` or with a fraction of a second.
pub fn iso(text: &str) -> Option<NaiveDateTime> {
    let day = |text: &str| NaiveDate::parse_from_str(text, "%Y-%m-%d").ok().map(|day| day.and_time(NaiveTime::MIN));
    let at = NaiveDateTime::parse_from_str(text.trim_end_matches('Z'), "%Y-%m-%dT%H:%M:%S%.f").ok().or_else(|| day(text))?;
    (1900..=2200).contains(&Day(at.date()).year()).then_some(at)
}

/// Fills a table, within bounds.
#[derive(Default)]
pub struct Filling {
    pub table: Table,
    cells: usize,
    text: usize,
}

impl Filling {
    pub fn of(table: Table) -> Self {
        Self { table, ..Self::default() }
    }

    /// Adds a line; an empty one is left out.
    pub fn push(&mut self, number: u64, mut cells: Vec<Content>, width: Option<usize>) -> Result<(), Wrong> {
        let used = cells.iter().rposition(|cell| !cell.is_empty()).map_or(0, |last| last + 1);
        if used == 0 {
            return Ok(());
        }
        if used > limits::COLUMNS {
            return Err(Wrong::row(number, format!("cette ligne a plus de {} colonnes.", limits::COLUMNS)));
        }
        for cell in &cells {
            if let Content::Text(text) = cell {
                self.text += text.len();
                if text.len() > limits::CELL_CHARS && text.chars().count() > limits::CELL_CHARS {
                    let start = text.chars().take(60).collect();
                    let message = "cette cellule est démesurée : un guillemet n’est peut-être pas refermé.";
                    return Err(Wrong { value: Some(start), ..Wrong::row(number, message) });
                }
            }
        }
        self.cells += used;
        if self.table.lines.len() >= limits::ROWS {
            return Err(limits::too_many_rows());
        }
        if self.cells > limits::CELLS || self.text > limits::TEXT_BYTES {
            return Err(Wrong::file("ce tableau est trop grand pour être lu en une fois. Partagez-le en plusieurs fichiers."));
        }
        cells.truncate(used);
        cells.shrink_to_fit();
        self.table.lines.push(Line { number, cells });
        if let (Some(widths), Some(width)) = (&mut self.table.widths, width) {
            widths.push(width);
        }
        Ok(())
    }

    /// Repeats the first cell of regions merged over several lines: whoever merged them meant each line to say it.
    /// A region is its first and last lines (numbers from 1) and its column.
    pub fn repeat_merged(&mut self, regions: &[(u64, u64, usize)]) -> Result<(), Wrong> {
        let (mut filled, mut seen) = (0, 0);
        for &(first, last, column) in regions.iter().filter(|(first, last, column)| last > first && *column < limits::COLUMNS) {
            let from = self.table.lines.partition_point(|line| line.number < first);
            let Some(top) = self.table.lines.get(from).filter(|line| line.number == first) else { continue };
            let Some(value) = top.cells.get(column).filter(|cell| !cell.is_empty()).cloned() else { continue };
            for line in self.table.lines[from + 1..].iter_mut().take_while(|line| line.number <= last) {
                seen += 1;
                if line.cells.len() <= column {
                    line.cells.resize(column + 1, Content::Empty);
                }
                if line.cells[column].is_empty() {
                    line.cells[column] = value.clone();
                    filled += 1;
                }
            }
            if seen > limits::CELLS {
                return Err(Wrong::file("ce tableau a trop de cellules fusionnées. Séparez-les, puis recommencez."));
            }
        }
        if filled > 0 {
            self.table.notes.push("Des cellules sont fusionnées sur plusieurs lignes : ce qu’elles disent est lu sur chacune de ces lignes.".into());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(epoch: Epoch, serial: f64) -> Option<String> {
        epoch.instant(serial).map(|at| at.to_string())
    }

    #[test]
    fn serial_numbers_are_days_in_both_systems() {
        assert_eq!(day(Epoch::Year1900, 46084.0).as_deref(), Some("2026-03-03 00:00:00"));
        assert_eq!(day(Epoch::Year1904, 44622.0).as_deref(), Some("2026-03-03 00:00:00"));
        assert_eq!(day(Epoch::Year1900, 46084.58333333333).as_deref(), Some("2026-03-03 14:00:00"));
        assert_eq!(
            (day(Epoch::Year1900, 1.0).as_deref(), day(Epoch::Year1900, 59.0).as_deref()),
            (Some("1900-01-01 00:00:00"), Some("1900-02-28 00:00:00"))
        );
        assert_eq!(day(Epoch::Year1900, 61.0).as_deref(), Some("1900-03-01 00:00:00"));
        for serial in [-1.0, f64::NAN, f64::INFINITY, 0.5, 199_999.0, 1e300] {
            assert_eq!(day(Epoch::Year1900, serial), None, "{serial}");
        }
    }

    #[test]
    fn merged_lines_all_say_what_the_first_says() {
        let mut filling = Filling::default();
        for (number, cells) in [(1, vec!["Loudun", "a"]), (2, vec!["", "b"]), (5, vec!["", "c"])] {
            filling.push(number, cells.into_iter().map(Content::text).collect(), None).unwrap();
        }
        filling.repeat_merged(&[(1, 3, 0), (4, 9, 1)]).unwrap();
        let shown: Vec<String> = filling.table.lines.iter().map(|line| line.cells[0].shown().into_owned()).collect();
        assert_eq!((shown, filling.table.notes.len()), (vec!["Loudun".to_owned(), "Loudun".to_owned(), String::new()], 1));
    }

    #[test]
    fn what_is_beyond_the_bounds_is_refused_with_its_line() {
        let mut filling = Filling::default();
        let wide = vec![Content::Yes(true); limits::COLUMNS + 1];
        assert_eq!(filling.push(3, wide, None).unwrap_err().line, Some(3));
        let long = "x".repeat(limits::CELL_CHARS + 1);
        assert!(filling.push(4, vec![Content::text(long)], None).unwrap_err().message.contains("guillemet"));
        filling.push(5, vec![Content::Empty; 100_000], None).unwrap();
        assert!(filling.table.lines.is_empty());
    }
}
