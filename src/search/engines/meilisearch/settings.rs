//! The settings of our index, made from `search_config/`, and what differs on a server.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::record::{EXACT, LEXICON, LONGER, STEMS, TITLE_STOPS, WORDS, is_long};
use crate::search::config::{Config, Synonyms};

/// Raise it when `record`, or the analysis, changes what is written: an older index is then rebuilt.
const VERSION: u32 = 3;

/// Totals and pages are exact as far as this.
const MOST_HITS: u32 = 1_000_000;
/// More values than a filter of ours has.
const MOST_VALUES: u32 = 10_000;

/// What an index must have been made with to be used: our version, the stop words that it leaves out, and the synonyms.
pub fn fingerprint() -> String {
    let settings = expected().to_string();
    let digest: String = Sha256::digest(settings).iter().take(6).map(|byte| format!("{byte:02x}")).collect();
    format!("{VERSION}-{digest}")
}

/// The settings that matter to us; the server keeps its own for the rest.
pub fn expected() -> Value {
    let searched: Vec<&str> = STEMS.into_iter().chain([WORDS, LEXICON, LONGER, TITLE_STOPS, EXACT]).collect();
    let exact: Vec<&str> = searched.iter().copied().filter(|attribute| *attribute != LEXICON).collect();
    json!({
        "searchableAttributes": searched,
        "filterableAttributes": [
            "key", "visibility", "type", "themes", "audiences", "territories", "starts_on", "first_day", "last_day", "is_reported",
        ],
        "sortableAttributes": ["day", "updated_at", "title_key"],
        // An order that is asked for comes before all else; among candidates we order ourselves.
        "rankingRules": ["sort", "words", "typo", "proximity", "attribute", "exactness"],
        "stopWords": Config::get().stop_words(),
        "synonyms": synonyms(),
        // From four and eight letters, as in the other engine: each word of the lexicon has one letter more.
        "typoTolerance": { "enabled": true, "minWordSizeForTypos": { "oneTypo": 5, "twoTypos": 9 }, "disableOnAttributes": exact },
        "pagination": { "maxTotalHits": MOST_HITS },
        "faceting": { "maxValuesPerFacet": MOST_VALUES },
        "proximityPrecision": "byWord",
        "prefixSearch": "indexingTime",
        // Values of filters are chosen from a list, never typed.
        "facetSearch": false,
    })
}

/// Each phrase of stems with what else says the same. A phrase that is too long to be found so has its records changed instead (`longer`).
fn synonyms() -> BTreeMap<String, Vec<String>> {
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for group in Synonyms::get().groups() {
        for phrase in group.iter().filter(|phrase| !is_long(phrase.len())) {
            let others = group.iter().filter(|other| *other != phrase).map(|other| other.join(" "));
            found.entry(phrase.join(" ")).or_default().extend(others);
        }
    }
    for others in found.values_mut() {
        others.sort();
        others.dedup();
    }
    found
}

/// The names of the settings that are not as we would make them.
pub fn differences(found: &Value) -> Vec<String> {
    let expected = expected();
    let names = expected.as_object().into_iter().flatten();
    names.filter(|(name, value)| !agrees(name, value, &found[name.as_str()])).map(|(name, _)| name.clone()).collect()
}

fn agrees(name: &str, expected: &Value, found: &Value) -> bool {
    match (expected, found) {
        // Here the order says something.
        _ if matches!(name, "searchableAttributes" | "rankingRules") => expected == found,
        // A synonym that we do not have is a difference too.
        (Value::Object(expected), Value::Object(found)) if name == "synonyms" && expected.len() != found.len() => false,
        // What else the server knows of is its own.
        (Value::Object(expected), Value::Object(found)) => {
            expected.iter().all(|(name, value)| agrees(name, value, found.get(name).unwrap_or(&Value::Null)))
        }
        (Value::Array(expected), Value::Array(found)) => expected.len() == found.len() && expected.iter().all(|value| found.contains(value)),
        _ => expected == found,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn acronyms_and_words_lead_to_each_other_by_stems() {
        let synonyms = synonyms();
        assert_eq!(synonyms["rsa"], ["revenu solidarit activ"]);
        assert_eq!(synonyms["revenu solidarit activ"], ["rsa"]);
        assert!(synonyms.keys().all(|phrase| !is_long(phrase.split(' ').count())));
    }

    #[test]
    fn what_differs_is_named() {
        assert!(differences(&expected()).is_empty());
        let mut found = expected();
        found["stopWords"].as_array_mut().unwrap().reverse();
        found["typoTolerance"]["disableOnWords"] = json!([]);
        found["nonSeparatorTokens"] = json!(["@"]);
        assert!(differences(&found).is_empty(), "an order that means nothing, and what is the server's own");
        found["stopWords"].as_array_mut().unwrap().pop();
        found["synonyms"]["budget"] = json!(["argent"]);
        found["typoTolerance"]["enabled"] = json!(false);
        assert_eq!(differences(&found), ["stopWords", "synonyms", "typoTolerance"]);
        assert_eq!(differences(&json!({})).len(), expected().as_object().unwrap().len());
    }
}
