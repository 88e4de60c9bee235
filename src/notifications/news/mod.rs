//! What there is to tell those who follow: each version of a record that is worth telling is a row, written with its event, and numbered
//! as soon as it is seen.
//!
//! Numbers become visible in their order: a cursor that stands at one never misses a lower one, whichever transaction committed late. Those who follow searches are told up to the first record that search does not know yet as it now is.

mod store;

use std::collections::HashSet;

use crate::accounts::model::By;
use crate::actions::model::Verb;
use crate::conventions::model::Verb as ConventionVerb;
use crate::db::Conn;
use crate::decisions;
use crate::decisions::model::Happened;
use crate::error::Result;
use crate::events::{Event, Record};
use crate::kernel::Moment;
use crate::kernel::ids::AccountId;
use crate::meetings::model::Verb as MeetingVerb;
use crate::outbox;
use crate::search::model::RecordType;

pub use store::{after, has_waiting, last, later, purge};

/// Rows that are numbered at once.
const BATCH: i64 = 500;
/// Records about which search is asked at once.
pub const CHUNK: usize = 500;

/// One version of a record.
#[derive(Clone, Debug, PartialEq)]
pub struct Version {
    pub number: i64,
    pub record: Record,
    /// What happened, as the journal names it.
    pub event: String,
    /// Is the record new to those who may read it?
    pub is_new: bool,
    /// The fields that changed, where the event tells them.
    pub changed: Vec<String>,
    pub actor_id: Option<AccountId>,
    pub at: Moment,
}

/// Is an event worth telling those who follow its record, and is the record new by it?
pub fn is_news(event: &Event<'_>) -> Option<bool> {
    match event {
        Event::ActionMoved { verb: Verb::Publish, .. }
        | Event::ConventionEntered { .. }
        | Event::ConventionMoved { verb: ConventionVerb::Sign | ConventionVerb::Record | ConventionVerb::Enter, .. }
        | Event::PartnerAdded { .. }
        | Event::SheetAdded { .. }
        | Event::MeetingCreated { is_held: true, .. }
        | Event::MeetingMoved { verb: MeetingVerb::Call | MeetingVerb::Record, .. }
        | Event::Decision { what: Happened::Taken, .. } => Some(true),
        Event::ActionImported { is_new, .. }
        | Event::ConventionImported { is_new, .. }
        | Event::PartnerImported { is_new, .. }
        | Event::MeetingImported { is_new, .. } => Some(*is_new),
        Event::ActionMoved { verb: Verb::Archive, .. }
        | Event::ActionChanged { is_live: true, .. }
        | Event::ActionRestored { is_live: true, .. }
        | Event::SessionsChanged { .. }
        | Event::SheetChanged { .. }
        | Event::SheetDecided { .. }
        | Event::SheetRestored { .. }
        | Event::PlanSaved { .. }
        | Event::ConventionChanged { .. }
        | Event::ConventionRestored { .. }
        | Event::ConventionActed { .. }
        | Event::ConventionDocument { is_removed: false, .. }
        | Event::PartnerChanged { .. }
        | Event::PartnerRestored { .. }
        | Event::PartnerMerged { .. }
        | Event::BodyChanged { .. }
        | Event::MeetingChanged { .. }
        | Event::MeetingDocument { is_removed: false, .. }
        | Event::MeetingMoved {
            verb: MeetingVerb::Postpone | MeetingVerb::Reschedule | MeetingVerb::Cancel | MeetingVerb::Publish | MeetingVerb::Rectify,
            ..
        }
        | Event::Decision { .. } => Some(false),
        _ => None,
    }
}

/// Keeps what an event tells those who follow, in its transaction.
pub fn hear(conn: &mut Conn, by: By<'_>, event: &Event<'_>) -> Result<()> {
    let Some(is_new) = is_news(event) else { return Ok(()) };
    let facts = event.facts();
    let changed: Vec<&str> = facts["changed"].as_array().into_iter().flatten().filter_map(serde_json::Value::as_str).collect();
    let mut records = vec![event.record()];
    match event {
        Event::PlanSaved { id, added, changed, .. } => {
            records = changed.iter().map(|number| Record::sheet(id, *number)).collect();
            for number in *added {
                store::insert(conn, by, &Record::sheet(id, *number), event.name(), true, &[])?;
            }
        }
        // What a meeting decided is read once its minutes are published.
        Event::MeetingMoved { id, verb: MeetingVerb::Publish, .. } => {
            for decision in decisions::document::of_meeting(conn, id)? {
                store::insert(conn, by, &Record::decision(&decision), "created", true, &[])?;
            }
        }
        _ => {}
    }
    records.iter().try_for_each(|record| store::insert(conn, by, record, event.name(), is_new, &changed))
}

/// Numbers what waits for it; answers how many rows.
pub fn number(conn: &mut Conn) -> Result<usize> {
    let waiting = store::waiting(conn, BATCH)?;
    store::give_numbers(conn, waiting)
}

/// Of these versions, those before the first whose record search does not know yet as it now is.
pub fn searchable(conn: &mut Conn, mut versions: Vec<Version>) -> Result<Vec<Version>> {
    let mut known = 0;
    for some in versions.chunks(CHUNK) {
        let records: Vec<(RecordType, String)> = some.iter().filter_map(|version| named(&version.record)).collect();
        let late: HashSet<(RecordType, String)> = outbox::unindexed(conn, &records)?.into_iter().collect();
        let is_known = |version: &&Version| named(&version.record).is_none_or(|record| !late.contains(&record));
        let found = some.iter().take_while(is_known).count();
        known += found;
        if found < some.len() {
            break;
        }
    }
    versions.truncate(known);
    Ok(versions)
}

/// A record as search names it.
pub fn named(record: &Record) -> Option<(RecordType, String)> {
    Some((RecordType::parse(record.kind)?, record.id.clone()))
}
