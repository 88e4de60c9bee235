//! The one door by which the fields of an announcement come in, from a form or the API: parsed, bounded, or refused with the reason
//! beside the field.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::model::{AnnouncementFields, Audience, Item, ItemKind, Kind, Side};
use super::policy;
use crate::accounts::model::{Actor, Viewer};
use crate::actions::model::SheetRef;
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::instance::model::Instance;
use crate::kernel::given::Given;
use crate::kernel::ids::MeetingId;
use crate::kernel::text::excerpt;
use crate::meetings::bodies::{self, Body};
use crate::partners::model::OrganisationKind;
use crate::territories::model::Atlas;
use crate::{instance, meetings, plans, territories};

const TITLE_MAX: usize = 250;
/// It is sent as many times as there are recipients.
pub const TEXT_MAX: usize = 8_000;
const ITEM_TEXT_MAX: usize = 2_000;

/// Fields that a reader of the API is given and may send back: they say nothing new.
const READ_ONLY: [&str; 14] =
    ["id", "url", "kind", "month", "stage", "send_at", "sent_at", "mails", "informed", "version", "author", "created_at", "updated_at", "documents"];

/// What codes may name, as it stands in this transaction.
pub struct World<'a> {
    pub actor: &'a Actor,
    pub kind: Kind,
    pub atlas: Atlas,
    pub instance: Instance,
    pub bodies: Vec<Body>,
    sheets: BTreeSet<SheetRef>,
}

impl<'a> World<'a> {
    pub fn load(conn: &mut Conn, actor: &'a Actor, kind: Kind) -> Result<Self> {
        let sheets = plans::service::sheet_numbers(conn)?;
        Ok(Self {
            actor,
            kind,
            atlas: territories::service::atlas(conn)?,
            instance: instance::service::get(conn)?.0,
            bodies: bodies::all(conn)?,
            sheets: sheets.into_iter().map(|(plan, number)| SheetRef { plan_id: plan.to_string(), number }).collect(),
        })
    }

    /// The places that an audience is for: those chosen, and those of the bodies chosen.
    pub fn places(&self, audience: &Audience) -> Vec<String> {
        let of_bodies = self.bodies.iter().filter(|body| audience.bodies.iter().any(|id| id == body.id.as_str()));
        let all: BTreeSet<String> = audience.territories.iter().cloned().chain(of_bodies.map(|body| body.fields.territory.clone())).collect();
        all.into_iter().collect()
    }
}

/// The fields of `given` over those of `base`: what is not given stays.
pub fn fields(conn: &mut Conn, given: &Map<String, Value>, base: AnnouncementFields, world: &World<'_>) -> Result<AnnouncementFields> {
    let mut reader = Given::default();
    let mut fields = base;
    for (name, value) in given {
        match name.as_str() {
            "title" => fields.title = reader.text(name, value, TITLE_MAX).split_whitespace().collect::<Vec<_>>().join(" "),
            "greeting" => fields.greeting = reader.line(name, value),
            "text" => fields.text = reader.text(name, value, TEXT_MAX),
            "audience" => fields.audience = audience(&mut reader, value, fields.audience, world),
            "plan_sheets" => fields.plan_sheets = SheetRef::given_all(&mut reader, name, value, &world.sheets),
            "meeting" => fields.meeting = meeting(conn, &mut reader, value, world)?,
            "items" => fields.items = items(&mut reader, value, &fields.items, world),
            name if READ_ONLY.contains(&name) => {}
            name => reader.unknown(name),
        }
    }
    if fields.title.is_empty() {
        reader.errors.add("title", "Donnez un titre\u{a0}: c’est l’objet du message.");
    }
    within(&mut reader, &fields.audience, world);
    reader.errors.into_result().map(|()| fields).map_err(Error::from)
}

