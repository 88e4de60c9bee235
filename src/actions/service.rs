//! What is done with actions. Each use-case runs in the caller's transaction and ends with its event.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::model::{ActionFields, Carrier, Life, Refusal, Situation, Stage, Verb, missing_for_publication};
use super::policy::{self, Subject};
use super::reading::{self, Known};
use super::store;
use crate::accounts::model::{Actor, By, Role, Viewer};
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::events::{self, Event};
use crate::instance::model::Instance;
use crate::kernel::ids::ActionId;
use crate::kernel::{Day, FieldErrors, Listing, Page};
use crate::versions::{self, Cause};
use crate::{instance, partners, plans, territories};

pub use store::{Action, Attended, Filter, attended, last_of_partner, lately, of_partner, of_sheet, partner_counts, partner_places, sheet_counts};

/// Days after which an action without dates is to be confirmed: six months.
pub const CONFIRM_AFTER_DAYS: i64 = 183;

impl Action {
    pub fn situation(&self, today: Day) -> Option<Situation> {
        let fields = &self.fields;
        (self.life.stage == Stage::Published).then(|| Situation::of(fields.starts_on, fields.ends_on, fields.evaluation.is_written(), today))
    }

    pub fn subject(&self) -> Subject<'_> {
        Subject::of(&self.fields, self.life.stage, self.author_id.as_ref())
    }

    /// Published, without dates, and not confirmed for six months.
    pub fn is_to_be_confirmed(&self, now: crate::kernel::Moment) -> bool {
        self.life.stage == Stage::Published
            && self.fields.starts_on.is_none()
            && self.fields.ends_on.is_none()
            && self.confirmed_at <= now.plus_days(-CONFIRM_AFTER_DAYS)
    }
}

/// Everything that codes may name, as it stands in this transaction.
pub struct World {
    pub instance: Instance,
    pub atlas: territories::model::Atlas,
    pub partners: BTreeSet<String>,
    /// Partners that became another, with the one that they became.
    pub former: BTreeMap<String, String>,
    pub sheets: BTreeSet<super::model::SheetRef>,
}

impl World {
    pub fn load(conn: &mut Conn) -> Result<Self> {
        let (instance, _) = instance::service::get(conn)?;
        let sheets = plans::service::sheet_numbers(conn)?
            .into_iter()
            .map(|(plan, number)| super::model::SheetRef { plan_id: plan.as_str().to_owned(), number })
            .collect();
        Ok(Self {
            instance,
            atlas: territories::service::atlas(conn)?,
            partners: partners::service::all(conn)?.into_iter().map(|partner| partner.id.as_str().to_owned()).collect(),
            former: partners::service::former(conn)?.into_iter().map(|(gone, into)| (gone.id.to_string(), into.to_string())).collect(),
            sheets,
        })
    }

    pub fn known(&self) -> Known<'_> {
        Known { instance: &self.instance, atlas: &self.atlas, partners: &self.partners, former: &self.former, sheets: &self.sheets }
    }
}

pub fn not_yours() -> Error {
    Error::Forbidden("Cette action relève d’un autre territoire que les vôtres. Vous pouvez vous en inspirer.".into())
}

/// The action, if the viewer may read it; otherwise there is none.
pub fn find(conn: &mut Conn, viewer: &Viewer, id: &ActionId) -> Result<Action> {
    let action = store::find(conn, id)?;
    if policy::may_read(viewer, &action.subject()) { Ok(action) } else { Err(Error::NotFound) }
}

pub fn list(conn: &mut Conn, viewer: &Viewer, filter: &Filter, page: Page, today: Day) -> Result<Listing<Action>> {
    let (items, total) = store::list(conn, viewer, filter, page, today)?;
    Ok(Listing::new(items, u64::try_from(total).unwrap_or(0), page))
}

