//! What is done with organisations. Each use-case runs in the caller's transaction and ends with its event.

use serde_json::{Map, Value};

use super::model::{CONFIRM_AFTER_DAYS, Organisation, OrganisationFields, OrganisationKind, Partner};
use super::policy::{self, Subject};
use super::reading::{self, Known};
use super::store;
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::events::{self, Event, Record};
use crate::instance::model::Instance;
use crate::kernel::actor::{Actor, By, Viewer};
use crate::kernel::ids::OrganisationId;
use crate::kernel::{Chance, Listing, Moment, Page, nir};
use crate::territories::model::Atlas;
use crate::versions::{self, Cause};
use crate::{instance, territories};

pub use store::Filter;

/// Everything that codes may name, as it stands in this transaction.
pub struct World {
    pub instance: Instance,
    pub atlas: Atlas,
}

impl World {
    pub fn load(conn: &mut Conn) -> Result<Self> {
        Ok(Self { instance: instance::service::get(conn)?.0, atlas: territories::service::atlas(conn)? })
    }

    pub fn known(&self) -> Known<'_> {
        Known { instance: &self.instance, atlas: &self.atlas }
    }
}

/// Every organisation, by name.
pub fn all(conn: &mut Conn) -> Result<Vec<Organisation>> {
    store::all(conn)
}

/// Every organisation that the viewer may know of, by name.
pub fn readable(conn: &mut Conn, viewer: &Viewer) -> Result<Vec<Organisation>> {
    Ok(store::all(conn)?.into_iter().filter(|one| policy::may_read(viewer, &one.id, one.visibility)).collect())
}

/// Those that became another when two records turned out to be of one organisation, each with the one that it became.
pub fn former(conn: &mut Conn) -> Result<Vec<(Organisation, OrganisationId)>> {
    store::former(conn)
}

/// Every organisation whole, whoever reads.
pub fn all_whole(conn: &mut Conn) -> Result<Vec<Partner>> {
    store::with_fields(conn)
}

pub fn find(conn: &mut Conn, id: &OrganisationId) -> Result<Organisation> {
    store::find(conn, id)
}

/// The organisation whole, or the one that it became, if the viewer may read it; otherwise there is none.
pub fn read(conn: &mut Conn, viewer: &Viewer, id: &OrganisationId) -> Result<Partner> {
    let found = store::whole(conn, id)?;
    let partner = match &found.merged_into {
        Some(into) => store::whole(conn, into)?,
        None => found,
    };
    if policy::may_read(viewer, &partner.id, partner.fields.visibility) { Ok(partner) } else { Err(Error::NotFound) }
}

/// The organisation that bears a number elsewhere, or the one that it became.
pub fn by_external_id(conn: &mut Conn, external_id: &str) -> Result<Option<Partner>> {
    match store::by_external_id(conn, external_id)? {
        Some(Partner { merged_into: Some(into), .. }) => store::whole(conn, &into).map(Some),
        found => Ok(found),
    }
}

pub fn list(conn: &mut Conn, viewer: &Viewer, filter: &Filter, page: Page, now: Moment) -> Result<Listing<Partner>> {
    let (items, total) = store::list(conn, viewer, filter, page, now)?;
    Ok(Listing::new(items, u64::try_from(total).unwrap_or(0), page))
}

/// All that a filter lets through, by name.
pub fn matching(conn: &mut Conn, viewer: &Viewer, filter: &Filter, now: Moment) -> Result<Vec<Partner>> {
    store::all_of(conn, viewer, filter, now)
}

/// These of the organisations that the viewer may read, in no order.
pub fn readable_of(conn: &mut Conn, viewer: &Viewer, ids: &[OrganisationId]) -> Result<Vec<Partner>> {
    store::readable_of(conn, viewer, ids)
}

pub fn count(conn: &mut Conn, viewer: &Viewer, filter: &Filter, now: Moment) -> Result<u64> {
    Ok(u64::try_from(store::count(conn, viewer, filter, now)?).unwrap_or(0))
}

