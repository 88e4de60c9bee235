//! The SQL of the ledger of reminders.

use std::collections::HashSet;

use diesel::prelude::*;

use crate::conventions::reminders::Step;
use crate::db::Conn;
use crate::db::on_either;
use crate::db::schema::convention_reminders;
use crate::error::Result;
use crate::kernel::ids::{AccountId, ConventionId};
use crate::kernel::{Day, Moment};

/// Somebody was reminded of a step before a term.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Told {
    pub convention: ConventionId,
    pub term: Day,
    pub step: Step,
    pub recipient: AccountId,
}

/// What was told of these conventions.
pub fn told(conn: &mut Conn, of: &[ConventionId]) -> Result<HashSet<Told>> {
    let rows: Vec<(ConventionId, Day, Step, AccountId)> = convention_reminders::table
        .filter(convention_reminders::convention_id.eq_any(of.to_vec()))
        .select((convention_reminders::convention_id, convention_reminders::term, convention_reminders::step, convention_reminders::recipient_id))
        .load(conn)?;
    Ok(rows.into_iter().map(|(convention, term, step, recipient)| Told { convention, term, step, recipient }).collect())
}

pub fn tell(conn: &mut Conn, told: &[Told], now: Moment) -> Result<()> {
    for some in told.chunks(200) {
        let rows: Vec<_> = some
            .iter()
            .map(|told| {
                (
                    convention_reminders::convention_id.eq(&told.convention),
                    convention_reminders::term.eq(told.term),
                    convention_reminders::step.eq(told.step),
                    convention_reminders::recipient_id.eq(&told.recipient),
                    convention_reminders::at.eq(now),
                )
            })
            .collect();
        on_either!(conn, |conn| {
            diesel::insert_into(convention_reminders::table).values(&rows).execute(conn)?;
        });
    }
    Ok(())
}
