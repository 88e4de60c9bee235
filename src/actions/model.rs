//! A collective action: what it says, the stages that people decide, and the situation that its dates give it.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::db::types::text_enum;
use crate::kernel::given::Given;
use crate::kernel::{Day, FieldErrors, Moment, Visibility};

text_enum! {
    pub enum Kind {
        CollectiveInformation = "collective_information" | "Information collective",
        CollectiveAction = "collective_action" | "Action collective (ISIC)",
        LocalDevelopment = "local_development" | "Développement social local (DSL)",
    }
}

text_enum! {
    /// What people decided.
    pub enum Stage {
        Draft = "draft" | "Brouillon",
        Submitted = "submitted" | "À valider",
        Published = "published" | "Publiée",
        Archived = "archived" | "Archivée",
    }
}

text_enum! {
    /// What its dates say of a published action today.
    pub enum Situation {
        Upcoming = "upcoming" | "À venir",
        Running = "running" | "En cours",
        Finished = "finished" | "Terminée",
        ReportDue = "report_due" | "Bilan attendu",
        Reported = "reported" | "Bilan fait",
    }
}

/// Days after its end when an action without evaluation owes its report.
pub const REPORT_DUE_AFTER_DAYS: i64 = 30;

impl Situation {
    /// The situation of a published action on a day. Without dates it is running; an end is its first day when it has no other.
    pub fn of(starts_on: Option<Day>, ends_on: Option<Day>, is_reported: bool, today: Day) -> Self {
        let last = ends_on.or(starts_on);
        match (starts_on, last) {
            (Some(first), _) if today < first => Self::Upcoming,
            (_, Some(last)) if today > last => match is_reported {
                true => Self::Reported,
                false if today.days_since(last) >= REPORT_DUE_AFTER_DAYS => Self::ReportDue,
                false => Self::Finished,
            },
            _ => Self::Running,
        }
    }

    /// Can people still join?
    pub fn is_open(self) -> bool {
        matches!(self, Self::Upcoming | Self::Running)
    }
}

/// What people write of an action. Stored whole; every version is one of these.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default)]
pub struct ActionFields {
    pub external_id: Option<String>,
    #[schema(value_type = String, example = "collective_action")]
    pub kind: Kind,
    pub title: String,
    pub summary: String,
    pub needs: String,
    pub objectives: Vec<String>,
    pub audiences: Vec<String>,
    pub audience_note: String,
    pub themes: Vec<String>,
    pub territories: Vec<String>,
    pub carrier: Option<Carrier>,
    pub place: String,
    /// The address is given on enrolment only.
    pub place_withheld: bool,
    #[schema(value_type = Option<String>, format = Date)]
    pub starts_on: Option<Day>,
    #[schema(value_type = Option<String>, format = Date)]
    pub ends_on: Option<Day>,
    pub rhythm: String,
    pub steps: String,
    pub means: String,
    pub partners: Vec<PartnerLink>,
    pub indicators: Vec<Indicator>,
    pub evaluation: Evaluation,
    pub plan_sheets: Vec<SheetRef>,
    pub contact: Contact,
    pub fee: Option<String>,
    pub fee_note: String,
    pub access_conditions: String,
    pub reception_modes: Vec<String>,
    pub mobilisation_modes: Vec<String>,
    pub mobilised_by: Vec<String>,
    #[schema(value_type = String, example = "public")]
    pub visibility: Visibility,
}

impl Default for ActionFields {
    fn default() -> Self {
        Self {
            external_id: None,
            kind: Kind::CollectiveAction,
            title: String::new(),
            summary: String::new(),
            needs: String::new(),
            objectives: Vec::new(),
            audiences: Vec::new(),
            audience_note: String::new(),
            themes: Vec::new(),
            territories: Vec::new(),
            carrier: None,
            place: String::new(),
            place_withheld: false,
            starts_on: None,
            ends_on: None,
            rhythm: String::new(),
            steps: String::new(),
            means: String::new(),
            partners: Vec::new(),
            indicators: Vec::new(),
            evaluation: Evaluation::default(),
            plan_sheets: Vec::new(),
            contact: Contact::default(),
            fee: None,
            fee_note: String::new(),
            access_conditions: String::new(),
            reception_modes: Vec::new(),
            mobilisation_modes: Vec::new(),
            mobilised_by: Vec::new(),
            visibility: Visibility::Public,
        }
    }
}

