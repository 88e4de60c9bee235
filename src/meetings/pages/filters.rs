//! The filters of the calendar and of the list: a territory, a body, a kind.

use serde_json::{Value, json};

use super::names::Names;
use crate::http::forms::{Choice, Form};
use crate::kernel::FieldErrors;
use crate::kernel::ids::BodyId;
use crate::meetings::model::Kind;
use crate::meetings::service::Filter;

const NAMES: [&str; 3] = ["territory", "body", "kind"];

/// What an address asks for; what names nothing is in the errors.
pub fn asked(form: &Form, names: &Names, errors: &mut FieldErrors) -> Filter {
    let mut filter = Filter::default();
    for name in NAMES {
        let said = form.get(name).trim();
        let known = match name {
            _ if said.is_empty() => continue,
            "territory" if names.atlas.knows(said) => {
                filter.territories = names.atlas.matching(said);
                true
            }
            "body" => {
                filter.bodies = BodyId::parse(said).filter(|id| names.body(Some(id.as_str())).is_some()).into_iter().collect();
                !filter.bodies.is_empty()
            }
            "kind" => {
                filter.kinds = Kind::parse(said).into_iter().collect();
                !filter.kinds.is_empty()
            }
            _ => false,
        };
        if !known {
            errors.add(
                name,
                format!("«\u{a0}{}\u{a0}» n’est pas une valeur connue de «\u{a0}{name}\u{a0}».", said.chars().take(60).collect::<String>()),
            );
        }
    }
    filter
}

/// The pairs of an address that are filters, to carry along.
pub fn kept(form: &Form) -> Vec<(String, String)> {
    form.0.iter().filter(|(name, value)| NAMES.contains(&name.as_str()) && !value.is_empty()).cloned().collect()
}

/// The fields, filled.
pub fn shown(form: &Form, names: &Names) -> Value {
    let (territory, body, kind) = (form.get("territory"), form.get("body"), form.get("kind"));
    let select = |name: &str, label: &str, any: &str, chosen: &str, choices: Vec<(String, String)>| {
        let all = [(String::new(), any.to_owned())].into_iter().chain(choices);
        let options: Vec<Choice> = all.map(|(code, label)| Choice::new(&code, &label, code == chosen)).collect();
        json!({ "name": name, "label": label, "options": options })
    };
    let mut places: Vec<(String, String)> = names.atlas.own().map(|one| (one.code.clone(), one.name.clone())).collect();
    places.insert(0, (names.instance.departement.clone(), "Tout le département".to_owned()));
    if !territory.is_empty() && places.iter().all(|(code, _)| code != territory) {
        places.push((territory.to_owned(), names.atlas.name(territory)));
    }
    let bodies = names.bodies.iter().filter(|one| !one.fields.is_closed || one.id.as_str() == body);
    let bodies = bodies.map(|one| (one.id.to_string(), one.fields.name.clone())).collect();
    let kinds = Kind::ALL.iter().map(|one| (one.to_string(), one.label().to_owned())).collect();
    json!([
        select("territory", "Territoire", "Tous les territoires", territory, places),
        select("body", "Instance", "Toutes les instances", body, bodies),
        select("kind", "Type", "Tous les types", kind, kinds),
    ])
}
