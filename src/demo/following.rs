//! What people of the demonstration follow.

use std::collections::BTreeMap;

use super::Present;
use super::people::Actors;
use crate::accounts::model::Viewer;
use crate::db::Conn;
use crate::error::Result;
use crate::events::Record;
use crate::kernel::EmailAddress;
use crate::kernel::ids::OrganisationId;
use crate::notifications::subscriptions::service::{self, Asked};
use crate::notifications::subscriptions::{Owner, Rhythm, Target};

/// An address that follows without an account.
const ADDRESS: &str = "accueil@centre-social-loudun.example";

pub fn save(conn: &mut Conn, present: &Present<'_>, actors: &Actors, organisations: &BTreeMap<String, OrganisationId>) -> Result<()> {
    let asked = Asked { now: present.days_ago(60), today: present.today, chance: present.chance };
    let search = |text: &str| Target::Search(text.to_owned());
    for actor in actors.all() {
        let wanted = match actor.email.as_str() {
            "agent@vienne.example" => vec![(search("q=budget&type=action"), Rhythm::Weekly), (search("type=meeting&territory=86"), Rhythm::Daily)],
            "responsable@vienne.example" => vec![(search("type=convention"), Rhythm::Weekly)],
            "partenaire@comptes-clairs.example" => vec![(search("type=action&type=meeting"), Rhythm::Weekly)],
            _ => continue,
        };
        for (target, rhythm) in wanted {
            service::follow(conn, &Viewer(Some(actor.clone())), target, rhythm, present.zone, asked)?;
        }
        if let Some(id) = organisations.values().next().filter(|_| actor.email == "agent@vienne.example") {
            service::follow(conn, &Viewer(Some(actor.clone())), Target::Record(Record::partner(id)), Rhythm::Immediate, present.zone, asked)?;
        }
    }
    let Some(email) = EmailAddress::parse(ADDRESS) else { return Ok(()) };
    service::ask(conn, &email, search("type=action&territory=86137"), Rhythm::Weekly, "Actions collectives, Loudun", asked)?;
    let owner = Owner::Address(email.mailbox());
    if let Some(reader) = service::reader(conn, &owner)? {
        let secret = reader.manage.rsplit('/').next().unwrap_or_default().to_owned();
        let bearer = service::bearer(conn, &secret)?;
        let ids: Vec<_> = service::of(conn, &owner)?.into_iter().map(|one| one.id).collect();
        service::confirm(conn, &bearer, &ids, asked.now, present.chance)?;
    }
    Ok(())
}
