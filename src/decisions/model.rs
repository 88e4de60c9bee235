//! A decision: what it says, its stages, and the one table that says who leads from which to which.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::actions::model::SheetRef;
use crate::db::types::text_enum;
use crate::kernel::actor::Role;
use crate::kernel::{Day, Moment};

text_enum! {
    pub enum Stage {
        Adopted = "adopted" | "Adoptée",
        InProgress = "in_progress" | "En cours",
        Done = "done" | "Réalisée",
        Dropped = "dropped" | "Abandonnée",
        Deferred = "deferred" | "Ajournée",
    }
}

text_enum! {
    pub enum Verb {
        Start = "start" | "Indiquer qu’elle est en cours",
        Finish = "done" | "Indiquer qu’elle est réalisée",
        Drop = "drop" | "L’abandonner",
        Defer = "defer" | "L’ajourner",
        Reopen = "reopen" | "La rouvrir",
    }
}

/// One line of the table.
pub struct Rule {
    pub verb: Verb,
    pub from: &'static [Stage],
    pub to: Stage,
    /// Of those who may write it.
    pub roles: &'static [Role],
    /// May whoever is responsible for it, whatever their role?
    pub responsible: bool,
}

const WRITE: &[Role] = &[Role::Worker, Role::Manager, Role::Administrator];
const DECIDE: &[Role] = &[Role::Manager, Role::Administrator];
pub const OPEN: &[Stage] = &[Stage::Adopted, Stage::InProgress, Stage::Deferred];

/// Everything that may happen to a decision's stage. Territories are `policy`'s to tell.
pub const RULES: [Rule; 5] = [
    Rule { verb: Verb::Start, from: &[Stage::Adopted, Stage::Deferred], to: Stage::InProgress, roles: WRITE, responsible: true },
    Rule { verb: Verb::Finish, from: OPEN, to: Stage::Done, roles: WRITE, responsible: true },
    Rule { verb: Verb::Drop, from: OPEN, to: Stage::Dropped, roles: DECIDE, responsible: false },
    Rule { verb: Verb::Defer, from: &[Stage::Adopted, Stage::InProgress], to: Stage::Deferred, roles: WRITE, responsible: true },
    Rule { verb: Verb::Reopen, from: &[Stage::Done, Stage::Dropped], to: Stage::InProgress, roles: DECIDE, responsible: false },
];

impl Verb {
    fn rule(self) -> Option<&'static Rule> {
        RULES.iter().find(|rule| rule.verb == self)
    }

    /// Where the verb leads from a stage.
    pub fn leads(self, from: Stage) -> Option<Stage> {
        self.rule().filter(|rule| rule.from.contains(&from)).map(|rule| rule.to)
    }

    pub fn is_for(self, role: Role) -> bool {
        self.rule().is_some_and(|rule| rule.roles.contains(&role))
    }

    pub fn is_for_the_responsible(self) -> bool {
        self.rule().is_some_and(|rule| rule.responsible)
    }

    /// Does it say why?
    pub fn wants_reason(self) -> bool {
        matches!(self, Self::Drop | Self::Defer | Self::Reopen)
    }
}

impl Stage {
    pub fn is_open(self) -> bool {
        OPEN.contains(&self)
    }
}

/// What people write of a decision.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default)]
pub struct DecisionFields {
    pub text: String,
    /// The key of the agenda's item under which it was taken.
    pub item: Option<String>,
    /// Who is responsible: an account, or else a name.
    pub responsible: Option<String>,
    pub responsible_name: String,
    #[schema(value_type = Option<String>, format = Date)]
    pub due_on: Option<Day>,
    pub territories: Vec<String>,
    pub themes: Vec<String>,
    /// What it asks for, one of these: it is done when that is published, signed, done or held.
    pub action: Option<String>,
    pub convention: Option<String>,
    pub plan_sheet: Option<SheetRef>,
    pub meeting: Option<String>,
    /// The body to which it hands a need up.
    pub handed_to: Option<String>,
    /// The need, of another body, that it answers.
    pub answers: Option<String>,
}

/// What has become of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Life {
    pub stage: Stage,
    /// What was done, or why not; empty while there is nothing to say.
    pub outcome: String,
    pub moved_at: Option<Moment>,
}

