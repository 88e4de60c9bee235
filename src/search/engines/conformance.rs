//! What every search engine must do, written against `dyn SearchEngine`. An engine runs it by giving `run_all` a way to make an empty one.

use std::collections::BTreeMap;

use crate::actions::model::Situation;
use crate::kernel::{Day, Moment, Page, Visibility};
use crate::search::model::{Answer, Change, Document, Query, RecordType, SearchEngine, Sort};

type Make<'a> = &'a dyn Fn() -> Box<dyn SearchEngine>;
type Check = fn(Make);

/// Every check, each on engines of its own.
pub fn run_all(make: Make) {
    const CHECKS: &[(&str, Check)] = &[
        ("typos", typos_are_forgiven),
        ("french", french_is_understood),
        ("acronyms", acronyms_go_both_ways),
        ("prefix", the_last_word_may_be_unfinished),
        ("coverage", long_questions_still_find),
        ("ranking", better_matches_come_first),
        ("open", open_actions_come_before_finished_ones),
        ("visibility", visibility_never_leaks),
        ("filters", filters_mean_or_within_and_between),
        ("dates", dates_and_situations_filter),
        ("facets", facets_keep_the_other_filters),
        ("sort", sorts_are_whole_and_stable),
        ("paging", pages_follow_each_other),
        ("snippets", snippets_are_safe_and_marked),
        ("changes", changes_are_found_at_once),
        ("rebuild", a_rebuild_replaces_everything),
        ("suggestions", suggestions_complete_titles),
        ("did you mean", far_typos_are_explained),
        ("bad input", strange_queries_are_answered),
    ];
    for (name, check) in CHECKS {
        eprintln!("conformance: {name}");
        check(make);
    }
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

fn typos_are_forgiven(make: Make) {
    let engine = filled(make, library());
    for typed in
        ["surendetement", "surrendettement", "prévention du surendetement", "prevention surendettemnt", "actions de prévntion du surendettement"]
    {
        assert_eq!(found(&*engine, typed).first().map(String::as_str), Some("9"), "{typed}");
    }
    assert_eq!(found(&*engine, "parentaltié"), ["1"]);
    assert_eq!(found(&*engine, "rsa"), found(&*engine, "RSA"), "a short word is taken as it is");
}

fn french_is_understood(make: Make) {
    let engine = filled(make, library());
    for (typed, id) in [
        ("l'isolement", "3"),
        ("ISOLEMENT", "3"),
        ("d’isolement", "3"),
        ("personne agee", "3"),
        ("aînées", "4"),
        ("atelier budgétaire", "7"),
        ("journal départemental", "7"),
        ("centre socioculturel", "4"),
        ("socioculturels accueil", "4"),
    ] {
        assert_eq!(found(&*engine, typed).first().map(String::as_str), Some(id), "{typed}");
    }
}

fn acronyms_go_both_ways(make: Make) {
    let engine = filled(make, library());
    for typed in ["RSA", "rsa", "R.S.A.", "revenu de solidarité active", "revenus de solidarite active"] {
        let mut both = found(&*engine, typed);
        both.sort();
        assert_eq!(both, ["5", "6"], "{typed}");
    }
    assert_eq!(found(&*engine, "RSA")[0], "5", "the word itself before its meaning");
    assert_eq!(found(&*engine, "revenu de solidarité active")[0], "6");
}

fn the_last_word_may_be_unfinished(make: Make) {
    let engine = filled(make, library());
    assert_eq!(found(&*engine, "parental"), ["1"]);
    assert_eq!(found(&*engine, "prévention surend").first().map(String::as_str), Some("9"));
    assert_eq!(found(&*engine, "surendete").first().map(String::as_str), Some("9"), "unfinished and misspelt");
    assert!(found(&*engine, "so prévention").is_empty() || found(&*engine, "parenta prévention")[0] != "1", "only the last word");
}

fn long_questions_still_find(make: Make) {
    let engine = filled(make, library());
    let question = "Bonjour, comment puis-je trouver de l'aide quand une personne âgée souffre de l'isolement dans son logement ?";
    assert_eq!(found(&*engine, question).first().map(String::as_str), Some("3"));
    assert_eq!(found(&*engine, "isolement zanzibarite").first().map(String::as_str), Some("3"), "a word that nobody wrote");
    assert_eq!(found(&*engine, "prévention surendettement"), ["9"], "short queries mean every word");
}

fn better_matches_come_first(make: Make) {
    let in_body = Document { body: "Un atelier cuisine et un mot du budget.".to_owned(), ..action("body", "Repas partagé") };
    let in_title = action("title", "Atelier cuisine");
    let in_summary = Document { summary: "Un atelier de cuisine.".to_owned(), ..action("summary", "Repas entre voisins") };
    let apart = action("apart", "Atelier de couture et de cuisine");
    let engine = filled(make, [in_body, apart, in_summary, in_title]);
    let order = found(&*engine, "atelier cuisine");
    assert_eq!(order[0], "title");
    assert_eq!(order[3], "body");
    let named = Document { names: "Châtellerault Loudun".to_owned(), ..action("named", "Permanence") };
    let engine = filled(make, [named, action("other", "Permanence mobile")]);
    assert_eq!(found(&*engine, "permanence chatellerault"), ["named"]);
}

fn open_actions_come_before_finished_ones(make: Make) {
    let dated = |id: &str, title: &str, from: i64, to: i64| Document {
        starts_on: Some(today().plus(from)),
        ends_on: Some(today().plus(to)),
        ..action(id, title)
    };
    let finished = dated("finished", "Budget", -90, -60);
    let upcoming = Document { body: "On y parle aussi de budget, entre autres choses.".to_owned(), ..dated("upcoming", "Café des parents", 10, 20) };
    let undated = Document { summary: "Gérer son budget".to_owned(), ..action("undated", "Permanence hebdomadaire") };
    let running = dated("running", "Atelier budget", -1, 1);
    let engine = filled(make, [finished, upcoming, undated, running, sheet("sheet", "Le budget des ménages")]);
    let order = found(&*engine, "budget");
    assert_eq!(order.last().map(String::as_str), Some("finished"));
    assert!(order.iter().position(|id| id == "running") < order.iter().position(|id| id == "upcoming"));
}

fn visibility_never_leaks(make: Make) {
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

fn filters_mean_or_within_and_between(make: Make) {
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

fn dates_and_situations_filter(make: Make) {
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

fn facets_keep_the_other_filters(make: Make) {
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

fn sorts_are_whole_and_stable(make: Make) {
    let dated = |id: &str, title: &str, day: Option<i64>, updated: i64| Document {
        date: day.map(|days| today().plus(days)),
        updated_at: Moment::from_micros(updated),
        ..action(id, title)
    };
    let engine = make();
    // One at a time: the order may not depend on how the index is cut.
    for document in [
        dated("b", "Élan", None, 3),
        dated("a", "Atelier", None, 5),
        dated("c", "Zoom", Some(5), 1),
        dated("d", "Écoute", Some(9), 2),
        dated("e", "Bal", Some(5), 4),
    ] {
        engine.apply(vec![Change::Put(Box::new(document))]).unwrap();
    }
    assert_eq!(ids(&engine.search(&Query { sort: Sort::Date, ..query("") }).unwrap()), ["d", "e", "c", "a", "b"]);
    assert_eq!(ids(&engine.search(&query("")).unwrap()), ["a", "e", "b", "d", "c"], "newest first");
    assert_eq!(ids(&engine.search(&query("  ")).unwrap()).len(), 5);
}

fn pages_follow_each_other(make: Make) {
    let engine = filled(make, (0..47).map(|number| action(&format!("{number:02}"), "Atelier budget")));
    for text in ["atelier budget", ""] {
        let mut all = Vec::new();
        for number in 1..=5 {
            let answer = engine.search(&Query { page: Page { number, size: 10 }, ..query(text) }).unwrap();
            assert_eq!(answer.total, 47);
            all.extend(answer.hits.into_iter().map(|hit| hit.id));
        }
        let mut different = all.clone();
        different.sort();
        different.dedup();
        assert_eq!((all.len(), different.len()), (47, 47), "{text}");
        let beyond = Query { page: Page { number: u32::MAX, size: 100 }, ..query(text) };
        let answer = engine.search(&beyond).unwrap();
        assert_eq!((answer.total, answer.hits.len()), (47, 0));
    }
}

fn snippets_are_safe_and_marked(make: Make) {
    let text = "<script>alert('budget')</script> L’aîné gère son Budget & le revenu de solidarité active, sans surendettement.";
    let engine = filled(make, [Document { summary: text.to_owned(), ..action("x", "Titre <b>gras</b>") }]);
    let snippet = |asked: &str| engine.search(&query(asked)).unwrap().hits.remove(0).snippet;
    assert!(snippet("budgets").starts_with("&lt;script&gt;alert('<mark>budget</mark>')&lt;/script&gt; L’aîné gère son <mark>Budget</mark> &amp; "));
    assert!(snippet("aine").contains("L’<mark>aîné</mark>"));
    assert!(snippet("surendetement").contains("<mark>surendettement</mark>"));
    assert!(snippet("suren").contains("<mark>surendettement</mark>"));
    assert!(snippet("rsa").contains("<mark>revenu de solidarité active</mark>"));
    let only_title = snippet("gras");
    assert!(only_title.starts_with("&lt;script&gt;alert") && !only_title.contains("<mark>"));
    assert_eq!(engine.search(&query("gras")).unwrap().hits[0].title, "Titre <b>gras</b>", "the title is plain text");
}

fn changes_are_found_at_once(make: Make) {
    let engine = filled(make, [action("x", "Atelier cuisine"), sheet("x", "Fiche cuisine")]);
    engine.apply(vec![Change::Put(Box::new(action("x", "Atelier couture")))]).unwrap();
    assert_eq!(found(&*engine, "cuisine").len(), 1, "the sheet of the same id stays");
    assert_eq!(found(&*engine, "couture").len(), 1);
    engine.apply(vec![Change::Remove { kind: RecordType::Action, id: "x".to_owned() }]).unwrap();
    engine.apply(vec![Change::Remove { kind: RecordType::Action, id: "unknown".to_owned() }]).unwrap();
    assert!(found(&*engine, "couture").is_empty());
    assert_eq!(engine.count().unwrap(), 1);
    let again = vec![
        Change::Put(Box::new(action("y", "Premier"))),
        Change::Remove { kind: RecordType::Action, id: "y".to_owned() },
        Change::Put(Box::new(action("y", "Second"))),
    ];
    engine.apply(again).unwrap();
    assert_eq!(found(&*engine, "premier").len() + found(&*engine, "second").len(), 1, "changes are taken in order");
    engine.apply(Vec::new()).unwrap();
}

fn a_rebuild_replaces_everything(make: Make) {
    let engine = filled(make, [action("old", "Ancien atelier")]);
    let mut seen_meanwhile = 0;
    let mut documents = (0..10).map(|number| {
        seen_meanwhile += engine.search(&query("ancien")).unwrap().total;
        if number == 5 {
            // Published while the rebuild goes on.
            engine.apply(vec![Change::Put(Box::new(action("live", "Atelier en direct")))]).unwrap();
            assert_eq!(found(&*engine, "direct"), ["live"]);
        }
        action(&format!("new{number}"), "Nouvel atelier")
    });
    assert_eq!(engine.rebuild(&mut documents).unwrap(), 11);
    assert_eq!(seen_meanwhile, 10, "the old index answers until the new one is whole");
    assert!(found(&*engine, "ancien").is_empty());
    assert_eq!(found(&*engine, "direct"), ["live"]);
    engine.apply(vec![Change::Put(Box::new(action("later", "Plus tard")))]).unwrap();
    assert_eq!(engine.count().unwrap(), 12);
    assert_eq!(engine.rebuild(&mut std::iter::empty()).unwrap(), 0);
    assert_eq!(engine.search(&query("")).unwrap().total, 0);
}

fn suggestions_complete_titles(make: Make) {
    let mut documents = library();
    documents.extend([action("1", "Atelier budget"), action("2", "Atelier budget"), action("3", "Budget familial"), action("4", "Préparer l’été")]);
    let engine = filled(make, documents);
    let texts = |typed: &str| -> Vec<String> {
        engine.suggest(typed, &[Visibility::Public], 3).unwrap().into_iter().map(|suggestion| suggestion.text).collect()
    };
    assert_eq!(texts("budg"), ["Budget familial", "Atelier budget", "Ateliers budgétaires et journaux départementaux"]);
    assert_eq!(texts("atelier bud"), ["Atelier budget", "Ateliers budgétaires et journaux départementaux"]);
    assert_eq!(texts("ete"), ["Préparer l’été"]);
    assert_eq!(texts("l'ÉTÉ"), ["Préparer l’été"]);
    assert_eq!(texts("surendete"), [PREVENTION]);
    assert!(texts("").is_empty() && texts("🙂").is_empty() && texts("zzz").is_empty());
    assert!(engine.suggest("budg", &[Visibility::Public], 0).unwrap().is_empty());
}

fn far_typos_are_explained(make: Make) {
    let engine = filled(make, [action("1", "Préparer son départ à la retraite"), action("2", "Vélo pour tous")]);
    let answer = engine.search(&query("dppprt retraite")).unwrap();
    assert_eq!(answer.did_you_mean, None, "something was found");
    let answer = engine.search(&query("veelllooo")).unwrap();
    assert_eq!((answer.total, answer.did_you_mean), (0, None));
    let answer = engine.search(&query("le deprtt")).unwrap();
    assert_eq!((answer.total, answer.did_you_mean.as_deref()), (0, Some("le départ")));
    let filtered = Query { types: vec![RecordType::Meeting], ..query("le deprtt") };
    assert_eq!(engine.search(&filtered).unwrap().did_you_mean, None, "it would lead nowhere");
}

fn strange_queries_are_answered(make: Make) {
    let engine = filled(make, library());
    for text in [
        "AND OR (",
        "\"guillemets",
        "-moins +plus title:budget *",
        "🙂🙃",
        "سوق العمل",
        "\u{202e}tegdub",
        "\0\u{1}",
        &"a".repeat(500),
        &"é ".repeat(250),
        &"prévention ".repeat(45),
        "((((((((((",
        "~prevention",
    ] {
        engine.search(&query(text)).unwrap();
        engine.suggest(text, &[Visibility::Public], 5).unwrap();
    }
    assert!(found(&*engine, "🙂").is_empty());
    assert_eq!(found(&*engine, "la"), ["1"], "stop words alone are looked for in titles");
}
