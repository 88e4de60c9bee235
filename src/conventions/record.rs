//! A convention as the API gives it: as it stands today, what was decided, and what this reader may know beside.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::acts::Recorded;
use super::model::{Act, AvenantStage, Content, ConventionFields, Effect, Party, Situation, Stage, checks};
use super::policy::{self, Subject};
use super::service::{self, Convention};
use crate::accounts::model::Viewer;
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::http::paths;
use crate::kernel::ids::{AccountId, ActId, ActionId, ConventionId};
use crate::kernel::{Day, Moment};
use crate::{accounts, actions, partners};

/// A convention.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct ConventionRecord {
    #[schema(value_type = String)]
    pub id: ConventionId,
    /// The path of its page.
    pub url: String,
    /// Given when it is validated, as `2026-001`; or typed, of an existing one.
    pub number: Option<String>,
    #[serde(flatten)]
    pub fields: ConventionFields,
    #[schema(value_type = String, example = "signed")]
    pub stage: Stage,
    pub in_force: bool,
    /// Of a signed convention: `upcoming`, `in_force`, `to_renew`, `termination_pending`, `terminated`, `rescinded`, `replaced` or `expired`.
    #[schema(value_type = Option<String>, example = "in_force")]
    pub situation: Option<Situation>,
    /// The first term on or after today, else the last; the last day, once that is known.
    #[schema(value_type = Option<String>, format = Date)]
    pub current_term: Option<Day>,
    /// Does another term follow by itself?
    pub has_next_term: bool,
    /// The last day on which it may be given up for this term.
    #[schema(value_type = Option<String>, format = Date)]
    pub notice_by: Option<Day>,
    /// The first day of a signed convention, if anybody knows.
    #[schema(value_type = Option<String>, format = Date)]
    pub begins_on: Option<Day>,
    /// The last signature.
    #[schema(value_type = Option<String>, format = Date)]
    pub signed_on: Option<Day>,
    /// The SHA-256 of the signed file.
    pub signed_file: Option<String>,
    /// Entered as it was already signed.
    pub is_existing: bool,
    pub version: i32,
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Moment,
    #[schema(value_type = String, format = DateTime)]
    pub updated_at: Moment,
    /// Told to agents only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub author: Option<String>,
    /// What is to be corrected; told to those who may write it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub return_comment: Option<String>,
    /// What is still to be completed, by field; told to those who may write it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub missing: Option<BTreeMap<String, String>>,
    /// What makes it doubtful, in words: a signature given before its authorisation was enforceable. Told to agents only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub warnings: Option<Vec<String>>,
}

/// What a list of records needs to know beside, read once.
struct Beside {
    departement: String,
    partners: BTreeMap<String, String>,
    addresses: BTreeMap<String, String>,
    actions: BTreeSet<String>,
    conventions: BTreeSet<String>,
    /// Parties that this reader may not know of.
    hidden: BTreeSet<String>,
}

impl Beside {
    fn load(conn: &mut Conn, viewer: &Viewer, conventions: &[Convention]) -> Result<Self> {
        let mut beside = Self {
            departement: service::departement(conn)?,
            partners: BTreeMap::new(),
            addresses: BTreeMap::new(),
            actions: BTreeSet::new(),
            conventions: BTreeSet::new(),
            hidden: service::hidden(conn, viewer)?,
        };
        if viewer.is_agent() {
            beside.partners = partners::service::all(conn)?.into_iter().map(|one| (one.id.as_str().to_owned(), one.name)).collect();
            for id in conventions.iter().filter_map(|one| one.fields.responsible.clone()).collect::<BTreeSet<_>>() {
                if let Some(account) = AccountId::parse(&id) {
                    beside.addresses.insert(id, accounts::service::find(conn, &account)?.email);
                }
            }
        }
        let named = conventions.iter().flat_map(|one| &one.fields.actions).filter_map(|id| ActionId::parse(id));
        let named: Vec<ActionId> = named.collect::<BTreeSet<_>>().into_iter().collect();
        for some in named.chunks(500) {
            beside.actions.extend(actions::exporting::readable(conn, viewer, some)?.into_iter().map(|action| action.id.to_string()));
        }
        let named: Vec<ConventionId> = conventions.iter().filter_map(|one| ConventionId::parse(one.fields.replaces.as_deref()?)).collect();
        if !named.is_empty() {
            beside.conventions = service::readable(conn, viewer, &named)?.into_iter().map(|id| id.to_string()).collect();
        }
        Ok(beside)
    }
}

/// The records of conventions that the viewer may read.
pub fn records(conn: &mut Conn, viewer: &Viewer, conventions: Vec<Convention>, today: Day) -> Result<Vec<ConventionRecord>> {
    let beside = Beside::load(conn, viewer, &conventions)?;
    Ok(conventions.into_iter().map(|convention| record_of(viewer, convention, &beside, today)).collect())
}

pub fn record(conn: &mut Conn, viewer: &Viewer, convention: Convention, today: Day) -> Result<ConventionRecord> {
    records(conn, viewer, vec![convention], today)?.pop().ok_or(Error::NotFound)
}

/// The fields as this reader may know them.
fn told(fields: ConventionFields, beside: &Beside) -> ConventionFields {
    let is_known = |party: &Party| party.partner.as_ref().is_none_or(|id| !beside.hidden.contains(id));
    ConventionFields {
        parties: fields.parties.into_iter().filter(is_known).collect(),
        responsible: fields.responsible.and_then(|id| beside.addresses.get(&id).cloned()),
        replaces: fields.replaces.filter(|id| beside.conventions.contains(id)),
        actions: fields.actions.into_iter().filter(|id| beside.actions.contains(id)).collect(),
        ..fields
    }
}

