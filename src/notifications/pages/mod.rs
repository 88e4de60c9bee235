//! The pages of what one follows and of what one was told.

pub mod follow;
pub mod notices;
pub mod preferences;
pub mod table;

use serde_json::{Value, json};

use crate::app::App;
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::events::Record;
use crate::http::query::pairs;
use crate::http::visit::Visit;
use crate::http::{paths, records};
use crate::instance::model::Instance;
use crate::kernel::Day;
use crate::kernel::actor::Viewer;
use crate::notifications::subscriptions::{Owner, Target, search, service};
use crate::search::results::Names;
use crate::territories;
use crate::territories::model::Atlas;

/// What is followed, in words, with its address.
pub struct Described {
    pub kind: &'static str,
    pub label: String,
    pub href: String,
}

/// What names codes in a search that is followed.
pub struct Words<'a> {
    pub app: &'a App,
    pub instance: &'a Instance,
    pub atlas: &'a Atlas,
    pub today: Day,
}

impl Words<'_> {
    pub fn search(&self, text: &str) -> Described {
        let names = Names { instance: self.instance, atlas: self.atlas, zone: &self.app.config.zone, today: self.today };
        Described { kind: "Recherche", label: search::in_words(text, &names), href: format!("/recherche?{text}") }
    }
}

fn kind_label(kind: &str) -> &'static str {
    match kind {
        "action" => "Action collective",
        "convention" => "Convention",
        "meeting" => "Rencontre",
        "decision" => "Décision",
        "partner" => "Partenaire",
        "body" => "Instance et ses rencontres",
        "plan" => "Schéma",
        "account" => "Compte",
        "subscription" => "Abonnement",
        "announcement" => "Annonce et lettre",
        "address" => "Adresse",
        _ => "Fiche du schéma",
    }
}

/// A record that is followed, as its reader sees it; None when there is none for them any more.
pub fn described(conn: &mut Conn, viewer: &Viewer, today: Day, record: &Record) -> Result<Option<Described>> {
    match records::summary(conn, viewer, today, record.kind, &record.id) {
        Ok(summary) => Ok(Some(Described { kind: kind_label(record.kind), label: summary.title, href: summary.href })),
        Err(Error::NotFound | Error::Forbidden(_) | Error::SignIn) => Ok(None),
        Err(error) => Err(error),
    }
}

/// What a form or an address names: `record=action/…`, or `search=` and the parameters of a search.
pub async fn target(visit: &Visit, record: &str, text: &str) -> Result<(Target, Described)> {
    if !record.is_empty() {
        let (kind, id) = record.split_once('/').ok_or(Error::NotFound)?;
        let record = Record::named(kind, id.to_owned()).ok_or(Error::NotFound)?;
        let (viewer, today, named) = (visit.viewer.clone(), visit.today(), record.clone());
        let found = visit.app.db.read(move |conn| described(conn, &viewer, today, &named)).await?.ok_or(Error::NotFound)?;
        return Ok((Target::Record(record), found));
    }
    let atlas = visit.app.db.read(territories::service::atlas).await?;
    let identity = visit.app.identity();
    let text = search::canonical(&pairs(text)?, &identity, &atlas, visit.today())?;
    let words = Words { app: &visit.app, instance: &identity, atlas: &atlas, today: visit.today() };
    let found = words.search(&text);
    Ok((Target::Search(text), found))
}

/// The commands of a record's page, with the one that follows it, before what cannot be undone.
pub async fn with_button(visit: &Visit, record: Record, mut commands: Vec<Value>) -> Result<Vec<Value>> {
    let place = commands.iter().position(|command| command["kind"] == "warning").unwrap_or(commands.len());
    commands.insert(place, button(visit, record).await?);
    Ok(commands)
}

/// The button of a record's page: follows it at once, or leads to what is followed.
async fn button(visit: &Visit, record: Record) -> Result<Value> {
    let Some(id) = visit.viewer.actor().and_then(|actor| actor.id.clone()) else {
        return Ok(json!({ "label": "Suivre", "href": paths::follow_record(&record), "method": "get", "kind": "quiet" }));
    };
    let (owner, wanted) = (Owner::Account(id), Target::Record(record.clone()));
    let is_followed = visit.app.db.read(move |conn| service::find(conn, &owner, &wanted)).await?.is_some();
    Ok(match is_followed {
        true => json!({ "label": "Vous suivez", "href": paths::SUBSCRIPTIONS, "method": "get", "kind": "quiet" }),
        false => json!({ "label": "Suivre", "href": paths::follow_record(&record), "method": "post", "kind": "quiet" }),
    })
}
