//! `/admin/envois`: what waits, what was given up and why, and another try.

use actix_web::{HttpResponse, web};
use serde_json::{Value, json};

use super::{Counts, Dead, Job, Lane};
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::http::admin;
use crate::http::notice::Notice;
use crate::http::visit::Visit;
use crate::mail::outgoing;

const PATH: &str = "/admin/envois";
/// The most rows on the page.
const SHOWN: i64 = 100;

pub async fn show(visit: Visit) -> Result<HttpResponse> {
    visit.administrator()?;
    let (lanes, dead) = visit
        .app
        .db
        .read(|conn| {
            let lanes = Lane::ALL.iter().map(|lane| Ok((*lane, super::counts(conn, *lane)?))).collect::<Result<Vec<_>>>()?;
            let dead = super::dead(conn, SHOWN)?.iter().map(|row| given_up(conn, row)).collect::<Result<Vec<_>>>()?;
            Ok::<_, Error>((lanes, dead))
        })
        .await?;
    let lane = |(lane, counts): &(Lane, Counts)| json!({ "label": lane.label(), "waiting": counts.waiting, "dead": counts.dead });
    let data = json!({
        "heading": "Envois",
        "breadcrumb": admin::breadcrumb(&[], "Envois"),
        "tabs": admin::tabs(&visit).await?,
        "commands": [],
        "lanes": lanes.iter().map(lane).collect::<Vec<_>>(),
        "dead": dead,
        "many": dead.len() > 1,
    });
    visit.page("admin/outbox", "Envois", data)
}

/// Gives one row another life.
pub async fn queue_again(submitted: crate::http::forms::Submitted, id: web::Path<String>) -> Result<HttpResponse> {
    let visit = submitted.visit;
    visit.administrator()?;
    let now = visit.now;
    visit.app.db.write(move |conn| super::queue_again(conn, &id, now)).await?;
    visit.app.bell.ring();
    Ok(visit.redirect(PATH, Some(Notice::QueuedAgain)))
}

/// Gives all of them another life, as after a failure of the mail server.
pub async fn queue_all_again(submitted: crate::http::forms::Submitted) -> Result<HttpResponse> {
    let visit = submitted.visit;
    visit.administrator()?;
    let now = visit.now;
    visit.app.db.write(move |conn| super::queue_all_again(conn, now)).await?;
    visit.app.bell.ring();
    Ok(visit.redirect(PATH, Some(Notice::QueuedAgain)))
}

fn given_up(conn: &mut Conn, row: &Dead) -> Result<Value> {
    let (what, whom) = match serde_json::from_str::<Job>(&row.payload) {
        Ok(Job::Mail { id }) => match outgoing::described(conn, &id)? {
            Some((recipient, subject)) => (subject, Some(recipient)),
            None => ("Un e-mail qui n’est plus gardé".to_owned(), None),
        },
        Ok(Job::Rebuild) => ("Reconstruction de la recherche".to_owned(), None),
        Ok(Job::Index { .. }) => ("Mise à jour de la recherche".to_owned(), None),
        Err(_) => ("Une tâche illisible".to_owned(), None),
    };
    let reason = row.reason.as_deref().unwrap_or_default();
    Ok(json!({
        "id": row.id, "what": what, "whom": whom, "reason": in_words(reason), "detail": reason, "attempts": row.attempts, "at": row.finished_at,
    }))
}

/// The reason of a failure as an administrator understands it. What a server or the program said stays beside it.
fn in_words(reason: &str) -> &'static str {
    let reason = reason.to_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| reason.contains(word));
    if says(&["no longer kept"]) {
        "Le texte de cet e-mail n’est plus gardé : il ne peut plus partir."
    } else if says(&["unreadable", "is no mail"]) {
        "La tâche est illisible. Elle vient sans doute d’une autre version du programme."
    } else if says(&["mail ", "template"]) {
        "L’e-mail n’a pas pu être composé. C’est un défaut du programme : signalez-le."
    } else if says(&["authentication", "credentials", "535"]) {
        "Le serveur de messagerie refuse notre identification. Vérifiez TRAITDUNION_SMTP_URL."
    } else if says(&["mailbox", "user unknown", "no such user", "recipient", "550", "551", "553"]) {
        "Le serveur de messagerie refuse cette adresse. Vérifiez qu’elle existe."
    } else if says(&["permanent error"]) {
        "Le serveur de messagerie refuse ce message."
    } else if says(&["connection", "timeout", "timed out", "network", "dns", "lookup", "transient"]) {
        "Le serveur de messagerie n’a pas répondu, malgré plusieurs essais."
    } else if says(&["no space", "permission denied", "read-only"]) {
        "Le dossier des données n’accepte plus de fichiers : vérifiez la place et les droits."
    } else if says(&["index", "search", "tantivy", "engine"]) {
        "L’index de recherche n’a pas pu être écrit."
    } else {
        "Plusieurs essais ont échoué."
    }
}

#[cfg(test)]
mod tests {
    use super::in_words;

    #[test]
    fn reasons_are_told_in_words() {
        for (reason, words) in [
            ("permanent error (550): 5.1.1 User unknown", "refuse cette adresse"),
            ("permanent error (535): 5.7.8 Authentication failed", "notre identification"),
            ("permanent error (554): spam", "refuse ce message"),
            ("Connection error: Connection refused (os error 111)", "n’a pas répondu"),
            ("mail invitation: template mail/invitation/body.txt: missing", "composé"),
            ("/data/mail: No space left on device (os error 28)", "la place"),
            ("", "Plusieurs essais"),
        ] {
            assert!(in_words(reason).contains(words), "{reason}: {}", in_words(reason));
        }
    }
}
