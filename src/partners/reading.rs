//! The one door by which an organisation's fields come in, from a form, the API or a file: parsed, bounded, or refused with the reason
//! beside the field.

use serde_json::{Map, Value};

use super::model::{OrganisationFields, OrganisationKind, PartnerContact};
use crate::instance::model::Instance;
use crate::kernel::given::{Given, TEXT_MAX};
use crate::kernel::registers::{Rna, Siret, WrongSiret};
use crate::kernel::text::excerpt;
use crate::kernel::{FieldErrors, Visibility, referential};
use crate::territories::geography::{PlaceKind, geography};
use crate::territories::model::Atlas;
use crate::territories::naming::Naming;

pub const NAME_MAX: usize = 250;
const ADDRESS_MAX: usize = 1_000;
const HOURS_MAX: usize = 2_000;
const MOST_CONTACTS: usize = 50;

/// Fields that a reader of the API is given and may send back: they say nothing new.
const READ_ONLY: [&str; 9] = ["id", "url", "version", "confirmed_at", "created_at", "updated_at", "to_confirm", "kind_label", "commune_name"];

/// What codes may be named.
#[derive(Clone, Copy)]
pub struct Known<'a> {
    pub instance: &'a Instance,
    pub atlas: &'a Atlas,
}

/// The fields of `given` over those of `base`: what is not given stays.
pub fn read(given: &Map<String, Value>, base: OrganisationFields, known: Known<'_>) -> Result<OrganisationFields, FieldErrors> {
    let (mut door, mut fields) = (Given::default(), base);
    for (name, value) in given {
        field(&mut door, &mut fields, name, value, known);
    }
    if fields.name.is_empty() {
        door.errors.add("name", "Donnez le nom de l’organisme.");
    }
    door.errors.into_result().map(|()| fields)
}

fn field(door: &mut Given, fields: &mut OrganisationFields, name: &str, value: &Value, known: Known<'_>) {
    match name {
        "external_id" => fields.external_id = Some(door.line(name, value)).filter(|id| !id.is_empty()),
        "name" => fields.name = door.text(name, value, NAME_MAX).split_whitespace().collect::<Vec<_>>().join(" "),
        "kind" => fields.kind = door.code(name, value, OrganisationKind::parse).unwrap_or(fields.kind),
        "siret" => fields.siret = siret(door, value),
        "rna" => fields.rna = rna(door, value),
        "address" => fields.address = door.text(name, value, ADDRESS_MAX),
        "commune" => fields.commune = commune(door, value, known.instance),
        "area" => fields.area = door.codes(name, value, "territoire", |code| known.atlas.knows(code)),
        "themes" => fields.themes = door.codes(name, value, "thème", |code| known.instance.knows_theme(code)),
        "audiences" => fields.audiences = door.audiences(name, value),
        "networks" => fields.networks = door.codes(name, value, "réseau", |code| referential::network(code).is_some()),
        "email" => fields.email = door.email(name, value),
        "phone" => fields.phone = door.phone(name, value),
        "website" => fields.website = website(door, value),
        "description" => fields.description = door.text(name, value, TEXT_MAX),
        "opening_hours" => fields.opening_hours = door.text(name, value, HOURS_MAX),
        "contacts" => fields.contacts = contacts(door, value),
        "visibility" => fields.visibility = door.code(name, value, Visibility::parse).unwrap_or(fields.visibility),
        name if READ_ONLY.contains(&name) => {}
        name => door.unknown(name),
    }
}

fn siret(door: &mut Given, value: &Value) -> Option<Siret> {
    let text = door.line("siret", value);
    if text.is_empty() {
        return None;
    }
    match Siret::parse(&text) {
        Ok(siret) => return Some(siret),
        Err(WrongSiret::Shape) => door.errors.add("siret", format!("« {} » n’est pas un SIRET : il a 14 chiffres.", excerpt(&text))),
        Err(WrongSiret::Sum) => {
            let message = "« {} » n’est pas un SIRET valable : un chiffre au moins est faux. Recopiez-le, ou laissez vide.";
            door.errors.add("siret", message.replace("{}", &excerpt(&text)));
        }
    }
    None
}

fn rna(door: &mut Given, value: &Value) -> Option<Rna> {
    let text = door.line("rna", value);
    let rna = Rna::parse(&text);
    if rna.is_none() && !text.is_empty() {
        door.errors.add("rna", format!("« {} » n’est pas un numéro RNA : il a un W, puis 9 chiffres, comme W863000123.", excerpt(&text)));
    }
    rna
}

/// By its code or its name; of two places of one name, that of the département.
fn commune(door: &mut Given, value: &Value, instance: &Instance) -> Option<String> {
    let text = door.line("commune", value);
    if text.is_empty() {
        return None;
    }
    match Naming::official(&instance.departement).read(&text) {
        Ok(code) if geography().place(&code).is_some_and(|place| matches!(place.kind, PlaceKind::Commune | PlaceKind::Arrondissement)) => Some(code),
        Ok(_) => {
            door.errors.add("commune", format!("« {} » n’est pas une commune.", excerpt(&text)));
            None
        }
        Err(message) => {
            door.errors.add("commune", message);
            None
        }
    }
}

