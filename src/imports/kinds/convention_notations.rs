//! Short notations of what a convention holds in several parts, and of its figures.

use serde_json::{Map, Value, json};

use super::notations::Partners;
use crate::imports::columns::cell::{Notation, figure, list, parts};
use crate::imports::columns::vocabulary::{Terms, Vocabulary};
use crate::kernel::text::{excerpt, fold};
use crate::kernel::{Day, number};

const DEPARTEMENT: &str = "Département";
const AUTHORISATION: &str = "autorisation : ";
const DECIDED: &str = "du ";
const NUMBERED: &str = "n° ";
const ENFORCEABLE: &str = "exécutoire le ";
const SIGNED: &str = "signé le ";

/// `CAF de la Vienne (Dominique Roy, présidente ; autorisation : conseil d’administration, n° 12, du 03/03/2026 ; signé le 12/03/2026)`, a
/// line or a bar between two. The Département need not be named: it is a party of all.
pub struct Parties(pub Partners);

/// The rest of a text after one of its beginnings, whatever their case.
fn after<'t>(text: &'t str, beginnings: &[&str]) -> Option<&'t str> {
    let found = |beginning: &&str| text.get(..beginning.len()).is_some_and(|start| fold(start) == fold(beginning));
    beginnings.iter().find(|beginning| found(beginning)).map(|beginning| text[beginning.len()..].trim())
}

fn day(text: &str) -> Result<Value, String> {
    Day::parse(text).map(|day| json!(day)).ok_or_else(|| format!("« {} » n’est pas une date : écrivez par exemple 03/03/2026.", excerpt(text)))
}

fn authorisation(text: &str) -> Result<Value, String> {
    let mut read = json!({ "organ": "", "number": "", "dated": null, "enforceable_on": null });
    for part in parts(text, &[',']) {
        match (after(&part, &[NUMBERED, "n°"]), after(&part, &[ENFORCEABLE]), after(&part, &[DECIDED])) {
            (Some(number), ..) => read["number"] = json!(number),
            (None, Some(from), _) => read["enforceable_on"] = day(from)?,
            (None, None, Some(on)) => read["dated"] = day(on)?,
            _ => read["organ"] = json!(part),
        }
    }
    Ok(read)
}

impl Parties {
    fn partner(&self, name: &str) -> Result<Value, String> {
        match self.0.read(name) {
            Ok(id) => Ok(json!(id)),
            Err(_) if ["departement", "le departement", "conseil departemental"].contains(&fold(name).as_str()) => Ok(Value::Null),
            Err(wrong) => Err(wrong),
        }
    }

    fn party(&self, text: &str) -> Result<Value, String> {
        // A name may hold brackets: the whole is tried first.
        let (name, inside) = match (self.partner(text), text.strip_suffix(')').and_then(|text| text.rsplit_once('('))) {
            (Err(_), Some((name, inside))) => (name.trim(), inside),
            _ => (text, ""),
        };
        let mut party = json!({ "partner": self.partner(name)?, "signatory": "", "capacity": "", "authorisation": null, "signed_on": null });
        for part in parts(inside, &[';']) {
            if let Some(on) = after(&part, &[SIGNED, "signée le ", "a signé le "]) {
                party["signed_on"] = day(on)?;
            } else if let Some(said) = after(&part, &[AUTHORISATION, "autorisation\u{a0}: ", "autorisation:"]) {
                party["authorisation"] = authorisation(said)?;
            } else {
                let (signatory, capacity) = part.split_once(',').unwrap_or((&part, ""));
                (party["signatory"], party["capacity"]) = (json!(signatory.trim()), json!(capacity.trim()));
            }
        }
        Ok(party)
    }

    fn shown(&self, party: &Value) -> Option<String> {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let day = |value: &Value| value.as_str().and_then(Day::parse).map(Day::in_figures);
        let joined = |parts: Vec<String>, by: &str| parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(by);
        let name = party["partner"].as_str().map_or_else(|| DEPARTEMENT.to_owned(), |id| self.0.write(id));
        let mut inside = vec![joined(vec![text(&party["signatory"]), text(&party["capacity"])], ", ")];
        let vote = &party["authorisation"];
        if vote.is_object() {
            let said = |beginning: &str, value: Option<String>| {
                value.filter(|value| !value.is_empty()).map(|value| format!("{beginning}{value}")).unwrap_or_default()
            };
            let votes = vec![
                text(&vote["organ"]),
                said(NUMBERED, Some(text(&vote["number"]))),
                said(DECIDED, day(&vote["dated"])),
                said(ENFORCEABLE, day(&vote["enforceable_on"])),
            ];
            inside.push(format!("{AUTHORISATION}{}", joined(votes, ", ")));
        }
        inside.extend(day(&party["signed_on"]).map(|day| format!("{SIGNED}{day}")));
        let inside = joined(inside, " ; ");
        Some(if inside.is_empty() { name } else { format!("{name} ({inside})") })
    }
}

