//! An action as search knows it: only what is published.

use super::model::Stage;
use super::store::{self, Action};
use crate::db::Conn;
use crate::error::Result;
use crate::instance::model::Instance;
use crate::kernel::ids::ActionId;
use crate::search::model::{Document, RecordType};
use crate::territories::model::Atlas;
use crate::{instance, territories};

/// What names the codes of an action.
struct Names {
    instance: Instance,
    atlas: Atlas,
}

impl Names {
    fn load(conn: &mut Conn) -> Result<Self> {
        Ok(Self { instance: instance::service::get(conn)?.0, atlas: territories::service::atlas(conn)? })
    }
}

/// The document of an action; None when it is not to be found.
pub fn of(conn: &mut Conn, id: &str) -> Result<Option<Document>> {
    let Some(id) = ActionId::parse(id) else { return Ok(None) };
    let action = match store::find(conn, &id) {
        Ok(action) if action.life.stage == Stage::Published => action,
        Ok(_) | Err(crate::error::Error::NotFound) => return Ok(None),
        Err(error) => return Err(error),
    };
    let names = Names::load(conn)?;
    Ok(Some(document(action, &names)))
}

/// The documents of the published actions after an id, and the last id when there may be more.
pub fn batch(conn: &mut Conn, after: &str, most: i64) -> Result<(Vec<Document>, Option<String>)> {
    let (actions, last) = store::published_after(conn, after, most)?;
    let names = Names::load(conn)?;
    Ok((actions.into_iter().map(|action| document(action, &names)).collect(), last.map(|id| id.to_string())))
}

fn document(action: Action, names: &Names) -> Document {
    let fields = action.fields;
    let labels = fields.themes.iter().map(|code| names.instance.theme_label(code));
    let audiences = fields.audiences.iter().filter_map(|code| crate::kernel::referential::audience(code)).map(|term| term.label.to_string());
    let places = fields.territories.iter().map(|code| names.atlas.name(code));
    // A withheld address is not to be found by its words either.
    let place = (!fields.place_withheld).then(|| fields.place.clone());
    let evaluation = &fields.evaluation;
    Document {
        kind: RecordType::Action,
        url: crate::http::paths::action(&action.id, &fields.title),
        id: action.id.to_string(),
        external_id: fields.external_id,
        names: labels.chain(audiences).chain(places).chain(place).collect::<Vec<_>>().join("\n"),
        body: [
            &fields.needs,
            &fields.objectives.join("\n"),
            &fields.audience_note,
            &fields.rhythm,
            &fields.steps,
            &fields.means,
            &fields.access_conditions,
            &evaluation.results,
            &evaluation.strengths,
            &evaluation.difficulties,
            &evaluation.lessons,
        ]
        .into_iter()
        .filter(|text| !text.is_empty())
        .cloned()
        .collect::<Vec<_>>()
        .join("\n"),
        title: fields.title,
        summary: fields.summary,
        visibility: fields.visibility,
        themes: fields.themes,
        audiences: fields.audiences,
        territories: fields.territories,
        starts_on: fields.starts_on,
        ends_on: fields.ends_on,
        is_reported: evaluation.is_written(),
        date: fields.starts_on,
        updated_at: action.updated_at,
    }
}
