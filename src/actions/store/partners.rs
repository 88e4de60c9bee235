//! The SQL of the organisations that carry published actions or have a part in them: the reader's visibility is part of each.

use diesel::dsl::count_star;
use diesel::prelude::*;

use super::Action;
use super::lists::by_ids;
use crate::accounts::model::Viewer;
use crate::actions::model::Stage;
use crate::db::Conn;
use crate::db::schema::{action_partners, action_territories, actions};
use crate::error::Result;
use crate::kernel::ids::{ActionId, OrganisationId};

/// How many published actions of the viewer's levels each organisation has, in a territory or everywhere.
pub fn partner_counts(conn: &mut Conn, viewer: &Viewer, territory: Option<&str>) -> Result<Vec<(OrganisationId, i64)>> {
    let among = actions::table.filter(actions::stage.eq(Stage::Published)).filter(actions::visibility.eq_any(viewer.clearance()));
    let mut counted = action_partners::table
        .group_by(action_partners::organisation_id)
        .select((action_partners::organisation_id, count_star()))
        .into_boxed()
        .filter(action_partners::action_id.eq_any(among.select(actions::id)));
    if let Some(code) = territory {
        let placed = action_territories::table.filter(action_territories::territory_code.eq(code.to_owned()));
        counted = counted.filter(action_partners::action_id.eq_any(placed.select(action_territories::action_id)));
    }
    Ok(counted.load(conn)?)
}

/// Where the published actions of each organisation are, each territory once.
pub fn partner_places(conn: &mut Conn, viewer: &Viewer) -> Result<Vec<(OrganisationId, String)>> {
    let among = actions::table.filter(actions::stage.eq(Stage::Published)).filter(actions::visibility.eq_any(viewer.clearance()));
    Ok(action_partners::table
        .inner_join(action_territories::table.on(action_territories::action_id.eq(action_partners::action_id)))
        .filter(action_partners::action_id.eq_any(among.select(actions::id)))
        .select((action_partners::organisation_id, action_territories::territory_code))
        .distinct()
        .load(conn)?)
}

/// The last written published actions of an organisation, in a territory or everywhere.
pub fn last_of_partner(conn: &mut Conn, viewer: &Viewer, partner: &OrganisationId, territory: Option<&str>, most: i64) -> Result<Vec<Action>> {
    let own = action_partners::table.filter(action_partners::organisation_id.eq(partner.clone())).select(action_partners::action_id);
    let mut query = actions::table
        .into_boxed()
        .filter(actions::stage.eq(Stage::Published))
        .filter(actions::visibility.eq_any(viewer.clearance()))
        .filter(actions::id.eq_any(own));
    if let Some(code) = territory {
        let placed = action_territories::table.filter(action_territories::territory_code.eq(code.to_owned()));
        query = query.filter(actions::id.eq_any(placed.select(action_territories::action_id)));
    }
    let ids: Vec<ActionId> = query.order((actions::updated_at.desc(), actions::id.desc())).limit(most).select(actions::id).load(conn)?;
    let mut found = by_ids(conn, &ids)?;
    found.sort_by_key(|action| ids.iter().position(|id| *id == action.id));
    Ok(found)
}
