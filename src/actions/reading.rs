//! The one door by which an action's fields come in, from a form, the API or a file: parsed, bounded, or refused with the reason beside the field.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::{Deref, DerefMut};

use serde_json::{Map, Value};

use super::model::{ActionFields, Carrier, Contact, Evaluation, Indicator, Kind, PartnerLink, SheetRef};
use crate::instance::model::Instance;
use crate::kernel::given::Given;
use crate::kernel::text::{excerpt, one_line};
use crate::kernel::{FieldErrors, Visibility, number, referential};
use crate::territories::model::Atlas;

pub use crate::kernel::given::TEXT_MAX;

pub const TITLE_MAX: usize = 250;
pub const SUMMARY_MAX: usize = 2_000;

/// Fields that a reader of the API is given and may send back: they say nothing new.
const READ_ONLY: [&str; 13] = [
    "id",
    "stage",
    "situation",
    "version",
    "created_at",
    "updated_at",
    "url",
    "author",
    "inspired_by",
    "return_comment",
    "published_at",
    "missing",
    "sessions",
];

/// What codes may be named.
pub struct Known<'a> {
    pub instance: &'a Instance,
    pub atlas: &'a Atlas,
    pub partners: &'a BTreeSet<String>,
    /// Partners that became another, with the one that they became.
    pub former: &'a BTreeMap<String, String>,
    pub sheets: &'a BTreeSet<SheetRef>,
}

/// The fields of `given` over those of `base`: what is not given stays.
pub fn read(given: &Map<String, Value>, base: ActionFields, known: &Known<'_>) -> Result<ActionFields, FieldErrors> {
    let mut reader = Reader { given: Given::default(), known };
    let mut fields = base;
    for (name, value) in given {
        reader.field(&mut fields, name, value);
    }
    if let (Some(first), Some(last)) = (fields.starts_on, fields.ends_on)
        && last < first
    {
        reader.errors.add("ends_on", format!("Le dernier jour ({}) est avant le premier ({}).", last.in_figures(), first.in_figures()));
    }
    reader.given.errors.into_result().map(|()| fields)
}

struct Reader<'a> {
    given: Given,
    known: &'a Known<'a>,
}

impl Deref for Reader<'_> {
    type Target = Given;

    fn deref(&self) -> &Given {
        &self.given
    }
}

impl DerefMut for Reader<'_> {
    fn deref_mut(&mut self) -> &mut Given {
        &mut self.given
    }
}

