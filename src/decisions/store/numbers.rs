//! The numbers of decisions: one sequence for a body and a year, that two simultaneous meetings cannot share.

use diesel::prelude::*;

use crate::db::schema::decision_numbers;
use crate::db::{Conn, on_either};
use crate::error::Result;
use crate::kernel::ids::BodyId;

/// The next number of a body in a year. Its row is locked until the transaction ends, and the number is given back if that fails: numbers
/// follow one another.
pub fn next_number(conn: &mut Conn, body: Option<&BodyId>, year: i32) -> Result<i32> {
    let scope = body.map(ToString::to_string).unwrap_or_default();
    let first = (decision_numbers::scope.eq(scope), decision_numbers::year.eq(year), decision_numbers::last.eq(1));
    let next = decision_numbers::last.eq(decision_numbers::last + 1);
    Ok(on_either!(conn, |conn| {
        diesel::insert_into(decision_numbers::table)
            .values(first)
            .on_conflict((decision_numbers::scope, decision_numbers::year))
            .do_update()
            .set(next)
            .returning(decision_numbers::last)
            .get_result(conn)?
    }))
}
