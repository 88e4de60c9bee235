//! The SQL of conventions that come from files: what names them, and what takes them back.

use diesel::prelude::*;

use super::lists;
use crate::accounts::model::Viewer;
use crate::db::Conn;
use crate::db::schema::{convention_acts, conventions};
use crate::error::Result;
use crate::kernel::ids::ConventionId;

/// Identifiers asked for at once: a query binds so many values and no more.
const ASKED: usize = 500;

/// What names a convention, and what it replaces.
#[derive(Clone, Debug, PartialEq)]
pub struct Name {
    pub id: ConventionId,
    pub external_id: Option<String>,
    pub number: Option<String>,
    pub replaces: Option<ConventionId>,
}

/// The names of all conventions, whoever reads.
pub fn names(conn: &mut Conn) -> Result<Vec<Name>> {
    type Row = (ConventionId, Option<String>, Option<String>, Option<ConventionId>);
    let columns = (conventions::id, conventions::external_id, conventions::number, conventions::replaces);
    let rows: Vec<Row> = conventions::table.select(columns).load(conn)?;
    Ok(rows.into_iter().map(|(id, external_id, number, replaces)| Name { id, external_id, number, replaces }).collect())
}

/// All conventions that the viewer may find in a list.
pub fn all_readable(conn: &mut Conn, viewer: &Viewer, departement: &str) -> Result<Vec<ConventionId>> {
    Ok(lists::readable(viewer, departement).select(conventions::id).load(conn)?)
}

pub fn versions_of(conn: &mut Conn, ids: &[ConventionId]) -> Result<Vec<(ConventionId, i32)>> {
    let mut found = Vec::new();
    for some in ids.chunks(ASKED) {
        let query = conventions::table.filter(conventions::id.eq_any(some.to_vec())).select((conventions::id, conventions::version));
        found.extend(query.load::<(ConventionId, i32)>(conn)?);
    }
    Ok(found)
}

/// Which conventions replace these: (the successor, what it replaces).
pub fn successors_of(conn: &mut Conn, ids: &[ConventionId]) -> Result<Vec<(ConventionId, ConventionId)>> {
    let mut found = Vec::new();
    for some in ids.chunks(ASKED) {
        let query = conventions::table.filter(conventions::replaces.eq_any(some.to_vec())).select((conventions::id, conventions::replaces));
        let rows: Vec<(ConventionId, Option<ConventionId>)> = query.load(conn)?;
        found.extend(rows.into_iter().filter_map(|(id, replaced)| Some((id, replaced?))));
    }
    Ok(found)
}

/// Removes conventions, some of which may replace others of them.
pub fn delete(conn: &mut Conn, ids: &[ConventionId]) -> Result<()> {
    for some in ids.chunks(ASKED) {
        let following = conventions::table.filter(conventions::replaces.eq_any(some.to_vec()));
        diesel::update(following).set(conventions::replaces.eq(None::<ConventionId>)).execute(conn)?;
    }
    for some in ids.chunks(ASKED) {
        diesel::delete(conventions::table.filter(conventions::id.eq_any(some.to_vec()))).execute(conn)?;
    }
    Ok(())
}

/// Takes back the acts that came after this one.
pub fn delete_acts_after(conn: &mut Conn, id: &ConventionId, number: i32) -> Result<()> {
    let later = convention_acts::table.filter(convention_acts::convention_id.eq(id)).filter(convention_acts::number.gt(number));
    diesel::delete(later).execute(conn)?;
    Ok(())
}
