//! Territories, organisations and accounts.

use std::collections::BTreeMap;

use super::content;
use super::{Present, SET_UP, broken};
use crate::accounts::model::{Actor, Role};
use crate::accounts::service::Given;
use crate::accounts::{self, sign_in};
use crate::actions::model::ActionFields;
use crate::actions::model::Stage;
use crate::actions::policy::{self, Subject};
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::kernel::ids::OrganisationId;
use crate::territories::model::Territory;
use crate::{partners, territories};

/// The one password of every account of the demonstration: it is printed at the start.
pub const PASSWORD: &str = crate::accounts::pages::sign_in::DEMO_PASSWORD;

/// One account per role, as the start prints them.
pub const SIGN_INS: [(&str, &str); 5] = [
    ("administratrice", "admin@vienne.example"),
    ("responsable", "responsable@vienne.example"),
    ("agent", "agent@vienne.example"),
    ("secrétaire", "secretaire@vienne.example"),
    ("partenaire", "partenaire@comptes-clairs.example"),
];

pub fn territories(conn: &mut Conn, present: &Present<'_>) -> Result<()> {
    for given in content::territories()? {
        let territory = Territory {
            code: given.code,
            kind: given.kind,
            name: given.name,
            within: given.within,
            address: given.address,
            phone: given.phone,
            email: given.email,
            communes: given.communes,
            parts: given.parts.into_iter().map(|part| (part.commune, part.name)).collect(),
            version: 0,
        };
        territories::service::save(conn, &territory, present.days_ago(SET_UP))?;
    }
    Ok(())
}

/// The organisations, by the key and by the name that other files give.
pub fn organisations(conn: &mut Conn, present: &Present<'_>) -> Result<BTreeMap<String, OrganisationId>> {
    let mut ids = BTreeMap::new();
    for given in content::organisations()? {
        let robot = Actor::command_line();
        let added = partners::service::create(conn, present.by(&robot, present.days_ago(SET_UP)), &given.fields)?;
        if let Some(days) = given.confirmed_days_ago {
            partners::service::confirm(conn, present.by(&robot, present.days_ago(days)), &added.id, added.version)?;
        }
        ids.insert(given.key, added.id.clone());
        ids.insert(added.fields.name, added.id);
    }
    Ok(ids)
}

/// Everyone who has an account, by address.
pub struct Actors(BTreeMap<String, Actor>);

impl Actors {
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// In the order of their addresses.
    pub fn all(&self) -> impl Iterator<Item = &Actor> {
        self.0.values()
    }

    pub fn named(&self, email: &str) -> Result<&Actor> {
        self.0.get(email).ok_or_else(|| broken("author", email))
    }

    pub fn administrator(&self) -> Result<&Actor> {
        self.0.values().find(|actor| actor.is_administrator()).ok_or_else(|| broken("accounts", "no administrator"))
    }

    /// Who validates an action: a manager of its territory, who did not write it if there is another; an administrator otherwise.
    pub fn validator(&self, fields: &ActionFields, author: &Actor) -> Result<&Actor> {
        let subject = Subject::of(fields, Stage::Submitted, author.id.as_ref());
        let managers: Vec<&Actor> = self.0.values().filter(|actor| actor.role == Role::Manager && policy::may_write(actor, &subject)).collect();
        match managers.iter().find(|manager| !manager.is(author.id.as_ref())).or(managers.first()) {
            Some(manager) => Ok(manager),
            None => self.administrator(),
        }
    }
}

pub fn accounts(conn: &mut Conn, present: &Present<'_>, organisations: &BTreeMap<String, OrganisationId>, hash: &str) -> Result<Actors> {
    let command_line = Actor::command_line();
    let mut actors = BTreeMap::new();
    for (place, given) in content::accounts()?.into_iter().enumerate() {
        let organisation = match &given.organisation {
            Some(name) => organisations.get(name).ok_or_else(|| broken("organisation", name))?.to_string(),
            None => String::new(),
        };
        // The first administrator comes from the command line; the others are added by her, a few a day.
        let by = actors.values().find(|actor: &&Actor| actor.is_administrator()).unwrap_or(&command_line);
        let now = present.days_ago(SET_UP - 1 - i64::try_from(place / 8).unwrap_or(0)).plus_seconds(60 * i64::try_from(place % 8).unwrap_or(0));
        let account = Given {
            email: given.email.clone(),
            name: given.name,
            job: given.function,
            role: given.role,
            territories: given.territories,
            organisation,
        };
        let added = accounts::service::add(conn, present.by(by, now), &account, Some(hash))?;
        let actor = sign_in::actor(conn, added)?;
        actors.insert(given.email, actor);
    }
    match actors.values().any(Actor::is_administrator) {
        true => Ok(Actors(actors)),
        false => Err(Error::Internal("the demonstration has no administrator".into())),
    }
}
