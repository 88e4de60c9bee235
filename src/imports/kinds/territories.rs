//! Territories in files. They may lie in one another, so all of a file are looked at together.

use std::collections::{BTreeMap, HashMap};

use serde_json::{Map, Value};

use super::notations::Parts;
use super::{Change, Desk, Entry, Fate, Outcome, Which, changes};
use crate::accounts::model::{By, Viewer};
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::imports::columns::vocabulary::Terms;
use crate::imports::columns::{Cell, Column, Columns};
use crate::imports::source::Row;
use crate::instance;
use crate::kernel::FieldErrors;
use crate::kernel::text::{excerpt, fold};
use crate::territories::importing::{self, MOST, Written};
use crate::territories::model::{Atlas, Territory, TerritoryKind};
use crate::territories::naming::Naming;
use crate::territories::{reading, service};

/// Computed, or of our own margin.
const IGNORED: [&str; 9] = ["label", "departement", "population", "version", "url", "Adresse de la page", "Ligne", "Erreur", "Contenu"];

pub struct Territories {
    columns: Columns,
    atlas: Atlas,
    /// What each row of the file gives, by its line, until it is checked.
    rows: HashMap<u64, Result<Territory, FieldErrors>>,
    /// The atlas with the file's own.
    all: Atlas,
    checked: usize,
    last: Option<(Territory, Option<Territory>)>,
    pending: Vec<Territory>,
    undone: Vec<Written>,
}

fn columns(departement: &str) -> Columns {
    let places = || Naming::official(departement);
    let kinds = TerritoryKind::ALL.iter().map(|kind| (kind.to_string(), kind.label().to_owned()));
    let columns = vec![
        Column::new("code", "Code", Cell::Text)
            .also(&["external_id", "Identifiant", "Identifiant externe"])
            .hint("Obligatoire. Deux lettres au moins pour commencer, comme MDS-LOUDUN. Le même code met à jour."),
        Column::new("name", "Nom", Cell::Text).also(&["Intitulé", "Territoire"]).hint("Obligatoire."),
        Column::new("kind", "Nature", Cell::One(Box::new(Terms::new("une nature de territoire", kinds)))).also(&["Type"]).hint("Vide\u{a0}: MDS."),
        Column::new("within", "Dans le territoire", Cell::Text)
            .also(&["Dans", "Territoire parent"])
            .hint("Code ou nom d’un autre territoire, du fichier ou déjà là."),
        Column::new("communes", "Communes entières", Cell::Many(Box::new(places())))
            .also(&["Communes", "Commune"])
            .hint("Noms ou codes, séparés par une virgule ou une barre |. Une intercommunalité vaut pour toutes ses communes."),
        Column::new("parts", "Parties de commune", Cell::Notation(Box::new(Parts(places()))))
            .also(&["Quartiers"])
            .hint("Commune\u{a0}: nom de la partie, une par ligne."),
        Column::new("address", "Adresse", Cell::Text),
        Column::new("phone", "Téléphone", Cell::Phone).also(&["Tél"]),
        Column::new("email", "Adresse e-mail", Cell::Text).also(&["E-mail", "Mail", "Courriel"]),
    ];
    Columns::new(columns, &IGNORED, &[])
}

impl Territories {
    pub fn open(conn: &mut Conn) -> Result<Self> {
        let (instance, _) = instance::service::get(conn)?;
        let atlas = service::atlas(conn)?;
        let columns = columns(&instance.departement);
        Ok(Self { columns, all: atlas.clone(), atlas, rows: HashMap::new(), checked: 0, last: None, pending: Vec::new(), undone: Vec::new() })
    }

    /// The code of the territory that a row says to lie in, by code or by name.
    fn parent(names: &HashMap<String, Vec<String>>, all: &BTreeMap<String, Territory>, said: &str) -> Result<String, String> {
        let code = said.to_uppercase();
        if all.contains_key(&code) {
            return Ok(code);
        }
        match names.get(&fold(said)).map(Vec::as_slice) {
            Some([one]) => Ok(one.clone()),
            Some(several) => Err(format!("« {} » est le nom de plusieurs territoires. Écrivez le code : {}.", excerpt(said), several.join(", "))),
            None => Err(format!("« {} » n’est le code ni le nom d’aucun territoire, ici ou dans le fichier.", excerpt(said))),
        }
    }
}

impl Desk for Territories {
    fn columns(&self) -> &Columns {
        &self.columns
    }

    fn batch(&self) -> usize {
        usize::MAX
    }

