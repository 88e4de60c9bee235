//! The versions of a convention: read by those who may write it, restored by the rules of any change.

use serde_json::Value;

use super::model::Stage;
use super::service::{self, Convention};
use crate::accounts::model::By;
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::events::Record;
use crate::kernel::Day;
use crate::kernel::ids::ConventionId;
use crate::versions;

/// Why nothing of a convention is restored, if so.
pub fn closed(stage: Stage) -> Option<&'static str> {
    match stage {
        Stage::Abandoned => Some("Une convention abandonnée ne se modifie plus. Reprenez-la d’abord en brouillon."),
        Stage::Signing => Some("La convention est en signature\u{a0}: son texte ne change plus."),
        Stage::Draft | Stage::InReview | Stage::ToCorrect | Stage::ToSign | Stage::Signed => None,
    }
}

/// The fields that restoring leaves as they are: what other programs know it by, and what an avenant or a reconduction has changed.
pub fn kept(convention: &Convention, today: Day) -> Vec<String> {
    let mut kept = versions::differing(&convention.fields, &convention.standing(today).fields);
    kept.push("external_id".to_owned());
    kept
}

/// Writes a convention again as it was at version `number`, over the `version` that was read. The old text is checked as a new one is; once
/// signed, it corrects what was typed wrong, and says why. Who signed, and when, stays.
pub fn restore(conn: &mut Conn, by: By<'_>, today: Day, id: &ConventionId, version: i32, number: i32, reason: &str) -> Result<Convention> {
    let convention = service::writable(conn, by, today, id)?;
    if let Some(why) = closed(convention.life.stage) {
        return Err(Error::Refused(why.into()));
    }
    let record = Record::convention(id);
    versions::find(conn, &record, number)?;
    let Some(Value::Object(mut given)) = versions::content(conn, &record, number)? else { return Err(Error::NotFound) };
    if convention.life.stage == Stage::Signed && reason.trim().is_empty() {
        return Err(Error::field("reason", "La convention est signée\u{a0}: dites quelle erreur de saisie cette version corrige."));
    }
    for field in kept(&convention, today) {
        given.remove(&field);
    }
    for party in given.get_mut("parties").and_then(Value::as_array_mut).into_iter().flatten().filter_map(Value::as_object_mut) {
        party.remove("signed_on");
    }
    given.insert("reason".into(), reason.into());
    service::rewrite(conn, by, today, id, version, &given, Some(number))
}