impl Notation for Parties {
    fn read(&self, text: &str) -> Result<Value, String> {
        if let Some(listed) = list(text) {
            return Ok(self.resolve(&listed));
        }
        let read: Vec<Result<Value, String>> = parts(text, &['|', '\n']).iter().map(|part| self.party(part)).collect();
        let wrongs: Vec<&str> = read.iter().filter_map(|party| party.as_ref().err()).map(String::as_str).collect();
        if wrongs.is_empty() { Ok(read.into_iter().flatten().collect::<Vec<_>>().into()) } else { Err(wrongs.join(" ")) }
    }

    fn write(&self, value: &Value) -> Option<String> {
        let parties = value.as_array()?;
        let short = parties.iter().map(|party| self.shown(party)).collect::<Option<Vec<_>>>()?.join("\n");
        if self.read(&short).as_ref() == Ok(value) {
            return Some(short);
        }
        // What the short form would not say, JSON does, with names that another instance knows.
        let mut named = value.clone();
        for party in named.as_array_mut()?.iter_mut().filter_map(Value::as_object_mut) {
            let name = party.get("partner").and_then(Value::as_str).map(|id| self.0.write(id));
            party.extend(name.map(|name| (NAME.to_owned(), json!(name))));
        }
        Some(named.to_string())
    }

    fn resolve(&self, value: &Value) -> Value {
        let mut value = value.clone();
        value.as_array_mut().into_iter().flatten().filter_map(Value::as_object_mut).for_each(|party| resolve(&self.0, party));
        value
    }
}

/// Beside the identifier of a partner, in files of lines, its name: another instance may know it by that alone.
pub const NAME: &str = "partner_name";

fn resolve(partners: &Partners, object: &mut Map<String, Value>) {
    let name = object.remove(NAME);
    let said = object.get("partner").and_then(Value::as_str).map(str::trim).unwrap_or_default();
    if said.is_empty() {
        return;
    }
    let by_name = || name.as_ref().and_then(Value::as_str).and_then(|name| partners.read(name).ok());
    if let Some(id) = partners.read(said).ok().or_else(by_name) {
        object.insert("partner".into(), json!(id));
    }
}

/// Everything in an act that may name a partner.
pub fn naming(act: &mut Value, each: &mut dyn FnMut(&mut Map<String, Value>)) {
    for change in act.get_mut("changes").and_then(Value::as_array_mut).into_iter().flatten().filter(|change| change["field"] == "parties") {
        change["after"].as_array_mut().into_iter().flatten().filter_map(Value::as_object_mut).for_each(&mut *each);
    }
    if let Some(act) = act.as_object_mut().filter(|act| act.contains_key("partner")) {
        each(act);
    }
}

/// Avenants, reconductions, dénonciation and résiliation, as the API tells them: only files of lines hold them.
pub struct Acts(pub Partners);

impl Notation for Acts {
    fn read(&self, text: &str) -> Result<Value, String> {
        list(text).map(|acts| self.resolve(&acts)).ok_or_else(|| "une liste d’actes, en JSON, est attendue.".into())
    }

    fn write(&self, _: &Value) -> Option<String> {
        None
    }

    fn resolve(&self, value: &Value) -> Value {
        let mut value = value.clone();
        for act in value.as_array_mut().into_iter().flatten() {
            naming(act, &mut |object| resolve(&self.0, object));
        }
        value
    }
}

/// A whole number, with or without its unit.
pub struct Whole;

impl Notation for Whole {
    fn read(&self, text: &str) -> Result<Value, String> {
        let figures = text.trim_end_matches(|c: char| c.is_alphabetic() || c.is_whitespace());
        let whole = number::parse(figures).filter(|number| number.fract() == 0.0 && (0.0..10_000.0).contains(number));
        whole.map(|number| json!(number as i64)).ok_or_else(|| format!("« {} » n’est pas un nombre entier, comme 3.", excerpt(text)))
    }

    fn write(&self, value: &Value) -> Option<String> {
        value.as_i64().map(|number| number.to_string())
    }
}

/// A sum in euros.
pub struct Euros;

