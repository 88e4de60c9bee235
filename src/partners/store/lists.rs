//! The SQL of lists of organisations: the reader's visibility is part of each.

use diesel::prelude::*;

use super::{Partner, Row, columns};
use crate::db::Conn;
use crate::db::schema::{organisation_territories, organisation_themes, organisations};
use crate::error::Result;
use crate::kernel::actor::{Role, Viewer};
use crate::kernel::ids::OrganisationId;
use crate::kernel::text::fold;
use crate::kernel::{Moment, Page, Visibility};
use crate::partners::duplicates::Trace;
use crate::partners::model::{CONFIRM_AFTER_DAYS, OrganisationKind};
use crate::partners::policy;

/// What a list keeps. Empty means all.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Words, each of which is somewhere in it.
    pub text: String,
    pub kinds: Vec<OrganisationKind>,
    pub themes: Vec<String>,
    pub territories: Vec<String>,
    /// Only those that nobody changed nor confirmed for a year.
    pub to_confirm: bool,
    pub ids: Option<Vec<OrganisationId>>,
}

type Boxed<'a> = organisations::BoxedQuery<'a, <Conn as Connection>::Backend>;

/// The organisations that a viewer may find in a list.
fn readable<'a>(viewer: &Viewer) -> Boxed<'a> {
    let living = organisations::table.filter(organisations::merged_into.is_null()).into_boxed();
    let open = organisations::visibility.eq_any(viewer.clearance());
    match viewer.actor().filter(|actor| actor.role == Role::Partner).and_then(|actor| actor.organisation_id.clone()) {
        Some(own) => living.filter(open.or(organisations::id.eq(own))),
        None => living.filter(open),
    }
}

fn filtered<'a>(viewer: &Viewer, filter: &Filter, now: Moment) -> Boxed<'a> {
    let mut query = readable(viewer);
    for word in fold(&filter.text).split_whitespace().take(12) {
        query = query.filter(organisations::words_folded.like(format!("%{}%", word.replace(['%', '_', '\\'], ""))));
    }
    if !filter.kinds.is_empty() {
        query = query.filter(organisations::kind.eq_any(filter.kinds.clone()));
    }
    if !filter.themes.is_empty() {
        let about = organisation_themes::table.filter(organisation_themes::theme.eq_any(filter.themes.clone()));
        query = query.filter(organisations::id.eq_any(about.select(organisation_themes::organisation_id)));
    }
    if !filter.territories.is_empty() {
        let serving = organisation_territories::table.filter(organisation_territories::territory_code.eq_any(filter.territories.clone()));
        query = query.filter(organisations::id.eq_any(serving.select(organisation_territories::organisation_id)));
    }
    if filter.to_confirm {
        query = query.filter(organisations::confirmed_at.le(now.plus_days(-CONFIRM_AFTER_DAYS)));
    }
    if let Some(ids) = &filter.ids {
        query = query.filter(organisations::id.eq_any(ids.clone()));
    }
    query
}

/// One page of the organisations that a viewer may read, by name, and how many there are.
pub fn list(conn: &mut Conn, viewer: &Viewer, filter: &Filter, page: Page, now: Moment) -> Result<(Vec<Partner>, i64)> {
    let total = count(conn, viewer, filter, now)?;
    let rows: Vec<Row> = filtered(viewer, filter, now)
        .order((organisations::name_folded, organisations::id))
        .limit(page.limit())
        .offset(page.offset())
        .select(columns!())
        .load(conn)?;
    Ok((rows.into_iter().map(Partner::of).collect::<Result<_>>()?, total))
}

/// All that a filter lets through, by name.
pub fn all_of(conn: &mut Conn, viewer: &Viewer, filter: &Filter, now: Moment) -> Result<Vec<Partner>> {
    let rows: Vec<Row> = filtered(viewer, filter, now).order((organisations::name_folded, organisations::id)).select(columns!()).load(conn)?;
    rows.into_iter().map(Partner::of).collect()
}

pub fn count(conn: &mut Conn, viewer: &Viewer, filter: &Filter, now: Moment) -> Result<i64> {
    Ok(filtered(viewer, filter, now).count().get_result(conn)?)
}

