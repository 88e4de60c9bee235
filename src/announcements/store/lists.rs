//! The SQL of lists of announcements: the reader's rights are part of each.

use std::collections::BTreeMap;

use diesel::prelude::*;

use super::{Announcement, Row, columns, whole};
use crate::accounts::model::{Role, Viewer};
use crate::announcements::model::{Kind, Stage};
use crate::db::Conn;
use crate::db::schema::{announcement_recipients, announcement_sheets, announcement_territories, announcements};
use crate::error::Result;
use crate::kernel::ids::{AnnouncementId, PlanId};
use crate::kernel::{Moment, Page};

/// What a list keeps. Empty means all.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    pub kinds: Vec<Kind>,
    pub stages: Vec<Stage>,
}

type Boxed<'a> = announcements::BoxedQuery<'a, <Conn as Connection>::Backend>;

/// The announcements that a viewer may write (`policy::may_write`).
fn readable<'a>(viewer: &Viewer) -> Boxed<'a> {
    let query = announcements::table.into_boxed();
    match viewer.actor() {
        Some(actor) if actor.is_administrator() => query,
        Some(actor) if actor.role == Role::Manager => {
            let reach: Vec<String> = actor.reach.iter().cloned().collect();
            let elsewhere = announcement_territories::table
                .filter(announcement_territories::territory_code.ne_all(reach))
                .select(announcement_territories::announcement_id);
            let somewhere = announcement_territories::table.select(announcement_territories::announcement_id);
            let own = announcements::author_id.is_not_null().and(announcements::author_id.eq(actor.id.clone()));
            query.filter(own.assume_not_null().or(announcements::id.eq_any(somewhere).and(announcements::id.ne_all(elsewhere))))
        }
        _ => query.filter(false.into_sql::<diesel::sql_types::Bool>()),
    }
}

fn filtered<'a>(viewer: &Viewer, filter: &Filter) -> Boxed<'a> {
    let mut query = readable(viewer);
    if !filter.kinds.is_empty() {
        query = query.filter(announcements::kind.eq_any(filter.kinds.clone()));
    }
    if !filter.stages.is_empty() {
        query = query.filter(announcements::stage.eq_any(filter.stages.clone()));
    }
    query
}

/// One page of the announcements that a viewer may read, the last written first, and how many there are.
pub fn list(conn: &mut Conn, viewer: &Viewer, filter: &Filter, page: Page) -> Result<(Vec<Announcement>, i64)> {
    paged(conn, || filtered(viewer, filter), page)
}

/// The letters that left, whoever reads.
pub fn open_letters(conn: &mut Conn, page: Page) -> Result<(Vec<Announcement>, i64)> {
    let left =
        || announcements::table.filter(announcements::kind.eq(Kind::Letter)).filter(announcements::stage.eq_any([Stage::Sending, Stage::Sent]));
    paged(conn, || left().into_boxed(), page)
}

fn paged<'a>(conn: &mut Conn, kept: impl Fn() -> Boxed<'a>, page: Page) -> Result<(Vec<Announcement>, i64)> {
    let total = kept().count().get_result(conn)?;
    let order = (announcements::updated_at.desc(), announcements::id.desc());
    let rows: Vec<Row> = kept().order(order).limit(page.limit()).offset(page.offset()).select(columns!()).load(conn)?;
    Ok((whole(conn, rows)?, total))
}

/// The one whose mails carry this secret.
pub fn by_secret(conn: &mut Conn, secret: &str) -> Result<Announcement> {
    let row: Row = announcements::table.filter(announcements::secret.eq(secret)).select(columns!()).first(conn)?;
    whole(conn, vec![row])?.pop().ok_or(crate::error::Error::NotFound)
}

/// Those whose hour has come, and those that are being sent.
pub fn due(conn: &mut Conn, now: Moment) -> Result<Vec<AnnouncementId>> {
    let arrived = announcements::stage.eq(Stage::Scheduled).and(announcements::send_at.le(now).assume_not_null());
    let due = announcements::table.filter(arrived.or(announcements::stage.eq(Stage::Sending)));
    Ok(due.order((announcements::send_at, announcements::id)).select(announcements::id).load(conn)?)
}

/// The announcements of each sheet of a plan, or of one of them, that were sent, at least to some.
pub fn of_plan(conn: &mut Conn, plan: &PlanId, one: Option<i32>) -> Result<BTreeMap<i32, Vec<AnnouncementId>>> {
    let mut sent = announcement_sheets::table
        .inner_join(announcements::table.on(announcements::id.eq(announcement_sheets::announcement_id)))
        .filter(announcement_sheets::plan_id.eq(plan))
        .filter(announcements::stage.eq_any([Stage::Sending, Stage::Sent, Stage::Cancelled]))
        .select((announcement_sheets::number, announcements::id))
        .into_boxed();
    if let Some(number) = one {
        sent = sent.filter(announcement_sheets::number.eq(number));
    }
    let rows: Vec<(i32, AnnouncementId)> = sent.load(conn)?;
    let mut found: BTreeMap<i32, Vec<AnnouncementId>> = BTreeMap::new();
    for (number, id) in rows {
        found.entry(number).or_default().push(id);
    }
    Ok(found)
}

/// Those whose last mail ended before a moment, and of which it is not kept what became of them.
pub fn unsettled(conn: &mut Conn, before: Moment) -> Result<Vec<AnnouncementId>> {
    let ended = announcements::table.filter(announcements::sent_at.lt(before)).filter(announcements::settled.is_null());
    Ok(ended.order(announcements::id).select(announcements::id).load(conn)?)
}

/// Those sent before a moment whose recipients are still there.
pub fn old_recipients(conn: &mut Conn, before: Moment) -> Result<Vec<AnnouncementId>> {
    let there = announcement_recipients::table.select(announcement_recipients::announcement_id);
    let old = announcements::table.filter(announcements::sent_at.lt(before)).filter(announcements::id.eq_any(there));
    Ok(old.order(announcements::id).select(announcements::id).load(conn)?)
}
