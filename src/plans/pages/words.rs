//! How a sheet is told: what happened to it, and each of its fields as people read it.

use serde_json::Value;

use crate::kernel::text::some_of;
use crate::plans::history;
use crate::plans::model::{MethodStep, SheetGiven, WholePlan, section_label};
use crate::plans::{reading, typed};
use crate::versions::Version;
use crate::versions::diff::{Field, Said};

/// What the journal of a sheet says of a version.
pub fn happened(version: &Version) -> String {
    match (version.event.as_str(), history::decision(version)) {
        (_, Some(decision)) => format!("Nouvel état : {}", decision.stage.label().to_lowercase()),
        ("plan_saved", _) if version.number == 1 => "Fiche créée avec le schéma".into(),
        ("plan_saved", _) => "Relue dans le document importé".into(),
        ("sheet_restored", _) => format!("Rétablie telle qu’à la version {}", version.detail["version"]),
        ("sheet_changed", _) => "Texte modifié".into(),
        _ => "Fiche créée".into(),
    }
}

/// What the author of a version did.
pub fn did(version: &Version) -> String {
    let names = version.changed();
    let changed = some_of(IN_A_SENTENCE.iter().filter(|(name, _)| names.contains(name)).map(|(_, words)| *words));
    let changed = if changed.is_empty() { "la fiche".to_owned() } else { changed };
    match (version.event.as_str(), history::decision(version)) {
        (_, Some(decision)) => {
            format!("a noté une décision du comité de pilotage du {} : {}", decision.decided_on.in_short(), decision.stage.label().to_lowercase())
        }
        ("plan_saved", _) if version.number == 1 => "a enregistré la fiche avec le schéma".into(),
        ("plan_saved", _) => format!("a relu {changed} dans le document importé"),
        ("sheet_restored", _) => format!("a rétabli la version {}", version.detail["version"]),
        ("sheet_changed", _) => format!("a modifié {changed}"),
        ("found", _) => "Texte qui était là quand l’historique a commencé".into(),
        _ => "a ajouté la fiche".into(),
    }
}

const IN_A_SENTENCE: [(&str, &str); 11] = [
    ("title", "le titre"),
    ("orientation", "l’orientation"),
    ("needs", "les constats"),
    ("objectives", "les objectifs"),
    ("method", "la méthode de travail"),
    ("pilots", "le pilotage"),
    ("partners", "les partenaires"),
    ("calendar", "le calendrier"),
    ("means", "les moyens"),
    ("indicators", "les indicateurs"),
    ("related_plans", "les autres schémas"),
];

/// The fields of a version, its content given as it is kept.
pub fn fields(content: &Value, plan: &WholePlan) -> Vec<Field> {
    let given: SheetGiven = serde_json::from_value(content.clone()).unwrap_or_default();
    let orientation = match plan.orientation(given.orientation) {
        Some(orientation) => format!("{}. {}", orientation.number, orientation.title),
        None => format!("{} (elle n’existe plus)", given.orientation),
    };
    let mut fields = vec![
        Field { name: "title", label: section_label("title"), said: Said::Text(given.title.clone()) },
        Field { name: "orientation", label: "Orientation", said: Said::Value(orientation) },
    ];
    fields.extend(given.content.sections().into_iter().map(|(name, texts)| {
        let items = match name {
            "method" => given.content.method.iter().map(step).collect(),
            "calendar" => given.content.calendar.iter().map(reading::typed_calendar_line).collect(),
            _ => texts.into_iter().map(ToOwned::to_owned).collect(),
        };
        Field { name, label: section_label(name), said: Said::Items(items) }
    }));
    fields
}

fn step(step: &MethodStep) -> String {
    typed::step_lines(step).join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_has_its_words_and_is_told() {
        let Ok(Value::Object(fields)) = serde_json::to_value(SheetGiven::default()) else { panic!("no object") };
        let section = |name: &str| section_label(name) != "Fiche" || name == "orientation";
        assert!(fields.keys().all(|name| section(name) && IN_A_SENTENCE.iter().any(|(known, _)| known == name)), "{fields:?}");
        assert_eq!(IN_A_SENTENCE.len(), fields.len());
    }
}