impl ActionFields {
    /// The same, in one order where values have none: chosen again in another order, they say nothing new.
    pub fn sorted(&self) -> Self {
        let mut fields = self.clone();
        for list in [
            &mut fields.audiences,
            &mut fields.themes,
            &mut fields.territories,
            &mut fields.reception_modes,
            &mut fields.mobilisation_modes,
            &mut fields.mobilised_by,
        ] {
            list.sort();
        }
        fields.plan_sheets.sort();
        fields
    }
}

/// Who carries the action: a territory of the service, or a partner.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Carrier {
    Territory(String),
    PartnerId(String),
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct PartnerLink {
    pub partner_id: String,
    #[serde(default)]
    pub role: String,
}

/// What the action is judged by, in figures.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default)]
pub struct Indicator {
    pub label: String,
    pub unit: String,
    pub target: Option<f64>,
    pub value: Option<f64>,
}

/// What the action is judged by, in words.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default)]
pub struct Evaluation {
    pub results: String,
    pub strengths: String,
    pub difficulties: String,
    pub lessons: String,
}

impl Evaluation {
    /// An action is reported once its results are written.
    pub fn is_written(&self) -> bool {
        !self.results.is_empty()
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema)]
pub struct SheetRef {
    pub plan_id: String,
    pub number: i32,
}

impl SheetRef {
    /// The sheet that a value names, if it is a known one.
    pub fn given(reader: &mut Given, name: &str, value: &Value, is_known: impl Fn(&Self) -> bool) -> Option<Self> {
        let plan_id = value.get("plan_id").and_then(Value::as_str).unwrap_or_default().to_owned();
        let number = value.get("number").and_then(Value::as_i64).and_then(|number| i32::try_from(number).ok()).unwrap_or(0);
        let sheet = Self { plan_id, number };
        if is_known(&sheet) {
            return Some(sheet);
        }
        reader.errors.add(name, format!("La fiche {number} n’existe pas dans ce schéma."));
        None
    }

    /// Those of a list, each once.
    pub fn given_all(reader: &mut Given, name: &str, value: &Value, known: &BTreeSet<Self>) -> Vec<Self> {
        let mut sheets: Vec<Self> = Vec::new();
        for item in reader.array(name, value) {
            if let Some(sheet) = Self::given(reader, name, item, |sheet| known.contains(sheet)).filter(|sheet| !sheets.contains(sheet)) {
                sheets.push(sheet);
            }
        }
        reader.bounded(name, sheets)
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default)]
pub struct Contact {
    pub email: String,
    pub phone: String,
}

/// The fields that publication still needs, in the order of the form, each with what to do.
pub fn missing_for_publication(fields: &ActionFields) -> FieldErrors {
    let mut missing = FieldErrors::default();
    let mut need = |absent: bool, field: &str, message: &str| {
        if absent {
            missing.add(field, message);
        }
    };
    need(fields.title.is_empty(), "title", "Donnez un titre.");
    need(fields.summary.is_empty(), "summary", "Présentez l’action en quelques phrases.");
    need(fields.audiences.is_empty(), "audiences", "Choisissez au moins un public.");
    need(fields.themes.is_empty(), "themes", "Choisissez au moins un thème.");
    need(fields.territories.is_empty(), "territories", "Choisissez au moins un territoire.");
    need(fields.starts_on.is_none() && fields.rhythm.is_empty(), "starts_on", "Indiquez un premier jour ou un rythme.");
    need(fields.contact.email.is_empty() && fields.contact.phone.is_empty(), "contact.email", "Indiquez une adresse e-mail ou un téléphone.");
    missing
}

/// What has been decided of an action's life. Each verb is one function below; it may refuse.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Life {
    pub stage: Stage,
    pub return_comment: Option<String>,
    pub submitted_at: Option<Moment>,
    pub published_at: Option<Moment>,
}

/// Why a transition is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The stage does not allow it.
    Stage { from: Stage, verb: Verb },
    /// Publication needs these.
    Incomplete(FieldErrors),
    /// Returning needs a comment.
    Comment,
}

