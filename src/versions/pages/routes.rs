//! What answers the addresses of a history, for any record.

use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::Value;

use super::show::Answer;
use super::{Address, Reader, Restored, Restoring, Told, compare as comparison, list as listing, show as one};
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::events::Record;
use crate::http::forms::Submitted;
use crate::http::notice::Notice;
use crate::http::visit::Visit;

pub async fn list<T: Told>(visit: Visit, request: HttpRequest, address: web::Path<Address>) -> Result<HttpResponse> {
    let page = listing::asked(request.query_string());
    let (told, versions) = read::<T, _>(&visit, &address, move |conn, record| listing::Read::load(conn, record, page?), |_| Vec::new()).await?;
    versions.show(&visit, &told)
}

pub async fn compare<T: Told>(visit: Visit, request: HttpRequest, address: web::Path<Address>) -> Result<HttpResponse> {
    let asked = comparison::asked(request.query_string());
    let load = move |conn: &mut Conn, record: &Record| comparison::Read::load(conn, record, asked?);
    let (told, two) = read::<T, _>(&visit, &address, load, comparison::Read::contents).await?;
    two.show(&visit, &told)
}

pub async fn show<T: Told>(visit: Visit, address: web::Path<Address>) -> Result<HttpResponse> {
    shown::<T>(&visit, &address, "", &Answer::None).await
}

pub async fn restore<T: Restored>(sent: Submitted, address: web::Path<Address>) -> Result<HttpResponse> {
    let asked = Restoring {
        address: address.into_inner(),
        version: sent.form.version()?,
        reason: sent.form.get("reason").to_owned(),
        doer: sent.visit.doer()?,
        today: sent.visit.today(),
    };
    let done = {
        let asked = asked.clone();
        sent.visit.app.db.write(move |conn| T::restore(conn, &asked)).await
    };
    let refused = match done {
        Ok(page) => {
            sent.visit.app.bell.ring();
            return Ok(sent.visit.redirect(&page, Some(Notice::Restored)));
        }
        Err(Error::Invalid(errors)) => Answer::Refused(errors),
        Err(Error::Conflict { .. }) => Answer::Late { read: asked.version },
        Err(error) => return Err(error),
    };
    shown::<T>(&sent.visit, &asked.address, &asked.reason, &refused).await
}

async fn shown<T: Told>(visit: &Visit, address: &Address, reason: &str, answer: &Answer) -> Result<HttpResponse> {
    let version = address.version;
    let load = move |conn: &mut Conn, record: &Record| one::Read::load(conn, record, version);
    let (told, version) = read::<T, _>(visit, address, load, one::Read::contents).await?;
    version.show(visit, &told, reason, answer)
}

/// The record first: who may not write it learns nothing, not even what is wrong with the address. Then what a page shows of it, and
/// the names of what that mentions.
async fn read<T: Told, P: Send + 'static>(
    visit: &Visit,
    address: &Address,
    load: impl FnOnce(&mut Conn, &Record) -> Result<P> + Send + 'static,
    contents: fn(&P) -> Vec<&Value>,
) -> Result<(T, P)> {
    visit.actor()?;
    let address = address.clone();
    let reader = Reader { viewer: visit.viewer.clone(), today: visit.today(), zone: visit.app.config.zone.clone() };
    let read = visit.app.db.read(move |conn| {
        let (mut told, record) = T::load(conn, &reader, &address)?;
        let page = load(conn, &record)?;
        told.learn(conn, &reader, &contents(&page))?;
        Ok::<_, Error>((told, page))
    });
    read.await
}
