//! The steps of the form, in the order of the guide of collective action: why, for what, with what, how, and with which results.

use serde_json::{Map, Value, json};

use super::told;
use crate::actions::labels;
use crate::actions::model::{ActionFields, Kind};
use crate::actions::reading::{SUMMARY_MAX, TEXT_MAX, TITLE_MAX};
use crate::actions::service::World;
use crate::http::fields::{self, Places};
use crate::http::forms::{Choice, Field, Form, choices};
use crate::http::paths;
use crate::kernel::ids::ActionId;
use crate::kernel::{Day, FieldErrors, Visibility, referential};
use crate::partners::model::Organisation;
use crate::plans::service::SheetLine;
use crate::versions::diff::Said;

pub struct Step {
    pub code: &'static str,
    pub label: &'static str,
    pub help: &'static str,
    pub fields: &'static [&'static str],
}

pub const STEPS: [Step; 6] = [
    Step {
        code: "presentation",
        label: "L’essentiel",
        help: "Ce que l’on lit en premier dans la recherche. Un titre suffit pour commencer : vous pourrez compléter plus tard.",
        fields: &["title", "summary", "kind", "territories", "carrier"],
    },
    Step {
        code: "besoins",
        label: "Besoins et objectifs",
        help: "D’où vient l’idée, pour qui, et ce que vous voulez changer.",
        fields: &["needs", "objectives", "audiences", "audience_note", "themes", "plan_sheets"],
    },
    Step {
        code: "moyens",
        label: "Moyens et partenaires",
        help: "Ce qu’il faut pour que l’action ait lieu, et avec qui vous la menez.",
        fields: &["means", "partners"],
    },
    Step {
        code: "deroulement",
        label: "Déroulement",
        help: "Quand, où et comment. Les séances se créent à part, en une seule fois.",
        fields: &["starts_on", "ends_on", "rhythm", "place", "place_withheld", "steps"],
    },
    Step {
        code: "inscription",
        label: "S’inscrire",
        help: "Ce que lit la secrétaire au guichet : comment inscrire ou orienter quelqu’un.",
        fields: &["contact", "mobilisation_modes", "mobilised_by", "reception_modes", "fee", "fee_note", "access_conditions", "visibility"],
    },
    Step {
        code: "evaluation",
        label: "Évaluation",
        help: "Par les chiffres et par les mots. Notez dès maintenant ce que vous regarderez ; le bilan s’écrit à la fin.",
        fields: &["indicators", "evaluation"],
    },
];

pub fn step(code: &str) -> Option<(usize, &'static Step)> {
    STEPS.iter().enumerate().find(|(_, step)| step.code == code)
}

/// Where a field is written.
pub fn href_of(id: &ActionId, field: &str) -> String {
    let top = field.split('.').next().unwrap_or(field);
    let step = STEPS.iter().find(|step| step.fields.contains(&top)).unwrap_or(&STEPS[0]);
    format!("{}#{field}", paths::edit_action(id, step.code))
}

/// What would make the page complete, without being needed to publish.
pub fn optional_and_empty(fields: &ActionFields) -> Vec<&'static str> {
    [
        ("needs", fields.needs.is_empty()),
        ("objectives", fields.objectives.is_empty()),
        ("means", fields.means.is_empty()),
        ("place", fields.place.is_empty() && !fields.place_withheld),
        ("steps", fields.steps.is_empty()),
        ("mobilisation_modes", fields.mobilisation_modes.is_empty()),
        ("fee", fields.fee.is_none()),
        ("indicators", fields.indicators.is_empty()),
    ]
    .into_iter()
    .filter_map(|(field, empty)| empty.then_some(field))
    .collect()
}

/// What the choices of the form are taken from.
pub struct Choices<'a> {
    pub world: &'a World,
    pub partners: &'a [Organisation],
    /// Those that became another: old versions name them.
    pub former: &'a [Organisation],
    pub sheets: &'a [SheetLine],
    /// Places found by the search button, to be ticked.
    pub found: &'a [(String, String)],
    pub query: &'a str,
}

