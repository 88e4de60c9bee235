//! Conventions in files. They may replace one another, in any order: all of a file are looked at together, and each is written once what it
//! replaces is.

use std::collections::{BTreeMap, HashMap, HashSet};

use serde_json::{Map, Value, json};

use super::convention_columns::columns;
use super::convention_notations::{NAME, naming};
use super::notations::Partners;
use super::{Change, Desk, Entry, Fate, Outcome, REBUILD_AFTER, Which, changes, cleaned, object};
use crate::accounts::model::{Actor, By, Viewer};
use crate::conventions::exporting;
use crate::conventions::importing::{self, Around, Checked, Written};
use crate::conventions::model::{ConventionFields, Stage};
use crate::conventions::world::World;
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::imports::columns::Columns;
use crate::imports::source::Row;
use crate::kernel::ids::ConventionId;
use crate::kernel::{Day, FieldErrors};
use crate::outbox::{self, Job};
use crate::search::model::RecordType;
use crate::{partners, plans};

/// Conventions read together for an export.
const BATCH: usize = 200;

pub struct Conventions {
    actor: Actor,
    world: World,
    columns: Columns,
    today: Day,
    /// What partners are called elsewhere, and here.
    partners: BTreeMap<String, (String, String)>,
    plans: BTreeMap<String, String>,
    around: Around,
    last: Option<Checked>,
    /// The identifiers of what each line brings.
    ids: HashMap<u64, ConventionId>,
    written: HashSet<u64>,
    /// What replaces a convention that is not written yet.
    pending: Vec<Checked>,
    /// Those of which search must hear.
    found: Vec<ConventionId>,
}

impl Conventions {
    pub fn open(conn: &mut Conn, actor: &Actor, today: Day) -> Result<Self> {
        let (world, partners, plans) = (World::load(conn)?, partners::service::all(conn)?, plans::service::all(conn)?);
        let called = partners.iter().map(|one| (one.id.to_string(), (one.external_id.clone().unwrap_or(one.id.to_string()), one.name.clone())));
        Ok(Self {
            actor: actor.clone(),
            columns: columns(&world, &Partners::new(&partners), &plans),
            partners: called.collect(),
            plans: plans.into_iter().map(|plan| (plan.id.to_string(), plan.title)).collect(),
            world,
            today,
            around: Around::default(),
            last: None,
            ids: HashMap::new(),
            written: HashSet::new(),
            pending: Vec::new(),
            found: Vec::new(),
        })
    }

    /// The identifier of what a line brings: its own if it has one, else one made for it.
    fn id_of(&mut self, line: u64, by: By<'_>) -> ConventionId {
        self.ids.entry(line).or_insert_with(|| ConventionId::new(by.now, by.chance)).clone()
    }

    fn write_now(&mut self, conn: &mut Conn, by: By<'_>, checked: &Checked) -> Result<()> {
        let id = self.id_of(checked.line, by);
        importing::write(conn, by, self.today, &id, checked)?;
        self.written.insert(checked.line);
        if checked.stage == Stage::Signed {
            self.found.push(id);
        }
        Ok(())
    }

    fn give(&self, records: Vec<Map<String, Value>>, each: &mut dyn FnMut(Map<String, Value>) -> Result<()>) -> Result<()> {
        records.into_iter().try_for_each(each)
    }

    fn told(&self, fields: &ConventionFields, number: Option<&str>) -> Map<String, Value> {
        let mut record = object(self.around.shown(fields));
        record.insert("number".into(), json!(number));
        record
    }
}

fn written(entries: &[Entry]) -> Result<Vec<Written>> {
    let read = |entry: &Entry| {
        let was = entry.was.as_deref().map(serde_json::from_str).transpose().map_err(|error| Error::Internal(error.to_string()))?;
        let id = ConventionId::parse(&entry.record_id).ok_or(Error::NotFound)?;
        Ok(Written { id, was, version: entry.version })
    };
    entries.iter().map(read).collect()
}

impl Desk for Conventions {
    fn columns(&self) -> &Columns {
        &self.columns
    }

    fn batch(&self) -> usize {
        usize::MAX
    }

    fn look_up(&mut self, conn: &mut Conn, rows: &[Row]) -> Result<()> {
        let given = rows.iter().map(|row| (row.line, &row.given));
        self.around = Around::load(conn, &self.actor, &self.world.instance.departement, given)?;
        let own = |row: &Row| Some((row.line, ConventionId::parse(&cleaned(row.given.get("id"))?)?));
        self.ids = rows.iter().filter_map(own).collect();
        Ok(())
    }

    fn keys(&self, row: &Row) -> Vec<(&'static str, String)> {
        ["id", "external_id", "number"].into_iter().filter_map(|field| Some((field, cleaned(row.given.get(field))?))).collect()
    }

    fn check(&mut self, row: &mut Row) -> Result<Outcome, FieldErrors> {
        let given = std::mem::take(&mut row.given);
        let checked = self.around.check(&self.actor, &self.world, self.today, row.line, given)?;
        let fate = match checked.fate() {
            importing::Fate::Created => Fate::Created,
            importing::Fate::Changed => Fate::Changed,
            importing::Fate::Same => Fate::Same,
        };
        let missing = checked.missing.iter().map(|(field, _)| importing::lacking(field).to_owned()).collect();
        let outcome = Outcome { fate, title: checked.fields.object.clone(), missing };
        self.last = Some(checked);
        Ok(outcome)
    }

