//! Territories brought in from a file, written together since they may lie in one another, and put back as they were.

use std::collections::{BTreeMap, BTreeSet};

use super::model::{Atlas, Territory};
use super::store;
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::events::{self, Event};
use crate::kernel::FieldErrors;
use crate::kernel::actor::By;
use crate::outbox::{self, Job};

/// More territories than this are not those of a département.
pub const MOST: usize = 2_000;

/// What is wrong with a territory beside all the others, those of its file included.
pub fn check(territory: &Territory, all: &Atlas) -> Result<(), FieldErrors> {
    let mut errors = FieldErrors::default();
    if let Some(parent) = &territory.within {
        if all.territory(parent).is_none() {
            errors.add("within", format!("« {parent} » n’est pas un territoire de l’instance, ni du fichier."));
        } else if all.makes_a_cycle(&territory.code, parent) {
            errors.add(
                "within",
                format!("{} serait dans {}, qui est dans lui : un territoire ne peut pas se contenir lui-même.", territory.name, parent),
            );
        }
    }
    errors.into_result()
}

/// Those that lie in another after it. A circle, which [`check`] refuses, ends it.
fn parents_first(territories: Vec<Territory>) -> Vec<Territory> {
    let codes: BTreeSet<String> = territories.iter().map(|territory| territory.code.clone()).collect();
    let (mut ordered, mut written, mut waiting) = (Vec::new(), BTreeSet::new(), territories);
    while !waiting.is_empty() {
        let waits = |territory: &Territory| territory.within.as_ref().is_some_and(|parent| codes.contains(parent) && !written.contains(parent));
        let (later, now): (Vec<Territory>, Vec<Territory>) = waiting.into_iter().partition(waits);
        if now.is_empty() {
            ordered.extend(later);
            break;
        }
        written.extend(now.iter().map(|territory| territory.code.clone()));
        ordered.extend(now);
        waiting = later;
    }
    ordered
}

/// Writes territories over the versions that they bear (0: new). They were checked.
pub fn write(conn: &mut Conn, by: By<'_>, territories: Vec<Territory>) -> Result<()> {
    if territories.is_empty() {
        return Ok(());
    }
    for territory in parents_first(territories) {
        let written = match territory.version {
            0 => store::insert(conn, &territory, by.now).map(|()| true)?,
            _ => store::update(conn, &territory, by.now)?,
        };
        if !written {
            return Err(Error::Refused("Un territoire du fichier a été modifié pendant la lecture : recommencez.".into()));
        }
        events::happened(conn, by, Event::Administered { kind: "territory", id: &territory.code, what: "territory_imported" })?;
    }
    outbox::enqueue(conn, by.now, by.chance, &Job::Rebuild).map(drop)
}

/// A territory that an import wrote: what it was before (None: it is new) and the version that the import left.
#[derive(Clone, Debug, PartialEq)]
pub struct Written {
    pub code: String,
    pub was: Option<Territory>,
    pub version: i32,
}

/// Why each of those that cannot be put back cannot.
pub fn stuck(conn: &mut Conn, written: &[Written]) -> Result<BTreeMap<String, String>> {
    let atlas = Atlas::new(store::all(conn)?);
    let new: Vec<String> = written.iter().filter(|one| one.was.is_none()).map(|one| one.code.clone()).collect();
    let mut reasons = BTreeMap::new();
    for one in written {
        let reason = match (atlas.territory(&one.code), &one.was) {
            (None, _) => None,
            (Some(now), _) if now.version != one.version => Some("il a été modifié depuis.".to_owned()),
            (Some(_), None) if store::uses_beside(conn, &one.code, &new)? > 0 => Some("des comptes ou des actions s’y rattachent.".to_owned()),
            (Some(_), Some(was)) => {
                was.within.as_ref().filter(|parent| atlas.territory(parent).is_none()).map(|parent| format!("{parent}, où il était, n’existe plus."))
            }
            _ => None,
        };
        reasons.extend(reason.map(|reason| (one.code.clone(), reason)));
    }
    Ok(reasons)
}

/// Puts territories back as they were, and removes those that are new.
pub fn undo(conn: &mut Conn, by: By<'_>, written: Vec<Written>) -> Result<()> {
    let changed = || Error::Refused("Un territoire a été modifié entre-temps : recommencez.".into());
    let (mut new, mut restored) = (Vec::new(), Vec::new());
    let atlas = Atlas::new(store::all(conn)?);
    for one in written {
        match (atlas.territory(&one.code), one.was) {
            (None, _) => {}
            (Some(now), None) => new.push(now.clone()),
            (Some(_), Some(was)) => restored.push(Territory { version: one.version, ..was }),
        }
    }
    for territory in &restored {
        if !store::update(conn, territory, by.now)? {
            return Err(changed());
        }
        events::happened(conn, by, Event::Administered { kind: "territory", id: &territory.code, what: "territory_restored" })?;
    }
    for territory in parents_first(new).into_iter().rev() {
        store::delete(conn, &territory.code)?;
        events::happened(conn, by, Event::Administered { kind: "territory", id: &territory.code, what: "territory_removed" })?;
    }
    outbox::enqueue(conn, by.now, by.chance, &Job::Rebuild).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::territories::reading::nothing;

    fn territory(code: &str, within: Option<&str>) -> Territory {
        Territory { code: code.into(), name: code.into(), within: within.map(Into::into), ..nothing() }
    }

    #[test]
    fn parents_come_before_what_lies_in_them() {
        let given = vec![territory("C", Some("B")), territory("A", Some("B")), territory("B", Some("ELSEWHERE"))];
        let codes: Vec<String> = parents_first(given).into_iter().map(|territory| territory.code).collect();
        assert_eq!(codes, ["B", "C", "A"]);
        let circle = vec![territory("A", Some("B")), territory("B", Some("A"))];
        assert_eq!(parents_first(circle.clone()).len(), 2);
        let all = Atlas::new(circle);
        assert!(all.own().all(|territory| check(territory, &all).unwrap_err().of("within").is_some()));
    }
}
