//! The SQL of who was informed.

use diesel::dsl::min;
use diesel::prelude::*;

use crate::announcements::model::How;
use crate::db::schema::{announcement_organisations, announcement_recipients, informed, mails};
use crate::db::{Conn, on_either};
use crate::error::Result;
use crate::kernel::ids::{AnnouncementId, OrganisationId};
use crate::kernel::{Day, Moment};
use crate::mail::model::Stage as MailStage;

/// The organisations at one of whose addresses a mail of these announcements arrived, and when the first left.
pub fn by_mail(conn: &mut Conn, ids: &[AnnouncementId]) -> Result<Vec<(OrganisationId, Moment)>> {
    let rows: Vec<(OrganisationId, Option<Moment>)> = announcement_organisations::table
        .inner_join(
            announcement_recipients::table.on(announcement_recipients::announcement_id
                .eq(announcement_organisations::announcement_id)
                .and(announcement_recipients::email_folded.eq(announcement_organisations::email_folded))),
        )
        .inner_join(mails::table.on(mails::key.eq(announcement_recipients::mail_key)))
        .filter(announcement_organisations::announcement_id.eq_any(ids.to_vec()))
        .filter(mails::stage.eq(MailStage::Sent))
        .group_by(announcement_organisations::organisation_id)
        .select((announcement_organisations::organisation_id, min(mails::sent_at)))
        .load(conn)?;
    Ok(rows.into_iter().filter_map(|(id, at)| Some((id, at?))).collect())
}

/// What is kept of these announcements.
pub fn kept(conn: &mut Conn, ids: &[AnnouncementId]) -> Result<Vec<(OrganisationId, How, Day)>> {
    let rows = informed::table.filter(informed::announcement_id.eq_any(ids.to_vec())).order((informed::informed_on, informed::organisation_id));
    Ok(rows.select((informed::organisation_id, informed::how, informed::informed_on)).load(conn)?)
}

/// Keeps that organisations were informed; what is kept already stays as it is. Answers how many are new.
pub fn keep(conn: &mut Conn, id: &AnnouncementId, how: How, some: &[(OrganisationId, Day)]) -> Result<usize> {
    let mut added = 0;
    for some in some.chunks(500) {
        let row = |(organisation, on): &(OrganisationId, Day)| {
            (
                informed::announcement_id.eq(id.clone()),
                informed::organisation_id.eq(organisation.clone()),
                informed::how.eq(how),
                informed::informed_on.eq(*on),
            )
        };
        let rows: Vec<_> = some.iter().map(row).collect();
        added += on_either!(conn, |conn| diesel::insert_into(informed::table).values(&rows).on_conflict_do_nothing().execute(conn))?;
    }
    Ok(added)
}

/// What names one organisation names the one that it became; where both were named, once.
pub fn relink(conn: &mut Conn, from: &OrganisationId, to: &OrganisationId) -> Result<()> {
    let theirs = announcement_organisations::table.filter(announcement_organisations::organisation_id.eq(from));
    let reached: Vec<(AnnouncementId, String)> =
        theirs.select((announcement_organisations::announcement_id, announcement_organisations::email_folded)).load(conn)?;
    diesel::delete(theirs).execute(conn)?;
    for (id, email) in reached {
        let row = (
            announcement_organisations::announcement_id.eq(id),
            announcement_organisations::organisation_id.eq(to),
            announcement_organisations::email_folded.eq(email),
        );
        on_either!(conn, |conn| diesel::insert_into(announcement_organisations::table).values(row).on_conflict_do_nothing().execute(conn))?;
    }
    let theirs = informed::table.filter(informed::organisation_id.eq(from));
    let told: Vec<(AnnouncementId, How, Day)> = theirs.select((informed::announcement_id, informed::how, informed::informed_on)).load(conn)?;
    diesel::delete(theirs).execute(conn)?;
    for (id, how, on) in told {
        keep(conn, &id, how, &[(to.clone(), on)])?;
    }
    Ok(())
}
