//! What is done with decisions. Each use-case runs in the caller's transaction and ends with its event.

use std::collections::HashSet;

use serde_json::{Map, Value};

use super::model::{DecisionFields, Happened, Life, Refusal, Verb};
use super::policy::{self, Subject};
use super::reading::{self, World};
use super::store;
use crate::accounts::model::{Actor, By, Viewer};
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::events::{self, Event};
use crate::kernel::given::{Given, TEXT_MAX};
use crate::kernel::ids::{AccountId, BodyId, DecisionId, MeetingId};
use crate::kernel::{Day, FieldErrors, Listing, Moment, Page, Zone};
use crate::meetings::service::{self as meetings, Meeting};
use crate::versions::{self, Cause};

pub use store::{Counts, Decision, Facets, Filter, Told};

impl Decision {
    pub fn subject(&self) -> Subject<'_> {
        let territories = self.fields.territories.iter().map(String::as_str).chain(self.body_territory.as_deref()).collect();
        Subject { stage: self.life.stage, author: self.author_id.as_ref(), responsible: self.fields.responsible.as_deref(), territories }
    }

    pub fn is_late(&self, today: Day) -> bool {
        self.life.stage.is_open() && self.fields.due_on.is_some_and(|due| due < today)
    }

    /// « 2026-03 ».
    pub fn reference(&self) -> String {
        format!("{}-{:02}", self.year, self.number)
    }

    /// « 2026-03, Comité de pilotage ».
    pub fn full_reference(&self) -> String {
        format!("{}, {}", self.reference(), self.body_name.as_ref().unwrap_or(&self.meeting_title))
    }
}

fn not_yours() -> Error {
    Error::Forbidden("Cette décision relève d’un autre territoire que les vôtres, et vous n’en êtes pas responsable.".into())
}

/// The decision, if the viewer may read it; otherwise there is none.
pub fn find(conn: &mut Conn, viewer: &Viewer, id: &DecisionId) -> Result<Decision> {
    store::find_readable(conn, viewer, id)
}

/// The decision, if the viewer may write it.
pub fn find_to_write(conn: &mut Conn, viewer: &Viewer, id: &DecisionId) -> Result<Decision> {
    let actor = viewer.actor().ok_or(Error::SignIn)?;
    let decision = find(conn, viewer, id)?;
    if policy::may_write(actor, &decision.subject()) { Ok(decision) } else { Err(not_yours()) }
}

pub fn list(conn: &mut Conn, viewer: &Viewer, filter: &Filter, page: Page) -> Result<Listing<Decision>> {
    let (items, total) = store::list(conn, viewer, filter, page)?;
    Ok(Listing::new(items, u64::try_from(total).unwrap_or(0), page))
}

pub fn facets(conn: &mut Conn, viewer: &Viewer, filter: &Filter, today: Day) -> Result<Facets> {
    store::facets(conn, viewer, filter, today)
}

/// The decisions of a meeting, for whoever may read its minutes: they are a part of them.
pub fn of_meeting(conn: &mut Conn, meeting: &MeetingId) -> Result<Vec<Decision>> {
    store::of_meeting(conn, meeting)
}

/// What opens the agenda of a body's meeting at `at`: what its earlier meetings left open, and the needs handed up to it that wait for its
/// answer, as far as the viewer may read them.
pub fn open_before(
    conn: &mut Conn,
    viewer: &Viewer,
    body: &BodyId,
    at: Option<Moment>,
    zone: &Zone,
    but: Option<&MeetingId>,
) -> Result<Vec<Decision>> {
    let until = at.map_or(Day::LAST, |at| zone.day(at));
    let mut found = store::open_all(conn, viewer, body, until)?;
    found.retain(|decision| Some(&decision.meeting_id) != but);
    let mut waiting = Vec::with_capacity(found.len());
    for decision in found {
        // A need that is answered waits for what answers it.
        let is_answered = decision.body_id.as_ref() != Some(body) && !store::answering(conn, &decision.id)?.is_empty();
        if !is_answered {
            waiting.push(decision);
        }
    }
    Ok(waiting)
}

