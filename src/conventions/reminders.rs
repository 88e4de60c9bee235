//! When somebody is reminded of a term: pure functions of the convention as it stands, and of the day.
//!
//! A step is due from its day on, never on its day alone, so that nothing is lost while the program is down. Only the last step that is due
//! is told: what comes late says what is urgent now.

use super::model::{Situation, Standing};
use crate::db::types::text_enum;
use crate::kernel::Day;

text_enum! {
    /// Of two that fall on one day, the later in this list is told.
    pub enum Step {
        SixMonths = "term_6_months" | "Six mois avant le terme",
        ThreeMonths = "term_3_months" | "Trois mois avant le terme",
        OneMonth = "term_1_month" | "Un mois avant le terme",
        NoticeThreeMonths = "notice_3_months" | "Trois mois avant le dernier jour de préavis",
        NoticeOneMonth = "notice_1_month" | "Un mois avant le dernier jour de préavis",
        SevenDays = "term_7_days" | "Sept jours avant le terme",
        DayAfter = "day_after" | "Le lendemain du terme",
    }
}

/// What is watched: a term, or the day of a review when there is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Watch {
    pub term: Day,
    pub is_review: bool,
    pub notice_by: Option<Day>,
    /// Another term follows by itself: what is to be decided is until the last day of notice.
    pub renews: bool,
    /// Since when the registry knows the convention: a term that was past by then surprises nobody.
    pub since: Day,
}

impl Watch {
    /// None when nothing is to be decided: its end is announced or past, or what follows is signed.
    pub fn of(standing: &Standing, since: Day) -> Option<Self> {
        let is_open = match standing.situation? {
            Situation::ToRenew | Situation::Expired => true,
            Situation::InForce => standing.has_next && !standing.is_decided,
            _ => false,
        };
        let term = standing.term.or(standing.fields.review_on).filter(|_| is_open)?;
        let is_review = standing.term.is_none();
        Some(Self { term, is_review, notice_by: standing.notice_by, renews: standing.has_next, since })
    }

    /// The day from which a step is due; None when it says nothing here.
    fn due_on(&self, step: Step) -> Option<Day> {
        let day = match step {
            Step::SixMonths => self.term.plus_months(-6),
            Step::ThreeMonths => self.term.plus_months(-3),
            Step::OneMonth => self.term.plus_months(-1),
            Step::SevenDays => self.term.plus(-7),
            Step::DayAfter => self.term.plus(1),
            Step::NoticeThreeMonths => self.notice_by?.plus_months(-3),
            Step::NoticeOneMonth => self.notice_by?.plus_months(-1),
        };
        Some(day).filter(|day| !self.renews || *day <= self.decide_by())
    }

    /// Until when something can still be decided of this term.
    fn decide_by(&self) -> Day {
        self.notice_by.unwrap_or(self.term)
    }

    /// The step that is to be told on a day, if it was not yet: the last one that is due.
    pub fn step(&self, today: Day) -> Option<Step> {
        if (self.renews && today > self.decide_by()) || self.term < self.since {
            return None;
        }
        let due = Step::ALL.iter().filter_map(|step| Some((self.due_on(*step).filter(|day| *day <= today)?, *step)));
        // Of equal days, `max_by_key` keeps the last.
        due.max_by_key(|(day, _)| *day).map(|(_, step)| step)
    }

    /// Are the authors of the actions that rest on it to be told? Three months before an end that nothing follows by itself.
    pub fn concerns_authors(&self, today: Day) -> bool {
        !self.renews && !self.is_review && self.term >= self.since && self.term.plus_months(-3) <= today && today <= self.term
    }

