//! Partners in files: looked up by their identifiers, checked and written by their own slice.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::partner_columns::columns;
use super::{Change, Desk, Entry, Fate, Outcome, REBUILD_AFTER, Which, changes, cleaned, object};
use crate::accounts::model::{Actor, By, Viewer};
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::imports::columns::Columns;
use crate::imports::source::Row;
use crate::kernel::ids::OrganisationId;
use crate::kernel::{FieldErrors, Moment};
use crate::outbox::{self, Job};
use crate::partners::importing::{self, Checked, Named, Was, Written};
use crate::partners::model::Partner;
use crate::partners::record;
use crate::partners::service::World;
use crate::search::model::RecordType;

/// Partners read together for an export.
const BATCH: usize = 200;

pub struct Partners {
    actor: Actor,
    world: World,
    columns: Columns,
    now: Moment,
    named: Named,
    /// Those that a row of this file names already.
    seen: BTreeSet<String>,
    last: Option<Checked>,
    /// Those of which search must hear.
    found: Vec<OrganisationId>,
}

impl Partners {
    pub fn open(conn: &mut Conn, actor: &Actor, now: Moment) -> Result<Self> {
        let world = World::load(conn)?;
        Ok(Self {
            actor: actor.clone(),
            columns: columns(&world),
            world,
            now,
            named: Named::default(),
            seen: BTreeSet::new(),
            last: None,
            found: Vec::new(),
        })
    }

    /// The partner that a row names, ours by its own number or by the other's. One that became another is that other, under its number.
    fn existing(&mut self, row: &mut Row, errors: &mut FieldErrors) -> Option<Partner> {
        let (id, external) = (cleaned(row.given.get("id")), cleaned(row.given.get("external_id")));
        let by_id = id.and_then(|id| self.named.by_id(&id).map(str::to_owned));
        let by_external = external.as_ref().and_then(|external| self.named.by_external_id(external).map(str::to_owned));
        if let (Some(one), Some(other), Some(external)) = (&by_id, &by_external, &external)
            && one != other
        {
            errors.add("external_id", format!("« {external} » est déjà l’identifiant d’un autre partenaire que celui de ce numéro."));
        }
        let partner = self.named.partners.get(&by_id.or(by_external.clone())?).cloned()?;
        if by_external.is_some() && partner.fields.external_id != external {
            row.given.remove("external_id");
        }
        if !self.seen.insert(partner.id.to_string()) {
            let field = if row.given.contains_key("id") { "id" } else { "external_id" };
            errors.add(field, "Une autre ligne du fichier désigne déjà ce partenaire.");
        }
        Some(partner)
    }

    fn give(&self, viewer: &Viewer, partners: Vec<Partner>, each: &mut dyn FnMut(Map<String, Value>) -> Result<()>) -> Result<()> {
        partners.into_iter().try_for_each(|partner| each(object(record::record(viewer, partner, self.now))))
    }
}

fn written(entries: &[Entry]) -> Result<Vec<Written>> {
    let read = |entry: &Entry| {
        let was = entry.was.as_deref().map(serde_json::from_str).transpose().map_err(|error| Error::Internal(error.to_string()))?;
        let id = OrganisationId::parse(&entry.record_id).ok_or(Error::NotFound)?;
        Ok(Written { id, was, version: entry.version })
    };
    entries.iter().map(read).collect()
}

impl Desk for Partners {
    fn columns(&self) -> &Columns {
        &self.columns
    }

    fn look_up(&mut self, conn: &mut Conn, rows: &[Row]) -> Result<()> {
        let all = |field: &str| rows.iter().filter_map(|row| cleaned(row.given.get(field))).collect::<Vec<_>>();
        let ids: Vec<OrganisationId> = all("id").iter().filter_map(|id| OrganisationId::parse(id)).collect();
        self.named = Named::of(conn, &ids, &all("external_id"))?;
        Ok(())
    }

    fn keys(&self, row: &Row) -> Vec<(&'static str, String)> {
        ["id", "external_id"].into_iter().filter_map(|field| Some((field, cleaned(row.given.get(field))?))).collect()
    }

    fn check(&mut self, row: &mut Row) -> Result<Outcome, FieldErrors> {
        let mut errors = FieldErrors::default();
        let existing = self.existing(row, &mut errors);
        let given = std::mem::take(&mut row.given);
        let checked = match importing::check(&self.actor, given, existing, &self.world) {
            Ok(checked) => checked,
            Err(wrong) => {
                errors.extend(wrong);
                return Err(errors);
            }
        };
        errors.into_result()?;
        let fate = match checked.fate() {
            importing::Fate::Created => Fate::Created,
            importing::Fate::Changed => Fate::Changed,
            importing::Fate::Same => Fate::Same,
        };
        let outcome = Outcome { fate, title: checked.fields.name.clone(), missing: Vec::new() };
        self.last = Some(checked);
        Ok(outcome)
    }

    fn changes(&self) -> Vec<Change> {
        match self.last.as_ref().and_then(|checked| Some((checked, checked.existing.as_ref()?))) {
            Some((checked, existing)) => changes(&self.columns, &object(&existing.fields), &object(&checked.fields)),
            None => Vec::new(),
        }
    }

    fn write(&mut self, conn: &mut Conn, by: By<'_>) -> Result<Option<Entry>> {
        let Some(checked) = self.last.take() else { return Ok(None) };
        let Some((id, version)) = importing::write(conn, by, &checked)? else { return Ok(None) };
        let was = checked.existing.as_ref().map(|partner| Was { version: partner.version });
        let was = was.map(|was| serde_json::to_string(&was)).transpose().map_err(|error| Error::Internal(error.to_string()))?;
        let entry = Entry { record_id: id.to_string(), title: checked.fields.name.clone(), was, version };
        self.found.push(id);
        Ok(Some(entry))
    }

    fn finish(&mut self, conn: &mut Conn, by: By<'_>) -> Result<()> {
        let found = std::mem::take(&mut self.found);
        if found.len() > REBUILD_AFTER {
            return outbox::enqueue(conn, by.now, by.chance, &Job::Rebuild).map(drop);
        }
        for id in found {
            outbox::enqueue(conn, by.now, by.chance, &Job::Index { kind: RecordType::Partner, id: id.to_string() })?;
        }
        Ok(())
    }

    fn stuck(&mut self, conn: &mut Conn, entries: &[Entry]) -> Result<BTreeMap<String, String>> {
        Ok(importing::stuck(conn, &written(entries)?)?.into_iter().map(|(id, reason)| (id.to_string(), reason)).collect())
    }

    fn undo(&mut self, conn: &mut Conn, by: By<'_>, entries: &[Entry]) -> Result<()> {
        for one in written(entries)? {
            importing::undo(conn, by, &one)?;
            self.found.push(one.id);
        }
        Ok(())
    }

    fn records(&self, conn: &mut Conn, viewer: &Viewer, which: &Which, each: &mut dyn FnMut(Map<String, Value>) -> Result<()>) -> Result<()> {
        match which {
            Which::All => {
                let mut after = String::new();
                loop {
                    let partners = importing::after(conn, viewer, &after, BATCH)?;
                    let Some(last) = partners.last else { return Ok(()) };
                    self.give(viewer, partners.readable, each)?;
                    after = last.to_string();
                }
            }
            Which::These(ids) => ids.chunks(BATCH).try_for_each(|some| {
                let some: Vec<OrganisationId> = some.iter().filter_map(|id| OrganisationId::parse(id)).collect();
                self.give(viewer, importing::readable(conn, viewer, &some)?, each)
            }),
        }
    }
}
