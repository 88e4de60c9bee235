//! How often the page of a record is opened: a number a record and a day, without cookie and without anybody's name.
//!
//! A view is counted in memory; what is counted is written every 15 seconds, so that reading never writes. A crash loses that much at most.
//! Everybody's views count alike, those of authors and managers too: telling them apart would take knowing who reads.

mod naming;
pub mod pages;
mod store;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::{Value, json};

use crate::app::App;
use crate::db::Conn;
use crate::db::types::text_enum;
use crate::error::Result;
use crate::kernel::Day;
use crate::kernel::ids::PlanId;
use crate::kernel::text::fold;
use crate::plans;

text_enum! {
    /// What is read, in the order of the choices on the page.
    pub enum Kind {
        Action = "action" | "Actions",
        Plan = "plan" | "Schémas",
        Sheet = "plan_sheet" | "Fiches action du schéma",
        Partner = "partner" | "Partenaires",
        Convention = "convention" | "Conventions",
        Meeting = "meeting" | "Rencontres",
        Decision = "decision" | "Décisions",
    }
}

/// Views of one record on one day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tally {
    pub kind: Kind,
    pub id: String,
    pub day: Day,
    pub count: i64,
}

/// As many records as a process counts between two writings; beyond, what is new is not counted.
const MOST_RECORDS: usize = 20_000;

type Counts = HashMap<(Kind, String, Day), i64>;

/// What has been counted and is not written yet.
#[derive(Default)]
pub struct Counter(Mutex<Counts>);

impl Counter {
    pub fn count(&self, kind: Kind, id: &str, day: Day) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_full = counts.len() >= MOST_RECORDS;
        let key = (kind, id.to_owned(), day);
        if !is_full || counts.contains_key(&key) {
            *counts.entry(key).or_default() += 1;
        }
    }

    fn take(&self) -> Counts {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn give_back(&self, taken: Counts) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for (key, count) in taken {
            *counts.entry(key).or_default() += count;
        }
    }
}

/// Writes what has been counted; what cannot be written is kept for the next time.
pub async fn flush(app: &Arc<App>) -> Result<()> {
    let taken = app.consultations.take();
    if taken.is_empty() {
        return Ok(());
    }
    // In one order, so that two nodes that write together do not wait for one another in a ring.
    let mut tallies: Vec<Tally> =
        taken.iter().map(|((kind, id, day), count)| Tally { kind: *kind, id: id.clone(), day: *day, count: *count }).collect();
    tallies.sort_by(|a, b| (a.kind, &a.id, a.day).cmp(&(b.kind, &b.id, b.day)));
    let today = app.today();
    let written = app.db.write(move |conn| {
        let tallies = named(conn, tallies, today)?;
        store::add(conn, &tallies)
    });
    let written = written.await;
    if written.is_err() {
        app.consultations.give_back(taken);
    }
    written
}

/// `/schema` names no plan: its views are those of today's.
fn named(conn: &mut Conn, tallies: Vec<Tally>, today: Day) -> Result<Vec<Tally>> {
    if tallies.iter().all(|tally| !tally.id.is_empty()) {
        return Ok(tallies);
    }
    let current = plans::service::current(conn, today)?.map(|plan| plan.id.to_string());
    let name = |tally: Tally| if tally.id.is_empty() { current.clone().map(|id| Tally { id, ..tally }) } else { Some(tally) };
    Ok(tallies.into_iter().filter_map(name).collect())
}

/// What programs that read pages by themselves call themselves, in lower case.
const ROBOTS: [&str; 24] = [
    "bot",
    "crawl",
    "spider",
    "slurp",
    "archiver",
    "facebookexternalhit",
    "preview",
    "monitor",
    "uptime",
    "curl",
    "wget",
    "python",
    "go-http",
    "java/",
    "libwww",
    "headless",
    "lighthouse",
    "httpclient",
    "okhttp",
    "feed",
    "scrapy",
    "axios",
    "node-fetch",
    "validator",
];

/// Does a program read, and no person? A browser says what it is.
pub fn is_robot(agent: &str) -> bool {
    let agent = agent.to_lowercase();
    agent.trim().is_empty() || ROBOTS.iter().any(|word| agent.contains(word))
}

/// The pages that are a record's own, by their route, and the names of the parts that tell which.
const PAGES: [(&str, Kind); 8] = [
    ("/actions/{id}/{slug}", Kind::Action),
    ("/schema", Kind::Plan),
    ("/schema/{id}", Kind::Plan),
    ("/schema/{id}/fiches/{number}", Kind::Sheet),
    ("/partenaires/{id}/{slug}", Kind::Partner),
    ("/conventions/{id}", Kind::Convention),
    ("/rencontres/{id}/{slug}", Kind::Meeting),
    ("/decisions/{id}", Kind::Decision),
];

