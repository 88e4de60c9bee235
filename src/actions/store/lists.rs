//! The SQL of lists of actions: the reader's visibility is part of each.

use std::collections::BTreeSet;

use diesel::prelude::*;
use diesel::sql_types::Bool;

use super::{Action, Row, columns};
use crate::accounts::model::{Role, Viewer};
use crate::actions::model::{REPORT_DUE_AFTER_DAYS, Situation, Stage};
use crate::actions::policy;
use crate::db::Conn;
use crate::db::schema::{action_audiences, action_partners, action_sheets, action_territories, action_themes, actions};
use crate::error::Result;
use crate::kernel::ids::{AccountId, ActionId, OrganisationId, PlanId};
use crate::kernel::{Day, Moment, Page};

/// What a list keeps. Empty means all.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    pub stages: Vec<Stage>,
    pub situations: Vec<Situation>,
    pub territories: Vec<String>,
    pub themes: Vec<String>,
    pub audiences: Vec<String>,
    pub author: Option<AccountId>,
    pub external_id: Option<String>,
    /// Only what lies in these territories or is carried by them (what awaits a manager).
    pub within: Vec<String>,
    pub oldest_first: bool,
}

type Boxed<'a> = actions::BoxedQuery<'a, <Conn as Connection>::Backend>;

/// The actions that a viewer may find in a list: published ones of their level, and their own in any stage.
pub(super) fn readable<'a>(viewer: &Viewer) -> Boxed<'a> {
    let query = actions::table.into_boxed();
    let open = actions::stage.eq_any([Stage::Published, Stage::Archived]).and(actions::visibility.eq_any(viewer.clearance()));
    match viewer.actor() {
        Some(actor) if actor.is_administrator() => query,
        Some(actor) if actor.role != Role::Partner => {
            let reach: Vec<String> = actor.reach.iter().cloned().collect();
            let placed =
                action_territories::table.filter(action_territories::territory_code.eq_any(reach.clone())).select(action_territories::action_id);
            query.filter(open.or(actions::id.eq_any(placed)).or(actions::carrier_code.eq_any(reach)).or(actions::author_id.eq(actor.id.clone())))
        }
        _ => query.filter(open),
    }
}

fn filtered<'a>(viewer: &Viewer, filter: &Filter, today: Day) -> Boxed<'a> {
    let mut query = readable(viewer);
    if !filter.stages.is_empty() {
        query = query.filter(actions::stage.eq_any(filter.stages.clone()));
    }
    if !filter.territories.is_empty() {
        let placed = action_territories::table.filter(action_territories::territory_code.eq_any(filter.territories.clone()));
        query = query.filter(actions::id.eq_any(placed.select(action_territories::action_id)));
    }
    if !filter.within.is_empty() {
        let placed = action_territories::table.filter(action_territories::territory_code.eq_any(filter.within.clone()));
        let placed = placed.select(action_territories::action_id);
        query = query.filter(actions::id.eq_any(placed).or(actions::carrier_code.eq_any(filter.within.clone())));
    }
    if !filter.themes.is_empty() {
        let about = action_themes::table.filter(action_themes::theme.eq_any(filter.themes.clone()));
        query = query.filter(actions::id.eq_any(about.select(action_themes::action_id)));
    }
    if !filter.audiences.is_empty() {
        let audiences: Vec<String> = filter.audiences.iter().cloned().chain(["tous-publics".to_owned()]).collect();
        let open_to = action_audiences::table.filter(action_audiences::audience.eq_any(audiences));
        query = query.filter(actions::id.eq_any(open_to.select(action_audiences::action_id)));
    }
    if let Some(author) = &filter.author {
        query = query.filter(actions::author_id.eq(author.clone()));
    }
    if let Some(external_id) = &filter.external_id {
        query = query.filter(actions::external_id.eq(external_id.clone()));
    }
    if let Some(first) = filter.situations.first() {
        let any = filter.situations[1..].iter().fold(in_situation(*first, today), |any, next| Box::new(any.or(in_situation(*next, today))));
        query = query.filter(any);
    }
    query
}

type Condition = Box<dyn BoxableExpression<actions::table, <Conn as Connection>::Backend, SqlType = Bool>>;

/// The rules of `Situation::of`, told to the database.
fn in_situation(situation: Situation, today: Day) -> Condition {
    let begun = actions::opens_on.le(today);
    let over = actions::opens_on.le(today).and(actions::closes_on.lt(today));
    let due = today.plus(-REPORT_DUE_AFTER_DAYS);
    match situation {
        Situation::Upcoming => Box::new(actions::opens_on.gt(today)),
        Situation::Running => Box::new(begun.and(actions::closes_on.ge(today))),
        Situation::Reported => Box::new(over.and(actions::is_reported)),
        Situation::Finished => Box::new(over.and(actions::is_reported.eq(false)).and(actions::closes_on.gt(due))),
        Situation::ReportDue => Box::new(over.and(actions::is_reported.eq(false)).and(actions::closes_on.le(due))),
    }
}

