//! A file with one JSON object a line.

use serde_json::Value;

use super::{Row, Wrong};

pub fn rows(text: &str) -> Result<Vec<Row>, Vec<Wrong>> {
    let (mut rows, mut wrongs) = (Vec::new(), Vec::new());
    for (line, text) in (1..).zip(text.lines()).filter(|(_, text)| !text.trim().is_empty()) {
        match serde_json::from_str(text) {
            Ok(Value::Object(given)) if text.contains("\\u0000") && has_nul(&Value::Object(given.clone())) => {
                wrongs.push(Wrong::row(line, "un caractère nul (\\u0000) s’y trouve."));
            }
            Ok(Value::Object(given)) => rows.push(Row { line, given }),
            Ok(other) => wrongs.push(Wrong { value: Some(other.to_string()), ..Wrong::row(line, "un objet JSON est attendu sur chaque ligne.") }),
            Err(error) => {
                let near: String = text.chars().skip(error.column().saturating_sub(10)).take(20).collect();
                let message = format!("le JSON est illisible à la colonne {}.", error.column());
                wrongs.push(Wrong { value: Some(near), ..Wrong::row(line, message) });
            }
        }
    }
    if wrongs.is_empty() { Ok(rows) } else { Err(wrongs) }
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

    #[test]
    fn one_object_a_line() {
        let rows = rows("{\"title\": \"a\"}\r\n\n{\"title\": \"b\"}").unwrap();
        assert_eq!(rows.iter().map(|row| (row.line, row.given["title"].as_str().unwrap())).collect::<Vec<_>>(), [(1, "a"), (3, "b")]);
    }

    #[test]
    fn every_bad_line_is_told() {
        let wrongs = rows("{\"title\": \"a\"\n[1]\n{}\n{\"title\": \"a\\u0000\"}").unwrap_err();
        assert_eq!(wrongs.iter().map(|wrong| wrong.line.unwrap()).collect::<Vec<_>>(), [1, 2, 4]);
        assert_eq!(wrongs[1].told("a.jsonl"), "a.jsonl, ligne 2\u{a0}: un objet JSON est attendu sur chaque ligne. («\u{a0}[1]\u{a0}»)");
    }
}
