//! Short notations of what an action holds in several parts: partners with their part, indicators with their figures, sheets of a plan.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::actions::model::SheetRef;
use crate::imports::columns::cell::{Notation, figure, list, parts};
use crate::imports::columns::vocabulary::Vocabulary;
use crate::kernel::number;
use crate::kernel::text::{excerpt, fold};
use crate::partners::model::Organisation;
use crate::plans::model::Plan;
use crate::territories::naming::Naming;

impl Vocabulary for Naming {
    fn read(&self, text: &str) -> Result<String, String> {
        Self::read(self, text)
    }

    fn write(&self, code: &str) -> String {
        Self::write(self, code)
    }
}

/// Organisations by name, ours or others' identifier.
#[derive(Clone, Default)]
pub struct Partners {
    names: BTreeMap<String, String>,
    external_ids: BTreeMap<String, String>,
    ids: BTreeMap<String, Vec<String>>,
}

impl Partners {
    pub fn new(partners: &[Organisation]) -> Self {
        let mut found = Self::default();
        for partner in partners {
            let id = partner.id.to_string();
            found.ids.entry(fold(&partner.name)).or_default().push(id.clone());
            found.external_ids.extend(partner.external_id.clone().map(|external_id| (external_id, id.clone())));
            found.names.insert(id, partner.name.clone());
        }
        found
    }
}

impl Vocabulary for Partners {
    fn read(&self, text: &str) -> Result<String, String> {
        let text = text.trim();
        if self.names.contains_key(text) {
            return Ok(text.to_owned());
        }
        if let Some(id) = self.external_ids.get(text) {
            return Ok(id.clone());
        }
        match self.ids.get(&fold(text)).map(Vec::as_slice) {
            Some([id]) => Ok(id.clone()),
            Some(several) => {
                Err(format!("« {} » est le nom de plusieurs partenaires. Écrivez le numéro de celui-ci : {}.", excerpt(text), several.join(", ")))
            }
            None => Err(format!("« {} » n’est pas un partenaire connu ici. Ajoutez-le d’abord à la liste des partenaires.", excerpt(text))),
        }
    }

    fn write(&self, code: &str) -> String {
        let name = self.names.get(code).filter(|name| self.ids.get(&fold(name)).is_some_and(|ids| ids.len() == 1));
        name.cloned().unwrap_or_else(|| code.to_owned())
    }
}

/// `Nom : rôle | Nom : rôle`, a line or a bar between two.
pub struct Links(pub Partners);

impl Notation for Links {
    fn read(&self, text: &str) -> Result<Value, String> {
        if let Some(listed) = list(text) {
            return Ok(self.resolve(&listed));
        }
        let link = |part: String| {
            // A name may hold a colon: the whole is tried first.
            let (name, role) = match self.0.read(&part) {
                Ok(_) => (part.as_str(), ""),
                Err(_) => part.split_once(':').unwrap_or((&part, "")),
            };
            Ok(json!({ "partner_id": self.0.read(name)?, "role": role.trim() }))
        };
        let links: Vec<Result<Value, String>> = parts(text, &['|', '\n']).into_iter().map(link).collect();
        let wrongs: Vec<&str> = links.iter().filter_map(|link| link.as_ref().err()).map(String::as_str).collect();
        if wrongs.is_empty() { Ok(links.into_iter().flatten().collect::<Vec<_>>().into()) } else { Err(wrongs.join(" ")) }
    }

    fn write(&self, value: &Value) -> Option<String> {
        let link = |item: &Value| {
            let (id, role) = (item["partner_id"].as_str()?, item["role"].as_str().unwrap_or_default());
            let name = self.0.write(id);
            Some(if role.is_empty() { name } else { format!("{name} : {role}") })
        };
        value.as_array()?.iter().map(link).collect::<Option<Vec<_>>>().map(|links| links.join("\n"))
    }

    /// An identifier that is not known here gives way to the name beside it.
    fn resolve(&self, value: &Value) -> Value {
        let mut value = value.clone();
        for item in value.as_array_mut().into_iter().flatten() {
            let known = item["partner_id"].as_str().is_some_and(|id| self.0.names.contains_key(id));
            let by_name = item["partner"].as_str().and_then(|name| self.0.read(name).ok());
            if let (false, Some(id), Some(item)) = (known, by_name, item.as_object_mut()) {
                item.insert("partner_id".into(), json!(id));
            }
        }
        value
    }
}

/// `nom (unité) : résultat / cible`, a line or a bar between two.
pub struct Indicators;

