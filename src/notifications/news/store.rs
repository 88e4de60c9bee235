//! The SQL of news: rows, and the numbers that they are given.

use std::collections::HashMap;

use diesel::prelude::*;

use super::Version;
use crate::accounts::model::By;
use crate::db::schema::{news, news_numbers};
use crate::db::{Conn, on_either};
use crate::error::Result;
use crate::events::Record;
use crate::kernel::ids::AccountId;
use crate::kernel::{Moment, ids};

/// The key of the only row of `news_numbers`.
const NAME: &str = "news";

pub fn insert(conn: &mut Conn, by: By<'_>, record: &Record, event: &str, is_new: bool, changed: &[&str]) -> Result<()> {
    let row = (
        news::id.eq(ids::new(by.now, by.chance)),
        news::record_kind.eq(record.kind),
        news::record_id.eq(&record.id),
        news::event.eq(event),
        news::is_new.eq(is_new),
        news::changed.eq(serde_json::to_string(changed).unwrap_or_default()),
        news::actor_id.eq(&by.actor.id),
        news::at.eq(by.now),
    );
    diesel::insert_into(news::table).values(row).execute(conn)?;
    Ok(())
}

pub fn has_waiting(conn: &mut Conn) -> Result<bool> {
    let found: Option<String> = news::table.filter(news::number.is_null()).select(news::id).first(conn).optional()?;
    Ok(found.is_some())
}

/// Rows without a number, the oldest first.
pub fn waiting(conn: &mut Conn, most: i64) -> Result<Vec<String>> {
    Ok(news::table.filter(news::number.is_null()).order((news::at, news::id)).limit(most).select(news::id).load(conn)?)
}

/// Numbers rows in this order. The last number is locked until the transaction ends, so that a number is never seen before those under it.
pub fn give_numbers(conn: &mut Conn, rows: Vec<String>) -> Result<usize> {
    let count = i64::try_from(rows.len()).unwrap_or(0);
    if count == 0 {
        return Ok(0);
    }
    let first = (news_numbers::name.eq(NAME), news_numbers::last.eq(count));
    let next = news_numbers::last.eq(news_numbers::last + count);
    let last: i64 = on_either!(conn, |conn| {
        diesel::insert_into(news_numbers::table)
            .values(first)
            .on_conflict(news_numbers::name)
            .do_update()
            .set(next)
            .returning(news_numbers::last)
            .get_result(conn)?
    });
    let mut numbered = 0;
    for (row, number) in rows.into_iter().zip(last - count + 1..) {
        // Another worker may have numbered it while this one waited.
        let waiting = news::table.filter(news::id.eq(row)).filter(news::number.is_null());
        numbered += diesel::update(waiting).set(news::number.eq(number)).execute(conn)?;
    }
    Ok(numbered)
}

/// The last number given.
pub fn last(conn: &mut Conn) -> Result<i64> {
    Ok(news_numbers::table.find(NAME).select(news_numbers::last).first(conn).optional()?.unwrap_or(0))
}

type Row = (Option<i64>, String, String, String, bool, String, Option<AccountId>, Moment);

/// The versions after a number, in order.
pub fn after(conn: &mut Conn, number: i64, most: i64) -> Result<Vec<Version>> {
    let columns = (news::number, news::record_kind, news::record_id, news::event, news::is_new, news::changed, news::actor_id, news::at);
    let rows: Vec<Row> = news::table.filter(news::number.gt(number)).order(news::number).limit(most).select(columns).load(conn)?;
    let version = |(number, kind, id, event, is_new, changed, actor_id, at): Row| {
        let changed = serde_json::from_str(&changed).unwrap_or_default();
        Some(Version { number: number?, record: Record::named(&kind, id)?, event, is_new, changed, actor_id, at })
    };
    Ok(rows.into_iter().filter_map(version).collect())
}

/// Of records that are named so, those that have versions after this number, with the last; one that has no number yet comes after all.
pub fn later(conn: &mut Conn, named: &[&str], number: i64) -> Result<HashMap<Record, i64>> {
    let mut found: HashMap<Record, i64> = HashMap::new();
    for some in named.chunks(500) {
        let of_records = news::table.filter(news::record_id.eq_any(some.to_vec()));
        let later = of_records.filter(news::number.is_null().or(news::number.gt(number).assume_not_null()));
        for (kind, id, number) in later.select((news::record_kind, news::record_id, news::number)).load::<(String, String, Option<i64>)>(conn)? {
            if let Some(record) = Record::named(&kind, id) {
                let last = found.entry(record).or_default();
                *last = (*last).max(number.unwrap_or(i64::MAX));
            }
        }
    }
    Ok(found)
}

/// Forgets versions of which everybody was told long ago.
pub fn purge(conn: &mut Conn, before: Moment, told: i64) -> Result<usize> {
    Ok(diesel::delete(news::table.filter(news::at.lt(before)).filter(news::number.le(told))).execute(conn)?)
}
