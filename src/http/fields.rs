//! Fields that the forms of several slices have: themes, and places chosen by name.

use serde_json::{Value, json};

use super::forms::Choice;
use crate::instance::model::Instance;
use crate::kernel::FieldErrors;
use crate::kernel::referential;
use crate::kernel::text::unbroken;
use crate::territories::model::Atlas;

/// The themes of the instance, then the national ones, category after category.
pub fn themes(instance: &Instance, chosen: &[String], hint: &str, errors: &FieldErrors) -> Value {
    let own: Vec<Choice> = instance.themes.iter().map(|theme| Choice::new(&theme.code, &theme.label, chosen.contains(&theme.code))).collect();
    let mut groups = Vec::new();
    if !own.is_empty() {
        groups.push(group("Action sociale du Département", own));
    }
    for category in referential::theme_categories() {
        let options = referential::themes_in(&category.code).map(|theme| Choice::new(&theme.code, &theme.label, chosen.contains(&theme.code)));
        groups.push(group(&category.label, options.collect()));
    }
    json!({ "control": "groups", "name": "themes", "legend": "Thèmes", "hint": unbroken(hint), "error": errors.of("themes"), "groups": groups })
}

/// Choices that stand together, open where one is chosen.
pub fn group(label: &str, options: Vec<Choice>) -> Value {
    let checked = options.iter().filter(|option| option.checked).count();
    json!({ "label": label, "open": checked > 0, "checked_count": checked, "options": options })
}

/// Places of any kind: those chosen, those found by name, and the instance's own to tick.
pub struct Places<'a> {
    pub name: &'a str,
    pub legend: &'a str,
    pub hint: &'a str,
    pub atlas: &'a Atlas,
    pub chosen: &'a [String],
    pub found: &'a [(String, String)],
    pub query: &'a str,
}

impl Places<'_> {
    pub fn show(&self, errors: &FieldErrors) -> Value {
        let own = self.atlas.own().map(|territory| (territory.code.clone(), territory.name.clone()));
        let mut options: Vec<Choice> = self.chosen.iter().map(|code| Choice::new(code, &self.atlas.name(code), true)).collect();
        for (code, label) in self.found.iter().cloned().chain(own) {
            if options.iter().all(|option| option.value != code) {
                options.push(Choice::new(&code, &label, false));
            }
        }
        json!({
            "control": "places", "name": self.name, "legend": self.legend, "hint": unbroken(self.hint), "error": errors.of(self.name).map(unbroken), "value": self.query,
            "search_label": "Ajouter une commune ou une intercommunalité", "options": options,
        })
    }
}
