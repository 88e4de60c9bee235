//! The SQL of the mail queue: what is written when an event happens, leased by a worker, and completed under its lease.

use diesel::prelude::*;

use super::model::{Fault, Stage, Step, Withheld};
use crate::db::schema::{mail_attempts, mails};
use crate::db::{Conn, on_either};
use crate::error::Result;
use crate::events::Record;
use crate::kernel::Moment;
use crate::kernel::email::mailbox;
use crate::kernel::ids::MailId;

/// How many mails are written by one statement.
pub const BATCH: usize = 500;
/// A lease is shorter than what a person waits for; whoever works longer renews it.
pub const LEASE_SECONDS: i64 = 30;
/// A row touched later than this from now was touched before the clock was set back: what it waits for would come too late.
const CLOCK_SLACK_SECONDS: i64 = 60;

pub struct NewMail {
    pub id: MailId,
    pub key: String,
    pub recipient: String,
    pub domain: String,
    pub template: &'static str,
    pub params: String,
    pub list: Option<&'static str>,
    pub record: Option<Record>,
    pub urgency: i32,
}

/// A mail that this worker may hand over until its lease ends.
#[derive(Clone, Debug)]
pub struct Leased {
    pub id: MailId,
    pub key: String,
    pub recipient: String,
    pub domain: String,
    pub template: String,
    pub params: String,
    pub list: Option<String>,
    pub record: Option<(String, String)>,
    pub message_id: Option<String>,
    pub bytes: Option<Vec<u8>>,
    pub deferrals: i32,
    pub give_up_at: Option<Moment>,
    pub created_at: Moment,
    /// It may have arrived already: what leaves is only known for sure if it leaves again.
    pub was_uncertain: bool,
}

/// Adds at most [`BATCH`] mails; answers how many had a new key.
pub fn insert(conn: &mut Conn, batch: Vec<NewMail>, now: Moment) -> Result<usize> {
    let row = |mail: NewMail| {
        (
            mails::id.eq(mail.id),
            mails::key.eq(mail.key),
            mails::recipient.eq(mail.recipient),
            mails::domain.eq(mail.domain),
            mails::template.eq(mail.template),
            mails::params.eq(mail.params),
            mails::list.eq(mail.list),
            mails::record_type.eq(mail.record.as_ref().map(|record| record.kind)),
            mails::record_id.eq(mail.record.map(|record| record.id)),
            mails::urgency.eq(mail.urgency),
            mails::stage.eq(Stage::Queued),
            mails::attempts.eq(0),
            mails::deferrals.eq(0),
            (mails::due_at.eq(now), mails::touched_at.eq(now), mails::created_at.eq(now)),
        )
    };
    match conn {
        // A round trip a batch.
        Conn::Postgres(conn) => {
            Ok(diesel::insert_into(mails::table).values(batch.into_iter().map(row).collect::<Vec<_>>()).on_conflict_do_nothing().execute(conn)?)
        }
        // One prepared statement, run again and again: there is no trip to save.
        Conn::Sqlite(conn) => {
            let insert = |mail| diesel::insert_into(mails::table).values(row(mail)).on_conflict_do_nothing().execute(conn);
            Ok(batch.into_iter().map(insert).sum::<QueryResult<usize>>()?)
        }
    }
}

pub fn count_keys(conn: &mut Conn, template: &str, key: &str) -> Result<i64> {
    Ok(mails::table.filter(mails::template.eq(template)).filter(mails::key.like(format!("{key}%"))).count().get_result(conn)?)
}

macro_rules! due {
    ($stage:expr, $busy:expr, $now:expr, $most:expr) => {
        mails::table
            .filter(mails::stage.eq($stage))
            .filter(mails::due_at.le($now).or(mails::touched_at.gt($now.plus_seconds(CLOCK_SLACK_SECONDS))))
            .filter(mails::domain.ne_all($busy))
            .order((mails::urgency, mails::due_at, mails::id))
            .limit($most)
            .select((mails::urgency, mails::due_at, mails::id))
    };
}

macro_rules! abandoned {
    ($stage:expr, $now:expr) => {
        mails::table
            .filter(mails::stage.eq($stage))
            .filter(mails::leased_until.lt($now).or(mails::touched_at.gt($now.plus_seconds(CLOCK_SLACK_SECONDS))))
    };
}

