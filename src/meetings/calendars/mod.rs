//! Meetings as calendars hold them: one as those invited take it, and feeds that programs follow.
//!
//! A feed holds what its reader may read: the last three months, and all to come.

pub mod pages;
pub mod tokens;

use super::model::Stage;
use super::service::Meeting;
use super::store;
use crate::accounts::model::Viewer;
use crate::db::Conn;
use crate::error::Result;
use crate::http::paths;
use crate::ical::{Entry, Status};
use crate::kernel::Moment;

pub use store::calendars::Scope;

/// How far back a feed goes, in days.
const PAST: i64 = 92;
/// The most that a feed holds.
const MOST: i64 = 5_000;

/// A meeting for a calendar; None without a date. Where it is joined from afar is for those who are expected.
pub fn entry(meeting: &Meeting, is_expected: bool) -> Option<Entry> {
    let fields = &meeting.fields;
    let starts_at = fields.starts_at?;
    let is_off = matches!(meeting.life.stage, Stage::Cancelled | Stage::Postponed);
    let mut description: Vec<String> = Some(fields.summary.clone()).filter(|summary| !summary.is_empty()).into_iter().collect();
    if !fields.agenda.is_empty() {
        let items = (1..).zip(&fields.agenda).map(|(number, item)| format!("{number}. {}", item.title));
        description.push(format!("Ordre du jour\u{a0}:\n{}", items.collect::<Vec<_>>().join("\n")));
    }
    Some(Entry {
        uid: meeting.uid.clone(),
        sequence: meeting.sequence,
        starts_at,
        ends_at: fields.ends_at.unwrap_or_else(|| starts_at.plus_seconds(3600)),
        summary: fields.title.clone(),
        description: Some(description.join("\n\n")),
        location: Some(fields.place.clone()).filter(|place| !place.is_empty()),
        url: Some(paths::meeting(&meeting.id, &fields.title)),
        conference: Some(fields.link.clone()).filter(|link| is_expected && !link.is_empty()),
        categories: vec![fields.kind.label().to_owned()],
        status: Some(if is_off { Status::Cancelled } else { Status::Confirmed }),
        organiser: None,
        attendee: None,
        stamp: meeting.updated_at,
        created: meeting.created_at,
        changed: meeting.updated_at,
    })
}

/// What a feed of this scope holds for a reader. Some programs do not look at the status: the title says it too.
pub fn feed(conn: &mut Conn, viewer: &Viewer, scope: &Scope, now: Moment) -> Result<Vec<Entry>> {
    let found = store::calendars::held(conn, viewer, scope, now.plus_days(-PAST), MOST)?;
    let mut entries = Vec::with_capacity(found.len());
    for meeting in &found {
        let is_expected = matches!(scope, Scope::Invited(..)) && is_expected(conn, viewer, meeting)?;
        entries.extend(entry(meeting, is_expected).map(|entry| published(meeting, entry)));
    }
    Ok(entries)
}

fn published(meeting: &Meeting, entry: Entry) -> Entry {
    let said = match meeting.life.stage {
        Stage::Cancelled => "Annulée",
        Stage::Postponed => "Reportée",
        _ => return entry,
    };
    Entry { summary: format!("{said}\u{a0}: {}", entry.summary), ..entry }
}

/// Is the reader invited to it, with a seat if seats are counted?
fn is_expected(conn: &mut Conn, viewer: &Viewer, meeting: &Meeting) -> Result<bool> {
    let Some(actor) = viewer.actor() else { return Ok(false) };
    let own = store::invitations::own(conn, &meeting.id, actor.id.as_ref(), actor.organisation_id.as_ref())?;
    Ok(own.iter().any(|one| one.state != super::model::InvitationState::Waiting))
}
