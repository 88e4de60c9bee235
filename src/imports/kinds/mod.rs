//! The kinds of records that files bring and take away. A kind is a [`Desk`] and a line in [`Kind`]: reading, writing, the page, the
//! command line and the guide follow from its columns.

mod action_columns;
mod actions;
mod convention_columns;
mod convention_notations;
mod conventions;
mod meeting_columns;
mod meeting_notations;
mod meetings;
mod notations;
mod partner_columns;
mod partners;
mod territories;

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::columns::{Columns, Held};
use super::source::Row;
use crate::accounts::model::{Actor, By, Viewer};
use crate::actions::policy;
use crate::db::Conn;
use crate::db::types::text_enum;
use crate::error::Result;
use crate::kernel::{Day, FieldErrors, Moment, Zone};

/// Beyond so many changes, search is built anew rather than told of each.
const REBUILD_AFTER: usize = 2_000;

text_enum! {
    pub enum Kind {
        Actions = "actions" | "Actions collectives",
        Partners = "partners" | "Partenaires",
        Conventions = "conventions" | "Conventions",
        Meetings = "meetings" | "Rencontres",
        Territories = "territories" | "Territoires",
    }
}

/// How sentences speak of a kind.
#[derive(Clone, Copy, Debug)]
pub struct Words {
    pub one: &'static str,
    pub many: &'static str,
    pub is_feminine: bool,
}

impl Words {
    /// `12 actions`, `1 territoire`.
    pub fn counted(self, count: u64) -> String {
        let word = if count < 2 { self.one } else { self.many };
        format!("{}\u{a0}{word}", crate::kernel::text::thousands(&count.to_string()))
    }

    /// The ending of what is said of so many: `créée`, `créés`.
    pub fn agreed(self, stem: &str, count: u64) -> String {
        format!("{stem}{}{}", if self.is_feminine { "e" } else { "" }, if count < 2 { "" } else { "s" })
    }
}

impl Kind {
    pub fn words(self) -> Words {
        match self {
            Self::Actions => Words { one: "action", many: "actions", is_feminine: true },
            Self::Partners => Words { one: "partenaire", many: "partenaires", is_feminine: false },
            Self::Conventions => Words { one: "convention", many: "conventions", is_feminine: true },
            Self::Meetings => Words { one: "rencontre", many: "rencontres", is_feminine: true },
            Self::Territories => Words { one: "territoire", many: "territoires", is_feminine: false },
        }
    }

    /// Where its records are listed.
    pub fn list(self) -> &'static str {
        match self {
            Self::Actions => "/actions",
            Self::Partners => "/partenaires",
            Self::Conventions => "/conventions",
            Self::Meetings => "/rencontres",
            Self::Territories => "/territoires",
        }
    }

    /// Who may bring files of it at all; each record is then its own policy's to judge.
    pub fn may_import(self, actor: &Actor) -> bool {
        match self {
            Self::Actions => policy::may_create(actor),
            Self::Partners => crate::partners::policy::may_create(actor),
            Self::Conventions => crate::conventions::policy::may_create(actor),
            Self::Meetings => crate::meetings::policy::may_create(actor),
            Self::Territories => actor.is_administrator(),
        }
    }

    /// The kinds that somebody may bring files of.
    pub fn importable(actor: &Actor) -> Vec<Self> {
        Self::ALL.iter().filter(|kind| kind.may_import(actor)).copied().collect()
    }

    /// Sits down to read or write records of this kind, with all that their codes may name.
    pub fn open(self, conn: &mut Conn, actor: &Actor, today: Day, zone: &Zone) -> Result<Box<dyn Desk>> {
        match self {
            Self::Actions => Ok(Box::new(actions::Actions::open(conn, actor, today)?)),
            Self::Partners => Ok(Box::new(partners::Partners::open(conn, actor, at_noon(today))?)),
            Self::Conventions => Ok(Box::new(conventions::Conventions::open(conn, actor, today)?)),
            Self::Meetings => Ok(Box::new(meetings::Meetings::open(conn, actor, today, zone)?)),
            Self::Territories => Ok(Box::new(territories::Territories::open(conn)?)),
        }
    }
}

