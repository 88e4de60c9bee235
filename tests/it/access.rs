//! Every route, every role, every state of its record: who is answered what. The table is `access.txt`; a route without its lines fails.

use std::collections::BTreeMap;

use reqwest::Method;
use serde_json::{Value, json};
use traitdunion::actions::service::Action;
use traitdunion::http::routes;
use traitdunion::kernel::text::slug;

use crate::support::access::{Line, State, every_state, parse, written};
use crate::support::target;
use crate::support::world::{self, HERE, Who};
use crate::support::{TestApp, both};

both!(every_route_answers_every_role_as_the_table_says);

/// The records that were only read so far.
struct Round<'a> {
    app: &'a TestApp,
    read: BTreeMap<State, Action>,
}

impl<'a> Round<'a> {
    fn new(app: &'a TestApp) -> Self {
        Self { app, read: BTreeMap::new() }
    }

    fn make(&self, (stage, visibility): State) -> Action {
        self.app.write(|conn| {
            let action = world::action(conn, &self.app.world, &self.app.app.chance, stage, visibility)?;
            Ok(action)
        })
    }

    /// The record that a request is about. What only reads shares one.
    fn record(&mut self, method: &str, state: State) -> Action {
        if method != "GET" {
            return self.make(state);
        }
        if !self.read.contains_key(&state) {
            let action = self.make(state);
            self.read.insert(state, action);
        }
        self.read[&state].clone()
    }

    /// What each role is answered, in the order of the columns.
    async fn ask(&mut self, method: &str, path: &str, state: Option<State>, body: &str) -> Vec<String> {
        let mut cells = Vec::new();
        for who in Who::ALL {
            let action = state.map(|state| self.record(method, state));
            let (url, version) = match &action {
                Some(action) => (of_action(path, action), Some(action.version)),
                None => target::of(self.app, who, path),
            };
            let url = with_the_rest(&url);
            let verb: Method = method.parse().expect("a method");
            // Sessions and tokens of their own: what one request ends, the next does not miss.
            let answer = if path.starts_with("/api/") {
                let body = (verb != Method::GET).then(|| json_body(body, version));
                self.app.api(who).call(verb, &url, body.as_ref()).await
            } else if verb == Method::GET {
                self.app.sign_in(who).get(&url).await
            } else {
                let version = version.unwrap_or(0).to_string();
                let mut fields: Vec<(&str, &str)> = vec![("version", &version)];
                fields.extend(body.split('&').filter_map(|pair| pair.split_once('=')));
                self.app.sign_in(who).post(&url, &fields).await
            };
            let to_sign_in = answer.status == 303 && answer.location().starts_with("/connexion");
            cells.push(if to_sign_in { "in".to_owned() } else { answer.status.to_string() });
        }
        cells
    }
}

/// What a line says is sent as it is, `VERSION` being the record's; a line that says nothing sends the version.
fn json_body(body: &str, version: Option<i32>) -> Value {
    let version = version.map_or_else(|| "null".to_owned(), |version| version.to_string());
    match body {
        "" if version == "null" => json!({}),
        "" => serde_json::from_str(&format!("{{\"version\": {version}}}")).expect("a JSON object"),
        body => serde_json::from_str(&body.replace("VERSION", &version)).expect("a JSON object"),
    }
}

/// Does this route name a record whose state matters?
fn is_of_a_record(path: &str) -> bool {
    path.starts_with("/actions/{id}") || path.starts_with("/api/v1/actions/{id}")
}

fn of_action(path: &str, action: &Action) -> String {
    path.replace("{id}", action.id.as_str()).replace("{slug}", &slug(&action.fields.title))
}

/// A path whose record is named already, with one of each of the other parameters.
fn with_the_rest(path: &str) -> String {
    let nothing = "01JZZZZZZZZZZZZZZZZZZZZZZZ";
    let mut url = path.to_owned();
    for (parameter, value) in [
        ("{path:.*}", "app.css"),
        ("{id}", nothing),
        ("{session}", nothing),
        ("{document}", nothing),
        ("{act}", nothing),
        ("{invitation}", nothing),
        ("{session_id}", nothing),
        ("{token}", nothing),
        ("{step}", "presentation"),
        ("{slug}", "x"),
        ("{code}", HERE),
        ("{number}", "1"),
        ("{version}", "1"),
        ("{secret}", nothing),
        ("{name}", "invitation"),
        ("{what}", "emargement"),
    ] {
        url = url.replace(parameter, value);
    }
    assert!(!url.contains('{'), "say in tests/it/access.rs what fills {url}");
    url
}

async fn every_route_answers_every_role_as_the_table_says(app: TestApp) {
    app.leaves_work();
    let table = parse(include_str!("access.txt"));
    let routes: Vec<String> = routes::table().iter().map(|entry| format!("{} {}", entry.method, entry.path)).collect();
    let mut round = Round::new(&app);
    let mut complaints = Vec::new();
    for line in &table {
        if !routes.contains(&line.route()) {
            complaints.push(format!("access.txt:{}: there is no route {}", line.number, line.route()));
            continue;
        }
        for state in each(line) {
            let found = round.ask(&line.method, &line.path, state, &line.body).await;
            if found != line.cells {
                let state = state.map_or_else(|| "-".to_owned(), |(stage, level)| format!("{stage}/{level}"));
                complaints.push(format!("access.txt:{}: {} {state}: {} was answered", line.number, line.route(), found.join(" ")));
            }
        }
    }
    for route in &routes {
        complaints.extend(missing(&mut round, route, &table).await);
    }
    assert!(complaints.is_empty(), "\n{}", complaints.join("\n"));
}

/// The states that a line speaks of: one without record when it speaks of none.
fn each(line: &Line) -> Vec<Option<State>> {
    if line.states.is_empty() { vec![None] } else { line.states.iter().copied().map(Some).collect() }
}

/// What the table does not say of a route, with the lines that would say it as it is.
async fn missing(round: &mut Round<'_>, route: &str, table: &[Line]) -> Option<String> {
    let (method, path) = route.split_once(' ').expect("a method and a path");
    let said: Vec<Option<State>> = table.iter().filter(|line| line.route() == route).flat_map(each).collect();
    let wanted: Vec<Option<State>> = if is_of_a_record(path) { every_state().into_iter().map(Some).collect() } else { vec![None] };
    let unsaid: Vec<Option<State>> = wanted.into_iter().filter(|state| !said.contains(state)).collect();
    if unsaid.is_empty() {
        return None;
    }
    let mut answers = Vec::new();
    for state in unsaid {
        answers.push((state, round.ask(method, path, state, "").await));
    }
    Some(format!("access.txt does not say who may {route}. If this is right, paste it:\n{}", written(route, &answers)))
}
