//! Conventions taken away in files: as they were signed, with the acts that changed them since, other records by what names them anywhere.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::model::{Act, AvenantStage, Stage};
use super::policy::{self, Subject};
use super::service::{self, Convention};
use super::{acts, store};
use crate::accounts::model::Viewer;
use crate::db::Conn;
use crate::error::Result;
use crate::kernel::Day;
use crate::kernel::ids::{AccountId, ActionId, ConventionId};
use crate::{accounts, actions};

/// A batch of a walk through all conventions.
pub struct Batch {
    pub readable: Vec<Convention>,
    /// Where the walk goes on; None at its end.
    pub last: Option<ConventionId>,
}

/// The next `most` conventions after an identifier (empty: from the first), those that the viewer may read.
pub fn after(conn: &mut Conn, viewer: &Viewer, after: &str, most: usize, today: Day) -> Result<Batch> {
    let found = store::after(conn, after, i64::try_from(most).unwrap_or(i64::MAX))?;
    let last = found.last().map(|convention| convention.id.clone());
    let departement = service::departement(conn)?;
    let may_read = |one: &Convention| policy::may_read(viewer, &Subject::of(&one.standing(today).fields, one.life.stage, &departement));
    Ok(Batch { readable: found.into_iter().filter(may_read).collect(), last })
}

/// Those of these conventions that the viewer may read, in their order.
pub fn readable(conn: &mut Conn, viewer: &Viewer, ids: &[ConventionId]) -> Result<Vec<Convention>> {
    let known = service::readable(conn, viewer, ids)?;
    let mut found = store::by_ids(conn, &known)?;
    found.sort_by_key(|convention| ids.iter().position(|id| *id == convention.id));
    Ok(found)
}

/// What other records are called elsewhere: by an external identifier, a number, an address.
struct Names {
    actions: BTreeMap<String, String>,
    conventions: BTreeMap<String, String>,
    addresses: BTreeMap<String, String>,
    /// Parties that this reader may not know of.
    hidden: BTreeSet<String>,
    /// What is in preparation is for agents.
    with_drafts: bool,
}

impl Names {
    fn load(conn: &mut Conn, viewer: &Viewer, conventions: &[Convention]) -> Result<Self> {
        let (hidden, with_drafts) = (service::hidden(conn, viewer)?, viewer.is_agent());
        let mut names = Self { actions: BTreeMap::new(), conventions: BTreeMap::new(), addresses: BTreeMap::new(), hidden, with_drafts };
        let named = conventions.iter().flat_map(|one| &one.fields.actions).filter_map(|id| ActionId::parse(id));
        for some in named.collect::<BTreeSet<_>>().into_iter().collect::<Vec<_>>().chunks(500) {
            let found = actions::exporting::readable(conn, viewer, some)?;
            names.actions.extend(found.into_iter().map(|action| (action.id.to_string(), action.fields.external_id.unwrap_or(action.id.to_string()))));
        }
        let named: Vec<ConventionId> = conventions.iter().filter_map(|one| ConventionId::parse(one.fields.replaces.as_deref()?)).collect();
        let known = service::readable(conn, viewer, &named)?;
        for one in store::by_ids(conn, &known)? {
            let id = one.id.to_string();
            names.conventions.insert(id.clone(), one.fields.external_id.or(one.number).unwrap_or(id));
        }
        if viewer.is_agent() {
            for id in conventions.iter().filter_map(|one| one.fields.responsible.clone()).collect::<BTreeSet<_>>() {
                if let Some(account) = AccountId::parse(&id) {
                    names.addresses.insert(id, accounts::service::find(conn, &account)?.email);
                }
            }
        }
        Ok(names)
    }
}

/// What files hold of conventions that the viewer may read.
pub fn records(conn: &mut Conn, viewer: &Viewer, conventions: Vec<Convention>, today: Day) -> Result<Vec<Map<String, Value>>> {
    let names = Names::load(conn, viewer, &conventions)?;
    Ok(conventions.into_iter().map(|convention| record(convention, &names, today)).collect())
}

fn record(convention: Convention, names: &Names, today: Day) -> Map<String, Value> {
    let standing = convention.standing(today);
    let stage = convention.life.stage;
    let is_told = |act: &&Act| match act.content.stage() {
        AvenantStage::Signed => act.content.signer().is_none() && !service::names_any(act, &names.hidden),
        AvenantStage::Draft => names.with_drafts,
        AvenantStage::Abandoned => false,
    };
    let acts: Vec<Value> = convention.acts.iter().filter(is_told).map(|act| acts::told(&act.content)).collect();
    let mut fields = convention.fields;
    let is_signed = stage == Stage::Signed && fields.parties.iter().all(|party| party.signed_on.is_some());
    let signed_on = fields.last_signature().filter(|_| is_signed);
    fields.parties.retain(|party| party.partner.as_ref().is_none_or(|id| !names.hidden.contains(id)));
    fields.responsible = fields.responsible.and_then(|id| names.addresses.get(&id).cloned());
    fields.replaces = fields.replaces.and_then(|id| names.conventions.get(&id).cloned());
    fields.actions = fields.actions.iter().filter_map(|id| names.actions.get(id).cloned()).collect();
    let Ok(Value::Object(mut record)) = serde_json::to_value(fields) else { return Map::new() };
    let state = standing.situation.map_or(stage.label(), super::model::Situation::label);
    let beside = json!({
        "id": convention.id,
        "number": convention.number,
        "stage": stage,
        "signed_on": signed_on,
        "acts": acts,
        "situation": state,
        "current_term": standing.term.filter(|_| stage == Stage::Signed),
    });
    record.extend(beside.as_object().cloned().unwrap_or_default());
    record
}
