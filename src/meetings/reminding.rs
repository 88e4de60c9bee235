//! Who is reminded of which meeting today. A reminder follows its meeting: it is of one date.

use std::collections::HashSet;

use super::model::{Invitation, InvitationState};
use super::store::{self, Meeting};
use super::telling;
use crate::db::Conn;
use crate::error::Result;
use crate::kernel::{Day, Moment, Zone};

pub use super::store::telling::{Reminded, keep_reminded};

/// A reminder that leaves, and the steps that it stands for: those which an outage let pass are not told one by one.
pub struct Due {
    pub meeting: Meeting,
    pub invitation: Invitation,
    pub steps: Vec<Reminded>,
}

/// All that are due today, the nearest meeting first.
pub fn due(conn: &mut Conn, now: Moment, today: Day, zone: &Zone) -> Result<Vec<Due>> {
    let mut found = Vec::new();
    for meeting in store::telling::upcoming(conn, now)? {
        let Some(start) = meeting.fields.starts_at else { continue };
        let days: Vec<i32> = meeting.fields.reminder_days.iter().copied().filter(|days| day_of(start, *days, zone) <= today).collect();
        if days.is_empty() {
            continue;
        }
        let ledger: HashSet<Reminded> = store::telling::reminded(conn, &meeting.id)?.into_iter().collect();
        for invitation in telling::people(conn, &meeting.id)? {
            let is_coming = matches!(invitation.state, InvitationState::Invited | InvitationState::Accepted | InvitationState::Tentative);
            // Whoever heard of this date on that day or later is not told again what they have just read.
            let heard = zone.day(invitation.created_at.max(meeting.updated_at).max(meeting.life.called_at.unwrap_or(meeting.created_at)));
            let step = |days: &i32| Reminded { invitation: invitation.id.clone(), starts_at: start, days: *days };
            let is_due = |days: &&i32| day_of(start, **days, zone) > heard && !ledger.contains(&step(days));
            let steps: Vec<Reminded> = days.iter().filter(is_due).map(step).collect();
            // A nearer one was told already: what was missed before it is over.
            let is_late = steps
                .iter()
                .all(|one| ledger.iter().any(|told| told.invitation == one.invitation && told.starts_at == start && told.days < one.days));
            if is_coming && !is_late {
                found.push(Due { meeting: meeting.clone(), invitation, steps });
            }
        }
    }
    Ok(found)
}

fn day_of(start: Moment, days: i32, zone: &Zone) -> Day {
    zone.day(start).plus(-i64::from(days))
}
