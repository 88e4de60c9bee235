//! The form of an organisation: what was sent, and its fields filled.

use serde_json::{Map, Value, json};

use crate::http::fields::{self, Places};
use crate::http::forms::{Choice, Field, Form, choices};
use crate::kernel::registers::Siret;
use crate::kernel::{FieldErrors, Visibility, referential};
use crate::partners::labels;
use crate::partners::model::{OrganisationFields, OrganisationKind};
use crate::partners::reading::NAME_MAX;
use crate::partners::service::World;
use crate::territories::naming::Naming;

/// The fields of the form, in its order, under the titles that gather them.
const GROUPS: [(&str, &[&str]); 5] = [
    ("Qui c’est, ce qu’il fait", &["name", "kind", "description", "themes", "audiences"]),
    ("Où", &["area", "address", "commune", "opening_hours"]),
    ("Le joindre", &["phone", "email", "website"]),
    ("Avec qui parler", &["contacts"]),
    ("Pour l’administration", &["siret", "rna", "networks", "visibility"]),
];

pub fn names() -> impl Iterator<Item = &'static str> {
    GROUPS.iter().flat_map(|(_, names)| names.iter().copied())
}

/// The fields of a record as the form shows them.
pub fn values_of(fields: &OrganisationFields) -> Map<String, Value> {
    match serde_json::to_value(fields) {
        Ok(Value::Object(map)) => map,
        _ => Map::new(),
    }
}

/// What was sent, under the names of the API.
pub fn values_sent(form: &Form) -> Map<String, Value> {
    let value = |name: &str| match name {
        "area" | "themes" | "audiences" | "networks" => json!(form.all(name)),
        "contacts" => contacts_sent(form),
        name => json!(form.get(name)),
    };
    let mut values: Map<String, Value> = names().map(|name| (name.to_owned(), value(name))).collect();
    if form.has("reason") {
        values.insert("reason".to_owned(), json!(form.get("reason")));
    }
    values
}

/// Rows of contacts: `contacts.0.name`, `contacts.1.name`…
fn contacts_sent(form: &Form) -> Value {
    let row = |row: usize| {
        let of = |column: &str| form.get(&format!("contacts.{row}.{column}")).to_owned();
        json!({ "name": of("name"), "function": of("function"), "email": of("email"), "phone": of("phone"), "shown": of("shown") == "oui" })
    };
    (0..100).take_while(|number| form.has(&format!("contacts.{number}.name"))).map(row).collect()
}

/// What the form is filled from, and what stands beside it.
pub struct Filled<'a> {
    pub values: &'a Map<String, Value>,
    pub world: &'a World,
    /// Places found by the search button, to be ticked.
    pub found: &'a [(String, String)],
    pub query: &'a str,
    /// Empty rows that wait at the end of the contacts.
    pub spare_rows: usize,
    /// What somebody else wrote in between, where both wrote.
    pub theirs: &'a Map<String, Value>,
    pub errors: &'a FieldErrors,
}

