//! Conventions in every stage and state: those that were signed before the service was set up are entered as they are, the others are lived.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::actions::Around;
use super::content::{self, Convention as Given};
use super::timeline::Timeline;
use super::{Present, broken, paper};
use crate::accounts::model::{Actor, By, Viewer};
use crate::conventions::acts;
use crate::conventions::files::{self, Of};
use crate::conventions::model::{ActKind, Stage, Verb};
use crate::conventions::service::{self, Convention, Signing, find};
use crate::db::Conn;
use crate::error::Result;
use crate::kernel::ids::{ActionId, ConventionId};
use crate::kernel::{Day, Moment};
use crate::partners;

/// Writes them all; answers how many.
pub fn save(conn: &mut Conn, present: &Present<'_>, around: &Around<'_>, actions: &BTreeMap<String, (ActionId, Moment)>) -> Result<usize> {
    let mut written: BTreeMap<String, ConventionId> = BTreeMap::new();
    let conventions = content::conventions()?;
    let names = partners::service::all(conn)?.into_iter().map(|partner| (partner.id.to_string(), partner.name)).collect();
    for (rank, given) in conventions.iter().enumerate() {
        let mut living = Living {
            present,
            around,
            given,
            names: &names,
            author: around.actors.named(&given.author)?,
            time: Timeline::new(present, &given.key, present.days_ago(super::SET_UP - 20)),
        };
        let id = living.live(conn, rank, &written, actions).map_err(|error| match error {
            fault if fault.is_fault() => fault,
            refusal => broken(&given.key, refusal),
        })?;
        written.insert(given.key.clone(), id);
    }
    service::refresh_all(conn, present.today)?;
    Ok(conventions.len())
}

struct Living<'a> {
    present: &'a Present<'a>,
    around: &'a Around<'a>,
    given: &'a Given,
    /// Partners by their identifiers.
    names: &'a BTreeMap<String, String>,
    author: &'a Actor,
    time: Timeline<'a>,
}

/// Days between what is done one after the other for a convention that is lived.
const PACE: i64 = 9;

