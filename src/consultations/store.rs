//! The SQL of consultations.

use diesel::prelude::*;
use diesel::upsert::excluded;

use super::{Kind, Tally};
use crate::db::schema::consultations as table;
use crate::db::{Conn, on_either};
use crate::error::Result;
use crate::kernel::Day;

/// Adds to what is counted already.
pub fn add(conn: &mut Conn, tallies: &[Tally]) -> Result<()> {
    for tally in tallies {
        let row = (table::kind.eq(tally.kind), table::record_id.eq(&tally.id), table::day.eq(tally.day), table::count.eq(tally.count));
        on_either!(conn, |conn| {
            diesel::insert_into(table::table)
                .values(row)
                .on_conflict((table::kind, table::record_id, table::day))
                .do_update()
                .set(table::count.eq(table::count + excluded(table::count)))
                .execute(conn)
        })?;
    }
    Ok(())
}

/// How often a record was opened since a day, that day included.
pub fn since(conn: &mut Conn, kind: Kind, id: &str, from: Day) -> Result<i64> {
    let days = table::table.filter(table::kind.eq(kind)).filter(table::record_id.eq(id)).filter(table::day.ge(from));
    Ok(days.select(table::count).load::<i64>(conn)?.into_iter().sum())
}

/// A plan and its sheets, whose ids begin with its own.
pub fn of_plan(conn: &mut Conn, plan: &str) -> Result<i64> {
    let own = table::kind.eq(Kind::Plan).and(table::record_id.eq(plan.to_owned()));
    let sheets = table::kind.eq(Kind::Sheet).and(table::record_id.like(format!("{plan}/%")));
    Ok(table::table.filter(own.or(sheets)).select(table::count).load::<i64>(conn)?.into_iter().sum())
}

/// Of each record opened on these days how often, of one kind or of all.
pub fn between(conn: &mut Conn, kind: Option<Kind>, from: Day, until: Day) -> Result<Vec<(Kind, String, i64)>> {
    let mut query = table::table.filter(table::day.ge(from)).filter(table::day.lt(until)).into_boxed();
    if let Some(kind) = kind {
        query = query.filter(table::kind.eq(kind));
    }
    let rows: Vec<(Kind, String, i64)> = query.select((table::kind, table::record_id, table::count)).load(conn)?;
    let mut summed = std::collections::HashMap::<(Kind, String), i64>::new();
    for (kind, id, count) in rows {
        *summed.entry((kind, id)).or_default() += count;
    }
    Ok(summed.into_iter().map(|((kind, id), count)| (kind, id, count)).collect())
}

/// The first day on which anything was counted.
pub fn first_day(conn: &mut Conn) -> Result<Option<Day>> {
    Ok(table::table.select(diesel::dsl::min(table::day)).first(conn)?)
}

pub fn purge(conn: &mut Conn, before: Day) -> Result<usize> {
    Ok(diesel::delete(table::table.filter(table::day.lt(before))).execute(conn)?)
}
