//! Two records of one organisation become one: each slice hands its references over, in one transaction, left to right; so do those who follow.

use crate::accounts;
use crate::actions;
use crate::announcements;
use crate::conventions;
use crate::db::Conn;
use crate::error::Result;
use crate::events::Record;
use crate::kernel::Day;
use crate::kernel::actor::By;
use crate::kernel::ids::OrganisationId;
use crate::meetings;
use crate::notifications::subscriptions;
use crate::partners;
use crate::partners::model::Partner;

/// Merges `other` into `kept`, each over the version that was read.
pub fn merge(conn: &mut Conn, by: By<'_>, kept: (&OrganisationId, i32), other: (&OrganisationId, i32), today: Day) -> Result<Partner> {
    let partner = partners::merging::absorb(conn, by, kept, other)?;
    accounts::service::change_organisation(conn, by, other.0, kept.0)?;
    actions::relinking::relink(conn, by, other.0, kept.0)?;
    conventions::relinking::relink(conn, by, other.0, kept.0, today)?;
    meetings::relinking::relink(conn, by, other.0, kept.0)?;
    announcements::informed::relink(conn, other.0, kept.0)?;
    subscriptions::service::relink(conn, &Record::partner(other.0), &Record::partner(kept.0))?;
    Ok(partner)
}
