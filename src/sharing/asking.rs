//! A question to a colleague: a mail that they answer to whoever asks. It is kept nowhere else.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::colleagues;
use crate::accounts;
use crate::accounts::model::{By, Viewer};
use crate::accounts::sign_in;
use crate::actions::service as actions;
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::http::paths;
use crate::kernel::Day;
use crate::kernel::given::Given;
use crate::kernel::ids::{AccountId, ActionId};
use crate::mail::message::REPLY_TO;
use crate::mail::outgoing::{self, Outgoing};

const KIND: &str = "colleague_question";
pub const QUESTION_MAX: usize = 5_000;
const MOST_A_DAY: i64 = 20;

/// A text that is asked or answered: bounded, and not empty.
pub fn text(name: &str, typed: &str, missing: &str) -> Result<String> {
    let mut given = Given::default();
    let text = given.text(name, &Value::from(typed), QUESTION_MAX).trim().to_owned();
    if text.is_empty() {
        given.errors.add(name, missing);
    }
    given.errors.into_result()?;
    Ok(text)
}

/// Sends a colleague a question, about an action that both may read or none. The same one twice in a day leaves once.
pub fn ask(conn: &mut Conn, by: By<'_>, colleague: &AccountId, question: &str, about: Option<&ActionId>, today: Day) -> Result<()> {
    let (true, Some(asker)) = (by.actor.is_agent(), &by.actor.id) else {
        return Err(Error::Forbidden("Les questions se posent entre agents, depuis leur compte.".into()));
    };
    let colleague = colleagues::find(conn, by.actor, colleague)?;
    let question = text("question", question, "Écrivez votre question.")?;
    let action = match about {
        None => None,
        Some(id) => {
            let theirs = Viewer(Some(sign_in::actor(conn, colleague.clone())?));
            let unknown = |error| match error {
                Error::NotFound => Error::field("about", "Choisissez une action que vous pouvez lire tous les deux."),
                error => error,
            };
            actions::find(conn, &theirs, id).map_err(unknown)?;
            Some(actions::find(conn, &Viewer(Some(by.actor.clone())), id).map_err(unknown)?)
        }
    };
    let asked_today = format!("{KIND}:{asker}:{today}:");
    if outgoing::count(conn, KIND, &asked_today)? >= MOST_A_DAY {
        return Err(Error::field("question", format!("Vous avez déjà posé {MOST_A_DAY} questions aujourd’hui. Gardez celle-ci pour demain.")));
    }
    let said = Sha256::digest(format!("{}\n{}\n{question}", colleague.id, about.map(ActionId::as_str).unwrap_or_default()).as_bytes());
    let said: String = said.iter().map(|byte| format!("{byte:02x}")).collect();
    let (link, button) = match &action {
        Some(action) => (paths::action(&action.id, &action.fields.title), "Voir l’action"),
        None => (paths::WHO_KNOWS.to_owned(), "Qui sait faire ?"),
    };
    let job = accounts::service::find(conn, asker)?.job;
    let params = json!({
        "name": colleague.name, "actor": by.actor.name, "job": job, "email": by.actor.email, "question": question,
        "title": action.as_ref().map(|action| &action.fields.title), "link": link, "button": button, REPLY_TO: by.actor.email,
    });
    // About no record: whoever writes the action need not know who asks whom.
    let mail = Outgoing { recipient: colleague.email, template: KIND, params, record: None, key: format!("{asked_today}{said}") };
    outgoing::tell(conn, by.now, by.chance, ("action", "question"), [mail]).map(drop)
}
