//! Who may do what with a meeting or a body: pure functions of the actor, its people and places, and its stage.

use super::model::life::{Stage, Verb};
use super::model::{Invitation, MeetingFields, Registration};
use crate::accounts::model::{Actor, Role, Viewer};
use crate::kernel::Visibility;
use crate::kernel::ids::AccountId;

/// What the rights of a meeting depend on.
#[derive(Clone, Debug)]
pub struct Subject<'a> {
    pub stage: Stage,
    pub visibility: Visibility,
    pub author: Option<&'a AccountId>,
    pub organiser: Option<&'a str>,
    /// Its own, and its body's.
    pub territories: Vec<&'a str>,
    /// The reader, or their organisation, is invited.
    pub is_invited: bool,
    /// The reader chairs its body.
    pub is_chair: bool,
}

impl<'a> Subject<'a> {
    pub fn of(fields: &'a MeetingFields, stage: Stage, author: Option<&'a AccountId>, body: Option<&'a str>) -> Self {
        let territories = fields.territories.iter().map(String::as_str).chain(body).collect();
        Self { stage, visibility: fields.visibility, author, organiser: fields.organiser.as_deref(), territories, is_invited: false, is_chair: false }
    }

    fn is_own(&self, actor: &Actor) -> bool {
        actor.is(self.author)
            || self.organiser.is_some_and(|id| actor.id.as_ref().is_some_and(|own| own.as_str() == id))
            || self.territories.iter().any(|code| actor.reach.contains(*code))
    }
}

/// Reading. What is not readable is not found.
pub fn may_read(viewer: &Viewer, subject: &Subject<'_>) -> bool {
    match (subject.stage, viewer.actor()) {
        (Stage::Draft, Some(actor)) => may_write(actor, subject),
        (Stage::Draft, None) => false,
        _ if viewer.clearance().contains(&subject.visibility) => true,
        (_, Some(actor)) => subject.is_invited || may_write(actor, subject),
        _ => false,
    }
}

/// Reading its minutes: of a meeting that one may read, once they are published; before, whoever writes them or was called.
pub fn may_read_minutes(viewer: &Viewer, subject: &Subject<'_>) -> bool {
    match (subject.stage, viewer.actor()) {
        (Stage::MinutesPublished, _) => may_read(viewer, subject),
        (Stage::MinutesInReview | Stage::MinutesApproved, Some(actor)) => subject.is_invited || may_write(actor, subject),
        (Stage::Called | Stage::Held, Some(actor)) => may_write(actor, subject),
        _ => false,
    }
}

/// Writing, its stage left aside.
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

/// Carrying out a verb, its stage left aside. The chair approves, whatever their role.
pub fn may(actor: &Actor, verb: Verb, subject: &Subject<'_>) -> bool {
    let chairs = matches!(verb, Verb::Approve | Verb::Rectify) && subject.is_chair;
    chairs || verb.is_for(actor.role) && may_write(actor, subject)
}

/// The verbs that an actor may carry out now.
pub fn verbs(actor: &Actor, subject: &Subject<'_>) -> Vec<Verb> {
    Verb::ALL.iter().filter(|verb| verb.leads(subject.stage).is_some() && may(actor, **verb, subject)).copied().collect()
}

/// Adding oneself to a meeting that one may read.
pub fn may_register(actor: &Actor, subject: &Subject<'_>, registration: Registration) -> bool {
    let is_open = match registration {
        Registration::Closed => false,
        Registration::Members => actor.is_agent(),
        Registration::Partners => true,
    };
    is_open && subject.stage == Stage::Called && actor.id.is_some() && may_read(&Viewer(Some(actor.clone())), subject)
}

/// A body: agents of its territory, and its people are known to agents and partners alone.
pub fn may_write_body(actor: &Actor, territory: &str) -> bool {
    match actor.role {
        Role::Partner => false,
        Role::Administrator => true,
        Role::Worker | Role::Manager => actor.reach.contains(territory),
    }
}

/// What is known of those invited: by whoever else is, their names; by agents, their answers; by those who write the meeting, all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sight {
    Names,
    Answers,
    All,
}

/// What a reader of the meeting knows of those invited; None: not even who they are.
pub fn sight(viewer: &Viewer, subject: &Subject<'_>) -> Option<Sight> {
    let actor = viewer.actor()?;
    match () {
        () if may_write(actor, subject) => Some(Sight::All),
        () if actor.is_agent() => Some(Sight::Answers),
        () if subject.is_invited => Some(Sight::Names),
        () => None,
    }
}

/// Theirs, or their organisation's.
pub fn is_own_invitation(actor: &Actor, one: &Invitation) -> bool {
    let organisation = one.organisation_id.as_ref();
    actor.is(one.account_id.as_ref()) || organisation.is_some() && organisation == actor.organisation_id.as_ref()
}

