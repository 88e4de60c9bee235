//! `/api/v1/bounces`: a mail server hands its reports over; `/api/v1/dead-addresses`: where nobody is any more.

use actix_web::HttpResponse;
use serde_json::{Value, json};

use super::{Dead, report, take_in};
use crate::error::{Error, Result};
use crate::http::api::SentBytes;
use crate::http::visit::Visit;

/// Hand over a delivery-status report.
///
/// The body is the report itself (`message/rfc822`), as it came. It is believed when it returns a mail of this registry, or its headers, and
/// speaks of that mail's recipient; otherwise it changes nothing, and `outcome` is `unknown`. The same report again changes nothing.
#[utoipa::path(post, path = "/api/v1/bounces", tag = "mail",
    request_body(content = String, content_type = "message/rfc822"),
    responses((status = 200, description = "`outcome`: dead, failed, delayed, arrived, repeated or unknown; `mail`: the mail that came back"),
        (status = 422, description = "Not a delivery-status report")))]
pub async fn take(sent: SentBytes) -> Result<HttpResponse> {
    sent.visit.administrator()?;
    let bytes = sent.bytes;
    let read = tokio::task::spawn_blocking(move || report::read(&bytes)).await.map_err(|error| Error::Internal(error.to_string()))?;
    let report = read.map_err(|unread| Error::field("body", unread.label()))?;
    let (now, chance) = (sent.visit.now, sent.visit.app.chance.clone());
    let (outcome, mail) = sent.visit.app.db.write(move |conn| take_in(conn, &report, now, &chance)).await?;
    tracing::info!(outcome = outcome.as_str(), mail = mail.as_ref().map(|id| id.as_str()), "a delivery report was handed over");
    Ok(crate::http::api::private(&mut HttpResponse::Ok()).json(json!({ "outcome": outcome, "label": outcome.label(), "mail": mail })))
}

/// The addresses to which nothing is written any more.
#[utoipa::path(get, path = "/api/v1/dead-addresses", tag = "mail", responses((status = 200, description = "The latest first")))]
pub async fn dead(visit: Visit) -> Result<HttpResponse> {
    visit.administrator()?;
    let all = visit.app.db.read(super::all).await?;
    let items: Vec<Value> = all.iter().map(shown).collect();
    let body = json!({ "total": items.len(), "page": 1, "per_page": items.len(), "items": items });
    Ok(crate::http::api::private(&mut HttpResponse::Ok()).json(body))
}

fn shown(dead: &Dead) -> Value {
    json!({ "id": dead.id, "address": dead.address, "since": dead.since, "status": dead.status, "said": dead.said, "mail": dead.mail })
}
