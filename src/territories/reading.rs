//! The door by which a territory comes in from a file: parsed, bounded, or refused with the reason beside the field.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::geography::{PlaceKind, geography};
use super::model::{Territory, TerritoryKind};
use crate::kernel::FieldErrors;
use crate::kernel::text::{clean, excerpt};

/// Nothing yet of a territory that a file brings.
pub fn nothing() -> Territory {
    Territory {
        code: String::new(),
        kind: TerritoryKind::Mds,
        name: String::new(),
        within: None,
        address: String::new(),
        phone: String::new(),
        email: String::new(),
        communes: BTreeSet::new(),
        parts: BTreeSet::new(),
        version: 0,
    }
}

/// The fields of `given` over those of `base`: what is not given stays. An intercommunality stands for its communes.
pub fn read(given: &Map<String, Value>, base: Territory) -> Result<Territory, FieldErrors> {
    let (mut territory, mut errors) = (base, FieldErrors::default());
    for (name, value) in given {
        let text = || match value {
            Value::String(text) => clean(text),
            Value::Null => String::new(),
            other => other.to_string(),
        };
        let line = || text().split_whitespace().collect::<Vec<_>>().join(" ");
        match name.as_str() {
            "code" => territory.code = line().to_uppercase(),
            "kind" => match TerritoryKind::parse(&line()) {
                Some(kind) => territory.kind = kind,
                None if line().is_empty() => {}
                None => errors.add("kind", format!("« {} » n’est pas une nature de territoire : mds ou tis.", excerpt(&line()))),
            },
            "name" => territory.name = line(),
            "within" => territory.within = Some(line()).filter(|code| !code.is_empty()),
            "address" => territory.address = text(),
            "phone" => territory.phone = line(),
            "email" => territory.email = line(),
            "communes" => territory.communes = communes(value, &mut errors),
            "parts" => territory.parts = parts(value, &mut errors),
            name => errors.add(name, format!("Le champ « {} » n’existe pas.", excerpt(name))),
        }
    }
    errors.into_result()?;
    territory.check()?;
    Ok(territory)
}

/// A territory as a file holds it: the same fields as the API gives.
pub fn record(territory: &Territory) -> Map<String, Value> {
    let parts: Vec<Value> = territory.parts.iter().map(|(commune, name)| json!({ "commune": commune, "name": name })).collect();
    let record = json!({
        "code": territory.code,
        "kind": territory.kind,
        "name": territory.name,
        "within": territory.within,
        "communes": territory.communes,
        "parts": parts,
        "address": territory.address,
        "phone": territory.phone,
        "email": territory.email,
    });
    if let Value::Object(record) = record { record } else { Map::new() }
}

fn communes(value: &Value, errors: &mut FieldErrors) -> BTreeSet<String> {
    let codes: Vec<&str> = match value {
        Value::Null => Vec::new(),
        Value::String(text) => text.split([',', ';', '|', '\n']).map(str::trim).filter(|code| !code.is_empty()).collect(),
        Value::Array(items) => items.iter().filter_map(Value::as_str).collect(),
        _ => {
            errors.add("communes", "Une liste de communes est attendue.");
            Vec::new()
        }
    };
    let whole = |code: &str| match geography().place(code).filter(|place| place.kind == PlaceKind::Epci) {
        Some(epci) => geography().communes_of(epci.code).into_iter().map(str::to_owned).collect(),
        None => vec![code.to_owned()],
    };
    codes.into_iter().flat_map(whole).collect()
}

fn parts(value: &Value, errors: &mut FieldErrors) -> BTreeSet<(String, String)> {
    let text = match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(items) => {
            let part = |item: &Value| format!("{} : {}", item["commune"].as_str().unwrap_or_default(), item["name"].as_str().unwrap_or_default());
            items.iter().map(part).collect::<Vec<_>>().join("\n")
        }
        _ => {
            errors.add("parts", "Une liste de parties de commune est attendue.");
            String::new()
        }
    };
    super::parts::parse(&text).unwrap_or_else(|wrong| {
        errors.extend(wrong);
        BTreeSet::new()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_back() {
        let territory = Territory {
            code: "TIS-COURONNERIES".into(),
            kind: TerritoryKind::Tis,
            name: "TIS Les Couronneries".into(),
            within: Some("MDS-POITIERS".into()),
            communes: ["86194".to_owned()].into(),
            parts: [("86115".to_owned(), "Clan".to_owned())].into(),
            ..nothing()
        };
        assert_eq!(read(&record(&territory), nothing()), Ok(territory));
    }

    #[test]
    fn an_intercommunality_stands_for_its_communes() {
        let given = json!({ "code": "mds-x", "name": "X", "communes": ["200069854"], "kind": "mds" });
        let read = read(given.as_object().unwrap(), nothing()).unwrap();
        assert!(read.communes.contains("86194") && read.communes.len() > 10);
        assert_eq!(read.code, "MDS-X");
    }

    #[test]
    fn everything_wrong_is_told_by_field() {
        let given = json!({ "code": "86", "communes": 3, "parts": "x", "kind": "cantine", "colour": 1 });
        let errors = read(given.as_object().unwrap(), nothing()).unwrap_err();
        let mut fields: Vec<&str> = errors.iter().map(|(field, _)| field).collect();
        fields.sort_unstable();
        assert_eq!(fields, ["colour", "communes", "kind", "parts"]);
    }
}
