//! What somebody asks of an import: to write it, to undo it, to forget it.

use actix_web::{HttpResponse, web};

use super::{check, find, path, result, settle, shelf};
use crate::error::{Error, Result};
use crate::http::forms::Submitted;
use crate::http::notice::Notice;
use crate::http::visit::Visit;
use crate::imports::model::Stage;
use crate::imports::service;

pub async fn import(Submitted { visit, form }: Submitted, id: web::Path<String>) -> Result<HttpResponse> {
    let (actor, asked, leaves) = (visit.actor()?.clone(), id.clone(), form.get("leave") == "wrong");
    let done = visit.app.db.write(move |conn| service::import(conn, &actor, &asked, leaves)).await;
    afterwards(visit, &id, done).await
}

pub async fn undo(Submitted { visit, form }: Submitted, id: web::Path<String>) -> Result<HttpResponse> {
    let (actor, asked, leaves, now) = (visit.actor()?.clone(), id.clone(), form.get("leave") == "changed", visit.now);
    let done = visit.app.db.write(move |conn| service::undo(conn, &actor, &asked, leaves, now)).await;
    afterwards(visit, &id, done).await
}

pub async fn abandon(Submitted { visit, .. }: Submitted, id: web::Path<String>) -> Result<HttpResponse> {
    let (actor, asked) = (visit.actor()?.clone(), id.clone());
    match visit.app.db.write(move |conn| service::abandon(conn, &actor, &asked)).await {
        Ok(()) => {
            shelf(&visit).clear(&id);
            Ok(visit.redirect("/import", Some(Notice::ImportAbandoned)))
        }
        refused => afterwards(visit, &id, refused).await,
    }
}

/// To the import's page; or the page itself, with why not.
async fn afterwards(visit: Visit, id: &str, done: Result<()>) -> Result<HttpResponse> {
    match done {
        Ok(()) => {
            settle(&visit, id).await?;
            Ok(visit.redirect(&path(id, ""), None))
        }
        Err(Error::Refused(reason)) => {
            let import = find(&visit, id).await?;
            match import.stage {
                Stage::Checked => check::show(&visit, &import, Some(&reason)).await,
                Stage::Done | Stage::Undone | Stage::Failed => result::show(&visit, &import, Some(&reason)).await,
                _ => Ok(visit.redirect(&path(id, ""), None)),
            }
        }
        Err(error) => Err(error),
    }
}
