//! Places as people write them in a table: a code, a name, a name with its code; one place, or the reason why not.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};

use super::geography::{Place, PlaceKind, geography};
use super::model::Atlas;
use crate::kernel::edits::distance;
use crate::kernel::text::{excerpt, fold};

/// Candidates that a message names.
const TOLD: usize = 6;
/// Names looked at for an exact one: the exact come first.
const SEARCHED: usize = 60;

/// Reads names of places as codes, for one département; what was read once is remembered.
pub struct Naming {
    /// The instance's own territories: name by code.
    own: BTreeMap<String, String>,
    departement: String,
    kinds: &'static [PlaceKind],
    remembered: RefCell<HashMap<String, Result<String, String>>>,
}

/// Words that name nothing by themselves, and those that are short for others.
fn normal(text: &str) -> String {
    let folded = fold(text);
    let words =
        folded.split(|c: char| !c.is_alphanumeric()).filter(|word| !matches!(*word, "" | "le" | "la" | "les" | "l" | "du" | "de" | "des" | "d"));
    let full = words.map(|word| match word {
        "st" => "saint",
        "ste" => "sainte",
        word => word,
    });
    let mut text = full.collect::<Vec<_>>().join(" ");
    for (long, short) in [
        ("communaute communes", "cc"),
        ("communaute agglomeration", "ca"),
        ("communaute urbaine", "cu"),
        ("maison departementale solidarite", "mds"),
        ("territoire intervention sociale", "tis"),
    ] {
        if let Some(rest) = text.strip_prefix(long).filter(|rest| rest.is_empty() || rest.starts_with(' ')) {
            text = format!("{short}{rest}");
        }
    }
    text
}

/// Is this what people call the place? An intercommunality often goes without its kind.
fn is_called(place: Place, key: &str) -> bool {
    let name = normal(place.name);
    let bare = |name: &str| ["cc ", "ca ", "cu "].iter().find_map(|kind| name.strip_prefix(kind)).unwrap_or(name).to_owned();
    name == key || place.kind == PlaceKind::Epci && bare(&name) == bare(key)
}

impl Naming {
    /// Every place and territory, as actions name them.
    pub fn new(atlas: &Atlas, departement: &str) -> Self {
        let own = atlas.own().map(|territory| (territory.code.clone(), territory.name.clone())).collect();
        Self { own, departement: departement.to_owned(), kinds: &PlaceKind::ALL, remembered: RefCell::default() }
    }

    /// Official places only, as a territory is made of: communes, or all those of an intercommunality.
    pub fn official(departement: &str) -> Self {
        const MADE_OF: [PlaceKind; 3] = [PlaceKind::Commune, PlaceKind::Arrondissement, PlaceKind::Epci];
        Self { own: BTreeMap::new(), departement: departement.to_owned(), kinds: &MADE_OF, remembered: RefCell::default() }
    }

    fn name(&self, code: &str) -> Option<String> {
        let official = || geography().place(code).filter(|place| self.kinds.contains(&place.kind)).map(|place| place.name.to_owned());
        self.own.get(code).cloned().or_else(official)
    }

    /// `Poitiers (86194)`.
    fn label(&self, code: &str) -> String {
        self.name(code).map_or_else(|| code.to_owned(), |name| format!("{name} ({code})"))
    }

    fn labels(&self, codes: &[String]) -> String {
        let told: Vec<String> = codes.iter().take(TOLD).map(|code| self.label(code)).collect();
        if codes.len() > TOLD { format!("{}…", told.join(", ")) } else { told.join(", ") }
    }

    /// The code of a place, or why there is none, in words.
    pub fn read(&self, text: &str) -> Result<String, String> {
        let text = text.trim();
        if let Some(found) = self.remembered.borrow().get(text) {
            return found.clone();
        }
        let found = self.find(text);
        self.remembered.borrow_mut().insert(text.to_owned(), found.clone());
        found
    }

    /// The name of a place, with its code when the name alone would not be read back.
    pub fn write(&self, code: &str) -> String {
        let Some(name) = self.name(code) else { return code.to_owned() };
        let label = format!("{name} ({code})");
        let is_read = |text: &str| self.read(text).is_ok_and(|found| found == code);
        [name, label].into_iter().find(|text| is_read(text) && !text.contains(['|', '\n'])).unwrap_or_else(|| code.to_owned())
    }

