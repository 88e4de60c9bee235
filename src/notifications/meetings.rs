//! Who is told of a meeting: those invited, one mail a person, with what their calendar is to take.

use serde_json::{Value, json};

use crate::accounts::model::By;
use crate::db::Conn;
use crate::error::Result;
use crate::events::Record;
use crate::http::paths;
use crate::ical::{Answer, Method, Person, Status};
use crate::kernel::ids::{InvitationId, MeetingId};
use crate::kernel::{Chance, Day, Moment, Zone, ids};
use crate::mail::enclosed;
use crate::mail::outgoing::Outgoing;
use crate::meetings::model::{Invitation, InvitationState, Stage, Verb};
use crate::meetings::telling::{self, Meeting};
use crate::meetings::{calendars, changes, reminding};
use crate::notifications::inbox;

/// What the calendars of its recipients take of a mail.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Request,
    /// The meeting does not take place as they hold it.
    Cancel,
    /// It does, without them.
    Remove,
    Nothing,
}

/// A meeting, as mails tell it.
struct Voice {
    meeting: Meeting,
    organiser: Option<Person>,
    body: Option<String>,
    now: Moment,
}

impl Voice {
    fn of(conn: &mut Conn, meeting: Meeting, now: Moment) -> Result<Self> {
        Ok(Self { organiser: telling::organiser(conn, &meeting.fields)?, body: telling::body_name(conn, &meeting.fields)?, meeting, now })
    }

    fn load(conn: &mut Conn, id: &MeetingId, now: Moment) -> Result<Self> {
        let meeting = telling::find(conn, id)?;
        Self::of(conn, meeting, now)
    }

    /// One mail a person; their calendars are known to be told.
    fn tell(
        &self,
        conn: &mut Conn,
        template: &'static str,
        told: &[(&Invitation, Part)],
        more: &Value,
        key: impl Fn(&Invitation) -> String,
    ) -> Result<Vec<Outgoing>> {
        let mails: Vec<Outgoing> = told
            .iter()
            .map(|(one, part)| {
                let mut params = self.params(one);
                params["calendar"] = self.calendar(one, *part);
                params["calendar_told"] = json!(*part != Part::Nothing);
                if let Value::Object(more) = more {
                    more.iter().for_each(|(name, value)| params[name] = value.clone());
                }
                Outgoing { recipient: one.email.clone(), template, params, record: Some(Record::meeting(&self.meeting.id)), key: key(one) }
            })
            .collect();
        let told: Vec<InvitationId> = told.iter().filter(|(_, part)| *part != Part::Nothing).map(|(one, _)| one.id.clone()).collect();
        telling::calendar_told(conn, &told, self.meeting.sequence)?;
        Ok(mails)
    }

    /// [`Self::tell`], of something that happens once.
    fn tell_once(
        &self,
        conn: &mut Conn,
        chance: &Chance,
        template: &'static str,
        told: &[(&Invitation, Part)],
        more: &Value,
    ) -> Result<Vec<Outgoing>> {
        let event = ids::new(self.now, chance);
        self.tell(conn, template, told, more, |one| format!("{event}:{}", one.id))
    }

    fn params(&self, one: &Invitation) -> Value {
        let fields = &self.meeting.fields;
        let some = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        let mut at = fields.starts_at;
        let mut agenda = Vec::with_capacity(fields.agenda.len());
        for (number, item) in (1..).zip(&fields.agenda) {
            agenda.push(json!({ "number": number, "at": at, "title": item.title, "speaker": some(&item.speaker), "aim": item.aim.label() }));
            // As long as those before say how long they take.
            at = at.zip(item.minutes).map(|(at, minutes)| at.plus_seconds(i64::from(minutes) * 60));
        }
        json!({
            "name": one.name,
            "title": fields.title,
            "is_convocation": one.is_convocation(),
            "kind": fields.kind.label(),
            "body": self.body,
            "organiser": self.organiser.as_ref().map(|organiser| &organiser.name),
            "contact": self.organiser.as_ref().map(|organiser| &organiser.email),
            "starts_at": fields.starts_at,
            "ends_at": fields.ends_at,
            "place": some(&fields.place),
            // Whoever waits for a seat does not join in from afar either.
            "distance": some(&fields.link).filter(|_| one.state != InvitationState::Waiting),
            "summary": some(&fields.summary),
            "agenda": agenda,
            "answered": answer_in_words(one),
            "link": paths::meeting_link(&one.secret),
        })
    }