/// The fields of a record as the form shows them.
pub fn values_of(fields: &ActionFields) -> Map<String, Value> {
    match serde_json::to_value(fields) {
        Ok(Value::Object(map)) => map,
        _ => Map::new(),
    }
}

/// What was sent for a step, under the names of the API.
pub fn values_sent(step: &Step, form: &Form) -> Map<String, Value> {
    let text = |name: &str| Value::String(form.get(name).to_owned());
    let mut values = Map::new();
    for name in step.fields {
        let value = match *name {
            "audiences" | "themes" | "territories" | "reception_modes" | "mobilisation_modes" | "mobilised_by" => json!(form.all(name)),
            "place_withheld" => json!(form.get(name) == "oui"),
            "contact" => json!({ "email": text("contact.email"), "phone": text("contact.phone") }),
            "evaluation" => json!({
                "results": text("evaluation.results"), "strengths": text("evaluation.strengths"),
                "difficulties": text("evaluation.difficulties"), "lessons": text("evaluation.lessons"),
            }),
            "carrier" => match form.get("carrier").split_once(':') {
                Some(("territory", code)) => json!({ "territory": code }),
                Some(("partner", id)) => json!({ "partner_id": id }),
                _ => Value::Null,
            },
            "plan_sheets" => form
                .all("plan_sheets")
                .iter()
                .filter_map(|value| value.split_once('/'))
                .map(|(plan, number)| json!({ "plan_id": plan, "number": number.parse::<i64>().unwrap_or(0) }))
                .collect(),
            "partners" => rows(form, "partners", &["partner_id", "role"]),
            "indicators" => rows(form, "indicators", &["label", "unit", "target", "value"]),
            name => text(name),
        };
        values.insert((*name).to_owned(), value);
    }
    if form.has("reason") {
        values.insert("reason".to_owned(), text("reason"));
    }
    values
}

/// Why what everybody reads is changed: asked of no draft.
pub fn reason(values: &Map<String, Value>, errors: &FieldErrors) -> Value {
    let value = values.get("reason").map(text_of).unwrap_or_default();
    let hint = "Pourquoi ce changement ? Votre réponse reste dans l’historique.";
    with_control("textarea", Field { name: "reason", label: "Motif", hint, value: &value, rows: 2, ..Field::default() }.show(errors))
}

/// Rows of a small table: `partners.0.role`, `partners.1.role`…
fn rows(form: &Form, name: &str, columns: &[&str]) -> Value {
    (0..200)
        .take_while(|row| form.has(&format!("{name}.{row}.{}", columns[0])))
        .map(|row| Value::Object(columns.iter().map(|column| ((*column).to_owned(), json!(form.get(&format!("{name}.{row}.{column}"))))).collect()))
        .collect()
}

/// The controls of a step, filled.
pub fn controls(step: &Step, values: &Map<String, Value>, from: &Choices<'_>, errors: &FieldErrors) -> Vec<Value> {
    step.fields.iter().flat_map(|name| control(name, values, from, errors)).collect()
}

