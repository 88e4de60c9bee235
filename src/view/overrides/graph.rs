//! Which template includes which: an override that would include itself, however far around, or that multiplies itself, is refused.

use std::collections::{BTreeMap, BTreeSet};

use handlebars::Handlebars;
use handlebars::template::{Template, TemplateElement};

use super::checks::{PARTIAL_BLOCK, part_name};
use super::{Candidates, Refused, restore, words};
use crate::view::Registries;

/// How many times a list is thought to go round.
const TURNS: u64 = 20;
/// What a value is thought to come to, in bytes.
const VALUE: u64 = 50;
/// Bytes that a mail may come to, its parts unfolded and its lists gone round; ours come to twenty thousand.
const MOST_BYTES: u64 = 4 * 1024 * 1024;

/// What a template includes, by name.
pub fn parts(registry: &Handlebars<'static>, name: &str) -> BTreeSet<String> {
    let mut parts = BTreeSet::new();
    if let Some(template) = registry.get_template(name) {
        collect(template, &mut parts);
    }
    parts
}

fn collect(template: &Template, parts: &mut BTreeSet<String>) {
    for element in &template.elements {
        match element {
            TemplateElement::HelperBlock(call) => call.template.iter().chain(&call.inverse).for_each(|inner| collect(inner, parts)),
            TemplateElement::PartialExpression(part) | TemplateElement::PartialBlock(part) => {
                parts.extend(part_name(part).filter(|name| *name != PARTIAL_BLOCK).map(ToOwned::to_owned));
                part.template.iter().for_each(|inner| collect(inner, parts));
            }
            _ => {}
        }
    }
}

/// A template, and all that it includes however far.
pub fn reachable(registry: &Handlebars<'static>, name: &str) -> BTreeSet<String> {
    let mut seen = BTreeSet::from([name.to_owned()]);
    let mut waiting = vec![name.to_owned()];
    while let Some(name) = waiting.pop() {
        waiting.extend(parts(registry, &name).into_iter().filter(|part| seen.insert(part.clone())));
    }
    seen
}

/// Does a template lead to one that includes itself?
pub fn loops(registry: &Handlebars<'static>, name: &str) -> bool {
    reachable(registry, name).iter().any(|part| round_trip(registry, part).is_some())
}

/// Refuses overrides until no template includes itself and none unfolds without measure. The built-in ones alone do neither.
pub fn refuse_loops(own: &Registries, local: &mut Registries, candidates: &mut Candidates, refused: &mut Vec<Refused>) {
    loop {
        let wrong: Vec<(String, String)> = candidates.keys().filter_map(|name| Some((name.clone(), wrong_with(local.of(name), name)?))).collect();
        if wrong.is_empty() {
            break;
        }
        // All at once: two that include each other are both told of.
        for (name, reason) in wrong {
            if let Some(path) = candidates.remove(&name) {
                refused.push(Refused::new(&path, None, reason));
                restore(own, local, &name);
            }
        }
    }
}

fn wrong_with(registry: &Handlebars<'static>, name: &str) -> Option<String> {
    if let Some(round) = round_trip(registry, name) {
        return Some(words::round_trip(&round));
    }
    // What leads to a loop cannot be unfolded: it is looked at again without the loop.
    let too_much = !loops(registry, name) && Unfolding { registry, known: BTreeMap::new() }.of(name) > MOST_BYTES;
    too_much.then(|| words::TOO_MUCH.to_owned())
}

/// The shortest way by which a template includes itself.
fn round_trip(registry: &Handlebars<'static>, name: &str) -> Option<Vec<String>> {
    let mut ways = vec![vec![name.to_owned()]];
    let mut seen = BTreeSet::new();
    while !ways.is_empty() {
        let mut longer = Vec::new();
        for way in ways {
            for part in way.last().map(|last| parts(registry, last)).unwrap_or_default() {
                let mut way = way.clone();
                way.push(part.clone());
                if part == name {
                    return Some(way);
                }
                if seen.insert(part) {
                    longer.push(way);
                }
            }
        }
        ways = longer;
    }
    None
}

/// Counts what a template comes to. There must be no loop.
struct Unfolding<'a> {
    registry: &'a Handlebars<'static>,
    known: BTreeMap<String, u64>,
}

impl Unfolding<'_> {
    fn of(&mut self, name: &str) -> u64 {
        if let Some(count) = self.known.get(name) {
            return *count;
        }
        let registry = self.registry;
        let count = registry.get_template(name).map_or(0, |template| self.template(template));
        self.known.insert(name.to_owned(), count);
        count
    }

    fn template(&mut self, template: &Template) -> u64 {
        template.elements.iter().fold(0, |sum, element| sum.saturating_add(self.element(element)))
    }

    fn element(&mut self, element: &TemplateElement) -> u64 {
        match element {
            TemplateElement::HelperBlock(call) => {
                let turns = if call.name.as_name() == Some("each") { TURNS } else { 1 };
                let inner = call.template.iter().chain(&call.inverse).fold(1, |sum, inner| self.template(inner).saturating_add(sum));
                inner.saturating_mul(turns)
            }
            TemplateElement::PartialExpression(part) | TemplateElement::PartialBlock(part) => {
                let inner = part.template.iter().fold(1, |sum, inner| self.template(inner).saturating_add(sum));
                part_name(part).map_or(0, |name| self.of(name)).saturating_add(inner)
            }
            TemplateElement::RawString(text) => text.len() as u64,
            _ => VALUE,
        }
    }
}
