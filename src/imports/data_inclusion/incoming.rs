//! Structures and services read as partners: one line of JSON each, which then goes the way of any file of partners.
//!
//! A structure keeps its identifier (`source--id`) as its external one, so that the next file updates it. What its services say of themes,
//! audiences and area is put together; their names and first words end the description. What our own door would refuse (a SIRET with a
//! slip, a mail that is none) is left out and told. Names of people (`contact_nom_prenom`) are not taken: nobody asked them.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use crate::imports::Wrong;
use crate::kernel::referential;
use crate::kernel::text::{clean, excerpt};
use crate::partners::model::{OrganisationFields, OrganisationKind};
use crate::partners::reading;
use crate::partners::service::World;
use crate::territories::geography::geography;

/// Which network makes which kind of organisation.
const KINDS: [(&str, OrganisationKind); 20] = [
    ("caf", OrganisationKind::Caf),
    ("mutualite-sociale-agricole", OrganisationKind::Msa),
    ("cpam", OrganisationKind::Cpam),
    ("ccas-cias", OrganisationKind::Ccas),
    ("france-travail", OrganisationKind::FranceTravail),
    ("mission-locale", OrganisationKind::MissionLocale),
    ("mdph", OrganisationKind::Mdph),
    ("fcsf", OrganisationKind::SocialCentre),
    ("pjj", OrganisationKind::Justice),
    ("spip", OrganisationKind::Justice),
    ("points-justice", OrganisationKind::Justice),
    ("maisons-des-solidarites", OrganisationKind::DepartementService),
    ("cms", OrganisationKind::DepartementService),
    ("ase", OrganisationKind::DepartementService),
    ("departements", OrganisationKind::Departement),
    ("communes", OrganisationKind::Commune),
    ("croix-rouge", OrganisationKind::Association),
    ("restos-du-coeur", OrganisationKind::Association),
    ("secours-populaire", OrganisationKind::Association),
    ("emmaus", OrganisationKind::Association),
];

/// Words of a service that its structure's description takes.
const SERVICE_WORDS: usize = 400;
/// As much of a description as leaves room for the services.
const DESCRIPTION: usize = 20_000;

/// A file read: partners, one JSON object a line, and what was left out.
#[derive(Debug, Default)]
pub struct Read {
    pub lines: Vec<u8>,
    pub partners: usize,
    pub services: usize,
    pub notes: Vec<String>,
}

/// Reads a file: an array of structures and services, or an object that holds both.
pub fn read(bytes: &[u8], world: &World) -> Result<Read, Wrong> {
    let wrong = |error: serde_json::Error| Wrong { line: Some(error.line() as u64), ..Wrong::file(format!("le JSON est illisible ({error}).")) };
    let value: Value = serde_json::from_slice(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes)).map_err(wrong)?;
    let items: Vec<Value> = match value {
        Value::Array(items) => items,
        Value::Object(mut object) => ["structures", "services"].iter().filter_map(|name| object.remove(*name)).flat_map(array).collect(),
        _ => Vec::new(),
    };
    if items.is_empty() {
        return Err(Wrong::file("aucune structure : un tableau JSON de structures et de services est attendu, au schéma data·inclusion v1."));
    }
    let (services, structures): (Vec<Value>, Vec<Value>) = items.into_iter().partition(|item| item.get("structure_id").is_some());
    let mut offers: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for service in services {
        offers.entry(identifier(&service, "structure_id")).or_default().push(service);
    }
    let (mut read, mut outside, mut seen) = (Read::default(), 0_usize, BTreeSet::new());
    for structure in &structures {
        let id = identifier(structure, "id");
        if id.is_empty() || !seen.insert(id.clone()) {
            let what = if id.is_empty() {
                "une structure sans « source » ni « id »".to_owned()
            } else {
                format!("« {id} » est deux fois dans le fichier")
            };
            return Err(Wrong::file(format!("{what}.")));
        }
        let offer = offers.remove(&id).unwrap_or_default();
        if is_elsewhere(structure, &offer, world) {
            outside += 1;
            continue;
        }
        let given = kept(partner(&id, structure, &offer, world), &id, world, &mut read.notes)?;
        serde_json::to_writer(&mut read.lines, &given).map_err(|error| Wrong::file(error.to_string()))?;
        read.lines.push(b'\n');
        read.partners += 1;
        read.services += offer.len();
    }
    let orphans: usize = offers.values().map(Vec::len).sum();
    if outside > 0 {
        read.notes.push(format!("{outside} structures d’un autre département sont laissées de côté."));
    }
    if orphans > 0 {
        read.notes.push(format!("{orphans} services sont laissés de côté : leur structure n’est pas dans le fichier."));
    }
    if read.partners == 0 {
        return Err(Wrong::file("aucune structure de ce département."));
    }
    Ok(read)
}

