//! The SQL of announcements.

mod informed;
mod lists;
mod recipients;

use diesel::prelude::*;

use super::model::{AnnouncementFields, Kind, Life, Stage};
use crate::accounts::model::By;
use crate::db::schema::{announcement_sheets, announcement_territories, announcements};
use crate::db::{Conn, on_either};
use crate::error::{Error, Result};
use crate::events::Record;
use crate::kernel::Moment;
use crate::kernel::ids::{AccountId, AnnouncementId, MeetingId, PlanId};
use crate::versions::{self, Cause};

pub use informed::{by_mail, keep, kept, relink};
pub use lists::{Filter, by_secret, due, list, of_plan, old_recipients, open_letters, unsettled};
pub use recipients::{Fixed, Outcome, clear, fix, forget, has_waiting, mark_queued, of, outcome, to_queue, without_mailbox};

/// An announcement as its rows give it.
#[derive(Clone, Debug, PartialEq)]
pub struct Announcement {
    pub id: AnnouncementId,
    pub kind: Kind,
    pub fields: AnnouncementFields,
    /// The places that it is for: those chosen, and those of the bodies chosen.
    pub places: Vec<String>,
    pub life: Life,
    /// What the link of its mails carries.
    pub secret: String,
    /// What became of its mails, once they are kept no longer.
    pub settled: Option<Outcome>,
    pub version: i32,
    pub author_id: Option<AccountId>,
    pub author_name: String,
    pub created_at: Moment,
    pub updated_at: Moment,
}

type Row = (Written, Kept);
type Written = (AnnouncementId, Kind, String, Stage, Option<Moment>, Option<Moment>, String, Option<String>);
type Kept = (i32, Option<AccountId>, String, Moment, Moment);

macro_rules! columns {
    () => {
        (
            (
                announcements::id,
                announcements::kind,
                announcements::fields,
                announcements::stage,
                announcements::send_at,
                announcements::sent_at,
                announcements::secret,
                announcements::settled,
            ),
            (announcements::version, announcements::author_id, announcements::author_name, announcements::created_at, announcements::updated_at),
        )
    };
}
use columns;

/// Rows with their places.
fn whole(conn: &mut Conn, rows: Vec<Row>) -> Result<Vec<Announcement>> {
    let ids: Vec<AnnouncementId> = rows.iter().map(|((id, ..), _)| id.clone()).collect();
    let places: Vec<(AnnouncementId, String)> = announcement_territories::table
        .filter(announcement_territories::announcement_id.eq_any(ids))
        .order(announcement_territories::territory_code)
        .select((announcement_territories::announcement_id, announcement_territories::territory_code))
        .load(conn)?;
    let announcement = |((id, kind, fields, stage, send_at, sent_at, secret, settled), kept): Row| {
        let unreadable = |error| Error::Internal(format!("announcement {id} is not readable: {error}"));
        let (version, author_id, author_name, created_at, updated_at) = kept;
        Ok(Announcement {
            fields: serde_json::from_str(&fields).map_err(unreadable)?,
            settled: settled.map(|json| serde_json::from_str(&json)).transpose().map_err(unreadable)?,
            places: places.iter().filter(|(of, _)| *of == id).map(|(_, code)| code.clone()).collect(),
            id,
            kind,
            life: Life { stage, send_at, sent_at },
            secret,
            version,
            author_id,
            author_name,
            created_at,
            updated_at,
        })
    };
    rows.into_iter().map(announcement).collect()
}

pub fn find(conn: &mut Conn, id: &AnnouncementId) -> Result<Announcement> {
    let row: Row = announcements::table.find(id).select(columns!()).first(conn)?;
    whole(conn, vec![row])?.pop().ok_or(Error::NotFound)
}

/// The columns that follow what people wrote and decided.
macro_rules! written {
    ($announcement:expr) => {{
        let Announcement { fields, life, .. } = $announcement;
        (
            announcements::title.eq(&fields.title),
            announcements::stage.eq(life.stage),
            announcements::send_at.eq(life.send_at),
            announcements::sent_at.eq(life.sent_at),
            announcements::meeting_id.eq(fields.meeting.as_deref().and_then(MeetingId::parse)),
            announcements::fields.eq(serde_json::to_string(fields).map_err(|error| Error::Internal(error.to_string()))?),
        )
    }};
}

pub fn insert(conn: &mut Conn, by: By<'_>, announcement: &Announcement, cause: &Cause) -> Result<()> {
    let born = (
        announcements::id.eq(&announcement.id),
        announcements::kind.eq(announcement.kind),
        announcements::secret.eq(&announcement.secret),
        announcements::version.eq(announcement.version),
        announcements::author_id.eq(&announcement.author_id),
        announcements::author_name.eq(&announcement.author_name),
        announcements::created_at.eq(announcement.created_at),
        announcements::updated_at.eq(announcement.updated_at),
    );
    diesel::insert_into(announcements::table).values((born, written!(announcement))).execute(conn)?;
    link(conn, announcement)?;
    versions::keep(conn, by, &Record::announcement(&announcement.id), announcement.version, cause, &announcement.fields)
}

/// Writes an announcement over version `announcement.version`, which becomes the next; false when it is no longer the current one.
pub fn update(conn: &mut Conn, by: By<'_>, announcement: &Announcement, cause: &Cause) -> Result<bool> {
    let current = announcements::table.filter(announcements::id.eq(&announcement.id)).filter(announcements::version.eq(announcement.version));
    let set = (written!(announcement), announcements::version.eq(announcement.version + 1), announcements::updated_at.eq(by.now));
    if diesel::update(current).set(set).execute(conn)? == 0 {
        return Ok(false);
    }
    let id = &announcement.id;
    diesel::delete(announcement_territories::table.filter(announcement_territories::announcement_id.eq(id))).execute(conn)?;
    diesel::delete(announcement_sheets::table.filter(announcement_sheets::announcement_id.eq(id))).execute(conn)?;
    link(conn, announcement)?;
    versions::keep(conn, by, &Record::announcement(id), announcement.version + 1, cause, &announcement.fields)?;
    Ok(true)
}

fn link(conn: &mut Conn, announcement: &Announcement) -> Result<()> {
    let id = &announcement.id;
    let places: Vec<_> = announcement
        .places
        .iter()
        .map(|code| (announcement_territories::announcement_id.eq(id), announcement_territories::territory_code.eq(code)))
        .collect();
    let named = announcement.fields.plan_sheets.iter().filter_map(|sheet| Some((PlanId::parse(&sheet.plan_id)?, sheet.number)));
    let sheets: Vec<_> = named
        .map(|(plan, number)| {
            (announcement_sheets::announcement_id.eq(id), announcement_sheets::plan_id.eq(plan), announcement_sheets::number.eq(number))
        })
        .collect();
    on_either!(conn, |conn| {
        diesel::insert_into(announcement_territories::table).values(&places).execute(conn)?;
        diesel::insert_into(announcement_sheets::table).values(&sheets).execute(conn)?;
    });
    Ok(())
}

/// Keeps what became of its mails: they are soon forgotten.
pub fn settle(conn: &mut Conn, id: &AnnouncementId, outcome: Outcome) -> Result<()> {
    let json = serde_json::to_string(&outcome).map_err(|error| Error::Internal(error.to_string()))?;
    diesel::update(announcements::table.find(id)).set(announcements::settled.eq(json)).execute(conn)?;
    Ok(())
}