/// An action as a list shows it, with its next session.
#[derive(Clone, Debug, PartialEq)]
pub struct Card {
    pub action: Action,
    pub next: Option<Next>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Next {
    pub starts_at: crate::kernel::Moment,
    pub place: String,
}

/// The cards of these actions, as far as the viewer may find them: two queries, however many there are.
pub fn cards(conn: &mut Conn, viewer: &Viewer, ids: &[ActionId], now: crate::kernel::Moment) -> Result<Vec<Card>> {
    let next = store::next_sessions(conn, ids, now)?;
    let card = |action: Action| {
        let next = next.iter().find(|(id, ..)| *id == action.id);
        Card { next: next.map(|(_, starts_at, place)| Next { starts_at: *starts_at, place: place.clone() }), action }
    };
    let published = |action: &Action| action.life.stage == Stage::Published;
    Ok(store::readable_of(conn, viewer, ids)?.into_iter().filter(published).map(card).collect())
}

/// The next appointments, one an action, the soonest first.
pub fn next_appointments(
    conn: &mut Conn,
    viewer: &Viewer,
    now: crate::kernel::Moment,
    most: usize,
) -> Result<Vec<(Action, super::sessions::Session)>> {
    // A weekly action has many sessions, and not all are for this reader: enough are read for `most` to show.
    let mut soonest: Vec<(ActionId, super::sessions::Session)> = Vec::new();
    for (id, session) in store::upcoming(conn, now, 400)? {
        if soonest.iter().all(|(known, _)| *known != id) {
            soonest.push((id, session));
        }
    }
    let ids: Vec<ActionId> = soonest.iter().map(|(id, _)| id.clone()).collect();
    let readable = store::readable_of(conn, viewer, &ids)?;
    let published = |id: &ActionId| readable.iter().find(|action| action.id == *id && action.life.stage == Stage::Published).cloned();
    Ok(soonest.into_iter().filter_map(|(id, session)| Some((published(&id)?, session))).take(most).collect())
}

/// How many open actions there are, by theme, and by territory as they name it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct InUse {
    pub open: u64,
    pub themes: std::collections::BTreeMap<String, u64>,
    pub territories: std::collections::BTreeMap<String, u64>,
}

pub fn in_use(conn: &mut Conn, viewer: &Viewer, today: Day) -> Result<InUse> {
    let open = Filter { stages: vec![Stage::Published], situations: vec![Situation::Upcoming, Situation::Running], ..Filter::default() };
    let counted = |rows: Vec<(String, i64)>| rows.into_iter().map(|(code, count)| (code, u64::try_from(count).unwrap_or(0))).collect();
    Ok(InUse {
        open: u64::try_from(store::count(conn, viewer, &open, today)?).unwrap_or(0),
        themes: counted(store::themes_in_use(conn, viewer, today)?),
        territories: counted(store::territories_in_use(conn, viewer, today)?),
    })
}

/// Begins an action with what is given of it: a title at least.
pub fn create(conn: &mut Conn, by: By<'_>, given: &Map<String, Value>) -> Result<Action> {
    let world = World::load(conn)?;
    create_in(conn, by, given, &world, None)
}

/// [`create`], the world already read: an import reads it once.
pub fn create_in(conn: &mut Conn, by: By<'_>, given: &Map<String, Value>, world: &World, inspired_by: Option<&ActionId>) -> Result<Action> {
    if !policy::may_create(by.actor) {
        return Err(Error::Forbidden(
            "Les actions sont présentées par les agents du Département. Écrivez à votre interlocuteur pour en proposer une.".into(),
        ));
    }
    let base = ActionFields { carrier: by.actor.territories.first().cloned().map(Carrier::Territory), ..ActionFields::default() };
    let fields = reading::read(given, base, &world.known())?;
    begin(conn, by, fields, inspired_by)
}

fn begin(conn: &mut Conn, by: By<'_>, fields: ActionFields, inspired_by: Option<&ActionId>) -> Result<Action> {
    with_title(&fields)?;
    free_external_id(conn, &fields, None)?;
    let action = Action {
        id: ActionId::new(by.now, by.chance),
        fields,
        life: Life::new(),
        version: 1,
        author_id: by.actor.id.clone(),
        author_name: by.actor.name.clone(),
        inspired_by: inspired_by.cloned(),
        confirmed_at: by.now,
        created_at: by.now,
        updated_at: by.now,
    };
    if !policy::may_write(by.actor, &action.subject()) {
        return Err(not_yours());
    }
    let event = Event::ActionCreated { id: &action.id, inspired_by };
    store::insert(conn, by, &action, &Cause::of(&event))?;
    events::happened(conn, by, event)?;
    Ok(action)
}

