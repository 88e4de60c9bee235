//! The content, as its files give it.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::broken;
use crate::actions::model::Stage;
use crate::conventions::model as convention;
use crate::error::Result;
use crate::instance::model::LocalTheme;
use crate::kernel::Day;
use crate::plans::model::{Means, SheetIndicator, SheetStage};
use crate::territories::model::TerritoryKind;

#[derive(Deserialize)]
pub struct Territory {
    pub code: String,
    pub kind: TerritoryKind,
    pub name: String,
    pub communes: BTreeSet<String>,
    pub parts: Vec<Part>,
    pub within: Option<String>,
    pub address: String,
    pub phone: String,
    pub email: String,
}

#[derive(Deserialize)]
pub struct Part {
    pub commune: String,
    pub name: String,
}

#[derive(Deserialize)]
pub struct Organisation {
    pub key: String,
    /// Never since it was written, when it says nothing.
    pub confirmed_days_ago: Option<i64>,
    /// As the API takes it.
    pub fields: Map<String, Value>,
}

#[derive(Deserialize)]
pub struct Account {
    pub email: String,
    pub name: String,
    pub role: String,
    pub territories: Vec<String>,
    pub function: String,
    pub organisation: Option<String>,
}

#[derive(Deserialize)]
pub struct Plan {
    pub title: String,
    /// The plan's first year, counted from the demonstration's.
    pub first_year_offset: i32,
    pub years: i32,
    pub orientations: Vec<Orientation>,
}

#[derive(Deserialize)]
pub struct Orientation {
    pub number: i32,
    pub title: String,
    pub sheets: Vec<Sheet>,
}

#[derive(Deserialize)]
pub struct Sheet {
    pub number: i32,
    pub title: String,
    pub needs: Vec<String>,
    pub objectives: Vec<String>,
    pub method: Vec<Step>,
    pub pilots: Vec<String>,
    pub partners: Vec<String>,
    pub calendar: Vec<Period>,
    pub means: Vec<Means>,
    pub indicators: Vec<SheetIndicator>,
    pub related_plans: Vec<String>,
    pub stage: SheetStage,
}

#[derive(Deserialize)]
pub struct Step {
    pub text: String,
    pub items: Vec<Item>,
}

#[derive(Deserialize)]
pub struct Item {
    pub text: String,
}

/// A line of a calendar: a year of the plan (1 is its first), whole, or one of its quarters or semesters, or up to another year.
#[derive(Deserialize)]
pub struct Period {
    pub year: i32,
    pub part: Option<String>,
    pub to_year: Option<i32>,
    pub text: String,
}

