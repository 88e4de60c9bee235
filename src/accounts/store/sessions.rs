//! The SQL of sessions, API tokens, sign-ins and throttles: hashes of secrets only.

use diesel::prelude::*;

use crate::accounts::model::{Account, AccountStage, ApiToken, WebSession};
use crate::accounts::sign_in::{Origin, hashed};
use crate::db::Conn;
use crate::db::schema::{accounts, api_tokens, sign_ins, throttles, web_sessions};
use crate::error::{Error, Result};
use crate::kernel::ids::AccountId;
use crate::kernel::{Chance, Moment, ids};

/// A session that nobody uses for so long is over.
const SESSION_IDLE_DAYS: i64 = 7;
const SESSION_DAYS: i64 = 30;
/// `seen_at` is written at most this often, so that reading pages does not write.
const SEEN_EVERY_SECONDS: i64 = 300;
/// Failures within a window before the next try has to wait: for one account from one address, and for one address.
const TRIES_PER_PAIR: i32 = 5;
const TRIES_PER_ADDRESS: i32 = 50;
const WINDOW_SECONDS: i64 = 300;

/// So many within so many seconds of the last.
#[derive(Clone, Copy, Debug)]
pub struct Limit {
    pub most: i32,
    pub seconds: i64,
}

impl Limit {
    /// What anyone may ask for (a link), from one place.
    pub const REQUESTS: Limit = Limit { most: TRIES_PER_PAIR, seconds: WINDOW_SECONDS };
}

/// Keeps the trace of a try to sign in.
pub fn insert_sign_in(conn: &mut Conn, id: Option<&AccountId>, origin: &Origin, outcome: &str, now: Moment, chance: &Chance) -> Result<()> {
    let row = (
        sign_ins::id.eq(ids::new(now, chance)),
        sign_ins::account_id.eq(id),
        sign_ins::at.eq(now),
        sign_ins::address.eq(&origin.address),
        sign_ins::outcome.eq(outcome),
    );
    diesel::insert_into(sign_ins::table).values(row).execute(conn)?;
    Ok(())
}

/// Refuses while one of the keys has failed too often in its window.
pub fn wait_of(conn: &mut Conn, keys: &[String; 2], now: Moment) -> Result<()> {
    keys.iter().zip([TRIES_PER_PAIR, TRIES_PER_ADDRESS]).try_for_each(|(key, most)| wait(conn, key, most, now))
}

fn wait(conn: &mut Conn, key: &str, most: i32, now: Moment) -> Result<()> {
    let found: Option<(i32, Moment)> = throttles::table.find(key).select((throttles::failures, throttles::until)).first(conn).optional()?;
    match found.filter(|(failures, until)| *failures >= most && *until > now) {
        Some((_, until)) => Err(Error::Throttled { seconds: until.seconds_since(now).max(1) }),
        None => Ok(()),
    }
}

pub fn count_failure(conn: &mut Conn, key: &str, now: Moment) -> Result<()> {
    count(conn, key, now.plus_seconds(WINDOW_SECONDS), now)
}

fn count(conn: &mut Conn, key: &str, until: Moment, now: Moment) -> Result<()> {
    let found: Option<(i32, Moment)> = throttles::table.find(key).select((throttles::failures, throttles::until)).first(conn).optional()?;
    match found {
        None => {
            let row = (throttles::key.eq(key), throttles::failures.eq(1), throttles::until.eq(until));
            crate::db::on_either!(conn, |conn| diesel::insert_into(throttles::table).values(row).on_conflict_do_nothing().execute(conn))?;
        }
        Some((failures, end)) => {
            let failures = if end > now { failures + 1 } else { 1 };
            diesel::update(throttles::table.find(key)).set((throttles::failures.eq(failures), throttles::until.eq(until))).execute(conn)?;
        }
    }
    Ok(())
}

/// Counts one request of a kind (a reset link) that comes from somewhere, or is about somebody; refuses when there are too many.
pub fn throttle(conn: &mut Conn, kind: &str, whose: &str, limit: Limit, now: Moment) -> Result<()> {
    let key = format!("{kind}:{whose}");
    wait(conn, &key, limit.most, now)?;
    count(conn, &key, now.plus_seconds(limit.seconds), now)
}

