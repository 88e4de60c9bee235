//! The buttons of an action's life: submit, publish, return, archive, confirm, « m’en inspirer ».

use actix_web::{HttpResponse, web};
use serde_json::json;

use crate::actions::model::Verb;
use crate::actions::service::{self, Action};
use crate::error::{Error, Result};
use crate::http::forms::{Field, Submitted, summary};
use crate::http::notice::Notice;
use crate::http::paths;
use crate::http::visit::Visit;
use crate::kernel::FieldErrors;

pub async fn submit(sent: Submitted, id: web::Path<String>) -> Result<HttpResponse> {
    carry_out(sent, &id, Verb::Submit, Notice::Submitted).await
}

pub async fn publish(sent: Submitted, id: web::Path<String>) -> Result<HttpResponse> {
    carry_out(sent, &id, Verb::Publish, Notice::Published).await
}

pub async fn archive(sent: Submitted, id: web::Path<String>) -> Result<HttpResponse> {
    carry_out(sent, &id, Verb::Archive, Notice::Archived).await
}

async fn carry_out(sent: Submitted, id: &str, verb: Verb, notice: Notice) -> Result<HttpResponse> {
    let (id, version, doer) = (super::id_of(id)?, sent.form.version()?, sent.visit.doer()?);
    let done = {
        let id = id.clone();
        sent.visit.app.db.write(move |conn| service::carry_out(conn, doer.by(), &id, version, verb, "")).await
    };
    match done {
        Ok(action) => {
            sent.visit.app.bell.ring();
            Ok(back(&sent.visit, &action, notice))
        }
        // What is missing is said on the page itself, with the way to each field.
        Err(Error::Invalid(_)) => Ok(sent.visit.redirect(&format!("/actions/{id}"), Some(Notice::StillMissing))),
        Err(error) => Err(error),
    }
}

fn back(visit: &Visit, action: &Action, notice: Notice) -> HttpResponse {
    visit.redirect(&paths::action(&action.id, &action.fields.title), Some(notice))
}

/// Where the validator says what is to be taken up again.
pub async fn return_form(visit: Visit, id: web::Path<String>) -> Result<HttpResponse> {
    visit.actor()?;
    let viewer = visit.viewer.clone();
    let action = visit.app.db.read(move |conn| service::returnable(conn, &viewer, &super::id_of(&id)?)).await?;
    show_return_form(&visit, &action, "", &FieldErrors::default())
}

fn show_return_form(visit: &Visit, action: &Action, comment: &str, errors: &FieldErrors) -> Result<HttpResponse> {
    let field = Field {
        name: "comment",
        label: "Ce qu’il faut reprendre",
        hint: "L’auteur reçoit ce texte par e-mail. Dites ce qui manque ou ce qui n’est pas clair, et ce qui est déjà bien.",
        value: comment,
        required: true,
        max: Some(2000),
        rows: 6,
        ..Field::default()
    };
    let data = json!({
        "breadcrumb": super::trail(action, Some("Renvoyer")),
        "heading": format!("Renvoyer « {} »", action.fields.title),
        "action": paths::about_action(&action.id, "renvoyer"),
        "version": action.version,
        "errors": summary(errors),
        "field": field.show(errors),
        "cancel": paths::action(&action.id, &action.fields.title),
    });
    let show = if errors.is_empty() { Visit::page } else { Visit::page_again };
    show(visit, "actions/return", "Renvoyer une action", data)
}

pub async fn send_back(sent: Submitted, id: web::Path<String>) -> Result<HttpResponse> {
    let (id, version, doer) = (super::id_of(&id)?, sent.form.version()?, sent.visit.doer()?);
    let comment = sent.form.get("comment").to_owned();
    let done = {
        let id = id.clone();
        sent.visit.app.db.write(move |conn| service::carry_out(conn, doer.by(), &id, version, Verb::Return, &comment)).await
    };
    match done {
        Ok(action) => {
            sent.visit.app.bell.ring();
            Ok(back(&sent.visit, &action, Notice::Returned))
        }
        Err(Error::Invalid(errors)) => {
            let viewer = sent.visit.viewer.clone();
            let action = sent.visit.app.db.read(move |conn| service::find(conn, &viewer, &id)).await?;
            show_return_form(&sent.visit, &action, sent.form.get("comment"), &errors)
        }
        Err(error) => Err(error),
    }
}

pub async fn inspire(sent: Submitted, id: web::Path<String>) -> Result<HttpResponse> {
    let (id, doer) = (super::id_of(&id)?, sent.visit.doer()?);
    let copy = sent.visit.app.db.write(move |conn| service::duplicate(conn, doer.by(), &id)).await?;
    Ok(sent.visit.redirect(&paths::edit_action(&copy.id, "presentation"), Some(Notice::Duplicated)))
}

pub async fn confirm(sent: Submitted, id: web::Path<String>) -> Result<HttpResponse> {
    let (id, doer) = (super::id_of(&id)?, sent.visit.doer()?);
    let viewer = sent.visit.viewer.clone();
    let action = sent
        .visit
        .app
        .db
        .write(move |conn| {
            service::confirm(conn, doer.by(), &id)?;
            service::find(conn, &viewer, &id)
        })
        .await?;
    Ok(back(&sent.visit, &action, Notice::Confirmed))
}
