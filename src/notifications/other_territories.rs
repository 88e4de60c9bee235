//! « Dans les autres MDS »: each Monday, every agent is told what the others do. One set of queries for all of them.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::accounts::model::{Account, Actor, Role, Viewer};
use crate::accounts::{self, sign_in};
use crate::db::Conn;
use crate::error::Result;
use crate::http::paths;
use crate::instance::model::Instance;
use crate::kernel::email::mailbox;
use crate::kernel::ids::AccountId;
use crate::kernel::{Chance, Moment, Zone};
use crate::mail::outgoing::{self, Outgoing};
use crate::mail::{Leased, choices};
use crate::notifications::subscriptions;
use crate::sharing::model::{What, Window, choose};
use crate::sharing::news::{self, Item, Material};
use crate::sharing::{letters, model};
use crate::territories::model::Atlas;
use crate::{instance, territories};

/// The kind of mail, and the job that writes it.
pub const LETTER: &str = "other_territories";

/// A letter is read in two minutes: the rest is on the page.
const MOST: usize = 12;

pub use model::last_letter;

/// What every letter is written from.
struct Around<'a> {
    material: &'a Material,
    atlas: Atlas,
    instance: Instance,
    zone: &'a Zone,
    now: Moment,
}

/// Queues this Monday's letters, and keeps how far each agent was told; answers how many leave. Who stopped them is told nothing, and
/// begins where the others are the day they resume; who has nothing to read is not written to.
pub fn write_letters(conn: &mut Conn, now: Moment, chance: &Chance, zone: &Zone) -> Result<usize> {
    let monday = last_letter(now, zone);
    let mut agents = accounts::service::active_with_role(conn, &[Role::Worker, Role::Manager])?;
    agents.retain(|agent| !agent.territories.is_empty());
    let due = letters::due(conn, agents, monday)?;
    let Some(from) = due.iter().map(|(_, window)| window.from).min() else { return Ok(0) };
    let ids: Vec<AccountId> = due.iter().map(|(agent, _)| agent.id.clone()).collect();
    let mut themes = letters::themes(conn, &ids)?;
    subscriptions::service::add_themes(conn, &mut themes, &ids)?;
    let stopped = choices::who_stopped(conn, LETTER)?;
    // All that is published is looked at; each reader's own rights come after.
    let everything = Viewer(Some(Actor::command_line()));
    let material = news::material(conn, &everything, Window { from, until: monday }, zone)?;
    let around = Around { material: &material, atlas: territories::service::atlas(conn)?, instance: instance::service::get(conn)?.0, zone, now };
    letters::told(conn, &ids, monday)?;
    let wanted = due.into_iter().filter(|(agent, _)| !stopped.contains(&mailbox(&agent.email))).collect();
    outgoing::enqueue(conn, now, chance, around.mails(wanted, &themes))
}

/// The records that a letter tells of, by kind and identifier; none for any other mail.
pub fn told(mail: &Leased) -> Vec<(String, String)> {
    let params: Value = if mail.template == LETTER { serde_json::from_str(&mail.params).unwrap_or_default() } else { Value::Null };
    let items = params["groups"].as_array().into_iter().flatten().filter_map(|group| group["items"].as_array()).flatten();
    items.filter_map(|item| Some((item["kind"].as_str()?.to_owned(), item["id"].as_str()?.to_owned()))).collect()
}

impl Around<'_> {
    fn mails(&self, due: Vec<(Account, Window)>, themes: &BTreeMap<AccountId, BTreeSet<String>>) -> Vec<Outgoing> {
        // Agents of one place read of the same: what is news for them is looked for once.
        let mut teams: BTreeMap<(Window, Role, BTreeSet<String>), Vec<Account>> = BTreeMap::new();
        for (agent, window) in due {
            teams.entry((window, agent.role, agent.territories.clone())).or_default().push(agent);
        }
        let mut mails = Vec::new();
        for ((window, ..), agents) in teams {
            let Some(one) = agents.first() else { continue };
            let actor = sign_in::actor_in(one.clone(), &self.atlas);
            let own = news::own_places(&actor, &self.atlas, &self.instance.departement);
            let viewer = Viewer(Some(actor));
            let mut items = self.material.news(window);
            items.retain(|item| item.stands(self.now) && news::is_elsewhere(item, &own) && item.may_be_read(&viewer));
            mails.extend(agents.iter().filter_map(|agent| self.mail(agent, window, &items, themes.get(&agent.id))));
        }
        mails
    }

    /// None: there is nothing to tell.
    fn mail(&self, agent: &Account, window: Window, items: &[Item<'_>], themes: Option<&BTreeSet<String>>) -> Option<Outgoing> {
        let none = BTreeSet::new();
        let themes = themes.unwrap_or(&none);
        let (chosen, rest) = choose(items, |item| item.themes(), themes, MOST);
        let first = chosen.first()?;
        let groups: Vec<Value> = What::ALL
            .iter()
            .filter_map(|what| {
                let of: Vec<Value> =
                    chosen.iter().filter(|item| item.what == *what).map(|item| item.json(&self.atlas, &self.instance, themes, self.zone)).collect();
                (!of.is_empty()).then(|| json!({ "heading": what.heading(), "items": of }))
            })
            .collect();
        let params = json!({
            "name": agent.name, "from": window.from, "until": window.until.plus(-1), "title": first.title(), "count": items.len(), "more": items.len() - 1,
            "groups": groups, "rest": rest, "link": paths::OTHER_TERRITORIES,
        });
        let key = format!("{LETTER}:{}:{}", agent.id, window.from);
        Some(Outgoing { recipient: agent.email.clone(), template: LETTER, params, record: None, key })
    }
}
