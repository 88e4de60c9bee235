//! The numbers of conventions: one sequence a year, that two simultaneous acts cannot share.

use diesel::prelude::*;

use crate::db::schema::{convention_numbers, conventions};
use crate::db::{Conn, on_either};
use crate::error::Result;
use crate::kernel::ids::ConventionId;

/// The next number of a year, `2026-001`, past those that somebody typed. Its row is locked until the transaction ends, and the number is
/// given back if that fails: numbers follow one another.
pub fn next_number(conn: &mut Conn, year: i32) -> Result<String> {
    loop {
        let first = (convention_numbers::year.eq(year), convention_numbers::last.eq(1));
        let next = convention_numbers::last.eq(convention_numbers::last + 1);
        let last: i32 = on_either!(conn, |conn| {
            diesel::insert_into(convention_numbers::table)
                .values(first)
                .on_conflict(convention_numbers::year)
                .do_update()
                .set(next)
                .returning(convention_numbers::last)
                .get_result(conn)?
        });
        let number = format!("{year}-{last:03}");
        if !is_taken(conn, &number, None)? {
            return Ok(number);
        }
    }
}

/// Does another convention bear this number?
pub fn is_taken(conn: &mut Conn, number: &str, own: Option<&ConventionId>) -> Result<bool> {
    let other: Option<ConventionId> = conventions::table.filter(conventions::number.eq(number)).select(conventions::id).first(conn).optional()?;
    Ok(other.is_some_and(|other| Some(&other) != own))
}
