//! How far each agent was told of what the other MDS do, and what they like to read of first.

use std::collections::{BTreeMap, BTreeSet};

use super::model::Window;
use super::store;
use crate::accounts::model::Account;
use crate::db::Conn;
use crate::error::Result;
use crate::kernel::Day;
use crate::kernel::ids::AccountId;

/// Those of these agents to whom this Monday's letter is due, with the days that it tells them of.
pub fn due(conn: &mut Conn, agents: Vec<Account>, monday: Day) -> Result<Vec<(Account, Window)>> {
    let told = store::letters::told(conn)?;
    Ok(agents.into_iter().filter_map(|agent| Window::due(told.get(&agent.id).copied(), monday).map(|window| (agent, window))).collect())
}

/// They were told all there was to tell before this Monday.
pub fn told(conn: &mut Conn, agents: &[AccountId], monday: Day) -> Result<()> {
    store::letters::keep(conn, agents, monday)
}

/// The themes of each: of the actions that they wrote.
pub fn themes(conn: &mut Conn, agents: &[AccountId]) -> Result<BTreeMap<AccountId, BTreeSet<String>>> {
    store::letters::themes_written(conn, agents)
}
