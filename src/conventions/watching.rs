//! The conventions of which something is to be decided, and who is to be told.

use std::collections::HashSet;

use super::model::{ConventionFields, Stage, Standing};
use super::policy::{self, Subject};
use super::reminders::{Step, Watch};
use super::store::{self, Convention, Told};
use crate::accounts::model::{Account, Actor, Role};
use crate::accounts::{self, sign_in};
use crate::db::Conn;
use crate::error::Result;
use crate::events::Record;
use crate::kernel::ids::{AccountId, ActionId, ConventionId};
use crate::kernel::{Day, Moment};
use crate::{instance, territories, versions};

/// A convention whose term, or review, comes or came.
pub struct Watched {
    pub convention: Convention,
    pub standing: Standing,
    pub watch: Watch,
    pub step: Option<Step>,
    /// The responsible manager; when they left, the managers who may write it.
    pub followers: Vec<Account>,
}

impl Watched {
    /// The steps that are to be told now: to those who follow it, and to the authors of the actions that rest on it.
    pub fn due(&self, conn: &mut Conn, today: Day, ledger: &HashSet<Told>) -> Result<Due> {
        let told = |step: Step, recipient: &AccountId| Told {
            convention: self.convention.id.clone(),
            term: self.watch.term,
            step,
            recipient: recipient.clone(),
        };
        let is_new = |step: Step, account: &Account| !ledger.contains(&told(step, &account.id));
        let mut due = Due::default();
        if let Some(step) = self.step {
            due.followers = self.followers.iter().filter(|account| is_new(step, account)).cloned().collect();
            due.told.extend(due.followers.iter().map(|account| told(step, &account.id)));
        }
        if self.watch.concerns_authors(today) {
            let authors = authors(conn, &self.standing.fields.actions)?;
            let follows = |account: &Account| self.followers.iter().any(|follower| follower.id == account.id);
            due.authors = authors.into_iter().filter(|account| !follows(account) && is_new(Step::ThreeMonths, account)).collect();
            due.told.extend(due.authors.iter().map(|account| told(Step::ThreeMonths, &account.id)));
        }
        Ok(due)
    }
}

/// Who is told of one convention, and the lines that the ledger keeps of it.
#[derive(Default)]
pub struct Due {
    pub followers: Vec<Account>,
    pub authors: Vec<Account>,
    pub told: Vec<Told>,
}

/// Every convention of which something is to be decided today, the nearest term first.
pub fn watched(conn: &mut Conn, now: Moment, today: Day) -> Result<Vec<Watched>> {
    let people = People::load(conn)?;
    let mut found = Vec::new();
    let mut last = String::new();
    loop {
        let batch = store::after(conn, &last, 500)?;
        let Some(end) = batch.last() else { break };
        last = end.id.to_string();
        for convention in batch.into_iter().filter(|convention| convention.life.stage == Stage::Signed) {
            let standing = convention.standing(today);
            let since = today.plus(-now.seconds_since(convention.created_at) / 86_400);
            let Some(watch) = Watch::of(&standing, since) else { continue };
            let followers = people.followers(conn, &standing, convention.life.stage)?;
            found.push(Watched { step: watch.step(today), watch, followers, standing, convention });
        }
    }
    found.retain(|watched| watched.step.is_some() || watched.watch.concerns_authors(today));
    found.sort_by(|a, b| (a.watch.term, &a.convention.id).cmp(&(b.watch.term, &b.convention.id)));
    Ok(found)
}

/// What was told of these already.
pub fn ledger(conn: &mut Conn, watched: &[Watched]) -> Result<HashSet<Told>> {
    let ids: Vec<ConventionId> = watched.iter().map(|watched| watched.convention.id.clone()).collect();
    let mut ledger = HashSet::new();
    for some in ids.chunks(500) {
        ledger.extend(store::told(conn, some)?);
    }
    Ok(ledger)
}

pub fn keep_told(conn: &mut Conn, told: &[Told], now: Moment) -> Result<()> {
    store::tell(conn, told, now)
}

/// The conventions that wait for a decision of this account.
pub fn awaiting(conn: &mut Conn, account: &AccountId, now: Moment, today: Day) -> Result<Vec<Watched>> {
    let mut watched = watched(conn, now, today)?;
    watched.retain(|watched| watched.step.is_some() && watched.followers.iter().any(|follower| follower.id == *account));
    Ok(watched)
}

/// A convention whose stage somebody moved, with whoever is to be told: others who decide of it, those who wrote it or follow it.
pub struct Moved {
    pub convention: Convention,
    pub deciders: Vec<Account>,
    pub writers: Vec<Account>,
}

pub fn moved(conn: &mut Conn, id: &ConventionId, actor: &Actor) -> Result<Moved> {
    let convention = store::find(conn, id)?;
    let deciders = People::load(conn)?.deciders(&convention.stored_fields(), convention.life.stage, actor.id.as_ref());
    let mut ids = versions::writers(conn, &Record::convention(id))?;
    ids.extend(convention.fields.responsible.as_deref().and_then(AccountId::parse).filter(|id| !ids.contains(id)));
    let writers = accounts::service::active_among(conn, &ids)?.into_iter().filter(|account| account.role != Role::Partner).collect();
    Ok(Moved { convention, deciders, writers })
}

/// Those who may follow conventions, read once.
struct People {
    departement: String,
    managers: Vec<(Account, Actor)>,
    administrators: Vec<Account>,
}

impl People {
    fn load(conn: &mut Conn) -> Result<Self> {
        let atlas = territories::service::atlas(conn)?;
        let managers = accounts::service::active_with_role(conn, &[Role::Manager])?;
        Ok(Self {
            departement: instance::service::get(conn)?.0.departement,
            managers: managers.into_iter().map(|account| (account.clone(), sign_in::actor_in(account, &atlas))).collect(),
            administrators: accounts::service::active_with_role(conn, &[Role::Administrator])?,
        })
    }

    fn followers(&self, conn: &mut Conn, standing: &Standing, stage: Stage) -> Result<Vec<Account>> {
        let responsible: Vec<AccountId> = standing.fields.responsible.as_deref().and_then(AccountId::parse).into_iter().collect();
        let responsible = accounts::service::active_among(conn, &responsible)?;
        Ok(if responsible.is_empty() { self.deciders(&standing.fields, stage, None) } else { responsible })
    }

    /// The managers who may write it, but for one, or else the administrators.
    fn deciders(&self, fields: &ConventionFields, stage: Stage, but: Option<&AccountId>) -> Vec<Account> {
        let subject = Subject::of(fields, stage, &self.departement);
        let others = self.managers.iter().filter(|(account, actor)| Some(&account.id) != but && policy::may_write(actor, &subject));
        let people: Vec<Account> = others.map(|(account, _)| account.clone()).collect();
        if people.is_empty() { self.administrators.clone() } else { people }
    }
}

/// Those who wrote these actions, as far as they still have an account.
fn authors(conn: &mut Conn, actions: &[String]) -> Result<Vec<Account>> {
    let mut writers = Vec::new();
    for action in actions.iter().filter_map(|id| ActionId::parse(id)) {
        writers.extend(versions::writers(conn, &Record::action(&action))?);
    }
    accounts::service::active_among(conn, &writers)
}
