//! Who may do what with a decision: pure functions of the actor, its places and people, and its stage. Who reads it is part of each query
//! (`store::lists`).

use super::model::{Stage, Verb};
use crate::accounts::model::{Actor, Role};
use crate::kernel::ids::AccountId;
use crate::meetings::model::Stage as MeetingStage;

/// What the rights over a decision depend on.
#[derive(Clone, Debug)]
pub struct Subject<'a> {
    pub stage: Stage,
    pub author: Option<&'a AccountId>,
    pub responsible: Option<&'a str>,
    /// Its own, and its body's.
    pub territories: Vec<&'a str>,
}

impl Subject<'_> {
    fn is_responsible(&self, actor: &Actor) -> bool {
        self.responsible.is_some_and(|id| actor.id.as_ref().is_some_and(|own| own.as_str() == id))
    }
}

/// Writing, its stage left aside.
pub fn may_write(actor: &Actor, subject: &Subject<'_>) -> bool {
    match actor.role {
        Role::Partner => false,
        Role::Administrator => true,
        Role::Worker | Role::Manager => actor.is(subject.author) || subject.territories.iter().any(|code| actor.reach.contains(*code)),
    }
}

/// Carrying out a verb, its stage left aside.
pub fn may(actor: &Actor, verb: Verb, subject: &Subject<'_>) -> bool {
    verb.is_for(actor.role) && may_write(actor, subject) || verb.is_for_the_responsible() && subject.is_responsible(actor)
}

/// The verbs that an actor may carry out now.
pub fn verbs(actor: &Actor, subject: &Subject<'_>) -> Vec<Verb> {
    Verb::ALL.iter().filter(|verb| verb.leads(subject.stage).is_some() && may(actor, **verb, subject)).copied().collect()
}

/// Adding a decision to a meeting that one may write: while its minutes are written; once they are approved, by those who rectify them.
pub fn may_add(actor: &Actor, stage: MeetingStage) -> bool {
    match stage {
        MeetingStage::Called | MeetingStage::Held => actor.is_agent(),
        stage if stage.is_frozen() => matches!(actor.role, Role::Manager | Role::Administrator),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Moment;
    use crate::kernel::{Chance, ids::AccountId};
    use std::collections::BTreeSet;

    #[test]
    fn the_table_of_roles_stages_and_verbs() {
        let me = AccountId::new(Moment::from_micros(0), &Chance::seeded(1));
        let actor = |role: Role, reach: &str| {
            let reach: BTreeSet<String> = [reach.to_owned()].into();
            Actor { id: Some(me.clone()), role, territories: reach.clone(), reach, ..Actor::command_line() }
        };
        let mut table = String::new();
        for (who, actor, is_responsible) in [
            ("agent d’ici", actor(Role::Worker, "MDS-A"), false),
            ("agent d’ailleurs", actor(Role::Worker, "MDS-B"), false),
            ("agent responsable", actor(Role::Worker, "MDS-B"), true),
            ("partenaire", actor(Role::Partner, "MDS-A"), false),
            ("partenaire responsable", actor(Role::Partner, "MDS-B"), true),
            ("responsable d’ici", actor(Role::Manager, "MDS-A"), false),
            ("responsable d’ailleurs", actor(Role::Manager, "MDS-B"), false),
            ("administrateur", actor(Role::Administrator, "MDS-B"), false),
        ] {
            for stage in Stage::ALL {
                let subject = Subject { stage: *stage, author: None, responsible: is_responsible.then_some(me.as_str()), territories: vec!["MDS-A"] };
                let found: Vec<&str> = verbs(&actor, &subject).iter().map(Verb::as_str).collect();
                if !found.is_empty() {
                    table.push_str(&format!("{who} {stage}: {}\n", found.join(" ")));
                }
            }
        }
        let follows = |who: &str| format!("{who} adopted: start done defer\n{who} in_progress: done defer\n{who} deferred: start done\n");
        let decides = |who: &str| {
            format!(
                "{who} adopted: start done drop defer\n{who} in_progress: done drop defer\n{who} done: reopen\n{who} dropped: reopen\n\
                 {who} deferred: start done drop\n"
            )
        };
        let expected = [
            follows("agent d’ici"),
            follows("agent responsable"),
            follows("partenaire responsable"),
            decides("responsable d’ici"),
            decides("administrateur"),
        ];
        assert_eq!(table, expected.concat());
    }
}
