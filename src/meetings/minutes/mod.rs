//! The minutes of a meeting: laid out on its agenda, saved as they are typed, then read over, approved, frozen and published
//! ([`approving`]).
//!
//! Two numbers follow them. `revision` counts every save: whoever saves says which one they read, and two who write at once are told.
//! `version` names the last that history keeps: what one person saves again and again within ten minutes is one version.

pub mod api;
pub mod approving;
pub mod pages;

use serde_json::Value;

use super::bodies;
use super::model::minutes::{MinutesFields, MinutesPart};
use super::model::{Approval, Stage};
use super::policy;
use super::service::{self, Meeting};
use super::store::{self, minutes as rows};
use crate::accounts::model::{By, Viewer};
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::events::{self, Event, Record};
use crate::kernel::given::{Given, TEXT_MAX};
use crate::kernel::ids::{BodyId, MeetingId};
use crate::kernel::{FieldErrors, Moment};
use crate::versions::{self, Cause};

pub use rows::{Edition, Minutes, Said};

/// What one person saves within this time is one version.
const ONE_VERSION_SECONDS: i64 = 600;
/// Characters of all parts together.
const LONGEST: usize = 400_000;
/// Days of silence that approve, of a meeting without a body.
const SILENCE_DAYS: i32 = 15;

/// How the minutes of a meeting are laid out and approved: as its body says, or its kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manner {
    pub approval: Approval,
    pub silence_days: i32,
    pub sections: Vec<String>,
}

impl Manner {
    pub fn of(conn: &mut Conn, meeting: &Meeting) -> Result<Self> {
        if let Some(id) = meeting.fields.body_id.as_deref().and_then(BodyId::parse) {
            let body = bodies::find(conn, &id)?.fields;
            return Ok(Self { approval: body.approval, silence_days: body.silence_days, sections: body.sections });
        }
        let defaults = meeting.fields.kind.defaults();
        let sections = defaults.sections.iter().map(|section| (*section).to_owned()).collect();
        Ok(Self { approval: defaults.approval, silence_days: SILENCE_DAYS, sections })
    }

    /// When silence approves what is in review.
    pub fn silence_ends(&self, meeting: &Meeting) -> Option<Moment> {
        let is_awaited = self.approval == Approval::Silence && meeting.life.stage == Stage::MinutesInReview;
        meeting.life.submitted_at.filter(|_| is_awaited).map(|at| at.plus_days(i64::from(self.silence_days)))
    }
}

/// The minutes of a meeting that somebody may read, with what surrounds them.
pub struct Read {
    pub meeting: Meeting,
    pub minutes: Minutes,
    pub manner: Manner,
    pub editions: Vec<Edition>,
    /// What was said of the revision at hand.
    pub said: Vec<Said>,
}

/// The minutes, if the viewer may read them; otherwise there are none.
pub fn read(conn: &mut Conn, viewer: &Viewer, id: &MeetingId) -> Result<Read> {
    let meeting = service::find(conn, viewer, id)?;
    let subject = service::subject(conn, viewer, &meeting)?;
    if !policy::may_read_minutes(viewer, &subject) {
        return Err(Error::NotFound);
    }
    whole(conn, meeting)
}

/// The same, whoever reads.
fn whole(conn: &mut Conn, meeting: Meeting) -> Result<Read> {
    let manner = Manner::of(conn, &meeting)?;
    let minutes = current(conn, &meeting, &manner)?;
    let editions = rows::editions(conn, &meeting.id)?;
    let said = rows::opinions(conn, &meeting.id, minutes.revision)?;
    Ok(Read { meeting, minutes, manner, editions, said })
}

/// What is written so far, on the agenda as it is now; what is frozen stays on the agenda as it was.
fn current(conn: &mut Conn, meeting: &Meeting, manner: &Manner) -> Result<Minutes> {
    let minutes = rows::find(conn, &meeting.id)?.unwrap_or_default();
    if meeting.life.stage.is_frozen() {
        return Ok(minutes);
    }
    Ok(Minutes { fields: minutes.fields.laid_out(&meeting.fields.agenda, &manner.sections), ..minutes })
}

/// What everybody who may read the meeting finds of its minutes: once they are published.
pub fn published_text(conn: &mut Conn, id: &MeetingId) -> Result<Option<String>> {
    if store::find(conn, id)?.life.stage != Stage::MinutesPublished {
        return Ok(None);
    }
    let Some(minutes) = rows::find(conn, id)? else { return Ok(None) };
    let parts = minutes.fields.parts.iter().filter(|part| !part.text.is_empty());
    Ok(Some(parts.map(|part| format!("{}\n{}", part.title, part.text)).collect::<Vec<_>>().join("\n\n")))
}

