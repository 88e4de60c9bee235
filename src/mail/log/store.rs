//! The SQL of the mail log.

use std::collections::HashMap;

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::Bool;

use super::{Attempt, Entry, Line, Share, Standing};
use crate::db::Conn;
use crate::db::schema::{mail_attempts, mails};
use crate::error::{Error, Result};
use crate::kernel::ids::{AccountId, MailId};
use crate::kernel::{Moment, Page};
use crate::mail::catalogue::KINDS;
use crate::mail::model::{Fault, Stage, Step, Verdict};
use crate::mail::store::INTERRUPTED;

diesel::define_sql_function! {
    /// ASCII letters at least are folded by both databases, and addresses have hardly any other.
    fn lower(text: diesel::sql_types::Text) -> diesel::sql_types::Text;
}

type Row = (MailId, String, String, Option<String>, Stage, (Option<String>, Option<String>), Moment, Moment, Option<Moment>);

macro_rules! columns {
    () => {
        (
            mails::id,
            mails::recipient,
            mails::template,
            mails::subject,
            mails::stage,
            (mails::record_type, mails::record_id),
            mails::created_at,
            mails::due_at,
            mails::sent_at,
        )
    };
}

/// Rows with what went wrong at the last try of each.
fn lines(conn: &mut Conn, rows: Vec<Row>) -> Result<Vec<Line>> {
    let ids: Vec<MailId> = rows.iter().map(|row| row.0.clone()).collect();
    let last: Vec<(MailId, AttemptRow)> = mail_attempts::table
        .inner_join(mails::table)
        .filter(mail_attempts::mail_id.eq_any(ids))
        .filter(mail_attempts::number.eq(mails::attempts))
        .select((mail_attempts::mail_id, ATTEMPT))
        .load(conn)?;
    let mut faults: HashMap<MailId, Fault> = last.into_iter().filter_map(|(id, row)| Some((id, attempt(row).fault?))).collect();
    let line = |(id, recipient, template, subject, stage, (kind, record), created_at, due_at, sent_at): Row| Line {
        fault: faults.remove(&id),
        id,
        recipient,
        template,
        subject,
        stage,
        record: kind.zip(record),
        created_at,
        due_at,
        sent_at,
    };
    Ok(rows.into_iter().map(line).collect())
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
    Ok((lines(conn, rows)?, total))
}

/// The mails to an account, at its address or because of it, the latest first; and how many there are.
pub fn to_account(conn: &mut Conn, id: &AccountId, address: &str, most: i64) -> Result<(Vec<Line>, i64)> {
    let its_own = mails::record_type.eq("account").and(mails::record_id.eq(id.as_str())).assume_not_null();
    let spellings = [address.to_owned(), address.to_lowercase()];
    let matching = || mails::table.filter(mails::recipient.eq_any(spellings.clone()).or(its_own));
    let total = matching().count().get_result(conn)?;
    let order = (mails::created_at.desc(), mails::id.desc());
    let rows: Vec<Row> = matching().select(columns!()).order(order).limit(most).load(conn)?;
    Ok((lines(conn, rows)?, total))
}

type AttemptRow = (Moment, Stage, Option<Step>, Option<i32>, Option<String>);

fn attempt((at, outcome, step, code, said): AttemptRow) -> Attempt {
    Attempt { at, outcome, fault: fault(step, code, said) }
}

fn fault(step: Option<Step>, code: Option<i32>, said: Option<String>) -> Option<Fault> {
    Some(Fault { step: step?, code: code.and_then(|code| u16::try_from(code).ok()), said: said.unwrap_or_default() })
}

const ATTEMPT: (mail_attempts::at, mail_attempts::outcome, mail_attempts::step, mail_attempts::code, mail_attempts::said) =
    (mail_attempts::at, mail_attempts::outcome, mail_attempts::step, mail_attempts::code, mail_attempts::said);

