//! `/connexion` and `/deconnexion`.

use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse};
use serde_json::{Value, json};

use crate::accounts::{service, sign_in};
use crate::error::{Error, Result};
use crate::http::forms::{Field, Submitted, summary};
use crate::http::notice::Notice;
use crate::http::query;
use crate::http::shell::Frame;
use crate::http::visit::Visit;
use crate::kernel::FieldErrors;

/// What a demonstration shows on its sign-in page, and fills its accounts with.
pub const DEMO_LOGINS: [(&str, &str); 5] = [
    ("Administratrice", "admin@vienne.example"),
    ("Responsable", "responsable@vienne.example"),
    ("Agent", "agent@vienne.example"),
    ("Secrétaire", "secretaire@vienne.example"),
    ("Partenaire", "partenaire@comptes-clairs.example"),
];
pub const DEMO_PASSWORD: &str = "demonstration-vienne";

const TITLE: &str = "Se connecter";
/// Where people go when they come from nowhere.
const USUAL: &str = "/mon-espace";

/// The page to go to after signing in: one of ours, or the usual one.
fn next_page(next: &str) -> &str {
    let mut bytes = next.bytes();
    let local = bytes.next() == Some(b'/') && bytes.next() != Some(b'/');
    // Browsers read a backslash as a slash, and drop control characters.
    let plain = next.len() <= 2000 && next.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    if local && plain { next } else { USUAL }
}

pub async fn show(visit: Visit, request: HttpRequest) -> Result<HttpResponse> {
    let query = query::pairs(request.query_string())?;
    let next = next_page(query.get("next"));
    if visit.viewer.actor().is_some() {
        return Ok(visit.redirect(next, visit.notice));
    }
    visit.page("accounts/sign_in", TITLE, data(&visit, "", next, &FieldErrors::default()))
}

pub async fn enter(Submitted { visit, form }: Submitted) -> Result<HttpResponse> {
    let (email, next) = (form.get("email").trim(), next_page(form.get("next")));
    let mut errors = FieldErrors::default();
    if email.is_empty() {
        errors.add("email", "Écrivez votre adresse e-mail.");
    }
    if form.get("password").is_empty() {
        errors.add("password", "Écrivez votre mot de passe.");
    }
    if !errors.is_empty() {
        return visit.page_again("accounts/sign_in", TITLE, data(&visit, email, next, &errors));
    }
    let app = &visit.app;
    match sign_in::sign_in(&app.db, email, form.get("password").to_owned(), visit.origin.clone(), visit.now, &app.chance).await {
        Ok(secret) => {
            visit.open_session(secret);
            Ok(visit.redirect(next, None))
        }
        Err(Error::Invalid(errors)) => visit.page_again("accounts/sign_in", TITLE, data(&visit, email, next, &errors)),
        Err(Error::Throttled { seconds }) => {
            let errors = FieldErrors::one(
                "email",
                "Il y a eu trop d’essais. Par sécurité, attendez cinq minutes avant de recommencer. Votre compte n’est pas bloqué.",
            );
            let status = StatusCode::TOO_MANY_REQUESTS;
            let mut response =
                visit.framed("accounts/sign_in", &format!("Erreur : {TITLE}"), Frame::default(), status, data(&visit, email, next, &errors))?;
            response.headers_mut().insert(header::RETRY_AFTER, header::HeaderValue::from(seconds));
            Ok(response)
        }
        Err(error) => Err(error),
    }
}

fn data(visit: &Visit, email: &str, next: &str, errors: &FieldErrors) -> Value {
    let demo = visit.app.identity().demo;
    let logins: Vec<Value> =
        if demo { DEMO_LOGINS.iter().map(|(role, email)| json!({ "role": role, "email": email })).collect() } else { Vec::new() };
    let email: String = email.chars().take(254).collect();
    json!({
        "csrf": visit.csrf(),
        "errors": summary(errors),
        "next": next,
        "email": Field {
            name: "email", label: "Adresse e-mail", kind: "email", autocomplete: "username", value: &email, required: true, ..Field::default()
        }.show(errors),
        "password": Field {
            name: "password", label: "Mot de passe", kind: "password", autocomplete: "current-password", required: true, ..Field::default()
        }.show(errors),
        "demo_logins": logins,
        "demo_password": DEMO_PASSWORD,
    })
}

/// Ends the session; whoever has none is simply brought home.
pub async fn leave(Submitted { visit, .. }: Submitted) -> Result<HttpResponse> {
    if let Some(secret) = visit.session().map(ToOwned::to_owned) {
        let now = visit.now;
        visit.app.db.write(move |conn| service::end_session(conn, &secret, now)).await?;
    }
    visit.close_session();
    Ok(visit.redirect("/", Some(Notice::SignedOut)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_pages_follow_signing_in() {
        for next in ["/", "/admin/comptes?q=a&page=2", "/recherche?q=%C3%A9t%C3%A9"] {
            assert_eq!(next_page(next), next);
        }
        let long = format!("/{}", "a".repeat(3000));
        for next in
            ["", "//elsewhere.example", "/\\elsewhere.example", "/\t/elsewhere.example", "https://elsewhere.example", "mon-espace", "/é", &long]
        {
            assert_eq!(next_page(next), USUAL, "{next:?}");
        }
    }

    #[test]
    fn the_demonstration_password_is_one_that_we_accept() {
        for (_, email) in DEMO_LOGINS {
            crate::accounts::passwords::check(DEMO_PASSWORD, email).unwrap();
        }
    }
}
