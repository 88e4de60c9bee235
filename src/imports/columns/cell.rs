//! How a cell says a value, and how a value is written in a cell. What is written is always read back as it was.

use serde_json::{Value, json};

use super::vocabulary::Vocabulary;
use crate::imports::columns::guard::unguarded;
use crate::imports::files::table::{Content, Epoch};
use crate::kernel::text::{excerpt, fold};
use crate::kernel::{Day, number};

/// A column that a table may have.
pub struct Column {
    /// The field, dotted when it lies in another: `contact.email`.
    pub field: &'static str,
    /// What the interface calls it.
    pub label: &'static str,
    /// Other titles that people give it.
    pub also: &'static [&'static str],
    /// What to write in it, for the page and the guide. Empty: its label says enough.
    pub hint: &'static str,
    pub held: Held,
    pub cell: Cell,
}

/// The files in which a column stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Held {
    #[default]
    All,
    /// Written in tables for people, and never read.
    Told,
    /// In files of lines alone.
    Lines,
}

/// How the content of a cell becomes a value.
pub enum Cell {
    Text,
    Phone,
    Flag,
    Day,
    /// Parts of one text, set apart by lines or `|`.
    Lines,
    /// One code, or its French label.
    One(Box<dyn Vocabulary>),
    /// Several, set apart by lines, `|`, commas or semicolons.
    Many(Box<dyn Vocabulary>),
    /// A short notation of the kind's own.
    Notation(Box<dyn Notation>),
}

/// A value of several parts, told in one cell.
pub trait Notation {
    fn read(&self, text: &str) -> Result<Value, String>;

    /// The short form of a value, if it has one.
    fn write(&self, value: &Value) -> Option<String>;

    /// A value given as JSON, with what it names by name made codes.
    fn resolve(&self, value: &Value) -> Value {
        value.clone()
    }
}

impl Column {
    pub fn new(field: &'static str, label: &'static str, cell: Cell) -> Self {
        Self { field, label, also: &[], hint: "", held: Held::All, cell }
    }

    pub fn also(self, also: &'static [&'static str]) -> Self {
        Self { also, ..self }
    }

    pub fn held(self, held: Held) -> Self {
        Self { held, ..self }
    }

    pub fn hint(self, hint: &'static str) -> Self {
        Self { hint, ..self }
    }

    /// What to write in it, in words.
    pub fn told(&self) -> String {
        let (words, several) = match &self.cell {
            Cell::One(words) => (words.choices(), "Au choix"),
            Cell::Many(words) => (words.choices(), "Un ou plusieurs, séparés par une barre |"),
            _ => (Vec::new(), ""),
        };
        match (words.is_empty(), &self.cell, self.hint) {
            (false, _, "") => format!("{several}\u{a0}: {}.", words.join(", ")),
            (false, _, hint) => format!("{several}\u{a0}: {}. {hint}", words.join(", ")),
            (true, Cell::Phone, "") => "Un numéro de téléphone.".to_owned(),
            (true, _, "") => "Un texte.".to_owned(),
            (true, _, hint) => hint.to_owned(),
        }
    }

    /// The value of a cell, or what is wrong with it, in words. Empty is null.
    pub fn read(&self, content: &Content, epoch: Epoch) -> Result<Value, String> {
        let shown = content.shown();
        let text = unguarded(&shown);
        match content {
            Content::Empty => return Ok(Value::Null),
            Content::Fault(fault) => return Err(format!("cette cellule contient une erreur de calcul ({fault}).")),
            Content::Uncomputed => {
                return Err("cette formule n’a pas de résultat : ouvrez le fichier dans un tableur, enregistrez-le, puis recommencez.".into());
            }
            _ => {}
        }
        match &self.cell {
            Cell::Text => Ok(json!(text)),
            // A spreadsheet takes a telephone for a number, and its zero goes.
            Cell::Phone => Ok(match content {
                Content::Number(_) if text.len() == 9 && text.bytes().all(|byte| byte.is_ascii_digit()) => json!(format!("0{text}")),
                _ => json!(text),
            }),
            Cell::Flag => flag(content, text),
            Cell::Day => day(content, text, epoch),
            Cell::Lines => Ok(list(text).unwrap_or_else(|| parts(text, &['|', '\n']).into_iter().map(|part| bare(&part)).collect::<Vec<_>>().into())),
            Cell::One(words) => words.read(text).map(Value::String),
            Cell::Many(words) => many(text, words.as_ref()),
            Cell::Notation(notation) => notation.read(text),
        }
    }

    /// The value of a JSON file: codes and labels are read as in a cell, the rest is left to the record's own door.
    pub fn read_json(&self, value: &Value) -> Result<Value, String> {
        match (&self.cell, value) {
            (Cell::Text, value) => Ok(value.clone()),
            (_, Value::String(text)) => self.read(&Content::text(text.as_str()), Epoch::default()),
            (Cell::Many(words), Value::Array(items)) => codes(items.iter().filter_map(Value::as_str), words.as_ref()),
            (Cell::Notation(notation), value) => Ok(notation.resolve(value)),
            (_, value) => Ok(value.clone()),
        }
    }

    /// What a cell holds for a value.
    pub fn write(&self, value: &Value) -> Content {
        let is_nothing = match value {
            Value::Null => true,
            Value::String(text) => text.is_empty(),
            Value::Array(items) => items.is_empty(),
            _ => false,
        };
        if is_nothing {
            return Content::Empty;
        }
        let content = match (&self.cell, value) {
            (Cell::Day, Value::String(text)) => Day::parse(text).map(Content::day),
            (Cell::Flag, Value::Bool(yes)) => Some(Content::text(if *yes { "oui" } else { "non" })),
            (Cell::Lines, Value::Array(items)) => Some(Content::text(strings(items).join("\n"))),
            (Cell::One(words), Value::String(code)) => Some(Content::text(words.write(code))),
            (Cell::Many(words), Value::Array(items)) => {
                Some(Content::text(strings(items).into_iter().map(|code| words.write(code)).collect::<Vec<_>>().join(" | ")))
            }
            (Cell::Notation(notation), value) => notation.write(value).map(Content::text),
            (_, Value::String(text)) => return Content::text(text.as_str()),
            _ => None,
        };
        // A short form that would not be read back gives way to JSON, or to the code itself.
        content.filter(|content| self.read(content, Epoch::default()).as_ref() == Ok(value)).unwrap_or_else(|| match value {
            Value::String(text) => Content::text(text.as_str()),
            value => Content::text(value.to_string()),
        })
    }
}

