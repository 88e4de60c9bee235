//! The stages that people decide, and the one table that says who leads from which to which.

use serde::{Deserialize, Serialize};

use super::{MeetingFields, checks};
use crate::db::types::text_enum;
use crate::kernel::actor::Role;
use crate::kernel::{FieldErrors, Moment};

text_enum! {
    /// What people decided.
    pub enum Stage {
        Draft = "draft" | "En préparation",
        Called = "called" | "Convoquée",
        Postponed = "postponed" | "Reportée",
        Cancelled = "cancelled" | "Annulée",
        Held = "held" | "Tenue",
        MinutesInReview = "minutes_in_review" | "Compte rendu en relecture",
        MinutesApproved = "minutes_approved" | "Compte rendu approuvé",
        MinutesPublished = "minutes_published" | "Compte rendu publié",
    }
}

text_enum! {
    pub enum Verb {
        Call = "call" | "Convoquer",
        Postpone = "postpone" | "Reporter sans date",
        Reschedule = "reschedule" | "Reporter à une autre date",
        Cancel = "cancel" | "Annuler",
        Hold = "hold" | "Indiquer qu’elle s’est tenue",
        Submit = "submit" | "Soumettre le compte rendu",
        Return = "return" | "Reprendre la rédaction",
        Approve = "approve" | "Approuver le compte rendu",
        Publish = "publish" | "Publier le compte rendu",
        Rectify = "rectify" | "Rectifier le compte rendu",
        Record = "record" | "Enregistrer comme déjà tenue",
    }
}

/// One line of the table.
pub struct Rule {
    pub verb: Verb,
    pub from: &'static [Stage],
    pub to: Stage,
    pub roles: &'static [Role],
}

const WRITE: &[Role] = &[Role::Worker, Role::Manager, Role::Administrator];
/// Beside the chair of the body, whatever their role: `policy`'s to tell.
const DECIDE: &[Role] = &[Role::Manager, Role::Administrator];

/// Everything that may happen to a meeting's stage. Territories are `policy`'s to tell.
pub const RULES: [Rule; 12] = [
    Rule { verb: Verb::Call, from: &[Stage::Draft, Stage::Postponed], to: Stage::Called, roles: WRITE },
    Rule { verb: Verb::Postpone, from: &[Stage::Called], to: Stage::Postponed, roles: WRITE },
    Rule { verb: Verb::Reschedule, from: &[Stage::Called, Stage::Postponed], to: Stage::Called, roles: WRITE },
    Rule { verb: Verb::Cancel, from: &[Stage::Draft, Stage::Called, Stage::Postponed], to: Stage::Cancelled, roles: WRITE },
    Rule { verb: Verb::Hold, from: &[Stage::Called], to: Stage::Held, roles: WRITE },
    Rule { verb: Verb::Submit, from: &[Stage::Held], to: Stage::MinutesInReview, roles: WRITE },
    Rule { verb: Verb::Return, from: &[Stage::MinutesInReview], to: Stage::Held, roles: WRITE },
    Rule { verb: Verb::Approve, from: &[Stage::MinutesInReview], to: Stage::MinutesApproved, roles: DECIDE },
    Rule { verb: Verb::Publish, from: &[Stage::MinutesApproved], to: Stage::MinutesPublished, roles: WRITE },
    Rule { verb: Verb::Rectify, from: &[Stage::MinutesApproved], to: Stage::MinutesApproved, roles: DECIDE },
    Rule { verb: Verb::Rectify, from: &[Stage::MinutesPublished], to: Stage::MinutesPublished, roles: DECIDE },
    // Held before it was written here.
    Rule { verb: Verb::Record, from: &[Stage::Draft], to: Stage::Held, roles: WRITE },
];

impl Verb {
    /// Where the verb leads from a stage.
    pub fn leads(self, from: Stage) -> Option<Stage> {
        RULES.iter().find(|rule| rule.verb == self && rule.from.contains(&from)).map(|rule| rule.to)
    }

    pub fn is_for(self, role: Role) -> bool {
        RULES.iter().any(|rule| rule.verb == self && rule.roles.contains(&role))
    }

