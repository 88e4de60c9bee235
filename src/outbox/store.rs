//! The SQL of the outbox: the one place where the two databases lock rows differently.

use std::collections::HashSet;

use diesel::prelude::*;

use super::Lane;
use crate::db::schema::{daily_jobs, idempotency, outbox};
use crate::db::{Conn, on_either};
use crate::error::{Error, Result};
use crate::kernel::{Day, Moment};

/// A row that this worker may work on until `leased_until`.
pub struct Leased {
    pub id: String,
    pub payload: String,
    pub attempts: i32,
}

pub fn insert(conn: &mut Conn, id: &str, lane: Lane, payload: &str, now: Moment) -> Result<()> {
    let row = (
        outbox::id.eq(id),
        outbox::lane.eq(lane),
        outbox::payload.eq(payload),
        outbox::stage.eq("queued"),
        outbox::attempts.eq(0),
        outbox::due_at.eq(now),
        outbox::created_at.eq(now),
    );
    diesel::insert_into(outbox::table).values(row).execute(conn)?;
    Ok(())
}

macro_rules! due {
    ($lane:expr, $now:expr) => {
        outbox::table
            .filter(outbox::lane.eq($lane))
            .filter(outbox::stage.eq("queued").and(outbox::due_at.le($now)).or(outbox::stage.eq("leased").and(outbox::leased_until.lt($now))))
            .order((outbox::due_at, outbox::id))
            .select(outbox::id)
    };
}

/// Is there work? Reads only, so that an idle worker takes no lock.
pub fn has_due(conn: &mut Conn, lane: Lane, now: Moment) -> Result<bool> {
    let found: Option<String> = due!(lane, now).first(conn).optional()?;
    Ok(found.is_some())
}

/// Leases up to `most` due rows, the oldest first; what another worker is leasing at the same time is skipped.
pub fn lease(conn: &mut Conn, lane: Lane, most: i64, token: &str, now: Moment, until: Moment) -> Result<Vec<Leased>> {
    let ids: Vec<String> = match conn {
        Conn::Postgres(conn) => due!(lane, now).limit(most).for_update().skip_locked().load(conn)?,
        Conn::Sqlite(conn) => due!(lane, now).limit(most).load(conn)?,
    };
    diesel::update(outbox::table.filter(outbox::id.eq_any(&ids)))
        .set((outbox::stage.eq("leased"), outbox::lease_token.eq(token), outbox::leased_until.eq(until), outbox::attempts.eq(outbox::attempts + 1)))
        .execute(conn)?;
    let rows: Vec<(String, String, i32)> = outbox::table
        .filter(outbox::id.eq_any(&ids))
        .select((outbox::id, outbox::payload, outbox::attempts))
        .order((outbox::due_at, outbox::id))
        .load(conn)?;
    Ok(rows.into_iter().map(|(id, payload, attempts)| Leased { id, payload, attempts }).collect())
}

macro_rules! held {
    ($ids:expr, $token:expr) => {
        outbox::table.filter(outbox::id.eq_any($ids)).filter(outbox::stage.eq("leased")).filter(outbox::lease_token.eq($token))
    };
}

/// Removes what is done, if still held.
pub fn remove(conn: &mut Conn, ids: &[String], token: &str) -> Result<usize> {
    Ok(diesel::delete(held!(ids, token)).execute(conn)?)
}

pub fn retry(conn: &mut Conn, ids: &[String], token: &str, due_at: Moment, reason: &str) -> Result<usize> {
    Ok(diesel::update(held!(ids, token))
        .set((outbox::stage.eq("queued"), outbox::due_at.eq(due_at), outbox::reason.eq(reason), outbox::lease_token.eq(None::<String>)))
        .execute(conn)?)
}

/// Holds longer what is still held.
pub fn renew(conn: &mut Conn, ids: &[String], token: &str, until: Moment) -> Result<usize> {
    Ok(diesel::update(held!(ids, token)).set(outbox::leased_until.eq(until)).execute(conn)?)
}

/// Does another worker hold such a job?
pub fn is_leased_to_others(conn: &mut Conn, payload: &str, token: &str, now: Moment) -> Result<bool> {
    let theirs = outbox::table
        .filter(outbox::payload.eq(payload))
        .filter(outbox::stage.eq("leased"))
        .filter(outbox::leased_until.ge(now))
        .filter(outbox::lease_token.ne(token));
    let found: Option<String> = theirs.select(outbox::id).first(conn).optional()?;
    Ok(found.is_some())
}

/// Does such a job wait, or is it being done?
pub fn is_waiting(conn: &mut Conn, payload: &str) -> Result<bool> {
    let waiting = outbox::table.filter(outbox::payload.eq(payload)).filter(outbox::stage.eq_any(["queued", "leased"]));
    let found: Option<String> = waiting.select(outbox::id).first(conn).optional()?;
    Ok(found.is_some())
}

/// Of these jobs, those that wait or are under way.
pub fn waiting(conn: &mut Conn, payloads: &[String]) -> Result<HashSet<String>> {
    let mut found = HashSet::new();
    for some in payloads.chunks(500) {
        let waiting = outbox::table.filter(outbox::payload.eq_any(some)).filter(outbox::stage.eq_any(["queued", "leased"]));
        found.extend(waiting.select(outbox::payload).load::<String>(conn)?);
    }
    Ok(found)
}