/// A manager writes to those of their own territories.
fn within(reader: &mut Given, audience: &Audience, world: &World<'_>) {
    let is_placed = !audience.territories.is_empty() || !audience.bodies.is_empty() && !audience.in_convention;
    let places = world.places(audience);
    let places: Vec<&str> = places.iter().map(String::as_str).collect();
    if !world.actor.is_administrator() && !is_placed {
        reader.errors.add("territories", "Choisissez au moins un de vos territoires.");
    } else if !policy::is_within(world.actor, &places) {
        reader.errors.add("territories", "Vous écrivez aux personnes de vos territoires\u{a0}: pour les autres, demandez à un administrateur.");
    }
}

fn audience(reader: &mut Given, value: &Value, base: Audience, world: &World<'_>) -> Audience {
    let Some(given) = reader.object("audience", value) else { return base };
    let mut audience = base;
    for (name, value) in given {
        match name.as_str() {
            "to" => {
                audience.to = reader
                    .codes(name, value, "destinataires", |code| Side::parse(code).is_some())
                    .iter()
                    .filter_map(|code| Side::parse(code))
                    .collect()
            }
            "kinds" => {
                let codes = reader.codes(name, value, "nature d’organisme", |code| OrganisationKind::parse(code).is_some());
                audience.kinds = codes.iter().filter_map(|code| OrganisationKind::parse(code)).collect();
            }
            "territories" => audience.territories = reader.codes(name, value, "territoire", |code| world.atlas.knows(code)),
            "themes" => audience.themes = reader.codes(name, value, "thème", |code| world.instance.knows_theme(code)),
            "bodies" => audience.bodies = reader.codes(name, value, "instance", |id| world.bodies.iter().any(|body| body.id.as_str() == id)),
            "in_convention" => audience.in_convention = reader.yes(name, value),
            name => reader.unknown(name),
        }
    }
    audience
}

fn meeting(conn: &mut Conn, reader: &mut Given, value: &Value, world: &World<'_>) -> Result<Option<String>> {
    let said = reader.line("meeting", value);
    if said.is_empty() {
        return Ok(None);
    }
    let viewer = Viewer(Some(world.actor.clone()));
    match MeetingId::parse(&said).ok_or(Error::NotFound).and_then(|id| meetings::service::find(conn, &viewer, &id)) {
        Ok(meeting) => Ok(Some(meeting.id.to_string())),
        Err(Error::NotFound) => {
            reader.errors.add("meeting", format!("« {} » n’est pas une rencontre que vous pouvez lire.", excerpt(&said)));
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

/// The lines of a letter. Those about records are those that were composed: they are kept, dropped, moved and commented.
fn items(reader: &mut Given, value: &Value, base: &[Item], world: &World<'_>) -> Vec<Item> {
    if world.kind != Kind::Letter {
        reader.errors.add("items", "Seule la lettre du mois a des rubriques.");
        return Vec::new();
    }
    let mut items: Vec<Item> = Vec::new();
    let given = reader.array("items", value).to_vec();
    for (place, given) in reader.bounded("items", given).iter().enumerate() {
        let Some(object) = reader.object("items", given) else { continue };
        let of = |name: &str| object.get(name).cloned().unwrap_or(Value::Null);
        let at = |name: &str| format!("items.{place}.{name}");
        let record = reader.line(&at("record"), &of("record"));
        let kind = reader.code(&at("kind"), &of("kind"), ItemKind::parse).unwrap_or_default();
        let mut item = Item {
            kind,
            record: None,
            title: reader.line(&at("title"), &of("title")),
            text: reader.text(&at("text"), &of("text"), ITEM_TEXT_MAX),
            kept: reader.yes(&at("kept"), &of("kept")),
        };
        if kind == ItemKind::Text {
            // An empty row of the form.
            if item.title.is_empty() && item.text.is_empty() {
                continue;
            }
        } else {
            let Some(composed) = base.iter().find(|one| one.kind == kind && one.record.as_deref() == Some(record.as_str())) else {
                reader.errors.add(&at("record"), "Cette rubrique ne vient pas de la lettre\u{a0}: ajoutez plutôt un paragraphe.");
                continue;
            };
            item.record = composed.record.clone();
            item.title = composed.title.clone();
        }
        items.push(item);
    }
    items
}