fn array(value: Value) -> Vec<Value> {
    if let Value::Array(items) = value { items } else { Vec::new() }
}

fn text<'v>(of: &'v Value, name: &str) -> &'v str {
    of.get(name).and_then(Value::as_str).map(str::trim).unwrap_or_default()
}

fn list<'v>(of: &'v Value, name: &str) -> Vec<&'v str> {
    of.get(name).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect()
}

/// `source--id`, whether or not the identifier holds its source already.
fn identifier(of: &Value, name: &str) -> String {
    let (source, id) = (text(of, "source"), text(of, name));
    let prefix = format!("{source}--");
    if id.is_empty() || source.is_empty() || id.contains("--") { id.to_owned() } else { format!("{prefix}{id}") }
}

/// Is it in another département, and is nothing of it for ours?
fn is_elsewhere(structure: &Value, offer: &[Value], world: &World) -> bool {
    let departement = &world.instance.departement;
    let Some(place) = geography().departement_of(text(structure, "code_insee")) else { return false };
    let serves = |service: &Value| list(service, "zone_eligibilite").iter().any(|code| *code == departement.as_str() || is_inside(code, departement));
    place.code != departement && !offer.iter().any(serves)
}

fn is_inside(code: &str, departement: &str) -> bool {
    geography().departement_of(code).is_some_and(|place| place.code == departement)
}