/// Opens a session for an account whose identity has been proved.
pub fn open_session(conn: &mut Conn, hash: &str, id: &AccountId, origin: &Origin, now: Moment, chance: &Chance) -> Result<()> {
    let row = (
        web_sessions::id.eq(ids::new(now, chance)),
        web_sessions::token_hash.eq(hash),
        web_sessions::account_id.eq(id),
        web_sessions::address.eq(&origin.address),
        web_sessions::agent.eq(origin.agent.chars().take(200).collect::<String>()),
        web_sessions::created_at.eq(now),
        web_sessions::seen_at.eq(now),
    );
    diesel::insert_into(web_sessions::table).values(row).execute(conn)?;
    Ok(())
}

/// The account of a session's secret, and whether its `seen_at` is due for an update.
pub fn account_of_session(conn: &mut Conn, secret: &str, now: Moment) -> Result<Option<(Account, bool)>> {
    let found: Option<(AccountId, Moment)> = web_sessions::table
        .inner_join(accounts::table)
        .filter(web_sessions::token_hash.eq(hashed(secret)))
        .filter(web_sessions::ended_at.is_null())
        .filter(web_sessions::seen_at.gt(now.plus_days(-SESSION_IDLE_DAYS)))
        .filter(web_sessions::created_at.gt(now.plus_days(-SESSION_DAYS)))
        .filter(accounts::stage.eq(AccountStage::Active))
        .select((web_sessions::account_id, web_sessions::seen_at))
        .first(conn)
        .optional()?;
    let Some((id, seen_at)) = found else { return Ok(None) };
    Ok(Some((super::find(conn, &id)?, now.seconds_since(seen_at) > SEEN_EVERY_SECONDS)))
}

pub fn seen(conn: &mut Conn, secret: &str, now: Moment) -> Result<()> {
    diesel::update(web_sessions::table.filter(web_sessions::token_hash.eq(hashed(secret)))).set(web_sessions::seen_at.eq(now)).execute(conn)?;
    Ok(())
}

pub fn end_session(conn: &mut Conn, secret: &str, now: Moment) -> Result<()> {
    let live = web_sessions::table.filter(web_sessions::token_hash.eq(hashed(secret))).filter(web_sessions::ended_at.is_null());
    diesel::update(live).set(web_sessions::ended_at.eq(now)).execute(conn)?;
    Ok(())
}

/// Ends one of an account's sessions by its id, or all but the one of `keep`.
pub fn end_sessions(conn: &mut Conn, account: &AccountId, only: Option<&str>, keep: Option<&str>, now: Moment) -> Result<usize> {
    let mut live =
        diesel::update(web_sessions::table).filter(web_sessions::account_id.eq(account)).filter(web_sessions::ended_at.is_null()).into_boxed();
    if let Some(id) = only {
        live = live.filter(web_sessions::id.eq(id.to_owned()));
    }
    if let Some(secret) = keep {
        live = live.filter(web_sessions::token_hash.ne(hashed(secret)));
    }
    Ok(live.set(web_sessions::ended_at.eq(now)).execute(conn)?)
}

/// The open sessions of an account, the latest first.
pub fn sessions(conn: &mut Conn, account: &AccountId, current: &str) -> Result<Vec<WebSession>> {
    type Row = (String, String, String, String, Moment, Moment);
    let rows: Vec<Row> = web_sessions::table
        .filter(web_sessions::account_id.eq(account))
        .filter(web_sessions::ended_at.is_null())
        .select((
            web_sessions::id,
            web_sessions::token_hash,
            web_sessions::address,
            web_sessions::agent,
            web_sessions::created_at,
            web_sessions::seen_at,
        ))
        .order((web_sessions::seen_at.desc(), web_sessions::id))
        .load(conn)?;
    let current = hashed(current);
    Ok(rows
        .into_iter()
        .map(|(id, hash, address, agent, created_at, seen_at)| WebSession { id, address, agent, created_at, seen_at, current: hash == current })
        .collect())
}

