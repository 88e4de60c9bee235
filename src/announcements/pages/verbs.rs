//! The buttons of an announcement: try it out, take it back, cancel it.

use actix_web::{HttpResponse, web};

use super::{id_of, show};
use crate::announcements::model::Verb;
use crate::announcements::service;
use crate::error::{Error, Result};
use crate::http::forms::Submitted;
use crate::http::notice::Notice;
use crate::http::paths;

pub async fn try_out(Submitted { visit, .. }: Submitted, id: web::Path<String>) -> Result<HttpResponse> {
    let (doer, own) = (visit.doer()?, id_of(&id)?);
    let id = own.clone();
    match visit.app.db.write(move |conn| service::try_out(conn, doer.by(), &own)).await {
        Ok(()) => {
            visit.app.bell.ring();
            Ok(visit.redirect(&paths::announcement(&id), Some(Notice::AnnouncementTried)))
        }
        Err(Error::Invalid(errors)) => show::show(&visit, id, &errors).await,
        Err(error) => Err(error),
    }
}

pub async fn reopen(submitted: Submitted, id: web::Path<String>) -> Result<HttpResponse> {
    carry_out(submitted, &id, Verb::Reopen, Notice::AnnouncementReopened).await
}

pub async fn cancel(submitted: Submitted, id: web::Path<String>) -> Result<HttpResponse> {
    carry_out(submitted, &id, Verb::Cancel, Notice::AnnouncementCancelled).await
}

async fn carry_out(Submitted { visit, form }: Submitted, id: &str, verb: Verb, notice: Notice) -> Result<HttpResponse> {
    let (doer, own, version) = (visit.doer()?, id_of(id)?, form.version()?);
    let announcement = visit.app.db.write(move |conn| service::carry_out(conn, doer.by(), &own, version, verb)).await?;
    Ok(visit.redirect(&paths::announcement(&announcement.id), Some(notice)))
}
