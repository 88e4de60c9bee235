//! The SQL of organisations.

pub mod apart;
pub mod corrections;
pub mod links;
mod lists;

use diesel::prelude::*;

use super::model::{Organisation, OrganisationFields, OrganisationKind, Partner};
use crate::db::schema::{accounts, action_partners, convention_parties, organisation_territories, organisation_themes, organisations};
use crate::db::{Conn, on_either};
use crate::error::{Error, Result};
use crate::events::Record;
use crate::kernel::actor::By;
use crate::kernel::ids::OrganisationId;
use crate::kernel::text::fold;
use crate::kernel::{Moment, Visibility};
use crate::territories::geography::geography;
use crate::versions::{self, Cause};

pub use lists::{
    Filter, after, all_of, by_external_ids, by_ids, count, due_for_confirmation, list, mark_reminded, readable_of, themes_in_use, traces,
    versions_of, with_fields,
};

type LightRow = (OrganisationId, Option<String>, String, OrganisationKind, Visibility, i32);

macro_rules! light {
    () => {
        (organisations::id, organisations::external_id, organisations::name, organisations::kind, organisations::visibility, organisations::version)
    };
}

fn organisation((id, external_id, name, kind, visibility, version): LightRow) -> Organisation {
    Organisation { id, external_id, name, kind, visibility, version }
}

type Row = (OrganisationId, String, i32, Option<OrganisationId>, Moment, Moment, Moment);

macro_rules! columns {
    () => {
        (
            organisations::id,
            organisations::fields,
            organisations::version,
            organisations::merged_into,
            organisations::confirmed_at,
            organisations::created_at,
            organisations::updated_at,
        )
    };
}
use columns;

impl Partner {
    fn of((id, fields, version, merged_into, confirmed_at, created_at, updated_at): Row) -> Result<Self> {
        let fields = serde_json::from_str(&fields).map_err(|error| Error::Internal(format!("organisation {id} is not readable: {error}")))?;
        Ok(Self { id, fields, version, merged_into, confirmed_at, created_at, updated_at })
    }
}

/// Every organisation, by name.
pub fn all(conn: &mut Conn) -> Result<Vec<Organisation>> {
    let living = organisations::table.filter(organisations::merged_into.is_null());
    let rows: Vec<LightRow> = living.select(light!()).order((organisations::name_folded, organisations::id)).load(conn)?;
    Ok(rows.into_iter().map(organisation).collect())
}

/// Those that became another, with the one that they became.
pub fn former(conn: &mut Conn) -> Result<Vec<(Organisation, OrganisationId)>> {
    let gone = organisations::table.filter(organisations::merged_into.is_not_null());
    let rows: Vec<(LightRow, Option<OrganisationId>)> = gone.select((light!(), organisations::merged_into)).order(organisations::id).load(conn)?;
    Ok(rows.into_iter().filter_map(|(row, into)| Some((organisation(row), into?))).collect())
}

pub fn find(conn: &mut Conn, id: &OrganisationId) -> Result<Organisation> {
    let living = organisations::table.find(id).filter(organisations::merged_into.is_null());
    Ok(organisation(living.select(light!()).first(conn)?))
}

/// An organisation whole, even one that became another.
pub fn whole(conn: &mut Conn, id: &OrganisationId) -> Result<Partner> {
    let row: Row = organisations::table.find(id).select(columns!()).first(conn)?;
    Partner::of(row)
}

pub fn by_external_id(conn: &mut Conn, external_id: &str) -> Result<Option<Partner>> {
    let row: Option<Row> = organisations::table.filter(organisations::external_id.eq(external_id)).select(columns!()).first(conn).optional()?;
    row.map(Partner::of).transpose()
}

fn json(fields: &OrganisationFields) -> Result<String> {
    serde_json::to_string(fields).map_err(|error| Error::Internal(error.to_string()))
}

/// What a list looks for words in.
fn words(fields: &OrganisationFields) -> String {
    let commune = fields.commune.as_deref().and_then(|code| geography().place(code)).map_or("", |place| place.name);
    fold(&[&fields.name, commune, &fields.address, &fields.description].join(" "))
}

/// The columns that are the index of the fields, always written with them.
macro_rules! indexed {
    ($fields:expr, $json:expr) => {
        (
            organisations::external_id.eq(&$fields.external_id),
            organisations::name.eq(&$fields.name),
            organisations::name_folded.eq(fold(&$fields.name)),
            organisations::words_folded.eq(words($fields)),
            organisations::kind.eq($fields.kind),
            organisations::siret.eq($fields.siret.as_ref().map(|siret| siret.as_str())),
            organisations::commune.eq(&$fields.commune),
            organisations::visibility.eq($fields.visibility),
            organisations::fields.eq($json),
        )
    };
}

