//! Actions from a file: its columns, its rows as records, and the two steps of an import: check everything, then write everything.

use std::collections::{BTreeSet, HashMap};

use serde_json::{Value, json};

use super::columns::{Cell, Column, Columns, labelled, parts};
use super::{Row, Wrong};
use crate::accounts::model::{Actor, By};
use crate::actions::importing::{self, Checked, Fate};
use crate::actions::labels::FIELDS;
use crate::actions::model::{Kind, Stage};
use crate::actions::service::World;
use crate::db::Conn;
use crate::error::Result;
use crate::kernel::{Visibility, referential};
use crate::outbox::{self, Job};
use crate::search::model::RecordType;
use crate::territories::geography::geography;

/// Beyond so many changes, search is built anew rather than told of each.
const REBUILD_AFTER: usize = 2_000;

/// Columns whose label is not that of a form's field.
const MORE: [(&str, &str); 4] = [
    ("carrier.territory", "Territoire porteur"),
    ("carrier.partner_id", "Partenaire porteur"),
    ("mobilised_by", "Qui peut orienter"),
    ("stage", "Étape"),
];

const IGNORED: [&str; 12] = [
    "id",
    "url",
    "situation",
    "version",
    "created_at",
    "updated_at",
    "published_at",
    "author",
    "inspired_by",
    "return_comment",
    "missing",
    "sessions",
];

/// The columns of a table of actions, and how their cells are read.
pub fn columns(world: &World) -> Columns {
    let fields = FIELDS.iter().filter(|(field, _)| !matches!(*field, "carrier" | "evaluation" | "contact")).chain(&MORE);
    Columns { columns: fields.map(|(field, label)| Column { field, label, cell: cell(field, world) }).collect(), ignored: &IGNORED }
}

fn cell(field: &str, world: &World) -> Cell {
    let terms = |terms: &[referential::Term]| labelled(terms.iter().map(|term| (term.label.clone(), term.code.clone())));
    match field {
        "kind" => Cell::Code(labelled(Kind::ALL.iter().map(|kind| (kind.label().to_owned(), kind.to_string())))),
        "visibility" => Cell::Code(labelled(Visibility::ALL.iter().map(|level| (level.label().to_owned(), level.to_string())))),
        "stage" => Cell::Code(labelled(Stage::ALL.iter().map(|stage| (stage.label().to_owned(), stage.to_string())))),
        "fee" => Cell::Code(terms(referential::fees())),
        "audiences" => Cell::Codes(terms(referential::audiences())),
        "reception_modes" => Cell::Codes(terms(referential::reception_modes())),
        "mobilisation_modes" => Cell::Codes(terms(referential::mobilisation_modes())),
        "mobilised_by" => Cell::Codes(terms(referential::mobilised_by())),
        "themes" => {
            let national = referential::themes().iter().map(|term| (term.label.clone(), term.code.clone()));
            let local = world.instance.themes.iter().map(|theme| (theme.label.clone(), theme.code.clone()));
            Cell::Codes(labelled(national.chain(local)))
        }
        "territories" => Cell::Codes(labelled(place_names(world))),
        "carrier.territory" => Cell::Code(labelled(place_names(world))),
        "objectives" => Cell::Lines,
        "partners" => Cell::Special(Box::new(partners)),
        "indicators" => Cell::Special(Box::new(indicators)),
        "plan_sheets" => {
            let plans: BTreeSet<String> = world.sheets.iter().map(|sheet| sheet.plan_id.clone()).collect();
            let only = if plans.len() == 1 { plans.into_iter().next() } else { None };
            Cell::Special(Box::new(move |text| sheets(text, only.as_deref())))
        }
        _ => Cell::Text,
    }
}

/// Communes of the département by name, and the instance's own territories, which win.
fn place_names(world: &World) -> Vec<(String, String)> {
    let communes = geography().communes_of(&world.instance.departement).into_iter().filter_map(|code| geography().place(code));
    let official = communes.map(|place| (place.name.to_owned(), place.code.to_owned()));
    official.chain(world.atlas.own().map(|territory| (territory.name.clone(), territory.code.clone()))).collect()
}

fn as_json(text: &str) -> Option<Value> {
    text.starts_with('[').then(|| serde_json::from_str(text).ok()).flatten()
}

/// `identifiant : rôle | identifiant : rôle`.
fn partners(text: &str) -> Option<Value> {
    as_json(text).or_else(|| {
        let link = |part: String| {
            let (id, role) = part.split_once(':').unwrap_or((&part, ""));
            json!({ "partner_id": id.trim(), "role": role.trim() })
        };
        Some(parts(text, &['|', '\n']).into_iter().map(link).collect())
    })
}

