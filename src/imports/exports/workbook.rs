//! `.xlsx`, a line at a time: its lines wait in a file of their own, not in memory.

use std::fs::File;

use chrono::{Datelike, NaiveTime};
use rust_xlsxwriter::{ExcelDateTime, Format, XlsxError};

use super::Sheet;
use crate::imports::columns::guard::guarded;
use crate::imports::files::table::Content;

pub struct Workbook {
    workbook: rust_xlsxwriter::Workbook,
    day: Format,
    next: u32,
    columns: u16,
    file: File,
}

fn told(error: XlsxError) -> std::io::Error {
    std::io::Error::other(error)
}

impl Workbook {
    pub fn new(file: File, name: &str, titles: &[String]) -> std::io::Result<Self> {
        let mut workbook = rust_xlsxwriter::Workbook::new();
        let columns = u16::try_from(titles.len()).unwrap_or(u16::MAX);
        let bold = Format::new().set_bold();
        let sheet = workbook.add_worksheet_with_constant_memory().map_err(told)?;
        let begin = |sheet: &mut rust_xlsxwriter::Worksheet| {
            sheet.set_name(name)?.set_freeze_panes(1, 0)?;
            for (column, title) in (0..columns).zip(titles) {
                let width = title.chars().count().clamp(14, 40);
                sheet.set_column_width(column, f64::from(u8::try_from(width).unwrap_or(40)))?;
            }
            for (column, title) in (0..columns).zip(titles) {
                sheet.write_string_with_format(0, column, title, &bold)?;
            }
            Ok(())
        };
        begin(sheet).map_err(told)?;
        Ok(Self { workbook, day: Format::new().set_num_format("dd/mm/yyyy"), next: 1, columns, file })
    }
}

impl Sheet for Workbook {
    fn line(&mut self, cells: &[Content]) -> std::io::Result<()> {
        let (row, day) = (self.next, &self.day);
        let sheet = self.workbook.worksheet_from_index(0).map_err(told)?;
        for (column, cell) in (0u16..).zip(cells) {
            let written = match cell {
                Content::Empty => continue,
                Content::Number(number) => sheet.write_number(row, column, *number).map(drop),
                Content::Yes(yes) => sheet.write_boolean(row, column, *yes).map(drop),
                Content::At(at) if at.time() == NaiveTime::MIN && at.year() > 1900 => {
                    let (year, month, of_month) = (u16::try_from(at.year()).unwrap_or(1901), at.month(), at.day());
                    ExcelDateTime::from_ymd(year, u8::try_from(month).unwrap_or(1), u8::try_from(of_month).unwrap_or(1))
                        .and_then(|at| sheet.write_datetime_with_format(row, column, &at, day).map(drop))
                }
                cell => sheet.write_string(row, column, guarded(&cell.shown())).map(drop),
            };
            written.map_err(told)?;
        }
        self.next += 1;
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> std::io::Result<()> {
        let (last, columns) = (self.next.saturating_sub(1), self.columns);
        let sheet = self.workbook.worksheet_from_index(0).map_err(told)?;
        if last > 0 && columns > 0 {
            sheet.autofilter(0, 0, last, columns - 1).map_err(told)?;
        }
        self.workbook.save_to_writer(self.file).map_err(told)
    }
}
