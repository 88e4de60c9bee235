//! Who may do what with an organisation: pure functions of the actor, the organisation, and what it serves.

use std::collections::BTreeSet;

use super::model::{OrganisationFields, Partner};
use super::service::World;
use crate::error::Error;
use crate::kernel::Visibility;
use crate::kernel::actor::{Actor, Role, Viewer};
use crate::kernel::ids::OrganisationId;

/// What the rights of an organisation depend on.
#[derive(Clone, Debug)]
pub struct Subject<'a> {
    pub id: &'a OrganisationId,
    pub visibility: Visibility,
    /// What it serves, and all that lies in it.
    pub served: BTreeSet<String>,
}

/// The codes that an organisation serves, and all that lies in them. While nobody knows what it serves nor where it is, it is the
/// Département's: its managers', and no territory's.
pub fn served(fields: &OrganisationFields, world: &World) -> BTreeSet<String> {
    let places = fields.places();
    if places.is_empty() {
        return BTreeSet::from([world.instance.departement.clone()]);
    }
    places.iter().flat_map(|code| world.atlas.inside(code)).collect()
}

impl<'a> Subject<'a> {
    pub fn of(partner: &'a Partner, world: &World) -> Self {
        Self { id: &partner.id, visibility: partner.fields.visibility, served: served(&partner.fields, world) }
    }
}

fn is_own(actor: &Actor, id: &OrganisationId) -> bool {
    actor.role == Role::Partner && actor.organisation_id.as_ref() == Some(id)
}

/// Reading. What is not readable is not found.
pub fn may_read(viewer: &Viewer, id: &OrganisationId, visibility: Visibility) -> bool {
    viewer.clearance().contains(&visibility) || viewer.actor().is_some_and(|actor| is_own(actor, id))
}

/// Knowing the contacts that are not for everybody.
pub fn may_see_contacts(viewer: &Viewer, id: &OrganisationId) -> bool {
    viewer.is_agent() || viewer.actor().is_some_and(|actor| is_own(actor, id))
}

/// Deciding for the département: of a correction, of a merge.
pub fn may_decide(actor: &Actor, subject: &Subject<'_>) -> bool {
    match actor.role {
        Role::Administrator => true,
        Role::Manager => actor.reaches(&subject.served),
        Role::Worker | Role::Partner => false,
    }
}

/// Writing: a partner their own organisation, and whoever decides.
pub fn may_write(actor: &Actor, subject: &Subject<'_>) -> bool {
    is_own(actor, subject.id) || may_decide(actor, subject)
}

/// Suggesting what one may not write.
pub fn may_suggest(actor: &Actor, subject: &Subject<'_>) -> bool {
    actor.is_agent() && !may_write(actor, subject)
}

pub fn may_create(actor: &Actor) -> bool {
    matches!(actor.role, Role::Manager | Role::Administrator)
}

/// Taking away what nothing leans on.
pub fn may_remove(actor: &Actor) -> bool {
    actor.is_administrator()
}

pub fn not_yours() -> Error {
    Error::Forbidden(
        "La fiche d’un partenaire est tenue par le partenaire lui-même et par les responsables des territoires qu’il dessert. Vous pouvez proposer une correction.".into(),
    )
}

