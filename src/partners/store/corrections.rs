//! The SQL of corrections.

use diesel::prelude::*;

use crate::db::Conn;
use crate::db::schema::organisation_corrections as table;
use crate::error::{Error, Result};
use crate::kernel::Moment;
use crate::kernel::actor::By;
use crate::kernel::ids::{AccountId, OrganisationId};
use crate::partners::corrections::{Correction, Stage};

type Row = (String, OrganisationId, String, String, Stage, Option<AccountId>, String, Moment, Option<String>, Option<Moment>, String);

fn correction(
    (id, organisation_id, changes, reason, stage, author_id, author_name, created_at, decided_by, decided_at, comment): Row,
) -> Result<Correction> {
    let changes = serde_json::from_str(&changes).map_err(|error| Error::Internal(format!("correction {id} is not readable: {error}")))?;
    Ok(Correction { id, organisation_id, changes, reason, stage, author_id, author_name, created_at, decided_by, decided_at, comment })
}

macro_rules! columns {
    () => {
        (
            table::id,
            table::organisation_id,
            table::changes,
            table::reason,
            table::stage,
            table::author_id,
            table::author_name,
            table::created_at,
            table::decided_by,
            table::decided_at,
            table::comment,
        )
    };
}

pub fn insert(conn: &mut Conn, correction: &Correction) -> Result<()> {
    let changes = serde_json::to_string(&correction.changes).map_err(|error| Error::Internal(error.to_string()))?;
    let row = (
        table::id.eq(&correction.id),
        table::organisation_id.eq(&correction.organisation_id),
        table::changes.eq(changes),
        table::reason.eq(&correction.reason),
        table::stage.eq(correction.stage),
        table::author_id.eq(&correction.author_id),
        table::author_name.eq(&correction.author_name),
        table::created_at.eq(correction.created_at),
        table::comment.eq(&correction.comment),
    );
    diesel::insert_into(table::table).values(row).execute(conn)?;
    Ok(())
}

pub fn find(conn: &mut Conn, id: &str) -> Result<Correction> {
    if !crate::kernel::ids::plausible(id) {
        return Err(Error::NotFound);
    }
    let row: Row = table::table.find(id).select(columns!()).first(conn)?;
    correction(row)
}

/// All that await a decision, the oldest first.
pub fn open(conn: &mut Conn) -> Result<Vec<Correction>> {
    let rows: Vec<Row> =
        table::table.filter(table::stage.eq(Stage::Suggested)).order((table::created_at, table::id)).limit(500).select(columns!()).load(conn)?;
    rows.into_iter().map(correction).collect()
}

pub fn open_of(conn: &mut Conn, id: &OrganisationId) -> Result<Vec<Correction>> {
    let of = table::table.filter(table::organisation_id.eq(id)).filter(table::stage.eq(Stage::Suggested));
    let rows: Vec<Row> = of.order((table::created_at, table::id)).select(columns!()).load(conn)?;
    rows.into_iter().map(correction).collect()
}

/// True for the one who decides first.
pub fn decide(conn: &mut Conn, id: &str, stage: Stage, by: By<'_>, comment: &str) -> Result<bool> {
    let open = table::table.filter(table::id.eq(id)).filter(table::stage.eq(Stage::Suggested));
    let set = (table::stage.eq(stage), table::decided_by.eq(&by.actor.name), table::decided_at.eq(by.now), table::comment.eq(comment));
    Ok(diesel::update(open).set(set).execute(conn)? == 1)
}

pub fn hand_over(conn: &mut Conn, from: &OrganisationId, to: &OrganisationId) -> Result<()> {
    diesel::update(table::table.filter(table::organisation_id.eq(from))).set(table::organisation_id.eq(to)).execute(conn)?;
    Ok(())
}