fn record_of(viewer: &Viewer, convention: Convention, beside: &Beside, today: Day) -> ConventionRecord {
    let standing = convention.standing(today);
    let stage = convention.life.stage;
    let is_writer = viewer.actor().is_some_and(|actor| policy::may_write(actor, &Subject::of(&standing.fields, stage, &beside.departement)));
    let is_signed = stage == Stage::Signed;
    let begins_on = standing.begins_on.filter(|day| *day > Day::FIRST);
    let missing = checks::to_complete(&standing.fields, stage, convention.signed_file.is_some());
    let warnings = viewer.is_agent().then(|| warnings(&standing.fields, &beside.partners));
    let mut fields = told(standing.fields, beside);
    if fields.effect == Effect::LastSignature {
        fields.starts_on = begins_on;
    }
    ConventionRecord {
        url: paths::convention(&convention.id),
        id: convention.id,
        number: convention.number,
        fields,
        stage,
        in_force: standing.in_force,
        situation: standing.situation,
        current_term: standing.term.filter(|_| is_signed),
        has_next_term: standing.has_next && is_signed,
        notice_by: standing.notice_by.filter(|_| is_signed),
        begins_on,
        signed_on: convention.fields.last_signature().filter(|_| is_signed),
        signed_file: convention.signed_file,
        is_existing: convention.is_existing,
        version: convention.version,
        created_at: convention.created_at,
        updated_at: convention.updated_at,
        author: viewer.is_agent().then_some(convention.author_name),
        return_comment: convention.life.return_comment.filter(|_| is_writer),
        missing: is_writer.then(|| missing.map()),
        warnings,
    }
}

/// What makes a convention doubtful, in words.
pub fn warnings(fields: &ConventionFields, partners: &BTreeMap<String, String>) -> Vec<String> {
    let words = checks::signed_early(fields).map(|(party, enforceable)| {
        let name = party.partner.as_ref().and_then(|id| partners.get(id)).map_or("Le Département", String::as_str);
        let signed = party.signed_on.map(Day::in_figures).unwrap_or_default();
        match enforceable {
            Some(from) => format!("{name} a signé le {signed}, avant que son autorisation soit exécutoire ({}).", from.in_figures()),
            None => format!("{name} a signé le {signed} ; on ne sait pas encore quand son autorisation est exécutoire."),
        }
    });
    words.collect()
}

/// An act of a convention.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct ActRecord {
    #[schema(value_type = String)]
    pub id: ActId,
    /// Its place among the acts of its convention, from 1.
    pub number: i32,
    #[serde(flatten)]
    pub content: Content,
    /// What it comes to when that may not be expected: a dénonciation given too late for its term.
    pub remark: Option<String>,
    #[schema(value_type = String, format = DateTime)]
    pub at: Moment,
    /// Told to agents only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub author: Option<String>,
}

pub fn act(viewer: &Viewer, act: Act) -> ActRecord {
    let author = viewer.is_agent().then_some(act.author);
    ActRecord { id: act.id, number: act.number, remark: act.content.remark(), content: act.content, at: act.at, author }
}

/// The acts that a viewer may know of a convention that they may read: agents all, others what is done, by whom they may know of.
pub fn acts(conn: &mut Conn, viewer: &Viewer, convention: &Convention) -> Result<Vec<ActRecord>> {
    let hidden = service::hidden(conn, viewer)?;
    let is_known = |act: &&Act| viewer.is_agent() || act.content.stage() == AvenantStage::Signed && !service::names_any(act, &hidden);
    Ok(convention.acts.iter().filter(is_known).map(|found| act(viewer, found.clone())).collect())
}

/// An act that was just recorded, with its convention as it now stands.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct RecordedAct {
    #[serde(flatten)]
    pub act: ActRecord,
    pub convention: ConventionRecord,
}

pub fn recorded(conn: &mut Conn, viewer: &Viewer, recorded: Recorded, today: Day) -> Result<RecordedAct> {
    Ok(RecordedAct { act: act(viewer, recorded.act), convention: record(conn, viewer, recorded.convention, today)? })
}

/// A convention as it stands on a day.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct TermsRecord {
    #[schema(value_type = String, format = Date)]
    pub on: Day,
    pub in_force: bool,
    #[schema(value_type = Option<String>, example = "in_force")]
    pub situation: Option<Situation>,
    #[schema(value_type = Option<String>, format = Date)]
    pub term: Option<Day>,
    #[schema(value_type = Option<String>, format = Date)]
    pub notice_by: Option<Day>,
    pub fields: ConventionFields,
    /// In the order in which they count; signatures change nothing and are left aside.
    pub acts_applied: Vec<ActRecord>,
}

pub fn terms(conn: &mut Conn, viewer: &Viewer, convention: &Convention, on: Day) -> Result<TermsRecord> {
    let beside = Beside::load(conn, viewer, std::slice::from_ref(convention))?;
    let standing = convention.standing(on);
    let applied = standing.applied.iter().filter_map(|id| convention.acts.iter().find(|act| act.id == *id));
    let applied = applied.filter(|act| !service::names_any(act, &beside.hidden));
    Ok(TermsRecord {
        on,
        in_force: standing.in_force,
        situation: standing.situation,
        term: standing.term,
        notice_by: standing.notice_by,
        acts_applied: applied.map(|found| act(viewer, found.clone())).collect(),
        fields: told(standing.fields, &beside),
    })
}
