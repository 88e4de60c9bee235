//! Pages: their order, how they follow each other, and what is shown of each result.

use super::{Make, action, filled, ids, query, today};
use crate::kernel::{Moment, Page};
use crate::search::model::{Change, Document, Query, Sort};

pub fn sorts_are_whole_and_stable(make: Make) {
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

pub fn pages_follow_each_other(make: Make) {
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

pub fn snippets_are_safe_and_marked(make: Make) {
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
