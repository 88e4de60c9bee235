//! The SQL of lists of decisions: the reader's visibility is part of each.

use std::collections::BTreeMap;

use diesel::prelude::*;

use super::{Decision, Row, columns, joined};
use crate::accounts::model::{Role, Viewer};
use crate::db::Conn;
use crate::db::schema::{self, bodies, decision_territories, decisions, invitations, meetings};
use crate::decisions::model::{OPEN, Stage};
use crate::error::Result;
use crate::kernel::ids::{AccountId, ActionId, BodyId, ConventionId, DecisionId, MeetingId, PlanId};
use crate::kernel::{Day, Page};
use crate::meetings::model::Stage as MeetingStage;

/// What a list keeps. Empty means all.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    pub stages: Vec<Stage>,
    pub bodies: Vec<BodyId>,
    pub meeting: Option<MeetingId>,
    pub territories: Vec<String>,
    pub responsibles: Vec<AccountId>,
    /// Open, and due before this day.
    pub late_on: Option<Day>,
    /// Taken on these days.
    pub from: Option<Day>,
    pub until: Option<Day>,
    /// Words of the text, folded.
    pub text: String,
    /// The nearest due day first, then what has none; otherwise the last taken first.
    pub by_due: bool,
}

type Boxed<'a> = decisions::BoxedQuery<'a, <Conn as Connection>::Backend>;

/// The decisions that a viewer may find: those of published minutes of their level, of meetings to which they were called, of their own
/// territories and bodies, and those for which they are responsible.
fn readable<'a>(viewer: &Viewer) -> Boxed<'a> {
    let query = decisions::table.into_boxed();
    let published = meetings::table
        .filter(meetings::stage.eq(MeetingStage::MinutesPublished))
        .filter(meetings::visibility.eq_any(viewer.clearance()))
        .select(meetings::id);
    let open = decisions::meeting_id.eq_any(published);
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
    let shown = [MeetingStage::MinutesInReview, MeetingStage::MinutesApproved, MeetingStage::MinutesPublished];
    let called = meetings::table.filter(meetings::stage.eq_any(shown)).filter(meetings::id.eq_any(invited)).select(meetings::id);
    let called = decisions::meeting_id.eq_any(called);
    let own = decisions::responsible_id.is_not_null().and(decisions::responsible_id.eq(actor.id.clone()));
    if actor.role == Role::Partner {
        return query.filter(open.or(called).or(own));
    }
    let reach: Vec<String> = actor.reach.iter().cloned().collect();
    let placed =
        decision_territories::table.filter(decision_territories::territory_code.eq_any(reach.clone())).select(decision_territories::decision_id);
    let of_bodies = || bodies::table.filter(bodies::territory.eq_any(reach.clone())).select(bodies::id.nullable());
    query.filter(
        open.or(called)
            .or(own)
            .or(decisions::id.eq_any(placed))
            .or(decisions::body_id.is_not_null().and(decisions::body_id.eq_any(of_bodies())))
            .or(decisions::handed_to.is_not_null().and(decisions::handed_to.eq_any(of_bodies())))
            .or(decisions::author_id.is_not_null().and(decisions::author_id.eq(actor.id.clone()))),
    )
}

fn filtered<'a>(viewer: &Viewer, filter: &Filter) -> Boxed<'a> {
    let mut query = readable(viewer);
    if !filter.stages.is_empty() {
        query = query.filter(decisions::stage.eq_any(filter.stages.clone()));
    }
    if !filter.bodies.is_empty() {
        query = query.filter(decisions::body_id.eq_any(filter.bodies.clone().into_iter().map(Some)));
    }
    if let Some(meeting) = &filter.meeting {
        query = query.filter(decisions::meeting_id.eq(meeting.clone()));
    }
    if !filter.territories.is_empty() {
        let placed = decision_territories::table.filter(decision_territories::territory_code.eq_any(filter.territories.clone()));
        query = query.filter(decisions::id.eq_any(placed.select(decision_territories::decision_id)));
    }
    if !filter.responsibles.is_empty() {
        query = query.filter(decisions::responsible_id.eq_any(filter.responsibles.clone().into_iter().map(Some)));
    }
    if let Some(today) = filter.late_on {
        query = query.filter(decisions::stage.eq_any(OPEN.to_vec())).filter(decisions::due_on.lt(today));
    }
    if let Some(from) = filter.from {
        query = query.filter(decisions::decided_on.ge(from));
    }
    if let Some(until) = filter.until {
        query = query.filter(decisions::decided_on.le(until));
    }
    for word in filter.text.split_whitespace() {
        let word = word.replace(['%', '_', '\\'], "");
        query = query.filter(decisions::text_folded.like(format!("%{word}%")));
    }
    query
}

