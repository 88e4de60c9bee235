//! The SQL of lists of meetings: the reader's visibility is part of each.

use diesel::prelude::*;

use super::{Meeting, Row, columns};
use crate::accounts::model::{Role, Viewer};
use crate::db::Conn;
use crate::db::schema::{bodies, invitations, meeting_actions, meeting_conventions, meeting_sheets, meeting_territories, meeting_themes, meetings};
use crate::error::Result;
use crate::kernel::ids::{AccountId, ActionId, BodyId, ConventionId, MeetingId, OrganisationId, PlanId};
use crate::kernel::{Moment, Page};
use crate::meetings::model::{Kind, Stage};

/// What a list keeps. Empty means all.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    pub stages: Vec<Stage>,
    pub kinds: Vec<Kind>,
    pub bodies: Vec<BodyId>,
    pub territories: Vec<String>,
    pub themes: Vec<String>,
    /// That begin at this instant or later; before that one.
    pub from: Option<Moment>,
    pub until: Option<Moment>,
    /// Called from the first instant on, and before the second.
    pub called: Option<(Moment, Moment)>,
    pub sheet: Option<(PlanId, i32)>,
    pub action: Option<ActionId>,
    pub convention: Option<ConventionId>,
    pub invited: Option<AccountId>,
    /// To which this organisation is invited.
    pub organisation: Option<OrganisationId>,
    pub external_id: Option<String>,
    /// Those whose day is to be fixed.
    pub is_undated: bool,
    /// The soonest first; otherwise the last first.
    pub soonest_first: bool,
}

pub(super) type Boxed<'a> = meetings::BoxedQuery<'a, <Conn as Connection>::Backend>;

/// The meetings that a viewer may find: announced ones of their level, those to which they are invited, and their own in any stage.
pub(super) fn readable<'a>(viewer: &Viewer) -> Boxed<'a> {
    let query = meetings::table.into_boxed();
    let open = meetings::stage.ne(Stage::Draft).and(meetings::visibility.eq_any(viewer.clearance()));
    let Some(actor) = viewer.actor() else { return query.filter(open) };
    if actor.is_administrator() {
        return query;
    }
    let invited = invitations::table
        .filter(invitations::removed_at.is_null())
        .filter(
            invitations::account_id
                .is_not_null()
                .and(invitations::account_id.eq(actor.id.clone()))
                .or(invitations::organisation_id.is_not_null().and(invitations::organisation_id.eq(actor.organisation_id.clone()))),
        )
        .select(invitations::meeting_id);
    let called = meetings::stage.ne(Stage::Draft).and(meetings::id.eq_any(invited));
    if actor.role == Role::Partner {
        return query.filter(open.or(called));
    }
    let reach: Vec<String> = actor.reach.iter().cloned().collect();
    let placed = meeting_territories::table.filter(meeting_territories::territory_code.eq_any(reach.clone())).select(meeting_territories::meeting_id);
    let of_bodies = bodies::table.filter(bodies::territory.eq_any(reach)).select(bodies::id.nullable());
    query.filter(
        open.or(called)
            .or(meetings::id.eq_any(placed))
            .or(meetings::body_id.is_not_null().and(meetings::body_id.eq_any(of_bodies)))
            .or(meetings::author_id.is_not_null().and(meetings::author_id.eq(actor.id.clone())))
            .or(meetings::organiser_id.is_not_null().and(meetings::organiser_id.eq(actor.id.clone()))),
    )
}

