//! A hundred actions, each lived through as its people lived it: begun, written, validated, held, evaluated.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::content::{self, Carrier};
use super::people::Actors;
use super::timeline::Timeline;
use super::{Present, broken, series};
use crate::accounts::model::{Actor, Role, Viewer};
use crate::actions::model::{Stage, Verb};
use crate::actions::service::{self, Action, World};
use crate::actions::sessions::{self, Attendance};
use crate::db::Conn;
use crate::error::Result;
use crate::kernel::ids::{ActionId, OrganisationId, PlanId};
use crate::kernel::{Day, Moment};

/// What actions refer to.
pub struct Around<'a> {
    pub actors: &'a Actors,
    /// By key.
    pub organisations: &'a BTreeMap<String, OrganisationId>,
    pub plan: &'a PlanId,
    pub world: &'a World,
}

/// Writes them all; answers each by its key, with when it was published or last written.
pub fn save(conn: &mut Conn, present: &Present<'_>, around: &Around<'_>) -> Result<BTreeMap<String, (ActionId, Moment)>> {
    let mut written: BTreeMap<String, (ActionId, Moment)> = BTreeMap::new();
    let actions = content::actions()?;
    for given in &actions {
        let source = given.inspired_by.as_ref().and_then(|key| written.get(key));
        let life = Living::new(present, around, given, source)?;
        let lived = life.live(conn).map_err(|error| match error {
            fault if fault.is_fault() => fault,
            refusal => broken(&given.key, refusal),
        })?;
        written.insert(given.key.clone(), lived);
    }
    Ok(written)
}

/// When each step of an action's life was taken, in days before the demonstration.
struct Dates {
    begun: i64,
    submitted: i64,
    decided: i64,
}

struct Living<'a> {
    present: &'a Present<'a>,
    around: &'a Around<'a>,
    given: &'a content::Action,
    source: Option<&'a (ActionId, Moment)>,
    author: &'a Actor,
    starts_on: Option<Day>,
    ends_on: Option<Day>,
    time: Timeline<'a>,
}

/// What a worker writes on the first day; the rest comes later.
const WRITTEN_FIRST: [&str; 7] = ["title", "kind", "summary", "audiences", "themes", "territories", "carrier"];

impl<'a> Living<'a> {
    fn new(present: &'a Present<'a>, around: &'a Around<'a>, given: &'a content::Action, source: Option<&'a (ActionId, Moment)>) -> Result<Self> {
        let day = |days: Option<i64>| days.map(|days| present.today.plus(days));
        let (mut starts_on, mut ends_on) = (day(given.starts_in_days), day(given.ends_in_days));
        if let Some(weekly) = &given.sessions {
            let (_, days) = series::of(weekly, given.rhythm.as_deref().unwrap_or_default(), present)?;
            // The action begins and ends with its sessions, unless it is said to last longer.
            if given.starts_in_days == Some(weekly.from_in_days) {
                starts_on = days.first().copied();
            }
            if given.ends_in_days == Some(weekly.to_in_days) {
                ends_on = days.last().copied();
            }
        }
        let not_before = source.map_or(present.days_ago(super::SET_UP - 10), |(_, published)| published.plus_days(2));
        let time = Timeline::new(present, &given.key, not_before);
        Ok(Self { present, around, given, source, author: around.actors.named(&given.author)?, starts_on, ends_on, time })
    }

    fn dates(&self) -> Dates {
        let some = |what, bound| self.time.below(what, bound);
        match self.given.stage {
            Stage::Draft if self.given.return_comment.is_some() => {
                let decided = 4 + some("decided", 4);
                Dates { begun: decided + 12 + some("begun", 9), submitted: decided + 3 + some("submitted", 3), decided }
            }
            Stage::Draft => Dates { begun: 3 + some("begun", 19), submitted: 0, decided: 0 },
            Stage::Submitted => {
                let submitted = 1 + some("submitted", 8);
                Dates { begun: submitted + 5 + some("begun", 14), submitted, decided: 0 }
            }
            Stage::Published | Stage::Archived => {
                let started = self.starts_on.map_or(90 + some("undated", 130), |day| self.present.today.days_since(day));
                let decided = (started + 12 + some("decided", 15)).max(2 + some("recent", 9));
                let submitted = decided + 1 + some("submitted", 4);
                Dates { begun: submitted + 4 + some("begun", 20), submitted, decided }
            }
        }
    }