/// Makes an API token and answers its id and its secret, shown once.
pub fn add_token(conn: &mut Conn, account: &AccountId, label: &str, now: Moment, chance: &Chance) -> Result<(String, String)> {
    let label = crate::kernel::text::clean(label);
    if label.is_empty() || label.chars().count() > 100 {
        return Err(Error::field("label", "Dites en quelques mots à quoi sert ce jeton (100 caractères au plus)."));
    }
    let (id, secret) = (ids::new(now, chance), format!("tdu_{}", chance.secret()));
    let row = (
        api_tokens::id.eq(&id),
        api_tokens::token_hash.eq(hashed(&secret)),
        api_tokens::account_id.eq(account),
        api_tokens::label.eq(label),
        api_tokens::created_at.eq(now),
    );
    diesel::insert_into(api_tokens::table).values(row).execute(conn)?;
    Ok((id, secret))
}

/// The account of a token that is not revoked, and whether its `used_at` is due for an update.
pub fn account_of_token(conn: &mut Conn, secret: &str, now: Moment) -> Result<Option<(Account, bool)>> {
    let found: Option<(AccountId, Option<Moment>)> = api_tokens::table
        .inner_join(accounts::table)
        .filter(api_tokens::token_hash.eq(hashed(secret)))
        .filter(api_tokens::revoked_at.is_null())
        .filter(accounts::stage.eq(AccountStage::Active))
        .select((api_tokens::account_id, api_tokens::used_at))
        .first(conn)
        .optional()?;
    let Some((id, used_at)) = found else { return Ok(None) };
    let due = used_at.is_none_or(|used_at| now.seconds_since(used_at) > SEEN_EVERY_SECONDS);
    Ok(Some((super::find(conn, &id)?, due)))
}

pub fn token_used(conn: &mut Conn, secret: &str, now: Moment) -> Result<()> {
    diesel::update(api_tokens::table.filter(api_tokens::token_hash.eq(hashed(secret)))).set(api_tokens::used_at.eq(now)).execute(conn)?;
    Ok(())
}

/// The tokens in use, of one account or of all.
pub fn tokens(conn: &mut Conn, account: Option<&AccountId>) -> Result<Vec<ApiToken>> {
    let mut query = api_tokens::table.inner_join(accounts::table).filter(api_tokens::revoked_at.is_null()).into_boxed();
    if let Some(account) = account {
        query = query.filter(api_tokens::account_id.eq(account));
    }
    let rows: Vec<(String, String, String, Moment, Option<Moment>)> = query
        .select((api_tokens::id, api_tokens::label, accounts::email, api_tokens::created_at, api_tokens::used_at))
        .order((api_tokens::created_at, api_tokens::id))
        .load(conn)?;
    Ok(rows.into_iter().map(|(id, label, owner, created_at, used_at)| ApiToken { id, label, owner, created_at, used_at }).collect())
}

/// Revokes a token: one's own, or anyone's for `account` None.
pub fn revoke_token(conn: &mut Conn, id: &str, account: Option<&AccountId>, now: Moment) -> Result<()> {
    let mut live = diesel::update(api_tokens::table).filter(api_tokens::id.eq(id.to_owned())).filter(api_tokens::revoked_at.is_null()).into_boxed();
    if let Some(account) = account {
        live = live.filter(api_tokens::account_id.eq(account));
    }
    if live.set(api_tokens::revoked_at.eq(now)).execute(conn)? == 1 { Ok(()) } else { Err(Error::NotFound) }
}

/// Removes what is kept no longer: sign-ins of a year, ended sessions of 30 days, spent throttles. Answers how many of each.
pub fn purge(conn: &mut Conn, now: Moment) -> Result<[usize; 3]> {
    let old = now.plus_days(-30);
    Ok([
        diesel::delete(sign_ins::table.filter(sign_ins::at.lt(now.plus_days(-365)))).execute(conn)?,
        diesel::delete(web_sessions::table.filter(web_sessions::ended_at.lt(old).or(web_sessions::seen_at.lt(old)))).execute(conn)?,
        diesel::delete(throttles::table.filter(throttles::until.lt(now))).execute(conn)?,
    ])
}

/// A success forgives what the same person failed before.
pub fn forgive(conn: &mut Conn, key: &str) -> Result<()> {
    diesel::delete(throttles::table.find(key)).execute(conn)?;
    Ok(())
}
