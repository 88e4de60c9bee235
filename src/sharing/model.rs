//! Weeks, what is news in them, and in which order it is told: pure.

use std::collections::BTreeSet;

use chrono::{Datelike, NaiveTime};

use crate::db::types::text_enum;
use crate::kernel::{Day, Moment, Zone};

text_enum! {
    /// What an MDS did that others like to know, in the order in which it is told.
    pub enum What {
        Published = "published" | "Nouvelle action",
        Begun = "begun" | "Commence",
        Reported = "reported" | "Bilan écrit",
        Called = "called" | "Rencontre prévue",
    }
}

impl What {
    /// What stands above several of them.
    pub fn heading(self) -> &'static str {
        match self {
            Self::Published => "Nouvelles actions",
            Self::Begun => "Actions commencées",
            Self::Reported => "Actions terminées, avec leurs résultats",
            Self::Called => "Rencontres prévues",
        }
    }
}

/// Whole days of the calendar: `until` is the first that is left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Window {
    pub from: Day,
    pub until: Day,
}

const WEEK: i64 = 7;
/// After an outage nobody wants to read more at once.
const MOST_DAYS: i64 = 5 * WEEK;
/// The hour of Mondays at which the letter leaves.
const HOUR: u32 = 8;

impl Window {
    pub fn week(monday: Day) -> Self {
        Self { from: monday, until: monday.plus(WEEK) }
    }

    /// What is to be told to somebody who was told up to `told`, in the letter of this Monday; None: nothing, they had it already.
    pub fn due(told: Option<Day>, monday: Day) -> Option<Self> {
        let from = told.unwrap_or(monday.plus(-WEEK)).max(monday.plus(-MOST_DAYS));
        (from < monday).then_some(Self { from, until: monday })
    }

    pub fn holds(self, day: Day) -> bool {
        self.from <= day && day < self.until
    }

    /// Its instants: from the first, up to the second.
    pub fn moments(self, zone: &Zone) -> (Moment, Moment) {
        (zone.at(self.from, NaiveTime::MIN), zone.at(self.until, NaiveTime::MIN))
    }
}

pub fn monday_of(day: Day) -> Day {
    day.plus(-i64::from(day.0.weekday().num_days_from_monday()))
}

/// The Monday whose letter is the last that should have left. It tells of the days before, so that a change committed late is not lost.
pub fn last_letter(now: Moment, zone: &Zone) -> Day {
    let monday = monday_of(zone.day(now));
    let leaves = zone.at(monday, NaiveTime::from_hms_opt(HOUR, 0, 0).unwrap_or_default());
    if now < leaves { monday.plus(-WEEK) } else { monday }
}

/// What is news of an action in a window, and on which day. Where several happened, its results come first, then its publication, then its
/// beginning.
pub fn of_action(published: Option<Day>, starts: Option<Day>, results: Option<Day>, window: Window) -> Option<(What, Day)> {
    let published = published.filter(|day| *day < window.until)?;
    // An action that had begun when it was published is new, and nothing else.
    let begun = starts.filter(|day| *day > published);
    let events = [(What::Reported, results), (What::Published, Some(published)), (What::Begun, begun)];
    events.into_iter().find_map(|(what, day)| Some((what, day.filter(|day| window.holds(*day))?)))
}

/// When results became news: when they were written, and not before the action was over.
pub fn results_on(written: Option<Day>, last: Option<Day>) -> Option<Day> {
    Some(written?.max(last?.plus(1)))
}

/// The first `most` of these, those of one's own themes first and the rest in the order given; and how many are left.
pub fn choose<'i, T>(items: &'i [T], themes_of: impl Fn(&T) -> &[String], own: &BTreeSet<String>, most: usize) -> (Vec<&'i T>, usize) {
    let is_own = |item: &&T| themes_of(item).iter().any(|theme| own.contains(theme));
    let (first, rest): (Vec<&T>, Vec<&T>) = items.iter().partition(is_own);
    let chosen: Vec<&T> = first.into_iter().chain(rest).take(most).collect();
    let left = items.len() - chosen.len();
    (chosen, left)
}

text_enum! {
    /// Why somebody's help is asked for.
    pub enum Reason {
        Group = "group" | "du groupe d’appui",
        Knows = "knows" | "a mené une action proche",
    }
}

text_enum! {
    /// What became of a request for help on a draft.
    pub enum Happened {
        Asked = "support_asked" | "Appui demandé à des collègues",
        Answered = "support_answered" | "Réponse d’un collègue à la demande d’appui",
        Closed = "support_closed" | "Demande d’appui close",
    }
}

