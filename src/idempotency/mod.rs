//! A creation that is asked for twice under one key happens once: the first answer is kept in its own transaction, and given again.

mod store;

use serde_json::Value;

use crate::db::Conn;
use crate::error::{Error, Result};
use crate::kernel::Moment;

/// How long an answer is kept.
const KEPT_DAYS: i64 = 2;

/// What the caller names its request by, and what the request was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    pub account: String,
    pub key: String,
    /// Of method, path and body.
    pub request_hash: String,
}

/// What was answered, and whether it was answered before.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    pub body: Value,
    pub is_replayed: bool,
}

/// Carries out `work` unless the same request was carried out under this key; another request under it is refused.
///
/// The key is taken before the work: of two at the same moment, one waits for the other, then reads its answer.
pub fn once(conn: &mut Conn, key: Option<&Key>, now: Moment, work: impl FnOnce(&mut Conn) -> Result<Value>) -> Result<Answer> {
    let Some(key) = key else { return Ok(Answer { body: work(conn)?, is_replayed: false }) };
    store::forget(conn, key, now.plus_days(-KEPT_DAYS))?;
    if store::take(conn, key, now)? {
        let body = work(conn)?;
        store::keep(conn, key, &body.to_string())?;
        return Ok(Answer { body, is_replayed: false });
    }
    let (request_hash, body) = store::kept(conn, key)?;
    if request_hash != key.request_hash {
        return Err(Error::field("Idempotency-Key", "Cette clé a déjà servi pour une autre demande : choisissez-en une nouvelle."));
    }
    let body = serde_json::from_str(&body).map_err(|error| Error::Internal(error.to_string()))?;
    Ok(Answer { body, is_replayed: true })
}
