//! Searches that found nothing, counted by territory and month, and by nobody: where the offer has gaps.

pub mod pages;
mod store;

use std::collections::BTreeSet;
use std::sync::Arc;

use super::analysis;
use super::language::Said;
use super::model::Query;
use crate::app::App;
use crate::db::Conn;
use crate::error::Result;
use crate::kernel::actor::{Actor, Role};
use crate::kernel::{Day, Moment, nir};

/// Months that are kept, the present one included.
const KEPT: u32 = 24;
/// Different searches of one month that are kept: whoever types at random fills no disk.
const MOST_OF_A_MONTH: i64 = 5000;
const MOST_WORDS: usize = 6;
/// A search in more territories than this is one of the whole département.
const MOST_TERRITORIES: usize = 3;

/// What was looked for and not found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gap {
    /// The first day of the month.
    pub month: Day,
    /// None: everywhere.
    pub territory: Option<String>,
    pub words: String,
    pub times: i32,
}

/// May this person read them? Managers for their territories and the whole département, administrators all.
pub fn may_read(actor: &Actor) -> bool {
    matches!(actor.role, Role::Manager | Role::Administrator)
}

/// Counts a search that found nothing, aside: whoever searched does not wait, and does not hear of a failure. What is not words is not kept.
pub fn count(app: &Arc<App>, query: &Query, agent: &str, today: Day) {
    let Some(words) = words(&query.text).filter(|_| !is_robot(agent)) else { return };
    let asked: BTreeSet<String> = query.territories.keys().cloned().collect();
    let everywhere = asked.is_empty() || asked.len() > MOST_TERRITORIES;
    let territories = if everywhere { BTreeSet::from([String::new()]) } else { asked };
    let (app, month) = (app.clone(), first_of(today, 0));
    tokio::spawn(async move {
        let written =
            app.db.write(move |conn| territories.iter().try_for_each(|territory| store::add(conn, month, territory, &words, MOST_OF_A_MONTH)));
        if let Err(error) = written.await {
            tracing::warn!(%error, "a search without result was not counted");
        }
    });
}

/// The searches without result that an actor may read, the latest month first, then the most frequent.
pub fn list(conn: &mut Conn, actor: &Actor, most: i64) -> Result<Vec<Gap>> {
    match actor.is_administrator() {
        true => store::list(conn, None, most),
        false => store::list(conn, Some(&actor.reach), most),
    }
}

/// Removes what is older than promised.
pub fn purge(conn: &mut Conn, now: Moment) -> Result<usize> {
    store::purge(conn, first_of(Day(now.0.date()), KEPT - 1))
}

/// The first day of the month that is so many before.
fn first_of(day: Day, before: u32) -> Day {
    use chrono::{Datelike, Months};
    let first = day.0.with_day(1).unwrap_or(day.0);
    Day(first.checked_sub_months(Months::new(before)).unwrap_or(first))
}

/// What is kept of a search: its words, folded, in their order. None for what may name a person: an address, a number.
fn words(text: &str) -> Option<String> {
    let digits = text.chars().filter(char::is_ascii_digit).count();
    if text.contains('@') || text.contains("://") || digits > 4 || nir::find(text).is_some() {
        return None;
    }
    let words = analysis::words(&Said::read(text).words).into_iter().filter(|word| !word.is_stop).map(|word| word.exact);
    let kept: Vec<String> =
        words.filter(|word| (2..=30).contains(&word.chars().count()) && word.chars().all(char::is_alphabetic)).take(MOST_WORDS).collect();
    (!kept.is_empty()).then(|| kept.join(" "))
}

/// Programs that read every link say so in their name.
fn is_robot(agent: &str) -> bool {
    const ROBOTS: [&str; 9] = ["bot", "crawl", "spider", "slurp", "preview", "facebookexternalhit", "monitor", "scan", "archiv"];
    let agent = agent.to_ascii_lowercase();
    ROBOTS.iter().any(|robot| agent.contains(robot))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_kept_and_people_are_not() {
        let kept = |text: &str| words(text);
        assert_eq!(kept("Poterie pour les Aînés !").as_deref(), Some("poterie aines"));
        assert_eq!(kept("\"aide  au permis\" -jeunes 18-25").as_deref(), Some("aide permis"));
        assert_eq!(kept("un deux trois quatre cinq six sept huit neuf").map(|kept| kept.split(' ').count()), Some(MOST_WORDS));
        for nothing in ["jean.dupont@example.org", "05 49 00 00 01", "1 84 12 76 451 089 46", "https://x", "🙂 ((", "le la", "dupont 12/03/1984", ""]
        {
            assert_eq!(kept(nothing), None, "{nothing}");
        }
        assert!(kept(&"é".repeat(500)).is_none() && kept(&"poterie ".repeat(60)).is_some_and(|kept| kept.len() < 200));
    }

    #[test]
    fn robots_say_who_they_are() {
        for robot in ["Mozilla/5.0 (compatible; Googlebot/2.1)", "LinkedInBot", "Mozilla/5.0 AhrefsBot", "UptimeMonitor"] {
            assert!(is_robot(robot), "{robot}");
        }
        assert!(!is_robot("Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0"));
    }

    #[test]
    fn months_are_counted_from_their_first_day() {
        let day = |y, m, d| Day::new(y, m, d).unwrap();
        assert_eq!(first_of(day(2026, 3, 31), 0), day(2026, 3, 1));
        assert_eq!(first_of(day(2026, 3, 31), KEPT - 1), day(2024, 4, 1));
    }
}
