//! The SQL of searches without result.

use std::collections::BTreeSet;

use diesel::prelude::*;

use super::Gap;
use crate::db::schema::search_gaps as gaps;
use crate::db::{Conn, on_either};
use crate::error::Result;
use crate::kernel::Day;

/// One more time; a search that is new to a month already full is left out. No territory is the empty text.
pub fn add(conn: &mut Conn, month: Day, territory: &str, words: &str, most: i64) -> Result<()> {
    if again(conn, month, territory, words)? {
        return Ok(());
    }
    let of_the_month: i64 = gaps::table.filter(gaps::month.eq(month)).count().get_result(conn)?;
    if of_the_month >= most {
        return Ok(());
    }
    let row = (gaps::month.eq(month), gaps::territory.eq(territory), gaps::words.eq(words), gaps::times.eq(1));
    let added = on_either!(conn, |conn| diesel::insert_into(gaps::table).values(row).on_conflict_do_nothing().execute(conn))?;
    if added == 0 {
        // Another node was faster.
        again(conn, month, territory, words)?;
    }
    Ok(())
}

fn again(conn: &mut Conn, month: Day, territory: &str, words: &str) -> Result<bool> {
    let row = gaps::table.find((month, territory, words)).filter(gaps::times.lt(i32::MAX));
    Ok(diesel::update(row).set(gaps::times.eq(gaps::times + 1)).execute(conn)? > 0)
}

pub fn list(conn: &mut Conn, territories: Option<&BTreeSet<String>>, most: i64) -> Result<Vec<Gap>> {
    let mut rows = gaps::table.select((gaps::month, gaps::territory, gaps::words, gaps::times)).into_boxed();
    if let Some(territories) = territories {
        rows = rows.filter(gaps::territory.eq_any(territories.iter().map(String::as_str).chain([""])));
    }
    let rows: Vec<(Day, String, String, i32)> =
        rows.order((gaps::month.desc(), gaps::times.desc(), gaps::words, gaps::territory)).limit(most).load(conn)?;
    let gap = |(month, territory, words, times): (Day, String, String, i32)| Gap {
        month,
        territory: Some(territory).filter(|territory| !territory.is_empty()),
        words,
        times,
    };
    Ok(rows.into_iter().map(gap).collect())
}

pub fn purge(conn: &mut Conn, before: Day) -> Result<usize> {
    Ok(diesel::delete(gaps::table.filter(gaps::month.lt(before))).execute(conn)?)
}
