//! Actions in files: looked up by their identifiers, checked and written by their own slice.

use std::collections::{BTreeMap, HashMap};

use serde_json::{Map, Value, json};

use super::action_columns::columns;
use super::{Change, Desk, Entry, Fate, Outcome, REBUILD_AFTER, Which, changes, cleaned, object};
use crate::accounts::model::{Actor, By, Viewer};
use crate::actions::importing::{self, Checked, Was, Written};
use crate::actions::service::{Action, World};
use crate::actions::{exporting, labels, record};
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::imports::columns::Columns;
use crate::imports::source::Row;
use crate::kernel::ids::ActionId;
use crate::kernel::{Day, FieldErrors};
use crate::outbox::{self, Job};
use crate::partners::service as partners;
use crate::plans::service as plans;
use crate::search::model::RecordType;

/// Actions read together for an export.
const BATCH: usize = 200;

pub struct Actions {
    actor: Actor,
    world: World,
    columns: Columns,
    partner_names: BTreeMap<String, String>,
    plan_titles: BTreeMap<String, String>,
    today: Day,
    by_id: HashMap<String, Action>,
    by_external_id: HashMap<String, String>,
    last: Option<Checked>,
    /// Those of which search must hear.
    found: Vec<ActionId>,
}

impl Actions {
    pub fn open(conn: &mut Conn, actor: &Actor, today: Day) -> Result<Self> {
        let (world, partners, plans) = (World::load(conn)?, partners::all(conn)?, plans::all(conn)?);
        Ok(Self {
            actor: actor.clone(),
            columns: columns(&world, &partners, &plans),
            partner_names: partners.into_iter().map(|partner| (partner.id.to_string(), partner.name)).collect(),
            plan_titles: plans.into_iter().map(|plan| (plan.id.to_string(), plan.title)).collect(),
            world,
            today,
            by_id: HashMap::new(),
            by_external_id: HashMap::new(),
            last: None,
            found: Vec::new(),
        })
    }

    /// The action that a row names, ours by its own number or by the other's.
    fn existing(&mut self, row: &Row, errors: &mut FieldErrors) -> Option<Action> {
        let (id, external) = (cleaned(row.given.get("id")), cleaned(row.given.get("external_id")));
        let by_id = id.filter(|id| self.by_id.contains_key(id));
        let by_external = external.as_ref().and_then(|external| self.by_external_id.get(external)).cloned();
        if let (Some(one), Some(other), Some(external)) = (&by_id, &by_external, &external)
            && one != other
        {
            errors.add("external_id", format!("« {external} » est déjà l’identifiant d’une autre action que celle de ce numéro."));
        }
        self.by_id.remove(&by_id.or(by_external)?)
    }

    fn entry(checked: &Checked, id: &ActionId, version: i32) -> Result<Entry> {
        let was = checked.existing.as_ref().map(|action| Was { version: action.version, life: action.life.clone() });
        let was = was.map(|was| serde_json::to_string(&was)).transpose().map_err(|error| Error::Internal(error.to_string()))?;
        Ok(Entry { record_id: id.to_string(), title: checked.fields.title.clone(), was, version })
    }

    fn give(&self, conn: &mut Conn, viewer: &Viewer, actions: Vec<Action>, each: &mut dyn FnMut(Map<String, Value>) -> Result<()>) -> Result<()> {
        record::records(conn, viewer, actions, self.today)?.into_iter().try_for_each(|record| each(object(record)))
    }
}

fn written(entries: &[Entry]) -> Result<Vec<Written>> {
    let read = |entry: &Entry| {
        let was = entry.was.as_deref().map(serde_json::from_str).transpose().map_err(|error| Error::Internal(error.to_string()))?;
        let id = ActionId::parse(&entry.record_id).ok_or(Error::NotFound)?;
        Ok(Written { id, was, version: entry.version })
    };
    entries.iter().map(read).collect()
}

impl Desk for Actions {
    fn columns(&self) -> &Columns {
        &self.columns
    }

    fn look_up(&mut self, conn: &mut Conn, rows: &[Row]) -> Result<()> {
        let all = |field: &str| rows.iter().filter_map(|row| cleaned(row.given.get(field))).collect::<Vec<_>>();
        let ids: Vec<ActionId> = all("id").iter().filter_map(|id| ActionId::parse(id)).collect();
        let found = importing::named(conn, &ids, &all("external_id"))?;
        self.by_external_id = found.iter().filter_map(|action| Some((action.fields.external_id.clone()?, action.id.to_string()))).collect();
        self.by_id = found.into_iter().map(|action| (action.id.to_string(), action)).collect();
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
        let missing = checked.missing.iter().map(|(field, _)| labels::field(field).to_owned()).collect();
        let outcome = Outcome { fate, title: checked.fields.title.clone(), missing };
        self.last = Some(checked);
        Ok(outcome)
    }

    fn changes(&self) -> Vec<Change> {
        let Some((checked, existing)) = self.last.as_ref().and_then(|checked| Some((checked, checked.existing.as_ref()?))) else { return Vec::new() };
        let record = |fields, stage| {
            let mut record = object(fields);
            record.insert("stage".into(), json!(stage));
            record
        };
        changes(&self.columns, &record(&existing.fields, existing.life.stage), &record(&checked.fields, checked.stage))
    }

    fn write(&mut self, conn: &mut Conn, by: By<'_>) -> Result<Option<Entry>> {
        let Some(checked) = self.last.take() else { return Ok(None) };
        let Some((id, version)) = importing::write(conn, by, &checked)? else { return Ok(None) };
        let entry = Self::entry(&checked, &id, version)?;
        if checked.is_found() {
            self.found.push(id);
        }
        Ok(Some(entry))
    }

    fn finish(&mut self, conn: &mut Conn, by: By<'_>) -> Result<()> {
        let found = std::mem::take(&mut self.found);
        if found.len() > REBUILD_AFTER {
            return outbox::enqueue(conn, by.now, by.chance, &Job::Rebuild).map(drop);
        }
        for id in found {
            outbox::enqueue(conn, by.now, by.chance, &Job::Index { kind: RecordType::Action, id: id.to_string() })?;
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
                    let actions = exporting::after(conn, viewer, &after, BATCH)?;
                    let Some(last) = actions.last else { return Ok(()) };
                    self.give(conn, viewer, actions.readable, each)?;
                    after = last.to_string();
                }
            }
            Which::These(ids) => {
                for some in ids.chunks(BATCH) {
                    let some: Vec<ActionId> = some.iter().filter_map(|id| ActionId::parse(id)).collect();
                    let actions = exporting::readable(conn, viewer, &some)?;
                    self.give(conn, viewer, actions, each)?;
                }
                Ok(())
            }
        }
    }

    fn add_names(&self, record: &mut Map<String, Value>) {
        let named = |names: &BTreeMap<String, String>, item: &mut Value, id: &str, name: &str| {
            if let Some(found) = item[id].as_str().and_then(|id| names.get(id)).cloned() {
                item[name] = json!(found);
            }
        };
        for (list, names, id, name) in
            [("partners", &self.partner_names, "partner_id", "partner"), ("plan_sheets", &self.plan_titles, "plan_id", "plan")]
        {
            record.get_mut(list).and_then(Value::as_array_mut).into_iter().flatten().for_each(|item| named(names, item, id, name));
        }
        if let Some(carrier) = record.get_mut("carrier").filter(|carrier| carrier.is_object()) {
            named(&self.partner_names, carrier, "partner_id", "partner");
        }
    }
}

#[cfg(test)]
#[path = "actions_tests.rs"]
mod tests;