/// One page of the decisions that a viewer may read, and how many there are.
pub fn list(conn: &mut Conn, viewer: &Viewer, filter: &Filter, page: Page) -> Result<(Vec<Decision>, i64)> {
    let total = filtered(viewer, filter).count().get_result(conn)?;
    let query = filtered(viewer, filter).select(decisions::id).limit(page.limit()).offset(page.offset());
    let ids: Vec<DecisionId> = match filter.by_due {
        true => query.order((decisions::due_on.is_null(), decisions::due_on, decisions::decided_on, decisions::id)).load(conn)?,
        false => query.order((decisions::decided_on.desc(), decisions::id.desc())).load(conn)?,
    };
    Ok((by_ids(conn, &ids)?, total))
}

/// The decision, if the viewer may read it; otherwise there is none.
pub fn find_readable(conn: &mut Conn, viewer: &Viewer, id: &DecisionId) -> Result<Decision> {
    let found: DecisionId = readable(viewer).filter(decisions::id.eq(id)).select(decisions::id).first(conn)?;
    super::find(conn, &found)
}

/// These decisions, in this order, whoever reads.
pub fn by_ids(conn: &mut Conn, ids: &[DecisionId]) -> Result<Vec<Decision>> {
    let rows: Vec<Row> = joined!().filter(decisions::id.eq_any(ids.to_vec())).select(columns!()).load(conn)?;
    let mut found = rows.into_iter().map(Decision::of).collect::<Result<Vec<_>>>()?;
    found.sort_by_key(|decision| ids.iter().position(|id| *id == decision.id));
    Ok(found)
}

/// The decisions of a meeting in the order of their numbers, whoever reads.
pub fn of_meeting(conn: &mut Conn, meeting: &MeetingId) -> Result<Vec<Decision>> {
    let ids: Vec<DecisionId> = decisions::table
        .filter(decisions::meeting_id.eq(meeting))
        .order((decisions::year, decisions::number, decisions::id))
        .select(decisions::id)
        .load(conn)?;
    by_ids(conn, &ids)
}

/// The open decisions of a body, and the needs handed up to it, taken on this day or before, that the viewer may read.
pub fn open_all(conn: &mut Conn, viewer: &Viewer, body: &BodyId, until: Day) -> Result<Vec<Decision>> {
    let of_body = decisions::body_id.is_not_null().and(decisions::body_id.eq(body.clone()));
    let its = of_body.or(decisions::handed_to.is_not_null().and(decisions::handed_to.eq(body.clone())));
    let ids: Vec<DecisionId> = readable(viewer)
        .filter(its)
        .filter(decisions::stage.eq_any(OPEN.to_vec()))
        .filter(decisions::decided_on.le(until))
        .order((decisions::decided_on, decisions::number, decisions::id))
        .select(decisions::id)
        .load(conn)?;
    by_ids(conn, &ids)
}

