//! Values as forms, the API and files give them, made ours or refused with the reason beside the field: the door of every record.

use serde_json::{Map, Value};

use super::text::{clean, excerpt, fold, lines, one_line};
use super::{Day, EmailAddress, FieldErrors, nir};

pub const TEXT_MAX: usize = 50_000;
pub const LINE_MAX: usize = 500;
pub const MOST_ITEMS: usize = 200;

/// Reads values one by one, and keeps what is wrong with them.
#[derive(Debug, Default)]
pub struct Given {
    pub errors: FieldErrors,
}

impl Given {
    pub fn text(&mut self, name: &str, value: &Value, most: usize) -> String {
        let text = match value {
            Value::String(text) => clean(text),
            Value::Null => String::new(),
            Value::Number(number) => number.to_string(),
            _ => {
                self.errors.add(name, "Un texte est attendu.");
                String::new()
            }
        };
        let length = text.chars().count();
        if length > most {
            self.errors.add(name, format!("Ce texte compte {length} caractères : {most} au plus."));
        } else if let Some(number) = nir::find(&text) {
            let hidden = format!("{}…", &number[..3]);
            self.errors.add(
                name,
                format!("Ce texte contient un numéro de sécurité sociale ({hidden}) : retirez-le. On ne nomme aucune personne accompagnée."),
            );
        }
        text
    }

    pub fn line(&mut self, name: &str, value: &Value) -> String {
        one_line(&self.text(name, value, LINE_MAX))
    }

    /// A list, or the lines of one text.
    pub fn lines(&mut self, name: &str, value: &Value) -> Vec<String> {
        let items: Vec<String> = match value {
            Value::String(text) => lines(&self.text(name, &Value::String(text.clone()), TEXT_MAX)),
            Value::Array(items) => items.iter().map(|item| self.text(name, item, TEXT_MAX)).filter(|item| !item.is_empty()).collect(),
            Value::Null => Vec::new(),
            _ => {
                self.errors.add(name, "Une liste de textes est attendue.");
                Vec::new()
            }
        };
        self.bounded(name, items)
    }

    pub fn bounded<T>(&mut self, name: &str, items: Vec<T>) -> Vec<T> {
        if items.len() > MOST_ITEMS {
            self.errors.add(name, format!("{MOST_ITEMS} valeurs au plus."));
        }
        items
    }

    /// Codes, each once and in the order given; a text may hold several, separated by commas or semicolons.
    pub fn codes(&mut self, name: &str, value: &Value, what: &str, knows: impl Fn(&str) -> bool) -> Vec<String> {
        let given: Vec<String> = match value {
            Value::String(text) => text.split([',', ';', '|', '\n']).map(|code| code.trim().to_owned()).filter(|code| !code.is_empty()).collect(),
            value => self.lines(name, value),
        };
        let mut codes: Vec<String> = Vec::new();
        for code in self.bounded(name, given) {
            if !knows(&code) {
                self.errors.add(name, format!("« {} » n’est pas un code de {what} connu.", excerpt(&code)));
            } else if !codes.contains(&code) {
                codes.push(code);
            }
        }
        codes
    }

    /// `tous-publics` stands alone.
    pub fn audiences(&mut self, name: &str, value: &Value) -> Vec<String> {
        let codes = self.codes(name, value, "public", |code| super::referential::audience(code).is_some());
        if codes.len() > 1 && codes.iter().any(|code| code == "tous-publics") {
            self.errors.add(name, "« Tous publics » se choisit seul.");
        }
        codes
    }

    /// None when nothing is chosen, or what is said is no choice.
    pub fn code<T>(&mut self, name: &str, value: &Value, parse: impl Fn(&str) -> Option<T>) -> Option<T> {
        let text = self.line(name, value);
        if text.is_empty() {
            return None;
        }
        let parsed = parse(&text);
        if parsed.is_none() {
            self.errors.add(name, format!("« {} » n’est pas une valeur possible.", excerpt(&text)));
        }
        parsed
    }

    /// A whole number, of JSON or typed, `1 200` too.
    pub fn whole(&mut self, name: &str, value: &Value, least: i64, most: i64) -> Option<i32> {
        let (said, read) = match value {
            Value::Null => return None,
            Value::String(text) if text.trim().is_empty() => return None,
            Value::String(text) => (text.clone(), text.split_whitespace().collect::<String>().parse::<i64>().ok()),
            value => (value.to_string(), value.as_i64()),
        };
        let read = read.filter(|number| (least..=most).contains(number)).and_then(|number| i32::try_from(number).ok());
        if read.is_none() {
            self.errors.add(name, format!("« {} » n’est pas un nombre entier de {least} à {most}.", excerpt(&said)));
        }
        read
    }

    pub fn yes(&mut self, name: &str, value: &Value) -> bool {
        let said = match value {
            Value::Bool(yes) => return *yes,
            Value::Null => return false,
            Value::String(text) => fold(text.trim()),
            _ => "?".to_owned(),
        };
        match said.as_str() {
            "oui" | "true" | "1" | "vrai" | "yes" => true,
            "" | "non" | "false" | "0" | "faux" | "no" => false,
            _ => {
                self.errors.add(name, "Répondez par oui ou par non.");
                false
            }
        }
    }

    pub fn day(&mut self, name: &str, value: &Value) -> Option<Day> {
        let text = self.line(name, value);
        let day = Day::parse(&text);
        if day.is_none() && !text.is_empty() {
            self.errors.add(name, format!("« {} » n’est pas une date : écrivez par exemple 03/03/2026.", excerpt(&text)));
        }
        day
    }

    pub fn email(&mut self, name: &str, value: &Value) -> String {
        let text = self.line(name, value);
        if !text.is_empty() && EmailAddress::parse(&text).is_none() {
            self.errors.add(name, format!("« {} » n’est pas une adresse e-mail complète.", excerpt(&text)));
        }
        text
    }

    pub fn phone(&mut self, name: &str, value: &Value) -> String {
        let text = self.line(name, value);
        let digits = text.chars().filter(char::is_ascii_digit).count();
        let sound = text.chars().all(|c| c.is_ascii_digit() || c.is_whitespace() || matches!(c, '+' | '.' | '-' | '(' | ')' | '/'));
        if !(text.is_empty() || sound && (3..=15).contains(&digits)) {
            self.errors.add(name, format!("« {} » n’est pas un numéro de téléphone.", excerpt(&text)));
        }
        text
    }

    pub fn object<'v>(&mut self, name: &str, value: &'v Value) -> Option<&'v Map<String, Value>> {
        let object = value.as_object();
        if object.is_none() && !value.is_null() {
            self.errors.add(name, "Un objet est attendu.");
        }
        object
    }

    pub fn array<'v>(&mut self, name: &str, value: &'v Value) -> &'v [Value] {
        match value {
            Value::Array(items) => items,
            Value::Null => &[],
            _ => {
                self.errors.add(name, "Une liste est attendue.");
                &[]
            }
        }
    }

    pub fn unknown(&mut self, name: &str) {
        self.errors.add(name, format!("Le champ « {} » n’existe pas.", excerpt(name)));
    }
}
