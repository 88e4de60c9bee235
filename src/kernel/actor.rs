//! Whoever acts or reads: a role, its territories, and what the role lets its bearer see and do.

use std::collections::BTreeSet;

use super::ids::{AccountId, OrganisationId};
use super::{Chance, Moment, Visibility};
use crate::db::types::text_enum;

text_enum! {
    pub enum Role {
        Worker = "worker" | "Agent",
        Partner = "partner" | "Partenaire",
        Manager = "manager" | "Responsable",
        Administrator = "administrator" | "Administrateur",
    }
}

/// Somebody who acts: an account at work, or the command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    /// None for the command line.
    pub id: Option<AccountId>,
    pub email: String,
    pub name: String,
    pub role: Role,
    pub organisation_id: Option<OrganisationId>,
    /// The territories that the account names.
    pub territories: BTreeSet<String>,
    /// Those, and all that lies in them: what is "own".
    pub reach: BTreeSet<String>,
}

impl Actor {
    /// The command line, which may do everything.
    pub fn command_line() -> Self {
        Self {
            id: None,
            email: String::new(),
            name: "ligne de commande".into(),
            role: Role::Administrator,
            organisation_id: None,
            territories: BTreeSet::new(),
            reach: BTreeSet::new(),
        }
    }

    pub fn is_administrator(&self) -> bool {
        self.role == Role::Administrator
    }

    /// An agent of the département: everyone but partners.
    pub fn is_agent(&self) -> bool {
        self.role != Role::Partner
    }

    /// Is one of these territories the actor's own, or inside it?
    pub fn reaches<'a>(&self, codes: impl IntoIterator<Item = &'a String>) -> bool {
        codes.into_iter().any(|code| self.reach.contains(code))
    }

    pub fn is(&self, id: Option<&AccountId>) -> bool {
        id.is_some() && self.id.as_ref() == id
    }
}

/// Whoever reads: a visitor without account, or an actor.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Viewer(pub Option<Actor>);

impl Viewer {
    pub fn visitor() -> Self {
        Self(None)
    }

    pub fn actor(&self) -> Option<&Actor> {
        self.0.as_ref()
    }

    pub fn is_agent(&self) -> bool {
        self.actor().is_some_and(Actor::is_agent)
    }

    pub fn is_administrator(&self) -> bool {
        self.actor().is_some_and(Actor::is_administrator)
    }

    /// The levels of published records that this reader sees: a part of every query.
    pub fn clearance(&self) -> Vec<Visibility> {
        match self.actor().map(|actor| actor.role) {
            None => vec![Visibility::Public],
            Some(Role::Partner) => vec![Visibility::Public, Visibility::Partners],
            Some(_) => vec![Visibility::Public, Visibility::Partners, Visibility::Internal],
        }
    }
}

/// Who does something, when, and with which chance: what every use-case that writes is given.
#[derive(Clone, Copy)]
pub struct By<'a> {
    pub actor: &'a Actor,
    pub now: Moment,
    pub chance: &'a Chance,
}
