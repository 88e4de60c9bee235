//! The history of a convention, for those who may write it: what was written, by whom, when, and an old version that comes back.

use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::Value;

use super::names::Names;
use super::told;
use crate::conventions::model::{ConventionFields, Stage};
use crate::conventions::service::{self, Convention};
use crate::conventions::{history, labels};
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::events::Record;
use crate::http::forms::Submitted;
use crate::http::notice::Notice;
use crate::http::paths;
use crate::http::visit::Visit;
use crate::kernel::Visibility;
use crate::kernel::text::some_of;
use crate::versions::diff::Field;
use crate::versions::pages::show::Answer;
use crate::versions::pages::{About, Told, compare as comparison, list as listing, show as one};
use crate::versions::{self, Version};

struct Desk {
    convention: Convention,
    names: Names,
    /// The fields that restoring leaves as they are.
    kept: Vec<String>,
}

impl Told for Desk {
    fn about(&self) -> About {
        let convention = &self.convention;
        About {
            trail: vec![("Conventions".to_owned(), "/conventions".to_owned()), (super::reference(convention), paths::convention(&convention.id))],
            title: convention.fields.object.clone(),
            history: paths::about_convention(&convention.id, "historique"),
            version: convention.version,
            closed: history::closed(convention.life.stage),
            untouched: "L’étape, le numéro, les signatures, les actes et les documents restent comme ils sont.",
        }
    }

    fn did(&self, version: &Version) -> String {
        did(version)
    }

    fn fields(&self, content: &Value) -> Vec<Field> {
        told::version(content, &self.names)
    }

    fn restores(&self, field: &str) -> bool {
        self.kept.iter().all(|kept| kept != field)
    }

    fn warnings(&self, now: &Value, then: &Value) -> Vec<&'static str> {
        let level = |content: &Value| Visibility::ALL.iter().position(|level| content["visibility"] == level.as_str());
        let mut warnings = Vec::new();
        if self.convention.life.stage == Stage::Signed {
            warnings.push(
                "La convention est signée\u{a0}: rétablir une version corrige une erreur de saisie, et son motif est demandé. Ce que les parties changent d’un commun accord demande un avenant.",
            );
            if level(then) < level(now) {
                warnings.push("Cette version ouvre la convention à plus de lecteurs qu’aujourd’hui.");
            }
        }
        warnings
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
        "restored" => return format!("a rétabli la version {}", version.detail["version"]),
        "imported" => "a importé la convention d’un fichier",
        "import_undone" => "a remis la convention comme avant l’import d’un fichier",
        "relinked" => "a réuni deux partenaires, dont un de cette convention",
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
        let kept = history::kept(&convention, today);
        Ok::<_, Error>((Desk { convention, names, kept }, more))
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
    shown(&visit, &id, number, "", &Answer::None).await
}

async fn shown(visit: &Visit, id: &str, number: i32, reason: &str, answer: &Answer) -> Result<HttpResponse> {
    let (desk, version) = read(visit, id, vec![number], move |conn, record| one::Read::load(conn, record, number)).await?;
    version.show(visit, &desk, reason, answer)
}

pub async fn restore(sent: Submitted, path: web::Path<(String, i32)>) -> Result<HttpResponse> {
    let (id, number) = path.into_inner();
    let (own, version, doer, today) = (super::id_of(&id)?, sent.form.version()?, sent.visit.doer()?, sent.visit.today());
    let reason = sent.form.get("reason").to_owned();
    let done = {
        let reason = reason.clone();
        sent.visit.app.db.write(move |conn| history::restore(conn, doer.by(), today, &own, version, number, &reason)).await
    };
    match done {
        Ok(convention) => {
            sent.visit.app.bell.ring();
            Ok(sent.visit.redirect(&paths::convention(&convention.id), Some(Notice::Restored)))
        }
        Err(Error::Invalid(errors)) => shown(&sent.visit, &id, number, &reason, &Answer::Refused(errors)).await,
        Err(Error::Conflict { .. }) => shown(&sent.visit, &id, number, &reason, &Answer::Late { read: version }).await,
        Err(error) => Err(error),
    }
}
