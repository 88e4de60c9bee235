//! The SQL of subscriptions and of those who follow without an account.

use std::collections::{HashMap, HashSet};

use diesel::prelude::*;

use super::{Follows, Owner, Rhythm, Subscription, Target};
use crate::db::schema::{subscribers, subscriptions};
use crate::db::{Conn, on_either};
use crate::error::Result;
use crate::events::Record;
use crate::kernel::Moment;
use crate::kernel::ids::SubscriptionId;

macro_rules! columns {
    () => {
        (
            subscriptions::id,
            subscriptions::owner,
            subscriptions::target,
            (subscriptions::record_kind, subscriptions::record_id, subscriptions::search),
            subscriptions::rhythm,
            subscriptions::cursor,
            subscriptions::problem,
            subscriptions::confirmed_at,
            subscriptions::created_at,
        )
    };
}

type Row = (SubscriptionId, String, String, (String, String, String), Rhythm, i64, Option<String>, Option<Moment>, Moment);

fn subscription((id, owner, target, (kind, record, search), rhythm, cursor, problem, confirmed_at, created_at): Row) -> Option<Subscription> {
    let target = if target == Follows::Search.as_str() { Target::Search(search) } else { Target::Record(Record::named(&kind, record)?) };
    Some(Subscription { id, owner: Owner::parse(&owner), target, rhythm, cursor, problem, confirmed_at, created_at })
}

fn columns_of(target: &Target) -> (&'static str, &str, &str, &str) {
    match target {
        Target::Record(record) => (Follows::Record.as_str(), record.kind, &record.id, ""),
        Target::Search(search) => (Follows::Search.as_str(), "", "", search),
    }
}

pub fn target(conn: &mut Conn, id: &SubscriptionId) -> Result<Option<Target>> {
    Ok(subscriptions::table.find(id).select(columns!()).first::<Row>(conn).optional()?.and_then(subscription).map(|one| one.target))
}

/// Adds it, unless its owner follows that already.
pub fn insert(conn: &mut Conn, new: &Subscription) -> Result<bool> {
    let (target, kind, id, search) = columns_of(&new.target);
    let row = (
        (subscriptions::id.eq(&new.id), subscriptions::owner.eq(new.owner.as_str()), subscriptions::account_id.eq(new.owner.account())),
        (subscriptions::target.eq(target), subscriptions::record_kind.eq(kind), subscriptions::record_id.eq(id), subscriptions::search.eq(search)),
        (subscriptions::rhythm.eq(new.rhythm), subscriptions::cursor.eq(new.cursor)),
        (subscriptions::confirmed_at.eq(new.confirmed_at), subscriptions::created_at.eq(new.created_at)),
    );
    Ok(on_either!(conn, |conn| diesel::insert_into(subscriptions::table).values(row).on_conflict_do_nothing().execute(conn))? == 1)
}

/// The owner's subscription to this target.
pub fn find(conn: &mut Conn, owner: &Owner, target: &Target) -> Result<Option<Subscription>> {
    let (target, kind, id, search) = columns_of(target);
    let found = subscriptions::table.filter(subscriptions::owner.eq(owner.as_str())).filter(subscriptions::target.eq(target));
    let found = found.filter(subscriptions::record_kind.eq(kind)).filter(subscriptions::record_id.eq(id)).filter(subscriptions::search.eq(search));
    Ok(found.select(columns!()).first::<Row>(conn).optional()?.and_then(subscription))
}

/// What an owner follows, the last first.
pub fn of(conn: &mut Conn, owner: &Owner) -> Result<Vec<Subscription>> {
    let rows =
        subscriptions::table.filter(subscriptions::owner.eq(owner.as_str())).order((subscriptions::created_at.desc(), subscriptions::id.desc()));
    Ok(rows.select(columns!()).load::<Row>(conn)?.into_iter().filter_map(subscription).collect())
}

pub fn count(conn: &mut Conn, owner: &Owner) -> Result<i64> {
    Ok(subscriptions::table.filter(subscriptions::owner.eq(owner.as_str())).count().get_result(conn)?)
}

pub fn set_rhythm(conn: &mut Conn, owner: &Owner, id: &SubscriptionId, rhythm: Rhythm) -> Result<bool> {
    let own = subscriptions::table.filter(subscriptions::id.eq(id)).filter(subscriptions::owner.eq(owner.as_str()));
    Ok(diesel::update(own).set(subscriptions::rhythm.eq(rhythm)).execute(conn)? == 1)
}

