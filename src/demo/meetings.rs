//! Bodies, and their meetings past and to come: called, answered, held, with who came. Minutes and decisions follow.

use chrono::{Datelike, Weekday};
use serde_json::{Map, Value, json};

use super::actions::Around;
use super::content::{self, Meeting as Given};
use super::timeline::Timeline;
use super::{Present, broken, minutes};
use crate::accounts::model::Actor;
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::kernel::calendar::{SchoolZone, is_public_holiday, school_holiday};
use crate::kernel::{Day, Moment, time};
use crate::meetings::inviting::{self, Invitee};
use crate::meetings::model::{Answer, Presence, Stage, Verb};
use crate::meetings::service::{self, Meeting, Told};
use crate::meetings::world::World;
use crate::meetings::{bodies, bodies::Body};

/// Days before today at which bodies were set up.
const BODIES_SET_UP: i64 = 500;
/// Who approves minutes, and the meeting that hands a need up.
const ADMINISTRATOR: &str = "admin@vienne.example";
const NEEDING: &str = "local-loudun-2";

/// Writes them all; answers how many meetings.
pub fn save(conn: &mut Conn, present: &Present<'_>, around: &Around<'_>) -> Result<usize> {
    let content = content::meetings()?;
    let world = World::load(conn, present.zone)?;
    let mut known = Vec::with_capacity(content.bodies.len());
    for given in &content.bodies {
        let body = body(conn, present, around, &world, given).map_err(|error| told(&given.key, error))?;
        known.push((given.key.clone(), body));
    }
    let world = World::load(conn, present.zone)?;
    for given in &content.meetings {
        let time = Timeline::new(present, &given.key, present.days_ago(BODIES_SET_UP - 10));
        let mut living = Living { present, around, world: &world, bodies: &known, given, author: around.actors.named(&given.author)?, time };
        living.live(conn).map_err(|error| told(&given.key, error))?;
    }
    Ok(content.meetings.len())
}

fn told(key: &str, error: Error) -> Error {
    if error.is_fault() { error } else { broken(key, error) }
}

fn body(conn: &mut Conn, present: &Present<'_>, around: &Around<'_>, world: &World, given: &content::Body) -> Result<Body> {
    let author = around.actors.named(&given.author)?;
    let mut members = Vec::with_capacity(given.members.len());
    for member in &given.members {
        let mut member = member.clone();
        if let Some(email) = member.get("account").and_then(Value::as_str).map(ToOwned::to_owned) {
            let name = around.actors.named(&email)?.name.clone();
            member.extend([("name".into(), json!(name)), ("email".into(), json!(email)), ("quality".into(), json!("agent"))]);
        }
        if let Some(key) = member.get("partner").and_then(Value::as_str) {
            let id = around.organisations.get(key).ok_or_else(|| broken("organisation", key))?;
            member.extend([("partner".into(), json!(id)), ("quality".into(), json!("partner"))]);
        }
        members.push(Value::Object(member));
    }
    let mut fields = given.fields.clone();
    fields.insert("external_id".into(), json!(given.key));
    fields.insert("members".into(), Value::Array(members));
    bodies::create(conn, present.by(author, present.days_ago(BODIES_SET_UP)), world, &fields)
}

struct Living<'a> {
    present: &'a Present<'a>,
    around: &'a Around<'a>,
    world: &'a World,
    bodies: &'a [(String, Body)],
    given: &'a Given,
    author: &'a Actor,
    time: Timeline<'a>,
}

