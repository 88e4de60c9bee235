//! What is done with meetings. Each use-case runs in the caller's transaction and ends with its event.

use serde_json::{Map, Value};

use super::model::{InvitationState, Kind, Life, MeetingFields, Refusal, Stage, Verb};
use super::policy::{self, Subject};
use super::world::{self, World};
use super::{bodies, inviting, reading, store};
use crate::accounts::model::{Actor, By, Viewer};
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::events::{self, Event};
use crate::kernel::given::Given;
use crate::kernel::ids::{self, BodyId, MeetingId};
use crate::kernel::{FieldErrors, Listing, Moment, Page};
use crate::versions::{self, Cause};

pub use store::{Filter, Held, Meeting, held};

/// Changes of a meeting that was called are gathered for so long, and told at once.
pub const GATHERED_SECONDS: i64 = 600;

impl Meeting {
    /// What its rights depend on, but for who is invited.
    pub fn subject(&self) -> Subject<'_> {
        Subject::of(&self.fields, self.life.stage, self.author_id.as_ref(), self.body_territory.as_deref())
    }

    pub fn has_begun(&self, now: Moment) -> bool {
        self.fields.starts_at.is_some_and(|start| start <= now)
    }

    pub fn has_ended(&self, now: Moment) -> bool {
        self.fields.ends_at.or(self.fields.starts_at).is_some_and(|end| end <= now)
    }
}

pub fn not_yours() -> Error {
    Error::Forbidden("Cette rencontre relève d’un autre territoire que les vôtres.".into())
}

pub fn not_prepared_here() -> Error {
    Error::Forbidden("Les rencontres sont préparées par les agents.".into())
}

/// What this reader's rights over a meeting depend on.
pub fn subject<'a>(conn: &mut Conn, viewer: &Viewer, meeting: &'a Meeting) -> Result<Subject<'a>> {
    let mut subject = meeting.subject();
    if let Some(actor) = viewer.actor() {
        let own = store::invitations::own(conn, &meeting.id, actor.id.as_ref(), actor.organisation_id.as_ref())?;
        subject.is_invited = !own.is_empty();
        subject.is_chair = own.iter().any(|one| one.is_chair && actor.is(one.account_id.as_ref()));
    }
    Ok(subject)
}

/// The meeting, if the viewer may read it; otherwise there is none.
pub fn find(conn: &mut Conn, viewer: &Viewer, id: &MeetingId) -> Result<Meeting> {
    let meeting = store::find(conn, id)?;
    let subject = subject(conn, viewer, &meeting)?;
    if policy::may_read(viewer, &subject) { Ok(meeting) } else { Err(Error::NotFound) }
}

/// The meeting, if the viewer may write it.
pub fn find_to_write(conn: &mut Conn, viewer: &Viewer, id: &MeetingId) -> Result<Meeting> {
    let actor = viewer.actor().ok_or(Error::SignIn)?;
    let meeting = find(conn, viewer, id)?;
    if policy::may_write(actor, &meeting.subject()) { Ok(meeting) } else { Err(not_yours()) }
}

pub fn list(conn: &mut Conn, viewer: &Viewer, filter: &Filter, page: Page) -> Result<Listing<Meeting>> {
    let (items, total) = store::list(conn, viewer, filter, page)?;
    Ok(Listing::new(items, u64::try_from(total).unwrap_or(0), page))
}

pub fn count(conn: &mut Conn, viewer: &Viewer, filter: &Filter) -> Result<i64> {
    store::count(conn, viewer, filter)
}

/// Prepares a meeting with what is given of it, a title at least; of a body, it begins as the body says, and its members are to be invited.
/// A `stage` of `held` records one that was held before it was written here.
pub fn create(conn: &mut Conn, by: By<'_>, world: &World, given: &Map<String, Value>) -> Result<Meeting> {
    create_in_series(conn, by, world, given, None)
}

