//! The SQL of territories.

use std::collections::BTreeMap;

use diesel::prelude::*;

use super::model::{Territory, TerritoryKind};
use crate::db::Conn;
use crate::db::schema::{account_territories, action_territories, actions, convention_territories, territories, territory_communes};
use crate::error::Result;
use crate::kernel::Moment;
use crate::kernel::text::fold;

type Row = (String, TerritoryKind, String, Option<String>, String, String, String, i32);

pub fn all(conn: &mut Conn) -> Result<Vec<Territory>> {
    let rows: Vec<Row> = territories::table
        .select((
            territories::code,
            territories::kind,
            territories::name,
            territories::within_code,
            territories::address,
            territories::phone,
            territories::email,
            territories::version,
        ))
        .order((territories::name_folded, territories::code))
        .load(conn)?;
    let made_of: Vec<(String, String, String)> = territory_communes::table
        .select((territory_communes::territory_code, territory_communes::commune_code, territory_communes::part))
        .load(conn)?;
    let mut found: BTreeMap<String, Territory> = rows
        .into_iter()
        .map(|(code, kind, name, within, address, phone, email, version)| {
            let territory =
                Territory { code, kind, name, within, address, phone, email, communes: Default::default(), parts: Default::default(), version };
            (territory.code.clone(), territory)
        })
        .collect();
    for (code, commune, part) in made_of {
        if let Some(territory) = found.get_mut(&code) {
            match part.is_empty() {
                true => drop(territory.communes.insert(commune)),
                false => drop(territory.parts.insert((commune, part))),
            }
        }
    }
    Ok(found.into_values().collect())
}

pub fn insert(conn: &mut Conn, territory: &Territory, now: Moment) -> Result<()> {
    diesel::insert_into(territories::table)
        .values((
            territories::code.eq(&territory.code),
            territories::kind.eq(territory.kind),
            territories::name.eq(&territory.name),
            territories::name_folded.eq(fold(&territory.name)),
            territories::within_code.eq(&territory.within),
            territories::address.eq(&territory.address),
            territories::phone.eq(&territory.phone),
            territories::email.eq(&territory.email),
            territories::version.eq(1),
            territories::created_at.eq(now),
            territories::updated_at.eq(now),
        ))
        .execute(conn)?;
    make_of(conn, territory)
}

/// Writes over version `territory.version`; false when it is no longer the current one.
pub fn update(conn: &mut Conn, territory: &Territory, now: Moment) -> Result<bool> {
    let current = territories::table.filter(territories::code.eq(&territory.code)).filter(territories::version.eq(territory.version));
    let changed = diesel::update(current)
        .set((
            territories::kind.eq(territory.kind),
            territories::name.eq(&territory.name),
            territories::name_folded.eq(fold(&territory.name)),
            territories::within_code.eq(&territory.within),
            territories::address.eq(&territory.address),
            territories::phone.eq(&territory.phone),
            territories::email.eq(&territory.email),
            territories::version.eq(territory.version + 1),
            territories::updated_at.eq(now),
        ))
        .execute(conn)?;
    if changed == 1 {
        diesel::delete(territory_communes::table.filter(territory_communes::territory_code.eq(&territory.code))).execute(conn)?;
        make_of(conn, territory)?;
    }
    Ok(changed == 1)
}

pub fn delete(conn: &mut Conn, code: &str) -> Result<bool> {
    Ok(diesel::delete(territories::table.filter(territories::code.eq(code))).execute(conn)? == 1)
}

/// How many accounts, actions, conventions and territories name this one.
pub fn uses(conn: &mut Conn, code: &str) -> Result<i64> {
    uses_beside(conn, code, &[])
}

/// [`uses`], those territories left out.
pub fn uses_beside(conn: &mut Conn, code: &str, besides: &[String]) -> Result<i64> {
    let accounts: i64 = account_territories::table.filter(account_territories::territory_code.eq(code)).count().get_result(conn)?;
    let placed: i64 = action_territories::table.filter(action_territories::territory_code.eq(code)).count().get_result(conn)?;
    let carried: i64 = actions::table.filter(actions::carrier_code.eq(code)).count().get_result(conn)?;
    let agreed: i64 = convention_territories::table.filter(convention_territories::territory_code.eq(code)).count().get_result(conn)?;
    let within: Vec<String> = territories::table.filter(territories::within_code.eq(code)).select(territories::code).load(conn)?;
    let within = within.iter().filter(|code| !besides.contains(code)).count();
    Ok(accounts + placed + carried + agreed + i64::try_from(within).unwrap_or(i64::MAX))
}

fn make_of(conn: &mut Conn, territory: &Territory) -> Result<()> {
    let whole = territory.communes.iter().map(|commune| (commune.as_str(), ""));
    let parts = territory.parts.iter().map(|(commune, part)| (commune.as_str(), part.as_str()));
    let rows: Vec<_> = whole
        .chain(parts)
        .map(|(commune, part)| {
            (
                territory_communes::territory_code.eq(&territory.code),
                territory_communes::commune_code.eq(commune.to_owned()),
                territory_communes::part.eq(part.to_owned()),
            )
        })
        .collect();
    crate::db::on_either!(conn, |conn| diesel::insert_into(territory_communes::table).values(&rows).execute(conn))?;
    Ok(())
}
