//! Corrections: an agent who may not write an organisation's page suggests what should change; a manager accepts or refuses.

use serde_json::{Map, Value};

use super::model::Partner;
use super::policy::{self, Subject};
use super::service::{self, World};
use super::{reading, store};
use crate::db::Conn;
use crate::db::types::text_enum;
use crate::error::{Error, Result};
use crate::events::{self, Event};
use crate::kernel::actor::{Actor, By, Role, Viewer};
use crate::kernel::ids::{AccountId, OrganisationId};
use crate::kernel::{Moment, ids};

text_enum! {
    pub enum Stage {
        Suggested = "suggested" | "À décider",
        Accepted = "accepted" | "Acceptée",
        Refused = "refused" | "Refusée",
    }
}

/// What somebody suggests.
#[derive(Clone, Debug, PartialEq)]
pub struct Correction {
    pub id: String,
    pub organisation_id: OrganisationId,
    /// The fields that change, as they should read.
    pub changes: Map<String, Value>,
    pub reason: String,
    pub stage: Stage,
    pub author_id: Option<AccountId>,
    pub author_name: String,
    pub created_at: Moment,
    pub decided_by: Option<String>,
    pub decided_at: Option<Moment>,
    pub comment: String,
}

/// An organisation has so many corrections to decide at most: what comes after would bury them.
const MOST_OPEN: usize = 20;

/// Suggests what should change: the fields that differ are kept.
pub fn suggest(conn: &mut Conn, by: By<'_>, id: &OrganisationId, given: &Map<String, Value>) -> Result<Correction> {
    let world = World::load(conn)?;
    let partner = correctable(conn, by.actor, id, &world)?;
    let mut given = given.clone();
    let reason = service::comment("reason", given.remove("reason").as_ref().and_then(Value::as_str).unwrap_or_default())?;
    let fields = reading::read(&given, partner.fields.clone(), world.known())?;
    let changed = service::changed_fields(&partner.fields, &fields);
    if changed.is_empty() {
        return Err(Error::field("form", "Vous n’avez rien changé : corrigez ce qui est faux, puis envoyez."));
    }
    if store::corrections::open_of(conn, id)?.len() >= MOST_OPEN {
        return Err(Error::Refused("Beaucoup de corrections attendent déjà une décision pour cette fiche. Parlez-en à un responsable.".into()));
    }
    let Ok(Value::Object(mut changes)) = serde_json::to_value(&fields) else { return Err(Error::Internal("fields are no object".into())) };
    changes.retain(|name, _| changed.contains(name));
    let correction = Correction {
        id: ids::new(by.now, by.chance),
        organisation_id: id.clone(),
        changes,
        reason,
        stage: Stage::Suggested,
        author_id: by.actor.id.clone(),
        author_name: by.actor.name.clone(),
        created_at: by.now,
        decided_by: None,
        decided_at: None,
        comment: String::new(),
    };
    store::corrections::insert(conn, &correction)?;
    let event = Event::CorrectionSuggested { id, correction: &correction.id, changed: &changed, reason: &correction.reason };
    events::happened(conn, by, event)?;
    Ok(correction)
}

/// The organisation, if the actor may suggest a correction of it.
pub fn correctable(conn: &mut Conn, actor: &Actor, id: &OrganisationId, world: &World) -> Result<Partner> {
    let partner = service::living(conn, &Viewer(Some(actor.clone())), id)?;
    if policy::may_suggest(actor, &Subject::of(&partner, world)) { Ok(partner) } else { Err(policy::not_yours()) }
}

/// A correction with its organisation, for those who decide of it and for its author.
pub fn find(conn: &mut Conn, actor: &Actor, id: &str) -> Result<(Partner, Correction, bool)> {
    let found = store::corrections::find(conn, id)?;
    let partner = service::living(conn, &Viewer(Some(actor.clone())), &found.organisation_id)?;
    let world = World::load(conn)?;
    let may_decide = policy::may_decide(actor, &Subject::of(&partner, &world));
    if may_decide || actor.is(found.author_id.as_ref()) { Ok((partner, found, may_decide)) } else { Err(Error::NotFound) }
}

/// What awaits a decision for an organisation.
pub fn open_of(conn: &mut Conn, id: &OrganisationId) -> Result<Vec<Correction>> {
    store::corrections::open_of(conn, id)
}

/// Accepts a correction over the version that was read, or refuses it, with a word to its author.
pub fn decide(conn: &mut Conn, by: By<'_>, correction: &str, version: i32, accepted: bool, said: &str) -> Result<Partner> {
    let (partner, found, may_decide) = find(conn, by.actor, correction)?;
    let id = &partner.id;
    if !may_decide {
        return Err(Error::Forbidden("Cette décision revient à un responsable d’un territoire que ce partenaire dessert.".into()));
    }
    if found.stage != Stage::Suggested {
        return Err(Error::Refused(format!("Cette correction est déjà décidée : {}.", found.stage.label().to_lowercase())));
    }
    let comment = service::comment("comment", said)?;
    if !accepted && comment.is_empty() {
        return Err(Error::field("comment", "Dites en un mot pourquoi, à la personne qui l’a proposée."));
    }
    let stage = if accepted { Stage::Accepted } else { Stage::Refused };
    if !store::corrections::decide(conn, correction, stage, by, &comment)? {
        return Err(Error::Conflict { current: partner.version });
    }
    if accepted {
        let reason = if found.reason.is_empty() { format!("Correction proposée par {}", found.author_name) } else { found.reason };
        let mut given = found.changes;
        given.insert("reason".into(), reason.into());
        service::change(conn, by, id, version, &given)?;
    }
    events::happened(conn, by, Event::CorrectionDecided { id, correction, accepted, comment: &comment })?;
    store::whole(conn, id)
}

/// Corrections that await this actor's decision, the oldest first, each with its organisation.
pub fn awaiting(conn: &mut Conn, actor: &Actor) -> Result<Vec<(Partner, Correction)>> {
    if !matches!(actor.role, Role::Manager | Role::Administrator) {
        return Ok(Vec::new());
    }
    let open = store::corrections::open(conn)?;
    if open.is_empty() {
        return Ok(Vec::new());
    }
    let world = World::load(conn)?;
    let ids: Vec<OrganisationId> = open.iter().map(|correction| correction.organisation_id.clone()).collect();
    let partners = store::by_ids(conn, &ids)?;
    let of = |correction: Correction| {
        let partner = partners.iter().find(|partner| partner.id == correction.organisation_id)?;
        policy::may_decide(actor, &Subject::of(partner, &world)).then(|| (partner.clone(), correction))
    };
    Ok(open.into_iter().filter_map(of).collect())
}

/// Gives one organisation's corrections to the one that it became.
pub(super) fn hand_over(conn: &mut Conn, from: &OrganisationId, to: &OrganisationId) -> Result<()> {
    store::corrections::hand_over(conn, from, to)
}