text_enum! {
    pub enum Verb {
        Submit = "submit" | "Proposer à la validation",
        Return = "return" | "Renvoyer avec un commentaire",
        Publish = "publish" | "Publier",
        Archive = "archive" | "Archiver",
    }
}

impl Verb {
    /// Which stages the verb leaves, and where it leads.
    pub fn leads(self, from: Stage) -> Option<Stage> {
        match (self, from) {
            (Self::Submit, Stage::Draft) => Some(Stage::Submitted),
            (Self::Return, Stage::Submitted) => Some(Stage::Draft),
            (Self::Publish, Stage::Draft | Stage::Submitted) => Some(Stage::Published),
            (Self::Archive, Stage::Published) => Some(Stage::Archived),
            _ => None,
        }
    }
}

impl Life {
    pub fn new() -> Self {
        Self { stage: Stage::Draft, return_comment: None, submitted_at: None, published_at: None }
    }

    /// Carries out a verb, or says why not. What is submitted or published must be complete; what is returned says why.
    pub fn apply(self, verb: Verb, fields: &ActionFields, comment: &str, now: Moment) -> Result<Self, Refusal> {
        let stage = verb.leads(self.stage).ok_or(Refusal::Stage { from: self.stage, verb })?;
        if matches!(verb, Verb::Submit | Verb::Publish) {
            missing_for_publication(fields).into_result().map_err(Refusal::Incomplete)?;
        }
        Ok(match verb {
            Verb::Submit => Self { stage, return_comment: None, submitted_at: Some(now), ..self },
            Verb::Return if comment.is_empty() => return Err(Refusal::Comment),
            Verb::Return => Self { stage, return_comment: Some(comment.to_owned()), submitted_at: None, ..self },
            Verb::Publish => Self { stage, return_comment: None, submitted_at: None, published_at: Some(now) },
            Verb::Archive => Self { stage, ..self },
        })
    }
}

impl Default for Life {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(n: i64) -> Day {
        Day::new(2026, 1, 1).unwrap().plus(n)
    }

    #[test]
    fn the_table_of_stages_and_verbs() {
        let table: Vec<String> = Verb::ALL
            .iter()
            .flat_map(|verb| Stage::ALL.iter().filter_map(move |from| verb.leads(*from).map(|to| format!("{verb} {from}>{to}"))))
            .collect();
        assert_eq!(
            table,
            [
                "submit draft>submitted",
                "return submitted>draft",
                "publish draft>published",
                "publish submitted>published",
                "archive published>archived"
            ]
        );
    }

    #[test]
    fn incomplete_actions_are_refused_with_every_missing_field() {
        let now = Moment::from_micros(0);
        let fields = ActionFields { title: "Gérer son budget".into(), ..ActionFields::default() };
        let Err(Refusal::Incomplete(missing)) = Life::new().apply(Verb::Publish, &fields, "", now) else { panic!("published") };
        let names: Vec<&str> = missing.iter().map(|(field, _)| field).collect();
        assert_eq!(names, ["summary", "audiences", "themes", "territories", "starts_on", "contact.email"]);
    }

    #[test]
    fn returning_needs_a_comment() {
        let life = Life { stage: Stage::Submitted, ..Life::new() };
        assert_eq!(life.apply(Verb::Return, &ActionFields::default(), "", Moment::from_micros(0)), Err(Refusal::Comment));
    }

    #[test]
    fn situations_follow_the_calendar() {
        let of = |starts, ends, reported, today| Situation::of(starts, ends, reported, day(today));
        assert_eq!(of(None, None, false, 0), Situation::Running);
        assert_eq!(of(Some(day(1)), None, false, 0), Situation::Upcoming);
        assert_eq!(of(Some(day(1)), None, false, 1), Situation::Running);
        assert_eq!(of(Some(day(1)), None, false, 2), Situation::Finished);
        assert_eq!(of(None, Some(day(5)), false, 5), Situation::Running);
        assert_eq!(of(Some(day(1)), Some(day(5)), false, 34), Situation::Finished);
        assert_eq!(of(Some(day(1)), Some(day(5)), false, 35), Situation::ReportDue);
        assert_eq!(of(Some(day(1)), Some(day(5)), true, 6), Situation::Reported);
        assert_eq!(of(Some(day(1)), Some(day(5)), true, 3), Situation::Running);
    }
}