impl Notation for Indicators {
    fn read(&self, text: &str) -> Result<Value, String> {
        if let Some(listed) = list(text) {
            return Ok(listed);
        }
        let number = |figure: &str| match figure.trim() {
            "" => Ok(Value::Null),
            figure => number::parse(figure).map(|figure| json!(figure)).ok_or_else(|| format!("« {} » n’est pas un nombre.", excerpt(figure))),
        };
        let indicator = |part: String| {
            let (label, figures) = part.rsplit_once(':').unwrap_or((&part, ""));
            let (value, target) = figures.split_once('/').unwrap_or((figures, ""));
            let label = label.trim();
            let (label, unit) = match label.strip_suffix(')').and_then(|label| label.rsplit_once('(')) {
                Some((label, unit)) if !label.trim().is_empty() => (label.trim(), unit.trim()),
                _ => (label, ""),
            };
            Ok(json!({ "label": label, "unit": unit, "target": number(target)?, "value": number(value)? }))
        };
        parts(text, &['|', '\n']).into_iter().map(indicator).collect::<Result<Vec<_>, String>>().map(Value::from)
    }

    fn write(&self, value: &Value) -> Option<String> {
        let indicator = |item: &Value| {
            let (label, unit) = (item["label"].as_str()?, item["unit"].as_str().unwrap_or_default());
            let named = if unit.is_empty() { label.to_owned() } else { format!("{label} ({unit})") };
            let (reached, wanted) = (figure(&item["value"]), figure(&item["target"]));
            Some(match (reached.is_empty(), wanted.is_empty()) {
                (true, true) => named,
                (false, true) => format!("{named} : {reached}"),
                (_, false) => format!("{named} : {reached} / {wanted}"),
            })
        };
        value.as_array()?.iter().map(indicator).collect::<Option<Vec<_>>>().map(|indicators| indicators.join("\n"))
    }
}

/// `8, 9` when there is one plan; `titre du schéma / 8` otherwise.
pub struct Sheets {
    /// Title by identifier.
    plans: BTreeMap<String, String>,
}

impl Sheets {
    pub fn new(plans: &[Plan]) -> Self {
        Self { plans: plans.iter().map(|plan| (plan.id.to_string(), plan.title.clone())).collect() }
    }

    fn plan(&self, text: &str) -> Result<String, String> {
        let text = text.trim();
        let named = || self.plans.iter().filter(|(_, title)| fold(title) == fold(text)).map(|(id, _)| id.clone()).collect::<Vec<_>>();
        match (self.plans.contains_key(text), named().as_slice()) {
            (true, _) => Ok(text.to_owned()),
            (false, [one]) => Ok(one.clone()),
            _ => Err(format!("« {} » n’est pas un schéma connu ici.", excerpt(text))),
        }
    }

    fn sheet(&self, part: &str) -> Result<Value, String> {
        let (plan, number) = match (part.rsplit_once('/'), self.plans.len()) {
            (Some((plan, number)), _) => (self.plan(plan)?, number),
            (None, 1) => (self.plans.keys().next().cloned().unwrap_or_default(), part),
            (None, 0) => return Err("Il n’y a pas encore de schéma ici : ajoutez-le d’abord.".into()),
            (None, _) => return Err(format!("« {} » : dites de quel schéma, comme « Titre du schéma / 8 ».", excerpt(part))),
        };
        let number: i32 = number.trim().parse().map_err(|_| format!("« {} » n’est pas un numéro de fiche.", excerpt(number)))?;
        Ok(json!(SheetRef { plan_id: plan, number }))
    }
}

impl Notation for Sheets {
    fn read(&self, text: &str) -> Result<Value, String> {
        if let Some(listed) = list(text) {
            return Ok(self.resolve(&listed));
        }
        parts(text, &['|', '\n', ',', ';']).iter().map(|part| self.sheet(part)).collect::<Result<Vec<_>, String>>().map(Value::from)
    }

    fn write(&self, value: &Value) -> Option<String> {
        let sheet = |item: &Value| {
            let (plan, number) = (item["plan_id"].as_str()?, item["number"].as_i64()?);
            let alone = self.plans.len() == 1 && self.plans.contains_key(plan);
            Some(if alone { number.to_string() } else { format!("{} / {number}", self.plans.get(plan)?) })
        };
        let sheets = value.as_array()?.iter().map(sheet).collect::<Option<Vec<_>>>()?;
        Some(sheets.join(if self.plans.len() == 1 { ", " } else { "\n" }))
    }

    fn resolve(&self, value: &Value) -> Value {
        let mut value = value.clone();
        for item in value.as_array_mut().into_iter().flatten() {
            let known = item["plan_id"].as_str().is_some_and(|id| self.plans.contains_key(id));
            let by_title = item["plan"].as_str().and_then(|title| self.plan(title).ok());
            if let (false, Some(id), Some(item)) = (known, by_title, item.as_object_mut()) {
                item.insert("plan_id".into(), json!(id));
            }
        }
        value
    }
}