impl Living<'_> {
    /// A Tuesday or a Thursday of its month, outside holidays if there is one; what was held was held.
    fn day(&self) -> Day {
        let today = self.present.today;
        let first = today.plus(1 - i64::from(today.0.day())).plus_months(self.given.months);
        let begin = first.plus(6 + self.time.below("day", 14));
        let works = |day: &Day| !matches!(day.0.weekday(), Weekday::Sat | Weekday::Sun) && !is_public_holiday(day.0);
        let suits =
            |day: &Day| works(day) && matches!(day.0.weekday(), Weekday::Tue | Weekday::Thu) && school_holiday(SchoolZone::A, day.0).is_none();
        let is_past = self.given.months < 0;
        let last = today.plus(-4);
        let may = |day: &Day| if is_past { *day <= last } else { *day > today.plus(5) };
        let mut around = (0..28).chain((-28..0).rev()).map(|days| begin.plus(days));
        let chosen = around.find(|day| suits(day) && may(day));
        let nearest = || (0..20).map(|days| if is_past { begin.min(last).plus(-days) } else { begin.plus(days) }).find(works);
        chosen.or_else(nearest).unwrap_or(begin)
    }

    fn live(&mut self, conn: &mut Conn) -> Result<()> {
        let day = self.day();
        let start = time::parse_time(&self.given.hour).ok_or_else(|| broken("hour", &self.given.hour))?;
        let start = self.present.zone.at(day, start);
        let end = start.plus_seconds(self.given.minutes * 60);
        let called_on = match self.given.months {
            // So that the last mails tell of some.
            1.. => self.present.today.plus(-8 - self.time.below("called", 14)),
            _ => day.plus(-22),
        };
        let begun = self.time.on(called_on.plus(-14));
        let meeting = service::create(conn, self.present.by(self.author, begun), self.world, &self.fields(start, end)?)?;
        self.invite(conn, &meeting)?;
        if self.given.stage == Stage::Draft {
            return Ok(());
        }
        let called = self.time.on(called_on);
        let meeting = self.carry_out(conn, called, &meeting, Verb::Call)?;
        self.register(conn, &meeting)?;
        self.answer(conn, &meeting)?;
        let end = end.plus_seconds(1_200);
        match self.given.stage {
            Stage::Postponed => self.undo(conn, &meeting, Verb::Postpone, self.present.today.plus(-3)),
            Stage::Cancelled => self.undo(conn, &meeting, Verb::Cancel, day.plus(-2)),
            Stage::Held => self.hold(conn, &meeting, end),
            _ => Ok(()),
        }
    }

    fn fields(&self, start: Moment, end: Moment) -> Result<Map<String, Value>> {
        let given = self.given;
        let mut fields = given.fields.clone();
        let sheet = |number: &Value| json!({ "plan_id": self.around.plan, "number": number });
        let mut agenda = Vec::with_capacity(given.agenda.len());
        for item in &given.agenda {
            let mut item = item.clone();
            if let Some(number) = item.remove("sheet") {
                item.insert("plan_sheet".into(), sheet(&number));
            }
            agenda.push(Value::Object(item));
        }
        let sheets: Option<Vec<Value>> = fields.get("plan_sheets").and_then(Value::as_array).map(|numbers| numbers.iter().map(sheet).collect());
        fields.extend(sheets.map(|sheets| ("plan_sheets".to_owned(), Value::Array(sheets))));
        fields.extend(given.title.as_ref().map(|title| ("title".to_owned(), json!(title))));
        if let Some(key) = &given.body {
            let body = self.bodies.iter().find(|(known, _)| known == key).ok_or_else(|| broken("body", key))?;
            fields.insert("body_id".into(), json!(body.1.id));
        }
        for (name, value) in [("starts_at", json!(start)), ("ends_at", json!(end)), ("place", json!(given.place)), ("agenda", Value::Array(agenda))] {
            fields.insert(name.into(), value);
        }
        Ok(fields)
    }

    fn invite(&mut self, conn: &mut Conn, meeting: &Meeting) -> Result<()> {
        if self.given.invited.is_empty() {
            return Ok(());
        }
        let mut invitees = Vec::with_capacity(self.given.invited.len());
        for key in &self.given.invited {
            let id = self.around.organisations.get(key).ok_or_else(|| broken("organisation", key))?;
            invitees.push(Invitee::read(conn, &json!({ "partner": id }))?);
        }
        let now = self.time.soon();
        inviting::invite(conn, self.present.by(self.author, now), &meeting.id, invitees).map(drop)
    }

    /// The first agents in the order of their addresses; of the last to come, one gives their seat up.
    fn register(&mut self, conn: &mut Conn, meeting: &Meeting) -> Result<()> {
        let mut first = None;
        for actor in self.around.actors.all().filter(|actor| actor.is_agent() && !actor.is(self.author.id.as_ref())).take(self.given.registers) {
            let now = self.time.soon();
            let mine = inviting::register(conn, self.present.by(actor, now), &meeting.id)?;
            first = first.or(Some((actor, mine.id)));
        }
        if let Some((actor, id)) = first {
            let now = self.time.soon();
            inviting::answer(conn, self.present.by(actor, now), &id, &Answer::Absent, "Un rendez-vous ne peut pas être déplacé.")?;
        }
        Ok(())
    }

    /// Most come, some cannot, some say nothing.
    fn answer(&mut self, conn: &mut Conn, meeting: &Meeting) -> Result<()> {
        let people = inviting::of(conn, &meeting.id)?;
        for (place, one) in people.iter().enumerate().filter(|(_, one)| one.answered_at.is_none()) {
            let answer = match self.time.below(&format!("answer {place}"), 20) {
                0..=11 => Answer::Present,
                12..=14 => Answer::Absent,
                15 => Answer::Represented("un membre de l’équipe".into()),
                16 => Answer::Perhaps,
                _ => continue,
            };
            let own = self.around.actors.all().find(|actor| actor.is(one.account_id.as_ref()));
            let now = self.time.soon();
            inviting::answer(conn, self.present.by(own.unwrap_or(self.author), now), &one.id, &answer, "")?;
        }
        Ok(())
    }

    fn carry_out(&self, conn: &mut Conn, now: Moment, meeting: &Meeting, verb: Verb) -> Result<Meeting> {
        let told = Told { reason: self.given.reason.clone(), ..Told::default() };
        service::carry_out(conn, self.present.by(self.author, now), self.world, &meeting.id, meeting.version, verb, &told)
    }

    fn undo(&mut self, conn: &mut Conn, meeting: &Meeting, verb: Verb, on: Day) -> Result<()> {
        let now = self.time.on(on);
        self.carry_out(conn, now, meeting, verb).map(drop)
    }

    /// Some came who had not answered, one who had said yes did not.
    fn hold(&mut self, conn: &mut Conn, meeting: &Meeting, end: Moment) -> Result<()> {
        let now = self.time.at(end);
        self.carry_out(conn, now, meeting, Verb::Hold)?;
        let people = inviting::of(conn, &meeting.id)?;
        let mut presences = Vec::new();
        for (place, one) in people.iter().enumerate() {
            let presence = match (one.presence, self.time.below(&format!("came {place}"), 8)) {
                (Some(Presence::Absent), 0..=3) => Presence::Present,
                (Some(Presence::Present), 0) => Presence::Absent,
                _ => continue,
            };
            presences.push((one.id.clone(), presence));
        }
        let now = self.time.soon();
        inviting::record_presence(conn, self.present.by(self.author, now), &meeting.id, &presences, Some(self.given.headcount))?;
        // One local committee hands a need up to the steering committee.
        let steering = self.bodies.iter().find(|(key, _)| key == "copil").map(|(_, body)| &body.id);
        let held = minutes::Held {
            id: &meeting.id,
            day: self.present.zone.day(end),
            months: self.given.months,
            author: self.author,
            approver: self.around.actors.named(ADMINISTRATOR)?,
            steering: steering.filter(|_| self.given.key == NEEDING),
        };
        minutes::write(conn, self.present, self.world, &held, &mut self.time)
    }
}
