//! The SQL of what is counted of conventions: the reader's visibility is part of each, so that no figure tells what no list shows.

use std::collections::{BTreeMap, BTreeSet};

use diesel::prelude::*;

use super::lists::{Filter, filtered, readable};
use super::{Convention, Row, columns, whole};
use crate::accounts::model::Viewer;
use crate::conventions::model::{Kind, Level, Situation, Stage};
use crate::db::Conn;
use crate::db::schema::{convention_parties, convention_territories, convention_themes, conventions};
use crate::error::Result;
use crate::kernel::Day;
use crate::kernel::ids::{ConventionId, OrganisationId};

pub type Counts = BTreeMap<String, u64>;

/// How many conventions each choice of a filter would give, the other filters staying.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facets {
    pub states: Counts,
    pub in_force: Counts,
    pub levels: Counts,
    pub kinds: Counts,
    pub territories: Counts,
    pub partners: Counts,
    pub themes: Counts,
}

pub fn facets(conn: &mut Conn, viewer: &Viewer, departement: &str, filter: &Filter) -> Result<Facets> {
    // A boxed query stands in no other: what it keeps is counted here.
    let among = |change: fn(&mut Filter)| {
        let mut others = filter.clone();
        change(&mut others);
        filtered(viewer, departement, &others)
    };
    let states: Vec<(Stage, Option<Situation>)> =
        among(|others| others.states.clear()).select((conventions::stage, conventions::situation)).load(conn)?;
    let in_force: Vec<bool> = among(|others| others.in_force = None).select(conventions::in_force).load(conn)?;
    let levels: Vec<Level> = among(|others| others.levels.clear()).select(conventions::level).load(conn)?;
    let kinds: Vec<Kind> = among(|others| others.kinds.clear()).select(conventions::kind).load(conn)?;
    let territories: Vec<String> = among(|others| others.territories.clear())
        .inner_join(convention_territories::table.on(convention_territories::convention_id.eq(conventions::id)))
        .select(convention_territories::territory_code)
        .load(conn)?;
    let partners: Vec<Option<OrganisationId>> = among(|others| others.partners.clear())
        .inner_join(convention_parties::table.on(convention_parties::convention_id.eq(conventions::id)))
        .select(convention_parties::organisation_id)
        .load(conn)?;
    let themes: Vec<String> = among(|others| others.themes.clear())
        .inner_join(convention_themes::table.on(convention_themes::convention_id.eq(conventions::id)))
        .select(convention_themes::theme)
        .load(conn)?;
    Ok(Facets {
        states: counts(states.iter().map(|(stage, situation)| situation.as_ref().map_or(stage.as_str(), Situation::as_str))),
        in_force: counts(in_force.iter().map(|yes| if *yes { "yes" } else { "no" })),
        levels: counts(levels.iter().map(|level| level.as_str())),
        kinds: counts(kinds.iter().map(|kind| kind.as_str())),
        territories: counts(territories.iter().map(String::as_str)),
        partners: counts(partners.iter().flatten().map(OrganisationId::as_str)),
        themes: counts(themes.iter().map(String::as_str)),
    })
}

fn counts<'a>(codes: impl Iterator<Item = &'a str>) -> Counts {
    let mut counts = Counts::new();
    for code in codes {
        *counts.entry(code.to_owned()).or_default() += 1;
    }
    counts
}

/// A signed convention, as far as figures need it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signed {
    pub on: Option<Day>,
    pub kind: Kind,
    pub level: Level,
    pub territories: Vec<String>,
}

/// Every signed convention that the viewer may find in a list.
pub fn signed(conn: &mut Conn, viewer: &Viewer, departement: &str) -> Result<Vec<Signed>> {
    let among = || readable(viewer, departement).filter(conventions::stage.eq(Stage::Signed));
    let rows: Vec<(ConventionId, Option<Day>, Kind, Level)> =
        among().select((conventions::id, conventions::signed_on, conventions::kind, conventions::level)).load(conn)?;
    let placed: Vec<(ConventionId, String)> = among()
        .inner_join(convention_territories::table.on(convention_territories::convention_id.eq(conventions::id)))
        .order((conventions::id, convention_territories::territory_code))
        .select((conventions::id, convention_territories::territory_code))
        .load(conn)?;
    let mut territories: BTreeMap<ConventionId, Vec<String>> = BTreeMap::new();
    for (id, code) in placed {
        territories.entry(id).or_default().push(code);
    }
    let signed = |(id, on, kind, level)| Signed { on, kind, level, territories: territories.remove(&id).unwrap_or_default() };
    Ok(rows.into_iter().map(signed).collect())
}

/// The organisations with which a convention that the viewer may read is in force.
pub fn organisations_in_force(conn: &mut Conn, viewer: &Viewer, departement: &str) -> Result<BTreeSet<OrganisationId>> {
    let found: Vec<Option<OrganisationId>> = readable(viewer, departement)
        .filter(conventions::in_force.eq(true))
        .inner_join(convention_parties::table.on(convention_parties::convention_id.eq(conventions::id)))
        .select(convention_parties::organisation_id)
        .load(conn)?;
    Ok(found.into_iter().flatten().collect())
}

/// The conventions that come after this one, as far as the viewer may find them.
pub fn replacing(conn: &mut Conn, viewer: &Viewer, departement: &str, id: &ConventionId) -> Result<Vec<Convention>> {
    let rows: Vec<Row> =
        readable(viewer, departement).filter(conventions::replaces.eq(id.clone())).order(conventions::id).select(columns!()).load(conn)?;
    whole(conn, rows)
}