pub fn not_created_here() -> Error {
    Error::Forbidden("Les partenaires sont ajoutés par les responsables et les administrateurs. Demandez-le à votre responsable.".into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::{Chance, Moment};

    fn ids() -> [OrganisationId; 2] {
        [1, 2].map(|seed| OrganisationId::new(Moment::from_micros(0), &Chance::seeded(seed)))
    }

    fn actor(role: Role, reach: &[&str], organisation: Option<&OrganisationId>) -> Actor {
        let reach: BTreeSet<String> = reach.iter().map(|code| (*code).to_owned()).collect();
        Actor { role, territories: reach.clone(), reach, organisation_id: organisation.cloned(), ..Actor::command_line() }
    }

    #[test]
    fn the_table_of_roles_and_places() {
        let [own, other] = ids();
        let mut table = String::new();
        for (place, served) in [("ici", vec!["MDS-A"]), ("nulle part", vec!["86"])] {
            let served = served.into_iter().map(str::to_owned).collect();
            let subject = Subject { id: &own, visibility: Visibility::Public, served };
            for (who, actor) in [
                ("partenaire", actor(Role::Partner, &[], Some(&own))),
                ("autre partenaire", actor(Role::Partner, &["MDS-A"], Some(&other))),
                ("agent d’ici", actor(Role::Worker, &["MDS-A"], Some(&own))),
                ("responsable d’ici", actor(Role::Manager, &["MDS-A"], None)),
                ("responsable d’ailleurs", actor(Role::Manager, &["MDS-B"], None)),
                ("responsable du Département", actor(Role::Manager, &["86", "MDS-A", "MDS-B"], None)),
                ("administrateur", actor(Role::Administrator, &[], None)),
            ] {
                let mut may = Vec::new();
                for (what, is) in [
                    ("write", may_write(&actor, &subject)),
                    ("decide", may_decide(&actor, &subject)),
                    ("suggest", may_suggest(&actor, &subject)),
                    ("contacts", may_see_contacts(&Viewer(Some(actor.clone())), &own)),
                    ("create", may_create(&actor)),
                    ("remove", may_remove(&actor)),
                ] {
                    may.extend(is.then_some(what));
                }
                table.push_str(&format!("{place}, {who}: {}\n", may.join(" ")));
            }
        }
        assert_eq!(
            table,
            "ici, partenaire: write contacts\n\
             ici, autre partenaire: \n\
             ici, agent d’ici: suggest contacts\n\
             ici, responsable d’ici: write decide contacts create\n\
             ici, responsable d’ailleurs: suggest contacts create\n\
             ici, responsable du Département: write decide contacts create\n\
             ici, administrateur: write decide contacts create remove\n\
             nulle part, partenaire: write contacts\n\
             nulle part, autre partenaire: \n\
             nulle part, agent d’ici: suggest contacts\n\
             nulle part, responsable d’ici: suggest contacts create\n\
             nulle part, responsable d’ailleurs: suggest contacts create\n\
             nulle part, responsable du Département: write decide contacts create\n\
             nulle part, administrateur: write decide contacts create remove\n"
        );
    }

    #[test]
    fn what_it_serves_is_its_area_else_its_commune_else_the_departments() {
        let world = World { instance: crate::instance::model::Instance::default(), atlas: crate::territories::model::Atlas::default() };
        let of = |area: &[&str], commune: Option<&str>| {
            let area = area.iter().map(|code| (*code).to_owned()).collect();
            served(&OrganisationFields { area, commune: commune.map(str::to_owned), ..OrganisationFields::default() }, &world)
        };
        let departement = world.instance.departement.as_str();
        assert!(of(&["86194"], Some("86137")).contains("86194") && !of(&["86194"], Some("86137")).contains("86137"));
        assert!(of(&[], Some("86137")).contains("86137") && !of(&[], Some("86137")).contains(departement));
        assert_eq!(of(&[], None), BTreeSet::from([departement.to_owned()]));
    }

    #[test]
    fn reading_follows_level_and_belonging() {
        let [own, other] = ids();
        let reads = |viewer: &Viewer| Visibility::ALL.iter().filter(|level| may_read(viewer, &own, **level)).count();
        assert_eq!(reads(&Viewer::visitor()), 1);
        assert_eq!(reads(&Viewer(Some(actor(Role::Partner, &[], Some(&other))))), 2);
        assert_eq!(reads(&Viewer(Some(actor(Role::Partner, &[], Some(&own))))), 3);
        assert_eq!(reads(&Viewer(Some(actor(Role::Worker, &[], None)))), 3);
    }
}
