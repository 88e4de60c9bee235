//! Who may read a record, whichever its kind: for what is attached to it.

use crate::db::Conn;
use crate::error::{Error, Result};
use crate::kernel::Day;
use crate::kernel::actor::Viewer;
use crate::kernel::ids::{ActionId, ConventionId, MeetingId};
use crate::{actions, conventions, meetings};

/// Refuses as the record's own page does.
pub fn may_read(conn: &mut Conn, viewer: &Viewer, today: Day, kind: &str, id: &str) -> Result<()> {
    match kind {
        "action" => actions::service::find(conn, viewer, &ActionId::parse(id).ok_or(Error::NotFound)?).map(drop),
        "convention" => conventions::service::find(conn, viewer, &ConventionId::parse(id).ok_or(Error::NotFound)?, today).map(drop),
        "meeting" => meetings::service::find(conn, viewer, &MeetingId::parse(id).ok_or(Error::NotFound)?).map(drop),
        _ => Err(Error::NotFound),
    }
}