    fn calendar(&self, one: &Invitation, part: Part) -> Value {
        let Some(entry) = calendars::entry(&self.meeting, one.state != InvitationState::Waiting) else { return Value::Null };
        let (method, status) = match part {
            Part::Request => (Method::Request, Some(Status::Confirmed)),
            Part::Cancel => (Method::Cancel, Some(Status::Cancelled)),
            Part::Remove => (Method::Cancel, None),
            Part::Nothing => return Value::Null,
        };
        let answer = match one.state {
            InvitationState::Accepted if !one.represented_by.is_empty() => Answer::Delegated,
            InvitationState::Accepted => Answer::Accepted,
            InvitationState::Declined => Answer::Declined,
            InvitationState::Tentative | InvitationState::Waiting => Answer::Tentative,
            InvitationState::ToInvite | InvitationState::Invited => Answer::None,
        };
        let attendee = Some((Person { name: one.name.clone(), email: one.email.clone() }, answer));
        let entry = crate::ical::Entry { status, attendee, organiser: self.organiser.clone(), stamp: self.now, ..entry };
        json!(enclosed::Calendar { method, entry })
    }
}

/// What they have answered so far.
fn answer_in_words(one: &Invitation) -> Option<String> {
    match one.state {
        InvitationState::Accepted if !one.represented_by.is_empty() => Some(format!("{} vient à votre place", one.represented_by)),
        InvitationState::Accepted => Some("vous venez".into()),
        InvitationState::Declined => Some("vous ne venez pas".into()),
        InvitationState::Tentative => Some("peut-être".into()),
        InvitationState::Waiting => Some("vous êtes en liste d’attente".into()),
        InvitationState::ToInvite | InvitationState::Invited => None,
    }
}

/// What the calendar of somebody who is told of the meeting takes: nothing for whoever waits and was told nothing yet.
fn part(one: &Invitation, part: Part) -> Part {
    let holds = one.told_sequence.is_some();
    match part {
        Part::Request if one.state == InvitationState::Waiting && !holds => Part::Nothing,
        Part::Cancel | Part::Remove if !holds => Part::Nothing,
        part => part,
    }
}

fn each<'a>(people: impl IntoIterator<Item = &'a Invitation>, of: Part) -> Vec<(&'a Invitation, Part)> {
    people.into_iter().map(|one| (one, part(one, of))).collect()
}

/// The mails of a step of its life that those invited have to know at once.
pub fn moved(conn: &mut Conn, by: By<'_>, id: &MeetingId, verb: Verb, reason: &str) -> Result<Vec<Outgoing>> {
    let meeting = telling::find(conn, id)?;
    match verb {
        Verb::Call => {
            let people = telling::people(conn, id)?;
            call(conn, by, meeting, &people.iter().collect::<Vec<_>>())
        }
        // Those who are told of it for the first time are called, the others told what has changed.
        Verb::Reschedule => {
            let people = telling::people(conn, id)?;
            let (new, known): (Vec<_>, Vec<_>) = people.iter().partition(|one| one.state == InvitationState::Invited && one.told_sequence.is_none());
            let mut mails = call(conn, by, meeting, &new)?;
            mails.extend(tell_news(conn, by.now, by.chance, id, reason, &known)?);
            Ok(mails)
        }
        Verb::Postpone | Verb::Cancel if meeting.life.called_at.is_some() => {
            let what = if verb == Verb::Cancel { "cancelled" } else { "postponed" };
            let people = telling::people(conn, id)?;
            let voice = Voice::of(conn, meeting, by.now)?;
            voice.tell_once(conn, by.chance, "meeting_called_off", &each(&people, Part::Cancel), &off(what, reason))
        }
        _ => Ok(Vec::new()),
    }
}

/// Why what they hold no longer stands.
fn off(what: &str, reason: &str) -> Value {
    json!({ "is_cancelled": what == "cancelled", "is_postponed": what == "postponed", "reason": Some(reason).filter(|reason| !reason.is_empty()) })
}

fn call(conn: &mut Conn, by: By<'_>, meeting: Meeting, people: &[&Invitation]) -> Result<Vec<Outgoing>> {
    if people.is_empty() {
        return Ok(Vec::new());
    }
    let voice = Voice::of(conn, meeting, by.now)?;
    voice.tell_once(conn, by.chance, "meeting_called", &each(people.iter().copied(), Part::Request), &json!({}))
}

/// People are invited to a meeting that is called already.
pub fn invited(conn: &mut Conn, by: By<'_>, id: &MeetingId, people: &[InvitationId]) -> Result<Vec<Outgoing>> {
    let meeting = telling::find(conn, id)?;
    let all = telling::people(conn, id)?;
    let new: Vec<&Invitation> = all.iter().filter(|one| people.contains(&one.id)).collect();
    call(conn, by, meeting, &new)
}