fn control(name: &'static str, values: &Map<String, Value>, from: &Choices<'_>, errors: &FieldErrors) -> Vec<Value> {
    let value = values.get(name).cloned().unwrap_or(Value::Null);
    let plain = text_of(&value);
    let list: Vec<String> = value.as_array().into_iter().flatten().filter_map(Value::as_str).map(ToOwned::to_owned).collect();
    let text = |hint: &str, required: bool, max: u32| {
        let field = Field { name, label: labels::field(name), hint, value: &plain, required, max: Some(max), ..Field::default() };
        vec![with_control("text", field.show(errors))]
    };
    let area = |hint: &str, rows: u32, max: usize| {
        let field = Field { name, label: labels::field(name), hint, value: &plain, max: counted(max), rows, ..Field::default() };
        vec![with_control("textarea", field.show(errors))]
    };
    let boxes = |hint: &str, terms: &[referential::Term]| {
        let options = terms.iter().map(|term| Choice::new(&term.code, &term.label, list.contains(&term.code.to_string()))).collect();
        vec![with_control("checkboxes", choices(name, labels::field(name), hint, options, errors))]
    };
    match name {
        "title" => text("Ce que l’on fait, en quelques mots : « Cuisiner de saison à petit prix ».", true, TITLE_MAX as u32),
        "summary" => area("Deux ou trois phrases qui donnent envie, comme vous le diriez au téléphone.", 4, SUMMARY_MAX),
        "kind" => {
            let hints = |kind: &Kind| match kind {
                Kind::CollectiveInformation => "Une réunion pour informer plusieurs personnes à la fois.",
                Kind::CollectiveAction => "Un groupe qui se retrouve plusieurs fois, autour d’un besoin partagé.",
                Kind::LocalDevelopment => "Une démarche avec les habitants et les partenaires d’un territoire.",
            };
            let options = Kind::ALL
                .iter()
                .map(|kind| Choice { hint: Some(hints(kind).into()), ..Choice::new(kind.as_str(), kind.label(), plain == kind.as_str()) });
            vec![with_control("radios", choices(name, labels::field(name), "", options.collect(), errors))]
        }
        "needs" => area(
            "Ce que vous observez : qui rencontre quelle difficulté, combien de demandes, ce que disent les personnes et les partenaires. Ne nommez personne.",
            8,
            TEXT_MAX,
        ),
        "objectives" => {
            let field = Field {
                name,
                label: labels::field(name),
                hint: "Un objectif par ligne, avec un verbe : « Savoir lire une facture d’énergie ».",
                value: &if value.is_array() { list.join("\n") } else { plain.clone() },
                max: counted(TEXT_MAX),
                rows: 5,
                ..Field::default()
            };
            vec![with_control("textarea", field.show(errors))]
        }
        "audiences" => boxes("« Tous publics » se choisit seul.", referential::audiences()),
        "audience_note" => area("Un âge, un lieu de vie, une situation de famille… si c’est utile à celui qui oriente.", 2, TEXT_MAX),
        "themes" => {
            vec![fields::themes(&from.world.instance, &list, "Un ou deux suffisent : c’est par eux que l’on vous trouvera.", errors)]
        }
        "territories" => {
            let hint = "Où l’action se tient, ou qui peut y venir : une MDS, une commune, une intercommunalité.";
            let places = Places { name, legend: "Territoires", hint, atlas: &from.world.atlas, chosen: &list, found: from.found, query: from.query };
            vec![places.show(errors)]
        }
        "carrier" => vec![carrier(&value, from, errors)],
        "plan_sheets" => vec![sheets(&value, from, errors)],
        "means" => area("Les personnes, les salles, le matériel, le budget, les transports.", 5, TEXT_MAX),
        "partners" => vec![partner_rows(&value, from, errors)],
        "starts_on" | "ends_on" => {
            let shown = Day::parse(&plain).map_or_else(|| plain.clone(), Day::in_figures);
            let hint = if name == "starts_on" { "Laissez vide si l’action est permanente, et indiquez alors un rythme." } else { "" };
            vec![with_control("date", Field { name, label: labels::field(name), hint, value: &shown, ..Field::default() }.show(errors))]
        }
        "rhythm" => text("Par exemple : « le mardi de 14 h à 16 h, hors vacances scolaires ».", false, 500),
        "place" => area("Le nom du lieu, l’adresse, la commune.", 2, TEXT_MAX),
        "place_withheld" => {
            let mut withheld = Choice::new("oui", "Ne pas afficher l’adresse", value == true || plain == "oui");
            withheld.hint = Some(
                "On lira « lieu communiqué à l’inscription ». Pour protéger des personnes, par exemple des femmes victimes de violences.".into(),
            );
            vec![with_control("checkboxes", choices(name, "Lieu protégé", "", vec![withheld], errors))]
        }
        "steps" => area("Comment se passe l’action, séance après séance : qui fait quoi, avec quels supports.", 8, TEXT_MAX),
        "contact" => {
            let part = |part: &str| value.get(part).and_then(Value::as_str).unwrap_or_default().to_owned();
            let (email, phone) = (part("email"), part("phone"));
            let email = Field {
                name: "contact.email",
                label: "E-mail de contact",
                hint: "La boîte du service plutôt que celle d’une personne.",
                value: &email,
                kind: "email",
                ..Field::default()
            };
            let phone = Field {
                name: "contact.phone",
                label: "Téléphone de contact",
                hint: "Le numéro du service.",
                value: &phone,
                kind: "tel",
                ..Field::default()
            };
            vec![with_control("text", email.show(errors)), with_control("text", phone.show(errors))]
        }
        "mobilisation_modes" => boxes("", referential::mobilisation_modes()),
        "mobilised_by" => {
            let terms = referential::mobilised_by();
            let options = terms.iter().map(|term| Choice::new(&term.code, &term.label, list.contains(&term.code.to_string()))).collect();
            vec![with_control("checkboxes", choices(name, "Qui peut demander l’inscription", "", options, errors))]
        }
        "reception_modes" => boxes("", referential::reception_modes()),
        "fee" => {
            let options = [Choice::new("", "À préciser", plain.is_empty())]
                .into_iter()
                .chain(referential::fees().iter().map(|fee| Choice::new(&fee.code, &fee.label, plain == *fee.code)));
            vec![with_control("select", choices(name, labels::field(name), "", options.collect(), errors))]
        }
        "fee_note" => text("Un montant, une adhésion, une gratuité sous condition…", false, 500),
        "access_conditions" => {
            area("Ce qu’il faut savoir avant de venir : s’engager sur plusieurs séances, garde d’enfants, accès en fauteuil…", 3, TEXT_MAX)
        }
        "visibility" => {
            let options = Visibility::ALL.iter().map(|level| Choice::new(level.as_str(), level.label(), plain == level.as_str())).collect();
            vec![with_control("radios", choices(name, "Qui peut lire cette page", "", options, errors))]
        }
        "indicators" => vec![indicator_rows(&value, errors)],
        "evaluation" => [
            (
                "evaluation.results",
                "results",
                "Ce que l’action a changé, pour les personnes et pour l’équipe. Écrire les résultats termine le bilan.",
            ),
            ("evaluation.strengths", "strengths", "Ce que vous referiez."),
            ("evaluation.difficulties", "difficulties", "Ce qui a coincé."),
            ("evaluation.lessons", "lessons", "Ce que vous conseilleriez à une autre MDS."),
        ]
        .into_iter()
        .map(|(name, part, hint)| {
            let text = value.get(part).and_then(Value::as_str).unwrap_or_default();
            with_control(
                "textarea",
                Field { name, label: labels::field(name), hint, value: text, max: counted(TEXT_MAX), rows: 4, ..Field::default() }.show(errors),
            )
        })
        .collect(),
        _ => Vec::new(),
    }
}

