//! What the records that were read are called, as far as somebody may read them.

use super::Kind;
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::http::paths;
use crate::kernel::Day;
use crate::kernel::actor::Viewer;
use crate::kernel::ids::{ActionId, ConventionId, DecisionId, MeetingId, OrganisationId, PlanId};
use crate::kernel::text::excerpt;
use crate::{actions, conventions, decisions, meetings, partners, plans};

/// A record read so often.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Read {
    pub kind: Kind,
    pub title: String,
    pub href: String,
    pub count: i64,
}

/// The records that were read the most on these days, the first `most` that the viewer may read.
pub fn most_read(conn: &mut Conn, viewer: &Viewer, today: Day, kind: Option<Kind>, days: (Day, Day), most: usize) -> Result<Vec<Read>> {
    let mut counted = super::store::between(conn, kind, days.0, days.1)?;
    counted.sort_by(|a, b| (b.2, a.0, &a.1).cmp(&(a.2, b.0, &b.1)));
    let mut found = Vec::new();
    for (kind, id, count) in counted {
        if let Some((title, href)) = if_there(named(conn, viewer, today, kind, &id))? {
            found.push(Read { kind, title, href, count });
        }
        if found.len() >= most {
            break;
        }
    }
    Ok(found)
}

fn if_there<T>(found: Result<T>) -> Result<Option<T>> {
    match found {
        Ok(found) => Ok(Some(found)),
        Err(Error::NotFound) => Ok(None),
        Err(error) => Err(error),
    }
}

fn named(conn: &mut Conn, viewer: &Viewer, today: Day, kind: Kind, id: &str) -> Result<(String, String)> {
    Ok(match kind {
        Kind::Action => {
            let action = actions::service::find(conn, viewer, &ActionId::parse(id).ok_or(Error::NotFound)?)?;
            let href = paths::action(&action.id, &action.fields.title);
            (action.fields.title, href)
        }
        Kind::Plan => {
            let plan = plans::service::find(conn, &PlanId::parse(id).ok_or(Error::NotFound)?)?.plan;
            (plan.title.clone(), paths::plan(&plan.id))
        }
        Kind::Sheet => {
            let (plan, number) = id.split_once('/').ok_or(Error::NotFound)?;
            let (plan, number) = (PlanId::parse(plan).ok_or(Error::NotFound)?, number.parse().map_err(|_| Error::NotFound)?);
            let whole = plans::service::find(conn, &plan)?;
            let sheet = whole.sheet(number).ok_or(Error::NotFound)?;
            (format!("Fiche {number}. {}", sheet.title), paths::sheet(&plan, number))
        }
        Kind::Partner => {
            let partner = partners::service::read(conn, viewer, &OrganisationId::parse(id).ok_or(Error::NotFound)?)?;
            let href = paths::partner(&partner.id, &partner.fields.name);
            (partner.fields.name, href)
        }
        Kind::Convention => {
            let convention = conventions::service::find(conn, viewer, &ConventionId::parse(id).ok_or(Error::NotFound)?, today)?;
            (convention.standing(today).fields.object, paths::convention(&convention.id))
        }
        Kind::Meeting => {
            let meeting = meetings::service::find(conn, viewer, &MeetingId::parse(id).ok_or(Error::NotFound)?)?;
            let href = paths::meeting(&meeting.id, &meeting.fields.title);
            (meeting.fields.title, href)
        }
        Kind::Decision => {
            let decision = decisions::service::find(conn, viewer, &DecisionId::parse(id).ok_or(Error::NotFound)?)?;
            (format!("{}. {}", decision.full_reference(), excerpt(&decision.fields.text)), paths::decision(&decision.id))
        }
    })
}
