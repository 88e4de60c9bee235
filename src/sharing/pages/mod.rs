//! The pages of what brings the MDS together: one file a page.

pub mod colleagues;
pub mod group;
pub mod news;
pub mod of_action;
pub mod question;
pub mod request;

use serde_json::{Value, json};

use super::support::{Answer, Request};
use crate::accounts::model::Actor;
use crate::db::Conn;
use crate::error::Result;
use crate::http::paths;
use crate::kernel::Zone;
use crate::sharing::support;

/// What was asked and answered, as a timeline shows it.
fn told(request: &Request, answers: &[Answer]) -> Value {
    let asked = json!({ "at": request.created_at, "text": "Demande", "author": request.asker_name, "comment": request.question });
    let answered = answers.iter().map(|one| json!({ "at": one.created_at, "text": "Réponse", "author": one.author_name, "comment": one.text }));
    std::iter::once(asked).chain(answered).collect()
}

/// A request among those of an action.
fn card((request, answers): &(Request, Vec<Answer>)) -> Value {
    json!({ "href": paths::support(&request.id), "is_open": request.closed_at.is_none(), "answers": answers.len(), "told": told(request, answers) })
}

/// Lines of « Mon espace »: what colleagues ask of this person.
pub fn tasks(conn: &mut Conn, actor: &Actor, zone: &Zone) -> Result<Vec<Value>> {
    let line = |(request, title): (Request, String)| {
        let hint = format!("{} vous demande un appui depuis le {}.", request.asker_name, zone.day(request.created_at).in_short());
        json!({ "label": title, "href": paths::support(&request.id), "hint": hint, "state": "submitted", "state_label": "À lire" })
    };
    Ok(support::awaiting(conn, actor)?.into_iter().map(line).collect())
}