/// Those of these organisations that the viewer may find in a list, in no order.
pub fn readable_of(conn: &mut Conn, viewer: &Viewer, ids: &[OrganisationId]) -> Result<Vec<Partner>> {
    let living = |partner: &Partner| partner.merged_into.is_none() && policy::may_read(viewer, &partner.id, partner.fields.visibility);
    Ok(by_ids(conn, ids)?.into_iter().filter(living).collect())
}

pub fn by_ids(conn: &mut Conn, ids: &[OrganisationId]) -> Result<Vec<Partner>> {
    let rows: Vec<Row> = organisations::table.filter(organisations::id.eq_any(ids.to_vec())).select(columns!()).load(conn)?;
    rows.into_iter().map(Partner::of).collect()
}

/// The organisations that bear these external identifiers, whoever reads.
pub fn by_external_ids(conn: &mut Conn, ids: &[String]) -> Result<Vec<Partner>> {
    let mut found = Vec::new();
    for some in ids.chunks(500) {
        let rows: Vec<Row> = organisations::table.filter(organisations::external_id.eq_any(some.to_vec())).select(columns!()).load(conn)?;
        for row in rows {
            found.push(Partner::of(row)?);
        }
    }
    Ok(found)
}

/// The next `most` living organisations after an id, whoever reads: exports and rebuilds walk all of them in order.
pub fn after(conn: &mut Conn, after: &str, most: i64) -> Result<Vec<Partner>> {
    let rows: Vec<Row> = organisations::table
        .filter(organisations::merged_into.is_null())
        .filter(organisations::id.gt(OrganisationId::after(after)))
        .order(organisations::id)
        .limit(most)
        .select(columns!())
        .load(conn)?;
    rows.into_iter().map(Partner::of).collect()
}

/// The themes of the organisations that a viewer may read, each once.
pub fn themes_in_use(conn: &mut Conn, viewer: &Viewer) -> Result<Vec<String>> {
    let themes = organisation_themes::table.inner_join(organisations::table).filter(organisations::visibility.eq_any(viewer.clearance()));
    Ok(themes.select(organisation_themes::theme).distinct().order(organisation_themes::theme).load(conn)?)
}

/// What tells every organisation from the others, the oldest first.
pub fn traces(conn: &mut Conn) -> Result<Vec<Trace>> {
    type Row = (OrganisationId, String, OrganisationKind, Option<String>, Option<String>, Visibility);
    let rows: Vec<Row> = organisations::table
        .filter(organisations::merged_into.is_null())
        .order(organisations::id)
        .select((
            organisations::id,
            organisations::name,
            organisations::kind,
            organisations::siret,
            organisations::commune,
            organisations::visibility,
        ))
        .load(conn)?;
    Ok(rows.into_iter().map(|(id, name, kind, siret, commune, visibility)| Trace { id, name, kind, siret, commune, visibility }).collect())
}

/// Every organisation with what its page says: its name, its mailbox, its contacts.
pub fn with_fields(conn: &mut Conn) -> Result<Vec<Partner>> {
    let ids: Vec<OrganisationId> = organisations::table.filter(organisations::merged_into.is_null()).select(organisations::id).load(conn)?;
    let mut found = Vec::with_capacity(ids.len());
    for some in ids.chunks(500) {
        found.extend(by_ids(conn, some)?);
    }
    Ok(found)
}

/// The versions at which these organisations are; what is gone has none.
pub fn versions_of(conn: &mut Conn, ids: &[OrganisationId]) -> Result<Vec<(OrganisationId, i32)>> {
    Ok(organisations::table.filter(organisations::id.eq_any(ids.to_vec())).select((organisations::id, organisations::version)).load(conn)?)
}

/// Those that nobody changed nor confirmed since `before`, and that were not asked.
pub fn due_for_confirmation(conn: &mut Conn, before: Moment) -> Result<Vec<Partner>> {
    let rows: Vec<Row> = organisations::table
        .filter(organisations::merged_into.is_null())
        .filter(organisations::confirmed_at.le(before))
        .filter(organisations::reminded_at.is_null())
        .order(organisations::id)
        .limit(1000)
        .select(columns!())
        .load(conn)?;
    rows.into_iter().map(Partner::of).collect()
}

pub fn mark_reminded(conn: &mut Conn, id: &OrganisationId, now: Moment) -> Result<()> {
    diesel::update(organisations::table.find(id)).set(organisations::reminded_at.eq(now)).execute(conn)?;
    Ok(())
}
