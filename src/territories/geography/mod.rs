//! The official places of France: communes, municipal arrondissements, EPCI and départements, read once from the
//! embedded reference file, found by code, name, postcode or old name.
//!
//! `load` turns the file into one text and small tables that point into it; `search` answers what people type.

mod load;
mod search;
#[cfg(test)]
mod tests;

use std::sync::LazyLock;

use load::{NONE, Old, Row, Span};

static GEOGRAPHY: LazyLock<Geography> =
    LazyLock::new(|| load::load(include_bytes!("../../../data/reference/places.tsv.zst")).expect("the embedded geography is valid"));

/// Every place. The first call reads the file (some tens of milliseconds): call it once at start.
pub fn geography() -> &'static Geography {
    &GEOGRAPHY
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum PlaceKind {
    Commune,
    Arrondissement,
    Epci,
    Departement,
}

impl PlaceKind {
    pub const ALL: [Self; 4] = [Self::Commune, Self::Arrondissement, Self::Epci, Self::Departement];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Commune => "commune",
            Self::Arrondissement => "arrondissement",
            Self::Epci => "epci",
            Self::Departement => "departement",
        }
    }

    /// The name shown to users.
    pub fn label(self) -> &'static str {
        match self {
            Self::Commune => "Commune",
            Self::Arrondissement => "Arrondissement municipal",
            Self::Epci => "Intercommunalité",
            Self::Departement => "Département",
        }
    }
}

/// A place as it is today.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    pub code: &'static str,
    pub name: &'static str,
    pub kind: PlaceKind,
    /// The code of the département; for an EPCI that crosses several, of the one with most of its inhabitants; for a
    /// département, its own.
    pub departement: &'static str,
    /// Inhabitants. Those of an EPCI or a département are the sum of its communes. 0 where nobody lives.
    pub population: u32,
    postcodes: &'static str,
}

impl Place {
    /// The postcodes of a commune or arrondissement; none for an EPCI or a département.
    pub fn postcodes(self) -> impl Iterator<Item = &'static str> {
        self.postcodes.split_ascii_whitespace()
    }
}

/// A place that answers a search.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Found {
    pub place: Place,
    /// The old name that led here, when it is not the name of today.
    pub matched: Option<&'static str>,
}

pub struct Geography {
    text: &'static str,
    /// Sorted by code.
    rows: Vec<Row>,
    /// Sorted by code.
    olds: Vec<Old>,
    /// What lies in what: (département, EPCI or commune; its commune or municipal arrondissement), sorted.
    members: Vec<(u32, u32)>,
    keys: search::Keys,
}

impl Geography {
    fn get(&self, span: Span) -> &'static str {
        &self.text[span.start as usize..span.start as usize + usize::from(span.len)]
    }

    fn at(&self, row: u32) -> Option<Place> {
        (row != NONE).then(|| self.view(&self.rows[row as usize]))
    }

    fn view(&self, row: &Row) -> Place {
        Place {
            code: self.get(row.code),
            name: self.get(row.name),
            kind: row.kind,
            departement: self.get(self.rows[row.departement as usize].code),
            population: row.population,
            postcodes: self.get(row.postcodes),
        }
    }

    fn row(&self, code: &str) -> Option<u32> {
        load::position(self.text, &self.rows, code)
    }

    /// The place that has this official code today.
    pub fn place(&self, code: &str) -> Option<Place> {
        self.row(code).and_then(|row| self.at(row))
    }

    pub fn departements(&self) -> impl Iterator<Item = Place> {
        self.rows.iter().filter(|row| row.kind == PlaceKind::Departement).map(|row| self.view(row))
    }

    /// The EPCI that have a commune in this département, by code.
    pub fn epcis_in(&self, departement: &str) -> Vec<Place> {
        let communes = self.communes_of(departement);
        let mut rows: Vec<u32> = communes.iter().filter_map(|code| self.row(code)).map(|row| self.rows[row as usize].epci).collect();
        rows.sort_unstable();
        rows.dedup();
        rows.into_iter().filter_map(|row| self.at(row)).collect()
    }

    /// The codes of the communes of a département or EPCI, sorted. A commune or municipal arrondissement gives itself;
    /// an unknown code gives none.
    pub fn communes_of(&self, code: &str) -> Vec<&'static str> {
        let Some(of) = self.row(code) else { return Vec::new() };
        match self.rows[of as usize].kind {
            PlaceKind::Departement | PlaceKind::Epci => self.members_of(of).map(|row| self.get(row.code)).collect(),
            PlaceKind::Commune | PlaceKind::Arrondissement => vec![self.get(self.rows[of as usize].code)],
        }
    }

    fn members_of(&self, of: u32) -> impl Iterator<Item = &Row> {
        let first = self.members.partition_point(|(whole, _)| *whole < of);
        self.members[first..].iter().take_while(move |(whole, _)| *whole == of).map(|(_, part)| &self.rows[*part as usize])
    }

    /// The EPCI with its own taxes that a commune, or the commune of a municipal arrondissement, belongs to. A few
    /// islands belong to none.
    pub fn epci_of(&self, commune: &str) -> Option<Place> {
        self.row(commune).and_then(|row| self.at(self.rows[row as usize].epci))
    }

    /// The département of any place, by its code of today.
    pub fn departement_of(&self, code: &str) -> Option<Place> {
        self.row(code).and_then(|row| self.at(self.rows[row as usize].departement))
    }

    /// Paris, Lyon or Marseille, from the code of one of its arrondissements.
    pub fn parent_commune_of_arrondissement(&self, code: &str) -> Option<Place> {
        self.row(code).and_then(|row| self.at(self.rows[row as usize].parent))
    }

    /// The municipal arrondissements of Paris, Lyon or Marseille; none for any other commune.
    pub fn arrondissements_of(&self, commune: &str) -> Vec<Place> {
        let Some(of) = self.row(commune) else { return Vec::new() };
        self.members_of(of).filter(|row| row.parent == of).map(|row| self.view(row)).collect()
    }

    /// The commune of today that an official code, old or current, leads to.
    pub fn current_commune_of(&self, code: &str) -> Option<Place> {
        self.place(code).filter(|place| place.kind == PlaceKind::Commune).or_else(|| {
            let found = self.olds.binary_search_by(|old| self.get(old.code).cmp(code)).ok()?;
            self.at(self.olds[found].row)
        })
    }
}