/// One page of the actions that a viewer may read, the last written first, and how many there are.
pub fn list(conn: &mut Conn, viewer: &Viewer, filter: &Filter, page: Page, today: Day) -> Result<(Vec<Action>, i64)> {
    let total = filtered(viewer, filter, today).count().get_result(conn)?;
    // The page's ids come from an index that holds no text; only its rows are then read.
    let query = filtered(viewer, filter, today).select(actions::id).limit(page.limit()).offset(page.offset());
    let ids: Vec<ActionId> = match filter.oldest_first {
        true => query.order((actions::updated_at, actions::id)).load(conn)?,
        false => query.order((actions::updated_at.desc(), actions::id.desc())).load(conn)?,
    };
    let mut found = by_ids(conn, &ids)?;
    found.sort_by_key(|action| ids.iter().position(|id| *id == action.id));
    Ok((found, total))
}

/// The first of the actions that a viewer may read whose title holds each of these folded words, the last written first.
pub fn titled(conn: &mut Conn, viewer: &Viewer, words: &str, most: i64) -> Result<Vec<(ActionId, String)>> {
    let words = words.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty());
    let query = words.fold(readable(viewer), |query, word| query.filter(actions::title_folded.like(format!("%{word}%"))));
    Ok(query.order((actions::updated_at.desc(), actions::id.desc())).limit(most).select((actions::id, actions::title)).load(conn)?)
}

pub fn count(conn: &mut Conn, viewer: &Viewer, filter: &Filter, today: Day) -> Result<i64> {
    Ok(filtered(viewer, filter, today).count().get_result(conn)?)
}

/// Those of these actions that the viewer may find in a list, in no order.
pub fn readable_of(conn: &mut Conn, viewer: &Viewer, ids: &[ActionId]) -> Result<Vec<Action>> {
    Ok(by_ids(conn, ids)?.into_iter().filter(|action| policy::may_read(viewer, &action.subject())).collect())
}

/// Of published actions, the title and the address to write to.
pub fn mailboxes(conn: &mut Conn) -> Result<Vec<(ActionId, String, String)>> {
    let ids: Vec<ActionId> = actions::table.filter(actions::stage.eq(Stage::Published)).select(actions::id).load(conn)?;
    let mut found = Vec::new();
    for some in ids.chunks(500) {
        let with = by_ids(conn, some)?.into_iter().filter(|action| !action.fields.contact.email.is_empty());
        found.extend(with.map(|action| (action.id, action.fields.title, action.fields.contact.email)));
    }
    Ok(found)
}

pub fn by_ids(conn: &mut Conn, ids: &[ActionId]) -> Result<Vec<Action>> {
    let rows: Vec<Row> = actions::table.filter(actions::id.eq_any(ids.to_vec())).select(columns!()).load(conn)?;
    rows.into_iter().map(Action::of).collect()
}

/// The actions that bear these external identifiers, whoever reads.
pub fn by_external_ids(conn: &mut Conn, ids: &[String]) -> Result<Vec<Action>> {
    let mut found = Vec::new();
    for some in ids.chunks(500) {
        let rows: Vec<Row> = actions::table.filter(actions::external_id.eq_any(some.to_vec())).select(columns!()).load(conn)?;
        for row in rows {
            found.push(Action::of(row)?);
        }
    }
    Ok(found)
}

/// The next `most` actions after an id, whoever reads: an export walks all of them in order.
pub fn after(conn: &mut Conn, after: &str, most: i64) -> Result<Vec<Action>> {
    let rows: Vec<Row> =
        actions::table.filter(actions::id.gt(ActionId::after(after))).order(actions::id).limit(most).select(columns!()).load(conn)?;
    rows.into_iter().map(Action::of).collect()
}

/// The versions at which these actions are; what is gone has none.
pub fn versions_of(conn: &mut Conn, ids: &[ActionId]) -> Result<Vec<(ActionId, i32)>> {
    Ok(actions::table.filter(actions::id.eq_any(ids.to_vec())).select((actions::id, actions::version)).load(conn)?)
}

/// Those of these actions that another was made from, one of these or not.
pub fn sources_among(conn: &mut Conn, ids: &[ActionId]) -> Result<BTreeSet<ActionId>> {
    let found: Vec<Option<ActionId>> = actions::table.filter(actions::inspired_by.eq_any(ids.to_vec())).select(actions::inspired_by).load(conn)?;
    Ok(found.into_iter().flatten().collect())
}

/// The published ones among the next `most` actions after an id, and the last id looked at: a rebuild walks all of them in order.
pub fn published_after(conn: &mut Conn, after: &str, most: i64) -> Result<(Vec<Action>, Option<ActionId>)> {
    let rows: Vec<Row> =
        actions::table.filter(actions::id.gt(ActionId::after(after))).order(actions::id).limit(most).select(columns!()).load(conn)?;
    let last = rows.last().map(|row| row.0.clone());
    let published = rows.into_iter().filter(|row| row.1 == Stage::Published);
    Ok((published.map(Action::of).collect::<Result<_>>()?, last))
}

