//! « Déposer des conventions signées »: several PDFs at once, each of which becomes a convention to complete.

use serde_json::{Map, Value, json};

use super::proposed::{Proposed, proposed};
use crate::accounts::model::{By, Viewer};
use crate::conventions::policy;
use crate::conventions::service::{self, Convention};
use crate::db::Conn;
use crate::documents::proposal::propose;
use crate::documents::service::{self as documents, Checked};
use crate::error::{Error, Result};
use crate::kernel::ids::ConventionId;
use crate::kernel::{Day, FieldErrors};
use crate::partners;

/// What a file became.
#[derive(Clone, Debug, PartialEq)]
pub enum Deposited {
    Made {
        id: ConventionId,
        object: String,
        understood: Vec<(&'static str, String)>,
        notes: Vec<String>,
    },
    /// The same bytes are there already.
    Known {
        id: ConventionId,
        object: String,
    },
}

pub fn may_deposit(actor: &crate::accounts::model::Actor) -> Result<()> {
    match policy::may_create(actor) {
        true => Ok(()),
        false => Err(Error::Forbidden("Les conventions sont préparées par les responsables. Parlez-en au vôtre.".into())),
    }
}

/// Makes a convention of a signed file: a draft, or one that is signed already and to be completed.
pub fn deposit(conn: &mut Conn, by: By<'_>, today: Day, checked: &Checked, is_entered: bool) -> Result<Deposited> {
    may_deposit(by.actor)?;
    if let Some(known) = known(conn, by, today, checked)? {
        return Ok(known);
    }
    let partners: Vec<(String, String)> = partners::service::all(conn)?.into_iter().map(|one| (one.id.to_string(), one.name)).collect();
    let proposal = propose(&checked.text);
    let mut made = proposed(&checked.name, &proposal, &partners);
    if checked.text.is_empty() {
        made.notes = vec!["Aucun texte ne s’y lit : c’est sans doute une image numérisée. Complétez à la main.".to_owned()];
    }
    if is_entered {
        made.given.insert("stage".into(), json!("signed"));
        made.given.extend(proposal.signed_on.map(|day| ("signed_on".to_owned(), json!(day))));
    }
    let convention = created(conn, by, today, &mut made)?;
    super::attach(conn, by, today, &convention.id, checked, &super::Of::First)?;
    Ok(Deposited::Made { object: convention.fields.object, id: convention.id, understood: made.understood, notes: made.notes })
}

/// Whoever drops the same file again is led to what it became, if they may read it.
fn known(conn: &mut Conn, by: By<'_>, today: Day, checked: &Checked) -> Result<Option<Deposited>> {
    let viewer = Viewer(Some(by.actor.clone()));
    for document in documents::same(conn, &checked.sha256)? {
        let Some(id) = ConventionId::parse(&document.record_id).filter(|_| document.record_kind == "convention") else { continue };
        match service::find(conn, &viewer, &id, today) {
            Ok(convention) => return Ok(Some(Deposited::Known { id, object: convention.standing(today).fields.object })),
            Err(Error::NotFound) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(None)
}

/// What the rules refuse of a proposal is left out, and said: a convention begins with what is sound.
fn created(conn: &mut Conn, by: By<'_>, today: Day, made: &mut Proposed) -> Result<Convention> {
    loop {
        let errors = match service::create(conn, by, today, &made.given) {
            Err(Error::Invalid(errors)) => errors,
            done => return done,
        };
        if !leave_out(&mut made.given, &errors) {
            return Err(Error::Invalid(errors));
        }
        made.notes.extend(errors.iter().map(|(_, message)| message.to_owned()));
    }
}

/// Leaves the fields out that are wrong; is there less than before?
fn leave_out(given: &mut Map<String, Value>, errors: &FieldErrors) -> bool {
    let before = given.clone();
    for (field, _) in errors.iter() {
        let field = field.split('.').next().unwrap_or_default();
        if field == "object" {
            // It may hold what no text may.
            given.insert("object".into(), json!("Convention à nommer"));
        } else if field != "stage" {
            given.remove(field);
        }
    }
    *given != before
}
