//! An organisation as search knows it. What is not shown to everybody who may read the page is not in it.

use super::labels;
use super::model::{OrganisationFields, Partner};
use super::store;
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::instance::model::Instance;
use crate::kernel::ids::OrganisationId;
use crate::kernel::referential;
use crate::search::model::{Document, RecordType};
use crate::territories::model::Atlas;
use crate::{instance, territories};

/// What names the codes of an organisation.
struct Names {
    instance: Instance,
    atlas: Atlas,
}

impl Names {
    fn load(conn: &mut Conn) -> Result<Self> {
        Ok(Self { instance: instance::service::get(conn)?.0, atlas: territories::service::atlas(conn)? })
    }
}

/// The document of an organisation; None when it is gone, or became another.
pub fn of(conn: &mut Conn, id: &str) -> Result<Option<Document>> {
    let Some(id) = OrganisationId::parse(id) else { return Ok(None) };
    match store::whole(conn, &id) {
        Ok(partner) if partner.merged_into.is_none() => Ok(Some(document(partner, &Names::load(conn)?))),
        Ok(_) | Err(Error::NotFound) => Ok(None),
        Err(error) => Err(error),
    }
}

/// The documents of the organisations after an id, and the last id when there may be more.
pub fn batch(conn: &mut Conn, after: &str, most: i64) -> Result<(Vec<Document>, Option<String>)> {
    let partners = store::after(conn, after, most)?;
    let last = partners.last().map(|partner| partner.id.to_string());
    let names = Names::load(conn)?;
    Ok((partners.into_iter().map(|partner| document(partner, &names)).collect(), last))
}

fn document(partner: Partner, names: &Names) -> Document {
    let fields: OrganisationFields = partner.fields.without_hidden_contacts();
    let themes = fields.themes.iter().map(|code| names.instance.theme_label(code));
    let audiences = fields.audiences.iter().filter_map(|code| referential::audience(code)).map(|term| term.label.clone());
    let networks = fields.networks.iter().filter_map(|code| referential::network(code)).map(|term| term.label.clone());
    let places = fields.places();
    let named: Vec<String> = themes
        .chain(audiences)
        .chain(networks)
        .chain(fields.area.iter().chain(&fields.commune).map(|code| names.atlas.name(code)))
        .chain([fields.kind.label().to_owned(), fields.address.clone()])
        .collect();
    let contacts = fields.contacts.iter().map(|contact| format!("{} {}", contact.name, contact.function));
    // A name and a place are all that a summary needs; what it does is the text.
    let summary: String = fields.description.chars().take(SUMMARY).collect();
    let rest: String = fields.description.chars().skip(SUMMARY).collect();
    let hours =
        Some(&fields.opening_hours).filter(|hours| !hours.is_empty()).map(|hours| format!("{}\u{a0}: {hours}", labels::field("opening_hours")));
    Document {
        kind: RecordType::Partner,
        url: crate::http::paths::partner(&partner.id, &fields.name),
        id: partner.id.to_string(),
        names: named.into_iter().filter(|name| !name.is_empty()).collect::<Vec<_>>().join("\n"),
        body: [rest].into_iter().chain(hours).chain(contacts).filter(|text| !text.trim().is_empty()).collect::<Vec<_>>().join("\n"),
        external_id: fields.external_id,
        title: fields.name,
        summary,
        visibility: fields.visibility,
        themes: fields.themes,
        audiences: fields.audiences,
        territories: places,
        // An organisation is there whatever the day.
        starts_on: None,
        ends_on: None,
        is_reported: false,
        date: None,
        updated_at: partner.updated_at,
    }
}

/// Characters of a description that weigh as a summary does.
const SUMMARY: usize = 600;