pub fn uninvited(conn: &mut Conn, by: By<'_>, id: &MeetingId, person: &InvitationId) -> Result<Vec<Outgoing>> {
    let meeting = telling::find(conn, id)?;
    let one = telling::invitation(conn, person)?;
    let is_awaited = matches!(meeting.life.stage, Stage::Called | Stage::Postponed) && !meeting.has_ended(by.now);
    if !is_awaited || !telling::is_told(&one) {
        return Ok(Vec::new());
    }
    let voice = Voice::of(conn, meeting, by.now)?;
    voice.tell_once(conn, by.chance, "meeting_called_off", &each([&one], Part::Remove), &off("removed", ""))
}

/// Whoever has no seat is told so; whoever added themselves has what the others were sent. Other answers are seen where they are given.
pub fn answered(conn: &mut Conn, by: By<'_>, id: &MeetingId, person: &InvitationId, state: InvitationState) -> Result<Vec<Outgoing>> {
    let one = telling::invitation(conn, person)?;
    match state {
        InvitationState::Waiting if telling::is_told(&one) => {
            let voice = Voice::load(conn, id, by.now)?;
            let more = json!({ "place_in_line": telling::place_in_line(conn, &one)? });
            // Who answers the same again is not told again.
            let key = format!("meeting_waiting:{}:{}:{}", one.id, one.rank.unwrap_or_default(), voice.meeting.version);
            voice.tell(conn, "meeting_waiting", &each([&one], Part::Request), &more, |_| key.clone())
        }
        InvitationState::Accepted if one.told_sequence.is_none() => seated(conn, by, id, &one, false),
        _ => Ok(Vec::new()),
    }
}

pub fn promoted(conn: &mut Conn, by: By<'_>, id: &MeetingId, person: &InvitationId) -> Result<Vec<Outgoing>> {
    let one = telling::invitation(conn, person)?;
    seated(conn, by, id, &one, true)
}

fn seated(conn: &mut Conn, by: By<'_>, id: &MeetingId, one: &Invitation, has_waited: bool) -> Result<Vec<Outgoing>> {
    if !telling::is_told(one) {
        return Ok(Vec::new());
    }
    let voice = Voice::load(conn, id, by.now)?;
    voice.tell_once(conn, by.chance, "meeting_seat", &each([one], Part::Request), &json!({ "has_waited": has_waited }))
}

/// Tells what has changed of a called meeting, if it is due and nobody did; answers how many mails leave.
pub fn announce(conn: &mut Conn, now: Moment, chance: &Chance, id: &MeetingId) -> Result<usize> {
    let people = telling::people(conn, id)?;
    let mails = tell_news(conn, now, chance, id, "", &people.iter().collect::<Vec<_>>())?;
    inbox::deliver(conn, now, chance, ("meeting", "changed"), mails)
}

fn tell_news(conn: &mut Conn, now: Moment, chance: &Chance, id: &MeetingId, reason: &str, people: &[&Invitation]) -> Result<Vec<Outgoing>> {
    let Some(news) = telling::take_news(conn, id, now)? else { return Ok(Vec::new()) };
    let changes = changes::between(&news.known, &news.meeting.fields);
    if changes.is_empty() {
        return Ok(Vec::new());
    }
    let is_moved = changes.iter().any(|change| change.is_when);
    let is_concerned = |one: &&&Invitation| {
        // Whoever does not come need not know what else has changed; whoever was invited since has read it.
        (is_moved || one.state != InvitationState::Declined) && (!reason.is_empty() || one.created_at <= news.meeting.updated_at)
    };
    let told = each(people.iter().filter(is_concerned).copied(), Part::Request);
    let more = json!({
        "changes": changes.iter().map(changes::Change::json).collect::<Vec<_>>(),
        "is_moved": is_moved,
        "reason": Some(reason).filter(|reason| !reason.is_empty()),
    });
    let voice = Voice::of(conn, news.meeting, now)?;
    voice.tell_once(conn, chance, "meeting_changed", &told, &more)
}

/// Queues the reminders of today, and keeps that they were sent; answers how many leave.
pub fn remind(conn: &mut Conn, now: Moment, today: Day, chance: &Chance, zone: &Zone) -> Result<usize> {
    let mut reminded = 0;
    let mut voice: Option<Voice> = None;
    for due in reminding::due(conn, now, today, zone)? {
        reminding::keep_reminded(conn, &due.steps, now)?;
        let known = voice.take().filter(|voice| voice.meeting.id == due.meeting.id);
        let known = match known {
            Some(known) => known,
            None => Voice::of(conn, due.meeting, now)?,
        };
        let days = known.meeting.fields.starts_at.map_or(0, |start| zone.day(start).days_since(today));
        let more = json!({ "days": days, "is_today": days == 0, "is_tomorrow": days == 1 });
        let mails = known.tell_once(conn, chance, "meeting_reminder", &[(&due.invitation, Part::Nothing)], &more)?;
        reminded += inbox::deliver(conn, now, chance, ("meeting", "day_nears"), mails)?;
        voice = Some(known);
    }
    Ok(reminded)
}