/// What a decision may ask for.
#[derive(Clone, Debug)]
pub enum Asked<'a> {
    Action(&'a ActionId),
    Convention(&'a ConventionId),
    Sheet(&'a PlanId, i32),
    Meeting(&'a MeetingId),
    /// Anything.
    Any,
}

/// The open decisions that ask for this, whoever reads.
pub fn asking(conn: &mut Conn, asked: &Asked<'_>) -> Result<Vec<Decision>> {
    let query = decisions::table.filter(decisions::stage.eq_any(OPEN.to_vec())).into_boxed();
    let query = match asked {
        Asked::Action(id) => query.filter(decisions::action_id.eq((*id).clone())),
        Asked::Convention(id) => query.filter(decisions::convention_id.eq((*id).clone())),
        Asked::Sheet(plan, number) => query.filter(decisions::plan_id.eq((*plan).clone())).filter(decisions::sheet_number.eq(*number)),
        Asked::Meeting(id) => query.filter(decisions::asked_meeting_id.eq((*id).clone())),
        Asked::Any => query.filter(
            decisions::action_id
                .is_not_null()
                .or(decisions::convention_id.is_not_null())
                .or(decisions::plan_id.is_not_null())
                .or(decisions::asked_meeting_id.is_not_null()),
        ),
    };
    let ids: Vec<DecisionId> = query.order(decisions::id).select(decisions::id).load(conn)?;
    by_ids(conn, &ids)
}

/// The decisions that answer a need, the first one first.
pub fn answering(conn: &mut Conn, need: &DecisionId) -> Result<Vec<Decision>> {
    let ids: Vec<DecisionId> = decisions::table.filter(decisions::answers.eq(need)).order(decisions::id).select(decisions::id).load(conn)?;
    by_ids(conn, &ids)
}

/// The open decisions that somebody is to carry out by this day, the nearest first, whoever reads.
pub fn due_until(conn: &mut Conn, until: Day) -> Result<Vec<Decision>> {
    let ids: Vec<DecisionId> = decisions::table
        .filter(decisions::stage.eq_any(OPEN.to_vec()))
        .filter(decisions::responsible_id.is_not_null())
        .filter(decisions::due_on.le(until))
        .order((decisions::due_on, decisions::id))
        .select(decisions::id)
        .load(conn)?;
    by_ids(conn, &ids)
}

/// The next `most` decisions after an id, whoever reads: a walk through all of them, in order.
pub fn after(conn: &mut Conn, after: &str, most: i64) -> Result<Vec<Decision>> {
    let ids: Vec<DecisionId> =
        decisions::table.filter(decisions::id.gt(DecisionId::after(after))).order(decisions::id).limit(most).select(decisions::id).load(conn)?;
    by_ids(conn, &ids)
}

pub type Counts = BTreeMap<String, u64>;

/// How many decisions each choice of a filter would give, the other filters staying.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facets {
    pub stages: Counts,
    pub bodies: Counts,
    pub territories: Counts,
    pub responsibles: Counts,
    pub late: Counts,
}

pub fn facets(conn: &mut Conn, viewer: &Viewer, filter: &Filter, today: Day) -> Result<Facets> {
    let among = |change: fn(&mut Filter)| {
        let mut others = filter.clone();
        change(&mut others);
        others
    };
    let stages: Vec<Stage> = filtered(viewer, &among(|others| others.stages.clear())).select(decisions::stage).load(conn)?;
    let bodies: Vec<Option<BodyId>> = filtered(viewer, &among(|others| others.bodies.clear())).select(decisions::body_id).load(conn)?;
    let territories: Vec<String> = filtered(viewer, &among(|others| others.territories.clear()))
        .inner_join(decision_territories::table.on(decision_territories::decision_id.eq(decisions::id)))
        .select(decision_territories::territory_code)
        .load(conn)?;
    let responsibles: Vec<Option<AccountId>> =
        filtered(viewer, &among(|others| others.responsibles.clear())).select(decisions::responsible_id).load(conn)?;
    let mut late = among(|others| others.late_on = None);
    late.late_on = Some(today);
    let late: i64 = filtered(viewer, &late).count().get_result(conn)?;
    Ok(Facets {
        stages: counts(stages.iter().map(Stage::as_str)),
        bodies: counts(bodies.iter().flatten().map(BodyId::as_str)),
        territories: counts(territories.iter().map(String::as_str)),
        responsibles: counts(responsibles.iter().flatten().map(AccountId::as_str)),
        late: if late > 0 { [("oui".to_owned(), u64::try_from(late).unwrap_or(0))].into() } else { Counts::new() },
    })
}

fn counts<'a>(codes: impl Iterator<Item = &'a str>) -> Counts {
    let mut counts = Counts::new();
    for code in codes {
        *counts.entry(code.to_owned()).or_default() += 1;
    }
    counts
}
