//! The SQL of the ledger of due days.

use std::collections::HashSet;

use diesel::prelude::*;

use crate::db::schema::decision_reminders;
use crate::db::{Conn, on_either};
use crate::decisions::model::Step;
use crate::error::Result;
use crate::kernel::ids::{AccountId, DecisionId};
use crate::kernel::{Day, Moment};

/// Somebody was told of a due day.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Told {
    pub decision: DecisionId,
    pub due_on: Day,
    pub step: Step,
    pub recipient: AccountId,
}

/// What was told of these decisions.
pub fn told(conn: &mut Conn, of: &[DecisionId]) -> Result<HashSet<Told>> {
    let mut found = HashSet::new();
    for some in of.chunks(500) {
        let rows: Vec<(DecisionId, Day, Step, AccountId)> = decision_reminders::table
            .filter(decision_reminders::decision_id.eq_any(some.to_vec()))
            .select((decision_reminders::decision_id, decision_reminders::due_on, decision_reminders::step, decision_reminders::recipient_id))
            .load(conn)?;
        found.extend(rows.into_iter().map(|(decision, due_on, step, recipient)| Told { decision, due_on, step, recipient }));
    }
    Ok(found)
}

pub fn tell(conn: &mut Conn, told: &[Told], now: Moment) -> Result<()> {
    for some in told.chunks(200) {
        let rows: Vec<_> = some
            .iter()
            .map(|told| {
                (
                    decision_reminders::decision_id.eq(&told.decision),
                    decision_reminders::due_on.eq(told.due_on),
                    decision_reminders::step.eq(told.step),
                    decision_reminders::recipient_id.eq(&told.recipient),
                    decision_reminders::at.eq(now),
                )
            })
            .collect();
        on_either!(conn, |conn| {
            diesel::insert_into(decision_reminders::table).values(&rows).execute(conn)?;
        });
    }
    Ok(())
}
