//! The SQL of lists of conventions: the reader's visibility is part of each.

use diesel::prelude::*;

use super::{Convention, Row, columns, whole};
use crate::accounts::model::{Role, Viewer};
use crate::conventions::model::{Kind, Level, Situation, Stage};
use crate::conventions::policy::SHOWN_TO_PARTIES;
use crate::db::Conn;
use crate::db::schema::{
    convention_actions, convention_acts, convention_parties, convention_sheets, convention_territories, convention_themes, conventions,
};
use crate::error::Result;
use crate::kernel::ids::{AccountId, ActionId, ConventionId, OrganisationId, PlanId};
use crate::kernel::{Day, Page};

/// What a list keeps. Empty means all.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    pub stages: Vec<Stage>,
    pub situations: Vec<Situation>,
    /// Any of these: the situation of what is signed, the stage of what is not.
    pub states: Vec<State>,
    pub in_force: Option<bool>,
    pub levels: Vec<Level>,
    pub kinds: Vec<Kind>,
    pub territories: Vec<String>,
    pub themes: Vec<String>,
    pub partners: Vec<OrganisationId>,
    /// Those on which this action rests.
    pub action: Option<ActionId>,
    pub sheet: Option<(PlanId, i32)>,
    pub responsible: Option<AccountId>,
    pub external_id: Option<String>,
    pub number: Option<String>,
    /// Words of the object, folded.
    pub text: String,
    /// With a term, or a review where there is none, on these days.
    pub term_from: Option<Day>,
    pub term_until: Option<Day>,
    /// The next term first, rather than the last written.
    pub by_term: bool,
}

/// Where a convention stands, as lists say it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    Stage(Stage),
    Situation(Situation),
}

impl State {
    pub fn parse(code: &str) -> Option<Self> {
        let stage = Stage::parse(code).filter(|stage| *stage != Stage::Signed).map(Self::Stage);
        Situation::parse(code).map(Self::Situation).or(stage)
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Stage(stage) => stage.as_str(),
            Self::Situation(situation) => situation.as_str(),
        }
    }

    pub fn label(self) -> &'static str {
        match self {
            Self::Stage(stage) => stage.label(),
            Self::Situation(situation) => situation.label(),
        }
    }
}

type Boxed<'a> = conventions::BoxedQuery<'a, <Conn as Connection>::Backend>;

/// The conventions that a viewer may find in a list: the rules of `policy::may_read`, told to the database.
pub(super) fn readable<'a>(viewer: &Viewer, departement: &str) -> Boxed<'a> {
    let query = conventions::table.into_boxed();
    let open = conventions::stage.eq(Stage::Signed).and(conventions::visibility.eq_any(viewer.clearance()));
    let Some(actor) = viewer.actor() else { return query.filter(open) };
    match actor.role {
        Role::Administrator => query,
        Role::Partner => {
            let own = convention_parties::table.filter(convention_parties::organisation_id.eq(actor.organisation_id.clone()));
            let own = own.select(convention_parties::convention_id);
            query.filter(open.or(conventions::stage.eq_any(SHOWN_TO_PARTIES).and(conventions::id.eq_any(own))))
        }
        Role::Worker => query.filter(conventions::stage.ne(Stage::Draft)),
        Role::Manager => {
            let reach: Vec<String> = actor.reach.iter().cloned().collect();
            let levels: Vec<Level> = actor.reach.contains(departement).then_some(Level::Departement).into_iter().collect();
            let placed = convention_territories::table
                .filter(convention_territories::territory_code.eq_any(reach))
                .select(convention_territories::convention_id);
            let own = conventions::level.eq_any(levels).or(conventions::level.eq(Level::Mds).and(conventions::id.eq_any(placed)));
            query.filter(conventions::stage.ne(Stage::Draft).or(own))
        }
    }
}

