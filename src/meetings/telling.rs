//! What whoever writes to those invited has to know of a meeting, and what is kept of having told them.

use super::model::{Invitation, InvitationState, MeetingFields, Stage};
use super::store;
use crate::accounts;
use crate::db::Conn;
use crate::error::Result;
use crate::ical::Person;
use crate::kernel::ids::{AccountId, BodyId, InvitationId, MeetingId};
use crate::kernel::{EmailAddress, Moment};

pub use super::store::telling::{calendar_told, to_announce};
pub use super::store::{Meeting, find};

/// The agent who calls it, if they are still here.
pub fn organiser(conn: &mut Conn, fields: &MeetingFields) -> Result<Option<Person>> {
    let Some(id) = fields.organiser.as_deref().and_then(AccountId::parse) else { return Ok(None) };
    let account = accounts::service::find(conn, &id)?;
    let is_here = account.stage != accounts::model::AccountStage::Closed;
    Ok(is_here.then_some(Person { name: account.name, email: account.email }))
}

/// The name of the body that meets, unless the title says it.
pub fn body_name(conn: &mut Conn, fields: &MeetingFields) -> Result<Option<String>> {
    let Some(id) = fields.body_id.as_deref().and_then(BodyId::parse) else { return Ok(None) };
    Ok(Some(store::bodies::find(conn, &id)?.fields.name).filter(|name| *name != fields.title))
}

/// Those who have been invited, still are, and can be written to.
pub fn people(conn: &mut Conn, id: &MeetingId) -> Result<Vec<Invitation>> {
    Ok(store::invitations::of(conn, id)?.into_iter().filter(|one| one.removed_at.is_none() && is_told(one)).collect())
}

/// Were they invited, at an address?
pub fn is_told(one: &Invitation) -> bool {
    one.state != InvitationState::ToInvite && EmailAddress::parse(&one.email).is_some()
}

pub fn invitation(conn: &mut Conn, id: &InvitationId) -> Result<Invitation> {
    store::invitations::find(conn, id)
}

/// Is somebody invited to this meeting at this address?
pub fn is_invited(conn: &mut Conn, id: &MeetingId, address: &EmailAddress) -> Result<bool> {
    Ok(store::invitations::at(conn, id, address)?.is_some())
}

/// The invitations of somebody to meetings that have not ended, with their meetings.
pub fn awaited(conn: &mut Conn, address: &str, account: Option<&AccountId>, now: Moment) -> Result<Vec<(Invitation, Meeting)>> {
    let mut awaited = Vec::new();
    for id in store::telling::awaited(conn, address, account, now)? {
        let one = store::invitations::find(conn, &id)?;
        let meeting = store::find(conn, &one.meeting_id)?;
        awaited.push((one, meeting));
    }
    Ok(awaited)
}

/// Of those who wait for a seat, how many come before this one, itself counted.
pub fn place_in_line(conn: &mut Conn, one: &Invitation) -> Result<usize> {
    let waiting = store::invitations::waiting(conn, &one.meeting_id, i64::MAX)?;
    Ok(waiting.iter().position(|other| other.id == one.id).map_or(waiting.len(), |place| place + 1))
}

/// A called meeting that says something else than those invited know.
pub struct News {
    pub meeting: Meeting,
    pub known: MeetingFields,
}

/// Takes what is due to be told by now: nobody else tells it. None when there is nothing, or nobody to tell any more.
pub fn take_news(conn: &mut Conn, id: &MeetingId, now: Moment) -> Result<Option<News>> {
    let meeting = store::find(conn, id)?;
    let Some(known) = meeting.announced.clone().filter(|_| meeting.announce_at.is_some_and(|at| at <= now)) else { return Ok(None) };
    let is_taken = store::telling::announced(conn, id, meeting.version)?;
    let is_called = meeting.life.stage == Stage::Called && !meeting.has_ended(now);
    Ok((is_taken && is_called).then_some(News { meeting, known }))
}

/// How long what those invited wrote, and the links by which they answer, are kept after the meeting.
const KEPT_DAYS: i64 = 365;

/// Forgets what is kept no longer than promised; answers how many people's.
pub fn forget(conn: &mut Conn, now: Moment) -> Result<usize> {
    store::telling::forget(conn, now.plus_days(-KEPT_DAYS))
}