/// Those of these that were asked `since`.
pub fn confirm(conn: &mut Conn, owner: &Owner, ids: &[SubscriptionId], since: Moment, now: Moment) -> Result<usize> {
    let waiting = subscriptions::table.filter(subscriptions::owner.eq(owner.as_str())).filter(subscriptions::confirmed_at.is_null());
    let waiting = waiting.filter(subscriptions::id.eq_any(ids)).filter(subscriptions::created_at.gt(since));
    Ok(diesel::update(waiting).set(subscriptions::confirmed_at.eq(now)).execute(conn)?)
}

/// What waits to be confirmed waits again from now on, and as it is asked now.
pub fn ask_again(conn: &mut Conn, id: &SubscriptionId, rhythm: Rhythm, now: Moment) -> Result<()> {
    let set = (subscriptions::rhythm.eq(rhythm), subscriptions::created_at.eq(now));
    diesel::update(subscriptions::table.find(id)).set(set).execute(conn)?;
    Ok(())
}

pub fn remove(conn: &mut Conn, owner: &Owner, id: &SubscriptionId) -> Result<bool> {
    let own = subscriptions::table.filter(subscriptions::id.eq(id)).filter(subscriptions::owner.eq(owner.as_str()));
    Ok(diesel::delete(own).execute(conn)? == 1)
}

pub fn remove_all(conn: &mut Conn, owner: &Owner) -> Result<usize> {
    Ok(diesel::delete(subscriptions::table.filter(subscriptions::owner.eq(owner.as_str()))).execute(conn)?)
}

/// Hands the followers of a record over to another; who follows both already keeps one.
pub fn relink(conn: &mut Conn, gone: &Record, kept: &Record) -> Result<()> {
    let of = |record: &Record| {
        subscriptions::table
            .filter(subscriptions::target.eq(Follows::Record.as_str()))
            .filter(subscriptions::record_kind.eq(record.kind))
            .filter(subscriptions::record_id.eq(record.id.clone()))
    };
    let already: Vec<String> = of(kept).select(subscriptions::owner).load(conn)?;
    let twice: Vec<SubscriptionId> = of(gone).filter(subscriptions::owner.eq_any(&already)).select(subscriptions::id).load(conn)?;
    diesel::delete(subscriptions::table.filter(subscriptions::id.eq_any(&twice))).execute(conn)?;
    diesel::update(of(gone)).set(subscriptions::record_id.eq(&kept.id)).execute(conn)?;
    Ok(())
}

/// Of those that follow a record, or a search, those that were told the least, which is less than `last`: some that share one cursor.
pub fn behind(conn: &mut Conn, follows: Follows, last: i64, most: i64) -> Result<Vec<Subscription>> {
    let live = || {
        let of_target = subscriptions::table.filter(subscriptions::target.eq(follows.as_str()));
        of_target.filter(subscriptions::confirmed_at.is_not_null()).filter(subscriptions::problem.is_null())
    };
    let Some(cursor) = live().select(diesel::dsl::min(subscriptions::cursor)).first::<Option<i64>>(conn)?.filter(|cursor| *cursor < last) else {
        return Ok(Vec::new());
    };
    let rows = live().filter(subscriptions::cursor.eq(cursor)).order(subscriptions::id).limit(most);
    Ok(rows.select(columns!()).load::<Row>(conn)?.into_iter().filter_map(subscription).collect())
}

/// The searches that accounts follow and that name a theme, by owner.
pub fn searches(conn: &mut Conn) -> Result<Vec<(String, String)>> {
    let followed = subscriptions::table.filter(subscriptions::account_id.is_not_null()).filter(subscriptions::search.like("%theme=%"));
    Ok(followed.select((subscriptions::owner, subscriptions::search)).load(conn)?)
}

/// Those whose search named what was gone.
pub fn stuck(conn: &mut Conn) -> Result<Vec<Subscription>> {
    let rows = subscriptions::table.filter(subscriptions::problem.is_not_null()).order(subscriptions::id);
    Ok(rows.select(columns!()).load::<Row>(conn)?.into_iter().filter_map(subscription).collect())
}

