//! The SQL of notices.

use std::collections::HashSet;

use diesel::prelude::*;

use super::Notice;
use crate::db::schema::notices;
use crate::db::{Conn, on_either};
use crate::error::Result;
use crate::events::Record;
use crate::kernel::Moment;
use crate::kernel::ids::{NoticeId, SubscriptionId};
use crate::notifications::news::Version;
use crate::notifications::subscriptions::Owner;

pub struct New {
    pub id: NoticeId,
    pub owner: String,
    pub subscription_id: Option<SubscriptionId>,
    pub news: Option<i64>,
    pub record: Record,
    pub title: String,
    pub what: String,
    pub is_new: bool,
    /// How many versions it tells of, when these are too many to be named.
    pub counted: Option<i64>,
    pub at: Moment,
    pub due_at: Option<Moment>,
}

macro_rules! columns {
    () => {
        (
            notices::id,
            notices::subscription_id,
            (notices::news, notices::counted),
            notices::record_kind,
            notices::record_id,
            notices::title,
            notices::what,
            notices::at,
            notices::read_at,
        )
    };
}

type Row = (NoticeId, Option<SubscriptionId>, (Option<i64>, Option<i64>), String, String, String, String, Moment, Option<Moment>);

fn notice((id, subscription_id, (news, counted), kind, record, title, what, at, read_at): Row) -> Option<Notice> {
    Some(Notice { id, subscription_id, news, counted, record: Record::named(&kind, record)?, title, what, at, read_at })
}

/// What is neither read nor told, and will be.
macro_rules! waiting {
    () => {
        notices::table.filter(notices::mail_key.is_null()).filter(notices::read_at.is_null()).filter(notices::due_at.is_not_null())
    };
}

pub fn insert(conn: &mut Conn, new: &[New]) -> Result<()> {
    for some in new.chunks(500) {
        let rows: Vec<_> = some
            .iter()
            .map(|one| {
                (
                    (notices::id.eq(&one.id), notices::owner.eq(&one.owner), notices::subscription_id.eq(&one.subscription_id)),
                    (notices::news.eq(one.news), notices::record_kind.eq(one.record.kind), notices::record_id.eq(&one.record.id)),
                    (notices::title.eq(&one.title), notices::what.eq(&one.what), notices::is_new.eq(one.is_new)),
                    (notices::counted.eq(one.counted), notices::at.eq(one.at), notices::due_at.eq(one.due_at)),
                )
            })
            .collect();
        on_either!(conn, |conn| diesel::insert_into(notices::table).values(&rows).on_conflict_do_nothing().execute(conn))?;
    }
    Ok(())
}

/// What a subscription has not told yet.
#[derive(Clone, Debug)]
pub struct Waiting {
    pub id: NoticeId,
    pub subscription_id: SubscriptionId,
    pub record: Record,
    pub counted: Option<i64>,
    pub at: Moment,
}

type WaitingRow = (NoticeId, Option<SubscriptionId>, String, String, Option<i64>, Moment);

/// What these subscriptions have not told yet of records that are named so.
pub fn waiting(conn: &mut Conn, by: &[&SubscriptionId], records: &[&str]) -> Result<Vec<Waiting>> {
    let mut found = Vec::new();
    for some in records.chunks(500) {
        let waiting = waiting!().filter(notices::record_id.eq_any(some.to_vec())).filter(notices::subscription_id.eq_any(by.to_vec()));
        let columns = (notices::id, notices::subscription_id, notices::record_kind, notices::record_id, notices::counted, notices::at);
        let rows: Vec<WaitingRow> = waiting.select(columns).load(conn)?;
        found.extend(rows.into_iter().filter_map(|(id, subscription_id, kind, record, counted, at)| {
            Some(Waiting { id, subscription_id: subscription_id?, record: Record::named(&kind, record)?, counted, at })
        }));
    }
    Ok(found)
}

/// These pending notices tell the latest version of their record; answers those that were still pending.
pub fn renew(conn: &mut Conn, ids: &[NoticeId], version: &Version, title: &str, what: &str) -> Result<HashSet<NoticeId>> {
    let mut renewed = HashSet::new();
    for some in ids.chunks(500) {
        let set = (notices::news.eq(version.number), notices::title.eq(title), notices::at.eq(version.at));
        let kept = diesel::update(waiting!().filter(notices::id.eq_any(some))).set(set).returning(notices::id);
        renewed.extend(on_either!(conn, |conn| kept.get_results::<NoticeId>(conn))?);
        // What is new to somebody stays so until they are told.
        let known = waiting!().filter(notices::id.eq_any(some)).filter(notices::is_new.eq(false));
        diesel::update(known).set((notices::what.eq(what), notices::is_new.eq(version.is_new))).execute(conn)?;
    }
    Ok(renewed)
}

