//! The buttons of a convention's life: submit, return, validate, send to signature, abandon, reactivate.

use actix_web::{HttpResponse, web};

use super::form::with_control;
use super::{edit, id_of, small};
use crate::conventions::model::{Refusal, Verb};
use crate::conventions::service;
use crate::error::{Error, Result};
use crate::http::forms::{Field, Submitted};
use crate::http::notice::Notice;
use crate::http::paths;
use crate::http::visit::Visit;
use crate::kernel::FieldErrors;

pub async fn submit(sent: Submitted, id: web::Path<String>) -> Result<HttpResponse> {
    carry_out(sent, &id, Verb::Submit, Notice::ConventionSubmitted).await
}

pub async fn validate(sent: Submitted, id: web::Path<String>) -> Result<HttpResponse> {
    carry_out(sent, &id, Verb::Validate, Notice::ConventionValidated).await
}

pub async fn send(sent: Submitted, id: web::Path<String>) -> Result<HttpResponse> {
    carry_out(sent, &id, Verb::Send, Notice::ConventionSent).await
}

pub async fn abandon(sent: Submitted, id: web::Path<String>) -> Result<HttpResponse> {
    carry_out(sent, &id, Verb::Abandon, Notice::ConventionAbandoned).await
}

pub async fn reactivate(sent: Submitted, id: web::Path<String>) -> Result<HttpResponse> {
    carry_out(sent, &id, Verb::Reactivate, Notice::ConventionReactivated).await
}

async fn carry_out(sent: Submitted, id: &str, verb: Verb, notice: Notice) -> Result<HttpResponse> {
    let (own, version, doer, today) = (id_of(id)?, sent.form.version()?, sent.visit.doer()?, sent.visit.today());
    let done = {
        let own = own.clone();
        sent.visit.app.db.write(move |conn| service::carry_out(conn, doer.by(), today, &own, version, verb, "")).await
    };
    match done {
        Ok(_) => {
            sent.visit.app.bell.ring();
            Ok(sent.visit.redirect(&paths::convention(&own), Some(notice)))
        }
        // What is missing is said beside its field, where it can be written.
        Err(Error::Invalid(errors)) => edit::incomplete(&sent.visit, id, errors).await,
        Err(error) => Err(error),
    }
}

/// Where the reader of a draft says what is to be corrected.
pub async fn return_form(visit: Visit, id: web::Path<String>) -> Result<HttpResponse> {
    show_return(&visit, &id, "", &FieldErrors::default()).await
}

async fn show_return(visit: &Visit, id: &str, comment: &str, errors: &FieldErrors) -> Result<HttpResponse> {
    let convention = small::writable(visit, id).await?;
    if Verb::Return.leads(convention.life.stage).is_none() {
        return Err(service::refused(Refusal::Stage { from: convention.life.stage, verb: Verb::Return }));
    }
    let hint = "Qui l’a écrite reçoit ce texte par e-mail. Dites ce qui manque ou ce qui n’est pas clair.";
    let field = Field {
        name: "comment",
        label: "Ce qu’il faut corriger",
        hint,
        value: comment,
        required: true,
        max: Some(2000),
        rows: 6,
        ..Field::default()
    };
    let form = small::Small { action: "renvoyer", heading: Verb::Return.label(), submit: Verb::Return.label(), ..small::Small::default() };
    form.show(visit, &convention, vec![with_control("textarea", field.show(errors))], errors)
}

pub async fn send_back(sent: Submitted, id: web::Path<String>) -> Result<HttpResponse> {
    let (own, version, doer, today) = (id_of(&id)?, sent.form.version()?, sent.visit.doer()?, sent.visit.today());
    let comment = sent.form.get("comment").to_owned();
    let done = {
        let own = own.clone();
        sent.visit.app.db.write(move |conn| service::carry_out(conn, doer.by(), today, &own, version, Verb::Return, &comment)).await
    };
    match done {
        Ok(_) => {
            sent.visit.app.bell.ring();
            Ok(sent.visit.redirect(&paths::convention(&own), Some(Notice::ConventionReturned)))
        }
        Err(Error::Invalid(errors)) => show_return(&sent.visit, &id, sent.form.get("comment"), &errors).await,
        Err(error) => Err(error),
    }
}