    fn changes(&self) -> Vec<Change> {
        let Some((checked, existing)) = self.last.as_ref().and_then(|checked| Some((checked, checked.existing.as_ref()?))) else { return Vec::new() };
        let before = self.told(&existing.fields, existing.number.as_deref());
        let mut changes = changes(&self.columns, &before, &self.told(&checked.fields, checked.number.as_deref()));
        if !checked.acts.is_empty() {
            let acts = |count: usize| format!("{count}");
            changes.push(Change { label: "Actes".into(), before: acts(existing.acts.len()), after: acts(existing.acts.len() + checked.acts.len()) });
        }
        changes
    }

    fn write(&mut self, conn: &mut Conn, by: By<'_>) -> Result<Option<Entry>> {
        let Some(mut checked) = self.last.take().filter(|checked| checked.fate() != importing::Fate::Same) else { return Ok(None) };
        if let Some(existing) = &checked.existing {
            self.ids.insert(checked.line, existing.id.clone());
        }
        let (id, was) = (self.id_of(checked.line, by), checked.was());
        let was = was.map(|was| serde_json::to_string(&was)).transpose().map_err(|error| Error::Internal(error.to_string()))?;
        let version = checked.existing.as_ref().map_or(1, |existing| existing.version + 1);
        let entry = Entry { record_id: id.to_string(), title: checked.fields.object.clone(), was, version };
        if let Some(line) = checked.replaces_line {
            checked.fields.replaces = Some(self.id_of(line, by).to_string());
        }
        match checked.replaces_line {
            Some(line) if !self.written.contains(&line) => self.pending.push(checked),
            _ => self.write_now(conn, by, &checked)?,
        }
        Ok(Some(entry))
    }

    fn finish(&mut self, conn: &mut Conn, by: By<'_>) -> Result<()> {
        while !self.pending.is_empty() {
            let is_ready = |checked: &Checked| checked.replaces_line.is_none_or(|line| self.written.contains(&line));
            let (ready, waiting): (Vec<Checked>, Vec<Checked>) = std::mem::take(&mut self.pending).into_iter().partition(is_ready);
            if let (true, Some(one)) = (ready.is_empty(), waiting.first()) {
                let (title, line) = (&one.fields.object, one.replaces_line.unwrap_or_default());
                let message = format!(
                    "« {title} » remplace la convention de la ligne {line}, qui n’est pas importée. Corrigez cette ligne, ou videz « Remplace »."
                );
                return Err(Error::Refused(message));
            }
            for checked in &ready {
                self.write_now(conn, by, checked)?;
            }
            self.pending = waiting;
        }
        let found = std::mem::take(&mut self.found);
        if found.len() > REBUILD_AFTER {
            return outbox::enqueue(conn, by.now, by.chance, &Job::Rebuild).map(drop);
        }
        for id in found {
            outbox::enqueue(conn, by.now, by.chance, &Job::Index { kind: RecordType::Convention, id: id.to_string() })?;
        }
        Ok(())
    }

    fn stuck(&mut self, conn: &mut Conn, entries: &[Entry]) -> Result<BTreeMap<String, String>> {
        Ok(importing::stuck(conn, &written(entries)?)?.into_iter().map(|(id, reason)| (id.to_string(), reason)).collect())
    }

    fn undo(&mut self, conn: &mut Conn, by: By<'_>, entries: &[Entry]) -> Result<()> {
        let all = written(entries)?;
        importing::undo(conn, by, self.today, &all)?;
        self.found.extend(all.into_iter().map(|one| one.id));
        Ok(())
    }

    fn records(&self, conn: &mut Conn, viewer: &Viewer, which: &Which, each: &mut dyn FnMut(Map<String, Value>) -> Result<()>) -> Result<()> {
        match which {
            Which::All => {
                let mut after = String::new();
                loop {
                    let batch = exporting::after(conn, viewer, &after, BATCH, self.today)?;
                    let Some(last) = batch.last else { return Ok(()) };
                    self.give(exporting::records(conn, viewer, batch.readable, self.today)?, each)?;
                    after = last.to_string();
                }
            }
            Which::These(ids) => ids.chunks(BATCH).try_for_each(|some| {
                let some: Vec<ConventionId> = some.iter().filter_map(|id| ConventionId::parse(id)).collect();
                let found = exporting::readable(conn, viewer, &some)?;
                self.give(exporting::records(conn, viewer, found, self.today)?, each)
            }),
        }
    }

    fn add_names(&self, record: &mut Map<String, Value>) {
        let mut name = |object: &mut Map<String, Value>| {
            if let Some((called, name)) = object.get("partner").and_then(Value::as_str).and_then(|id| self.partners.get(id)) {
                object.insert("partner".into(), json!(called));
                object.insert(NAME.into(), json!(name));
            }
        };
        record.get_mut("parties").and_then(Value::as_array_mut).into_iter().flatten().filter_map(Value::as_object_mut).for_each(&mut name);
        record.get_mut("acts").and_then(Value::as_array_mut).into_iter().flatten().for_each(|act| naming(act, &mut name));
        for sheet in record.get_mut("plan_sheets").and_then(Value::as_array_mut).into_iter().flatten() {
            if let Some(title) = sheet["plan_id"].as_str().and_then(|id| self.plans.get(id)).cloned() {
                sheet["plan"] = json!(title);
            }
        }
    }
}
