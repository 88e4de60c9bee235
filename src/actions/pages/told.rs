//! Each field of an action as people read it: a code by its label, a date in words, a list item by item.

use serde_json::Value;

use super::steps::Choices;
use super::words;
use crate::actions::labels;
use crate::actions::model::{Carrier, Kind};
use crate::kernel::referential::{self, Term};
use crate::kernel::{Day, Visibility};
use crate::versions::diff::{Field, Said};

/// What one version says, in the order of the form.
const NAMES: [&str; 33] = [
    "title",
    "summary",
    "kind",
    "territories",
    "carrier",
    "needs",
    "objectives",
    "audiences",
    "audience_note",
    "themes",
    "plan_sheets",
    "means",
    "partners",
    "starts_on",
    "ends_on",
    "rhythm",
    "place",
    "place_withheld",
    "steps",
    "contact.email",
    "contact.phone",
    "mobilisation_modes",
    "mobilised_by",
    "reception_modes",
    "fee",
    "fee_note",
    "access_conditions",
    "visibility",
    "indicators",
    "evaluation.results",
    "evaluation.strengths",
    "evaluation.difficulties",
    "evaluation.lessons",
];

/// Lists in no order: what was chosen again in another one says the same.
const UNORDERED: [&str; 7] = ["audiences", "themes", "territories", "plan_sheets", "reception_modes", "mobilisation_modes", "mobilised_by"];

/// The fields of a version, its content given as it is kept.
pub fn fields(content: &Value, from: &Choices<'_>) -> Vec<Field> {
    let value = |name: &str| name.split('.').fold(content, |value, part| &value[part]);
    let in_order = |name: &str, said| match said {
        Said::Items(mut items) if UNORDERED.contains(&name) => {
            items.sort();
            Said::Items(items)
        }
        said => said,
    };
    let known = NAMES.iter().map(|name| Field { name, label: labels::field(name), said: in_order(name, said(name, value(name), from)) });
    known.chain([Field { name: "external_id", label: labels::field("external_id"), said: Said::Value(plain(&content["external_id"])) }]).collect()
}

/// A value in words, never in JSON.
pub fn said(name: &str, value: &Value, from: &Choices<'_>) -> Said {
    let codes = || value.as_array().into_iter().flatten().filter_map(Value::as_str);
    let items = |labels: &mut dyn Iterator<Item = String>| Said::Items(labels.collect());
    let terms = |term: fn(&str) -> Option<&'static Term>| {
        Said::Items(codes().map(|code| term(code).map_or_else(|| code.to_owned(), |term| term.label.to_string())).collect())
    };
    let rows = || value.as_array().into_iter().flatten();
    match name {
        "themes" => items(&mut codes().map(|code| from.world.instance.theme_label(code))),
        "territories" => items(&mut codes().map(|code| from.world.atlas.name(code))),
        "objectives" => items(&mut codes().map(ToOwned::to_owned)),
        "audiences" => terms(referential::audience),
        "reception_modes" => terms(referential::reception_mode),
        "mobilisation_modes" => terms(referential::mobilisation_mode),
        "mobilised_by" => terms(referential::mobiliser),
        "partners" => items(&mut rows().map(|row| partner(row, from))),
        "indicators" => items(&mut rows().map(indicator)),
        "plan_sheets" => items(&mut rows().map(|row| sheet(row, from))),
        "kind" => Said::Value(Kind::parse(&plain(value)).map_or("", Kind::label).to_owned()),
        "visibility" => Said::Value(Visibility::parse(&plain(value)).map_or("", Visibility::label).to_owned()),
        "fee" => Said::Value(referential::fee(&plain(value)).map(|fee| fee.label.to_string()).unwrap_or_default()),
        "starts_on" | "ends_on" => Said::Value(Day::parse(&plain(value)).map_or_else(|| plain(value), Day::in_words)),
        "carrier" => Said::Value(carrier(value, from)),
        "place_withheld" => Said::Value(if value == true { "Oui" } else { "Non" }.to_owned()),
        "contact.email" | "contact.phone" => Said::Value(plain(value)),
        _ => Said::Text(readable(value)),
    }
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => String::new(),
    }
}

fn carrier(value: &Value, from: &Choices<'_>) -> String {
    match serde_json::from_value(value.clone()) {
        Ok(Carrier::Territory(code)) => from.world.atlas.name(&code),
        Ok(Carrier::PartnerId(id)) => words::partner_name(&id, from.partners, from.former),
        Err(_) => String::new(),
    }
}

fn partner(row: &Value, from: &Choices<'_>) -> String {
    let name = words::partner_name(&plain(&row["partner_id"]), from.partners, from.former);
    match plain(&row["role"]).as_str() {
        "" => name,
        role => format!("{name} ({role})"),
    }
}

/// « Ateliers (demi-journées) : prévu 20, obtenu 12 ».
fn indicator(row: &Value) -> String {
    let (label, unit) = (plain(&row["label"]), plain(&row["unit"]));
    let figure = |name: &str, what: &str| row[name].as_f64().map(|figure| format!("{what} {}", figure.to_string().replace('.', ",")));
    let figures: Vec<String> = [figure("target", "prévu"), figure("value", "obtenu")].into_iter().flatten().collect();
    let unit = if unit.is_empty() { unit } else { format!(" ({unit})") };
    if figures.is_empty() { format!("{label}{unit}") } else { format!("{label}{unit}\u{a0}: {}", figures.join(", ")) }
}

fn sheet(row: &Value, from: &Choices<'_>) -> String {
    let (plan, number) = (plain(&row["plan_id"]), row["number"].as_i64().unwrap_or_default());
    let known = from.sheets.iter().find(|line| line.plan_id.as_str() == plan && i64::from(line.number) == number);
    known.map_or_else(|| format!("Fiche {number} d’un ancien schéma"), |line| format!("Fiche {number}. {}", line.title))
}

/// Any other value: its parts, one a line.
fn readable(value: &Value) -> String {
    match value {
        Value::Object(parts) => parts.values().map(readable).filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n"),
        value => plain(value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::actions::model::{ActionFields, Contact, Evaluation};
    use std::collections::BTreeSet;

    /// Nothing of what people write is left out of what is compared.
    #[test]
    fn every_field_is_told() {
        let fields = ActionFields { contact: Contact::default(), evaluation: Evaluation::default(), ..ActionFields::default() };
        let Ok(Value::Object(object)) = serde_json::to_value(fields) else { panic!("no object") };
        let leaves = object.iter().flat_map(|(name, value)| match value {
            Value::Object(parts) => parts.keys().map(|part| format!("{name}.{part}")).collect(),
            _ => vec![name.clone()],
        });
        let told: BTreeSet<String> = NAMES.iter().chain(&["external_id"]).map(|name| (*name).to_owned()).collect();
        assert_eq!(leaves.collect::<BTreeSet<_>>(), told);
    }

    #[test]
    fn indicators_read_as_a_line() {
        let row = serde_json::json!({ "label": "Venues", "unit": "personnes", "target": 20.0, "value": 12.5 });
        assert_eq!(indicator(&row), "Venues (personnes)\u{a0}: prévu 20, obtenu 12,5");
        assert_eq!(indicator(&serde_json::json!({ "label": "Avis", "unit": "" })), "Avis");
    }
}
