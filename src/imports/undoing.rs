//! A whole import put back: what it made is removed, what it changed is as it was; what somebody has changed since is told.

use std::collections::BTreeMap;

use super::model::Import;
use super::store;
use crate::accounts::model::By;
use crate::db::Conn;
use crate::error::Result;
use crate::kernel::{Day, Zone};

/// What cannot be put back, by identifier: what it is called, and why.
pub type Stuck = BTreeMap<String, (String, String)>;

pub enum Undone {
    Whole,
    Stuck(Stuck),
}

/// What cannot be put back as it now stands.
pub fn stuck(conn: &mut Conn, by: By<'_>, import: &Import, today: Day, zone: &Zone) -> Result<Stuck> {
    let mut desk = import.kind.open(conn, by.actor, today, zone)?;
    let (mut stuck, mut after) = (Stuck::new(), String::new());
    loop {
        let entries = store::entries_after(conn, &import.id, &after, i64::try_from(desk.batch()).unwrap_or(i64::MAX))?;
        let Some(last) = entries.last() else { return Ok(stuck) };
        after.clone_from(&last.record_id);
        let reasons = desk.stuck(conn, &entries)?;
        let told = entries.into_iter().filter_map(|entry| Some((entry.record_id.clone(), (entry.title, reasons.get(&entry.record_id)?.clone()))));
        stuck.extend(told);
    }
}

/// Puts everything back but what is stuck.
pub fn undo(
    conn: &mut Conn,
    by: By<'_>,
    import: &Import,
    stuck: &Stuck,
    today: Day,
    zone: &Zone,
    step: &mut dyn FnMut(u64) -> Result<()>,
) -> Result<()> {
    let mut desk = import.kind.open(conn, by.actor, today, zone)?;
    let (mut after, mut done) = (String::new(), 0);
    loop {
        let mut entries = store::entries_after(conn, &import.id, &after, i64::try_from(desk.batch()).unwrap_or(i64::MAX))?;
        let Some(last) = entries.last() else { break };
        after.clone_from(&last.record_id);
        done += entries.len() as u64;
        entries.retain(|entry| !stuck.contains_key(&entry.record_id));
        desk.undo(conn, by, &entries)?;
        step(done)?;
    }
    desk.finish(conn, by)
}
