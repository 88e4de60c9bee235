//! Who works in the registry of a run: three territories, their managers and workers, at a dozen mail domains.

use std::collections::BTreeMap;

use traitdunion::accounts::model::{Actor, By};
use traitdunion::accounts::service as accounts;
use traitdunion::error::Error;
use traitdunion::kernel::{Chance, Clock};
use traitdunion::territories::model::{Territory, TerritoryKind};

use crate::place::Place;

pub const DOMAINS: [&str; 12] = [
    "departement.example",
    "mds-loudun.example",
    "mds-civray.example",
    "mds-poitiers.example",
    "ccas-loudun.example",
    "ccas-poitiers.example",
    "caf.example",
    "msa.example",
    "hopital.example",
    "lent.example",
    "messagerie.example",
    "courriel.example",
];

/// Code, name and commune.
const TERRITORIES: [(&str, &str, &str); 3] =
    [("MDS-1", "MDS de Loudun", "86137"), ("MDS-2", "MDS de Civray", "86078"), ("MDS-3", "MDS de Poitiers", "86194")];

/// Nobody has this address any more: the server refuses it, for ever.
pub const GONE: &str = "agent.parti@ccas-loudun.example";

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Post {
    Manager,
    Worker,
}

#[derive(Clone, Debug)]
pub struct Person {
    pub id: String,
    pub email: String,
    pub territory: &'static str,
    pub post: Post,
    /// For the API.
    pub token: String,
}

pub struct People {
    pub all: Vec<Person>,
    by_id: BTreeMap<String, usize>,
}

impl People {
    /// Gives each territory its people. One worker's address refuses everything.
    pub fn settle(place: &Place, managers: usize, workers: usize) -> Self {
        let (robot, chance, now) = (Actor::command_line(), Chance::from_machine(), Clock::system().now());
        let by = By { actor: &robot, now, chance: &chance };
        let mut all = Vec::new();
        let written = place.db.write_now(|conn| {
            for (code, name, commune) in TERRITORIES {
                traitdunion::territories::service::save(conn, &territory(code, name, commune), now)?;
                let posts = (0..managers).map(|_| Post::Manager).chain((0..workers).map(|_| Post::Worker));
                for post in posts {
                    let number = all.len();
                    let (role, word) = if post == Post::Manager { ("manager", "responsable") } else { ("worker", "agent") };
                    let email = format!("{word}{number}@{}", DOMAINS[number % DOMAINS.len()]);
                    let email = if number + 1 == managers + workers { GONE.to_owned() } else { email };
                    let given = accounts::Given {
                        email: email.clone(),
                        name: format!("Camille {word} {number}"),
                        role: role.into(),
                        territories: vec![code.into()],
                        ..accounts::Given::default()
                    };
                    let account = accounts::add(conn, by, &given, Some("no password has this hash"))?;
                    let token = accounts::make_token(conn, by, &account.id, "mail")?;
                    all.push(Person { id: account.id.to_string(), email, territory: code, post, token });
                }
            }
            Ok::<_, Error>(())
        });
        written.expect("the people are sound");
        let by_id = all.iter().enumerate().map(|(place, person)| (person.id.clone(), place)).collect();
        Self { all, by_id }
    }

    pub fn find(&self, id: &str) -> Option<&Person> {
        self.by_id.get(id).map(|place| &self.all[*place])
    }

    pub fn of(&self, territory: &str, post: Post) -> Vec<&Person> {
        self.all.iter().filter(|person| person.territory == territory && person.post == post).collect()
    }

    pub fn places() -> Vec<Territory> {
        TERRITORIES.iter().map(|(code, name, commune)| territory(code, name, commune)).collect()
    }

    pub fn territories() -> impl Iterator<Item = &'static str> + Clone {
        TERRITORIES.iter().map(|(code, ..)| *code)
    }
}

fn territory(code: &str, name: &str, commune: &str) -> Territory {
    Territory {
        code: code.into(),
        kind: TerritoryKind::Mds,
        name: name.into(),
        within: None,
        address: String::new(),
        phone: String::new(),
        email: String::new(),
        communes: [commune.to_owned()].into(),
        parts: Default::default(),
        version: 0,
    }
}
