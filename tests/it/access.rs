//! Every route, every role, every state of its record: who is answered what. The table is `access.txt`; a route without its lines fails.

use std::collections::BTreeMap;

use reqwest::Method;
use serde_json::{Map, Value, json};
use traitdunion::actions::service::Action;
use traitdunion::http::routes;
use traitdunion::kernel::ids::ActionId;
use traitdunion::kernel::text::slug;

use crate::support::access::{Line, State, every_state, parse, written};
use crate::support::browser::Api;
use crate::support::world::{self, HERE, Who};
use crate::support::{Browser, TestApp, both};

both!(every_route_answers_every_role_as_the_table_says);

/// Those who ask, each at their own machine, and the records that were read so far.
struct Round<'a> {
    app: &'a TestApp,
    people: Vec<(Browser, Api)>,
    read: BTreeMap<State, Action>,
}

impl<'a> Round<'a> {
    fn new(app: &'a TestApp) -> Self {
        Self { app, people: Who::ALL.iter().map(|who| (app.sign_in(*who), app.api(*who))).collect(), read: BTreeMap::new() }
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
        for place in 0..self.people.len() {
            let action = state.map(|state| self.record(method, state));
            let url = filled(path, action.as_ref());
            let (browser, api) = &self.people[place];
            let verb: Method = method.parse().expect("a method");
            let version = action.as_ref().map(|action| action.version);
            let answer = if path.starts_with("/api/") {
                let body = (verb != Method::GET).then(|| json_body(body, version));
                api.call(verb, &url, body.as_ref()).await
            } else if verb == Method::GET {
                browser.get(&url).await
            } else {
                let version = version.unwrap_or(0).to_string();
                let mut fields: Vec<(&str, &str)> = vec![("version", &version)];
                fields.extend(body.split('&').filter_map(|pair| pair.split_once('=')));
                browser.post(&url, &fields).await
            };
            let to_sign_in = answer.status == 303 && answer.location().starts_with("/connexion");
            cells.push(if to_sign_in { "in".to_owned() } else { answer.status.to_string() });
        }
        cells
    }
}

fn json_body(body: &str, version: Option<i32>) -> Value {
    let mut fields: Map<String, Value> = if body.is_empty() { Map::new() } else { serde_json::from_str(body).expect("a JSON object") };
    if let Some(version) = version {
        fields.entry("version").or_insert(json!(version));
    }
    Value::Object(fields)
}

/// Does this route name a record whose state matters?
fn is_of_a_record(path: &str) -> bool {
    path.starts_with("/actions/{id}") || path.starts_with("/api/v1/actions/{id}")
}

/// A path with its parameters filled in: those of the record, and one of each of the other kinds.
fn filled(path: &str, action: Option<&Action>) -> String {
    let nobody = || ActionId::parse("01JZZZZZZZZZZZZZZZZZZZZZZZ").expect("an id");
    let mut url = path.to_owned();
    for (parameter, value) in [
        ("{path:.*}", "app.css".to_owned()),
        ("{id}", action.map_or_else(nobody, |action| action.id.clone()).to_string()),
        ("{slug}", action.map_or_else(String::new, |action| slug(&action.fields.title))),
        ("{step}", "presentation".to_owned()),
        ("{session}", nobody().to_string()),
        ("{code}", HERE.to_owned()),
        ("{number}", "1".to_owned()),
        ("{secret}", "s".repeat(43)),
    ] {
        url = url.replace(parameter, &value);
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
