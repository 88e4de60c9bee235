//! What the text of a signed file proposes for a convention: the fields to begin with, and what to say of them.

use serde_json::{Map, Value, json};

use crate::documents::proposal::{Beginning, Proposal, Renewal};
use crate::kernel::text::fold;

/// The fields that are proposed, what was understood of the file, and what is to be looked at.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Proposed {
    pub given: Map<String, Value>,
    pub understood: Vec<(&'static str, String)>,
    pub notes: Vec<String>,
}

/// How bodies are called, and called for short.
const SHORT: [(&str, &str); 9] = [
    ("caisse d'allocations familiales", "caf"),
    ("union departementale des associations familiales", "udaf"),
    ("mutualite sociale agricole", "msa"),
    ("caisse primaire d'assurance maladie", "cpam"),
    ("agence regionale de sante", "ars"),
    ("centre communal d'action sociale", "ccas"),
    ("centre intercommunal d'action sociale", "cias"),
    ("maison departementale des personnes handicapees", "mdph"),
    ("caisse d'assurance retraite et de la sante au travail", "carsat"),
];

/// What a title says of the kind of agreement.
const KINDS: [(&str, &str); 7] = [
    ("charte", "charter"),
    ("mise a disposition", "provision_of_means"),
    ("objectifs", "objectives"),
    ("financement", "funding"),
    ("subvention", "funding"),
    ("echange de donnees", "data_sharing"),
    ("donnees", "data_sharing"),
];

/// The fields of a file's proposal; `partners` are the organisations that there are, by identifier and name.
pub fn proposed(file_name: &str, proposal: &Proposal, partners: &[(String, String)]) -> Proposed {
    let mut made = Proposed::default();
    let title = proposal.title.clone().unwrap_or_else(|| {
        made.notes.push("Le titre n’a pas été reconnu : c’est le nom du fichier.".to_owned());
        of_file(file_name)
    });
    let folded = fold(&title);
    if let Some((_, kind)) = KINDS.iter().find(|(word, _)| folded.contains(word)) {
        made.given.insert("kind".into(), json!(kind));
    }
    made.given.insert("object".into(), json!(title));
    if proposal.is_amendment {
        made.notes.push("Son titre est celui d’un avenant : c’est sans doute à la convention qu’il modifie qu’il faut le joindre.".to_owned());
    }
    parties(&mut made, proposal, partners);
    period(&mut made, proposal);
    let is_charter = made.given.get("kind").is_some_and(|kind| kind == "charter");
    if !is_charter {
        renewal(&mut made, proposal);
        if let Some(months) = proposal.notice_months {
            made.given.insert("notice_months".into(), json!(months));
            made.understood.push(("Préavis", format!("{months}\u{a0}mois")));
        }
    }
    if let Some(day) = proposal.signed_on {
        made.understood.push(("Signée le", day.in_short()));
    }
    made
}

/// The words of a file's name.
fn of_file(name: &str) -> String {
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    let words = stem.replace(['_', '-', '.'], " ").split_whitespace().collect::<Vec<_>>().join(" ");
    let mut letters = words.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_else(|| "Convention".to_owned())
}

/// Known organisations are named; the Département is a party anyway.
fn parties(made: &mut Proposed, proposal: &Proposal, partners: &[(String, String)]) {
    let mut found: Vec<&(String, String)> = Vec::new();
    for name in &proposal.parties {
        if ["departement", "conseil departemental", "conseil general"].iter().any(|ours| fold(name).starts_with(ours)) {
            continue;
        }
        match known(name, partners) {
            Some(partner) if !found.contains(&partner) => found.push(partner),
            Some(_) => {}
            None => made.notes.push(format!("« {name} » n’est pas parmi les partenaires connus : choisissez-le, ou créez-le.")),
        }
    }
    if !found.is_empty() {
        made.given.insert("parties".into(), found.iter().map(|(id, _)| json!({ "partner": id })).collect());
        made.understood.push(("Avec", found.iter().map(|(_, name)| name.as_str()).collect::<Vec<_>>().join(", ")));
    }
}

/// The one organisation that is called so.
fn known<'p>(name: &str, partners: &'p [(String, String)]) -> Option<&'p (String, String)> {
    let said = short(name);
    if let Some(same) = partners.iter().find(|(_, name)| short(name) == said) {
        return Some(same);
    }
    // « CAF » of « CAF de la Vienne », when no other is called so.
    let holds = |long: &str, part: &str| part.len() >= 3 && format!(" {long} ").contains(&format!(" {part} "));
    let mut near = partners.iter().filter(|(_, name)| holds(&said, &short(name)) || holds(&short(name), &said));
    near.next().filter(|_| near.next().is_none())
}

fn short(name: &str) -> String {
    let mut folded = fold(name);
    for (long, short) in SHORT {
        folded = folded.replace(long, short);
    }
    let words = folded.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.filter(|word| !matches!(*word, "de" | "la" | "le" | "les" | "du" | "des" | "l" | "d" | "association")).collect::<Vec<_>>().join(" ")
}

