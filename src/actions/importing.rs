//! Actions brought in from elsewhere, with the stage that they have there. A legacy one may be published with only a title and a summary:
//! what it lacks is told, and shows as « à compléter ».

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::model::{ActionFields, Carrier, Life, Stage, Verb, missing_for_publication};
use super::policy::{self, Subject};
use super::service::{Action, World, changed_fields, not_yours};
use super::{history, reading, store};
use crate::accounts::model::{Actor, By};
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::events::{self, Event, Record};
use crate::kernel::FieldErrors;
use crate::kernel::ids::ActionId;
use crate::versions::{self, Cause};

/// A record that may be written: nothing is left to refuse.
#[derive(Clone, Debug)]
pub struct Checked {
    /// That of a new action which comes from another instance: its page keeps its address.
    pub id: Option<ActionId>,
    pub fields: ActionFields,
    pub stage: Stage,
    pub existing: Option<Action>,
    /// What a published one lacks.
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
            Some(action) if action.fields == self.fields && action.life.stage == self.stage => Fate::Same,
            Some(_) => Fate::Changed,
        }
    }

    /// Must search hear of it?
    pub fn is_found(&self) -> bool {
        self.stage == Stage::Published || self.existing.as_ref().is_some_and(|action| action.life.stage == Stage::Published)
    }
}

/// Checks one record, `existing` being the action of the same identifier, ours or external.
pub fn check(actor: &Actor, mut given: Map<String, Value>, existing: Option<Action>, world: &World) -> Result<Checked, FieldErrors> {
    let mut errors = FieldErrors::default();
    let id = id_of(given.remove("id"), &mut errors);
    let before = existing.as_ref().map_or(Stage::Draft, |action| action.life.stage);
    let stage = stage_of(given.remove("stage"), before, &mut errors);
    let base = match &existing {
        Some(action) => {
            keep_contact(&mut given, &action.fields);
            action.fields.clone()
        }
        None => ActionFields { carrier: actor.territories.first().cloned().map(Carrier::Territory), ..ActionFields::default() },
    };
    let fields = match reading::read(&given, base, &world.known()) {
        Ok(fields) => fields,
        Err(wrong) => {
            errors.extend(wrong);
            return Err(errors);
        }
    };
    if fields.title.is_empty() {
        errors.add("title", "Donnez un titre.");
    }
    let direct = world.instance.direct_publication;
    // A file speaks for a territory, not for whoever brings it: what is new must lie within their reach.
    let subject = Subject::of(&fields, stage, existing.as_ref().and_then(|action| action.author_id.as_ref()));
    if !policy::may_create(actor)
        || !policy::may_write(actor, &subject)
        || existing.as_ref().is_some_and(|action| !policy::may_write(actor, &action.subject()))
    {
        errors.add("territories", not_yours().to_string());
    }
    for verb in verbs(before, stage, &mut errors) {
        if !policy::may(actor, *verb, &subject, direct) {
            errors.add("stage", "Cette décision revient à un responsable du territoire.");
        }
    }
    let missing = missing_for_publication(&fields);
    match stage {
        Stage::Submitted => errors.extend(missing.clone()),
        Stage::Published | Stage::Archived => {
            if fields.summary.is_empty() {
                errors.add("summary", "Une action publiée a au moins un titre et une présentation.");
            }
        }
        Stage::Draft => {}
    }
    if before == Stage::Archived && existing.as_ref().is_some_and(|action| !changed_fields(&action.fields, &fields).is_empty()) {
        errors.add("external_id", "Une action archivée ne se modifie plus.");
    }
    errors.into_result()?;
    Ok(Checked { id, fields, stage, existing, missing: if stage == Stage::Published { missing } else { FieldErrors::default() } })
}

