//! Is it alive, is it ready, what does it count.

use actix_web::{HttpResponse, web};
use serde_json::json;

use crate::app::App;
use crate::db::migrate::{self, Standing};
use crate::error::{Error, Result};
use crate::kernel::Moment;
use crate::mail;
use crate::outbox::{self, Lane};

/// Mail that has not been tried, or a change that is not yet found, for so long is in trouble.
const LATE_SECONDS: i64 = 300;

pub async fn alive() -> HttpResponse {
    HttpResponse::Ok().content_type("text/plain; charset=utf-8").body("ok\n")
}

/// 503 only when the database or its migrations are not ready; an index or a mail lane in trouble is « degraded ».
pub async fn ready(app: web::Data<App>) -> HttpResponse {
    let app = app.into_inner();
    let now = app.clock.now();
    let database = app
        .db
        .read(move |conn| Ok::<_, Error>((migrate::standing(conn)?, outbox::counts(conn, Lane::Index)?, mail::log::standing(conn, now)?)))
        .await;
    let (index, mail) = match database {
        Ok((Standing::UpToDate, index, mail)) => (index, mail),
        Ok((standing, ..)) => return unready(&format!("migrations: {standing:?}")),
        Err(error) => return unready(&format!("database: {error}")),
    };
    let engine = app.search.clone();
    let counted =
        web::block(move || engine.count()).await.map_err(|error| error.to_string()).and_then(|count| count.map_err(|error| error.to_string()));
    let disk = std::fs::metadata(&app.config.data_dir).map_or_else(|error| error.to_string(), |_| "ok".to_owned());
    let is_late = |since: Option<Moment>| since.is_some_and(|since| now.seconds_since(since) > LATE_SECONDS);
    let parts = json!({
        "index": match counted {
            Err(error) => error,
            Ok(_) if index.dead > 0 => format!("{} jobs given up", index.dead),
            Ok(_) if is_late(index.since) => format!("{} changes wait", index.waiting),
            Ok(_) => "ok".to_owned(),
        },
        "mail": match &mail.fault {
            Some(attempt) => format!("{} mails wait: {}", mail.waiting, attempt.fault.as_ref().map_or("", |fault| fault.said.as_str())),
            None if is_late(mail.oldest) => format!("{} mails wait", mail.waiting),
            None => "ok".to_owned(),
        },
        "disk": disk,
    });
    let well = parts.as_object().is_some_and(|parts| parts.values().all(|part| part == "ok"));
    HttpResponse::Ok().json(json!({ "status": if well { "ok" } else { "degraded" }, "parts": parts }))
}

fn unready(reason: &str) -> HttpResponse {
    tracing::warn!(reason, "not ready");
    HttpResponse::ServiceUnavailable().json(json!({ "status": "unready", "parts": { "database": "unready" } }))
}

pub async fn metrics(app: web::Data<App>) -> Result<HttpResponse> {
    Ok(HttpResponse::Ok().content_type("text/plain; version=0.0.4; charset=utf-8").body(crate::metrics::text(&app.into_inner()).await?))
}