/// The record whose page this is, by the route that answered and the path; no id: the plan of today.
pub fn record_of<'a>(route: &str, path: &'a str) -> Option<(Kind, Option<std::borrow::Cow<'a, str>>)> {
    let kind = PAGES.iter().find(|(page, _)| *page == route)?.1;
    let mut parts = path.trim_start_matches('/').split('/').skip(1);
    let Some(id) = parts.next().filter(|id| !id.is_empty()) else { return Some((kind, None)) };
    crate::kernel::ids::plausible(id).then_some(())?;
    match kind {
        Kind::Sheet => {
            let number: i32 = parts.nth(1)?.parse().ok()?;
            Some((kind, Some(format!("{id}/{number}").into())))
        }
        _ => Some((kind, Some(id.into()))),
    }
}

/// The days that a record's own page sums up.
const RECENT_DAYS: i64 = 30;

/// « 34 consultations ces 30 derniers jours », as the partial `consulted` says it to those who write the record; null for others.
pub fn recent(conn: &mut Conn, may_write: bool, kind: Kind, id: &str, today: Day) -> Result<Value> {
    if !may_write {
        return Ok(Value::Null);
    }
    let count = store::since(conn, kind, id, today.plus(1 - RECENT_DAYS))?;
    Ok(json!({ "count": count, "is_one": count == 1, "days": RECENT_DAYS }))
}

/// What the count of a plan is called on its sheets.
pub const PLAN_LABEL: &str = "Consultations du schéma";

/// Is an indicator, by its label, how often the plan is read?
pub fn is_indicator(label: &str) -> bool {
    let label = fold(label);
    label.contains("consultation") && label.contains("schema")
}

/// How often a plan and its sheets were read, since they are counted.
pub fn of_plan(conn: &mut Conn, plan: &PlanId) -> Result<i64> {
    store::of_plan(conn, plan.as_str())
}

/// Days are kept for three years.
const KEPT_DAYS: i64 = 3 * 365 + 1;

pub fn purge(conn: &mut Conn, today: Day) -> Result<usize> {
    store::purge(conn, today.plus(-KEPT_DAYS))
}

/// Adds views of days gone by, for a demonstration.
pub fn add(conn: &mut Conn, tallies: &[Tally]) -> Result<()> {
    store::add(conn, tallies)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "01KB2J5Q3V8YH4N7T6R9C0M1XW";

    #[test]
    fn pages_name_their_records() {
        let named = |route: &str, path: &str| record_of(route, path).map(|(kind, id)| (kind.as_str(), id.map(|id| id.into_owned())));
        let of = |kind, id: &str| Some((kind, Some(id.to_owned())));
        assert_eq!(named("/actions/{id}/{slug}", &format!("/actions/{ID}/budget")), of("action", ID));
        assert_eq!(named("/schema/{id}/fiches/{number}", &format!("/schema/{ID}/fiches/8")), of("plan_sheet", &format!("{ID}/8")));
        assert_eq!(named("/schema", "/schema"), Some(("plan", None)));
        assert_eq!(named("/decisions/{id}", &format!("/decisions/{ID}")), of("decision", ID));
        for (route, path) in [
            ("/actions/{id}/historique", format!("/actions/{ID}/historique")),
            ("/schema/{id}/fiches/{number}", format!("/schema/{ID}/fiches/huit")),
            ("/conventions/{id}", "/conventions/chiffres".into()),
            ("/", "/".into()),
        ] {
            assert_eq!(named(route, &path), None, "{path}");
        }
    }

    #[test]
    fn people_are_told_from_programs() {
        for agent in
            ["", " ", "Googlebot/2.1 (+http://www.google.com/bot.html)", "curl/8.5", "python-requests/2.31", "Mozilla/5.0 HeadlessChrome/120"]
        {
            assert!(is_robot(agent), "{agent}");
        }
        for agent in [
            "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
            "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1",
        ] {
            assert!(!is_robot(agent), "{agent}");
        }
    }

    #[test]
    fn what_could_not_be_written_is_counted_still() {
        let (counter, day) = (Counter::default(), Day::new(2026, 3, 3).unwrap());
        counter.count(Kind::Action, "a", day);
        let taken = counter.take();
        counter.count(Kind::Action, "a", day);
        counter.give_back(taken);
        assert_eq!(counter.take(), HashMap::from([((Kind::Action, "a".to_owned(), day), 2)]));
        (0..MOST_RECORDS + 5).for_each(|number| counter.count(Kind::Action, &number.to_string(), day));
        counter.count(Kind::Action, "0", day);
        let counts = counter.take();
        assert_eq!((counts.len(), counts[&(Kind::Action, "0".to_owned(), day)]), (MOST_RECORDS, 2));
    }
}
