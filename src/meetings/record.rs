//! Bodies, meetings and those whom they invite as the API gives them: what this reader may know.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::bodies::Body;
use super::model::{BodyFields, Invitation, InvitationState, MeetingFields, Presence, Quality, Stage, checks};
use super::policy::{self, Sight};
use super::service::Meeting;
use super::store;
use crate::accounts::model::Viewer;
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::http::paths;
use crate::kernel::Moment;
use crate::kernel::ids::{AccountId, ActionId, BodyId, ConventionId, InvitationId, MeetingId, OrganisationId};
use crate::{accounts, actions, conventions};

/// A body.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct BodyRecord {
    #[schema(value_type = String)]
    pub id: BodyId,
    /// The path of its page.
    pub url: String,
    /// Its `members` are told to agents and partners, with their addresses to those who may write it.
    #[serde(flatten)]
    pub fields: BodyFields,
    pub version: i32,
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Moment,
    #[schema(value_type = String, format = DateTime)]
    pub updated_at: Moment,
}

pub fn body(viewer: &Viewer, body: Body) -> BodyRecord {
    let mut fields = body.fields;
    match viewer.actor() {
        None => fields.members.clear(),
        Some(actor) if !policy::may_write_body(actor, &fields.territory) => {
            for member in &mut fields.members {
                member.email.clear();
                member.account = None;
            }
        }
        Some(_) => {}
    }
    BodyRecord { url: paths::body(&body.id), id: body.id, fields, version: body.version, created_at: body.created_at, updated_at: body.updated_at }
}

/// How many of those invited stand where.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Answers {
    /// All of them, whatever they answered.
    pub invited: i64,
    pub accepted: i64,
    pub declined: i64,
    pub tentative: i64,
    pub waiting: i64,
    /// Came, or somebody in their place.
    pub present: i64,
}

/// A meeting.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct MeetingRecord {
    #[schema(value_type = String)]
    pub id: MeetingId,
    /// The path of its page.
    pub url: String,
    #[serde(flatten)]
    pub fields: MeetingFields,
    #[schema(value_type = String, example = "called")]
    pub stage: Stage,
    /// Why it was moved, postponed or cancelled.
    pub reason: Option<String>,
    /// What calendars know it by, for ever.
    pub uid: String,
    /// Raised for start, end, place and status only.
    pub sequence: i32,
    /// Shared by those made at once from one rhythm.
    pub series_id: Option<String>,
    #[schema(value_type = Option<String>, format = DateTime)]
    pub called_at: Option<Moment>,
    pub version: i32,
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Moment,
    #[schema(value_type = String, format = DateTime)]
    pub updated_at: Moment,
    /// Told to whoever is signed in; null when any number may come.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seats_left: Option<Option<i64>>,
    /// Told to agents only, as what follows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub author: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answers: Option<Answers>,
    /// Those who came without being invited by name: a number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub headcount: Option<Option<i32>>,
    /// What it lacks to be called, by field; told to those who may write it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub missing: Option<BTreeMap<String, String>>,
}

/// What a list of records needs to know beside, read once.
struct Beside {
    addresses: BTreeMap<String, String>,
    actions: BTreeSet<String>,
    conventions: BTreeSet<String>,
    answers: BTreeMap<MeetingId, Answers>,
}

impl Beside {
    fn load(conn: &mut Conn, viewer: &Viewer, meetings: &[Meeting]) -> Result<Self> {
        let mut addresses = BTreeMap::new();
        if viewer.is_agent() {
            for id in meetings.iter().filter_map(|one| one.fields.organiser.clone()).collect::<BTreeSet<_>>() {
                if let Some(account) = AccountId::parse(&id) {
                    addresses.insert(id, accounts::service::find(conn, &account)?.email);
                }
            }
        }
        let items = || meetings.iter().flat_map(|one| &one.fields.agenda);
        let named: BTreeSet<ActionId> = items().filter_map(|item| ActionId::parse(item.action.as_deref()?)).collect();
        let named: Vec<ActionId> = named.into_iter().collect();
        let mut found = BTreeSet::new();
        for some in named.chunks(500) {
            found.extend(actions::exporting::readable(conn, viewer, some)?.into_iter().map(|action| action.id.to_string()));
        }
        let named: BTreeSet<ConventionId> = items().filter_map(|item| ConventionId::parse(item.convention.as_deref()?)).collect();
        let named: Vec<ConventionId> = named.into_iter().collect();
        let mut readable = BTreeSet::new();
        for some in named.chunks(500) {
            readable.extend(conventions::service::readable(conn, viewer, some)?.into_iter().map(|id| id.to_string()));
        }
        let mut answers: BTreeMap<MeetingId, Answers> = BTreeMap::new();
        if viewer.actor().is_some() {
            let ids: Vec<MeetingId> = meetings.iter().map(|one| one.id.clone()).collect();
            for (id, state, presence, count) in store::invitations::counts(conn, &ids)? {
                let counted = answers.entry(id).or_default();
                counted.invited += count;
                match state {
                    InvitationState::Accepted => counted.accepted += count,
                    InvitationState::Declined => counted.declined += count,
                    InvitationState::Tentative => counted.tentative += count,
                    InvitationState::Waiting => counted.waiting += count,
                    InvitationState::ToInvite | InvitationState::Invited => {}
                }
                if matches!(presence, Some(Presence::Present | Presence::Represented)) {
                    counted.present += count;
                }
            }
        }
        Ok(Self { addresses, actions: found, conventions: readable, answers })
    }
}