/// Is there anything to lease? Reads only, so that an idle worker takes no lock.
pub fn has_due(conn: &mut Conn, busy: &[String], now: Moment) -> Result<bool> {
    for stage in Stage::Leased.predecessors() {
        let found = if stage == Stage::Leased {
            abandoned!(stage, now).select(mails::id).first::<MailId>(conn).optional()?.is_some()
        } else {
            due!(stage, busy, now, 1).first::<(i32, Moment, MailId)>(conn).optional()?.is_some()
        };
        if found {
            return Ok(true);
        }
    }
    Ok(abandoned!(Stage::BodyStarted, now).select(mails::id).first::<MailId>(conn).optional()?.is_some())
}

/// Leases up to `most` due mails, the most urgent and the oldest first, none of a busy domain; what another worker is leasing is skipped.
/// What a dead worker had begun to hand over becomes uncertain, and is due.
pub fn lease(conn: &mut Conn, most: i64, busy: &[String], token: &str, now: Moment) -> Result<Vec<Leased>> {
    recover(conn, now)?;
    let mut due: Vec<(i32, Moment, MailId)> = Vec::new();
    let mut uncertain: Vec<MailId> = Vec::new();
    for stage in Stage::Leased.predecessors() {
        let found: Vec<(i32, Moment, MailId)> = if stage == Stage::Leased {
            let rows = abandoned!(stage, now).limit(most).select((mails::urgency, mails::due_at, mails::id));
            match conn {
                Conn::Postgres(conn) => rows.for_update().skip_locked().load(conn)?,
                Conn::Sqlite(conn) => rows.load(conn)?,
            }
        } else {
            match conn {
                Conn::Postgres(conn) => due!(stage, busy, now, most).for_update().skip_locked().load(conn)?,
                Conn::Sqlite(conn) => due!(stage, busy, now, most).load(conn)?,
            }
        };
        if stage == Stage::Uncertain {
            uncertain.extend(found.iter().map(|(_, _, id)| id.clone()));
        }
        due.extend(found);
    }
    due.sort();
    due.truncate(usize::try_from(most).unwrap_or(0));
    let ids: Vec<MailId> = due.into_iter().map(|(_, _, id)| id).collect();
    let held = (mails::lease_token.eq(token), mails::leased_until.eq(now.plus_seconds(LEASE_SECONDS)), mails::touched_at.eq(now));
    diesel::update(mails::table.filter(mails::id.eq_any(&ids))).set((mails::stage.eq(Stage::Leased), held)).execute(conn)?;
    let mut leased = load(conn, &ids)?;
    leased.sort_by_key(|mail| ids.iter().position(|id| *id == mail.id));
    leased.iter_mut().for_each(|mail| mail.was_uncertain = uncertain.contains(&mail.id));
    Ok(leased)
}

fn load(conn: &mut Conn, ids: &[MailId]) -> Result<Vec<Leased>> {
    type Row = (
        (MailId, String, String, String, String, String, Option<String>),
        (Option<String>, Option<String>, Option<String>, Option<Vec<u8>>),
        (i32, Option<Moment>, Moment),
    );
    let rows: Vec<Row> = mails::table
        .filter(mails::id.eq_any(ids))
        .select((
            (mails::id, mails::key, mails::recipient, mails::domain, mails::template, mails::params, mails::list),
            (mails::record_type, mails::record_id, mails::message_id, mails::bytes),
            (mails::deferrals, mails::give_up_at, mails::created_at),
        ))
        .load(conn)?;
    let leased = rows.into_iter().map(
        |((id, key, recipient, domain, template, params, list), (kind, record, message_id, bytes), (deferrals, give_up_at, created_at))| Leased {
            id,
            key,
            recipient,
            domain,
            template,
            params,
            list,
            record: kind.zip(record),
            message_id,
            bytes,
            deferrals,
            give_up_at,
            created_at,
            was_uncertain: false,
        },
    );
    Ok(leased.collect())
}

