//! The SQL of audiences, fixed when they are confirmed, and of what became of their mails.

use diesel::dsl::count_star;
use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use crate::announcements::audience::{Found, Recipient};
use crate::db::schema::{announcement_organisations, announcement_recipients, mails};
use crate::db::{Conn, on_either};
use crate::error::Result;
use crate::kernel::Page;
use crate::kernel::ids::{AnnouncementId, OrganisationId};
use crate::mail::model::Stage as MailStage;

/// How many rows are written by one statement.
const BATCH: usize = 500;

/// Somebody of a confirmed audience.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fixed {
    pub email_folded: String,
    pub email: String,
    pub name: String,
    pub mail_key: String,
}

/// What became of the mails of an announcement.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Outcome {
    pub recipients: i64,
    /// Waiting, or leaving.
    pub queued: i64,
    pub sent: i64,
    /// Refused by the recipient's server.
    pub refused: i64,
    /// Not written to: they had stopped such mails, or it was cancelled before.
    pub stopped: i64,
}

/// Fixes an audience: an address once, with the key of its mail, and its organisations.
pub fn fix(conn: &mut Conn, id: &AnnouncementId, found: &Found, key: impl Fn(&str) -> String) -> Result<()> {
    for some in found.recipients.chunks(BATCH) {
        let row = |one: &Recipient| {
            (
                announcement_recipients::announcement_id.eq(id.clone()),
                announcement_recipients::email_folded.eq(one.folded.clone()),
                announcement_recipients::email.eq(one.email.clone()),
                announcement_recipients::name.eq(one.name.clone()),
                announcement_recipients::mail_key.eq(key(&one.folded)),
                announcement_recipients::is_stopped.eq(one.is_stopped),
                announcement_recipients::is_queued.eq(false),
            )
        };
        let rows: Vec<_> = some.iter().map(row).collect();
        on_either!(conn, |conn| diesel::insert_into(announcement_recipients::table).values(&rows).execute(conn))?;
    }
    let reached = found.recipients.iter().flat_map(|one| one.organisations.iter().map(|id| (id, one.folded.as_str())));
    let without = found.without.iter().map(|id| (id, ""));
    let pairs: Vec<(&OrganisationId, &str)> = reached.chain(without).collect();
    for some in pairs.chunks(BATCH) {
        let row = |(organisation, folded): &(&OrganisationId, &str)| {
            (
                announcement_organisations::announcement_id.eq(id.clone()),
                announcement_organisations::organisation_id.eq((*organisation).clone()),
                announcement_organisations::email_folded.eq((*folded).to_owned()),
            )
        };
        let rows: Vec<_> = some.iter().map(row).collect();
        on_either!(conn, |conn| diesel::insert_into(announcement_organisations::table).values(&rows).on_conflict_do_nothing().execute(conn))?;
    }
    Ok(())
}

/// Frees an audience that nobody was written to yet.
pub fn clear(conn: &mut Conn, id: &AnnouncementId) -> Result<()> {
    forget(conn, id)?;
    diesel::delete(announcement_organisations::table.filter(announcement_organisations::announcement_id.eq(id))).execute(conn)?;
    Ok(())
}

/// Forgets the people of an audience, and by which address organisations were reached.
pub fn forget(conn: &mut Conn, id: &AnnouncementId) -> Result<()> {
    diesel::delete(announcement_recipients::table.filter(announcement_recipients::announcement_id.eq(id))).execute(conn)?;
    let reached = announcement_organisations::table
        .filter(announcement_organisations::announcement_id.eq(id))
        .filter(announcement_organisations::email_folded.ne(""));
    diesel::delete(reached).execute(conn)?;
    Ok(())
}

macro_rules! fixed {
    ($rows:expr) => {
        $rows.select((
            announcement_recipients::email_folded,
            announcement_recipients::email,
            announcement_recipients::name,
            announcement_recipients::mail_key,
        ))
    };
}

fn read((email_folded, email, name, mail_key): (String, String, String, String)) -> Fixed {
    Fixed { email_folded, email, name, mail_key }
}