    fn look_up(&mut self, _: &mut Conn, rows: &[Row]) -> Result<()> {
        let mut all: BTreeMap<String, Territory> = self.atlas.own().map(|territory| (territory.code.clone(), territory.clone())).collect();
        let mut read: Vec<(u64, String, Result<Territory, FieldErrors>)> = Vec::new();
        for row in rows {
            let mut given = row.given.clone();
            let within = given.remove("within");
            let code = given.get("code").and_then(Value::as_str).unwrap_or_default().trim().to_uppercase();
            let base = self.atlas.territory(&code).cloned().unwrap_or_else(reading::nothing);
            // A row that does not say where it lies stays where it is.
            let said = match &within {
                None => base.within.clone().unwrap_or_default(),
                Some(within) => within.as_str().unwrap_or_default().trim().to_owned(),
            };
            let territory = reading::read(&given, base);
            if let Ok(territory) = &territory {
                all.insert(territory.code.clone(), territory.clone());
            }
            read.push((row.line, said, territory));
        }
        let mut names: HashMap<String, Vec<String>> = HashMap::new();
        for territory in all.values() {
            names.entry(fold(&territory.name)).or_default().push(territory.code.clone());
        }
        self.rows = read
            .into_iter()
            .map(|(line, said, territory)| {
                let placed = territory.and_then(|territory| match said.as_str() {
                    "" => Ok(Territory { within: None, ..territory }),
                    said => match Self::parent(&names, &all, said) {
                        Ok(parent) => Ok(Territory { within: Some(parent), ..territory }),
                        Err(message) => Err(FieldErrors::one("within", message)),
                    },
                });
                (line, placed)
            })
            .collect();
        for territory in self.rows.values().flatten() {
            all.insert(territory.code.clone(), territory.clone());
        }
        self.all = Atlas::new(all.into_values().collect());
        Ok(())
    }

    fn keys(&self, row: &Row) -> Vec<(&'static str, String)> {
        let code = row.given.get("code").and_then(Value::as_str).map(|code| code.trim().to_uppercase());
        code.filter(|code| !code.is_empty()).map(|code| ("code", code)).into_iter().collect()
    }

    fn check(&mut self, row: &mut Row) -> Result<Outcome, FieldErrors> {
        let read = self.rows.remove(&row.line).unwrap_or_else(|| Err(FieldErrors::one("code", "Cette ligne ne se lit pas.")));
        self.checked += 1;
        if self.checked > MOST {
            return Err(FieldErrors::one("code", format!("Un fichier a {MOST} territoires au plus.")));
        }
        let territory = read?;
        importing::check(&territory, &self.all)?;
        let existing = self.atlas.territory(&territory.code).cloned();
        let fate = match &existing {
            None => Fate::Created,
            Some(existing) if *existing == territory => Fate::Same,
            Some(_) => Fate::Changed,
        };
        let outcome = Outcome { fate, title: territory.name.clone(), missing: Vec::new() };
        self.last = Some((territory, existing));
        Ok(outcome)
    }

    fn changes(&self) -> Vec<Change> {
        match &self.last {
            Some((after, Some(before))) => changes(&self.columns, &reading::record(before), &reading::record(after)),
            _ => Vec::new(),
        }
    }

    /// Written at the end, those that others lie in first.
    fn write(&mut self, _: &mut Conn, _: By<'_>) -> Result<Option<Entry>> {
        let Some((territory, existing)) = self.last.take() else { return Ok(None) };
        if existing.as_ref() == Some(&territory) {
            return Ok(None);
        }
        let was = existing.as_ref().map(serde_json::to_string).transpose().map_err(|error| Error::Internal(error.to_string()))?;
        let entry = Entry { record_id: territory.code.clone(), title: territory.name.clone(), was, version: territory.version + 1 };
        self.pending.push(territory);
        Ok(Some(entry))
    }

    fn finish(&mut self, conn: &mut Conn, by: By<'_>) -> Result<()> {
        importing::write(conn, by, std::mem::take(&mut self.pending))?;
        match std::mem::take(&mut self.undone) {
            undone if undone.is_empty() => Ok(()),
            undone => importing::undo(conn, by, undone),
        }
    }

    fn stuck(&mut self, conn: &mut Conn, entries: &[Entry]) -> Result<BTreeMap<String, String>> {
        importing::stuck(conn, &written(entries)?)
    }

    fn undo(&mut self, _: &mut Conn, _: By<'_>, entries: &[Entry]) -> Result<()> {
        self.undone.extend(written(entries)?);
        Ok(())
    }

    fn records(&self, _: &mut Conn, _: &Viewer, which: &Which, each: &mut dyn FnMut(Map<String, Value>) -> Result<()>) -> Result<()> {
        let mut territories: Vec<&Territory> = match which {
            Which::All => self.atlas.own().collect(),
            Which::These(codes) => codes.iter().filter_map(|code| self.atlas.territory(code)).collect(),
        };
        if matches!(which, Which::All) {
            territories.sort_by_key(|territory| (territory.kind, fold(&territory.name)));
        }
        territories.into_iter().try_for_each(|territory| each(reading::record(territory)))
    }
}

fn written(entries: &[Entry]) -> Result<Vec<Written>> {
    let read = |entry: &Entry| {
        let was = entry.was.as_deref().map(serde_json::from_str).transpose().map_err(|error| Error::Internal(error.to_string()))?;
        Ok(Written { code: entry.record_id.clone(), was, version: entry.version })
    };
    entries.iter().map(read).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::imports::columns::Named;

    #[test]
    fn no_title_names_two_columns() {
        let columns = columns("86");
        for (place, column) in columns.columns.iter().enumerate() {
            for title in [column.field, column.label].iter().chain(column.also) {
                assert_eq!(columns.named(title), Named::Column(place), "{title}");
            }
        }
    }
}