/// Takes back every lease of a lane whose only worker begins now: whoever held them was killed.
pub fn release(conn: &mut Conn, lane: Lane) -> Result<usize> {
    let leased = outbox::table.filter(outbox::lane.eq(lane)).filter(outbox::stage.eq("leased"));
    Ok(diesel::update(leased).set((outbox::stage.eq("queued"), outbox::lease_token.eq(None::<String>))).execute(conn)?)
}

pub fn bury(conn: &mut Conn, ids: &[String], token: &str, now: Moment, reason: &str) -> Result<usize> {
    Ok(diesel::update(held!(ids, token)).set((outbox::stage.eq("dead"), outbox::finished_at.eq(now), outbox::reason.eq(reason))).execute(conn)?)
}

pub fn is_finished(conn: &mut Conn, id: &str) -> Result<bool> {
    let stage: Option<String> = outbox::table.find(id).select(outbox::stage).first(conn).optional()?;
    Ok(stage.is_none_or(|stage| stage == "done" || stage == "dead"))
}

/// How many rows wait and since when, and how many were given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Counts {
    pub waiting: i64,
    pub dead: i64,
    pub since: Option<Moment>,
}

pub fn counts(conn: &mut Conn, lane: Lane) -> Result<Counts> {
    let of = |conn: &mut Conn, stages: &[&str]| -> Result<i64> {
        let rows = outbox::table.filter(outbox::lane.eq(lane)).filter(outbox::stage.eq_any(stages.to_vec()));
        Ok(rows.count().get_result(conn)?)
    };
    let waiting = ["queued", "leased"];
    let rows = outbox::table.filter(outbox::lane.eq(lane)).filter(outbox::stage.eq_any(waiting));
    let since = rows.select(diesel::dsl::min(outbox::created_at)).first(conn)?;
    Ok(Counts { waiting: of(conn, &waiting)?, dead: of(conn, &["dead"])?, since })
}

/// Since when the job that waits the longest could have been done.
pub fn oldest_due(conn: &mut Conn) -> Result<Option<Moment>> {
    Ok(outbox::table.filter(outbox::stage.eq("queued")).order(outbox::due_at).select(outbox::due_at).first(conn).optional()?)
}

/// A row that was given up, with the reason of its last failure.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Dead {
    pub id: String,
    pub payload: String,
    pub attempts: i32,
    pub reason: Option<String>,
    pub finished_at: Option<Moment>,
}

pub fn dead(conn: &mut Conn, most: i64) -> Result<Vec<Dead>> {
    let rows: Vec<(String, String, i32, Option<String>, Option<Moment>)> = outbox::table
        .filter(outbox::stage.eq("dead"))
        .select((outbox::id, outbox::payload, outbox::attempts, outbox::reason, outbox::finished_at))
        .order((outbox::created_at.desc(), outbox::id))
        .limit(most)
        .load(conn)?;
    Ok(rows.into_iter().map(|(id, payload, attempts, reason, finished_at)| Dead { id, payload, attempts, reason, finished_at }).collect())
}

/// Gives a dead row another life.
pub fn queue_again(conn: &mut Conn, id: &str, now: Moment) -> Result<()> {
    let dead = outbox::table.filter(outbox::id.eq(id)).filter(outbox::stage.eq("dead"));
    let changed = diesel::update(dead)
        .set((outbox::stage.eq("queued"), outbox::attempts.eq(0), outbox::due_at.eq(now), outbox::finished_at.eq(None::<Moment>)))
        .execute(conn)?;
    if changed == 1 { Ok(()) } else { Err(Error::NotFound) }
}

/// Gives every dead row another life; answers how many.
pub fn queue_all_again(conn: &mut Conn, now: Moment) -> Result<usize> {
    let dead = outbox::table.filter(outbox::stage.eq("dead"));
    Ok(diesel::update(dead)
        .set((outbox::stage.eq("queued"), outbox::attempts.eq(0), outbox::due_at.eq(now), outbox::finished_at.eq(None::<Moment>)))
        .execute(conn)?)
}

/// True for the one who does a job of this day; an error later in the transaction gives it back.
pub fn claim_day(conn: &mut Conn, name: &str, day: Day) -> Result<bool> {
    let row = (daily_jobs::name.eq(name), daily_jobs::day.eq(day), daily_jobs::report.eq(""));
    Ok(on_either!(conn, |conn| diesel::insert_into(daily_jobs::table).values(row).on_conflict_do_nothing().execute(conn))? == 1)
}

pub fn is_claimed(conn: &mut Conn, name: &str, day: Day) -> Result<bool> {
    Ok(diesel::select(diesel::dsl::exists(daily_jobs::table.find((name, day)))).get_result(conn)?)
}

pub fn report_day(conn: &mut Conn, name: &str, day: Day, report: &str) -> Result<()> {
    diesel::update(daily_jobs::table.find((name, day))).set(daily_jobs::report.eq(report)).execute(conn)?;
    Ok(())
}

pub fn purge_idempotency(conn: &mut Conn, before: Moment) -> Result<usize> {
    Ok(diesel::delete(idempotency::table.filter(idempotency::created_at.lt(before))).execute(conn)?)
}
