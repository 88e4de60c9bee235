//! What else a record belongs to: whoever follows a body hears of its meetings, whoever follows an organisation of its actions.

use crate::accounts::model::Viewer;
use crate::actions::model::Carrier;
use crate::db::Conn;
use crate::error::Result;
use crate::events::Record;
use crate::kernel::Day;
use crate::kernel::ids::{ActionId, BodyId, ConventionId, DecisionId, MeetingId, OrganisationId};
use crate::{actions, conventions, decisions, meetings};

/// The records, other than itself, whose followers hear of a record that exists; `everything` is whoever may read all of them.
pub fn of(conn: &mut Conn, everything: &Viewer, today: Day, record: &Record) -> Result<Vec<Record>> {
    let id = record.id.as_str();
    Ok(match record.kind {
        "action" => match ActionId::parse(id) {
            Some(id) => {
                let fields = actions::store::find(conn, &id)?.fields;
                let carrier = fields.carrier.as_ref().and_then(|carrier| match carrier {
                    Carrier::PartnerId(id) => Some(id.as_str()),
                    Carrier::Territory(_) => None,
                });
                partners(fields.partners.iter().map(|link| link.partner_id.as_str()).chain(carrier))
            }
            None => Vec::new(),
        },
        "convention" => match ConventionId::parse(id) {
            Some(id) => partners(conventions::service::find(conn, everything, &id, today)?.stored_fields().partners()),
            None => Vec::new(),
        },
        "meeting" => match MeetingId::parse(id) {
            Some(id) => body(meetings::telling::find(conn, &id)?.fields.body_id.as_deref()),
            None => Vec::new(),
        },
        "decision" => match DecisionId::parse(id) {
            Some(id) => {
                let decision = decisions::service::find_to_tell(conn, &id)?;
                let mut records = body(decision.body_id.as_ref().map(BodyId::as_str));
                records.push(Record::meeting(&decision.meeting_id));
                records
            }
            None => Vec::new(),
        },
        _ => Vec::new(),
    })
}

fn partners<'a>(ids: impl Iterator<Item = &'a str>) -> Vec<Record> {
    ids.filter_map(OrganisationId::parse).map(|id| Record::partner(&id)).collect()
}

fn body(id: Option<&str>) -> Vec<Record> {
    id.and_then(BodyId::parse).map(|id| Record::body(&id)).into_iter().collect()
}