/// The records of meetings that the viewer may read.
pub fn records(conn: &mut Conn, viewer: &Viewer, meetings: Vec<Meeting>, now: Moment) -> Result<Vec<MeetingRecord>> {
    let beside = Beside::load(conn, viewer, &meetings)?;
    Ok(meetings.into_iter().map(|meeting| record_of(viewer, meeting, &beside, now)).collect())
}

pub fn record(conn: &mut Conn, viewer: &Viewer, meeting: Meeting, now: Moment) -> Result<MeetingRecord> {
    records(conn, viewer, vec![meeting], now)?.pop().ok_or(Error::NotFound)
}

fn record_of(viewer: &Viewer, meeting: Meeting, beside: &Beside, now: Moment) -> MeetingRecord {
    let stage = meeting.life.stage;
    let is_writer = viewer.actor().is_some_and(|actor| policy::may_write(actor, &meeting.subject()));
    let is_to_call = matches!(stage, Stage::Draft | Stage::Postponed);
    let missing = (is_writer && is_to_call).then(|| checks::missing(&meeting.fields, now).map());
    let answers = beside.answers.get(&meeting.id).copied().unwrap_or_default();
    let seats_left = meeting.fields.capacity.map(|capacity| (i64::from(capacity) - answers.accepted).max(0));
    // Why minutes were taken up again is between those who write them.
    let is_told = viewer.is_agent() || matches!(stage, Stage::Called | Stage::Postponed | Stage::Cancelled);
    let mut fields = meeting.fields;
    fields.organiser = fields.organiser.and_then(|id| beside.addresses.get(&id).cloned());
    for item in &mut fields.agenda {
        item.action = item.action.take().filter(|id| beside.actions.contains(id));
        item.convention = item.convention.take().filter(|id| beside.conventions.contains(id));
    }
    MeetingRecord {
        url: paths::meeting(&meeting.id, &fields.title),
        id: meeting.id,
        fields,
        stage,
        reason: meeting.life.reason.filter(|_| is_told),
        uid: meeting.uid,
        sequence: meeting.sequence,
        series_id: meeting.series_id,
        called_at: meeting.life.called_at,
        version: meeting.version,
        created_at: meeting.created_at,
        updated_at: meeting.updated_at,
        seats_left: viewer.actor().map(|_| seats_left),
        author: viewer.is_agent().then_some(meeting.author_name),
        answers: viewer.is_agent().then_some(answers),
        headcount: viewer.is_agent().then_some(meeting.headcount),
        missing,
    }
}

/// Somebody invited to a meeting. Partners who are invited know who else is, by name; agents what they answered; those who may write the
/// meeting, and the one invited, the rest.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct InvitationRecord {
    #[schema(value_type = String)]
    pub id: InvitationId,
    #[schema(value_type = String)]
    pub meeting_id: MeetingId,
    pub name: String,
    pub function: String,
    #[schema(value_type = String, example = "partner")]
    pub quality: Quality,
    /// Chairs the body: approves its minutes.
    pub is_chair: bool,
    #[schema(value_type = Option<String>, example = "accepted")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<InvitationState>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub represented_by: Option<String>,
    #[schema(value_type = Option<String>, format = DateTime)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answered_at: Option<Moment>,
    /// The order in which people asked for a seat.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rank: Option<i32>,
    #[schema(value_type = Option<String>, example = "present")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub presence: Option<Presence>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    #[schema(value_type = Option<String>)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account_id: Option<AccountId>,
    #[schema(value_type = Option<String>)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub partner_id: Option<OrganisationId>,
}

pub fn invitation(viewer: &Viewer, sight: Sight, one: Invitation) -> InvitationRecord {
    let is_own = viewer.actor().is_some_and(|actor| policy::is_own_invitation(actor, &one));
    let (is_told, is_whole) = (is_own || sight >= Sight::Answers, is_own || sight == Sight::All);
    InvitationRecord {
        id: one.id,
        meeting_id: one.meeting_id,
        name: one.name,
        function: one.function,
        quality: one.quality,
        is_chair: one.is_chair,
        state: is_told.then_some(one.state),
        represented_by: is_told.then_some(one.represented_by),
        answered_at: one.answered_at.filter(|_| is_told),
        rank: one.rank.filter(|_| is_told),
        presence: one.presence.filter(|_| is_told),
        email: is_whole.then_some(one.email),
        note: is_whole.then_some(one.note),
        account_id: one.account_id.filter(|_| is_whole),
        partner_id: one.organisation_id.filter(|_| is_whole),
    }
}

/// Who came to a meeting.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct PresenceRecord {
    pub items: Vec<InvitationRecord>,
    /// Those who came without being invited by name: a number.
    pub headcount: Option<i32>,
}