/// A limit is said where people may meet it; the reader of fields checks all of them.
fn counted(max: usize) -> Option<u32> {
    u32::try_from(max).ok().filter(|max| *max <= 2000)
}

fn with_control(control: &str, mut field: Value) -> Value {
    field["control"] = json!(control);
    field
}

fn text_of(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => String::new(),
    }
}

fn carrier(value: &Value, from: &Choices<'_>, errors: &FieldErrors) -> Value {
    let chosen = match (value.get("territory").and_then(Value::as_str), value.get("partner_id").and_then(Value::as_str)) {
        (Some(code), _) => format!("territory:{code}"),
        (None, Some(id)) => format!("partner:{id}"),
        (None, None) => String::new(),
    };
    let option = |value: String, label: &str| Choice::new(&value, label, value == chosen);
    let own = from.world.atlas.own().map(|territory| option(format!("territory:{}", territory.code), &territory.name));
    let partners = from.partners.iter().map(|partner| option(format!("partner:{}", partner.id), &partner.name));
    let mut options: Vec<Choice> = [option(String::new(), "À préciser")].into_iter().chain(own).chain(partners).collect();
    if options.iter().all(|option| !option.checked)
        && let Some((_, code)) = chosen.split_once(':')
    {
        options.push(option(chosen.clone(), &from.world.atlas.name(code)));
    }
    with_control("select", choices("carrier", "Qui porte l’action", "", options, errors))
}

