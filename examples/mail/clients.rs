//! Those who call the API while the registry is killed: they make events, and remember what was acknowledged.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use reqwest::Method;
use reqwest::blocking::Client;
use serde_json::{Value, json};
use traitdunion::kernel::Chance;

use crate::people::{People, Person, Post};
use crate::program;

/// What the API answered with success: to which action this happened, as the journal calls it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Acknowledged {
    pub action: String,
    pub event: &'static str,
}

/// What the clients and the run share.
pub struct Site<'a> {
    pub people: &'a People,
    /// Where the registry is now.
    url: Mutex<String>,
    /// Hold back: many mails wait already.
    pub is_full: AtomicBool,
    pub is_over: AtomicBool,
    pub acknowledged: Mutex<Vec<Acknowledged>>,
    /// Requests whose answer never came: carried out or not, nobody knows.
    pub unanswered: AtomicU64,
    keys: AtomicU64,
}

impl<'a> Site<'a> {
    pub fn new(people: &'a People) -> Self {
        Self {
            people,
            url: Mutex::default(),
            is_full: AtomicBool::default(),
            is_over: AtomicBool::default(),
            acknowledged: Mutex::default(),
            unanswered: AtomicU64::default(),
            keys: AtomicU64::default(),
        }
    }

    pub fn moved_to(&self, url: &str) {
        *self.url.lock().unwrap_or_else(PoisonError::into_inner) = url.to_owned();
    }

    fn at(&self, path: &str) -> String {
        format!("{}{path}", self.url.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub fn acknowledged(&self) -> Vec<Acknowledged> {
        self.acknowledged.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// The run is over.
struct Over;

/// One client: an action after another, each through its life.
pub struct Caller<'a> {
    site: &'a Site<'a>,
    client: Client,
    chance: Chance,
}

/// An action as its client knows it.
struct Known {
    id: String,
    version: i64,
}

impl<'a> Caller<'a> {
    pub fn new(site: &'a Site<'a>, seed: u64) -> Self {
        Self { site, client: program::client(), chance: Chance::seeded(seed) }
    }

    /// Makes events until the run is over.
    pub fn work(&self) {
        while self.one_life().is_ok() {}
    }

    fn one<'b>(&self, among: &[&'b Person]) -> &'b Person {
        among[usize::try_from(self.chance.below(among.len() as u64)).unwrap_or(0)]
    }

    fn one_life(&self) -> Result<(), Over> {
        let territories: Vec<&str> = People::territories().collect();
        let territory = territories[usize::try_from(self.chance.below(territories.len() as u64)).unwrap_or(0)];
        let (managers, workers) = (self.site.people.of(territory, Post::Manager), self.site.people.of(territory, Post::Worker));
        let (author, helper, manager) = (self.one(&workers), self.one(&workers), self.one(&managers));
        let mut action = self.create(author, territory)?;
        self.carry_out(author, &mut action, "submit", "submitted")?;
        if self.chance.below(3) == 0 {
            self.carry_out(manager, &mut action, "return", "returned")?;
            self.change(helper, &mut action)?;
            self.carry_out(helper, &mut action, "submit", "submitted")?;
        }
        self.carry_out(manager, &mut action, "publish", "published")?;
        for _ in 0..self.chance.below(3) {
            let anybody = [author, helper, self.one(&managers)];
            self.change(self.one(&anybody), &mut action)?;
        }
        if self.chance.below(4) == 0 {
            self.carry_out(manager, &mut action, "archive", "archived")?;
        }
        Ok(())
    }

    /// Under a key of its own: asked again after a kill, it is made once.
    fn create(&self, author: &Person, territory: &str) -> Result<Known, Over> {
        let number = self.site.keys.fetch_add(1, Ordering::Relaxed);
        let body = json!({
            "title": format!("Gérer son budget, {number}"), "summary": "Quatre ateliers pour reprendre la main sur son budget.",
            "audiences": ["tous-publics"], "themes": ["equipement-et-alimentation--alimentation"], "territories": [territory],
            "rhythm": "Un mardi sur deux", "contact": { "email": "budget@departement.example" },
        });
        loop {
            let asked = self.client.post(self.site.at("/api/v1/actions")).header("Idempotency-Key", format!("mail-{number}"));
            if let Some(record) = self.answer(asked.bearer_auth(&author.token).json(&body), 201, "created")? {
                return Ok(known(&record));
            }
        }
    }