/// Why a transition is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    Stage { from: Stage, verb: Verb },
    Reason,
}

impl Life {
    pub fn adopted() -> Self {
        Self { stage: Stage::Adopted, outcome: String::new(), moved_at: None }
    }

    pub fn apply(self, verb: Verb, outcome: &str, now: Moment) -> Result<Self, Refusal> {
        let stage = verb.leads(self.stage).ok_or(Refusal::Stage { from: self.stage, verb })?;
        if verb.wants_reason() && outcome.is_empty() {
            return Err(Refusal::Reason);
        }
        let outcome = if verb == Verb::Start && outcome.is_empty() { String::new() } else { outcome.to_owned() };
        Ok(Self { stage, outcome, moved_at: Some(now) })
    }
}

/// What happens to decisions, as the journal and history have it.
#[derive(Clone, Copy, Debug)]
pub enum Happened<'a> {
    Taken,
    Changed { changed: &'a [String], reason: &'a str },
    Moved { verb: Verb, outcome: &'a str },
}

impl Happened<'_> {
    pub fn name(&self) -> &'static str {
        match self {
            Self::Taken => "decided",
            Self::Changed { .. } => "changed",
            Self::Moved { verb: Verb::Start, .. } => "started",
            Self::Moved { verb: Verb::Finish, .. } => "done",
            Self::Moved { verb: Verb::Drop, .. } => "dropped",
            Self::Moved { verb: Verb::Defer, .. } => "deferred",
            Self::Moved { verb: Verb::Reopen, .. } => "reopened",
        }
    }

    pub fn reason(&self) -> &str {
        match self {
            Self::Taken => "",
            Self::Changed { reason, .. } => reason,
            Self::Moved { outcome, .. } => outcome,
        }
    }

    pub fn facts(&self) -> Value {
        match self {
            Self::Changed { changed, .. } => json!({ "changed": changed }),
            _ => json!({}),
        }
    }
}

text_enum! {
    /// What whoever is responsible is told of a due day.
    pub enum Step {
        Soon = "soon" | "Bientôt due",
        Late = "late" | "En retard",
    }
}

/// So many days before it is due, it is told.
pub const SOON_DAYS: i64 = 7;

/// The step at which a due day stands.
pub fn step(due_on: Day, today: Day) -> Option<Step> {
    match due_on.days_since(today) {
        days if days < 0 => Some(Step::Late),
        days if days <= SOON_DAYS => Some(Step::Soon),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_of_verbs_and_stages() {
        let table: Vec<String> = Verb::ALL
            .iter()
            .flat_map(|verb| Stage::ALL.iter().filter_map(move |from| verb.leads(*from).map(|to| format!("{verb} {from}>{to}"))))
            .collect();
        assert_eq!(
            table,
            [
                "start adopted>in_progress",
                "start deferred>in_progress",
                "done adopted>done",
                "done in_progress>done",
                "done deferred>done",
                "drop adopted>dropped",
                "drop in_progress>dropped",
                "drop deferred>dropped",
                "defer adopted>deferred",
                "defer in_progress>deferred",
                "reopen done>in_progress",
                "reopen dropped>in_progress",
            ]
        );
        assert_eq!(Verb::ALL.len(), RULES.len());
    }

    #[test]
    fn reasons_are_asked_for_where_something_is_given_up() {
        let now = Moment::from_micros(0);
        for verb in Verb::ALL {
            let from = if *verb == Verb::Reopen { Stage::Done } else { Stage::InProgress };
            let from = if *verb == Verb::Start { Stage::Adopted } else { from };
            let life = Life { stage: from, ..Life::adopted() };
            assert_eq!(life.clone().apply(*verb, "", now).is_err(), verb.wants_reason(), "{verb}");
            assert!(life.apply(*verb, "Parce que.", now).is_ok(), "{verb}");
        }
    }

    #[test]
    fn a_due_day_is_soon_then_late() {
        let due = Day::new(2026, 3, 31).unwrap();
        let told: Vec<Option<Step>> = [-8, -7, 0, 1, 400].iter().map(|days| step(due, due.plus(*days))).collect();
        assert_eq!(told, [None, Some(Step::Soon), Some(Step::Soon), Some(Step::Late), Some(Step::Late)]);
    }
}
