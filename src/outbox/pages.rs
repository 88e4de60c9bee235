//! `/admin/taches`: what waits, what was given up and why, and another try.

use actix_web::{HttpResponse, web};
use serde_json::{Value, json};

use super::{Counts, Dead, Job, Lane};
use crate::error::{Error, Result};
use crate::http::admin;
use crate::http::notice::Notice;
use crate::http::visit::Visit;
use crate::search::trouble;

const PATH: &str = "/admin/taches";
/// The most rows on the page.
const SHOWN: i64 = 100;

pub async fn show(visit: Visit) -> Result<HttpResponse> {
    visit.administrator()?;
    let (lanes, dead) = visit
        .app
        .db
        .read(|conn| {
            let lanes = Lane::ALL.iter().map(|lane| Ok((*lane, super::counts(conn, *lane)?))).collect::<Result<Vec<_>>>()?;
            let dead = super::dead(conn, SHOWN)?.iter().map(given_up).collect::<Vec<_>>();
            Ok::<_, Error>((lanes, dead))
        })
        .await?;
    let lane = |(lane, counts): &(Lane, Counts)| json!({ "label": lane.label(), "waiting": counts.waiting, "dead": counts.dead });
    let data = json!({
        "heading": "Tâches",
        "breadcrumb": admin::breadcrumb(&[], "Tâches"),
        "tabs": admin::tabs(&visit).await?,
        "commands": [],
        "lanes": lanes.iter().map(lane).collect::<Vec<_>>(),
        "dead": dead,
        "many": dead.len() > 1,
    });
    visit.page("admin/outbox", "Tâches", data)
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

fn given_up(row: &Dead) -> Value {
    let what = match serde_json::from_str::<Job>(&row.payload) {
        Ok(Job::Rebuild) => "Reconstruction de la recherche",
        Ok(Job::Index { .. }) => "Mise à jour de la recherche",
        Err(_) => "Une tâche illisible",
    };
    let reason = row.reason.as_deref().unwrap_or_default();
    json!({
        "id": row.id, "what": what, "reason": in_words(reason), "detail": reason, "attempts": row.attempts, "at": row.finished_at,
    })
}

/// The reason of a failure as an administrator understands it. What a server or the program said stays beside it.
fn in_words(reason: &str) -> &'static str {
    if let Some(trouble) = trouble::Kind::of(reason) {
        return trouble.in_words();
    }
    let reason = reason.to_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| reason.contains(word));
    if says(&["unreadable"]) {
        "La tâche est illisible. Elle vient sans doute d’une autre version du programme."
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
            ("/data/index: No space left on device (os error 28)", "la place"),
            ("search is unavailable: meilisearch has no space left: the disk is full", "libérez de la place"),
            ("the index writer was killed", "n’a pas pu être écrit"),
            ("unreadable: missing field", "illisible"),
            ("", "Plusieurs essais"),
        ] {
            assert!(in_words(reason).contains(words), "{reason}: {}", in_words(reason));
        }
    }
}
