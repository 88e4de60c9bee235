//! The SQL of imports: their rows, what they wrote, and the leases of the worker.

use diesel::prelude::*;

use super::kinds::{Entry, Kind};
use super::model::{Import, Plan, Report, Stage};
use crate::db::schema::{import_records, imports};
use crate::db::{Conn, on_either};
use crate::error::{Error, Result};
use crate::kernel::Moment;
use crate::kernel::ids::AccountId;

type Row = (
    String,
    String,
    Stage,
    String,
    String,
    String,
    String,
    Option<AccountId>,
    String,
    Moment,
    (Option<Moment>, Option<Moment>, Option<Moment>, Option<String>, Option<String>),
);

macro_rules! columns {
    () => {
        (
            imports::id,
            imports::kind,
            imports::stage,
            imports::file_name,
            imports::hash,
            imports::plan,
            imports::report,
            imports::account_id.nullable(),
            imports::account_name,
            imports::created_at,
            (imports::checked_at, imports::done_at, imports::undone_at, imports::undone_by, imports::reason),
        )
    };
}

fn unreadable(error: impl std::fmt::Display) -> Error {
    Error::Internal(format!("an import's row is not readable: {error}"))
}

fn json(value: &impl serde::Serialize) -> Result<String> {
    serde_json::to_string(value).map_err(|error| Error::Internal(error.to_string()))
}

fn import(row: Row) -> Result<Import> {
    let (id, kind, stage, file_name, hash, plan, report, account_id, account_name, created_at, rest) = row;
    let (checked_at, done_at, undone_at, undone_by, reason) = rest;
    Ok(Import {
        kind: Kind::parse(&kind).ok_or_else(|| unreadable(&kind))?,
        plan: serde_json::from_str(&plan).map_err(unreadable)?,
        report: serde_json::from_str(&report).map_err(unreadable)?,
        id,
        stage,
        file_name,
        hash,
        account_id,
        account_name,
        created_at,
        checked_at,
        done_at,
        undone_at,
        undone_by,
        reason,
    })
}

pub fn insert(conn: &mut Conn, import: &Import) -> Result<()> {
    let row = (
        imports::id.eq(&import.id),
        imports::kind.eq(import.kind.as_str()),
        imports::stage.eq(import.stage),
        imports::file_name.eq(&import.file_name),
        imports::hash.eq(&import.hash),
        imports::plan.eq(json(&import.plan)?),
        imports::report.eq(json(&import.report)?),
        imports::account_id.eq(&import.account_id),
        imports::account_name.eq(&import.account_name),
        imports::created_at.eq(import.created_at),
        imports::checked_at.eq(import.checked_at),
        imports::done_at.eq(import.done_at),
        imports::attempts.eq(0),
    );
    diesel::insert_into(imports::table).values(row).execute(conn)?;
    Ok(())
}

pub fn find(conn: &mut Conn, id: &str) -> Result<Import> {
    let row: Row = imports::table.find(id).select(columns!()).first(conn)?;
    import(row)
}

/// The latest imports, of everybody or of one account.
pub fn list(conn: &mut Conn, account: Option<&AccountId>, most: i64) -> Result<Vec<Import>> {
    let mut query = imports::table.into_boxed();
    if let Some(account) = account {
        query = query.filter(imports::account_id.eq(account.clone()));
    }
    let rows: Vec<Row> = query.order((imports::created_at.desc(), imports::id.desc())).limit(most).select(columns!()).load(conn)?;
    rows.into_iter().map(import).collect()
}

/// Moves an import on from the stage in which it was read; false when somebody else has moved it.
pub fn advance(conn: &mut Conn, import: &Import, to: Stage, plan: &Plan) -> Result<bool> {
    let current = imports::table.filter(imports::id.eq(&import.id)).filter(imports::stage.eq(import.stage));
    let set = (
        imports::stage.eq(to),
        imports::plan.eq(json(plan)?),
        imports::reason.eq(None::<String>),
        imports::attempts.eq(0),
        imports::leased_until.eq(None::<Moment>),
        imports::lease_token.eq(None::<String>),
    );
    Ok(diesel::update(current).set(set).execute(conn)? == 1)
}

pub fn delete(conn: &mut Conn, import: &Import) -> Result<bool> {
    let current = imports::table.filter(imports::id.eq(&import.id)).filter(imports::stage.eq(import.stage));
    Ok(diesel::delete(current).execute(conn)? == 1)
}

macro_rules! due {
    ($now:expr) => {
        imports::table
            .filter(imports::stage.eq_any([Stage::Mapped, Stage::Running, Stage::Undoing]))
            .filter(imports::leased_until.is_null().or(imports::leased_until.lt($now)))
            .order((imports::created_at, imports::id))
            .select(imports::id)
    };
}

/// Is there work? Reads only, so that an idle worker takes no lock.
pub fn has_due(conn: &mut Conn, now: Moment) -> Result<bool> {
    let found: Option<String> = due!(now).first(conn).optional()?;
    Ok(found.is_some())
}

/// Leases the oldest import that waits, with how often it was tried.
pub fn lease(conn: &mut Conn, token: &str, now: Moment, until: Moment) -> Result<Option<(Import, i32)>> {
    let found: Option<String> = match conn {
        Conn::Postgres(conn) => due!(now).for_update().skip_locked().first(conn).optional()?,
        Conn::Sqlite(conn) => due!(now).first(conn).optional()?,
    };
    let Some(id) = found else { return Ok(None) };
    diesel::update(imports::table.find(&id))
        .set((imports::lease_token.eq(token), imports::leased_until.eq(until), imports::attempts.eq(imports::attempts + 1)))
        .execute(conn)?;
    let attempts: i32 = imports::table.find(&id).select(imports::attempts).first(conn)?;
    Ok(Some((find(conn, &id)?, attempts)))
}