/// What a worker had begun to hand over when it died may have arrived: it is sent again, by the same bytes, and counted.
fn recover(conn: &mut Conn, now: Moment) -> Result<()> {
    let rows = abandoned!(Stage::BodyStarted, now).select(mails::id);
    let ids: Vec<MailId> = match conn {
        Conn::Postgres(conn) => rows.for_update().skip_locked().load(conn)?,
        Conn::Sqlite(conn) => rows.load(conn)?,
    };
    if ids.is_empty() {
        return Ok(());
    }
    let freed = (mails::lease_token.eq(None::<String>), mails::due_at.eq(now), mails::touched_at.eq(now), mails::attempts.eq(mails::attempts + 1));
    diesel::update(mails::table.filter(mails::id.eq_any(&ids))).set((mails::stage.eq(Stage::Uncertain), freed)).execute(conn)?;
    note_attempts(conn, &ids, Stage::Uncertain, Some(&Fault::new(Step::Body, None, INTERRUPTED)), now)
}

/// What the history says of a try whose worker died in the middle of it.
pub const INTERRUPTED: &str = "interrupted";

/// Adds a line to the history of mails whose `attempts` was just raised.
fn note_attempts(conn: &mut Conn, ids: &[MailId], outcome: Stage, fault: Option<&Fault>, now: Moment) -> Result<()> {
    let numbers: Vec<(MailId, i32)> = mails::table.filter(mails::id.eq_any(ids)).select((mails::id, mails::attempts)).load(conn)?;
    for (id, number) in numbers {
        let row = (
            mail_attempts::mail_id.eq(id),
            mail_attempts::number.eq(number),
            mail_attempts::at.eq(now),
            mail_attempts::outcome.eq(outcome),
            mail_attempts::step.eq(fault.map(|fault| fault.step)),
            mail_attempts::code.eq(fault.and_then(|fault| fault.code).map(i32::from)),
            mail_attempts::said.eq(fault.map(|fault| fault.said.as_str())),
        );
        on_either!(conn, |conn| diesel::insert_into(mail_attempts::table).values(row).on_conflict_do_nothing().execute(conn))?;
    }
    Ok(())
}

macro_rules! held {
    ($ids:expr, $token:expr, $next:expr) => {
        mails::table.filter(mails::id.eq_any($ids)).filter(mails::lease_token.eq($token)).filter(mails::stage.eq_any($next.predecessors()))
    };
}

/// A rendered mail: its subject, Message-ID and bytes, and what is kept of its parameters.
pub struct Made {
    pub id: MailId,
    pub params: String,
    pub subject: String,
    pub message_id: String,
    pub bytes: Vec<u8>,
}

/// Keeps the rendered bytes, which every attempt sends; the other parameters, which may hold a link's secret, are forgotten.
pub fn made(conn: &mut Conn, all: &[Made], token: &str) -> Result<()> {
    for made in all {
        let row =
            (mails::subject.eq(&made.subject), mails::message_id.eq(&made.message_id), mails::bytes.eq(&made.bytes), mails::params.eq(&made.params));
        diesel::update(mails::table.find(&made.id).filter(mails::lease_token.eq(token)).filter(mails::bytes.is_null())).set(row).execute(conn)?;
    }
    Ok(())
}

/// What a mail says has changed before it left: it is made again from these parameters.
pub fn rewrite(conn: &mut Conn, id: &MailId, params: &str) -> Result<()> {
    let set = (mails::params.eq(params), mails::bytes.eq(None::<Vec<u8>>));
    diesel::update(mails::table.find(id)).set(set).execute(conn)?;
    Ok(())
}

/// The body is about to be handed over: answers of which mails it may be, since this worker still holds them.
pub fn body_started(conn: &mut Conn, ids: &[MailId], token: &str, now: Moment) -> Result<Vec<MailId>> {
    let started = (mails::stage.eq(Stage::BodyStarted), mails::touched_at.eq(now), mails::leased_until.eq(now.plus_seconds(LEASE_SECONDS)));
    Ok(diesel::update(held!(ids, token, Stage::BodyStarted)).set(started).returning(mails::id).get_results(conn)?)
}

pub fn sent(conn: &mut Conn, ids: &[MailId], token: &str, now: Moment) -> Result<()> {
    let done = (mails::touched_at.eq(now), mails::lease_token.eq(None::<String>), mails::reason.eq(None::<String>));
    // The first time counts: one that is sent again was not late.
    diesel::update(held!(ids, token, Stage::Sent).filter(mails::sent_at.is_null())).set(mails::sent_at.eq(now)).execute(conn)?;
    let ids: Vec<MailId> = diesel::update(held!(ids, token, Stage::Sent))
        .set((mails::stage.eq(Stage::Sent), mails::attempts.eq(mails::attempts + 1), done))
        .returning(mails::id)
        .get_results(conn)?;
    note_attempts(conn, &ids, Stage::Sent, None, now)
}

