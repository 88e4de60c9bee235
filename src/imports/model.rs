//! An import on the page: what it is waiting for, and the one function that moves it on.
//!
//! ```text
//! uploaded ──columns──▶ mapped ──check──▶ checked ──import──▶ running ──▶ done ──undo──▶ undoing ──▶ undone
//!                         ▲                │  ▲                  │          ▲               │
//!                         └──columns or────┘  └── the world ─────┘          └── changed ────┘
//!                            cells again          has changed                   since
//!
//! mapped, checked, running ──▶ failed        (its file is gone, or cannot be read after all)
//! ```
//!
//! `mapped`, `running` and `undoing` are the worker's: it leases the row, and writes the next stage under its token.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Wrong;
use super::kinds::{Change, Kind};
use super::layout::Heading;
use super::source::Corrections;
use crate::db::types::text_enum;
use crate::kernel::Moment;
use crate::kernel::ids::AccountId;

/// Days during which an import may be undone, and for which one that nobody ends is kept.
pub const KEPT_DAYS: i64 = 30;

text_enum! {
    pub enum Stage {
        Uploaded = "uploaded" | "Colonnes à vérifier",
        Mapped = "mapped" | "Vérification en cours",
        Checked = "checked" | "À importer",
        Running = "running" | "Import en cours",
        Done = "done" | "Importé",
        Failed = "failed" | "Échec",
        Undoing = "undoing" | "Annulation en cours",
        Undone = "undone" | "Annulé",
    }
}

text_enum! {
    /// What somebody asks of an import.
    pub enum Verb {
        Map = "map" | "Vérifier",
        Import = "import" | "Importer",
        Undo = "undo" | "Annuler cet import",
        Abandon = "abandon" | "Abandonner",
    }
}

impl Stage {
    /// Where a verb leads; None when it is not the time for it. An import abandoned is no more: it leads nowhere, and is allowed.
    pub fn after(self, verb: Verb) -> Option<Self> {
        match (self, verb) {
            (Self::Uploaded | Self::Checked, Verb::Map) => Some(Self::Mapped),
            (Self::Checked, Verb::Import) => Some(Self::Running),
            (Self::Done, Verb::Undo) => Some(Self::Undoing),
            (Self::Uploaded | Self::Checked | Self::Failed, Verb::Abandon) => Some(self),
            _ => None,
        }
    }

    /// Does the worker have it in hand?
    pub fn is_under_way(self) -> bool {
        matches!(self, Self::Mapped | Self::Running | Self::Undoing)
    }
}

/// How the file is to be read.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Plan {
    /// The field of each column of the file; None: left aside.
    pub fields: Vec<Option<String>>,
    pub corrections: Corrections,
    /// Rows that are wrong are left out; otherwise one is enough to write nothing.
    pub leaves_wrong_rows: bool,
    /// Undoing leaves what somebody has changed since.
    pub leaves_changed: bool,
}

/// A row that cannot be imported, or one that can, as the page shows it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ShownRow {
    pub line: u64,
    /// What stands in each column of the file.
    pub cells: Vec<String>,
    pub wrongs: Vec<Wrong>,
}

/// A record that an import changes, or one that is left to complete.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ShownRecord {
    pub line: u64,
    pub title: String,
    pub changes: Vec<Change>,
    pub missing: Vec<String>,
}

/// How many rows, and what becomes of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Counts {
    pub rows: u64,
    pub created: u64,
    pub changed: u64,
    pub same: u64,
    pub refused: u64,
    pub to_complete: u64,
}

/// What the last reading, check or undoing found, as far as the page shows it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Report {
    pub notes: Vec<String>,
    pub headings: Vec<Heading>,
    /// The fields that the titles seem to name.
    pub proposed: Vec<Option<String>>,
    pub counts: Counts,
    pub bad: Vec<ShownRow>,
    pub good: Vec<ShownRow>,
    pub changed: Vec<ShownRecord>,
    pub to_complete: Vec<ShownRecord>,
    /// The imports that stand and that brought the same file, when this one was checked.
    pub same_file: Vec<String>,
    /// What could not be undone: identifier → (title, why).
    pub stuck: BTreeMap<String, (String, String)>,
}

/// An import as its row gives it.
#[derive(Clone, Debug, PartialEq)]
pub struct Import {
    pub id: String,
    pub kind: Kind,
    pub stage: Stage,
    pub file_name: String,
    /// SHA-256 of the file.
    pub hash: String,
    pub plan: Plan,
    pub report: Report,
    /// None: the command line.
    pub account_id: Option<AccountId>,
    pub account_name: String,
    pub created_at: Moment,
    pub checked_at: Option<Moment>,
    pub done_at: Option<Moment>,
    pub undone_at: Option<Moment>,
    pub undone_by: Option<String>,
    /// Why it failed, or why it is back to be checked.
    pub reason: Option<String>,
}

impl Import {
    /// May it still be undone?
    pub fn is_undoable(&self, now: Moment) -> bool {
        self.stage == Stage::Done && self.done_at.is_some_and(|at| now < at.plus_days(KEPT_DAYS))
    }

    /// Has its file columns, or an object a line?
    pub fn has_columns(&self) -> bool {
        !self.report.headings.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_of_stages_and_verbs() {
        let mut table = Vec::new();
        for verb in Verb::ALL {
            table.extend(Stage::ALL.iter().filter_map(|from| Some(format!("{verb} {from}>{}", from.after(*verb)?))));
        }
        assert_eq!(
            table,
            [
                "map uploaded>mapped",
                "map checked>mapped",
                "import checked>running",
                "undo done>undoing",
                "abandon uploaded>uploaded",
                "abandon checked>checked",
                "abandon failed>failed"
            ]
        );
    }

    #[test]
    fn what_was_kept_by_an_older_version_is_still_read() {
        let report: Report = serde_json::from_str("{\"counts\": {\"rows\": 3}, \"bad\": [{\"line\": 2}]}").unwrap();
        assert_eq!((report.counts.rows, report.bad[0].line), (3, 2));
        assert_eq!(serde_json::from_str::<Plan>("{}").unwrap(), Plan::default());
    }
}
