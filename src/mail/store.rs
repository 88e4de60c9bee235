//! The SQL of mails.

use diesel::prelude::*;

use super::message::Rendered;
use super::outgoing::Outgoing;
use crate::db::Conn;
use crate::db::schema::mails;
use crate::error::Result;
use crate::kernel::Moment;
use crate::kernel::ids::MailId;

pub struct Stored {
    pub recipient: String,
    pub template: String,
    pub params: String,
    pub message_id: Option<String>,
    pub bytes: Option<Vec<u8>>,
    pub created_at: Moment,
}

pub fn insert(conn: &mut Conn, id: &MailId, mail: &Outgoing<'_>, now: Moment) -> Result<()> {
    let row = (
        mails::id.eq(id),
        mails::recipient.eq(mail.recipient),
        mails::template.eq(mail.template),
        mails::params.eq(mail.params.to_string()),
        mails::record_type.eq(mail.record.as_ref().map(|record| record.kind)),
        mails::record_id.eq(mail.record.as_ref().map(|record| record.id.as_str())),
        mails::created_at.eq(now),
    );
    diesel::insert_into(mails::table).values(row).execute(conn)?;
    Ok(())
}

pub fn find(conn: &mut Conn, id: &MailId) -> Result<Option<Stored>> {
    type Row = (String, String, String, Option<String>, Option<Vec<u8>>, Moment);
    let row: Option<Row> = mails::table
        .find(id)
        .select((mails::recipient, mails::template, mails::params, mails::message_id, mails::bytes, mails::created_at))
        .first(conn)
        .optional()?;
    Ok(row.map(|(recipient, template, params, message_id, bytes, created_at)| Stored { recipient, template, params, message_id, bytes, created_at }))
}

pub fn described(conn: &mut Conn, id: &MailId) -> Result<Option<(String, String)>> {
    let row: Option<(String, String, Option<String>)> =
        mails::table.find(id).select((mails::recipient, mails::template, mails::subject)).first(conn).optional()?;
    Ok(row.map(|(recipient, template, subject)| (recipient, subject.unwrap_or(template))))
}

/// Keeps the rendered bytes, which every attempt sends; the parameters, which may hold a link's secret, are forgotten.
pub fn rendered(conn: &mut Conn, id: &MailId, rendered: &Rendered) -> Result<()> {
    let row =
        (mails::subject.eq(&rendered.subject), mails::message_id.eq(&rendered.message_id), mails::bytes.eq(&rendered.bytes), mails::params.eq("{}"));
    diesel::update(mails::table.find(id)).set(row).execute(conn)?;
    Ok(())
}

pub fn sent(conn: &mut Conn, id: &MailId, now: Moment) -> Result<()> {
    diesel::update(mails::table.find(id)).set(mails::sent_at.eq(now)).execute(conn)?;
    Ok(())
}

pub fn purge(conn: &mut Conn, bodies_before: Moment, all_before: Moment) -> Result<[usize; 2]> {
    let old = mails::table.filter(mails::created_at.lt(bodies_before)).filter(mails::bytes.is_not_null());
    let bodies = diesel::update(old).set(mails::bytes.eq(None::<Vec<u8>>)).execute(conn)?;
    Ok([bodies, diesel::delete(mails::table.filter(mails::created_at.lt(all_before))).execute(conn)?])
}
