//! An action as the API gives it: what people wrote, what was decided, and what this reader may know beside.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::model::{ActionFields, Carrier, Situation, Stage};
use super::service::{self, Action};
use super::sessions::Session;
use super::{policy, store};
use crate::accounts::model::Viewer;
use crate::db::Conn;
use crate::error::Result;
use crate::http::paths;
use crate::kernel::ids::ActionId;
use crate::kernel::{Day, Moment};
use crate::partners;

/// A collective action.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct ActionRecord {
    #[schema(value_type = String)]
    pub id: ActionId,
    /// The path of its page.
    pub url: String,
    #[serde(flatten)]
    pub fields: ActionFields,
    #[schema(value_type = String, example = "published")]
    pub stage: Stage,
    /// Computed from the dates of a published action: `upcoming`, `running`, `finished`, `report_due` or `reported`.
    #[schema(value_type = Option<String>, example = "running")]
    pub situation: Option<Situation>,
    pub version: i32,
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Moment,
    #[schema(value_type = String, format = DateTime)]
    pub updated_at: Moment,
    #[schema(value_type = Option<String>, format = DateTime)]
    pub published_at: Option<Moment>,
    /// The action that it was made from, when the reader may read it.
    #[schema(value_type = Option<String>)]
    pub inspired_by: Option<ActionId>,
    /// Told to agents only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub author: Option<String>,
    /// What its validator asked for; told to those who may write it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub return_comment: Option<String>,
    /// What publication still needs, by field; told to those who may write it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub missing: Option<BTreeMap<String, String>>,
}

/// The records of actions that the viewer may read.
pub fn records(conn: &mut Conn, viewer: &Viewer, actions: Vec<Action>, today: Day) -> Result<Vec<ActionRecord>> {
    let sources: Vec<ActionId> = actions.iter().filter_map(|action| action.inspired_by.clone()).collect();
    let readable: BTreeSet<ActionId> = match sources.is_empty() {
        true => BTreeSet::new(),
        false => store::readable_of(conn, viewer, &sources)?.into_iter().map(|action| action.id).collect(),
    };
    // Agents know of every partner: who reads less is told less.
    let known = match viewer.is_agent() {
        true => None,
        false => Some(partners::service::readable(conn, viewer)?.into_iter().map(|partner| partner.id.to_string()).collect::<BTreeSet<_>>()),
    };
    let mut records: Vec<ActionRecord> = actions.into_iter().map(|action| record_of(viewer, action, &readable, today)).collect();
    if let Some(known) = known {
        records.iter_mut().for_each(|record| forget_unknown(&mut record.fields, &known));
    }
    Ok(records)
}

/// Takes away the partners that a reader may not know of.
fn forget_unknown(fields: &mut ActionFields, known: &BTreeSet<String>) {
    fields.partners.retain(|link| known.contains(&link.partner_id));
    if matches!(&fields.carrier, Some(Carrier::PartnerId(id)) if !known.contains(id)) {
        fields.carrier = None;
    }
}

pub fn record(conn: &mut Conn, viewer: &Viewer, action: Action, today: Day) -> Result<ActionRecord> {
    let mut records = records(conn, viewer, vec![action], today)?;
    records.pop().ok_or(crate::error::Error::NotFound)
}

fn record_of(viewer: &Viewer, action: Action, readable: &BTreeSet<ActionId>, today: Day) -> ActionRecord {
    let is_writer = may_write(viewer, &action);
    let missing = is_writer.then(|| service::still_missing(&action.fields).map());
    let situation = action.situation(today);
    let mut fields = action.fields;
    if fields.place_withheld && !is_writer {
        fields.place = String::new();
    }
    ActionRecord {
        url: paths::action(&action.id, &fields.title),
        id: action.id,
        fields,
        stage: action.life.stage,
        situation,
        version: action.version,
        created_at: action.created_at,
        updated_at: action.updated_at,
        published_at: action.life.published_at,
        inspired_by: action.inspired_by.filter(|id| readable.contains(id)),
        author: viewer.is_agent().then_some(action.author_name),
        return_comment: action.life.return_comment.filter(|_| is_writer),
        missing,
    }
}

pub fn may_write(viewer: &Viewer, action: &Action) -> bool {
    viewer.actor().is_some_and(|actor| policy::may_write(actor, &action.subject()))
}

