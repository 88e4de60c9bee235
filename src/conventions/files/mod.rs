//! The files of a convention: what is joined to it, the file that was signed, and those that were signed before they were written here.

pub mod api;
pub mod deposit;
pub mod pages;
pub mod proposed;

use super::model::{Content, Stage, Verb};
use super::service::{self, Convention, Signing, movable, refused, writable, written};
use super::store;
use crate::accounts::model::By;
use crate::db::Conn;
use crate::documents::model::{Document, Purpose};
use crate::documents::service::{self as documents, Checked};
use crate::error::{Error, Result};
use crate::events::{self, Event, Record};
use crate::kernel::Day;
use crate::kernel::ids::{ConventionId, DocumentId};

/// Its documents, the first one first.
pub fn list(conn: &mut Conn, id: &ConventionId) -> Result<Vec<Document>> {
    documents::list(conn, &Record::convention(id))
}

/// A file that is said to be the signed one must have been joined as such.
pub fn is_joined(conn: &mut Conn, id: &ConventionId, sha256: &str) -> Result<()> {
    match list(conn, id)?.iter().any(|document| document.purpose == Purpose::Signed && document.sha256 == sha256) {
        true => Ok(()),
        false => Err(Error::field("signed_file", "Aucun fichier signé de cette empreinte n’est joint : joignez-le d’abord.")),
    }
}

fn joined(conn: &mut Conn, by: By<'_>, id: &ConventionId, checked: &Checked) -> Result<Document> {
    let document = documents::attach(conn, by, &Record::convention(id), checked)?;
    events::happened(conn, by, Event::ConventionDocument { id, name: &document.name, is_removed: false })?;
    Ok(document)
}

/// Joins a file. The first that is signed becomes the convention's; others are those of its acts.
pub fn attach(conn: &mut Conn, by: By<'_>, today: Day, id: &ConventionId, checked: &Checked) -> Result<Document> {
    let convention = writable(conn, by, today, id)?;
    if convention.life.stage == Stage::Abandoned {
        return Err(Error::Refused("Une convention abandonnée ne change plus. Reprenez-la d’abord en brouillon.".into()));
    }
    let document = joined(conn, by, id, checked)?;
    if document.purpose == Purpose::Signed && convention.signed_file.is_none() {
        let next = Convention { signed_file: Some(document.sha256.clone()), ..convention };
        written(conn, by, &next, today, &Event::ConventionFiled { id, sha256: &document.sha256 })?;
    }
    Ok(document)
}

/// Takes a document off. The signed file stays.
pub fn remove(conn: &mut Conn, by: By<'_>, today: Day, id: &ConventionId, document: &DocumentId) -> Result<()> {
    writable(conn, by, today, id)?;
    let removed = documents::remove(conn, &Record::convention(id), document)?;
    events::happened(conn, by, Event::ConventionDocument { id, name: &removed.name, is_removed: true })
}

/// Records signatures with the file that was signed.
pub fn sign(conn: &mut Conn, by: By<'_>, today: Day, id: &ConventionId, version: i32, signing: Signing, file: &Checked) -> Result<Convention> {
    // What cannot be signed takes no file.
    movable(conn, by, today, id, version, Verb::Sign)?;
    let document = joined(conn, by, id, file)?;
    service::sign(conn, by, today, id, version, &Signing { signed_file: Some(document.sha256), ..signing })
}

/// What is said of a convention that was signed before it was written here.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Entering {
    /// For every party of whom nothing else is said.
    pub signed_on: Option<Day>,
    pub number: Option<String>,
}

/// What stands here as a draft was signed already: it is entered as such, and keeps its own number. Without its file it is to be completed.
pub fn enter(conn: &mut Conn, by: By<'_>, today: Day, id: &ConventionId, version: i32, entering: &Entering) -> Result<Convention> {
    let convention = movable(conn, by, today, id, version, Verb::Enter)?;
    let mut fields = convention.fields.clone();
    let life = convention.life.clone().apply(Verb::Enter, &fields, "", by.now).map_err(refused)?;
    let Some(signed_on) = entering.signed_on else {
        return Err(Error::field("signed_on", "Donnez le jour de la signature, de la dernière s’il y en a plusieurs."));
    };
    service::free_number(conn, entering.number.as_deref(), Some(id))?;
    let mut signatures = Vec::new();
    for party in &mut fields.parties {
        let signed_on = *party.signed_on.get_or_insert(signed_on);
        signatures.push(Content::signature(party, signed_on));
    }
    let acts = service::acts_after(by, &[], signatures);
    service::past_signatures(&fields, today)?;
    let number = entering.number.clone();
    let next = Convention { fields, life, number, is_existing: true, acts: acts.clone(), ..convention };
    written(conn, by, &next, today, &Event::ConventionMoved { id, verb: Verb::Enter, comment: "" })?;
    for act in &acts {
        store::add_act(conn, by, id, act)?;
    }
    store::find(conn, id)
}
