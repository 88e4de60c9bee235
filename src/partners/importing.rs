//! Organisations brought in from elsewhere, and put back as they were.

use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::model::{OrganisationFields, Partner};
use super::policy::{self, Subject};
use super::service::{World, changed_fields};
use super::{history, reading, store};
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::events::{self, Event, Record};
use crate::kernel::FieldErrors;
use crate::kernel::actor::{Actor, By, Viewer};
use crate::kernel::ids::OrganisationId;
use crate::versions::{self, Cause};

/// A record that may be written: nothing is left to refuse.
#[derive(Clone, Debug)]
pub struct Checked {
    /// That of a new organisation which comes from another instance: its page keeps its address.
    pub id: Option<OrganisationId>,
    pub fields: OrganisationFields,
    pub existing: Option<Partner>,
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
            Some(partner) if changed_fields(&partner.fields, &self.fields).is_empty() => Fate::Same,
            Some(_) => Fate::Changed,
        }
    }
}

/// Checks one record, `existing` being the organisation of the same identifier, ours or external.
pub fn check(actor: &Actor, mut given: Map<String, Value>, existing: Option<Partner>, world: &World) -> Result<Checked, FieldErrors> {
    let mut errors = FieldErrors::default();
    let id = id_of(given.remove("id"), &mut errors);
    let base = existing.as_ref().map(|partner| partner.fields.clone()).unwrap_or_default();
    let fields = match reading::read(&given, base, world.known()) {
        Ok(fields) => fields,
        Err(wrong) => {
            errors.extend(wrong);
            return Err(errors);
        }
    };
    let may_write = |id: &OrganisationId, fields: &OrganisationFields| {
        policy::may_write(actor, &Subject { id, visibility: fields.visibility, served: policy::served(fields, world) })
    };
    let nobody = OrganisationId::after("");
    let own = existing.as_ref().map_or(&nobody, |partner| &partner.id);
    if !policy::may_create(actor) || !may_write(own, &fields) || existing.as_ref().is_some_and(|partner| !may_write(own, &partner.fields)) {
        errors.add("area", policy::not_yours().to_string());
    }
    errors.into_result()?;
    Ok(Checked { id, fields, existing })
}

fn id_of(given: Option<Value>, errors: &mut FieldErrors) -> Option<OrganisationId> {
    let said = given.as_ref().and_then(Value::as_str).unwrap_or_default().trim().to_owned();
    let id = OrganisationId::parse(&said);
    if id.is_none() && given.is_some_and(|given| !given.is_null()) && !said.is_empty() {
        let message = "« {} » n’est pas un numéro de Trait d’union. S’il est le vôtre, donnez à sa colonne le titre « Identifiant externe ».";
        errors.add("id", message.replace("{}", &crate::kernel::text::excerpt(&said)));
    }
    id
}

/// Writes a record that was checked; answers its version, or None when there is nothing to write. Search hears of it from the caller, once
/// for all.
pub fn write(conn: &mut Conn, by: By<'_>, checked: &Checked) -> Result<Option<(OrganisationId, i32)>> {
    let is_new = checked.existing.is_none();
    let (id, version) = match (checked.fate(), &checked.existing) {
        (Fate::Same, _) => return Ok(None),
        (_, Some(existing)) => {
            let next = Partner { fields: checked.fields.clone(), ..existing.clone() };
            if !store::update(conn, by, &next, &Cause::of(&Event::PartnerImported { id: &next.id, is_new }))? {
                return Err(Error::Refused("Un partenaire du fichier a été modifié pendant la lecture : recommencez.".into()));
            }
            (next.id, next.version + 1)
        }
        (_, None) => {
            let partner = Partner {
                id: checked.id.clone().unwrap_or_else(|| OrganisationId::new(by.now, by.chance)),
                fields: checked.fields.clone(),
                version: 1,
                merged_into: None,
                confirmed_at: by.now,
                created_at: by.now,
                updated_at: by.now,
            };
            store::insert(conn, by, &partner, &Cause::of(&Event::PartnerImported { id: &partner.id, is_new }))?;
            (partner.id, partner.version)
        }
    };
    events::happened(conn, by, Event::PartnerImported { id: &id, is_new })?;
    Ok(Some((id, version)))
}

/// The organisations that bear these identifiers, ours or external, whoever may read them; one that became another is that other.
#[derive(Clone, Debug, Default)]
pub struct Named {
    pub partners: HashMap<String, Partner>,
    /// Identifiers of both sorts, each with ours of today.
    ids: HashMap<String, String>,
    external_ids: HashMap<String, String>,
}

