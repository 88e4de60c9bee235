//! The form of a convention: its sections, what was sent, and its controls filled.

use serde_json::{Map, Value, json};

use super::desk::{Desk, More};
use super::{parties, told};
use crate::conventions::labels;
use crate::conventions::model::{ConventionFields, Direction, Effect, Kind, Level, RenewalKind};
use crate::conventions::reading::OBJECT_MAX;
use crate::http::fields::{self, Places};
use crate::http::forms::{Choice, Field, Form, choices};
use crate::kernel::text::unbroken;
use crate::kernel::{Day, FieldErrors, Visibility, number};
use crate::versions::diff::Said;

/// A title, and the fields that it gathers.
pub type Section = (&'static str, &'static [&'static str]);

/// The fields of a convention, in the order in which it is thought of.
pub const SECTIONS: [Section; 6] = [
    ("De quoi s’agit-il ?", &["object", "kind", "level", "legal_basis"]),
    ("Avec qui ?", &["parties"]),
    ("Depuis quand, jusqu’à quand ?", &["effect", "starts_on", "ends_on", "review_on", "renewal", "notice_months"]),
    ("Avec quel argent ?", &["amount_eur_per_year", "direction", "is_subsidy"]),
    ("Où, et pour quoi ?", &["territories", "themes", "plan_sheets", "actions", "replaces"]),
    ("Qui la suit, qui la lit ?", &["responsible", "visibility"]),
];

/// The fields of a record as the form shows them.
pub fn values_of(fields: &ConventionFields) -> Map<String, Value> {
    match serde_json::to_value(fields) {
        Ok(Value::Object(map)) => map,
        _ => Map::new(),
    }
}

/// What was sent of these fields, under the names of the API. What cannot even be said so is in the errors.
pub fn sent<'a>(form: &Form, names: impl IntoIterator<Item = &'a str>) -> (Map<String, Value>, FieldErrors) {
    let mut errors = FieldErrors::default();
    let mut values = Map::new();
    for name in names {
        let value = match name {
            "territories" | "themes" | "actions" => json!(form.all(name)),
            "plan_sheets" => sheets_sent(form),
            "parties" => parties::sent(form, &mut errors),
            "renewal" => {
                let part = |part: &str| form.get(&format!("renewal.{part}"));
                json!({ "kind": part("kind"), "period_months": part("period_months"), "max": part("max") })
            }
            "is_subsidy" => json!(form.get(name) == "oui"),
            "replaces" => {
                let chosen = form.all(name);
                if chosen.len() > 1 {
                    errors.add(name, "Une convention n’en remplace qu’une autre : n’en gardez qu’une.");
                }
                json!(chosen.first().cloned().unwrap_or_default())
            }
            name => json!(form.get(name)),
        };
        values.insert(name.to_owned(), value);
    }
    (values, errors)
}

fn sheets_sent(form: &Form) -> Value {
    let sheets = form.all("plan_sheets");
    let named = sheets.iter().filter_map(|value| value.split_once('/'));
    named.map(|(plan, number)| json!({ "plan_id": plan, "number": number.parse::<i64>().unwrap_or(0) })).collect()
}

/// What the form is filled from, and what stands beside it.
pub struct Filled<'a> {
    pub values: &'a Map<String, Value>,
    pub desk: &'a Desk,
    pub more: &'a More,
    /// Are the days of signature typed here? Only of a convention that was entered as it was signed.
    pub with_signatures: bool,
    /// What somebody else wrote in between, where both wrote.
    pub theirs: &'a Map<String, Value>,
    pub errors: &'a FieldErrors,
}