fn period(made: &mut Proposed, proposal: &Proposal) {
    match (proposal.starts_on, proposal.begins_with) {
        (Some(day), _) => {
            made.given.insert("effect".into(), json!("fixed_day"));
            made.given.insert("starts_on".into(), json!(day));
            made.understood.push(("Commence le", day.in_short()));
        }
        (None, Some(Beginning::LastSignature)) => {
            made.given.insert("effect".into(), json!("last_signature"));
            made.understood.push(("Commence", "à la dernière signature".to_owned()));
        }
        (None, Some(Beginning::Notification)) => {
            made.given.insert("effect".into(), json!("notification"));
            made.understood.push(("Commence", "à sa notification".to_owned()));
        }
        (None, None) => made.notes.push("Le premier jour n’a pas été reconnu.".to_owned()),
    }
    let is_charter = made.given.get("kind").is_some_and(|kind| kind == "charter");
    match proposal.ends_on {
        Some(_) if is_charter => {}
        Some(day) => {
            made.given.insert("ends_on".into(), json!(day));
            made.understood.push(("Premier terme", day.in_short()));
        }
        None if proposal.is_endless => made.understood.push(("Terme", "durée indéterminée : donnez un jour où la revoir".to_owned())),
        None if !is_charter => made.notes.push("Le terme n’a pas été reconnu.".to_owned()),
        None => {}
    }
}

fn renewal(made: &mut Proposed, proposal: &Proposal) {
    match proposal.renewal {
        Some(Renewal::Tacit { period_months: Some(months), max }) => {
            made.given.insert("renewal".into(), json!({ "kind": "tacit", "period_months": months, "max": max }));
            let most = max.map(|max| format!(", {max}\u{a0}fois au plus")).unwrap_or_default();
            made.understood.push(("Reconduction", format!("tacite, par périodes de {months}\u{a0}mois{most}")));
        }
        Some(Renewal::Tacit { period_months: None, .. }) => {
            made.notes.push("Elle parle de tacite reconduction, sans qu’on lise pour combien de temps.".to_owned());
        }
        Some(Renewal::Express) => {
            made.given.insert("renewal".into(), json!({ "kind": "express" }));
            made.understood.push(("Reconduction", "expresse".to_owned()));
        }
        Some(Renewal::None) => made.understood.push(("Reconduction", "aucune".to_owned())),
        None => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::documents::proposal::propose;
    use crate::kernel::Day;

    fn partners() -> Vec<(String, String)> {
        [("1", "CAF de la Vienne"), ("2", "MSA Poitou"), ("3", "Croix-Rouge, Poitiers"), ("4", "Croix-Rouge, Loudun"), ("5", "ADIL 86")]
            .map(|(id, name)| (id.to_owned(), name.to_owned()))
            .to_vec()
    }

    #[test]
    fn organisations_are_known_by_their_names() {
        for (said, id) in [
            ("Caisse d’Allocations familiales de la Vienne", Some("1")),
            ("CAF DE LA VIENNE", Some("1")),
            ("la Mutualité sociale agricole Poitou", Some("2")),
            ("Association ADIL", Some("5")),
            ("Croix-Rouge", None),
            ("Croix-Rouge de Loudun", Some("4")),
            ("Secours populaire", None),
        ] {
            assert_eq!(known(said, &partners()).map(|(id, _)| id.as_str()), id, "{said}");
        }
    }

    #[test]
    fn fields_are_those_of_a_convention() {
        let text = "Convention d’accueil\nentre le Département de la Vienne, représenté par X, et la CAF de la Vienne, représentée par Y, et l’Amicale, \
            représentée par Z,\nElle prend effet le 1er mars 2024 pour une durée d’un an, renouvelable par tacite reconduction pour la même durée, \
            avec un préavis de deux mois.";
        let made = proposed("a.pdf", &propose(text), &partners());
        let expected = json!({
            "object": "Convention d’accueil", "parties": [{ "partner": "1" }], "effect": "fixed_day", "starts_on": Day::parse("2024-03-01"),
            "ends_on": "2025-02-28", "renewal": { "kind": "tacit", "period_months": 12, "max": null }, "notice_months": 2,
        });
        assert_eq!(Value::Object(made.given), expected);
        assert_eq!(made.notes, ["« Amicale » n’est pas parmi les partenaires connus : choisissez-le, ou créez-le."]);
    }

    #[test]
    fn a_file_without_text_is_called_by_its_name() {
        let made = proposed("convention_CCAS-2021.pdf", &Proposal::default(), &partners());
        assert_eq!(made.given, *json!({ "object": "Convention CCAS 2021" }).as_object().unwrap());
        assert_eq!(made.notes.len(), 3);
        let charter = proposed("a.pdf", &propose("Charte de l’engagement\nElle expire le 1er mai 2030."), &partners());
        assert_eq!(charter.given["kind"], "charter");
        assert!(!charter.given.contains_key("ends_on"));
    }
}
