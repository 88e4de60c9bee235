//! Meetings in files: looked up by their identifiers, checked and written by their own slice.

use std::collections::{BTreeMap, HashMap};

use serde_json::{Map, Value, json};

use super::meeting_columns::columns;
use super::meeting_notations::Bodies;
use super::{Change, Desk, Entry, Fate, Outcome, REBUILD_AFTER, Which, changes, cleaned, object};
use crate::accounts::model::{Actor, By, Viewer};
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::imports::columns::Columns;
use crate::imports::source::Row;
use crate::kernel::ids::MeetingId;
use crate::kernel::{Day, FieldErrors, Moment, Zone};
use crate::meetings::bodies::{self, Body};
use crate::meetings::importing::{self, Around, Checked, Written};
use crate::meetings::model::{MeetingFields, Stage};
use crate::meetings::service::Meeting;
use crate::meetings::world::{self, Named, World};
use crate::meetings::{exporting, labels};
use crate::outbox::{self, Job};
use crate::plans;
use crate::search::model::RecordType;

/// Meetings read together for an export.
const BATCH: usize = 200;

pub struct Meetings {
    actor: Actor,
    world: World,
    named: Named,
    bodies: BTreeMap<String, Body>,
    plans: BTreeMap<String, String>,
    columns: Columns,
    today: Day,
    /// The last instant of today: what a day's file calls past is.
    now: Moment,
    by_id: HashMap<String, Meeting>,
    by_external_id: HashMap<String, String>,
    last: Option<Checked>,
    /// Those of which search must hear.
    found: Vec<MeetingId>,
}

impl Meetings {
    pub fn open(conn: &mut Conn, actor: &Actor, today: Day, zone: &Zone) -> Result<Self> {
        let (world, plans, bodies) = (World::load(conn, zone)?, plans::service::all(conn)?, bodies::all(conn)?);
        Ok(Self {
            actor: actor.clone(),
            columns: columns(&world, Bodies::new(&bodies), &plans),
            named: Named::default(),
            bodies: bodies.into_iter().map(|body| (body.id.to_string(), body)).collect(),
            plans: plans.into_iter().map(|plan| (plan.id.to_string(), plan.title)).collect(),
            today,
            now: zone.at(today.plus(1), chrono::NaiveTime::MIN).plus_seconds(-1),
            world,
            by_id: HashMap::new(),
            by_external_id: HashMap::new(),
            last: None,
            found: Vec::new(),
        })
    }

    /// The meeting that a row names, ours by its own number or by the other's.
    fn existing(&mut self, row: &Row, errors: &mut FieldErrors) -> Option<Meeting> {
        let (id, external) = (cleaned(row.given.get("id")), cleaned(row.given.get("external_id")));
        let by_id = id.filter(|id| self.by_id.contains_key(id));
        let by_external = external.as_ref().and_then(|external| self.by_external_id.get(external)).cloned();
        if let (Some(one), Some(other), Some(external)) = (&by_id, &by_external, &external)
            && one != other
        {
            errors.add("external_id", format!("« {external} » est déjà l’identifiant d’une autre rencontre que celle de ce numéro."));
        }
        self.by_id.remove(&by_id.or(by_external)?)
    }

    fn told(fields: &MeetingFields, stage: Stage) -> Map<String, Value> {
        let mut record = object(fields);
        record.insert("stage".into(), json!(stage));
        record
    }
}

fn written(entries: &[Entry]) -> Result<Vec<Written>> {
    let read = |entry: &Entry| {
        let was = entry.was.as_deref().map(serde_json::from_str).transpose().map_err(|error| Error::Internal(error.to_string()))?;
        let id = MeetingId::parse(&entry.record_id).ok_or(Error::NotFound)?;
        Ok(Written { id, was, version: entry.version })
    };
    entries.iter().map(read).collect()
}

impl Desk for Meetings {
    fn columns(&self) -> &Columns {
        &self.columns
    }

