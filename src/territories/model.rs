//! The territories of an instance, and which of them lie in which.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::geography::{Geography, PlaceKind, geography};
use crate::db::types::text_enum;
use crate::kernel::text::{excerpt, fold};
use crate::kernel::{EmailAddress, FieldErrors, nir};

text_enum! {
    pub enum TerritoryKind {
        Mds = "mds" | "Maison départementale de la solidarité (MDS)",
        Tis = "tis" | "Territoire d’intervention sociale (TIS)",
    }
}

/// A territory that the instance names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Territory {
    pub code: String,
    pub kind: TerritoryKind,
    pub name: String,
    pub within: Option<String>,
    pub address: String,
    pub phone: String,
    pub email: String,
    /// Whole communes, by official code.
    pub communes: BTreeSet<String>,
    /// Named parts of communes: (commune code, name of the part).
    pub parts: BTreeSet<(String, String)>,
    pub version: i32,
}

impl Territory {
    /// What is wrong with a territory in itself; cycles are seen by the [`Atlas`].
    pub fn check(&self) -> Result<(), FieldErrors> {
        let mut errors = FieldErrors::default();
        if !is_instance_code(&self.code) {
            errors.add(
                "code",
                "Le code commence par des lettres et n’a que des majuscules, des chiffres et des tirets, comme MDS-LOUDUN (40 caractères au plus).",
            );
        }
        if self.name.is_empty() || self.name.chars().count() > 250 {
            errors.add("name", "Donnez un nom de 250 caractères au plus.");
        }
        if self.address.chars().count() > 500 {
            errors.add("address", "Donnez une adresse de 500 caractères au plus.");
        }
        if self.phone.chars().count() > 40 || self.phone.contains('\n') {
            errors.add("phone", "Donnez un numéro de téléphone de 40 caractères au plus.");
        }
        if !self.email.is_empty() && EmailAddress::parse(&self.email).is_none() {
            errors.add("email", "Écrivez une adresse e-mail complète, comme mds-loudun@departement.example.");
        }
        let told = [("name", &self.name), ("address", &self.address), ("phone", &self.phone)];
        for (field, _) in told.into_iter().filter(|(_, text)| nir::find(text).is_some()) {
            errors.add(field, "Ce texte contient un numéro de sécurité sociale : retirez-le. On ne nomme aucune personne accompagnée.");
        }
        if self.communes.is_empty() && self.parts.is_empty() {
            errors.add("communes", "Choisissez au moins une commune ou une partie de commune.");
        }
        for code in self.communes.iter().chain(self.parts.iter().map(|(commune, _)| commune)) {
            let known = geography().place(code).is_some_and(|place| matches!(place.kind, PlaceKind::Commune | PlaceKind::Arrondissement));
            if !known {
                errors.add("communes", format!("« {} » n’est pas le code d’une commune d’aujourd’hui.", excerpt(code)));
            }
        }
        errors.into_result()
    }

    fn covers(&self, commune: &str, part: &str) -> bool {
        self.communes.contains(commune) || (!part.is_empty() && self.parts.contains(&(commune.to_owned(), part.to_owned())))
    }

    fn touches(&self, commune: &str) -> bool {
        self.communes.contains(commune) || self.parts.iter().any(|(code, _)| code == commune)
    }

    fn lies_in(&self, other: &Self) -> bool {
        self.communes.iter().all(|commune| other.covers(commune, "")) && self.parts.iter().all(|(commune, part)| other.covers(commune, part))
    }
}

/// An instance's codes begin with letters, so that none is ever taken for an official one.
pub fn is_instance_code(code: &str) -> bool {
    code.len() <= 40
        && code.chars().take(2).filter(char::is_ascii_uppercase).count() == 2
        && code.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '-')
}

/// A place as lists and suggestions show it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Named {
    pub code: String,
    pub label: String,
}

