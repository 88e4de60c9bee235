//! Short notations of a meeting: its times where the instance is, its body by name, its agenda a line an item.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::imports::columns::cell::{Notation, list, parts};
use crate::imports::columns::vocabulary::Vocabulary;
use crate::kernel::text::{excerpt, fold};
use crate::kernel::{Day, Moment, Zone};
use crate::meetings::bodies::Body;
use crate::meetings::model::Aim;
use crate::meetings::reading;

/// `17/03/2026 14:00`, on the clocks of the instance.
pub struct Wall(pub Zone);

impl Notation for Wall {
    fn read(&self, text: &str) -> Result<Value, String> {
        reading::instant(&self.0, text).map(|moment| json!(moment))
    }

    fn write(&self, value: &Value) -> Option<String> {
        let local = self.0.local(Moment::parse_rfc3339(value.as_str()?)?);
        Some(format!("{} {}", Day(local.date()).in_figures(), local.time().format("%H:%M")))
    }
}

/// Bodies by name, ours or others' identifier.
pub struct Bodies {
    names: BTreeMap<String, String>,
    codes: BTreeMap<String, Vec<String>>,
}

impl Bodies {
    pub fn new<'a>(bodies: impl IntoIterator<Item = &'a Body>) -> Self {
        let (mut names, mut codes) = (BTreeMap::new(), BTreeMap::<String, Vec<String>>::new());
        for body in bodies {
            let id = body.id.to_string();
            codes.entry(fold(&body.fields.name)).or_default().push(id.clone());
            for own in body.fields.external_id.iter().chain([&id]) {
                codes.insert(fold(own), vec![id.clone()]);
            }
            names.insert(id, body.fields.name.clone());
        }
        Self { names, codes }
    }
}

impl Vocabulary for Bodies {
    fn read(&self, text: &str) -> Result<String, String> {
        match self.codes.get(&fold(text.trim())).map(Vec::as_slice) {
            Some([id]) => Ok(id.clone()),
            Some(several) => {
                Err(format!("« {} » est le nom de plusieurs instances. Écrivez le numéro de celle-ci : {}.", excerpt(text), several.join(", ")))
            }
            None => Err(format!("« {} » n’est pas une instance connue ici. Ajoutez-la d’abord aux instances.", excerpt(text))),
        }
    }

    fn write(&self, code: &str) -> String {
        let name = self.names.get(code).filter(|name| self.codes.get(&fold(name)).is_some_and(|ids| ids.len() == 1));
        name.cloned().unwrap_or_else(|| code.to_owned())
    }
}

/// `Bilan des ateliers (Échange ; 30 min ; Camille Roy)`, a line or a bar between two.
pub struct Agenda;

impl Agenda {
    fn item(text: &str) -> Value {
        let whole = json!({ "title": text, "aim": Aim::default() });
        let Some((title, inside)) = text.strip_suffix(')').and_then(|text| text.rsplit_once('(')) else { return whole };
        let mut item = json!({ "title": title.trim(), "aim": Aim::default() });
        let mut is_told = false;
        for part in parts(inside, &[';']) {
            let minutes = part.strip_suffix("min").and_then(|minutes| minutes.trim().parse::<i32>().ok());
            let aim = Aim::ALL.iter().find(|aim| fold(aim.label()) == fold(&part) || aim.as_str() == part);
            match (minutes, aim) {
                (Some(minutes), _) => item["minutes"] = json!(minutes),
                (None, Some(aim)) => item["aim"] = json!(aim),
                (None, None) => item["speaker"] = json!(part),
            }
            is_told = is_told || minutes.is_some() || aim.is_some();
        }
        // « Bilan (2025) » is a title.
        if is_told { item } else { whole }
    }