/// A pending notice that counts versions counts more of them; false when it was told meanwhile.
pub fn count_more(conn: &mut Conn, id: &NoticeId, counted: i64, last: i64, what: &str) -> Result<bool> {
    let set = (notices::counted.eq(counted), notices::news.eq(last), notices::what.eq(what));
    Ok(diesel::update(waiting!().filter(notices::id.eq(id))).set(set).execute(conn)? == 1)
}

/// Deletes pending notices: what they tell is no longer found by their subscription.
pub fn drop_waiting(conn: &mut Conn, ids: &[NoticeId]) -> Result<()> {
    for some in ids.chunks(500) {
        diesel::delete(waiting!().filter(notices::id.eq_any(some))).execute(conn)?;
    }
    Ok(())
}

/// Of these versions, those that a mail has told somebody, or that they have read: by another of their subscriptions.
pub fn told(conn: &mut Conn, owner: &str, numbers: &[i64]) -> Result<HashSet<i64>> {
    let mut told = HashSet::new();
    for some in numbers.chunks(500) {
        let known = notices::table.filter(notices::owner.eq(owner)).filter(notices::news.eq_any(some)).filter(notices::counted.is_null());
        let known = known.filter(notices::mail_key.is_not_null().or(notices::read_at.is_not_null()));
        told.extend(known.select(notices::news).load::<Option<i64>>(conn)?.into_iter().flatten());
    }
    Ok(told)
}

/// The pending notices of a subscription are due at another time.
pub fn set_due(conn: &mut Conn, by: &SubscriptionId, due_at: Moment) -> Result<()> {
    let waiting = notices::table.filter(notices::subscription_id.eq(by)).filter(notices::mail_key.is_null()).filter(notices::due_at.is_not_null());
    diesel::update(waiting).set(notices::due_at.eq(due_at)).execute(conn)?;
    Ok(())
}

/// A clock that is set back delays nothing: what was made later than this from now is due.
const CLOCK_SLACK_SECONDS: i64 = 60;

macro_rules! due {
    ($now:expr) => {
        notices::table
            .filter(notices::mail_key.is_null())
            .filter(notices::read_at.is_null())
            .filter(notices::due_at.le($now).or(notices::due_at.is_not_null().and(notices::at.gt($now.plus_seconds(CLOCK_SLACK_SECONDS)))))
    };
}

/// Owners for whom a digest is due.
pub fn due_owners(conn: &mut Conn, now: Moment, most: i64) -> Result<Vec<String>> {
    Ok(due!(now).select(notices::owner).distinct().order(notices::owner).limit(most).load(conn)?)
}

/// What is due to somebody, the oldest first.
pub fn due_of(conn: &mut Conn, owner: &str, now: Moment) -> Result<Vec<Notice>> {
    let due = due!(now).filter(notices::owner.eq(owner));
    Ok(due.order((notices::at, notices::id)).select(columns!()).load::<Row>(conn)?.into_iter().filter_map(notice).collect())
}

/// Pending notices, due later, of records that a digest tells now.
pub fn mailed_with(conn: &mut Conn, owner: &str, records: &[Record]) -> Result<Vec<NoticeId>> {
    let ids: Vec<&str> = records.iter().map(|record| record.id.as_str()).collect();
    let mut found = Vec::new();
    for some in ids.chunks(500) {
        let waiting = notices::table
            .filter(notices::owner.eq(owner))
            .filter(notices::record_id.eq_any(some))
            .filter(notices::mail_key.is_null())
            .filter(notices::read_at.is_null())
            .filter(notices::due_at.is_not_null());
        let rows: Vec<(NoticeId, String, String)> = waiting.select((notices::id, notices::record_kind, notices::record_id)).load(conn)?;
        let is_told = |kind: &str, id: &str| records.iter().any(|record| record.kind == kind && record.id == id);
        found.extend(rows.into_iter().filter(|(_, kind, id)| is_told(kind, id)).map(|(id, _, _)| id));
    }
    Ok(found)
}

