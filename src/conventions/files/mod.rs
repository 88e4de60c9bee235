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
use crate::kernel::ids::{ActId, ConventionId, DocumentId};

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

/// A signed file, joined unless the same bytes are there as one already.
fn signed(conn: &mut Conn, by: By<'_>, id: &ConventionId, checked: &Checked) -> Result<Document> {
    let there = list(conn, id)?.into_iter().find(|document| document.purpose == Purpose::Signed && document.sha256 == checked.sha256);
    match there {
        Some(document) => Ok(document),
        None => joined(conn, by, id, checked),
    }
}

/// What a signed file is the file of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Of {
    /// The convention while it has none, nothing in particular afterwards.
    #[default]
    First,
    /// The convention, in the place of the one before, which stays in the list.
    Convention,
    /// An avenant that was recorded without it.
    Act(ActId),
}

/// Joins a file; a signed one becomes what it is said to be the file of.
pub fn attach(conn: &mut Conn, by: By<'_>, today: Day, id: &ConventionId, checked: &Checked, of: &Of) -> Result<Document> {
    let mut next = writable(conn, by, today, id)?;
    if next.life.stage == Stage::Abandoned {
        return Err(Error::Refused("Une convention abandonnée ne change plus. Reprenez-la d’abord en brouillon.".into()));
    }
    let document = if *of == Of::First { joined(conn, by, id, checked)? } else { signed(conn, by, id, checked)? };
    let (sha256, mut filed) = (document.sha256.clone(), None);
    match of {
        Of::First if document.purpose != Purpose::Signed || next.signed_file.is_some() => return Ok(document),
        Of::Convention if next.signed_file.as_ref() == Some(&sha256) => {
            return Err(Error::field("file", format!("« {} » est déjà son fichier signé.", checked.name)));
        }
        Of::First | Of::Convention => next.signed_file = Some(sha256.clone()),
        Of::Act(asked) => {
            let act = next.acts.iter_mut().find(|act| act.id == *asked);
            filed = act.filter(|act| act.content.waits_for_its_file()).map(|act| {
                act.content.filed(&sha256);
                act.clone()
            });
            if filed.is_none() {
                return Err(Error::field("of", "Choisissez un avenant signé qui n’a pas encore son fichier."));
            }
        }
    }
    written(conn, by, &next, today, &Event::ConventionFiled { id, sha256: &sha256 })?;
    if let Some(act) = filed {
        store::update_act(conn, &act)?;
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
    let document = signed(conn, by, id, file)?;
    service::sign(conn, by, today, id, version, &Signing { signed_file: Some(document.sha256), ..signing })
}

/// Joins the signed file of an act that is recorded next, in the same transaction; answers what the act names it by.
pub fn of_act(conn: &mut Conn, by: By<'_>, today: Day, id: &ConventionId, version: i32, file: &Checked) -> Result<String> {
    // What takes no act takes no file.
    movable(conn, by, today, id, version, Verb::Record)?;
    signed(conn, by, id, file).map(|document| document.sha256)
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
