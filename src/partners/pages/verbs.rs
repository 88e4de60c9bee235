//! The buttons of a partner's page: confirm, remove.

use actix_web::{HttpResponse, web};

use super::show::{again, back};
use crate::error::{Error, Result};
use crate::http::forms::Submitted;
use crate::http::notice::Notice;
use crate::partners::service;

pub async fn confirm(sent: Submitted, id: web::Path<String>) -> Result<HttpResponse> {
    let (own, version, doer) = (super::id_of(&id)?, sent.form.version()?, sent.visit.doer()?);
    match sent.visit.app.db.write(move |conn| service::confirm(conn, doer.by(), &own, version)).await {
        Ok(partner) => Ok(back(&sent.visit, &partner, Notice::PartnerConfirmed)),
        // What somebody has just written is to be read before it is confirmed.
        Err(Error::Conflict { .. }) => Ok(back(&sent.visit, &again(&sent.visit, &id).await?, Notice::ReadAgain)),
        Err(error) => Err(error),
    }
}

pub async fn remove(sent: Submitted, id: web::Path<String>) -> Result<HttpResponse> {
    let (own, doer) = (super::id_of(&id)?, sent.visit.doer()?);
    sent.visit.app.db.write(move |conn| service::remove(conn, doer.by(), &own)).await?;
    sent.visit.app.bell.ring();
    Ok(sent.visit.redirect("/partenaires", Some(Notice::Removed)))
}
