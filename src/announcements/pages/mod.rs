//! The pages of announcements: one file a page.

pub mod documents;
pub mod edit;
mod form;
pub mod history;
pub mod labels;
pub mod letters;
pub mod link;
pub mod list;
pub mod new;
pub mod recipients;
pub mod send;
pub mod show;
pub mod verbs;

use serde_json::{Value, json};

use super::model::Stage;
use super::policy;
use super::service::{self, Announcement};
use crate::error::{Error, Result};
use crate::http::paths;
use crate::http::visit::Visit;
use crate::kernel::ids::AnnouncementId;
use crate::kernel::text::thousands;

fn id_of(text: &str) -> Result<AnnouncementId> {
    AnnouncementId::parse(text).ok_or(Error::NotFound)
}

/// Refuses whoever may write none.
fn allowed(visit: &Visit) -> Result<()> {
    if policy::may_create(visit.actor()?) { Ok(()) } else { Err(service::not_yours()) }
}

/// The announcement that the reader may write.
async fn read(visit: &Visit, id: &str) -> Result<Announcement> {
    visit.actor()?;
    let (viewer, id) = (visit.viewer.clone(), id_of(id)?);
    visit.app.db.read(move |conn| service::find(conn, &viewer, &id)).await
}

/// The trail that leads to a page about an announcement.
fn trail(announcement: &Announcement, here: Option<&str>) -> Value {
    let own = paths::announcement(&announcement.id);
    let mut items =
        vec![json!({ "label": "Annonces", "href": paths::ANNOUNCEMENTS }), json!({ "label": announcement.fields.title, "href": here.map(|_| own) })];
    items.extend(here.map(|here| json!({ "label": here, "href": null })));
    Value::Array(items)
}

/// Its stage as a tag says it.
fn tag(announcement: &Announcement) -> Value {
    let stage = announcement.life.stage;
    let tag = match stage {
        Stage::Draft => "draft",
        Stage::Scheduled => "upcoming",
        Stage::Sending => "in_progress",
        Stage::Sent => "done",
        Stage::Cancelled => "plain",
    };
    json!({ "tag": tag, "label": stage.label() })
}

/// « 132 adresses », « 1 adresse ».
fn counted(number: usize, one: &str, many: &str) -> String {
    format!("{}\u{a0}{}", thousands(&number.to_string()), if number < 2 { one } else { many })
}

/// « 2 adresses n’existent plus… », if there are some.
fn dead(found: &super::audience::Found) -> Option<String> {
    let said =
        || counted(found.dead, "adresse n’existe plus\u{a0}: elle n’est pas comptée", "adresses n’existent plus\u{a0}: elles ne sont pas comptées");
    (found.dead > 0).then(said)
}

fn documents_json(documents: &[crate::documents::model::Document], href: impl Fn(&crate::documents::model::Document) -> String) -> Vec<Value> {
    let shown = |document: &crate::documents::model::Document| {
        let told = format!("{}, {}", document.kind.label(), crate::documents::model::told_size(document.size));
        json!({ "name": document.name, "url": href(document), "told": told })
    };
    documents.iter().map(shown).collect()
}
