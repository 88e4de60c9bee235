//! Every mail that an override has a part in is rendered with its samples before the first one leaves.

use std::collections::BTreeSet;

use handlebars::{RenderError, RenderErrorReason};
use serde_json::Value;

use super::{Candidates, Refused, graph, restore, words};
use crate::mail::catalogue::{self, Duty};
use crate::view::Registries;
use crate::view::samples::{self, Around};

const BASE_URL: &str = "https://exemple.fr";
const UNSUBSCRIBE: &str = "https://exemple.fr/desinscription/exemple";
const PARTS: [&str; 3] = ["subject.txt", "body.txt", "body.html"];

/// A mail that does not come out as it should.
struct Failure {
    part: String,
    /// The override that is named by the error, and its line.
    named: Option<(String, Option<usize>)>,
    reason: String,
}

/// Refuses overrides, one at a time, until every mail renders. With the built-in templates alone, all do.
pub fn refuse_failures(own: &Registries, local: &mut Registries, candidates: &mut Candidates, refused: &mut Vec<Refused>) {
    let mails: BTreeSet<&str> = own.names().filter_map(|name| Some(name.strip_prefix("mail/")?.split_once('/')?.0)).collect();
    let mut parts = mails.iter().flat_map(|mail| PARTS.map(|part| format!("mail/{mail}/{part}")));
    // From the first mail again after each: what held with an override may not hold with the built-in template in its place.
    while let Some(failure) = parts.clone().find_map(|part| fails(local, candidates, &part)) {
        let Some((name, line)) = blamed(own, local, candidates, &failure) else { break };
        if let Some(path) = candidates.remove(&name) {
            refused.push(Refused::new(&path, line, words::in_mail(mail_of(&failure.part), &failure.reason)));
        }
        restore(own, local, &name);
        // The built-in template may include what the override did not.
        graph::refuse_loops(own, local, candidates, refused);
    }
    debug_assert!(parts.all(|part| fails(local, candidates, &part).is_none()));
}

/// The mail that a part is of.
fn mail_of(part: &str) -> &str {
    part.split('/').nth(1).unwrap_or_default()
}

/// The first sample with which a part fails; None too when no override has to do with it.
fn fails(local: &Registries, candidates: &Candidates, part: &str) -> Option<Failure> {
    let registry = local.of(part);
    if !graph::reachable(registry, part).iter().any(|name| candidates.contains_key(name)) {
        return None;
    }
    let chosen = catalogue::kind(mail_of(part)).is_some_and(|kind| kind.duty == Duty::Chosen);
    let links = [None].into_iter().chain(chosen.then_some(Some(UNSUBSCRIBE)));
    samples::of_mail(mail_of(part)).iter().flat_map(|sample| links.clone().map(move |unsubscribe| (sample, unsubscribe))).find_map(
        |(sample, unsubscribe)| {
            let mut data = sample.clone();
            Around { base_url: BASE_URL, instance: "Trait d’union", departement: "Vienne", unsubscribe }.put(&mut data);
            let failure = |named, reason| Some(Failure { part: part.to_owned(), named, reason });
            match super::render(registry, part, &data) {
                Err(error) => failure(named(&error, candidates), words::of_rendering(&error)),
                Ok(_) if part.ends_with("/subject.txt") => None,
                Ok(text) => missing(&text, &data, unsubscribe).and_then(|reason| failure(None, reason)),
            }
        },
    )
}

/// What a mail is sent for: its link, and the one that stops it.
fn missing(text: &str, data: &Value, unsubscribe: Option<&str>) -> Option<String> {
    let link = data["link"].as_str().map(|link| format!("{BASE_URL}{link}"));
    if link.is_some_and(|link| !text.contains(&link)) {
        return Some(words::NO_LINK.to_owned());
    }
    unsubscribe.filter(|url| !text.contains(url)).map(|_| words::NO_UNSUBSCRIBE.to_owned())
}

fn named(error: &RenderError, candidates: &Candidates) -> Option<(String, Option<usize>)> {
    // What is too long is not the fault of the part that happens to come last.
    if matches!(error.reason(), RenderErrorReason::IOError(_)) {
        return None;
    }
    let name = error.template_name.clone().filter(|name| candidates.contains_key(name))?;
    Some((name, error.line_no))
}

/// The override at fault: the one that the error names, else the one without which the mail renders, the mail's own first; when none
/// alone is at fault, the first of those that have a part in it.
fn blamed(own: &Registries, local: &Registries, candidates: &Candidates, failure: &Failure) -> Option<(String, Option<usize>)> {
    if let Some(named) = &failure.named {
        return Some(named.clone());
    }
    let part = &failure.part;
    let mut suspects: Vec<String> = graph::reachable(local.of(part), part).into_iter().filter(|name| candidates.contains_key(name)).collect();
    suspects.sort_by_key(|name| name != part);
    let guilty = suspects.iter().find(|name| {
        let mut without = local.clone();
        restore(own, &mut without, name);
        !graph::loops(without.of(part), part) && fails(&without, candidates, part).is_none()
    });
    guilty.or(suspects.first()).map(|name| (name.clone(), None))
}
