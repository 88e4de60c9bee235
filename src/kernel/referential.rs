//! The shared words of social action: the themes, audiences and modes of the national data·inclusion schema, by code.

use std::sync::LazyLock;

use serde::Deserialize;

/// One word of the referential. `category` is set on themes only.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Term {
    pub code: String,
    pub label: String,
    #[serde(default)]
    pub category: Option<String>,
    #[serde(default)]
    pub description: Option<String>,
}

#[derive(Deserialize)]
struct Referential {
    theme_categories: Vec<Term>,
    themes: Vec<Term>,
    audiences: Vec<Term>,
    fees: Vec<Term>,
    reception_modes: Vec<Term>,
    mobilisation_modes: Vec<Term>,
    mobilised_by: Vec<Term>,
    networks: Vec<Term>,
}

static REFERENTIAL: LazyLock<Referential> =
    LazyLock::new(|| serde_json::from_str(include_str!("../../data/reference/referential.json")).expect("the embedded referential is valid"));

fn find(terms: &'static [Term], code: &str) -> Option<&'static Term> {
    terms.iter().find(|term| term.code == code)
}

/// The 16 categories that gather the themes, in the order of their labels.
pub fn theme_categories() -> &'static [Term] {
    &REFERENTIAL.theme_categories
}

pub fn theme_category(code: &str) -> Option<&'static Term> {
    find(theme_categories(), code)
}

/// The 69 themes, category after category.
pub fn themes() -> &'static [Term] {
    &REFERENTIAL.themes
}

pub fn theme(code: &str) -> Option<&'static Term> {
    find(themes(), code)
}

/// The themes of one category; none for an unknown one.
pub fn themes_in(category: &str) -> impl Iterator<Item = &'static Term> {
    themes().iter().filter(move |theme| theme.category.as_deref() == Some(category))
}

/// The 14 publics, “tous publics” first.
pub fn audiences() -> &'static [Term] {
    &REFERENTIAL.audiences
}

pub fn audience(code: &str) -> Option<&'static Term> {
    find(audiences(), code)
}

pub fn fees() -> &'static [Term] {
    &REFERENTIAL.fees
}

pub fn fee(code: &str) -> Option<&'static Term> {
    find(fees(), code)
}

/// How people are received: on the spot, at a distance.
pub fn reception_modes() -> &'static [Term] {
    &REFERENTIAL.reception_modes
}

pub fn reception_mode(code: &str) -> Option<&'static Term> {
    find(reception_modes(), code)
}

/// How to ask for a service: by mail, by telephone, by coming, by a link.
pub fn mobilisation_modes() -> &'static [Term] {
    &REFERENTIAL.mobilisation_modes
}

pub fn mobilisation_mode(code: &str) -> Option<&'static Term> {
    find(mobilisation_modes(), code)
}

/// Who may ask for a service: the people themselves, professionals.
pub fn mobilised_by() -> &'static [Term] {
    &REFERENTIAL.mobilised_by
}

pub fn mobiliser(code: &str) -> Option<&'static Term> {
    find(mobilised_by(), code)
}

/// The 108 networks that organisations belong to.
pub fn networks() -> &'static [Term] {
    &REFERENTIAL.networks
}

pub fn network(code: &str) -> Option<&'static Term> {
    find(networks(), code)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn the_schema_is_whole() {
        assert_eq!(themes().len(), 69);
        assert_eq!(theme_categories().len(), 16);
        assert_eq!(audiences().len(), 14);
        assert_eq!([fees().len(), reception_modes().len(), mobilisation_modes().len(), mobilised_by().len(), networks().len()], [2, 2, 4, 2, 108]);
    }

    #[test]
    fn codes_are_distinct_and_labels_filled() {
        for list in [themes(), theme_categories(), audiences(), fees(), reception_modes(), mobilisation_modes(), mobilised_by(), networks()] {
            assert_eq!(list.iter().map(|term| &term.code).collect::<HashSet<_>>().len(), list.len());
            assert!(list.iter().all(|term| !term.label.trim().is_empty()));
        }
        assert!(audiences().iter().all(|audience| audience.description.is_some()));
        assert_eq!(audiences()[0].code, "tous-publics");
    }

    #[test]
    fn every_theme_has_its_category_and_every_category_a_theme() {
        assert!(themes().iter().all(|theme| theme.category.as_deref().and_then(theme_category).is_some()));
        assert!(theme_categories().iter().all(|category| themes_in(&category.code).next().is_some()));
    }

    #[test]
    fn terms_are_found_by_code_only() {
        let debt = theme("difficultes-financieres--situation-dendettement-surendettement");
        assert_eq!(debt.and_then(|term| term.category.as_deref()), Some("difficultes-financieres"));
        assert_eq!(audience("familles").map(|term| term.label.as_str()), Some("Familles"));
        assert_eq!(fee("gratuit").map(|term| term.label.as_str()), Some("Gratuit"));
        assert!(mobilisation_mode("telephoner").is_some() && reception_mode("en-presentiel").is_some());
        assert!(mobiliser("usagers").is_some() && theme("Familles").is_none() && audience("").is_none());
    }
}
