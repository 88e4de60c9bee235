//! Meetings brought in from elsewhere: to prepare, held, or cancelled. Nobody is called by a file: what was called there is called again
//! here. A meeting that is here already is written again, and moves on by its page alone; but a draft may be recorded as held.

use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::bodies::Body;
use super::model::{AgendaItem, Life, MeetingFields, Stage, checks};
use super::policy::{self, Subject};
use super::service::{self, Meeting};
use super::world::{Named, World};
use super::{inviting, reading, store};
use crate::accounts::model::{Actor, By};
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::events::{self, Event, Record};
use crate::kernel::ids::MeetingId;
use crate::kernel::text::excerpt;
use crate::kernel::{FieldErrors, Moment};
use crate::versions::{self, Cause};

/// A record that may be written: nothing is left to refuse.
#[derive(Clone, Debug)]
pub struct Checked {
    /// That of a new meeting which comes from another instance: its page keeps its address.
    pub id: Option<MeetingId>,
    pub fields: MeetingFields,
    pub life: Life,
    pub existing: Option<Meeting>,
    /// What a draft lacks to be called.
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
            Some(existing) if existing.fields.sorted() == self.fields.sorted() && existing.life == self.life => Fate::Same,
            Some(_) => Fate::Changed,
        }
    }

    /// What undoing it will need; None: it is new.
    pub fn was(&self) -> Option<Was> {
        self.existing.as_ref().map(|existing| Was { version: existing.version, life: existing.life.clone() })
    }
}

/// What the rows of a file may name.
pub struct Around<'a> {
    pub world: &'a World,
    pub named: &'a Named,
    pub bodies: &'a BTreeMap<String, Body>,
}

/// Checks one record, `existing` being the meeting of the same identifier, ours or external.
pub fn check(
    actor: &Actor,
    mut given: Map<String, Value>,
    existing: Option<Meeting>,
    around: &Around<'_>,
    now: Moment,
) -> Result<Checked, FieldErrors> {
    let mut errors = FieldErrors::default();
    let id = id_of(given.remove("id"), &mut errors);
    let said = stage_of(given.remove("stage"), &mut errors);
    let body = given.get("body_id").and_then(Value::as_str).and_then(|said| around.world.body(said.trim()));
    let body = body.and_then(|id| around.bodies.get(id.as_str()));
    let base = match &existing {
        Some(meeting) => meeting.fields.clone(),
        None => service::base_for(actor, body, service::kind_of(&given)),
    };
    name_items(&mut given, &base.agenda);
    keep_contact(&mut given, &base);
    let fields = match reading::meeting(&given, base, &around.world.known(around.named)) {
        Ok(fields) => fields,
        Err(wrong) => {
            errors.extend(wrong);
            return Err(errors);
        }
    };
    if fields.title.is_empty() {
        errors.add("title", "Donnez un titre.");
    }
    let before = existing.as_ref().map_or_else(|| Life::new(Stage::Draft), |meeting| meeting.life.clone());
    let life = life_of(before, said, existing.is_none(), &fields, now, &mut errors);
    let territory = fields.body_id.as_deref().and_then(|id| around.bodies.get(id)).map(|body| body.fields.territory.clone());
    // A file speaks for a territory, not for whoever brings it: what is new must lie within their reach.
    let author = existing.as_ref().and_then(|meeting| meeting.author_id.as_ref());
    let subject = Subject { organiser: None, ..Subject::of(&fields, life.stage, author, territory.as_deref()) };
    let is_theirs = existing.as_ref().is_none_or(|meeting| policy::may_write(actor, &meeting.subject()));
    if !is_theirs {
        errors.add("territories", service::not_yours().to_string());
    } else if !policy::may_create(actor) || !policy::may_write(actor, &subject) {
        errors.add("territories", "Indiquez au moins un de vos territoires.");
    }
    if let Some(meeting) = &existing {
        let after = Meeting { fields: fields.clone(), life: life.clone(), ..meeting.clone() };
        if let Err(wrong) = service::check_again(&after, now) {
            errors.extend(wrong);
        }
        if meeting.life.stage == Stage::Cancelled && meeting.fields.sorted() != fields.sorted() {
            errors.add("external_id", "Une rencontre annulée ne se modifie plus.");
        }
    }
    errors.into_result()?;
    let missing = if life.stage == Stage::Draft { checks::missing(&fields, now) } else { FieldErrors::default() };
    Ok(Checked { id, fields, life, existing, missing })
}

