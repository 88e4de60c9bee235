//! A convention as it stands on a day: its fields with its avenants applied, its term, whether it is in force and where it stands.

use serde_json::Value;

use super::acts::{Act, AvenantStage, Content};
use super::situation::{Facts, Situation};
use super::terms::Terms;
use super::{ConventionFields, Effect, Kind, RenewalKind, Stage};
use crate::kernel::Day;
use crate::kernel::ids::ActId;

/// Everything that the answer depends on.
#[derive(Clone, Copy, Debug)]
pub struct Agreement<'a> {
    pub stage: Stage,
    /// As signed.
    pub fields: &'a ConventionFields,
    pub acts: &'a [Act],
    /// When the signed conventions that replace it begin; None for one that waits for its notification.
    pub successors: &'a [Option<Day>],
}

#[derive(Clone, Debug, PartialEq)]
pub struct Standing {
    pub on: Day,
    pub fields: ConventionFields,
    /// The acts that count on this day, in the order in which they do.
    pub applied: Vec<ActId>,
    /// Once it is signed.
    pub begins_on: Option<Day>,
    pub term: Option<Day>,
    /// Does another term follow by itself?
    pub has_next: bool,
    /// Is what follows signed already?
    pub is_decided: bool,
    pub notice_by: Option<Day>,
    pub in_force: bool,
    /// Of a signed convention.
    pub situation: Option<Situation>,
}

impl Agreement<'_> {
    pub fn on(&self, on: Day) -> Standing {
        let applied = self.applied(on);
        let fields = applied.iter().fold(self.fields.clone(), |fields, act| with(fields, &act.content));
        let terms = Terms::of(&fields);
        let current = terms.map(|terms| terms.current(on));
        // Who joins by an avenant signs later, and moves no beginning.
        let begins_on = if fields.effect == Effect::LastSignature { self.fields.begins_on() } else { fields.begins_on() };
        let denounced = self.known(on, |content| match content {
            Content::Denonciation { effective_on, .. } => Some(*effective_on),
            _ => None,
        });
        let rescinded = self.known(on, |content| match content {
            Content::Resiliation { effective_on, .. } => Some(*effective_on),
            _ => None,
        });
        let is_ending = denounced.is_some() || rescinded.is_some();
        // A last day that is known is the term.
        let last_day = [denounced, rescinded.map(|day| day.plus(-1))].into_iter().flatten().min();
        let next = terms.zip(current).and_then(|(terms, current)| terms.after(current));
        let term = match (last_day, current) {
            (Some(last), Some(current)) if next.is_none() => Some(last.min(current.on)),
            (Some(last), _) => Some(last),
            (None, current) => current.map(|term| term.on),
        };
        let facts = Facts {
            begins_on,
            term: current.map(|term| term.on),
            has_next: next.is_some(),
            notice_by: terms.zip(term).and_then(|(terms, term)| terms.notice_by(term)).filter(|_| !is_ending),
            review_on: fields.review_on,
            is_decided: self.is_decided(on),
            denounced,
            rescinded,
            replaced: self.successors.iter().filter_map(|begins| *begins).min(),
        };
        let situation = (self.stage == Stage::Signed).then(|| Situation::of(&facts, on));
        Standing {
            on,
            begins_on: begins_on.filter(|_| self.stage == Stage::Signed),
            applied: applied.into_iter().map(|act| act.id.clone()).collect(),
            term,
            has_next: facts.has_next && !is_ending,
            is_decided: facts.is_decided,
            notice_by: facts.notice_by,
            in_force: situation.is_some_and(Situation::is_in_force),
            situation,
            fields,
        }
    }

    /// The fields once so many acts count.
    pub fn after(&self, count: usize) -> ConventionFields {
        self.applied(Day::LAST).into_iter().take(count).fold(self.fields.clone(), |fields, act| with(fields, &act.content))
    }

    /// The acts that count on a day.
    fn applied(&self, on: Day) -> Vec<&Act> {
        let from = |act: &&Act| act.content.applies_from();
        let mut acts: Vec<&Act> = self.acts.iter().filter(|act| from(act).is_some_and(|day| day <= on)).collect();
        acts.sort_by_key(|act| (from(act), act.number));
        acts
    }

    /// The first day that acts known on `on` give.
    fn known(&self, on: Day, day: impl Fn(&Content) -> Option<Day>) -> Option<Day> {
        let known = self.acts.iter().filter(|act| act.content.dated_on().is_some_and(|dated| dated <= on));
        known.filter_map(|act| day(&act.content)).min()
    }

    /// Is what comes after its term signed already? A successor that has not begun, or an avenant to come that speaks of its end.
    fn is_decided(&self, on: Day) -> bool {
        let is_of_its_end = |act: &Act| match &act.content {
            Content::Avenant { stage: AvenantStage::Signed, changes, signed_on, effective_on, .. } => {
                signed_on.is_some_and(|day| day <= on)
                    && effective_on.is_some_and(|day| day > on)
                    && changes.iter().any(|change| matches!(change.field.as_str(), "ends_on" | "review_on" | "renewal"))
            }
            _ => false,
        };
        self.acts.iter().any(is_of_its_end) || self.successors.iter().any(|begins| begins.is_none_or(|begins| begins > on))
    }
}