/// The decisions that answer a need, as far as the viewer may read them.
pub fn answers_to(conn: &mut Conn, viewer: &Viewer, need: &DecisionId) -> Result<Vec<Decision>> {
    let mut readable = Vec::new();
    for answer in store::answering(conn, need)? {
        match find(conn, viewer, &answer.id) {
            Ok(answer) => readable.push(answer),
            Err(Error::NotFound) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(readable)
}

/// The open decisions that are due soon or late today, whoever reads, and what was told of them already.
pub fn due(conn: &mut Conn, today: Day) -> Result<(Vec<Decision>, HashSet<Told>)> {
    let due = store::due_until(conn, today.plus(super::model::SOON_DAYS))?;
    let ids: Vec<DecisionId> = due.iter().map(|decision| decision.id.clone()).collect();
    Ok((due, store::told(conn, &ids)?))
}

pub fn keep_told(conn: &mut Conn, told: &[Told], now: Moment) -> Result<()> {
    store::tell(conn, told, now)
}

/// A decision, whoever reads: for whoever tells people of it.
pub fn find_to_tell(conn: &mut Conn, id: &DecisionId) -> Result<Decision> {
    store::find(conn, id)
}

/// The open decisions for which an account is responsible, the nearest due day first.
pub fn awaiting(conn: &mut Conn, actor: &Actor) -> Result<Vec<Decision>> {
    let Some(id) = actor.id.clone() else { return Ok(Vec::new()) };
    let filter = Filter { responsibles: vec![id], stages: super::model::OPEN.to_vec(), by_due: true, ..Filter::default() };
    Ok(store::list(conn, &Viewer(Some(actor.clone())), &filter, Page { number: 1, size: Page::LARGEST })?.0)
}

/// The meeting to which somebody may add decisions now.
pub fn meeting_to_decide(conn: &mut Conn, viewer: &Viewer, id: &MeetingId, now: Moment) -> Result<Meeting> {
    let actor = viewer.actor().ok_or(Error::SignIn)?;
    let meeting = meetings::find_to_write(conn, viewer, id)?;
    let stage = meeting.life.stage;
    if !(stage.is_over() || stage == crate::meetings::model::Stage::Called && meeting.has_begun(now)) {
        return Err(Error::Refused("Les décisions s’écrivent une fois la rencontre commencée.".into()));
    }
    if !policy::may_add(actor, stage) {
        return Err(match stage.is_frozen() {
            true => Error::Forbidden("Le compte rendu est approuvé\u{a0}: un responsable du territoire y ajoute une décision.".into()),
            false => Error::Refused("Le compte rendu est en relecture\u{a0}: reprenez d’abord sa rédaction.".into()),
        });
    }
    Ok(meeting)
}

/// Records a decision of a meeting, named by `meeting_id`: it takes the next number of its body and year.
pub fn create(conn: &mut Conn, by: By<'_>, zone: &Zone, given: &Map<String, Value>) -> Result<Decision> {
    let viewer = Viewer(Some(by.actor.clone()));
    if !by.actor.is_agent() {
        return Err(Error::Forbidden("Les décisions sont écrites par les agents.".into()));
    }
    let mut given = given.clone();
    let said = given.remove("meeting_id").and_then(|value| value.as_str().map(|text| text.trim().to_owned())).unwrap_or_default();
    let id = MeetingId::parse(&said).ok_or_else(|| Error::field("meeting_id", "Donnez la rencontre où elle a été prise."))?;
    let meeting = match meeting_to_decide(conn, &viewer, &id, by.now) {
        Err(Error::NotFound) => return Err(Error::field("meeting_id", "Cette rencontre n’existe pas.")),
        other => other?,
    };
    let today = zone.day(by.now);
    let world = World::load(conn, by.actor, today, &meeting)?;
    let base = DecisionFields { territories: meeting.fields.territories.clone(), ..DecisionFields::default() };
    let fields = reading::fields(conn, &given, base, &world)?;
    let decided_on = meeting.fields.starts_at.map_or(today, |start| zone.day(start));
    let body_id = meeting.fields.body_id.as_deref().and_then(BodyId::parse);
    let decision = Decision {
        id: DecisionId::new(by.now, by.chance),
        year: decided_on.year(),
        number: store::next_number(conn, body_id.as_ref(), decided_on.year())?,
        meeting_id: meeting.id.clone(),
        body_id,
        decided_on,
        fields,
        life: Life::adopted(),
        version: 1,
        author_id: by.actor.id.clone(),
        author_name: by.actor.name.clone(),
        created_at: by.now,
        updated_at: by.now,
        meeting_title: meeting.fields.title.clone(),
        meeting_stage: meeting.life.stage,
        visibility: meeting.fields.visibility,
        body_name: None,
        body_territory: meeting.body_territory.clone(),
    };
    reachable(by.actor, &decision)?;
    let event = Event::Decision { id: &decision.id, what: Happened::Taken };
    store::insert(conn, by, &decision, &Cause::of(&event))?;
    events::happened(conn, by, event)?;
    // What it asks for may be there already.
    super::following::settle(conn, by, &decision.id)?;
    store::find(conn, &decision.id)
}

fn reachable(actor: &Actor, decision: &Decision) -> Result<()> {
    if policy::may_write(actor, &Subject { author: None, ..decision.subject() }) {
        return Ok(());
    }
    Err(Error::field("territories", "Gardez au moins un de vos territoires\u{a0}: sinon vous ne pourriez plus modifier cette décision."))
}

/// Writes a decision again, over the version that was read. What was approved with its minutes is corrected with a reason.
pub fn change(conn: &mut Conn, by: By<'_>, zone: &Zone, id: &DecisionId, version: i32, given: &Map<String, Value>) -> Result<Decision> {
    let viewer = Viewer(Some(by.actor.clone()));
    let decision = find_to_write(conn, &viewer, id)?;
    if decision.version != version {
        return Err(Error::Conflict { current: decision.version });
    }
    let mut given = given.clone();
    given.remove("meeting_id");
    let reason = reason(given.remove("reason").as_ref().unwrap_or(&Value::Null))?;
    // Whoever answers for the decision may not be called to its meeting; what it names is looked up as the application itself.
    let meeting = meetings::find(conn, &Viewer(Some(Actor::command_line())), &decision.meeting_id)?;
    let world = World::load(conn, by.actor, zone.day(by.now), &meeting)?;
    let fields = reading::fields(conn, &given, decision.fields.clone(), &world)?;
    let changed = versions::differing(&decision.fields, &fields);
    if changed.is_empty() {
        return Ok(decision);
    }
    let is_approved = decision.meeting_stage.is_frozen() && changed.iter().any(|name| name == "text");
    if is_approved && reason.is_empty() {
        return Err(Error::field("reason", "Ce texte est approuvé avec le compte rendu\u{a0}: dites pourquoi vous le corrigez."));
    }
    let next = Decision { fields, ..decision };
    reachable(by.actor, &next)?;
    written(conn, by, &next, Happened::Changed { changed: &changed, reason: &reason })?;
    super::following::settle(conn, by, id)?;
    store::find(conn, id)
}

fn reason(value: &Value) -> Result<String, FieldErrors> {
    let mut reader = Given::default();
    let text = reader.text("reason", value, TEXT_MAX);
    reader.errors.into_result().map(|()| text)
}

/// Writes what a use-case has made, with its event.
fn written(conn: &mut Conn, by: By<'_>, next: &Decision, what: Happened<'_>) -> Result<()> {
    let event = Event::Decision { id: &next.id, what };
    if !store::update(conn, by, next, &Cause::of(&event))? {
        return Err(Error::Conflict { current: store::find(conn, &next.id)?.version });
    }
    events::happened(conn, by, event)
}

pub fn refused(refusal: Refusal) -> Error {
    match refusal {
        Refusal::Reason => Error::field("outcome", "Dites pourquoi, en une phrase\u{a0}: elle sera lue à la prochaine rencontre."),
        Refusal::Stage { from, verb } => Error::Refused(format!(
            "«\u{a0}{}\u{a0}» n’est pas possible\u{a0}: cette décision est «\u{a0}{}\u{a0}».",
            verb.label(),
            from.label().to_lowercase()
        )),
    }
}

/// Carries out a verb of its life over the version that was read; a due day may be given anew when it is put off.
pub fn carry_out(conn: &mut Conn, by: By<'_>, id: &DecisionId, version: i32, verb: Verb, outcome: &str, due_on: Option<Day>) -> Result<Decision> {
    let decision = find(conn, &Viewer(Some(by.actor.clone())), id)?;
    if !policy::may(by.actor, verb, &decision.subject()) {
        return Err(not_yours());
    }
    if decision.version != version {
        return Err(Error::Conflict { current: decision.version });
    }
    let mut reader = Given::default();
    let outcome = reader.text("outcome", &Value::from(outcome), TEXT_MAX);
    reader.errors.into_result()?;
    move_on(conn, by, decision, verb, &outcome, due_on)
}

/// [`carry_out`], once it is known that whoever asks may.
pub(super) fn move_on(conn: &mut Conn, by: By<'_>, decision: Decision, verb: Verb, outcome: &str, due_on: Option<Day>) -> Result<Decision> {
    let life = decision.life.clone().apply(verb, outcome, by.now).map_err(refused)?;
    let due_on = due_on.filter(|_| verb == Verb::Defer).or(decision.fields.due_on);
    let next = Decision { life, fields: DecisionFields { due_on, ..decision.fields }, ..decision };
    written(conn, by, &next, Happened::Moved { verb, outcome })?;
    store::find(conn, &next.id)
}

/// The account that answers for it, if it has one.
pub fn responsible(decision: &Decision) -> Option<AccountId> {
    decision.fields.responsible.as_deref().and_then(AccountId::parse)
}
