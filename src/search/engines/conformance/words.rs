//! Words: typos, French, acronyms, beginnings, what comes first, what is suggested.

use super::{Make, PREVENTION, action, filled, found, library, query, sheet, today};
use crate::kernel::Visibility;
use crate::search::model::{Document, Query, RecordType};

pub fn typos_are_forgiven(make: Make) {
    let engine = filled(make, library());
    for typed in
        ["surendetement", "surrendettement", "prévention du surendetement", "prevention surendettemnt", "actions de prévntion du surendettement"]
    {
        assert_eq!(found(&*engine, typed).first().map(String::as_str), Some("9"), "{typed}");
    }
    assert_eq!(found(&*engine, "parentaltié"), ["1"]);
    assert_eq!(found(&*engine, "rsa"), found(&*engine, "RSA"), "a short word is taken as it is");
}

pub fn french_is_understood(make: Make) {
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

pub fn acronyms_go_both_ways(make: Make) {
    let engine = filled(make, library());
    for typed in ["RSA", "rsa", "R.S.A.", "revenu de solidarité active", "revenus de solidarite active"] {
        let mut both = found(&*engine, typed);
        both.sort();
        assert_eq!(both, ["5", "6"], "{typed}");
    }
    assert_eq!(found(&*engine, "RSA")[0], "5", "the word itself before its meaning");
    assert_eq!(found(&*engine, "revenu de solidarité active")[0], "6");
}

pub fn the_last_word_may_be_unfinished(make: Make) {
    let engine = filled(make, library());
    assert_eq!(found(&*engine, "parental"), ["1"]);
    assert_eq!(found(&*engine, "prévention surend").first().map(String::as_str), Some("9"));
    assert_eq!(found(&*engine, "surendete").first().map(String::as_str), Some("9"), "unfinished and misspelt");
    assert!(!found(&*engine, "sociocul prévention").contains(&"4".to_owned()), "only the last word");
}

pub fn long_questions_still_find(make: Make) {
    let engine = filled(make, library());
    let question = "Bonjour, comment puis-je trouver de l'aide quand une personne âgée souffre de l'isolement dans son logement ?";
    assert_eq!(found(&*engine, question).first().map(String::as_str), Some("3"));
    assert_eq!(found(&*engine, "isolement zanzibarite").first().map(String::as_str), Some("3"), "a word that nobody wrote");
    assert_eq!(found(&*engine, "prévention surendettement"), ["9"], "short queries mean every word");
}

pub fn better_matches_come_first(make: Make) {
    let in_body = Document { body: "Un atelier cuisine et un mot du budget.".to_owned(), ..action("body", "Repas partagé") };
    let in_title = action("title", "Atelier cuisine");
    let in_summary = Document { summary: "Un atelier de cuisine.".to_owned(), ..action("summary", "Repas entre voisins") };
    let apart = action("apart", "Atelier de couture et de cuisine");
    let engine = filled(make, [in_body, apart, in_summary, in_title]);
    let order = found(&*engine, "atelier cuisine");
    assert_eq!(order[0], "title");
    assert_eq!(order[3], "body");
    let both = Document { summary: "Un long début, puis le budget".to_owned(), body: "Budget et budget".to_owned(), ..action("both", "Atelier") };
    assert_eq!(found(&*filled(make, [both]), "budget"), ["both"], "the same word late in the summary and early in the body");
    let named = Document { names: "Châtellerault Loudun".to_owned(), ..action("named", "Permanence") };
    let engine = filled(make, [named, action("other", "Permanence mobile")]);
    assert_eq!(found(&*engine, "permanence chatellerault"), ["named"]);
}

pub fn open_actions_come_before_finished_ones(make: Make) {
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

pub fn suggestions_complete_titles(make: Make) {
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

pub fn far_typos_are_explained(make: Make, are_explained: bool) {
    let engine = filled(make, [action("1", "Préparer son départ à la retraite"), action("2", "Vélo pour tous")]);
    if !are_explained {
        let answer = engine.search(&query("le dprttt")).unwrap();
        assert_eq!((answer.total, answer.did_you_mean), (0, None));
        return;
    }
    let answer = engine.search(&query("dppprt retraite")).unwrap();
    assert_eq!(answer.did_you_mean, None, "something was found");
    let answer = engine.search(&query("veelllooo")).unwrap();
    assert_eq!((answer.total, answer.did_you_mean), (0, None));
    let answer = engine.search(&query("le deprtt")).unwrap();
    assert_eq!((answer.total, answer.did_you_mean.as_deref()), (0, Some("le départ")));
    let filtered = Query { types: vec![RecordType::Meeting], ..query("le deprtt") };
    assert_eq!(engine.search(&filtered).unwrap().did_you_mean, None, "it would lead nowhere");
}

pub fn quotes_are_taken_as_written(make: Make) {
    let engine = filled(make, library());
    for (typed, ids) in [
        ("\"solidarité active\"", &["6"][..]),
        ("« SOLIDARITE active »", &["6"]),
        ("\"revenu de solidarité active\"", &["6"]),
        ("\"prévention du surendettement\"", &["9"]),
        ("\"surendettement prévention\"", &[]),
        ("\"atelier budgétaire\"", &[]),
        ("\"ateliers\"", &["7"]),
        ("\"atelier\"", &[]),
        ("\"solidarité activ\"", &[]),
        ("isolement \"personnes âgées\"", &["3"]),
    ] {
        assert_eq!(found(&*engine, typed), ids, "{typed}");
    }
    assert_eq!(found(&*engine, "\"surendettement").first().map(String::as_str), Some("9"), "a quote that nothing closes is none");
}

pub fn a_minus_excludes(make: Make) {
    let engine = filled(make, library());
    let has = |typed: &str, id: &str| found(&*engine, typed).contains(&id.to_owned());
    assert!(has("prévention", "9") && has("prévention", "2"));
    assert!(has("prévention -surendettement", "2") && !has("prévention -surendettement", "9"));
    assert!(has("prévention -SURENDETTEMENT", "2") && !has("prévention -SURENDETTEMENT", "9"));
    assert!(has("prévention -\"instance de prévention\"", "9") && !has("prévention -\"instance de prévention\"", "2"));
    assert_eq!(found(&*engine, "-surendettement").len(), 6, "all the others, wherever the word stands");
    assert!(has("prévention - surendettement", "9"), "a dash between words is a dash");
    let answer = engine.search(&query("surendettement -surendettement")).unwrap();
    assert_eq!((answer.total, answer.facets.types.len()), (0, 0), "what is excluded is not counted");
}

pub fn strange_queries_are_answered(make: Make) {
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

pub fn either_word_is_found(make: Make, is_either: bool) {
    let engine = filled(make, [action("1", "Atelier cuisine"), action("2", "Atelier couture"), action("3", "Vélo pour tous")]);
    let mut both = found(&*engine, "vélo cuisine");
    both.sort();
    match is_either {
        true => assert_eq!(both, ["1", "3"]),
        false => assert!(both == ["1"] || both == ["3"], "{both:?}"),
    }
}
