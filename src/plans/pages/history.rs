//! The history of a sheet, for those who may write it.

use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::Value;

use super::words;
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::events::Record;
use crate::http::forms::Submitted;
use crate::http::notice::Notice;
use crate::http::paths;
use crate::http::visit::Visit;
use crate::plans::history;
use crate::plans::model::{Sheet, WholePlan};
use crate::versions::Version;
use crate::versions::diff::Field;
use crate::versions::pages::show::Answer;
use crate::versions::pages::{About, Told, compare as comparison, list as listing, show as one};

struct Desk {
    whole: WholePlan,
    sheet: Sheet,
}

impl Told for Desk {
    fn about(&self) -> About {
        let (plan, sheet) = (&self.whole.plan, &self.sheet);
        About {
            trail: vec![
                (format!("Schéma {}", plan.years()), paths::plan(&plan.id)),
                (format!("Fiche {}", sheet.number), paths::sheet(&plan.id, sheet.number)),
            ],
            title: format!("Fiche {}. {}", sheet.number, sheet.title),
            history: paths::about_sheet(&plan.id, sheet.number, "historique"),
            version: sheet.version,
            closed: None,
            untouched: "L’état de la fiche reste comme il est : c’est le comité de pilotage qui en décide.",
        }
    }

    fn did(&self, version: &Version) -> String {
        words::did(version)
    }

    fn fields(&self, content: &Value) -> Vec<Field> {
        words::fields(content, &self.whole)
    }

    fn restores(&self, _: &str) -> bool {
        true
    }

    fn warnings(&self, _: &Value, _: &Value) -> Vec<&'static str> {
        Vec::new()
    }
}

/// What the pages say of a sheet, then what one of them shows.
async fn read<T, F>(visit: &Visit, id: &str, number: i32, more: F) -> Result<(Desk, T)>
where
    T: Send + 'static,
    F: FnOnce(&mut Conn, &Record) -> Result<T> + Send + 'static,
{
    let whole = super::to_write(visit, id).await?;
    let sheet = whole.sheet(number).cloned().ok_or(Error::NotFound)?;
    let record = Record::sheet(&whole.plan.id, number);
    let more = visit.app.db.read(move |conn| more(conn, &record)).await?;
    Ok((Desk { whole, sheet }, more))
}

pub async fn list(visit: Visit, request: HttpRequest, path: web::Path<(String, i32)>) -> Result<HttpResponse> {
    let ((id, number), page) = (path.into_inner(), listing::asked(request.query_string()));
    let (desk, versions) = read(&visit, &id, number, move |conn, record| listing::Read::load(conn, record, page?)).await?;
    versions.show(&visit, &desk)
}

pub async fn compare(visit: Visit, request: HttpRequest, path: web::Path<(String, i32)>) -> Result<HttpResponse> {
    let ((id, number), asked) = (path.into_inner(), comparison::asked(request.query_string()));
    let (desk, two) = read(&visit, &id, number, move |conn, record| comparison::Read::load(conn, record, asked?)).await?;
    two.show(&visit, &desk)
}

pub async fn show(visit: Visit, path: web::Path<(String, i32, i32)>) -> Result<HttpResponse> {
    let (id, number, version) = path.into_inner();
    shown(&visit, &id, number, version, "", &Answer::None).await
}

async fn shown(visit: &Visit, id: &str, number: i32, version: i32, reason: &str, answer: &Answer) -> Result<HttpResponse> {
    let (desk, read) = read(visit, id, number, move |conn, record| one::Read::load(conn, record, version)).await?;
    read.show(visit, &desk, reason, answer)
}

pub async fn restore(sent: Submitted, path: web::Path<(String, i32, i32)>) -> Result<HttpResponse> {
    let (id, number, restored) = path.into_inner();
    let whole = super::to_write(&sent.visit, &id).await?;
    let (version, doer, reason) = (sent.form.version()?, sent.visit.doer()?, sent.form.get("reason").to_owned());
    let done = {
        let (plan, reason) = (whole.plan.id.clone(), reason.clone());
        sent.visit.app.db.write(move |conn| history::restore(conn, doer.by(), &plan, number, version, restored, &reason)).await
    };
    match done {
        Ok(()) => {
            sent.visit.app.bell.ring();
            Ok(sent.visit.redirect(&paths::sheet(&whole.plan.id, number), Some(Notice::Restored)))
        }
        Err(Error::Invalid(errors)) => shown(&sent.visit, &id, number, restored, &reason, &Answer::Refused(errors)).await,
        Err(Error::Conflict { .. }) => shown(&sent.visit, &id, number, restored, &reason, &Answer::Late { read: version }).await,
        Err(error) => Err(error),
    }
}
