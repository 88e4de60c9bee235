//! What comes next of a convention, prepared: the steps that lead to its term, worked back from it.

use super::situation::watched_from;
use super::{RenewalKind, Standing};
use crate::kernel::Day;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum StepKind {
    Assessment,
    Notice,
    Deliberation,
    Signature,
    End,
}

impl StepKind {
    pub fn label(self) -> &'static str {
        match self {
            Self::Assessment => "Bilan avec les parties",
            Self::Notice => "Dernier jour de préavis",
            Self::Deliberation => "Délibération",
            Self::Signature => "Signature",
            Self::End => "Terme",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    pub kind: StepKind,
    pub by: Day,
}

/// Months before the term when a vote is needed for what follows, and when this must be signed.
const DELIBERATION: i32 = 3;
const SIGNATURE: i32 = 1;

/// The steps to the term, or to the review of what has none, in the order of their days. What renews itself needs no vote: only a decision
/// before its notice.
pub fn steps(standing: &Standing) -> Vec<Step> {
    let Some(end) = standing.term.or(standing.fields.review_on) else { return Vec::new() };
    let step = |kind, by| Step { kind, by };
    let mut steps = vec![step(StepKind::Assessment, watched_from(end, standing.notice_by)), step(StepKind::End, end)];
    steps.extend(standing.notice_by.map(|by| step(StepKind::Notice, by)));
    if !(standing.has_next && standing.fields.renewal.kind == RenewalKind::Tacit) {
        steps.push(step(StepKind::Deliberation, end.plus_months(-DELIBERATION)));
        steps.push(step(StepKind::Signature, end.plus_months(-SIGNATURE)));
    }
    steps.sort_by_key(|step| (step.by, step.kind));
    steps
}

#[cfg(test)]
mod tests {
    use super::super::standing::Agreement;
    use super::super::{ConventionFields, Effect, Renewal, Stage};
    use super::*;

    fn told(ends_on: &str, notice_months: Option<i32>, renewal: Renewal) -> String {
        let day = |text: &str| Day::parse(text);
        let fields = ConventionFields {
            effect: Effect::FixedDay,
            starts_on: day("2024-01-01"),
            ends_on: day(ends_on).filter(|_| ends_on != "2027-01-15"),
            review_on: day("2027-01-15"),
            notice_months,
            renewal,
            ..ConventionFields::default()
        };
        let standing = Agreement { stage: Stage::Signed, fields: &fields, acts: &[], successors: &[] }.on(Day::new(2026, 1, 1).unwrap());
        steps(&standing).iter().map(|step| format!("{:?} {}", step.kind, step.by)).collect::<Vec<_>>().join(", ")
    }

    #[test]
    fn steps_work_back_from_the_term() {
        let tacit = Renewal { kind: RenewalKind::Tacit, period_months: Some(12), max: None };
        assert_eq!(
            told("2026-12-31", None, Renewal::default()),
            "Assessment 2026-06-30, Deliberation 2026-09-30, Signature 2026-11-30, End 2026-12-31"
        );
        assert_eq!(
            told("2026-12-31", Some(3), Renewal::default()),
            "Assessment 2026-06-30, Notice 2026-09-30, Deliberation 2026-09-30, Signature 2026-11-30, End 2026-12-31"
        );
        assert_eq!(
            told("2026-12-31", Some(6), Renewal::default()),
            "Assessment 2026-03-30, Notice 2026-06-30, Deliberation 2026-09-30, Signature 2026-11-30, End 2026-12-31"
        );
        assert_eq!(told("2026-12-31", Some(3), tacit), "Assessment 2026-06-30, Notice 2026-09-30, End 2026-12-31");
        assert_eq!(
            told("2027-01-15", None, Renewal::default()),
            "Assessment 2026-07-15, Deliberation 2026-10-15, Signature 2026-12-15, End 2027-01-15"
        );
    }

    proptest::proptest! {
        /// The term comes last, the assessment first, whatever the notice.
        #[test]
        fn steps_are_in_order(days in 0i64..3_000, notice in proptest::option::of(0i32..24)) {
            let end = Day::new(2024, 1, 1).unwrap().plus(days);
            let fields = ConventionFields { ends_on: Some(end), notice_months: notice, ..ConventionFields::default() };
            let standing = Agreement { stage: Stage::Signed, fields: &fields, acts: &[], successors: &[] }.on(Day::FIRST);
            let steps = steps(&standing);
            proptest::prop_assert!(steps.windows(2).all(|two| two[0].by <= two[1].by));
            proptest::prop_assert_eq!(steps.first().unwrap().kind, StepKind::Assessment);
            proptest::prop_assert_eq!(steps.last().unwrap(), &Step { kind: StepKind::End, by: end });
        }
    }
}
