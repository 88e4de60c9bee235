//! `/desinscription/{token}`: where the link at the foot of a mail leads. Opening it changes nothing; one click stops these mails.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use serde_json::json;

use crate::error::{Error, Result};
use crate::http::forms::Submitted;
use crate::http::notice::Notice;
use crate::http::paths;
use crate::http::shell::Frame;
use crate::http::visit::Visit;
use crate::mail::catalogue;
use crate::mail::choices::{self, Choice};

/// What a mail program sends on its own when its reader asks it to (RFC 8058), as a form of either encoding.
const ONE_CLICK: &[u8] = b"List-Unsubscribe";

pub async fn show(visit: Visit, token: web::Path<String>) -> Result<HttpResponse> {
    let token = token.into_inner();
    match visit.app.db.read(move |conn| choices::find(conn, &token)).await {
        Ok(choice) => page(&visit, &choice),
        Err(Error::NotFound) => unknown(&visit),
        Err(error) => Err(error),
    }
}

/// Asks for neither session, form token nor origin: a mail program has none of them, and whoever knows the link was sent it.
pub async fn stop(visit: Visit, token: web::Path<String>, body: web::Bytes) -> Result<HttpResponse> {
    let (token, now) = (token.into_inner(), visit.now);
    let is_program = body.windows(ONE_CLICK.len()).any(|part| part == ONE_CLICK);
    let stopped = visit.app.db.write(move |conn| choices::stop(conn, &token, now)).await;
    match (stopped, is_program) {
        (Ok(_), true) => Ok(told(StatusCode::OK, "C’est fait : vous ne recevrez plus ces messages.\n")),
        (Ok(choice), false) => Ok(visit.redirect(&paths::unsubscribe(&choice.token), None)),
        (Err(Error::NotFound), true) => Ok(told(StatusCode::NOT_FOUND, "Ce lien ne fonctionne pas : son adresse est incomplète.\n")),
        (Err(Error::NotFound), false) => unknown(&visit),
        (Err(error), _) => Err(error),
    }
}

pub async fn resume(Submitted { visit, .. }: Submitted, token: web::Path<String>) -> Result<HttpResponse> {
    let token = token.into_inner();
    match visit.app.db.write(move |conn| choices::resume(conn, &token)).await {
        Ok(choice) => Ok(visit.redirect(&paths::unsubscribe(&choice.token), Some(Notice::MailsResumed))),
        Err(Error::NotFound) => unknown(&visit),
        Err(error) => Err(error),
    }
}

fn page(visit: &Visit, choice: &Choice) -> Result<HttpResponse> {
    let kind = catalogue::kind(&choice.list);
    let action = paths::unsubscribe(&choice.token);
    let is_stopped = choice.stopped_at.is_some();
    let row = |label, value: &str| json!({ "label": label, "value": value, "href": null });
    let mut rows = vec![row("Messages", kind.map_or(choice.list.as_str(), |kind| kind.label)), row("À l’adresse", &masked(&choice.recipient))];
    if let Some(kind) = kind {
        rows.insert(1, row("Envoyés", kind.when));
    }
    let data = json!({ "csrf": visit.csrf(), "rows": rows, "stopped": is_stopped, "stop": action, "resume": format!("{action}/reprendre") });
    let title = if is_stopped { "C’est fait" } else { "Ne plus recevoir ces messages" };
    visit.framed("mail_pages/unsubscribe", title, Frame { noindex: true, ..Frame::default() }, StatusCode::OK, data)
}

fn unknown(visit: &Visit) -> Result<HttpResponse> {
    let frame = Frame { noindex: true, ..Frame::default() };
    visit.framed("mail_pages/unsubscribe_unknown", "Ce lien ne fonctionne pas", frame, StatusCode::NOT_FOUND, json!({}))
}

fn told(status: StatusCode, text: &'static str) -> HttpResponse {
    HttpResponse::build(status).content_type("text/plain; charset=utf-8").body(text)
}

/// An address that its owner recognises, and that tells nobody else who they are.
fn masked(address: &str) -> String {
    let (local, domain) = address.rsplit_once('@').unwrap_or((address, ""));
    format!("{}…@{domain}", local.chars().take(1).collect::<String>())
}

#[cfg(test)]
mod tests {
    #[test]
    fn an_address_is_masked() {
        for (address, masked) in [("denis.arnault@vienne.example", "d…@vienne.example"), ("d@vienne.example", "d…@vienne.example"), ("", "…@")]
        {
            assert_eq!(super::masked(address), masked);
        }
    }
}
