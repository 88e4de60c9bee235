//! A file with one JSON object a line, read line by line.

use serde_json::{Map, Value};

use crate::imports::columns::{Columns, Named};
use crate::imports::source::{Cursor, Row};
use crate::imports::{Wrong, limits};

/// How many objects there are, if there are not too many.
pub fn count(text: &str) -> Result<u64, Wrong> {
    match text.lines().filter(|line| !line.trim().is_empty()).count() {
        0 => Err(Wrong::file("le fichier ne contient aucune ligne de données.")),
        count if count >= limits::ROWS => Err(limits::too_many_rows()),
        count => Ok(count as u64),
    }
}

/// The next rows, up to `most`, from where the cursor stands.
pub fn next_rows(text: &str, cursor: &mut Cursor, most: usize, columns: &Columns) -> Vec<Row> {
    let mut rows = Vec::new();
    for part in text.get(cursor.at..).unwrap_or_default().split_inclusive('\n') {
        if rows.len() >= most {
            break;
        }
        cursor.at += part.len();
        cursor.line += 1;
        let part = part.trim_end_matches(['\r', '\n']);
        if part.trim().is_empty() {
            continue;
        }
        let row = match object(cursor.line, part) {
            Ok(object) => row(cursor.line, object, columns),
            Err(wrong) => Row { line: cursor.line, wrongs: vec![wrong], ..Row::default() },
        };
        rows.push(Row { raw: part.to_owned(), ..row });
    }
    rows
}

fn object(line: u64, text: &str) -> Result<Map<String, Value>, Wrong> {
    match serde_json::from_str(text) {
        Ok(Value::Object(given)) if text.contains("\\u0000") && has_nul(&Value::Object(given.clone())) => {
            Err(Wrong::row(line, "un caractère nul (\\u0000) s’y trouve."))
        }
        Ok(Value::Object(given)) => Ok(given),
        Ok(other) => Err(Wrong { value: Some(other.to_string()), ..Wrong::row(line, "un objet JSON est attendu sur chaque ligne.") }),
        Err(error) => {
            let near: String = text.chars().skip(error.column().saturating_sub(10)).take(20).collect();
            let message = format!("le JSON est illisible à la colonne {}.", error.column());
            Err(Wrong { value: Some(near), ..Wrong::row(line, message) })
        }
    }
}

/// Names go by field or label, and what lies in another may be dotted: `contact.email` as well as `{"contact": {"email": …}}`.
fn row(line: u64, object: Map<String, Value>, columns: &Columns) -> Row {
    let (mut row, mut beside) = (Row { line, ..Row::default() }, Vec::new());
    for (name, value) in object {
        let inner = |column: &crate::imports::columns::Column| column.field.split_once('.').is_some_and(|(outer, _)| outer == name);
        match value {
            Value::Object(parts) if columns.columns.iter().any(inner) => {
                // Said, even when it is empty.
                row.given.entry(name.clone()).or_insert_with(|| Value::Object(Map::new()));
                for (part, value) in parts {
                    let name = format!("{name}.{part}");
                    match columns.beside.iter().find(|(words, _)| *words == name) {
                        Some((_, field)) => beside.push((*field, value)),
                        None => take(&mut row, &name, value, columns),
                    }
                }
            }
            Value::Null if columns.columns.iter().any(inner) => drop(row.given.insert(name, Value::Null)),
            value => take(&mut row, &name, value, columns),
        }
    }
    for (field, words) in beside {
        read_words(&mut row, field, &words, columns);
    }
    row
}

/// A record of another instance names one of its own by an identifier that is not known here, and by its name, which may be.
fn read_words(row: &mut Row, field: &'static str, words: &Value, columns: &Columns) {
    let Some(place) = columns.place(field) else { return };
    let is_read = !columns.get(place, &row.given).is_null();
    if let (false, Ok(value)) = (is_read, columns.columns[place].read_json(words)) {
        columns.put(place, &mut row.given, value);
        row.unread.retain(|unread| *unread != field);
        row.wrongs.retain(|wrong| wrong.column.as_deref() != Some(field));
    }
}

fn take(row: &mut Row, name: &str, value: Value, columns: &Columns) {
    match columns.named(name) {
        Named::Column(place) => match columns.columns[place].read_json(&value) {
            Ok(value) => columns.put(place, &mut row.given, value),
            Err(message) => {
                let said = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                row.wrongs.push(Wrong::cell(row.line, name, Some(said), message));
                row.unread.push(columns.columns[place].field);
            }
        },
        Named::Ignored => {}
        Named::Guess(_) | Named::Rest(_) | Named::Unknown => {
            let short: String = name.chars().take(60).collect();
            row.wrongs.push(Wrong::cell(row.line, &short, None, format!("le champ « {short} » n’existe pas.")));
        }
    }
}

fn has_nul(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::Array(items) => items.iter().any(has_nul),
        Value::Object(object) => object.iter().any(|(name, value)| name.contains('\0') || has_nul(value)),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::imports::columns::tests::columns;
    use serde_json::json;

    fn all(text: &str) -> Vec<Row> {
        next_rows(text, &mut Cursor::default(), usize::MAX, &columns())
    }

    #[test]
    fn one_object_a_line() {
        let rows = all(
            "{\"title\": \"a\"}\r\n\n{\"Titre\": \"b\", \"Contact\": 1, \"contact.email\": \"x@y.example\", \"audiences\": [\"Séniors\"], \"url\": \"/\"}",
        );
        assert_eq!(rows.iter().map(|row| row.line).collect::<Vec<_>>(), [1, 3]);
        assert_eq!(Value::Object(rows[1].given.clone()), json!({"title": "b", "contact": {"email": "x@y.example"}, "audiences": ["seniors"]}));
        assert_eq!(rows[1].wrongs[0].message, "le champ « Contact » n’existe pas.");
    }

    #[test]
    fn objects_within_are_read_by_their_parts() {
        let rows = all("{\"contact\": {\"email\": \"a@b.example\"}}\n{\"contact\": {}}\n{\"contact\": null}");
        let given: Vec<Value> = rows.into_iter().map(|row| Value::Object(row.given)).collect();
        assert_eq!(given, [json!({"contact": {"email": "a@b.example"}}), json!({"contact": {}}), json!({"contact": null})]);
    }

    #[test]
    fn every_bad_line_is_told() {
        let rows = all("{\"title\": \"a\"\n[1]\n{}\n{\"title\": \"a\\u0000\"}\n{\"starts_on\": \"hier\"}");
        let wrong: Vec<u64> = rows.iter().filter(|row| !row.wrongs.is_empty()).map(|row| row.line).collect();
        assert_eq!(wrong, [1, 2, 4, 5]);
        assert_eq!(rows[1].wrongs[0].told("a.jsonl"), "a.jsonl, ligne 2\u{a0}: un objet JSON est attendu sur chaque ligne. («\u{a0}[1]\u{a0}»)");
        assert_eq!((rows[4].unread.as_slice(), rows[4].wrongs[0].column.as_deref()), (["starts_on"].as_slice(), Some("starts_on")));
    }
}