    fn find(&self, text: &str) -> Result<String, String> {
        let capitals = text.to_uppercase();
        if let Some(code) = [text, capitals.as_str()].into_iter().find(|code| self.name(code).is_some()) {
            return Ok(code.to_owned());
        }
        if let Some((code, name)) = self.code_and_name(text) {
            let known = self.name(code).unwrap_or_default();
            return match normal(&known) == normal(name) || matches!(fold(name).as_str(), "epci" | "departement") {
                true => Ok(code.to_owned()),
                false => Err(format!("« {} » : le code {code} est celui de {known}.", excerpt(text))),
            };
        }
        if let Some(commune) = geography().current_commune_of(text).filter(|place| self.kinds.contains(&place.kind)) {
            return Ok(commune.code.to_owned());
        }
        // « Poitiers (86) », as our own lists write it.
        let (name, departement) = match text.strip_suffix(')').and_then(|text| text.rsplit_once('(')) {
            Some((name, inside)) if geography().place(inside.trim()).is_some_and(|place| place.kind == PlaceKind::Departement) => {
                (name, inside.trim())
            }
            _ => (text, self.departement.as_str()),
        };
        self.by_name(text, name, departement)
    }

    /// `Poitiers (86194)`, `86194 Poitiers`, `86194 - Poitiers`.
    fn code_and_name<'t>(&self, text: &'t str) -> Option<(&'t str, &'t str)> {
        let in_brackets = text.strip_suffix(')').and_then(|text| text.rsplit_once('(')).map(|(name, code)| (code.trim(), name.trim()));
        let before = text.split_once([' ', '-']).map(|(code, name)| (code, name.trim_start_matches([' ', '-', ':'])));
        // A département's number after a name tells which of several places is meant: it is no place of its own there.
        let is_place = |code: &str| self.name(code).is_some() && geography().place(code).is_none_or(|place| place.kind != PlaceKind::Departement);
        [in_brackets, before].into_iter().flatten().find(|(code, name)| !name.is_empty() && is_place(code))
    }

    fn by_name(&self, text: &str, name: &str, departement: &str) -> Result<String, String> {
        let key = normal(name);
        if key.is_empty() {
            return Err(unknown(text));
        }
        let mut today: Vec<String> = self.own.iter().filter(|(_, name)| normal(name) == key).map(|(code, _)| code.clone()).collect();
        let (mut before, mut elsewhere, mut postcode) = (Vec::new(), Vec::new(), Vec::new());
        for found in geography().search_kinds(&key, self.kinds, Some(departement), SEARCHED) {
            let place = found.place;
            let is_here = place.departement == departement
                || place.kind == PlaceKind::Epci
                    && geography()
                        .communes_of(place.code)
                        .iter()
                        .any(|code| geography().departement_of(code).is_some_and(|of| of.code == departement));
            let is_old = found.matched.is_some_and(|old| normal(old) == key);
            match (is_called(place, &key), is_here) {
                (true, true) => today.push(place.code.to_owned()),
                (true, false) => elsewhere.push(place.code.to_owned()),
                (false, true) if is_old => before.push(place.code.to_owned()),
                _ if place.postcodes().any(|code| code == key) => postcode.push(place.code.to_owned()),
                _ => {}
            }
        }
        // A name of today wins over one that a commune had before.
        let found = if today.is_empty() { before } else { today };
        match (found.as_slice(), elsewhere.as_slice(), postcode.as_slice()) {
            ([one], ..) => Ok(one.clone()),
            ([], [], []) => Err(self.nearly(text, &key)),
            ([], [], some) => {
                Err(format!("« {} » est un code postal. Écrivez le nom de la commune, ou son code officiel : {}.", excerpt(text), self.labels(some)))
            }
            ([], some, _) => {
                Err(format!("« {} » n’est pas dans le département. Si c’est bien ce lieu, écrivez son code : {}.", excerpt(text), self.labels(some)))
            }
            (several, ..) => {
                Err(format!("« {} » peut désigner plusieurs lieux. Écrivez le code de celui-ci : {}.", excerpt(text), self.labels(several)))
            }
        }
    }

    /// Not known: what somebody may have meant.
    fn nearly(&self, text: &str, key: &str) -> String {
        let most = if key.chars().count() > 8 { 3 } else { 2 };
        let official =
            geography().communes_of(&self.departement).into_iter().chain(geography().epcis_in(&self.departement).into_iter().map(|epci| epci.code));
        let official = official.filter_map(|code| geography().place(code)).map(|place| place.name.to_owned());
        let near = |name: String| distance(key, &normal(&name), most).filter(|near| *near * 2 < key.chars().count()).map(|near| (near, name));
        let nearest = self.own.values().cloned().chain(official).filter_map(near).min();
        match nearest {
            Some((_, name)) => format!("{} Vouliez-vous dire « {name} » ?", unknown(text)),
            None => unknown(text),
        }
    }
}

