//! The SQL of bodies.

use diesel::prelude::*;

use crate::accounts::model::By;
use crate::db::schema::{bodies, body_members};
use crate::db::{Conn, on_either};
use crate::error::{Error, Result};
use crate::events::Record;
use crate::kernel::Moment;
use crate::kernel::ids::{AccountId, BodyId, OrganisationId};
use crate::kernel::text::fold;
use crate::meetings::model::BodyFields;
use crate::versions::{self, Cause};

/// A body as its row gives it.
#[derive(Clone, Debug, PartialEq)]
pub struct Body {
    pub id: BodyId,
    pub fields: BodyFields,
    pub version: i32,
    pub author_id: Option<AccountId>,
    pub author_name: String,
    pub created_at: Moment,
    pub updated_at: Moment,
}

type Row = (BodyId, String, i32, Option<AccountId>, String, Moment, Moment);

macro_rules! columns {
    () => {
        (bodies::id, bodies::fields, bodies::version, bodies::author_id, bodies::author_name, bodies::created_at, bodies::updated_at)
    };
}

fn body((id, fields, version, author_id, author_name, created_at, updated_at): Row) -> Result<Body> {
    let fields = serde_json::from_str(&fields).map_err(|error| Error::Internal(format!("body {id} is not readable: {error}")))?;
    Ok(Body { id, fields, version, author_id, author_name, created_at, updated_at })
}

macro_rules! written {
    ($body:expr) => {
        (
            bodies::external_id.eq(&$body.fields.external_id),
            bodies::name.eq(&$body.fields.name),
            bodies::name_folded.eq(fold(&$body.fields.name)),
            bodies::kind.eq($body.fields.kind),
            bodies::territory.eq(&$body.fields.territory),
            bodies::is_closed.eq($body.fields.is_closed),
            bodies::fields.eq(serde_json::to_string(&$body.fields).map_err(|error| Error::Internal(error.to_string()))?),
        )
    };
}

pub fn find(conn: &mut Conn, id: &BodyId) -> Result<Body> {
    body(bodies::table.find(id).select(columns!()).first(conn)?)
}

/// All of them, those that still meet first, by name.
pub fn all(conn: &mut Conn) -> Result<Vec<Body>> {
    let rows: Vec<Row> = bodies::table.order((bodies::is_closed, bodies::name_folded, bodies::id)).select(columns!()).load(conn)?;
    rows.into_iter().map(body).collect()
}

/// Every body of which an organisation is a member.
pub fn naming(conn: &mut Conn, id: &OrganisationId) -> Result<Vec<Body>> {
    let with = body_members::table.filter(body_members::organisation_id.eq(id)).select(body_members::body_id);
    let rows: Vec<Row> = bodies::table.filter(bodies::id.eq_any(with)).order(bodies::id).select(columns!()).load(conn)?;
    rows.into_iter().map(body).collect()
}

pub fn insert(conn: &mut Conn, by: By<'_>, body: &Body, cause: &Cause) -> Result<()> {
    let row = (
        bodies::id.eq(&body.id),
        written!(body),
        bodies::version.eq(body.version),
        bodies::author_id.eq(&body.author_id),
        bodies::author_name.eq(&body.author_name),
        bodies::created_at.eq(body.created_at),
        bodies::updated_at.eq(body.updated_at),
    );
    diesel::insert_into(bodies::table).values(row).execute(conn)?;
    link(conn, body)?;
    versions::keep(conn, by, &Record::body(&body.id), body.version, cause, &body.fields)
}

/// Writes a body over version `body.version`, which becomes the next; false when it is no longer the current one.
pub fn update(conn: &mut Conn, by: By<'_>, body: &Body, cause: &Cause) -> Result<bool> {
    let current = bodies::table.filter(bodies::id.eq(&body.id)).filter(bodies::version.eq(body.version));
    let set = (written!(body), bodies::version.eq(body.version + 1), bodies::updated_at.eq(by.now));
    if diesel::update(current).set(set).execute(conn)? == 0 {
        return Ok(false);
    }
    diesel::delete(body_members::table.filter(body_members::body_id.eq(&body.id))).execute(conn)?;
    link(conn, body)?;
    versions::keep(conn, by, &Record::body(&body.id), body.version + 1, cause, &body.fields)?;
    Ok(true)
}

fn link(conn: &mut Conn, body: &Body) -> Result<()> {
    let members: Vec<_> = (1i32..)
        .zip(&body.fields.members)
        .map(|(position, member)| {
            (
                body_members::body_id.eq(&body.id),
                body_members::position.eq(position),
                body_members::account_id.eq(member.account.as_deref().and_then(AccountId::parse)),
                body_members::organisation_id.eq(member.partner.as_deref().and_then(OrganisationId::parse)),
            )
        })
        .collect();
    on_either!(conn, |conn| {
        diesel::insert_into(body_members::table).values(&members).execute(conn)?;
    });
    Ok(())
}
