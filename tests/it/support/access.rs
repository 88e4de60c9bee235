//! The table of rights, `tests/it/access.txt`, read and written.

use std::collections::BTreeMap;

use traitdunion::actions::model::Stage;
use traitdunion::kernel::Visibility;

/// The state of the record that a path names.
pub type State = (Stage, Visibility);

/// One line: a route, the states of its record, what each role is answered, and what is sent.
#[derive(Clone, Debug)]
pub struct Line {
    pub number: usize,
    pub method: String,
    pub path: String,
    /// Empty when the route names no record.
    pub states: Vec<State>,
    /// One a role, in the order of `Who::ALL`.
    pub cells: Vec<String>,
    /// What is sent beside the token and the version: `a=1&b=2`, or JSON for the API.
    pub body: String,
}

impl Line {
    pub fn route(&self) -> String {
        format!("{} {}", self.method, self.path)
    }
}

/// Reads the table. A line that begins with a space goes on with the route above it.
pub fn parse(text: &str) -> Vec<Line> {
    let (mut lines, mut route) = (Vec::new(), (String::new(), String::new()));
    for (place, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty() && !line.starts_with('#')) {
        let (head, body) = line.split_once(" + ").unwrap_or((line, ""));
        let mut words = head.split_whitespace();
        let mut word = || words.next().unwrap_or_else(|| panic!("access.txt:{}: a word is missing: {line}", place + 1)).to_owned();
        if !line.starts_with(' ') {
            route = (word(), word());
        }
        let states = states(&word());
        let cells: Vec<String> = words.map(str::to_owned).collect();
        assert_eq!(cells.len(), super::Who::ALL.len(), "access.txt:{}: one answer a role: {line}", place + 1);
        lines.push(Line { number: place + 1, method: route.0.clone(), path: route.1.clone(), states, cells, body: body.trim().to_owned() });
    }
    lines
}

/// `draft,submitted/*`: every state of these stages and levels. `-` is none.
fn states(text: &str) -> Vec<State> {
    if text == "-" {
        return Vec::new();
    }
    let (stages, levels) = text.split_once('/').unwrap_or_else(|| panic!("a state is stage/visibility, not {text}"));
    let stages: Vec<Stage> = match stages {
        "*" => Stage::ALL.to_vec(),
        some => some.split(',').map(|code| Stage::parse(code).unwrap_or_else(|| panic!("{code} is no stage"))).collect(),
    };
    let levels: Vec<Visibility> = match levels {
        "*" => Visibility::ALL.to_vec(),
        some => some.split(',').map(|code| Visibility::parse(code).unwrap_or_else(|| panic!("{code} is no visibility"))).collect(),
    };
    stages.iter().flat_map(|stage| levels.iter().map(move |level| (*stage, *level))).collect()
}

/// Every state that an action may be in.
pub fn every_state() -> Vec<State> {
    states("*/*")
}

/// Lines to paste, from what was answered in each state: states that are answered alike stand together.
pub fn written(route: &str, answers: &[(Option<State>, Vec<String>)]) -> String {
    let row = |route: &str, state: &str, cells: &[String]| format!("{route:<52} {state:<26} {}\n", cells.join(" "));
    if let [(None, cells)] = answers {
        return row(route, "-", cells);
    }
    let mut alike: Vec<(&Vec<String>, BTreeMap<Stage, Vec<&str>>)> = Vec::new();
    for (state, cells) in answers {
        let Some((stage, level)) = state else { continue };
        let place = alike.iter().position(|(row, _)| *row == cells).unwrap_or_else(|| {
            alike.push((cells, BTreeMap::new()));
            alike.len() - 1
        });
        alike[place].1.entry(*stage).or_default().push(level.as_str());
    }
    let (mut text, mut route) = (String::new(), route);
    for (cells, stages) in alike {
        let mut by_levels: BTreeMap<Vec<&str>, Vec<&str>> = BTreeMap::new();
        for (stage, levels) in &stages {
            by_levels.entry(levels.clone()).or_default().push(stage.as_str());
        }
        for (levels, stages) in by_levels {
            let all = |some: &[&str], most: usize| if some.len() == most { "*".to_owned() } else { some.join(",") };
            let state = format!("{}/{}", all(&stages, Stage::ALL.len()), all(&levels, Visibility::ALL.len()));
            text.push_str(&row(route, &state, cells));
            route = "";
        }
    }
    text
}