impl Filled<'_> {
    /// The controls of the form, each group under its title.
    pub fn controls(&self) -> Vec<Value> {
        let mut controls = Vec::new();
        for (title, names) in GROUPS {
            controls.push(json!({ "control": "heading", "text": title, "theirs": null }));
            controls.extend(names.iter().map(|name| {
                let mut control = self.control(name);
                control["theirs"] = json!(self.theirs.get(*name).map(|value| self.in_words(name, value)));
                control
            }));
        }
        controls
    }

    fn in_words(&self, name: &str, value: &Value) -> String {
        use crate::versions::diff::Said;
        match super::words::said(name, value, self.world) {
            Said::Value(text) | Said::Text(text) => text,
            Said::Items(items) => items.into_iter().map(|item| format!("- {item}")).collect::<Vec<_>>().join("\n"),
        }
    }

    fn plain(&self, name: &str) -> &str {
        self.values.get(name).and_then(Value::as_str).unwrap_or_default()
    }

    fn list(&self, name: &str) -> Vec<String> {
        self.values.get(name).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).map(ToOwned::to_owned).collect()
    }

    fn control(&self, name: &str) -> Value {
        let (plain, list, errors) = (self.plain(name), self.list(name), self.errors);
        let field = |hint: &'static str| Field { name: "", label: labels::field(name), hint, value: plain, ..Field::default() };
        let text = |field: Field<'_>| with_control("text", Field { name, ..field }.show(errors));
        let area = |field: Field<'_>, rows: u32| with_control("textarea", Field { name, rows, ..field }.show(errors));
        match name {
            "name" => text(Field { required: true, max: u32::try_from(NAME_MAX).ok(), autocomplete: "organization", ..field("") }),
            "kind" => {
                let options = OrganisationKind::ALL.iter().map(|kind| Choice::new(kind.as_str(), kind.label(), kind.as_str() == plain));
                with_control("select", choices(name, labels::field(name), "", options.collect(), errors))
            }
            "description" => {
                area(field("Ce que l’organisme propose, à qui, et comment on y vient. Écrivez comme vous le diriez au téléphone. Ne nommez personne."), 8)
            }
            "themes" => fields::themes(&self.world.instance, &list, "Ce sur quoi l’organisme intervient : c’est par eux qu’on le trouvera.", errors),
            "audiences" => {
                let options = referential::audiences().iter().map(|term| Choice::new(&term.code, &term.label, list.contains(&term.code)));
                with_control("checkboxes", choices(name, labels::field(name), "« Tous publics » se choisit seul.", options.collect(), errors))
            }
            "area" => Places {
                name,
                legend: labels::field(name),
                hint: "Où l’organisme intervient : une MDS, une commune, une intercommunalité, tout le département. Les responsables de ces territoires tiennent cette fiche avec lui.",
                atlas: &self.world.atlas,
                chosen: &list,
                found: self.found,
                query: self.query,
            }
            .show(errors),
            "address" => area(field("Le numéro, la rue, et le nom du lieu s’il aide à le trouver."), 2),
            "commune" => {
                let naming = Naming::official(&self.world.instance.departement);
                let shown = if plain.is_empty() { String::new() } else { naming.write(plain) };
                text(Field { value: &shown, ..field("Son nom, ou son code officiel.") })
            }
            "opening_hours" => area(field("Par exemple : « du lundi au vendredi, de 9 h à 12 h 30 ; le mercredi sur rendez-vous »."), 3),
            "phone" => text(Field { kind: "tel", ..field("Le numéro de l’accueil.") }),
            "email" => text(Field { kind: "email", ..field("Une boîte générale plutôt que celle d’une personne : la demande annuelle de confirmation y arrive.") }),
            "website" => text(Field { kind: "url", ..field("") }),
            "siret" => {
                let shown = Siret::parse(plain).map_or_else(|_| plain.to_owned(), |siret| siret.spaced());
                text(Field { value: &shown, ..field("14 chiffres. Les espaces ne gênent pas.") })
            }
            "rna" => text(field("Pour une association : un W, puis 9 chiffres.")),
            "networks" => {
                let options = referential::networks().iter().map(|term| Choice::new(&term.code, &term.label, list.contains(&term.code)));
                // There are many: how many are chosen is told, and they open on demand.
                let mut groups = [fields::group("Réseaux nationaux", options.collect())];
                groups[0]["open"] = json!(false);
                let hint = "Ceux dont l’organisme est membre, s’il y en a.";
                json!({ "control": "groups", "name": name, "legend": labels::field(name), "hint": hint, "error": errors.of(name), "groups": groups })
            }
            "visibility" => {
                let options = Visibility::ALL.iter().map(|level| Choice::new(level.as_str(), level.label(), plain == level.as_str()));
                with_control("radios", choices(name, "Qui peut lire cette fiche", "", options.collect(), errors))
            }
            _ => self.contacts(),
        }
    }

    fn contacts(&self) -> Value {
        let given = self.values.get("contacts").and_then(Value::as_array).cloned().unwrap_or_default();
        let spare = std::iter::repeat_n(json!({ "shown": true }), self.spare_rows);
        let rows: Vec<Value> = given
            .into_iter()
            .chain(spare)
            .enumerate()
            .map(|(place, row)| {
                let errors: Vec<Value> = ["name", "function", "email", "phone"]
                    .iter()
                    .filter_map(|column| self.errors.of(&format!("contacts.{place}.{column}")).map(|text| json!({ "column": column, "text": text })))
                    .collect();
                let part = |name: &str| row[name].as_str().unwrap_or_default().to_owned();
                json!({
                    "number": place + 1, "name": part("name"), "function": part("function"), "email": part("email"), "phone": part("phone"),
                    "shown": row["shown"] == true, "errors": errors,
                })
            })
            .collect();
        json!({ "control": "contacts", "name": "contacts", "legend": labels::field("contacts"), "error": self.errors.of("contacts"), "rows": rows })
    }
}

fn with_control(control: &str, mut field: Value) -> Value {
    field["control"] = json!(control);
    field
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_but_the_number_elsewhere_is_in_the_form() {
        let mut shown: Vec<&str> = names().chain(["external_id"]).collect();
        shown.sort_unstable();
        let mut fields: Vec<String> = values_of(&OrganisationFields::default()).keys().cloned().collect();
        fields.sort_unstable();
        assert_eq!(shown, fields);
    }
}
