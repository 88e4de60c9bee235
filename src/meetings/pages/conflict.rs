//! Two people wrote a meeting at once: what only one changed is kept from both; where both wrote, each text is shown.

use serde_json::{Map, Value};

use super::form;
use crate::accounts::model::Actor;
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::events::Record;
use crate::kernel::{Moment, Zone};
use crate::meetings::model::MeetingFields;
use crate::meetings::service::Meeting;
use crate::meetings::{reading, world};
use crate::versions;

/// What comes of what somebody sent over version `version`, now that the meeting says something else.
pub enum Outcome {
    /// What they changed, which nobody else did.
    Apart(Map<String, Value>),
    /// What they changed; the texts of the other where both wrote, as the record keeps them, and whose they are.
    Clash { mine: Map<String, Value>, theirs: Map<String, Value>, author: String },
}

pub fn settle(
    conn: &mut Conn,
    actor: &Actor,
    zone: &Zone,
    now: Moment,
    meeting: &Meeting,
    sent: &Map<String, Value>,
    version: i32,
) -> Result<Outcome> {
    let record = Record::meeting(&meeting.id);
    let (_, content) = versions::whole(conn, &record, version)?;
    let base: MeetingFields = serde_json::from_value(content).map_err(|error| Error::Internal(error.to_string()))?;
    // Read through the same door as a change, so that two ways of writing one value are one.
    let world = world::World::load(conn, zone)?;
    let named = world::named(conn, actor, zone.day(now), sent)?;
    let mine = reading::meeting(sent, base.clone(), &world.known(&named))?;
    let values = |fields: &MeetingFields| form::values_of(&fields.sorted(), zone);
    let (mine, base, theirs) = (values(&mine), values(&base), values(&meeting.fields));
    let Ok(Value::Object(kept)) = serde_json::to_value(&meeting.fields) else {
        return Err(Error::Internal("the fields of a meeting are an object".into()));
    };
    let differs = |name: &str, one: &Map<String, Value>, other: &Map<String, Value>| one.get(name) != other.get(name);
    let changed: Vec<&String> = sent.keys().filter(|name| differs(name, &mine, &base) && differs(name, &mine, &theirs)).collect();
    let clashing: Map<String, Value> =
        changed.iter().filter(|name| differs(name, &theirs, &base)).filter_map(|name| Some(((*name).clone(), kept.get(*name)?.clone()))).collect();
    let mine: Map<String, Value> = changed.iter().map(|name| ((*name).clone(), sent[*name].clone())).collect();
    if clashing.is_empty() {
        return Ok(Outcome::Apart(mine));
    }
    let author = versions::last(conn, &record)?.map_or_else(|| "Quelqu’un".to_owned(), |version| version.actor);
    Ok(Outcome::Clash { mine, theirs: clashing, author })
}
