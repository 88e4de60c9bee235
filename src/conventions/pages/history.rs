//! The history of a convention, for those who may write it: what was written, by whom, when. It is read, never restored: what was agreed
//! changes by an act.

use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::Value;

use super::names::Names;
use super::told;
use crate::conventions::labels;
use crate::conventions::model::ConventionFields;
use crate::conventions::service::{self, Convention};
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::events::Record;
use crate::http::paths;
use crate::http::visit::Visit;
use crate::kernel::text::some_of;
use crate::versions::diff::Field;
use crate::versions::pages::show::Answer;
use crate::versions::pages::{About, Told, compare as comparison, list as listing, show as one};
use crate::versions::{self, Version};

struct Desk {
    convention: Convention,
    names: Names,
}

impl Told for Desk {
    fn about(&self) -> About {
        let convention = &self.convention;
        About {
            trail: vec![("Conventions".to_owned(), "/conventions".to_owned()), (super::reference(convention), paths::convention(&convention.id))],
            title: convention.fields.object.clone(),
            history: paths::about_convention(&convention.id, "historique"),
            version: convention.version,
            closed: Some("Une version d’une convention ne se rétablit pas : ce que les parties ont convenu change par un avenant."),
            untouched: "",
        }
    }

    fn did(&self, version: &Version) -> String {
        did(version)
    }

    fn fields(&self, content: &Value) -> Vec<Field> {
        told::version(content, &self.names)
    }

    fn restores(&self, _: &str) -> bool {
        true
    }

    fn warnings(&self, _: &Value, _: &Value) -> Vec<&'static str> {
        Vec::new()
    }
}

/// What the author of a version did.
fn did(version: &Version) -> String {
    let said = match version.event.as_str() {
        "created" => "a commencé la convention",
        "entered" => "a enregistré la convention, déjà signée",
        "changed" => {
            let fields: Vec<String> = version.changed().into_iter().map(|name| format!("«\u{a0}{}\u{a0}»", labels::field(name))).collect();
            let fields = some_of(fields.iter().map(String::as_str));
            return format!("a modifié {}", if fields.is_empty() { "la convention" } else { &fields });
        }
        "submitted" => "l’a soumise à relecture",
        "returned" => "l’a renvoyée à corriger",
        "validated" => "l’a validée et numérotée",
        "sent" => "l’a envoyée à la signature",
        "signed" | "signature" => "a enregistré une signature",
        "abandoned" => "l’a abandonnée",
        "reactivated" => "l’a reprise en brouillon",
        "avenant_drafted" => "a préparé un avenant",
        "avenant_signed" => "a enregistré un avenant signé",
        "avenant_abandoned" => "a abandonné un avenant",
        "reconduction" => "a enregistré une reconduction",
        "denonciation" => "a enregistré une dénonciation",
        "resiliation" => "a enregistré une résiliation",
        "filed" => "a joint le fichier signé",
        other => other,
    };
    said.to_owned()
}

/// What the pages say of a convention, read together with what one of them shows of these versions.
async fn read<T, F>(visit: &Visit, id: &str, numbers: Vec<i32>, more: F) -> Result<(Desk, T)>
where
    T: Send + 'static,
    F: FnOnce(&mut Conn, &Record) -> Result<T> + Send + 'static,
{
    visit.actor()?;
    let (viewer, id, today) = (visit.viewer.clone(), id.to_owned(), visit.today());
    let read = visit.app.db.read(move |conn| {
        let convention = service::find_to_write(conn, &viewer, &super::id_of(&id)?, today)?;
        let record = Record::convention(&convention.id);
        let more = more(conn, &record)?;
        let mut names = Names::load(conn, &viewer)?;
        let mut told = vec![convention.fields.clone()];
        for number in numbers {
            let (_, content) = versions::whole(conn, &record, number)?;
            told.extend(serde_json::from_value::<ConventionFields>(content));
        }
        names.learn(conn, &viewer, &told.iter().collect::<Vec<_>>())?;
        Ok::<_, Error>((Desk { convention, names }, more))
    });
    read.await
}

pub async fn list(visit: Visit, request: HttpRequest, id: web::Path<String>) -> Result<HttpResponse> {
    let page = listing::asked(request.query_string())?;
    let (desk, versions) = read(&visit, &id, Vec::new(), move |conn, record| listing::Read::load(conn, record, page)).await?;
    versions.show(&visit, &desk)
}

pub async fn compare(visit: Visit, request: HttpRequest, id: web::Path<String>) -> Result<HttpResponse> {
    let asked = comparison::asked(request.query_string());
    // Who may not write it learns nothing, not even what is wrong with the address.
    let numbers = asked.as_ref().map(|(old, new)| vec![*old, *new]).unwrap_or_default();
    let (desk, two) = read(&visit, &id, numbers, move |conn, record| comparison::Read::load(conn, record, asked?)).await?;
    two.show(&visit, &desk)
}

pub async fn show(visit: Visit, path: web::Path<(String, i32)>) -> Result<HttpResponse> {
    let (id, number) = path.into_inner();
    let (desk, version) = read(&visit, &id, vec![number], move |conn, record| one::Read::load(conn, record, number)).await?;
    version.show(&visit, &desk, "", &Answer::None)
}