/// `nom : résultat / cible | nom`.
fn indicators(text: &str) -> Option<Value> {
    as_json(text).or_else(|| {
        let indicator = |part: String| {
            let (label, figures) = part.rsplit_once(':').unwrap_or((&part, ""));
            let (value, target) = figures.split_once('/').unwrap_or((figures, ""));
            json!({ "label": label.trim(), "value": value.trim(), "target": target.trim() })
        };
        Some(parts(text, &['|', '\n']).into_iter().map(indicator).collect())
    })
}

/// `schéma/numéro`, or the number alone when there is one plan.
fn sheets(text: &str, only: Option<&str>) -> Option<Value> {
    as_json(text).or_else(|| {
        let sheet = |part: String| {
            let (plan, number) = part.split_once('/').or_else(|| only.map(|plan| (plan, part.as_str())))?;
            Some(json!({ "plan_id": plan.trim(), "number": number.trim().parse::<i32>().ok()? }))
        };
        parts(text, &['|', '\n', ',', ';']).into_iter().map(sheet).collect::<Option<Vec<_>>>().map(Value::from)
    })
}

/// An import that may be written as a whole.
#[derive(Debug, Default)]
pub struct Ready {
    records: Vec<Checked>,
    pub created: usize,
    pub changed: usize,
    pub same: usize,
    /// Published with less than publication asks: line, title, and the fields that are missing.
    pub to_complete: Vec<(u64, String, Vec<String>)>,
}

impl Ready {
    pub fn len(&self) -> usize {
        self.records.len()
    }

    pub fn is_empty(&self) -> bool {
        self.records.is_empty()
    }
}

/// Checks every row; answers all that is wrong, or what may be written. `step` hears how many rows are done.
pub fn check(
    conn: &mut Conn,
    actor: &Actor,
    rows: Vec<Row>,
    world: &World,
    columns: &Columns,
    step: &mut dyn FnMut(u64),
) -> Result<Result<Ready, Vec<Wrong>>> {
    let mut wrongs = Vec::new();
    let mut first_line: HashMap<String, u64> = HashMap::new();
    for row in &rows {
        let Some(id) = external_id(row) else { continue };
        match first_line.get(&id) {
            Some(first) => {
                let message = format!("« {id} » est deux fois dans le fichier : ici et ligne {first}.");
                wrongs.push(Wrong::cell(row.line, columns.label("external_id"), Some(id), message));
            }
            None => drop(first_line.insert(id, row.line)),
        }
    }
    let ids: Vec<String> = first_line.into_keys().collect();
    let known = importing::by_external_ids(conn, &ids)?;
    let mut known: HashMap<String, _> = known.into_iter().filter_map(|action| Some((action.fields.external_id.clone()?, action))).collect();
    let mut ready = Ready::default();
    for (done, row) in (1u64..).zip(rows) {
        let existing = external_id(&row).and_then(|id| known.remove(&id));
        // Kept to quote what is wrong: only a bad row needs it.
        let given = row.given.clone();
        match importing::check(actor, row.given, existing, world) {
            Ok(checked) => {
                match checked.fate() {
                    Fate::Created => ready.created += 1,
                    Fate::Changed => ready.changed += 1,
                    Fate::Same => ready.same += 1,
                }
                if !checked.missing.is_empty() {
                    let fields = checked.missing.iter().map(|(field, _)| label(columns, field)).collect();
                    ready.to_complete.push((row.line, checked.fields.title.clone(), fields));
                }
                ready.records.push(checked);
            }
            Err(errors) => {
                wrongs.extend(errors.iter().map(|(field, message)| Wrong::cell(row.line, &label(columns, field), value_of(&given, field), message)));
            }
        }
        step(done);
    }
    wrongs.sort_by_key(|wrong| wrong.line);
    Ok(if wrongs.is_empty() { Ok(ready) } else { Err(wrongs) })
}

fn external_id(row: &Row) -> Option<String> {
    let id = match row.given.get("external_id")? {
        Value::String(id) => crate::kernel::text::clean(id).split_whitespace().collect::<Vec<_>>().join(" "),
        Value::Number(id) => id.to_string(),
        _ => return None,
    };
    Some(id).filter(|id| !id.is_empty())
}