fn with_title(fields: &ActionFields) -> Result<()> {
    if fields.title.is_empty() { Err(Error::field("title", "Donnez un titre : c’est tout ce qu’il faut pour commencer.")) } else { Ok(()) }
}

fn free_external_id(conn: &mut Conn, fields: &ActionFields, own: Option<&ActionId>) -> Result<()> {
    let Some(external_id) = &fields.external_id else { return Ok(()) };
    match store::by_external_id(conn, external_id)? {
        Some(other) if Some(&other.id) != own => {
            Err(Error::field("external_id", format!("« {external_id} » est déjà l’identifiant d’une autre action.")))
        }
        _ => Ok(()),
    }
}

/// Writes an action again, over the version that was read, for the `reason` given with its fields. A published one must stay complete:
/// the new version is live at once.
pub fn change(conn: &mut Conn, by: By<'_>, id: &ActionId, version: i32, given: &Map<String, Value>) -> Result<Action> {
    let world = World::load(conn)?;
    change_in(conn, by, id, version, given, &world)
}

/// [`change`], the world already read.
pub fn change_in(conn: &mut Conn, by: By<'_>, id: &ActionId, version: i32, given: &Map<String, Value>, world: &World) -> Result<Action> {
    let mut given = given.clone();
    let reason = match given.remove("reason") {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(reason)) => reason,
        Some(_) => return Err(Error::field("reason", "Un texte est attendu.")),
    };
    rewrite(conn, by, id, version, &given, world, Again { reason: &reason, restored: None })
}

/// Why an action is written again.
#[derive(Clone, Copy, Debug)]
pub(super) struct Again<'a> {
    pub reason: &'a str,
    /// The version whose fields are given.
    pub restored: Option<i32>,
}

pub(super) fn rewrite(
    conn: &mut Conn,
    by: By<'_>,
    id: &ActionId,
    version: i32,
    given: &Map<String, Value>,
    world: &World,
    again: Again<'_>,
) -> Result<Action> {
    let action = writable(conn, by, id)?;
    if action.version != version {
        return Err(Error::Conflict { current: action.version });
    }
    if action.life.stage == Stage::Archived {
        return Err(Error::Refused("Une action archivée ne se modifie plus. Vous pouvez vous en inspirer pour en présenter une nouvelle.".into()));
    }
    let reason = comment("reason", again.reason)?;
    let fields = reading::read(given, action.fields.clone(), &world.known())?;
    with_title(&fields)?;
    if action.life.stage != Stage::Draft {
        missing_for_publication(&fields).into_result()?;
    }
    free_external_id(conn, &fields, Some(id))?;
    let changed = changed_fields(&action.fields, &fields);
    if changed.is_empty() {
        return Ok(action);
    }
    let next = Action { fields, ..action };
    // A worker cannot give away what is theirs, nor take what is not.
    if !policy::may_write(by.actor, &next.subject()) {
        return Err(Error::field("territories", "Gardez au moins un de vos territoires : sinon vous ne pourriez plus modifier cette action."));
    }
    let (changed, reason, is_live) = (changed.as_slice(), reason.as_str(), next.life.stage == Stage::Published);
    let event = match again.restored {
        None => Event::ActionChanged { id, changed, is_live, reason },
        Some(number) => Event::ActionRestored { id, number, changed, is_live, reason },
    };
    if !store::update_fields(conn, by, &next, &Cause::of(&event))? {
        return Err(Error::Conflict { current: store::find(conn, id)?.version });
    }
    events::happened(conn, by, event)?;
    store::find(conn, id)
}

/// A word about a decision or a change: short, and naming nobody.
fn comment(field: &str, text: &str) -> Result<String> {
    let text = crate::kernel::text::clean(text);
    if text.chars().count() > reading::SUMMARY_MAX {
        return Err(Error::field(field, format!("Ce texte dépasse {} caractères.", reading::SUMMARY_MAX)));
    }
    if crate::kernel::nir::find(&text).is_some() {
        return Err(Error::field(field, "Ce texte contient un numéro de sécurité sociale : retirez-le."));
    }
    Ok(text)
}

