//! The SQL of what became of actions between two days.

use diesel::prelude::*;

use super::lists::readable;
use super::{Action, Row, columns};
use crate::accounts::model::Viewer;
use crate::actions::model::Stage;
use crate::db::Conn;
use crate::db::schema::actions;
use crate::error::Result;
use crate::kernel::ids::ActionId;
use crate::kernel::{Day, Moment};

/// The published actions that a viewer may find and that were published, began, or were over with their results between two days and
/// their instants (the second left out), with since when these are written. The last written first.
pub fn lately(
    conn: &mut Conn,
    viewer: &Viewer,
    (first, until): (Day, Day),
    (first_at, until_at): (Moment, Moment),
    most: i64,
) -> Result<Vec<(Action, Option<Moment>)>> {
    let published = actions::published_at.ge(first_at);
    let begun = actions::opens_on.ge(first).and(actions::opens_on.lt(until));
    // Results are news once they are written and the action is over: on the later of the two days.
    let over = actions::reported_at.lt(until_at).and(actions::closes_on.lt(until.plus(-1)));
    let reported = over.and(actions::reported_at.ge(first_at).or(actions::closes_on.ge(first.plus(-1))));
    let rows: Vec<(Row, Option<Moment>)> = readable(viewer)
        .filter(actions::stage.eq(Stage::Published))
        .filter(actions::published_at.lt(until_at))
        .filter(published.or(begun.nullable()).or(reported))
        .order((actions::updated_at.desc(), actions::id.desc()))
        .limit(most)
        .select((columns!(), actions::reported_at))
        .load(conn)?;
    rows.into_iter().map(|(row, reported_at)| Ok((Action::of(row)?, reported_at))).collect()
}

/// Keeps since when an action's results are written.
pub(super) fn note_results(conn: &mut Conn, id: &ActionId, are_written: bool, now: Moment) -> Result<()> {
    let one = actions::table.filter(actions::id.eq(id));
    match are_written {
        true => diesel::update(one.filter(actions::reported_at.is_null())).set(actions::reported_at.eq(now)).execute(conn)?,
        false => diesel::update(one.filter(actions::reported_at.is_not_null())).set(actions::reported_at.eq(None::<Moment>)).execute(conn)?,
    };
    Ok(())
}
