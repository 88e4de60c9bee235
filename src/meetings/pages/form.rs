//! The form of a meeting: its sections, what was sent, and its controls filled.

use serde_json::{Map, Value, json};

use super::names::Names;
use super::{agenda, told};
use crate::accounts::model::Viewer;
use crate::db::Conn;
use crate::error::Result;
use crate::http::fields::{self, Places};
use crate::http::forms::{Choice, Field, Form, choices};
use crate::kernel::{Day, FieldErrors, Moment, Visibility, Zone};
use crate::meetings::labels;
use crate::meetings::model::{Kind, MeetingFields, Registration};
use crate::versions::diff::Said;

const MOST_FOUND: usize = 12;
const LONGEST_QUERY: usize = 200;

/// A title, and the fields that it gathers.
pub type Section = (&'static str, &'static [&'static str]);

/// The fields of a meeting, in the order in which it is thought of.
pub const SECTIONS: [Section; 6] = [
    ("De quoi s’agit-il\u{a0}?", &["title", "body_id", "kind", "summary"]),
    ("Quand et où\u{a0}?", &["starts_at", "ends_at", "place", "link"]),
    ("Que fera-t-on\u{a0}?", &["agenda"]),
    ("Qui vient, qui prévient\u{a0}?", &["registration", "capacity", "reminder_days", "contact"]),
    ("Où, et pour quoi\u{a0}?", &["territories", "themes", "plan_sheets"]),
    ("Qui la prépare, qui la lit\u{a0}?", &["organiser", "visibility"]),
];

pub fn names() -> impl Iterator<Item = &'static str> {
    SECTIONS.iter().flat_map(|(_, names)| names.iter().copied())
}

/// The fields of a record as the form shows them: instants by day and time.
pub fn values_of(fields: &MeetingFields, zone: &Zone) -> Map<String, Value> {
    let Ok(Value::Object(mut values)) = serde_json::to_value(fields) else { return Map::new() };
    let wall = |moment: Option<Moment>| {
        let local = moment.map(|moment| zone.local(moment));
        let (day, time) = local.map_or_else(Default::default, |at| (Day(at.date()).in_figures(), at.format("%H:%M").to_string()));
        json!({ "day": day, "time": time })
    };
    values.insert("starts_at".to_owned(), wall(fields.starts_at));
    values.insert("ends_at".to_owned(), wall(fields.ends_at));
    for (item, shown) in fields.agenda.iter().zip(values.get_mut("agenda").and_then(Value::as_array_mut).into_iter().flatten()) {
        shown["about"] = json!(agenda::address(item));
    }
    values
}

/// What was sent, under the names of the API. What cannot even be said so is in the errors.
pub fn sent(form: &Form) -> (Map<String, Value>, FieldErrors) {
    let mut errors = FieldErrors::default();
    let mut values = Map::new();
    for name in names() {
        let value = match name {
            "territories" | "themes" => json!(form.all(name)),
            "plan_sheets" => {
                let sheets = form.all(name);
                let named = sheets.iter().filter_map(|value| value.split_once('/'));
                named.map(|(plan, number)| json!({ "plan_id": plan, "number": number.parse::<i64>().unwrap_or(0) })).collect()
            }
            "agenda" => agenda::sent(form, &mut errors),
            "contact" => json!({ "email": form.get("contact.email"), "phone": form.get("contact.phone") }),
            "starts_at" => wall_sent(form).0,
            "ends_at" => wall_sent(form).1,
            name => json!(form.get(name)),
        };
        values.insert(name.to_owned(), value);
    }
    (values, errors)
}

/// A day, a beginning, an end; another day for the end of what lasts longer.
pub fn wall_sent(form: &Form) -> (Value, Value) {
    let (day, start, end, end_day) = (form.get("day").trim(), form.get("start").trim(), form.get("end").trim(), form.get("end_day").trim());
    let starts = json!({ "day": day, "time": start });
    let ends = match (end, end_day) {
        ("", "") => json!({ "day": "", "time": "" }),
        (end, "") => json!({ "day": day, "time": end }),
        (end, end_day) => json!({ "day": end_day, "time": end }),
    };
    (starts, ends)
}

/// The same four fields, filled.
pub fn wall_control(values: &Map<String, Value>, errors: &FieldErrors) -> Value {
    let part = |name: &str, part: &str| values.get(name).and_then(|value| value[part].as_str()).unwrap_or_default().to_owned();
    let (day, end_day) = (part("starts_at", "day"), part("ends_at", "day"));
    json!({
        "control": "when", "name": "starts_at", "day": day, "start": part("starts_at", "time"), "end": part("ends_at", "time"),
        "end_day": if end_day == day { String::new() } else { end_day },
        "error": errors.of("starts_at"), "end_error": errors.of("ends_at"), "theirs": null,
    })
}

/// What a button within the form asked for.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct More {
    pub field: String,
    pub query: String,
    pub found: Vec<(String, String)>,
    pub spare_rows: usize,
}