/// The parts that are sent, bounded; a text alone is a part by that name.
pub fn given(parts: &Value) -> Result<Vec<MinutesPart>, FieldErrors> {
    let mut reader = Given::default();
    let nothing = Value::Null;
    let mut given = Vec::new();
    for item in reader.array("parts", parts) {
        let Some(object) = reader.object("parts", item) else { continue };
        let part = |name: &str| object.get(name).unwrap_or(&nothing);
        given.push(MinutesPart {
            item: reader.line("parts", part("item")),
            title: reader.line("parts", part("title")),
            text: reader.text("parts", part("text"), TEXT_MAX),
        });
    }
    if given.iter().map(|part| part.text.len()).sum::<usize>() > LONGEST {
        reader.errors.add("parts", format!("Un compte rendu compte {LONGEST} caractères au plus. Joignez plutôt un document."));
    }
    if given.iter().any(|part| part.item.is_empty() && part.title.is_empty()) {
        reader.errors.add("parts", "Une partie nomme un point de l’ordre du jour (item), ou porte un titre (title).");
    }
    let given = reader.bounded("parts", given);
    reader.errors.into_result().map(|()| given)
}

/// Puts what is given in its place; a part of its own that is new comes last.
fn placed(mut fields: MinutesFields, given: Vec<MinutesPart>) -> Result<MinutesFields> {
    for part in given {
        let is_its = |known: &&mut MinutesPart| known.item == part.item && (!part.item.is_empty() || known.title == part.title);
        match fields.parts.iter_mut().find(is_its) {
            Some(known) => known.text = part.text,
            None if part.item.is_empty() => fields.parts.push(part),
            None => return Err(Error::field("parts", "Ce point n’est pas à l’ordre du jour de cette rencontre.")),
        }
    }
    Ok(fields)
}

/// Saves what is given of the minutes, over the revision that was read; parts that are not given stay.
pub fn save(conn: &mut Conn, by: By<'_>, id: &MeetingId, revision: i32, given: Vec<MinutesPart>) -> Result<Minutes> {
    let meeting = service::find_to_write(conn, &Viewer(Some(by.actor.clone())), id)?;
    match meeting.life.stage {
        Stage::Called | Stage::Held => {}
        Stage::MinutesInReview => {
            return Err(Error::Refused("Ce compte rendu est en relecture. Reprenez d’abord la rédaction, en disant pourquoi.".into()));
        }
        stage if stage.is_frozen() => {
            return Err(Error::Refused("Ce compte rendu est approuvé : il ne change plus que par une rectification.".into()));
        }
        _ => return Err(Error::Refused("Le compte rendu s’écrit une fois la rencontre convoquée.".into())),
    }
    let manner = Manner::of(conn, &meeting)?;
    let before = current(conn, &meeting, &manner)?;
    if before.revision != revision {
        return Err(Error::Conflict { current: before.revision });
    }
    let fields = placed(before.fields.clone(), given)?;
    if fields == before.fields && revision > 0 {
        return Ok(before);
    }
    let goes_on = goes_on(conn, by, &meeting)?;
    let event = Event::MinutesSaved { id };
    let next = Minutes {
        fields,
        revision: revision + 1,
        version: before.version + i32::from(!goes_on),
        author_id: by.actor.id.clone(),
        author_name: by.actor.name.clone(),
        updated_at: Some(by.now),
    };
    write(conn, by, id, &next, (!goes_on).then(|| Cause::of(&event)))?;
    if !goes_on {
        events::happened(conn, by, event)?;
    }
    Ok(next)
}

/// Is this the same sitting as the last version's? Not once it was read over in between.
fn goes_on(conn: &mut Conn, by: By<'_>, meeting: &Meeting) -> Result<bool> {
    let Some(last) = versions::last(conn, &Record::minutes(&meeting.id))? else { return Ok(false) };
    let is_own = last.actor_id == by.actor.id && last.actor == by.actor.name && last.event == "minutes_saved";
    let is_unread = meeting.life.submitted_at.is_none_or(|at| at < last.at);
    Ok(is_own && is_unread && by.now.seconds_since(last.at) < ONE_VERSION_SECONDS)
}

/// Writes the row and its version: a new one for a cause, else the last again.
fn write(conn: &mut Conn, by: By<'_>, id: &MeetingId, next: &Minutes, cause: Option<Cause>) -> Result<()> {
    if !rows::save(conn, by, id, next)? {
        let current = rows::find(conn, id)?.map_or(0, |minutes| minutes.revision);
        return Err(Error::Conflict { current });
    }
    let record = Record::minutes(id);
    match cause {
        Some(cause) => versions::keep(conn, by, &record, next.version, &cause, &next.fields),
        None => versions::rewrite(conn, &record, next.version, &next.fields),
    }
}
