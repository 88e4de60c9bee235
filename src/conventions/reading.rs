//! The one door by which a convention's fields come in, from a form, the API or a file: parsed, bounded, or refused with the reason beside the
//! field. Whether they contradict each other is `model::checks`' to say.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::model::{Authorisation, ConventionFields, Direction, Effect, Kind, Level, Party, Renewal, RenewalKind, checks};
use crate::actions::model::SheetRef;
use crate::instance::model::Instance;
use crate::kernel::given::{Given, TEXT_MAX};
use crate::kernel::text::{excerpt, one_line};
use crate::kernel::{Day, FieldErrors, Visibility, number};
use crate::territories::model::Atlas;

pub const OBJECT_MAX: usize = 2_000;
const LONGEST_MONTHS: i64 = 1_200;

/// Fields that a reader of the API is given and may send back: they say nothing new.
const READ_ONLY: [&str; 18] = [
    "id",
    "url",
    "stage",
    "in_force",
    "situation",
    "begins_on",
    "signed_on",
    "current_term",
    "has_next_term",
    "notice_by",
    "is_existing",
    "version",
    "created_at",
    "updated_at",
    "author",
    "return_comment",
    "missing",
    "warnings",
];

/// The organisations and sheets that there are; an organisation as it may be said, and the identifier that is kept.
#[derive(Clone, Debug, Default)]
pub struct Directory {
    pub partners: BTreeMap<String, String>,
    /// The organisations that are the Département themselves.
    pub departements: BTreeSet<String>,
    pub sheets: BTreeSet<SheetRef>,
}

/// The records that the fields at hand name: as they say them, and the identifier that is kept.
#[derive(Clone, Debug, Default)]
pub struct Named {
    pub actions: BTreeMap<String, String>,
    pub conventions: BTreeMap<String, String>,
    pub accounts: BTreeMap<String, String>,
}

pub struct Known<'a> {
    pub instance: &'a Instance,
    pub atlas: &'a Atlas,
    pub directory: &'a Directory,
    pub named: &'a Named,
    /// May a party's day of signature be given with the rest? Only of a convention that is entered as it was signed.
    pub with_signatures: bool,
}

/// The fields of `given` over those of `base`: what is not given stays.
pub fn read(given: &Map<String, Value>, base: ConventionFields, known: &Known<'_>) -> Result<ConventionFields, FieldErrors> {
    let mut reader = Reader { given: Given::default(), known };
    let mut fields = base.clone();
    for (name, value) in given {
        reader.field(&mut fields, name, value);
    }
    let is_dated = given.get("starts_on").is_some_and(|day| !day.is_null());
    if is_dated && !given.contains_key("effect") && fields.effect == Effect::LastSignature && fields.starts_on != fields.last_signature() {
        fields.effect = Effect::FixedDay;
    }
    if fields.effect == Effect::LastSignature {
        fields.starts_on = None;
    }
    if reader.given.errors.is_empty() {
        // Before the Département joins them, so that a party is named by its place among those that were given.
        reader.given.errors.extend(checks::check(&fields));
    }
    with_departement(&mut fields.parties, &known.directory.departements);
    reader.given.errors.into_result().map(|()| fields)
}

/// The Département comes first, unless it or an organisation that is the Département is named.
fn with_departement(parties: &mut Vec<Party>, departements: &BTreeSet<String>) {
    let is_named = |party: &Party| party.partner.as_ref().is_none_or(|partner| departements.contains(partner));
    if !parties.iter().any(is_named) {
        parties.insert(0, Party::default());
    }
}

struct Reader<'a> {
    given: Given,
    known: &'a Known<'a>,
}

