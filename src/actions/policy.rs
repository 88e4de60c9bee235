//! Who may do what with an action: pure functions of the actor, the action's people and places, and its stage.

use super::model::{ActionFields, Carrier, Stage, Verb};
use crate::accounts::model::{Actor, Role, Viewer};
use crate::kernel::Visibility;
use crate::kernel::ids::AccountId;

/// What the rights of an action depend on.
#[derive(Clone, Debug)]
pub struct Subject<'a> {
    pub stage: Stage,
    pub visibility: Visibility,
    pub author: Option<&'a AccountId>,
    pub territories: &'a [String],
    pub carrier: Option<&'a str>,
}

impl<'a> Subject<'a> {
    pub fn of(fields: &'a ActionFields, stage: Stage, author: Option<&'a AccountId>) -> Self {
        let carrier = match &fields.carrier {
            Some(Carrier::Territory(code)) => Some(code.as_str()),
            _ => None,
        };
        Self { stage, visibility: fields.visibility, author, territories: &fields.territories, carrier }
    }

    /// Is it the actor's: written by them, or of their territories?
    fn is_own(&self, actor: &Actor) -> bool {
        actor.is(self.author) || actor.reaches(self.territories) || self.carrier.is_some_and(|code| actor.reach.contains(code))
    }
}

/// Reading. What is not readable is not found.
pub fn may_read(viewer: &Viewer, subject: &Subject<'_>) -> bool {
    match (subject.stage, viewer.actor()) {
        (Stage::Published | Stage::Archived, _) if viewer.clearance().contains(&subject.visibility) => true,
        (_, Some(actor)) => may_write(actor, subject),
        _ => false,
    }
}

/// Writing. An archived action stays as it is.
pub fn may_write(actor: &Actor, subject: &Subject<'_>) -> bool {
    match actor.role {
        Role::Partner => false,
        Role::Administrator => true,
        Role::Worker | Role::Manager => subject.is_own(actor),
    }
}

pub fn may_create(actor: &Actor) -> bool {
    actor.is_agent()
}

/// Carrying out a verb of the life cycle, its stage left aside.
pub fn may(actor: &Actor, verb: Verb, subject: &Subject<'_>, direct_publication: bool) -> bool {
    may_write(actor, subject)
        && match (verb, actor.role) {
            (Verb::Submit, _) => true,
            (_, Role::Manager | Role::Administrator) => true,
            (Verb::Publish | Verb::Archive, Role::Worker) => direct_publication,
            _ => false,
        }
}

/// The verbs that an actor may carry out now.
pub fn verbs(actor: &Actor, subject: &Subject<'_>, direct_publication: bool) -> Vec<Verb> {
    let open = |verb: &&Verb| verb.leads(subject.stage).is_some() && may(actor, **verb, subject, direct_publication);
    let verbs: Vec<Verb> = Verb::ALL.iter().filter(open).copied().collect();
    // Whoever may publish at once has no need to ask.
    if verbs.contains(&Verb::Publish) { verbs.into_iter().filter(|verb| *verb != Verb::Submit).collect() } else { verbs }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn actor(role: Role, reach: &[&str]) -> Actor {
        let reach: BTreeSet<String> = reach.iter().map(|code| (*code).to_owned()).collect();
        Actor { role, territories: reach.clone(), reach, ..Actor::command_line() }
    }

    #[test]
    fn the_table_of_roles_stages_and_verbs() {
        let fields = ActionFields { territories: vec!["MDS-A".into()], ..ActionFields::default() };
        let mut table = String::new();
        for (who, actor) in [
            ("agent d’ici", actor(Role::Worker, &["MDS-A"])),
            ("agent d’ailleurs", actor(Role::Worker, &["MDS-B"])),
            ("partenaire", actor(Role::Partner, &["MDS-A"])),
            ("responsable d’ici", actor(Role::Manager, &["MDS-A"])),
            ("responsable d’ailleurs", actor(Role::Manager, &["MDS-B"])),
            ("administrateur", actor(Role::Administrator, &[])),
        ] {
            for direct in [false, true] {
                for stage in Stage::ALL {
                    let found = verbs(&actor, &Subject::of(&fields, *stage, None), direct);
                    if !found.is_empty() {
                        let found: Vec<&str> = found.iter().map(Verb::as_str).collect();
                        table.push_str(&format!("{who}{} {stage}: {}\n", if direct { " (direct)" } else { "" }, found.join(" ")));
                    }
                }
            }
        }
        assert_eq!(
            table,
            "agent d’ici draft: submit\n\
             agent d’ici (direct) draft: publish\n\
             agent d’ici (direct) submitted: publish\n\
             agent d’ici (direct) published: archive\n\
             responsable d’ici draft: publish\n\
             responsable d’ici submitted: return publish\n\
             responsable d’ici published: archive\n\
             responsable d’ici (direct) draft: publish\n\
             responsable d’ici (direct) submitted: return publish\n\
             responsable d’ici (direct) published: archive\n\
             administrateur draft: publish\n\
             administrateur submitted: return publish\n\
             administrateur published: archive\n\
             administrateur (direct) draft: publish\n\
             administrateur (direct) submitted: return publish\n\
             administrateur (direct) published: archive\n"
        );
    }

    #[test]
    fn reading_follows_level_and_place() {
        let mut table = String::new();
        for (who, viewer) in [
            ("visiteur", Viewer::visitor()),
            ("partenaire", Viewer(Some(actor(Role::Partner, &[])))),
            ("agent d’ailleurs", Viewer(Some(actor(Role::Worker, &["MDS-B"])))),
            ("agent d’ici", Viewer(Some(actor(Role::Worker, &["MDS-A"])))),
        ] {
            for stage in Stage::ALL {
                for visibility in Visibility::ALL {
                    let fields = ActionFields { territories: vec!["MDS-A".into()], visibility: *visibility, ..ActionFields::default() };
                    if may_read(&viewer, &Subject::of(&fields, *stage, None)) {
                        table.push_str(&format!("{who}: {stage} {visibility}\n"));
                    }
                }
            }
        }
        assert_eq!(
            table,
            "visiteur: published public\nvisiteur: archived public\n\
             partenaire: published public\npartenaire: published partners\npartenaire: archived public\npartenaire: archived partners\n\
             agent d’ailleurs: published public\nagent d’ailleurs: published partners\nagent d’ailleurs: published internal\n\
             agent d’ailleurs: archived public\nagent d’ailleurs: archived partners\nagent d’ailleurs: archived internal\n\
             agent d’ici: draft public\nagent d’ici: draft partners\nagent d’ici: draft internal\n\
             agent d’ici: submitted public\nagent d’ici: submitted partners\nagent d’ici: submitted internal\n\
             agent d’ici: published public\nagent d’ici: published partners\nagent d’ici: published internal\n\
             agent d’ici: archived public\nagent d’ici: archived partners\nagent d’ici: archived internal\n"
        );
    }
}