/// A page of the web. Without its scheme, as people say it, it is taken as `https`.
fn website(door: &mut Given, value: &Value) -> String {
    let text = door.line("website", value);
    if text.is_empty() {
        return text;
    }
    let address = if text.contains("://") { text.clone() } else { format!("https://{text}") };
    if !is_web_address(&address) {
        let message = "« {} » n’est pas l’adresse d’un site : écrivez par exemple https://www.exemple.fr.";
        door.errors.add("website", message.replace("{}", &excerpt(&text)));
    }
    address
}

fn is_web_address(address: &str) -> bool {
    let Some(rest) = address.strip_prefix("https://").or_else(|| address.strip_prefix("http://")) else { return false };
    let (host, _) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    let (name, port) = host.split_once(':').unwrap_or((host, "443"));
    let is_label = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && label.chars().all(|c| c.is_alphanumeric() || c == '-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let sound = name.split('.').count() >= 2 && name.split('.').all(is_label) && crate::kernel::email::ascii_domain(name).is_some();
    sound && port.parse::<u16>().is_ok() && !rest.contains(|c: char| c.is_whitespace() || c.is_control() || "\"<>\\^`{|}".contains(c))
}

fn contacts(door: &mut Given, value: &Value) -> Vec<PartnerContact> {
    let mut contacts = Vec::new();
    for (row, item) in door.array("contacts", value).iter().enumerate() {
        let Some(item) = door.object("contacts", item) else { continue };
        let of = |name: &str| format!("contacts.{row}.{name}");
        let mut contact = PartnerContact::default();
        for (name, value) in item {
            match name.as_str() {
                "name" => contact.name = door.line(&of("name"), value),
                "function" => contact.function = door.line(&of("function"), value),
                "email" => contact.email = door.email(&of("email"), value),
                "phone" => contact.phone = door.phone(&of("phone"), value),
                "shown" => contact.shown = door.yes(&of("shown"), value),
                _ => door.errors.add("contacts", format!("Le champ « {} » n’existe pas.", excerpt(name))),
            }
        }
        if contact == (PartnerContact { shown: contact.shown, ..PartnerContact::default() }) {
            continue;
        }
        if contact.name.is_empty() && contact.function.is_empty() {
            door.errors.add(&of("name"), "Donnez le nom de cette personne, ou au moins sa fonction.");
        }
        contacts.push(contact);
    }
    if contacts.len() > MOST_CONTACTS {
        door.errors.add("contacts", format!("{MOST_CONTACTS} interlocuteurs au plus."));
    }
    contacts
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn given(value: Value) -> Result<OrganisationFields, FieldErrors> {
        let (instance, atlas) = (Instance::default(), Atlas::default());
        let base = OrganisationFields { name: "Le Pont".into(), ..OrganisationFields::default() };
        read(value.as_object().unwrap(), base, Known { instance: &instance, atlas: &atlas })
    }

    #[test]
    fn what_people_type_is_read() {
        let fields = given(json!({
            "name": "  Comptes \n clairs ", "kind": "association", "siret": "130 030 133 00016", "rna": "w863000123", "commune": "poitiers",
            "area": ["86"], "audiences": "familles", "networks": ["caf"], "website": "www.comptes-clairs.example/contact", "email": "a@b.example",
            "contacts": [{ "name": "Zoé", "phone": "05 49 00 00 01", "shown": "oui" }, { "name": "", "shown": true }], "version": 3,
        }))
        .unwrap();
        assert_eq!(
            (fields.name.as_str(), fields.siret.unwrap().as_str(), fields.commune.as_deref()),
            ("Comptes clairs", "13003013300016", Some("86194"))
        );
        assert_eq!(fields.website, "https://www.comptes-clairs.example/contact");
        assert!(fields.contacts.len() == 1 && fields.contacts[0].shown);
    }

    #[test]
    fn what_is_wrong_is_named_and_quoted() {
        let errors = given(json!({
            "name": "", "kind": "club", "siret": "130 030 133 00017", "rna": "863000123", "commune": "Atlantide", "area": ["nulle-part"],
            "audiences": ["tous-publics", "familles"], "networks": ["rotary"], "email": "a", "phone": "x", "website": "javascript:alert(1)",
            "description": "suivie : 2 55 08 14 168 025 38", "contacts": [{ "email": "@" }], "colour": "blue", "visibility": "secret",
        }))
        .unwrap_err();
        let mut names: Vec<&str> = errors.iter().map(|(field, _)| field).collect();
        names.sort_unstable();
        names.dedup();
        let expected = [
            "area",
            "audiences",
            "colour",
            "commune",
            "contacts.0.email",
            "contacts.0.name",
            "description",
            "email",
            "kind",
            "name",
            "networks",
            "phone",
            "rna",
            "siret",
            "visibility",
            "website",
        ];
        assert_eq!(names, expected);
        assert!(errors.of("siret").unwrap().contains("130 030 133 00017"));
    }

    #[test]
    fn only_pages_of_the_web_are_sites() {
        for address in ["https://a.example", "http://été.example:8080/x?y#z", "https://a-b.c.example/é"] {
            assert!(is_web_address(address), "{address}");
        }
        for address in [
            "ftp://a.example",
            "https://localhost",
            "https://a..example",
            "https://-a.example",
            "https://a.example/<x>",
            "https://a b.example",
            "https://u@a.example",
            "https://a.example:x",
        ] {
            assert!(!is_web_address(address), "{address}");
        }
    }
}