impl Reader<'_> {
    fn field(&mut self, fields: &mut ConventionFields, name: &str, value: &Value) {
        let known = self.known;
        match name {
            "external_id" => fields.external_id = Some(self.given.line(name, value)).filter(|id| !id.is_empty()),
            "object" => fields.object = one_line(&self.given.text(name, value, OBJECT_MAX)),
            "kind" => fields.kind = self.given.code(name, value, Kind::parse).unwrap_or(fields.kind),
            "level" => fields.level = self.given.code(name, value, Level::parse).unwrap_or(fields.level),
            "legal_basis" => fields.legal_basis = self.given.text(name, value, TEXT_MAX),
            "parties" => fields.parties = self.parties(&fields.parties, value),
            "territories" => fields.territories = self.given.codes(name, value, "territoire", |code| known.atlas.knows(code)),
            "themes" => fields.themes = self.given.codes(name, value, "thème", |code| known.instance.knows_theme(code)),
            "plan_sheets" => fields.plan_sheets = SheetRef::given_all(&mut self.given, name, value, &known.directory.sheets),
            "actions" => fields.actions = self.named_all(name, value, &known.named.actions),
            "effect" => fields.effect = self.given.code(name, value, Effect::parse).unwrap_or(fields.effect),
            "starts_on" => fields.starts_on = self.given.day(name, value),
            "ends_on" => fields.ends_on = self.given.day(name, value),
            "review_on" => fields.review_on = self.given.day(name, value),
            "renewal" => fields.renewal = self.renewal(value),
            "notice_months" => fields.notice_months = self.given.whole(name, value, 0, LONGEST_MONTHS),
            "replaces" => fields.replaces = self.named(name, value, "une convention", &known.named.conventions),
            "amount_eur_per_year" => fields.amount_eur_per_year = self.amount(name, value),
            "direction" => fields.direction = self.given.code(name, value, Direction::parse),
            "is_subsidy" => fields.is_subsidy = self.given.yes(name, value),
            "responsible" => fields.responsible = self.named(name, value, "l’adresse d’un agent", &known.named.accounts),
            "visibility" => fields.visibility = self.given.code(name, value, Visibility::parse).unwrap_or(fields.visibility),
            name if READ_ONLY.contains(&name) => {}
            name => self.given.unknown(name),
        }
    }

    fn parties(&mut self, base: &[Party], value: &Value) -> Vec<Party> {
        let mut parties = Vec::new();
        for (place, item) in self.given.array("parties", value).iter().enumerate() {
            let at = |name: &str| format!("parties.{place}.{name}");
            let Some(object) = self.given.object(&format!("parties.{place}"), item) else { continue };
            let part = |name: &str| object.get(name).unwrap_or(&Value::Null);
            let said = self.given.line(&at("partner"), part("partner"));
            let partner = match said.as_str() {
                "" => None,
                said => {
                    let found = self.known.directory.partners.get(said);
                    if found.is_none() {
                        self.given.errors.add(&at("partner"), format!("« {} » n’est pas un partenaire connu.", excerpt(said)));
                    }
                    found.cloned()
                }
            };
            let before = base.iter().find(|party| party.partner == partner).and_then(|party| party.signed_on);
            let signed_on = if object.contains_key("signed_on") { self.given.day(&at("signed_on"), part("signed_on")) } else { before };
            if signed_on != before && !self.known.with_signatures {
                self.given.errors.add(&at("signed_on"), "Une signature s’enregistre par un acte, pas ici.");
            }
            let party = Party {
                partner,
                signatory: self.given.line(&at("signatory"), part("signatory")),
                capacity: self.given.line(&at("capacity"), part("capacity")),
                authorisation: self.authorisation(&at("authorisation"), part("authorisation")),
                signed_on,
            };
            for name in object.keys().filter(|name| !["partner", "signatory", "capacity", "authorisation", "signed_on"].contains(&name.as_str())) {
                self.given.unknown(&at(name));
            }
            parties.push(party);
        }
        // Nobody leaves a convention that they have signed.
        let is_gone = |party: &&Party| party.signed_on.is_some() && parties.iter().all(|other: &Party| other.partner != party.partner);
        if base.iter().any(|party| is_gone(&party)) && !self.known.with_signatures {
            self.given.errors.add("parties", "Une partie qui a signé ne se retire pas.");
        }
        self.given.bounded("parties", parties)
    }

    fn authorisation(&mut self, at: &str, value: &Value) -> Option<Authorisation> {
        let object = self.given.object(at, value)?;
        let mut read = Authorisation::default();
        for (name, value) in object {
            let field = format!("{at}.{name}");
            match name.as_str() {
                "organ" => read.organ = self.given.line(&field, value),
                "number" => read.number = self.given.line(&field, value),
                "dated" => read.dated = self.given.day(&field, value),
                "enforceable_on" => read.enforceable_on = self.given.day(&field, value),
                _ => self.given.unknown(&field),
            }
        }
        if let (Some(dated), Some(enforceable)) = (read.dated, read.enforceable_on)
            && enforceable < dated
        {
            self.given.errors.add(&format!("{at}.enforceable_on"), "Une délibération n’est pas exécutoire avant d’être prise.");
        }
        Some(read).filter(|read| *read != Authorisation::default())
    }

    fn renewal(&mut self, value: &Value) -> Renewal {
        let Some(object) = self.given.object("renewal", value) else { return Renewal::default() };
        let mut renewal = Renewal::default();
        for (name, value) in object {
            let field = format!("renewal.{name}");
            match name.as_str() {
                "kind" => renewal.kind = self.given.code(&field, value, RenewalKind::parse).unwrap_or_default(),
                "period_months" => renewal.period_months = self.given.whole(&field, value, 1, LONGEST_MONTHS),
                "max" => renewal.max = self.given.whole(&field, value, 1, LONGEST_MONTHS),
                _ => self.given.unknown(&field),
            }
        }
        if renewal.kind == RenewalKind::None { Renewal::default() } else { renewal }
    }

    fn amount(&mut self, name: &str, value: &Value) -> Option<f64> {
        let (said, read) = match value {
            Value::Null => return None,
            Value::String(text) if text.trim().is_empty() => return None,
            Value::String(text) => (text.clone(), number::parse(text.trim().trim_end_matches('€').trim())),
            value => (value.to_string(), value.as_f64()),
        };
        let read = read.filter(|amount| (0.0..number::LARGEST).contains(amount));
        if read.is_none() {
            self.given.errors.add(name, format!("« {} » n’est pas un montant en euros.", excerpt(&said)));
        }
        read.map(|amount| (amount * 100.0).round() / 100.0)
    }

    fn named(&mut self, name: &str, value: &Value, what: &str, known: &BTreeMap<String, String>) -> Option<String> {
        let said = self.given.line(name, value);
        if said.is_empty() {
            return None;
        }
        let found = known.get(&said);
        if found.is_none() {
            self.given.errors.add(name, format!("« {} » n’est pas {what} que l’on connaisse.", excerpt(&said)));
        }
        found.cloned()
    }

    fn named_all(&mut self, name: &str, value: &Value, known: &BTreeMap<String, String>) -> Vec<String> {
        let said = self.given.codes(name, value, "action", |code| known.contains_key(code));
        let mut found: Vec<String> = Vec::new();
        for id in said.iter().filter_map(|said| known.get(said)) {
            if !found.contains(id) {
                found.push(id.clone());
            }
        }
        found
    }
}

/// What a text field or a list of the API names, as it says it: what is to be looked for before [`read`].
pub fn said(given: &Map<String, Value>, name: &str) -> Vec<String> {
    let texts: Vec<&str> = match given.get(name) {
        Some(Value::String(text)) => text.split([',', ';', '|', '\n']).collect(),
        Some(Value::Array(items)) => items.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    let mut said: Vec<String> = texts.into_iter().map(|text| text.trim().to_owned()).filter(|text| !text.is_empty()).collect();
    said.truncate(crate::kernel::given::MOST_ITEMS);
    said
}

/// A day of an act, which must be given.
pub fn needed_day(given: &mut Given, body: &Map<String, Value>, name: &str) -> Option<Day> {
    let day = given.day(name, body.get(name).unwrap_or(&Value::Null));
    if day.is_none() && given.errors.of(name).is_none() {
        given.errors.add(name, "Donnez ce jour.");
    }
    day
}
