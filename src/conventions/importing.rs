//! Conventions brought in from elsewhere, with their stage and their acts, and put back as they were. One that is signed already may lack
//! what a new one must have: it is told, and shows as « à compléter ».

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::model::{Content, ConventionFields, Stage};
use super::service::{acts_after, refresh_predecessors};
use super::store::{self, Convention, Derived};
use crate::accounts::model::By;
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::events::{self, Event, Record};
use crate::kernel::ids::ConventionId;
use crate::kernel::{Day, FieldErrors};
use crate::versions::{self, Cause};

pub use super::bringing::{Around, lacking};

/// A record that may be written: nothing is left to refuse.
#[derive(Clone, Debug)]
pub struct Checked {
    pub line: u64,
    /// That of a new convention which comes from another instance: its page keeps its address.
    pub id: Option<ConventionId>,
    pub fields: ConventionFields,
    pub number: Option<String>,
    pub stage: Stage,
    /// What is added to its acts.
    pub acts: Vec<Content>,
    /// Why it corrects what was agreed.
    pub reason: String,
    /// It replaces the convention of this line of the file, which has no identifier yet.
    pub replaces_line: Option<u64>,
    pub existing: Option<Convention>,
    /// What it should have and has not.
    pub missing: FieldErrors,
}

/// What writing it does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    Created,
    Changed,
    Same,
}

impl Checked {
    pub fn fate(&self) -> Fate {
        match &self.existing {
            None => Fate::Created,
            Some(existing) => {
                let is_same = existing.number == self.number && self.acts.is_empty() && self.replaces_line.is_none();
                if is_same && existing.fields.sorted() == self.fields.sorted() { Fate::Same } else { Fate::Changed }
            }
        }
    }

    /// What undoing it will need; None: it is new.
    pub fn was(&self) -> Option<Was> {
        let last_act = |convention: &Convention| convention.acts.iter().map(|act| act.number).max().unwrap_or(0);
        self.existing.as_ref().map(|existing| Was { version: existing.version, number: existing.number.clone(), last_act: last_act(existing) })
    }
}

/// Writes a record that was checked, what it replaces being written already; answers its version. Search hears of it from the caller, once
/// for all.
pub fn write(conn: &mut Conn, by: By<'_>, today: Day, id: &ConventionId, checked: &Checked) -> Result<i32> {
    let is_new = checked.existing.as_ref().is_none_or(|existing| existing.life.stage != Stage::Signed);
    let event = Event::ConventionImported { id, stage: checked.stage, reason: &checked.reason, is_new };
    let (fields, number) = (checked.fields.clone(), checked.number.clone());
    let version = match &checked.existing {
        Some(existing) => {
            let added = acts_after(by, &existing.acts, checked.acts.clone());
            let acts = [existing.acts.clone(), added.clone()].concat();
            let next = Convention { fields, number, acts, ..existing.clone() };
            if !store::update(conn, by, &next, today, &Cause::of(&event))? {
                return Err(Error::Refused("Une convention du fichier a été modifiée pendant la lecture : recommencez.".into()));
            }
            for act in &added {
                store::add_act(conn, by, id, act)?;
            }
            // What replaces it may have come with the same file; what it replaced is no longer replaced.
            refresh_predecessors(conn, [Some(id.as_str()), existing.fields.replaces.as_deref()], today)?;
            next.version + 1
        }
        None => {
            let is_existing = checked.stage == Stage::Signed;
            let convention = Convention {
                id: id.clone(),
                number,
                life: super::model::Life::new(checked.stage),
                is_existing,
                signed_file: None,
                version: 1,
                author_id: by.actor.id.clone(),
                author_name: by.actor.name.clone(),
                created_at: by.now,
                updated_at: by.now,
                acts: acts_after(by, &[], checked.acts.clone()),
                successors: Vec::new(),
                stored: Derived::default(),
                fields,
            };
            store::insert(conn, by, &convention, today, &Cause::of(&event))?;
            convention.version
        }
    };
    refresh_predecessors(conn, [checked.fields.replaces.as_deref()], today)?;
    events::happened(conn, by, event)?;
    Ok(version)
}

/// What an import wrote over: the version tells the text.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Was {
    pub version: i32,
    pub number: Option<String>,
    pub last_act: i32,
}

/// A convention that an import wrote: what it was before (None: it is new) and the version that the import left.
#[derive(Clone, Debug, PartialEq)]
pub struct Written {
    pub id: ConventionId,
    pub was: Option<Was>,
    pub version: i32,
}

