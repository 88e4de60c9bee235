//! A convention as search knows it: only what is signed, as its columns stand.

use std::collections::BTreeMap;

use super::model::{AvenantStage, Content, Stage};
use super::store::{self, Convention};
use crate::db::Conn;
use crate::documents::service as documents;
use crate::error::Result;
use crate::events::Record;
use crate::instance::model::Instance;
use crate::kernel::ids::ConventionId;
use crate::kernel::{Day, Visibility};
use crate::search::model::{Document, RecordType};
use crate::territories::model::Atlas;
use crate::{instance, partners, territories};

/// Characters of a convention and its files that search keeps.
const LONGEST_BODY: usize = 300_000;

/// What names the codes of a convention.
struct Names {
    instance: Instance,
    atlas: Atlas,
    partners: BTreeMap<String, (String, Visibility)>,
}

impl Names {
    fn load(conn: &mut Conn) -> Result<Self> {
        let partners = partners::service::all(conn)?.into_iter().map(|one| (one.id.as_str().to_owned(), (one.name, one.visibility))).collect();
        Ok(Self { instance: instance::service::get(conn)?.0, atlas: territories::service::atlas(conn)?, partners })
    }
}

/// The document of a convention; None when it is not to be found.
pub fn of(conn: &mut Conn, id: &str) -> Result<Option<Document>> {
    let Some(id) = ConventionId::parse(id) else { return Ok(None) };
    let convention = match store::find(conn, &id) {
        Ok(convention) if convention.life.stage == Stage::Signed => convention,
        Ok(_) | Err(crate::error::Error::NotFound) => return Ok(None),
        Err(error) => return Err(error),
    };
    let names = Names::load(conn)?;
    let texts = documents::texts(conn, &Record::convention(&id))?;
    Ok(Some(document(&texts, convention, &names)))
}

/// The documents of the signed conventions after an id, and the last id when there may be more.
pub fn batch(conn: &mut Conn, after: &str, most: i64) -> Result<(Vec<Document>, Option<String>)> {
    let conventions = store::after(conn, after, most)?;
    let last = conventions.last().map(|convention| convention.id.to_string());
    let names = Names::load(conn)?;
    let ids: Vec<String> = conventions.iter().map(|convention| convention.id.to_string()).collect();
    let texts = documents::texts_of(conn, Record::CONVENTION, &ids)?;
    let signed = conventions.into_iter().filter(|convention| convention.life.stage == Stage::Signed);
    let texts_of = |convention: &Convention| texts.get(convention.id.as_str()).map_or(&[][..], Vec::as_slice);
    Ok((signed.map(|convention| document(texts_of(&convention), convention, &names)).collect(), last))
}

/// With what its documents say.
fn document(texts: &[String], convention: Convention, names: &Names) -> Document {
    let fields = convention.stored_fields();
    let labels = fields.themes.iter().map(|code| names.instance.theme_label(code));
    let places = fields.territories.iter().map(|code| names.atlas.name(code));
    // Whoever may find the convention may know of these.
    let is_known = |level: Visibility| ordinal(level) <= ordinal(fields.visibility);
    let parties = fields.partners().filter_map(|id| names.partners.get(id));
    let parties = parties.filter(|(_, level)| is_known(*level)).map(|(name, _)| name.clone());
    let avenants = convention.acts.iter().filter_map(|act| match &act.content {
        Content::Avenant { stage: AvenantStage::Signed, object, .. } => Some(object.as_str()),
        _ => None,
    });
    let body = [fields.legal_basis.as_str()].into_iter().chain(avenants).chain(texts.iter().map(String::as_str)).filter(|text| !text.is_empty());
    let stored = &convention.stored;
    Document {
        kind: RecordType::Convention,
        url: crate::http::paths::convention(&convention.id),
        names: labels.chain(places).chain(parties).chain(convention.number.clone()).collect::<Vec<_>>().join("\n"),
        body: bounded(body.collect::<Vec<_>>().join("\n")),
        summary: fields.kind.label().to_owned(),
        title: fields.object,
        id: convention.id.to_string(),
        external_id: fields.external_id,
        visibility: fields.visibility,
        themes: fields.themes,
        audiences: Vec::new(),
        territories: fields.territories,
        starts_on: stored.begins_on.filter(|day| *day > Day::FIRST),
        ends_on: stored.current_term,
        is_reported: false,
        date: stored.signed_on,
        updated_at: convention.updated_at,
    }
}

fn ordinal(level: Visibility) -> usize {
    Visibility::ALL.iter().position(|other| *other == level).unwrap_or(usize::MAX)
}

/// Of many long files, the first ones are found.
fn bounded(mut text: String) -> String {
    let end = text.char_indices().nth(LONGEST_BODY).map_or(text.len(), |(end, _)| end);
    text.truncate(end);
    text
}
