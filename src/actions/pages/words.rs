//! How an action is said: codes as labels, dates as sentences, small figures held back.

use serde_json::{Value, json};

use crate::actions::model::{ActionFields, Carrier};
use crate::actions::service::{Action, World};
use crate::actions::sessions::Session;
use crate::http::paths;
use crate::kernel::referential::{self, Term};
use crate::kernel::time::time_in_words;
use crate::kernel::{Day, Zone};
use crate::partners::model::Organisation;

/// Figures under this are not shown to the public: a small group could be recognised.
const FEWEST_SHOWN: i64 = 5;

pub fn none_if_empty(text: &str) -> Option<&str> {
    Some(text).filter(|text| !text.is_empty())
}

/// « Du mardi 3 mars 2026 au mardi 30 juin 2026 ».
pub fn period(fields: &ActionFields) -> Option<String> {
    match (fields.starts_on, fields.ends_on) {
        (Some(first), Some(last)) if first == last => Some(format!("Le {}", first.in_words())),
        (Some(first), Some(last)) => Some(format!("Du {} au {}", first.in_short(), last.in_short())),
        (Some(first), None) => Some(format!("À partir du {}", first.in_words())),
        (None, Some(last)) => Some(format!("Jusqu’au {}", last.in_words())),
        (None, None) => None,
    }
}

/// « 14 h – 16 h ».
pub fn hours(session: &Session, zone: &Zone) -> String {
    let (start, end) = (zone.local(session.starts_at).time(), zone.local(session.ends_at).time());
    format!("{} – {}", time_in_words(start), time_in_words(end))
}

pub fn day_of(session: &Session, zone: &Zone) -> Day {
    zone.day(session.starts_at)
}

/// A headcount as the reader may see it.
pub fn headcount(count: Option<i64>, exact: bool) -> String {
    match count {
        None => "—".into(),
        Some(count) if exact || count >= FEWEST_SHOWN => count.to_string(),
        Some(_) => format!("moins de\u{a0}{FEWEST_SHOWN}"),
    }
}

pub fn carrier(fields: &ActionFields, world: &World, partners: &[Organisation]) -> Value {
    match &fields.carrier {
        Some(Carrier::Territory(code)) => json!({ "label": world.atlas.name(code), "url": paths::territory(code) }),
        Some(Carrier::PartnerId(id)) => match partners.iter().find(|partner| partner.id.as_str() == id) {
            Some(partner) => json!({ "label": partner.name, "url": paths::partner(&partner.id, &partner.name) }),
            None => json!({ "label": "un partenaire", "url": null }),
        },
        None => json!({ "label": "un porteur à préciser", "url": null }),
    }
}

pub fn carrier_label(fields: &ActionFields, world: &World, partners: &[Organisation]) -> String {
    carrier(fields, world, partners)["label"].as_str().unwrap_or_default().to_owned()
}

pub fn partner_name(id: &str, partners: &[Organisation], former: &[Organisation]) -> String {
    partners
        .iter()
        .chain(former)
        .find(|partner| partner.id.as_str() == id)
        .map_or_else(|| "un ancien partenaire".to_owned(), |partner| partner.name.clone())
}

/// The labels of codes, in a sentence.
pub fn labels<'t>(codes: &[String], term: impl Fn(&str) -> Option<&'t Term>) -> Option<String> {
    let labels: Vec<String> = codes.iter().filter_map(|code| term(code)).map(|term| term.label.to_string()).collect();
    (!labels.is_empty()).then(|| labels.join(", "))
}

/// Who may call on the action: « La personne elle-même ou un professionnel ».
pub fn mobilised_by(fields: &ActionFields) -> Option<String> {
    let has = |code: &str| fields.mobilised_by.iter().any(|found| found == code);
    match (has("usagers"), has("professionnels")) {
        (true, true) => Some("La personne elle-même, ou un professionnel avec son accord.".into()),
        (true, false) => Some("La personne s’inscrit elle-même.".into()),
        (false, true) => Some("Sur orientation d’un professionnel, avec l’accord de la personne.".into()),
        (false, false) => None,
    }
}

pub fn fee(fields: &ActionFields) -> Option<String> {
    let label = fields.fee.as_deref().and_then(referential::fee).map(|term| term.label.to_string());
    match (label, none_if_empty(&fields.fee_note)) {
        (Some(label), Some(note)) => Some(format!("{label} ({note})")),
        (Some(label), None) => Some(label),
        (None, note) => note.map(ToOwned::to_owned),
    }
}

/// The state that a reader sees: the situation of what is published, the stage of what is not.
pub fn state(action: &Action, today: Day) -> (&'static str, &'static str) {
    match action.situation(today) {
        Some(situation) => (situation.as_str(), situation.label()),
        None => (action.life.stage.as_str(), action.life.stage.label()),
    }
}

/// What a line of the journal says happened.
pub fn event(name: &str, detail: &Value) -> String {
    match name {
        "created" if detail.get("inspired_by").is_some() => "Commencée à partir d’une autre action".into(),
        "created" => "Commencée".into(),
        "changed" => {
            let fields = detail["changed"].as_array().map(Vec::as_slice).unwrap_or_default();
            let labels: Vec<&str> = fields.iter().filter_map(Value::as_str).map(crate::actions::labels::field).collect();
            format!("Modifiée\u{a0}: {}", labels.join(", ").to_lowercase())
        }
        "restored" => format!("Rétablie telle qu’à la version {}", detail["version"]),
        "relinked" => "Un de ses partenaires a été réuni avec un autre".into(),
        "imported" => "Importée d’un fichier".into(),
        "import_undone" => "Remise comme avant l’import d’un fichier".into(),
        "submitted" => "Proposée à la validation".into(),
        "returned" => "Renvoyée à son auteur".into(),
        "published" => "Publiée".into(),
        "archived" => "Archivée".into(),
        "confirmed" => "Confirmée\u{a0}: elle est toujours d’actualité".into(),
        "sessions_changed" => match (detail["added"].as_u64().unwrap_or(0), detail["removed"].as_u64().unwrap_or(0)) {
            (0, removed) => format!("{removed}\u{a0}séance supprimée"),
            (1, _) => "1\u{a0}séance ajoutée".into(),
            (added, _) => format!("{added}\u{a0}séances ajoutées"),
        },
        "attendance_recorded" => "Présences saisies".into(),
        other => crate::sharing::model::Happened::parse(other).map_or_else(|| other.to_owned(), |what| what.label().to_owned()),
    }
}

/// Is the address to be held back from this reader?
pub fn hides_place(action: &Action, may_write: bool) -> bool {
    action.fields.place_withheld && !may_write
}
