//! How an organisation is said: codes as labels, what happened to it, and its fields in a history.

use serde_json::Value;

use crate::kernel::registers::Siret;
use crate::kernel::{Visibility, referential};
use crate::partners::labels;
use crate::partners::model::{OrganisationKind, PartnerContact};
use crate::partners::service::World;
use crate::versions::Version;
use crate::versions::diff::{Field, Said};

pub fn none_if_empty(text: &str) -> Option<&str> {
    Some(text).filter(|text| !text.is_empty())
}

/// The digits of a telephone number, for its link.
pub fn phone_href(phone: &str) -> Option<String> {
    none_if_empty(phone).map(|phone| phone.chars().filter(|c| c.is_ascii_digit() || *c == '+').collect())
}

/// What a line of the journal says happened.
pub fn event(name: &str, detail: &Value) -> String {
    let changed = || {
        let fields = detail["changed"].as_array().into_iter().flatten().filter_map(Value::as_str);
        fields.map(labels::field).collect::<Vec<_>>().join(", ").to_lowercase()
    };
    match name {
        "partner_added" | "organisation_added" => "Ajouté".into(),
        "partner_changed" => format!("Modifié\u{a0}: {}", changed()),
        "organisation_changed" => "Modifié".into(),
        "partner_restored" => format!("Rétabli tel qu’à la version {}", detail["version"]),
        "partner_confirmed" => "Confirmé\u{a0}: la fiche est exacte".into(),
        "partner_imported" => "Importé d’un fichier".into(),
        "partner_import_undone" => "Remis comme avant l’import d’un fichier".into(),
        "partner_merged" => format!("Réuni avec « {} »", detail["name"].as_str().unwrap_or("une autre fiche")),
        "partner_merged_into" => "Réuni à une autre fiche".into(),
        "partner_told_apart" => format!("N’est pas « {} »\u{a0}: le doublon est écarté", detail["name"].as_str().unwrap_or("une autre fiche")),
        "correction_suggested" => format!("Correction proposée\u{a0}: {}", changed()),
        "correction_accepted" => "Correction acceptée".into(),
        "correction_refused" => "Correction refusée".into(),
        other => other.to_owned(),
    }
}

/// What the author of a version did.
pub fn did(version: &Version) -> String {
    match version.event.as_str() {
        "partner_added" => "a ajouté ce partenaire".into(),
        "partner_changed" => match labels::in_a_sentence(&version.changed()).as_str() {
            "" => "a modifié la fiche".into(),
            fields => format!("a modifié {fields}"),
        },
        "partner_restored" => format!("a rétabli la version {}", version.detail["version"]),
        "partner_imported" => "a importé la fiche d’un fichier".into(),
        "partner_import_undone" => "a remis la fiche comme avant l’import d’un fichier".into(),
        "partner_merged" => format!("a réuni « {} » à cette fiche", version.detail["name"].as_str().unwrap_or("une autre fiche")),
        "partner_merged_into" => "a réuni cette fiche à une autre".into(),
        "found" => "avait écrit ce texte quand l’historique a commencé".into(),
        other => other.to_owned(),
    }
}

/// The fields of a version, or of some changes, its content given as it is kept.
pub fn fields(content: &Value, world: &World) -> Vec<Field> {
    labels::FIELDS.iter().map(|(name, label, _)| Field { name, label, said: said(name, &content[*name], world) }).collect()
}

/// A value in words, never in JSON.
pub fn said(name: &str, value: &Value, world: &World) -> Said {
    let plain = value.as_str().unwrap_or_default();
    let codes = || value.as_array().into_iter().flatten().filter_map(Value::as_str);
    let sorted = |mut items: Vec<String>| {
        items.sort();
        Said::Items(items)
    };
    match name {
        "kind" => Said::Value(OrganisationKind::parse(plain).map_or("", OrganisationKind::label).to_owned()),
        "visibility" => Said::Value(Visibility::parse(plain).map_or("", Visibility::label).to_owned()),
        "siret" => Said::Value(Siret::parse(plain).map_or_else(|_| plain.to_owned(), |siret| siret.spaced())),
        "commune" => Said::Value(if plain.is_empty() { String::new() } else { world.atlas.name(plain) }),
        "area" => sorted(codes().map(|code| world.atlas.name(code)).collect()),
        "themes" => sorted(codes().map(|code| world.instance.theme_label(code)).collect()),
        "audiences" => sorted(codes().map(|code| referential::audience(code).map_or(code, |term| &term.label).to_owned()).collect()),
        "networks" => sorted(codes().map(|code| network(code).to_owned()).collect()),
        "contacts" => Said::Items(value.as_array().into_iter().flatten().map(contact).collect()),
        "description" | "opening_hours" | "address" => Said::Text(plain.to_owned()),
        _ => Said::Value(plain.to_owned()),
    }
}

pub fn network(code: &str) -> &str {
    referential::network(code).map_or(code, |term| &term.label)
}

/// « Zoé Martin, directrice, 05 49 00 00 01, zoe@pont.example (non affiché) ».
fn contact(value: &Value) -> String {
    let contact: PartnerContact = serde_json::from_value(value.clone()).unwrap_or_default();
    let parts = [contact.name, contact.function, contact.phone, contact.email].into_iter().filter(|part| !part.is_empty());
    let hidden = if contact.shown { "" } else { " (non affiché)" };
    format!("{}{hidden}", parts.collect::<Vec<_>>().join(", "))
}
