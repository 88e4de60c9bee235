//! The service itself: the corpus published as actions through its services, served by the real program, asked over HTTP.

use std::path::Path;
use std::time::{Duration, Instant};

use reqwest::Url;
use reqwest::blocking::Client;
use serde_json::{Value, json};
use traitdunion::accounts::model::Actor;
use traitdunion::actions::model::Verb;
use traitdunion::actions::service::{self as actions, World};
use traitdunion::db::{DatabaseUrl, Db, migrate};
use traitdunion::demo::{self, Present};
use traitdunion::error::Result;
use traitdunion::kernel::actor::By;
use traitdunion::kernel::{Chance, Clock, Zone};

use super::corpus::Sheet;
use super::support::{Process, client};
use super::{Engine, HITS};

/// Filters have values to count, which say nothing of the sheets.
pub const THEMES: [&str; 5] = [
    "logement-hebergement--acheter-un-logement",
    "numerique--acceder-a-une-connexion-internet",
    "sante--acces-aux-soins",
    "famille--garde-denfants",
    "mobilite--acceder-a-un-vehicule",
];
pub const AUDIENCES: [&str; 3] = ["tous-publics", "familles", "jeunes"];
pub const PLACES: [&str; 4] = ["86", "86194", "86066", "86137"];

/// The title that a record bears: its own, or its number when the question set looks for it by its own.
pub fn title(sheet: &Sheet, untitled: bool) -> String {
    if untitled { format!("Fiche {}", sheet.id.rsplit('/').next().unwrap_or_default()) } else { sheet.title.clone() }
}

/// A summary and the rest: the sheet's first sentences, then all that follows.
pub fn halves(body: &str) -> (&str, &str) {
    const LONGEST: usize = 300;
    let most = body.char_indices().nth(LONGEST).map_or(body.len(), |(at, _)| at);
    let end = if most == body.len() { most } else { body[..most].rfind(". ").map_or(most, |at| at + 1) };
    body.split_at(end)
}

/// Fills a fresh database with the sheets as public actions.
pub fn load(folder: &Path, sheets: &[Sheet], untitled: &[bool]) -> Result<()> {
    let db = Db::open(&DatabaseUrl::Sqlite(folder.join("traitdunion.db")))?;
    migrate::run(&db)?;
    let (now, chance, zone) = (Clock::system().now(), Chance::seeded(1), Zone::named("Europe/Paris").expect("a zone"));
    let documents = folder.join("documents");
    let present = Present { now, today: zone.day(now), zone: &zone, chance: &chance, documents: &documents };
    let command_line = Actor::command_line();
    let by = By { actor: &command_line, now, chance: &chance };
    let world = db.write_now(|conn| {
        demo::settle(conn, &present)?;
        World::load(conn)
    })?;
    let numbered: Vec<(usize, &Sheet)> = sheets.iter().enumerate().collect();
    for batch in numbered.chunks(500) {
        db.write_now(|conn| {
            for (number, sheet) in batch {
                let (summary, steps) = halves(&sheet.body);
                let fields = json!({
                    "external_id": sheet.id, "title": title(sheet, untitled[*number]), "summary": summary, "steps": steps, "visibility": "public",
                    "themes": [THEMES[number % THEMES.len()]], "audiences": [AUDIENCES[number % AUDIENCES.len()]],
                    "territories": [PLACES[number % PLACES.len()]], "rhythm": "toute l’année", "contact": { "phone": "05 36 49 10 00" },
                });
                let action = actions::create_in(conn, by, fields.as_object().expect("an object"), &world, None)?;
                actions::carry_out(conn, by, &action.id, action.version, Verb::Publish, "")?;
            }
            demo::forget_effects(conn)
        })?;
    }
    Ok(())
}

/// The service on such a database, its index whole.
pub struct Ours {
    server: Process,
    client: Client,
    name: &'static str,
    /// How fast the index was built from the database, the start of the program included.
    pub documents_a_second: f64,
}

impl Ours {
    pub fn serve(data: &Path, name: &'static str, settings: &[(&str, &str)], count: usize) -> Self {
        let mut ours = Self { server: Process::serve(data, settings), client: client(), name, documents_a_second: 0.0 };
        let from = Instant::now();
        // A Meilisearch has no index of ours at first: search says so.
        while ours.try_answer("", &[]).is_none_or(|answer| answer["total"] != count) {
            assert!(from.elapsed() < Duration::from_secs(600), "the index is not whole after ten minutes");
            std::thread::sleep(Duration::from_millis(20));
        }
        ours.documents_a_second = count as f64 / ours.server.from.elapsed().as_secs_f64();
        ours
    }

    /// Memory of the server, in MiB.
    pub fn resident(&self) -> f64 {
        super::support::resident(self.server.child.id())
    }

    /// None while search is not available.
    fn try_answer(&self, text: &str, more: &[(&str, &str)]) -> Option<Value> {
        let asked = [("q", text)].into_iter().chain(more.iter().copied());
        let address = Url::parse_with_params(&format!("{}/api/v1/search", self.server.url), asked).expect("an address");
        let sent = self.client.get(address).send().expect("the service answers");
        let (status, body) = (sent.status(), sent.text().expect("a whole answer"));
        assert!(status.is_success() || status == 503, "a search for « {text} » answers {status}: {body}");
        status.is_success().then(|| serde_json::from_str(&body).expect("JSON"))
    }

    fn answer(&self, text: &str, more: &[(&str, &str)]) -> Value {
        self.try_answer(text, more).unwrap_or_else(|| panic!("search is not available for « {text} »"))
    }
}

impl Engine for Ours {
    fn name(&self) -> &'static str {
        self.name
    }

    fn find(&self, text: &str) -> Vec<String> {
        // Facets and marked snippets come with every answer.
        let answer = self.answer(text, &[("per_page", HITS)]);
        assert!(
            answer["facets"]["theme"].is_object() && answer["hits"].as_array().is_some_and(|hits| hits.iter().all(|hit| hit["snippet"].is_string()))
        );
        answer["hits"].as_array().into_iter().flatten().filter_map(|hit| hit["external_id"].as_str()).map(str::to_owned).collect()
    }
}