/// A session. Who is no agent is not told a figure under 5: it is null, and its marker is true.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct SessionRecord {
    pub id: String,
    #[schema(value_type = String, format = DateTime)]
    pub starts_at: Moment,
    #[schema(value_type = String, format = DateTime)]
    pub ends_at: Moment,
    /// Empty: where the action takes place, or told on enrolment.
    pub place: String,
    pub capacity: Option<i32>,
    pub attended: Option<i32>,
    /// Attendance is known, is under 5, and is not told.
    pub attended_under_5: bool,
    pub newcomers: Option<i32>,
    pub newcomers_under_5: bool,
    pub version: i32,
}

/// Figures under this are not told to the public: a small group could be recognised.
const FEWEST_TOLD: i32 = 5;

pub fn session(viewer: &Viewer, action: &Action, session: Session) -> SessionRecord {
    let told = |figure: Option<i32>| match figure {
        Some(count) if count < FEWEST_TOLD && !viewer.is_agent() => (None, true),
        figure => (figure, false),
    };
    let (attended, attended_under_5) = told(session.attended);
    let (newcomers, newcomers_under_5) = told(session.newcomers);
    let is_withheld = action.fields.place_withheld && !may_write(viewer, action);
    SessionRecord {
        id: session.id.to_string(),
        starts_at: session.starts_at,
        ends_at: session.ends_at,
        place: if is_withheld { String::new() } else { session.place },
        capacity: session.capacity,
        attended,
        attended_under_5,
        newcomers,
        newcomers_under_5,
        version: session.version,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::accounts::model::{Actor, Role};
    use crate::actions::model::Life;
    use crate::kernel::Chance;
    use crate::kernel::ids::SessionId;

    fn action() -> Action {
        let now = Moment::from_micros(0);
        Action {
            id: ActionId::new(now, &Chance::seeded(1)),
            fields: ActionFields { title: "Souffler".into(), place: "12 rue des Lilas".into(), place_withheld: true, ..ActionFields::default() },
            life: Life { stage: Stage::Published, ..Life::new() },
            version: 3,
            author_id: None,
            author_name: "Claire Martin".into(),
            inspired_by: None,
            confirmed_at: now,
            created_at: now,
            updated_at: now,
        }
    }

    fn of_role(role: Role) -> Viewer {
        Viewer(Some(Actor { role, ..Actor::command_line() }))
    }

    #[test]
    fn a_withheld_address_is_told_only_to_writers() {
        let today = Day::new(2026, 3, 3).unwrap();
        let told = |viewer: &Viewer| serde_json::to_value(record_of(viewer, action(), &BTreeSet::new(), today)).unwrap();
        let public = told(&Viewer::visitor());
        assert_eq!((&public["place"], &public["stage"], &public["situation"]), (&"".into(), &"published".into(), &"running".into()));
        assert!(public.get("author").is_none() && public.get("missing").is_none());
        assert_eq!(told(&of_role(Role::Worker))["place"], "", "an agent of elsewhere");
        let writer = told(&of_role(Role::Administrator));
        assert_eq!((&writer["place"], &writer["author"]), (&"12 rue des Lilas".into(), &"Claire Martin".into()));
        assert!(writer["missing"]["summary"].is_string());
    }

    #[test]
    fn small_figures_are_told_only_to_agents() {
        let now = Moment::from_micros(0);
        let held = |attended, newcomers| Session {
            id: SessionId::new(now, &Chance::seeded(1)),
            starts_at: now,
            ends_at: now,
            place: "12 rue des Lilas".into(),
            capacity: None,
            attended,
            newcomers,
            version: 1,
        };
        let told = |viewer: &Viewer, attended, newcomers| {
            let record = session(viewer, &action(), held(attended, newcomers));
            (record.attended, record.attended_under_5, record.newcomers, record.newcomers_under_5)
        };
        assert_eq!(told(&Viewer::visitor(), Some(4), Some(0)), (None, true, None, true));
        assert_eq!(told(&of_role(Role::Partner), Some(5), None), (Some(5), false, None, false));
        assert_eq!(told(&of_role(Role::Worker), Some(4), Some(1)), (Some(4), false, Some(1), false));
        assert_eq!(session(&Viewer::visitor(), &action(), held(None, None)).place, "");
    }
}
