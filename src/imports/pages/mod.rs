//! `/import`: a file given, its columns said, its rows seen before anything is written, then written, and undone if need be; and the
//! files that lists give.

pub mod check;
pub mod columns;
pub mod exports;
pub mod index;
pub mod result;
pub mod show;
pub mod verbs;

use std::time::Duration;

use serde_json::{Value, json};

use super::model::Import;
use super::service;
use super::shelf::Shelf;
use crate::error::Result;
use crate::http::visit::Visit;

/// Small files are checked in no time: the page that asked waits so long for it.
const PATIENCE: Duration = Duration::from_millis(1500);
const LOOK: Duration = Duration::from_millis(40);

fn shelf(visit: &Visit) -> Shelf {
    Shelf::of(&visit.app.config.documents_dir)
}

async fn find(visit: &Visit, id: &str) -> Result<Import> {
    let (actor, id) = (visit.actor()?.clone(), id.to_owned());
    visit.app.db.read(move |conn| service::find(conn, &actor, &id)).await
}

/// The way of an import's page.
fn path(id: &str, what: &str) -> String {
    if what.is_empty() { format!("/import/{id}") } else { format!("/import/{id}/{what}") }
}

/// Rings the worker's bell, and waits a little for what it does.
async fn settle(visit: &Visit, id: &str) -> Result<()> {
    visit.app.bell.ring();
    let until = tokio::time::Instant::now() + PATIENCE;
    while tokio::time::Instant::now() < until {
        if !find(visit, id).await?.stage.is_under_way() {
            return Ok(());
        }
        tokio::time::sleep(LOOK).await;
    }
    Ok(())
}

fn breadcrumb(here: &str) -> Value {
    json!([{ "label": "Importer un fichier", "href": "/import" }, { "label": here, "href": null }])
}

/// What all pages of one import begin with.
fn head(import: &Import, title: &str, eyebrow: &str) -> Value {
    json!({
        "breadcrumb": breadcrumb(&import.file_name),
        "heading": title,
        "eyebrow": eyebrow,
        "file_name": import.file_name,
        "kind": import.kind,
        "urls": {
            "columns": path(&import.id, "colonnes"),
            "correct": path(&import.id, "corriger"),
            "import": path(&import.id, "importer"),
            "undo": path(&import.id, "annuler"),
            "abandon": path(&import.id, "abandonner"),
            "list": import.kind.list(),
        },
    })
}

/// What there is, and how much; what there is none of is left out.
fn figures(of: &[(String, u64)]) -> Value {
    of.iter().filter(|(_, value)| *value > 0).map(|(label, value)| json!({ "label": label, "value": value })).collect()
}
