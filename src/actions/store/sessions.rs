//! The SQL of sessions.

use std::collections::BTreeSet;

use diesel::prelude::*;

use crate::actions::sessions::Session;
use crate::db::schema::action_sessions;
use crate::db::{Conn, on_either};
use crate::error::Result;
use crate::kernel::Moment;
use crate::kernel::ids::{ActionId, SessionId};

type Row = (SessionId, Moment, Moment, String, Option<i32>, Option<i32>, Option<i32>, i32);

macro_rules! columns {
    () => {
        (
            action_sessions::id,
            action_sessions::starts_at,
            action_sessions::ends_at,
            action_sessions::place,
            action_sessions::capacity,
            action_sessions::attended,
            action_sessions::newcomers,
            action_sessions::version,
        )
    };
}

fn session((id, starts_at, ends_at, place, capacity, attended, newcomers, version): Row) -> Session {
    Session { id, starts_at, ends_at, place, capacity, attended, newcomers, version }
}

/// The sessions of an action, in order.
pub fn sessions(conn: &mut Conn, id: &ActionId) -> Result<Vec<Session>> {
    let rows: Vec<Row> = action_sessions::table
        .filter(action_sessions::action_id.eq(id))
        .order((action_sessions::starts_at, action_sessions::id))
        .select(columns!())
        .load(conn)?;
    Ok(rows.into_iter().map(session).collect())
}

/// Adds sessions, but for those at an instant that has one; answers how many.
pub fn add_sessions(conn: &mut Conn, id: &ActionId, sessions: &[Session]) -> Result<usize> {
    let mut added = 0;
    for session in sessions {
        let row = (
            action_sessions::id.eq(&session.id),
            action_sessions::action_id.eq(id),
            action_sessions::starts_at.eq(session.starts_at),
            action_sessions::ends_at.eq(session.ends_at),
            action_sessions::place.eq(&session.place),
            action_sessions::capacity.eq(session.capacity),
            action_sessions::attended.eq(session.attended),
            action_sessions::newcomers.eq(session.newcomers),
            action_sessions::version.eq(1),
        );
        added += on_either!(conn, |conn| diesel::insert_into(action_sessions::table).values(row).on_conflict_do_nothing().execute(conn))?;
    }
    Ok(added)
}

pub fn remove_session(conn: &mut Conn, id: &SessionId) -> Result<()> {
    diesel::delete(action_sessions::table.find(id)).execute(conn)?;
    Ok(())
}

pub fn attend(conn: &mut Conn, id: &SessionId, attended: Option<i32>, newcomers: Option<i32>) -> Result<()> {
    let set =
        (action_sessions::attended.eq(attended), action_sessions::newcomers.eq(newcomers), action_sessions::version.eq(action_sessions::version + 1));
    diesel::update(action_sessions::table.find(id)).set(set).execute(conn)?;
    Ok(())
}

/// The next session of each action from an instant on: (action, start, place).
pub fn next_sessions(conn: &mut Conn, ids: &[ActionId], from: Moment) -> Result<Vec<(ActionId, Moment, String)>> {
    let rows: Vec<(ActionId, Moment, String)> = action_sessions::table
        .filter(action_sessions::action_id.eq_any(ids))
        .filter(action_sessions::ends_at.ge(from))
        .order((action_sessions::starts_at, action_sessions::id))
        .select((action_sessions::action_id, action_sessions::starts_at, action_sessions::place))
        .load(conn)?;
    let mut next: Vec<(ActionId, Moment, String)> = Vec::new();
    for row in rows {
        if next.iter().all(|(id, ..)| *id != row.0) {
            next.push(row);
        }
    }
    Ok(next)
}

/// The sessions to come, the soonest first, whoever may read their actions.
pub fn upcoming(conn: &mut Conn, from: Moment, most: i64) -> Result<Vec<(ActionId, Session)>> {
    let rows: Vec<(ActionId, Row)> = action_sessions::table
        .filter(action_sessions::starts_at.ge(from))
        .order((action_sessions::starts_at, action_sessions::id))
        .limit(most)
        .select((action_sessions::action_id, columns!()))
        .load(conn)?;
    Ok(rows.into_iter().map(|(id, row)| (id, session(row))).collect())
}

/// Those of these actions that have sessions.
pub fn with_sessions(conn: &mut Conn, ids: &[ActionId]) -> Result<BTreeSet<ActionId>> {
    let found: Vec<ActionId> =
        action_sessions::table.filter(action_sessions::action_id.eq_any(ids.to_vec())).select(action_sessions::action_id).distinct().load(conn)?;
    Ok(found.into_iter().collect())
}

/// What the sessions of an action add up to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Attended {
    pub sessions: usize,
    pub held: usize,
    pub attended: i64,
    /// People who joined: the newcomers of all sessions.
    pub joined: i64,
}

pub fn attended(sessions: &[Session]) -> Attended {
    let sum = |count: fn(&Session) -> Option<i32>| sessions.iter().filter_map(count).map(i64::from).sum();
    Attended {
        sessions: sessions.len(),
        held: sessions.iter().filter(|session| session.attended.is_some()).count(),
        attended: sum(|session| session.attended),
        joined: sum(|session| session.newcomers),
    }
}