fn id_of(given: Option<Value>, errors: &mut FieldErrors) -> Option<ActionId> {
    let said = given.as_ref().and_then(Value::as_str).unwrap_or_default().trim().to_owned();
    let id = ActionId::parse(&said);
    if id.is_none() && given.is_some_and(|given| !given.is_null()) && !said.is_empty() {
        let message = "« {} » n’est pas un numéro de Trait d’union. S’il est le vôtre, donnez à sa colonne le titre « Identifiant externe ».";
        errors.add("id", message.replace("{}", &crate::kernel::text::excerpt(&said)));
    }
    id
}

fn stage_of(given: Option<Value>, before: Stage, errors: &mut FieldErrors) -> Stage {
    match given {
        None | Some(Value::Null) => before,
        Some(Value::String(text)) if text.trim().is_empty() => before,
        Some(value) => value.as_str().and_then(|code| Stage::parse(code.trim())).unwrap_or_else(|| {
            let said = value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned);
            let codes: Vec<&str> = Stage::ALL.iter().map(Stage::as_str).collect();
            errors.add("stage", format!("« {said} » n’est pas une étape : {}.", codes.join(", ")));
            before
        }),
    }
}

/// The decisions that lead from one stage to another; there is no way back.
fn verbs(from: Stage, to: Stage, errors: &mut FieldErrors) -> &'static [Verb] {
    match (from, to) {
        (from, to) if from == to => &[],
        (Stage::Draft, Stage::Submitted) => &[Verb::Submit],
        (Stage::Draft | Stage::Submitted, Stage::Published) => &[Verb::Publish],
        (Stage::Draft | Stage::Submitted, Stage::Archived) => &[Verb::Publish, Verb::Archive],
        (Stage::Published, Stage::Archived) => &[Verb::Archive],
        (from, to) => {
            errors.add("stage", format!("« {to} » n’est pas possible : l’action de cet identifiant est déjà « {} ».", from.label()));
            &[]
        }
    }
}

/// A file may give a mail and no telephone: the other stays.
fn keep_contact(given: &mut Map<String, Value>, fields: &ActionFields) {
    if let Some(Value::Object(contact)) = given.get_mut("contact") {
        contact.entry("email").or_insert_with(|| json!(fields.contact.email));
        contact.entry("phone").or_insert_with(|| json!(fields.contact.phone));
    }
}

/// Writes a record that was checked; answers its version, or None when there is nothing to write. Search hears of it from the caller, once
/// for all.
pub fn write(conn: &mut Conn, by: By<'_>, checked: &Checked) -> Result<Option<(ActionId, i32)>> {
    let stood = |stage: Stage, life: Life| match stage {
        Stage::Submitted => Life { stage, submitted_at: Some(by.now), return_comment: None, ..life },
        Stage::Published | Stage::Archived => {
            Life { stage, submitted_at: None, published_at: life.published_at.or(Some(by.now)), return_comment: None }
        }
        Stage::Draft => life,
    };
    let is_new = !checked.existing.as_ref().is_some_and(|existing| matches!(existing.life.stage, Stage::Published | Stage::Archived));
    let changed = || Error::Refused("Une action du fichier a été modifiée pendant la lecture : recommencez.".into());
    let (id, version) = match (checked.fate(), &checked.existing) {
        (Fate::Same, _) => return Ok(None),
        (_, Some(existing)) => {
            let mut next = Action { fields: checked.fields.clone(), ..existing.clone() };
            if existing.fields != checked.fields {
                if !store::update_fields(conn, by, &next, &Cause::of(&Event::ActionImported { id: &next.id, stage: next.life.stage, is_new }))? {
                    return Err(changed());
                }
                next.version += 1;
            }
            if existing.life.stage != checked.stage {
                next.life = stood(checked.stage, next.life);
                if !store::update_life(conn, by, &next, &Cause::of(&Event::ActionImported { id: &next.id, stage: checked.stage, is_new }))? {
                    return Err(changed());
                }
                next.version += 1;
            }
            (next.id, next.version)
        }
        (_, None) => {
            let action = Action {
                id: checked.id.clone().unwrap_or_else(|| ActionId::new(by.now, by.chance)),
                fields: checked.fields.clone(),
                life: stood(checked.stage, Life::new()),
                version: 1,
                author_id: by.actor.id.clone(),
                author_name: by.actor.name.clone(),
                inspired_by: None,
                confirmed_at: by.now,
                created_at: by.now,
                updated_at: by.now,
            };
            store::insert(conn, by, &action, &Cause::of(&Event::ActionImported { id: &action.id, stage: checked.stage, is_new }))?;
            (action.id, action.version)
        }
    };
    events::happened(conn, by, Event::ActionImported { id: &id, stage: checked.stage, is_new })?;
    Ok(Some((id, version)))
}

