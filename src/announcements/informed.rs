//! The organisations that an announcement informed, each once, by what really happened: a mail that left to one of its addresses, its
//! presence at the meeting of presentation, its own or by whoever represented it, a letter that was recorded.

use std::collections::{BTreeMap, BTreeSet};

use super::model::{How, Stage};
use super::service::Announcement;
use super::store;
use crate::accounts;
use crate::db::Conn;
use crate::error::Result;
use crate::kernel::ids::{AnnouncementId, MeetingId, OrganisationId, PlanId};
use crate::kernel::{Day, Moment, Zone};
use crate::meetings;
use crate::meetings::model::Presence;

/// What is counted of a sheet under this name.
pub const LABEL: &str = "Partenaires informés";

/// By then mails that bounce have come back: whom the others informed is kept for good.
const SETTLED_AFTER_DAYS: i64 = 30;
/// The people of an audience are forgotten as the trace of their mails is.
const FORGOTTEN_AFTER_DAYS: i64 = 365;

/// Each organisation, with how and when it was first informed in each way.
pub type Informed = BTreeMap<OrganisationId, BTreeMap<How, Day>>;

pub fn of(conn: &mut Conn, announcement: &Announcement, zone: &Zone) -> Result<Informed> {
    let mut informed = Informed::new();
    add(conn, std::slice::from_ref(announcement), zone, &mut informed)?;
    Ok(informed)
}

/// How many organisations each sheet of a plan informed, or one of them: each once, whatever announcements it received.
pub fn of_plan(conn: &mut Conn, plan: &PlanId, one: Option<i32>, zone: &Zone) -> Result<BTreeMap<i32, usize>> {
    let mut counts = BTreeMap::new();
    for (number, ids) in store::of_plan(conn, plan, one)? {
        let announcements = ids.iter().map(|id| store::find(conn, id)).collect::<Result<Vec<_>>>()?;
        let mut informed = Informed::new();
        add(conn, &announcements, zone, &mut informed)?;
        counts.insert(number, informed.len());
    }
    Ok(counts)
}

fn add(conn: &mut Conn, announcements: &[Announcement], zone: &Zone, informed: &mut Informed) -> Result<()> {
    let ids: Vec<AnnouncementId> = announcements.iter().map(|one| one.id.clone()).collect();
    let mut told = |id: OrganisationId, how: How, on: Day| {
        let day = informed.entry(id).or_default().entry(how).or_insert(on);
        *day = (*day).min(on);
    };
    for (id, how, on) in store::kept(conn, &ids)? {
        told(id, how, on);
    }
    // What mails came to is kept once it is settled.
    let open: Vec<AnnouncementId> = announcements.iter().filter(|one| one.settled.is_none()).map(|one| one.id.clone()).collect();
    for (id, at) in store::by_mail(conn, &open)? {
        told(id, How::Mail, zone.day(at));
    }
    for announcement in announcements.iter().filter(|one| matches!(one.life.stage, Stage::Sending | Stage::Sent)) {
        for (id, on) in present(conn, announcement, zone)? {
            told(id, How::Presence, on);
        }
    }
    Ok(())
}

/// The organisations of which somebody was present at its meeting, or represented: whoever came in their place told them.
fn present(conn: &mut Conn, announcement: &Announcement, zone: &Zone) -> Result<BTreeSet<(OrganisationId, Day)>> {
    let Some(id) = announcement.fields.meeting.as_deref().and_then(MeetingId::parse) else { return Ok(BTreeSet::new()) };
    let came = meetings::inviting::of(conn, &id)?;
    let came = came.into_iter().filter(|one| one.removed_at.is_none() && matches!(one.presence, Some(Presence::Present | Presence::Represented)));
    let mut organisations = BTreeSet::new();
    let mut day = None;
    for one in came {
        let of_account = match (&one.organisation_id, &one.account_id) {
            (None, Some(account)) => accounts::service::find(conn, account)?.organisation_id,
            _ => None,
        };
        let Some(organisation) = one.organisation_id.or(of_account) else { continue };
        if day.is_none() {
            let starts_at = meetings::telling::find(conn, &id)?.fields.starts_at;
            day = Some(zone.day(starts_at.unwrap_or(announcement.updated_at)));
        }
        organisations.extend(day.map(|day| (organisation, day)));
    }
    Ok(organisations)
}

/// Letters that left on a day; answers how many are new.
pub(super) fn record_letters(conn: &mut Conn, id: &AnnouncementId, on: Day, organisations: &[OrganisationId]) -> Result<usize> {
    let some: Vec<(OrganisationId, Day)> = organisations.iter().map(|one| (one.clone(), on)).collect();
    store::keep(conn, id, How::Letter, &some)
}

/// Gives what one organisation was told to the one that it became.
pub fn relink(conn: &mut Conn, from: &OrganisationId, to: &OrganisationId) -> Result<()> {
    store::relink(conn, from, to)
}

/// Keeps whom mails informed before they are forgotten, then forgets the people of old audiences; answers how many of each.
pub fn settle(conn: &mut Conn, now: Moment, zone: &Zone) -> Result<[usize; 2]> {
    let ended = store::unsettled(conn, now.plus_days(-SETTLED_AFTER_DAYS))?;
    for id in &ended {
        let told = store::by_mail(conn, std::slice::from_ref(id))?;
        let told: Vec<(OrganisationId, Day)> = told.into_iter().map(|(organisation, at)| (organisation, zone.day(at))).collect();
        store::keep(conn, id, How::Mail, &told)?;
        let outcome = store::outcome(conn, id)?;
        store::settle(conn, id, outcome)?;
    }
    let old = store::old_recipients(conn, now.plus_days(-FORGOTTEN_AFTER_DAYS))?;
    for id in &old {
        store::forget(conn, id)?;
    }
    Ok([ended.len(), old.len()])
}