/// What the worker came to.
pub struct Found<'a> {
    pub to: Stage,
    pub report: &'a Report,
    pub reason: Option<&'a str>,
    pub at: Moment,
    /// Who undid it.
    pub by: Option<&'a str>,
}

/// Writes what the worker came to, under the lease that it must still hold; false when it no longer does.
pub fn complete(conn: &mut Conn, import: &Import, token: &str, result: &Found<'_>) -> Result<bool> {
    let held = imports::table.filter(imports::id.eq(&import.id)).filter(imports::stage.eq(import.stage)).filter(imports::lease_token.eq(token));
    let or_as_it_was = |stage: Stage, was: Option<Moment>| if result.to == stage && import.stage != Stage::Undoing { Some(result.at) } else { was };
    let undone = (result.to == Stage::Undone).then_some(result.at);
    let set = (
        imports::stage.eq(result.to),
        imports::report.eq(json(result.report)?),
        imports::reason.eq(result.reason),
        imports::checked_at.eq(or_as_it_was(Stage::Checked, import.checked_at)),
        imports::done_at.eq(or_as_it_was(Stage::Done, import.done_at)),
        imports::undone_at.eq(undone),
        imports::undone_by.eq(result.by),
        imports::attempts.eq(0),
        imports::leased_until.eq(None::<Moment>),
        imports::lease_token.eq(None::<String>),
    );
    Ok(diesel::update(held).set(set).execute(conn)? == 1)
}

/// Leaves an import for another try, later.
pub fn postpone(conn: &mut Conn, import: &Import, token: &str, until: Moment) -> Result<()> {
    let held = imports::table.filter(imports::id.eq(&import.id)).filter(imports::lease_token.eq(token));
    diesel::update(held).set((imports::leased_until.eq(until), imports::lease_token.eq(None::<String>))).execute(conn)?;
    Ok(())
}

/// Imports of a kind write one after the other: what one has checked, another must not change meanwhile.
pub fn in_turn(conn: &mut Conn, kind: Kind) -> Result<()> {
    // SQLite has one writer.
    let Conn::Postgres(conn) = conn else { return Ok(()) };
    let key = format!("imports:{kind}");
    diesel::sql_query("SELECT pg_advisory_xact_lock(hashtext($1))").bind::<diesel::sql_types::Text, _>(key).execute(conn)?;
    Ok(())
}

/// The imports that stand and that brought the same file.
pub fn same_file(conn: &mut Conn, kind: Kind, hash: &str, besides: &str) -> Result<Vec<String>> {
    Ok(imports::table
        .filter(imports::hash.eq(hash))
        .filter(imports::kind.eq(kind.as_str()))
        .filter(imports::stage.eq(Stage::Done))
        .filter(imports::id.ne(besides))
        .order(imports::id)
        .select(imports::id)
        .load(conn)?)
}

pub fn keep_entries(conn: &mut Conn, import: &str, entries: &[Entry]) -> Result<()> {
    let rows: Vec<_> = entries
        .iter()
        .map(|entry| {
            (
                import_records::import_id.eq(import.to_owned()),
                import_records::record_id.eq(entry.record_id.clone()),
                import_records::title.eq(entry.title.clone()),
                import_records::was.eq(entry.was.clone()),
                import_records::version.eq(entry.version),
            )
        })
        .collect();
    on_either!(conn, |conn| diesel::insert_into(import_records::table).values(&rows).execute(conn))?;
    Ok(())
}

/// What an import wrote, after a record (empty: from the first).
pub fn entries_after(conn: &mut Conn, import: &str, after: &str, most: i64) -> Result<Vec<Entry>> {
    let rows: Vec<(String, String, Option<String>, i32)> = import_records::table
        .filter(import_records::import_id.eq(import))
        .filter(import_records::record_id.gt(after))
        .order(import_records::record_id)
        .limit(most)
        .select((import_records::record_id, import_records::title, import_records::was, import_records::version))
        .load(conn)?;
    Ok(rows.into_iter().map(|(record_id, title, was, version)| Entry { record_id, title, was, version }).collect())
}

/// Forgets imports that nobody ended, and what can no longer be undone; answers how many of each.
pub fn purge(conn: &mut Conn, before: Moment) -> Result<[usize; 2]> {
    let unended = imports::table
        .filter(imports::stage.eq_any([Stage::Uploaded, Stage::Mapped, Stage::Checked, Stage::Failed]))
        .filter(imports::created_at.lt(before));
    let abandoned = diesel::delete(unended).execute(conn)?;
    let settled = imports::table.filter(imports::done_at.lt(before)).select(imports::id);
    let forgotten = diesel::delete(import_records::table.filter(import_records::import_id.eq_any(settled))).execute(conn)?;
    Ok([abandoned, forgotten])
}

/// Those of these imports whose file may still be wanted.
pub fn with_files(conn: &mut Conn, ids: &[String]) -> Result<Vec<String>> {
    Ok(imports::table
        .filter(imports::id.eq_any(ids.to_vec()))
        .filter(imports::stage.ne_all([Stage::Done, Stage::Undoing, Stage::Undone]))
        .select(imports::id)
        .load(conn)?)
}