/// [`create`], one of those made at once from one rhythm.
pub fn create_in_series(conn: &mut Conn, by: By<'_>, world: &World, given: &Map<String, Value>, series: Option<&str>) -> Result<Meeting> {
    if !policy::may_create(by.actor) {
        return Err(not_prepared_here());
    }
    let mut given = given.clone();
    let is_held = held_already(given.remove("stage").as_ref())?;
    let body = match given.get("body_id").and_then(Value::as_str).and_then(|said| world.body(said.trim())) {
        Some(id) => Some(store::bodies::find(conn, &id)?),
        None => None,
    };
    let today = world.zone.day(by.now);
    let named = world::named(conn, by.actor, today, &given)?;
    let fields = reading::meeting(&given, base_for(by.actor, body.as_ref(), kind_of(&given)), &world.known(&named))?;
    if fields.title.is_empty() {
        return Err(Error::field("title", "Donnez un titre."));
    }
    free_external_id(conn, &fields, None)?;
    let life = Life::new(Stage::Draft);
    let life = if is_held { life.apply(Verb::Record, &fields, "", by.now).map_err(refused)? } else { life };
    let meeting = Meeting {
        series_id: series.map(ToOwned::to_owned),
        life,
        body_territory: body.as_ref().map(|body| body.fields.territory.clone()),
        ..begun(by, MeetingId::new(by.now, by.chance), fields)
    };
    if !policy::may_write(by.actor, &Subject { author: None, organiser: None, ..meeting.subject() }) {
        return Err(out_of_reach());
    }
    let id = &meeting.id;
    let event = Event::MeetingCreated { id, is_held };
    store::insert(conn, by, &meeting, &Cause::of(&event))?;
    if let Some(body) = &body {
        inviting::add_members(conn, by, &meeting, &body.fields)?;
    }
    events::happened(conn, by, event)?;
    store::find(conn, id)
}

/// A meeting of which nobody knows yet.
pub(super) fn begun(by: By<'_>, id: MeetingId, fields: MeetingFields) -> Meeting {
    Meeting {
        uid: format!("{}@traitdunion", id.as_str().to_lowercase()),
        id,
        sequence: 0,
        series_id: None,
        fields: keyed(by, fields),
        life: Life::new(Stage::Draft),
        headcount: None,
        announce_at: None,
        announced: None,
        version: 1,
        author_id: by.actor.id.clone(),
        author_name: by.actor.name.clone(),
        created_at: by.now,
        updated_at: by.now,
        body_territory: None,
    }
}

fn held_already(stage: Option<&Value>) -> Result<bool> {
    let mut reader = Given::default();
    let stage = reader.code("stage", stage.unwrap_or(&Value::Null), Stage::parse);
    reader.errors.into_result()?;
    match stage {
        None | Some(Stage::Draft) => Ok(false),
        Some(Stage::Held) => Ok(true),
        Some(stage) => {
            let message = format!("Une rencontre commence à « draft », ou s’enregistre déjà tenue à « held » ; pas à « {stage} ».");
            Err(Error::field("stage", message))
        }
    }
}

/// The kind that is given, if it is one.
pub(super) fn kind_of(given: &Map<String, Value>) -> Option<Kind> {
    given.get("kind").and_then(Value::as_str).and_then(|said| Kind::parse(said.trim()))
}

/// A meeting begins as its body and its kind say; without a body, in the territories of whoever prepares it.
pub fn base_for(actor: &Actor, body: Option<&bodies::Body>, kind: Option<Kind>) -> MeetingFields {
    let organiser = actor.id.as_ref().map(ToString::to_string);
    match body {
        Some(body) => MeetingFields {
            title: body.fields.name.clone(),
            body_id: Some(body.id.to_string()),
            territories: vec![body.fields.territory.clone()],
            reminder_days: body.fields.reminder_days.clone(),
            organiser,
            ..MeetingFields::of_kind(kind.unwrap_or(body.fields.kind))
        },
        None => {
            MeetingFields { territories: actor.territories.iter().cloned().collect(), organiser, ..MeetingFields::of_kind(kind.unwrap_or_default()) }
        }
    }
}

/// Each item of the agenda has a name of its own, for ever.
pub(super) fn keyed(by: By<'_>, mut fields: MeetingFields) -> MeetingFields {
    for item in fields.agenda.iter_mut().filter(|item| item.key.is_empty()) {
        item.key = ids::new(by.now, by.chance);
    }
    fields
}

pub(super) fn out_of_reach() -> Error {
    Error::field("territories", "Gardez au moins un de vos territoires : sinon vous ne pourriez plus modifier cette rencontre.")
}

fn free_external_id(conn: &mut Conn, fields: &MeetingFields, own: Option<&MeetingId>) -> Result<()> {
    let Some(external_id) = &fields.external_id else { return Ok(()) };
    match store::by_external_ids(conn, std::slice::from_ref(external_id))?.first() {
        Some(other) if Some(&other.id) != own => {
            Err(Error::field("external_id", format!("« {external_id} » est déjà l’identifiant d’une autre rencontre.")))
        }
        _ => Ok(()),
    }
}

/// The meeting, to be written over the version that was read.
fn writable(conn: &mut Conn, by: By<'_>, id: &MeetingId, version: i32) -> Result<Meeting> {
    let meeting = find_to_write(conn, &Viewer(Some(by.actor.clone())), id)?;
    if meeting.version == version { Ok(meeting) } else { Err(Error::Conflict { current: meeting.version }) }
}