    /// Takes every step; answers the action and when it was published (or last written).
    fn live(mut self, conn: &mut Conn) -> Result<(ActionId, Moment)> {
        let dates = self.dates();
        let action = self.begin(conn, &dates)?;
        let id = action.id.clone();
        let mut version = action.version;
        if self.given.sessions.is_some() {
            self.add_sessions(conn, &id)?;
        }
        let directly = matches!(self.author.role, Role::Manager | Role::Administrator);
        let wants_validation = self.given.stage != Stage::Draft || self.given.return_comment.is_some();
        if wants_validation && !(directly && matches!(self.given.stage, Stage::Published | Stage::Archived)) {
            let now = self.time.days_ago(dates.submitted);
            version = service::carry_out(conn, self.present.by(self.author, now), &id, version, Verb::Submit, "")?.version;
        }
        let validator = if directly { self.author } else { self.around.actors.validator(&action.fields, self.author)? };
        match (self.given.stage, &self.given.return_comment) {
            (Stage::Draft, Some(comment)) => {
                let now = self.time.days_ago(dates.decided);
                service::carry_out(conn, self.present.by(validator, now), &id, version, Verb::Return, comment)?;
                Ok((id, now))
            }
            (Stage::Draft | Stage::Submitted, _) => Ok((id, action.updated_at)),
            (Stage::Published | Stage::Archived, _) => {
                let now = self.time.days_ago(dates.decided);
                service::carry_out(conn, self.present.by(validator, now), &id, version, Verb::Publish, "")?;
                self.live_on(conn, &id, validator)?;
                Ok((id, now))
            }
        }
    }

    /// The draft: begun with what matters, or from another's, then written whole a few days later.
    fn begin(&mut self, conn: &mut Conn, dates: &Dates) -> Result<Action> {
        let whole = self.fields()?;
        let now = self.time.days_ago(dates.begun);
        let by = self.present.by(self.author, now);
        let begun = match self.source {
            Some((source, _)) => service::duplicate(conn, by, source)?,
            None => {
                let first = whole.iter().filter(|(name, _)| WRITTEN_FIRST.contains(&name.as_str()));
                let first: Map<String, Value> = first.map(|(name, value)| (name.clone(), value.clone())).collect();
                service::create_in(conn, by, &first, self.around.world, None)?
            }
        };
        let days = dates.begun - 1 - self.time.below("written", 3);
        let now = self.time.days_ago(days.max(dates.submitted).max(1));
        service::change_in(conn, self.present.by(self.author, now), &begun.id, begun.version, &whole, self.around.world)
    }

    /// The fields as they are written before publication: neither results nor the values of indicators are known yet.
    fn fields(&self) -> Result<Map<String, Value>> {
        let mut fields = self.given.fields.clone();
        let carrier = match &self.given.carrier {
            Carrier::Territory(code) => json!({ "territory": code }),
            Carrier::Partner(key) => json!({ "partner_id": self.organisation(key)? }),
        };
        let partners = self.given.partners.iter().map(|link| Ok(json!({ "partner_id": self.organisation(&link.partner)?, "role": link.role })));
        let sheets: Vec<Value> = self.given.plan_sheets.iter().map(|number| json!({ "plan_id": self.around.plan, "number": number })).collect();
        fields.insert("carrier".into(), carrier);
        fields.insert("partners".into(), partners.collect::<Result<Vec<_>>>()?.into());
        fields.insert("plan_sheets".into(), sheets.into());
        fields.insert("rhythm".into(), json!(self.given.rhythm));
        fields.insert("starts_on".into(), json!(self.starts_on));
        fields.insert("ends_on".into(), json!(self.ends_on));
        fields.insert("indicators".into(), self.indicators(false));
        Ok(fields)
    }

    fn organisation(&self, key: &str) -> Result<&OrganisationId> {
        self.around.organisations.get(key).ok_or_else(|| broken("partner", key))
    }

    fn indicators(&self, measured: bool) -> Value {
        let mut indicators = self.given.indicators.clone();
        for indicator in indicators.as_array_mut().into_iter().flatten() {
            if !measured {
                indicator["value"] = Value::Null;
            }
        }
        indicators
    }

    fn is_measured(&self) -> bool {
        self.given.indicators.as_array().is_some_and(|indicators| indicators.iter().any(|indicator| indicator["value"].is_number()))
    }