/// What the button that was pressed asks for, if it is one of those within the form.
pub fn more(conn: &mut Conn, viewer: &Viewer, form: &Form) -> Result<Option<More>> {
    let asked = form.get("do");
    if asked == "more" {
        return Ok(Some(More { spare_rows: 3, ..More::default() }));
    }
    if asked.starts_with("up-") || asked.starts_with("down-") {
        return Ok(Some(More::default()));
    }
    if asked != "find-territories" {
        return Ok(None);
    }
    let names = Names::load(conn, viewer)?;
    let query: String = form.get("territories_q").chars().take(LONGEST_QUERY).collect();
    let found = names.atlas.search(&query, Some(&names.instance.departement), MOST_FOUND);
    let found = found.into_iter().map(|named| (named.code, named.label)).collect();
    Ok(Some(More { field: "territories".to_owned(), query, found, spare_rows: 1 }))
}

/// What the form is filled from, and what stands beside it.
pub struct Filled<'a> {
    pub values: &'a Map<String, Value>,
    pub names: &'a Names,
    pub zone: &'a Zone,
    pub more: &'a More,
    /// What somebody else wrote in between, where both wrote.
    pub theirs: &'a Map<String, Value>,
    pub errors: &'a FieldErrors,
    /// Is its capacity told to people who have a seat?
    pub may_overflow: bool,
}

