//! What the fields of a meeting or a body may name, as it stands in this transaction.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::reading::{self, Known};
use super::store;
use crate::accounts::model::{Account, Viewer};
use crate::actions::model::SheetRef;
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::instance::model::Instance;
use crate::kernel::actor::Actor;
use crate::kernel::ids::{AccountId, ActionId, BodyId, ConventionId};
use crate::kernel::{Day, EmailAddress, Zone};
use crate::{accounts, actions, conventions, instance, partners, plans, territories};

/// Everything that codes may name.
pub struct World {
    pub instance: Instance,
    pub atlas: territories::model::Atlas,
    pub zone: Zone,
    /// An organisation as it may be said, and the identifier that is kept.
    pub partners: BTreeMap<String, String>,
    pub bodies: BTreeMap<String, String>,
    pub sheets: BTreeSet<SheetRef>,
}

/// The records that the fields at hand name and that the actor may read: as they say them, and the identifier that is kept.
#[derive(Clone, Debug, Default)]
pub struct Named {
    pub actions: BTreeMap<String, String>,
    pub conventions: BTreeMap<String, String>,
    pub accounts: BTreeMap<String, String>,
}

impl World {
    pub fn load(conn: &mut Conn, zone: &Zone) -> Result<Self> {
        let (instance, _) = instance::service::get(conn)?;
        let mut known = BTreeMap::new();
        for one in partners::service::all(conn)? {
            let id = one.id.to_string();
            known.extend(one.external_id.map(|external_id| (external_id, id.clone())));
            known.insert(id.clone(), id);
        }
        let mut bodies = BTreeMap::new();
        for body in store::bodies::all(conn)? {
            let id = body.id.to_string();
            bodies.extend(body.fields.external_id.map(|external_id| (external_id, id.clone())));
            bodies.insert(id.clone(), id);
        }
        let sheets = plans::service::sheet_numbers(conn)?;
        Ok(Self {
            instance,
            atlas: territories::service::atlas(conn)?,
            zone: zone.clone(),
            partners: known,
            bodies,
            sheets: sheets.into_iter().map(|(plan, number)| SheetRef { plan_id: plan.to_string(), number }).collect(),
        })
    }

    pub fn known<'a>(&'a self, named: &'a Named) -> Known<'a> {
        Known { world: self, named }
    }

    pub fn body(&self, said: &str) -> Option<BodyId> {
        self.bodies.get(said).and_then(|id| BodyId::parse(id))
    }
}

/// Looks up the records that `given` names.
pub fn named(conn: &mut Conn, actor: &Actor, today: Day, given: &Map<String, Value>) -> Result<Named> {
    let viewer = Viewer(Some(actor.clone()));
    let mut named = Named::default();
    let said = reading::said_of_agenda(given, "action");
    if !said.is_empty() {
        let ids: Vec<ActionId> = said.iter().filter_map(|text| ActionId::parse(text)).collect();
        let found: Vec<ActionId> = actions::importing::named(conn, &ids, &said)?.into_iter().map(|action| action.id).collect();
        for action in actions::exporting::readable(conn, &viewer, &found)? {
            let id = action.id.to_string();
            named.actions.extend(action.fields.external_id.map(|external_id| (external_id, id.clone())));
            named.actions.insert(id.clone(), id);
        }
    }
    for said in reading::said_of_agenda(given, "convention") {
        let Some(id) = ConventionId::parse(&said) else { continue };
        if conventions::service::find(conn, &viewer, &id, today).is_ok() {
            named.conventions.insert(said, id.to_string());
        }
    }
    for said in reading::said_of_people(given) {
        named.accounts.extend(account(conn, &said)?.map(|account| (said, account.id.to_string())));
    }
    Ok(named)
}

/// The open account of this identifier or address, if there is one.
pub fn account(conn: &mut Conn, said: &str) -> Result<Option<Account>> {
    let account = match (AccountId::parse(said), EmailAddress::parse(said)) {
        (Some(id), _) => accounts::service::find(conn, &id),
        (None, Some(email)) => accounts::service::by_email(conn, &email),
        (None, None) => Err(Error::NotFound),
    };
    match account {
        Ok(account) => Ok(Some(account).filter(|account| account.stage != accounts::model::AccountStage::Closed)),
        Err(Error::NotFound) => Ok(None),
        Err(error) => Err(error),
    }
}
