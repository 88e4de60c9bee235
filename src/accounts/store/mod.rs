//! The SQL of accounts.

pub mod sessions;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use diesel::prelude::*;

use super::model::{Account, AccountStage, LinkPurpose, Role};
use crate::db::schema::{account_links, account_territories, accounts};
use crate::db::{Conn, on_either};
use crate::error::Result;
use crate::kernel::email::mailbox;
use crate::kernel::ids::{AccountId, OrganisationId};
use crate::kernel::text::fold;
use crate::kernel::{EmailAddress, Moment, Page};

type Row = (AccountId, String, String, String, Role, Option<OrganisationId>, AccountStage, i32, Option<Moment>);

macro_rules! columns {
    () => {
        (
            accounts::id,
            accounts::email,
            accounts::name,
            accounts::job,
            accounts::role,
            accounts::organisation_id,
            accounts::stage,
            accounts::version,
            accounts::signed_in_at,
        )
    };
}

fn with_territories(conn: &mut Conn, rows: Vec<Row>) -> Result<Vec<Account>> {
    let ids: Vec<&AccountId> = rows.iter().map(|row| &row.0).collect();
    let named: Vec<(AccountId, String)> = account_territories::table
        .filter(account_territories::account_id.eq_any(ids))
        .select((account_territories::account_id, account_territories::territory_code))
        .load(conn)?;
    let mut by_account: BTreeMap<AccountId, BTreeSet<String>> = BTreeMap::new();
    for (id, code) in named {
        by_account.entry(id).or_default().insert(code);
    }
    Ok(rows
        .into_iter()
        .map(|(id, email, name, job, role, organisation_id, stage, version, signed_in_at)| {
            let territories = by_account.remove(&id).unwrap_or_default();
            Account { id, email, name, job, role, organisation_id, stage, territories, version, signed_in_at }
        })
        .collect())
}

pub fn find(conn: &mut Conn, id: &AccountId) -> Result<Account> {
    let row: Row = accounts::table.find(id).select(columns!()).first(conn)?;
    let mut found = with_territories(conn, vec![row])?;
    found.pop().ok_or(crate::error::Error::NotFound)
}

/// The account of an address, with the hash of its password if it has set one.
pub fn by_email(conn: &mut Conn, email: &EmailAddress) -> Result<Option<(AccountId, AccountStage, Option<String>)>> {
    Ok(accounts::table
        .filter(accounts::email_folded.eq(email.mailbox()))
        .select((accounts::id, accounts::stage, accounts::password_hash))
        .first(conn)
        .optional()?)
}

/// The accounts of these addresses, each folded.
pub fn of_addresses(conn: &mut Conn, folded: &[String]) -> Result<Vec<Account>> {
    let rows: Vec<Row> = accounts::table.filter(accounts::email_folded.eq_any(folded)).select(columns!()).load(conn)?;
    with_territories(conn, rows)
}

/// Those of these accounts that are open, each once, in their order.
pub fn active_among(conn: &mut Conn, ids: &[AccountId]) -> Result<Vec<Account>> {
    let found = of_ids(conn, ids)?.into_iter().filter(|account| account.stage == AccountStage::Active);
    let mut found: HashMap<AccountId, Account> = found.map(|account| (account.id.clone(), account)).collect();
    Ok(ids.iter().filter_map(|id| found.remove(id)).collect())
}

/// Those of these accounts that exist.
pub fn of_ids(conn: &mut Conn, ids: &[AccountId]) -> Result<Vec<Account>> {
    let mut found = Vec::with_capacity(ids.len());
    for some in ids.chunks(500) {
        let rows: Vec<Row> = accounts::table.filter(accounts::id.eq_any(some)).select(columns!()).load(conn)?;
        found.extend(with_territories(conn, rows)?);
    }
    Ok(found)
}

/// Accounts whose name or address holds `text`, by name.
pub fn list(conn: &mut Conn, text: &str, page: Page) -> Result<(Vec<Account>, i64)> {
    let pattern = format!("%{}%", fold(text).replace(['%', '_', '\\'], ""));
    let matching = || accounts::table.filter(accounts::name_folded.like(pattern.clone()).or(accounts::email_folded.like(pattern.clone())));
    let total = matching().count().get_result(conn)?;
    let rows: Vec<Row> =
        matching().select(columns!()).order((accounts::name_folded, accounts::id)).limit(page.limit()).offset(page.offset()).load(conn)?;
    Ok((with_territories(conn, rows)?, total))
}

pub fn count(conn: &mut Conn, stage: AccountStage) -> Result<i64> {
    Ok(accounts::table.filter(accounts::stage.eq(stage)).count().get_result(conn)?)
}

/// The active accounts of these roles, for those who must be told of something.
pub fn active_with_role(conn: &mut Conn, roles: &[Role]) -> Result<Vec<Account>> {
    let rows: Vec<Row> = accounts::table
        .filter(accounts::role.eq_any(roles.to_vec()))
        .filter(accounts::stage.eq(AccountStage::Active))
        .select(columns!())
        .order((accounts::name_folded, accounts::id))
        .load(conn)?;
    with_territories(conn, rows)
}