pub(super) fn filtered<'a>(viewer: &Viewer, filter: &Filter) -> Boxed<'a> {
    let mut query = readable(viewer);
    if !filter.stages.is_empty() {
        query = query.filter(meetings::stage.eq_any(filter.stages.clone()));
    }
    if !filter.kinds.is_empty() {
        query = query.filter(meetings::kind.eq_any(filter.kinds.clone()));
    }
    if !filter.bodies.is_empty() {
        query = query.filter(meetings::body_id.eq_any(filter.bodies.clone().into_iter().map(Some)));
    }
    if !filter.territories.is_empty() {
        let placed = meeting_territories::table.filter(meeting_territories::territory_code.eq_any(filter.territories.clone()));
        query = query.filter(meetings::id.eq_any(placed.select(meeting_territories::meeting_id)));
    }
    if !filter.themes.is_empty() {
        let about = meeting_themes::table.filter(meeting_themes::theme.eq_any(filter.themes.clone()));
        query = query.filter(meetings::id.eq_any(about.select(meeting_themes::meeting_id)));
    }
    if let Some(from) = filter.from {
        query = query.filter(meetings::starts_at.ge(from));
    }
    if let Some(until) = filter.until {
        query = query.filter(meetings::starts_at.lt(until));
    }
    if let Some((from, until)) = filter.called {
        query = query.filter(meetings::called_at.ge(from)).filter(meetings::called_at.lt(until));
    }
    if filter.is_undated {
        query = query.filter(meetings::starts_at.is_null());
    }
    if let Some((plan, number)) = &filter.sheet {
        let about = meeting_sheets::table.filter(meeting_sheets::plan_id.eq(plan.clone())).filter(meeting_sheets::number.eq(*number));
        query = query.filter(meetings::id.eq_any(about.select(meeting_sheets::meeting_id)));
    }
    if let Some(action) = &filter.action {
        let about = meeting_actions::table.filter(meeting_actions::action_id.eq(action.clone()));
        query = query.filter(meetings::id.eq_any(about.select(meeting_actions::meeting_id)));
    }
    if let Some(convention) = &filter.convention {
        let about = meeting_conventions::table.filter(meeting_conventions::convention_id.eq(convention.clone()));
        query = query.filter(meetings::id.eq_any(about.select(meeting_conventions::meeting_id)));
    }
    if let Some(account) = &filter.invited {
        let mine = invitations::table.filter(invitations::removed_at.is_null()).filter(invitations::account_id.eq(account.clone()));
        query = query.filter(meetings::id.eq_any(mine.select(invitations::meeting_id)));
    }
    if let Some(organisation) = &filter.organisation {
        let theirs = invitations::table.filter(invitations::removed_at.is_null()).filter(invitations::organisation_id.eq(organisation.clone()));
        query = query.filter(meetings::id.eq_any(theirs.select(invitations::meeting_id)));
    }
    if let Some(external_id) = &filter.external_id {
        query = query.filter(meetings::external_id.eq(external_id.clone()));
    }
    query
}

/// One page of the meetings that a viewer may read, and how many there are. Those without a date come first in either order: they are to do.
pub fn list(conn: &mut Conn, viewer: &Viewer, filter: &Filter, page: Page) -> Result<(Vec<Meeting>, i64)> {
    let total = count(conn, viewer, filter)?;
    let query = filtered(viewer, filter).select(meetings::id).limit(page.limit()).offset(page.offset());
    let undated = meetings::starts_at.is_not_null();
    let ids: Vec<MeetingId> = match filter.soonest_first {
        true => query.order((undated, meetings::starts_at, meetings::id)).load(conn)?,
        false => query.order((undated, meetings::starts_at.desc(), meetings::id.desc())).load(conn)?,
    };
    let mut found = by_ids(conn, &ids)?;
    found.sort_by_key(|meeting| ids.iter().position(|id| *id == meeting.id));
    Ok((found, total))
}

pub fn count(conn: &mut Conn, viewer: &Viewer, filter: &Filter) -> Result<i64> {
    Ok(filtered(viewer, filter).count().get_result(conn)?)
}

pub fn by_ids(conn: &mut Conn, ids: &[MeetingId]) -> Result<Vec<Meeting>> {
    let mut found = Vec::with_capacity(ids.len());
    for some in ids.chunks(500) {
        let rows: Vec<Row> = meetings::table.left_join(bodies::table).filter(meetings::id.eq_any(some.to_vec())).select(columns!()).load(conn)?;
        for row in rows {
            found.push(Meeting::of(row)?);
        }
    }
    Ok(found)
}

/// The meetings that bear these external identifiers, whoever reads.
pub fn by_external_ids(conn: &mut Conn, ids: &[String]) -> Result<Vec<Meeting>> {
    let mut found = Vec::new();
    for some in ids.chunks(500) {
        let rows: Vec<Row> =
            meetings::table.left_join(bodies::table).filter(meetings::external_id.eq_any(some.to_vec())).select(columns!()).load(conn)?;
        for row in rows {
            found.push(Meeting::of(row)?);
        }
    }
    Ok(found)
}

/// The next `most` meetings after an identifier (empty: from the first), whoever reads.
pub fn after(conn: &mut Conn, after: &str, most: i64) -> Result<Vec<Meeting>> {
    let later = meetings::table.left_join(bodies::table).filter(meetings::id.gt(MeetingId::after(after)));
    let rows: Vec<Row> = later.order(meetings::id).limit(most).select(columns!()).load(conn)?;
    rows.into_iter().map(Meeting::of).collect()
}

/// Those of these meetings that a viewer may read.
pub fn readable_of(conn: &mut Conn, viewer: &Viewer, ids: &[MeetingId]) -> Result<Vec<MeetingId>> {
    let mut known = Vec::with_capacity(ids.len());
    for some in ids.chunks(500) {
        known.extend(readable(viewer).filter(meetings::id.eq_any(some.to_vec())).select(meetings::id).load::<MeetingId>(conn)?);
    }
    Ok(known)
}
