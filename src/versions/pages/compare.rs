//! Two versions compared: only what changed, with what happened between them.

use std::time::{Duration, Instant};

use actix_web::HttpResponse;
use serde_json::{Value, json};

use super::{Told, version_json};
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::events::Record;
use crate::http::query;
use crate::http::visit::Visit;
use crate::kernel::FieldErrors;
use crate::versions::diff::{self, Change, Compared, Fate, Field, Item, Piece};
use crate::versions::{self, Version};

/// Texts that are not compared in this time are shown whole.
pub const TIME: Duration = Duration::from_millis(500);
/// A stretch that did not change is folded beyond so many characters, but for its ends.
const LONGEST_KEPT: usize = 700;
const ENDS: usize = 160;

/// The two versions that an address names, the older first.
pub fn asked(query: &str) -> Result<(i32, i32)> {
    let form = query::pairs(query)?;
    let mut errors = FieldErrors::default();
    let mut number = |name: &str| match form.get(name).parse::<i32>() {
        Ok(number) => number,
        Err(_) => {
            errors.add(name, "Choisissez deux versions à comparer dans l’historique.");
            0
        }
    };
    let (one, other) = (number("de"), number("a"));
    errors.into_result().map_err(Error::BadQuery)?;
    Ok((one.min(other), one.max(other)))
}

pub struct Read {
    old: (Version, Value),
    new: (Version, Value),
    between: Vec<Version>,
}

impl Read {
    pub fn load(conn: &mut Conn, record: &Record, (old, new): (i32, i32)) -> Result<Self> {
        let between = versions::between(conn, record, old, new)?;
        Ok(Self { old: versions::whole(conn, record, old)?, new: versions::whole(conn, record, new)?, between })
    }

    pub fn contents(&self) -> Vec<&Value> {
        vec![&self.old.1, &self.new.1]
    }

    pub fn show(&self, visit: &Visit, told: &impl Told) -> Result<HttpResponse> {
        let about = told.about();
        let ((old, before), (new, after)) = (&self.old, &self.new);
        let compared = diff::fields(&told.fields(before), told.fields(after), Instant::now() + TIME);
        let data = json!({
            "breadcrumb": about.breadcrumb(Some(&format!("Versions {} et {}", old.number, new.number))),
            "title": about.title,
            "history": about.history,
            "old": version_json(told, &about, old),
            "new": version_json(told, &about, new),
            "changed": changed(&compared),
            "same": compared.same,
            "between": self.between.iter().map(|version| version_json(told, &about, version)).collect::<Vec<_>>(),
        });
        visit.page("versions/compare", &format!("Versions {} et {} – {}", old.number, new.number, about.title), data)
    }
}

/// The fields that differ, as the partial shows them.
pub fn changed(compared: &Compared) -> Vec<Value> {
    let field = |(field, change): &(Field, Change)| {
        let (pieces, items) = match change {
            Change::Text(pieces) => (folded(pieces), None),
            Change::Items(items) => (Vec::new(), Some(items.iter().map(item_json).collect::<Vec<_>>())),
        };
        json!({ "name": field.name, "label": field.label, "whole": whole(change), "pieces": pieces, "items": items })
    };
    compared.changed.iter().map(field).collect()
}

/// Was the field filled, or emptied?
fn whole(change: &Change) -> Option<&'static str> {
    let fates: Vec<Option<Fate>> = match change {
        Change::Text(pieces) => pieces.iter().map(|piece| Some(piece.fate)).collect(),
        Change::Items(items) => items.iter().map(|item| item.fate).collect(),
    };
    let first = fates.first().copied().flatten().filter(|fate| *fate != Fate::Kept)?;
    fates.iter().all(|fate| *fate == Some(first)).then(|| first.as_str())
}

fn item_json(item: &Item) -> Value {
    json!({ "fate": item.fate.map_or("rewritten", Fate::as_str), "moved": item.is_moved, "pieces": item.pieces.iter().map(piece_json).collect::<Vec<_>>() })
}

/// What is only space is given a sign, or nobody would see it come or go.
fn piece_json(piece: &Piece) -> Value {
    let is_blank = piece.fate != Fate::Kept && piece.text.chars().all(char::is_whitespace);
    let text = if is_blank { piece.text.replace('\n', "¶\n").replace([' ', '\u{a0}', '\u{202f}'], "·") } else { piece.text.clone() };
    json!({ "fate": piece.fate.as_str(), "text": text })
}

/// The pieces of a text, what did not change being folded where it is long.
fn folded(pieces: &[Piece]) -> Vec<Value> {
    let mut shown = Vec::new();
    for (place, piece) in pieces.iter().enumerate() {
        let length = piece.text.chars().count();
        if piece.fate != Fate::Kept || length <= LONGEST_KEPT {
            shown.push(piece_json(piece));
            continue;
        }
        // Nothing stands before the first piece, nor after the last: that end tells nothing of a change.
        let head = if place == 0 { 0 } else { word_after(&piece.text, ENDS) };
        let tail = if place + 1 == pieces.len() { piece.text.len() } else { word_after(&piece.text, length - ENDS) };
        let kept = |text: &str| json!({ "fate": "kept", "text": text });
        let middle = &piece.text[head..tail];
        shown.extend((head > 0).then(|| kept(&piece.text[..head])));
        shown.push(json!({ "fate": "folded", "text": middle.trim_matches('\n'), "length": middle.chars().count() }));
        shown.extend((tail < piece.text.len()).then(|| kept(&piece.text[tail..])));
    }
    shown
}

/// Where a word begins after so many characters, or the place itself where none does nearby.
fn word_after(text: &str, characters: usize) -> usize {
    let place = text.char_indices().nth(characters).map_or(text.len(), |(place, _)| place);
    let nearby = text[place..].char_indices().take(40).find(|(_, c)| c.is_whitespace());
    place + nearby.map_or(0, |(space, c)| space + c.len_utf8())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_names_two_versions() {
        assert_eq!(asked("de=7&a=3").unwrap(), (3, 7));
        for wrong in ["", "de=3", "de=x&a=1", "de=99999999999&a=1"] {
            assert!(matches!(asked(wrong), Err(Error::BadQuery(_))), "{wrong}");
        }
    }

    #[test]
    fn long_stretches_are_folded_without_loss() {
        let long = "mot ".repeat(400);
        let pieces = [Piece::new(Fate::Kept, &*long), Piece::new(Fate::Added, "neuf"), Piece::new(Fate::Kept, &*long)];
        let shown = folded(&pieces);
        let fates: Vec<&str> = shown.iter().filter_map(|piece| piece["fate"].as_str()).collect();
        assert_eq!(fates, ["folded", "kept", "added", "kept", "folded"]);
        let text: String = shown.iter().filter_map(|piece| piece["text"].as_str()).collect();
        assert_eq!(text, format!("{long}neuf{long}"));
        assert_eq!(folded(&[Piece::new(Fate::Removed, " \n")])[0]["text"], "·¶\n");
    }

    proptest::proptest! {
        #[test]
        fn any_text_may_be_folded(text in "\\PC{0,1200}") {
            let pieces = [Piece::new(Fate::Added, "a"), Piece::new(Fate::Kept, &*text), Piece::new(Fate::Added, "b")];
            let shown: String = folded(&pieces).iter().filter_map(|piece| piece["text"].as_str()).collect();
            proptest::prop_assert_eq!(shown, format!("a{text}b"));
        }
    }
}