/// The names of the fields that differ.
pub fn changed_fields(before: &ActionFields, after: &ActionFields) -> Vec<String> {
    versions::differing(&before.sorted(), &after.sorted())
}

/// The published actions whose page gives an address to write to, with it.
pub fn mailboxes(conn: &mut Conn) -> Result<Vec<(ActionId, String, String)>> {
    store::mailboxes(conn)
}

/// The action, if the viewer may write it.
pub fn find_to_write(conn: &mut Conn, viewer: &Viewer, id: &ActionId) -> Result<Action> {
    let actor = viewer.actor().ok_or(Error::SignIn)?;
    let action = find(conn, viewer, id)?;
    if policy::may_write(actor, &action.subject()) { Ok(action) } else { Err(not_yours()) }
}

fn writable(conn: &mut Conn, by: By<'_>, id: &ActionId) -> Result<Action> {
    find_to_write(conn, &Viewer(Some(by.actor.clone())), id)
}

/// Carries out a verb of its life over the version that was read.
pub fn carry_out(conn: &mut Conn, by: By<'_>, id: &ActionId, version: i32, verb: Verb, said: &str) -> Result<Action> {
    let action = writable(conn, by, id)?;
    let (instance, _) = instance::service::get(conn)?;
    if !policy::may(by.actor, verb, &action.subject(), instance.direct_publication) {
        return Err(not_decided_here());
    }
    if action.version != version {
        return Err(Error::Conflict { current: action.version });
    }
    let comment = comment("comment", said)?;
    let life = action.life.clone().apply(verb, &action.fields, &comment, by.now).map_err(refused)?;
    let event = Event::ActionMoved { id, verb, comment: &comment };
    if !store::update_life(conn, by, &Action { life, ..action }, &Cause::of(&event))? {
        return Err(Error::Conflict { current: store::find(conn, id)?.version });
    }
    events::happened(conn, by, event)?;
    store::find(conn, id)
}

/// The action, if the viewer may return it to its author as it now stands.
pub fn returnable(conn: &mut Conn, viewer: &Viewer, id: &ActionId) -> Result<Action> {
    let actor = viewer.actor().ok_or(Error::SignIn)?;
    let action = find(conn, viewer, id)?;
    let (instance, _) = instance::service::get(conn)?;
    if !policy::may(actor, Verb::Return, &action.subject(), instance.direct_publication) {
        return Err(not_decided_here());
    }
    match Verb::Return.leads(action.life.stage) {
        Some(_) => Ok(action),
        None => Err(refused(Refusal::Stage { from: action.life.stage, verb: Verb::Return })),
    }
}

fn not_decided_here() -> Error {
    Error::Forbidden("Cette décision revient à un responsable du territoire.".into())
}

fn refused(refusal: Refusal) -> Error {
    match refusal {
        Refusal::Incomplete(missing) => Error::Invalid(missing),
        Refusal::Comment => Error::field("comment", "Dites à l’auteur ce qu’il faut reprendre."),
        Refusal::Stage { from, verb } => {
            let state = match from {
                Stage::Draft => "est un brouillon",
                Stage::Submitted => "attend déjà sa validation",
                Stage::Published => "est déjà publiée",
                Stage::Archived => "est archivée",
            };
            Error::Refused(format!("« {} » n’est pas possible : l’action {state}.", verb.label()))
        }
    }
}