/// Every territory of the instance beside the official places: what names codes, and knows what lies where.
#[derive(Clone, Debug, Default)]
pub struct Atlas {
    own: BTreeMap<String, Territory>,
}

impl Atlas {
    pub fn new(territories: Vec<Territory>) -> Self {
        Self { own: territories.into_iter().map(|territory| (territory.code.clone(), territory)).collect() }
    }

    pub fn own(&self) -> impl Iterator<Item = &Territory> {
        self.own.values()
    }

    pub fn territory(&self, code: &str) -> Option<&Territory> {
        self.own.get(code)
    }

    pub fn knows(&self, code: &str) -> bool {
        self.own.contains_key(code) || places().place(code).is_some()
    }

    /// The name of a code of either kind; the code itself when nothing bears it any more.
    pub fn name(&self, code: &str) -> String {
        match (self.own.get(code), places().place(code)) {
            (Some(territory), _) => territory.name.clone(),
            (None, Some(place)) => place.name.to_owned(),
            (None, None) => code.to_owned(),
        }
    }

    /// Would `code` lie in itself if it lay within `parent`?
    pub fn makes_a_cycle(&self, code: &str, parent: &str) -> bool {
        let mut above = Some(parent.to_owned());
        let mut steps = 0;
        while let Some(current) = above {
            if current == code || steps > self.own.len() {
                return true;
            }
            steps += 1;
            above = self.own.get(&current).and_then(|territory| territory.within.clone());
        }
        false
    }

    /// The communes of any code, whole or in part.
    pub fn communes_of(&self, code: &str) -> BTreeSet<String> {
        match self.own.get(code) {
            Some(territory) => territory.communes.iter().cloned().chain(territory.parts.iter().map(|(commune, _)| commune.clone())).collect(),
            None => places().communes_of(code).into_iter().map(ToOwned::to_owned).collect(),
        }
    }

    /// A code and all that lies in it: communes, EPCI, MDS and TIS.
    pub fn inside(&self, code: &str) -> BTreeSet<String> {
        let mut inside = BTreeSet::from([code.to_owned()]);
        let communes = self.communes_of(code);
        match self.own.get(code) {
            Some(territory) => {
                inside.extend(
                    self.own.values().filter(|other| other.lies_in(territory) || self.is_within(other, code)).map(|other| other.code.clone()),
                );
                inside.extend(epcis_of(&communes).into_iter().filter(|epci| self.communes_of(epci).is_subset(&territory.communes)));
            }
            None => {
                let departement = places().place(code).filter(|place| place.kind == PlaceKind::Departement);
                inside.extend(self.own.values().filter(|other| self.communes_of(&other.code).is_subset(&communes)).map(|other| other.code.clone()));
                if let Some(departement) = departement {
                    inside.extend(places().epcis_in(departement.code).into_iter().map(|epci| epci.code.to_owned()));
                }
                inside.extend(communes.iter().flat_map(|commune| places().arrondissements_of(commune)).map(|place| place.code.to_owned()));
            }
        }
        inside.extend(communes);
        inside
    }

    /// What serves a code from above: the MDS and TIS, the EPCI and the départements that hold it.
    pub fn above(&self, code: &str) -> BTreeSet<String> {
        let communes = self.communes_of(code);
        let mut above = BTreeSet::new();
        match self.own.get(code) {
            Some(territory) => {
                above.extend(self.own.values().filter(|other| other.code != code && territory.lies_in(other)).map(|other| other.code.clone()));
                let mut parent = territory.within.as_ref();
                while let Some(code) = parent.filter(|code| above.insert((*code).clone())) {
                    parent = self.own.get(code).and_then(|territory| territory.within.as_ref());
                }
            }
            None if communes.len() == 1 => {
                above.extend(self.own.values().filter(|other| communes.iter().all(|commune| other.touches(commune))).map(|other| other.code.clone()));
            }
            None => above.extend(self.own.values().filter(|other| communes.is_subset(&other.communes)).map(|other| other.code.clone())),
        }
        if let Some(parent) = places().parent_commune_of_arrondissement(code) {
            above.insert(parent.code.to_owned());
            above.extend(self.above(parent.code));
        }
        above.extend(epcis_of(&communes).into_iter().filter(|epci| communes.is_subset(&self.communes_of(epci))));
        above.extend(communes.iter().filter_map(|commune| places().departement_of(commune)).map(|place| place.code.to_owned()));
        above.remove(code);
        above
    }