    /// Where it stands and what to do, in a sentence.
    pub fn sentence(&self, today: Day) -> String {
        let (term, notice) = (self.term.in_short(), self.notice_by.map(|day| (day, day.in_short())));
        match (self.renews, notice) {
            (true, Some((_, by))) => format!("Elle se reconduit d’elle-même après le {term}. Dernier jour pour la dénoncer : le {by}."),
            (true, None) => format!("Elle se reconduit d’elle-même après le {term}."),
            _ if self.is_review && self.term < today => format!("Elle devait être revue le {term}."),
            _ if self.is_review => format!("Sans terme, elle est à revoir le {term}."),
            _ if self.term < today => format!("Elle est échue depuis le {term}, sans suite enregistrée."),
            (_, Some((by, said))) if by >= today => format!("Elle prend fin le {term}. Dernier jour de préavis : le {said}."),
            _ => format!("Elle prend fin le {term}. Rien n’est encore décidé de la suite."),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::HashSet;

    fn day(text: &str) -> Day {
        Day::parse(text).unwrap()
    }

    fn watch(notice_by: Option<&str>, renews: bool) -> Watch {
        Watch { term: day("2026-12-31"), is_review: false, notice_by: notice_by.map(day), renews, since: day("2020-01-01") }
    }

    /// Each day on which the step changes, with it.
    fn calendar(watch: &Watch) -> Vec<String> {
        let mut told = Vec::new();
        let mut last = None;
        for today in (0..800).map(|days| day("2025-06-01").plus(days)) {
            let step = watch.step(today);
            if step != last {
                told.push(format!("{today} {}", step.map_or("none".to_owned(), |step| step.to_string())));
                last = step;
            }
        }
        told
    }

    #[test]
    fn the_calendar_of_a_fixed_term() {
        assert_eq!(
            calendar(&watch(Some("2026-09-30"), false)),
            [
                "2026-06-30 notice_3_months",
                "2026-08-30 notice_1_month",
                "2026-09-30 term_3_months",
                "2026-11-30 term_1_month",
                "2026-12-24 term_7_days",
                "2027-01-01 day_after"
            ]
        );
        let plain = ["2026-06-30 term_6_months", "2026-09-30 term_3_months", "2026-11-30 term_1_month", "2026-12-24 term_7_days"];
        assert_eq!(calendar(&watch(None, false))[..4], plain);
    }

    #[test]
    fn what_renews_by_itself_is_watched_until_its_notice() {
        let steps = calendar(&watch(Some("2026-09-30"), true));
        assert_eq!(steps, ["2026-06-30 notice_3_months", "2026-08-30 notice_1_month", "2026-09-30 term_3_months", "2026-10-01 none"]);
    }

    #[test]
    fn a_term_that_was_past_when_the_convention_was_entered_is_told_to_nobody() {
        let late = Watch { since: day("2027-02-01"), ..watch(None, false) };
        assert!(calendar(&late).is_empty());
        assert!(!late.concerns_authors(day("2026-12-01")));
    }

    #[test]
    fn sentences_say_what_to_do() {
        let said = |watch: Watch, today: &str| watch.sentence(day(today)).replace('\u{a0}', " ");
        let noticed = watch(Some("2026-09-30"), false);
        assert_eq!(said(noticed, "2026-09-30"), "Elle prend fin le 31 décembre 2026. Dernier jour de préavis : le 30 septembre 2026.");
        assert_eq!(said(noticed, "2026-10-01"), "Elle prend fin le 31 décembre 2026. Rien n’est encore décidé de la suite.");
        assert_eq!(said(noticed, "2027-01-01"), "Elle est échue depuis le 31 décembre 2026, sans suite enregistrée.");
        assert_eq!(said(watch(None, true), "2026-10-01"), "Elle se reconduit d’elle-même après le 31 décembre 2026.");
        let review = Watch { is_review: true, ..watch(None, false) };
        assert_eq!(said(review, "2026-10-01"), "Sans terme, elle est à revoir le 31 décembre 2026.");
    }

    proptest! {
        /// Whatever the days on which the program runs: no step twice, none after a newer one, and the last due is known the same day.
        #[test]
        fn each_step_once_and_never_after_a_newer(notice in prop::option::of(0i32..=12), renews: bool, pauses in prop::collection::vec(1i64..120, 1..60)) {
            let term = day("2026-12-31");
            let watch = Watch { notice_by: notice.map(|months| term.plus_months(-months)), renews, ..watch(None, false) };
            let mut ledger = HashSet::new();
            let (mut today, mut newest) = (day("2025-01-01"), None);
            for pause in pauses {
                today = today.plus(pause);
                let Some(step) = watch.step(today) else { continue };
                let due = watch.due_on(step);
                prop_assert!(due.is_some_and(|due| due <= today));
                prop_assert!(Step::ALL.iter().all(|other| watch.due_on(*other).is_none_or(|day| day > today || Some(day) <= due)));
                if ledger.insert(step) {
                    prop_assert!(newest <= due, "{step} after one of {newest:?}");
                    newest = due;
                }
            }
        }
    }
}