/// `Premier jour (starts_on)`.
fn label(columns: &Columns, field: &str) -> String {
    let label = match columns.label(field) {
        "" => FIELDS.iter().find(|(name, _)| *name == field).map_or("", |(_, label)| label),
        label => label,
    };
    if label.is_empty() { field.to_owned() } else { format!("{label} ({field})") }
}

fn value_of(given: &serde_json::Map<String, Value>, field: &str) -> Option<String> {
    let value = match field.split_once('.') {
        Some((outer, inner)) => given.get(outer)?.get(inner)?,
        None => given.get(field)?,
    };
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}

/// Writes everything, in the caller's transaction.
pub fn write(conn: &mut Conn, by: By<'_>, ready: &Ready, step: &mut dyn FnMut(u64)) -> Result<()> {
    let mut found = Vec::new();
    for (done, checked) in (1u64..).zip(&ready.records) {
        if let Some(id) = importing::write(conn, by, checked)?
            && checked.is_found()
        {
            found.push(id);
        }
        step(done);
    }
    if found.len() > REBUILD_AFTER {
        outbox::enqueue(conn, by.now, by.chance, &Job::Rebuild)?;
        return Ok(());
    }
    for id in found {
        outbox::enqueue(conn, by.now, by.chance, &Job::Index { kind: RecordType::Action, id: id.to_string() })?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::imports::rows;
    use crate::instance::model::Instance;
    use crate::territories::model::Atlas;

    fn world() -> World {
        World { instance: Instance::default(), atlas: Atlas::default(), partners: BTreeSet::new(), sheets: BTreeSet::new() }
    }

    fn checked(name: &str, file: &[u8]) -> Vec<std::result::Result<Checked, Vec<String>>> {
        let (world, actor) = (world(), Actor::command_line());
        let rows = rows(name, file, &columns(&world)).unwrap();
        let told = |errors: crate::kernel::FieldErrors| errors.iter().map(|(field, _)| field.to_owned()).collect();
        rows.into_iter().map(|row| importing::check(&actor, row.given, None, &world).map_err(told)).collect()
    }

    #[test]
    fn a_french_spreadsheet_is_read_as_it_is() {
        let file = "Identifiant externe;Titre;Présentation;Publics;Territoires;Premier jour;E-mail de contact;Étape;Objectifs\r\n\
            A1;Gérer l’argent;Six ateliers;Familles, Étudiants;Loudun|86194;03/03/2026;mds@vienne.example;Publiée;Un|Deux\r\n";
        let (bytes, ..) = encoding_rs::WINDOWS_1252.encode(file);
        let checked = checked("actions.csv", &bytes).remove(0).unwrap();
        let fields = &checked.fields;
        assert_eq!(
            (fields.title.as_str(), fields.audiences.as_slice()),
            ("Gérer l’argent", ["familles".to_owned(), "etudiants".to_owned()].as_slice())
        );
        assert_eq!((fields.territories.as_slice(), fields.objectives.len()), (["86137".to_owned(), "86194".to_owned()].as_slice(), 2));
        assert_eq!((checked.stage, fields.contact.email.as_str()), (Stage::Published, "mds@vienne.example"));
        assert_eq!(checked.missing.iter().map(|(field, _)| field).collect::<Vec<_>>(), ["themes"]);
    }

    #[test]
    fn bad_rows_name_their_fields() {
        let file = br#"{"title": "a", "starts_on": "31/02/2026", "stage": "gone", "colour": 1}
{"title": "", "stage": "published"}
{"title": "a", "stage": "submitted"}"#;
        let found: Vec<Vec<String>> = checked("a.jsonl", file).into_iter().map(Result::unwrap_err).collect();
        assert_eq!(found[0], ["stage", "colour", "starts_on"]);
        assert_eq!(found[1], ["title", "summary"]);
        assert_eq!(found[2].first().map(String::as_str), Some("summary"));
    }

    #[test]
    fn short_notations_are_read() {
        assert_eq!(sheets("8, 9", Some("P")), Some(json!([{"plan_id": "P", "number": 8}, {"plan_id": "P", "number": 9}])));
        assert_eq!(sheets("8", None), None);
        assert_eq!(sheets("Q/3", None), Some(json!([{"plan_id": "Q", "number": 3}])));
        assert_eq!(
            indicators("Présents : 12 / 20 | Avis"),
            Some(json!([{"label": "Présents", "value": "12", "target": "20"}, {"label": "Avis", "value": "", "target": ""}]))
        );
        assert_eq!(partners("X : prête la salle"), Some(json!([{"partner_id": "X", "role": "prête la salle"}])));
    }
}