/// A try that did not succeed, and what is to follow.
#[derive(Clone, Debug)]
pub struct Setback {
    pub id: MailId,
    /// `Deferred`, `Failed`, `Uncertain` or `Cancelled`.
    pub stage: Stage,
    pub fault: Fault,
    pub due_at: Moment,
    pub deferrals: i32,
    pub give_up_at: Option<Moment>,
}

/// False: this worker no longer holds it, and nothing is written.
pub fn set_back(conn: &mut Conn, setback: &Setback, token: &str, now: Moment) -> Result<bool> {
    let life = (
        mails::due_at.eq(setback.due_at),
        mails::deferrals.eq(setback.deferrals),
        mails::give_up_at.eq(setback.give_up_at),
        mails::reason.eq(&setback.fault.said),
    );
    let freed = (mails::lease_token.eq(None::<String>), mails::touched_at.eq(now), mails::attempts.eq(mails::attempts + 1));
    let ids = [setback.id.clone()];
    let changed = diesel::update(held!(&ids, token, setback.stage)).set((mails::stage.eq(setback.stage), life, freed)).execute(conn)?;
    if changed == 1 {
        note_attempts(conn, &ids, setback.stage, Some(&setback.fault), now)?;
    }
    Ok(changed == 1)
}

/// Gives back what was leased and not begun.
pub fn release(conn: &mut Conn, ids: &[MailId], token: &str) -> Result<()> {
    let waits = mails::table.filter(mails::id.eq_any(ids)).filter(mails::lease_token.eq(token)).filter(mails::stage.eq(Stage::Leased));
    diesel::update(waits).set((mails::stage.eq(Stage::Queued), mails::lease_token.eq(None::<String>))).execute(conn)?;
    Ok(())
}

/// Renews the leases of what this worker has in hand.
pub fn renew(conn: &mut Conn, ids: &[MailId], token: &str, now: Moment) -> Result<()> {
    let held = mails::table.filter(mails::id.eq_any(ids)).filter(mails::lease_token.eq(token));
    diesel::update(held).set((mails::leased_until.eq(now.plus_seconds(LEASE_SECONDS)), mails::touched_at.eq(now))).execute(conn)?;
    Ok(())
}

/// Cancels what waits to leave of one kind, for one person; what is just leaving is stopped too, if its body has not begun.
pub fn cancel(conn: &mut Conn, list: &str, recipient: &str, why: Withheld, now: Moment) -> Result<()> {
    let waiting = mails::table
        .filter(mails::list.eq(list))
        .filter(mails::domain.eq(super::outgoing::domain_of(recipient)))
        .filter(mails::stage.eq_any(Stage::Cancelled.predecessors()));
    let waiting = waiting.select((mails::id, mails::recipient)).load(conn)?;
    cancel_those_to(conn, waiting, recipient, why, now)
}

/// Cancels what may be chosen, is about a record and waits for somebody, by a folded address.
pub fn cancel_about(conn: &mut Conn, recipient: &str, record: &Record, why: Withheld, now: Moment) -> Result<()> {
    let waiting = mails::table
        .filter(mails::record_type.eq(record.kind))
        .filter(mails::record_id.eq(&record.id))
        .filter(mails::list.is_not_null())
        .filter(mails::stage.eq_any(Stage::Cancelled.predecessors()));
    let waiting = waiting.select((mails::id, mails::recipient)).load(conn)?;
    cancel_those_to(conn, waiting, recipient, why, now)
}

fn cancel_those_to(conn: &mut Conn, waiting: Vec<(MailId, String)>, recipient: &str, why: Withheld, now: Moment) -> Result<()> {
    let ids: Vec<MailId> = waiting.into_iter().filter(|(_, to)| mailbox(to) == recipient).map(|(id, _)| id).collect();
    cancel_ids(conn, &ids, why, now)
}

