//! Filters: what a reader may see, what is kept, and how many records each value would give.

use std::collections::BTreeMap;

use super::{Make, action, filled, query, record, sheet, today};
use crate::actions::model::Situation;
use crate::kernel::{Page, Visibility};
use crate::search::model::{Document, Query, RecordType, SearchEngine};

pub fn visibility_never_leaks(make: Make) {
    let hidden = |id: &str, visibility, title: &str| Document {
        visibility,
        themes: vec!["secret".to_owned()],
        territories: vec!["86999".to_owned()],
        audiences: vec!["agents".to_owned()],
        ..action(id, title)
    };
    let engine = filled(
        make,
        [
            Document { themes: vec!["budget".to_owned()], ..action("public", "Atelier budget") },
            hidden("partners", Visibility::Partners, "Budget des partenaires kilimandjaro"),
            hidden("internal", Visibility::Internal, "Budget interne confidentiel"),
        ],
    );
    for text in ["budget", "budg", "bugdet", "", "confidentiel", "kilimandjaro", "kilimanjaro"] {
        let answer = engine.search(&query(text)).unwrap();
        assert!(answer.hits.iter().all(|hit| hit.id == "public"), "{text}");
        assert_eq!(answer.total as usize, answer.hits.len(), "{text}");
        assert!(!answer.facets.themes.contains_key("secret") && answer.facets.territories.is_empty() && answer.facets.audiences.is_empty(), "{text}");
        assert_eq!(answer.did_you_mean, None, "{text}");
    }
    for text in ["budg", "conf", "kilim"] {
        let items = engine.suggest(text, &[Visibility::Public], 10).unwrap();
        assert!(items.iter().all(|item| item.text == "Atelier budget"), "{text}");
    }
    let partner = Query { visible: vec![Visibility::Public, Visibility::Partners], ..query("budget") };
    assert_eq!(engine.search(&partner).unwrap().total, 2);
    assert_eq!(engine.search(&Query { visible: Visibility::ALL.to_vec(), ..query("budget") }).unwrap().total, 3);
    assert_eq!(engine.search(&Query { visible: Vec::new(), ..query("") }).unwrap().total, 0);
}

fn filterable() -> Vec<Document> {
    let make = |id: &str, kind, themes: &[&str], audiences: &[&str], territories: &[&str]| {
        let codes = |codes: &[&str]| codes.iter().map(ToString::to_string).collect();
        Document { themes: codes(themes), audiences: codes(audiences), territories: codes(territories), ..record(kind, id, "Atelier", "") }
    };
    vec![
        make("a", RecordType::Action, &["budget"], &["jeunes"], &["86194"]),
        make("b", RecordType::Action, &["budget", "logement"], &["familles"], &["200069854"]),
        make("c", RecordType::Action, &["sante"], &["tous-publics"], &["86"]),
        make("d", RecordType::PlanSheet, &["logement"], &["jeunes", "familles"], &["86066"]),
    ]
}

fn sorted_ids(engine: &dyn SearchEngine, query: &Query) -> Vec<String> {
    let answer = engine.search(query).unwrap();
    assert_eq!(answer.total as usize, answer.hits.len());
    let mut ids: Vec<String> = answer.hits.into_iter().map(|hit| hit.id).collect();
    ids.sort();
    ids
}

pub fn filters_mean_or_within_and_between(make: Make) {
    let engine = filled(make, filterable());
    let codes = |codes: &[&str]| codes.iter().map(ToString::to_string).collect::<Vec<_>>();
    for text in ["", "atelier"] {
        let with = |change: &dyn Fn(&mut Query)| {
            let mut query = query(text);
            change(&mut query);
            sorted_ids(&*engine, &query)
        };
        assert_eq!(with(&|q| q.types = vec![RecordType::PlanSheet]), ["d"]);
        assert_eq!(with(&|q| q.themes = codes(&["budget"])), ["a", "b"]);
        assert_eq!(with(&|q| q.themes = codes(&["budget", "sante"])), ["a", "b", "c"]);
        assert_eq!(with(&|q| q.audiences = codes(&["jeunes"])), ["a", "c", "d"], "what is for everyone is for them too");
        assert_eq!(with(&|q| (q.themes, q.audiences) = (codes(&["logement"]), codes(&["familles"]))), ["b", "d"]);
        assert_eq!(with(&|q| q.territories = BTreeMap::from([("86194".to_owned(), codes(&["86194", "200069854", "86"]))])), ["a", "b", "c"]);
        assert_eq!(with(&|q| q.themes = codes(&["inconnu"])), [""; 0]);
    }
}

