//! Who may do what with a convention: pure functions of the actor, its level, places and parties, and its stage.

use super::model::life::{Stage, Verb};
use super::model::{ConventionFields, Level};
use crate::accounts::model::{Actor, Role, Viewer};
use crate::kernel::Visibility;

/// The stages in which a partner sees a convention of theirs: once it has its number.
pub const SHOWN_TO_PARTIES: [Stage; 3] = [Stage::ToSign, Stage::Signing, Stage::Signed];

/// What the rights of a convention depend on.
#[derive(Clone, Debug)]
pub struct Subject<'a> {
    pub stage: Stage,
    pub visibility: Visibility,
    pub level: Level,
    pub territories: &'a [String],
    pub partners: Vec<&'a str>,
    /// The code of the instance's département.
    pub departement: &'a str,
}

impl<'a> Subject<'a> {
    pub fn of(fields: &'a ConventionFields, stage: Stage, departement: &'a str) -> Self {
        Self {
            stage,
            visibility: fields.visibility,
            level: fields.level,
            territories: &fields.territories,
            partners: fields.partners().collect(),
            departement,
        }
    }

    fn is_partys(&self, actor: &Actor) -> bool {
        actor.organisation_id.as_ref().is_some_and(|id| self.partners.contains(&id.as_str()))
    }
}

/// Reading. What is not readable is not found.
pub fn may_read(viewer: &Viewer, subject: &Subject<'_>) -> bool {
    if subject.stage == Stage::Signed && viewer.clearance().contains(&subject.visibility) {
        return true;
    }
    match viewer.actor() {
        None => false,
        Some(actor) if actor.role == Role::Partner => SHOWN_TO_PARTIES.contains(&subject.stage) && subject.is_partys(actor),
        Some(actor) => subject.stage != Stage::Draft || may_write(actor, subject),
    }
}

/// Writing, its stage left aside: managers of the territory; of the département for what is at its level.
pub fn may_write(actor: &Actor, subject: &Subject<'_>) -> bool {
    match actor.role {
        Role::Administrator => true,
        Role::Manager => match subject.level {
            Level::Departement => actor.reach.contains(subject.departement),
            Level::Mds => actor.reaches(subject.territories),
        },
        Role::Worker | Role::Partner => false,
    }
}

pub fn may_create(actor: &Actor) -> bool {
    matches!(actor.role, Role::Manager | Role::Administrator)
}

/// Carrying out a verb, its stage left aside.
pub fn may(actor: &Actor, verb: Verb, subject: &Subject<'_>) -> bool {
    verb.is_for(actor.role) && may_write(actor, subject)
}

/// The verbs that an actor may carry out now.
pub fn verbs(actor: &Actor, subject: &Subject<'_>) -> Vec<Verb> {
    Verb::ALL.iter().filter(|verb| verb.leads(subject.stage).is_some() && may(actor, **verb, subject)).copied().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conventions::model::Party;
    use crate::kernel::ids::OrganisationId;

    fn actor(role: Role, reach: &[&str], organisation: Option<&str>) -> Actor {
        let reach: std::collections::BTreeSet<String> = reach.iter().map(|code| (*code).to_owned()).collect();
        let organisation_id = organisation.map(OrganisationId::after);
        Actor { role, territories: reach.clone(), reach, organisation_id, ..Actor::command_line() }
    }

    fn fields(level: Level, visibility: Visibility) -> ConventionFields {
        let parties = vec![Party::default(), Party { partner: Some("CAF".into()), ..Party::default() }];
        ConventionFields { level, visibility, parties, territories: vec!["MDS-A".into()], ..ConventionFields::default() }
    }

    #[test]
    fn writing_follows_the_level() {
        let mut table = String::new();
        for (who, actor) in [
            ("agent", actor(Role::Worker, &["MDS-A", "86"], None)),
            ("partenaire", actor(Role::Partner, &[], Some("CAF"))),
            ("responsable de MDS", actor(Role::Manager, &["MDS-A"], None)),
            ("responsable d’ailleurs", actor(Role::Manager, &["MDS-B"], None)),
            ("responsable du Département", actor(Role::Manager, &["86", "MDS-A", "MDS-B"], None)),
            ("administrateur", actor(Role::Administrator, &[], None)),
        ] {
            for level in Level::ALL {
                if may_write(&actor, &Subject::of(&fields(*level, Visibility::Internal), Stage::Draft, "86")) {
                    table.push_str(&format!("{who}: {level}\n"));
                }
            }
        }
        assert_eq!(
            table,
            "responsable de MDS: mds\nresponsable du Département: departement\nresponsable du Département: mds\n\
             administrateur: departement\nadministrateur: mds\n"
        );
    }

    #[test]
    fn reading_follows_stage_level_and_party() {
        let mut table = String::new();
        for (who, viewer) in [
            ("visiteur", Viewer::visitor()),
            ("partenaire", Viewer(Some(actor(Role::Partner, &[], Some("CPAM"))))),
            ("partie", Viewer(Some(actor(Role::Partner, &[], Some("CAF"))))),
            ("agent", Viewer(Some(actor(Role::Worker, &["MDS-A"], None)))),
            ("responsable", Viewer(Some(actor(Role::Manager, &["MDS-A"], None)))),
        ] {
            for visibility in Visibility::ALL {
                let fields = fields(Level::Mds, *visibility);
                let stages: Vec<&str> =
                    Stage::ALL.iter().filter(|stage| may_read(&viewer, &Subject::of(&fields, **stage, "86"))).map(Stage::as_str).collect();
                table.push_str(&format!("{who} {visibility}: {}\n", stages.join(" ")));
            }
        }
        let party = "to_sign signing signed";
        let agent = "in_review to_correct to_sign signing signed abandoned";
        assert_eq!(
            table,
            format!(
                "visiteur public: signed\nvisiteur partners: \nvisiteur internal: \n\
                 partenaire public: signed\npartenaire partners: signed\npartenaire internal: \n\
                 partie public: {party}\npartie partners: {party}\npartie internal: {party}\n\
                 agent public: {agent}\nagent partners: {agent}\nagent internal: {agent}\n\
                 responsable public: draft {agent}\nresponsable partners: draft {agent}\nresponsable internal: draft {agent}\n"
            )
        );
    }
}
