//! Recording a signature: whose, and when; with a word of warning when whoever signs was not authorised yet.

use actix_web::{HttpResponse, web};
use serde_json::{Map, Value, json};

use super::form::with_control;
use super::names::Names;
use super::small::{self, DEPARTEMENT, Small};
use crate::conventions::model::{Party, Refusal, Verb};
use crate::conventions::service::{self, Convention};
use crate::conventions::{acts, files};
use crate::error::{Error, Result};
use crate::http::forms::{Choice, Form, choices};
use crate::http::notice::Notice;
use crate::http::paths;
use crate::http::upload::Files;
use crate::http::visit::Visit;
use crate::kernel::{Day, FieldErrors};

/// The convention, if whoever asks may record a signature of it now.
async fn signable(visit: &Visit, id: &str) -> Result<Convention> {
    let convention = small::writable(visit, id).await?;
    let stage = convention.life.stage;
    match Verb::Sign.leads(stage) {
        Some(_) => Ok(convention),
        None => Err(service::refused(Refusal::Stage { from: stage, verb: Verb::Sign })),
    }
}

fn value_of(party: &Party) -> &str {
    party.partner.as_deref().unwrap_or(DEPARTEMENT)
}

/// Those of whom this signature would be.
fn signers<'a>(convention: &'a Convention, chosen: &'a str) -> impl Iterator<Item = &'a Party> {
    convention.fields.parties.iter().filter(move |party| party.signed_on.is_none() && (chosen.is_empty() || value_of(party) == chosen))
}

/// What would make these signatures doubtful, signed on that day.
fn warnings(convention: &Convention, chosen: &str, day: Day, names: &Names) -> Vec<String> {
    let early = signers(convention, chosen).filter_map(|party| {
        let enforceable = party.authorisation.as_ref()?.enforceable_on;
        let name = names.party(party.partner.as_deref());
        match enforceable {
            Some(from) if from <= day => None,
            Some(from) => Some(format!("{name}\u{a0}: la délibération qui autorise à signer n’est exécutoire que le {}.", from.in_short())),
            None => Some(format!("{name}\u{a0}: on ne sait pas quand la délibération qui autorise à signer est exécutoire.")),
        }
    });
    early.collect()
}

pub async fn form(visit: Visit, id: web::Path<String>) -> Result<HttpResponse> {
    let convention = signable(&visit, &id).await?;
    let (names, _) = small::around(&visit).await?;
    let warnings = warnings(&convention, "", visit.today(), &names);
    show(&visit, &convention, &names, None, false, &warnings, &FieldErrors::default())
}

fn show(
    visit: &Visit,
    convention: &Convention,
    names: &Names,
    form: Option<&Form>,
    had_file: bool,
    warnings: &[String],
    errors: &FieldErrors,
) -> Result<HttpResponse> {
    let chosen = form.map_or("", |form| form.get("partner"));
    let everybody = Choice::new("", "Toutes les parties qui n’ont pas encore signé", chosen.is_empty());
    let options =
        signers(convention, "").map(|party| Choice::new(value_of(party), &names.party(party.partner.as_deref()), value_of(party) == chosen));
    let options = std::iter::once(everybody).chain(options).collect();
    let fields = vec![
        with_control("select", choices("partner", "Qui a signé ?", "", options, errors)),
        small::day("signed_on", "Signée le", "Le jour qui figure sur l’exemplaire signé.", form, Some(visit.today()), errors),
        small::signed_file(had_file, errors),
    ];
    let form = Small {
        action: "signer",
        heading: Verb::Sign.label(),
        lead: "À la dernière signature, la convention est signée et son terme est suivi.",
        warnings,
        seen: &warnings.join(" "),
        submit: if warnings.is_empty() { "Enregistrer la signature" } else { "Enregistrer quand même" },
        check: None,
    };
    form.show(visit, convention, fields, errors)
}

pub async fn sign(sent: Files, id: web::Path<String>) -> Result<HttpResponse> {
    let Files { visit, form, mut files } = sent;
    let (visit, form) = (&visit, &form);
    let convention = signable(visit, &id).await?;
    let version = form.version()?;
    let mut body = Map::from_iter([("signed_on".to_owned(), json!(form.get("signed_on")))]);
    match form.get("partner") {
        "" => {}
        DEPARTEMENT => drop(body.insert("partner".to_owned(), Value::Null)),
        id => drop(body.insert("partner".to_owned(), json!(id))),
    }
    let (names, world) = small::around(visit).await?;
    let had_file = !files.is_empty();
    let again = |warnings: &[String], errors: &FieldErrors| show(visit, &convention, &names, Some(form), had_file, warnings, errors);
    let signing = match acts::signing(&body, &world) {
        Ok(signing) => signing,
        Err(errors) => return again(&[], &errors),
    };
    let Some(day) = signing.signed_on else { return again(&[], &FieldErrors::one("signed_on", "Donnez le jour de la signature.")) };
    // What makes it doubtful is read before it is recorded.
    let warnings = warnings(&convention, form.get("partner"), day, &names);
    let checked = match small::received(visit, &mut files).await {
        Ok(checked) => checked,
        Err(Error::Invalid(errors)) => return again(&warnings, &errors),
        Err(error) => return Err(error),
    };
    if !warnings.is_empty() && form.get("seen") != warnings.join(" ") {
        return again(&warnings, &FieldErrors::default());
    }
    let (doer, today, own) = (visit.doer()?, visit.today(), convention.id.clone());
    let done = visit.app.db.write(move |conn| match &checked {
        Some(file) => files::sign(conn, doer.by(), today, &own, version, signing, file),
        None => service::sign(conn, doer.by(), today, &own, version, &signing),
    });
    match done.await {
        Ok(convention) => {
            visit.app.bell.ring();
            Ok(visit.redirect(&paths::convention(&convention.id), Some(Notice::SignatureNoted)))
        }
        Err(Error::Invalid(errors)) => again(&warnings, &errors),
        Err(error) => Err(error),
    }
}