/// « M’en inspirer »: a draft with the same needs, objectives and steps, for the actor's own territory. The lineage is kept; what is
/// particular to the first (dates, place, contact, results) is left to write.
pub fn duplicate(conn: &mut Conn, by: By<'_>, id: &ActionId) -> Result<Action> {
    let source = find(conn, &Viewer(Some(by.actor.clone())), id)?;
    if !policy::may_create(by.actor) {
        return Err(Error::Forbidden("Les actions sont présentées par les agents du Département.".into()));
    }
    let own: Vec<String> = by.actor.territories.iter().cloned().collect();
    let from = source.fields;
    let fields = ActionFields {
        external_id: None,
        carrier: own.first().cloned().map(Carrier::Territory).or(from.carrier),
        territories: if own.is_empty() { from.territories } else { own },
        place: String::new(),
        place_withheld: from.place_withheld,
        starts_on: None,
        ends_on: None,
        rhythm: String::new(),
        partners: Vec::new(),
        indicators: from.indicators.into_iter().map(|indicator| super::model::Indicator { value: None, ..indicator }).collect(),
        evaluation: Default::default(),
        contact: Default::default(),
        ..from
    };
    begin(conn, by, fields, Some(id))
}

/// Says that an action without dates is still true.
pub fn confirm(conn: &mut Conn, by: By<'_>, id: &ActionId) -> Result<()> {
    let action = writable(conn, by, id)?;
    if action.life.stage != Stage::Published {
        return Err(Error::Refused("Seule une action publiée se confirme.".into()));
    }
    store::confirm(conn, id, by.now)?;
    events::happened(conn, by, Event::ActionConfirmed { id })
}

/// What awaits somebody: submissions to validate, drafts returned, reports due, actions to confirm.
pub struct Awaiting {
    pub to_validate: Vec<Action>,
    pub returned: Vec<Action>,
    pub drafts: Vec<Action>,
    pub reports: Vec<Action>,
    pub to_confirm: Vec<Action>,
}

fn to_validate(actor: &Actor) -> Option<Filter> {
    match actor.role {
        Role::Administrator => Some(Filter { stages: vec![Stage::Submitted], oldest_first: true, ..Filter::default() }),
        Role::Manager => {
            Some(Filter { stages: vec![Stage::Submitted], within: actor.reach.iter().cloned().collect(), oldest_first: true, ..Filter::default() })
        }
        _ => None,
    }
}

pub fn awaiting(conn: &mut Conn, actor: &Actor, today: Day, now: crate::kernel::Moment) -> Result<Awaiting> {
    let viewer = Viewer(Some(actor.clone()));
    let page = Page { number: 1, size: Page::LARGEST };
    let to_validate = match to_validate(actor) {
        Some(filter) => store::list(conn, &viewer, &filter, page, today)?.0,
        None => Vec::new(),
    };
    let mut mine = |stages: Vec<Stage>, situations: Vec<Situation>| match &actor.id {
        Some(id) => {
            let filter = Filter { stages, situations, author: Some(id.clone()), ..Filter::default() };
            Ok::<_, Error>(store::list(conn, &viewer, &filter, page, today)?.0)
        }
        None => Ok(Vec::new()),
    };
    let (returned, drafts) = mine(vec![Stage::Draft], Vec::new())?.into_iter().partition(|action| action.life.return_comment.is_some());
    let reports = mine(vec![Stage::Published], vec![Situation::ReportDue])?;
    let to_confirm = mine(vec![Stage::Published], vec![Situation::Running])?.into_iter().filter(|action| action.is_to_be_confirmed(now)).collect();
    Ok(Awaiting { to_validate, returned, drafts, reports, to_confirm })
}

/// How many things await somebody, for the menu.
pub fn awaiting_count(conn: &mut Conn, actor: &Actor, today: Day) -> Result<i64> {
    let viewer = Viewer(Some(actor.clone()));
    let mut count = match to_validate(actor) {
        Some(filter) => store::count(conn, &viewer, &filter, today)?,
        None => 0,
    };
    if let Some(id) = &actor.id {
        let due = Filter { stages: vec![Stage::Published], situations: vec![Situation::ReportDue], author: Some(id.clone()), ..Filter::default() };
        count += store::count(conn, &viewer, &due, today)?;
    }
    count += i64::try_from(partners::corrections::awaiting(conn, actor)?.len()).unwrap_or(0);
    Ok(count)
}

/// What publication still needs and what would complete the page, each with the step of the form that gives it.
pub fn still_missing(fields: &ActionFields) -> FieldErrors {
    missing_for_publication(fields)
}