    fn look_up(&mut self, conn: &mut Conn, rows: &[Row]) -> Result<()> {
        let all = |field: &str| rows.iter().filter_map(|row| cleaned(row.given.get(field))).collect::<Vec<_>>();
        let ids: Vec<MeetingId> = all("id").iter().filter_map(|id| MeetingId::parse(id)).collect();
        let found = importing::named(conn, &ids, &all("external_id"))?;
        self.by_external_id = found.iter().filter_map(|meeting| Some((meeting.fields.external_id.clone()?, meeting.id.to_string()))).collect();
        self.by_id = found.into_iter().map(|meeting| (meeting.id.to_string(), meeting)).collect();
        for row in rows {
            let named = world::named(conn, &self.actor, self.today, &row.given)?;
            self.named.actions.extend(named.actions);
            self.named.conventions.extend(named.conventions);
            self.named.accounts.extend(named.accounts);
        }
        Ok(())
    }

    fn keys(&self, row: &Row) -> Vec<(&'static str, String)> {
        ["id", "external_id"].into_iter().filter_map(|field| Some((field, cleaned(row.given.get(field))?))).collect()
    }

    fn check(&mut self, row: &mut Row) -> Result<Outcome, FieldErrors> {
        let mut errors = FieldErrors::default();
        let existing = self.existing(row, &mut errors);
        let given = std::mem::take(&mut row.given);
        let around = Around { world: &self.world, named: &self.named, bodies: &self.bodies };
        let checked = match importing::check(&self.actor, given, existing, &around, self.now) {
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
        let (before, after) = (Self::told(&existing.fields, existing.life.stage), Self::told(&checked.fields, checked.life.stage));
        changes(&self.columns, &before, &after)
    }

    fn write(&mut self, conn: &mut Conn, by: By<'_>) -> Result<Option<Entry>> {
        let Some(checked) = self.last.take() else { return Ok(None) };
        let Some((id, version)) = importing::write(conn, by, &checked, &self.bodies)? else { return Ok(None) };
        let was = checked.was().map(|was| serde_json::to_string(&was)).transpose().map_err(|error| Error::Internal(error.to_string()))?;
        let entry = Entry { record_id: id.to_string(), title: checked.fields.title.clone(), was, version };
        self.found.push(id);
        Ok(Some(entry))
    }

    fn finish(&mut self, conn: &mut Conn, by: By<'_>) -> Result<()> {
        let found = std::mem::take(&mut self.found);
        if found.len() > REBUILD_AFTER {
            return outbox::enqueue(conn, by.now, by.chance, &Job::Rebuild).map(drop);
        }
        for id in found {
            outbox::enqueue(conn, by.now, by.chance, &Job::Index { kind: RecordType::Meeting, id: id.to_string() })?;
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
        let mut give = |conn: &mut Conn, some: Vec<Meeting>| exporting::records(conn, viewer, some, self.now)?.into_iter().try_for_each(&mut *each);
        match which {
            Which::All => {
                let mut after = String::new();
                loop {
                    let batch = exporting::after(conn, viewer, &after, BATCH)?;
                    let Some(last) = batch.last else { return Ok(()) };
                    give(conn, batch.readable)?;
                    after = last.to_string();
                }
            }
            Which::These(ids) => ids.chunks(BATCH).try_for_each(|some| {
                let some: Vec<MeetingId> = some.iter().filter_map(|id| MeetingId::parse(id)).collect();
                let found = exporting::readable(conn, viewer, &some)?;
                give(conn, found)
            }),
        }
    }

    fn add_names(&self, record: &mut Map<String, Value>) {
        if let Some(body) = record.get("body_id").and_then(Value::as_str).and_then(|id| self.bodies.get(id)) {
            let called = body.fields.external_id.as_ref().unwrap_or(&body.fields.name);
            record.insert("body_id".into(), json!(called));
        }
        for sheet in record.get_mut("plan_sheets").and_then(Value::as_array_mut).into_iter().flatten() {
            if let Some(title) = sheet["plan_id"].as_str().and_then(|id| self.plans.get(id)).cloned() {
                sheet["plan"] = json!(title);
            }
        }
    }
}
