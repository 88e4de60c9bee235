//! Who is told of decisions: whoever follows them, when they are given and before they are due; whoever handed a need up, when it is
//! answered.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::accounts;
use crate::accounts::model::{Account, By};
use crate::db::Conn;
use crate::decisions::model::{Happened, Step, Verb, step};
use crate::decisions::service::{self, Decision, Told};
use crate::error::Result;
use crate::events::Record;
use crate::http::paths;
use crate::kernel::ids::{AccountId, DecisionId};
use crate::kernel::text::excerpt;
use crate::kernel::{Chance, Day, Moment, ids};
use crate::mail::outgoing::{Outgoing, TOLD};
use crate::notifications::inbox;

/// The mails of what happens to a decision. Nobody is told of what they did themselves.
pub fn hear(conn: &mut Conn, by: By<'_>, id: &DecisionId, what: &Happened<'_>) -> Result<Vec<Outgoing>> {
    let decision = service::find_to_tell(conn, id)?;
    let is_given = match what {
        Happened::Taken => true,
        Happened::Changed { changed, .. } => changed.iter().any(|name| name == "responsible"),
        Happened::Moved { .. } => false,
    };
    let mut mails = Vec::new();
    if is_given {
        let people = accounts::service::active_among(conn, &service::responsible(&decision).into_iter().collect::<Vec<_>>())?;
        mails.extend(tell(by, "decision_assigned", &decision, people, &json!({})));
    }
    let is_answer = matches!(what, Happened::Taken | Happened::Moved { verb: Verb::Finish | Verb::Drop, .. });
    if let Some(need) = decision.fields.answers.as_deref().and_then(DecisionId::parse).filter(|_| is_answer) {
        mails.extend(answered(conn, by, &need, &decision)?);
    }
    Ok(mails)
}

/// What became of a need is told to whoever handed it up. The answer's own text is read on the page, by whoever may.
fn answered(conn: &mut Conn, by: By<'_>, need: &DecisionId, answer: &Decision) -> Result<Vec<Outgoing>> {
    let need = service::find_to_tell(conn, need)?;
    let people: Vec<AccountId> = service::responsible(&need).into_iter().chain(need.author_id.clone()).collect();
    let people = accounts::service::active_among(conn, &people)?;
    let is_open = answer.life.stage.is_open();
    let more = json!({
        "answer": answer.full_reference(), "body": answer.body_name.as_ref().unwrap_or(&answer.meeting_title), "is_open": is_open,
        "state": answer.life.stage.label().to_lowercase(),
    });
    Ok(tell(by, "need_answered", &need, people, &more))
}

fn tell(by: By<'_>, template: &'static str, decision: &Decision, people: Vec<Account>, more: &Value) -> Vec<Outgoing> {
    let event = ids::new(by.now, by.chance);
    let mail = |account: Account| {
        let mut params = item(decision, None);
        for (name, value) in more.as_object().into_iter().flatten() {
            params[name] = value.clone();
        }
        params["name"] = json!(account.name);
        params["actor"] = json!(by.actor.name);
        params["link"] = json!(paths::decision(&decision.id));
        let record = Some(Record::decision(&decision.id));
        Outgoing { key: format!("{event}:{template}:{}", account.id), recipient: account.email, template, params, record }
    };
    people.into_iter().filter(|account| !by.actor.is(Some(&account.id))).map(mail).collect()
}

/// What a mail says of one decision.
fn item(decision: &Decision, step: Option<Step>) -> Value {
    json!({
        "id": decision.id,
        "title": excerpt(&decision.fields.text),
        "text": decision.fields.text,
        "reference": decision.full_reference(),
        "due_on": decision.fields.due_on,
        "is_late": step == Some(Step::Late),
        "href": paths::decision(&decision.id),
    })
}

/// Queues one mail a person with all that is newly due or late today, and keeps in the ledger that it was told; answers how many leave.
pub fn remind(conn: &mut Conn, now: Moment, today: Day, chance: &Chance) -> Result<usize> {
    let (due, ledger) = service::due(conn, today)?;
    let mut people: BTreeMap<String, (Account, Vec<Value>)> = BTreeMap::new();
    let mut told = Vec::new();
    for decision in &due {
        let Some((due_on, step)) = decision.fields.due_on.and_then(|due_on| Some((due_on, step(due_on, today)?))) else { continue };
        for account in accounts::service::active_among(conn, &service::responsible(decision).into_iter().collect::<Vec<_>>())? {
            let line = Told { decision: decision.id.clone(), due_on, step, recipient: account.id.clone() };
            if ledger.contains(&line) {
                continue;
            }
            told.push(line);
            people.entry(account.id.to_string()).or_insert_with(|| (account, Vec::new())).1.push(item(decision, Some(step)));
        }
    }
    service::keep_told(conn, &told, now)?;
    let day = ids::new(now, chance);
    let mails = people.into_values().map(|(account, items)| {
        let (link, button) = match items.as_slice() {
            [one] => (one["href"].clone(), "Voir la décision"),
            _ => (json!("/mon-espace"), "Voir mes décisions"),
        };
        let params = json!({
            "name": account.name, "title": items[0]["title"], "more": items.len() > 1, "count": items.len(), "items": items, "link": link, "button": button,
            TOLD: items.iter().map(|item| json!(["decision", item["id"]])).collect::<Vec<_>>(),
        });
        Outgoing { key: format!("{day}:decisions_digest:{}", account.id), recipient: account.email, template: "decisions_digest", params, record: None }
    });
    inbox::deliver(conn, now, chance, ("decision", "day_nears"), mails)
}
