//! Errors as people read them: a page that says what happened and what to do, or a problem document for the API.

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::{StatusCode, header};
use actix_web::middleware::Next;
use actix_web::{HttpResponse, ResponseError};
use serde_json::json;

use super::problem;
use super::shell::Frame;
use super::visit::Visit;
use crate::error::Error;

impl ResponseError for Error {
    fn status_code(&self) -> StatusCode {
        match self {
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::Forbidden(_) => StatusCode::FORBIDDEN,
            Self::SignIn => StatusCode::UNAUTHORIZED,
            Self::BadQuery(_) => StatusCode::BAD_REQUEST,
            Self::Invalid(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Conflict { .. } | Self::Refused(_) => StatusCode::CONFLICT,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Throttled { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::Search(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Database(crate::db::Error::Busy(_) | crate::db::Error::Unreachable(_)) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Database(_) | Self::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// Bare: [`dress`] gives it its words, knowing who reads.
    fn error_response(&self) -> HttpResponse {
        HttpResponse::new(self.status_code())
    }
}

/// A body that could not be read: too large, most often.
pub fn of_payload(error: &actix_web::Error) -> Error {
    match error.as_response_error().status_code() {
        StatusCode::PAYLOAD_TOO_LARGE => Error::TooLarge,
        _ => Error::field("form", "L’envoi a été interrompu : recommencez."),
    }
}

/// Gives every error its words. What a handler answered itself, with a body, passes unchanged.
pub async fn dress(request: ServiceRequest, next: Next<impl MessageBody + 'static>) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let response = next.call(request).await?.map_into_boxed_body();
    let bare = response.response().error().is_some() || response.status().is_client_error() && is_empty(&response);
    if !bare {
        return Ok(response);
    }
    let status = response.status();
    let request = response.request().clone();
    let own = response.response().error().and_then(|error| error.as_error::<Error>());
    if let Some(error) = own.filter(|error| error.is_fault()) {
        tracing::error!(%error, path = request.path(), "a request failed");
    }
    let is_api = request.path().starts_with("/api/");
    let dressed = if is_api {
        problem::response(status, own)
    } else {
        let visit = match Visit::load(&request).await {
            Ok(visit) => Ok(visit),
            Err(_) => Visit::anonymous(&request),
        };
        match (own, visit) {
            (Some(Error::SignIn), Ok(visit)) => sign_in_first(&visit),
            (own, Ok(visit)) => page(&visit, status, own),
            (_, Err(_)) => HttpResponse::new(status),
        }
    };
    Ok(ServiceResponse::new(request, dressed))
}

fn is_empty(response: &ServiceResponse<BoxBody>) -> bool {
    matches!(response.response().body().size(), actix_web::body::BodySize::None | actix_web::body::BodySize::Sized(0))
}

/// To the sign-in page, and back afterwards; a form that was sent cannot be sent again, so it leads to where it stood.
fn sign_in_first(visit: &Visit) -> HttpResponse {
    let back = if visit.method == actix_web::http::Method::GET { visit.here.as_str() } else { "/mon-espace" };
    let next = super::query::encode(&[("next", back)]);
    HttpResponse::SeeOther().insert_header((header::LOCATION, format!("/connexion?{next}"))).finish()
}

fn page(visit: &Visit, status: StatusCode, error: Option<&Error>) -> HttpResponse {
    let (title, message) = words(status, error);
    let fields: Vec<String> = match error {
        Some(Error::Invalid(fields) | Error::BadQuery(fields)) => fields.iter().map(|(_, text)| text.to_owned()).collect(),
        _ => Vec::new(),
    };
    let data = json!({
        "error": {
            "status": status.as_u16(), "title": title, "message": message, "fields": fields, "request_id": null,
            "links": [{ "label": "Revenir à l’accueil", "href": "/" }, { "label": "Rechercher", "href": "/recherche" }],
        }
    });
    let mut response = visit.framed("errors/error", title, Frame { noindex: true, ..Frame::default() }, status, data).unwrap_or_else(|error| {
        tracing::error!(%error, "the error page itself failed");
        HttpResponse::build(status).content_type("text/plain; charset=utf-8").body(format!("{title}\n\n{message}"))
    });
    if let Some(Error::Throttled { seconds }) = error
        && let Ok(value) = header::HeaderValue::from_str(&seconds.to_string())
    {
        response.headers_mut().insert(header::RETRY_AFTER, value);
    }
    response
}

/// What happened and what to do, in French.
pub fn words(status: StatusCode, error: Option<&Error>) -> (&'static str, String) {
    let plain = |title, text: &str| (title, text.to_owned());
    match (error, status) {
        (Some(Error::Forbidden(reason)), _) => ("Ce n’est pas possible avec votre compte", reason.clone()),
        (Some(Error::Refused(reason)), _) => ("Ce n’est pas possible maintenant", reason.clone()),
        (Some(Error::Throttled { seconds }), _) => {
            ("Trop d’essais", format!("Par sécurité, attendez {} avant de recommencer. Votre compte n’est pas bloqué.", waiting(*seconds)))
        }
        (Some(Error::Conflict { .. }), _) => plain(
            "Quelqu’un vient de modifier cette page",
            "Votre changement n’a pas été enregistré. Revenez en arrière, rechargez la page, puis recommencez.",
        ),
        (_, StatusCode::UNAUTHORIZED) => plain("Connectez-vous", "Cette demande a besoin d’un compte."),
        (_, StatusCode::NOT_FOUND) => plain(
            "Cette page n’existe pas",
            "L’adresse est peut-être incomplète, ou la page a été retirée. La recherche vous aidera à retrouver ce que vous cherchiez.",
        ),
        (_, StatusCode::METHOD_NOT_ALLOWED) => plain("Cette adresse ne s’ouvre pas ainsi", "Revenez à la page précédente et recommencez."),
        (_, StatusCode::PAYLOAD_TOO_LARGE) => plain("C’est trop volumineux", "L’envoi dépasse 10 Mo. Raccourcissez votre texte, puis recommencez."),
        (_, StatusCode::URI_TOO_LONG) => plain("L’adresse est trop longue", "Enlevez quelques filtres, puis recommencez."),
        (_, StatusCode::SERVICE_UNAVAILABLE) if matches!(error, Some(Error::Search(_))) => {
            plain("La recherche est indisponible", "Les autres pages fonctionnent. Réessayez dans quelques minutes.")
        }
        (_, StatusCode::SERVICE_UNAVAILABLE) => {
            plain("Le service est momentanément indisponible", "Réessayez dans quelques instants. Rien n’est perdu.")
        }
        (_, status) if status.is_client_error() => plain("La demande n’est pas comprise", "Corrigez ce qui suit, puis recommencez."),
        _ => plain("Une erreur s’est produite", "Elle vient de nous, pas de vous. Elle est enregistrée ; réessayez dans quelques instants."),
    }
}

fn waiting(seconds: i64) -> String {
    match seconds {
        ..=90 => "une minute".into(),
        _ => format!("{}\u{a0}minutes", (seconds + 59) / 60),
    }
}
