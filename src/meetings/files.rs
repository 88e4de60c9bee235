//! What is joined to a meeting: what is read before it, what was shown in it. Whoever may read the meeting may read them.

use super::service;
use crate::accounts::model::{By, Viewer};
use crate::db::Conn;
use crate::documents::model::Document;
use crate::documents::service::{self as documents, Checked};
use crate::error::Result;
use crate::events::{self, Event, Record};
use crate::kernel::ids::{DocumentId, MeetingId};

/// The first one first.
pub fn list(conn: &mut Conn, id: &MeetingId) -> Result<Vec<Document>> {
    documents::list(conn, &Record::meeting(id))
}

pub fn attach(conn: &mut Conn, by: By<'_>, id: &MeetingId, checked: &Checked) -> Result<Document> {
    service::find_to_write(conn, &Viewer(Some(by.actor.clone())), id)?;
    let document = documents::attach(conn, by, &Record::meeting(id), checked)?;
    events::happened(conn, by, Event::MeetingDocument { id, name: &document.name, is_removed: false })?;
    Ok(document)
}

pub fn remove(conn: &mut Conn, by: By<'_>, id: &MeetingId, document: &DocumentId) -> Result<()> {
    service::find_to_write(conn, &Viewer(Some(by.actor.clone())), id)?;
    let removed = documents::remove(conn, &Record::meeting(id), document)?;
    events::happened(conn, by, Event::MeetingDocument { id, name: &removed.name, is_removed: true })
}
