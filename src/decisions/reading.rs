//! The one door by which the fields of a decision come in, from a form or the API: parsed, bounded, or refused with the reason beside the
//! field.

use serde_json::{Map, Value};

use super::model::DecisionFields;
use super::store;
use crate::accounts::model::{Actor, Viewer};
use crate::actions::model::SheetRef;
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::instance::model::Instance;
use crate::kernel::Day;
use crate::kernel::given::Given;
use crate::kernel::ids::{ActionId, BodyId, ConventionId, DecisionId, MeetingId};
use crate::kernel::text::excerpt;
use crate::meetings::service::Meeting;
use crate::meetings::{bodies, world};
use crate::territories::model::Atlas;
use crate::{actions, conventions, instance, meetings, plans, territories};

const TEXT_MAX: usize = 4_000;
const LINE_MAX: usize = 200;

/// Fields that a reader of the API is given and may send back: they say nothing new.
const READ_ONLY: [&str; 17] = [
    "id",
    "url",
    "reference",
    "year",
    "number",
    "body_id",
    "body",
    "decided_on",
    "stage",
    "outcome",
    "is_late",
    "visibility",
    "version",
    "created_at",
    "updated_at",
    "author",
    "answered_by",
];

/// The records that an address of ours or an identifier names, as a form's one field gives it.
pub const ASKS: &str = "asks";

/// What codes may name, as it stands in this transaction.
pub struct World<'a> {
    pub actor: &'a Actor,
    pub today: Day,
    pub meeting: &'a Meeting,
    pub atlas: Atlas,
    pub instance: Instance,
}

impl<'a> World<'a> {
    pub fn load(conn: &mut Conn, actor: &'a Actor, today: Day, meeting: &'a Meeting) -> Result<Self> {
        Ok(Self { actor, today, meeting, atlas: territories::service::atlas(conn)?, instance: instance::service::get(conn)?.0 })
    }
}

/// The fields of `given` over those of `base`: what is not given stays.
pub fn fields(conn: &mut Conn, given: &Map<String, Value>, base: DecisionFields, world: &World<'_>) -> Result<DecisionFields> {
    let mut reader = Given::default();
    let mut fields = base;
    for (name, value) in given {
        match name.as_str() {
            "text" => fields.text = reader.text(name, value, TEXT_MAX),
            "item" => fields.item = item(&mut reader, value, world),
            "responsible" => fields.responsible = responsible(conn, &mut reader, value)?,
            "responsible_name" => fields.responsible_name = reader.line(name, value).chars().take(LINE_MAX).collect(),
            "due_on" => fields.due_on = reader.day(name, value),
            "territories" => fields.territories = reader.codes(name, value, "territoire", |code| world.atlas.knows(code)),
            "themes" => fields.themes = reader.codes(name, value, "thème", |code| world.instance.knows_theme(code)),
            "action" => fields.action = action(conn, &mut reader, value, world)?,
            "convention" => fields.convention = convention(conn, &mut reader, value, world)?,
            "plan_sheet" => fields.plan_sheet = sheet(conn, &mut reader, value)?,
            "meeting" => fields.meeting = meeting(conn, &mut reader, value, world)?,
            ASKS => asked(conn, &mut reader, value, &mut fields, world)?,
            "handed_to" => fields.handed_to = handed_to(conn, &mut reader, value, world)?,
            "answers" => fields.answers = answers(conn, &mut reader, value, world)?,
            name if READ_ONLY.contains(&name) => {}
            name => reader.unknown(name),
        }
    }
    if fields.text.is_empty() {
        reader.errors.add("text", "Écrivez ce qui est décidé.");
    }
    let asks = [fields.action.is_some(), fields.convention.is_some(), fields.plan_sheet.is_some(), fields.meeting.is_some()];
    if asks.iter().filter(|is_asked| **is_asked).count() > 1 {
        reader.errors.add(ASKS, "Une décision demande une chose à la fois\u{a0}: une action, une convention, une fiche ou une rencontre.");
    }
    reader.errors.into_result().map(|()| fields).map_err(Error::from)
}

fn item(reader: &mut Given, value: &Value, world: &World<'_>) -> Option<String> {
    let said = reader.line("item", value);
    if said.is_empty() {
        return None;
    }
    let is_known = world.meeting.fields.agenda.iter().any(|item| item.key == said);
    if !is_known {
        reader.errors.add("item", "Ce point n’est pas à l’ordre du jour de cette rencontre.");
    }
    is_known.then_some(said)
}

fn responsible(conn: &mut Conn, reader: &mut Given, value: &Value) -> Result<Option<String>> {
    let said = reader.line("responsible", value);
    if said.is_empty() {
        return Ok(None);
    }
    let found = world::account(conn, &said)?.map(|account| account.id.to_string());
    if found.is_none() {
        reader.errors.add("responsible", format!("« {} » n’a pas de compte ouvert\u{a0}: écrivez plutôt son nom.", excerpt(&said)));
    }
    Ok(found)
}