impl Notation for Euros {
    fn read(&self, text: &str) -> Result<Value, String> {
        let figures = text.trim_end_matches(['€', ' ', '\u{a0}', '\u{202f}']).trim_end_matches("euros").trim();
        number::parse(figures).map(|number| json!(number)).ok_or_else(|| format!("« {} » n’est pas un montant en euros, comme 1 500.", excerpt(text)))
    }

    fn write(&self, value: &Value) -> Option<String> {
        Some(figure(value)).filter(|text| !text.is_empty())
    }
}

/// A short list of codes, with other words that people say for them.
pub struct Words {
    pub terms: Terms,
    pub also: &'static [(&'static str, &'static str)],
}

impl Vocabulary for Words {
    fn read(&self, text: &str) -> Result<String, String> {
        let said = fold(text.trim());
        match self.also.iter().find(|(word, _)| *word == said) {
            Some((_, code)) => Ok((*code).to_owned()),
            None => self.terms.read(text),
        }
    }

    fn write(&self, code: &str) -> String {
        self.terms.write(code)
    }

    fn choices(&self) -> Vec<&str> {
        self.terms.choices()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Visibility;
    use crate::kernel::ids::OrganisationId;
    use crate::partners::model::{Organisation, OrganisationKind};

    fn partners() -> Partners {
        let one = |id: &str, external_id: Option<&str>, name: &str| Organisation {
            id: OrganisationId::after(id),
            external_id: external_id.map(str::to_owned),
            name: name.into(),
            kind: OrganisationKind::Association,
            visibility: Visibility::Public,
            version: 1,
        };
        Partners::new(&[one("01A", Some("CAF86"), "CAF de la Vienne"), one("01B", None, "Le Pont (Loudun)")])
    }

    #[test]
    fn parties_are_read_as_people_write_them_and_back() {
        let notation = Parties(partners());
        let read = notation.read("caf de la vienne (Dominique Roy, présidente) | Le Pont (Loudun)\nLe Pont (Loudun) (Zoé Martin)").unwrap();
        let party = |id: &str, signatory: &str, capacity: &str| json!({ "partner": id, "signatory": signatory, "capacity": capacity, "authorisation": null, "signed_on": null });
        assert_eq!(read, json!([party("01A", "Dominique Roy", "présidente"), party("01B", "", ""), party("01B", "Zoé Martin", "")]));
        let whole = json!([
            { "partner": null, "signatory": "", "capacity": "", "authorisation": null, "signed_on": "2026-01-02" },
            { "partner": "01A", "signatory": "D. Roy", "capacity": "présidente",
              "authorisation": { "organ": "conseil d’administration", "number": "12", "dated": "2026-01-03", "enforceable_on": "2026-01-10" }, "signed_on": null },
        ]);
        let text = notation.write(&whole).unwrap();
        assert_eq!(
            text,
            "Département (signé le 02/01/2026)\nCAF de la Vienne (D. Roy, présidente ; autorisation : conseil d’administration, n° 12, \
             du 03/01/2026, exécutoire le 10/01/2026)"
        );
        assert_eq!(notation.read(&text), Ok(whole));
        assert_eq!(notation.read("CAF86").unwrap()[0]["partner"], "01A");
        assert!(notation.read("CAF86 | MSA (Léo)").unwrap_err().contains("« MSA »"));
        assert!(notation.read("CAF86 (signé le 31/02/2026)").unwrap_err().contains("31/02/2026"));
        assert_eq!(notation.resolve(&json!([{ "partner": "01Z", "partner_name": "Le Pont (Loudun)" }])), json!([{ "partner": "01B" }]));
    }

    #[test]
    fn acts_name_partners_where_they_may() {
        let given = json!([
            { "kind": "denonciation", "partner": "CAF86" },
            { "kind": "avenant", "changes": [{ "field": "parties", "after": [{ "partner": "01Z", "partner_name": "CAF de la Vienne" }] }] },
        ]);
        let read = Acts(partners()).resolve(&given);
        assert_eq!((&read[0]["partner"], &read[1]["changes"][0]["after"]), (&json!("01A"), &json!([{ "partner": "01A" }])));
    }

    #[test]
    fn figures_may_have_their_unit() {
        assert_eq!((Whole.read("3 mois"), Whole.read("12")), (Ok(json!(3)), Ok(json!(12))));
        assert!(Whole.read("trois").is_err() && Whole.read("1,5").is_err() && Whole.read("-3").is_err());
        assert_eq!((Euros.read("1 500,50 €"), Euros.write(&json!(1500.5))), (Ok(json!(1500.5)), Some("1500,5".into())));
    }
}