pub fn find(conn: &mut Conn, id: &MailId) -> Result<Entry> {
    type Whole = (Row, Option<Vec<u8>>, Option<String>);
    let whole: Option<Whole> = mails::table.find(id).select((columns!(), mails::bytes, mails::message_id)).first(conn).optional()?;
    let (row, bytes, message_id) = whole.ok_or(Error::NotFound)?;
    let attempts: Vec<AttemptRow> =
        mail_attempts::table.filter(mail_attempts::mail_id.eq(id)).order(mail_attempts::number).select(ATTEMPT).load(conn)?;
    let line = lines(conn, vec![row])?.pop().ok_or(Error::NotFound)?;
    Ok(Entry { line, bytes, message_id, attempts: attempts.into_iter().map(attempt).collect() })
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

/// Since when the server has been at fault: the first try that found it so after the last one that spoke with it.
pub fn fault_since(conn: &mut Conn) -> Result<Option<Moment>> {
    let at_fault = |step: &Step| Fault::new(*step, None, "").verdict() == Verdict::ServerAtFault;
    let (its_own, ours): (Vec<Step>, Vec<Step>) = Step::ALL.iter().copied().partition(at_fault);
    let ours: Vec<Step> = ours.into_iter().filter(|step| !matches!(step, Step::Compose | Step::Returned)).collect();
    let spoke = mail_attempts::table
        .filter(mail_attempts::outcome.eq(Stage::Sent).or(mail_attempts::step.eq_any(ours).assume_not_null()))
        // What we kept back ourselves was said by no server.
        .filter(mail_attempts::outcome.ne(Stage::Cancelled))
        .filter(mail_attempts::said.is_null().or(mail_attempts::said.ne(INTERRUPTED).assume_not_null()))
        .order(mail_attempts::at.desc())
        .select(mail_attempts::at);
    let spoke: Option<Moment> = spoke.first(conn).optional()?;
    let failed = mail_attempts::table
        .filter(mail_attempts::at.gt(spoke.unwrap_or(Moment::from_micros(0))))
        .filter(mail_attempts::step.eq_any(its_own))
        .order(mail_attempts::at)
        .select(mail_attempts::at);
    Ok(failed.first(conn).optional()?)
}

/// For how long mails may be due without any being tried before we say that nobody works the queue.
const IDLE_SECONDS: i64 = 600;

/// Since when mails have been due, when none was tried for a while: no worker runs.
pub fn idle_since(conn: &mut Conn, now: Moment) -> Result<Option<Moment>> {
    let long_ago = now.plus_seconds(-IDLE_SECONDS);
    let tried = mail_attempts::table.filter(mail_attempts::at.gt(long_ago)).select(mail_attempts::number).first::<i32>(conn).optional()?;
    if tried.is_some() {
        return Ok(None);
    }
    let due = mails::table.filter(mails::stage.eq_any(Stage::Leased.predecessors())).filter(mails::due_at.lt(long_ago));
    Ok(due.order(mails::due_at).select(mails::due_at).first(conn).optional()?)
}

/// Those that were given up within the last 30 days and may leave again, each with what went wrong. What holds a link written before
/// `links_since` would lead nowhere: it stays.
pub fn failed(conn: &mut Conn, now: Moment, links_since: Moment) -> Result<Vec<(MailId, Option<Fault>)>> {
    type FaultRow = (MailId, Option<Step>, Option<i32>, Option<String>);
    let secret: Vec<&str> = KINDS.iter().filter(|kind| kind.secret).map(|kind| kind.name).collect();
    let last = mail_attempts::table.on(mail_attempts::mail_id.eq(mails::id).and(mail_attempts::number.eq(mails::attempts)));
    let rows: Vec<FaultRow> = mails::table
        .left_join(last)
        .filter(mails::stage.eq(Stage::Failed))
        .filter(mails::created_at.gt(now.plus_days(-30)))
        .filter(mails::bytes.is_not_null().or(mails::message_id.is_null()))
        .filter(mails::template.ne_all(secret).or(mails::created_at.gt(links_since)))
        .select((mails::id, mail_attempts::step.nullable(), mail_attempts::code.nullable(), mail_attempts::said.nullable()))
        .load(conn)?;
    Ok(rows.into_iter().map(|(id, step, code, said)| (id, fault(step, code, said))).collect())
}