fn id_of(given: Option<Value>, errors: &mut FieldErrors) -> Option<MeetingId> {
    let said = given.as_ref().and_then(Value::as_str).unwrap_or_default().trim().to_owned();
    let id = MeetingId::parse(&said);
    if id.is_none() && given.is_some_and(|given| !given.is_null()) && !said.is_empty() {
        let message = "« {} » n’est pas un numéro de Trait d’union. S’il est le vôtre, donnez à sa colonne le titre « Identifiant externe ».";
        errors.add("id", message.replace("{}", &excerpt(&said)));
    }
    id
}

fn stage_of(given: Option<Value>, errors: &mut FieldErrors) -> Option<Stage> {
    let said = given.as_ref().and_then(Value::as_str).unwrap_or_default().trim().to_owned();
    let stage = Stage::parse(&said);
    if stage.is_none() && given.is_some_and(|given| !given.is_null()) && !said.is_empty() {
        let codes: Vec<&str> = Stage::ALL.iter().map(Stage::as_str).collect();
        errors.add("stage", format!("« {} » n’est pas une étape : {}.", excerpt(&said), codes.join(", ")));
    }
    stage
}

/// Where a file leads a meeting.
fn life_of(before: Life, said: Option<Stage>, is_new: bool, fields: &MeetingFields, now: Moment, errors: &mut FieldErrors) -> Life {
    let Some(said) = said.filter(|said| *said != before.stage) else { return before };
    if said.is_over() && before.stage == Stage::Draft {
        if fields.starts_at.is_none_or(|start| start > now) {
            errors.add("starts_at", "Une rencontre tenue a une date passée.");
        }
        return Life { stage: Stage::Held, ..before };
    }
    match said {
        Stage::Cancelled if is_new => Life { stage: Stage::Cancelled, ..before },
        Stage::Cancelled => {
            errors.add("stage", "Une rencontre s’annule depuis sa page : les personnes invitées en sont prévenues.");
            before
        }
        said if said.is_over() && !before.stage.is_over() => {
            errors.add("stage", format!("Cette rencontre est ici « {} » : dites sur sa page qu’elle s’est tenue.", before.stage.label()));
            before
        }
        // What was called elsewhere is called here by its page; minutes have theirs.
        _ => before,
    }
}

/// An item that says no key is the one that bears its title.
fn name_items(given: &mut Map<String, Value>, known: &[AgendaItem]) {
    let mut left: Vec<&AgendaItem> = known.iter().collect();
    for item in given.get_mut("agenda").and_then(Value::as_array_mut).into_iter().flatten().filter_map(Value::as_object_mut) {
        let place = match item.get("key").and_then(Value::as_str) {
            Some(key) => left.iter().position(|known| known.key == key),
            None => left.iter().position(|known| item.get("title").and_then(Value::as_str) == Some(&known.title)),
        };
        if let Some(place) = place {
            item.insert("key".into(), json!(left.remove(place).key));
        }
    }
}

/// A file may give a mail and no telephone: the other stays.
fn keep_contact(given: &mut Map<String, Value>, fields: &MeetingFields) {
    if let Some(Value::Object(contact)) = given.get_mut("contact") {
        contact.entry("email").or_insert_with(|| json!(fields.contact.email));
        contact.entry("phone").or_insert_with(|| json!(fields.contact.phone));
    }
}