    fn shown(item: &Value) -> Option<String> {
        let object = item.as_object()?;
        if object.keys().any(|name| !["title", "minutes", "speaker", "aim"].contains(&name.as_str())) {
            return None;
        }
        let aim = Aim::parse(item["aim"].as_str()?)?;
        let minutes = item["minutes"].as_i64().map(|minutes| format!("{minutes} min"));
        let speaker = item["speaker"].as_str().map(ToOwned::to_owned);
        let inside: Vec<String> = [aim.label().to_owned()].into_iter().chain(minutes).chain(speaker).collect();
        Some(format!("{} ({})", item["title"].as_str()?, inside.join(" ; ")))
    }
}

impl Notation for Agenda {
    fn read(&self, text: &str) -> Result<Value, String> {
        Ok(list(text).unwrap_or_else(|| parts(text, &['|', '\n']).iter().map(|part| Self::item(part)).collect::<Vec<_>>().into()))
    }

    fn write(&self, value: &Value) -> Option<String> {
        value.as_array()?.iter().map(Self::shown).collect::<Option<Vec<_>>>().map(|items| items.join("\n"))
    }
}

/// `7, 1`: how many days before it each reminder leaves.
pub struct Days;

impl Notation for Days {
    fn read(&self, text: &str) -> Result<Value, String> {
        let day = |part: String| part.parse::<i32>().map(Value::from).map_err(|_| format!("« {} » n’est pas un nombre de jours.", excerpt(&part)));
        let text = text.trim_matches(['[', ']']);
        parts(text, &[',', ';', '|', '\n']).into_iter().map(day).collect::<Result<Vec<_>, String>>().map(Value::from)
    }

    fn write(&self, value: &Value) -> Option<String> {
        let days: Option<Vec<String>> = value.as_array()?.iter().map(|day| day.as_i64().map(|day| day.to_string())).collect();
        days.map(|days| days.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_those_of_the_wall_but_for_the_hour_that_comes_twice() {
        let wall = Wall(Zone::named("Europe/Paris").unwrap());
        for (text, value) in [
            ("17/03/2026 14:00", "2026-03-17T13:00:00Z"),
            ("2026-07-17T14:00", "2026-07-17T12:00:00Z"),
            ("17 mars 2026 à 14 h 30", "2026-03-17T13:30:00Z"),
            ("2026-10-25T01:30:00Z", "2026-10-25T01:30:00Z"),
        ] {
            assert_eq!(wall.read(text), Ok(json!(value)), "{text}");
        }
        assert_eq!(wall.write(&json!("2026-03-17T13:00:00Z")).as_deref(), Some("17/03/2026 14:00"));
        assert!(wall.read("29/03/2026 02:30").unwrap_err().contains("n’existe pas"));
        assert!(wall.read("17/03/2026").unwrap_err().contains("une heure"));
        let column = crate::imports::columns::Column::new("starts_at", "Début", crate::imports::columns::Cell::Notation(Box::new(wall)));
        for value in ["2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z", "2026-03-29T01:00:00Z"] {
            let content = column.write(&json!(value));
            assert_eq!(column.read(&content, Default::default()), Ok(json!(value)), "{}", content.shown());
        }
    }

    #[test]
    fn an_item_tells_its_aim_its_length_and_its_speaker() {
        let value = json!([
            { "title": "Bilan (2025)", "aim": "exchange", "minutes": 30, "speaker": "Camille Roy" },
            { "title": "Projets", "aim": "decision" },
        ]);
        let text = Agenda.write(&value).unwrap();
        assert_eq!(text, "Bilan (2025) (Échange ; 30 min ; Camille Roy)\nProjets (Décision)");
        assert_eq!(Agenda.read(&text), Ok(value));
        assert_eq!(
            Agenda.read("Bilan (2025) | Projets (45 min)"),
            Ok(json!([
                { "title": "Bilan (2025)", "aim": "information" },
                { "title": "Projets", "aim": "information", "minutes": 45 },
            ]))
        );
        assert_eq!(Agenda.write(&json!([{ "title": "Projets", "aim": "decision", "action": "01A" }])), None);
    }
}