    /// The sessions are entered in the same sitting as the last fields.
    fn add_sessions(&mut self, conn: &mut Conn, id: &ActionId) -> Result<()> {
        let Some(weekly) = &self.given.sessions else { return Ok(()) };
        let (series, _) = series::of(weekly, self.given.rhythm.as_deref().unwrap_or_default(), self.present)?;
        let now = self.time.soon();
        sessions::add(conn, self.present.by(self.author, now), id, &series, self.present.zone)?;
        Ok(())
    }

    /// What happens once it is published: attendance, figures, results, confirmation, the archive; in the order of their days.
    fn live_on(&mut self, conn: &mut Conn, id: &ActionId, validator: &Actor) -> Result<()> {
        let today = self.present.today;
        let last = self.ends_on.or(self.starts_on);
        let is_over = last.is_some_and(|last| last < today);
        let mut steps: Vec<(Day, Step)> = Vec::new();
        for (held_until, batch) in self.attendance(conn, id)? {
            steps.push((self.present.zone.day(held_until).plus(1), Step::Attend(held_until, batch)));
        }
        match (&self.given.evaluation, last) {
            (Some(evaluation), Some(last)) if is_over => {
                let day = last.plus(4 + self.time.below("evaluation", 16)).min(today.plus(-1));
                let written = json!({ "evaluation": evaluation, "indicators": self.indicators(true) });
                steps.push((day, Step::Write(written)));
            }
            (evaluation, _) if self.is_measured() || evaluation.is_some() => {
                // Halfway, or not long ago, the first figures are known.
                let since = self.starts_on.map_or(60, |first| today.days_since(first));
                if since > 1 {
                    let written = match evaluation {
                        Some(evaluation) => json!({ "evaluation": evaluation, "indicators": self.indicators(true) }),
                        None => json!({ "indicators": self.indicators(true) }),
                    };
                    steps.push((today.plus(-(since / 5).clamp(1, 40)), Step::Write(written)));
                }
            }
            _ => {}
        }
        // Actions without dates are confirmed now and then; the oldest is left to be.
        let published_before = self.starts_on.is_none() && last.is_none();
        if published_before && self.time.below("confirmed", 3) > 0 {
            steps.push((today.plus(-(8 + self.time.below("confirmed since", 60))), Step::Confirm));
        }
        steps.sort_by_key(|(day, _)| *day);
        if self.given.stage == Stage::Archived {
            let day = last.map_or(today, |last| last.plus(75 + self.time.below("archived", 50))).min(today.plus(-1));
            steps.push((day, Step::Archive));
        }
        for (day, step) in steps {
            let now = match &step {
                Step::Attend(held_until, _) => self.time.at(self.time.office_hour(day).max(held_until.plus_seconds(25 * 60))),
                _ => self.time.on(day.min(today.plus(-1))),
            };
            let by = self.present.by(self.author, now);
            match step {
                Step::Attend(_, attendances) => sessions::attend(conn, by, id, &attendances)?,
                Step::Write(written) => {
                    let Value::Object(written) = written else { continue };
                    let version = service::find(conn, &Viewer(Some(self.author.clone())), id)?.version;
                    service::change_in(conn, by, id, version, &written, self.around.world)?;
                }
                Step::Confirm => service::confirm(conn, by, id)?,
                Step::Archive => {
                    let version = service::find(conn, &Viewer(Some(validator.clone())), id)?.version;
                    service::carry_out(conn, self.present.by(validator, now), id, version, Verb::Archive, "")?;
                }
            }
        }
        Ok(())
    }

    /// Attendance as the content has it, for the sessions that were held: three at a time, with the end of the last of them.
    fn attendance(&self, conn: &mut Conn, id: &ActionId) -> Result<Vec<(Moment, Vec<Attendance>)>> {
        let Some(weekly) = &self.given.sessions else { return Ok(Vec::new()) };
        let mut known = Vec::new();
        for (nth, session) in sessions::of(conn, &Viewer(Some(self.author.clone())), id)?.into_iter().enumerate() {
            let held = self.present.zone.day(session.ends_at) < self.present.today;
            if let Some((attended, newcomers)) = series::attendance(weekly, nth).filter(|_| held) {
                known.push((session.ends_at, Attendance { session: session.id, attended: Some(attended), newcomers: Some(newcomers) }));
            }
        }
        let batches = known.chunks(3).filter_map(|batch| Some((batch.last()?.0, batch.iter().map(|(_, attendance)| attendance.clone()).collect())));
        Ok(batches.collect())
    }
}

enum Step {
    /// When the last of these sessions ended, and who came.
    Attend(Moment, Vec<Attendance>),
    Write(Value),
    Confirm,
    Archive,
}
