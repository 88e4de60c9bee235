//! Two versions compared: field by field, then item by item or word by word.
//!
//! Whatever is compared, nothing is lost: what is kept and what is removed, in order, is the old text; what is kept and what is added,
//! the new one.

mod items;
mod words;

use std::time::Instant;

pub use items::{Item, items};
pub use words::words;

/// What a field says, in words that people read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said {
    /// A date, a choice: it is replaced whole.
    Value(String),
    /// A text, compared word by word.
    Text(String),
    /// Compared item by item.
    Items(Vec<String>),
}

impl Said {
    pub fn is_empty(&self) -> bool {
        match self {
            Self::Value(text) | Self::Text(text) => text.is_empty(),
            Self::Items(items) => items.is_empty(),
        }
    }
}

/// A field as people read it. A field has the same name and the same kind of content in every version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    pub name: &'static str,
    pub label: &'static str,
    pub said: Said,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    Kept,
    Removed,
    Added,
}

impl Fate {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Kept => "kept",
            Self::Removed => "removed",
            Self::Added => "added",
        }
    }
}

/// A stretch of text, and what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    pub fate: Fate,
    pub text: String,
}

impl Piece {
    pub fn new(fate: Fate, text: impl Into<String>) -> Self {
        Self { fate, text: text.into() }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    Text(Vec<Piece>),
    Items(Vec<Item>),
}

/// What differs between two versions, and the labels of what says the same in both.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Compared {
    pub changed: Vec<(Field, Change)>,
    pub same: Vec<&'static str>,
}

/// Compares the fields of two versions, in the order of the new one. Past the deadline, what is not compared yet is replaced whole.
pub fn fields(old: &[Field], new: Vec<Field>, deadline: Instant) -> Compared {
    let mut compared = Compared::default();
    for field in new {
        let before = old.iter().find(|before| before.name == field.name).map(|before| &before.said);
        let change = match (before, &field.said) {
            (Some(before), said) if before == said => {
                if !said.is_empty() {
                    compared.same.push(field.label);
                }
                continue;
            }
            (Some(Said::Text(before)), Said::Text(text)) => Change::Text(words(before, text, deadline)),
            (Some(Said::Items(before)), Said::Items(list)) => Change::Items(items(before, list, deadline)),
            (before, said) => Change::Text(replaced(&before.map(whole).unwrap_or_default(), &whole(said))),
        };
        compared.changed.push((field, change));
    }
    compared
}

fn whole(said: &Said) -> String {
    match said {
        Said::Value(text) | Said::Text(text) => text.clone(),
        Said::Items(items) => items.join("\n"),
    }
}

/// The one removed, the other added.
fn replaced(old: &str, new: &str) -> Vec<Piece> {
    [Piece::new(Fate::Removed, old), Piece::new(Fate::Added, new)].into_iter().filter(|piece| !piece.text.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn field(name: &'static str, said: Said) -> Field {
        Field { name, label: name, said }
    }

    fn soon() -> Instant {
        Instant::now() + Duration::from_secs(5)
    }

    #[test]
    fn fields_are_compared_by_their_kind() {
        let text = |text: &str| field("text", Said::Text(text.into()));
        let day = |day: &str| field("day", Said::Value(day.into()));
        let list = |items: &[&str]| field("list", Said::Items(items.iter().map(|item| (*item).to_owned()).collect()));
        let (same, empty) = (field("same", Said::Value("ici".into())), field("empty", Said::Text(String::new())));
        let old = [text("Un atelier"), day("3 mars"), list(&["a"]), same.clone(), empty.clone()];
        let compared = fields(&old, vec![text("Deux ateliers"), day("4 mars"), list(&["a", "b"]), same, empty], soon());
        assert_eq!(compared.same, ["same"], "what says nothing in both is not worth a word");
        let changes: Vec<&Change> = compared.changed.iter().map(|(_, change)| change).collect();
        assert_eq!(changes[1], &Change::Text(vec![Piece::new(Fate::Removed, "3 mars"), Piece::new(Fate::Added, "4 mars")]));
        assert!(matches!(changes[2], Change::Items(items) if items.len() == 2));
        let first = fields(&[], vec![text("Un atelier")], soon());
        assert_eq!(first.changed[0].1, Change::Text(vec![Piece::new(Fate::Added, "Un atelier")]));
    }
}