/// The fields once an act counts.
fn with(fields: ConventionFields, content: &Content) -> ConventionFields {
    match content {
        Content::Reconduction { ends_on, .. } => ConventionFields { ends_on: Some(*ends_on), ..fields },
        Content::Avenant { changes, .. } => {
            let Ok(Value::Object(mut object)) = serde_json::to_value(&fields) else { return fields };
            for change in changes {
                object.insert(change.field.clone(), change.after.clone());
            }
            serde_json::from_value(Value::Object(object)).unwrap_or(fields)
        }
        _ => fields,
    }
}

/// What a dénonciation notified on a day comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Denounced {
    /// The last day of the convention.
    pub effective_on: Day,
    pub notice_by: Option<Day>,
    pub is_late: bool,
}

/// Why a dénonciation has no effect: the last day of notice is past, and no other term follows this one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TooLate {
    pub notice_by: Day,
    pub term: Day,
}

impl Standing {
    /// Given up on `notified_on`, when does it end? At the current term if its notice can still be given, else at the next; without term, once
    /// the notice has run.
    pub fn denounced(&self, notified_on: Day) -> Result<Denounced, TooLate> {
        let Some(terms) = Terms::of(&self.fields) else {
            let effective_on = notified_on.plus_months(self.fields.notice_months.unwrap_or(0));
            return Ok(Denounced { effective_on, notice_by: None, is_late: false });
        };
        let current = terms.current(notified_on);
        let notice_by = terms.notice_by(current.on).unwrap_or(current.on);
        if notified_on <= notice_by {
            return Ok(Denounced { effective_on: current.on, notice_by: Some(notice_by), is_late: false });
        }
        let next = terms.after(current).ok_or(TooLate { notice_by, term: current.on })?;
        Ok(Denounced { effective_on: next.on, notice_by: Some(notice_by), is_late: true })
    }

    /// The term to which an express renewal decided on a day leads, when its period says it.
    pub fn renewed_until(&self) -> Option<Day> {
        let months = self.fields.renewal.period_months.filter(|_| self.fields.renewal.kind == RenewalKind::Express)?;
        self.fields.ends_on.filter(|_| self.fields.kind != Kind::Charter).map(|term| term.plus(1).plus_months(months).plus(-1))
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Party, Renewal};
    use super::*;
    use crate::conventions::model::acts::Change;
    use crate::kernel::{Chance, Moment};
    use serde_json::json;

    fn day(text: &str) -> Day {
        Day::parse(text).unwrap()
    }

    fn act(number: i32, content: Content) -> Act {
        let at = Moment::from_micros(0);
        Act { id: ActId::new(at, &Chance::seeded(number.unsigned_abs().into())), number, content, author: String::new(), at }
    }

    fn tacit() -> ConventionFields {
        ConventionFields {
            effect: Effect::FixedDay,
            starts_on: Some(day("2022-01-01")),
            ends_on: Some(day("2022-12-31")),
            notice_months: Some(3),
            renewal: Renewal { kind: RenewalKind::Tacit, period_months: Some(12), max: Some(4) },
            parties: vec![Party { signed_on: Some(day("2021-12-15")), ..Party::default() }],
            ..ConventionFields::default()
        }
    }

    fn on(fields: &ConventionFields, acts: &[Act], successors: &[Option<Day>], on: &str) -> Standing {
        Agreement { stage: Stage::Signed, fields, acts, successors }.on(day(on))
    }

