//! Which header names which field, and how a cell says its value.

use std::collections::HashMap;

use serde_json::{Map, Value};

use crate::kernel::text::fold;

/// What a cell says, when it is understood.
pub type Reads<T> = Box<dyn Fn(&str) -> Option<T>>;

/// How the text of a cell becomes a value.
pub enum Cell {
    Text,
    /// Parts of one text, set apart by lines or `|`.
    Lines,
    /// One code, or its French label.
    Code(Reads<String>),
    /// Several, set apart by lines, `|`, commas or semicolons.
    Codes(Reads<String>),
    /// JSON, or a short notation that the slice reads.
    Special(Reads<Value>),
}

/// A column that a table may have.
pub struct Column {
    /// The field, dotted when it lies in another: `contact.email`.
    pub field: &'static str,
    /// What the interface calls it.
    pub label: &'static str,
    pub cell: Cell,
}

/// All columns of one kind of record.
pub struct Columns {
    pub columns: Vec<Column>,
    /// Headers that an export writes and an import leaves aside.
    pub ignored: &'static [&'static str],
}

/// Reads a label, in any case and with or without accents, as its code.
pub fn labelled(terms: impl IntoIterator<Item = (String, String)>) -> Reads<String> {
    let codes: HashMap<String, String> = terms.into_iter().map(|(label, code)| (fold(&label), code)).collect();
    Box::new(move |text| codes.get(&fold(text)).cloned())
}

/// What a header names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Named {
    /// The column at this place in the list.
    Column(usize),
    Ignored,
    Unknown,
}

/// What two spellings of one header share.
fn plain(header: &str) -> String {
    fold(header).split(|c: char| !(c.is_alphanumeric() || c == '.' || c == '_')).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

impl Columns {
    /// The column of a header: its field name or its label, in any case, with or without accents.
    pub fn named(&self, header: &str) -> Named {
        let header = plain(header);
        if header.is_empty() {
            return Named::Unknown;
        }
        let found = self.columns.iter().position(|column| plain(column.field) == header || plain(column.label) == header);
        match found {
            Some(place) => Named::Column(place),
            None if self.ignored.iter().any(|ignored| plain(ignored) == header) => Named::Ignored,
            None => Named::Unknown,
        }
    }

    /// What a field is called in a message: the header of the file when there is one, or else its label.
    pub fn label(&self, field: &str) -> &str {
        self.columns.iter().find(|column| column.field == field).map_or("", |column| column.label)
    }
}

impl Column {
    /// The value of a cell; empty is null.
    pub fn value(&self, text: &str) -> Value {
        let text = text.trim();
        if text.is_empty() {
            return Value::Null;
        }
        match &self.cell {
            Cell::Text => Value::String(text.to_owned()),
            Cell::Lines => parts(text, &['|', '\n']).into(),
            Cell::Code(of_label) => Value::String(of_label(text).unwrap_or_else(|| text.to_owned())),
            Cell::Codes(of_label) => {
                // A label may hold a comma: the whole cell is tried first, then its lines, then its parts.
                let code = |part: String| of_label(&part).unwrap_or(part);
                let separators: &[char] = if of_label(text).is_some() || text.contains(['|', '\n']) { &['|', '\n'] } else { &[',', ';'] };
                parts(text, separators).into_iter().map(code).collect::<Vec<_>>().into()
            }
            Cell::Special(read) => read(text).unwrap_or_else(|| Value::String(text.to_owned())),
        }
    }

    /// Puts a value where the field stands.
    pub fn put(&self, into: &mut Map<String, Value>, value: Value) {
        match self.field.split_once('.') {
            None => drop(into.insert(self.field.to_owned(), value)),
            Some((outer, inner)) => {
                if let Value::Object(object) = into.entry(outer).or_insert_with(|| Value::Object(Map::new())) {
                    object.insert(inner.to_owned(), value);
                }
            }
        }
    }
}

/// The parts of a cell, without those that are empty.
pub fn parts(text: &str, separators: &[char]) -> Vec<String> {
    text.split(separators).map(|part| part.trim().to_owned()).filter(|part| !part.is_empty()).collect()
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use serde_json::json;

    pub fn columns() -> Columns {
        let text = |field, label| Column { field, label, cell: Cell::Text };
        let audiences = labelled([("Familles, enfants".to_owned(), "familles".to_owned()), ("Séniors".to_owned(), "seniors".to_owned())]);
        Columns {
            columns: vec![
                text("title", "Titre"),
                text("place_withheld", "Lieu communiqué à l’inscription"),
                text("contact.email", "E-mail de contact"),
                Column { field: "audiences", label: "Publics", cell: Cell::Codes(audiences) },
                Column { field: "objectives", label: "Objectifs", cell: Cell::Lines },
            ],
            ignored: &["id", "created_at"],
        }
    }

    #[test]
    fn headers_are_named_by_field_or_label() {
        let columns = columns();
        for (header, place) in [("title", 0), (" TITRE ", 0), ("Lieu communique a l'inscription", 1), ("Contact.Email", 2), ("e-mail de contact", 2)]
        {
            assert_eq!(columns.named(header), Named::Column(place), "{header}");
        }
        assert_eq!((columns.named("created_at"), columns.named("Couleur"), columns.named("")), (Named::Ignored, Named::Unknown, Named::Unknown));
    }

    #[test]
    fn cells_become_values() {
        let columns = columns();
        let value = |place: usize, text: &str| columns.columns[place].value(text);
        assert_eq!(value(3, "familles, seniors;x"), json!(["familles", "seniors", "x"]));
        assert_eq!(value(3, "Familles, enfants"), json!(["familles"]));
        assert_eq!(value(3, "familles, enfants | Seniors"), json!(["familles", "seniors"]));
        assert_eq!(value(4, "Un, deux | trois\n\nquatre"), json!(["Un, deux", "trois", "quatre"]));
        assert_eq!(value(0, "  "), Value::Null);
        let mut given = Map::new();
        columns.columns[2].put(&mut given, json!("a@b.example"));
        assert_eq!(Value::Object(given), json!({"contact": {"email": "a@b.example"}}));
    }
}