    /// All codes that a filter on `code` matches: the place, what is inside it, and what serves it from above.
    pub fn matching(&self, code: &str) -> Vec<String> {
        let mut codes = self.inside(code);
        codes.extend(self.above(code));
        codes.into_iter().collect()
    }

    /// The territories and places whose name, code, postcode or old name begins like `query`, the instance's own first.
    pub fn search(&self, query: &str, departement: Option<&str>, limit: usize) -> Vec<Named> {
        let folded = fold(query.trim());
        if folded.is_empty() {
            return self.own().take(limit).map(|territory| Named { code: territory.code.clone(), label: territory.name.clone() }).collect();
        }
        let own = self
            .own()
            .filter(|territory| {
                let name = fold(&territory.name);
                territory.code.eq_ignore_ascii_case(query.trim()) || name.starts_with(&folded) || name.contains(&format!(" {folded}"))
            })
            .map(|territory| Named { code: territory.code.clone(), label: territory.name.clone() });
        let official = places().search(query, departement, limit).into_iter().map(|found| {
            let place = found.place;
            let kind = match place.kind {
                PlaceKind::Epci => "EPCI".to_owned(),
                PlaceKind::Departement => "département".to_owned(),
                _ => place.departement.to_owned(),
            };
            let old = found.matched.map(|old| format!(", ancienne commune {old}")).unwrap_or_default();
            Named { code: place.code.to_owned(), label: format!("{} ({kind}{old})", place.name) }
        });
        own.chain(official).take(limit).collect()
    }

    fn is_within(&self, territory: &Territory, code: &str) -> bool {
        let mut above = territory.within.as_deref();
        for _ in 0..=self.own.len() {
            match above {
                Some(parent) if parent == code => return true,
                Some(parent) => above = self.own.get(parent).and_then(|territory| territory.within.as_deref()),
                None => return false,
            }
        }
        false
    }
}

/// A département as a sentence says it after « dans »: « la Vienne », « le Var », « l’Ain », « les Landes ».
pub fn in_words(departement: &str) -> String {
    const MASCULINE: [&str; 27] = [
        "Bas-Rhin",
        "Calvados",
        "Cantal",
        "Cher",
        "Doubs",
        "Finistère",
        "Gard",
        "Gers",
        "Haut-Rhin",
        "Jura",
        "Loir-et-Cher",
        "Loiret",
        "Lot",
        "Lot-et-Garonne",
        "Maine-et-Loire",
        "Morbihan",
        "Nord",
        "Pas-de-Calais",
        "Puy-de-Dôme",
        "Rhône",
        "Tarn",
        "Tarn-et-Garonne",
        "Territoire de Belfort",
        "Val-d'Oise",
        "Val-de-Marne",
        "Var",
        "Vaucluse",
    ];
    const PLURAL: [&str; 14] = [
        "Alpes-de-Haute-Provence",
        "Alpes-Maritimes",
        "Ardennes",
        "Bouches-du-Rhône",
        "Côtes-d'Armor",
        "Deux-Sèvres",
        "Hautes-Alpes",
        "Hautes-Pyrénées",
        "Hauts-de-Seine",
        "Landes",
        "Pyrénées-Atlantiques",
        "Pyrénées-Orientales",
        "Vosges",
        "Yvelines",
    ];
    let first = fold(departement).chars().next().unwrap_or(' ');
    // The h of Hérault is mute, the one of Haute-Vienne is not.
    let elided = matches!(first, 'a' | 'e' | 'i' | 'o' | 'u') || departement == "Hérault";
    match departement {
        name if PLURAL.contains(&name) => format!("les {name}"),
        name if MASCULINE.contains(&name) => format!("le {name}"),
        "Paris" | "Mayotte" | "Saint-Martin" | "Saint-Barthélemy" => departement.to_owned(),
        "La Réunion" => "la Réunion".to_owned(),
        name if elided => format!("l’{name}"),
        name => format!("la {name}"),
    }
}