impl Filled<'_> {
    /// The controls of one field.
    pub fn controls(&self, name: &'static str) -> Vec<Value> {
        let mut controls = match name {
            "renewal" => self.renewal(),
            name => vec![self.control(name)],
        };
        for control in &mut controls {
            control["theirs"] = Value::Null;
        }
        if let (Some(last), Some(value)) = (controls.last_mut(), self.theirs.get(name)) {
            last["theirs"] = json!(self.in_words(name, value));
        }
        controls
    }

    /// What a value of a field says, a line an item.
    pub fn in_words(&self, name: &str, value: &Value) -> String {
        let mut object = json!(ConventionFields::default());
        object[name] = value.clone();
        let field = told::version(&object, &self.desk.names).into_iter().find(|field| field.name == name);
        match field.map(|field| field.said) {
            Some(Said::Value(text) | Said::Text(text)) => text,
            Some(Said::Items(items)) => items.join("\n"),
            None => String::new(),
        }
    }

    fn text_of(&self, name: &str) -> String {
        match self.values.get(name) {
            Some(Value::String(text)) => text.clone(),
            Some(Value::Number(figure)) => figure.as_f64().map(number::write).unwrap_or_default(),
            _ => String::new(),
        }
    }

    fn list(&self, name: &str) -> Vec<String> {
        self.values.get(name).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).map(ToOwned::to_owned).collect()
    }

    fn found(&self, name: &str) -> (&[(String, String)], &str) {
        if self.more.field == name { (&self.more.found, &self.more.query) } else { (&[], "") }
    }

    fn control(&self, name: &'static str) -> Value {
        let (text, errors, names) = (self.text_of(name), self.errors, &self.desk.names);
        let label = labels::field(name);
        let field = |hint: &'static str| Field { name, label, hint, value: &text, ..Field::default() };
        let chosen =
            |hint: &str, control: &str, legend: &str, options: Vec<Choice>| with_control(control, choices(name, legend, hint, options, errors));
        let of = |code: &str, label: &str| Choice::new(code, label, code == text);
        let day = |hint: &'static str| {
            let shown = Day::parse(&text).map_or_else(|| text.clone(), Day::in_figures);
            with_control("date", Field { value: &shown, ..field(hint) }.show(errors))
        };
        match name {
            "object" => {
                let field = field("Ce que les parties font ensemble, en une phrase. C’est tout ce qu’il faut pour commencer.");
                let max = u32::try_from(OBJECT_MAX).ok();
                with_control("textarea", Field { required: true, rows: 2, max, ..field }.show(errors))
            }
            "kind" => chosen("", "select", label, Kind::ALL.iter().map(|kind| of(kind.as_str(), kind.label())).collect()),
            "level" => {
                let hint =
                    "Une convention départementale relève des responsables du Département ; celle d’une MDS, des responsables de ses territoires.";
                chosen(hint, "radios", label, Level::ALL.iter().map(|level| of(level.as_str(), level.label())).collect())
            }
            "legal_basis" => with_control("textarea", Field { rows: 2, ..field("Le texte ou la délibération sur quoi elle se fonde.") }.show(errors)),
            "parties" => self.parties(),
            "effect" => chosen("", "radios", label, Effect::ALL.iter().map(|effect| of(effect.as_str(), effect.label())).collect()),
            "starts_on" => day("Le jour fixé, ou celui où elle a été notifiée. À la dernière signature, laissez vide."),
            "ends_on" => day("Laissez vide si elle est sans terme (durée indéterminée), et dites alors quand la revoir."),
            "review_on" => day("Pour une convention sans terme : ce jour est suivi et rappelé comme un terme."),
            "notice_months" => with_control(
                "number",
                field("Le dernier jour pour la dénoncer se calcule à partir du terme : il s’affiche une fois enregistré.").show(errors),
            ),
            "amount_eur_per_year" => with_control("number", field("S’il y en a un : « 12 000 » ou « 12 000,50 ».").show(errors)),
            "direction" => {
                let options = [of("", "Sans objet")].into_iter().chain(Direction::ALL.iter().map(|one| of(one.as_str(), one.label())));
                chosen("", "select", label, options.collect())
            }
            "is_subsidy" => {
                let yes = self.values.get(name) == Some(&json!(true));
                chosen("", "checkboxes", label, vec![Choice::new("oui", "C’est une subvention", yes)])
            }
            "territories" => {
                let ((found, query), list) = (self.found(name), self.list(name));
                let hint = "Où elle s’applique : une MDS, une commune, une intercommunalité.";
                Places { name, legend: label, hint, atlas: &names.atlas, chosen: &list, found, query }.show(errors)
            }
            "themes" => fields::themes(&names.instance, &self.list(name), "Ce dont elle parle.", errors),
            "plan_sheets" => self.sheets(),
            "actions" => {
                let hint = "Leurs auteurs sont prévenus trois mois avant le terme.";
                self.sought(name, &self.list(name), [hint, "Aucune action de ce titre.", "Chercher une action par les mots de son titre"])
            }
            "replaces" => {
                let hint = "La convention qui s’éteint quand celle-ci commence.";
                let chosen = Some(text).filter(|text| !text.is_empty());
                let none = "Aucune convention signée de ce numéro, ni de ces mots.";
                self.sought(name, chosen.as_slice(), [hint, none, "Chercher une convention signée par son numéro ou les mots de son objet"])
            }
            "responsible" => {
                let mut agents: Vec<Choice> = names.agents().map(|agent| of(agent.id.as_str(), &agent.name)).collect();
                agents.sort_by_key(|agent| crate::kernel::text::fold(&agent.label));
                let mut options: Vec<Choice> = [of("", "Personne")].into_iter().chain(agents).collect();
                if options.iter().all(|option| !option.checked) {
                    options.push(Choice::new(&text, &names.agent(&text), true));
                }
                chosen("Cette personne reçoit les rappels avant le terme.", "select", label, options)
            }
            _ => {
                let options = Visibility::ALL.iter().map(|level| of(level.as_str(), level.label()));
                chosen("Une fois signée. Les parties la lisent toujours.", "radios", "Qui peut lire cette convention", options.collect())
            }
        }
    }

    fn parties(&self) -> Value {
        let given = self.values.get("parties").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        let spare = if self.more.spare_rows > 0 { self.more.spare_rows } else { usize::from(given.len() < 2) };
        parties::control(given, &self.desk.names, spare, self.with_signatures, self.errors)
    }

    fn renewal(&self) -> Vec<Value> {
        let part = |name: &str| match self.values.get("renewal").and_then(|renewal| renewal.get(name)) {
            Some(Value::String(text)) => text.clone(),
            Some(Value::Number(number)) => number.to_string(),
            _ => String::new(),
        };
        let kind = part("kind");
        let options = RenewalKind::ALL.iter().map(|one| {
            let hint = match one {
                RenewalKind::None => "Au terme, elle s’éteint.",
                RenewalKind::Tacit => "Au terme, elle repart d’elle-même si personne ne la dénonce.",
                RenewalKind::Express => "Au terme, elle ne repart que si les parties le décident.",
            };
            let is_chosen = if kind.is_empty() { *one == RenewalKind::None } else { one.as_str() == kind };
            Choice { hint: Some(hint.into()), ..Choice::new(one.as_str(), one.label(), is_chosen) }
        });
        let radios = choices("renewal.kind", labels::field("renewal"), "", options.collect(), self.errors);
        let figure = |name: &'static str, label: &'static str, hint: &'static str| {
            let value = part(name.trim_start_matches("renewal."));
            with_control("number", Field { name, label, hint, value: &value, ..Field::default() }.show(self.errors))
        };
        vec![
            with_control("radios", radios),
            figure("renewal.period_months", "Elle se reconduit pour combien de mois ?", "12 pour une année."),
            figure("renewal.max", "Combien de fois au plus ?", "Laissez vide si le nombre de fois n’est pas limité."),
        ]
    }

    fn sheets(&self) -> Value {
        let list = self.values.get("plan_sheets").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        let chosen = |plan: &str, number: i32| list.iter().any(|sheet| sheet["plan_id"] == plan && sheet["number"] == number);
        let mut groups: Vec<(String, Vec<Choice>)> = Vec::new();
        let sheets = &self.desk.names.sheets;
        let has_one_plan = sheets.iter().all(|line| line.plan_id == sheets[0].plan_id);
        for line in sheets {
            let title = match has_one_plan {
                true => line.orientation_title.clone(),
                false => format!("{}\u{a0}: {}", line.plan_title, line.orientation_title),
            };
            let checked = chosen(line.plan_id.as_str(), line.number);
            let choice = Choice::new(&format!("{}/{}", line.plan_id, line.number), &format!("Fiche {}. {}", line.number, line.title), checked);
            match groups.iter_mut().find(|(known, _)| *known == title) {
                Some((_, options)) => options.push(choice),
                None => groups.push((title, vec![choice])),
            }
        }
        let hint = if groups.is_empty() { "Aucun schéma n’est encore enregistré." } else { "Les fiches qu’elle met en œuvre, s’il y en a." };
        let groups: Vec<Value> = groups.into_iter().map(|(title, options)| fields::group(&title, options)).collect();
        let error = self.errors.of("plan_sheets");
        json!({ "control": "groups", "name": "plan_sheets", "legend": labels::field("plan_sheets"), "hint": hint, "error": error, "groups": groups })
    }

    /// Records that are named, and those that were looked for.
    fn sought(&self, name: &'static str, named: &[String], [hint, none, search_label]: [&str; 3]) -> Value {
        let ((found, query), names) = (self.found(name), &self.desk.names);
        let mut options: Vec<Choice> = named.iter().map(|id| Choice::new(id, &names.title(id), true)).collect();
        for (id, title) in found {
            if options.iter().all(|option| option.value != *id) {
                options.push(Choice::new(id, title, false));
            }
        }
        let nothing = self.more.field == name && found.is_empty();
        let hint = if nothing { none } else { hint };
        json!({
            "control": "found", "name": name, "legend": labels::field(name), "hint": hint, "error": self.errors.of(name),
            "value": query, "search_label": search_label, "options": options,
        })
    }
}

/// The title of a section.
pub fn heading(text: &str) -> Value {
    json!({ "control": "heading", "text": unbroken(text), "theirs": null })
}

pub fn with_control(control: &str, mut field: Value) -> Value {
    field["control"] = json!(control);
    field
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_but_the_number_elsewhere_is_in_the_form() {
        let mut shown: Vec<&str> = SECTIONS.iter().flat_map(|(_, names)| names.iter().copied()).chain(["external_id"]).collect();
        shown.sort_unstable();
        let mut fields: Vec<String> = values_of(&ConventionFields::default()).keys().cloned().collect();
        fields.sort_unstable();
        assert_eq!(shown, fields);
    }
}