/// Why each of those that cannot be put back cannot. They are looked at together: a new one stays as long as what replaces it does.
pub fn stuck(conn: &mut Conn, written: &[Written]) -> Result<BTreeMap<ConventionId, String>> {
    let ids: Vec<ConventionId> = written.iter().map(|one| one.id.clone()).collect();
    let current: HashMap<ConventionId, i32> = store::versions_of(conn, &ids)?.into_iter().collect();
    let mut reasons = BTreeMap::new();
    for one in written.iter().filter(|one| current.get(&one.id).is_some_and(|version| *version != one.version)) {
        let last = versions::last(conn, &Record::convention(&one.id))?;
        let reason = last.map_or_else(|| "modifiée depuis.".to_owned(), |version| format!("modifiée depuis par {}.", version.actor));
        reasons.insert(one.id.clone(), reason);
    }
    let new: Vec<ConventionId> = written.iter().filter(|one| one.was.is_none()).map(|one| one.id.clone()).collect();
    let together: BTreeSet<&ConventionId> = ids.iter().collect();
    let successors = store::successors_of(conn, &new)?;
    loop {
        let stays = |id: &ConventionId| !together.contains(id) || reasons.contains_key(id);
        let held = successors.iter().find(|(successor, replaced)| stays(successor) && !reasons.contains_key(replaced));
        let Some((_, replaced)) = held else { return Ok(reasons) };
        reasons.insert(replaced.clone(), "une autre convention la remplace.".to_owned());
    }
}

/// Puts conventions back as they were, as a new version of each, and removes those that are new. Search hears of it from the caller.
pub fn undo(conn: &mut Conn, by: By<'_>, today: Day, written: &[Written]) -> Result<()> {
    let ids: Vec<ConventionId> = written.iter().map(|one| one.id.clone()).collect();
    let mut found: HashMap<ConventionId, Convention> = HashMap::new();
    for some in ids.chunks(500) {
        found.extend(store::by_ids(conn, some)?.into_iter().map(|one| (one.id.clone(), one)));
    }
    let (new, changed): (Vec<&Written>, Vec<&Written>) = written.iter().filter(|one| found.contains_key(&one.id)).partition(|one| one.was.is_none());
    let removed: BTreeSet<ConventionId> = new.iter().map(|one| one.id.clone()).collect();
    store::delete(conn, &removed.iter().cloned().collect::<Vec<_>>())?;
    for id in &removed {
        versions::forget(conn, &Record::convention(id))?;
        events::happened(conn, by, Event::ConventionImportUndone { id, is_removed: true })?;
    }
    let mut replaced: BTreeSet<String> = found.values().filter_map(|one| one.fields.replaces.clone()).collect();
    for (one, was) in changed.into_iter().filter_map(|one| Some((one, one.was.as_ref()?))) {
        let Some(convention) = found.get(&one.id).cloned() else { continue };
        let event = Event::ConventionImportUndone { id: &one.id, is_removed: false };
        let fields = versions::content(conn, &Record::convention(&one.id), was.version)?.ok_or(Error::NotFound)?;
        let fields: ConventionFields = serde_json::from_value(fields).map_err(|error| Error::Internal(error.to_string()))?;
        let acts = convention.acts.iter().filter(|act| act.number <= was.last_act).cloned().collect();
        store::delete_acts_after(conn, &one.id, was.last_act)?;
        replaced.extend(fields.replaces.clone());
        replaced.insert(one.id.to_string());
        let next = Convention { fields, number: was.number.clone(), acts, version: one.version, ..convention };
        if !store::update(conn, by, &next, today, &Cause::of(&event))? {
            return Err(Error::Refused("Une convention a été modifiée entre-temps : recommencez.".into()));
        }
        events::happened(conn, by, event)?;
    }
    let left = replaced.iter().filter(|id| ConventionId::parse(id).is_some_and(|id| !removed.contains(&id)));
    refresh_predecessors(conn, left.map(|id| Some(id.as_str())), today)
}

/// What an error of a use-case says of one field of a file.
pub(super) fn within(field: &str, what: &str, error: &Error) -> FieldErrors {
    match error {
        Error::Invalid(errors) => {
            let mut told = FieldErrors::default();
            for (_, message) in errors.iter() {
                told.add(field, format!("{what}\u{a0}: {message}"));
            }
            told
        }
        error => FieldErrors::one(field, format!("{what}\u{a0}: {error}")),
    }
}

/// A text or a number that names something, in one line.
pub(super) fn said(value: Option<&Value>) -> Option<String> {
    let text = match value? {
        Value::String(text) => text.split_whitespace().collect::<Vec<_>>().join(" "),
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    Some(text).filter(|text| !text.is_empty())
}