    #[test]
    fn an_avenant_prolongs_from_its_effect() {
        let fields = ConventionFields { renewal: Renewal::default(), ..tacit() };
        let changes = vec![Change { field: "ends_on".into(), before: json!("2022-12-31"), after: json!("2024-12-31") }];
        let avenant = act(
            2,
            Content::Avenant {
                stage: AvenantStage::Signed,
                object: "Prolongation".into(),
                changes,
                signed_on: Some(day("2022-09-01")),
                effective_on: Some(day("2022-10-01")),
                signed_file: None,
            },
        );
        let acts = [avenant];
        let of = |today: &str| on(&fields, &acts, &[], today);
        assert_eq!((of("2022-08-31").term, of("2022-08-31").situation), (Some(day("2022-12-31")), Some(Situation::ToRenew)));
        assert_eq!(of("2022-09-15").situation, Some(Situation::InForce), "what follows is signed");
        assert!(of("2022-09-30").applied.is_empty());
        let after = of("2022-10-01");
        assert_eq!((after.term, after.applied.len(), after.fields.ends_on), (Some(day("2024-12-31")), 1, Some(day("2024-12-31"))));
        let Content::Avenant { changes, .. } = acts[0].content.clone() else { unreachable!() };
        for stage in [AvenantStage::Draft, AvenantStage::Abandoned] {
            let unsigned = Content::Avenant {
                stage,
                object: String::new(),
                changes: changes.clone(),
                signed_on: None,
                effective_on: Some(day("2022-10-01")),
                signed_file: None,
            };
            assert_eq!(on(&fields, &[act(2, unsigned)], &[], "2023-01-01").situation, Some(Situation::Expired), "{stage}");
        }
    }

    #[test]
    fn a_denunciation_takes_effect_at_a_term() {
        let at = |notified: &str| on(&tacit(), &[], &[], notified).denounced(day(notified));
        let in_time = Denounced { effective_on: day("2023-12-31"), notice_by: Some(day("2023-09-30")), is_late: false };
        assert_eq!(at("2023-09-30"), Ok(in_time));
        let late = at("2023-10-01").unwrap();
        assert_eq!((late.effective_on, late.is_late), (day("2024-12-31"), true));
        assert_eq!(at("2026-10-01"), Err(TooLate { notice_by: day("2026-09-30"), term: day("2026-12-31") }), "the last renewal");
        let endless = ConventionFields { ends_on: None, renewal: Renewal::default(), ..tacit() };
        assert_eq!(on(&endless, &[], &[], "2023-11-30").denounced(day("2023-11-30")).unwrap().effective_on, day("2024-02-29"));
    }

    #[test]
    fn an_end_that_is_known_is_the_term() {
        let given_up = act(
            2,
            Content::Denonciation {
                partner: None,
                notified_on: day("2023-03-01"),
                effective_on: day("2023-12-31"),
                notice_by: None,
                is_late: false,
                note: String::new(),
            },
        );
        let acts = [given_up];
        let of = |today: &str| on(&tacit(), &acts, &[], today);
        assert_eq!((of("2023-02-28").situation, of("2023-02-28").has_next), (Some(Situation::InForce), true));
        let pending = of("2023-03-01");
        assert_eq!((pending.situation, pending.term, pending.in_force), (Some(Situation::TerminationPending), Some(day("2023-12-31")), true));
        assert_eq!((of("2024-01-01").situation, of("2024-01-01").term), (Some(Situation::Terminated), Some(day("2023-12-31"))));
    }

    #[test]
    fn a_successor_replaces_once_it_begins() {
        let of = |today: &str| on(&tacit(), &[], &[Some(day("2023-06-01"))], today).situation;
        assert_eq!((of("2023-05-31"), of("2023-06-01")), (Some(Situation::InForce), Some(Situation::Replaced)));
    }

    #[test]
    fn what_is_not_signed_stands_nowhere() {
        let fields = tacit();
        for stage in Stage::ALL.iter().filter(|stage| **stage != Stage::Signed) {
            let standing = Agreement { stage: *stage, fields: &fields, acts: &[], successors: &[] }.on(day("2022-06-01"));
            assert_eq!((standing.in_force, standing.situation, standing.begins_on), (false, None, None));
        }
    }
}