/// `86194 : Les Couronneries`, one a line; the commune may go by its name.
pub struct Parts(pub Naming);

impl Notation for Parts {
    fn read(&self, text: &str) -> Result<Value, String> {
        if let Some(listed) = list(text) {
            return Ok(listed);
        }
        let part = |part: String| {
            let (commune, name) = part.split_once(':').ok_or_else(|| {
                format!("« {} » : écrivez la commune, deux points, puis le nom de la partie, comme Poitiers : Les Couronneries.", excerpt(&part))
            })?;
            Ok(json!({ "commune": self.0.read(commune)?, "name": name.trim() }))
        };
        parts(text, &['|', '\n']).into_iter().map(part).collect::<Result<Vec<_>, String>>().map(Value::from)
    }

    fn write(&self, value: &Value) -> Option<String> {
        let part = |item: &Value| Some(format!("{} : {}", self.0.write(item["commune"].as_str()?), item["name"].as_str()?));
        value.as_array()?.iter().map(part).collect::<Option<Vec<_>>>().map(|parts| parts.join("\n"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn partners() -> Partners {
        let names = [("01A", "Le Pont"), ("01B", "Croix : Rouge"), ("01C", "Double"), ("01D", "Double")];
        let mut partners = Partners::default();
        for (id, name) in names {
            partners.ids.entry(fold(name)).or_default().push(id.into());
            partners.names.insert(id.into(), name.into());
        }
        partners
    }

    fn sheets(titles: &[(&str, &str)]) -> Sheets {
        Sheets { plans: titles.iter().map(|(id, title)| ((*id).to_owned(), (*title).to_owned())).collect() }
    }

    #[test]
    fn partners_go_by_name_or_number() {
        let links = Links(partners());
        let value = json!([{"partner_id": "01A", "role": "prête la salle : le mardi"}, {"partner_id": "01B", "role": ""}, {"partner_id": "01C", "role": "x"}]);
        let text = links.write(&value).unwrap();
        assert_eq!(text, "Le Pont : prête la salle : le mardi\nCroix : Rouge\n01C : x");
        assert_eq!(links.read(&text), Ok(value));
        assert!(links.read("Double").unwrap_err().contains("01C, 01D"));
        assert!(links.read("Personne | Le Pont").unwrap_err().contains("« Personne »"));
        let moved = json!([{"partner_id": "01Z", "partner": "le pont", "role": "x"}]);
        assert_eq!(links.resolve(&moved)[0]["partner_id"], "01A");
    }

    #[test]
    fn indicators_tell_their_figures() {
        let value = json!([{"label": "Présents", "unit": "personnes", "target": 20.0, "value": 12.5}, {"label": "Avis", "unit": "", "target": null, "value": null}]);
        assert_eq!(Indicators.write(&value).unwrap(), "Présents (personnes) : 12,5 / 20\nAvis");
        assert_eq!(Indicators.read("Présents (personnes) : 12,5 / 20 | Avis"), Ok(value));
        assert_eq!(Indicators.read("Venus : / 1 200").unwrap()[0]["target"], 1200.0);
        assert!(Indicators.read("Venus : beaucoup").unwrap_err().contains("beaucoup"));
    }

    #[test]
    fn sheets_go_by_number_when_there_is_one_plan() {
        let one = sheets(&[("P", "Schéma 2024-2028")]);
        let value = json!([{"plan_id": "P", "number": 8}, {"plan_id": "P", "number": 9}]);
        assert_eq!((one.read("8, 9"), one.write(&value).as_deref()), (Ok(value.clone()), Some("8, 9")));
        let two = sheets(&[("P", "Schéma 2024/2028"), ("Q", "Ancien")]);
        assert_eq!(two.write(&value).unwrap(), "Schéma 2024/2028 / 8\nSchéma 2024/2028 / 9");
        assert_eq!(two.read(&two.write(&value).unwrap()), Ok(value));
        assert_eq!(two.read("Q/3").unwrap()[0]["plan_id"], "Q");
        assert!(two.read("8").unwrap_err().contains("de quel schéma") && sheets(&[]).read("8").unwrap_err().contains("pas encore"));
        assert_eq!(two.resolve(&json!([{"plan_id": "Z", "plan": "ancien", "number": 3}]))[0]["plan_id"], "Q");
    }

    #[test]
    fn parts_name_their_commune() {
        let parts = Parts(Naming::official("86"));
        let value = json!([{"commune": "86194", "name": "Les Couronneries"}]);
        assert_eq!((parts.read("Poitiers : Les Couronneries"), parts.write(&value).as_deref()), (Ok(value), Some("Poitiers : Les Couronneries")));
        assert!(parts.read("Les Couronneries").unwrap_err().contains("deux points"));
    }
}
