//! What the form of a convention chooses from, read at once: names, and what its buttons looked for.

use serde_json::{Map, Value};

use super::names::Names;
use crate::accounts::model::Viewer;
use crate::actions;
use crate::conventions::model::{ConventionFields, Stage};
use crate::conventions::service::{self, Convention, Filter};
use crate::db::Conn;
use crate::error::Result;
use crate::http::forms::Form;
use crate::kernel::Page;
use crate::kernel::text::{excerpt, fold};

const MOST_FOUND: usize = 12;
const LONGEST_QUERY: usize = 200;

pub struct Desk {
    pub names: Names,
}

/// What a button within the form asked for.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct More {
    /// The field in which something was looked for, and the words.
    pub field: String,
    pub query: String,
    pub found: Vec<(String, String)>,
    pub spare_rows: usize,
}

impl Desk {
    /// For a form that holds these values.
    pub fn load(conn: &mut Conn, viewer: &Viewer, values: &Map<String, Value>) -> Result<Self> {
        let mut names = Names::load(conn, viewer)?;
        let texts = |name: &str| values.get(name).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).map(ToOwned::to_owned);
        let replaces = values.get("replaces").and_then(Value::as_str).map(ToOwned::to_owned);
        let named = ConventionFields { actions: texts("actions").collect(), replaces, ..ConventionFields::default() };
        names.learn(conn, viewer, &[&named])?;
        Ok(Self { names })
    }

    /// What the button that was pressed asks for, if it is one of those within the form. `prefix` begins the names of the fields.
    pub fn more(&self, conn: &mut Conn, viewer: &Viewer, form: &Form, prefix: &str) -> Result<Option<More>> {
        let asked = form.get("do");
        if asked == "more" {
            return Ok(Some(More { spare_rows: 3, ..More::default() }));
        }
        let Some(field) = asked.strip_prefix("find-").and_then(|name| name.strip_prefix(prefix)) else { return Ok(None) };
        let query: String = form.get(&format!("{prefix}{field}_q")).chars().take(LONGEST_QUERY).collect();
        let found = match field {
            "territories" => {
                let found = self.names.atlas.search(&query, Some(&self.names.instance.departement), MOST_FOUND);
                found.into_iter().map(|named| (named.code, named.label)).collect()
            }
            "actions" => {
                let found = actions::exporting::titled(conn, viewer, &query, i64::try_from(MOST_FOUND).unwrap_or(0))?;
                found.into_iter().map(|(id, title)| (id.to_string(), title)).collect()
            }
            "replaces" => signed(conn, viewer, &query, &self.names)?,
            _ => return Ok(None),
        };
        Ok(Some(More { field: field.to_owned(), query, found, spare_rows: 1 }))
    }
}

/// The signed conventions of a number, or with these words in their object.
fn signed(conn: &mut Conn, viewer: &Viewer, query: &str, names: &Names) -> Result<Vec<(String, String)>> {
    let page = Page { number: 1, size: u32::try_from(MOST_FOUND).unwrap_or(1) };
    let of = |filter: Filter| Filter { stages: vec![Stage::Signed], ..filter };
    let mut found = service::list(conn, viewer, &of(Filter { number: Some(query.trim().to_owned()), ..Filter::default() }), page)?.items;
    if found.is_empty() {
        found = service::list(conn, viewer, &of(Filter { text: fold(query), ..Filter::default() }), page)?.items;
    }
    Ok(found.iter().map(|one| (one.id.to_string(), told(one, names))).collect())
}

/// « 2024-012. Accueil des familles (CAF de la Vienne) ».
fn told(convention: &Convention, names: &Names) -> String {
    let partners: Vec<String> = convention.fields.partners().map(|id| names.party(Some(id))).collect();
    let number = convention.number.as_ref().map(|number| format!("{number}. ")).unwrap_or_default();
    let partners = if partners.is_empty() { String::new() } else { format!(" ({})", excerpt(&partners.join(", "))) };
    format!("{number}{}{partners}", excerpt(&convention.fields.object))
}