/// How near an action is to what is looked for: a common theme says more than a common audience. Without a common theme they are not alike.
pub fn likeness(themes: (&BTreeSet<String>, &[String]), audiences: (&BTreeSet<String>, &[String])) -> usize {
    let common = |(sought, found): (&BTreeSet<String>, &[String])| found.iter().filter(|code| sought.contains(*code)).count();
    match common(themes) {
        0 => 0,
        of_themes => 3 * of_themes + common(audiences),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn day(text: &str) -> Day {
        Day::parse(text).unwrap()
    }

    fn paris() -> Zone {
        Zone::named("Europe/Paris").unwrap()
    }

    #[test]
    fn the_letter_leaves_on_mondays_at_eight_by_the_clock_on_the_wall() {
        for (now, monday) in [
            ("2026-03-02T06:59:59Z", "2026-02-23"),
            ("2026-03-02T07:00:00Z", "2026-03-02"),
            ("2026-03-08T22:00:00Z", "2026-03-02"),
            // Summer time began the day before.
            ("2026-03-30T05:59:59Z", "2026-03-23"),
            ("2026-03-30T06:00:00Z", "2026-03-30"),
        ] {
            assert_eq!(last_letter(Moment::parse_rfc3339(now).unwrap(), &paris()), day(monday), "{now}");
        }
    }

    #[test]
    fn what_is_news_of_an_action() {
        let window = Window { from: day("2026-03-02"), until: day("2026-03-09") };
        let on = |text: &str| (!text.is_empty()).then(|| day(text));
        for (published, starts, results, told) in [
            ("2026-03-03", "2026-03-10", "", Some((What::Published, "2026-03-03"))),
            ("2026-03-03", "2026-03-05", "", Some((What::Published, "2026-03-03"))),
            ("2026-02-03", "2026-03-05", "", Some((What::Begun, "2026-03-05"))),
            ("2026-02-03", "2026-02-01", "", None),
            ("2026-02-03", "", "", None),
            ("2026-02-03", "2026-01-05", "2026-03-08", Some((What::Reported, "2026-03-08"))),
            ("2026-03-04", "2026-01-05", "2026-03-08", Some((What::Reported, "2026-03-08"))),
            ("2026-02-03", "2026-01-05", "2026-03-09", None),
            // Published after the window: the next letter says so, and this one nothing.
            ("2026-03-09", "2026-03-05", "", None),
            ("", "2026-03-05", "", None),
        ] {
            let told = told.map(|(what, on)| (what, day(on)));
            assert_eq!(of_action(on(published), on(starts), on(results), window), told, "{published} {starts} {results}");
        }
        assert_eq!(results_on(on("2026-03-03"), on("2026-03-05")), on("2026-03-06"));
        assert_eq!(results_on(on("2026-03-08"), on("2026-03-05")), on("2026-03-08"));
        assert_eq!((results_on(None, on("2026-03-05")), results_on(on("2026-03-05"), None)), (None, None));
    }

    #[test]
    fn a_common_theme_makes_actions_alike() {
        let of = |codes: &[&str]| codes.iter().map(ToString::to_string).collect::<Vec<_>>();
        let sought = |codes: &[&str]| codes.iter().map(ToString::to_string).collect::<BTreeSet<_>>();
        let (themes, audiences) = (sought(&["a", "b"]), sought(&["jeunes"]));
        for (found, open_to, near) in
            [(&["a", "b"][..], &["jeunes"][..], 7), (&["a"], &["jeunes"], 4), (&["b", "c"], &[], 3), (&["c"], &["jeunes"], 0)]
        {
            assert_eq!(likeness((&themes, &of(found)), (&audiences, &of(open_to))), near, "{found:?} {open_to:?}");
        }
    }

    #[test]
    fn own_themes_come_first() {
        let items: Vec<Vec<String>> = [&["b"][..], &["a"], &[], &["c", "a"]].iter().map(|of| of.iter().map(ToString::to_string).collect()).collect();
        let own: BTreeSet<String> = ["a".to_owned()].into();
        let (chosen, left) = choose(&items, |item| item, &own, 3);
        assert_eq!((chosen, left), (vec![&items[1], &items[3], &items[0]], 1));
    }

    proptest! {
        /// Whenever the worker looks, the clock set back, stopped for months or looked at twice: no day is told twice, and none is left out
        /// but those of an outage longer than five weeks.
        #[test]
        fn windows_follow_one_another(hours in prop::collection::vec(-30i64..1500, 1..60)) {
            let (zone, mut now, mut told) = (paris(), Moment::parse_rfc3339("2026-01-06T09:00:00Z").unwrap(), None::<Day>);
            for step in hours {
                now = now.plus_seconds(step * 3600);
                let monday = last_letter(now, &zone);
                prop_assert_eq!(monday.0.weekday(), chrono::Weekday::Mon);
                let Some(window) = Window::due(told, monday) else {
                    prop_assert!(told.is_some_and(|told| told >= monday));
                    continue;
                };
                prop_assert!(window.from < window.until && window.until == monday && window.until.days_since(window.from) <= MOST_DAYS);
                if let Some(told) = told {
                    prop_assert!(window.from == told || (window.from > told && window.until.days_since(window.from) == MOST_DAYS));
                }
                told = Some(monday);
                prop_assert_eq!(Window::due(told, last_letter(now, &zone)), None);
            }
        }

        /// An action is told once a window, and whatever the weeks that are looked at, each of its days falls in one of them only.
        #[test]
        fn each_piece_of_news_falls_in_one_week(published in 0i64..60, starts in prop::option::of(0i64..60), results in prop::option::of(0i64..60)) {
            let first = day("2026-01-05");
            let on = |days: i64| first.plus(days);
            let mut told = BTreeSet::new();
            for week in 0..9 {
                if let Some(found) = of_action(Some(on(published)), starts.map(on), results.map(on), Window::week(on(week * 7))) {
                    prop_assert!(told.insert(found));
                }
            }
            prop_assert!(told.contains(&(What::Published, on(published))) || results.is_some_and(|day| day / 7 == published / 7));
        }
    }
}
