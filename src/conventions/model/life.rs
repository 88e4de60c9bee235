//! The stages that people decide, and the one table that says who leads from which to which.

use serde::{Deserialize, Serialize};

use super::{ConventionFields, checks};
use crate::db::types::text_enum;
use crate::kernel::actor::Role;
use crate::kernel::{FieldErrors, Moment};

text_enum! {
    /// What people decided.
    pub enum Stage {
        Draft = "draft" | "Brouillon",
        InReview = "in_review" | "En relecture",
        ToCorrect = "to_correct" | "À corriger",
        ToSign = "to_sign" | "À signer",
        Signing = "signing" | "En signature",
        Signed = "signed" | "Signée",
        Abandoned = "abandoned" | "Abandonnée",
    }
}

text_enum! {
    pub enum Verb {
        Submit = "submit" | "Soumettre à relecture",
        Return = "return" | "Renvoyer à corriger",
        Validate = "validate" | "Valider et numéroter",
        Send = "send" | "Envoyer à la signature",
        Sign = "sign" | "Enregistrer une signature",
        Record = "record" | "Enregistrer un acte",
        Abandon = "abandon" | "Abandonner",
        Reactivate = "reactivate" | "Reprendre en brouillon",
        Enter = "enter" | "Enregistrer comme signée",
    }
}

/// One line of the table.
pub struct Rule {
    pub verb: Verb,
    pub from: &'static [Stage],
    pub to: Stage,
    pub roles: &'static [Role],
}

const DECIDE: &[Role] = &[Role::Manager, Role::Administrator];

/// Everything that may happen to a convention's stage. A manager's territories are `policy`'s to tell.
pub const RULES: [Rule; 9] = [
    Rule { verb: Verb::Submit, from: &[Stage::Draft, Stage::ToCorrect], to: Stage::InReview, roles: DECIDE },
    Rule { verb: Verb::Return, from: &[Stage::InReview], to: Stage::ToCorrect, roles: DECIDE },
    Rule { verb: Verb::Validate, from: &[Stage::InReview], to: Stage::ToSign, roles: DECIDE },
    Rule { verb: Verb::Send, from: &[Stage::ToSign], to: Stage::Signing, roles: DECIDE },
    // Once the last party has signed; until then it is `signing`.
    Rule { verb: Verb::Sign, from: &[Stage::ToSign, Stage::Signing], to: Stage::Signed, roles: DECIDE },
    Rule { verb: Verb::Record, from: &[Stage::Signed], to: Stage::Signed, roles: DECIDE },
    Rule {
        verb: Verb::Abandon,
        from: &[Stage::Draft, Stage::InReview, Stage::ToCorrect, Stage::ToSign, Stage::Signing],
        to: Stage::Abandoned,
        roles: DECIDE,
    },
    Rule { verb: Verb::Reactivate, from: &[Stage::Abandoned], to: Stage::Draft, roles: DECIDE },
    // Signed before it was written here.
    Rule { verb: Verb::Enter, from: &[Stage::Draft], to: Stage::Signed, roles: DECIDE },
];

impl Verb {
    /// Where the verb leads from a stage.
    pub fn leads(self, from: Stage) -> Option<Stage> {
        RULES.iter().find(|rule| rule.verb == self && rule.from.contains(&from)).map(|rule| rule.to)
    }

    pub fn is_for(self, role: Role) -> bool {
        RULES.iter().any(|rule| rule.verb == self && rule.roles.contains(&role))
    }
}

/// What has been decided of a convention's life.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Life {
    pub stage: Stage,
    pub return_comment: Option<String>,
    pub submitted_at: Option<Moment>,
}

/// Why a transition is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    Stage { from: Stage, verb: Verb },
    Incomplete(FieldErrors),
    Comment,
}

impl Life {
    pub fn new(stage: Stage) -> Self {
        Self { stage, return_comment: None, submitted_at: None }
    }

    /// Carries out a verb on a convention that now says `fields`, or says why not. What is submitted must be complete; what is returned
    /// says why; what not every party has signed is not signed yet.
    pub fn apply(self, verb: Verb, fields: &ConventionFields, comment: &str, now: Moment) -> Result<Self, Refusal> {
        let stage = verb.leads(self.stage).ok_or(Refusal::Stage { from: self.stage, verb })?;
        if matches!(verb, Verb::Submit | Verb::Validate) {
            checks::missing(fields).into_result().map_err(Refusal::Incomplete)?;
        }
        Ok(match verb {
            Verb::Return if comment.is_empty() => return Err(Refusal::Comment),
            Verb::Return => Self { stage, return_comment: Some(comment.to_owned()), ..self },
            Verb::Submit => Self { stage, return_comment: None, submitted_at: Some(now) },
            Verb::Sign if fields.parties.iter().any(|party| party.signed_on.is_none()) => Self { stage: Stage::Signing, ..self },
            Verb::Reactivate => Self::new(stage),
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
                "submit draft>in_review",
                "submit to_correct>in_review",
                "return in_review>to_correct",
                "validate in_review>to_sign",
                "send to_sign>signing",
                "sign to_sign>signed",
                "sign signing>signed",
                "record signed>signed",
                "abandon draft>abandoned",
                "abandon in_review>abandoned",
                "abandon to_correct>abandoned",
                "abandon to_sign>abandoned",
                "abandon signing>abandoned",
                "reactivate abandoned>draft",
                "enter draft>signed",
            ]
        );
    }

    #[test]
    fn returning_needs_a_comment() {
        let life = Life::new(Stage::InReview);
        assert_eq!(life.apply(Verb::Return, &ConventionFields::default(), "", Moment::from_micros(0)), Err(Refusal::Comment));
    }
}