/// What writing a row does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    Created,
    Changed,
    Same,
}

/// A row that may be written.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    pub fate: Fate,
    /// What the record is called.
    pub title: String,
    /// The fields that it should have and has not: it is written all the same.
    pub missing: Vec<String>,
}

/// A field that a row changes, as cells show it.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Change {
    pub label: String,
    pub before: String,
    pub after: String,
}

/// A record that an import wrote, as it is kept to be undone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub record_id: String,
    pub title: String,
    /// What it was before, in the kind's own JSON; None when it is new.
    pub was: Option<String>,
    /// The version that the import left.
    pub version: i32,
}

/// Which records an export takes.
#[derive(Clone, Debug)]
pub enum Which {
    /// All that the viewer may read.
    All,
    /// Those of these identifiers, in this order.
    These(Vec<String>),
}

/// One kind at work: its rows are looked up together, checked one by one, and written one by one, each right after its check.
pub trait Desk {
    fn columns(&self) -> &Columns;

    /// How many rows are looked up together.
    fn batch(&self) -> usize {
        500
    }

    /// Reads what these rows may name.
    fn look_up(&mut self, conn: &mut Conn, rows: &[Row]) -> Result<()>;

    /// What names a row's record, by field: no two rows of a file may bear the same.
    fn keys(&self, row: &Row) -> Vec<(&'static str, String)>;

    /// Checks a row, whose values it takes.
    fn check(&mut self, row: &mut Row) -> Result<Outcome, FieldErrors>;

    /// What the row last checked would change.
    fn changes(&self) -> Vec<Change>;

    /// Writes the row last checked, in the caller's transaction; None when there was nothing to write.
    fn write(&mut self, conn: &mut Conn, by: By<'_>) -> Result<Option<Entry>>;

    /// Tells search what was written, or undone, once for all.
    fn finish(&mut self, conn: &mut Conn, by: By<'_>) -> Result<()>;

    /// Which of these can no longer be put back, and why.
    fn stuck(&mut self, conn: &mut Conn, entries: &[Entry]) -> Result<BTreeMap<String, String>>;

    /// Puts these back as they were.
    fn undo(&mut self, conn: &mut Conn, by: By<'_>, entries: &[Entry]) -> Result<()>;

    /// Hands over records as this viewer may read them.
    fn records(&self, conn: &mut Conn, viewer: &Viewer, which: &Which, each: &mut dyn FnMut(Map<String, Value>) -> Result<()>) -> Result<()>;

    /// Writes the names of other records beside their identifiers, which another instance does not know.
    fn add_names(&self, _record: &mut Map<String, Value>) {}
}

/// The fields that differ between two records, as cells show them.
fn changes(columns: &Columns, before: &Map<String, Value>, after: &Map<String, Value>) -> Vec<Change> {
    let cell = |place: usize, record: &Map<String, Value>| columns.columns[place].write(columns.get(place, record)).shown().into_owned();
    let differs = |place: &usize| columns.columns[*place].held == Held::All && columns.get(*place, before) != columns.get(*place, after);
    (0..columns.columns.len())
        .filter(differs)
        .map(|place| Change { label: columns.columns[place].label.to_owned(), before: cell(place, before), after: cell(place, after) })
        .collect()
}

/// A number or a text that names a record, in one line.
fn cleaned(value: Option<&Value>) -> Option<String> {
    let said = match value? {
        Value::String(text) => crate::kernel::text::clean(text).split_whitespace().collect::<Vec<_>>().join(" "),
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    Some(said).filter(|said| !said.is_empty())
}

/// A day as an instant, for what is judged by the year.
fn at_noon(day: Day) -> Moment {
    Moment::from_naive(day.0.and_hms_opt(12, 0, 0).unwrap_or_default())
}

fn object(value: impl serde::Serialize) -> Map<String, Value> {
    match serde_json::to_value(value) {
        Ok(Value::Object(object)) => object,
        _ => Map::new(),
    }
}
