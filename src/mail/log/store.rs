//! The SQL of the mail log.

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::Bool;

use super::{Attempt, Entry, Line, Share, Standing};
use crate::db::Conn;
use crate::db::schema::{mail_attempts, mails};
use crate::error::{Error, Result};
use crate::kernel::ids::MailId;
use crate::kernel::{Moment, Page};
use crate::mail::model::{Fault, Stage, Step, Verdict};

diesel::define_sql_function! {
    /// ASCII letters at least are folded by both databases, and addresses have hardly any other.
    fn lower(text: diesel::sql_types::Text) -> diesel::sql_types::Text;
}

type Row = (MailId, String, String, Option<String>, Stage, Option<String>, (Option<String>, Option<String>), Moment, Moment, Option<Moment>);

macro_rules! columns {
    () => {
        (
            mails::id,
            mails::recipient,
            mails::template,
            mails::subject,
            mails::stage,
            mails::reason,
            (mails::record_type, mails::record_id),
            mails::created_at,
            mails::due_at,
            mails::sent_at,
        )
    };
}

fn line((id, recipient, template, subject, stage, reason, (kind, record), created_at, due_at, sent_at): Row) -> Line {
    Line { id, recipient, template, subject, stage, reason, record: kind.zip(record), created_at, due_at, sent_at }
}

/// Which mails are looked for; empty texts and lists ask for nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// A part of the address.
    pub recipient: String,
    pub template: String,
    /// A record's kind and id.
    pub record: Option<(String, String)>,
    pub stages: Vec<Stage>,
}

/// The mails that a filter lets through, the latest first, and how many there are.
pub fn list(conn: &mut Conn, filter: &Filter, page: Page) -> Result<(Vec<Line>, i64)> {
    let matching = || {
        let mut query = mails::table.into_boxed();
        if !filter.recipient.is_empty() {
            let part = filter.recipient.to_lowercase().replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
            query = query.filter(lower(mails::recipient).like(format!("%{part}%")).escape('\\'));
        }
        if !filter.template.is_empty() {
            query = query.filter(mails::template.eq(filter.template.clone()));
        }
        if let Some((kind, id)) = &filter.record {
            query = query.filter(mails::record_type.eq(kind.clone())).filter(mails::record_id.eq(id.clone()));
        }
        if !filter.stages.is_empty() {
            query = query.filter(mails::stage.eq_any(filter.stages.clone()));
        }
        query
    };
    let total = matching().count().get_result(conn)?;
    let order = (mails::created_at.desc(), mails::id.desc());
    let rows: Vec<Row> = matching().select(columns!()).order(order).limit(page.limit()).offset(page.offset()).load(conn)?;
    Ok((rows.into_iter().map(line).collect(), total))
}

/// The mails that left, or will, because of a record, the latest first.
pub fn of_record(conn: &mut Conn, kind: &str, id: &str, most: i64) -> Result<Vec<Line>> {
    let rows: Vec<Row> = mails::table
        .filter(mails::record_type.eq(kind))
        .filter(mails::record_id.eq(id))
        .select(columns!())
        .order((mails::created_at.desc(), mails::id.desc()))
        .limit(most)
        .load(conn)?;
    Ok(rows.into_iter().map(line).collect())
}

type AttemptRow = (Moment, Stage, Option<Step>, Option<i32>, Option<String>);

fn attempt((at, outcome, step, code, said): AttemptRow) -> Attempt {
    let fault = step.map(|step| Fault { step, code: code.and_then(|code| u16::try_from(code).ok()), said: said.unwrap_or_default() });
    Attempt { at, outcome, fault }
}

const ATTEMPT: (mail_attempts::at, mail_attempts::outcome, mail_attempts::step, mail_attempts::code, mail_attempts::said) =
    (mail_attempts::at, mail_attempts::outcome, mail_attempts::step, mail_attempts::code, mail_attempts::said);

pub fn find(conn: &mut Conn, id: &MailId) -> Result<Entry> {
    type Whole = (Row, Option<Vec<u8>>, Option<String>);
    let whole: Option<Whole> = mails::table.find(id).select((columns!(), mails::bytes, mails::message_id)).first(conn).optional()?;
    let (row, bytes, message_id) = whole.ok_or(Error::NotFound)?;
    let attempts: Vec<AttemptRow> =
        mail_attempts::table.filter(mail_attempts::mail_id.eq(id)).order(mail_attempts::number).select(ATTEMPT).load(conn)?;
    Ok(Entry { line: line(row), bytes, message_id, attempts: attempts.into_iter().map(attempt).collect() })
}

pub fn standing(conn: &mut Conn, now: Moment) -> Result<Standing> {
    let waiting: Vec<Stage> = Stage::ALL.iter().copied().filter(|stage| stage.is_waiting()).collect();
    let of = |conn: &mut Conn, stages: &[Stage]| -> Result<i64> {
        Ok(mails::table.filter(mails::stage.eq_any(stages.to_vec())).count().get_result(conn)?)
    };
    let failed = mails::table.filter(mails::stage.eq(Stage::Failed)).filter(mails::created_at.gt(now.plus_days(-30)));
    let oldest = mails::table.filter(mails::stage.eq(Stage::Queued)).order(mails::created_at).select(mails::created_at);
    let last: Option<AttemptRow> =
        mail_attempts::table.order((mail_attempts::at.desc(), mail_attempts::mail_id.desc())).select(ATTEMPT).first(conn).optional()?;
    let count = of(conn, &waiting)?;
    let last = last.map(attempt).filter(|attempt| {
        count > 0 && attempt.outcome == Stage::Deferred && attempt.fault.as_ref().is_some_and(|fault| fault.verdict() == Verdict::ServerAtFault)
    });
    Ok(Standing {
        waiting: count,
        failed: failed.count().get_result(conn)?,
        uncertain: of(conn, &[Stage::Uncertain])?,
        oldest: oldest.first(conn).optional()?,
        fault: last,
    })
}

/// Of the mails handed over since then, how many were within five seconds of what they tell.
pub fn within_five_seconds(conn: &mut Conn, since: Moment) -> Result<Share> {
    let quick = match conn {
        Conn::Postgres(_) => sql::<Bool>("sent_at <= created_at + interval '5 seconds'"),
        Conn::Sqlite(_) => sql::<Bool>("julianday(sent_at) - julianday(created_at) <= 5.0 / 86400"),
    };
    let sent = mails::table.filter(mails::sent_at.ge(since));
    Ok(Share { sent: sent.count().get_result(conn)?, within: sent.filter(quick).count().get_result(conn)? })
}

/// Those that were given up within the last 30 days and have their bytes still.
pub fn failed(conn: &mut Conn, now: Moment) -> Result<Vec<MailId>> {
    let failed = mails::table.filter(mails::stage.eq(Stage::Failed)).filter(mails::created_at.gt(now.plus_days(-30)));
    Ok(failed.select(mails::id).load(conn)?)
}