/// Writes a record that was checked; answers its version, or None when there is nothing to write. Search hears of it from the caller, once
/// for all.
pub fn write(conn: &mut Conn, by: By<'_>, checked: &Checked, bodies: &BTreeMap<String, Body>) -> Result<Option<(MeetingId, i32)>> {
    let stage = checked.life.stage;
    match &checked.existing {
        Some(_) if checked.fate() == Fate::Same => Ok(None),
        Some(existing) => {
            let after = Meeting { fields: service::keyed(by, checked.fields.clone()), life: checked.life.clone(), ..existing.clone() };
            let event = Event::MeetingImported { id: &existing.id, stage, is_new: existing.life.stage == Stage::Draft };
            match service::rewrite(conn, by, existing, after, false, &event) {
                Ok(written) => Ok(Some((written.id, written.version))),
                Err(Error::Conflict { .. }) => Err(changed_meanwhile()),
                Err(error) => Err(error),
            }
        }
        None => {
            let id = checked.id.clone().unwrap_or_else(|| MeetingId::new(by.now, by.chance));
            let meeting = Meeting { life: checked.life.clone(), ..service::begun(by, id, checked.fields.clone()) };
            let event = Event::MeetingImported { id: &meeting.id, stage, is_new: true };
            store::insert(conn, by, &meeting, &Cause::of(&event))?;
            let body = checked.fields.body_id.as_deref().and_then(|id| bodies.get(id));
            if let Some(body) = body.filter(|_| stage != Stage::Cancelled) {
                inviting::add_members(conn, by, &meeting, &body.fields)?;
            }
            events::happened(conn, by, event)?;
            Ok(Some((meeting.id, meeting.version)))
        }
    }
}

fn changed_meanwhile() -> Error {
    Error::Refused("Une rencontre du fichier a été modifiée pendant la lecture : recommencez.".into())
}

/// The meetings that bear these identifiers, ours or external, whoever may read them.
pub fn named(conn: &mut Conn, ids: &[MeetingId], external_ids: &[String]) -> Result<Vec<Meeting>> {
    let mut found = store::by_external_ids(conn, external_ids)?;
    for meeting in store::by_ids(conn, ids)? {
        if found.iter().all(|other| other.id != meeting.id) {
            found.push(meeting);
        }
    }
    Ok(found)
}

/// What an import wrote over: the version tells the text.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Was {
    pub version: i32,
    pub life: Life,
}

/// A meeting that an import wrote: what it was before (None: it is new) and the version that the import left.
#[derive(Clone, Debug, PartialEq)]
pub struct Written {
    pub id: MeetingId,
    pub was: Option<Was>,
    pub version: i32,
}

/// Why each of those that cannot be put back cannot.
pub fn stuck(conn: &mut Conn, written: &[Written]) -> Result<BTreeMap<MeetingId, String>> {
    let ids: Vec<MeetingId> = written.iter().map(|one| one.id.clone()).collect();
    let current: HashMap<MeetingId, i32> = store::by_ids(conn, &ids)?.into_iter().map(|one| (one.id, one.version)).collect();
    let worked_on = store::worked_on(conn, &ids)?;
    let mut reasons = BTreeMap::new();
    for one in written {
        let reason = match current.get(&one.id) {
            Some(version) if *version != one.version => {
                let last = versions::last(conn, &Record::meeting(&one.id))?;
                last.map_or_else(|| "modifiée depuis.".to_owned(), |version| format!("modifiée depuis par {}.", version.actor))
            }
            Some(_) if worked_on.contains(&one.id) => "on y a noté depuis des présences, un compte rendu ou des décisions.".to_owned(),
            _ => continue,
        };
        reasons.insert(one.id.clone(), reason);
    }
    Ok(reasons)
}

/// Puts a meeting back as it was, as a new version of it, or removes the one that is new. Search hears of it from the caller.
pub fn undo(conn: &mut Conn, by: By<'_>, written: &Written) -> Result<()> {
    let Some(meeting) = store::by_ids(conn, std::slice::from_ref(&written.id))?.pop() else { return Ok(()) };
    let id = meeting.id.clone();
    let event = Event::MeetingImportUndone { id: &id, is_removed: written.was.is_none() };
    let Some(was) = &written.was else {
        store::delete(conn, &id)?;
        versions::forget(conn, &Record::meeting(&id))?;
        return events::happened(conn, by, event);
    };
    let fields = versions::content(conn, &Record::meeting(&id), was.version)?.ok_or(Error::NotFound)?;
    let fields: MeetingFields = serde_json::from_value(fields).map_err(|error| Error::Internal(error.to_string()))?;
    let after = Meeting { fields, life: was.life.clone(), version: written.version, ..meeting.clone() };
    match service::rewrite(conn, by, &meeting, after, false, &event) {
        Err(Error::Conflict { .. }) => Err(changed_meanwhile()),
        done => done.map(drop),
    }
}
