//! The SQL of mails that came back, and of the addresses at which nobody is any more.

use diesel::prelude::*;

use super::Dead;
use crate::db::schema::{bounces, dead_addresses, mails};
use crate::db::{Conn, on_either};
use crate::error::Result;
use crate::kernel::Moment;
use crate::kernel::ids::MailId;

/// The recipient of the mail that bears a Message-ID.
pub fn recipient(conn: &mut Conn, id: &MailId, message_id: &str) -> Result<Option<String>> {
    let found = mails::table.find(id).filter(mails::message_id.eq(message_id)).select(mails::recipient);
    Ok(found.first(conn).optional()?)
}

pub fn recipient_of(conn: &mut Conn, id: &MailId) -> Result<String> {
    Ok(mails::table.find(id).select(mails::recipient).first(conn)?)
}

/// True the first time that a report speaks of this mail.
pub fn keep(conn: &mut Conn, report: &str, mail: &MailId, now: Moment) -> Result<bool> {
    let row = (bounces::report.eq(report), bounces::mail_id.eq(mail), bounces::at.eq(now));
    Ok(on_either!(conn, |conn| diesel::insert_into(bounces::table).values(row).on_conflict_do_nothing().execute(conn))? == 1)
}

type Row = (String, String, Moment, String, String, Option<MailId>);

const COLUMNS: (
    dead_addresses::id,
    dead_addresses::address,
    dead_addresses::since,
    dead_addresses::status,
    dead_addresses::said,
    dead_addresses::mail_id,
) = (dead_addresses::id, dead_addresses::address, dead_addresses::since, dead_addresses::status, dead_addresses::said, dead_addresses::mail_id);

fn dead((id, address, since, status, said, mail): Row) -> Dead {
    Dead { id, address, since, status, said, mail }
}

/// True when it was not known yet.
pub fn insert(conn: &mut Conn, dead: &Dead) -> Result<bool> {
    let row = (
        dead_addresses::id.eq(&dead.id),
        dead_addresses::address.eq(&dead.address),
        dead_addresses::since.eq(dead.since),
        dead_addresses::status.eq(&dead.status),
        dead_addresses::said.eq(&dead.said),
        dead_addresses::mail_id.eq(&dead.mail),
    );
    Ok(on_either!(conn, |conn| diesel::insert_into(dead_addresses::table).values(row).on_conflict_do_nothing().execute(conn))? == 1)
}

/// The latest first.
pub fn all(conn: &mut Conn) -> Result<Vec<Dead>> {
    let rows: Vec<Row> = dead_addresses::table.order((dead_addresses::since.desc(), dead_addresses::id)).select(COLUMNS).load(conn)?;
    Ok(rows.into_iter().map(dead).collect())
}

pub fn find(conn: &mut Conn, id: &str) -> Result<Dead> {
    Ok(dead(dead_addresses::table.find(id).select(COLUMNS).first(conn)?))
}

/// Those of these addresses, as `kernel::email::mailbox` has them.
pub fn among(conn: &mut Conn, addresses: &[String]) -> Result<Vec<Dead>> {
    let rows: Vec<Row> = dead_addresses::table.filter(dead_addresses::address.eq_any(addresses)).select(COLUMNS).load(conn)?;
    Ok(rows.into_iter().map(dead).collect())
}

pub fn count(conn: &mut Conn) -> Result<i64> {
    Ok(dead_addresses::table.count().get_result(conn)?)
}

pub fn delete(conn: &mut Conn, id: &str) -> Result<()> {
    diesel::delete(dead_addresses::table.find(id)).execute(conn)?;
    Ok(())
}

/// When the one that has waited the longest to be told of was found.
pub fn oldest_untold(conn: &mut Conn) -> Result<Option<Moment>> {
    Ok(dead_addresses::table.filter(dead_addresses::told_at.is_null()).select(diesel::dsl::min(dead_addresses::since)).first(conn)?)
}

/// Takes those of which nobody was told: nobody else tells them.
pub fn take_untold(conn: &mut Conn, now: Moment) -> Result<Vec<Dead>> {
    let untold = dead_addresses::table.filter(dead_addresses::told_at.is_null());
    let mut taken: Vec<Dead> =
        diesel::update(untold).set(dead_addresses::told_at.eq(now)).returning(COLUMNS).get_results::<Row>(conn)?.into_iter().map(dead).collect();
    taken.sort_by(|one, other| one.address.cmp(&other.address));
    Ok(taken)
}

pub fn purge(conn: &mut Conn, before: Moment) -> Result<usize> {
    Ok(diesel::delete(dead_addresses::table.filter(dead_addresses::since.lt(before))).execute(conn)?)
}
