//! Changes: found at once, taken in order, and kept by a rebuild.

use super::{Make, action, filled, found, query, sheet};
use crate::search::model::{Change, RecordType};

pub fn changes_are_found_at_once(make: Make) {
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

pub fn a_rebuild_replaces_everything(make: Make) {
    let engine = filled(make, [action("old", "Ancien atelier")]);
    let mut seen_meanwhile = 0;
    let mut documents = (0..10).map(|number| {
        seen_meanwhile += engine.search(&query("ancien")).unwrap().total;
        if number == 5 {
            // Published while the rebuild goes on.
            engine.apply(vec![Change::Put(Box::new(action("live", "Atelier en direct")))]).unwrap();
            assert_eq!(found(&*engine, "direct"), ["live"]);
        }
        Ok(action(&format!("new{number}"), "Nouvel atelier"))
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