/// Those to whom no mail is queued yet, some at a time.
pub fn to_queue(conn: &mut Conn, id: &AnnouncementId, most: i64) -> Result<Vec<Fixed>> {
    let waiting = announcement_recipients::table
        .filter(announcement_recipients::announcement_id.eq(id))
        .filter(announcement_recipients::is_queued.eq(false))
        .filter(announcement_recipients::is_stopped.eq(false));
    Ok(fixed!(waiting.order(announcement_recipients::email_folded).limit(most)).load(conn)?.into_iter().map(read).collect())
}

pub fn mark_queued(conn: &mut Conn, id: &AnnouncementId, some: &[Fixed]) -> Result<()> {
    let folded: Vec<&str> = some.iter().map(|one| one.email_folded.as_str()).collect();
    let these = announcement_recipients::table
        .filter(announcement_recipients::announcement_id.eq(id))
        .filter(announcement_recipients::email_folded.eq_any(folded));
    diesel::update(these).set(announcement_recipients::is_queued.eq(true)).execute(conn)?;
    Ok(())
}

/// One page of a confirmed audience, with what became of each one's mail; and how many they are.
pub fn of(conn: &mut Conn, id: &AnnouncementId, page: Page) -> Result<(Vec<(Fixed, bool, Option<MailStage>)>, i64)> {
    type Row = ((String, String, String, String), bool, Option<MailStage>);
    let all = || announcement_recipients::table.filter(announcement_recipients::announcement_id.eq(id));
    let total = all().count().get_result(conn)?;
    let rows: Vec<Row> = all()
        .left_join(mails::table.on(mails::key.eq(announcement_recipients::mail_key)))
        .order(announcement_recipients::email_folded)
        .limit(page.limit())
        .offset(page.offset())
        .select((
            (announcement_recipients::email_folded, announcement_recipients::email, announcement_recipients::name, announcement_recipients::mail_key),
            announcement_recipients::is_stopped,
            mails::stage.nullable(),
        ))
        .load(conn)?;
    Ok((rows.into_iter().map(|(row, is_stopped, stage)| (read(row), is_stopped, stage)).collect(), total))
}

/// What became of the mails of an announcement so far.
pub fn outcome(conn: &mut Conn, id: &AnnouncementId) -> Result<Outcome> {
    let all = || announcement_recipients::table.filter(announcement_recipients::announcement_id.eq(id));
    let recipients: i64 = all().count().get_result(conn)?;
    let stopped: i64 = all().filter(announcement_recipients::is_stopped.eq(true)).count().get_result(conn)?;
    let stages: Vec<(MailStage, i64)> = all()
        .inner_join(mails::table.on(mails::key.eq(announcement_recipients::mail_key)))
        .group_by(mails::stage)
        .select((mails::stage, count_star()))
        .load(conn)?;
    let at = |wanted: MailStage| stages.iter().find(|(stage, _)| *stage == wanted).map_or(0, |(_, count)| *count);
    let (sent, refused, stopped) = (at(MailStage::Sent), at(MailStage::Failed), stopped + at(MailStage::Cancelled));
    Ok(Outcome { recipients, queued: recipients - sent - refused - stopped, sent, refused, stopped })
}

/// Is there a mail that has not ended?
pub fn has_waiting(conn: &mut Conn, id: &AnnouncementId) -> Result<bool> {
    let ended = [MailStage::Sent, MailStage::Failed, MailStage::Cancelled];
    let waiting = announcement_recipients::table
        .inner_join(mails::table.on(mails::key.eq(announcement_recipients::mail_key)))
        .filter(announcement_recipients::announcement_id.eq(id))
        .filter(mails::stage.ne_all(ended));
    Ok(waiting.select(mails::id).first::<crate::kernel::ids::MailId>(conn).optional()?.is_some())
}

/// The organisations of a confirmed audience that have no mailbox.
pub fn without_mailbox(conn: &mut Conn, id: &AnnouncementId) -> Result<Vec<OrganisationId>> {
    let without = announcement_organisations::table
        .filter(announcement_organisations::announcement_id.eq(id))
        .filter(announcement_organisations::email_folded.eq(""));
    Ok(without.order(announcement_organisations::organisation_id).select(announcement_organisations::organisation_id).load(conn)?)
}