pub(super) fn filtered<'a>(viewer: &Viewer, departement: &str, filter: &Filter) -> Boxed<'a> {
    let mut query = readable(viewer, departement);
    if !filter.stages.is_empty() {
        query = query.filter(conventions::stage.eq_any(filter.stages.clone()));
    }
    if !filter.situations.is_empty() {
        query = query.filter(conventions::situation.eq_any(filter.situations.clone()));
    }
    if !filter.states.is_empty() {
        let of = |state: &State| match state {
            State::Stage(stage) => (Some(*stage), None),
            State::Situation(situation) => (None, Some(*situation)),
        };
        let (stages, situations): (Vec<Option<Stage>>, Vec<Option<Situation>>) = filter.states.iter().map(of).unzip();
        let (stages, situations): (Vec<Stage>, Vec<Situation>) = (stages.into_iter().flatten().collect(), situations.into_iter().flatten().collect());
        query = query.filter(conventions::stage.eq_any(stages).or(conventions::situation.eq_any(situations)));
    }
    if let Some(in_force) = filter.in_force {
        query = query.filter(conventions::in_force.eq(in_force));
    }
    if !filter.levels.is_empty() {
        query = query.filter(conventions::level.eq_any(filter.levels.clone()));
    }
    if !filter.kinds.is_empty() {
        query = query.filter(conventions::kind.eq_any(filter.kinds.clone()));
    }
    if !filter.territories.is_empty() {
        let placed = convention_territories::table.filter(convention_territories::territory_code.eq_any(filter.territories.clone()));
        query = query.filter(conventions::id.eq_any(placed.select(convention_territories::convention_id)));
    }
    if !filter.themes.is_empty() {
        let about = convention_themes::table.filter(convention_themes::theme.eq_any(filter.themes.clone()));
        query = query.filter(conventions::id.eq_any(about.select(convention_themes::convention_id)));
    }
    if !filter.partners.is_empty() {
        let with = convention_parties::table.filter(convention_parties::organisation_id.eq_any(filter.partners.clone()));
        query = query.filter(conventions::id.eq_any(with.select(convention_parties::convention_id)));
    }
    if let Some(action) = &filter.action {
        let under = convention_actions::table.filter(convention_actions::action_id.eq(action.clone()));
        query = query.filter(conventions::id.eq_any(under.select(convention_actions::convention_id)));
    }
    if let Some((plan, number)) = &filter.sheet {
        let on = convention_sheets::table.filter(convention_sheets::plan_id.eq(plan.clone())).filter(convention_sheets::number.eq(*number));
        query = query.filter(conventions::id.eq_any(on.select(convention_sheets::convention_id)));
    }
    if let Some(responsible) = &filter.responsible {
        query = query.filter(conventions::responsible_id.eq(responsible.clone()));
    }
    if let Some(external_id) = &filter.external_id {
        query = query.filter(conventions::external_id.eq(external_id.clone()));
    }
    if let Some(number) = &filter.number {
        query = query.filter(conventions::number.eq(number.clone()));
    }
    for word in filter.text.split_whitespace() {
        let word = word.replace(['%', '_', '\\'], "");
        query = query.filter(conventions::object_folded.like(format!("%{word}%")));
    }
    if let Some(from) = filter.term_from {
        let reviewed = conventions::current_term.is_null().and(conventions::review_on.ge(from));
        query = query.filter(conventions::current_term.ge(from).or(reviewed));
    }
    if let Some(until) = filter.term_until {
        let reviewed = conventions::current_term.is_null().and(conventions::review_on.le(until));
        query = query.filter(conventions::current_term.le(until).or(reviewed));
    }
    query
}

/// One page of the conventions that a viewer may read, and how many there are.
pub fn list(conn: &mut Conn, viewer: &Viewer, departement: &str, filter: &Filter, page: Page) -> Result<(Vec<Convention>, i64)> {
    let total = filtered(viewer, departement, filter).count().get_result(conn)?;
    let query = filtered(viewer, departement, filter).select(columns!()).limit(page.limit()).offset(page.offset());
    let rows: Vec<Row> = match filter.by_term {
        // What binds first, without term last, on either database.
        true => {
            query.order((conventions::in_force.desc(), conventions::current_term.is_null(), conventions::current_term, conventions::id)).load(conn)?
        }
        false => query.order((conventions::updated_at.desc(), conventions::id.desc())).load(conn)?,
    };
    Ok((whole(conn, rows)?, total))
}

pub fn count(conn: &mut Conn, viewer: &Viewer, departement: &str, filter: &Filter) -> Result<i64> {
    Ok(filtered(viewer, departement, filter).count().get_result(conn)?)
}

/// Those of these conventions that the viewer may find in a list.
pub fn readable_of(conn: &mut Conn, viewer: &Viewer, departement: &str, ids: &[ConventionId]) -> Result<Vec<ConventionId>> {
    Ok(readable(viewer, departement).filter(conventions::id.eq_any(ids.to_vec())).select(conventions::id).load(conn)?)
}

pub fn by_ids(conn: &mut Conn, ids: &[ConventionId]) -> Result<Vec<Convention>> {
    let rows: Vec<Row> = conventions::table.filter(conventions::id.eq_any(ids.to_vec())).order(conventions::id).select(columns!()).load(conn)?;
    whole(conn, rows)
}

/// The conventions that bear these external identifiers, whoever reads.
pub fn by_external_ids(conn: &mut Conn, ids: &[String]) -> Result<Vec<Convention>> {
    let mut found = Vec::new();
    for some in ids.chunks(500) {
        let rows: Vec<Row> = conventions::table.filter(conventions::external_id.eq_any(some.to_vec())).select(columns!()).load(conn)?;
        found.extend(whole(conn, rows)?);
    }
    Ok(found)
}

/// The conventions that name an organisation, in their text or in an act, whoever reads.
pub fn naming(conn: &mut Conn, organisation: &OrganisationId) -> Result<Vec<Convention>> {
    let named = format!("%{organisation}%");
    let acted = convention_acts::table.filter(convention_acts::content.like(named.clone())).select(convention_acts::convention_id);
    let naming = conventions::fields.like(named).or(conventions::id.eq_any(acted));
    let rows: Vec<Row> = conventions::table.filter(naming).order(conventions::id).select(columns!()).load(conn)?;
    whole(conn, rows)
}

/// The next `most` conventions after an id, whoever reads: a walk through all of them, in order.
pub fn after(conn: &mut Conn, after: &str, most: i64) -> Result<Vec<Convention>> {
    let rows: Vec<Row> =
        conventions::table.filter(conventions::id.gt(ConventionId::after(after))).order(conventions::id).limit(most).select(columns!()).load(conn)?;
    whole(conn, rows)
}
