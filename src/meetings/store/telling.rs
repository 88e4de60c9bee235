//! The SQL of what those invited were told: their calendars, changes, reminders.

use diesel::prelude::*;

use super::{Meeting, lists};
use crate::db::schema::{invitations, meeting_reminders, meetings};
use crate::db::{Conn, on_either};
use crate::error::Result;
use crate::kernel::Moment;
use crate::kernel::ids::{AccountId, InvitationId, MeetingId};
use crate::meetings::model::Stage;

/// The calendars of these people were told this SEQUENCE.
pub fn calendar_told(conn: &mut Conn, people: &[InvitationId], sequence: i32) -> Result<()> {
    for some in people.chunks(500) {
        let theirs = invitations::table.filter(invitations::id.eq_any(some.to_vec()));
        diesel::update(theirs).set(invitations::told_sequence.eq(sequence)).execute(conn)?;
    }
    Ok(())
}

/// Those invited now know what this version says; false when another has told it, or it was changed meanwhile.
pub fn announced(conn: &mut Conn, id: &MeetingId, version: i32) -> Result<bool> {
    let waiting = meetings::table.filter(meetings::id.eq(id)).filter(meetings::version.eq(version)).filter(meetings::announce_at.is_not_null());
    let set = (meetings::announce_at.eq(None::<Moment>), meetings::announced.eq(None::<String>));
    Ok(diesel::update(waiting).set(set).execute(conn)? > 0)
}

/// The meetings whose changes are to be told by now.
pub fn to_announce(conn: &mut Conn, now: Moment) -> Result<Vec<MeetingId>> {
    Ok(meetings::table.filter(meetings::announce_at.le(now)).order((meetings::announce_at, meetings::id)).select(meetings::id).load(conn)?)
}

/// Every called meeting that has not begun, the nearest first.
pub fn upcoming(conn: &mut Conn, now: Moment) -> Result<Vec<Meeting>> {
    let called = meetings::table.filter(meetings::stage.eq(Stage::Called)).filter(meetings::starts_at.gt(now));
    let ids: Vec<MeetingId> = called.order((meetings::starts_at, meetings::id)).select(meetings::id).load(conn)?;
    let mut found = Vec::with_capacity(ids.len());
    for some in ids.chunks(500) {
        found.extend(lists::by_ids(conn, some)?);
    }
    found.sort_by(|a, b| (a.fields.starts_at, &a.id).cmp(&(b.fields.starts_at, &b.id)));
    Ok(found)
}

/// The invitations of somebody, by their folded address or their account, to meetings that have not ended.
pub fn awaited(conn: &mut Conn, address: &str, account: Option<&AccountId>, now: Moment) -> Result<Vec<InvitationId>> {
    let theirs =
        invitations::email_folded.eq(address).or(invitations::account_id.is_not_null().and(invitations::account_id.eq(account)).assume_not_null());
    let rows = invitations::table
        .inner_join(meetings::table.on(meetings::id.eq(invitations::meeting_id)))
        .filter(invitations::removed_at.is_null())
        .filter(theirs)
        .filter(meetings::stage.eq_any([Stage::Draft, Stage::Called, Stage::Postponed]))
        .filter(meetings::ends_at.is_null().or(meetings::ends_at.gt(now).assume_not_null()));
    Ok(rows.order((meetings::starts_at, invitations::id)).select(invitations::id).load(conn)?)
}

/// A reminder: to whom, of which date, how many days before it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Reminded {
    pub invitation: InvitationId,
    pub starts_at: Moment,
    pub days: i32,
}

/// All that were sent because of a meeting.
pub fn reminded(conn: &mut Conn, meeting: &MeetingId) -> Result<Vec<Reminded>> {
    let theirs = invitations::table.filter(invitations::meeting_id.eq(meeting)).select(invitations::id);
    let rows: Vec<(InvitationId, Moment, i32)> = meeting_reminders::table
        .filter(meeting_reminders::invitation_id.eq_any(theirs))
        .select((meeting_reminders::invitation_id, meeting_reminders::starts_at, meeting_reminders::days))
        .load(conn)?;
    Ok(rows.into_iter().map(|(invitation, starts_at, days)| Reminded { invitation, starts_at, days }).collect())
}

pub fn keep_reminded(conn: &mut Conn, some: &[Reminded], now: Moment) -> Result<()> {
    for some in some.chunks(500) {
        let rows: Vec<_> = some
            .iter()
            .map(|one| {
                (
                    meeting_reminders::invitation_id.eq(&one.invitation),
                    meeting_reminders::starts_at.eq(one.starts_at),
                    meeting_reminders::days.eq(one.days),
                    meeting_reminders::at.eq(now),
                )
            })
            .collect();
        on_either!(conn, |conn| {
            diesel::insert_into(meeting_reminders::table).values(&rows).execute(conn)?;
        });
    }
    Ok(())
}

/// Of meetings that ended before this instant, forgets what those invited wrote beside their answer, and the links by which they answered;
/// answers how many people's.
pub fn forget(conn: &mut Conn, before: Moment) -> Result<usize> {
    let over = meetings::table.filter(meetings::ends_at.lt(before).or(meetings::ends_at.is_null().and(meetings::starts_at.lt(before))));
    let theirs = invitations::table
        .filter(invitations::meeting_id.eq_any(over.select(meetings::id)))
        .filter(invitations::secret.not_like("purged:%"))
        .select(invitations::id);
    let ids: Vec<InvitationId> = theirs.load(conn)?;
    for id in &ids {
        // No link ever carries this.
        let set = (invitations::note.eq(""), invitations::secret.eq(format!("purged:{id}")));
        diesel::update(invitations::table.find(id)).set(set).execute(conn)?;
    }
    for some in ids.chunks(500) {
        diesel::delete(meeting_reminders::table.filter(meeting_reminders::invitation_id.eq_any(some.to_vec()))).execute(conn)?;
    }
    Ok(ids.len())
}
