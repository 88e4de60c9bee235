//! Every row checked again and written, in the caller's transaction: all of what was seen, or nothing.

use super::Wrong;
use super::checking::{Hearing, pass};
use super::kinds::{Desk, Entry, Outcome};
use super::model::Counts;
use super::source::{Row, Source};
use crate::accounts::model::By;
use crate::db::Conn;
use crate::error::{Error, Result};

/// Records that are kept together, to be undone.
const KEPT_TOGETHER: usize = 500;

/// Where what was written is kept.
pub type Keep<'a> = &'a mut dyn FnMut(&mut Conn, &[Entry]) -> Result<()>;

struct Writing<'a> {
    by: By<'a>,
    /// Rows that were seen to be wrong, and that whoever imports leaves out.
    refused: u64,
    left_out: u64,
    written: u64,
    entries: Vec<Entry>,
    keep: Keep<'a>,
    each_step: &'a mut dyn FnMut(u64) -> Result<()>,
}

/// Why nothing was written although all had been checked.
fn overtaken() -> Error {
    Error::Refused("Quelque chose a changé ici depuis la vérification. Rien n’a été importé : vérifiez de nouveau.".into())
}

/// Writes what a check has seen. When the rows no longer come to what was seen, nothing is written.
pub fn write(
    conn: &mut Conn,
    by: By<'_>,
    desk: &mut dyn Desk,
    source: &Source,
    seen: &Counts,
    keep: Keep<'_>,
    each_step: &mut dyn FnMut(u64) -> Result<()>,
) -> Result<()> {
    let mut writing = Writing { by, refused: seen.refused, left_out: 0, written: 0, entries: Vec::new(), keep, each_step };
    pass(conn, desk, source, &mut writing)?;
    writing.flush(conn)?;
    if (writing.written, writing.left_out) != (seen.created + seen.changed, seen.refused) {
        return Err(overtaken());
    }
    desk.finish(conn, by)
}

impl Writing<'_> {
    fn flush(&mut self, conn: &mut Conn) -> Result<()> {
        (self.keep)(conn, &self.entries)?;
        self.entries.clear();
        Ok(())
    }
}

impl Hearing for Writing<'_> {
    fn good(&mut self, conn: &mut Conn, desk: &mut dyn Desk, _: &Row, _: &Outcome) -> Result<()> {
        if let Some(entry) = desk.write(conn, self.by)? {
            self.written += 1;
            self.entries.push(entry);
            if self.entries.len() >= KEPT_TOGETHER {
                self.flush(conn)?;
            }
        }
        Ok(())
    }

    fn bad(&mut self, _: &Row, _: Vec<Wrong>) -> Result<()> {
        self.left_out += 1;
        if self.left_out > self.refused { Err(overtaken()) } else { Ok(()) }
    }

    fn step(&mut self, done: u64) -> Result<()> {
        (self.each_step)(done)
    }
}