pub fn insert(conn: &mut Conn, by: By<'_>, partner: &Partner, cause: &Cause) -> Result<()> {
    let fields = &partner.fields;
    let row = (
        organisations::id.eq(&partner.id),
        indexed!(fields, json(fields)?),
        organisations::version.eq(partner.version),
        organisations::confirmed_at.eq(partner.confirmed_at),
        organisations::created_at.eq(partner.created_at),
        organisations::updated_at.eq(partner.updated_at),
    );
    diesel::insert_into(organisations::table).values(row).execute(conn)?;
    link(conn, &partner.id, fields)?;
    versions::keep(conn, by, &Record::partner(&partner.id), partner.version, cause, fields)
}

/// Writes fields over version `partner.version`, which becomes the next; false when it is no longer the current one.
pub fn update(conn: &mut Conn, by: By<'_>, partner: &Partner, cause: &Cause) -> Result<bool> {
    let (fields, now) = (&partner.fields, by.now);
    let current = organisations::table.filter(organisations::id.eq(&partner.id)).filter(organisations::version.eq(partner.version));
    let set = (
        indexed!(fields, json(fields)?),
        organisations::version.eq(partner.version + 1),
        organisations::updated_at.eq(now),
        organisations::confirmed_at.eq(now),
        organisations::reminded_at.eq(None::<Moment>),
    );
    if diesel::update(current).set(set).execute(conn)? == 0 {
        return Ok(false);
    }
    unlink(conn, &partner.id)?;
    link(conn, &partner.id, fields)?;
    versions::keep(conn, by, &Record::partner(&partner.id), partner.version + 1, cause, fields)?;
    Ok(true)
}

/// Says that an organisation became another, over its version; what was merged into it follows. Its number elsewhere goes along when it is
/// `released` for the other to bear.
pub fn merged(conn: &mut Conn, by: By<'_>, partner: &Partner, into: &OrganisationId, released: bool, cause: &Cause) -> Result<bool> {
    let current = organisations::table.filter(organisations::id.eq(&partner.id)).filter(organisations::version.eq(partner.version));
    let set = (organisations::merged_into.eq(into), organisations::version.eq(partner.version + 1), organisations::updated_at.eq(by.now));
    if diesel::update(current).set(set).execute(conn)? == 0 {
        return Ok(false);
    }
    if released {
        diesel::update(organisations::table.find(&partner.id)).set(organisations::external_id.eq(None::<String>)).execute(conn)?;
    }
    diesel::update(organisations::table.filter(organisations::merged_into.eq(&partner.id))).set(organisations::merged_into.eq(into)).execute(conn)?;
    unlink(conn, &partner.id)?;
    versions::keep(conn, by, &Record::partner(&partner.id), partner.version + 1, cause, &partner.fields)?;
    Ok(true)
}

/// Says that what an organisation's page tells is still true.
pub fn confirm(conn: &mut Conn, id: &OrganisationId, now: Moment) -> Result<()> {
    let set = (organisations::confirmed_at.eq(now), organisations::reminded_at.eq(None::<Moment>));
    diesel::update(organisations::table.find(id)).set(set).execute(conn)?;
    Ok(())
}

/// Removes an organisation with all that is its own; false when there is none. Only what nothing leans on may go.
pub fn delete(conn: &mut Conn, id: &OrganisationId) -> Result<bool> {
    match diesel::delete(organisations::table.find(id)).execute(conn) {
        Err(diesel::result::Error::DatabaseError(diesel::result::DatabaseErrorKind::ForeignKeyViolation, _)) => Err(super::service::in_use()),
        gone => Ok(gone? == 1),
    }
}

pub fn uses(conn: &mut Conn, id: &OrganisationId) -> Result<i64> {
    let people: i64 = accounts::table.filter(accounts::organisation_id.eq(id)).count().get_result(conn)?;
    let actions: i64 = action_partners::table.filter(action_partners::organisation_id.eq(id)).count().get_result(conn)?;
    let former: i64 = organisations::table.filter(organisations::merged_into.eq(id)).count().get_result(conn)?;
    let conventions: i64 = convention_parties::table.filter(convention_parties::organisation_id.eq(id)).count().get_result(conn)?;
    Ok(people + actions + conventions + former)
}

fn unlink(conn: &mut Conn, id: &OrganisationId) -> Result<()> {
    diesel::delete(organisation_territories::table.filter(organisation_territories::organisation_id.eq(id))).execute(conn)?;
    diesel::delete(organisation_themes::table.filter(organisation_themes::organisation_id.eq(id))).execute(conn)?;
    Ok(())
}

fn link(conn: &mut Conn, id: &OrganisationId, fields: &OrganisationFields) -> Result<()> {
    let places = fields.places();
    let territories: Vec<_> =
        places.iter().map(|code| (organisation_territories::organisation_id.eq(id), organisation_territories::territory_code.eq(code))).collect();
    let themes: Vec<_> =
        fields.themes.iter().map(|theme| (organisation_themes::organisation_id.eq(id), organisation_themes::theme.eq(theme))).collect();
    on_either!(conn, |conn| {
        diesel::insert_into(organisation_territories::table).values(&territories).execute(conn)?;
        diesel::insert_into(organisation_themes::table).values(&themes).execute(conn)?;
    });
    Ok(())
}