    fn carry_out(&self, by: &Person, action: &mut Known, verb: &str, event: &'static str) -> Result<(), Over> {
        let comment = if verb == "return" { "Précisez le lieu." } else { "" };
        let path = format!("/api/v1/actions/{}/{verb}", action.id);
        self.ask(by, action, &Method::POST, &path, event, |version| json!({ "version": version, "comment": comment }))
    }

    fn change(&self, by: &Person, action: &mut Known) -> Result<(), Over> {
        let needs = format!("Des lieux où parler d’argent ({}).", self.chance.below(1_000_000_000));
        let path = format!("/api/v1/actions/{}", action.id);
        self.ask(by, action, &Method::PUT, &path, "changed", |version| json!({ "version": version, "needs": needs }))
    }

    /// Asks until it is known to have happened: after a request without answer, the version tells whether it was carried out.
    fn ask(
        &self,
        by: &Person,
        action: &mut Known,
        method: &Method,
        path: &str,
        event: &'static str,
        body: impl Fn(i64) -> Value,
    ) -> Result<(), Over> {
        loop {
            let asked = self.client.request(method.clone(), self.site.at(path)).bearer_auth(&by.token).json(&body(action.version));
            if let Some(record) = self.answer(asked, 200, event)? {
                *action = known(&record);
                return Ok(());
            }
            let seen = self.look(by, &action.id)?;
            if seen.version > action.version {
                *action = seen;
                return Ok(());
            }
        }
    }

    fn look(&self, by: &Person, id: &str) -> Result<Known, Over> {
        loop {
            self.pause()?;
            let answer = self.client.get(self.site.at(&format!("/api/v1/actions/{id}"))).bearer_auth(&by.token).send();
            if let Ok(record) = answer.and_then(reqwest::blocking::Response::error_for_status).and_then(|answer| answer.json::<Value>()) {
                return Ok(known(&record));
            }
        }
    }

    /// Sends a request that must be answered so, or not at all. What is acknowledged is noted before anything else.
    fn answer(&self, request: reqwest::blocking::RequestBuilder, status: u16, event: &'static str) -> Result<Option<Value>, Over> {
        self.pause()?;
        let answer = match request.send() {
            Ok(answer) => answer,
            Err(error) => {
                // A connection that was refused carried nothing.
                if !error.is_connect() {
                    self.site.unanswered.fetch_add(1, Ordering::Relaxed);
                }
                return Ok(None);
            }
        };
        let found = answer.status().as_u16();
        let Ok(text) = answer.text() else {
            self.site.unanswered.fetch_add(1, Ordering::Relaxed);
            return Ok(None);
        };
        assert_eq!(found, status, "{event}: {text}");
        let record: Value = serde_json::from_str(&text).expect("JSON");
        let acknowledged = Acknowledged { action: known(&record).id, event };
        self.site.acknowledged.lock().unwrap_or_else(PoisonError::into_inner).push(acknowledged);
        Ok(Some(record))
    }

    /// People do not press without a break, and less when much waits.
    fn pause(&self) -> Result<(), Over> {
        loop {
            std::thread::sleep(Duration::from_millis(10 + self.chance.below(60)));
            if self.site.is_over.load(Ordering::Relaxed) {
                return Err(Over);
            }
            if !self.site.is_full.load(Ordering::Relaxed) {
                return Ok(());
            }
        }
    }
}

fn known(record: &Value) -> Known {
    let id = record["id"].as_str().expect("an id").to_owned();
    Known { id, version: record["version"].as_i64().expect("a version") }
}
