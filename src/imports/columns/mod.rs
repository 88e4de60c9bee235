//! The columns of a kind of record: which titles name which field, and how a cell says its value. Files are read and written by the
//! same description; the page, the command line and the guide show it.

pub mod cell;
pub mod guard;
pub mod vocabulary;

use std::collections::HashMap;

use serde_json::{Map, Value};

pub use cell::{Cell, Column, Held};

use crate::kernel::edits::distance;
use crate::kernel::text::fold;

/// After the title of a text too long for one cell of Excel, the rest of it.
pub const REST: &str = "(suite)";

/// All columns of one kind of record.
pub struct Columns {
    pub columns: Vec<Column>,
    /// In a file of lines, names that stand beside identifiers: (`carrier.partner`, `carrier.partner_id`).
    pub beside: &'static [(&'static str, &'static str)],
    /// What each known title names, as [`plain`] has it.
    names: HashMap<String, Named>,
    /// The field and the label of each column, likewise.
    own: Vec<[String; 2]>,
}

/// What a title names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Named {
    /// The column at this place in the list.
    Column(usize),
    /// The same, by a title that is nearly its name.
    Guess(usize),
    /// The rest of a long text of this column.
    Rest(usize),
    Ignored,
    Unknown,
}

impl Named {
    pub fn column(self) -> Option<usize> {
        match self {
            Self::Column(place) | Self::Guess(place) => Some(place),
            _ => None,
        }
    }
}

