//! « Dans les autres MDS »: each Monday, every agent is told what the others do. One set of queries for all of them.
//!
//! A letter that is about to leave and tells of something that its reader may no longer read is cancelled, and written again without it.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::accounts::model::{Account, Actor, Role, Viewer};
use crate::accounts::{self, sign_in};
use crate::db::Conn;
use crate::error::Result;
use crate::http::paths;
use crate::instance::model::Instance;
use crate::kernel::email::mailbox;
use crate::kernel::ids::{AccountId, MailId};
use crate::kernel::{Chance, Day, Moment, Zone};
use crate::mail::outgoing::{self, Outgoing, TOLD};
use crate::mail::{Leased, choices};
use crate::notifications::subscriptions;
use crate::notifications::table::Because;
use crate::sharing::model::{What, Window, choose};
use crate::sharing::news::{self, Item, Material};
use crate::sharing::{letters, model};
use crate::territories::model::Atlas;
use crate::{instance, territories};

/// The kind of mail, and the job that writes it.
pub const LETTER: &str = "other_territories";

const MONDAY: Because = ("action", "monday");

/// A letter is read in two minutes: the rest is on the page.
const MOST: usize = 12;

pub use model::last_letter;

/// What a letter tells: its days, the records by kind and identifier, and those that it leaves out since its reader may no longer read them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    from: Day,
    until: Day,
    pub records: Vec<(String, String)>,
    pub without: BTreeSet<(String, String)>,
}

impl Told {
    /// None: it is no letter.
    pub fn of(mail: &Leased) -> Option<Self> {
        let mut params: Value = if mail.template == LETTER { serde_json::from_str(&mail.params).ok()? } else { return None };
        serde_json::from_value(params[TOLD].take()).ok()
    }
}

/// A letter to write.
struct Due {
    agent: Account,
    window: Window,
    without: BTreeSet<(String, String)>,
    key: String,
}

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
    let ids: Vec<AccountId> = due.iter().map(|(agent, _)| agent.id.clone()).collect();
    letters::told(conn, &ids, monday)?;
    let stopped = choices::who_stopped(conn, LETTER)?;
    let wanted = due.into_iter().filter(|(agent, _)| !stopped.contains(&mailbox(&agent.email)));
    let wanted = wanted.map(|(agent, window)| Due { key: key(&agent, window), agent, window, without: BTreeSet::new() });
    let mails = compose(conn, wanted.collect(), now, zone)?;
    outgoing::tell(conn, now, chance, MONDAY, mails)
}

/// Queues letters again, without what their readers may no longer read; one that tells nothing else is not written. Each at most once,
/// whatever runs twice.
pub fn write_again(conn: &mut Conn, letters: Vec<(Account, Told, MailId)>, now: Moment, chance: &Chance, zone: &Zone) -> Result<()> {
    let due = letters.into_iter().map(|(agent, told, instead_of)| {
        let window = Window { from: told.from, until: told.until };
        Due { key: format!("{}:{instead_of}", key(&agent, window)), agent, window, without: told.without }
    });
    let mails = compose(conn, due.collect(), now, zone)?;
    outgoing::tell(conn, now, chance, MONDAY, mails).map(drop)
}

fn key(agent: &Account, window: Window) -> String {
    format!("{LETTER}:{}:{}", agent.id, window.from)
}

fn compose(conn: &mut Conn, due: Vec<Due>, now: Moment, zone: &Zone) -> Result<Vec<Outgoing>> {
    let ends = due.iter().map(|due| due.window.from).min().zip(due.iter().map(|due| due.window.until).max());
    let Some((from, until)) = ends else { return Ok(Vec::new()) };
    let ids: Vec<AccountId> = due.iter().map(|due| due.agent.id.clone()).collect();
    let mut themes = letters::themes(conn, &ids)?;
    subscriptions::service::add_themes(conn, &mut themes, &ids)?;
    // All that is published is looked at; each reader's own rights come after.
    let everything = Viewer(Some(Actor::command_line()));
    let material = news::material(conn, &everything, Window { from, until }, zone)?;
    let around = Around { material: &material, atlas: territories::service::atlas(conn)?, instance: instance::service::get(conn)?.0, zone, now };
    Ok(around.mails(due, &themes))
}

impl Around<'_> {
    fn mails(&self, due: Vec<Due>, themes: &BTreeMap<AccountId, BTreeSet<String>>) -> Vec<Outgoing> {
        // Agents of one place read of the same: what is news for them is looked for once.
        let mut teams: BTreeMap<(Window, Role, BTreeSet<String>), Vec<Due>> = BTreeMap::new();
        for due in due {
            teams.entry((due.window, due.agent.role, due.agent.territories.clone())).or_default().push(due);
        }
        let mut mails = Vec::new();
        for ((window, ..), team) in teams {
            let Some(one) = team.first() else { continue };
            let actor = sign_in::actor_in(one.agent.clone(), &self.atlas);
            let own = news::own_places(&actor, &self.atlas, &self.instance.departement);
            let viewer = Viewer(Some(actor));
            let mut items = self.material.news(window);
            items.retain(|item| item.stands(self.now) && news::is_elsewhere(item, &own) && item.may_be_read(&viewer));
            mails.extend(team.into_iter().filter_map(|due| {
                let themes = themes.get(&due.agent.id);
                let left: Vec<Item<'_>> = items.iter().filter(|item| !due.without.contains(&named(item))).copied().collect();
                self.mail(due, &left, themes)
            }));
        }
        mails
    }

    /// None: there is nothing to tell.
    fn mail(&self, due: Due, items: &[Item<'_>], themes: Option<&BTreeSet<String>>) -> Option<Outgoing> {
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
        let Window { from, until } = due.window;
        let told = Told { from, until, records: chosen.iter().map(|item| named(item)).collect(), without: due.without };
        let params = json!({
            "name": due.agent.name, "from": from, "until": until.plus(-1), "title": first.title(), "count": items.len(), "more": items.len() - 1,
            "groups": groups, "rest": rest, "link": paths::OTHER_TERRITORIES, TOLD: told,
        });
        Some(Outgoing { recipient: due.agent.email, template: LETTER, params, record: None, key: due.key })
    }
}

fn named(item: &Item<'_>) -> (String, String) {
    let record = item.record();
    (record.kind.to_owned(), record.id)
}
