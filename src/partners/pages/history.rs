//! The history of a partner's page, for those who may write it.

use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::Value;

use super::{own_path, words};
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::events::Record;
use crate::http::forms::Submitted;
use crate::http::notice::Notice;
use crate::http::paths;
use crate::http::visit::Visit;
use crate::kernel::Visibility;
use crate::partners::model::Partner;
use crate::partners::service::World;
use crate::partners::{history, service};
use crate::versions::Version;
use crate::versions::diff::Field;
use crate::versions::pages::show::Answer;
use crate::versions::pages::{About, Told, compare as comparison, list as listing, show as one};

struct Desk {
    partner: Partner,
    world: World,
}

impl Told for Desk {
    fn about(&self) -> About {
        let partner = &self.partner;
        About {
            trail: vec![("Partenaires".to_owned(), "/partenaires".to_owned()), (partner.fields.name.clone(), own_path(partner))],
            title: partner.fields.name.clone(),
            history: paths::about_partner(&partner.id, "historique"),
            version: partner.version,
            closed: None,
            untouched: "Les comptes, les actions et les conventions qui s’y rattachent restent comme ils sont.",
        }
    }

    fn did(&self, version: &Version) -> String {
        words::did(version)
    }

    fn fields(&self, content: &Value) -> Vec<Field> {
        words::fields(content, &self.world)
    }

    fn restores(&self, field: &str) -> bool {
        field != "external_id"
    }

    fn warnings(&self, now: &Value, then: &Value) -> Vec<&'static str> {
        let level = |content: &Value| Visibility::ALL.iter().position(|level| content["visibility"] == level.as_str());
        let shown = |content: &Value| content["contacts"].as_array().into_iter().flatten().filter(|contact| contact["shown"] == true).count();
        let mut warnings = Vec::new();
        if level(then) < level(now) {
            warnings.push("Cette version ouvre la fiche à plus de lecteurs qu’aujourd’hui.");
        }
        if shown(then) > shown(now) {
            warnings.push("Cette version affiche plus d’interlocuteurs qu’aujourd’hui.");
        }
        warnings
    }
}

/// What the pages say of a partner, read together with what one of them shows.
async fn read<T, F>(visit: &Visit, id: &str, more: F) -> Result<(Desk, T)>
where
    T: Send + 'static,
    F: FnOnce(&mut Conn, &Record) -> Result<T> + Send + 'static,
{
    visit.actor()?;
    let (viewer, id) = (visit.viewer.clone(), super::id_of(id)?);
    let read = visit.app.db.read(move |conn| {
        let desk = Desk { partner: service::find_to_write(conn, &viewer, &id)?, world: World::load(conn)? };
        let more = more(conn, &Record::partner(&id))?;
        Ok::<_, Error>((desk, more))
    });
    read.await
}

pub async fn list(visit: Visit, request: HttpRequest, id: web::Path<String>) -> Result<HttpResponse> {
    let page = listing::asked(request.query_string());
    let (desk, versions) = read(&visit, &id, move |conn, record| listing::Read::load(conn, record, page?)).await?;
    versions.show(&visit, &desk)
}

pub async fn compare(visit: Visit, request: HttpRequest, id: web::Path<String>) -> Result<HttpResponse> {
    let asked = comparison::asked(request.query_string());
    let (desk, two) = read(&visit, &id, move |conn, record| comparison::Read::load(conn, record, asked?)).await?;
    two.show(&visit, &desk)
}

pub async fn show(visit: Visit, path: web::Path<(String, i32)>) -> Result<HttpResponse> {
    let (id, number) = path.into_inner();
    shown(&visit, &id, number, "", &Answer::None).await
}

async fn shown(visit: &Visit, id: &str, number: i32, reason: &str, answer: &Answer) -> Result<HttpResponse> {
    let (desk, version) = read(visit, id, move |conn, record| one::Read::load(conn, record, number)).await?;
    version.show(visit, &desk, reason, answer)
}

pub async fn restore(sent: Submitted, path: web::Path<(String, i32)>) -> Result<HttpResponse> {
    let (id, number) = path.into_inner();
    let (own, version, doer) = (super::id_of(&id)?, sent.form.version()?, sent.visit.doer()?);
    let reason = sent.form.get("reason").to_owned();
    let done = {
        let reason = reason.clone();
        sent.visit.app.db.write(move |conn| history::restore(conn, doer.by(), &own, version, number, &reason)).await
    };
    match done {
        Ok(partner) => {
            sent.visit.app.bell.ring();
            Ok(sent.visit.redirect(&own_path(&partner), Some(Notice::Restored)))
        }
        Err(Error::Invalid(errors)) => shown(&sent.visit, &id, number, &reason, &Answer::Refused(errors)).await,
        Err(Error::Conflict { .. }) => shown(&sent.visit, &id, number, &reason, &Answer::Late { read: version }).await,
        Err(error) => Err(error),
    }
}
