//! Those whose help is asked for on a draft are told; whoever asked is told of each answer.

use serde_json::json;

use crate::accounts;
use crate::accounts::model::{AccountStage, Actor, By, Role, Viewer};
use crate::db::Conn;
use crate::error::Result;
use crate::events::Record;
use crate::http::paths;
use crate::kernel::ids::{ActionId, SupportId};
use crate::mail::outgoing::Outgoing;
use crate::sharing::model::Happened;
use crate::sharing::support;

pub fn hear(conn: &mut Conn, by: By<'_>, action: &ActionId, request: &SupportId, what: Happened) -> Result<Vec<Outgoing>> {
    let seen = support::find(conn, &Viewer(Some(Actor::command_line())), request)?;
    let title = &seen.action.fields.title;
    let link = paths::support(request);
    Ok(match what {
        Happened::Closed => Vec::new(),
        Happened::Asked => support::people(conn, &seen.asked)?
            .into_iter()
            .map(|(account, reason)| {
                let params = json!({
                    "name": account.name, "actor": by.actor.name, "title": title, "question": seen.request.question, "reason": reason.as_str(), "link": link,
                });
                // About no record that its recipient could be held to read: they are asked because they cannot.
                let key = format!("support_asked:{request}:{}", account.id);
                Outgoing { recipient: account.email, template: "support_asked", params, record: None, key }
            })
            .collect(),
        Happened::Answered => {
            let Some(answer) = seen.answers.last() else { return Ok(Vec::new()) };
            let asker = accounts::service::find(conn, &seen.request.asker_id)?;
            let is_told = asker.stage == AccountStage::Active && asker.role != Role::Partner && !by.actor.is(Some(&asker.id));
            let params = json!({ "name": asker.name, "actor": answer.author_name, "title": title, "text": answer.text, "link": link });
            let key = format!("support_answered:{}", answer.id);
            let mail = Outgoing { recipient: asker.email, template: "support_answered", params, record: Some(Record::action(action)), key };
            is_told.then_some(mail).into_iter().collect()
        }
    })
}
