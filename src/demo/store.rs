//! The SQL of the demonstration: forgetting what its past would still send, and telling when its last mails left.

use diesel::prelude::*;

use crate::db::Conn;
use crate::db::schema::{mail_attempts, mails, news, notices, outbox};
use crate::error::Result;
use crate::kernel::Moment;
use crate::kernel::ids::MailId;
use crate::mail::model::Stage;

pub fn forget_jobs(conn: &mut Conn) -> Result<()> {
    diesel::delete(outbox::table).execute(conn)?;
    Ok(())
}

/// Forgets what happened before a moment to those who follow, and what people were told of it.
pub fn forget_news(conn: &mut Conn, before: Option<Moment>) -> Result<()> {
    match before {
        Some(before) => {
            diesel::delete(news::table.filter(news::at.lt(before))).execute(conn)?;
            diesel::delete(notices::table.filter(notices::at.lt(before))).execute(conn)?
        }
        None => {
            diesel::delete(news::table).execute(conn)?;
            diesel::delete(notices::table).execute(conn)?
        }
    };
    Ok(())
}

/// Forgets the mails of what happened before a moment.
pub fn forget_mails(conn: &mut Conn, before: Option<Moment>) -> Result<()> {
    match before {
        Some(before) => diesel::delete(mails::table.filter(mails::created_at.lt(before))).execute(conn)?,
        None => diesel::delete(mails::table).execute(conn)?,
    };
    Ok(())
}

/// Lets every mail that has left have left within seconds of what it tells.
pub fn date_mails_back(conn: &mut Conn) -> Result<()> {
    let sent: Vec<(MailId, Moment)> =
        mails::table.filter(mails::stage.eq(Stage::Sent)).order((mails::created_at, mails::id)).select((mails::id, mails::created_at)).load(conn)?;
    for (place, (id, created_at)) in (0i64..).zip(sent) {
        let at = created_at.plus_millis(700 + place % 7 * 350);
        diesel::update(mails::table.find(&id)).set((mails::sent_at.eq(at), mails::touched_at.eq(at))).execute(conn)?;
        diesel::update(mail_attempts::table.filter(mail_attempts::mail_id.eq(&id))).set(mail_attempts::at.eq(at)).execute(conn)?;
    }
    Ok(())
}
