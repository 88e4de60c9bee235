//! `/lien/{secret}`: where a mailed link leads. Opening it uses nothing; choosing a password does, once.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use serde_json::json;

use super::forgotten;
use crate::accounts::model::{Account, LinkPurpose};
use crate::accounts::service;
use crate::error::{Error, Result};
use crate::http::forms::{Field, Submitted, summary};
use crate::http::notice::Notice;
use crate::http::shell::Frame;
use crate::http::visit::Visit;
use crate::kernel::FieldErrors;

pub async fn show(visit: Visit, secret: web::Path<String>) -> Result<HttpResponse> {
    answer(&visit, secret.into_inner(), &FieldErrors::default()).await
}

pub async fn choose(Submitted { visit, form }: Submitted, secret: web::Path<String>) -> Result<HttpResponse> {
    let (secret, password) = (secret.into_inner(), form.get("password").to_owned());
    let app = &visit.app;
    match service::set_password(&app.db, secret.clone(), password, visit.now, &app.chance).await {
        Ok(()) => {
            // Whoever was signed in here signs in anew, with the password just chosen.
            if let Some(session) = visit.session().map(ToOwned::to_owned) {
                let now = visit.now;
                app.db.write(move |conn| service::end_session(conn, &session, now)).await?;
                visit.close_session();
            }
            Ok(visit.redirect("/connexion", Some(Notice::PasswordSet)))
        }
        Err(Error::Invalid(errors)) => answer(&visit, secret, &errors).await,
        Err(Error::NotFound) => spent(&visit),
        Err(error) => Err(error),
    }
}

async fn answer(visit: &Visit, secret: String, errors: &FieldErrors) -> Result<HttpResponse> {
    let (now, looked_for) = (visit.now, secret.clone());
    match visit.app.db.read(move |conn| service::bearer(conn, &looked_for, now)).await {
        Ok((account, purpose)) => form(visit, &secret, &account, purpose, errors),
        Err(Error::NotFound) => spent(visit),
        Err(error) => Err(error),
    }
}

fn form(visit: &Visit, secret: &str, account: &Account, purpose: LinkPurpose, errors: &FieldErrors) -> Result<HttpResponse> {
    let (heading, lead) = match purpose {
        LinkPurpose::Invitation => {
            ("Bienvenue", "Choisissez votre mot de passe : votre compte sera prêt. Vous vous connecterez ensuite avec votre adresse.")
        }
        LinkPurpose::Reset => ("Nouveau mot de passe", "Choisissez un nouveau mot de passe. Vos connexions ouvertes ailleurs seront fermées."),
    };
    let password = Field {
        name: "password",
        label: "Votre mot de passe",
        hint: "12 caractères au moins. Une phrase que vous seul connaissez convient très bien.",
        kind: "password",
        autocomplete: "new-password",
        required: true,
        ..Field::default()
    };
    let data = json!({
        "csrf": visit.csrf(), "errors": summary(errors), "heading": heading, "lead": lead, "action": format!("/lien/{secret}"),
        "name": account.name, "email": account.email, "password": password.show(errors),
    });
    let frame = Frame { noindex: true, ..Frame::default() };
    let (title, status) = match errors.is_empty() {
        true => (heading.to_owned(), StatusCode::OK),
        false => (format!("Erreur : {heading}"), StatusCode::UNPROCESSABLE_ENTITY),
    };
    visit.framed("accounts/link", &title, frame, status, data)
}

/// Used, expired or never made: nobody is told which.
fn spent(visit: &Visit) -> Result<HttpResponse> {
    let data = json!({ "csrf": visit.csrf(), "email": forgotten::field("").show(&FieldErrors::default()) });
    visit.framed("accounts/link_spent", "Ce lien ne fonctionne plus", Frame { noindex: true, ..Frame::default() }, StatusCode::NOT_FOUND, data)
}