fn sheets(value: &Value, from: &Choices<'_>, errors: &FieldErrors) -> Value {
    let chosen: Vec<(&str, i64)> =
        value.as_array().into_iter().flatten().filter_map(|sheet| Some((sheet.get("plan_id")?.as_str()?, sheet.get("number")?.as_i64()?))).collect();
    let mut groups: Vec<Value> = Vec::new();
    let mut titles: Vec<String> = Vec::new();
    for line in from.sheets {
        let title = format!("{}\u{a0}: {}", line.plan_title, line.orientation_title);
        let checked = chosen.contains(&(line.plan_id.as_str(), i64::from(line.number)));
        let option = Choice::new(&format!("{}/{}", line.plan_id, line.number), &format!("Fiche {}. {}", line.number, line.title), checked);
        match titles.iter().position(|known| *known == title) {
            Some(place) => {
                let group = &mut groups[place];
                if let Some(options) = group["options"].as_array_mut() {
                    options.push(json!(option));
                }
                if checked {
                    group["open"] = json!(true);
                    group["checked_count"] = json!(group["checked_count"].as_u64().unwrap_or(0) + 1);
                }
            }
            None => {
                titles.push(title.clone());
                groups.push(json!({ "label": title, "open": checked, "checked_count": u8::from(checked), "options": [option] }));
            }
        }
    }
    let hint =
        if groups.is_empty() { "Aucun schéma n’est encore enregistré." } else { "Les fiches que cette action met en œuvre, s’il y en a." };
    json!({ "control": "groups", "name": "plan_sheets", "legend": "Fiches du schéma", "hint": hint, "error": errors.of("plan_sheets"), "groups": groups })
}

/// How many empty rows wait at the end of a small table.
const SPARE_ROWS: usize = 2;

fn partner_rows(value: &Value, from: &Choices<'_>, errors: &FieldErrors) -> Value {
    let part = |row: &Value, name: &str| row.get(name).map(text_of).unwrap_or_default();
    let row = |number: usize, row: &Value| {
        let id = part(row, "partner_id");
        let known = from.partners.iter().map(|partner| Choice::new(partner.id.as_str(), &partner.name, partner.id.as_str() == id));
        let options: Vec<Choice> = [Choice::new("", "Choisir un partenaire", id.is_empty())].into_iter().chain(known).collect();
        json!({ "number": number, "options": options, "role": part(row, "role") })
    };
    let given = value.as_array().cloned().unwrap_or_default();
    let rows: Vec<Value> =
        given.iter().chain(std::iter::repeat_n(&Value::Null, SPARE_ROWS)).enumerate().map(|(number, given)| row(number + 1, given)).collect();
    json!({ "control": "partners", "name": "partners", "legend": "Partenaires", "error": errors.of("partners"), "rows": rows })
}

fn indicator_rows(value: &Value, errors: &FieldErrors) -> Value {
    let part = |row: &Value, name: &str| row.get(name).map(text_of).unwrap_or_default().replace('.', ",");
    let given = value.as_array().cloned().unwrap_or_default();
    let rows: Vec<Value> = given
        .iter()
        .chain(std::iter::repeat_n(&Value::Null, SPARE_ROWS))
        .enumerate()
        .map(|(number, row)| {
            json!({
                "number": number + 1, "label": row.get("label").map(text_of).unwrap_or_default(), "unit": row.get("unit").map(text_of).unwrap_or_default(),
                "target": part(row, "target"), "value": part(row, "value"),
            })
        })
        .collect();
    json!({ "control": "indicators", "name": "indicators", "legend": "Indicateurs", "error": errors.of("indicators"), "rows": rows })
}

/// A field's value as a conflict shows it: in words, a list with its dashes.
pub fn in_words(name: &str, value: &Value, from: &Choices<'_>) -> String {
    match told::said(name, value, from) {
        Said::Value(text) | Said::Text(text) => text,
        Said::Items(items) => items.into_iter().map(|item| format!("- {item}")).collect::<Vec<_>>().join("\n"),
    }
}