pub fn dates_and_situations_filter(make: Make) {
    let dated = |id: &str, from: Option<i64>, to: Option<i64>| Document {
        starts_on: from.map(|days| today().plus(days)),
        ends_on: to.map(|days| today().plus(days)),
        ..action(id, "Atelier")
    };
    let engine = filled(
        make,
        [
            dated("past", Some(-50), Some(-40)),
            Document { is_reported: true, ..dated("reported", Some(-50), Some(-40)) },
            dated("justdone", Some(-50), Some(-2)),
            dated("now", Some(-5), Some(5)),
            dated("oneday", Some(0), None),
            dated("next", Some(10), Some(20)),
            dated("always", None, None),
            sheet("sheet", "Atelier"),
        ],
    );
    let with = |change: &dyn Fn(&mut Query)| {
        let mut query = query("atelier");
        change(&mut query);
        sorted_ids(&*engine, &query)
    };
    assert_eq!(with(&|q| q.situations = vec![Situation::Upcoming]), ["next"]);
    assert_eq!(with(&|q| q.situations = vec![Situation::Running]), ["always", "now", "oneday"]);
    assert_eq!(with(&|q| q.situations = vec![Situation::Finished]), ["justdone"]);
    assert_eq!(with(&|q| q.situations = vec![Situation::ReportDue, Situation::Reported]), ["past", "reported"]);
    assert_eq!(with(&|q| q.after = Some(today())), ["always", "next", "now", "oneday", "sheet"]);
    assert_eq!(with(&|q| q.before = Some(today())), ["always", "justdone", "now", "oneday", "past", "reported", "sheet"]);
    assert_eq!(with(&|q| (q.after, q.before) = (Some(today()), Some(today()))), ["always", "now", "oneday", "sheet"]);
    assert_eq!(with(&|q| (q.today, q.situations) = (today().plus(12), vec![Situation::Running])), ["always", "next"]);
}

pub fn facets_keep_the_other_filters(make: Make) {
    let engine = filled(make, filterable());
    let counts = |pairs: &[(&str, u64)]| pairs.iter().map(|(code, count)| (code.to_string(), *count)).collect::<BTreeMap<_, _>>();
    let facets = engine.search(&query("atelier")).unwrap().facets;
    assert_eq!(facets.types, counts(&[("action", 3), ("plan_sheet", 1)]));
    assert!(facets.situations.is_empty() || facets.situations.values().sum::<u64>() == 3, "an engine that counts situations counts each action once");
    assert_eq!(facets.themes, counts(&[("budget", 2), ("logement", 2), ("sante", 1)]));
    assert_eq!(facets.territories, counts(&[("86", 1), ("86066", 1), ("86194", 1), ("200069854", 1)]));
    let chosen = Query { types: vec![RecordType::Action], themes: vec!["logement".to_owned()], ..query("") };
    let answer = engine.search(&chosen).unwrap();
    assert_eq!(answer.total, 1);
    assert_eq!(answer.facets.types, counts(&[("action", 1), ("plan_sheet", 1)]), "its own filter left out");
    assert_eq!(answer.facets.themes, counts(&[("budget", 2), ("logement", 1), ("sante", 1)]));
    assert_eq!(answer.facets.audiences, counts(&[("familles", 1)]));
    let page_two = Query { page: Page { number: 2, size: 1 }, ..chosen };
    assert_eq!(engine.search(&page_two).unwrap().facets, answer.facets, "counts do not depend on the page");
}

/// Asked of records one by one, a query says of each what its pages say.
pub fn records_are_found_alone_as_among_others(make: Make) {
    let mut documents = filterable();
    documents.extend(super::library());
    documents.push(Document { visibility: Visibility::Internal, themes: vec!["budget".to_owned()], ..action("hidden", "Budget interne") });
    let named: Vec<(RecordType, String)> = documents.iter().map(|document| (document.kind, document.id.clone())).collect();
    let absent = (RecordType::Action, "absent".to_owned());
    let engine = filled(make, documents);
    let all = |text: &str| Query { page: Page { number: 1, size: 100 }, ..query(text) };
    let queries = [
        all(""),
        all("prévention du surendettement"),
        all("prevension"),
        all("atelier budg"),
        all("-prévention"),
        all("kilimandjaro"),
        Query { themes: vec!["budget".to_owned()], types: vec![RecordType::Action], ..all("") },
        Query { themes: vec!["budget".to_owned()], audiences: vec!["jeunes".to_owned()], ..all("atelier") },
        Query { visible: Vec::new(), ..all("") },
        Query { visible: Visibility::ALL.to_vec(), ..all("budget") },
    ];
    for asked in queries {
        let mut found: Vec<(RecordType, String)> = engine.search(&asked).unwrap().hits.into_iter().map(|hit| (hit.kind, hit.id)).collect();
        let mut whole = engine.among(&asked, &named).unwrap();
        found.sort();
        whole.sort();
        assert_eq!(whole, found, "{asked:?}");
        for record in named.iter().chain([&absent]) {
            let alone = engine.among(&asked, std::slice::from_ref(record)).unwrap();
            assert_eq!(alone.contains(record), found.contains(record), "{record:?} {asked:?}");
        }
    }
    assert_eq!(engine.among(&all(""), &[]).unwrap(), []);
}