/// Writes a meeting again, over the version that was read. Those called hear of it ten minutes later, of all that changed at once.
/// `overflow`, given with a smaller capacity, says what becomes of those whom it leaves without a seat: `waiting`.
pub fn change(conn: &mut Conn, by: By<'_>, world: &World, id: &MeetingId, version: i32, given: &Map<String, Value>) -> Result<Meeting> {
    let meeting = writable(conn, by, id, version)?;
    if meeting.life.stage == Stage::Cancelled {
        return Err(Error::Refused("Une rencontre annulée ne se modifie plus. Dupliquez-la pour en préparer une autre.".into()));
    }
    let mut given = given.clone();
    let to_waiting = given.remove("overflow").is_some_and(|said| said.as_str() == Some("waiting"));
    let named = world::named(conn, by.actor, world.zone.day(by.now), &given)?;
    let fields = keyed(by, reading::meeting(&given, meeting.fields.clone(), &world.known(&named))?);
    if fields.title.is_empty() {
        return Err(Error::field("title", "Donnez un titre."));
    }
    free_external_id(conn, &fields, Some(id))?;
    let changed = versions::differing(&meeting.fields.sorted(), &fields.sorted());
    if changed.is_empty() {
        return Ok(meeting);
    }
    let event = Event::MeetingChanged { id, changed: &changed };
    rewrite(conn, by, &meeting, Meeting { fields, ..meeting.clone() }, to_waiting, &event)
}

/// Why a meeting may not say this, as things stand at `now`.
pub(super) fn check_again(after: &Meeting, now: Moment) -> Result<(), FieldErrors> {
    let (fields, stage) = (&after.fields, after.life.stage);
    if stage == Stage::Called {
        // What has begun may still be corrected.
        super::model::checks::missing(fields, now.min(fields.starts_at.map_or(now, |start| start.plus_seconds(-1)))).into_result()?;
    }
    if stage.is_over() && fields.starts_at.is_none_or(|start| start > now) {
        return Err(FieldErrors::one("starts_at", "Cette rencontre s’est tenue : sa date est passée."));
    }
    Ok(())
}

/// Writes what a meeting now says, and its stage, with what follows from it: whom to tell, and who keeps a seat.
pub(super) fn rewrite(conn: &mut Conn, by: By<'_>, before: &Meeting, after: Meeting, to_waiting: bool, event: &Event<'_>) -> Result<Meeting> {
    check_again(&after, by.now)?;
    let is_told = after.life.stage == Stage::Called && !before.has_ended(by.now);
    let is_moved = is_told && before.fields.is_moved_by(&after.fields);
    let body_territory = match after.fields.body_id.as_deref().and_then(BodyId::parse) {
        Some(body) => Some(store::bodies::find(conn, &body)?.fields.territory),
        None => None,
    };
    let next = Meeting {
        sequence: before.sequence + i32::from(is_moved),
        announce_at: if is_told { before.announce_at.or(Some(by.now.plus_seconds(GATHERED_SECONDS))) } else { before.announce_at },
        announced: if is_told { before.announced.clone().or(Some(before.fields.clone())) } else { before.announced.clone() },
        body_territory,
        ..after
    };
    if !policy::may_write(by.actor, &next.subject()) {
        return Err(out_of_reach());
    }
    written(conn, by, &next, event)?;
    if next.fields.capacity != before.fields.capacity {
        inviting::resize(conn, by, &next, to_waiting)?;
    }
    store::find(conn, &next.id)
}

/// Writes what a use-case has made, with its event.
pub(super) fn written(conn: &mut Conn, by: By<'_>, next: &Meeting, event: &Event<'_>) -> Result<()> {
    if !store::update(conn, by, next, &Cause::of(event))? {
        return Err(Error::Conflict { current: store::find(conn, &next.id)?.version });
    }
    events::happened(conn, by, *event)
}

pub fn refused(refusal: Refusal) -> Error {
    match refusal {
        Refusal::Incomplete(errors) => errors.into(),
        Refusal::Reason => Error::field("reason", "Dites pourquoi, en une phrase : les personnes concernées la liront."),
        Refusal::Early => Error::Refused("Cette rencontre n’a pas encore commencé.".into()),
        Refusal::Stage { from, verb } => Error::Refused(format!("« {} » n’est pas possible à l’étape « {} ».", verb.label(), from.label())),
    }
}

/// What a verb is told beside the version.
#[derive(Clone, Debug, Default)]
pub struct Told {
    pub reason: String,
    /// New times and place, of what is rescheduled.
    pub fields: Map<String, Value>,
}

