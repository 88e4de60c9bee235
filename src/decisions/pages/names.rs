//! What names the codes of a decision: its places, whoever is responsible.

use std::collections::BTreeMap;

use crate::accounts::model::{Account, Role, Viewer};
use crate::db::Conn;
use crate::decisions::service::{self, Decision};
use crate::error::Result;
use crate::instance::model::Instance;
use crate::meetings::bodies::{self, Body};
use crate::territories::model::Atlas;
use crate::{accounts, instance, territories};

pub struct Names {
    pub instance: Instance,
    pub atlas: Atlas,
    pub bodies: Vec<Body>,
    /// People are named to those who have an account.
    people: Option<BTreeMap<String, Account>>,
}

impl Names {
    pub fn load(conn: &mut Conn, viewer: &Viewer) -> Result<Self> {
        let roles = [Role::Worker, Role::Manager, Role::Administrator, Role::Partner];
        let people = match viewer.actor() {
            None => None,
            Some(_) => Some(accounts::service::active_with_role(conn, &roles)?.into_iter().map(|one| (one.id.to_string(), one)).collect()),
        };
        Ok(Self { instance: instance::service::get(conn)?.0, atlas: territories::service::atlas(conn)?, bodies: bodies::all(conn)?, people })
    }

    pub fn person(&self, id: &str) -> String {
        let known = self.people.as_ref().and_then(|people| people.get(id));
        known.map_or_else(|| "Un compte fermé".to_owned(), |account| account.name.clone())
    }

    /// Agents of the département, and partners: by name.
    pub fn people(&self) -> Vec<&Account> {
        let mut people: Vec<&Account> = self.people.iter().flat_map(BTreeMap::values).collect();
        people.sort_by_key(|account| (account.role == Role::Partner, account.name.clone()));
        people
    }

    /// Who answers for a decision, as far as the reader is told.
    pub fn responsible(&self, decision: &Decision) -> Option<String> {
        self.people.as_ref()?;
        let by_name = Some(decision.fields.responsible_name.clone()).filter(|name| !name.is_empty());
        service::responsible(decision).map(|id| self.person(id.as_str())).or(by_name)
    }

    pub fn body(&self, id: &str) -> Option<&Body> {
        self.bodies.iter().find(|body| body.id.as_str() == id)
    }
}