/// What two spellings of one title share.
fn plain(title: &str) -> String {
    fold(title).split(|c: char| !(c.is_alphanumeric() || c == '.' || c == '_')).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

/// No title is longer: what is, is a text.
const LONGEST_TITLE: usize = 120;

/// How many letters of a title may be wrong: none of a short one, which another word would be near.
fn forgiven(title: &str) -> usize {
    match title.chars().count() {
        0..=4 => 0,
        5..=8 => 1,
        _ => 2,
    }
}

impl Columns {
    /// `ignored` are titles that an export writes, or that people keep for themselves, and an import leaves aside.
    pub fn new(columns: Vec<Column>, ignored: &[&str], beside: &'static [(&'static str, &'static str)]) -> Self {
        let mut names: HashMap<String, Named> = ignored.iter().map(|title| (plain(title), Named::Ignored)).collect();
        for (place, column) in columns.iter().enumerate().rev() {
            let named = if column.held == Held::Told { Named::Ignored } else { Named::Column(place) };
            names.extend([column.field, column.label].iter().chain(column.also).map(|name| (plain(name), named)));
        }
        // Nothing is near what is never read.
        let own = |column: &Column| if column.held == Held::Told { Default::default() } else { [plain(column.field), plain(column.label)] };
        let own = columns.iter().map(own).collect();
        Self { columns, beside, names, own }
    }

    /// What a title names: a field or its French name, in any case, with or without accents, with a slip of the pen.
    pub fn named(&self, title: &str) -> Named {
        if title.len() > LONGEST_TITLE {
            return Named::Unknown;
        }
        if let Some(start) = title.trim().strip_suffix(REST) {
            return self.exact(&plain(start)).and_then(Named::column).map_or(Named::Unknown, Named::Rest);
        }
        // « Premier jour (facultatif) », « Début (starts_on) ».
        let (before, inside) = title.split_once('(').map_or((title, ""), |(before, inside)| (before, inside.trim_end_matches(')')));
        let tries = [plain(title), plain(before), plain(inside)];
        let exact = tries.iter().filter(|title| !title.is_empty()).find_map(|title| self.exact(title));
        exact.or_else(|| self.near(&tries[0])).unwrap_or(Named::Unknown)
    }

    fn exact(&self, title: &str) -> Option<Named> {
        self.names.get(title).copied()
    }

    /// The one column whose name is nearest, when no other is as near.
    fn near(&self, title: &str) -> Option<Named> {
        let most = forgiven(title);
        if most == 0 {
            return None;
        }
        let nearness = |names: &[String; 2]| names.iter().filter_map(|name| distance(title, name, most)).min();
        let mut near: Vec<(usize, usize)> = self.own.iter().enumerate().filter_map(|(place, names)| Some((nearness(names)?, place))).collect();
        near.sort_unstable();
        match near[..] {
            [(first, place), ..] if near.get(1).is_none_or(|(second, _)| *second > first) => Some(Named::Guess(place)),
            _ => None,
        }
    }

    /// The columns that people may fill.
    pub fn filled(&self) -> impl Iterator<Item = &Column> {
        self.columns.iter().filter(|column| column.held == Held::All)
    }

    /// The place of the column of a field.
    pub fn place(&self, field: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.field == field)
    }

    /// What a field is called in a message: `Premier jour (starts_on)`.
    pub fn label(&self, field: &str) -> String {
        self.place(field).map_or_else(|| field.to_owned(), |place| format!("{} ({field})", self.columns[place].label))
    }

    /// Puts a value where the field stands: `contact.email` within `contact`.
    pub fn put(&self, place: usize, into: &mut Map<String, Value>, value: Value) {
        let field = self.columns[place].field;
        match field.split_once('.') {
            None => drop(into.insert(field.to_owned(), value)),
            Some((outer, inner)) => {
                if let Value::Object(object) = into.entry(outer).or_insert_with(|| Value::Object(Map::new())) {
                    object.insert(inner.to_owned(), value);
                }
            }
        }
    }

    /// The value that stands at a field of a record.
    pub fn get<'v>(&self, place: usize, record: &'v Map<String, Value>) -> &'v Value {
        let field = self.columns[place].field;
        let found = match field.split_once('.') {
            None => record.get(field),
            Some((outer, inner)) => record.get(outer).and_then(|object| object.get(inner)),
        };
        found.unwrap_or(&Value::Null)
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::vocabulary::Terms;
    use super::*;
    use serde_json::json;

    pub fn columns() -> Columns {
        let audiences = [("familles", "Familles, enfants"), ("seniors", "Séniors")].map(|(code, label)| (code.to_owned(), label.to_owned()));
        Columns::new(
            vec![
                Column::new("title", "Titre", Cell::Text).also(&["Intitulé"]),
                Column::new("place_withheld", "Lieu communiqué à l’inscription", Cell::Flag),
                Column::new("contact.email", "E-mail de contact", Cell::Text),
                Column::new("audiences", "Publics", Cell::Many(Box::new(Terms::new("un public", audiences)))),
                Column::new("objectives", "Objectifs", Cell::Lines),
                Column::new("starts_on", "Premier jour", Cell::Day),
                Column::new("ends_on", "Dernier jour", Cell::Day),
            ],
            &["url", "created_at"],
            &[],
        )
    }

    #[test]
    fn titles_are_named_by_field_or_label() {
        let columns = columns();
        for (title, place) in [
            ("title", 0),
            (" TITRE * ", 0),
            ("intitule", 0),
            ("Lieu communique a l'inscription", 1),
            ("Contact.Email", 2),
            ("e-mail de contact (facultatif)", 2),
            ("Début (starts_on)", 5),
        ] {
            assert_eq!(columns.named(title), Named::Column(place), "{title}");
        }
        for (title, place) in [("Titer", 0), ("public", 3), ("Objectif", 4), ("Premier jours", 5), ("Email de contact", 2)] {
            assert_eq!(columns.named(title), Named::Guess(place), "{title}");
        }
        for title in ["Couleur", "", "jour", "titi", "Titre bis"] {
            assert_eq!(columns.named(title), Named::Unknown, "{title}");
        }
        assert_eq!((columns.named("created_at"), columns.named("Titre (suite)")), (Named::Ignored, Named::Rest(0)));
    }

    #[test]
    fn values_stand_where_their_fields_do() {
        let (columns, mut given) = (columns(), Map::new());
        columns.put(2, &mut given, json!("a@b.example"));
        columns.put(0, &mut given, json!("x"));
        assert_eq!(Value::Object(given.clone()), json!({"contact": {"email": "a@b.example"}, "title": "x"}));
        assert_eq!((columns.get(2, &given), columns.get(4, &given)), (&json!("a@b.example"), &Value::Null));
    }
}
