//! History: what a record said at each of its versions, who wrote it, when and why. Whichever its kind.
//!
//! A slice keeps a version in the very function that writes the row ([`keep`]), so that none is forgotten; it says its fields in French
//! ([`diff::Field`]) and lends its trail, and [`pages`] shows the list, two versions compared, and one that may be restored. Restoring is
//! the slice's own use-case: an old text goes through the rules of any change, and makes a new version.
//!
//! Versions live as long as their record: what deletes a record calls [`forget`].

pub mod diff;
pub mod pages;
mod store;

use serde::Serialize;
use serde_json::Value;

use crate::accounts::model::By;
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::events::{Event, Record};
use crate::kernel::ids::AccountId;
use crate::kernel::{Listing, Moment, Page};

/// A record keeps so many versions: past that, the oldest but the first make room.
pub const MOST_KEPT: i64 = 500;

/// Except for these, which its page tells whatever their age.
const LASTING: [&str; 1] = ["sheet_decided"];

/// One version, without what it says.
#[derive(Clone, Debug, PartialEq)]
pub struct Version {
    pub number: i32,
    pub at: Moment,
    pub actor_id: Option<AccountId>,
    pub actor: String,
    /// What happened, as the journal names it.
    pub event: String,
    /// What was said of why; empty when nothing was.
    pub reason: String,
    pub detail: Value,
}

impl Version {
    /// The names of the fields that it changed, where its event tells them.
    pub fn changed(&self) -> Vec<&str> {
        self.detail["changed"].as_array().into_iter().flatten().filter_map(Value::as_str).collect()
    }
}

/// What makes a version: an event as the journal has it, and its reason.
#[derive(Clone, Debug, PartialEq)]
pub struct Cause {
    event: &'static str,
    reason: String,
    detail: Value,
}

impl Cause {
    pub fn new(event: &'static str, reason: &str, detail: Value) -> Self {
        Self { event, reason: reason.to_owned(), detail }
    }

    pub fn of(event: &Event<'_>) -> Self {
        Self::new(event.name(), event.reason(), event.facts())
    }
}

/// The names of the fields that differ between two contents.
pub fn differing(before: &impl Serialize, after: &impl Serialize) -> Vec<String> {
    let (before, after) = (serde_json::to_value(before).unwrap_or_default(), serde_json::to_value(after).unwrap_or_default());
    let fields = after.as_object().into_iter().flatten();
    fields.filter(|(name, value)| before.get(name) != Some(value)).map(|(name, _)| name.clone()).collect()
}

/// Keeps the version that a record now has, in the transaction that writes it. What the version before said already is not stored again.
pub fn keep(conn: &mut Conn, by: By<'_>, record: &Record, number: i32, cause: &Cause, content: &impl Serialize) -> Result<()> {
    let content = serde_json::to_string(content).map_err(|error| Error::Internal(error.to_string()))?;
    // The first version has none before.
    let is_said = number > 1 && store::content(conn, record, number)?.is_some_and(|before| before == content);
    store::insert(conn, by, record, number, cause, (!is_said).then_some(content.as_str()))?;
    if i64::from(number) > MOST_KEPT { store::thin(conn, record, MOST_KEPT) } else { Ok(()) }
}

/// Writes over the version that a record has: what is saved again and again as it is typed is one version.
pub fn rewrite(conn: &mut Conn, record: &Record, number: i32, content: &impl Serialize) -> Result<()> {
    let content = serde_json::to_string(content).map_err(|error| Error::Internal(error.to_string()))?;
    store::rewrite(conn, record, number, &content)
}

/// The versions of a record, the latest first.
pub fn list(conn: &mut Conn, record: &Record, page: Page) -> Result<Listing<Version>> {
    let total = store::count(conn, record)?;
    let versions = store::list(conn, record, page.limit(), page.offset())?;
    Ok(Listing::new(versions, u64::try_from(total).unwrap_or(0), page))
}

/// The versions that an event made, the latest first.
pub fn made_by(conn: &mut Conn, record: &Record, event: &str) -> Result<Vec<Version>> {
    store::made_by(conn, record, event)
}

/// The last version of a record. A record that was ever written has one.
pub fn last(conn: &mut Conn, record: &Record) -> Result<Option<Version>> {
    Ok(store::list(conn, record, 1, 0)?.pop())
}

pub fn find(conn: &mut Conn, record: &Record, number: i32) -> Result<Version> {
    store::find(conn, record, number)
}

/// What a record said at a version, which may say what an earlier one did; None before the first that is kept.
pub fn content(conn: &mut Conn, record: &Record, number: i32) -> Result<Option<Value>> {
    let unreadable = |error| Error::Internal(format!("version {number} of {} {} is not readable: {error}", record.kind, record.id));
    store::content(conn, record, number)?.map(|text| serde_json::from_str(&text).map_err(unreadable)).transpose()
}

/// A version with what it says.
pub fn whole(conn: &mut Conn, record: &Record, number: i32) -> Result<(Version, Value)> {
    let version = find(conn, record, number)?;
    Ok((version, content(conn, record, number)?.ok_or(Error::NotFound)?))
}

/// What happened after a version, until another, the latest first.
pub fn between(conn: &mut Conn, record: &Record, after: i32, until: i32) -> Result<Vec<Version>> {
    store::between(conn, record, after, until)
}

/// The numbers of the versions before and after one.
pub fn beside(conn: &mut Conn, record: &Record, number: i32) -> Result<(Option<i32>, Option<i32>)> {
    store::beside(conn, record, number)
}

/// Those who wrote what a record says or said, in the order in which they came.
pub fn writers(conn: &mut Conn, record: &Record) -> Result<Vec<AccountId>> {
    let mut writers = Vec::new();
    for id in store::writers(conn, record)? {
        if !writers.contains(&id) {
            writers.push(id);
        }
    }
    Ok(writers)
}

/// Those who wrote what records of one kind say or said, with their record.
pub fn writers_of(conn: &mut Conn, kind: &str, ids: &[String]) -> Result<Vec<(String, AccountId)>> {
    store::writers_of(conn, kind, ids)
}

/// Forgets a record that is deleted.
pub fn forget(conn: &mut Conn, record: &Record) -> Result<()> {
    store::forget(conn, record)
}
