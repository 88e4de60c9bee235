//! What completes the words being typed, beside titles of records: an acronym with its meaning, a place, a theme. Each leads to its results.

use serde::Serialize;

use super::analysis::{self, Word};
use super::config::Synonyms;
use super::model;
use crate::http::paths;
use crate::instance::model::Instance;
use crate::kernel::referential;
use crate::kernel::text::fold;
use crate::territories::geography::geography;
use crate::territories::model::Atlas;

/// Of each of these: titles keep their place.
const MOST: usize = 2;
/// Shorter beginnings would name everything.
const SHORTEST: usize = 2;

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Suggestion {
    pub text: String,
    /// A kind of record, `acronym`, `territory` or `theme`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    pub url: String,
}

impl From<model::Suggestion> for Suggestion {
    fn from(title: model::Suggestion) -> Self {
        Self { text: title.text, kind: title.kind.as_str(), url: title.url }
    }
}

/// What the text may be the beginning of, records apart.
pub fn beside_records(text: &str, instance: &Instance, atlas: &Atlas) -> Vec<Suggestion> {
    let words = analysis::words(text);
    if words.last().is_none_or(|word| word.exact.chars().count() < SHORTEST) {
        return Vec::new();
    }
    let acronyms = acronyms(&words).take(MOST);
    acronyms.chain(places(text, instance, atlas).take(MOST)).chain(themes(&words, instance).take(MOST)).collect()
}

/// The only word, or what it begins: « RSA : revenu de solidarité active ».
fn acronyms(words: &[Word]) -> impl Iterator<Item = Suggestion> {
    let typed = if let [only] = words { only.exact.clone() } else { String::new() };
    let mut found: Vec<&(String, String)> =
        Synonyms::get().acronyms().iter().filter(|(acronym, _)| !typed.is_empty() && fold(acronym).starts_with(&typed)).collect();
    found.sort_by_key(|(acronym, _)| acronym.len());
    found.into_iter().map(|(acronym, long)| Suggestion { text: format!("{acronym} : {long}"), kind: "acronym", url: paths::search("q", acronym) })
}

/// The instance's own territories, and the places of its département.
fn places(text: &str, instance: &Instance, atlas: &Atlas) -> impl Iterator<Item = Suggestion> {
    const LOOKED_AT: usize = 20;
    let found = atlas.search(text, Some(&instance.departement), LOOKED_AT).into_iter();
    let here = found.filter(|named| {
        atlas.territory(&named.code).is_some() || geography().place(&named.code).is_some_and(|place| place.departement == instance.departement)
    });
    here.map(|named| Suggestion { text: atlas.name(&named.code), kind: "territory", url: paths::search("territory", &named.code) })
}

/// Themes whose label has every word, the last perhaps unfinished.
fn themes(words: &[Word], instance: &Instance) -> impl Iterator<Item = Suggestion> {
    let own = instance.themes.iter().map(|theme| (theme.code.as_str(), theme.label.as_str()));
    let national = referential::themes().iter().map(|theme| (theme.code.as_str(), theme.label.as_str()));
    let has = |label: &str| {
        let label = analysis::words(label);
        let (last, others) = words.split_last().map_or((None, words), |(last, others)| (Some(last), others));
        others.iter().all(|word| word.is_stop || label.iter().any(|other| other.stem == word.stem))
            && last.is_some_and(|last| label.iter().any(|other| !other.is_stop && (other.exact.starts_with(&last.exact) || other.stem == last.stem)))
    };
    let found: Vec<Suggestion> = own
        .chain(national)
        .filter(|(_, label)| has(label))
        .map(|(code, label)| Suggestion { text: label.to_owned(), kind: "theme", url: paths::search("theme", code) })
        .collect();
    found.into_iter()
}

/// What the acronyms of a query mean, as the page says it: « ARS : allocation de rentrée scolaire, ou agence régionale de santé ».
pub fn meanings(text: &str) -> Vec<String> {
    let mut meanings: Vec<(String, String)> = Vec::new();
    for word in analysis::words(text) {
        for (acronym, long) in Synonyms::get().acronyms().iter().filter(|(acronym, _)| fold(acronym) == word.exact) {
            match meanings.iter_mut().find(|(known, _)| known == acronym) {
                Some((_, said)) if said.contains(long.as_str()) => {}
                Some((_, said)) => *said = format!("{said}, ou {long}"),
                None => meanings.push((acronym.clone(), long.clone())),
            }
        }
    }
    meanings.into_iter().map(|(acronym, long)| format!("{acronym} : {long}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(typed: &str) -> Vec<(&'static str, String)> {
        let instance = Instance { departement: "86".into(), ..Instance::default() };
        beside_records(typed, &instance, &Atlas::default()).into_iter().map(|found| (found.kind, found.text)).collect()
    }

    #[test]
    fn acronyms_places_and_themes_are_known() {
        assert_eq!(texts("rsa")[0], ("acronym", "RSA : revenu de solidarité active".to_owned()));
        assert_eq!(texts("R.S.A.")[0].0, "acronym");
        assert!(texts("loud").contains(&("territory", "Loudun".to_owned())));
        assert!(texts("86200").contains(&("territory", "Loudun".to_owned())));
        assert!(texts("conne").iter().any(|(kind, label)| *kind == "theme" && label.contains("onnexion")), "{:?}", texts("conne"));
        assert!(texts("bordeaux").iter().all(|(kind, _)| *kind != "territory"), "places elsewhere are no help");
        for nothing in ["", " ", "l", "🙂", "((", "zzzz"] {
            assert!(texts(nothing).is_empty(), "{nothing}");
        }
        assert!(texts("a").is_empty() && texts("de").len() <= 3 * MOST);
    }

    #[test]
    fn acronyms_are_explained() {
        assert_eq!(meanings("demander le rsa"), ["RSA : revenu de solidarité active"]);
        assert_eq!(meanings("ARS").len(), 1);
        assert!(meanings("ARS")[0].contains(", ou "));
        assert!(meanings("budget familial").is_empty());
    }
}
