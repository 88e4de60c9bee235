//! The agenda of a meeting in its form: a row an item, which buttons move up and down.

use serde_json::{Map, Value, json};

use crate::http::forms::{Choice, Form};
use crate::kernel::FieldErrors;
use crate::kernel::ids::{ActionId, ConventionId, PlanId};
use crate::meetings::model::{AgendaItem, Aim};

const MOST_ROWS: usize = 200;

/// Rows as they were sent: `agenda.0.title`, `agenda.1.minutes`… Empty ones, and those to be taken away, are none.
pub fn sent(form: &Form, errors: &mut FieldErrors) -> Value {
    let mut items: Vec<(usize, Value)> = Vec::new();
    for row in (0..MOST_ROWS).take_while(|row| form.has(&format!("agenda.{row}.title"))) {
        let of = |column: &str| form.get(&format!("agenda.{row}.{column}"));
        let is_blank = ["title", "minutes", "speaker", "about"].iter().all(|column| of(column).trim().is_empty());
        if of("gone") == "oui" || is_blank {
            continue;
        }
        let mut item = json!({
            "key": of("key"), "title": of("title"), "minutes": of("minutes"), "speaker": of("speaker"), "aim": of("aim"), "about": of("about"),
        });
        match about(of("about")) {
            Some(named) => item.as_object_mut().into_iter().for_each(|item| item.extend(named.clone())),
            None => errors.add(
                "agenda",
                format!(
                    "Point {}\u{a0}: collez l’adresse de la page d’une action, d’une convention ou d’une fiche du schéma, ou videz cette case.",
                    items.len() + 1
                ),
            ),
        }
        items.push((row, item));
    }
    let asked = form.get("do");
    let moved = |prefix: &str| asked.strip_prefix(prefix).and_then(|row| row.parse::<usize>().ok());
    let place = |row: usize| items.iter().position(|(other, _)| *other == row);
    let swap = match (moved("up-").and_then(place), moved("down-").and_then(place)) {
        (Some(place), _) if place > 0 => Some((place - 1, place)),
        (_, Some(place)) if place + 1 < items.len() => Some((place, place + 1)),
        _ => None,
    };
    if let Some((one, other)) = swap {
        items.swap(one, other);
    }
    items.into_iter().map(|(_, item)| item).collect()
}

/// What an address of ours is about, under the names of the API. None when it is no such address; nothing said names nothing.
fn about(address: &str) -> Option<Map<String, Value>> {
    let mut named = Map::new();
    let address = address.trim();
    if address.is_empty() {
        return Some(named);
    }
    let parts = |prefix: &str| -> Option<Vec<&str>> {
        let rest = &address[address.find(prefix)? + prefix.len()..];
        Some(rest.split(['/', '?', '#']).collect())
    };
    if let Some(id) = parts("/actions/").and_then(|parts| ActionId::parse(parts.first()?)) {
        named.insert("action".to_owned(), json!(id));
    } else if let Some(id) = parts("/conventions/").and_then(|parts| ConventionId::parse(parts.first()?)) {
        named.insert("convention".to_owned(), json!(id));
    } else {
        let parts = parts("/schema/")?;
        let [plan, "fiches", number, ..] = parts[..] else { return None };
        let (plan, number) = (PlanId::parse(plan)?, number.parse::<i32>().ok()?);
        named.insert("plan_sheet".to_owned(), json!({ "plan_id": plan, "number": number }));
    }
    Some(named)
}

/// The address of what an item is about.
pub fn address(item: &AgendaItem) -> String {
    match (&item.action, &item.convention, &item.plan_sheet) {
        (Some(id), ..) => format!("/actions/{id}"),
        (None, Some(id), _) => format!("/conventions/{id}"),
        (None, None, Some(sheet)) => format!("/schema/{}/fiches/{}", sheet.plan_id, sheet.number),
        (None, None, None) => String::new(),
    }
}

/// The rows filled, with as many empty ones as asked.
pub fn control(given: &[Value], spare: usize, label: &str, errors: &FieldErrors) -> Value {
    let blank = json!({});
    let rows = given.iter().chain(std::iter::repeat_n(&blank, spare)).enumerate().map(|(place, item)| {
        let text = |name: &str| match &item[name] {
            Value::String(text) => text.clone(),
            Value::Number(number) => number.to_string(),
            _ => String::new(),
        };
        let aim = text("aim");
        let options: Vec<Choice> = Aim::ALL.iter().map(|one| Choice::new(one.as_str(), one.label(), one.as_str() == aim)).collect();
        json!({
            "number": place + 1, "key": text("key"), "title": text("title"), "minutes": text("minutes"), "speaker": text("speaker"), "about": text("about"),
            "options": options, "is_kept": place < given.len(), "may_rise": place > 0 && place < given.len(), "may_fall": place + 1 < given.len(),
        })
    });
    let hint = "Un point par ligne, dans l’ordre. L’heure de chacun se calcule d’après le début et les durées.";
    json!({ "control": "agenda", "name": "agenda", "legend": label, "hint": hint, "error": errors.of("agenda"), "rows": rows.collect::<Vec<_>>() })
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "01KB2J5Q3V8YH4N7T6R9C0M1XW";

    #[test]
    fn an_address_names_an_action_a_convention_or_a_sheet() {
        for (address, name) in [
            (format!("https://vienne.example/actions/{ID}/gerer-son-budget"), "action"),
            (format!("/conventions/{ID}?le=2026-01-01"), "convention"),
            (format!("http://localhost:8080/schema/{ID}/fiches/12"), "plan_sheet"),
        ] {
            assert!(about(&address).expect("an address of ours").contains_key(name), "{address}");
        }
        assert!(about(" ").expect("nothing").is_empty());
        for wrong in ["bonjour", "/actions/1", "/schema/x/fiches/1", "https://exemple.fr/"] {
            assert!(about(wrong).is_none(), "{wrong}");
        }
    }

    fn titles(value: &Value) -> Vec<&str> {
        value.as_array().expect("items").iter().map(|item| item["title"].as_str().expect("a title")).collect()
    }

    #[test]
    fn rows_move_go_and_are_left_out_when_blank() {
        let pairs = |asked: &str, gone: &str| {
            let rows = [
                ("agenda.0.title", "Un"),
                ("agenda.1.title", " "),
                ("agenda.2.title", "Deux"),
                ("agenda.3.title", "Trois"),
                ("agenda.2.gone", gone),
                ("do", asked),
            ];
            Form(rows.map(|(name, value)| (name.to_owned(), value.to_owned())).into())
        };
        let of = |asked, gone| sent(&pairs(asked, gone), &mut FieldErrors::default());
        assert_eq!(titles(&of("", "")), ["Un", "Deux", "Trois"]);
        assert_eq!(titles(&of("up-2", "")), ["Deux", "Un", "Trois"]);
        assert_eq!(titles(&of("down-2", "")), ["Un", "Trois", "Deux"]);
        assert_eq!(titles(&of("up-0", "")), ["Un", "Deux", "Trois"]);
        assert_eq!(titles(&of("", "oui")), ["Un", "Trois"]);
    }
}
