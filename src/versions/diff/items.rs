//! Two lists compared item by item; an item written again is compared word by word.

use std::collections::HashSet;
use std::time::Instant;

use similar::{Algorithm, DiffTag, capture_diff_slices_deadline};

use super::{Fate, Piece, words};

/// An item of either list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// None: the item was written again, and its pieces say how.
    pub fate: Option<Fate>,
    /// It stands in both lists, at another place.
    pub is_moved: bool,
    pub pieces: Vec<Piece>,
}

impl Item {
    fn whole(fate: Fate, text: &str) -> Self {
        Self { fate: Some(fate), is_moved: false, pieces: vec![Piece::new(fate, text)] }
    }
}

/// What becomes of each item. Removed ones stand where they stood.
pub fn items(old: &[String], new: &[String], deadline: Instant) -> Vec<Item> {
    let mut found = Vec::new();
    for op in capture_diff_slices_deadline(Algorithm::Myers, old, new, Some(deadline)) {
        let (before, after) = (&old[op.old_range()], &new[op.new_range()]);
        if op.tag() == DiffTag::Equal {
            found.extend(after.iter().map(|item| Item::whole(Fate::Kept, item)));
            continue;
        }
        replaced(before, after, deadline, &mut found);
    }
    tell_moves(&mut found);
    found
}

/// How far on an item that was written again is looked for.
const NEARBY: usize = 8;

/// A stretch of one list that stands for a stretch of the other: an item may have been written again, the rest goes and comes.
fn replaced(before: &[String], after: &[String], deadline: Instant, found: &mut Vec<Item>) {
    let mut next = 0;
    for item in before {
        let candidates = after.iter().enumerate().skip(next).take(NEARBY).filter(|(_, other)| !before.contains(other));
        let again = candidates.filter_map(|(place, other)| Some((place, rewritten(item, other, deadline)?))).next();
        match again.filter(|_| !after.contains(item)) {
            Some((place, again)) => {
                found.extend(after[next..place].iter().map(|item| Item::whole(Fate::Added, item)));
                found.push(again);
                next = place + 1;
            }
            None => found.push(Item::whole(Fate::Removed, item)),
        }
    }
    found.extend(after[next..].iter().map(|item| Item::whole(Fate::Added, item)));
}

/// An item that is removed here and added there only moved.
fn tell_moves(found: &mut [Item]) {
    let texts = |found: &[Item], fate| -> HashSet<String> {
        found.iter().filter(|item| item.fate == Some(fate)).flat_map(|item| item.pieces.iter().map(|piece| piece.text.clone())).collect()
    };
    let (removed, added) = (texts(found, Fate::Removed), texts(found, Fate::Added));
    for item in found.iter_mut().filter(|item| matches!(item.fate, Some(Fate::Removed | Fate::Added))) {
        item.is_moved = item.pieces.iter().all(|piece| removed.contains(&piece.text) && added.contains(&piece.text));
    }
}

/// One item, if the second text is the first with changes: half of the longer one is kept at least.
fn rewritten(old: &str, new: &str, deadline: Instant) -> Option<Item> {
    let pieces = words(old, new, deadline);
    let kept: usize = pieces.iter().filter(|piece| piece.fate == Fate::Kept).map(|piece| piece.text.len()).sum();
    (2 * kept >= old.len().max(new.len())).then_some(Item { fate: None, is_moved: false, pieces })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn list(items: &[&str]) -> Vec<String> {
        items.iter().map(|item| (*item).to_owned()).collect()
    }

    fn compared(old: &[&str], new: &[&str]) -> Vec<String> {
        let told = |item: Item| {
            let sign = match item.fate {
                Some(Fate::Kept) => "=",
                Some(Fate::Removed) => "-",
                Some(Fate::Added) => "+",
                None => "~",
            };
            format!("{sign}{}{}", if item.is_moved { ">" } else { "" }, item.pieces.iter().map(|piece| piece.text.as_str()).collect::<String>())
        };
        items(&list(old), &list(new), Instant::now() + Duration::from_secs(5)).into_iter().map(told).collect()
    }

    #[test]
    fn items_come_and_go_and_are_written_again() {
        assert_eq!(compared(&["Familles", "Étudiants"], &["Familles", "Retraités"]), ["=Familles", "-Étudiants", "+Retraités"]);
        assert_eq!(
            compared(&["Savoir lire une facture d’énergie", "Partager"], &["Savoir lire une facture d’eau", "Partager"]),
            ["~Savoir lire une facture d’énergieeau", "=Partager"]
        );
        assert_eq!(compared(&["a", "b"], &["b", "a"]), ["+>b", "=a", "->b"]);
        assert_eq!(
            compared(&["Lire une facture d’énergie", "Payer"], &["Parler", "Lire une facture d’eau"]),
            ["+Parler", "~Lire une facture d’énergieeau", "-Payer"],
            "found again further on"
        );
        assert_eq!(compared(&["a", "a"], &["a"]), ["=a", "-a"], "one of two is not moved");
        assert_eq!(compared(&[], &["a"]), ["+a"]);
    }

    proptest::proptest! {
        #[test]
        fn nothing_is_lost(old in proptest::collection::vec("[ab ]{0,6}", 0..8), new in proptest::collection::vec("[ab ]{0,6}", 0..8)) {
            let found = items(&old, &new, Instant::now() + Duration::from_secs(5));
            let without = |fate: Fate| -> Vec<String> {
                let kept = found.iter().filter(|item| item.fate != Some(fate));
                kept.map(|item| item.pieces.iter().filter(|piece| piece.fate != fate).map(|piece| piece.text.as_str()).collect()).collect()
            };
            proptest::prop_assert_eq!(without(Fate::Added), old);
            proptest::prop_assert_eq!(without(Fate::Removed), new);
        }
    }
}
