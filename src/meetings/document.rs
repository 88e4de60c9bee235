//! A meeting as search knows it: once those invited know of it.

use super::minutes;
use super::model::Stage;
use super::store::{self, Meeting};
use crate::db::Conn;
use crate::documents::service as documents;
use crate::error::Result;
use crate::events::Record;
use crate::instance::model::Instance;
use crate::kernel::Zone;
use crate::kernel::ids::MeetingId;
use crate::search::model::{Document, RecordType};
use crate::territories::model::Atlas;
use crate::{instance, territories};

/// Characters of a meeting and its files that search keeps.
const LONGEST_BODY: usize = 300_000;

/// What names the codes of a meeting, and the zone whose days it is found by.
struct Names<'a> {
    instance: Instance,
    atlas: Atlas,
    zone: &'a Zone,
}

impl<'a> Names<'a> {
    fn load(conn: &mut Conn, zone: &'a Zone) -> Result<Self> {
        Ok(Self { instance: instance::service::get(conn)?.0, atlas: territories::service::atlas(conn)?, zone })
    }
}

/// The document of a meeting; None when it is not to be found.
pub fn of(conn: &mut Conn, zone: &Zone, id: &str) -> Result<Option<Document>> {
    let Some(id) = MeetingId::parse(id) else { return Ok(None) };
    let meeting = match store::find(conn, &id) {
        Ok(meeting) if is_found(&meeting) => meeting,
        Ok(_) | Err(crate::error::Error::NotFound) => return Ok(None),
        Err(error) => return Err(error),
    };
    let mut texts = documents::texts(conn, &Record::meeting(&id))?;
    texts.extend(minutes::published_text(conn, &id)?);
    Ok(Some(document(&texts, meeting, &Names::load(conn, zone)?)))
}

/// The documents of the meetings after an id, and the last id when there may be more.
pub fn batch(conn: &mut Conn, zone: &Zone, after: &str, most: i64) -> Result<(Vec<Document>, Option<String>)> {
    let meetings = store::after(conn, after, most)?;
    let last = meetings.last().map(|meeting| meeting.id.to_string());
    let names = Names::load(conn, zone)?;
    let ids: Vec<String> = meetings.iter().map(|meeting| meeting.id.to_string()).collect();
    let mut texts = documents::texts_of(conn, Record::MEETING, &ids)?;
    for meeting in meetings.iter().filter(|meeting| meeting.life.stage == Stage::MinutesPublished) {
        texts.entry(meeting.id.to_string()).or_default().extend(minutes::published_text(conn, &meeting.id)?);
    }
    let texts_of = |meeting: &Meeting| texts.get(meeting.id.as_str()).map_or(&[][..], Vec::as_slice);
    Ok((meetings.into_iter().filter(is_found).map(|meeting| document(texts_of(&meeting), meeting, &names)).collect(), last))
}

/// What is cancelled stays on its page, for those who have its address.
fn is_found(meeting: &Meeting) -> bool {
    !matches!(meeting.life.stage, Stage::Draft | Stage::Cancelled)
}

/// With what its documents and its minutes say.
fn document(texts: &[String], meeting: Meeting, names: &Names<'_>) -> Document {
    let has_date = meeting.life.stage != Stage::Postponed;
    let fields = meeting.fields;
    let labels = fields.themes.iter().map(|code| names.instance.theme_label(code));
    let places = fields.territories.iter().map(|code| names.atlas.name(code));
    let agenda = fields.agenda.iter().map(|item| [item.title.as_str(), item.speaker.as_str()].join(" "));
    let starts_on = fields.starts_at.filter(|_| has_date).map(|start| names.zone.day(start));
    // What ends at midnight ends that evening.
    let ends_on = fields.ends_at.filter(|_| has_date).map(|end| names.zone.day(end.plus_seconds(-1)));
    Document {
        kind: RecordType::Meeting,
        url: crate::http::paths::meeting(&meeting.id, &fields.title),
        id: meeting.id.to_string(),
        external_id: fields.external_id,
        names: labels.chain(places).chain([fields.place, fields.kind.label().to_owned()]).collect::<Vec<_>>().join("\n"),
        body: bounded(agenda.chain(texts.iter().cloned()).collect::<Vec<_>>().join("\n")),
        title: fields.title,
        summary: fields.summary,
        visibility: fields.visibility,
        themes: fields.themes,
        audiences: Vec::new(),
        territories: fields.territories,
        starts_on,
        ends_on: ends_on.or(starts_on),
        is_reported: false,
        date: starts_on,
        updated_at: meeting.updated_at,
    }
}

/// Of many long files, the first ones are found.
fn bounded(mut text: String) -> String {
    let end = text.char_indices().nth(LONGEST_BODY).map_or(text.len(), |(end, _)| end);
    text.truncate(end);
    text
}