pub fn of_organisation(conn: &mut Conn, id: &OrganisationId) -> Result<Vec<Account>> {
    let rows: Vec<Row> = accounts::table.filter(accounts::organisation_id.eq(id)).select(columns!()).order(accounts::id).load(conn)?;
    with_territories(conn, rows)
}

pub fn insert(conn: &mut Conn, account: &Account, now: Moment) -> Result<()> {
    let row = (
        accounts::id.eq(&account.id),
        accounts::email.eq(&account.email),
        accounts::email_folded.eq(mailbox(&account.email)),
        accounts::name.eq(&account.name),
        accounts::name_folded.eq(fold(&account.name)),
        accounts::job.eq(&account.job),
        accounts::role.eq(account.role),
        accounts::organisation_id.eq(&account.organisation_id),
        accounts::stage.eq(account.stage),
        accounts::version.eq(1),
        accounts::created_at.eq(now),
        accounts::updated_at.eq(now),
    );
    diesel::insert_into(accounts::table).values(row).execute(conn)?;
    set_territories(conn, account)
}

/// Writes over the version that `account.version` names; false when it is no longer the current one.
pub fn update(conn: &mut Conn, account: &Account, now: Moment) -> Result<bool> {
    let current = accounts::table.filter(accounts::id.eq(&account.id)).filter(accounts::version.eq(account.version));
    let changed = diesel::update(current)
        .set((
            accounts::email.eq(&account.email),
            accounts::email_folded.eq(mailbox(&account.email)),
            accounts::name.eq(&account.name),
            accounts::name_folded.eq(fold(&account.name)),
            accounts::job.eq(&account.job),
            accounts::role.eq(account.role),
            accounts::organisation_id.eq(&account.organisation_id),
            accounts::stage.eq(account.stage),
            accounts::version.eq(account.version + 1),
            accounts::updated_at.eq(now),
        ))
        .execute(conn)?;
    if changed == 1 {
        diesel::delete(account_territories::table.filter(account_territories::account_id.eq(&account.id))).execute(conn)?;
        set_territories(conn, account)?;
    }
    Ok(changed == 1)
}

fn set_territories(conn: &mut Conn, account: &Account) -> Result<()> {
    let rows: Vec<_> = account
        .territories
        .iter()
        .map(|code| (account_territories::account_id.eq(&account.id), account_territories::territory_code.eq(code)))
        .collect();
    on_either!(conn, |conn| diesel::insert_into(account_territories::table).values(&rows).execute(conn))?;
    Ok(())
}

pub fn set_password(conn: &mut Conn, id: &AccountId, hash: &str, now: Moment) -> Result<()> {
    diesel::update(accounts::table.find(id))
        .set((accounts::password_hash.eq(hash), accounts::stage.eq(AccountStage::Active), accounts::updated_at.eq(now)))
        .execute(conn)?;
    Ok(())
}

pub fn signed_in(conn: &mut Conn, id: &AccountId, now: Moment) -> Result<()> {
    diesel::update(accounts::table.find(id)).set(accounts::signed_in_at.eq(now)).execute(conn)?;
    Ok(())
}

/// Keeps the hash of a mailed secret; earlier ones of the same account stop working.
pub fn put_link(conn: &mut Conn, hash: &str, id: &AccountId, purpose: LinkPurpose, now: Moment, expires_at: Moment) -> Result<()> {
    diesel::delete(account_links::table.filter(account_links::account_id.eq(id)).filter(account_links::used_at.is_null())).execute(conn)?;
    let row = (
        account_links::token_hash.eq(hash),
        account_links::account_id.eq(id),
        account_links::purpose.eq(purpose),
        account_links::created_at.eq(now),
        account_links::expires_at.eq(expires_at),
    );
    diesel::insert_into(account_links::table).values(row).execute(conn)?;
    Ok(())
}

/// The account and purpose of a link that may still be used.
pub fn live_link(conn: &mut Conn, hash: &str, now: Moment) -> Result<Option<(AccountId, LinkPurpose)>> {
    Ok(account_links::table
        .inner_join(accounts::table)
        .filter(account_links::token_hash.eq(hash))
        .filter(account_links::used_at.is_null())
        .filter(account_links::expires_at.gt(now))
        .filter(accounts::stage.ne(AccountStage::Closed))
        .select((account_links::account_id, account_links::purpose))
        .first(conn)
        .optional()?)
}

/// True for the one who uses the link first.
pub fn use_link(conn: &mut Conn, hash: &str, now: Moment) -> Result<bool> {
    let unused = account_links::table.filter(account_links::token_hash.eq(hash)).filter(account_links::used_at.is_null());
    Ok(diesel::update(unused).set(account_links::used_at.eq(now)).execute(conn)? == 1)
}

/// Removes used and expired links older than `before`.
pub fn purge_links(conn: &mut Conn, before: Moment) -> Result<usize> {
    Ok(diesel::delete(account_links::table.filter(account_links::expires_at.lt(before))).execute(conn)?)
}
