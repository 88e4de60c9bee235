//! `.csv` as a French Excel opens it rightly: UTF-8 with its mark, semicolons, no cell that begins a formula.

use std::fs::File;
use std::io::{BufWriter, Write};

use super::Sheet;
use crate::imports::columns::guard::guarded;
use crate::imports::files::table::Content;

pub struct Separated(csv::Writer<BufWriter<File>>);

impl Separated {
    pub fn new(file: File, titles: &[String]) -> std::io::Result<Self> {
        let mut file = BufWriter::new(file);
        file.write_all("\u{feff}".as_bytes())?;
        let mut writer = csv::WriterBuilder::new().delimiter(b';').flexible(true).terminator(csv::Terminator::CRLF).from_writer(file);
        writer.write_record(titles)?;
        Ok(Self(writer))
    }
}

impl Sheet for Separated {
    fn line(&mut self, cells: &[Content]) -> std::io::Result<()> {
        for cell in cells {
            let shown = cell.shown();
            let text = match cell {
                Content::Text(_) => guarded(&shown),
                _ => shown.as_ref().into(),
            };
            self.0.write_field(text.as_ref())?;
        }
        Ok(self.0.write_record(None::<&[u8]>)?)
    }

    fn finish(mut self: Box<Self>) -> std::io::Result<()> {
        self.0.flush()
    }
}
