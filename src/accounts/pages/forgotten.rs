//! `/mot-de-passe`: a link for a new password, by mail. The answer is the same whether the address is known or not.

use actix_web::HttpResponse;
use serde_json::{Value, json};

use crate::accounts::service;
use crate::error::Result;
use crate::http::forms::{Field, Submitted, summary};
use crate::http::notice::Notice;
use crate::http::visit::Visit;
use crate::kernel::{EmailAddress, FieldErrors};

const TITLE: &str = "Mot de passe oublié";

pub async fn show(visit: Visit) -> Result<HttpResponse> {
    visit.page("accounts/forgotten", TITLE, data(&visit, "", &FieldErrors::default()))
}

pub async fn ask(Submitted { visit, form }: Submitted) -> Result<HttpResponse> {
    let typed = form.get("email").trim();
    let Some(email) = EmailAddress::parse(typed) else {
        let errors = FieldErrors::one("email", "Écrivez une adresse e-mail complète, comme prenom.nom@departement.example.");
        return visit.page_again("accounts/forgotten", TITLE, data(&visit, typed, &errors));
    };
    let (address, now, chance) = (visit.origin.network(), visit.now, visit.app.chance.clone());
    visit.app.db.write(move |conn| service::forgotten(conn, &email, &address, now, &chance)).await?;
    visit.app.bell.ring();
    Ok(visit.redirect("/connexion", Some(Notice::LinkSent)))
}

fn data(visit: &Visit, email: &str, errors: &FieldErrors) -> Value {
    let email: String = email.chars().take(254).collect();
    json!({ "csrf": visit.csrf(), "errors": summary(errors), "email": field(&email).show(errors) })
}

/// The address, here and where a link no longer works.
pub fn field(email: &str) -> Field<'_> {
    Field {
        name: "email",
        label: "Adresse e-mail",
        hint: "Celle de votre compte.",
        kind: "email",
        autocomplete: "username",
        value: email,
        required: true,
        ..Field::default()
    }
}
