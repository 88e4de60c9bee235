//! Who may do what with announcements: pure functions of the actor and the places that they are for.

use super::model::{Stage, Verb};
use crate::accounts::model::{Actor, Role};
use crate::kernel::ids::AccountId;

/// What the rights over an announcement depend on.
#[derive(Clone, Debug)]
pub struct Subject<'a> {
    pub stage: Stage,
    pub author: Option<&'a AccountId>,
    /// Those of its audience: the places chosen, and those of the bodies chosen. None: the whole département.
    pub territories: Vec<&'a str>,
}

pub fn may_create(actor: &Actor) -> bool {
    matches!(actor.role, Role::Manager | Role::Administrator)
}

/// Reading and writing, its stage left aside: a manager what stays within their own territories.
pub fn may_write(actor: &Actor, subject: &Subject<'_>) -> bool {
    match actor.role {
        Role::Administrator => true,
        Role::Manager => actor.is(subject.author) || is_within(actor, &subject.territories),
        Role::Worker | Role::Partner => false,
    }
}

/// Reading whom it reaches, and sending it: wherever its author has gone since, the places are the actor's own today.
pub fn may_send(actor: &Actor, subject: &Subject<'_>) -> bool {
    may_write(actor, subject) && is_within(actor, &subject.territories)
}

/// Are all of these places the actor's own?
pub fn is_within(actor: &Actor, territories: &[&str]) -> bool {
    actor.is_administrator() || !territories.is_empty() && territories.iter().all(|code| actor.reach.contains(*code))
}

/// The verbs that an actor may carry out now.
pub fn verbs(actor: &Actor, subject: &Subject<'_>) -> Vec<Verb> {
    Verb::ALL.iter().filter(|verb| verb.leads(subject.stage).is_some() && verb.is_for(actor.role) && may_write(actor, subject)).copied().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::{Chance, Moment};
    use std::collections::BTreeSet;

    #[test]
    fn the_table_of_roles_places_and_verbs() {
        let me = AccountId::new(Moment::from_micros(0), &Chance::seeded(1));
        let actor = |role: Role| {
            let reach: BTreeSet<String> = ["MDS-A".to_owned()].into();
            Actor { id: Some(me.clone()), role, territories: reach.clone(), reach, ..Actor::command_line() }
        };
        let mut table = String::new();
        for role in Role::ALL {
            for (what, territories) in [("ici", vec!["MDS-A"]), ("ici et ailleurs", vec!["MDS-A", "MDS-B"]), ("partout", vec![])] {
                for stage in Stage::ALL {
                    let found = verbs(&actor(*role), &Subject { stage: *stage, author: None, territories: territories.clone() });
                    let found: Vec<&str> = found.iter().map(Verb::as_str).collect();
                    if !found.is_empty() {
                        table.push_str(&format!("{role} {what} {stage}: {}\n", found.join(" ")));
                    }
                }
            }
        }
        let may = |who: &str| format!("{who} draft: schedule send cancel\n{who} scheduled: send reopen cancel\n{who} sending: cancel\n");
        let expected = [may("manager ici"), may("administrator ici"), may("administrator ici et ailleurs"), may("administrator partout")].concat();
        assert_eq!(table, expected);
        // Whoever wrote it goes on with it.
        let own = Subject { stage: Stage::Draft, author: Some(&me), territories: vec!["MDS-B"] };
        assert!(may_write(&actor(Role::Manager), &own) && !may_write(&actor(Role::Worker), &own));
        // Sending is for those of its places, who may have left them.
        assert!(!may_send(&actor(Role::Manager), &own) && may_send(&actor(Role::Administrator), &own));
        assert!(may_send(&actor(Role::Manager), &Subject { territories: vec!["MDS-A"], ..own }));
    }
}
