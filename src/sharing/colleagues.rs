//! Who knows how: the colleagues who wrote or lead actions on a theme, or like one.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use super::model::likeness;
use crate::accounts;
use crate::accounts::model::{Account, AccountStage, Actor, Role, Viewer};
use crate::actions::model::Stage;
use crate::actions::service::{self as actions, Action, Filter};
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::events::Record;
use crate::kernel::email::mailbox;
use crate::kernel::ids::{AccountId, ActionId};
use crate::kernel::{Day, Page};
use crate::versions;

/// Nobody needs to look at more actions to find somebody to ask.
const MOST_ACTIONS: u32 = 500;

/// What one would like to know how to do.
#[derive(Clone, Debug, Default)]
pub struct Sought {
    pub themes: BTreeSet<String>,
    pub audiences: BTreeSet<String>,
    /// Whatever is like this action, and not itself.
    pub like: Option<ActionId>,
}

impl Sought {
    pub fn theme(code: &str) -> Self {
        Self { themes: [code.to_owned()].into(), ..Self::default() }
    }

    pub fn like(action: &Action) -> Self {
        let fields = &action.fields;
        Self { themes: fields.themes.iter().cloned().collect(), audiences: fields.audiences.iter().cloned().collect(), like: Some(action.id.clone()) }
    }
}

/// Somebody who did it, and what they did, the nearest first.
pub struct Colleague {
    pub account: Account,
    pub actions: Vec<Action>,
    nearest: usize,
}

/// The agents at work who wrote or lead such actions, as far as the viewer may read these; the nearest first, the viewer left out.
pub fn who_know(conn: &mut Conn, viewer: &Viewer, sought: &Sought, today: Day) -> Result<Vec<Colleague>> {
    if sought.themes.is_empty() {
        return Ok(Vec::new());
    }
    let filter = Filter { stages: vec![Stage::Published, Stage::Archived], themes: sought.themes.iter().cloned().collect(), ..Filter::default() };
    let found = actions::list(conn, viewer, &filter, Page { number: 1, size: MOST_ACTIONS }, today)?.items;
    let near = |action: &Action| likeness((&sought.themes, &action.fields.themes), (&sought.audiences, &action.fields.audiences));
    let mut found: Vec<(usize, Action)> =
        found.into_iter().filter(|action| sought.like.as_ref() != Some(&action.id)).map(|action| (near(&action), action)).collect();
    // Those as near as one another stay in the order of the list: the last written first.
    found.sort_by_key(|(near, _)| Reverse(*near));
    let own = viewer.actor().and_then(|actor| actor.id.clone());
    let agents = accounts::service::active_with_role(conn, &[Role::Worker, Role::Manager, Role::Administrator])?;
    let agents: Vec<Account> = agents.into_iter().filter(|agent| Some(&agent.id) != own.as_ref()).collect();
    let done = who_did(conn, &found, &agents)?;
    let mut colleagues: Vec<Colleague> = agents
        .into_iter()
        .filter_map(|account| {
            let places = done.get(&account.id)?;
            let nearest = places.first().map(|place| found[*place].0)?;
            Some(Colleague { actions: places.iter().map(|place| found[*place].1.clone()).collect(), nearest, account })
        })
        .collect();
    colleagues.sort_by_key(|colleague| (Reverse(colleague.nearest), Reverse(colleague.actions.len())));
    Ok(colleagues)
}

/// Who wrote or leads each of these actions, by their place: whoever wrote a version, and whose mailbox is its contact.
fn who_did(conn: &mut Conn, found: &[(usize, Action)], agents: &[Account]) -> Result<BTreeMap<AccountId, BTreeSet<usize>>> {
    let places: BTreeMap<&str, usize> = found.iter().enumerate().map(|(place, (_, action))| (action.id.as_str(), place)).collect();
    let mailboxes: BTreeMap<String, &AccountId> = agents.iter().map(|agent| (mailbox(&agent.email), &agent.id)).collect();
    let ids: Vec<String> = places.keys().map(ToString::to_string).collect();
    let mut done: BTreeMap<AccountId, BTreeSet<usize>> = BTreeMap::new();
    for (record, writer) in versions::writers_of(conn, Record::ACTION, &ids)? {
        if let Some(place) = places.get(record.as_str()) {
            done.entry(writer).or_default().insert(*place);
        }
    }
    for (place, (_, action)) in found.iter().enumerate() {
        let led_by = mailboxes.get(&mailbox(&action.fields.contact.email)).copied();
        for who in action.author_id.iter().chain(led_by) {
            done.entry(who.clone()).or_default().insert(place);
        }
    }
    Ok(done)
}

/// Another agent at work; there is nobody else to ask.
pub fn find(conn: &mut Conn, actor: &Actor, id: &AccountId) -> Result<Account> {
    let account = accounts::service::find(conn, id)?;
    let is_agent = account.role != Role::Partner && account.stage == AccountStage::Active;
    if is_agent && !actor.is(Some(id)) { Ok(account) } else { Err(Error::NotFound) }
}