/// Answering an invitation: one's own, or for somebody who said so by telephone.
pub fn may_answer(actor: &Actor, subject: &Subject<'_>, one: &Invitation) -> bool {
    is_own_invitation(actor, one) || may_write(actor, subject)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn actor(role: Role, reach: &[&str]) -> Actor {
        let reach: BTreeSet<String> = reach.iter().map(|code| (*code).to_owned()).collect();
        Actor { role, territories: reach.clone(), reach, ..Actor::command_line() }
    }

    fn fields(visibility: Visibility) -> MeetingFields {
        MeetingFields { territories: vec!["MDS-A".into()], visibility, ..MeetingFields::default() }
    }

    #[test]
    fn the_table_of_roles_stages_and_verbs() {
        let fields = fields(Visibility::Partners);
        let mut table = String::new();
        for (who, actor, is_chair) in [
            ("agent d’ici", actor(Role::Worker, &["MDS-A"]), false),
            ("agent d’ailleurs", actor(Role::Worker, &["MDS-B"]), false),
            ("agent qui préside", actor(Role::Worker, &["MDS-B"]), true),
            ("partenaire", actor(Role::Partner, &["MDS-A"]), false),
            ("responsable d’ici", actor(Role::Manager, &["MDS-A"]), false),
            ("responsable d’ailleurs", actor(Role::Manager, &["MDS-B"]), false),
            ("administrateur", actor(Role::Administrator, &[]), false),
        ] {
            for stage in Stage::ALL {
                let subject = Subject { is_chair, ..Subject::of(&fields, *stage, None, None) };
                let found: Vec<&str> = verbs(&actor, &subject).iter().map(Verb::as_str).collect();
                if !found.is_empty() {
                    table.push_str(&format!("{who} {stage}: {}\n", found.join(" ")));
                }
            }
        }
        let common = |who: &str| {
            format!(
                "{who} draft: call cancel record\n{who} called: postpone reschedule cancel hold\n{who} postponed: call reschedule cancel\n\
                 {who} held: submit\n"
            )
        };
        let decider = |who: &str| {
            format!(
                "{}{who} minutes_in_review: return approve\n{who} minutes_approved: publish rectify\n{who} minutes_published: rectify\n",
                common(who)
            )
        };
        let chair = "agent qui préside";
        assert_eq!(
            table,
            format!(
                "{}agent d’ici minutes_in_review: return\nagent d’ici minutes_approved: publish\n\
                 {chair} minutes_in_review: approve\n{chair} minutes_approved: rectify\n{chair} minutes_published: rectify\n{}{}",
                common("agent d’ici"),
                decider("responsable d’ici"),
                decider("administrateur")
            )
        );
    }

    #[test]
    fn reading_follows_stage_level_place_and_invitation() {
        let mut table = String::new();
        for (who, viewer, is_invited) in [
            ("visiteur", Viewer::visitor(), false),
            ("partenaire", Viewer(Some(actor(Role::Partner, &[]))), false),
            ("partenaire invité", Viewer(Some(actor(Role::Partner, &[]))), true),
            ("agent d’ailleurs", Viewer(Some(actor(Role::Worker, &["MDS-B"]))), false),
            ("agent d’ici", Viewer(Some(actor(Role::Worker, &["MDS-A"]))), false),
        ] {
            for visibility in Visibility::ALL {
                let fields = fields(*visibility);
                let subject = |stage| Subject { is_invited, ..Subject::of(&fields, stage, None, None) };
                let meeting = Stage::ALL.iter().filter(|stage| may_read(&viewer, &subject(**stage))).count();
                let minutes: Vec<&str> = Stage::ALL.iter().filter(|stage| may_read_minutes(&viewer, &subject(**stage))).map(Stage::as_str).collect();
                table.push_str(&format!("{who} {visibility}: {meeting} {}\n", minutes.join(" ")));
            }
        }
        let published = "minutes_published";
        let called = "minutes_in_review minutes_approved minutes_published";
        let here = "called held minutes_in_review minutes_approved minutes_published";
        assert_eq!(
            table,
            format!(
                "visiteur public: 7 {published}\nvisiteur partners: 0 \nvisiteur internal: 0 \n\
                 partenaire public: 7 {published}\npartenaire partners: 7 {published}\npartenaire internal: 0 \n\
                 partenaire invité public: 7 {called}\npartenaire invité partners: 7 {called}\npartenaire invité internal: 7 {called}\n\
                 agent d’ailleurs public: 7 {published}\nagent d’ailleurs partners: 7 {published}\nagent d’ailleurs internal: 7 {published}\n\
                 agent d’ici public: 8 {here}\nagent d’ici partners: 8 {here}\nagent d’ici internal: 8 {here}\n"
            )
        );
    }
}
