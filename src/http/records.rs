//! A record that a reader may read, whichever its kind: what it is called, and where it is.

use crate::db::Conn;
use crate::error::{Error, Result};
use crate::http::paths;
use crate::kernel::Day;
use crate::kernel::actor::Viewer;
use crate::kernel::ids::{ActionId, AnnouncementId, BodyId, ConventionId, DecisionId, MeetingId, OrganisationId, PlanId};
use crate::kernel::text::excerpt;
use crate::{actions, announcements, conventions, decisions, meetings, partners, plans};

/// The kinds that people follow, and whose mails leave to those who may read them. An announcement is its writers' to read, and leaves to
/// whomever they chose.
pub const KINDS: [&str; 8] = ["action", "convention", "meeting", "minutes", "decision", "partner", "plan_sheet", "body"];

/// What a line of a list says of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    pub title: String,
    pub href: String,
}

/// Refuses as the record's own page does.
pub fn may_read(conn: &mut Conn, viewer: &Viewer, today: Day, kind: &str, id: &str) -> Result<()> {
    summary(conn, viewer, today, kind, id).map(drop)
}

/// A record as this reader sees it; refuses as its own page does.
pub fn summary(conn: &mut Conn, viewer: &Viewer, today: Day, kind: &str, id: &str) -> Result<Summary> {
    let (title, href) = match kind {
        "action" => {
            let action = actions::service::find(conn, viewer, &ActionId::parse(id).ok_or(Error::NotFound)?)?;
            let href = paths::action(&action.id, &action.fields.title);
            (action.fields.title, href)
        }
        "convention" => {
            let convention = conventions::service::find(conn, viewer, &ConventionId::parse(id).ok_or(Error::NotFound)?, today)?;
            (convention.stored_fields().object.clone(), paths::convention(&convention.id))
        }
        "meeting" => {
            let meeting = meetings::service::find(conn, viewer, &MeetingId::parse(id).ok_or(Error::NotFound)?)?;
            let href = paths::meeting(&meeting.id, &meeting.fields.title);
            (meeting.fields.title, href)
        }
        "minutes" => {
            let meeting = meetings::minutes::read(conn, viewer, &MeetingId::parse(id).ok_or(Error::NotFound)?)?.meeting;
            let href = paths::minutes(&meeting.id);
            (meeting.fields.title, href)
        }
        "decision" => {
            let decision = decisions::service::find(conn, viewer, &DecisionId::parse(id).ok_or(Error::NotFound)?)?;
            (excerpt(&decision.fields.text), paths::decision(&decision.id))
        }
        "partner" => {
            let partner = partners::service::read(conn, viewer, &OrganisationId::parse(id).ok_or(Error::NotFound)?)?;
            let href = paths::partner(&partner.id, &partner.fields.name);
            (partner.fields.name, href)
        }
        "plan_sheet" => {
            let (plan, number) = id.split_once('/').ok_or(Error::NotFound)?;
            let (plan, number) = (PlanId::parse(plan).ok_or(Error::NotFound)?, number.parse().map_err(|_| Error::NotFound)?);
            let whole = plans::service::find(conn, &plan)?;
            let sheet = whole.sheet(number).ok_or(Error::NotFound)?;
            (format!("Fiche {number}. {}", sheet.title), paths::sheet(&plan, number))
        }
        "body" => {
            let body = meetings::bodies::find(conn, &BodyId::parse(id).ok_or(Error::NotFound)?)?;
            (body.fields.name, paths::body(&body.id))
        }
        "announcement" => {
            let announcement = announcements::service::find(conn, viewer, &AnnouncementId::parse(id).ok_or(Error::NotFound)?)?;
            (announcement.fields.title, paths::announcement(&announcement.id))
        }
        _ => return Err(Error::NotFound),
    };
    Ok(Summary { title, href })
}
