//! A decision as search knows it: found by whoever may read the minutes of its meeting, once they are published.

use super::store::{self, Decision};
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::instance::model::Instance;
use crate::kernel::ids::{DecisionId, MeetingId};
use crate::kernel::text::excerpt;
use crate::meetings::model::Stage as MeetingStage;
use crate::search::model::{Document, RecordType};
use crate::territories::model::Atlas;
use crate::{instance, territories};

/// The document of a decision; None when it is not to be found.
pub fn of(conn: &mut Conn, id: &str) -> Result<Option<Document>> {
    let Some(id) = DecisionId::parse(id) else { return Ok(None) };
    let decision = match store::find(conn, &id) {
        Ok(decision) if decision.meeting_stage == MeetingStage::MinutesPublished => decision,
        Ok(_) | Err(Error::NotFound) => return Ok(None),
        Err(error) => return Err(error),
    };
    let (instance, _) = instance::service::get(conn)?;
    Ok(Some(document(decision, &instance, &territories::service::atlas(conn)?)))
}

/// The documents of the decisions after an id, and the last id when there may be more.
pub fn batch(conn: &mut Conn, after: &str, most: i64) -> Result<(Vec<Document>, Option<String>)> {
    let decisions = store::after(conn, after, most)?;
    let last = decisions.last().map(|decision| decision.id.to_string());
    let (instance, _) = instance::service::get(conn)?;
    let atlas = territories::service::atlas(conn)?;
    let found = decisions.into_iter().filter(|decision| decision.meeting_stage == MeetingStage::MinutesPublished);
    Ok((found.map(|decision| document(decision, &instance, &atlas)).collect(), last))
}

/// Those whose documents follow a meeting.
pub fn of_meeting(conn: &mut Conn, meeting: &MeetingId) -> Result<Vec<DecisionId>> {
    Ok(store::of_meeting(conn, meeting)?.into_iter().map(|decision| decision.id).collect())
}

fn document(decision: Decision, instance: &Instance, atlas: &Atlas) -> Document {
    let labels = decision.fields.themes.iter().map(|code| instance.theme_label(code));
    let places = decision.fields.territories.iter().map(|code| atlas.name(code));
    let around = [Some(decision.meeting_title.clone()), decision.body_name.clone(), Some(decision.reference())];
    Document {
        kind: RecordType::Decision,
        url: crate::http::paths::decision(&decision.id),
        names: labels.chain(places).chain(around.into_iter().flatten()).collect::<Vec<_>>().join("\n"),
        title: excerpt(&decision.fields.text),
        summary: decision.fields.text,
        body: decision.life.outcome,
        id: decision.id.to_string(),
        external_id: None,
        visibility: decision.visibility,
        themes: decision.fields.themes,
        audiences: Vec::new(),
        territories: decision.fields.territories,
        starts_on: None,
        ends_on: None,
        is_reported: false,
        date: Some(decision.decided_on),
        updated_at: decision.updated_at,
    }
}