/// Carries out a verb of its life over the version that was read. Minutes have their own use-cases.
pub fn carry_out(conn: &mut Conn, by: By<'_>, world: &World, id: &MeetingId, version: i32, verb: Verb, told: &Told) -> Result<Meeting> {
    let meeting = find(conn, &Viewer(Some(by.actor.clone())), id)?;
    let subject = subject(conn, &Viewer(Some(by.actor.clone())), &meeting)?;
    if !policy::may(by.actor, verb, &subject) {
        return Err(not_yours());
    }
    if meeting.version != version {
        return Err(Error::Conflict { current: meeting.version });
    }
    move_on(conn, by, world, meeting.clone(), verb, told)
}

/// [`carry_out`], once it is known that whoever asks may.
pub(super) fn move_on(conn: &mut Conn, by: By<'_>, world: &World, meeting: Meeting, verb: Verb, told: &Told) -> Result<Meeting> {
    let id = &meeting.id.clone();
    let reason = reading::reason(&Value::String(told.reason.clone()))?;
    if verb.leads(meeting.life.stage).is_none() {
        return Err(refused(Refusal::Stage { from: meeting.life.stage, verb }));
    }
    let mut fields = meeting.fields.clone();
    if verb == Verb::Reschedule {
        let moved: Map<String, Value> = told
            .fields
            .iter()
            .filter(|(name, _)| ["starts_at", "ends_at", "place", "link"].contains(&name.as_str()))
            .map(|(n, v)| (n.clone(), v.clone()))
            .collect();
        fields = reading::meeting(&moved, fields, &world.known(&world::Named::default()))?;
        if fields.starts_at == meeting.fields.starts_at {
            return Err(Error::field("starts_at", "C’est la date actuelle : donnez la nouvelle."));
        }
    }
    let life = meeting.life.clone().apply(verb, &fields, &reason, by.now).map_err(refused)?;
    // What the calendars of those called must take anew; until it is called they hold nothing.
    let was_called = meeting.life.called_at.is_some();
    let is_raised = was_called && matches!(verb, Verb::Call | Verb::Postpone | Verb::Reschedule | Verb::Cancel);
    let is_rescheduled = was_called && verb == Verb::Reschedule;
    let at_once = matches!(verb, Verb::Call | Verb::Postpone | Verb::Reschedule | Verb::Cancel | Verb::Hold);
    let next = Meeting {
        sequence: meeting.sequence + i32::from(is_raised),
        // What leaves at once says all that waited; a new date is told beside what those called know.
        announce_at: if is_rescheduled { Some(by.now) } else { meeting.announce_at.filter(|_| !at_once) },
        announced: if is_rescheduled {
            meeting.announced.clone().or(Some(meeting.fields.clone()))
        } else {
            meeting.announced.clone().filter(|_| !at_once)
        },
        fields,
        life,
        ..meeting
    };
    if matches!(verb, Verb::Call | Verb::Reschedule) {
        inviting::call_all(conn, &next)?;
    }
    if verb == Verb::Hold {
        inviting::foretell(conn, &next)?;
    }
    written(conn, by, &next, &Event::MeetingMoved { id, verb, reason: &reason })?;
    store::find(conn, id)
}

/// Prepares another meeting that says the same, without its date: whoever was invited is to be invited again.
pub fn duplicate(conn: &mut Conn, by: By<'_>, world: &World, id: &MeetingId) -> Result<Meeting> {
    let source = find(conn, &Viewer(Some(by.actor.clone())), id)?;
    let Ok(Value::Object(mut given)) = serde_json::to_value(&source.fields) else {
        return Err(Error::Internal("the fields of a meeting are an object".into()));
    };
    for name in ["external_id", "starts_at", "ends_at", "organiser"] {
        given.remove(name);
    }
    let copy = create(conn, by, world, &given)?;
    let known = store::invitations::of(conn, &copy.id)?;
    let missing: Vec<inviting::Invitee> = store::invitations::of(conn, id)?
        .into_iter()
        .filter(|one| one.removed_at.is_none() && !known.iter().any(|other| other.email.eq_ignore_ascii_case(&one.email)))
        .map(inviting::Invitee::of)
        .collect();
    if source.subject().territories.iter().any(|code| by.actor.reach.contains(*code)) || by.actor.is_administrator() {
        inviting::add(conn, by, &copy, missing, InvitationState::ToInvite)?;
    }
    store::find(conn, &copy.id)
}

/// How many people came in person or through somebody, beside those counted by number.
pub fn recorded_headcount(value: &Value) -> Result<Option<i32>, FieldErrors> {
    let mut reader = Given::default();
    let text = reader.line("headcount", value);
    let count = text.parse::<i32>().ok().filter(|count| (0..=100_000).contains(count));
    if count.is_none() && !text.is_empty() {
        reader.errors.add("headcount", "Un nombre entier est attendu.");
    }
    reader.errors.into_result().map(|()| count)
}
