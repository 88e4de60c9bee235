//! The SQL of how far each agent was told.

use std::collections::{BTreeMap, BTreeSet};

use diesel::prelude::*;
use diesel::upsert::excluded;

use crate::db::schema::{action_themes, actions, other_letters};
use crate::db::{Conn, on_either};
use crate::error::Result;
use crate::kernel::Day;
use crate::kernel::ids::AccountId;

pub fn told(conn: &mut Conn) -> Result<BTreeMap<AccountId, Day>> {
    let rows: Vec<(AccountId, Day)> = other_letters::table.select((other_letters::account_id, other_letters::told_until)).load(conn)?;
    Ok(rows.into_iter().collect())
}

pub fn keep(conn: &mut Conn, accounts: &[AccountId], until: Day) -> Result<()> {
    for account in accounts {
        let row = (other_letters::account_id.eq(account), other_letters::told_until.eq(until));
        on_either!(conn, |conn| diesel::insert_into(other_letters::table)
            .values(row)
            .on_conflict(other_letters::account_id)
            .do_update()
            .set(other_letters::told_until.eq(excluded(other_letters::told_until)))
            .execute(conn))?;
    }
    Ok(())
}

/// The themes of the actions that each of these accounts began.
pub fn themes_written(conn: &mut Conn, accounts: &[AccountId]) -> Result<BTreeMap<AccountId, BTreeSet<String>>> {
    let mut themes: BTreeMap<AccountId, BTreeSet<String>> = BTreeMap::new();
    for some in accounts.chunks(500) {
        let rows: Vec<(Option<AccountId>, String)> = action_themes::table
            .inner_join(actions::table)
            .filter(actions::author_id.eq_any(some.iter().cloned().map(Some)))
            .select((actions::author_id, action_themes::theme))
            .distinct()
            .load(conn)?;
        for (author, theme) in rows {
            if let Some(author) = author {
                themes.entry(author).or_default().insert(theme);
            }
        }
    }
    Ok(themes)
}