/// What our own form would say of a structure.
fn partner(id: &str, structure: &Value, offer: &[Value], world: &World) -> Map<String, Value> {
    let networks: Vec<&str> = list(structure, "reseaux_porteurs").into_iter().filter(|code| referential::network(code).is_some()).collect();
    let kind = KINDS.iter().find(|(network, _)| networks.contains(network)).map_or(OrganisationKind::Other, |(_, kind)| *kind);
    let union = |name: &str, knows: &dyn Fn(&str) -> bool| {
        let codes: BTreeSet<&str> = offer.iter().flat_map(|service| list(service, name)).filter(|code| knows(code)).collect();
        codes.into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    let mut audiences = union("publics", &|code| referential::audience(code).is_some());
    if audiences.iter().any(|code| code == "tous-publics") {
        audiences = vec!["tous-publics".to_owned()];
    }
    let departement = &world.instance.departement;
    let everywhere = |code: &str| code == "france" || code.starts_with("99");
    let mut area: BTreeSet<String> = BTreeSet::new();
    for code in offer.iter().flat_map(|service| list(service, "zone_eligibilite")) {
        match code {
            code if everywhere(code) => {
                area.insert(departement.clone());
            }
            code if world.atlas.knows(code) && (code == departement || is_inside(code, departement) || code.len() == 9) => {
                area.insert(code.to_owned());
            }
            _ => {}
        }
    }
    // The whole says its parts.
    if area.contains(departement) {
        area = BTreeSet::from([departement.clone()]);
    }
    let commune = geography().current_commune_of(text(structure, "code_insee")).map(|place| place.code);
    let town = if commune.is_none() { [text(structure, "code_postal"), text(structure, "commune")].join(" ") } else { String::new() };
    let address: Vec<&str> =
        [text(structure, "adresse"), text(structure, "complement_adresse"), town.trim()].into_iter().filter(|part| !part.is_empty()).collect();
    let given = json!({
        "external_id": id, "name": clean(text(structure, "nom")), "siret": text(structure, "siret"), "address": address.join("\n"),
        "commune": commune, "area": area, "themes": union("thematiques", &|code| world.instance.knows_theme(code)), "audiences": audiences,
        "networks": networks, "email": text(structure, "courriel"), "phone": text(structure, "telephone"), "website": text(structure, "site_web"),
        "opening_hours": text(structure, "horaires_accueil"), "description": description(structure, offer),
    });
    let Value::Object(mut given) = given else { return Map::new() };
    // What the file does not say stays as it is here.
    given.retain(|_, value| !(value.is_null() || value == "" || value.as_array().is_some_and(Vec::is_empty)));
    if kind != OrganisationKind::Other {
        given.insert("kind".into(), json!(kind));
    }
    given
}

fn cut(text: &str, most: usize) -> String {
    let mut cut: String = text.chars().take(most).collect();
    if cut.len() < text.len() {
        cut.push('…');
    }
    cut
}

fn description(structure: &Value, offer: &[Value]) -> String {
    let own = cut(&clean(text(structure, "description")), DESCRIPTION);
    let service = |service: &Value| {
        let words = clean(text(service, "description")).split_whitespace().collect::<Vec<_>>().join(" ");
        let words = cut(&words, SERVICE_WORDS);
        let name = text(service, "nom");
        if words.is_empty() { format!("- {name}") } else { format!("- {name}\u{a0}: {words}") }
    };
    let services: Vec<String> = offer.iter().filter(|service| !text(service, "nom").is_empty()).take(40).map(service).collect();
    match (own.is_empty(), services.is_empty()) {
        (_, true) => own,
        (true, false) => format!("Services proposés\u{a0}:\n{}", services.join("\n")),
        (false, false) => format!("{own}\n\nServices proposés\u{a0}:\n{}", services.join("\n")),
    }
}

/// Without what our door would refuse, which is told. A structure without a name is an error.
fn kept(mut given: Map<String, Value>, id: &str, world: &World, notes: &mut Vec<String>) -> Result<Map<String, Value>, Wrong> {
    let base = OrganisationFields { name: "?".into(), ..OrganisationFields::default() };
    if !given.contains_key("name") {
        return Err(Wrong::file(format!("« {id} » n’a pas de nom.")));
    }
    if let Err(errors) = reading::read(&given, base, world.known()) {
        for (field, message) in errors.iter() {
            if field == "name" {
                return Err(Wrong::file(format!("« {id} » : {message}")));
            }
            given.remove(field);
            notes.push(format!("«\u{a0}{}\u{a0}», {} laissé de côté\u{a0}: {message}", excerpt(id), crate::partners::labels::field(field)));
        }
    }
    Ok(given)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::instance::model::Instance;
    use crate::territories::model::Atlas;

    fn world() -> World {
        World { instance: Instance::default(), atlas: Atlas::default() }
    }

    fn lines(read: &Read) -> Vec<Value> {
        read.lines.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).map(|line| serde_json::from_slice(line).unwrap()).collect()
    }

    #[test]
    fn a_structure_takes_what_its_services_say() {
        let file = json!({
            "structures": [
                { "source": "dora", "id": "dora--1", "nom": "Mission locale", "date_maj": "2026-01-01", "code_insee": "86194", "siret": "13003013300017",
                  "courriel": "accueil@ml.example", "reseaux_porteurs": ["mission-locale", "inconnu"], "description": "Pour les jeunes." },
                { "source": "dora", "id": "2", "nom": "Ailleurs", "date_maj": "2026-01-01", "code_insee": "79191" },
            ],
            "services": [
                { "source": "dora", "id": "dora--9", "structure_id": "dora--1", "nom": "Parcours", "description": "Un parcours.", "date_maj": "2026-01-01",
                  "thematiques": ["numerique--acceder-a-une-connexion-internet", "x"], "publics": ["jeunes", "tous-publics"], "zone_eligibilite": ["86194", "79"],
                  "contact_nom_prenom": "Zoé Martin" },
                { "source": "dora", "id": "dora--8", "structure_id": "dora--7", "nom": "Perdu", "description": "Un service.", "date_maj": "2026-01-01" },
            ],
        });
        let read = read(file.to_string().as_bytes(), &world()).unwrap();
        let found = lines(&read);
        assert_eq!((found.len(), read.services), (1, 1));
        let one = &found[0];
        assert_eq!((&one["external_id"], &one["kind"], &one["commune"]), (&json!("dora--1"), &json!("mission_locale"), &json!("86194")));
        assert_eq!((&one["audiences"], &one["area"], &one["networks"]), (&json!(["tous-publics"]), &json!(["86194"]), &json!(["mission-locale"])));
        assert_eq!(one["description"], "Pour les jeunes.\n\nServices proposés\u{a0}:\n- Parcours\u{a0}: Un parcours.");
        assert!(one.get("siret").is_none() && !one.to_string().contains("Zoé"));
        assert_eq!(read.notes.len(), 3, "{:?}", read.notes);
    }

    #[test]
    fn what_is_no_such_file_is_refused_with_its_reason() {
        for (file, said) in [
            ("{", "illisible"),
            ("[]", "aucune structure"),
            ("3", "aucune structure"),
            ("[{\"source\": \"a\", \"id\": \"a--1\"}]", "n’a pas de nom"),
            ("[{\"nom\": \"x\"}]", "sans « source »"),
            ("[{\"source\": \"a\", \"id\": \"1\", \"nom\": \"x\"}, {\"source\": \"a\", \"id\": \"a--1\", \"nom\": \"y\"}]", "deux fois"),
        ] {
            let wrong = read(file.as_bytes(), &world()).unwrap_err();
            assert!(wrong.message.contains(said), "{file}: {}", wrong.message);
        }
    }
}