#[derive(Deserialize)]
pub struct Action {
    pub key: String,
    pub stage: Stage,
    pub author: String,
    pub inspired_by: Option<String>,
    pub return_comment: Option<String>,
    pub starts_in_days: Option<i64>,
    pub ends_in_days: Option<i64>,
    pub rhythm: Option<String>,
    pub sessions: Option<Series>,
    pub carrier: Carrier,
    pub partners: Vec<PartnerLink>,
    pub plan_sheets: Vec<i32>,
    pub indicators: Value,
    pub evaluation: Option<Value>,
    /// Every other field, named as the service names it.
    #[serde(flatten)]
    pub fields: Map<String, Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Carrier {
    Territory(String),
    Partner(String),
}

#[derive(Deserialize)]
pub struct PartnerLink {
    pub partner: String,
    pub role: String,
}

/// Weekly sessions. `attended` and `newcomers` have one entry per week, whether or not that week has its session.
#[derive(Deserialize)]
pub struct Series {
    pub weekday: String,
    pub at: String,
    pub minutes: i64,
    pub from_in_days: i64,
    pub to_in_days: i64,
    pub capacity: Option<i32>,
    pub attended: Vec<Option<i32>>,
    pub newcomers: Vec<Option<i32>>,
}

/// Months are counted from the demonstration's; it begins on the first day of one and ends on the last of another.
#[derive(Deserialize)]
pub struct Convention {
    pub key: String,
    pub stage: convention::Stage,
    /// Who prepares and follows it.
    pub author: String,
    pub parties: Vec<Party>,
    pub plan_sheets: Vec<i32>,
    pub actions: Vec<String>,
    pub from_month: Option<i32>,
    pub until_month: Option<i32>,
    pub review_month: Option<i32>,
    pub signed_month: Option<i32>,
    /// Its first day, when it is older than months tell.
    pub since: Option<Day>,
    pub replaces: Option<String>,
    pub return_comment: Option<String>,
    /// Of one in signature, who signed; none: the Département.
    pub signed_by: Option<String>,
    /// Prepared in the service, rather than entered as it was signed.
    #[serde(default)]
    pub is_lived: bool,
    /// The Département signed before its vote was enforceable.
    #[serde(default)]
    pub is_signed_early: bool,
    /// Nobody has found its signed file yet.
    #[serde(default)]
    pub has_no_file: bool,
    #[serde(default)]
    pub acts: Vec<Act>,
    /// Every other field, named as the service names it.
    #[serde(flatten)]
    pub fields: Map<String, Value>,
}

#[derive(Deserialize)]
pub struct Party {
    pub partner: Option<String>,
    pub signatory: String,
    pub capacity: String,
    pub authorisation: Option<Vote>,
}

#[derive(Deserialize)]
pub struct Vote {
    pub organ: String,
    pub number: Option<String>,
}

#[derive(Deserialize)]
pub struct Act {
    pub kind: String,
    pub month: i32,
    /// An avenant that is not signed yet.
    #[serde(default)]
    pub is_draft: bool,
    /// Nor the one of this avenant.
    #[serde(default)]
    pub has_no_file: bool,
    #[serde(default)]
    pub object: String,
    #[serde(default)]
    pub changes: Map<String, Value>,
    pub ends_month: Option<i32>,
    pub effective_month: Option<i32>,
    pub partner: Option<String>,
    #[serde(default)]
    pub note: String,
    #[serde(default)]
    pub ground: String,
}

fn parsed<T: DeserializeOwned>(file: &str, text: &str) -> Result<T> {
    serde_json::from_str(text).map_err(|error| broken(file, error))
}

macro_rules! embedded {
    ($file:literal) => {
        parsed($file, include_str!(concat!("content/", $file)))
    };
}

/// Bodies, and the meetings that they and others call.
#[derive(Deserialize)]
pub struct Meetings {
    pub bodies: Vec<Body>,
    pub meetings: Vec<Meeting>,
}

#[derive(Deserialize)]
pub struct Body {
    pub key: String,
    pub author: String,
    /// As the API takes it.
    pub fields: Map<String, Value>,
    /// As the API takes them, accounts by address and partners by key.
    pub members: Vec<Map<String, Value>>,
}

#[derive(Deserialize)]
pub struct Meeting {
    pub key: String,
    pub author: String,
    /// How many months away; what is held is held before the month of the demonstration.
    pub months: i32,
    /// Where it stands: `draft`, `called`, `postponed`, `cancelled` or `held`.
    pub stage: crate::meetings::model::Stage,
    pub body: Option<String>,
    pub title: Option<String>,
    pub place: String,
    pub hour: String,
    /// How long it lasts.
    pub minutes: i64,
    /// Items as the API takes them, each with the number of a `sheet`.
    pub agenda: Vec<Map<String, Value>>,
    #[serde(default)]
    pub fields: Map<String, Value>,
    /// Partners by key, beside the members of its body.
    #[serde(default)]
    pub invited: Vec<String>,
    /// How many agents register.
    #[serde(default)]
    pub registers: usize,
    pub headcount: Option<i32>,
    #[serde(default)]
    pub reason: String,
}

pub fn meetings() -> Result<Meetings> {
    embedded!("meetings.json")
}

/// Sentences of which minutes are made, and what meetings decide.
#[derive(Deserialize)]
pub struct Minutes {
    pub opening: Vec<String>,
    pub information: Vec<String>,
    pub exchange: Vec<String>,
    pub decision: Vec<String>,
    pub closing: Vec<String>,
    pub decisions: Vec<Decision>,
    /// Handed up to the steering committee.
    pub need: String,
}

#[derive(Deserialize)]
pub struct Decision {
    pub text: String,
    /// What became of it, once it is done.
    pub outcome: String,
}

pub fn minutes() -> Result<Minutes> {
    embedded!("minutes.json")
}

pub fn themes() -> Result<Vec<LocalTheme>> {
    embedded!("themes.json")
}

pub fn territories() -> Result<Vec<Territory>> {
    embedded!("territories.json")
}

pub fn organisations() -> Result<Vec<Organisation>> {
    embedded!("organisations.json")
}

pub fn accounts() -> Result<Vec<Account>> {
    embedded!("accounts.json")
}

/// Every convention, one that another replaces before it.
pub fn conventions() -> Result<Vec<Convention>> {
    embedded!("conventions.json")
}

pub fn plan() -> Result<Plan> {
    embedded!("plan.json")
}

/// Every action, one that inspired another before it.
pub fn actions() -> Result<Vec<Action>> {
    let files: [Result<Vec<Action>>; 7] = [
        embedded!("actions-budget.json"),
        embedded!("actions-famille.json"),
        embedded!("actions-insertion.json"),
        embedded!("actions-logement.json"),
        embedded!("actions-sante-alimentation.json"),
        embedded!("actions-vie-sociale.json"),
        embedded!("actions-aines-aidants.json"),
    ];
    let mut waiting = files.into_iter().collect::<Result<Vec<_>>>()?.into_iter().flatten().collect::<Vec<_>>();
    let mut ordered: Vec<Action> = Vec::with_capacity(waiting.len());
    while !waiting.is_empty() {
        let known: BTreeSet<String> = ordered.iter().map(|action| action.key.clone()).collect();
        let (ready, rest): (Vec<_>, Vec<_>) =
            waiting.into_iter().partition(|action| action.inspired_by.as_ref().is_none_or(|source| known.contains(source)));
        if ready.is_empty() {
            return Err(broken("inspired_by", rest.iter().map(|action| action.key.as_str()).collect::<Vec<_>>().join(", ")));
        }
        ordered.extend(ready);
        waiting = rest;
    }
    Ok(ordered)
}