/// What a field names, found or refused.
fn named<T>(reader: &mut Given, field: &str, said: &str, found: Result<T>, id: impl Fn(T) -> String, what: &str) -> Result<Option<String>> {
    match found {
        Ok(found) => Ok(Some(id(found))),
        Err(Error::NotFound) => {
            reader.errors.add(field, format!("« {} » n’est pas {what} que vous pouvez lire.", excerpt(said)));
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

fn action(conn: &mut Conn, reader: &mut Given, value: &Value, world: &World<'_>) -> Result<Option<String>> {
    let said = reader.line("action", value);
    if said.is_empty() {
        return Ok(None);
    }
    let viewer = Viewer(Some(world.actor.clone()));
    let found = ActionId::parse(&said).ok_or(Error::NotFound).and_then(|id| actions::service::find(conn, &viewer, &id));
    named(reader, "action", &said, found, |action| action.id.to_string(), "une action")
}

fn convention(conn: &mut Conn, reader: &mut Given, value: &Value, world: &World<'_>) -> Result<Option<String>> {
    let said = reader.line("convention", value);
    if said.is_empty() {
        return Ok(None);
    }
    let viewer = Viewer(Some(world.actor.clone()));
    let found = ConventionId::parse(&said).ok_or(Error::NotFound).and_then(|id| conventions::service::find(conn, &viewer, &id, world.today));
    named(reader, "convention", &said, found, |convention| convention.id.to_string(), "une convention")
}

fn meeting(conn: &mut Conn, reader: &mut Given, value: &Value, world: &World<'_>) -> Result<Option<String>> {
    let said = reader.line("meeting", value);
    if said.is_empty() {
        return Ok(None);
    }
    let viewer = Viewer(Some(world.actor.clone()));
    let found = MeetingId::parse(&said)
        .filter(|id| *id != world.meeting.id)
        .ok_or(Error::NotFound)
        .and_then(|id| meetings::service::find(conn, &viewer, &id));
    named(reader, "meeting", &said, found, |meeting| meeting.id.to_string(), "une autre rencontre")
}

fn sheet(conn: &mut Conn, reader: &mut Given, value: &Value) -> Result<Option<SheetRef>> {
    if !value.is_object() {
        return Ok(None);
    }
    let known = plans::service::sheet_numbers(conn)?;
    let is_known = |sheet: &SheetRef| known.iter().any(|(plan, number)| plan.as_str() == sheet.plan_id && *number == sheet.number);
    Ok(SheetRef::given(reader, "plan_sheet", value, is_known))
}

/// The address of a page of ours, as people copy it: what it names takes the place of what was asked for.
fn asked(conn: &mut Conn, reader: &mut Given, value: &Value, fields: &mut DecisionFields, world: &World<'_>) -> Result<()> {
    let said = reader.line(ASKS, value);
    (fields.action, fields.convention, fields.plan_sheet, fields.meeting) = (None, None, None, None);
    if said.is_empty() {
        return Ok(());
    }
    let path = said.split(['?', '#']).next().unwrap_or_default();
    let parts: Vec<&str> = path.split('/').collect();
    let mut beside = Given::default();
    for (place, part) in parts.iter().enumerate() {
        let id = Value::from(parts.get(place + 1).copied().unwrap_or_default());
        match *part {
            "actions" => fields.action = action(conn, &mut beside, &id, world)?,
            "conventions" => fields.convention = convention(conn, &mut beside, &id, world)?,
            "rencontres" => fields.meeting = meeting(conn, &mut beside, &id, world)?,
            "schema" => {
                let number: i32 = parts.get(place + 3).and_then(|text| text.parse().ok()).unwrap_or(0);
                fields.plan_sheet = sheet(conn, &mut beside, &serde_json::json!({ "plan_id": id, "number": number }))?;
            }
            _ => continue,
        }
        break;
    }
    if fields.action.is_none() && fields.convention.is_none() && fields.meeting.is_none() && fields.plan_sheet.is_none() {
        reader.errors.add(ASKS, "Collez l’adresse de la page d’une action, d’une convention, d’une fiche du schéma ou d’une autre rencontre.");
    }
    Ok(())
}

fn handed_to(conn: &mut Conn, reader: &mut Given, value: &Value, world: &World<'_>) -> Result<Option<String>> {
    let said = reader.line("handed_to", value);
    if said.is_empty() {
        return Ok(None);
    }
    let is_own = world.meeting.fields.body_id.as_deref() == Some(said.as_str());
    let found = BodyId::parse(&said).filter(|_| !is_own).ok_or(Error::NotFound).and_then(|id| bodies::find(conn, &id));
    named(reader, "handed_to", &said, found, |body| body.id.to_string(), "une autre instance")
}

/// A need is answered by the body to which it was handed.
fn answers(conn: &mut Conn, reader: &mut Given, value: &Value, world: &World<'_>) -> Result<Option<String>> {
    let said = reader.line("answers", value);
    if said.is_empty() {
        return Ok(None);
    }
    let viewer = Viewer(Some(world.actor.clone()));
    let found = DecisionId::parse(&said).ok_or(Error::NotFound).and_then(|id| store::find_readable(conn, &viewer, &id));
    let found = found.and_then(|need| {
        let is_handed_here = need.fields.handed_to.is_some() && need.fields.handed_to == world.meeting.fields.body_id;
        if is_handed_here { Ok(need) } else { Err(Error::NotFound) }
    });
    named(reader, "answers", &said, found, |need| need.id.to_string(), "un besoin transmis à cette instance")
}
