//! What is done with bodies. Their people are known to agents and partners alone; a body itself is no secret.

use serde_json::{Map, Value};

use super::model::BodyFields;
use super::world::{self, World};
use super::{policy, reading, store};
use crate::accounts::model::{Actor, By};
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::events::{self, Event};
use crate::kernel::ids::BodyId;
use crate::versions::{self, Cause};

pub use store::bodies::{Body, all, find};

fn not_yours() -> Error {
    Error::Forbidden("Cette instance relève d’un autre territoire que les vôtres.".into())
}

/// The body, if the actor may write it.
pub fn find_to_write(conn: &mut Conn, actor: &Actor, id: &BodyId) -> Result<Body> {
    let body = find(conn, id)?;
    if policy::may_write_body(actor, &body.fields.territory) { Ok(body) } else { Err(not_yours()) }
}

pub fn create(conn: &mut Conn, by: By<'_>, world: &World, given: &Map<String, Value>) -> Result<Body> {
    if !policy::may_create(by.actor) {
        return Err(Error::Forbidden("Les instances sont tenues par les agents.".into()));
    }
    let kind = given.get("kind").and_then(Value::as_str).and_then(super::model::Kind::parse).unwrap_or_default();
    let base = BodyFields { territory: by.actor.territories.iter().next().cloned().unwrap_or_default(), ..BodyFields::of_kind(kind) };
    let fields = read(conn, by, world, given, base, None)?;
    let body = Body {
        id: BodyId::new(by.now, by.chance),
        fields,
        version: 1,
        author_id: by.actor.id.clone(),
        author_name: by.actor.name.clone(),
        created_at: by.now,
        updated_at: by.now,
    };
    let event = Event::BodyCreated { id: &body.id };
    store::bodies::insert(conn, by, &body, &Cause::of(&event))?;
    events::happened(conn, by, event)?;
    Ok(body)
}

/// Writes a body again, over the version that was read. Meetings that are prepared already keep those whom they invite.
pub fn change(conn: &mut Conn, by: By<'_>, world: &World, id: &BodyId, version: i32, given: &Map<String, Value>) -> Result<Body> {
    let body = find_to_write(conn, by.actor, id)?;
    if body.version != version {
        return Err(Error::Conflict { current: body.version });
    }
    let fields = read(conn, by, world, given, body.fields.clone(), Some(id))?;
    let changed = versions::differing(&body.fields, &fields);
    if changed.is_empty() {
        return Ok(body);
    }
    let event = Event::BodyChanged { id, changed: &changed };
    if !store::bodies::update(conn, by, &Body { fields, ..body }, &Cause::of(&event))? {
        return Err(Error::Conflict { current: find(conn, id)?.version });
    }
    events::happened(conn, by, event)?;
    find(conn, id)
}

fn read(conn: &mut Conn, by: By<'_>, world: &World, given: &Map<String, Value>, base: BodyFields, own: Option<&BodyId>) -> Result<BodyFields> {
    let named = world::named(conn, by.actor, world.zone.day(by.now), given)?;
    let fields = reading::body(given, base, &world.known(&named))?;
    if !policy::may_write_body(by.actor, &fields.territory) {
        return Err(Error::field("territory", "Choisissez un de vos territoires."));
    }
    let taken = fields.external_id.as_deref().and_then(|external_id| world.body(external_id)).filter(|other| Some(other) != own);
    match taken {
        Some(_) => Err(Error::field("external_id", "C’est déjà l’identifiant d’une autre instance.")),
        None => Ok(fields),
    }
}