/// The actions that bear these identifiers, ours or external, whoever may read them.
pub fn named(conn: &mut Conn, ids: &[ActionId], external_ids: &[String]) -> Result<Vec<Action>> {
    let mut found = store::by_external_ids(conn, external_ids)?;
    for action in store::by_ids(conn, ids)? {
        if found.iter().all(|other| other.id != action.id) {
            found.push(action);
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

/// An action that an import wrote: what it was before (None: it is new) and the version that the import left.
#[derive(Clone, Debug, PartialEq)]
pub struct Written {
    pub id: ActionId,
    pub was: Option<Was>,
    pub version: i32,
}

/// Why each of those that cannot be put back cannot.
pub fn stuck(conn: &mut Conn, written: &[Written]) -> Result<BTreeMap<ActionId, String>> {
    let ids: Vec<ActionId> = written.iter().map(|one| one.id.clone()).collect();
    let current: BTreeMap<ActionId, i32> = store::versions_of(conn, &ids)?.into_iter().collect();
    let new: Vec<ActionId> = written.iter().filter(|one| one.was.is_none()).map(|one| one.id.clone()).collect();
    let (with_sessions, sources) = (store::with_sessions(conn, &new)?, store::sources_among(conn, &new)?);
    let mut reasons = BTreeMap::new();
    for one in written {
        let reason = match (current.get(&one.id), &one.was) {
            (None, _) => None,
            (Some(version), _) if *version != one.version => Some(last_written(conn, &one.id)?),
            (Some(_), None) if with_sessions.contains(&one.id) => Some("des séances y ont été ajoutées.".to_owned()),
            (Some(_), None) if sources.contains(&one.id) => Some("une autre action s’en inspire.".to_owned()),
            _ => None,
        };
        reasons.extend(reason.map(|reason| (one.id.clone(), reason)));
    }
    Ok(reasons)
}

/// `modifiée depuis par Camille Martin.`
fn last_written(conn: &mut Conn, id: &ActionId) -> Result<String> {
    let last = versions::last(conn, &Record::action(id))?;
    Ok(last.map_or_else(|| "modifiée depuis.".to_owned(), |version| format!("modifiée depuis par {}.", version.actor)))
}

/// Puts an action back as it was, as new versions of it, or removes the one that is new. Search hears of it from the caller.
pub fn undo(conn: &mut Conn, by: By<'_>, written: &Written) -> Result<()> {
    let changed = || Error::Refused("Une action a été modifiée entre-temps : recommencez.".into());
    let Some(action) = store::by_ids(conn, std::slice::from_ref(&written.id))?.pop() else { return Ok(()) };
    let event = Event::ActionImportUndone { id: &action.id, is_removed: written.was.is_none() };
    let Some(was) = &written.was else {
        store::delete(conn, &action.id)?;
        versions::forget(conn, &Record::action(&action.id))?;
        return events::happened(conn, by, event);
    };
    let fields = history::fields_at(conn, &action.id, was.version)?.ok_or(Error::NotFound)?;
    let (text_differs, life_differs) = (action.fields != fields, action.life != was.life);
    let mut next = Action { fields, version: written.version, ..action.clone() };
    if text_differs {
        if !store::update_fields(conn, by, &next, &Cause::of(&event))? {
            return Err(changed());
        }
        next.version += 1;
    }
    if life_differs {
        next.life = was.life.clone();
        if !store::update_life(conn, by, &next, &Cause::of(&event))? {
            return Err(changed());
        }
    }
    events::happened(conn, by, event)
}