fn places() -> &'static Geography {
    geography()
}

fn epcis_of(communes: &BTreeSet<String>) -> BTreeSet<String> {
    communes.iter().filter_map(|commune| places().epci_of(commune)).map(|epci| epci.code.to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn territory(code: &str, communes: &[&str], parts: &[(&str, &str)], within: Option<&str>) -> Territory {
        Territory {
            code: code.into(),
            kind: TerritoryKind::Mds,
            name: code.into(),
            within: within.map(Into::into),
            address: String::new(),
            phone: String::new(),
            email: String::new(),
            communes: communes.iter().map(|code| (*code).to_owned()).collect(),
            parts: parts.iter().map(|(code, name)| ((*code).to_owned(), (*name).to_owned())).collect(),
            version: 1,
        }
    }

    fn atlas() -> Atlas {
        Atlas::new(vec![
            territory("MDS-POITIERS", &["86194"], &[], None),
            territory("MDS-CIVRAY", &["86078"], &[], None),
            territory("TIS-COURONNERIES", &[], &[("86194", "Les Couronneries")], Some("MDS-POITIERS")),
        ])
    }

    #[test]
    fn a_filter_matches_inside_and_above_but_not_beside() {
        let matching = |code: &str| atlas().matching(code);
        let poitiers = matching("86194");
        for code in ["86194", "MDS-POITIERS", "TIS-COURONNERIES", "200069854", "86"] {
            assert!(poitiers.contains(&code.to_owned()), "{code} serves Poitiers: {poitiers:?}");
        }
        assert!(!poitiers.contains(&"MDS-CIVRAY".to_owned()));
        let quarter = matching("TIS-COURONNERIES");
        assert!(quarter.contains(&"MDS-POITIERS".to_owned()) && quarter.contains(&"86".to_owned()));
        let mds = matching("MDS-POITIERS");
        assert!(mds.contains(&"TIS-COURONNERIES".to_owned()) && mds.contains(&"86194".to_owned()) && mds.contains(&"86".to_owned()));
        assert!(matching("86").contains(&"MDS-CIVRAY".to_owned()));
    }

    #[test]
    fn cycles_are_seen() {
        assert!(atlas().makes_a_cycle("MDS-POITIERS", "TIS-COURONNERIES"));
        assert!(!atlas().makes_a_cycle("TIS-COURONNERIES", "MDS-POITIERS"));
        assert!(atlas().makes_a_cycle("MDS-CIVRAY", "MDS-CIVRAY"));
    }

    #[test]
    fn old_communes_lead_to_the_new() {
        let found = atlas().search("Jaunay-Clan", Some("86"), 5);
        assert_eq!(found[0].label, "Jaunay-Marigny (86, ancienne commune Jaunay-Clan)");
    }

    #[test]
    fn departements_have_their_article() {
        for (name, said) in [("Vienne", "la Vienne"), ("Var", "le Var"), ("Ain", "l’Ain"), ("Hérault", "l’Hérault"), ("Landes", "les Landes")] {
            assert_eq!(in_words(name), said);
        }
        assert_eq!(in_words("Haute-Vienne"), "la Haute-Vienne");
    }

    #[test]
    fn own_codes_begin_with_letters() {
        assert!(is_instance_code("MDS-LOUDUN-2") && is_instance_code("TIS-A"));
        assert!(!is_instance_code("86") && !is_instance_code("2A004") && !is_instance_code("mds") && !is_instance_code("MDS LOUDUN"));
    }
}