pub fn set_problem(conn: &mut Conn, id: &SubscriptionId, problem: Option<&str>) -> Result<()> {
    diesel::update(subscriptions::table.find(id)).set(subscriptions::problem.eq(problem)).execute(conn)?;
    Ok(())
}

/// How far each of these subscriptions was told.
pub fn cursors(conn: &mut Conn, ids: &[SubscriptionId]) -> Result<HashMap<SubscriptionId, i64>> {
    let mut found = HashMap::new();
    for some in ids.chunks(500) {
        let rows = subscriptions::table.filter(subscriptions::id.eq_any(some)).select((subscriptions::id, subscriptions::cursor));
        found.extend(rows.load::<(SubscriptionId, i64)>(conn)?);
    }
    Ok(found)
}

/// Moves cursors that nobody else has; answers whose.
pub fn advance(conn: &mut Conn, ids: &[&SubscriptionId], from: i64, to: i64) -> Result<HashSet<SubscriptionId>> {
    let still = subscriptions::table.filter(subscriptions::id.eq_any(ids.to_vec())).filter(subscriptions::cursor.eq(from));
    let moved = diesel::update(still).set(subscriptions::cursor.eq(to)).returning(subscriptions::id);
    let moved: Vec<SubscriptionId> = on_either!(conn, |conn| moved.get_results(conn))?;
    Ok(moved.into_iter().collect())
}

/// The least that any subscription was told, those that wait for their address included.
pub fn least(conn: &mut Conn) -> Result<Option<i64>> {
    Ok(subscriptions::table.select(diesel::dsl::min(subscriptions::cursor)).first(conn)?)
}

/// Somebody who follows without an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subscriber {
    pub owner: String,
    pub email: String,
    pub secret: String,
}

type SubscriberRow = (String, String, String);

fn subscriber((owner, email, secret): SubscriberRow) -> Subscriber {
    Subscriber { owner, email, secret }
}

pub fn subscriber_of(conn: &mut Conn, owner: &str) -> Result<Option<Subscriber>> {
    let columns = (subscribers::owner, subscribers::email, subscribers::secret);
    Ok(subscribers::table.find(owner).select(columns).first::<SubscriberRow>(conn).optional()?.map(subscriber))
}

pub fn subscriber_with(conn: &mut Conn, secret: &str) -> Result<Option<Subscriber>> {
    let columns = (subscribers::owner, subscribers::email, subscribers::secret);
    Ok(subscribers::table.filter(subscribers::secret.eq(secret)).select(columns).first::<SubscriberRow>(conn).optional()?.map(subscriber))
}

pub fn find_or_add_subscriber(conn: &mut Conn, owner: &str, email: &str, secret: &str, now: Moment) -> Result<Subscriber> {
    let row = (subscribers::owner.eq(owner), subscribers::email.eq(email), subscribers::secret.eq(secret), subscribers::created_at.eq(now));
    on_either!(conn, |conn| diesel::insert_into(subscribers::table).values(row).on_conflict_do_nothing().execute(conn))?;
    let columns = (subscribers::owner, subscribers::email, subscribers::secret);
    Ok(subscriber(subscribers::table.find(owner).select(columns).first(conn)?))
}

/// Forgets what was never confirmed, what these addresses without an account follow, and those who follow nothing any more.
pub fn purge(conn: &mut Conn, before: Moment, gone: &[String]) -> Result<usize> {
    let unconfirmed = subscriptions::table.filter(subscriptions::confirmed_at.is_null()).filter(subscriptions::created_at.lt(before));
    let mut removed = diesel::delete(unconfirmed).execute(conn)?;
    for some in gone.chunks(500) {
        let theirs = subscriptions::table.filter(subscriptions::account_id.is_null()).filter(subscriptions::owner.eq_any(some));
        removed += diesel::delete(theirs).execute(conn)?;
    }
    let owners = subscriptions::table.filter(subscriptions::account_id.is_null()).select(subscriptions::owner);
    let followers: Vec<String> = owners.distinct().load(conn)?;
    let idle = subscribers::table.filter(subscribers::created_at.lt(before)).select(subscribers::owner);
    for owner in idle.load::<String>(conn)?.iter().filter(|owner| !followers.contains(owner)) {
        diesel::delete(subscribers::table.find(owner)).execute(conn)?;
    }
    Ok(removed)
}
