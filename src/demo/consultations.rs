//! How often records were read in the last two months: more on working days, public actions most.

use chrono::{Datelike, Weekday};

use super::Present;
use crate::consultations::{self, Kind, Tally};
use crate::db::Conn;
use crate::error::Result;
use crate::kernel::Page;
use crate::kernel::actor::Viewer;
use crate::{actions, meetings, partners, plans};

/// As far back as anything was counted.
const DAYS: i64 = 60;

pub fn fill(conn: &mut Conn, present: &Present<'_>) -> Result<()> {
    let everybody = Viewer::default();
    let page = Page { number: 1, size: 60 };
    let mut read: Vec<(Kind, String, i64)> = Vec::new();
    let mut note = |kind, ids: Vec<String>, most: i64| {
        // The first are read the most, as lists show them first.
        read.extend(ids.into_iter().zip(0i64..).map(|(id, place)| (kind, id, (most - place).max(1))));
    };
    let found = actions::service::list(conn, &everybody, &actions::service::Filter::default(), page, present.today)?;
    note(Kind::Action, found.items.into_iter().map(|one| one.id.to_string()).collect(), 9);
    let found = partners::service::list(conn, &everybody, &partners::service::Filter::default(), page, present.now)?;
    note(Kind::Partner, found.items.into_iter().map(|one| one.id.to_string()).collect(), 6);
    let found = meetings::service::list(conn, &everybody, &meetings::service::Filter::default(), page)?;
    note(Kind::Meeting, found.items.into_iter().map(|one| one.id.to_string()).collect(), 4);
    if let Some(plan) = plans::service::current(conn, present.today)? {
        note(Kind::Plan, vec![plan.id.to_string()], 5);
        let sheets = plans::service::sheet_numbers(conn)?.into_iter().filter(|(id, _)| *id == plan.id);
        note(Kind::Sheet, sheets.map(|(id, number)| format!("{id}/{number}")).collect(), 4);
    }
    let mut tallies = Vec::new();
    for back in 0..DAYS {
        let day = present.today.plus(-back);
        let is_quiet = matches!(day.0.weekday(), Weekday::Sat | Weekday::Sun);
        for (kind, id, most) in &read {
            let most = if is_quiet { most / 3 } else { *most };
            let count = i64::try_from(present.chance.below(u64::try_from(most).unwrap_or(0) + 1)).unwrap_or(0);
            if count > 0 {
                tallies.push(Tally { kind: *kind, id: id.clone(), day, count });
            }
        }
    }
    consultations::add(conn, &tallies)
}