    /// Does it say why?
    pub fn wants_reason(self) -> bool {
        matches!(self, Self::Postpone | Self::Reschedule | Self::Cancel | Self::Return | Self::Rectify)
    }
}

impl Stage {
    /// Those invited have been told of it.
    pub fn is_announced(self) -> bool {
        !matches!(self, Self::Draft)
    }

    pub fn is_over(self) -> bool {
        matches!(self, Self::Held | Self::MinutesInReview | Self::MinutesApproved | Self::MinutesPublished)
    }

    /// Its minutes no longer change but by rectification.
    pub fn is_frozen(self) -> bool {
        matches!(self, Self::MinutesApproved | Self::MinutesPublished)
    }
}

/// What has been decided of a meeting's life.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Life {
    pub stage: Stage,
    /// Why it was postponed, cancelled, or its minutes taken up again.
    pub reason: Option<String>,
    pub called_at: Option<Moment>,
    pub submitted_at: Option<Moment>,
}

/// Why a transition is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    Stage {
        from: Stage,
        verb: Verb,
    },
    Incomplete(FieldErrors),
    Reason,
    /// It has not begun.
    Early,
}

impl Life {
    pub fn new(stage: Stage) -> Self {
        Self { stage, reason: None, called_at: None, submitted_at: None }
    }

    /// Carries out a verb on a meeting that now says `fields`, or says why not.
    pub fn apply(self, verb: Verb, fields: &MeetingFields, reason: &str, now: Moment) -> Result<Self, Refusal> {
        let stage = verb.leads(self.stage).ok_or(Refusal::Stage { from: self.stage, verb })?;
        if verb.wants_reason() && reason.is_empty() {
            return Err(Refusal::Reason);
        }
        match verb {
            Verb::Call | Verb::Reschedule => checks::missing(fields, now).into_result().map_err(Refusal::Incomplete)?,
            Verb::Record if fields.starts_at.is_none() => return Err(Refusal::Incomplete(FieldErrors::one("starts_at", "Donnez sa date."))),
            Verb::Hold | Verb::Record if fields.starts_at.is_none_or(|start| start > now) => return Err(Refusal::Early),
            _ => {}
        }
        Ok(match verb {
            Verb::Call => Self { stage, reason: None, called_at: Some(now), ..self },
            Verb::Reschedule => Self { stage, reason: Some(reason.to_owned()), called_at: self.called_at.or(Some(now)), ..self },
            Verb::Postpone | Verb::Cancel | Verb::Return => Self { stage, reason: Some(reason.to_owned()), ..self },
            Verb::Submit => Self { stage, reason: None, submitted_at: Some(now), ..self },
            _ => Self { stage, ..self },
        })
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
                "call draft>called",
                "call postponed>called",
                "postpone called>postponed",
                "reschedule called>called",
                "reschedule postponed>called",
                "cancel draft>cancelled",
                "cancel called>cancelled",
                "cancel postponed>cancelled",
                "hold called>held",
                "submit held>minutes_in_review",
                "return minutes_in_review>held",
                "approve minutes_in_review>minutes_approved",
                "publish minutes_approved>minutes_published",
                "rectify minutes_approved>minutes_approved",
                "rectify minutes_published>minutes_published",
                "record draft>held",
            ]
        );
    }

    #[test]
    fn reasons_and_times_are_asked_for() {
        let now = Moment::from_micros(0);
        let fields = MeetingFields { starts_at: Some(now.plus_days(1)), ..MeetingFields::default() };
        for verb in [Verb::Postpone, Verb::Cancel] {
            assert_eq!(Life::new(Stage::Called).apply(verb, &fields, "", now), Err(Refusal::Reason));
        }
        assert_eq!(Life::new(Stage::Called).apply(Verb::Hold, &fields, "", now), Err(Refusal::Early));
        assert_eq!(Life::new(Stage::Called).apply(Verb::Hold, &fields, "", now.plus_days(1)).map(|life| life.stage), Ok(Stage::Held));
        assert!(matches!(Life::new(Stage::Draft).apply(Verb::Call, &fields, "", now), Err(Refusal::Incomplete(_))));
    }
}