fn strings(items: &[Value]) -> Vec<&str> {
    items.iter().filter_map(Value::as_str).collect()
}

/// The parts of a cell, without those that are empty.
pub fn parts(text: &str, separators: &[char]) -> Vec<String> {
    text.split(separators).map(|part| part.trim().to_owned()).filter(|part| !part.is_empty()).collect()
}

/// Without the bullet that people type before an item.
fn bare(item: &str) -> String {
    item.strip_prefix(['-', '•', '*', '–']).map_or(item, str::trim_start).to_owned()
}

/// A cell that holds a JSON list.
pub fn list(text: &str) -> Option<Value> {
    text.starts_with('[').then(|| serde_json::from_str(text).ok()).flatten().filter(Value::is_array)
}

fn flag(content: &Content, text: &str) -> Result<Value, String> {
    match (content, fold(text).as_str()) {
        (Content::Yes(yes), _) => Ok(json!(yes)),
        (_, "oui" | "vrai" | "true" | "yes" | "1" | "x") => Ok(json!(true)),
        (_, "non" | "faux" | "false" | "no" | "0") => Ok(json!(false)),
        _ => Err(format!("« {} » : répondez par oui ou par non.", excerpt(text))),
    }
}

fn day(content: &Content, text: &str, epoch: Epoch) -> Result<Value, String> {
    let found = match content {
        Content::At(at) => Some(Day(at.date())),
        Content::Number(serial) => epoch.instant(*serial).map(|at| Day(at.date())),
        _ => Day::parse(without_time(text)),
    };
    let found = found.filter(|day| (1900..=2200).contains(&day.year()));
    found.map(|day| json!(day)).ok_or_else(|| format!("« {} » n’est pas une date : écrivez par exemple 03/03/2026.", excerpt(text)))
}

/// `03/03/2026 00:00:00`, as some programs write a day.
fn without_time(text: &str) -> &str {
    let is_time = |part: &str| part.contains(':') && part.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b':' | b'.'));
    text.rsplit_once([' ', 'T']).filter(|(_, time)| is_time(time)).map_or(text, |(day, _)| day)
}

fn many(text: &str, words: &dyn Vocabulary) -> Result<Value, String> {
    if let Some(Value::Array(items)) = list(text) {
        return codes(items.iter().filter_map(Value::as_str), words);
    }
    // A label may hold a comma: the whole cell is tried first, then its lines, then its parts.
    if let Ok(code) = words.read(text) {
        return Ok(json!([code]));
    }
    let separators: &[char] = if text.contains(['|', '\n']) { &['|', '\n'] } else { &[',', ';'] };
    let parts: Vec<String> = parts(text, separators).iter().map(|part| bare(part)).collect();
    codes(parts.iter().map(String::as_str), words)
}

/// Each code once, in the order given; every part that is not understood is told.
fn codes<'a>(parts: impl Iterator<Item = &'a str>, words: &dyn Vocabulary) -> Result<Value, String> {
    let (mut codes, mut wrongs): (Vec<String>, Vec<String>) = (Vec::new(), Vec::new());
    for part in parts {
        match words.read(part) {
            Ok(code) if codes.contains(&code) => {}
            Ok(code) => codes.push(code),
            Err(wrong) => wrongs.push(wrong),
        }
    }
    if wrongs.is_empty() { Ok(codes.into()) } else { Err(wrongs.join(" ")) }
}

/// A figure of a notation, empty when there is none.
pub fn figure(value: &Value) -> String {
    value.as_f64().map(number::write).unwrap_or_default()
}

#[cfg(test)]
#[path = "cell_tests.rs"]
mod tests;