impl Named {
    pub fn of(conn: &mut Conn, ids: &[OrganisationId], external_ids: &[String]) -> Result<Self> {
        let mut named = Self::default();
        let found = store::by_external_ids(conn, external_ids)?;
        let (found, own) = (found.into_iter().map(|partner| (partner, true)), store::by_ids(conn, ids)?.into_iter().map(|partner| (partner, false)));
        for (partner, by_external) in found.chain(own) {
            let today = match &partner.merged_into {
                Some(into) => store::whole(conn, into)?,
                None => partner.clone(),
            };
            match partner.fields.external_id.filter(|_| by_external) {
                Some(external) => named.external_ids.insert(external, today.id.to_string()),
                None => named.ids.insert(partner.id.to_string(), today.id.to_string()),
            };
            named.partners.insert(today.id.to_string(), today);
        }
        Ok(named)
    }

    pub fn by_id(&self, id: &str) -> Option<&str> {
        self.ids.get(id).map(String::as_str)
    }

    pub fn by_external_id(&self, id: &str) -> Option<&str> {
        self.external_ids.get(id).map(String::as_str)
    }
}

/// What an import wrote over: the version tells the text.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Was {
    pub version: i32,
}

/// An organisation that an import wrote: what it was before (None: it is new) and the version that the import left.
#[derive(Clone, Debug, PartialEq)]
pub struct Written {
    pub id: OrganisationId,
    pub was: Option<Was>,
    pub version: i32,
}

/// Why each of those that cannot be put back cannot.
pub fn stuck(conn: &mut Conn, written: &[Written]) -> Result<BTreeMap<OrganisationId, String>> {
    let ids: Vec<OrganisationId> = written.iter().map(|one| one.id.clone()).collect();
    let current: BTreeMap<OrganisationId, i32> = store::versions_of(conn, &ids)?.into_iter().collect();
    let mut reasons = BTreeMap::new();
    for one in written {
        let reason = match (current.get(&one.id), &one.was) {
            (None, _) => None,
            (Some(version), _) if *version != one.version => {
                let last = versions::last(conn, &Record::partner(&one.id))?;
                Some(last.map_or_else(|| "modifié depuis.".to_owned(), |version| format!("modifié depuis par {}.", version.actor)))
            }
            (Some(_), None) if store::uses(conn, &one.id)? > 0 => Some("des comptes, des actions ou d’autres fiches s’y rattachent.".to_owned()),
            _ => None,
        };
        reasons.extend(reason.map(|reason| (one.id.clone(), reason)));
    }
    Ok(reasons)
}

/// Puts an organisation back as it was, as a new version of it, or removes the one that is new. Search hears of it from the caller.
pub fn undo(conn: &mut Conn, by: By<'_>, written: &Written) -> Result<()> {
    let Some(partner) = store::by_ids(conn, std::slice::from_ref(&written.id))?.pop() else { return Ok(()) };
    let event = Event::PartnerImportUndone { id: &partner.id, is_removed: written.was.is_none() };
    let Some(was) = &written.was else {
        store::delete(conn, &partner.id)?;
        versions::forget(conn, &Record::partner(&partner.id))?;
        return events::happened(conn, by, event);
    };
    let fields = history::fields_at(conn, &partner.id, was.version)?.ok_or(Error::NotFound)?;
    let next = Partner { fields, version: written.version, ..partner.clone() };
    if !store::update(conn, by, &next, &Cause::of(&event))? {
        return Err(Error::Refused("Un partenaire a été modifié entre-temps : recommencez.".into()));
    }
    events::happened(conn, by, event)
}

/// A batch of a walk through all organisations.
pub struct Batch {
    pub readable: Vec<Partner>,
    /// Where the walk goes on; None at its end.
    pub last: Option<OrganisationId>,
}

/// The next `most` organisations after an identifier (empty: from the first), those that the viewer may read.
pub fn after(conn: &mut Conn, viewer: &Viewer, after: &str, most: usize) -> Result<Batch> {
    let partners = store::after(conn, after, i64::try_from(most).unwrap_or(i64::MAX))?;
    let last = partners.last().map(|partner| partner.id.clone());
    let readable = |partner: &Partner| policy::may_read(viewer, &partner.id, partner.fields.visibility);
    Ok(Batch { readable: partners.into_iter().filter(readable).collect(), last })
}

/// Those of these organisations that the viewer may read, in their order.
pub fn readable(conn: &mut Conn, viewer: &Viewer, ids: &[OrganisationId]) -> Result<Vec<Partner>> {
    let mut found = store::readable_of(conn, viewer, ids)?;
    found.sort_by_key(|partner| ids.iter().position(|id| *id == partner.id));
    Ok(found)
}