/// Gives notices to a mail; without one, takes them out of all digests. Answers how many nobody else had taken.
pub fn claim(conn: &mut Conn, ids: &[NoticeId], mail_key: Option<&str>) -> Result<usize> {
    let mut claimed = 0;
    for some in ids.chunks(500) {
        let free = notices::table.filter(notices::id.eq_any(some)).filter(notices::mail_key.is_null());
        claimed += match mail_key {
            Some(key) => diesel::update(free).set(notices::mail_key.eq(key)).execute(conn)?,
            None => diesel::update(free).set(notices::due_at.eq(None::<Moment>)).execute(conn)?,
        };
    }
    Ok(claimed)
}

/// What a mail tells.
pub fn of_mail(conn: &mut Conn, mail_key: &str) -> Result<Vec<Notice>> {
    let rows = notices::table.filter(notices::mail_key.eq(mail_key)).order((notices::at, notices::id));
    Ok(rows.select(columns!()).load::<Row>(conn)?.into_iter().filter_map(notice).collect())
}

/// Whose mail it is.
pub fn owner_of_mail(conn: &mut Conn, mail_key: &str) -> Result<Option<Owner>> {
    let owner: Option<String> = notices::table.filter(notices::mail_key.eq(mail_key)).select(notices::owner).first(conn).optional()?;
    Ok(owner.map(|owner| Owner::parse(&owner)))
}

/// The mails that tell of these subscriptions.
pub fn mails_of(conn: &mut Conn, by: &[SubscriptionId]) -> Result<Vec<String>> {
    let told = notices::table.filter(notices::subscription_id.eq_any(by)).filter(notices::mail_key.is_not_null());
    let keys: Vec<Option<String>> = told.select(notices::mail_key).distinct().load(conn)?;
    Ok(keys.into_iter().flatten().collect())
}

/// The notices of a mail that never left are pending again.
pub fn put_back(conn: &mut Conn, mail_key: &str) -> Result<usize> {
    Ok(diesel::update(notices::table.filter(notices::mail_key.eq(mail_key))).set(notices::mail_key.eq(None::<String>)).execute(conn)?)
}

/// How many somebody has not read.
pub fn unread(conn: &mut Conn, owner: &Owner) -> Result<i64> {
    Ok(notices::table.filter(notices::owner.eq(owner.as_str())).filter(notices::read_at.is_null()).count().get_result(conn)?)
}

/// How much of it is about a record.
pub fn unread_of(conn: &mut Conn, owner: &Owner, record: &Record) -> Result<i64> {
    let unread = notices::table.filter(notices::owner.eq(owner.as_str())).filter(notices::read_at.is_null());
    let found = unread.filter(notices::record_kind.eq(record.kind)).filter(notices::record_id.eq(&record.id));
    Ok(found.count().get_result(conn)?)
}

/// The latest, those that are not read first.
pub fn latest(conn: &mut Conn, owner: &Owner, only_unread: bool, most: i64) -> Result<Vec<Notice>> {
    let mut rows = notices::table.filter(notices::owner.eq(owner.as_str())).into_boxed();
    if only_unread {
        rows = rows.filter(notices::read_at.is_null());
    }
    let rows = rows.order((notices::read_at.is_not_null(), notices::at.desc(), notices::id.desc())).limit(most);
    Ok(rows.select(columns!()).load::<Row>(conn)?.into_iter().filter_map(notice).collect())
}

/// Reads what is told of a record, or all.
pub fn mark_read(conn: &mut Conn, owner: &Owner, record: Option<&Record>, now: Moment) -> Result<()> {
    let unread = notices::table.filter(notices::owner.eq(owner.as_str())).filter(notices::read_at.is_null());
    match record {
        Some(record) => {
            let of_record = unread.filter(notices::record_kind.eq(record.kind)).filter(notices::record_id.eq(&record.id));
            diesel::update(of_record).set(notices::read_at.eq(now)).execute(conn)?
        }
        None => diesel::update(unread).set(notices::read_at.eq(now)).execute(conn)?,
    };
    Ok(())
}

pub fn mark_one_read(conn: &mut Conn, owner: &Owner, id: &NoticeId, now: Moment) -> Result<()> {
    let own = notices::table.filter(notices::id.eq(id)).filter(notices::owner.eq(owner.as_str())).filter(notices::read_at.is_null());
    diesel::update(own).set(notices::read_at.eq(now)).execute(conn)?;
    Ok(())
}

pub fn purge(conn: &mut Conn, before: Moment) -> Result<usize> {
    Ok(diesel::delete(notices::table.filter(notices::at.lt(before))).execute(conn)?)
}
