//! What is joined to an announcement: whoever has the link of its mails may read it.

use super::model::{Happened, Stage};
use super::service::{self, Announcement};
use crate::accounts::model::{By, Viewer};
use crate::db::Conn;
use crate::documents::model::Document;
use crate::documents::service::{self as documents, Checked};
use crate::error::{Error, Result};
use crate::events::{self, Event, Record};
use crate::kernel::ids::{AnnouncementId, DocumentId};

/// The first one first.
pub fn list(conn: &mut Conn, id: &AnnouncementId) -> Result<Vec<Document>> {
    documents::list(conn, &Record::announcement(id))
}

/// The draft that the actor may write: what was confirmed keeps its documents.
fn draft(conn: &mut Conn, by: By<'_>, id: &AnnouncementId) -> Result<Announcement> {
    let announcement = service::find(conn, &Viewer(Some(by.actor.clone())), id)?;
    match announcement.life.stage {
        Stage::Draft => Ok(announcement),
        stage => {
            Err(Error::Refused(format!("Cette annonce est «\u{a0}{}\u{a0}»\u{a0}: ses documents ne changent plus.", stage.label().to_lowercase())))
        }
    }
}

pub fn attach(conn: &mut Conn, by: By<'_>, id: &AnnouncementId, checked: &Checked) -> Result<Document> {
    draft(conn, by, id)?;
    let document = documents::attach(conn, by, &Record::announcement(id), checked)?;
    events::happened(conn, by, Event::Announcement { id, what: Happened::Document { name: &document.name, is_removed: false } })?;
    Ok(document)
}

pub fn remove(conn: &mut Conn, by: By<'_>, id: &AnnouncementId, document: &DocumentId) -> Result<()> {
    draft(conn, by, id)?;
    let removed = documents::remove(conn, &Record::announcement(id), document)?;
    events::happened(conn, by, Event::Announcement { id, what: Happened::Document { name: &removed.name, is_removed: true } })
}

/// A document of the announcement whose mails carry this secret.
pub fn by_secret(conn: &mut Conn, secret: &str, document: &DocumentId) -> Result<Document> {
    let announcement = service::find_by_secret(conn, secret)?;
    list(conn, &announcement.id)?.into_iter().find(|one| one.id == *document).ok_or(Error::NotFound)
}
