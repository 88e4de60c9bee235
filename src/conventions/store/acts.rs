//! The SQL of the acts of conventions.

use diesel::prelude::*;

use crate::accounts::model::By;
use crate::conventions::model::{Act, Content};
use crate::db::Conn;
use crate::db::schema::convention_acts;
use crate::error::{Error, Result};
use crate::kernel::Moment;
use crate::kernel::ids::{ActId, ConventionId};

type Row = (ConventionId, ActId, i32, String, String, Moment);

fn json(content: &Content) -> Result<String> {
    serde_json::to_string(content).map_err(|error| Error::Internal(error.to_string()))
}

/// The acts of these conventions, each in their order.
pub fn of(conn: &mut Conn, ids: &[ConventionId]) -> Result<Vec<(ConventionId, Act)>> {
    let rows: Vec<Row> = convention_acts::table
        .filter(convention_acts::convention_id.eq_any(ids.to_vec()))
        .order((convention_acts::convention_id, convention_acts::number))
        .select((
            convention_acts::convention_id,
            convention_acts::id,
            convention_acts::number,
            convention_acts::content,
            convention_acts::author_name,
            convention_acts::at,
        ))
        .load(conn)?;
    let act = |(convention, id, number, content, author, at): Row| {
        let content = serde_json::from_str(&content).map_err(|error| Error::Internal(format!("act {id} is not readable: {error}")))?;
        Ok((convention, Act { id, number, content, author, at }))
    };
    rows.into_iter().map(act).collect()
}

pub fn add_act(conn: &mut Conn, by: By<'_>, convention: &ConventionId, act: &Act) -> Result<()> {
    let row = (
        convention_acts::id.eq(&act.id),
        convention_acts::convention_id.eq(convention),
        convention_acts::number.eq(act.number),
        convention_acts::kind.eq(act.content.kind()),
        convention_acts::stage.eq(act.content.stage()),
        convention_acts::dated_on.eq(act.content.dated_on()),
        convention_acts::content.eq(json(&act.content)?),
        convention_acts::author_id.eq(by.actor.id.as_ref().map(|id| id.as_str())),
        convention_acts::author_name.eq(&act.author),
        convention_acts::at.eq(act.at),
    );
    diesel::insert_into(convention_acts::table).values(row).execute(conn)?;
    Ok(())
}

/// Writes an avenant that is still a draft, or that is given its file.
pub fn update_act(conn: &mut Conn, act: &Act) -> Result<()> {
    let set = (
        convention_acts::stage.eq(act.content.stage()),
        convention_acts::dated_on.eq(act.content.dated_on()),
        convention_acts::content.eq(json(&act.content)?),
    );
    diesel::update(convention_acts::table.find(&act.id)).set(set).execute(conn)?;
    Ok(())
}