impl Filled<'_> {
    /// Every control, section after section.
    pub fn controls(&self) -> Vec<Value> {
        let mut controls = Vec::new();
        for (title, names) in SECTIONS {
            controls.push(heading(title));
            for name in names.iter().copied().filter(|name| *name != "ends_at") {
                let mut some = self.control(name);
                some.iter_mut().for_each(|control| control["theirs"] = Value::Null);
                let both: &[&str] = if name == "starts_at" { &["starts_at", "ends_at"] } else { &[name] };
                let said: Vec<String> = both.iter().filter_map(|name| Some(self.in_words(name, self.theirs.get(*name)?))).collect();
                if let (Some(last), false) = (some.last_mut(), said.is_empty()) {
                    last["theirs"] = json!(said.join("\n"));
                }
                controls.extend(some);
            }
        }
        controls
    }

    /// What a value of a field says, a line an item.
    fn in_words(&self, name: &str, value: &Value) -> String {
        let mut object = json!(MeetingFields::default());
        object[name] = value.clone();
        let field = told::version(&object, self.names, self.zone).into_iter().find(|field| field.name == name);
        match field.map(|field| field.said) {
            Some(Said::Value(text) | Said::Text(text)) => text,
            Some(Said::Items(items)) => items.join("\n"),
            None => String::new(),
        }
    }

    fn text(&self, name: &str) -> String {
        match self.values.get(name) {
            Some(Value::String(text)) => text.clone(),
            Some(Value::Number(number)) => number.to_string(),
            _ => String::new(),
        }
    }

    fn list(&self, name: &str) -> Vec<String> {
        self.values.get(name).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).map(ToOwned::to_owned).collect()
    }

    fn control(&self, name: &'static str) -> Vec<Value> {
        let (text, errors, names) = (self.text(name), self.errors, self.names);
        let label = labels::field(name);
        let field = |hint: &'static str| Field { name, label, hint, value: &text, ..Field::default() };
        let of = |code: &str, label: &str| Choice::new(code, label, code == text);
        let chosen = |control: &str, hint: &str, options: Vec<Choice>| with_control(control, choices(name, label, hint, options, errors));
        let known = |all: Vec<(String, String)>, none: &str, lost: String| {
            let mut options: Vec<Choice> = [(String::new(), none.to_owned())].into_iter().chain(all).map(|(code, label)| of(&code, &label)).collect();
            if options.iter().all(|option| !option.checked) {
                options.push(Choice::new(&text, &lost, true));
            }
            options
        };
        vec![match name {
            "title" => {
                with_control("text", Field { required: true, max: Some(250), ..field("C’est tout ce qu’il faut pour commencer.") }.show(errors))
            }
            "body_id" => {
                let open = names.bodies.iter().filter(|body| !body.fields.is_closed || body.id.as_str() == text);
                let all = open.map(|body| (body.id.to_string(), body.fields.name.clone())).collect();
                chosen("select", "Le comité ou le groupe qui se réunit, s’il y en a un.", known(all, "Aucune", "Une ancienne instance".to_owned()))
            }
            "kind" => chosen("select", "", Kind::ALL.iter().map(|kind| of(kind.as_str(), kind.label())).collect()),
            "summary" => with_control("textarea", Field { rows: 3, max: Some(2000), ..field("À qui elle s’adresse, ce qu’on y fera.") }.show(errors)),
            "starts_at" => wall_control(self.values, errors),
            "place" => with_control("text", field("Une salle, une adresse.").show(errors)),
            "link" => with_control("text", field("Il n’est donné qu’aux personnes invitées.").show(errors)),
            "agenda" => {
                let given = self.values.get("agenda").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
                let spare = if self.more.spare_rows > 0 { self.more.spare_rows } else { usize::from(given.len() < 3) * (3 - given.len().min(3)) };
                agenda::control(given, spare, label, errors)
            }
            "registration" => {
                let hint = "Le public ne s’inscrit pas\u{a0}: il voit à qui s’adresser.";
                chosen("radios", hint, Registration::ALL.iter().map(|one| of(one.as_str(), one.label())).collect())
            }
            "capacity" => {
                let mut controls = vec![with_control(
                    "number",
                    field("Au-delà, les inscrits passent en liste d’attente. Laissez vide s’il n’y a pas de limite.").show(errors),
                )];
                if self.may_overflow && errors.of("capacity").is_some() {
                    let ticked = self.text("overflow") == "waiting";
                    let choice = Choice::new("waiting", "Mettre en liste d’attente les derniers inscrits", ticked);
                    controls.push(with_control("checkboxes", choices("overflow", "Si des inscrits n’ont plus de place", "", vec![choice], errors)));
                }
                return controls;
            }
            "reminder_days" => {
                let shown = match self.values.get(name) {
                    Some(Value::Array(days)) => days.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
                    _ => text.clone(),
                };
                let hint =
                    "Combien de jours avant\u{a0}: «\u{a0}7, 1\u{a0}» pour une semaine avant, puis la veille. Laissez vide pour n’en envoyer aucun.";
                with_control("text", Field { value: &shown, ..field(hint) }.show(errors))
            }
            "contact" => return self.contact(),
            "territories" => {
                let list = self.list(name);
                let (found, query) = if self.more.field == name { (&self.more.found[..], self.more.query.as_str()) } else { (&[][..], "") };
                Places { name, legend: label, hint: "Une MDS, le département, une commune…", atlas: &names.atlas, chosen: &list, found, query }
                    .show(errors)
            }
            "themes" => fields::themes(&names.instance, &self.list(name), "Ce dont elle parle.", errors),
            "plan_sheets" => self.sheets(),
            "organiser" => {
                let hint = "Cette personne signe la convocation, et peut toujours modifier la rencontre.";
                chosen("select", hint, known(names.agent_names(), "Personne", names.agent(&text)))
            }
            _ => chosen(
                "radios",
                "Une fois convoquée. Les personnes invitées la lisent toujours.",
                Visibility::ALL.iter().map(|level| of(level.as_str(), level.label())).collect(),
            ),
        }]
    }

    fn contact(&self) -> Vec<Value> {
        let part = |name: &str| self.values.get("contact").and_then(|contact| contact[name].as_str()).unwrap_or_default().to_owned();
        let field = |name: &'static str, label: &'static str, hint: &'static str, value: String| {
            with_control("text", Field { name, label, hint, value: &value, ..Field::default() }.show(self.errors))
        };
        vec![
            field("contact.phone", "Téléphone pour le public", "", part("phone")),
            field("contact.email", "Adresse e-mail pour le public", "Une boîte de service plutôt que celle d’une personne.", part("email")),
        ]
    }

    fn sheets(&self) -> Value {
        let list = self.values.get("plan_sheets").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        let mut groups: Vec<(String, Vec<Choice>)> = Vec::new();
        for line in &self.names.sheets {
            let title = format!("{}\u{a0}: {}", line.plan_title, line.orientation_title);
            let checked = list.iter().any(|sheet| sheet["plan_id"] == line.plan_id.as_str() && sheet["number"] == line.number);
            let choice = Choice::new(&format!("{}/{}", line.plan_id, line.number), &format!("Fiche {}. {}", line.number, line.title), checked);
            match groups.iter_mut().find(|(known, _)| *known == title) {
                Some((_, options)) => options.push(choice),
                None => groups.push((title, vec![choice])),
            }
        }
        let hint = if groups.is_empty() { "Aucun schéma n’est encore enregistré." } else { "Celles dont elle traite, s’il y en a." };
        let groups: Vec<Value> = groups.into_iter().map(|(title, options)| fields::group(&title, options)).collect();
        let (label, error) = (labels::field("plan_sheets"), self.errors.of("plan_sheets"));
        json!({ "control": "groups", "name": "plan_sheets", "legend": label, "hint": hint, "error": error, "groups": groups })
    }
}

/// The title of a section.
pub fn heading(text: &str) -> Value {
    json!({ "control": "heading", "text": text, "theirs": null })
}

pub fn with_control(control: &str, mut field: Value) -> Value {
    field["control"] = json!(control);
    field
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_is_in_the_form() {
        let mut shown: Vec<&str> = names().chain(["external_id"]).collect();
        shown.sort_unstable();
        let zone = Zone::named("Europe/Paris").expect("a zone");
        let mut fields: Vec<String> = values_of(&MeetingFields::default(), &zone).keys().cloned().collect();
        fields.sort_unstable();
        assert_eq!(shown, fields);
    }
}
