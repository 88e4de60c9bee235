//! Who is told of a convention: what its reading-over decided; then its term, one mail a person and a day, whatever is due.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::accounts::model::{Account, By};
use crate::actions;
use crate::actions::model::Stage;
use crate::conventions::model::Verb;
use crate::conventions::watching::{self, Watched};
use crate::db::Conn;
use crate::error::Result;
use crate::events::Record;
use crate::http::paths;
use crate::kernel::ids::{ActionId, ConventionId, OrganisationId};
use crate::kernel::{Chance, Day, Moment, ids};
use crate::mail::outgoing::{Outgoing, TOLD};
use crate::notifications::inbox;
use crate::partners;

/// The mails of a step of its life. Nobody is told of what they did themselves.
pub fn moved(conn: &mut Conn, by: By<'_>, id: &ConventionId, verb: Verb, comment: &str) -> Result<Vec<Outgoing>> {
    let template = match verb {
        Verb::Submit => "convention_submitted",
        Verb::Return => "convention_returned",
        Verb::Validate => "convention_validated",
        _ => return Ok(Vec::new()),
    };
    let moved = watching::moved(conn, id, by.actor)?;
    let people = if verb == Verb::Submit { moved.deciders } else { moved.writers };
    let fields = moved.convention.stored_fields();
    let event = ids::new(by.now, by.chance);
    let told = people.into_iter().filter(|account| !by.actor.is(Some(&account.id)));
    let mails = told.map(|account| Outgoing {
        params: json!({
            "name": account.name, "actor": by.actor.name, "title": fields.object, "reference": moved.convention.number, "comment": comment, "link": paths::convention(id),
        }),
        key: format!("{event}:{}", account.id),
        recipient: account.email,
        template,
        record: Some(Record::convention(id)),
    });
    Ok(mails.collect())
}

/// The people of one kind of mail, each with what it says to them.
type Grouped = BTreeMap<String, (Account, Vec<Value>)>;

/// Queues what is due today, and keeps in the ledger that it was told; answers how many mails leave.
pub fn remind(conn: &mut Conn, now: Moment, today: Day, chance: &Chance) -> Result<usize> {
    let watched = watching::watched(conn, now, today)?;
    let ledger = watching::ledger(conn, &watched)?;
    let (mut followers, mut authors) = (Grouped::new(), Grouped::new());
    let mut told = Vec::new();
    for one in &watched {
        let due = one.due(conn, today, &ledger)?;
        if due.told.is_empty() {
            continue;
        }
        let item = item(conn, one, today)?;
        for (people, grouped) in [(&due.followers, &mut followers), (&due.authors, &mut authors)] {
            for account in people {
                grouped.entry(account.id.to_string()).or_insert_with(|| (account.clone(), Vec::new())).1.push(item.clone());
            }
        }
        told.extend(due.told);
    }
    watching::keep_told(conn, &told, now)?;
    let day = ids::new(now, chance);
    let mails = [("convention_reminder", followers), ("convention_ending", authors)];
    let mails = mails.into_iter().flat_map(|(template, people)| people.into_values().map(move |(account, items)| (template, account, items)));
    let mails = mails.map(|(template, account, items)| mail(&day, template, &account, &items));
    inbox::deliver(conn, now, chance, ("convention", "term_nears"), mails)
}

fn mail(day: &str, template: &'static str, account: &Account, items: &[Value]) -> Outgoing {
    let more = items.len() > 1;
    let (link, button) = match items {
        [one] => (one["href"].clone(), "Ouvrir la convention"),
        _ => (json!(paths::CONVENTIONS_ENDING), "Voir les échéances"),
    };
    let params = json!({
        "name": account.name, "title": items[0]["title"], "more": more, "count": items.len(), "items": items, "link": link, "button": button,
        TOLD: items.iter().map(|item| json!(["convention", item["id"]])).collect::<Vec<_>>(),
    });
    Outgoing { recipient: account.email.clone(), template, params, record: None, key: format!("{day}:{template}:{}", account.id) }
}

/// What a mail says of one convention.
fn item(conn: &mut Conn, watched: &Watched, today: Day) -> Result<Value> {
    let fields = &watched.standing.fields;
    let mut parties = Vec::new();
    for id in fields.partners().filter_map(OrganisationId::parse) {
        parties.push(partners::service::find(conn, &id)?.name);
    }
    let actions: Vec<ActionId> = fields.actions.iter().filter_map(|id| ActionId::parse(id)).collect();
    let mut actions = actions::store::by_ids(conn, &actions)?;
    // What is not published yet is its authors' own.
    actions.retain(|action| matches!(action.life.stage, Stage::Published | Stage::Archived));
    let actions: Vec<String> = actions.into_iter().map(|action| format!("« {} »", action.fields.title)).collect();
    Ok(json!({
        "id": watched.convention.id,
        "title": fields.object,
        "reference": watched.convention.number,
        "parties": parties.join(", "),
        "sentence": watched.watch.sentence(today),
        "actions": actions.join(", "),
        "href": paths::convention(&watched.convention.id),
    }))
}