/// The published actions that carry out a sheet, as far as the viewer may read them.
pub fn of_sheet(conn: &mut Conn, viewer: &Viewer, plan: &PlanId, number: i32) -> Result<Vec<Action>> {
    let on_sheet = action_sheets::table.filter(action_sheets::plan_id.eq(plan.clone())).filter(action_sheets::number.eq(number));
    let rows: Vec<Row> = readable(viewer)
        .filter(actions::stage.eq(Stage::Published))
        .filter(actions::id.eq_any(on_sheet.select(action_sheets::action_id)))
        .order((actions::opens_on.desc(), actions::id))
        .limit(200)
        .select(columns!())
        .load(conn)?;
    rows.into_iter().map(Action::of).collect()
}

/// The published actions that an organisation carries or takes part in, as far as the viewer may read them, those that end last first.
pub fn of_partner(conn: &mut Conn, viewer: &Viewer, id: &OrganisationId) -> Result<Vec<Action>> {
    let with = action_partners::table.filter(action_partners::organisation_id.eq(id.clone()));
    let rows: Vec<Row> = readable(viewer)
        .filter(actions::stage.eq(Stage::Published))
        .filter(actions::id.eq_any(with.select(action_partners::action_id)))
        .order((actions::closes_on.desc(), actions::opens_on.desc(), actions::id))
        .limit(200)
        .select(columns!())
        .load(conn)?;
    rows.into_iter().map(Action::of).collect()
}

/// Every action that names an organisation, whoever reads.
pub fn naming(conn: &mut Conn, id: &OrganisationId) -> Result<Vec<Action>> {
    let with = action_partners::table.filter(action_partners::organisation_id.eq(id));
    let rows: Vec<Row> =
        actions::table.filter(actions::id.eq_any(with.select(action_partners::action_id))).order(actions::id).select(columns!()).load(conn)?;
    rows.into_iter().map(Action::of).collect()
}

/// How many published actions of the viewer's levels each sheet of a plan has.
pub fn sheet_counts(conn: &mut Conn, viewer: &Viewer, plan: &PlanId) -> Result<Vec<(i32, i64)>> {
    Ok(action_sheets::table
        .inner_join(actions::table)
        .filter(action_sheets::plan_id.eq(plan))
        .filter(actions::stage.eq(Stage::Published))
        .filter(actions::visibility.eq_any(viewer.clearance()))
        .group_by(action_sheets::number)
        .select((action_sheets::number, diesel::dsl::count_star()))
        .load(conn)?)
}

/// How many open actions of the viewer's levels each theme has.
pub fn themes_in_use(conn: &mut Conn, viewer: &Viewer, today: Day) -> Result<Vec<(String, i64)>> {
    Ok(action_themes::table
        .inner_join(actions::table)
        .filter(actions::stage.eq(Stage::Published))
        .filter(actions::closes_on.ge(today))
        .filter(actions::visibility.eq_any(viewer.clearance()))
        .group_by(action_themes::theme)
        .select((action_themes::theme, diesel::dsl::count_star()))
        .load(conn)?)
}

/// How many open actions of the viewer's levels each territory has.
pub fn territories_in_use(conn: &mut Conn, viewer: &Viewer, today: Day) -> Result<Vec<(String, i64)>> {
    Ok(action_territories::table
        .inner_join(actions::table)
        .filter(actions::stage.eq(Stage::Published))
        .filter(actions::closes_on.ge(today))
        .filter(actions::visibility.eq_any(viewer.clearance()))
        .group_by(action_territories::territory_code)
        .select((action_territories::territory_code, diesel::dsl::count_star()))
        .load(conn)?)
}

/// The actions submitted before `before` of which nobody was reminded since.
pub fn due_for_validation(conn: &mut Conn, before: Moment) -> Result<Vec<Action>> {
    let rows: Vec<Row> = actions::table
        .filter(actions::stage.eq(Stage::Submitted))
        .filter(actions::submitted_at.le(before))
        .filter(actions::reminded_at.is_null())
        .order(actions::id)
        .limit(1000)
        .select(columns!())
        .load(conn)?;
    rows.into_iter().map(Action::of).collect()
}

/// The published actions without dates that nobody confirmed since `before`, and of which nobody was reminded.
pub fn due_for_confirmation(conn: &mut Conn, before: Moment) -> Result<Vec<Action>> {
    let rows: Vec<Row> = actions::table
        .filter(actions::stage.eq(Stage::Published))
        .filter(actions::closes_on.eq(Day::LAST))
        .filter(actions::confirmed_at.le(before))
        .filter(actions::reminded_at.is_null())
        .order(actions::id)
        .limit(1000)
        .select(columns!())
        .load(conn)?;
    rows.into_iter().map(Action::of).collect()
}

pub fn mark_reminded(conn: &mut Conn, id: &ActionId, now: Moment) -> Result<()> {
    diesel::update(actions::table.find(id)).set(actions::reminded_at.eq(now)).execute(conn)?;
    Ok(())
}
