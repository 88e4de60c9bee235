//! What the fields of a convention may name, as it stands in this transaction.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::model::ConventionFields;
use super::reading::{self, Directory, Known, Named};
use super::store;
use crate::accounts::model::{Account, Actor, Role, Viewer};
use crate::actions::model::SheetRef;
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::instance::model::Instance;
use crate::kernel::ids::{AccountId, ActionId, ConventionId};
use crate::kernel::{EmailAddress, FieldErrors};
use crate::partners::model::OrganisationKind;
use crate::{accounts, actions, instance, partners, plans, territories};

/// Everything that codes may name, as it stands in this transaction.
pub struct World {
    pub instance: Instance,
    pub atlas: territories::model::Atlas,
    pub directory: Directory,
}

impl World {
    pub fn load(conn: &mut Conn) -> Result<Self> {
        let (instance, _) = instance::service::get(conn)?;
        let mut directory = Directory::default();
        for one in partners::service::all(conn)? {
            let id = one.id.as_str().to_owned();
            if one.kind == OrganisationKind::Departement {
                directory.departements.insert(id.clone());
            }
            directory.partners.extend(one.external_id.map(|external_id| (external_id, id.clone())));
            directory.partners.insert(id.clone(), id);
        }
        directory.sheets =
            plans::service::sheet_numbers(conn)?.into_iter().map(|(plan, number)| SheetRef { plan_id: plan.as_str().to_owned(), number }).collect();
        Ok(Self { instance, atlas: territories::service::atlas(conn)?, directory })
    }

    /// The fields of `given` over those of `base`.
    pub fn read(
        &self,
        conn: &mut Conn,
        actor: &Actor,
        given: &Map<String, Value>,
        base: ConventionFields,
        with_signatures: bool,
    ) -> Result<ConventionFields> {
        let named = named(conn, actor, given)?;
        let hidden = hidden_actions(conn, actor, &base)?;
        let mut fields = self.read_named(given, base, &named, with_signatures)?;
        // Who writes the list of actions without seeing all of them takes none away unseen.
        for action in hidden {
            if !fields.actions.contains(&action) {
                fields.actions.push(action);
            }
        }
        Ok(fields)
    }

    /// What an avenant changes, which names no other record than parties.
    pub fn read_amended(&self, given: &Map<String, Value>, base: ConventionFields) -> Result<ConventionFields, FieldErrors> {
        self.read_named(given, base, &Named::default(), true)
    }

    /// The same, what `given` names being looked up already.
    pub fn read_named(
        &self,
        given: &Map<String, Value>,
        base: ConventionFields,
        named: &Named,
        with_signatures: bool,
    ) -> Result<ConventionFields, FieldErrors> {
        let known = Known { instance: &self.instance, atlas: &self.atlas, directory: &self.directory, named, with_signatures };
        reading::read(given, base, &known)
    }
}

/// The records that `given` names and that the actor may read, by identifier or external identifier.
fn named(conn: &mut Conn, actor: &Actor, given: &Map<String, Value>) -> Result<Named> {
    let viewer = Viewer(Some(actor.clone()));
    let mut named = Named::default();
    let said = reading::said(given, "actions");
    if !said.is_empty() {
        let ids: Vec<ActionId> = said.iter().filter_map(|text| ActionId::parse(text)).collect();
        let found = actions::importing::named(conn, &ids, &said)?;
        let found: Vec<ActionId> = found.into_iter().map(|action| action.id).collect();
        for action in actions::exporting::readable(conn, &viewer, &found)? {
            let id = action.id.to_string();
            named.actions.extend(action.fields.external_id.map(|external_id| (external_id, id.clone())));
            named.actions.insert(id.clone(), id);
        }
    }
    if let Some(Value::String(said)) = given.get("replaces") {
        let said = said.trim();
        let ids: Vec<ConventionId> = ConventionId::parse(said).into_iter().collect();
        let mut found = store::by_ids(conn, &ids)?;
        found.extend(store::by_external_ids(conn, &[said.to_owned()])?);
        let (instance, _) = instance::service::get(conn)?;
        let found: Vec<ConventionId> = found.into_iter().map(|one| one.id).collect();
        let readable = store::readable_of(conn, &viewer, &instance.departement, &found)?;
        named.conventions.extend(readable.first().map(|id| (said.to_owned(), id.to_string())));
    }
    if let Some(Value::String(said)) = given.get("responsible") {
        named.accounts.extend(responsible(conn, said.trim())?.map(|account| (said.trim().to_owned(), account.id.to_string())));
    }
    Ok(named)
}

/// The agent's account of this identifier or address, if there is one.
pub fn responsible(conn: &mut Conn, said: &str) -> Result<Option<Account>> {
    let account = match (AccountId::parse(said), EmailAddress::parse(said)) {
        (Some(id), _) => accounts::service::find(conn, &id),
        (None, Some(email)) => accounts::service::by_email(conn, &email),
        (None, None) => Err(Error::NotFound),
    };
    match account {
        Ok(account) => Ok(Some(account).filter(|account| account.role != Role::Partner)),
        Err(Error::NotFound) => Ok(None),
        Err(error) => Err(error),
    }
}

fn hidden_actions(conn: &mut Conn, actor: &Actor, base: &ConventionFields) -> Result<Vec<String>> {
    let ids: Vec<ActionId> = base.actions.iter().filter_map(|id| ActionId::parse(id)).collect();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let existing: BTreeSet<ActionId> = actions::importing::named(conn, &ids, &[])?.into_iter().map(|action| action.id).collect();
    let seen = actions::exporting::readable(conn, &Viewer(Some(actor.clone())), &ids)?;
    let is_hidden = |id: &ActionId| existing.contains(id) && seen.iter().all(|action| action.id != *id);
    Ok(ids.into_iter().filter(is_hidden).map(|id| id.to_string()).collect())
}
