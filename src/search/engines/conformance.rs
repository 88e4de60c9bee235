//! What every search engine must do, written against `dyn SearchEngine`. An engine runs it by giving `run_all` a way to make an empty one.

mod changes;
mod filters;
mod pages;
mod words;

use std::collections::BTreeMap;

use crate::kernel::{Day, Moment, Page, Visibility};
use crate::search::model::{Answer, Change, Document, Query, RecordType, SearchEngine, Sort};

type Make<'a> = &'a dyn Fn() -> Box<dyn SearchEngine>;
type Check = fn(Make);

/// Where engines may differ, each for a reason of its own.
pub struct Differences {
    /// Does it say what may have been meant by a word that is too far from any other to be forgiven? That takes the list of all words that
    /// records have, which a server keeps to itself.
    pub explains_far_typos: bool,
    /// For a query of two words that no record has together, are the records of either found? Meilisearch keeps those of the rarer word only:
    /// it leaves out words, and has no "or".
    pub finds_either_word: bool,
}

/// Every check, each on engines of its own.
pub fn run_all(make: Make, differences: &Differences) {
    const CHECKS: &[(&str, Check)] = &[
        ("typos", words::typos_are_forgiven),
        ("french", words::french_is_understood),
        ("acronyms", words::acronyms_go_both_ways),
        ("prefix", words::the_last_word_may_be_unfinished),
        ("quotes", words::quotes_are_taken_as_written),
        ("minus", words::a_minus_excludes),
        ("coverage", words::long_questions_still_find),
        ("ranking", words::better_matches_come_first),
        ("open", words::open_actions_come_before_finished_ones),
        ("visibility", filters::visibility_never_leaks),
        ("filters", filters::filters_mean_or_within_and_between),
        ("among", filters::records_are_found_alone_as_among_others),
        ("dates", filters::dates_and_situations_filter),
        ("facets", filters::facets_keep_the_other_filters),
        ("sort", pages::sorts_are_whole_and_stable),
        ("paging", pages::pages_follow_each_other),
        ("snippets", pages::snippets_are_safe_and_marked),
        ("changes", changes::changes_are_found_at_once),
        ("rebuild", changes::a_rebuild_replaces_everything),
        ("suggestions", words::suggestions_complete_titles),
        ("bad input", words::strange_queries_are_answered),
    ];
    for (name, check) in CHECKS {
        eprintln!("conformance: {name}");
        check(make);
    }
    words::far_typos_are_explained(make, differences.explains_far_typos);
    words::either_word_is_found(make, differences.finds_either_word);
}

pub fn today() -> Day {
    Day::new(2026, 3, 3).unwrap()
}

pub fn record(kind: RecordType, id: &str, title: &str, summary: &str) -> Document {
    Document {
        kind,
        id: id.to_owned(),
        external_id: None,
        title: title.to_owned(),
        summary: summary.to_owned(),
        body: String::new(),
        names: String::new(),
        url: format!("/{kind}/{id}"),
        visibility: Visibility::Public,
        themes: Vec::new(),
        audiences: Vec::new(),
        territories: Vec::new(),
        starts_on: None,
        ends_on: None,
        is_reported: false,
        date: None,
        updated_at: Moment::from_micros(1_770_000_000_000_000),
    }
}

pub fn action(id: &str, title: &str) -> Document {
    record(RecordType::Action, id, title, "")
}

fn sheet(id: &str, title: &str) -> Document {
    record(RecordType::PlanSheet, id, title, "")
}

pub fn query(text: &str) -> Query {
    Query {
        text: text.to_owned(),
        types: Vec::new(),
        themes: Vec::new(),
        audiences: Vec::new(),
        territories: BTreeMap::new(),
        situations: Vec::new(),
        after: None,
        before: None,
        sort: Sort::Relevance,
        page: Page::first(),
        visible: vec![Visibility::Public],
        today: today(),
    }
}

fn filled(make: Make, documents: impl IntoIterator<Item = Document>) -> Box<dyn SearchEngine> {
    let engine = make();
    engine.apply(documents.into_iter().map(|document| Change::Put(Box::new(document))).collect()).unwrap();
    engine
}

fn ids(answer: &Answer) -> Vec<&str> {
    answer.hits.iter().map(|hit| hit.id.as_str()).collect()
}

fn found(engine: &dyn SearchEngine, text: &str) -> Vec<String> {
    let answer = engine.search(&query(text)).unwrap();
    assert_eq!(answer.total as usize, answer.hits.len(), "{text}");
    answer.hits.into_iter().map(|hit| hit.id).collect()
}

const PREVENTION: &str = "Mettre en place des actions de prévention du surendettement";

fn library() -> Vec<Document> {
    let mut documents = vec![
        sheet("9", PREVENTION),
        sheet("1", "Développer les actions collectives sur la parentalité"),
        sheet("2", "Mettre en place une instance de prévention des expulsions"),
        sheet("3", "Prévenir l’isolement des personnes âgées à domicile"),
        sheet("4", "Faciliter l'accueil des aînés dans les centres socioculturels"),
        sheet("5", "Coordonner l'insertion des allocataires du RSA"),
        sheet("6", "Informer sur le revenu de solidarité active"),
        sheet("7", "Ateliers budgétaires et journaux départementaux"),
    ];
    documents[1].body =
        "Actions menées avec les familles, pour mettre en place des groupes de parents. Un mot sur le surendettement des ménages.".to_owned();
    documents[2].body = "Prévention, prévention, et encore de la prévention : actions à mettre en place.".to_owned();
    documents
}
