//! The SQL of choices.

use std::collections::HashSet;

use diesel::prelude::*;

use super::Choice;
use crate::db::schema::mail_choices;
use crate::db::{Conn, on_either};
use crate::error::{Error, Result};
use crate::kernel::Moment;

type Row = (String, String, String, Option<Moment>);

const COLUMNS: (mail_choices::token, mail_choices::recipient, mail_choices::list, mail_choices::stopped_at) =
    (mail_choices::token, mail_choices::recipient, mail_choices::list, mail_choices::stopped_at);

fn choice((token, recipient, list, stopped_at): Row) -> Choice {
    Choice { token, recipient, list, stopped_at }
}

pub fn find(conn: &mut Conn, token: &str) -> Result<Option<Choice>> {
    Ok(mail_choices::table.find(token).select(COLUMNS).first(conn).optional()?.map(choice))
}

/// What a person, by a folded address, chose for one kind of mail, if it was ever asked.
pub fn of(conn: &mut Conn, recipient: &str, list: &str) -> Result<Option<Choice>> {
    let found = mail_choices::table.filter(mail_choices::recipient.eq(recipient)).filter(mail_choices::list.eq(list));
    Ok(found.select(COLUMNS).first(conn).optional()?.map(choice))
}

pub fn find_or_add(conn: &mut Conn, recipient: &str, list: &str, token: &str, now: Moment) -> Result<Choice> {
    let row = (mail_choices::token.eq(token), mail_choices::recipient.eq(recipient), mail_choices::list.eq(list), mail_choices::created_at.eq(now));
    on_either!(conn, |conn| diesel::insert_into(mail_choices::table).values(row).on_conflict_do_nothing().execute(conn))?;
    let found = mail_choices::table.filter(mail_choices::recipient.eq(recipient)).filter(mail_choices::list.eq(list));
    Ok(choice(found.select(COLUMNS).first(conn)?))
}

pub fn stopped(conn: &mut Conn, recipient: &str) -> Result<HashSet<String>> {
    let found = mail_choices::table.filter(mail_choices::recipient.eq(recipient)).filter(mail_choices::stopped_at.is_not_null());
    Ok(found.select(mail_choices::list).load::<String>(conn)?.into_iter().collect())
}

pub fn who_stopped(conn: &mut Conn, list: &str) -> Result<HashSet<String>> {
    let found = mail_choices::table.filter(mail_choices::list.eq(list)).filter(mail_choices::stopped_at.is_not_null());
    Ok(found.select(mail_choices::recipient).load::<String>(conn)?.into_iter().collect())
}

pub fn who_stopped_before(conn: &mut Conn, list: &str, before: Moment) -> Result<Vec<String>> {
    let found = mail_choices::table.filter(mail_choices::list.eq(list)).filter(mail_choices::stopped_at.lt(before));
    Ok(found.select(mail_choices::recipient).load(conn)?)
}

pub fn set_stopped(conn: &mut Conn, token: &str, at: Option<Moment>) -> Result<()> {
    let changed = diesel::update(mail_choices::table.find(token)).set(mail_choices::stopped_at.eq(at)).execute(conn)?;
    if changed == 1 { Ok(()) } else { Err(Error::NotFound) }
}