/// The themes of the organisations that the viewer may read.
pub fn themes_in_use(conn: &mut Conn, viewer: &Viewer) -> Result<Vec<String>> {
    store::themes_in_use(conn, viewer)
}

/// An organisation of which no more is known than its name and kind.
pub fn add(conn: &mut Conn, name: &str, kind: OrganisationKind, now: Moment, chance: &Chance) -> Result<Organisation> {
    let given = [("name".to_owned(), name.into()), ("kind".to_owned(), kind.as_str().into())].into_iter().collect();
    let added = create(conn, By { actor: &Actor::command_line(), now, chance }, &given)?;
    store::find(conn, &added.id)
}

pub fn create(conn: &mut Conn, by: By<'_>, given: &Map<String, Value>) -> Result<Partner> {
    if !policy::may_create(by.actor) {
        return Err(policy::not_created_here());
    }
    let world = World::load(conn)?;
    let fields = reading::read(given, OrganisationFields::default(), world.known())?;
    free_external_id(conn, &fields, None)?;
    let partner = Partner {
        id: OrganisationId::new(by.now, by.chance),
        fields,
        version: 1,
        merged_into: None,
        confirmed_at: by.now,
        created_at: by.now,
        updated_at: by.now,
    };
    if !policy::may_write(by.actor, &Subject::of(&partner, &world)) {
        return Err(Error::field("area", "Choisissez au moins un de vos territoires : sinon vous ne pourriez pas tenir cette fiche."));
    }
    let event = Event::PartnerAdded { id: &partner.id };
    store::insert(conn, by, &partner, &Cause::of(&event))?;
    events::happened(conn, by, event)?;
    Ok(partner)
}

fn free_external_id(conn: &mut Conn, fields: &OrganisationFields, own: Option<&OrganisationId>) -> Result<()> {
    let Some(external_id) = &fields.external_id else { return Ok(()) };
    match store::by_external_id(conn, external_id)? {
        Some(other) if Some(&other.id) != own => {
            Err(Error::field("external_id", format!("« {external_id} » est déjà l’identifiant d’un autre partenaire.")))
        }
        _ => Ok(()),
    }
}

/// Writes an organisation again, over the version that was read, for the `reason` given with its fields.
pub fn change(conn: &mut Conn, by: By<'_>, id: &OrganisationId, version: i32, given: &Map<String, Value>) -> Result<Partner> {
    let mut given = given.clone();
    let reason = reason(given.remove("reason"))?;
    rewrite(conn, by, id, version, &given, Again { reason: &reason, restored: None })
}

fn reason(given: Option<Value>) -> Result<String> {
    match given {
        None | Some(Value::Null) => Ok(String::new()),
        Some(Value::String(reason)) => comment("reason", &reason),
        Some(_) => Err(Error::field("reason", "Un texte est attendu.")),
    }
}

/// Why an organisation is written again.
#[derive(Clone, Copy, Debug)]
pub(super) struct Again<'a> {
    pub reason: &'a str,
    /// The version whose fields are given.
    pub restored: Option<i32>,
}

pub(super) fn rewrite(
    conn: &mut Conn,
    by: By<'_>,
    id: &OrganisationId,
    version: i32,
    given: &Map<String, Value>,
    again: Again<'_>,
) -> Result<Partner> {
    let world = World::load(conn)?;
    let partner = writable(conn, by.actor, id, &world)?;
    if partner.version != version {
        return Err(Error::Conflict { current: partner.version });
    }
    let fields = reading::read(given, partner.fields.clone(), world.known())?;
    free_external_id(conn, &fields, Some(id))?;
    let changed = changed_fields(&partner.fields, &fields);
    if changed.is_empty() {
        return Ok(partner);
    }
    let next = Partner { fields, ..partner };
    if !policy::may_write(by.actor, &Subject::of(&next, &world)) {
        return Err(Error::field("area", "Gardez au moins un de vos territoires : sinon vous ne pourriez plus modifier cette fiche."));
    }
    let (changed, reason) = (changed.as_slice(), again.reason);
    let event = match again.restored {
        None => Event::PartnerChanged { id, changed, reason },
        Some(number) => Event::PartnerRestored { id, number, changed, reason },
    };
    if !store::update(conn, by, &next, &Cause::of(&event))? {
        return Err(Error::Conflict { current: store::whole(conn, id)?.version });
    }
    events::happened(conn, by, event)?;
    store::whole(conn, id)
}