fn unknown(text: &str) -> String {
    format!("« {} » n’est pas un lieu connu : écrivez le nom ou le code d’une commune, d’une intercommunalité ou d’une MDS.", excerpt(text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::territories::model::{Territory, TerritoryKind};

    fn territory(code: &str, name: &str) -> Territory {
        Territory {
            code: code.into(),
            kind: TerritoryKind::Mds,
            name: name.into(),
            within: None,
            address: String::new(),
            phone: String::new(),
            email: String::new(),
            communes: ["86137".to_owned()].into(),
            parts: Default::default(),
            version: 1,
        }
    }

    fn naming() -> Naming {
        Naming::new(&Atlas::new(vec![territory("MDS-LOUDUN", "MDS de Loudun"), territory("TIS-CIVRAY", "Civray")]), "86")
    }

    #[test]
    fn places_are_read_as_people_write_them() {
        let naming = naming();
        for (text, code) in [
            ("86194", "86194"),
            ("Poitiers", "86194"),
            (" POITIERS ", "86194"),
            ("Poitiers (86194)", "86194"),
            ("Poitiers (86)", "86194"),
            ("86194 Poitiers", "86194"),
            ("86194 - Poitiers", "86194"),
            ("st benoit", "86214"),
            ("Jaunay-Clan", "86115"),
            ("mds loudun", "MDS-LOUDUN"),
            ("Maison départementale de la solidarité de Loudun", "MDS-LOUDUN"),
            ("mds-loudun", "MDS-LOUDUN"),
            ("Grand Poitiers", "200069854"),
            ("Communauté urbaine du Grand Poitiers", "200069854"),
            ("Vienne", "86"),
            ("200069854", "200069854"),
        ] {
            assert_eq!(naming.read(text).as_deref(), Ok(code), "{text}");
        }
    }

    #[test]
    fn what_may_be_several_places_is_refused_with_them() {
        let naming = naming();
        let said = naming.read("Civray").unwrap_err();
        assert!(said.contains("Civray (TIS-CIVRAY)") && said.contains("Civray (86078)"), "{said}");
        assert!(naming.read("Niort").unwrap_err().contains("Niort (79191)"));
        assert!(naming.read("86400").unwrap_err().contains("code postal"));
        assert!(naming.read("86194 Loudun").unwrap_err().contains("Poitiers"));
        assert!(naming.read("Poitier").unwrap_err().contains("Vouliez-vous dire « Poitiers » ?"));
        for nothing in ["Nulle part", "", "-", "99999"] {
            assert!(naming.read(nothing).unwrap_err().contains("n’est pas un lieu connu"), "{nothing}");
        }
    }

    #[test]
    fn every_place_of_a_departement_is_written_and_read_back() {
        let naming = naming();
        let epcis = geography().epcis_in("86").into_iter().map(|epci| epci.code);
        for code in geography().communes_of("86").into_iter().chain(epcis).chain(["86", "79191", "MDS-LOUDUN", "TIS-CIVRAY", "75056"]) {
            assert_eq!(naming.read(&naming.write(code)).as_deref(), Ok(code), "{}", naming.write(code));
        }
        assert_eq!((naming.write("86194").as_str(), naming.write("86078").as_str()), ("Poitiers", "Civray (86078)"));
        assert_eq!(naming.write("ELSEWHERE"), "ELSEWHERE");
    }

    #[test]
    fn a_territory_is_made_of_official_places() {
        let naming = Naming::official("86");
        assert_eq!(naming.read("Civray").as_deref(), Ok("86078"));
        assert!(naming.read("86").is_err() && naming.read("MDS-LOUDUN").is_err());
    }
}