/// Cancels what waits to leave because of a record; what is just leaving is stopped too, if its body has not begun.
pub fn call_off(conn: &mut Conn, record: &Record, why: Withheld, now: Moment) -> Result<usize> {
    let waiting: Vec<MailId> = mails::table
        .filter(mails::record_type.eq(record.kind))
        .filter(mails::record_id.eq(&record.id))
        .filter(mails::stage.eq_any(Stage::Cancelled.predecessors()))
        .select(mails::id)
        .load(conn)?;
    for some in waiting.chunks(BATCH) {
        cancel_ids(conn, some, why, now)?;
    }
    Ok(waiting.len())
}

/// Cancels the mail of a key, if it has not left.
pub fn cancel_key(conn: &mut Conn, key: &str, why: Withheld, now: Moment) -> Result<bool> {
    let waiting = mails::table.filter(mails::key.eq(key)).filter(mails::stage.eq_any(Stage::Cancelled.predecessors()));
    let ids: Vec<MailId> = waiting.select(mails::id).load(conn)?;
    cancel_ids(conn, &ids, why, now)?;
    Ok(!ids.is_empty())
}

fn cancel_ids(conn: &mut Conn, ids: &[MailId], why: Withheld, now: Moment) -> Result<()> {
    if ids.is_empty() {
        return Ok(());
    }
    let freed =
        (mails::lease_token.eq(None::<String>), mails::touched_at.eq(now), mails::attempts.eq(mails::attempts + 1), mails::reason.eq(why.as_str()));
    diesel::update(mails::table.filter(mails::id.eq_any(ids))).set((mails::stage.eq(Stage::Cancelled), freed)).execute(conn)?;
    note_attempts(conn, ids, Stage::Cancelled, Some(&why.fault()), now)
}

/// Notes in a mail's history that it came back, or is late. One that had left is `failed`, if that is what it comes to.
pub fn came_back(conn: &mut Conn, id: &MailId, outcome: Stage, fault: &Fault, now: Moment) -> Result<()> {
    let ids = [id.clone()];
    let noted = (mails::attempts.eq(mails::attempts + 1), mails::touched_at.eq(now));
    let left = mails::table.find(id).filter(mails::stage.eq_any([Stage::Sent, Stage::Uncertain]));
    let changed = match outcome {
        Stage::Failed => diesel::update(left).set((mails::stage.eq(Stage::Failed), mails::reason.eq(&fault.said), noted)).execute(conn)?,
        _ => diesel::update(left).set(noted).execute(conn)?,
    };
    if changed == 1 { note_attempts(conn, &ids, outcome, Some(fault), now) } else { Ok(()) }
}

/// Did a mail about a record leave for this address?
pub fn has_left(conn: &mut Conn, kind: &str, id: &str, recipient: &str) -> Result<bool> {
    let about = mails::table.filter(mails::record_type.eq(kind)).filter(mails::record_id.eq(id));
    let left = about.filter(mails::stage.eq_any([Stage::Sent, Stage::Uncertain, Stage::BodyStarted])).select(mails::recipient);
    Ok(left.load::<String>(conn)?.iter().any(|to| mailbox(to) == mailbox(recipient)))
}

/// Gives mails that ended another life: the same bytes leave again. Answers how many had ended and have their bytes still.
pub fn queue_again(conn: &mut Conn, ids: &[MailId], now: Moment) -> Result<usize> {
    let again = mails::table
        .filter(mails::id.eq_any(ids))
        .filter(mails::stage.eq_any([Stage::Sent, Stage::Failed, Stage::Cancelled]))
        .filter(mails::bytes.is_not_null().or(mails::message_id.is_null()));
    let life = (mails::deferrals.eq(0), mails::give_up_at.eq(None::<Moment>), mails::due_at.eq(now), mails::touched_at.eq(now));
    Ok(diesel::update(again).set((mails::stage.eq(Stage::Queued), life)).execute(conn)?)
}

pub fn purge(conn: &mut Conn, bodies_before: Moment, all_before: Moment) -> Result<[usize; 2]> {
    let old = mails::table.filter(mails::created_at.lt(bodies_before)).filter(mails::bytes.is_not_null());
    let bodies = diesel::update(old).set(mails::bytes.eq(None::<Vec<u8>>)).execute(conn)?;
    Ok([bodies, diesel::delete(mails::table.filter(mails::created_at.lt(all_before))).execute(conn)?])
}