impl Living<'_> {
    /// The first day of the month that is so many months away.
    fn month(&self, months: i32) -> Day {
        let today = self.present.today;
        today.plus(1 - i64::from(chrono::Datelike::day(&today.0))).plus_months(months)
    }

    /// The last day of that month.
    fn end(&self, months: i32) -> Day {
        self.month(months + 1).plus(-1)
    }

    fn by<'b>(&'b self, now: Moment) -> By<'b> {
        self.present.by(self.author, now)
    }

    fn starts_on(&self) -> Option<Day> {
        self.given.since.or(self.given.from_month.map(|months| self.month(months)))
    }

    /// Some weeks before it begins; what is lived is signed lately.
    fn signed_on(&self) -> Day {
        let signed = match (self.given.signed_month, self.starts_on()) {
            (Some(months), _) => self.month(months).plus(10),
            (None, Some(day)) => day.plus(-23),
            (None, None) => self.present.today.plus(-40),
        };
        signed.min(self.present.today.plus(-3 - self.time.below("signed", 20)))
    }

    fn live(
        &mut self,
        conn: &mut Conn,
        rank: usize,
        written: &BTreeMap<String, ConventionId>,
        actions: &BTreeMap<String, (ActionId, Moment)>,
    ) -> Result<ConventionId> {
        let signed_on = self.signed_on();
        let mut fields = self.fields(signed_on, written, actions)?;
        let is_entered = self.given.stage == Stage::Signed && !self.given.is_lived;
        if is_entered {
            fields.insert("stage".into(), json!(Stage::Signed));
            fields.insert("signed_on".into(), json!(signed_on));
            fields.insert("number".into(), json!(format!("{}-{:03}", signed_on.year(), 101 + rank)));
        }
        let begun =
            if is_entered { self.time.on(signed_on.plus(6)) } else { self.time.days_ago(self.present.today.days_since(signed_on) + 6 * PACE) };
        let day = self.present.zone.day(begun);
        let convention = service::create(conn, self.by(begun), day, &fields)?;
        let id = convention.id.clone();
        if !is_entered {
            self.move_on(conn, convention, signed_on)?;
        } else if !self.given.has_no_file {
            let file = paper::of_convention(self.present, &convention, signed_on, self.names)?;
            let soon = self.time.soon();
            files::attach(conn, self.by(soon), day, &id, &file, &Of::First)?;
        }
        for act in &self.given.acts {
            self.act(conn, &id, act)?;
        }
        Ok(id)
    }

    fn move_on(&mut self, conn: &mut Conn, mut convention: Convention, signed_on: Day) -> Result<()> {
        let path: &[Verb] = match self.given.stage {
            Stage::Draft => &[],
            Stage::InReview => &[Verb::Submit],
            Stage::ToCorrect => &[Verb::Submit, Verb::Return],
            Stage::ToSign => &[Verb::Submit, Verb::Validate],
            Stage::Signing | Stage::Signed => &[Verb::Submit, Verb::Validate, Verb::Send],
            Stage::Abandoned => &[Verb::Submit, Verb::Abandon],
        };
        for (step, verb) in (1i64..).zip(path) {
            let at = self.time.on(signed_on.plus((step - 5) * PACE));
            let comment = self.given.return_comment.as_deref().filter(|_| *verb == Verb::Return).unwrap_or_default();
            convention = service::carry_out(conn, self.by(at), self.present.zone.day(at), &convention.id, convention.version, *verb, comment)?;
        }
        let partner = |key: &Option<String>| key.as_ref().map(|key| self.organisation(key)).transpose();
        let signing = match (self.given.stage, &self.given.signed_by) {
            (Stage::Signed, _) => Signing { signed_on: Some(signed_on), ..Signing::default() },
            (Stage::Signing, signed_by) => Signing { partner: Some(partner(signed_by)?), signed_on: Some(signed_on), signed_file: None },
            _ => return Ok(()),
        };
        let (at, today) = (self.time.on(signed_on.plus(1)), self.present.today);
        if self.given.stage == Stage::Signing || self.given.has_no_file {
            return service::sign(conn, self.by(at), today, &convention.id, convention.version, &signing).map(drop);
        }
        let file = paper::of_convention(self.present, &convention, signed_on, self.names)?;
        files::sign(conn, self.by(at), today, &convention.id, convention.version, signing, &file).map(drop)
    }

    fn act(&mut self, conn: &mut Conn, id: &ConventionId, act: &content::Act) -> Result<()> {
        let day = self.month(act.month).plus(4 + self.time.below("act", 15)).min(self.present.today.plus(-1));
        let mut body = match act.kind.as_str() {
            "avenant" => {
                let mut changes = act.changes.clone();
                if let Some(Value::Number(months)) = changes.remove("ends_month") {
                    changes.insert("ends_on".into(), json!(self.end(months.as_i64().and_then(|months| i32::try_from(months).ok()).unwrap_or(0))));
                }
                let signed_on = (!act.is_draft).then_some(day);
                json!({ "object": act.object, "changes": changes, "signed_on": signed_on, "effective_on": signed_on.map(|day| day.plus(12)) })
            }
            "reconduction" => json!({ "decided_on": day, "ends_on": act.ends_month.map(|months| self.end(months)) }),
            "denonciation" => {
                let partner = act.partner.as_ref().map(|key| self.organisation(key)).transpose()?;
                json!({ "notified_on": day, "partner": partner, "note": act.note })
            }
            _ => json!({ "notified_on": day, "effective_on": act.effective_month.map(|months| self.month(months)), "ground": act.ground }),
        };
        body["kind"] = json!(act.kind);
        let now = self.time.on(day.plus(1));
        let Value::Object(mut body) = body else { return Ok(()) };
        let today = self.present.today;
        let convention = find(conn, &Viewer(Some(self.author.clone())), id, today)?;
        if act.kind == "avenant" && !act.is_draft && !act.has_no_file {
            let before = convention.acts.iter().filter(|act| act.content.kind() == ActKind::Avenant).count();
            let file = paper::of_avenant(self.present, &convention, before + 1, &act.object, day)?;
            body.insert("signed_file".into(), json!(files::of_act(conn, self.by(now), today, id, convention.version, &file)?));
        }
        acts::record(conn, self.by(now), today, id, Some(convention.version), &body).map(drop)
    }

    fn organisation(&self, key: &str) -> Result<String> {
        self.around.organisations.get(key).map(ToString::to_string).ok_or_else(|| broken("organisation", key))
    }

    /// What the service reads: names become identifiers, months become days.
    fn fields(
        &self,
        signed_on: Day,
        written: &BTreeMap<String, ConventionId>,
        actions: &BTreeMap<String, (ActionId, Moment)>,
    ) -> Result<Map<String, Value>> {
        let given = self.given;
        let mut fields = given.fields.clone();
        let mut parties = Vec::new();
        for party in &given.parties {
            let voted = signed_on.plus(-31);
            let enforceable = if given.is_signed_early && party.partner.is_none() { signed_on.plus(9) } else { voted.plus(8) };
            let authorisation = party.authorisation.as_ref().map(|vote| {
                let number = vote.number.clone().unwrap_or_else(|| format!("{}-CP-{:03}", voted.year(), 60 + self.time.below("vote", 200)));
                json!({ "organ": vote.organ, "number": number, "dated": voted, "enforceable_on": enforceable })
            });
            let partner = party.partner.as_ref().map(|key| self.organisation(key)).transpose()?;
            parties.push(json!({ "partner": partner, "signatory": party.signatory, "capacity": party.capacity, "authorisation": authorisation }));
        }
        let named = |key: &String| actions.get(key).map(|(id, _)| json!(id)).ok_or_else(|| broken("action", key));
        let replaced = given.replaces.as_ref().map(|key| written.get(key).ok_or_else(|| broken("convention", key))).transpose()?;
        let sheets: Vec<Value> = given.plan_sheets.iter().map(|number| json!({ "plan_id": self.around.plan, "number": number })).collect();
        for (name, value) in [
            ("parties", json!(parties)),
            ("actions", Value::Array(given.actions.iter().map(named).collect::<Result<_>>()?)),
            ("plan_sheets", json!(sheets)),
            ("replaces", json!(replaced)),
            ("starts_on", json!(self.starts_on())),
            ("ends_on", json!(given.until_month.map(|months| self.end(months)))),
            ("review_on", json!(given.review_month.map(|months| self.end(months)))),
            ("responsible", json!(given.author)),
        ] {
            fields.insert(name.into(), value);
        }
        Ok(fields)
    }
}
