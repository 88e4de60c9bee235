//! The SQL of figures: what each meeting that was held gathered.

use std::collections::{BTreeMap, BTreeSet};

use diesel::prelude::*;

use super::lists::{Filter, filtered};
use crate::accounts::model::Viewer;
use crate::db::Conn;
use crate::db::schema::{invitations, meeting_territories, meetings};
use crate::error::Result;
use crate::kernel::Moment;
use crate::kernel::ids::{MeetingId, OrganisationId};
use crate::meetings::model::{Kind, Presence, Stage};

/// A meeting that was held, counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    pub starts_at: Moment,
    pub kind: Kind,
    pub territories: Vec<String>,
    /// In person or through somebody, and those counted beside.
    pub people: i64,
    pub organisations: BTreeSet<OrganisationId>,
}

type Row = (MeetingId, Option<Moment>, Kind, Option<i32>);
type Came = (MeetingId, Option<OrganisationId>);

/// Every meeting held that the viewer may read.
pub fn held(conn: &mut Conn, viewer: &Viewer) -> Result<Vec<Held>> {
    let over: Vec<Stage> = Stage::ALL.iter().copied().filter(|stage| stage.is_over()).collect();
    let filter = Filter { stages: over, ..Filter::default() };
    let rows: Vec<Row> =
        filtered(viewer, &filter).select((meetings::id, meetings::starts_at, meetings::kind, meetings::headcount)).order(meetings::id).load(conn)?;
    let ids: Vec<MeetingId> = rows.iter().map(|(id, ..)| id.clone()).collect();
    let mut places: BTreeMap<MeetingId, Vec<String>> = BTreeMap::new();
    let mut came: BTreeMap<MeetingId, (i64, BTreeSet<OrganisationId>)> = BTreeMap::new();
    for some in ids.chunks(500) {
        let found: Vec<(MeetingId, String)> = meeting_territories::table
            .filter(meeting_territories::meeting_id.eq_any(some.to_vec()))
            .select((meeting_territories::meeting_id, meeting_territories::territory_code))
            .load(conn)?;
        for (id, code) in found {
            places.entry(id).or_default().push(code);
        }
        let found: Vec<Came> = invitations::table
            .filter(invitations::meeting_id.eq_any(some.to_vec()))
            .filter(invitations::removed_at.is_null())
            .filter(invitations::presence.eq_any([Presence::Present, Presence::Represented].map(Some)))
            .select((invitations::meeting_id, invitations::organisation_id))
            .load(conn)?;
        for (id, organisation) in found {
            let one = came.entry(id).or_default();
            one.0 += 1;
            one.1.extend(organisation);
        }
    }
    let counted = rows.into_iter().filter_map(|(id, starts_at, kind, headcount)| {
        let (people, organisations) = came.remove(&id).unwrap_or_default();
        let people = people + i64::from(headcount.unwrap_or(0));
        Some(Held { starts_at: starts_at?, kind, territories: places.remove(&id).unwrap_or_default(), people, organisations })
    });
    Ok(counted.collect())
}