/// The names of the fields that differ.
pub fn changed_fields(before: &OrganisationFields, after: &OrganisationFields) -> Vec<String> {
    versions::differing(&before.sorted(), &after.sorted())
}

/// A word about a change or a decision: short, and naming nobody.
pub(super) fn comment(field: &str, text: &str) -> Result<String> {
    const MOST: usize = 2_000;
    let text = crate::kernel::text::clean(text);
    if text.chars().count() > MOST {
        return Err(Error::field(field, format!("Ce texte dépasse {MOST} caractères.")));
    }
    if nir::find(&text).is_some() {
        return Err(Error::field(field, "Ce texte contient un numéro de sécurité sociale : retirez-le."));
    }
    Ok(text)
}

/// The organisation as a viewer who may read it finds it; one that became another is no longer written.
pub(super) fn living(conn: &mut Conn, viewer: &Viewer, id: &OrganisationId) -> Result<Partner> {
    let partner = read(conn, viewer, id)?;
    if partner.id == *id { Ok(partner) } else { Err(Error::Refused("Cette fiche a été réunie à une autre : modifiez celle qui reste.".into())) }
}

/// The organisation, if the viewer may write it.
pub fn find_to_write(conn: &mut Conn, viewer: &Viewer, id: &OrganisationId) -> Result<Partner> {
    let actor = viewer.actor().ok_or(Error::SignIn)?;
    let world = World::load(conn)?;
    writable(conn, actor, id, &world)
}

pub(super) fn writable(conn: &mut Conn, actor: &Actor, id: &OrganisationId, world: &World) -> Result<Partner> {
    let partner = living(conn, &Viewer(Some(actor.clone())), id)?;
    if policy::may_write(actor, &Subject::of(&partner, world)) { Ok(partner) } else { Err(policy::not_yours()) }
}

/// Says that what the page tells is still true. `version` is the one that was read.
pub fn confirm(conn: &mut Conn, by: By<'_>, id: &OrganisationId, version: i32) -> Result<Partner> {
    let world = World::load(conn)?;
    let partner = writable(conn, by.actor, id, &world)?;
    if partner.version != version {
        return Err(Error::Conflict { current: partner.version });
    }
    store::confirm(conn, id, by.now)?;
    events::happened(conn, by, Event::PartnerConfirmed { id })?;
    store::whole(conn, id)
}

/// The organisations that nobody changed nor confirmed for a year, and that were not asked yet.
pub fn due_for_confirmation(conn: &mut Conn, now: Moment) -> Result<Vec<Partner>> {
    store::due_for_confirmation(conn, now.plus_days(-CONFIRM_AFTER_DAYS))
}

/// Says that an organisation was asked whether its page still holds: it is asked once.
pub fn asked(conn: &mut Conn, id: &OrganisationId, now: Moment) -> Result<()> {
    store::mark_reminded(conn, id, now)
}

pub(super) fn in_use() -> Error {
    Error::Refused("D’autres fiches s’y rattachent (comptes, actions, conventions…) : il ne peut pas être supprimé.".into())
}

/// Does an account, an action or a former record lean on it?
pub fn is_in_use(conn: &mut Conn, id: &OrganisationId) -> Result<bool> {
    Ok(store::uses(conn, id)? > 0)
}

/// Removes an organisation that nobody belongs to and nothing names.
pub fn remove(conn: &mut Conn, by: By<'_>, id: &OrganisationId) -> Result<()> {
    if !policy::may_remove(by.actor) {
        return Err(Error::NotFound);
    }
    living(conn, &Viewer(Some(by.actor.clone())), id)?;
    if is_in_use(conn, id)? {
        return Err(in_use());
    }
    if !store::delete(conn, id)? {
        return Err(Error::NotFound);
    }
    versions::forget(conn, &Record::partner(id))?;
    events::happened(conn, by, Event::PartnerRemoved { id })
}