impl Reader<'_> {
    fn field(&mut self, fields: &mut ActionFields, name: &str, value: &Value) {
        let known = self.known;
        match name {
            "external_id" => fields.external_id = Some(self.line(name, value)).filter(|id| !id.is_empty()),
            "kind" => fields.kind = self.code(name, value, Kind::parse).unwrap_or(fields.kind),
            "visibility" => fields.visibility = self.code(name, value, Visibility::parse).unwrap_or(fields.visibility),
            "title" => fields.title = one_line(&self.text(name, value, TITLE_MAX)),
            "summary" => fields.summary = self.text(name, value, SUMMARY_MAX),
            "needs" => fields.needs = self.text(name, value, TEXT_MAX),
            "objectives" => fields.objectives = self.lines(name, value),
            "audiences" => fields.audiences = self.audiences(name, value),
            "audience_note" => fields.audience_note = self.text(name, value, TEXT_MAX),
            "themes" => fields.themes = self.codes(name, value, "thème", |code| known.instance.knows_theme(code)),
            "territories" => fields.territories = self.codes(name, value, "territoire", |code| known.atlas.knows(code)),
            "carrier" => fields.carrier = self.carrier(value),
            "place" => fields.place = self.text(name, value, TEXT_MAX),
            "place_withheld" => fields.place_withheld = self.yes(name, value),
            "starts_on" => fields.starts_on = self.day(name, value),
            "ends_on" => fields.ends_on = self.day(name, value),
            "rhythm" => fields.rhythm = self.line(name, value),
            "steps" => fields.steps = self.text(name, value, TEXT_MAX),
            "means" => fields.means = self.text(name, value, TEXT_MAX),
            "partners" => fields.partners = self.partners(value),
            "indicators" => fields.indicators = self.indicators(value),
            "evaluation" => fields.evaluation = self.evaluation(value, &fields.evaluation),
            "plan_sheets" => fields.plan_sheets = SheetRef::given_all(&mut self.given, name, value, known.sheets),
            "contact" => fields.contact = self.contact(value),
            "fee" => fields.fee = self.code(name, value, |code| referential::fee(code).map(|fee| fee.code.to_string())),
            "fee_note" => fields.fee_note = self.text(name, value, TEXT_MAX),
            "access_conditions" => fields.access_conditions = self.text(name, value, TEXT_MAX),
            "reception_modes" => {
                fields.reception_modes = self.codes(name, value, "mode d’accueil", |code| referential::reception_mode(code).is_some())
            }
            "mobilisation_modes" => {
                fields.mobilisation_modes = self.codes(name, value, "mode d’inscription", |code| referential::mobilisation_mode(code).is_some());
            }
            "mobilised_by" => fields.mobilised_by = self.codes(name, value, "valeur", |code| referential::mobiliser(code).is_some()),
            name if READ_ONLY.contains(&name) => {}
            name => self.unknown(name),
        }
    }

    /// The partner that one became, if it did: old texts and other programs name it still.
    fn present(&self, id: String) -> String {
        self.known.former.get(&id).cloned().unwrap_or(id)
    }

    fn carrier(&mut self, value: &Value) -> Option<Carrier> {
        let object = self.object("carrier", value)?;
        let part = |name: &str| object.get(name).and_then(Value::as_str).unwrap_or_default().trim().to_owned();
        match (part("territory"), self.present(part("partner_id"))) {
            (territory, partner) if territory.is_empty() && partner.is_empty() => None,
            (territory, partner) if !territory.is_empty() && partner.is_empty() => {
                if !self.known.atlas.knows(&territory) {
                    self.errors.add("carrier", format!("« {} » n’est pas un code de territoire connu.", excerpt(&territory)));
                }
                Some(Carrier::Territory(territory))
            }
            (territory, partner) if territory.is_empty() => {
                if !self.known.partners.contains(&partner) {
                    self.errors.add("carrier", "Ce partenaire n’existe pas.");
                }
                Some(Carrier::PartnerId(partner))
            }
            _ => {
                self.errors.add("carrier", "Choisissez un territoire ou un partenaire, pas les deux.");
                None
            }
        }
    }

    fn partners(&mut self, value: &Value) -> Vec<PartnerLink> {
        let mut links: Vec<PartnerLink> = Vec::new();
        for item in self.array("partners", value) {
            let id = self.present(item.get("partner_id").and_then(Value::as_str).unwrap_or_default().trim().to_owned());
            let role = self.line("partners", item.get("role").unwrap_or(&Value::Null));
            if id.is_empty() && role.is_empty() {
                continue;
            }
            if !self.known.partners.contains(&id) {
                self.errors.add("partners", format!("« {} » n’est pas un partenaire connu.", excerpt(&id)));
            } else if links.iter().all(|link| link.partner_id != id) {
                links.push(PartnerLink { partner_id: id, role });
            }
        }
        self.bounded("partners", links)
    }

    fn indicators(&mut self, value: &Value) -> Vec<Indicator> {
        let mut indicators = Vec::new();
        for item in self.array("indicators", value) {
            let mut part = |name: &str| self.line("indicators", item.get(name).unwrap_or(&Value::Null));
            let (label, unit) = (part("label"), part("unit"));
            let mut figure = |name: &str| self.figure(item.get(name).unwrap_or(&Value::Null));
            let (target, value) = (figure("target"), figure("value"));
            if label.is_empty() && unit.is_empty() && target.is_none() && value.is_none() {
                continue;
            }
            if label.is_empty() {
                self.errors.add("indicators", "Donnez un nom à chaque indicateur.");
            }
            indicators.push(Indicator { label, unit, target, value });
        }
        self.bounded("indicators", indicators)
    }

    /// A number as people type it: `12`, `12,5`, `1 200`.
    fn figure(&mut self, value: &Value) -> Option<f64> {
        let (text, figure) = match value {
            Value::Null => return None,
            Value::String(text) if text.trim().is_empty() => return None,
            Value::String(text) => (text.clone(), number::parse(text)),
            value => (value.to_string(), value.as_f64().filter(|figure| figure.abs() < number::LARGEST)),
        };
        if figure.is_none() {
            self.errors.add("indicators", format!("« {} » n’est pas un nombre.", excerpt(&text)));
        }
        figure
    }

    fn evaluation(&mut self, value: &Value, base: &Evaluation) -> Evaluation {
        let Some(object) = self.object("evaluation", value) else { return Evaluation::default() };
        let mut evaluation = base.clone();
        for (name, value) in object {
            let text = self.text(&format!("evaluation.{name}"), value, TEXT_MAX);
            match name.as_str() {
                "results" => evaluation.results = text,
                "strengths" => evaluation.strengths = text,
                "difficulties" => evaluation.difficulties = text,
                "lessons" => evaluation.lessons = text,
                _ => self.errors.add("evaluation", format!("Le champ « {} » n’existe pas.", excerpt(name))),
            }
        }
        evaluation
    }

    fn contact(&mut self, value: &Value) -> Contact {
        let Some(object) = self.object("contact", value) else { return Contact::default() };
        let mut contact = Contact::default();
        for (name, value) in object {
            match name.as_str() {
                "email" => contact.email = self.email("contact.email", value),
                "phone" => contact.phone = self.phone("contact.phone", value),
                _ => self.errors.add("contact", format!("Le champ « {} » n’existe pas.", excerpt(name))),
            }
        }
        contact
    }
}
